"""Which code runs once and is then done with, and which runs under a lock."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.once import Guards
from zerolint.model.space import Space
from zerolint.model.syntax import dotted

HEAD = """
import threading
import gradio as gr

model = None
name = ""
cache = {}
lock = threading.Lock()

class Box: ...

"""


def settled(test: str, context: Context, or_stale: bool = True) -> bool:
    """Whether the call of `load` is no free write."""
    code = f"{HEAD}def h(self, wanted):\n    global model, name\n    {test} load()\n"
    space = Space({"app.py": code.encode()}, target="zerogpu")
    module = space.program.module("app.py")
    assert module is not None
    call = next(c for scope in module.scopes for c in scope.calls if dotted(c.node.func) == "load")
    return Guards(space.program).is_settled(call.block, context, or_stale)


@pytest.mark.parametrize(
    ("test", "in_handler", "in_worker"),
    [
        ("if model is None:", True, True),
        ("if not model:", True, True),
        ("if model == None and wanted:", True, True),
        ("if model is not None: pass\n    else:", True, True),
        ("if self.model is None:", True, True),
        ("if not hasattr(self, 'model'):", True, True),
        ("if 'model' not in globals():", True, True),
        ("if 'a' not in cache:", True, True),
        ("if len(cache) == 0:", True, True),
        ("with lock:", True, False),
        ("if name != wanted:", False, True),
        ("if model is None or name != wanted:", False, True),
        ("if model:", False, False),
        ("if wanted is None:", False, False),
        ("if wanted:", False, False),
        ("if model is None or wanted:", False, False),
        ("with open(wanted):", False, False),
        ("for _ in cache:", False, False),
    ],
)
def test_what_a_test_says_of_the_state(test: str, in_handler: bool, in_worker: bool) -> None:
    assert settled(test, Context.HANDLER) is in_handler
    assert settled(test, Context.GPU) is in_worker


def test_what_is_for_another_request_counts_only_when_asked_for() -> None:
    assert not settled("if name != wanted:", Context.GPU, or_stale=False)
    assert settled("if model is None:", Context.GPU, or_stale=False)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", True),
        ("def reset():\n    global started\n    started = False\n", True),
        ("def reset():\n    global started\n    started = False\nreset()\n", False),
        ("def reset():\n    global started\n    started = False\ngr.Button().click(reset)\n", False),
        ("@atexit.register\ndef reset():\n    global started\n    started = False\n", False),
    ],
)
def test_a_flag_goes_off_again_where_something_runs_what_does_it(more: str, expected: bool) -> None:
    code = (
        f"{HEAD}started = False\ndef h():\n    global started\n    if not started: load(); started = True\nh()\n{more}"
    )
    space = Space({"app.py": code.encode()}, target="zerogpu")
    module = space.program.module("app.py")
    assert module is not None
    call = next(c for scope in module.scopes for c in scope.calls if dotted(c.node.func) == "load")
    assert Guards(space.program).is_settled(call.block, Context.HANDLER) is expected
