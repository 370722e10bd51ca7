"""A file parsed again after a change is what it would be if it were parsed anew."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from zerolint.read.again import Parser
from zerolint.read.python import PythonFile, parse
from zerolint.read.source import Problem, Source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "spaces"
APP = """#!/usr/bin/env python
# About this file.

'''A docstring
at the edge'''
import os

# Above a function.

@one
# Between.
@two(
3)
def f(a):
    if a:
        return 1
    else:
        return 2
    # Deeper than what follows.

  # Neither here nor there.
x = [
1,
# in brackets
]; y = 2
TEXT = '''
# not a comment
x = 1
# not a comment either'''
try:
    f()
except E:
    pass
else:
    z = 1
finally:
    del z
class C: x = 1
if x: y
elif y: z
for a in \\
    b: pass
x = [
1,
# in brackets
]; y = 2
async def g(): pass
# The end."""
EDITS = [
    "x",
    " ",
    "\n",
    "(",
    ")",
    '"',
    "'''",
    "# c\n",
    "@",
    "\\",
    "\t",
    "1\n",
    "else:\n",
    ":",
    ",",
    "é",
    "\r\n",
    "if a:\n  b\n",
]


def outline(parsed: PythonFile) -> list[tuple[str, int, int]]:
    """The kind and the place of every node that is code, in the order of the file."""
    found: list[tuple[str, int, int]] = []

    def visit(node: Any, statement: Any) -> None:
        kind = type(node).__name__
        if kind in (
            "Name",
            "Call",
            "Attribute",
            "SimpleString",
            "FunctionDef",
            "ClassDef",
            "SimpleStatementLine",
            "If",
        ):
            found.append((kind, *parsed.offsets(node, statement)))
        for child in node.children:
            visit(child, statement)

    for statement in parsed.tree.body:
        visit(statement, statement)
    return found


def assert_same(parser: Parser, text: str) -> None:
    source = Source("app.py", text)
    anew, again = parse(source), parser.parse(source)
    if isinstance(anew, Problem):
        assert again == anew
    else:
        assert isinstance(again, PythonFile)
        assert again.tree.code == anew.tree.code
        assert outline(again) == outline(anew)
        assert again.round_trips == anew.round_trips


@pytest.mark.parametrize(
    "text",
    [
        APP,
        APP + "\n",
        APP.replace("\n", "\r\n"),
        APP.replace("\n", "\r"),
        APP.replace("    ", "  "),
        APP.replace("    ", "\t"),
        APP.replace("    return 2", "  return 2"),
        "\ufeff" + APP,
        "",
        "\n\n",
        "# c",
        "x",
        "x\n\n\n",
        "\x0cx\n\x0cy\n  \n",
        "x = 1\r\ny = 2\nz = 3",
        "x\n  # c\ny",
        "def f():\n\tx\ndef g():\n  y\n",
        "x = 1; y\\\n=2\nz",
        "x = '''\ny\nz\n",
        "@a\n@b\nx = 1\n",
        "x\n# '''\ny\n",
        "x = '''\n# c\n''' # d\ny\n# e\nz\n",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_texts(text: str) -> None:
    parser = Parser()
    for _ in range(2):
        assert_same(parser, text)
    assert_same(parser, text + "\nlast = 1\n")
    assert_same(parser, "first = 1\n" + text)


def test_random_edits() -> None:
    choice = random.Random(5)
    texts = [APP, *(path.read_text("utf-8") for path in sorted(FIXTURES.rglob("*.py")))]
    for text in texts:
        parser = Parser()
        for _ in range(10):
            at, length = choice.randrange(len(text) + 1), choice.choice([0, 0, 0, 1, 20])
            changed = text[:at] + choice.choice(EDITS) + text[at + length :]
            assert_same(parser, changed)
            if not isinstance(parse(Source("app.py", changed)), Problem):
                text = changed


def tree(parser: Parser, text: str) -> Any:
    parsed = parser.parse(Source("app.py", text))
    assert isinstance(parsed, PythonFile)
    return parsed.tree


def test_what_did_not_change_is_not_parsed_again() -> None:
    parser = Parser()
    before = tree(parser, APP)
    after = tree(parser, APP.replace("return 2", "return 3").replace("\ntry:", "\n\nnew = 1\ntry:"))
    same = {id(node) for node in before.body} & {id(node) for node in after.body}
    assert len(same) == len(before.body) - 1
    # Also after a mistake that was made in between.
    assert isinstance(parser.parse(Source("app.py", APP.replace("f()", "f(("))), Problem)
    last = tree(parser, APP)
    assert len({id(node) for node in after.body} & {id(node) for node in last.body}) >= len(before.body) - 3


def test_no_node_is_in_a_tree_twice() -> None:
    parser = Parser()
    for text in ("x = 1\nx = 1\nx = 1\n", "y\nx = 1\nx = 1\nx = 1\nx = 1\n"):
        body = tree(parser, text).body
        assert len({id(node) for node in body}) == len(body)
