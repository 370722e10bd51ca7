"""Findings -> new text, again until nothing changes: the only writer of a user's files.

The fixes of one round are independent changes to one text: those that do not overlap are applied, each whole or not at
all, and the others wait for the next round, which judges the new text. Nothing is written before the last round. A file
is left alone when it would not come out as it went in (encoding, byte order mark, line ends), and when a fix would
leave it unreadable.
"""

from __future__ import annotations

import codecs
import contextlib
import difflib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zerolint.engine import Judgement, Task, judge_task, shown_root
from zerolint.finding import Diagnostic, Edit, Fix, RuleFailure
from zerolint.read.source import Problem, Source, decode, line_starts, newline_of, offset_of, split_lines

# Fixes that undo each other would go on for ever.
MAX_ROUNDS = 10

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BOMS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after its fixes. `shown` is its path as reports have it."""

    path: Path
    shown: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left to report after the fixes, the files to write, and how many fixes were applied."""

    judgements: tuple[Judgement, ...]
    changes: tuple[Change, ...]
    count: int


def fix_all(judgements: Sequence[Judgement], *, unsafe: bool = False) -> Outcome:
    """Fix what can be fixed in all Spaces, in memory. What two Spaces share is fixed once, and judged in both."""
    latest: dict[Path, bytes] = {}
    count = 0
    fixed: list[Judgement] = []
    for judgement in judgements:
        judgement, applied = fix_space(_refreshed(judgement, latest), unsafe=unsafe)
        count += applied
        fixed.append(judgement)
        files = judgement.task.files
        latest.update((files.root / path, content) for path, content in files.contents.items())
    changes: dict[Path, Change] = {}
    for judgement in judgements:
        files = judgement.task.files
        for path, before in files.contents.items():
            place = files.root / path
            after = latest[place]
            if after != before:
                root = shown_root(files.root)
                changes[place] = Change(place, path if root == "." else f"{root}/{path}", before, after)
    return Outcome(
        tuple(_refreshed(judgement, latest) for judgement in fixed),
        tuple(sorted(changes.values(), key=lambda change: change.shown)),
        count,
    )


def fix_space(judgement: Judgement, *, unsafe: bool = False) -> tuple[Judgement, int]:
    """Fix one Space in memory: its judgement after the last round, and the number of fixes that were applied."""
    count = 0
    for _ in range(MAX_ROUNDS):
        task = judgement.task
        sources = _fixable_sources(judgement)
        wanted = [
            diagnostic
            for diagnostic in judgement.diagnostics
            if task.only is None or diagnostic.finding.at.path in task.only
            if _can_be_written(diagnostic.finding.fix, sources)
        ]
        texts, applied = apply(wanted, {path: source.text for path, source in sources.items()}, unsafe=unsafe)
        if not applied:
            break
        contents = dict(task.files.contents)
        for path, text in texts.items():
            contents[path] = encode(sources[path]._replace(text=text))
        broken = [path for path in texts if not _reads_as_well(path, task.files.contents[path], contents[path])]
        if broken:
            return _with_failure(judgement, applied, broken), count
        judgement = judge_task(task._replace(files=task.files._replace(contents=contents)))
        count += len(applied)
    return judgement, count


def apply(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], unsafe: bool = False
) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """One round: the new texts of the files that change, and the diagnostics whose fixes were applied.

    `sources` are the texts by the paths that the edits use. A fix is passed over when it is unsafe (unless `unsafe`),
    when its finding is suppressed, when it points outside of the sources, when it changes nothing, or when it overlaps
    one before it in the order of the diagnostics. An edit that two fixes share is made once.
    """
    starts = {path: line_starts(text) for path, text in sources.items()}
    taken: dict[str, dict[tuple[int, int], str]] = {path: {} for path in sources}
    applied: list[Diagnostic] = []
    for diagnostic in diagnostics:
        fix = diagnostic.finding.fix
        if fix is None or diagnostic.suppression is not None or (fix.unsafe is not None and not unsafe):
            continue
        placed = [_placed(edit, sources, starts) for edit in fix.edits]
        edits = [edit for edit in placed if edit is not None]
        changes_text = any(sources[path][start:end] != text for path, start, end, text in edits)
        if len(edits) < len(placed) or not changes_text or not _fits(edits, taken):
            continue
        for path, start, end, text in edits:
            taken[path][start, end] = text
        applied.append(diagnostic)
    return {path: _edited(sources[path], edits) for path, edits in taken.items() if edits}, tuple(applied)


def encode(source: Source) -> bytes:
    """The bytes of a file with this text; the reverse of `decode`. Raises UnicodeEncodeError."""
    mark = _BOMS[source.encoding] if source.bom else b""
    return mark + source.text.encode(source.encoding)


