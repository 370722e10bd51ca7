"""A piece of source with its span underlined, as lines of styled segments.

Long lines are cut around the span and long spans in their middle, so that an excerpt always stays small.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from zerolint.finding import Span
from zerolint.report._terminal import Line, pieces

CUT = "..."

# A span of more lines than this is shown by its first and last lines.
_MOST_LINES = 6
_HEAD, _TAIL = 3, 2

_END_OF_LINE = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """The lines as Python counts them: only LF, CR and CRLF end one, a form feed does not."""
    return _END_OF_LINE.split(text)


def visible_end(lines: Sequence[str], span: Span) -> tuple[int, int]:
    """Line and column where the span ends for the eye: what ends before column 1 ends after the line above."""
    line, column = span.end_line, span.end_column
    if (line, column) <= (span.start_line, span.start_column):
        return span.start_line, span.start_column
    if column <= 1 and span.start_line < line <= len(lines) + 1:
        return line - 1, len(lines[line - 2]) + 1
    if line > len(lines):
        return len(lines), len(lines[-1]) + 1
    return line, column


def excerpt(lines: Sequence[str], span: Span, gutter: int, width: int, mark: str, style: str) -> list[Line]:
    """The span's lines behind a gutter of `gutter` digits, `width` columns in all, underlined with `mark`.

    Empty when the span lies outside the text.
    """
    if not 1 <= span.start_line <= len(lines):
        return []
    end_line, end_column = visible_end(lines, span)
    room = max(width - gutter - 3, 20)
    rail = " " * gutter + " | "
    start = span.start_column - 1
    if end_line == span.start_line:
        source, offset, length = _window(lines[end_line - 1], start, end_column - 1, room)
        return [
            _numbered(end_line, gutter, source),
            [(rail, "rail"), (" " * offset, ""), (mark * length, style)],
        ]

    room -= 2
    first, offset, _ = _window(lines[span.start_line - 1], start, start + 1, room)
    rows: list[Line]
    if lines[span.start_line - 1][:start].strip():
        rows = [_numbered(span.start_line, gutter, "  " + first)]
        rows.append([(rail, "rail"), (" " + "_" * (offset + 1) + mark, style)])
    else:
        rows = [_numbered(span.start_line, gutter, first, ("/ ", style))]
    numbers = list(range(span.start_line + 1, end_line + 1))
    cut = len(numbers) + 1 > _MOST_LINES
    if cut:
        numbers = numbers[: _HEAD - 1] + numbers[-_TAIL:]
    last, last_offset, _ = _window(lines[end_line - 1], max(end_column - 2, 0), end_column - 1, room)
    for position, number in enumerate(numbers):
        if cut and position == _HEAD - 1:
            rows.append([(rail, "rail"), ("| ", style), (CUT, "quiet")])
        shown = last if number == end_line else _window(lines[number - 1], 0, 1, room)[0]
        rows.append(_numbered(number, gutter, shown, ("| ", style)))
    rows.append([(rail, "rail"), ("|" + "_" * (last_offset + 1) + mark, style)])
    return rows


def _numbered(number: int, gutter: int, source: str, bar: tuple[str, str] | None = None) -> Line:
    line: Line = [(f"{number:>{gutter}} | ", "rail")]
    if bar:
        line.append(bar)
    line.append((source, ""))
    return line


def _window(line: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """What is shown of a line in `room` cells, and offset and length in cells of the underline of [start, end).

    The underline is at least one cell long; it ends where the line is cut.
    """
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    # A line may be a megabyte long; of what is that far from the span's start nothing can be in sight.
    near = max(start - 2 * room, 0)
    shown = list(pieces(line[near : start + 4 * room]))
    start, end = start - near, min(end - near, len(shown))
    edges = [0]
    for _, width in shown:
        edges.append(edges[-1] + width)

    if edges[start] == edges[-1]:
        room -= 1  # The mark stands behind the line.

    first, last = 0, len(shown)
    if edges[-1] > room:
        if edges[end] + len(CUT) > room:
            first = _left_cut(edges, start, end, room)
        taken = len(CUT) if first else 0
        if edges[-1] - edges[first] + taken > room:
            taken += len(CUT)
            while last > first and edges[last] - edges[first] + taken > room:
                last -= 1
    text = CUT * bool(first) + "".join(piece for piece, _ in shown[first:last]) + CUT * (last < len(shown))
    offset = edges[min(start, last)] - edges[first] + len(CUT) * bool(first)
    return text, offset, max(edges[min(end, last)] - edges[min(start, last)], 1)


def _left_cut(edges: list[int], start: int, end: int, room: int) -> int:
    """The first code point to show so that the span is in sight, with what room is left shared between both sides."""
    tail = edges[-1] - edges[start]
    span = edges[end] - edges[start]
    if tail + len(CUT) <= room:
        before = room - len(CUT) - tail
    elif span + 2 * len(CUT) <= room:
        before = (room - 2 * len(CUT) - span) // 2
    else:
        before = room // 4
    first = start
    while first > 0 and edges[start] - edges[first - 1] <= before:
        first -= 1
    return first
