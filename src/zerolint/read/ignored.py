"""Which paths git leaves out: `.gitignore` files and `.git/info/exclude`, by the rules of gitignore(5).

Written here because nearly every project has such a file, and to import a library for it takes longer than to read the
project.
"""

from __future__ import annotations

import re

from zerolint.records import NamedTuple

# Patterns beyond so many of one file are not read.
_PATTERN_LIMIT = 5_000
# Patterns with more `**` in them are left out; each multiplies the time by the depth of a path.
_ANY_FOLDERS_LIMIT = 3
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F",
}


class _Pattern(NamedTuple):
    """One line: `expression` is matched against the whole name if `by_name`, else against the path below the file."""

    expression: re.Pattern[str]
    ignores: bool
    folders_only: bool
    by_name: bool


class IgnoreFile:
    """The patterns of one file that lies in a folder `below` the start of a walk (with trailing slash, or "")."""

    __slots__ = ("_by_name", "_by_path", "below", "patterns")

    def __init__(self, below: str, patterns: tuple[_Pattern, ...]) -> None:
        self.below = below
        self.patterns = patterns
        self._by_name: dict[tuple[str, bool], tuple[int, bool] | None] = {}
        self._by_path = tuple((i, pattern) for i, pattern in enumerate(patterns) if not pattern.by_name)

    def verdict(self, path: str, folder: bool) -> bool | None:
        """Whether the last pattern that matches a path ignores it; None when none matches.

        The folders on the way to the path must have been asked about before: in an ignored folder nothing is looked at.
        """
        name = path[path.rfind("/") + 1 :]
        key = (name, folder)
        if key in self._by_name:
            found = self._by_name[key]
        else:
            found = self._by_name[key] = self._find_name(name, folder)
        if self._by_path:
            rest = path[len(self.below) :]
            for index, pattern in reversed(self._by_path):
                if found is not None and index < found[0]:
                    break
                if (folder or not pattern.folders_only) and pattern.expression.fullmatch(rest):
                    return pattern.ignores
        return None if found is None else found[1]

    def _find_name(self, name: str, folder: bool) -> tuple[int, bool] | None:
        for index in range(len(self.patterns) - 1, -1, -1):
            pattern = self.patterns[index]
            if pattern.by_name and (folder or not pattern.folders_only) and pattern.expression.fullmatch(name):
                return index, pattern.ignores
        return None


def read_ignore_file(text: str, below: str) -> IgnoreFile:
    """Parse the text of an ignore file. A line that is no valid pattern matches nothing, as in git."""
    patterns = (_parse(line) for line in text.split("\n")[:_PATTERN_LIMIT])
    return IgnoreFile(below, tuple(pattern for pattern in patterns if pattern is not None))


def is_ignored(files: list[IgnoreFile], path: str, folder: bool) -> bool:
    """Whether a path is ignored; the file that lies deepest and has a pattern for it decides. `files`: outer first."""
    for file in reversed(files):
        if path.startswith(file.below):
            verdict = file.verdict(path, folder)
            if verdict is not None:
                return verdict
    return False


def _parse(line: str) -> _Pattern | None:
    line = line.rstrip("\r")
    while line.endswith((" ", "\t")) and not line.endswith(("\\ ", "\\\t")):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    if not ignores:
        line = line[1:]
    folders_only = line.endswith("/")
    line = line.rstrip("/") if folders_only else line
    if not line or len(line) > 1_000:
        return None
    by_name = "/" not in line
    try:
        expression = re.compile(_translate(line.removeprefix("/")), re.DOTALL)
    except (ValueError, re.error):
        return None
    return _Pattern(expression, ignores, folders_only, by_name)


def _translate(pattern: str) -> str:
    """The regular expression of a pattern. Raises ValueError for one that matches nothing, or that would take long."""
    parts = pattern.split("/")
    segments = [part for before, part in zip(["", *parts], parts, strict=False) if not before == part == "**"]
    if segments.count("**") > _ANY_FOLDERS_LIMIT:
        raise ValueError("too many `**`")
    pieces: list[str] = []
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "**":
            pieces.append(".+" if last else "(?:[^/]+/)*")
        else:
            pieces.append(_translate_segment(segment, index) + ("" if last else "/"))
    return "".join(pieces)


def _translate_segment(segment: str, number: int) -> str:
    """The expression of what stands between two slashes.

    What stands between two stars is taken where it is first found, without trying any other place (the group in the
    lookahead does that): nothing can be won by a later one, and all of them together take exponential time.
    """
    chunks = [""]
    at = 0
    while at < len(segment):
        character = segment[at]
        at += 1
        if character == "*":
            if chunks[-1] or len(chunks) == 1:
                chunks.append("")
        elif character == "?":
            chunks[-1] += "[^/]"
        elif character == "[":
            piece, at = _translate_class(segment, at - 1)
            chunks[-1] += piece
        elif character == "\\":
            if at == len(segment):
                raise ValueError("a backslash with nothing behind it")
            chunks[-1] += re.escape(segment[at])
            at += 1
        else:
            chunks[-1] += re.escape(character)
    if len(chunks) == 1:
        return chunks[0]
    middle = [f"(?=(?P<s{number}_{i}>[^/]*?{chunk}))(?P=s{number}_{i})" for i, chunk in enumerate(chunks[1:-1])]
    return chunks[0] + "".join(middle) + "[^/]*" + chunks[-1]


def _translate_class(pattern: str, start: int) -> tuple[str, int]:
    """`[a-z]`, `[!ab]`, `[[:digit:]]`: the expression, and where the pattern goes on. ValueError if it is open."""
    at = start + 1
    negated = at < len(pattern) and pattern[at] in "!^"
    at += negated
    members: list[str] = []
    first = True
    while at < len(pattern) and (first or pattern[at] != "]"):
        first = False
        named = re.compile(r"\[:([a-z]+):\]").match(pattern, at)
        if named and named.group(1) in _CLASSES:
            members.append(_CLASSES[named.group(1)])
            at = named.end()
        elif pattern[at] == "\\" and at + 1 < len(pattern):
            members.append(re.escape(pattern[at + 1]))
            at += 2
        elif pattern[at] == "-" and members and at + 1 < len(pattern) and pattern[at + 1] != "]":
            members.append("-")
            at += 1
        else:
            members.append(re.escape(pattern[at]))
            at += 1
    if at >= len(pattern):
        raise ValueError("a bracket that is not closed")
    return f"(?!/)[{'^' if negated else ''}{''.join(members)}]", at + 1
