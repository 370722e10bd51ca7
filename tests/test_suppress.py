"""Ignore comments: what they cover, and what is said about those that cover nothing."""

from __future__ import annotations

import io
import time
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import zerolint
from sample_rules import ALL, space_of
from zerolint.config import Settings
from zerolint.engine import judge
from zerolint.finding import Consequence, Diagnostic, Finding, Span
from zerolint.fix import apply
from zerolint.model.space import Space
from zerolint.read.comments import comments_in
from zerolint.rule import rule
from zerolint.suppress import find_ignores


def judged(app: str, settings: Settings | None = None, **files: str) -> list[Diagnostic]:
    diagnostics, failures = judge(space_of(app, **files), ALL, settings)
    assert not failures
    return list(diagnostics)


def outcome(app: str, **files: str) -> list[str]:
    """`code line` for each finding, with `-` before it when it is suppressed."""
    return [
        f"{'-' if found.suppression else ''}{found.code} {found.finding.at.start_line}"
        for found in judged(app, **files)
    ]


COVERED = {
    "on the line": "x = BAD  # zerolint: ignore[bad-word]\n",
    "by code": "x = BAD  # zerolint: ignore[XX001]\n",
    "in small letters": "x = BAD  # zerolint: ignore[xx001]\n",
    "among others": "x = BAD  # zerolint: ignore[ZG902, bad-word]\n",
    "after another comment": "x = BAD  # type: ignore # zerolint: ignore[bad-word]\n",
    "before another comment": "x = BAD  # zerolint: ignore[bad-word] why # fmt: skip\n",
    "with odd blanks": "x = BAD  #zerolint:ignore [ bad-word ]\n",
    "above": "# zerolint: ignore[bad-word]\nx = BAD\n",
    "above, with a remark between": "# zerolint: ignore[bad-word]\n# a remark\nx = BAD\n",
    "above, indented": "if 1:\n    # zerolint: ignore[bad-word]\n    x = BAD\n",
    "above a statement of several lines": "# zerolint: ignore[bad-word]\nx = f(\n    1,\n    BAD,\n)\n",
    "on the first line of a statement": "x = f(  # zerolint: ignore[bad-word]\n    1,\n    BAD,\n)\n",
    "on the last line of a statement": "x = f(\n    1,\n    BAD,\n)  # zerolint: ignore[bad-word]\n",
    "on the line inside of a statement": "x = f(\n    1,\n    BAD,  # zerolint: ignore[bad-word]\n)\n",
    "above the line inside of a statement": "x = f(\n    1,\n    # zerolint: ignore[bad-word]\n    BAD,\n)\n",
    "at the end of a long finding": "if BEGIN:\n    y = 1\n    z = END  # zerolint: ignore[bad-word]\n",
    "at the end of a continued line": "x = 1 + \\\n    BAD  # zerolint: ignore[bad-word]\n",
    "after a string of several lines": 'x = """\nBAD\n"""  # zerolint: ignore[bad-word]\n',
    "on a decorator": "@a(BAD)  # zerolint: ignore[bad-word]\ndef f(): ...\n",
    "on the def below the decorator": "@a(BAD)\ndef f():  # zerolint: ignore[bad-word]\n    ...\n",
    "on the decorator above the def": "@a()  # zerolint: ignore[bad-word]\ndef BAD(): ...\n",
    "above the first decorator": "# zerolint: ignore[bad-word]\n@a()\n@b\nasync def f(x=BAD): ...\n",
    "between decorators": "@a(BAD)\n# zerolint: ignore[bad-word]\n@b\ndef f(): ...\n",
    "inside of a long header": "@a(\n    BAD,\n)\ndef f(\n    x,  # zerolint: ignore[bad-word]\n):\n    ...\n",
    "on a class": "@a(BAD)\nclass A:  # zerolint: ignore[bad-word]\n    pass\n",
    "in the whole file": "x = BAD\ny = 1\n# zerolint: ignore-file[bad-word] because\n",
    "by noqa": "x = BAD  # noqa: XX001\n",
    "by noqa among others": "x = BAD  # NOQA:E501,XX001\n",
    "in a file that does not parse": "def (:\nx = BAD  # zerolint: ignore[bad-word]\n",
    "after an open string": "x = 'open\ny = BAD  # zerolint: ignore[bad-word]\n",
    "after a nested f-string": "x = f'{f(\"#\"):{w}#>3}'; y = BAD  # zerolint: ignore[bad-word]\n",
}

