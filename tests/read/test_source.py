"""Bytes become text as Python and pip read them, or a problem that says why not."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from zerolint.finding import Span
from zerolint.read.source import (
    PYTHON_SIZE_LIMIT,
    TEXT_SIZE_LIMIT,
    Problem,
    ProblemKind,
    Source,
    decode,
    line_starts,
    locate,
    newline_of,
    offset_of,
    point,
    span_of,
    split_lines,
)

BROKEN = Path(__file__).parents[2] / "fixtures" / "broken"


def read(name: str) -> Source | Problem:
    return decode(name, (BROKEN / name).read_bytes())


def text_of(name: str) -> Source:
    source = read(name)
    assert isinstance(source, Source), source
    return source


@pytest.mark.parametrize(
    ("name", "line", "column", "words"),
    [
        ("binary.py", 1, 1, "UTF-8"),
        ("nul.py", 3, 6, "NUL"),
        ("latin1.py", 2, 10, "0xf6"),
        ("rot13.py", 1, 1, "`rot13`"),
        ("unknown_cookie.py", 1, 1, "`klingon`"),
        ("bom_and_cookie.py", 1, 1, "`latin-1`"),
        ("utf16.py", 1, 1, "UTF-16"),
    ],
)
def test_what_cannot_be_decoded_is_unreadable_at_its_place(name: str, line: int, column: int, words: str) -> None:
    problem = read(name)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.UNREADABLE
    assert words in problem.message
    if name != "binary.py":
        assert problem.at == Span(name, line, column, line, column)


def test_a_cookie_names_the_encoding() -> None:
    assert text_of("latin1_cookie.py").text.endswith("city = 'Köln'\n")
    assert text_of("latin1_cookie.py").encoding == "iso8859-1"
    assert "“x”" in text_of("second_line_cookie.py").text


def test_a_cookie_counts_only_in_the_first_two_lines_and_after_nothing_but_comments() -> None:
    assert text("a.py", b"#\n#\n# coding: latin-1\nx = '\xc3\xb6'\n") == "#\n#\n# coding: latin-1\nx = 'ö'\n"
    assert text("a.py", b"x = 1\n# coding: latin-1\ny = '\xc3\xb6'\n") == "x = 1\n# coding: latin-1\ny = 'ö'\n"


def test_a_cookie_counts_in_python_and_in_requirements_only() -> None:
    assert text("README.md", b"# Encoding: none\n") == "# Encoding: none\n"
    assert text("requirements.txt", b"# coding: latin-1\n# \xf6\n") == "# coding: latin-1\n# ö\n"
    assert text("requirements.txt", b"# decoding: speech models\n# \xc3\xb6\n").endswith("ö\n")


def text(path: str, content: bytes) -> str:
    source = decode(path, content)
    assert isinstance(source, Source), source
    return source.text


@pytest.mark.parametrize("cookie", ["utf8", "UTF-8", "utf-8-sig", "utf_8"])
def test_the_names_of_utf8(cookie: str) -> None:
    source = decode("a.py", b"# coding: " + cookie.encode() + b"\nx = '\xc3\xb6'\n")
    assert isinstance(source, Source)
    assert source.encoding == "utf-8"


@pytest.mark.parametrize(
    "cookie",
    ["rot13", "hex", "base64", "zlib", "punycode", "idna", "unicode_escape", "undefined", "x" * 500, "..", "-"],
)
def test_codecs_that_no_source_is_written_in_are_refused(cookie: str) -> None:
    problem = decode("a.py", b"# coding: " + cookie.encode() + b"\nx = 1\n")
    assert isinstance(problem, Problem)
    assert len(problem.message) < 200


def test_a_byte_order_mark_is_taken_off_and_remembered() -> None:
    source = text_of("bom_crlf.py")
    assert source.bom
    assert source.text.startswith("import spaces\r\n")
    assert source.newline == "\r\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_text_files_are_read_by_their_mark(mark: bytes, encoding: str) -> None:
    source = decode("requirements.txt", mark + "gradio # ö\n".encode(encoding))
    assert source == Source("requirements.txt", "gradio # ö\n", encoding, True, "\n")


def test_requirements_as_powershell_writes_them() -> None:
    source = text_of("requirements_utf16.txt")
    assert source.text == "gradio==5.1.0\r\nspaces\r\n"
    assert source.newline == "\r\n"


def test_sizes_beyond_the_limit_are_refused() -> None:
    assert isinstance(decode("a.py", b"#" * PYTHON_SIZE_LIMIT), Source)
    problem = decode("a.py", b"#" * (PYTHON_SIZE_LIMIT + 1))
    assert isinstance(problem, Problem)
    assert "1,000,001 bytes" in problem.message
    assert isinstance(decode("README.md", b"#" * (PYTHON_SIZE_LIMIT + 1)), Source)
    assert isinstance(decode("README.md", b"#" * (TEXT_SIZE_LIMIT + 1)), Problem)


def test_lines_end_where_python_ends_them_and_nowhere_else() -> None:
    text = "a\x0cb\u2028c\x85d\x1ce\n\r\n\rf"
    assert split_lines(text) == ["a\x0cb\u2028c\x85d\x1ce\n", "\r\n", "\r", "f"]
    assert split_lines("a\n") == ["a\n"]
    assert split_lines("") == []
    assert "".join(split_lines(text)) == text


def test_offsets_and_places_are_each_others_reverse() -> None:
    text = "é\n😀x\r\n\rlast"
    starts = line_starts(text)
    assert [locate(starts, offset) for offset in range(len(text) + 1)] == [
        *[(1, 1), (1, 2)],
        *[(2, 1), (2, 2), (2, 3), (2, 4)],
        (3, 1),
        *[(4, 1), (4, 2), (4, 3), (4, 4), (4, 5)],
    ]
    for offset in range(len(text) + 1):
        assert offset_of(starts, *locate(starts, offset)) == offset
    assert span_of("p", starts, 2, 3) == Span("p", 2, 1, 2, 2)
    assert point("p", 3) == Span("p", 3, 1, 3, 1)


@pytest.mark.parametrize(("text", "newline"), [("", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb\n", "\r"), ("a\nb\r\n", "\n")])
def test_the_first_line_end_is_the_newline_style(text: str, newline: str) -> None:
    assert newline_of(text) == newline
