"""The difference of two texts as edits of whole lines."""

from __future__ import annotations

import random

import pytest

from zerolint.editor.fixing import line_edits
from zerolint.finding import Edit
from zerolint.read.source import line_starts, offset_of


def edited(text: str, edits: list[Edit]) -> str:
    """The text with the edits made, the last first, so that the places of the others stay right."""
    starts = line_starts(text)
    for edit in sorted(edits, key=lambda edit: edit.at, reverse=True):
        start = offset_of(starts, edit.at.start_line, edit.at.start_column)
        end = offset_of(starts, edit.at.end_line, edit.at.end_column)
        text = text[:start] + edit.text + text[end:]
    return text


PAIRS = [
    ("", ""),
    ("", "a"),
    ("a", ""),
    ("a\n", "a"),
    ("a", "a\nb"),
    ("a\nb", "a\n"),
    ("a\nb", "a"),
    ("a\r\nb\r\nc", "a\r\nx\r\nc"),
    ("a\rb\r", "b\r"),
    ("a\n\n\nb\n", "a\n\nb\n"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_edits_turn_one_text_into_the_other(before: str, after: str) -> None:
    assert edited(before, line_edits("app.py", before, after)) == after


def test_edits_of_random_texts() -> None:
    choice = random.Random(7)
    for _ in range(300):
        before, after = ("".join(choice.choices(["a\n", "b\n", "c\n"], k=choice.randrange(8))) for _ in range(2))
        edits = line_edits("app.py", before, after)
        assert edited(before, edits) == after
        assert bool(edits) == (before != after)


def test_what_is_the_same_is_not_touched() -> None:
    edits = line_edits("app.py", "a\nb\nc\nd\ne\n", "a\nB\nc\nD\ne\n")
    assert [(edit.at.start_line, edit.at.end_line, edit.text) for edit in edits] == [(2, 3, "B\n"), (4, 5, "D\n")]


def test_a_large_difference_is_one_edit() -> None:
    before = "".join(f"{number}\n" for number in range(5_000))
    (edit,) = line_edits("app.py", f"first\n{before}last\n", f"first\n{before.replace('7', '8')}last\n")
    assert (edit.at.start_line, edit.at.end_line) == (9, 5_000)