NOT_COVERED = {
    "another rule": "x = BAD  # zerolint: ignore[poor-word]\n",
    "a line below": "x = 1  # zerolint: ignore[bad-word]\ny = BAD\n",
    "a line above": "x = BAD\ny = 1  # zerolint: ignore[bad-word]\n",
    "above, with an empty line between": "# zerolint: ignore[bad-word]\n\nx = BAD\n",
    "below": "x = BAD\n# zerolint: ignore[bad-word]\n",
    "inside of a string": "x = 'BAD # zerolint: ignore[bad-word]'\n",
    "inside of a long string": 'x = """\nBAD  # zerolint: ignore[bad-word]\n"""\n',
    "inside of an f-string": "x = f'BAD {1} # zerolint: ignore[bad-word]'\n",
    "the body of a def": "def f():  # zerolint: ignore[bad-word]\n    return BAD\n",
    "the body of a def, from above": "# zerolint: ignore[bad-word]\n@a\ndef f():\n    return BAD\n",
    "the next def": "@a\ndef f(): ...  # zerolint: ignore[bad-word]\n@b(BAD)\ndef g(): ...\n",
    "another line of a statement": "x = f(\n    1,  # zerolint: ignore[bad-word]\n    BAD,\n)\n",
    "without brackets": "x = BAD  # zerolint: ignore\n",
    "with empty brackets": "x = BAD  # zerolint: ignore[]\n",
    "an open bracket": "x = BAD  # zerolint: ignore[bad-word\n",
    "a whole file without brackets": "# zerolint: ignore-file\nx = BAD\n",
    "a bare noqa": "x = BAD  # noqa\n",
    "noqa with a name": "x = BAD  # noqa: bad-word\n",
    "noqa above": "# noqa: XX001\nx = BAD\n",
    "the consequence": "x = BAD  # zerolint: ignore[data]\n",
    "all": "x = BAD  # zerolint: ignore[ALL]\n",
    "another tool's word": "x = BAD  # zerolint: disable[bad-word]\n",
}


@pytest.mark.parametrize("app", COVERED.values(), ids=COVERED)
def test_covered(app: str) -> None:
    (found,) = (found for found in judged(app) if found.code == "XX001")
    assert found.suppression


@pytest.mark.parametrize("app", NOT_COVERED.values(), ids=NOT_COVERED)
def test_not_covered(app: str) -> None:
    (found,) = (found for found in judged(app) if found.code == "XX001")
    assert found.suppression is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "BAD==1  # zerolint: ignore[bad-word]\n"),
        ("requirements.txt", "# zerolint: ignore[bad-word]\nBAD\n"),
        ("packages.txt", "BAD # zerolint: ignore[bad-word]\n"),
        ("README.md", "---\nsdk: BAD # zerolint: ignore[bad-word]\n---\n"),
        ("README.md", "---\n# zerolint: ignore[bad-word]\nsdk: BAD\n---\n"),
        ("README.md", '---\ntitle: "it\'s # 1 BAD" # zerolint: ignore[bad-word]\r\n---\r\n'),
    ],
)
def test_other_files(name: str, text: str) -> None:
    diagnostics, _ = judge(Space({name: text.encode()}), ALL)
    assert [found.code for found in diagnostics if found.suppression] == ["XX001"]


def test_below_the_opening_of_a_readme() -> None:
    """A comment beside `---` would hide the front matter from the Hub."""
    opening = Finding(Span("README.md", 1, 1, 1, 4), "a key is missing")

    @rule(code="XX009", name="key", summary="", prevents="", consequence=Consequence.BUILD, since="1.0")
    def check(space: Space) -> Iterator[Finding]:
        yield opening

    def suppressed(text: str) -> bool:
        (found,) = judge(Space({"README.md": text.encode()}), (check,))[0]
        return found.suppression is not None

    assert suppressed("---\n# zerolint: ignore[key]\nsdk: gradio\n---\n")
    assert suppressed("---\n# A remark.\n# zerolint: ignore[key]\nsdk: gradio\n---\n")
    assert not suppressed("---\nsdk: gradio\n# zerolint: ignore[key]\n---\n")


