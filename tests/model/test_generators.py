"""Which generators are taken for plain functions."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import functools
import inspect
import gradio as gr
import spaces
import torch
from functools import partial

def tokens(value):
    yield value

async def later(value):
    yield value

@spaces.GPU(duration=9)
def stream(value):
    yield value

@torch.no_grad()
def quiet(value):
    yield value

@unknown
def other(value):
    yield value

def lead(value):
    return tokens(value)

def either(value):
    if value:
        return tokens(value)
    return [value]

class Maker:
    def make(self, value):
        yield value

    def __call__(self, value):
        yield value

maker = Maker()

def plain(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner

def named(label):
    def decorator(function):
        def inner(*args):
            result = function(*args)
            print(label)
            return result
        return inner
    return decorator

def yielding(function):
    def inner(*args):
        yield from function(*args)
    return inner

def collecting(function):
    def inner(*args):
        return list(function(*args))
    return inner

def kept(function):
    @unknown
    def inner(*args):
        return function(*args)
    return inner

def passing(function):
    return function

def careful(function):
    def inner(*args):
        result = function(*args)
        if inspect.isgenerator(result):
            return list(result)
        return result
    return inner

def on_gpu(function):
    @spaces.GPU
    def inner(*args):
        return function(*args)
    return inner

def just_gpu(function):
    return spaces.GPU(duration=9)(function)

"""


def space_of(body: str) -> Space:
    return Space({"app.py": f"{HEAD}{body}\n".encode()}, target="zerogpu")


def hidden_from_gpu(body: str) -> list[tuple[str, str, bool]]:
    space = space_of(body)
    return [
        (space.code(hidden.module, hidden.node), hidden.stream.name, hidden.is_whole)
        for hidden in space.generators_hidden_from_gpu()
    ]


def in_gpu_function(body: str) -> list[tuple[str, str, bool]]:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"@spaces.GPU(duration=9)\ndef run(value):\n{indented}\ngr.Interface(run, 'text', 'text').launch()"
    space = space_of(text)
    stuck = [result for result in space.stuck_results() if result.obstacle.what == "a generator"]
    found = hidden_from_gpu(text)
    assert not (stuck and found), "told twice"
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return tokens(value)", ("tokens(value)", "tokens", True)),
        ("return stream(value)", ("stream(value)", "stream", True)),
        ("return quiet(value)", ("quiet(value)", "quiet", True)),
        ("return lead(value)", ("lead(value)", "tokens", True)),
        ("return maker.make(value)", ("maker.make(value)", "make", True)),
        ("return maker(value)", ("maker(value)", "__call__", True)),
        ("return partial(tokens, value)()", ("partial(tokens, value)()", "tokens", True)),
        ("parts = tokens(value)\nreturn parts", ("parts", "tokens", True)),
        ("if value:\n    return tokens(value)\nreturn 3", ("tokens(value)", "tokens", False)),
    ],
)
def test_a_gpu_function_returns_a_generator(body: str, expected: tuple[str, str, bool]) -> None:
    assert in_gpu_function(body) == [expected]


@pytest.mark.parametrize(
    "body",
    [
        "return list(tokens(value))",
        "yield from tokens(value)",
        "yield tokens(value)",
        "return other(value)",
        "return either(value)",
        "return later(value)",
        "return tokens(value), 3",
        "return (part for part in value)",
        "parts = tokens(value)\nif value:\n    parts = []\nreturn parts",
        "return value(tokens)",
        "if False:\n    return tokens(value)\nreturn 3",
    ],
)
def test_it_returns_something_else(body: str) -> None:
    assert in_gpu_function(body) == []


