"""Which calls of GPU functions are made in every turn of a loop, outside GPU functions."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.space import Space

HEAD = """\
import asyncio
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from threading import Thread
import gradio as gr
import spaces

@spaces.GPU(duration=9)
def gpu(value):
    return value

"""


def lines(app: str) -> list[int]:
    """The lines of the repeated calls in an app, counted from the first line of its own."""
    space = Space({"app.py": (HEAD + app).encode()}, target="zerogpu")
    first = HEAD.count("\n")
    return [
        space.span(repeated.call.scope.module, repeated.call.node).start_line - first
        for repeated in space.repeated_gpu_calls()
    ]


def app(body: str, before: str = "def") -> str:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{before} run(given, flag):\n{indented}\ngr.Interface(run, 'text', 'text').launch()\n"


@pytest.mark.parametrize(
    "body",
    [
        "for value in given:\n    gpu(value)",
        "while flag:\n    gpu(given)",
        "if True:\n    return [gpu(value) for value in given]",
        "if True:\n    return sum(gpu(value) for value in given)",
        "if True:\n    return {value: gpu(value) for value in given if value}",
        "if True:\n    return [value for line in given for value in gpu(line)]",
        "with ThreadPoolExecutor() as pool:\n    return list(pool.map(gpu, given))",
        "with ThreadPoolExecutor() as pool:\n    return [pool.submit(gpu, value) for value in given]",
        "with ThreadPool(4) as pool:\n    return pool.starmap(gpu, given)",
        "for value in given:\n    Thread(target=gpu, args=(value,)).start()",
        "for value in ['a', 'b']:\n    gpu(value)",
        "for value in range(2):\n    gpu(value)",
        "for value in given:\n    if gpu(value):\n        break",
        "for value in given:\n    if gpu(value):\n        break\n    continue",
        "for value in given:\n    flag = gpu(value)\n    if flag:\n        continue\n    return flag",
        "for value in given:\n    flag = gpu(value)\n    for other in flag:\n        break",
        "for value in given:\n    try:\n        gpu(value)\n    finally:\n        print(value)",
        "while gpu(given):\n    pass",
    ],
)
def test_a_call_for_each_turn(body: str) -> None:
    called = next(number for number, line in enumerate(body.splitlines(), 2) if "gpu" in line)
    assert lines(app(body)) == [called]
    assert lines(app(body, "@spaces.GPU\ndef")) == []


@pytest.mark.parametrize(
    "body",
    [
        "gpu(given)",
        "for value in gpu(given):\n    print(value)",
        "return [value for value in gpu(given)]",
        "yield from gpu(given)",
        "for value in ['a']:\n    gpu(value)",
        "for value in ():\n    gpu(value)\nelse:\n    gpu(given)",
        "for value in {'a': 1}:\n    gpu(value)",
        "for value in range(1):\n    gpu(value)",
        "for value in given:\n    return gpu(value)",
        "for value in given:\n    if value == flag:\n        return gpu(value)",
        "for value in given:\n    if value == flag:\n        gpu(value)\n        break",
        "for value in given:\n    flag = gpu(value)\n    if flag:\n        print(flag)\n    return flag",
        "for value in given:\n    for other in value:\n        return gpu(other)",
        "for value in given:\n    if not value:\n        continue\n    gpu(value)\n    break",
        "for value in given:\n    gpu(value)\n    if value:\n        return\n    else:\n        break",
        "for value in given:\n    with open(value):\n        gpu(value)\n        return value",
        "for attempt in range(3):\n    try:\n        return gpu(given)\n    except gr.Error:\n        continue",
        "for value in given:\n    flag = lambda: gpu(value)",
        "for value in given:\n    def inner():\n        return gpu(value)",
        "for value in given:\n    print(gpu)",
        "handlers = []\nfor value in given:\n    handlers.append(gpu)",
        "while False:\n    gpu(given)",
        "if False:\n    return [gpu(value) for value in given]",
        "gpu = print\nfor value in given:\n    gpu(value)",
    ],
)
def test_one_call_at_most(body: str) -> None:
    assert lines(app(body)) == []


def test_the_inner_loop_may_leave_only_itself() -> None:
    body = "for value in given:\n    for other in value:\n        gpu(other)\n        break"
    assert lines(app(body)) == [4]


def test_where_the_loop_runs() -> None:
    text = "def helper(values):\n    return [gpu(value) for value in values]\n\n"
    assert lines(text) == []
    assert lines(f"{text}helper([1, 2])\n") == [2]
    assert lines(text + app("return helper(given)")) == [2]
    assert lines(text + app("return helper(given)", "@spaces.GPU\ndef")) == []
    assert lines(text + app("Thread(target=helper, args=(given,)).start()")) == [2]
    server = "def serve():\n    while True:\n        gpu(1)\n\nThread(target=serve).start()\n"
    assert lines(server + app("return given")) == []


def test_what_is_told_of_a_call() -> None:
    text = "class Tool:\n    @spaces.GPU\n    def use(self, value):\n        return value\n\ntool = Tool()\n\n"
    space = Space({"app.py": (HEAD + text + app("return [tool.use(value) for value in given]")).encode()})
    (repeated,) = space.repeated_gpu_calls()
    assert (repeated.caller.name, repeated.function.name) == ("run", "use")
    assert type(repeated.loop).__name__ == "ListComp"
    assert repeated.context is Context.HANDLER
    space = Space({"app.py": (HEAD + app("return list(map(gpu, given))")).encode()})
    (repeated,) = space.repeated_gpu_calls()
    assert repeated.loop is None
