"""Which errors of Gradio cannot be made again in the main process."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space


def needs(methods: str, raising: str = "raise Odd()", base: str = "gr.Error") -> list[str]:
    """What the constructors of the errors want that do not arrive from a GPU function."""
    body = "".join(f"    {line}\n" for line in methods.splitlines())
    inside = "".join(f"    {line}\n" for line in raising.splitlines())
    app = f"""\
import gradio as gr
import spaces
from gradio import Error

class Base(gr.Error):
    def __init__(self, code, text):
        super().__init__(text)

class Odd({base}):
    kind = 1
{body}

@spaces.GPU(duration=9)
def run(text):
{inside}
    return text

gr.Interface(run, "text", "text").launch()
"""
    return [lost.needs for lost in Space({"app.py": app.encode()}, target="zerogpu").lost_errors()]


INIT = "def __init__({}):\n    super().__init__('a')"


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ("self", ["takes no argument"]),
        ("self, a, b", ["needs `a` and `b`"]),
        ("self, a, b, c, d=1", ["needs `a`, `b` and `c`"]),
        ("self, a, *, b", ["needs `a` and `b`"]),
        ("self, *, b", ["needs `b`"]),
        ("self, **more", ["takes no argument"]),
        ("self, a", []),
        ("self, a=1, b=2, *, c=3, **more", []),
        ("self, *args", []),
    ],
)
def test_constructors(params: str, wanted: list[str]) -> None:
    assert needs(INIT.format(params)) == wanted
    assert needs(INIT.format(params), base="Error") == wanted


@pytest.mark.parametrize(
    "methods",
    [
        "",
        "def __init__(self, a, b):\n    self.message = b",
        "def __init__(self, a, b):\n    super().__init__(b)\n    self.args = (a, b)",
        INIT.format("self, a, b") + "\ndef __reduce__(self):\n    return Odd, (1, 2)",
    ],
)
def test_classes_that_arrive(methods: str) -> None:
    assert needs(methods) == []


def test_bases() -> None:
    assert needs("", base="Base") == ["needs `code` and `text`"]
    assert needs("def __init__(self, a):\n    super().__init__(1, a)", base="Base") == []
    assert needs(INIT.format("self"), base="Exception") == []


@pytest.mark.parametrize(
    ("raising", "is_lost"),
    [
        ("try:\n    text += 1\nexcept TypeError:\n    raise Odd()", True),
        ("try:\n    raise Odd()\nexcept KeyError:\n    pass", True),
        ("try:\n    raise Odd()\nexcept Exception:\n    pass", False),
        ("try:\n    raise Odd()\nexcept ValueError:\n    pass", False),
        ("try:\n    raise Odd()\nexcept:\n    pass", False),
        ("try:\n    raise Odd()\nexcept (KeyError, Odd):\n    pass", False),
        ("if False:\n    raise Odd()", False),
        ("return str(Odd())", False),
    ],
)
def test_where_it_is_raised(raising: str, is_lost: bool) -> None:
    assert bool(needs(INIT.format("self"), raising)) is is_lost
