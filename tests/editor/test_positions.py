"""Places in a text as an editor counts them: any encoding, any line end, and nothing beyond the text."""

from __future__ import annotations

import pytest

from zerolint.editor.positions import Positions
from zerolint.finding import Span

TEXT = "a = '😀é'; b\r\nxs\ré\U0001f1e9\U0001f1eaz\u2028w\x0cv\n\nend"
LINES = ["a = '😀é'; b", "xs", "é\U0001f1e9\U0001f1eaz\u2028w\x0cv", "", "end"]
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@pytest.mark.parametrize("encoding", CODECS)
def test_every_place_there_and_back(encoding: str) -> None:
    """The units before a place are what the codec of Python says; U+2028 and a form feed end no line."""
    positions = Positions(TEXT, encoding)
    codec, size = CODECS[encoding]
    for number, line in enumerate(LINES, 1):
        for column in range(1, len(line) + 2):
            place = (number - 1, len(line[: column - 1].encode(codec)) // size)
            assert positions.place(number, column) == place
            assert positions.column(place) == (number, column)


def test_between_the_units_of_a_character() -> None:
    assert Positions("😀b").column((0, 1)) == (1, 1)
    assert Positions("é😀b", "utf-8").column((0, 4)) == (1, 2)


@pytest.mark.parametrize("encoding", CODECS)
def test_beyond_the_text(encoding: str) -> None:
    positions = Positions("é\nab", encoding)
    assert positions.place(2, 9) == (1, 2)
    assert positions.place(3, 1) == positions.place(9, 9) == (1, 2)
    assert positions.column((1, 99)) == positions.column((99, 0)) == (2, 3)
    assert Positions("", encoding).place(1, 1) == (0, 0)
    assert Positions("", encoding).column((5, 5)) == (1, 1)


def test_a_span_that_takes_in_the_last_line_end() -> None:
    assert Positions("a\nb\n").range(Span("x", 2, 1, 3, 1)) == ((1, 0), (2, 0))
    assert Positions("a\nb").range(Span("x", 2, 1, 3, 1)) == ((1, 0), (1, 1))


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 3), ("utf-16", 1), ("utf-32", 1)])
def test_a_byte_order_mark_that_the_editor_has_in_its_text(encoding: str, width: int) -> None:
    positions = Positions("\ufeffab\nc", encoding)
    assert positions.place(1, 2) == (0, width + 1)
    assert positions.column((0, width + 1)) == (1, 2)
    assert positions.column((0, 0)) == (1, 1)
    assert positions.place(2, 1) == (1, 0)


def test_half_a_surrogate_pair() -> None:
    assert Positions("\ud83db", "utf-8").place(1, 2) == (0, 3)
    assert Positions("\ud83db", "utf-16").place(1, 2) == (0, 1)
