"""Text -> libcst tree behind the safety gate, and exact spans of nodes.

CONTRACT (to be implemented)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerolint.finding import Span
from zerolint.read.source import Problem, Source

if TYPE_CHECKING:
    import libcst


class PythonFile:
    """A parsed file: its source and its libcst tree; spans are computed on first demand, for the whole file at once."""

    source: Source
    tree: libcst.Module

    def span(self, node: libcst.CSTNode) -> Span:
        """The place of a node of `tree`, without surrounding whitespace or comments."""
        raise NotImplementedError


def parse(source: Source) -> PythonFile | Problem:
    """Parse behind the safety gate; what is not Python is a `Problem` at the position that `ast` gives."""
    raise NotImplementedError
