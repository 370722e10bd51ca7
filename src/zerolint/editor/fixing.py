"""All safe fixes of one file as edits, for an editor that applies them to its buffers."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from zerolint.engine import Judgement
from zerolint.finding import Edit, Span
from zerolint.fix import fix_space
from zerolint.read.source import Source, decode, split_lines

# Beyond so many lines that differ, they are replaced together: finding out which of them are the same takes long.
_COMPARED_LINES = 2_000


def safe_fixes(judgement: Judgement, path: str) -> tuple[Edit, ...]:
    """The edits that fix what can be fixed safely of what is found in one file; most often all are in that file."""
    task = judgement.task._replace(only=frozenset({path}))
    fixed, count = fix_space(judgement._replace(task=task))
    edits: list[Edit] = []
    if count:
        after = fixed.task.files.contents
        for name, content in task.files.contents.items():
            texts = [decode(name, content), decode(name, after[name])] if after[name] != content else []
            before_and_after = [text.text for text in texts if isinstance(text, Source)]
            if len(before_and_after) == 2:
                edits += line_edits(name, *before_and_after)
    return tuple(edits)


def line_edits(path: str, before: str, after: str) -> list[Edit]:
    """Edits of whole lines that turn one text into the other."""
    old, new = split_lines(before), split_lines(after)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    old_end, new_end = len(old) - last, len(new) - last
    if old_end - first + new_end - first > _COMPARED_LINES:
        pieces = [("replace", first, old_end, first, new_end)]
    else:
        matcher = difflib.SequenceMatcher(None, old[first:old_end], new[first:new_end], autojunk=False)
        pieces = [(kind, first + a, first + b, first + c, first + d) for kind, a, b, c, d in matcher.get_opcodes()]
    return [
        Edit(_lines(path, old, start, end), "".join(new[new_start:new_stop]))
        for kind, start, end, new_start, new_stop in pieces
        if kind != "equal" and (start, end, new_start, new_stop) != (first, first, first, first)
    ]


def _lines(path: str, lines: Sequence[str], start: int, end: int) -> Span:
    """The span of lines `start` to `end` (from 0, exclusive), with their line ends."""

    def place(index: int) -> tuple[int, int]:
        if index == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
            return len(lines), len(lines[-1]) + 1
        return index + 1, 1

    return Span(path, *place(start), *place(end))
