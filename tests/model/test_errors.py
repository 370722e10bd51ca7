"""Which clauses around the call of a GPU function miss or swallow its errors."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import gradio as gr
import spaces
import torch

class Own(Exception):
    pass

class Arriving(gr.Error):
    pass

def check(value):
    if not value:
        raise Own("none")

@spaces.GPU(duration=9)
def gpu(value):
    check(value)
    if value == 1:
        raise KeyError("key")
    return value

def lead(value):
    return gpu(value)

"""
README = b"---\nsdk: gradio\nsdk_version: %b\n---\n"


def missed(body: str, version: bytes = b"6.31.0") -> list[tuple[str, bool, bool]]:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}def run(given):\n{indented}\ngr.Interface(run, 'text', 'text').launch()\n"
    files = {"app.py": text.encode()}
    if version:
        files["README.md"] = README % version
    space = Space(files, target="zerogpu")
    return [
        (space.code(found.call.scope.module, found.kind), found.catches_all, found.is_certain)
        for found in space.missed_errors()
    ]


def around(kind: str, body: str = "return gpu(given)", then: str = "return None") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"try:\n{lines}\nexcept {kind}:\n    {then}"


@pytest.mark.parametrize(
    ("body", "kind", "is_certain"),
    [
        (around("torch.cuda.OutOfMemoryError"), "torch.cuda.OutOfMemoryError", True),
        (around("torch.OutOfMemoryError", "return lead(given)"), "torch.OutOfMemoryError", True),
        (around("(torch.OutOfMemoryError, TypeError)"), "torch.OutOfMemoryError", True),
        (around("Own"), "Own", True),
        (around("Own as error", then="raise gr.Error(str(error))"), "Own", True),
        (around("Own", "given = given.read()\nreturn gpu(given)"), "Own", False),
        (around("KeyError"), "KeyError", True),
        (around("RuntimeError"), "RuntimeError", False),
        (around("RuntimeError", "print(given)\nreturn gpu(given)"), "RuntimeError", False),
        (around("RuntimeError") + "\nexcept Exception:\n    raise", "RuntimeError", False),
    ],
)
def test_what_never_matches(body: str, kind: str, is_certain: bool) -> None:
    assert missed(body) == [(kind, False, is_certain)]


@pytest.mark.parametrize(
    "body",
    [
        around("Exception"),
        around("BaseException"),
        around("gr.Error"),
        around("Arriving"),
        around("(KeyError, gr.Error)"),
        around("given.Error"),
        around("TypeError"),
        around("KeyError", "return gpu(given['key'])\nprint(int(given))"),
        around("RuntimeError", "return gpu(given.read())"),
        around("Own", "check(given)\nreturn gpu(given)"),
        around("Exception", around("Exception") + "\nreturn 1"),
        "try:\n    return gpu(given)\nexcept Exception:\n    raise\nexcept Own:\n    return 1",
        "try:\n    pass\nexcept Own:\n    return 1\nelse:\n    return gpu(given)",
        "try:\n    pass\nexcept Own:\n    return gpu(given)",
        around("Own", around("Exception", then="pass")),
    ],
)
def test_what_is_right_or_meant_for_something_else(body: str) -> None:
    assert missed(body) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (b"6.31.0", [("ValueError", True, True)]),
        (b"5.26.0", [("ValueError", True, True)]),
        (b"5.25.2", []),
        (b"4.44.1", []),
        (b"", [("ValueError", True, False)]),
    ],
)
def test_a_value_error_depends_on_the_version_of_gradio(version: bytes, expected: list[object]) -> None:
    assert missed(around("ValueError", "return gpu(int(given))"), version) == expected


@pytest.mark.parametrize(
    ("then", "is_found"),
    [
        ("return None", True),
        ("raise gr.Error('wrong') from error", True),
        ("raise", False),
        ("raise gr.Error(str(error))", False),
        ("print(error)", False),
    ],
)
def test_a_value_error_that_is_told(then: str, is_found: bool) -> None:
    assert bool(missed(around("ValueError as error", then=then))) is is_found


def test_a_call_that_leads_to_the_gpu_is_less_certain() -> None:
    assert missed(around("ValueError", "return lead(given)")) == [("ValueError", True, False)]
    assert missed(around("Own", "return lead(given)")) == []
