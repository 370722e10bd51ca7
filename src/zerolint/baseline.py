"""A baseline: the findings that a Space already has when it adopts zerolint, so that only new ones count.

    {
      "version": 1,
      "findings": [
        {"path": "app.py", "code": "ZG007", "line": "image.save(\"out.png\")", "occurrence": 1}
      ]
    }

A finding is known by its content, never by its line number: the rule, the file, the text of the line that it begins on
and, where several are alike, which of them it is. So it stays known when lines move, and counts again when its own line
changes. Paths are relative to the folder of the baseline. One finding stands on one line, in a fixed order, so that
versions can be compared and merged.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerolint.config import choose
from zerolint.engine import Judgement, catalogue
from zerolint.finding import Report
from zerolint.read.source import split_lines

VERSION = 1

# No honest baseline comes near this size, in bytes.
_SIZE_LIMIT = 50_000_000
# A line with more code points than this is kept by its beginning and a hash.
_LINE_LIMIT = 200
# Findings that say "this file was not judged", by name: what else was known in the Space may hide behind them.
_NOT_JUDGED = frozenset({"syntax-error", "unreadable-file"})


class BaselineError(Exception):
    """A baseline that cannot be used; the text is one line that names the file."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finding by its content. `line` is the normalised text of the line, `occurrence` counts from 1 those alike."""

    path: str
    code: str
    line: str
    occurrence: int


def entries(report: Report, place: Callable[[str], str]) -> tuple[Entry | None, ...]:
    """One entry for each diagnostic of the report, None for those that an ignore comment covers already.

    `place` turns a path of the report into that of the entry.
    """
    lines: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    alike: Counter[tuple[str, str, str]] = Counter()
    found: list[Entry | None] = []
    for diagnostic in report.diagnostics:
        if diagnostic.suppression is not None:
            found.append(None)
            continue
        at = diagnostic.finding.at
        if at.path not in lines:
            lines[at.path] = split_lines(report.sources.get(at.path, ""))
            places[at.path] = place(at.path)
        texts = lines[at.path]
        text = _normalised(texts[at.start_line - 1]) if 1 <= at.start_line <= len(texts) else ""
        content = (places[at.path], diagnostic.code, text)
        alike[content] += 1
        found.append(Entry(*content, alike[content]))
    return tuple(found)


def read(file: Path) -> frozenset[Entry]:
    """The entries of a baseline. Raises BaselineError for a file that is missing, or is none."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise BaselineError(f"{file}: no such file; --write-baseline writes it") from error
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > _SIZE_LIMIT:
        raise BaselineError(f"{file}: larger than {_SIZE_LIMIT:,} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{file}: not a baseline: invalid JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{file}: not a baseline: it has no list of `findings`")
    if document.get("version") != VERSION:
        raise BaselineError(f"{file}: a baseline of another version than {VERSION}, which this zerolint reads")
    return frozenset(_entry(item, number, file) for number, item in enumerate(document["findings"], start=1))


def mark(report: Report, known: Collection[Entry], file: Path) -> Report:
    """The report with the findings marked that the baseline has."""
    diagnostics = tuple(
        diagnostic._replace(baselined=True) if entry in known else diagnostic
        for diagnostic, entry in zip(report.diagnostics, entries(report, _beside(file)), strict=True)
    )
    return report._replace(diagnostics=diagnostics, baseline=str(file))


def found(report: Report, file: Path) -> frozenset[Entry]:
    """The entries of all findings that no ignore comment covers."""
    return frozenset(entry for entry in entries(report, _beside(file)) if entry is not None)


def stale(known: Iterable[Entry], report: Report, judgements: Sequence[Judgement], file: Path) -> tuple[Entry, ...]:
    """The entries that stand for nothing any more, sorted: what they know was looked for, and is not there.

    Nothing is said of a rule that did not run, and of a Space in which something could not be judged.
    """
    gone = sorted(set(known) - found(report, file))
    folder = file.parent.resolve()
    looked = [_Looked(judgement) for judgement in judgements] if gone else []

    def is_stale(entry: Entry) -> bool:
        path = folder / entry.path
        return any(space.looked_for(entry.code, path) for space in looked) or not os.path.lexists(path)

    return tuple(entry for entry in gone if is_stale(entry))


def write(file: Path, known: Iterable[Entry]) -> None:
    """Write a baseline, at once or not at all. Raises BaselineError."""
    rows = [
        json.dumps({"path": entry.path, "code": entry.code, "line": entry.line, "occurrence": entry.occurrence})
        for entry in sorted(known)
    ]
    listed = "\n    " + ",\n    ".join(rows) + "\n  " if rows else ""
    text = f'{{\n  "version": {VERSION},\n  "findings": [{listed}]\n}}\n'
    try:
        _replace(file.resolve(), text.encode("ascii"))
    except OSError as error:
        raise BaselineError(f"{file}: cannot be written: {error.strerror}") from error


class _Looked:
    """What was looked at in one Space: which rules ran, in which files."""

    def __init__(self, judgement: Judgement) -> None:
        task = judgement.task
        broken = {failure.code for failure in judgement.failures}
        hidden = "" in broken or any(diagnostic.name in _NOT_JUDGED for diagnostic in judgement.diagnostics)
        rules = () if hidden else choose(catalogue().rules, task.settings)
        self.root = task.files.root.resolve()
        self.only = task.only
        self.codes = {rule.code for rule in rules} - broken

    def looked_for(self, code: str, path: Path) -> bool:
        """Would a finding of this rule in this file have been found? `path` is absolute."""
        if code not in self.codes or not path.is_relative_to(self.root):
            return False
        return self.only is None or path.relative_to(self.root).as_posix() in self.only


def _beside(file: Path) -> Callable[[str], str]:
    """Turns a path of the report into one that is relative to the folder of the baseline, whatever leads there."""
    folder = file.parent.resolve()
    folders: dict[Path, Path] = {}

    def place(path: str) -> str:
        above = Path(path).parent
        if above not in folders:
            folders[above] = above.resolve()
        absolute = folders[above] / Path(path).name
        try:
            return Path(os.path.relpath(absolute, folder)).as_posix()
        except ValueError:
            # Another drive of Windows.
            return absolute.as_posix()

    return place


def _normalised(line: str) -> str:
    """A line of source whose indentation and inner blanks do not matter."""
    text = " ".join(line.split())
    if len(text) <= _LINE_LIMIT:
        return text
    return f"{text[:_LINE_LIMIT]} sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _entry(item: object, number: int, file: Path) -> Entry:
    values: list[Any] = []
    if isinstance(item, dict):
        values = [item.get(key) for key in ("path", "code", "line", "occurrence")]
    if [type(value) for value in values] != [str, str, str, int]:
        raise BaselineError(f"{file}: finding {number} is not a path, a code, a line and an occurrence")
    return Entry(*values)


def _replace(file: Path, content: bytes) -> None:
    """Put a file in place of another, or leave that as it was. Raises OSError."""
    if file.is_file() and file.read_bytes() == content:
        return
    partial = file.with_name(f".{file.name}.{os.getpid()}.zerolint")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
        if file.exists():
            partial.chmod(stat.S_IMODE(file.stat().st_mode))
        partial.replace(file)
    finally:
        # Nothing is left of it but after an error.
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
