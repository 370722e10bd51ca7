"""What reaches the terminal: colours when they are wanted, escapes for what could harm, the right number of cells."""

from __future__ import annotations

import pytest

from zerolint.report import escape, terminal_color
from zerolint.report._terminal import cells, join, pieces, wrap


@pytest.mark.parametrize(
    ("choice", "environment", "is_terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("always", {}, False, True),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "0"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "3", "TERM": "dumb"}, False, True),
        ("auto", {"FORCE_COLOR": ""}, False, False),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"FORCE_COLOR": "false"}, True, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, True, False),
        ("auto", {"CLICOLOR": "0"}, True, False),
        ("auto", {"CLICOLOR": "1"}, True, True),
        ("auto", {"CLICOLOR": "1"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"TERM": "xterm"}, True, True),
    ],
)
def test_color(choice: str, environment: dict[str, str], is_terminal: bool, expected: bool) -> None:
    assert terminal_color(choice, environment, is_terminal) is expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("app.py", "app.py"),
        ("bücher/画像.py", "bücher/画像.py"),
        ("a\x1b[2Jb\x07", "a\\x1b[2Jb\\x07"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eexe.py\u2069", "\\u202eexe.py\\u2069"),
        ("\u2028\ufeff\x00", "\\u2028\\ufeff\\x00"),
        ("\udcff\ud800", "\\udcff\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("日本", 4),
        ("ﾊﾛ", 2),
        ("한국", 4),
        ("\u1112\u1161\u11ab", 2),
        ("😀", 2),
        ("👍🏽", 2),
        ("👩\u200d🚀", 2),
        ("❤\ufe0f", 2),
        ("❤", 1),
        ("🇩🇪", 2),
        ("\x1b", 4),
        ("\t", 4),
        ("ab\tc", 5),
        ("日\tc", 5),
    ],
)
def test_cells(text: str, width: int) -> None:
    assert cells(text) == width


def test_a_piece_for_every_code_point() -> None:
    text = "a\t日e\u0301👩\u200d🚀\x1b\udcff"
    assert len(list(pieces(text))) == len(text)


def test_wrap() -> None:
    assert wrap("one two three four", 8, 12) == ["one two", "three four"]
    assert wrap("日本語 日本語 日本語", 14, 6) == ["日本語 日本語", "日本語"]
    assert wrap("https://example.com/a-long-one is a page", 10, 10) == ["https://example.com/a-long-one", "is a page"]
    assert wrap("", 10, 10) == [""]


def test_color_adds_nothing_but_color() -> None:
    lines = [[("error[x]", "error"), (" [bold]:smile: http://a b", ""), ("  ", "")], [], [("|", "rail")]]
    colored = join(lines, color=True)
    assert join(lines, color=False) == "error[x] [bold]:smile: http://a b\n\n|\n"
    assert colored == "\x1b[1;31merror[x]\x1b[0m [bold]:smile: http://a b  \n\n\x1b[34m|\x1b[0m\n"
