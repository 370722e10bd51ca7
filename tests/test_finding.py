"""The way that the notes of a finding tell of."""

from __future__ import annotations

import pytest

from zerolint.finding import Finding, Note, Span

AT = Span("app.py", 1, 1, 1, 2)


@pytest.mark.parametrize(
    ("steps", "flow"),
    [
        ([], []),
        ([0, 0], []),
        ([1, 2, 3], [3, 2, 1]),
        ([0, 1, 2], [2, 1]),
        ([1, 0, 2], [2, 1]),
        # Of two ways the first, and nothing of one whose end is not there.
        ([1, 1, 2], [1]),
        ([1, 2, 1, 2, 3], [2, 1]),
        ([2, 3], []),
    ],
)
def test_the_flow(steps: list[int], flow: list[int]) -> None:
    finding = Finding(AT, "it", tuple(Note(AT, "here", step) for step in steps))
    assert [note.step for note in finding.flow] == flow


def test_notes_for_people() -> None:
    finding = Finding(AT, "it", (Note(AT, "one"), Note(AT, "two", 1, shown=False), Note(AT, "three", 2)))
    assert [note.message for note in finding.shown_notes] == ["one", "three"]
