"""Which branches without CUDA hold something of substance."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """
import gradio as gr
import spaces
import torch

HAS_GPU = torch.cuda.is_available()


def plan(text):
    return text


@spaces.GPU(duration=9)
def run(text):
    return text


"""


def found(body: str, decorators: str = "") -> list[tuple[str, bool]]:
    """What never runs in a handler with this body, and whether there is no GPU where it stands."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    handler = f"{decorators}def handler(text):\n{lines}    return text"
    text = f"{HEAD}{handler}\n\n\ngr.Interface(handler, 'text', 'text').launch()"
    space = Space({"app.py": text.encode()}, target="zerogpu")
    return [(space.code(space.modules[0], item.call.node), item.has_no_gpu) for item in space.dead_fallbacks()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if not torch.cuda.is_available():\n    return plan(text)", "plan(text)"),
        ("if not HAS_GPU:\n    return plan(text)", "plan(text)"),
        ("if torch.cuda.is_available():\n    return run(text)\nelse:\n    return plan(text)", "plan(text)"),
        ("if torch.cuda.is_available():\n    return run(text)\nreturn plan(text)", "plan(text)"),
        ("if len(text) > 1 and not torch.cuda.is_available():\n    return plan(text)", "plan(text)"),
        ("if torch.cuda.is_available():\n    return run(text)\nelse:\n    return run('small')", None),
        ("if not torch.cuda.is_available():\n    print('slow')", None),
        ("if not torch.cuda.is_available():\n    raise gr.Error(plan(text))", None),
        ("if not torch.cuda.is_available():\n    gr.Warning(plan(text))", None),
        ("if torch.cuda.is_available():\n    return plan(text)", None),
        ("if not text:\n    return plan(text)", None),
        ("if False:\n    return plan(text)", None),
        ("device = 'cuda' if torch.cuda.is_available() else plan(text)", None),
    ],
)
def test_what_a_branch_holds(body: str, expected: str | None) -> None:
    assert found(body) == ([(expected, True)] if expected else [])


def test_a_worker_has_a_gpu() -> None:
    assert found("if not HAS_GPU:\n    return plan(text)", "@spaces.GPU\n") == [("plan(text)", False)]
