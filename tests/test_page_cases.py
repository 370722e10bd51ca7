"""The reader of pages itself: a page with a wrong expectation fails, and says where."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from page_cases import PageError, apply_fixes, disagreements, parse_page, split_marks
from zerolint.finding import Edit, Finding, Fix, Span

TITLE = "# shouted-word (ZG500)\n"


def shouting(contents: Mapping[str, bytes]) -> list[Finding]:
    """A judge small enough to be right: it reports each word in capitals and offers to write it small."""
    findings = []
    for path, content in contents.items():
        for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
            column = 1
            for word in line.split(" "):
                if word.isupper():
                    at = Span(path, number, column, number, column + len(word))
                    unsafe = "it is a name" if word.endswith("!") else None
                    fix = Fix("write it small", (Edit(at, word.lower()),), unsafe)
                    findings.append(Finding(at, f"`{word}` is shouted", fix=fix))
                column += len(word) + 1
    return findings


def complaints(page: str) -> list[str]:
    """What the runner says about a page's cases under the judge above."""
    return [line for case in parse_page(page, "rules/shouted-word.md").cases for line in disagreements(case, shouting)]


def test_right_expectations_pass() -> None:
    bad = '## Bad\n```python\nx = 1\nHELLO  # error\nYOU # error: "`YOU` is"\n```\n'
    page = TITLE + bad + "## Good\n```python\nhello\n```\n"
    assert complaints(page) == []


def test_a_missing_finding_names_page_and_line() -> None:
    page = TITLE + "## Bad\n\n```python\nx = 1\nhello  # error\n```\n"
    assert complaints(page) == ["rules/shouted-word.md:6: expected shouted-word, got nothing"]


def test_an_unexpected_finding_names_page_line_and_message() -> None:
    page = TITLE + "## Good\n```python\nx = 1\nHELLO\n```\n"
    assert complaints(page) == ["rules/shouted-word.md:5: unexpected shouted-word: `HELLO` is shouted"]


def test_a_finding_on_the_wrong_line_is_told_twice() -> None:
    page = TITLE + "## Bad\n```python\nhello  # error\nHELLO\n```\n"
    assert complaints(page) == [
        "rules/shouted-word.md:4: expected shouted-word, got nothing",
        "rules/shouted-word.md:5: unexpected shouted-word: `HELLO` is shouted",
    ]


def test_a_wrong_message_is_told_once_with_what_came_instead() -> None:
    page = TITLE + '## Bad\n```python\nHELLO  # error: "whispered"\n```\n'
    assert complaints(page) == [
        'rules/shouted-word.md:4: expected shouted-word with "whispered", got `HELLO` is shouted'
    ]


def test_a_line_is_reported_as_often_as_it_is_marked() -> None:
    once = TITLE + '## Bad\n```python\nONE TWO  # error: "TWO"\n```\n'
    twice = TITLE + '## Bad\n```python\nONE TWO  # error # error: "ONE"\n```\n'
    assert complaints(once) == ["rules/shouted-word.md:4: unexpected shouted-word: `ONE` is shouted"]
    assert complaints(twice) == []


def test_blocks_of_one_heading_form_one_space() -> None:
    page = parse_page(
        TITLE
        + "## Three files\n`README.md`:\n```yaml\n---\nsdk: gradio\n---\n```\n`requirements.txt`:\n\n"
        + "```requirements\nSPACES==1 # error\n```\nThe app:\n```python\nok\n```\n",
        "page.md",
    )
    (case,) = page.cases
    assert list(case.contents) == ["README.md", "requirements.txt", "app.py"]
    assert case.contents["requirements.txt"] == b"SPACES==1\n"
    assert case.label == "page.md:4 Three files"
    assert disagreements(case, lambda contents: []) == ["page.md:12: expected shouted-word, got nothing"]


def test_a_path_that_comes_again_begins_the_next_case() -> None:
    page = parse_page(
        TITLE
        + "## Two\n```python\na\n```\n`b.py`:\n```python\nb\n```\n```python\nc\n```\n"
        + "### Three\n```python\nd\n```\n",
        "page.md",
    )
    assert [sorted(case.contents) for case in page.cases] == [["app.py", "b.py"], ["app.py"], ["app.py"]]
    assert [case.heading for case in page.cases] == ["Two", "Two", "Three"]


