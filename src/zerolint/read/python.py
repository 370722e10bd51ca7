"""Text -> libcst tree behind the safety gate, and exact spans of nodes."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from threading import Thread
from typing import TYPE_CHECKING, Any

from zerolint.finding import Span
from zerolint.read.gate import refusal_of
from zerolint.read.source import Problem, ProblemKind, Source, line_starts, locate, point

if TYPE_CHECKING:
    import libcst

_LONE_RETURN = re.compile(r"\r(?!\n)")
# What libcst may leave out when it prints a tree: form feeds before a line's code, some blank lines at the end, a
# backslash at the start of the file.
_DROPPED = frozenset(" \t\f\r\n\\")


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
        """The place of a node of `tree`, without surrounding whitespace or comments. KeyError for a foreign node."""
        start, end = self.offsets(node)
        starts = self.line_starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end)
        return Span(self.source.path, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def offsets(self, node: libcst.CSTNode) -> tuple[int, int]:
        """The offsets in `source.text` at which a node of `tree` starts and ends. KeyError for a foreign node."""
        positions = self._positions or self._locate()
        return positions.of(node)

    @property
    def round_trips(self) -> bool:
        """Whether the tree prints as the text it was read from; no fix may be made in a file that does not."""
        return (self._positions or self._locate()).exact

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

    def _locate(self) -> _Positions:
        self._positions = _Positions(self.tree, self.source.text)
        return self._positions


class _Positions:
    """Where the nodes of one tree stand in a text.

    libcst's own PositionProvider costs 2.4 times the parse. Here the printer is given the bare `append` of one list for
    all its hooks, so that list holds each node before and after the tokens that it prints, and one loop over it turns
    that into offsets: less than half the time of the parse, of which the printer itself is half.
    """

    __slots__ = ("_anchors", "_ends", "_narrowed", "_starts", "exact")

    def __init__(self, tree: libcst.Module, text: str) -> None:
        items, recorded = _print(tree)
        starts: dict[Any, int] = {}
        ends: dict[Any, int] = {}
        pieces: list[str] = []
        offset = 0
        for item in items:
            if item.__class__ is str:
                pieces.append(item)
                offset += len(item)
            elif item in starts:
                ends[item] = offset
            else:
                starts[item] = offset
        printed = "".join(pieces)
        self._starts = starts
        self._ends = ends
        # A node that says where its code begins and ends: without the whitespace and comments that it owns.
        self._narrowed: dict[Any, tuple[int, int]] = {}
        for mark in recorded:
            start = starts[mark] if mark.start_node is None else self._of(mark.start_node)[0]
            end = ends[mark] if mark.end_node is None else self._of(mark.end_node)[1]
            self._narrowed[mark.node] = (start, end)
        self.exact = printed == text
        self._anchors = None if self.exact else _anchors(printed, text)

    def of(self, node: libcst.CSTNode) -> tuple[int, int]:
        start, end = self._of(node)
        if self._anchors is None:
            return start, end
        return _moved(self._anchors, start), max(_moved(self._anchors, start), _moved(self._anchors, end - 1) + 1)

    def _of(self, node: libcst.CSTNode) -> tuple[int, int]:
        narrowed = self._narrowed.get(node)
        return narrowed if narrowed is not None else (self._starts[node], self._ends[node])


class _Recorded:
    """What the printer holds open while it prints the part of a node that is code."""

    __slots__ = ("append", "done", "end_node", "node", "start_node")

    def __init__(self, append: Any, done: list[_Recorded], node: Any, start_node: Any, end_node: Any) -> None:
        self.append = append
        self.done = done
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.append(self)

    def __exit__(self, *_: object) -> None:
        self.append(self)
        self.done.append(self)


def _print(tree: libcst.Module) -> tuple[list[Any], list[_Recorded]]:
    """The tokens of a tree, with each node before and after its tokens; and the narrower extents, inner ones first."""
    from libcst._nodes.internal import CodegenState

    done: list[_Recorded] = []

    class State(CodegenState):
        def record_syntactic_position(self, node: Any, *, start_node: Any = None, end_node: Any = None) -> Any:
            return _Recorded(append, done, node, start_node, end_node)

        def pop_trailing_newline(self) -> None:
            # The last newline is not in the text. The nodes around it stay, so what they close stays closed.
            for index in range(len(items) - 1, -1, -1):
                if items[index].__class__ is str:
                    del items[index]
                    return

    state: Any = State(default_indent=tree.default_indent, default_newline=tree.default_newline)
    items: list[Any] = state.tokens
    append = state.add_token = state.before_codegen = state.after_codegen = items.append
    try:
        tree._codegen(state)
    except RecursionError:
        # The caller is deep in its own recursion. A thread of its own has the whole depth that the gate counts on.
        items.clear()
        done.clear()
        state.indent_tokens.clear()
        thread = Thread(target=tree._codegen, args=(state,))
        thread.start()
        thread.join()
    return items, done


def _anchors(printed: str, text: str) -> tuple[list[int], list[int]]:
    """Pairs of offsets from which on the printed text and the source are the same, but for what the printer drops."""
    at_printed, at_text = [0], [0]
    i = j = 0
    while i < len(printed) and j < len(text):
        if printed[i] == text[j] or (text[j] == "\r" and printed[i] == "\n"):
            i += 1
            j += 1
            continue
        if text[j] not in _DROPPED:
            break
        j += 1
        if at_printed[-1] == i:
            at_text[-1] = j
        else:
            at_printed.append(i)
            at_text.append(j)
    at_printed.append(len(printed) + 1)
    at_text.append(len(text) + 1)
    return at_printed, at_text


def _moved(anchors: tuple[list[int], list[int]], offset: int) -> int:
    at_printed, at_text = anchors
    index = max(0, bisect_right(at_printed, offset) - 1)
    return max(0, min(at_text[index] + offset - at_printed[index], at_text[-1] - 1))


def parse(source: Source) -> PythonFile | Problem:
    """Parse behind the safety gate; what is not Python is a `Problem` at the position that `ast` gives.

    Never raises, and never lets the native parser see a text that could overflow a stack of 1 MiB (see `gate`).
    """
    refusal = refusal_of(source.text)
    if refusal is not None:
        words = f"not analysed: {refusal.words} at line {refusal.line}"
        return Problem(ProblemKind.UNREADABLE, point(source.path, refusal.line), words)
    import libcst

    # A lone `\r` ends a line for Python; libcst's parser takes it so and its printer does not.
    text = _LONE_RETURN.sub("\n", source.text) if "\r" in source.text else source.text
    try:
        tree = libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        return _syntax_problem(source, error.editor_line, error.editor_column)
    except (SyntaxError, libcst.CSTLogicError):
        # A node refuses to be made, as for `"text" b"bytes"`.
        return _syntax_problem(source, 1, 1)
    except (RecursionError, MemoryError, ValueError) as error:
        return Problem(ProblemKind.UNREADABLE, point(source.path), f"not analysed: {type(error).__name__}")
    except BaseException as error:
        # A failed assertion in the native parser arrives as a PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        return _syntax_problem(source, 1, 1)
    return PythonFile(source, tree)


def _syntax_problem(source: Source, line: int, column: int) -> Problem:
    """What `ast` says is wrong, and where. libcst's place is unreliable and serves only where `ast` sees no error."""
    import ast

    message = "zerolint's parser does not understand this line"
    end_line = end_column = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.text)
    except SyntaxError as error:
        message = error.msg
        line, column = error.lineno or line, error.offset or 1
        end_line, end_column = error.end_lineno or 0, error.end_offset or 0
    except (ValueError, RecursionError, MemoryError) as error:
        message = str(error) or type(error).__name__
    starts = line_starts(source.text)
    last = locate(starts, len(source.text))
    start = min((max(1, line), max(1, column)), last)
    end = min((end_line, end_column), last)
    return Problem(ProblemKind.SYNTAX, Span(source.path, *start, *max(start, end)), message)
