"""The way that the notes of a finding tell of leads to the place reported, in the cases of every page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from page_cases import Case, built_in_rules, judge_of, page_files, read_page
from zerolint.finding import Finding, Note, Span


def cases() -> dict[str, list[Case]]:
    """The cases in which something is reported, by the name of the rule."""
    found: dict[str, list[Case]] = {}
    for path in page_files():
        page = read_page(path)
        found.setdefault(page.name, []).extend(case for case in page.cases if case.marks)
    return found


def around(text: str, line: int) -> Iterator[str]:
    """The names of the functions whose body holds a line; a lambda has the name that notes give it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            first = node.body[0] if isinstance(node.body, list) else node.body
            if first.lineno <= line <= (node.end_lineno or line):
                yield "a lambda" if isinstance(node, ast.Lambda) else node.name


def astray(finding: Finding, texts: dict[str, str]) -> str | None:
    """What the last step leads to, when the place reported lies in another function."""
    if not finding.flow:
        return None
    functions = set(around(texts[finding.at.path], finding.at.start_line))
    led = re.match(r"`(?:\w+\.)?(\w+)`|(a lambda)", finding.flow[-1].message)
    if not functions or (led and functions.intersection(led.groups())):
        return None
    return finding.flow[-1].message


@pytest.mark.parametrize("name", [name for name in cases() if name in built_in_rules()])
def test_the_way_leads_to_the_place(name: str) -> None:
    judge = judge_of(built_in_rules()[name])
    for case in cases()[name]:
        texts = {path: content.decode("utf-8", "replace") for path, content in case.contents.items()}
        for finding in judge(case.contents):
            assert astray(finding, texts) is None, f"{case.label}: {finding.message}"


def test_a_way_to_another_function_is_noticed() -> None:
    text = "def first():\n    second()\n\n\ndef second():\n    pass\n\n\nsecond()\n"
    assert list(around(text, 2)) == ["first"]
    assert list(around(text, 5)) == []
    assert list(around("x = map(lambda y: y, z)\n", 1)) == ["a lambda"]
    note = Note(Span("app.py", 2, 5, 2, 11), "`second` is called by `first` here", step=1)
    places = [Span("app.py", line, 1, line, 2) for line in (2, 6, 9)]
    led = [astray(Finding(at, "it", (note,)), {"app.py": text}) for at in places]
    assert led == [note.message, None, None]