def test_the_result_of_a_fix() -> None:
    bad = "## Bad\n```python\nONE two TWO! # error # error\n```\n"
    right = TITLE + bad + "`app.py` after `--fix`:\n```python\none two TWO!\n```\n"
    unsafe = right + "`app.py` after `--fix --unsafe-fixes`:\n```python\none two two!\n```\n"
    wrong = right.replace("one two TWO!", "one two two!")
    assert complaints(right) == complaints(unsafe) == []
    (complaint,) = complaints(wrong)
    assert complaint.startswith("rules/shouted-word.md:8: app.py after --fix is not what the page says\n")
    assert "-one two two!\n+one two TWO!" in complaint


def test_a_fix_of_several_lines_and_places() -> None:
    def joined(contents: Mapping[str, bytes]) -> list[Finding]:
        if b"\\\n" not in contents["app.py"]:
            return []
        fix = Fix("join", (Edit(Span("app.py", 1, 3, 2, 1), "é"), Edit(Span("app.py", 2, 2, 2, 2), "!")))
        return [Finding(Span("app.py", 1, 1, 1, 2), "split", fix=fix)]

    assert apply_fixes({"app.py": "ö \\\nx\n".encode()}, joined, unsafe=False) == {"app.py": "ö éx!\n".encode()}


def test_fixes_that_never_rest_are_an_error() -> None:
    def growing(contents: Mapping[str, bytes]) -> list[Finding]:
        at = Span("app.py", 1, 1, 1, 1)
        return [Finding(at, "more", fix=Fix("add", (Edit(at, "x"),)))]

    with pytest.raises(AssertionError, match="never come to rest"):
        apply_fixes({"app.py": b"\n"}, growing, unsafe=False)


def test_a_finding_in_a_file_that_is_not_on_the_page() -> None:
    case = parse_page(TITLE + "## Good\n```python\nx\n```\n", "page.md").cases[0]
    elsewhere = Finding(Span("other.py", 7, 1, 7, 2), "far away")
    assert disagreements(case, lambda contents: [elsewhere]) == ["page.md:3: unexpected shouted-word: far away"]


def test_another_encoding() -> None:
    page = parse_page(TITLE + "## Bytes\n`notes.py` in `latin-1`:\n```python\né\n```\n", "page.md")
    assert page.cases[0].contents == {"notes.py": b"\xe9\n"}


def test_blocks_for_the_reader_are_no_cases() -> None:
    page = parse_page(TITLE + "## Why\n```console\n$ SHOUT\n```\n```text output\nSHOUT\n```\n", "page.md")
    assert page.cases == ()


@pytest.mark.parametrize(
    ("line", "bare", "texts"),
    [
        ("import spaces  # error", "import spaces", [None]),
        ("import spaces# error", "import spaces", [None]),
        ('x = 1  # why  # error: "a b"', "x = 1  # why", ["a b"]),
        ('x  # error: "a" # error: "b"', "x", ["a", "b"]),
        ("# error", "", [None]),
        ("x = 1  # errors happen", "x = 1  # errors happen", []),
        ("raise  # error handling", "raise  # error handling", []),
    ],
)
def test_marks(line: str, bare: str, texts: list[str | None]) -> None:
    assert split_marks(line) == (bare, texts)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# Something\n", "page.md:1: the first line is not `# rule-name (CODE)`"),
        (TITLE + "## A\n```python\nx\n", "page.md:3: the block is never closed"),
        (TITLE + "## A\n```\nx\n```\n", "page.md:3: unknown language ''"),
        (TITLE + "## A\n```pyhton\nx\n```\n", "page.md:3: unknown language 'pyhton'"),
        (TITLE + "## A\n```yaml\nx\n```\n", "page.md:3: a `yaml` block needs a line `` `path`: `` above it"),
        (TITLE + "## A\n- a\n  ```python\n  x\n  ```\n", "page.md:4: an indented block is not judged"),
        (TITLE + "## A\n`app.py`:\n```console\nx\n```\n", "page.md:4: a `console` block is for the reader"),
        (TITLE + "## A\n`a.py` after `--fix`:\n```python\nx\n```\n", "page.md:4: the result of a fix, but no `a.py`"),
        (TITLE + "## A\n`a.py` in `ascii`:\n```python\né\n```\n", "page.md:4: the block cannot be written in ascii"),
    ],
)
def test_a_page_that_does_not_follow_the_format(page: str, message: str) -> None:
    with pytest.raises(PageError) as error:
        parse_page(page, "page.md")
    assert str(error.value).startswith(message)
