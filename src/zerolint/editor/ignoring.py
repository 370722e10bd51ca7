"""Ignore comments in an editor: write one for a finding, and know which rules are named at a place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zerolint.finding import Edit, Span
from zerolint.read.comments import Commented, comments_in
from zerolint.read.source import line_starts, newline_of, offset_of
from zerolint.rule import Rule
from zerolint.suppress import Ignore, Kind, find_ignores, names_rule

# What stands for the reason until the author writes it.
REASON = "TODO: say why"

# A comment behind code that would make the line longer goes above it.
_WIDTH = 100
_WORD = re.compile(r"[\w-]+")
_CODE = re.compile(r"[A-Za-z]+[0-9]+")


@dataclass(frozen=True, slots=True)
class Named:
    """Rules that a piece of a file names."""

    rules: tuple[Rule, ...]
    at: Span


def ignore_edit(path: str, text: str, span: Span, rule: Rule, rules: Sequence[Rule]) -> Edit | None:
    """The edit that ignores the findings of a rule at a place; None where no comment can.

    A name is added to an ignore that is there already. A new comment ends with `REASON`. Each way that might do is
    tried out, and the first is taken after which the comment covers the place.
    """
    for ignore in find_ignores({path: text}, rules):
        if ignore.kind is Kind.LINE and ignore.names and ignore.covers(span):
            last = ignore.names[-1].at
            end = Span(path, last.end_line, last.end_column, last.end_line, last.end_column)
            return Edit(end, f", {rule.name}")
    starts = line_starts(text)
    for edit in _candidates(path, text, starts, span, f"# zerolint: ignore[{rule.name}] {REASON}"):
        begin = offset_of(starts, edit.at.start_line, edit.at.start_column)
        end_offset = offset_of(starts, edit.at.end_line, edit.at.end_column)
        changed = text[:begin] + edit.text + text[end_offset:]
        below = edit.at.start_line <= span.start_line and "\n" in edit.text.replace("\r", "\n")
        moved = _moved(span, 1) if below and edit.at.start_column == 1 else span
        after = find_ignores({path: changed}, rules)
        if any(ignore.covers(moved) and _names(ignore, rule) for ignore in after if ignore.kind is Kind.LINE):
            return edit
    return None


def named_at(path: str, text: str, line: int, column: int, rules: Sequence[Rule]) -> Named | None:
    """The rules that an ignore comment names at a place, or whose code stands there in a comment or a TOML string."""
    for ignore in find_ignores({path: text}, rules):
        if _holds(ignore.at, line, column):
            for name in ignore.names:
                if _holds(name.at, line, column):
                    return _named([rule for rule in rules if names_rule(name.text, rule)], name.at)
            named = [rule for name in ignore.names for rule in rules if names_rule(name.text, rule)]
            return _named(named, ignore.at)
    starts = line_starts(text)
    if line > len(starts):
        return None
    row = text[starts[line - 1] : starts[line] if line < len(starts) else len(text)].rstrip("\r\n")
    for word in _WORD.finditer(row):
        at = Span(path, line, word.start() + 1, line, word.end() + 1)
        if _holds(at, line, column):
            known = [rule for rule in rules if names_rule(word.group(), rule)]
            if path.endswith(".toml"):
                is_string = row[: word.start()].endswith(("'", '"')) and row[word.end() :].startswith(("'", '"'))
                return _named(known, at) if is_string else None
            comments = comments_in(path, text).comments
            in_comment = any(comment.line == line and comment.column <= at.start_column for comment in comments)
            return _named(known, at) if in_comment and _CODE.fullmatch(word.group()) else None
    return None


def _named(rules: Sequence[Rule], at: Span) -> Named | None:
    return Named(tuple(dict.fromkeys(rules)), at) if rules else None


def _holds(span: Span, line: int, column: int) -> bool:
    return (span.start_line, span.start_column) <= (line, column) <= (span.end_line, span.end_column)


def _names(ignore: Ignore, rule: Rule) -> bool:
    return any(names_rule(name.text, rule) for name in ignore.names)


def _moved(span: Span, lines: int) -> Span:
    return Span(span.path, span.start_line + lines, span.start_column, span.end_line + lines, span.end_column)


def _candidates(path: str, text: str, starts: Sequence[int], span: Span, comment: str) -> Iterator[Edit]:
    """Edits that may ignore what is at a place, the nicest first."""
    commented = comments_in(path, text)
    if path == "README.md" and span.start_line == 1:
        # Nothing may stand behind the `---`.
        yield _line(path, text, starts, 2, comment)
        return
    behind = list(_behind(path, text, starts, commented, span, comment))
    above = _above(path, text, starts, commented, span, comment)
    fitting = list(itertools.takewhile(lambda edit: edit.at.start_column + len(edit.text) <= _WIDTH, behind))
    yield from fitting
    yield above
    yield from behind[len(fitting) :]


def _behind(
    path: str, text: str, starts: Sequence[int], commented: Commented, span: Span, comment: str
) -> Iterator[Edit]:
    """The comment at the end of the line of the finding, or of the last line of its statement."""
    statement = commented.statement_at(span.start_line)
    for line in dict.fromkeys([span.start_line, statement.last if statement else span.start_line]):
        if line > len(starts):
            continue
        row = text[starts[line - 1] : starts[line] if line < len(starts) else len(text)].rstrip("\r\n")
        code = row.rstrip()
        # Behind a backslash that goes on with the line, a comment would be an error.
        if code and not code.endswith("\\"):
            yield Edit(Span(path, line, len(code) + 1, line, len(row) + 1), f"  {comment}")


def _above(path: str, text: str, starts: Sequence[int], commented: Commented, span: Span, comment: str) -> Edit:
    """The comment alone on the line above the statement of the finding."""
    statement = commented.statement_at(span.start_line)
    line = statement.first if statement else span.start_line
    row = text[starts[line - 1] :] if line <= len(starts) else ""
    indentation = row[: len(row) - len(row.lstrip(" \t\f"))]
    return _line(path, text, starts, line, indentation + comment)


def _line(path: str, text: str, starts: Sequence[int], line: int, new: str) -> Edit:
    """The edit that puts a new line before a 1-based line."""
    newline = newline_of(text)
    if line > len(starts):
        # After a last line that has no end.
        end = len(text) - starts[-1] + 1
        return Edit(Span(path, len(starts), end, len(starts), end), newline + new)
    return Edit(Span(path, line, 1, line, 1), new + newline)
