"""Spaces judged again and again while somebody types: with unsaved buffers, and with what did not change kept.

Of the time that a judgement takes, most goes into parsing, and from one keystroke to the next at most one file has
another text. So parsed files are kept, as long as a buffer of their Space is open. A walk over a Space's folder is
repeated when something may have changed on disk, and else when it is old in relation to the time that it took.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zerolint.config import CommandLine, ConfigError, Settings, settings_for
from zerolint.editor.buffers import encoded
from zerolint.engine import Judgement, Task, catalogue, files_around, judge_task, task_of_buffers
from zerolint.finding import Diagnostic
from zerolint.read import parser
from zerolint.read.again import Parser
from zerolint.read.discover import SpaceFiles, uses_spaces
from zerolint.read.python import PythonFile, parse
from zerolint.read.source import Problem, Source, decode

# Of a Space, so many characters of Python are kept parsed. Parsed, a character takes about 150 bytes.
_KEPT_CHARACTERS = 2_000_000
# A walk is used so many times as long as it took, in seconds: at most a twentieth of the time goes into walking.
_WALK_AGE = 20


class CalledOff(BaseException):
    """The judgement is not wanted any more. No Exception, so that it is not taken for a crash of a rule."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A Space with its open buffers, whose paths are `buffers`. `problem` is why it could not be judged, or ""."""

    judgement: Judgement
    buffers: tuple[Path, ...]
    problem: str = ""

    @property
    def root(self) -> Path:
        return self.judgement.task.files.root

    def text(self, path: str) -> str | None:
        """The text of a file of the Space as it was judged, without a byte order mark."""
        content = self.judgement.task.files.contents.get(path)
        source = decode(path, content) if content is not None else None
        return source.text if isinstance(source, Source) else None

    def found_in(self, path: Path) -> tuple[Diagnostic, ...]:
        """The findings in a file that no comment ignores."""
        if not path.is_relative_to(self.root):
            return ()
        name = path.relative_to(self.root).as_posix()
        return tuple(
            diagnostic
            for diagnostic in self.judgement.diagnostics
            if diagnostic.suppression is None and diagnostic.finding.at.path == name
        )


@dataclass(frozen=True, slots=True)
class _Walk:
    """What was found around a file: its Space as it is on disk, or None; and until when it may be used."""

    files: SpaceFiles | None
    until: float


class Judge:
    """Judges the Spaces of open buffers. It keeps what may be used again, and is for one thread at a time."""

    def __init__(self) -> None:
        # By folder, and whether the file is there and uses `spaces`: this much of a file decides about its Space.
        self._walks: dict[tuple[Path, bool, bool], _Walk] = {}
        # By root and path: the text of a file, and what it was parsed to.
        self._parsed: dict[Path, dict[str, tuple[str, PythonFile | Problem]]] = {}
        # By root and path, for open files.
        self._parsers: dict[Path, dict[str, Parser]] = {}

    def judge(
        self,
        texts: Mapping[Path, str],
        changed: Iterable[Path],
        check_wanted: Callable[[], None],
        *,
        disk_changed: bool = False,
    ) -> tuple[Judged, ...]:
        """Judge the Spaces that hold the changed ones of the open files, whose paths are absolute.

        `check_wanted` is called now and then, and raises CalledOff to end it.
        """
        if disk_changed:
            self._walks.clear()
        buffers = {path: encoded(path.name, text) for path, text in texts.items()}
        spaces: dict[Path, SpaceFiles] = {}
        held: dict[Path, dict[Path, bytes]] = {}
        for path, content in buffers.items():
            check_wanted()
            files = self._files_around(path, content)
            if files:
                spaces[files.root] = files
                held.setdefault(files.root, {})[path] = content
        for root in self._parsed.keys() - held.keys():
            del self._parsed[root], self._parsers[root]
        wanted = set(changed)
        return tuple(
            judged
            for root, own in held.items()
            if not wanted.isdisjoint(own) and (judged := self._judged(spaces[root], own, check_wanted))
        )

    def _files_around(self, path: Path, content: bytes) -> SpaceFiles | None:
        key = path.parent, path.is_file(), path.suffix == ".py" and uses_spaces(content)
        walk = self._walks.get(key)
        if walk is None or time.monotonic() > walk.until:
            begin = time.monotonic()
            files = files_around(path, content)
            end = time.monotonic()
            walk = self._walks[key] = _Walk(files, end + _WALK_AGE * (end - begin))
        return walk.files

    def _judged(
        self, files: SpaceFiles, buffers: Mapping[Path, bytes], check_wanted: Callable[[], None]
    ) -> Judged | None:
        try:
            task = task_of_buffers(files, buffers, settings)
        except ConfigError as error:
            return Judged(Judgement(Task(files, Settings()), (), ()), tuple(buffers), str(error))
        if task is None:
            return None
        root = files.root
        known = self._parsed.setdefault(root, {})
        before = self._parsers.setdefault(root, {})
        parsers = {path: before.get(path) or Parser() for path in task.only or ()}
        self._parsers[root] = parsers
        used: dict[str, tuple[str, PythonFile | Problem]] = {}

        def parse_new(source: Source) -> PythonFile | Problem:
            check_wanted()
            kept = known.get(source.path)
            if kept is None or kept[0] != source.text:
                parser = parsers.get(source.path)
                kept = known[source.path] = source.text, parser.parse(source) if parser else parse(source)
            used[source.path] = kept
            return kept[1]

        judgement = judge_task(task, parse=parse_new, before_each=check_wanted)
        self._parsed[root] = _as_much_as_is_kept(used)
        return Judged(judgement, tuple(buffers))


def prepare() -> None:
    """Import what the first judgement will need, which takes longer than most judgements."""
    import zerolint.model.space  # noqa: F401

    parser.load()
    catalogue()


def settings(root: Path) -> Settings:
    """The settings of a Space, from its configuration file. Raises ConfigError."""
    return settings_for(root, CommandLine(), catalogue().rules)


def _as_much_as_is_kept(
    parsed: Mapping[str, tuple[str, PythonFile | Problem]],
) -> dict[str, tuple[str, PythonFile | Problem]]:
    kept: dict[str, tuple[str, PythonFile | Problem]] = {}
    left = _KEPT_CHARACTERS
    for path, (text, result) in sorted(parsed.items(), key=lambda item: len(item[1][0])):
        left -= len(text)
        if left < 0:
            break
        kept[path] = text, result
    return kept
