"""Where the statements of a parsed file start in its text, without printing the tree.

Every logical line of a text either starts a statement, or is a decorator or another clause (`else`, `except`, `case`)
of one. So the statements of the tree, counted in the order of the text, say on which logical line each of them starts,
and the gate's reading of strings and brackets says where the logical lines are. That costs a fiftieth of the parse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerolint.read.gate import without_strings

if TYPE_CHECKING:
    import libcst

# A line end that does not end a logical line, as `without_strings` marks it.
_FOLDED = b"\x0b"
_BRACKETS = bytes.maketrans(b"[{\x01]}\x02", b"((()))")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"()[]{}\x01\x02\n")
_SPACE = " \t\f"


def statement_offsets(tree: libcst.Module, text: str, line_starts: list[int]) -> dict[int, int]:
    """The offset of the first character of each statement, after its decorators, by the identity of its node.

    Empty when lines and statements do not add up. `line_starts` are the offsets of the lines of the text.
    """
    numbers: dict[int, int] = {}
    count = _number(tree.body, 0, numbers)
    lines = logical_lines(text)
    if len(lines) != count or (lines and lines[-1] >= len(line_starts)):
        return {}
    offsets = []
    for line in lines:
        offset = line_starts[line]
        while text[offset : offset + 1] in _SPACE and offset < len(text):
            offset += 1
        offsets.append(offset)
    return {key: offsets[number] for key, number in numbers.items()}


def logical_lines(text: str) -> list[int]:
    """The 0-based numbers of the lines on which logical lines start; lines without code are none."""
    code = without_strings(text.encode("utf-8", "surrogatepass"))
    if b"\r" in code:
        code = code.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\\" in code:
        code = code.replace(b"\\\n", _FOLDED)
    found: list[int] = []
    depth = number = 0
    brackets = code.translate(_BRACKETS, _NO_BRACKETS).split(b"\n")
    for line, skeleton in zip(code.split(b"\n"), brackets, strict=True):
        if depth == 0 and line and not line.isspace():
            found.append(number)
        if skeleton:
            depth += 2 * skeleton.count(b"(") - len(skeleton)
        number += 1
        if _FOLDED in line:
            number += line.count(_FOLDED)
    return found


def _number(body: Any, at: int, numbers: dict[int, int]) -> int:
    """Number the statements of a body by logical lines, from `at`; the number after the last one.

    The recursion follows the indentation, which the safety gate bounds.
    """
    for statement in body:
        kind = type(statement).__name__
        if kind == "SimpleStatementLine":
            numbers[id(statement)] = at
            at += 1
            continue
        if kind in ("FunctionDef", "ClassDef"):
            at += len(statement.decorators)
        numbers[id(statement)] = at
        at += 1
        if kind == "Match":
            for case in statement.cases:
                at = _suite(case.body, at + 1, numbers)
            continue
        at = _suite(statement.body, at, numbers)
        if kind in ("Try", "TryStar"):
            for handler in statement.handlers:
                at = _suite(handler.body, at + 1, numbers)
        orelse = getattr(statement, "orelse", None)
        while orelse is not None:
            at = _suite(orelse.body, at + 1, numbers)
            orelse = getattr(orelse, "orelse", None)
        final = getattr(statement, "finalbody", None)
        if final is not None:
            at = _suite(final.body, at + 1, numbers)
    return at


def _suite(suite: Any, at: int, numbers: dict[int, int]) -> int:
    return _number(suite.body, at, numbers) if type(suite).__name__ == "IndentedBlock" else at
