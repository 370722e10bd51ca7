"""Requirement files -> requirements with spans.

Lines are joined, stripped of comments and split into requirement and options as pip does it (pip's documentation,
"Requirements File Format"); nothing is installed, no URL is opened, no environment variable is expanded.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping
from itertools import pairwise

from zerolint.finding import Span
from zerolint.read.source import Problem, ProblemKind, Source, line_starts, span_of
from zerolint.records import NamedTuple


class Requirement(NamedTuple):
    """One requirement. `name` is canonical (PEP 503); `specifier`, `marker` and `url` are "" when absent.

    The name of a bare URL or path comes from its `#egg=`, its wheel or archive file name, or the name of its
    repository, and is "" when none of them tells. `constraint` is True in a file that is included with `-c`: then it
    limits the version of what others install. `editable` is True after `-e`, `hashed` where `--hash` follows.

    `span` covers the requirement without comment and options, `name_span` the name as written (or the whole requirement
    when it has none), `line_span` the whole logical line including its newline (for a fix that removes it).
    """

    name: str
    specifier: str
    extras: tuple[str, ...]
    marker: str
    url: str
    text: str
    span: Span
    name_span: Span
    line_span: Span
    constraint: bool = False
    editable: bool = False
    hashed: bool = False


class Option(NamedTuple):
    """A line that is an option: `-r other.txt`, `--extra-index-url URL`, `-e .`; `name` is the long form, no dashes."""

    name: str
    value: str
    span: Span


class Requirements(NamedTuple):
    """All requirement lines reached from one file, includes followed, in the order of pip."""

    items: tuple[Requirement, ...] = ()
    options: tuple[Option, ...] = ()
    problems: tuple[Problem, ...] = ()


_SHORT_OPTIONS = {
    "-r": "requirement",
    "-c": "constraint",
    "-e": "editable",
    "-i": "index-url",
    "-f": "find-links",
}
_FLAGS = frozenset({"no-index", "pre", "prefer-binary", "require-hashes"})
# A line beyond so many characters is not judged; `packaging` would be slow to say what it is.
_LINE_LIMIT = 4_000
# After so many bad lines in one file the rest of it is not read: it is something else.
_PROBLEM_LIMIT = 50

_COMMENT = r"(?:^|\s)#"
_OPTION_START = re.compile(r"(?:^|(?<=\s))-")
_WORD = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"']|[\"'])+"
_OPTION = r"(?s)(-[A-Za-z](?![A-Za-z-]*=)|--[A-Za-z][A-Za-z-]*)(=?)(.*)"
_URL = r"(?:[A-Za-z][A-Za-z0-9+.-]*)://|file:"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_SEPARATORS = re.compile(r"[-_.]+")
_ARCHIVE = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar")
_NOT_IN_PATH = re.compile(r"[<>=!|*?\"\s]")
_VARIABLE = r"\$\{[A-Z0-9_]+\}"
_VERSION = r"\d{1,9}(?:\.\d{1,9})*(?:(?:a|b|rc)\d{1,9})?(?:\.post\d{1,9})?(?:\.dev\d{1,9})?"
_LIMIT = rf"(?:(?:>=|<=|!=|>|<)\s*{_VERSION}|~=\s*\d{{1,9}}\.{_VERSION})"
# The plain requirement that nearly every line is. Whatever it does not match is left to `packaging`.
_PLAIN = re.compile(
    rf"({_NAME})\s*(?:\[\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*\]\s*)?"
    rf"((?:==\s*{_VERSION}(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*|\.\*)?|{_LIMIT})(?:\s*,\s*{_LIMIT})*)?"
)


def read_requirements(
    sources: Mapping[str, Source], path: str = "requirements.txt", unreadable: Container[str] = ()
) -> Requirements:
    """Read `path` out of `sources` (by Space-relative path) and the files it includes with `-r` and `-c`.

    A file that is included more than once is read once. A file that `sources` lacks is no requirement at all when it is
    `path` itself, and a problem at the include line otherwise. `unreadable` are files that are there all the same.
    """
    reading = _Reading(sources, unreadable)
    if path in sources:
        reading.read(path, constraint=False)
    return Requirements(tuple(reading.items), tuple(reading.options), tuple(reading.problems))


class _Line(NamedTuple):
    """A logical line: its text without comment, and where each stretch of the text stands in the file."""

    text: str
    at: tuple[int, ...]
    offsets: tuple[int, ...]
    start: int
    end: int

    def offset(self, position: int) -> int:
        index = bisect_right(self.at, position) - 1
        return self.offsets[index] + position - self.at[index]


class _Reading:
    """What has been read so far on the way through a file and its includes."""

    def __init__(self, sources: Mapping[str, Source], unreadable: Container[str]) -> None:
        self.sources = sources
        self.unreadable = unreadable
        self.items: list[Requirement] = []
        self.options: list[Option] = []
        self.problems: list[Problem] = []
        self.done: set[str] = set()
        self.open: list[str] = []

    def read(self, path: str, *, constraint: bool) -> None:
        self.done.add(path)
        self.open.append(path)
        text = self.sources[path].text
        starts = line_starts(text)
        bad = 0
        for line in _logical_lines(text, starts):
            before = len(self.problems)
            found = _OPTION_START.search(line.text)
            if found and found.start() == 0:
                self.read_options(path, starts, line, constraint)
            else:
                requirement = line.text[: found.start()].rstrip() if found else line.text
                self.read_requirement(path, starts, line, 0, requirement, constraint, editable=False)
            bad += len(self.problems) > before
            if bad >= _PROBLEM_LIMIT:
                at = span_of(path, starts, line.start, line.end)
                self.problems.append(
                    Problem(ProblemKind.UNREADABLE, at, f"has {bad} lines that cannot be parsed; the rest is not read")
                )
                break
        self.open.pop()

    def read_options(self, path: str, starts: list[int], line: _Line, constraint: bool) -> None:
        """A line of options; pip takes several in one line."""
        words = list(re.finditer(_WORD, line.text))
        index = 0
        while index < len(words):
            first, end = words[index].span()
            index += 1
            option = re.fullmatch(_OPTION, words[index - 1].group())
            name = ""
            if option:
                name = _SHORT_OPTIONS.get(option.group(1), option.group(1)[2:])
            if not name or not option:
                at = _span(path, starts, line, first, end)
                self.problem(at, f"`{_short(line.text[first:end])}` is not an option of pip")
                return
            value, value_at = option.group(3), first + option.start(3)
            if not option.group(2) and not value and name not in _FLAGS and index < len(words):
                value_at, end = words[index].span()
                value = words[index].group()
                index += 1
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value, value_at = value[1:-1], value_at + 1
            at = _span(path, starts, line, first, end)
            self.options.append(Option(name, value, at))
            if name in ("requirement", "constraint"):
                self.include(path, value, at, constraint or name == "constraint")
            elif name == "editable" and value:
                self.read_requirement(path, starts, line, value_at, value, constraint, editable=True)

    def read_requirement(
        self, path: str, starts: list[int], line: _Line, first: int, text: str, constraint: bool, *, editable: bool
    ) -> None:
        at = _span(path, starts, line, first, first + len(text))
        if len(text) > _LINE_LIMIT:
            words = f"`{_short(text)}` has more than {_LINE_LIMIT:,} characters and is not judged"
            self.problems.append(Problem(ProblemKind.UNREADABLE, at, words))
            return
        try:
            name, specifier, extras, marker, url, (start, end) = _parse(text)
        except (ValueError, RecursionError) as error:
            # pip puts environment variables in before it parses; what is in them is not known here.
            if not re.search(_VARIABLE, text):
                self.problem(at, f"`{_short(text)}` is not a requirement: {_first_line(error)}")
            return
        name_span = _span(path, starts, line, first + start, first + end)
        line_span = span_of(path, starts, line.start, line.end)
        hashed = "--hash" in line.text[len(text) :]
        self.items.append(
            Requirement(
                name, specifier, extras, marker, url, text, at, name_span, line_span, constraint, editable, hashed
            )
        )

    def problem(self, at: Span, words: str) -> None:
        self.problems.append(Problem(ProblemKind.SYNTAX, at, words))

    def include(self, path: str, value: str, at: Span, constraint: bool) -> None:
        if not value:
            self.problem(at, "names no file to include")
            return
        if re.match(_URL, value):
            self.problems.append(Problem(ProblemKind.UNREADABLE, at, f"`{_short(value)}` is a URL and is not read"))
            return
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), value.replace("\\", "/")))
        if target.startswith(("../", "/")) or target == "..":
            words = f"`{_short(value)}` is outside the Space and is not read"
            self.problems.append(Problem(ProblemKind.UNREADABLE, at, words))
        elif target in self.open:
            self.problem(at, f"`{_short(value)}` includes itself")
        elif target not in self.sources:
            why = "cannot be read" if target in self.unreadable else "is not among the Space's files"
            words = f"`{_short(value)}` {why}"
            self.problems.append(Problem(ProblemKind.UNREADABLE, at, words))
        elif target not in self.done:
            if len(self.open) >= 50:
                self.problems.append(Problem(ProblemKind.UNREADABLE, at, "includes are nested more than 50 deep"))
            else:
                self.read(target, constraint=constraint)


def _span(path: str, starts: list[int], line: _Line, first: int, end: int) -> Span:
    """The span of a part of a logical line, by positions in its joined text."""
    return span_of(path, starts, line.offset(first), line.offset(end - 1) + 1 if end > first else line.offset(first))


def _logical_lines(text: str, starts: list[int]) -> Iterator[_Line]:
    """Join continued lines as pip does: a backslash right before the line end, but not in a line that has a comment."""
    bounds = [*starts, len(text)] if starts[-1] < len(text) else starts
    parts: list[tuple[int, str]] = []
    first = 0
    for start, end in pairwise(bounds):
        line = text[start:end].rstrip("\r\n")
        if not parts:
            first = start
        comment = re.search(_COMMENT, line) if "#" in line else None
        if line.endswith("\\") and not comment:
            parts.append((start, line.rstrip("\\")))
            continue
        parts.append((start, line[: comment.start()].rstrip() if comment else line))
        made = _joined(parts, first, end)
        parts = []
        if made:
            yield made
    if parts:
        made = _joined(parts, first, len(text))
        if made:
            yield made


def _joined(parts: list[tuple[int, str]], start: int, end: int) -> _Line | None:
    joined = "".join(part for _, part in parts)
    stripped = joined.strip()
    if not stripped:
        return None
    skipped = len(joined) - len(joined.lstrip())
    at: list[int] = []
    offsets: list[int] = []
    position = -skipped
    for offset, part in parts:
        at.append(position)
        offsets.append(offset)
        position += len(part)
    return _Line(stripped, tuple(at), tuple(offsets), start, end)


def _parse(text: str) -> tuple[str, str, tuple[str, ...], str, str, tuple[int, int]]:
    """Name, specifier, extras, marker, url, and where the name stands. Raises ValueError for what pip does not take."""
    plain = _PLAIN.fullmatch(text)
    if plain and not _is_path(text):
        name, extras, specifier = plain.groups()
        pieces = sorted("".join(piece.split()) for piece in specifier.split(",")) if specifier else []
        named = tuple(sorted({extra.strip() for extra in extras.split(",")})) if extras else ()
        return _canonical(name), ",".join(pieces), named, "", "", plain.span(1)
    if re.match(_URL, text) or _is_path(text):
        return _parse_link(text)
    from packaging.requirements import Requirement as Parsed

    parsed = Parsed(text)
    found = re.match(_NAME, text)
    name_at = found.span() if found else (0, len(text))
    return (
        _canonical(parsed.name),
        str(parsed.specifier),
        tuple(sorted(parsed.extras)),
        str(parsed.marker) if parsed.marker else "",
        parsed.url or "",
        name_at,
    )


def _is_path(text: str) -> bool:
    """Whether a requirement is the path of a folder or an archive."""
    word = text.split(";")[0].split("[")[0].strip()
    if _NOT_IN_PATH.search(word) or "@" in word.split("/")[0]:
        return False
    return word.startswith((".", "/", "~")) or "/" in word or "\\" in word or word.lower().endswith(_ARCHIVE)


def _parse_link(text: str) -> tuple[str, str, tuple[str, ...], str, str, tuple[int, int]]:
    """A URL or path that stands for itself. A marker is separated by `; ` after a URL and by `;` after a path."""
    separator = "; " if re.match(_URL, text) else ";"
    link, _, marker = text.partition(separator)
    link, marker = link.strip(), marker.strip()
    if marker:
        from packaging.markers import Marker

        marker = str(Marker(marker))
    extras: tuple[str, ...] = ()
    bracket = re.search(r"\[([^\[\]]*)\]$", link)
    if bracket:
        extras = tuple(sorted(extra.strip() for extra in bracket.group(1).split(",") if extra.strip()))
        link = link[: bracket.start()]
    name, at = _link_name(link)
    return name, "", extras, marker, link, at


def _link_name(link: str) -> tuple[str, tuple[int, int]]:
    whole = (0, len(link))
    egg = re.search(r"[#&]egg=([^&\[]+)", link)
    if egg:
        return _canonical(egg.group(1)), egg.span(1)
    place = re.split(r"[?#]", link)[0]
    last = place.replace("\\", "/").rstrip("/").rpartition("/")[2]
    at = place.rfind(last) if last else 0
    if last.lower().endswith(_ARCHIVE):
        from urllib.parse import unquote

        from packaging.utils import (
            InvalidSdistFilename,
            InvalidWheelFilename,
            parse_sdist_filename,
            parse_wheel_filename,
        )

        try:
            if last.endswith(".whl"):
                return str(parse_wheel_filename(unquote(last))[0]), (at, at + len(last.split("-")[0]))
            name = parse_sdist_filename(unquote(last))[0]
            return str(name), (at, at + last.rfind("-"))
        except (InvalidSdistFilename, InvalidWheelFilename, ValueError):
            return "", whole
    if re.match(r"(?:git|hg|svn|bzr)\+", link) and "subdirectory=" not in link:
        repository = re.match(r"[A-Za-z0-9._-]+?(?=\.git\b|@|$)", last)
        if repository and re.fullmatch(_NAME, repository.group()):
            return _canonical(repository.group()), (at, at + len(repository.group()))
    return "", whole


def _canonical(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:120]
