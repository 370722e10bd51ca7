"""Places in a text, as zerolint counts them and as the language server protocol does.

zerolint: 1-based lines, 1-based columns in code points. The protocol: both from 0, and within a line in the units of
an encoding that client and server agree on, UTF-16 unless they do. Both know the line ends `\\n`, `\\r\\n` and `\\r`.
"""

from __future__ import annotations

from zerolint.finding import Span
from zerolint.read.source import line_starts

# Line and character, both from 0.
Place = tuple[int, int]

_BOM = "\ufeff"


class Positions:
    """The places of one text in one encoding: `utf-8`, `utf-16` or `utf-32`."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self._text = text
        self._encoding = encoding
        self._starts = line_starts(text)
        self._is_plain = encoding == "utf-32" or text.isascii()
        # An editor may send a byte order mark as part of the text; zerolint does not count it.
        self._mark = text.startswith(_BOM)

    def place(self, line: int, column: int) -> Place:
        """The protocol's place of a line and column of zerolint; what lies beyond a line or the text ends with it."""
        if line > len(self._starts):
            line, column = len(self._starts), len(self._text) + 1
        if line == 1:
            column += self._mark
        text = self._line(line)
        before = text[: max(0, column - 1)]
        return line - 1, len(before) if self._is_plain else self._units(before)

    def range(self, span: Span) -> tuple[Place, Place]:
        """The protocol's places of both ends of a span."""
        return self.place(span.start_line, span.start_column), self.place(span.end_line, span.end_column)

    def column(self, place: Place) -> tuple[int, int]:
        """zerolint's line and column of a place of the protocol: the reverse of `place`."""
        line, character = place
        if line >= len(self._starts):
            line, character = len(self._starts) - 1, len(self._text)
        text = self._line(line + 1)
        column = min(character, len(text))
        if not self._is_plain:
            units = 0
            for column, one in enumerate(text):  # noqa: B007
                units += self._units(one)
                if units > character:
                    break
            else:
                column = len(text)
        if line == 0:
            column = max(0, column - self._mark)
        return line + 1, column + 1

    def _units(self, text: str) -> int:
        if self._encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(one > "\uffff" for one in text)

    def _line(self, line: int) -> str:
        """A 1-based line without its end."""
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return self._text[self._starts[line - 1] : end].rstrip("\r\n")
