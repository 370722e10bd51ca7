"""Bytes -> text: decoding, newline style, and the files that cannot be read as text.

Positions everywhere in zerolint rest on the line ends that Python knows: `\\n`, `\\r\\n` and `\\r`. `str.splitlines`
knows more of them (form feed, U+2028, ...) and is never used on the text of a file; `line_starts` is.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum

from zerolint.finding import Span
from zerolint.records import NamedTuple

# Files beyond these sizes, in bytes, are refused: a parse takes about two seconds per million bytes of Python.
PYTHON_SIZE_LIMIT = 1_000_000
TEXT_SIZE_LIMIT = 4_000_000

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# PEP 263: a comment in line 1, or in line 2 when line 1 is blank or a comment.
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"^[ \t\f]*(?:#.*)?$")
# Text codecs that no editor writes, and whose decoders take quadratic time or yield lone surrogates.
_REFUSED_CODECS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})


class ProblemKind(str, Enum):
    """Why a file could not be judged: its text is wrong (ZG900), or it could not be read or is refused (ZG901)."""

    SYNTAX = "syntax-error"
    UNREADABLE = "unreadable-file"


class Problem(NamedTuple):
    """A file, or a part of one, that could not be judged; the rest of the Space still is."""

    kind: ProblemKind
    at: Span
    message: str


class Source(NamedTuple):
    """One decoded file. `text` has no BOM and keeps its newlines as they are in the file.

    `path` is relative to the Space's root and `/`-separated; `newline` is the file's first line ending.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False
    newline: str = "\n"


def size_limit(path: str) -> int:
    """The size in bytes beyond which a file of this name is refused."""
    return PYTHON_SIZE_LIMIT if path.endswith((".py", ".pyi")) else TEXT_SIZE_LIMIT


def decode(path: str, content: bytes) -> Source | Problem:
    """Decode a file as Python does for .py files (BOM, coding cookie, UTF-8) and as UTF-8 (or by BOM) for all others.

    Requirement files may carry a coding cookie too: pip honours it. Never raises.
    """
    limit = size_limit(path)
    if len(content) > limit:
        return _unreadable(path, f"has {len(content):,} bytes, more than the {limit:,} that zerolint reads")
    is_python = path.endswith((".py", ".pyi"))
    encoding, bom = "utf-8", b""
    for mark, name in _BOMS:
        if content.startswith(mark):
            encoding, bom = name, mark
            break
    if is_python and bom and encoding != "utf-8":
        return _unreadable(path, f"is written in {encoding[:-3].upper()}, which Python does not read as source")
    body = content[len(bom) :]
    may_declare = is_python or (path.endswith(".txt") and not bom)
    if may_declare and (cookie := _cookie(body)):
        codec = _codec_name(cookie)
        if codec is None and not is_python:
            codec = encoding
        if codec is None:
            return _unreadable(
                path, f"declares the encoding `{cookie[:60]}`, which is not one of text that Python knows"
            )
        if bom and codec != "utf-8":
            return _unreadable(path, f"starts with a UTF-8 byte order mark and declares the encoding `{cookie[:60]}`")
        encoding = codec
    try:
        text = body.decode(encoding)
        if encoding != "utf-8":
            # A codec may let through lone surrogates, which no parser takes.
            text.encode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        byte = body[error.start]
        return _unreadable(path, f"is not {_encoding_words(encoding)}: byte 0x{byte:02x}", before)
    except (UnicodeError, LookupError, ValueError):
        return _unreadable(path, f"cannot be decoded as `{encoding}`")
    nul = text.find("\0")
    if nul >= 0:
        words = "contains a NUL byte: it is a binary file or in an encoding without a mark"
        return _unreadable(path, words, text[:nul])
    return Source(path, text, encoding, bool(bom), newline_of(text))


def newline_of(text: str) -> str:
    """The first line ending of a text, `\\n` when it has none."""
    found = _NEWLINE.search(text)
    return found.group() if found else "\n"


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character; one entry more than there are line ends."""
    starts = [0]
    if "\r" not in text:
        append, find, at = starts.append, text.find, 0
        while (at := find("\n", at) + 1) > 0:
            append(at)
        return starts
    starts.extend(match.end() for match in _NEWLINE.finditer(text))
    return starts


def split_lines(text: str) -> list[str]:
    """The lines of a text, each with its line end; a text that ends in a newline has no empty last line."""
    starts = line_starts(text)
    if starts[-1] == len(text):
        starts.pop()
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=False)]


def locate(starts: Sequence[int], offset: int) -> tuple[int, int]:
    """The 1-based line and column (in code points) of an offset, by what `line_starts` gave."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def offset_of(starts: Sequence[int], line: int, column: int) -> int:
    """The offset of a 1-based line and column: the reverse of `locate`. A line beyond the last counts as the last."""
    return starts[min(line, len(starts)) - 1] + column - 1


def span_of(path: str, starts: Sequence[int], start: int, end: int) -> Span:
    """The span between two offsets."""
    start_line, start_column = locate(starts, start)
    end_line, end_column = locate(starts, end)
    return Span(path, start_line, start_column, end_line, end_column)


def point(path: str, line: int = 1, column: int = 1) -> Span:
    """An empty span, for what concerns a whole file or has no extent."""
    return Span(path, line, column, line, column)


def _unreadable(path: str, message: str, before: str = "") -> Problem:
    line, column = locate(line_starts(before), len(before))
    return Problem(ProblemKind.UNREADABLE, point(path, line, column), message)


def _cookie(body: bytes) -> str:
    """The encoding that a coding cookie names, or ""."""
    head = body[:2000].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", 2)
    for line in head[:2]:
        found = _COOKIE.match(line)
        if found:
            return found.group(1).decode("ascii", "replace")
        if not _BLANK_OR_COMMENT.match(line):
            return ""
    return ""


def _codec_name(cookie: str) -> str | None:
    """The name of the codec to decode with, or None for what is not an encoding of text."""
    name = cookie.lower().replace("_", "-")
    if name == "utf-8" or name.startswith("utf-8-"):
        return "utf-8"
    try:
        # LookupError for a codec such as rot13, which does not turn bytes into text.
        b"a".decode(cookie)
        known = codecs.lookup(cookie).name
    except (LookupError, ValueError, ImportError):
        return None
    if known.replace("-", "_") in _REFUSED_CODECS:
        return None
    return known


def _encoding_words(encoding: str) -> str:
    return "UTF-8" if encoding == "utf-8" else f"`{encoding}`"
