"""Places as formats want them that machines read: paths from the repository's root, columns in UTF-8 bytes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from zerolint.report._excerpt import split_lines


def path_from(base: str, path: str) -> str:
    """A path of a report as seen from the folder that the working folder is `base` of; see `Options.base`."""
    return posixpath.normpath(posixpath.join(base, path))


def unicode(text: str) -> str:
    """The text as UTF-8 can have it: a byte of a file name that is not UTF-8 shows as a Python escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Utf8Columns:
    """Columns counted in bytes of UTF-8, for the files of one report."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.lines: dict[str, list[str]] = {}

    def column(self, path: str, line: int, column: int) -> int | None:
        """The 1-based column for one that counts code points; None where the text does not have the line."""
        if path not in self.lines:
            self.lines[path] = split_lines(self.sources[path]) if path in self.sources else []
        lines = self.lines[path]
        if not 1 <= line <= len(lines):
            return None
        before = lines[line - 1][: column - 1]
        return 1 + (len(before) if before.isascii() else len(before.encode("utf-8", "surrogatepass")))
