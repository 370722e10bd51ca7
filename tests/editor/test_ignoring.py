"""The comment that an editor writes to ignore a finding, and what it says about the rules that a comment names."""

from __future__ import annotations

import ast

import pytest

from sample_rules import ALL, README, bad_word
from zerolint.editor.ignoring import REASON, ignore_edit, named_at
from zerolint.engine import judge
from zerolint.finding import Diagnostic, Edit, Span
from zerolint.model.space import Space
from zerolint.read.source import line_starts, offset_of

COMMENT = f"# zerolint: ignore[bad-word] {REASON}"


def judged(path: str, text: str) -> list[Diagnostic]:
    space = Space({"README.md": README, "app.py": b"", path: text.encode()})
    diagnostics, failures = judge(space, ALL)
    assert not failures
    return [diagnostic for diagnostic in diagnostics if diagnostic.finding.at.path == path]


def edited(text: str, edit: Edit) -> str:
    starts = line_starts(text)
    start = offset_of(starts, edit.at.start_line, edit.at.start_column)
    end = offset_of(starts, edit.at.end_line, edit.at.end_column)
    return text[:start] + edit.text + text[end:]


def offered(path: str, text: str) -> Edit | None:
    found = [diagnostic for diagnostic in judged(path, text) if diagnostic.code == "XX001"]
    return ignore_edit(path, text, found[0].finding.at, bad_word, ALL)


LONG = "x" * 80
PYTHON = {
    "behind the code": ("a = BAD\n", f"a = BAD  {COMMENT}\n"),
    "without a line end": ("a = BAD", f"a = BAD  {COMMENT}"),
    "in the place of blanks": ("a = BAD \t\r\nb\r\n", f"a = BAD  {COMMENT}\r\nb\r\n"),
    "behind another comment": ("a = BAD  # noqa: E501\n", f"a = BAD  # noqa: E501  {COMMENT}\n"),
    "above a long line": (f"if a:\n    {LONG} = BAD\n", f"if a:\n    {COMMENT}\n    {LONG} = BAD\n"),
    "above a long line at a carriage return": (f"a\r{LONG} = BAD\r", f"a\r{COMMENT}\r{LONG} = BAD\r"),
    "inside brackets": ("f(\n    a,\n    BAD,\n    b,\n)\n", f"f(\n    a,\n    BAD,  {COMMENT}\n    b,\n)\n"),
    "behind the end of a string": ('a = """\nBAD\n"""\n', f'a = """\nBAD\n"""  {COMMENT}\n'),
    "behind the last line": ("a = BAD + \\\n    b\n", f"a = BAD + \\\n    b  {COMMENT}\n"),
    "above a backslash": (f"a = BAD + \\\n    {LONG}\n", f"{COMMENT}\na = BAD + \\\n    {LONG}\n"),
    "on a decorator": ("@BAD\n@b\ndef f():\n    pass\n", f"@BAD  {COMMENT}\n@b\ndef f():\n    pass\n"),
    "above all decorators": (
        f"class C:\n    @b\n    @f({LONG}, BAD)\n    def f(): pass\n",
        f"class C:\n    {COMMENT}\n    @b\n    @f({LONG}, BAD)\n    def f(): pass\n",
    ),
    "above an else": (
        f"if a:\n    b\nelif {LONG} and BAD:\n    c\n",
        f"if a:\n    b\n{COMMENT}\nelif {LONG} and BAD:\n    c\n",
    ),
    "one name more": (
        "# zerolint: ignore[XX002] both\na = BAD\n",
        "# zerolint: ignore[XX002, bad-word] both\na = BAD\n",
    ),
    "a comment that is for the line below": (
        "a = BAD\n# zerolint: ignore[XX002]\nb\n",
        f"a = BAD  {COMMENT}\n# zerolint: ignore[XX002]\nb\n",
    ),
    "a file with a syntax error": ("a = = BAD\n", f"a = = BAD  {COMMENT}\n"),
    "an f-string over lines": ('f"""{\nBAD\n}"""\n', f'f"""{{\nBAD  {COMMENT}\n}}"""\n'),
}


@pytest.mark.parametrize("name", PYTHON)
def test_python(name: str) -> None:
    text, expected = PYTHON[name]
    edit = offered("app.py", text)
    assert edit
    assert edited(text, edit) == expected
    assert any(found.suppression for found in judged("app.py", expected) if found.code == "XX001")
    if "syntax error" not in name and "f-string" not in name:
        ast.parse(expected)


OTHERS = {
    "a requirement": ("requirements.txt", "a\nBAD>=1\n", f"a\nBAD>=1  {COMMENT}\n"),
    "a requirement over lines": (
        "requirements.txt",
        "BAD==1 \\\n    --hash=sha256:0\n",
        f"{COMMENT}\nBAD==1 \\\n    --hash=sha256:0\n",
    ),
    "front matter": ("README.md", "---\nsdk: BAD\n---\n", f"---\nsdk: BAD  {COMMENT}\n---\n"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files(name: str) -> None:
    path, text, expected = OTHERS[name]
    edit = offered(path, text)
    assert (edit and edited(text, edit)) == expected
    if expected:
        assert any(found.suppression for found in judged(path, expected))


def test_the_line_that_opens_a_readme() -> None:
    text = "---\nsdk: gradio\n---\n"
    edit = ignore_edit("README.md", text, Span("README.md", 1, 1, 1, 4), bad_word, ALL)
    assert edit
    assert edited(text, edit) == f"---\n{COMMENT}\nsdk: gradio\n---\n"


@pytest.mark.parametrize("path", ["packages.json", "README.md"])
def test_where_no_comment_can_stand(path: str) -> None:
    assert offered(path, "the text says BAD\n") is None


def named(path: str, text: str, line: int, column: int) -> list[str]:
    found = named_at(path, text, line, column, ALL)
    return [rule.name for rule in found.rules] if found else []


def test_names_in_comments() -> None:
    text = "a = 1  # zerolint: ignore[bad-word, XX002]  XX003\nb = XX002  # see xx002, noqa: XX003 bad-word\n"
    where = text.index
    for word, names in {
        "bad-word": ["bad-word"],
        "XX002]": ["poor-word"],
        "zerolint": ["bad-word", "poor-word"],
        "a = 1": [],
    }.items():
        assert named("app.py", text, 1, where(word) + 1) == names
    second = text.split("\n")[1]
    for word, names in {"XX002": [], "xx002": ["poor-word"], "XX003": ["odd-word"], "bad-word": []}.items():
        assert named("app.py", text, 2, second.index(word) + 2) == names
    assert named("app.py", text, 9, 1) == []


def test_a_name_and_its_place() -> None:
    found = named_at("app.py", "a  # noqa: XX001\n", 1, 14, ALL)
    assert found
    assert (found.at.start_column, found.at.end_column) == (12, 17)


def test_names_in_other_files() -> None:
    assert named("requirements.txt", "torch  # zerolint: ignore[poor-word]\n", 1, 30) == ["poor-word"]
    assert named("README.md", "---\nsdk: x  # XX001\n---\nXX001\n", 2, 14) == ["bad-word"]
    assert named("README.md", "---\nsdk: x  # XX001\n---\nXX001\n", 4, 3) == []
    toml = 'ignore = ["bad-word", \'XX002\']\nXX003 = "a XX002"\n'
    assert named("pyproject.toml", toml, 1, 14) == ["bad-word"]
    assert named("zerolint.toml", toml, 1, 26) == ["poor-word"]
    assert named("zerolint.toml", toml, 2, 2) == named("zerolint.toml", toml, 2, 13) == []