@pytest.mark.parametrize(
    "text",
    [
        "---\nsdk: gradio\n---\nBAD # zerolint: ignore[bad-word]\n",
        "---\nsdk: gradio\ntitle: 'BAD # zerolint: ignore[bad-word]'\n---\n",
        "---\nsdk: gradio\ntitle: BAD# zerolint: ignore[bad-word]\n---\n",
        "BAD # zerolint: ignore[bad-word]\n",
    ],
)
def test_what_is_no_comment_in_a_readme(text: str) -> None:
    diagnostics, _ = judge(Space({"README.md": text.encode()}), ALL)
    assert [(found.code, found.suppression) for found in diagnostics] == [("XX001", None)]


def test_place_and_reason_are_kept() -> None:
    (found,) = judged("x = BAD  # zerolint: ignore[bad-word] -- the queue is one long  # noqa: E501\n")
    assert found.suppression
    assert found.suppression.reason == "the queue is one long"
    assert (found.suppression.at.start_line, found.suppression.at.start_column) == (1, 10)


def test_a_reason_may_hold_a_number_of_an_issue() -> None:
    (found,) = judged("x = BAD  # zerolint: ignore[bad-word] see #12\n")
    assert found.suppression
    assert found.suppression.reason == "see #12"


UNUSED = {
    "x = 1  # zerolint: ignore[bad-word]\n": (
        "x = 1\n",
        "`bad-word` is ignored here, but the rule reports nothing here",
    ),
    "# zerolint: ignore[XX001] why\nx = 1\n": ("x = 1\n", "`XX001` is ignored here"),
    "x = 1\n    # zerolint: ignore[XX001]": ("x = 1\n", "`XX001` is ignored here"),
    "# zerolint: ignore-file[bad-word]\nx = 1\n": ("x = 1\n", "in this file"),
    "x = 1  # keep # zerolint: ignore[bad-word]\n": ("x = 1  # keep\n", ""),
    "x = 1  # zerolint: ignore[bad-word]  # keep\n": ("x = 1  # keep\n", ""),
    "x = BAD  # zerolint: ignore[bad-word, poor-word] why\n": (
        "x = BAD  # zerolint: ignore[bad-word] why\n",
        "`poor-word`",
    ),
    "x = BAD  # zerolint: ignore[poor-word, bad-word]\n": ("x = BAD  # zerolint: ignore[bad-word]\n", "`poor-word`"),
    "x = 1  # noqa: ZG902\r\n": ("x = 1\r\n", "`ZG902`"),
    "x = 1  # zerolint: ignore[unused-suppression]\n": ("x = 1\n", "`unused-suppression`"),
}


@pytest.mark.parametrize(("app", "fixed"), UNUSED.items())
def test_unused(app: str, fixed: tuple[str, str]) -> None:
    diagnostics = judged(app)
    (unused,) = (found for found in diagnostics if found.code == "ZG902")
    assert fixed[1] in unused.finding.message
    texts, _ = apply([unused], {"app.py": app})
    assert texts == {"app.py": fixed[0]}


def test_two_unused_names_are_two_findings_and_go_in_two_rounds() -> None:
    app = "x = 1  # zerolint: ignore[bad-word, poor-word]\n"
    for _ in range(2):
        app = apply(judged(app), {"app.py": app})[0]["app.py"]
    assert app == "x = 1\n"


@pytest.mark.parametrize(
    "app",
    [
        "x = 1  # noqa: E501, ZG902\n",
        "x = 1  # noqa: E501\n",
        "x = 1  # noqa\n",
        "x = 1  # zerolint: ignore[rare-word]\n",  # the rule did not run
        "x = 1  # zerolint: ignore[bad-word, unused-suppression]\n",
        "# zerolint: ignore-file[ZG902]\nx = 1  # zerolint: ignore[bad-word]\n",
        "def (:\nx = 1  # zerolint: ignore[bad-word]\n",  # nobody knows what the rule would say
        "x = 'zerolint: ignore[bad-word]'\n",
        "x = 1  # zerolint: is right here\n",
        "x = BAD  # zerolint: ignore[bad-word] # noqa: XX001\n",
    ],
)
def test_not_unused(app: str) -> None:
    assert [found for found in judged(app) if found.code == "ZG902" and not found.suppression] == []


def test_a_rule_that_crashed_leaves_its_ignores_alone() -> None:
    diagnostics, failures = judge(space_of("x = 'CRASH now'\ny = 1  # zerolint: ignore[crash-word]\n"), ALL)
    assert [failure.name for failure in failures] == ["crash-word"]
    assert diagnostics == ()


