"""Where the visitor's request gets lost on the way to a GPU worker."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import asyncio, contextvars, threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import gradio as gr
import spaces
from fastapi import FastAPI

app = FastAPI()
server = gr.Server()
pool = ThreadPoolExecutor(2)

@spaces.GPU(duration=9)
def gpu(value):
    return value

def helper(value):
    return gpu(value)

def plain(value):
    return value

"""


def lost(app: str) -> list[tuple[str, str, str]]:
    """How, the code of the call, and the function that runs without the request."""
    space = Space({"app.py": (HEAD + app).encode()}, target="zerogpu")
    return [
        (
            item.loss.value,
            space.code(item.call.scope.module, item.call.node) if item.call is not None else "",
            item.registration.function.scope.name,
        )
        for item in space.lost_tokens()
    ]


def handler(body: str, before: str = "def", decorator: str = "") -> str:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{decorator}{before} run(given):\n{indented}\ngr.Interface(run, 'text', 'text').launch()\n"


@pytest.mark.parametrize(
    ("body", "function"),
    [
        ("threading.Thread(target=gpu, args=(given,))", "gpu"),
        ("threading.Thread(target=helper, args=(given,))", "helper"),
        ("threading.Timer(2, helper, [given])", "helper"),
        ("threading.Thread(target=partial(helper, given))", "helper"),
        ("threading.Thread(target=lambda: helper(given))", "<lambda>"),
        ("pool.submit(gpu, given)", "gpu"),
        ("pool.map(helper, given)", "helper"),
        ("asyncio.get_event_loop().run_in_executor(None, gpu, given)", "gpu"),
    ],
)
def test_a_thread_of_a_handler(body: str, function: str) -> None:
    assert lost(handler(body)) == [("thread", body, function)]


@pytest.mark.parametrize(
    "body",
    [
        "gpu(given)",
        "threading.Thread(target=plain, args=(given,))",
        "pool.submit(contextvars.copy_context().run, gpu, given)",
        "context = contextvars.copy_context()\nthreading.Thread(target=lambda: context.run(gpu, given))",
        "asyncio.to_thread(gpu, given)",
    ],
)
def test_the_request_is_kept(body: str) -> None:
    assert lost(handler(body)) == []


def test_a_thread_in_a_worker() -> None:
    assert lost(handler("threading.Thread(target=helper, args=(given,))", decorator="@spaces.GPU\n")) == []


@pytest.mark.parametrize("app", ["app.get('/a')", "app.post('/a')", "server.get('/a')", "app.api_route('/a')"])
def test_a_route(app: str) -> None:
    assert lost(f"@{app}\ndef a(value):\n    return helper(value)\n") == [("route", "helper(value)", "a")]


def test_a_route_that_waits_in_a_thread_of_the_framework() -> None:
    for package in ("fastapi", "starlette"):
        app = f"from {package}.concurrency import run_in_threadpool\n@app.get('/a')\nasync def a(value):\n"
        app += "    return await run_in_threadpool(helper, value)\n"
        assert lost(app) == [("route", "run_in_threadpool(helper, value)", "a")]


def test_a_thread_that_is_told_whether_to_use_the_gpu() -> None:
    work = "def work(value, wanted):\n    if wanted:\n        gpu(value)\n\n"
    assert lost(work + handler("threading.Thread(target=work, args=(given, False))")) == []


def test_a_route_that_is_a_gpu_function() -> None:
    assert lost("@app.get('/a')\n@spaces.GPU\ndef a(value):\n    return value\n") == [("route", "", "a")]


@pytest.mark.parametrize("decorator", ["server.api(name='a')", "gr.api()"])
def test_an_endpoint_of_gradio(decorator: str) -> None:
    assert lost(f"@{decorator}\ndef a(value):\n    return helper(value)\n") == []


def test_a_thread_of_start_up() -> None:
    app = "def start():\n    threading.Thread(target=helper, args=('a',)).start()\n\nstart()\n"
    assert lost(app) == [("startup", "threading.Thread(target=helper, args=('a',))", "helper")]


def test_a_thread_that_nothing_starts() -> None:
    assert lost("def start():\n    threading.Thread(target=helper, args=('a',)).start()\n") == []


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("if wanted:", False),
        ("if not wanted:\n        return\n    if True:", True),
        ("if wanted is None:\n        return\n    if value:", False),
        ("if server:", True),
    ],
)
def test_a_parameter_may_choose_against_the_gpu(test: str, found: bool) -> None:
    app = f"def choose(value, wanted):\n    {test}\n        gpu(value)\n\n"
    calls = lost(app + handler("threading.Thread(target=lambda: choose(given, 1))"))
    assert bool(calls) is found


@pytest.mark.parametrize(
    ("app", "in_route"),
    [
        ("@server.post('/a')\ndef run(given):\n    gpu(given)\n", True),
        ("@server.post('/a')\ndef run(given):\n    threading.Thread(target=gpu, args=(given,)).start()\n", True),
        (
            "@server.post('/a')\ndef run(given):\n    def work(): gpu(given)\n"
            "    def stream():\n        threading.Thread(target=work).start()\n        yield given\n"
            "    return stream()\n",
            True,
        ),
        (handler("threading.Thread(target=gpu, args=(given,)).start()"), False),
        ("threading.Thread(target=helper, args=('a',)).start()\n", False),
    ],
)
def test_a_thread_has_nothing_to_take_along_from_a_web_route(app: str, in_route: bool) -> None:
    space = Space({"app.py": (HEAD + app).encode()}, target="zerogpu")
    assert [item.in_route for item in space.lost_tokens()] == [in_route]