@pytest.mark.parametrize(
    ("decorators", "expected"),
    [
        ("@spaces.GPU\n@plain", "plain"),
        ("@spaces.GPU\n@named('run')", "named('run')"),
        ("@spaces.GPU\n@torch.no_grad()\n@plain", "plain"),
        ("@spaces.GPU\n@plain\n@yielding", "plain"),
        ("@spaces.GPU\n@torch.autocast('cuda')", "torch.autocast('cuda')"),
        (
            "@spaces.GPU\n@torch.amp.autocast('cuda', dtype=torch.float16)",
            "torch.amp.autocast('cuda', dtype=torch.float16)",
        ),
        ("@on_gpu", "on_gpu"),
        ("@spaces.GPU", None),
        ("@just_gpu", None),
        ("@spaces.GPU\n@torch.inference_mode()", None),
        ("@spaces.GPU\n@yielding\n@plain", None),
        ("@spaces.GPU\n@yielding", None),
        ("@spaces.GPU\n@collecting", None),
        ("@spaces.GPU\n@passing", None),
        ("@spaces.GPU\n@careful", None),
        ("@spaces.GPU\n@unknown", None),
        ("@spaces.GPU\n@unknown\n@plain", None),
        ("@spaces.GPU\n@plain\n@unknown", None),
        ("@spaces.GPU\n@plain\n@collecting", None),
        ("@on_gpu\n@unknown", None),
        ("@on_gpu\n@plain", "on_gpu"),
        ("@spaces.GPU\n@kept", None),
        ("@plain\n@spaces.GPU", None),
    ],
)
def test_a_decorator_hides_a_generator_from_spaces(decorators: str, expected: str | None) -> None:
    text = f"{decorators}\ndef run(value):\n    yield value\n\ngr.Interface(run, 'text', 'text').launch()"
    assert [node for node, *_ in hidden_from_gpu(text)] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ("run = spaces.GPU(maker)", "maker"),
        ("run = spaces.GPU(maker, duration=9)", "maker"),
        ("run = spaces.GPU(duration=9)(maker)", "maker"),
        ("run = spaces.GPU(Maker())", "Maker()"),
        ("run = spaces.GPU(maker.make)", None),
        ("run = spaces.GPU(partial(tokens, 3))", None),
    ],
)
def test_an_object_that_yields(applied: str, expected: str | None) -> None:
    found = hidden_from_gpu(f"{applied}\ngr.Interface(run, 'text', 'text').launch()")
    assert [node for node, *_ in found] == ([] if expected is None else [expected])


def hidden_from_gradio(body: str) -> list[tuple[str, str, bool]]:
    space = space_of(body)
    return [
        (space.code(hidden.module, hidden.node), hidden.stream.name, hidden.is_whole)
        for hidden in space.generators_hidden_from_gradio()
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return stream(value)", ("stream(value)", "stream", True)),
        ("parts = stream(value)\nreturn parts", ("parts", "stream", True)),
        ("return stream(value), 3", ("stream(value)", "stream", False)),
        ("return [3, stream(value)]", ("stream(value)", "stream", False)),
        ("if value:\n    return 3\nreturn stream(value)", ("stream(value)", "stream", False)),
        ("return tokens(value)", None),
        ("return list(stream(value))", None),
        ("return next(stream(value))", None),
        ("yield from stream(value)", None),
        ("return (part for part in stream(value))", None),
        ("parts = stream(value)\nif value:\n    parts = []\nreturn parts", None),
    ],
)
@pytest.mark.parametrize(
    "registered", ["gr.Interface(run, 'text', 'text')", "gr.ChatInterface(run)", "gr.Button().click(run, [], [])"]
)
def test_a_handler_returns_a_generator(body: str, expected: tuple[str, str, bool] | None, registered: str) -> None:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    found = hidden_from_gradio(f"def run(value):\n{indented}\n{registered}")
    assert found == ([] if expected is None else [expected])


def test_a_function_that_only_code_calls_may_return_one() -> None:
    text = "def run(value):\n    return stream(value)\n\ndef shown(value):\n    return list(run(value))\n\n"
    assert hidden_from_gradio(text + "gr.Interface(shown, 'text', 'text').launch()") == []
    assert len(hidden_from_gradio(text + "gr.Interface(lambda value: run(value), 'text', 'text').launch()")) == 1


@pytest.mark.parametrize(
    ("decorators", "expected"),
    [
        ("@plain\n@spaces.GPU", "plain"),
        ("@torch.autocast('cuda')\n@spaces.GPU", "torch.autocast('cuda')"),
        ("@yielding\n@spaces.GPU", None),
        ("@unknown\n@spaces.GPU", None),
        ("@plain\n@yielding\n@spaces.GPU", "plain"),
        ("@plain\n@unknown\n@spaces.GPU", None),
        ("@plain\n@collecting\n@spaces.GPU", None),
        ("@spaces.GPU\n@plain", None),
        ("@plain\n@spaces.GPU\n@plain", None),
    ],
)
def test_a_decorator_hides_a_generator_from_gradio(decorators: str, expected: str | None) -> None:
    text = f"{decorators}\ndef run(value):\n    yield value\n\ngr.Interface(run, 'text', 'text').launch()"
    assert [node for node, *_ in hidden_from_gradio(text)] == ([] if expected is None else [expected])