def test_a_file_that_nothing_reaches_keeps_its_ignores() -> None:
    assert outcome("", other__py="x = 1  # zerolint: ignore[bad-word]\n") == []


def test_per_file_ignores_turn_rules_off() -> None:
    settings = Settings(per_file_ignores=(("app.py", ("bad-word", "quota")),))
    app = "x = BAD  # zerolint: ignore[bad-word]\ny = POOR\nz = ODD\n"
    assert [found.code for found in judged(app, settings)] == ["XX003"]


UNKNOWN = {
    "x = BAD  # zerolint: ignore\n": "names no rule in brackets, so it ignores nothing",
    "x = BAD  # zerolint: ignore[bad-wrd]\n": "`bad-wrd` is not the name or code of a rule",
    "x = BAD  # zerolint: ignore[data]\n": "`data` stands for several rules",
    "x = BAD  # zerolint: ignore-file[bad-word, ZG9999]\n": "`ZG9999` is not the name or code of a rule",
    "x = BAD  # zerolint: disable=bad-word\n": "`# zerolint: disable` is not understood",
    "x = BAD  # zerolint: noqa\n": "`# zerolint: noqa` is not understood",
    "x = BAD  # zerolint: Ignore[bad-word]\n": "`# zerolint: Ignore` is not understood",
    "x = BAD  # noqa: ZG9999\n": "`ZG9999` is not the name or code of a rule",
}


@pytest.mark.parametrize(("app", "message"), UNKNOWN.items())
def test_unknown(app: str, message: str) -> None:
    (unknown,) = (found for found in judged(app) if found.code == "ZG903")
    assert message in unknown.finding.message
    line, column = unknown.finding.at.start_line, unknown.finding.at.start_column
    assert line == 1
    assert app[column - 1 :].startswith(("# zerolint", "bad-wrd", "data", "ZG9999"))


def test_a_misspelt_name_can_be_corrected_with_a_look() -> None:
    app = "x = BAD  # zerolint: ignore[bad-wrd]\n"
    (unknown,) = (found for found in judged(app) if found.code == "ZG903")
    assert apply([unknown], {"app.py": app}) == ({}, ())
    assert apply([unknown], {"app.py": app}, unsafe=True)[0] == {"app.py": app.replace("wrd", "word")}


def test_unknown_can_be_ignored_too() -> None:
    app = "# zerolint: ignore-file[unknown-rule]\nx = 1  # zerolint: ignore[nonsense]\n"
    assert outcome(app) == ["-ZG903 2"]


def test_comments_are_those_of_the_tokenizer() -> None:
    for path in Path(zerolint.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        expected = [(token.start, token.string) for token in tokens if token.type == tokenize.COMMENT]
        found = [((comment.line, comment.column - 1), comment.text) for comment in comments_in("x.py", text).comments]
        assert found == expected, path


NESTED = """\
a = f"{x:{'#'}>{w}}"  # 1
b = f'''{
    x  # 2
}'''  # 3
c = rf"\\{x}#"  # 4
d = f"{{#}}"  # 5
e = f"{x!r:#x}" + 'it\\'s #' "#"  # 6
f = f"\\N{HASH}#{d["#"]}"  # 7
g = b'#' + rb"\\\\"  # 8
h = f"{x  # open
i = 1  # 9
j = '''#
"""


def test_nested_strings() -> None:
    """The nesting of Python 3.12, whatever Python runs the test."""
    comments = comments_in("x.py", NESTED).comments
    assert [comment.text for comment in comments] == [f"# {number}" for number in range(1, 9)] + ["# open", "# 9"]


HOSTILE = {
    "quotes": "'" * 50_000,
    "f-strings": 'f"{' * 50_000,
    "brackets": "(" * 50_000,
    "decorators": "@a\n" * 20_000,
    "open ignores": "# zerolint: ignore[" * 20_000,
    "ignores in a comment": "# zerolint: ignore[bad-word]" * 5_000,
    "ignores, line by line": "# zerolint: ignore[bad-word]\n" * 5_000,
    "names": f"# zerolint: ignore[{'bad-word,' * 50_000}]",
    "blanks": f"#{' ' * 200_000}# noqa: {'A' * 200_000}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    assert find_ignores({"app.py": f"{text}\nx = 1  # zerolint: ignore[bad-word]\n"}, ALL) is not None
    assert time.perf_counter() - began < 5
