"""Bytes -> text: decoding, newline style, and the files that cannot be read as text.

CONTRACT (to be implemented)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from zerolint.finding import Span


class ProblemKind(str, Enum):
    """Why a file could not be judged: its text is wrong (ZG900), or it could not be read or is refused (ZG901)."""

    SYNTAX = "syntax-error"
    UNREADABLE = "unreadable-file"


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a part of one, that could not be judged; the rest of the Space still is."""

    kind: ProblemKind
    at: Span
    message: str


@dataclass(frozen=True, slots=True)
class Source:
    """One decoded file. `text` has no BOM and keeps its newlines as they are in the file.

    `path` is relative to the Space's root and `/`-separated; `newline` is the file's first line ending.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False
    newline: str = "\n"


def decode(path: str, content: bytes) -> Source | Problem:
    """Decode a file as Python does for .py files (BOM, coding cookie, UTF-8) and as UTF-8 (or by BOM) for all others."""
    raise NotImplementedError
