"""Text -> its comments, and the statements they stand by.

Python is scanned, not parsed: a comment counts in a file with a syntax error too, and what looks like a comment inside
a string does not. The scanner knows strings, f-strings (with the nesting of Python 3.12), brackets and line ends; a
string that is never closed ends with its line, so that one mistake does not hide all that follows.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from zerolint.read.source import line_starts, locate, split_lines
from zerolint.records import NamedTuple


class Comment(NamedTuple):
    """A comment from its `#` to the end of its line; 1-based line and column.

    `blanks` is how many blanks stand right before it; `alone`: nothing else does.
    """

    line: int
    column: int
    text: str
    blanks: int
    alone: bool


class Statement(NamedTuple):
    """The lines of one statement, of a compound one only its header (up to the colon); 1-based, inclusive.

    A `def` or `class` and its decorators are one statement with `header`.
    """

    first: int
    last: int
    header: bool = False


class Commented(NamedTuple):
    """The comments of a file, and its statements when it is Python; both in the order of the file."""

    comments: tuple[Comment, ...]
    statements: tuple[Statement, ...] = ()

    def statement_at(self, line: int) -> Statement | None:
        """The statement that a line belongs to."""
        index = bisect_right(self.statements, line, key=lambda statement: statement.first) - 1
        if index >= 0 and self.statements[index].last >= line:
            return self.statements[index]
        return None


_CODE = re.compile(
    r"(?P<comment>#[^\r\n]*)"
    r"|(?:(?<!\w)(?P<prefix>[bfrtuBFRTU]{1,2}))?(?P<quote>'''|\"\"\"|'|\")"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<newline>\\?(?:\r\n|\r|\n))"
    r"|(?P<colon>:)"
)
# A backslash in a string keeps the next character from ending it; `{` opens an expression even after one.
_PLAIN = re.compile(r"\\(?:\r\n|.)|(?P<quote>'''|\"\"\"|'|\")|(?P<newline>\r\n|\r|\n)", re.DOTALL)
_FORMATTED = re.compile(
    r"\\N\{[^{}]*\}|\\(?:\r\n|[^{}])|\{\{|(?P<brace>[{}])|(?P<quote>'''|\"\"\"|'|\")|(?P<newline>\r\n|\r|\n)", re.DOTALL
)
_OPENING = re.compile(r"[ \t\f]*(?:(?P<decorator>@)|(?P<definition>(?:async[ \t]+)?def\b|class\b))")
_WITH_HASHES = (".txt", ".in", ".toml", ".cfg", ".yaml", ".yml")
_HASH = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")
# The start of a YAML line up to a quoted value, in which `#` means nothing.
_YAML_HEAD = re.compile(
    r"[ \t]*(?:-[ \t]+)*(?:[^\s'\"#:-][^:#\r\n]*:[ \t]+)?(?:\"(?:\\.|[^\"\\\r\n])*\"|'(?:''|[^'\r\n])*')?"
)


def comments_in(path: str, text: str) -> Commented:
    """The comments of a file of a Space, by what its name says that it is: Python, README.md, or lines with `#`.

    Other files have none that zerolint knows of.
    """
    if path.endswith((".py", ".pyi")):
        return _python(text)
    is_readme = path == "README.md"
    if not is_readme and not path.endswith(_WITH_HASHES):
        return Commented(())
    lines = _front_matter(split_lines(text)) if is_readme else split_lines(text)
    found: list[Comment] = []
    for number, line in enumerate(lines, 1):
        head = _YAML_HEAD.match(line) if is_readme else None
        match = _HASH.search(line, head.end() if head else 0)
        if match:
            found.append(_comment(number, match.start() + 1, match.group(), line[: match.start()]))
    return Commented(tuple(found))


def _comment(line: int, column: int, text: str, before: str) -> Comment:
    code = before.rstrip()
    return Comment(line, column, text.rstrip(), len(before) - len(code), not code)


def _front_matter(lines: list[str]) -> list[str]:
    """The lines between the two `---`, with the first of them so that lines keep their numbers."""
    if not lines or lines[0].strip() != "---":
        return []
    for index, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            return lines[:index]
    return []


class _Frame:
    """What the scanner is inside of: code (`quote` is ""), or a piece of an f-string that ends with `quote`."""

    __slots__ = ("depth", "literal", "quote", "specification")

    def __init__(self, quote: str = "", *, literal: bool = False, specification: bool = False) -> None:
        self.quote = quote
        self.literal = literal
        self.specification = specification
        self.depth = 0


def _python(text: str) -> Commented:
    starts = line_starts(text)
    comments: list[Comment] = []
    ends: list[int] = []
    stack = [_Frame()]
    at = 0
    while at < len(text):
        frame = stack[-1]
        if frame.literal:
            at = _in_formatted(text, at, stack)
            continue
        match = _CODE.search(text, at)
        if match is None:
            break
        at = match.end()
        kind = match.lastgroup
        if kind == "comment":
            line, column = locate(starts, match.start())
            comments.append(_comment(line, column, match.group(), text[starts[line - 1] : match.start()]))
        elif kind == "quote":
            if "f" in (match["prefix"] or "").lower() or "t" in (match["prefix"] or "").lower():
                stack.append(_Frame(match["quote"], literal=True))
            else:
                at = _after_string(text, at, match["quote"])
        elif kind == "open":
            frame.depth += 1
        elif kind == "close":
            if frame.depth:
                frame.depth -= 1
            elif frame.quote and match.group() == "}":
                stack.pop()
        elif kind == "newline":
            if len(frame.quote) == 1:
                # The f-string was never closed, or is broken over lines as only Python 3.12 allows.
                _leave_string(stack)
                frame = stack[-1]
            if len(stack) == 1 and not frame.depth and not match.group().startswith("\\"):
                ends.append(match.start())
        elif frame.quote and not frame.depth:
            stack[-1] = _Frame(frame.quote, literal=True, specification=True)
    ends.append(len(text))
    return Commented(tuple(comments), _statements(text, starts, ends, {comment.line: comment for comment in comments}))


def _after_string(text: str, at: int, quote: str) -> int:
    """Where a plain string ends whose body begins at `at`."""
    for match in _PLAIN.finditer(text, at):
        if match["quote"] and match["quote"].startswith(quote):
            return match.start() + len(quote)
        if match["newline"] and len(quote) == 1:
            return match.start()
    return len(text)


def _in_formatted(text: str, at: int, stack: list[_Frame]) -> int:
    """Scan the literal part of an f-string from `at` to the next expression, or out of it."""
    frame = stack[-1]
    for match in _FORMATTED.finditer(text, at):
        if match["brace"] == "{":
            stack.append(_Frame(frame.quote))
            return match.end()
        if match["brace"] == "}" and frame.specification:
            stack.pop()
            return match.end()
        if match["quote"] and match["quote"].startswith(frame.quote):
            _leave_string(stack)
            return match.start() + len(frame.quote)
        if match["newline"] and len(frame.quote) == 1:
            _leave_string(stack)
            return match.start()
    return len(text)


def _leave_string(stack: list[_Frame]) -> None:
    """Drop the pieces of the innermost f-string."""
    while len(stack) > 1:
        frame = stack.pop()
        if frame.literal and not frame.specification:
            return


def _statements(text: str, starts: list[int], ends: list[int], comments: dict[int, Comment]) -> tuple[Statement, ...]:
    """The statements between the line ends that end one; lines without code belong to none."""
    found: list[Statement] = []
    decorated: int | None = None
    line = 1
    for end in ends:
        last, _ = locate(starts, end)
        while line <= last and _without_code(text, starts, line, comments):
            line += 1
        if line <= last:
            opening = _OPENING.match(text, starts[line - 1])
            if opening and opening["decorator"]:
                decorated = decorated or line
            else:
                first = decorated if opening and decorated else line
                found.append(Statement(first, last, bool(opening)))
                decorated = None
        line = last + 1
    if decorated:
        found.append(Statement(decorated, line - 1, True))
    return tuple(found)


def _without_code(text: str, starts: list[int], line: int, comments: dict[int, Comment]) -> bool:
    if line in comments:
        return comments[line].alone
    end = starts[line] if line < len(starts) else len(text)
    return not text[starts[line - 1] : end].strip()
