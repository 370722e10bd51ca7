"""What a fix puts in place of what: the hunks and the one piece give the text that the fix itself gives."""

from __future__ import annotations

import random

import pytest
from sample_reports import PATH_RULE, diagnostic

from zerolint.finding import Edit, Fix, Span
from zerolint.fix import apply
from zerolint.read.source import line_starts, newline_of, offset_of, span_of
from zerolint.report._excerpt import split_lines
from zerolint.report._replacement import Hunk, hunks, replacement

TEXT = "one\ntwo\nthree\nfour\nfive\n"


def fix_of(text: str, *edits: tuple[int, int, str]) -> Fix:
    starts = line_starts(text)
    return Fix("Do", tuple(Edit(span_of("a.py", starts, start, end), new) for start, end, new in edits))


def only(fix: Fix, text: str = TEXT) -> list[tuple[int, tuple[str, ...], tuple[str, ...]]]:
    found = hunks(fix, {"a.py": text})
    assert found is not None
    return [(hunk.line, hunk.before, hunk.after) for hunk in found]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([(0, 3, "ONE")], [(1, ("one",), ("ONE",))]),
        ([(4, 8, "")], [(2, ("two",), ())]),
        ([(4, 4, "new\n")], [(2, ("two",), ("new", "two"))]),
        ([(6, 9, "")], [(2, ("two", "three"), ("twhree",))]),
        ([(6, 8, "")], [(2, ("two", "three"), ("twthree",))]),
        ([(6, 8, "p\n")], [(2, ("two",), ("twp",))]),
        ([(0, 3, "1"), (4, 7, "2")], [(1, ("one", "two"), ("1", "2"))]),
        ([(0, 3, "1"), (14, 18, "4")], [(1, ("one",), ("1",)), (4, ("four",), ("4",))]),
        ([(24, 24, "six\n")], [(6, (), ("six",))]),
        ([(0, 24, "")], [(1, ("one", "two", "three", "four", "five"), ())]),
        ([(14, 18, "4"), (0, 3, "1")], [(1, ("one",), ("1",)), (4, ("four",), ("4",))]),
        ([], []),
    ],
)
def test_whole_lines(edits: list[tuple[int, int, str]], expected: list[object]) -> None:
    assert only(fix_of(TEXT, *edits)) == expected


def test_a_last_line_without_an_end() -> None:
    assert only(fix_of("one\ntwo", (4, 7, "2")), "one\ntwo") == [(2, ("two",), ("2",))]
    gone = Fix("Do", (Edit(Span("a.py", 2, 1, 3, 1), ""),))
    assert only(gone, "one\ntwo") == [(2, ("two",), ())]


def test_several_files() -> None:
    fix = Fix("Do", (Edit(Span("b.py", 1, 1, 1, 1), "x = 1\n"), Edit(Span("a.py", 1, 1, 1, 4), "ONE")))
    assert hunks(fix, {"a.py": TEXT, "b.py": ""}) == (
        Hunk("b.py", 1, (), ("x = 1",)),
        Hunk("a.py", 1, ("one",), ("ONE",)),
    )
    assert replacement(fix, "a.py", {"a.py": TEXT, "b.py": ""}, 10) is None
    assert hunks(fix, {"a.py": TEXT}) is None


@pytest.mark.parametrize(
    "spans",
    [
        [(1, 9, 1, 10)],
        [(9, 1, 9, 1)],
        [(0, 1, 1, 1)],
        [(1, 1, 1, 0)],
        [(2, 1, 1, 1)],
        [(1, 1, 1, 3), (1, 2, 1, 4)],
    ],
)
def test_what_does_not_fit_the_text(spans: list[tuple[int, int, int, int]]) -> None:
    fix = Fix("Do", tuple(Edit(Span("a.py", *span), "x") for span in spans))
    assert hunks(fix, {"a.py": TEXT}) is None
    assert replacement(fix, "a.py", {"a.py": TEXT}, 10) is None


@pytest.mark.parametrize("seed", range(60))
def test_random_edits_give_what_the_fix_gives(seed: int) -> None:
    rng = random.Random(seed)
    end = rng.choice(["\n", "\r\n"])
    text = end.join(rng.choice(["", "a", "bb é", "😀 ccc"]) for _ in range(rng.randint(1, 8))) + rng.choice(["", end])
    starts = line_starts(text)
    # Not between CR and LF, where no rule can point.
    places = [place for place in range(len(text) + 1) if text[place - 1 : place + 1] != "\r\n" or not place]
    cuts = sorted(rng.sample(places, min(rng.choice([2, 4]), len(places) // 2 * 2)))
    edits = [
        (start, stop, rng.choice(["", "x", "x\ny", "x\n"])) for start, stop in zip(cuts[::2], cuts[1::2], strict=True)
    ]
    fix = fix_of(text, *edits)
    changed, _ = apply([diagnostic(PATH_RULE, Span("a.py", 1, 1, 1, 1), fix=fix)], {"a.py": text})
    expected = changed.get("a.py", text)

    found = hunks(fix, {"a.py": text})
    assert found is not None
    lines = split_lines(text)
    for hunk in reversed(found):
        before = lines[hunk.line - 1 : hunk.line - 1 + len(hunk.before)]
        assert tuple(before) == hunk.before
        lines[hunk.line - 1 : hunk.line - 1 + len(hunk.before)] = hunk.after
    # Whether the last line has an end is all that whole lines do not say.
    assert newline_of(text).join(lines).rstrip("\r\n") == expected.rstrip("\r\n")

    piece = replacement(fix, "a.py", {"a.py": text}, 100)
    if not edits:
        assert piece is None
        return
    assert piece is not None
    span, new = piece
    start = offset_of(starts, span.start_line, span.start_column)
    stop = offset_of(starts, span.end_line, span.end_column)
    assert text[:start] + new + text[stop:] == expected
