"""What outlives a request, and how code that runs for visitors gets hold of it."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.space import Space
from zerolint.model.syntax import dotted
from zerolint.model.values import point_of

HEAD = """
import gradio as gr
import spaces
import settings
from settings import LIMITS as limits

HISTORY = []
STATE = {"items": []}

class Box:
    def __init__(self): self.items = []
    def add(self, x): ask(self.items)

box = Box()

def items(): return STATE
def fresh(): return []
def deep(target): ask(target)

"""
TAIL = "\n\ngr.Interface(h, 'text', 'text').launch()\n"


def places(code: str) -> list[tuple[str, str, bool]]:
    """File, name and whether it was pickled on the way, of the places behind what `ask` is given."""
    files = {"app.py": f"{HEAD}{code}{TAIL}", "settings.py": "LIMITS = {}\n"}
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    module = space.modules[0]
    calls = [c for scope in module.scopes for c in scope.calls if dotted(c.node.func) == "ask"]
    call = next((c for c in calls if space.contexts.is_per_request(c.function)), calls[-1])
    found = space.places.of(call.node.args[0].value, point_of(call))
    return [(place.owner.module.path, place.name, place.copied) for place in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def h(x): ask(HISTORY)", ("app.py", "HISTORY", False)),
        ("def h(x): ask(STATE['items'][0])", ("app.py", "STATE", False)),
        ("def h(x):\n    now = STATE['items']\n    ask(now)", ("app.py", "STATE", False)),
        ("def h(x): ask(items())", ("app.py", "STATE", False)),
        ("def h(x): ask(limits)", ("settings.py", "LIMITS", False)),
        ("def h(x): ask(settings.LIMITS)", ("settings.py", "LIMITS", False)),
        ("def h(x): deep(HISTORY)", ("app.py", "HISTORY", False)),
        ("def h(x): box.add(x)", ("app.py", "box", False)),
        ("def build():\n    kept = []\n    def h(x): ask(kept)\n    return h\nh = build()", ("app.py", "kept", False)),
        ("@spaces.GPU\ndef g(x): ask(HISTORY)\ndef h(x): g(x)", ("app.py", "HISTORY", False)),
        ("@spaces.GPU\ndef g(kept): ask(kept)\ndef h(x): g(HISTORY)", ("app.py", "HISTORY", True)),
    ],
)
def test_what_outlives_the_request(code: str, expected: tuple[str, str, bool]) -> None:
    assert places(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "def h(x): ask(x)",
        "def h(x):\n    own = []\n    ask(own)",
        "def h(x): ask(fresh())",
        "def h(x): deep([])",
        "def h(x): ask(list(HISTORY))",
        "def h(x): Box().add(x)",
    ],
)
def test_what_does_not(code: str) -> None:
    assert places(code) == []


def test_the_ways_leave_out_what_is_made_once() -> None:
    code = "made = None\ndef make(): return 1\ndef free(): return 2\ndef h(x):\n    global made\n    free()\n"
    space = Space({"app.py": f"{HEAD}{code}    if made is None: made = make()\n{TAIL}".encode()}, target="zerogpu")
    assert {scope.name for scope in space.places.steps[Context.HANDLER]} == {"h", "free"}
