"""What `spaces.GPU` gets when it stands above a decorator that makes a descriptor."""

from __future__ import annotations

import pytest

from zerolint.model.descriptors import Failure
from zerolint.model.space import Space

START = """
import functools
import gradio as gr
import parts
import spaces

gpu = functools.partial(spaces.GPU, duration=9)

def own(made):
    return spaces.GPU(made)

class Studio:
    {decorators}
    def draw(self, value=""):
        {body}
"""


def found(*decorators: str, body: str = "return value") -> list[tuple[str, Failure]]:
    text = START.format(decorators="\n    ".join(f"@{each}" for each in decorators), body=body)
    space = Space({"app.py": text.encode()}, target="zerogpu")
    return [(item.kind, item.failure) for item in space.gpu_descriptors()]


@pytest.mark.parametrize(
    ("decorators", "failure"),
    [
        (("spaces.GPU", "classmethod"), Failure.DURATION),
        (("spaces.GPU()", "classmethod"), Failure.CALLABLE),
        (("spaces.GPU(60)", "classmethod"), Failure.CALLABLE),
        (("spaces.GPU", "property"), Failure.DURATION),
        (("spaces.GPU(duration=9)", "property"), Failure.CALLABLE),
        (("spaces.GPU", "functools.cached_property"), Failure.DURATION),
        (("spaces.GPU", "classmethod", "spaces.GPU"), Failure.DURATION),
    ],
)
def test_what_cannot_be_called(decorators: tuple[str, ...], failure: Failure) -> None:
    kind = decorators[1].rpartition(".")[2]
    assert found(*decorators) == [(kind, failure)]


def test_a_static_method_that_yields() -> None:
    assert found("spaces.GPU", "staticmethod", body="yield value") == [("staticmethod", Failure.GENERATOR)]
    assert found("spaces.GPU", "classmethod", body="yield value") == [("classmethod", Failure.DURATION)]


@pytest.mark.parametrize(
    "decorators",
    [
        ("classmethod", "spaces.GPU"),
        ("own", "classmethod"),
        ("gpu", "classmethod"),
        ("spaces.GPU", "parts.property"),
        ("spaces.GPU", "functools.cache", "classmethod"),
    ],
)
def test_a_function_or_not_known(decorators: tuple[str, ...]) -> None:
    assert found(*decorators) == []


STATIC = """
import gradio as gr
import parts
import spaces

class Studio:
    @spaces.GPU
    @staticmethod
    def draw(value):
        return value
    {method}

{use}
"""


def uses(method: str, use: str) -> list[tuple[str, Failure, str]]:
    space = Space({"app.py": STATIC.format(method=method, use=use).encode()}, target="zerogpu")
    return [
        (item.kind, item.failure, space.code(item.use[0].scope.module, item.use[1]))
        for item in space.gpu_descriptors()
        if item.use is not None
    ]


@pytest.mark.parametrize(
    ("method", "use", "read"),
    [
        ("", "gr.Interface(Studio().draw, 'text', 'text')", "Studio().draw"),
        ("", "a = Studio()\ngr.Interface(fn=a.draw, inputs='text', outputs='text')", "a.draw"),
        ("", "a = Studio()\ngr.Interface(lambda value: a.draw(value), 'text', 'text')", "a.draw"),
        ("def show(self, value): return self.draw(value)", "", "self.draw"),
        ("", "class Small(Studio): pass\ngr.Interface(Small().draw, 'text', 'text')", "Small().draw"),
    ],
)
def test_a_static_method_of_an_object(method: str, use: str, read: str) -> None:
    assert uses(method, use) == [("staticmethod", Failure.BOUND, read)]


@pytest.mark.parametrize(
    ("method", "use"),
    [
        ("", "gr.Interface(Studio.draw, 'text', 'text')"),
        ("", "gr.Interface(lambda value: Studio.draw(value), 'text', 'text')"),
        ("", "gr.Interface(lambda value: parts.studio.draw(value), 'text', 'text')"),
        ("", "if False:\n    Studio().draw(1)"),
        ("def __init__(self): self.draw = Studio.draw", "Studio().draw(1)"),
        ("@classmethod\n    def all(cls): return cls.draw(1)", "Studio.all()"),
    ],
)
def test_a_static_method_of_the_class(method: str, use: str) -> None:
    assert uses(method, use) == []