def difference(changes: Iterable[Change]) -> str:
    """The changes as one unified diff."""
    lines: list[str] = []
    for change in changes:
        texts = [decode(change.path.name, content) for content in (change.before, change.after)]
        before, after = (split_lines(text.text) if isinstance(text, Source) else [] for text in texts)
        for line in difflib.unified_diff(before, after, change.shown, change.shown):
            lines.append(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def write(changes: Iterable[Change]) -> tuple[str, ...]:
    """Write the changed files, each at once or not at all. Gives a line for each file that was left as it was."""
    return tuple(f"{change.shown}: not fixed: {reason}" for change in changes if (reason := _write(change)))


def _write(change: Change) -> str:
    """Write one file; the reason in words when that cannot be done, or is better not done."""
    path = change.path
    try:
        if path.is_symlink():
            return "it is a link"
        if path.read_bytes() != change.before:
            return "it has changed since it was read"
        if not os.access(path, os.W_OK):
            return "it is write-protected"
        status = path.stat()
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".zerolint", dir=path.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(change.after)
            with contextlib.suppress(PermissionError, AttributeError):
                # Somebody else's file keeps its owner where the system lets it.
                os.chown(partial, status.st_uid, status.st_gid)
            partial.chmod(stat.S_IMODE(status.st_mode))
            partial.replace(path)
        finally:
            # Nothing is left of it but after an error.
            partial.unlink(missing_ok=True)
    except OSError as error:
        return f"{error.strerror or type(error).__name__}"
    return ""


def _refreshed(judgement: Judgement, latest: Mapping[Path, bytes]) -> Judgement:
    """The judgement, made anew if a file of the Space has changed since."""
    task = judgement.task
    root = task.files.root
    contents = {path: latest.get(root / path, content) for path, content in task.files.contents.items()}
    if contents == task.files.contents:
        return judgement
    return judge_task(Task(task.files._replace(contents=contents), task.settings, task.only))


def _fixable_sources(judgement: Judgement) -> dict[str, Source]:
    """The files that fixes want to edit and that can be written exactly as they were read."""
    contents = judgement.task.files.contents
    fixes = (diagnostic.finding.fix for diagnostic in judgement.diagnostics)
    found: dict[str, Source] = {}
    for path in {edit.at.path for fix in fixes if fix for edit in fix.edits}:
        source = decode(path, contents[path]) if path in contents else None
        if isinstance(source, Source):
            with contextlib.suppress(UnicodeEncodeError, KeyError):
                if encode(source) == contents[path]:
                    found[path] = source
    return found


def _can_be_written(fix: Fix | None, sources: Mapping[str, Source]) -> bool:
    """Has the encoding of each file that the fix edits the characters that come in?"""
    try:
        for edit in fix.edits if fix else ():
            if edit.at.path in sources:
                edit.text.encode(sources[edit.at.path].encoding)
    except UnicodeEncodeError:
        return False
    return True


def _placed(
    edit: Edit, sources: Mapping[str, str], starts: Mapping[str, Sequence[int]]
) -> tuple[str, int, int, str] | None:
    """Path, start and end offset, and the new text with the file's line ends; None for an edit outside of its file."""
    path = edit.at.path
    if path not in sources:
        return None
    text = sources[path]
    offsets: list[int] = []
    for line, column in ((edit.at.start_line, edit.at.start_column), (edit.at.end_line, edit.at.end_column)):
        if line == len(starts[path]) + 1 and column == 1 and not text.endswith(("\n", "\r")):
            # Where a span ends that takes in the end of a last line that has none.
            offsets.append(len(text))
        elif 1 <= line <= len(starts[path]) and column >= 1:
            offsets.append(offset_of(starts[path], line, column))
        else:
            return None
    start, end = offsets
    if not start <= end <= len(text):
        return None
    return path, start, end, _NEWLINE.sub(newline_of(text), edit.text)


def _fits(edits: Sequence[tuple[str, int, int, str]], taken: Mapping[str, Mapping[tuple[int, int], str]]) -> bool:
    """Do the edits of a fix overlap neither each other nor what is already taken?"""
    for index, (path, start, end, text) in enumerate(edits):
        others = [(*place, other) for place, other in taken[path].items()]
        if any((start, end, text) != other and _overlap(start, end, other[0], other[1]) for other in others) or any(
            path == other[0] and _overlap(start, end, other[1], other[2]) for other in edits[:index]
        ):
            return False
    return True


def _overlap(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Two insertions at one place overlap: nobody can say which comes first. What only touches does not."""
    if start == other_start and (start == end) == (other_start == other_end):
        return True
    return start < other_end and other_start < end


def _edited(text: str, edits: Mapping[tuple[int, int], str]) -> str:
    pieces: list[str] = []
    at = 0
    for (start, end), new in sorted(edits.items()):
        pieces += (text[at:start], new)
        at = end
    return "".join([*pieces, text[at:]])


def _reads_as_well(path: str, before: bytes, after: bytes) -> bool:
    """Is a file that could be read before still readable, and are its bytes what the fixes meant?"""
    old, new = decode(path, before), decode(path, after)
    if isinstance(old, Problem) or isinstance(new, Problem):
        return False
    return not _has_problems(new) or _has_problems(old)


def _has_problems(source: Source) -> bool:
    if source.path.endswith(".py"):
        from zerolint.read.python import parse

        return isinstance(parse(source), Problem)
    if source.path == "README.md":
        from zerolint.read.readme import read_readme

        return bool(read_readme(source).problems)
    return False


def _with_failure(judgement: Judgement, applied: Iterable[Diagnostic], broken: Iterable[str]) -> Judgement:
    names = ", ".join(sorted({diagnostic.name for diagnostic in applied}))
    error = f"the fixes of {names} would leave {', '.join(sorted(broken))} unreadable; none of them was applied"
    failure = RuleFailure("", "--fix", shown_root(judgement.task.files.root), error, "")
    return judgement._replace(failures=(*judgement.failures, failure))
