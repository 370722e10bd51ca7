"""Text -> libcst tree behind the safety gate, and exact spans of nodes.

CONTRACT (to be implemented)
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from zerolint.finding import Span
from zerolint.read.source import Problem, ProblemKind, Source, line_starts, locate, point

if TYPE_CHECKING:
    import libcst


class PythonFile:
    """A parsed file: its source and its libcst tree; spans are computed on first demand, for the whole file at once.

    The file holds its tree, so the identities of the nodes, by which spans are kept, stay valid as long as it lives.
    """

    __slots__ = ("_positions", "_starts", "source", "tree")

    def __init__(self, source: Source, tree: libcst.Module) -> None:
        self.source = source
        self.tree = tree
        self._positions: _Positions | None = None
        self._starts: list[int] | None = None

    def span(self, node: libcst.CSTNode) -> Span:
        """The place of a node of `tree`, without surrounding whitespace or comments."""
        start, end = self.offsets(node)
        positions = self._positions
        assert positions is not None
        starts = positions.line_starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end)
        return Span(self.source.path, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def offsets(self, node: libcst.CSTNode) -> tuple[int, int]:
        """The offsets in `source.text` at which a node of `tree` starts and ends. KeyError for a foreign node."""
        if self._positions is None:
            self._positions = _Positions(self.tree, self.source.text)
        first, last = self._positions.tokens[id(node)]
        offsets = self._positions.offsets
        return offsets[first], offsets[last]

    @property
    def round_trips(self) -> bool:
        """Whether the tree prints as the text it was read from; if not, spans are approximate: no fix may be made."""
        if self._positions is None:
            self._positions = _Positions(self.tree, self.source.text)
        return self._positions.exact

    @property
    def line_starts(self) -> list[int]:
        """The offset of each line's first character."""
        if self._starts is None:
            self._starts = line_starts(self.source.text)
        return self._starts

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line end; "" beyond the end."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.source.text)
        return self.source.text[starts[number - 1] : end].rstrip("\r\n")


class _Positions:
    """Where the nodes of one tree stand in the text that the tree prints as.

    libcst's own PositionProvider costs 2.4 times the parse. Here the code generation only notes how many tokens were
    out when a node began and ended; token numbers become offsets afterwards, for the whole file in one `accumulate`.
    """

    __slots__ = ("exact", "line_starts", "offsets", "tokens")

    def __init__(self, tree: libcst.Module, text: str) -> None:
        state = _codegen_state(tree)
        tree._codegen(state)
        printed = "".join(state.tokens)
        self.exact = printed == text
        self.tokens: dict[int, tuple[int, int]] = state.ranges
        offsets = [0, *accumulate(map(len, state.tokens))]
        # The printer takes back the newline after a last line that has none; a node may have ended behind it.
        offsets.append(offsets[-1])
        self.offsets = offsets
        self.line_starts = line_starts(text if self.exact else printed)


def _codegen_state(tree: libcst.Module) -> Any:
    from libcst._nodes.internal import CodegenState

    class Recorded:
        __slots__ = ("end", "node", "start", "start_node")

        def __init__(self, node: Any, start_node: Any, end_node: Any) -> None:
            self.node = node
            self.start_node = start_node
            self.end = end_node

        def __enter__(self) -> None:
            self.start = len(tokens)

        def __exit__(self, *_: object) -> None:
            start = self.start if self.start_node is None else ranges[id(self.start_node)][0]
            end = len(tokens) if self.end is None else ranges[id(self.end)][1]
            ranges[id(self.node)] = (start, end)

    class State(CodegenState):
        def before_codegen(self, node: Any) -> None:
            stack.append(len(tokens))

        def after_codegen(self, node: Any) -> None:
            start = stack.pop()
            key = id(node)
            if key not in ranges:
                ranges[key] = (start, len(tokens))

        def record_syntactic_position(self, node: Any, *, start_node: Any = None, end_node: Any = None) -> Any:
            return Recorded(node, start_node, end_node)

    state: Any = State(default_indent=tree.default_indent, default_newline=tree.default_newline)
    tokens: list[str] = state.tokens
    stack: list[int] = []
    ranges: dict[int, tuple[int, int]] = {}
    state.ranges = ranges
    return state


def parse(source: Source) -> PythonFile | Problem:
    """Parse behind the safety gate; what is not Python is a `Problem` at the position that `ast` gives."""
    refusal = gate(source)
    if refusal is not None:
        return refusal
    import libcst

    try:
        tree = libcst.parse_module(source.text)
    except libcst.ParserSyntaxError as error:
        return _syntax_problem(source, error.raw_line, error.raw_column)
    except (RecursionError, ValueError, MemoryError) as error:
        words = f"not analysed: {type(error).__name__} in the parser"
        return Problem(ProblemKind.UNREADABLE, point(source.path), words)
    return PythonFile(source, tree)


_NESTING_LIMIT = 80
_CHAIN_LIMIT = 150
_TOKEN = re.compile(
    r"(?P<skip>#[^\r\n]*|[bBrRuUfFtT]{0,2}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^\\'\r\n]|\\.)*'|\"(?:[^\\\"\r\n]|\\.)*\"))"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<newline>\n)"
    r"|(?P<link>\b(?:and|or|not|if|else|lambda|for|elif)\b|[-+*/%@&|^~<>=!.]+)|\w+",
    re.DOTALL,
)


def gate(source: Source) -> Problem | None:
    """Whether the native parser may see this text. First version: nesting and chain length by a token scan."""
    depth = 0
    chain = [0]
    for match in _TOKEN.finditer(source.text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            chain.append(0)
            if depth > _NESTING_LIMIT:
                return _refused(source, match.start(), f"brackets nested {depth} deep")
        elif kind == "close":
            if depth:
                depth -= 1
                chain.pop()
        elif kind == "comma" or (kind == "newline" and not depth):
            chain[-1] = 0
        elif kind == "link":
            chain[-1] += 1
            if chain[-1] > _CHAIN_LIMIT:
                return _refused(source, match.start(), f"a chain of {chain[-1]} operators")
    return None


def _refused(source: Source, offset: int, words: str) -> Problem:
    line, column = locate(line_starts(source.text), offset)
    return Problem(ProblemKind.UNREADABLE, point(source.path, line, column), f"not analysed: {words} at line {line}")


def _syntax_problem(source: Source, line: int, column: int) -> Problem:
    """What `ast` says is wrong, and where. libcst's place is unreliable and serves only where `ast` sees no error."""
    message = "zerolint's parser does not understand this"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.text)
    except SyntaxError as error:
        message = error.msg
        line, column = error.lineno or line, max(1, error.offset or 1)
    except (ValueError, RecursionError, MemoryError) as error:
        message = str(error) or type(error).__name__
    return Problem(ProblemKind.SYNTAX, point(source.path, max(1, line), max(1, column)), message)
