"""What is told by names alone: what a call may run, what may be a function, where a node's statement is."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from zerolint.model.contexts import Context
from zerolint.model.space import Space

APP = """\
import json
import gradio as gr
import spaces
from functools import partial
from spaces import GPU as on_gpu
from tools import Box, make
import tools.inner as inner

box = Box()
made = partial(len)
text = "run"
number = len(text)

def run(given):
    return given

alias = run

{}
"""
TOOLS = (
    "class Box:\n    def __init__(self):\n        self.opened = lambda: 1\n    def turn(self): ...\n\ndef make(): ...\n"
)
INNER = "def fetch():\n    return 1\nother = fetch\n"


def space_of(line: str) -> Space:
    files = {"app.py": APP.format(textwrap.dedent(line)), "tools/__init__.py": TOOLS, "tools/inner.py": INNER}
    return Space({path: text.encode() for path, text in files.items()}, target="zerogpu")


def last_call(space: Space) -> Any:
    module = space.program.module("app.py")
    assert module is not None
    return module.root.calls[-1]


@pytest.mark.parametrize(
    "line",
    ["run(1)", "make()", "Box()", "box.turn()", "box.opened()", "inner.fetch()", "inner.other()", "alias()", "(run)()"],
)
def test_calls_that_may_run_the_code_of_the_space(line: str) -> None:
    space = space_of(line)
    call = last_call(space)
    assert space.program.may_run_own(call.node.func, call.scope)


@pytest.mark.parametrize("line", ["json.loads(text)", "len(text)", "text.upper()", "gr.Blocks()", "partial(run)"])
def test_calls_that_cannot_run_the_code_of_the_space(line: str) -> None:
    space = space_of(line)
    call = last_call(space)
    assert not space.program.may_run_own(call.node.func, call.scope)


def test_a_module_with_names_from_anywhere_may_run_anything() -> None:
    space = Space({"app.py": b"from tools import *\nfetch()\n", "tools.py": b"def fetch(): ...\n"}, target="zerogpu")
    call = last_call(space)
    assert space.program.may_run_own(call.node.func, call.scope)


@pytest.mark.parametrize(
    ("argument", "possible"),
    [
        ("run", True),
        ("alias", True),
        ("make", True),
        ("made", True),
        ("lambda: 1", True),
        ("inner.fetch", True),
        ("box.opened", True),
        ("spaces.GPU(run)", True),
        ("on_gpu", True),
        ("partial(run)", True),
        ("run(run)", True),
        ("Box()", True),
        ("text", False),
        ("number", False),
        ("json.loads", False),
        ("'a' + text", False),
        ("[run]", False),
    ],
)
def test_what_may_be_a_function(argument: str, possible: bool) -> None:
    space = space_of(f"print({argument})")
    module = space.program.module("app.py")
    assert module is not None
    call = next(call for call in module.root.calls if getattr(call.node.func, "value", "") == "print")
    assert space.program.may_be_function(call.node.args[0].value, call.scope) is possible


def test_names_of_files_that_are_not_read_count() -> None:
    space = space_of("box.turn()")
    assert space.program.is_own_name("turn")
    assert not space.program.is_own_name("upper")
    assert [module.path for module in space.program.loaded] == []


def test_a_function_is_followed_into_a_file_that_only_a_name_leads_to() -> None:
    space = space_of("""\
        def handler():
            helper.fetch()
        def helper_of():
            return inner
        helper = helper_of()
        gr.Interface(fn=handler, inputs=[], outputs=[])
        """)
    assert [scope.name for scope in space.contexts.reached(Context.HANDLER)] == ["handler", "fetch"]


def test_the_statement_of_a_node() -> None:
    space = space_of("""\
        @spaces.GPU
        def work(given):
            for item in given:
                box.turn(run(item))
            box.state = [text]
            return run(given)
        """)
    module = space.program.module("app.py")
    assert module is not None
    kinds: dict[str, str] = {}
    work = next(scope for scope in module.scopes if scope.name == "work")
    nodes = [work.node.name, work.decorations[0].expression, *(call.node for call in work.calls), work.stores[0].target]
    for node in [*nodes, work.returns[0].value]:
        statement = module.statement_of(node)
        kinds[space.code(module, node)] = type(statement).__name__
        # The place is the same as without knowing the statement.
        file = space.file("app.py")
        assert file is not None
        assert file.offsets(node, statement) == file.offsets(node)
    assert kinds == {
        "work": "FunctionDef",
        "spaces.GPU": "FunctionDef",
        "box.turn(run(item))": "SimpleStatementLine",
        "run(item)": "SimpleStatementLine",
        "box.state": "SimpleStatementLine",
        "run(given)": "SimpleStatementLine",
    }


def test_imports_are_found_by_the_word() -> None:
    app = """\
        import a  # import c
        if a:
        \tfrom p import (b,
         d)
        x = 'import e'
          # import f
        from importlib import g
        """
    names = ["a", "c", "p/__init__", "p/b", "p/d", "e", "f", "g"]
    files = {"app.py": textwrap.dedent(app).encode(), **{f"{name}.py": b"" for name in names}}
    assert Space(files).reached == ("a.py", "app.py", "p/__init__.py", "p/b.py", "p/d.py")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("f( a,  b )", "f( a, b )"),
        (
            'Llama(  # type: ignore[call-arg]\n    path=str(p),\n    size=1,  # a "quote\n)',
            "Llama(path=str(p), size=1)",
        ),
        ("f('a # b',\n  \"it's # c\")", "f('a # b', \"it's # c\")"),
        ("[\n    1,\n    {\n        'a': 2,\n    },\n]", "[1, {'a': 2}]"),
        ("f(" + 9 * "long, " + "x)", "f(long, long, long, long, long, long, l…"),
    ],
)
def test_code_in_a_message(code: str, shown: str) -> None:
    space = Space({"app.py": code.encode()}, target="zerogpu")
    (module,) = space.modules
    file = space.file("app.py")
    assert file is not None
    statement: Any = file.tree.body[0]
    assert space.code(module, statement.body[0].value, 40) == shown
