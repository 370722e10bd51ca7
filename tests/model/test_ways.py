"""How code outside of workers comes to call a GPU function, and which of it stops the event loop."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space
from zerolint.model.ways import keeps_context, ways_to_gpu

HEAD = """\
import asyncio, anyio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread
import gradio as gr
import spaces

@spaces.GPU(duration=9)
def gpu(value):
    return value

@spaces.GPU(duration=9)
def stream(value):
    yield value

def helper(value):
    return gpu(value)

def parts(value):
    yield gpu(value)

async def inner(value):
    return gpu(value)

"""


def space_of(body: str, before: str = "async def") -> Space:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    app = f"{HEAD}{before} run(given):\n{indented}\ngr.Interface(run, 'text', 'text').launch()\n"
    return Space({"app.py": app.encode()}, target="zerogpu")


def blocking(body: str, before: str = "async def") -> list[tuple[str, str, str]]:
    """Who waits, the code of the call, and the GPU function it leads to."""
    space = space_of(body, before)
    return [
        (item.caller.name, space.code(item.way.call.scope.module, item.way.call.node), item.way.function.name)
        for item in space.blocking_calls()
    ]


@pytest.mark.parametrize(
    ("body", "code", "function"),
    [
        ("return gpu(given)", "gpu(given)", "gpu"),
        ("return helper(given)", "helper(given)", "gpu"),
        ("for part in stream(given):\n    yield part", "stream(given)", "stream"),
        ("return [part for part in stream(given)]", "stream(given)", "stream"),
        ("return list(stream(given))", "stream(given)", "stream"),
        ("for part in parts(given):\n    yield part", "parts(given)", "gpu"),
    ],
)
def test_waits_on_the_event_loop(body: str, code: str, function: str) -> None:
    assert blocking(body) == [("run", code, function)]


def test_follows_what_is_awaited() -> None:
    assert blocking("return await inner(given)") == [("inner", "gpu(value)", "gpu")]


@pytest.mark.parametrize(
    "body",
    [
        "return await asyncio.to_thread(gpu, given)",
        "return await asyncio.to_thread(lambda: gpu(given))",
        "return await asyncio.to_thread(partial(gpu, given))",
        "return await anyio.to_thread.run_sync(gpu, given)",
        "return await asyncio.get_running_loop().run_in_executor(None, gpu, given)",
        "Thread(target=gpu, args=(given,)).start()",
        "made = stream(given)\nreturn made",
        "made = parts(given)\nreturn made",
        "def later():\n    return gpu(given)\nreturn await asyncio.to_thread(later)",
    ],
)
def test_does_not_wait_on_the_event_loop(body: str) -> None:
    assert blocking(body) == []


def test_a_plain_handler_waits_in_its_thread() -> None:
    assert blocking("return gpu(given)", "def") == []
    assert blocking("return asyncio.run(inner(given))", "def") == []


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("helper(given)", True),
        ("asyncio.to_thread(helper, given)", True),
        ("anyio.to_thread.run_sync(helper, given)", True),
        ("Thread(target=helper, args=(given,)).start()", False),
        ("ThreadPoolExecutor().submit(helper, given)", False),
        ("asyncio.get_running_loop().run_in_executor(None, helper, given)", False),
    ],
)
def test_what_keeps_the_request(body: str, kept: bool) -> None:
    space = space_of(body)
    run = space.modules[0].root.names["run"][0].value
    assert {keeps_context(space, edge) for edge in space.contexts.edges(run)} == {kept}


def test_a_way_names_each_call() -> None:
    space = space_of("return helper(given)", "def")
    run = space.modules[0].root.names["run"][0].value
    (way,) = ways_to_gpu(space, run, lambda edge: True)
    module = way.call.scope.module
    assert [space.code(module, call.node) for call in way.calls] == ["helper(given)", "gpu(value)"]
    assert [caller.name for caller in way.callers] == ["run", "helper"]
    assert way.function.name == "gpu"
