"""A fix as text to put in place of other text: as whole lines before and after, or as one piece of one file.

Both are None where the edits do not fit the text, which only a rule that is wrong brings about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from zerolint.finding import Edit, Fix, Span
from zerolint.read.source import line_starts, locate, newline_of, offset_of, span_of
from zerolint.report._excerpt import split_lines

# Start and end offset, and what comes there.
_Placed = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Whole lines of one file, without line ends, as they are and as the fix has them. `line` is the first, 1-based."""

    path: str
    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def hunks(fix: Fix, sources: Mapping[str, str]) -> tuple[Hunk, ...] | None:
    """What the fix does to its files, in their order; edits on neighbouring lines are one hunk."""
    found: list[Hunk] = []
    for path in dict.fromkeys(edit.at.path for edit in fix.edits):
        text = sources.get(path)
        edits = None if text is None else _placed(fix, path, text)
        if text is None or edits is None:
            return None
        found += _hunks(path, text, edits)
    return tuple(found)


def replacement(fix: Fix, path: str, sources: Mapping[str, str], most_lines: int) -> tuple[Span, str] | None:
    """The whole fix as one new text for one piece of `path`; None also for a fix that edits another file, or lines
    that are further apart than `most_lines`.
    """
    text = sources.get(path)
    if text is None or not fix.edits or any(edit.at.path != path for edit in fix.edits):
        return None
    edits = _placed(fix, path, text)
    if edits is None:
        return None
    span = span_of(path, line_starts(text), edits[0][0], edits[-1][1])
    if span.end_line - span.start_line >= most_lines:
        return None
    return span, _edited(text, edits[0][0], edits[-1][1], edits)


def _placed(fix: Fix, path: str, text: str) -> list[_Placed] | None:
    """The edits of one file by offsets, sorted; None when one lies outside of the text or two overlap."""
    starts = line_starts(text)
    newline = newline_of(text)
    edits: list[_Placed] = []
    for edit in fix.edits:
        if edit.at.path == path:
            start, end = _offsets(edit, starts, text)
            if not 0 <= start <= end <= len(text):
                return None
            edits.append((start, end, newline.join(split_lines(edit.text))))
    edits.sort(key=lambda edit: edit[:2])
    if any(after[0] < before[1] for before, after in pairwise(edits)):
        return None
    return edits


def _offsets(edit: Edit, starts: Sequence[int], text: str) -> tuple[int, int]:
    """Where an edit begins and ends; -1 for a place that the text does not have."""

    def offset(line: int, column: int) -> int:
        if (line, column) == (len(starts) + 1, 1):
            # Where a span ends that takes in the end of a last line that has none.
            return len(text)
        if not (1 <= line <= len(starts) and column >= 1):
            return -1
        place = offset_of(starts, line, column)
        return place if line == len(starts) or place <= starts[line] else -1

    return offset(edit.at.start_line, edit.at.start_column), offset(edit.at.end_line, edit.at.end_column)


def _edited(text: str, start: int, end: int, edits: Sequence[_Placed]) -> str:
    """The text between two offsets with the edits made, all of which lie between them."""
    pieces: list[str] = []
    for edit_start, edit_end, new in edits:
        pieces += (text[start:edit_start], new)
        start = edit_end
    return "".join([*pieces, text[start:end]])


def _hunks(path: str, text: str, edits: Sequence[_Placed]) -> Iterator[Hunk]:
    starts = line_starts(text)
    group: list[_Placed] = []
    last = 0
    for edit in edits:
        if group and locate(starts, edit[0])[0] > last + 1:
            yield _hunk(path, text, starts, group)
            group = []
        group.append(edit)
        last = locate(starts, edit[1])[0]
    if group:
        yield _hunk(path, text, starts, group)


def _hunk(path: str, text: str, starts: Sequence[int], edits: Sequence[_Placed]) -> Hunk:
    line, _ = locate(starts, edits[0][0])
    last_line, column = locate(starts, edits[-1][1])
    start = starts[line - 1]
    end = starts[last_line - 1]
    # A change that takes in the end of a line leaves the line below alone, unless it joins the two.
    after = _edited(text, start, end, edits) if column == 1 and end > start else None
    if after is None or (after and not after.endswith(("\n", "\r"))):
        end = starts[last_line] if last_line < len(starts) else len(text)
        after = _edited(text, start, end, edits)
    return Hunk(path, line, _lines(text[start:end]), _lines(after))


def _lines(text: str) -> tuple[str, ...]:
    lines = split_lines(text)
    return tuple(lines if lines[-1] else lines[:-1])
