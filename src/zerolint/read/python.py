"""Text -> libcst tree behind the safety gate, and exact spans of nodes."""

from __future__ import annotations

import functools
import re
import warnings
from bisect import bisect_right
from threading import Thread
from typing import TYPE_CHECKING, Any

from zerolint.finding import Span
from zerolint.read.gate import refusal_of
from zerolint.read.parser import load
from zerolint.read.source import Problem, ProblemKind, Source, line_starts, locate, point
from zerolint.read.statements import statement_offsets

if TYPE_CHECKING:
    import libcst

_LONE_RETURN = re.compile(r"\r(?!\n)")
# What libcst may leave out when it prints a tree: form feeds before a line's code, some blank lines at the end, a
# backslash at the start of the file.
_DROPPED = frozenset(" \t\f\r\n\\")
# Compound statements whose head is printed alone, and what stands after their body.
_HEADED: dict[str, dict[str, None]] = {
    "FunctionDef": {},
    "ClassDef": {},
    "With": {},
    "If": {"orelse": None},
    "For": {"orelse": None},
    "While": {"orelse": None},
}
# A text in which there may be some of that.
_NOT_PRINTED = re.compile(r"\A[\s\\]|\f|\r(?!\n)|[ \t]\Z|\n\s*\n\Z")


class PythonFile:
    """A parsed file: its source and its libcst tree; spans are computed on demand.

    The file holds its tree, so the identities of the nodes, by which spans are kept, stay valid as long as it lives.
    """

    __slots__ = ("_heads", "_lines", "_positions", "_starts", "_statements", "source", "tree")

    def __init__(self, source: Source, tree: libcst.Module) -> None:
        self.source = source
        self.tree = tree
        self._positions: _Positions | None = None
        self._starts: list[int] | None = None
        # The offset of the first line of each statement, and the positions in those that were asked for.
        self._lines: dict[int, int] | None = None
        self._statements: dict[int, _Positions] = {}
        self._heads: dict[int, _Positions] = {}

    def span(self, node: libcst.CSTNode, statement: libcst.CSTNode | None = None) -> Span:
        """The place of a node of `tree`, without surrounding whitespace or comments. KeyError for a foreign node.

        `statement` is a statement that contains the node, where the caller knows one: then only this one is printed.
        """
        start, end = self.offsets(node, statement)
        starts = self.line_starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end)
        return Span(self.source.path, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def offsets(self, node: libcst.CSTNode, statement: libcst.CSTNode | None = None) -> tuple[int, int]:
        """The offsets in `source.text` at which a node of `tree` starts and ends. KeyError for a foreign node."""
        if statement is not None and self._positions is None:
            positions = self._positions_around(node, statement)
            if positions is not None:
                return positions.of(node)
        positions = self._positions or self._locate()
        return positions.of(node)

    @property
    def round_trips(self) -> bool:
        """Whether the tree prints as the text it was read from; no fix may be made in a file that does not."""
        return (self._positions or self._locate()).exact

    def round_trips_at(self, node: libcst.CSTNode, statement: libcst.CSTNode | None) -> bool:
        """Whether an edit at a node is safe: like `round_trips`, but without printing all of an ordinary file.

        The statement around the node prints as its text, and elsewhere the text has nothing that the printer drops.
        """
        if self._positions is None and statement is not None and not _NOT_PRINTED.search(self.source.text):
            if self._positions_around(node, statement) is not None:
                return True
        return self.round_trips

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

    def _positions_around(self, node: libcst.CSTNode, statement: libcst.CSTNode) -> _Positions | None:
        """Where the nodes of a statement, or of its head, stand.

        None when the node is not there, or when the text does not have the statement where it is looked for.
        """
        if self._lines is None:
            self._lines = statement_offsets(self.tree, self.source.text, self.line_starts)
        line = self._lines.get(id(statement))
        if line is None:
            return None
        key = id(statement)
        if node is not statement and type(statement).__name__ in _HEADED and key not in self._statements:
            head = self._heads.get(key)
            if head is None:
                head = self._heads[key] = _Positions(self.tree, self.source.text, statement, line, head=True)
            if head.exact and node in head:
                return head
        positions = self._statements.get(key)
        if positions is None:
            positions = self._statements[key] = _Positions(self.tree, self.source.text, statement, line)
        return positions if positions.exact and node in positions else None


class _Positions:
    """Where the nodes of one tree, of one statement of it or of the head of one, stand in a text.

    libcst's own PositionProvider costs 2.4 times the parse. Here the printer is given the bare `append` of one list for
    all its hooks, so that list holds each node before and after the tokens that it prints, and one loop over it turns
    that into offsets: less than half the time of the parse, of which the printer itself is half.

    A statement is printed alone when the offset `line` of its first line is given (of the `def`, not of decorators).
    `exact` tells whether what was printed stands in the text; the positions of a statement hold only then.
    """

    __slots__ = ("_anchors", "_ends", "_narrowed", "_printed", "_shift", "_starts", "_text_end", "exact")

    def __init__(
        self, tree: libcst.Module, text: str, statement: Any = None, line: int = 0, *, head: bool = False
    ) -> None:
        indent = "" if statement is None else text[text.rfind("\n", 0, line) + 1 : line]
        if head:
            # The nodes of the head are the same in a copy that has nothing else.
            changes = _HEADED[type(statement).__name__]
            statement = statement.with_changes(body=statement.body.with_changes(body=()), **changes)
        items, recorded = _print(tree, tree if statement is None else statement, indent)
        if head:
            del items[next(index for index, item in enumerate(items) if item is statement.body) :]
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        pieces: list[str] = []
        offset = 0
        for item in items:
            if item.__class__ is str:
                pieces.append(item)
                offset += len(item)
            elif (key := id(item)) in starts:
                ends[key] = offset
            else:
                starts[key] = offset
        printed = "".join(pieces)
        self._starts = starts
        self._ends = ends
        # A node that says where its code begins and ends: without the whitespace and comments that it owns.
        self._narrowed: dict[int, tuple[int, int]] = {}
        for mark in recorded:
            # The mark itself does not live on, so its identity says nothing from here on.
            key = id(mark)
            start, end = starts.pop(key, offset), ends.pop(key, offset)
            if mark.start_node is not None:
                start = self._of(mark.start_node)[0]
            if mark.end_node is not None and (not head or mark.end_node is not statement.body):
                end = self._of(mark.end_node)[1]
            self._narrowed[id(mark.node)] = (start, end)
        # As long as this is held, no other node has its identity.
        self._printed = statement
        self._shift = 0
        self._text_end = len(text)
        self._anchors = None
        if statement is None:
            self.exact = printed == text
            if not self.exact:
                self._anchors = _anchors(printed, text)
            return
        self._shift = line - self._narrowed.get(id(statement), (0, 0))[0]
        if self._shift + len(printed) > len(text):
            # The last line of a text need not end in a newline.
            printed = printed.removesuffix(tree.default_newline)
        self.exact = self._shift >= 0 and printed != "" and text.startswith(printed, self._shift)

    def __contains__(self, node: libcst.CSTNode) -> bool:
        return id(node) in self._ends

    def of(self, node: libcst.CSTNode) -> tuple[int, int]:
        start, end = self._of(node)
        if self._anchors is None:
            return start + self._shift, min(end + self._shift, self._text_end)
        return _moved(self._anchors, start), max(_moved(self._anchors, start), _moved(self._anchors, end - 1) + 1)

    def _of(self, node: libcst.CSTNode) -> tuple[int, int]:
        key = id(node)
        narrowed = self._narrowed.get(key)
        return narrowed if narrowed is not None else (self._starts[key], self._ends[key])


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


@functools.cache
def _printer() -> Any:
    """libcst's printer with all its hooks writing into one list."""
    from libcst._nodes.internal import CodegenState

    class Printer(CodegenState):
        done: list[_Recorded]

        def record_syntactic_position(self, node: Any, *, start_node: Any = None, end_node: Any = None) -> Any:
            return _Recorded(self.tokens.append, self.done, node, start_node, end_node)

        def pop_trailing_newline(self) -> None:
            # The last newline is not in the text. The nodes around it stay, so what they close stays closed.
            for index in range(len(self.tokens) - 1, -1, -1):
                if self.tokens[index].__class__ is str:
                    del self.tokens[index]
                    return

    return Printer


def _print(tree: libcst.Module, node: Any, indent: str) -> tuple[list[Any], list[_Recorded]]:
    """The tokens of a node, with each node before and after its tokens; and the narrower extents, inner ones first."""
    state = _printer()(default_indent=tree.default_indent, default_newline=tree.default_newline)
    state.done = []
    if indent:
        state.indent_tokens.append(indent)
    items: list[Any] = state.tokens
    state.add_token = state.before_codegen = state.after_codegen = items.append
    try:
        node._codegen(state)
    except RecursionError:
        # The caller is deep in its own recursion. A thread of its own has the whole depth that the gate counts on.
        items.clear()
        state.done.clear()
        state.indent_tokens[:] = [indent] if indent else []
        thread = Thread(target=node._codegen, args=(state,))
        thread.start()
        thread.join()
    return items, state.done


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
    parse_module = load()
    import libcst

    # A lone `\r` ends a line for Python; libcst's parser takes it so and its printer does not.
    text = _LONE_RETURN.sub("\n", source.text) if "\r" in source.text else source.text
    try:
        tree = parse_module(text)
    except libcst.ParserSyntaxError as error:
        return _syntax_problem(source, error.editor_line, error.editor_column)
    except (SyntaxError, getattr(libcst, "CSTLogicError", SyntaxError)):  # libcst 1.8.4 brought the latter
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
