"""Parsing a text of which most was parsed a moment ago: a file that somebody types in.

The statements at the top level of a module are, with the lines above each of them, modules of their own. So a text is
cut in front of them; pieces that were there before keep their nodes, and only the others are parsed. No cut can lead to
a wrong tree: where one is not between two statements, inside a string for example, one of the pieces is no module, and
then the whole text is parsed. What a piece leaves to be decided elsewhere, as the encoding, is the same for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerolint.read.gate import refusal_of
from zerolint.read.python import PythonFile, parse
from zerolint.read.source import Problem, Source, line_starts, newline_of
from zerolint.read.statements import logical_lines

if TYPE_CHECKING:
    import libcst

# Clauses of a statement that begins further up.
_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")
# A line with three quotes may be the end of a string.
_BLANK_OR_COMMENT = re.compile(r"[ \t]*(?:#(?!.*(?:'''|\"\"\")).*)?$")
_LONE_RETURN = re.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some lines of a file as a module. In `body` the first statement has what stands above it."""

    module: libcst.Module
    body: tuple[Any, ...]


class Parser:
    """Parses one file again and again. It keeps what the last text was made of."""

    def __init__(self) -> None:
        # Two pieces may have the same text, and a node may be only once in a tree.
        self._pieces: dict[str, list[_Piece]] = {}

    def parse(self, source: Source) -> PythonFile | Problem:
        """Like `read.python.parse`, only faster. What the trees say about comments and blank lines may differ."""
        texts = _cut(source.text)
        if len(texts) < 2 or refusal_of(source.text) is not None:
            return parse(source)
        pieces: list[_Piece] = []
        for text in texts:
            known = self._pieces.get(text)
            piece = known.pop() if known else _parsed(Source(source.path, text, source.encoding))
            if piece is None:
                self._keep(texts, pieces)
                return parse(source)
            pieces.append(piece)
        self._keep(texts, pieces)
        tree = _joined(pieces, newline_of(source.text))
        return parse(source) if tree is None else PythonFile(source, tree)

    def _keep(self, texts: list[str], pieces: list[_Piece]) -> None:
        """Keep the pieces for the next text; for one that does not parse also those behind the mistake."""
        if len(pieces) == len(texts):
            self._pieces = {}
        for text, piece in zip(texts, pieces, strict=False):
            self._pieces.setdefault(text, []).append(piece)


def _cut(text: str) -> list[str]:
    """The text in pieces, each with one statement at the top level and the blank lines and comments above it."""
    if _LONE_RETURN.search(text):
        return [text]
    starts = line_starts(text)
    lines = logical_lines(text)
    if lines and lines[-1] >= len(starts):
        return [text]
    cuts = [0]
    decorated = False
    for number in lines:
        start = starts[number]
        if text[start] in " \t\f" or _CLAUSE.match(text, start):
            continue
        if not decorated and number != lines[0]:
            above = number
            while above > 0 and _BLANK_OR_COMMENT.match(text[starts[above - 1] : starts[above]].rstrip("\r\n")):
                above -= 1
            cuts.append(starts[above])
        decorated = text[start] == "@"
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _parsed(source: Source) -> _Piece | None:
    parsed = parse(source)
    if isinstance(parsed, Problem):
        return None
    module = parsed.tree
    if not module.body:
        return None
    first: Any = module.body[0]
    first = first.with_changes(leading_lines=(*module.header, *first.leading_lines))
    return _Piece(module, (first, *module.body[1:]))


def _joined(pieces: list[_Piece], newline: str) -> libcst.Module | None:
    """The pieces as one module; None when they do not agree about what a module has only once."""
    first, last = pieces[0].module, pieces[-1].module
    indents: set[str] = set()
    for piece in pieces:
        if any(type(statement).__name__ != "SimpleStatementLine" for statement in piece.body):
            indents.add(piece.module.default_indent)
        if piece is not pieces[-1] and (piece.module.footer or piece.module.default_newline != newline):
            return None
    if len(indents) > 1 or (last.default_newline != newline and last.has_trailing_newline):
        return None
    return first.with_changes(
        body=(*first.body, *(statement for piece in pieces[1:] for statement in piece.body)),
        footer=last.footer,
        default_indent=indents.pop() if indents else first.default_indent,
        default_newline=newline,
        has_trailing_newline=last.has_trailing_newline,
    )
