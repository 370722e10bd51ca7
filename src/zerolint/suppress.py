"""Ignore comments: which findings they cover, and which of them cover nothing.

    # zerolint: ignore[fixed-output-path] a reason, if there is one
    # zerolint: ignore[ZG007, cuda-tensor-return]
    # zerolint: ignore-file[missing-duration]
    # noqa: ZG007

An ignore covers the findings of the rules it names that begin in its statement, when it stands on the statement's first
or last line, or alone on a line above it; further those that begin or end on its own line. Of a compound statement only
the header counts, so an ignore on a `def` does not cover the body. All header lines of one `def` or `class`, decorators
included, are one statement, and an ignore on any of them covers all of them. Right below the `---` that opens a README
an ignore covers that line too, because the Hub does not accept a comment on it.

A comment that names no rule ignores nothing: `# zerolint: ignore` and a bare `# noqa` are not honoured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from zerolint.config import close_names
from zerolint.finding import Consequence, Diagnostic, Edit, Finding, Fix, Span, Suppression
from zerolint.read.comments import Comment, Commented, comments_in
from zerolint.records import NamedTuple
from zerolint.rule import RETIRED, Rule

UNUSED_CODE = "ZG902"
UNKNOWN_CODE = "ZG903"

_DIRECTIVE = re.compile(
    r"#[ \t]*zerolint:[ \t]*(?P<word>[\w-]+)[ \t]*(?:\[(?P<names>[^\]#]{0,1000})\])?"
    r"(?P<reason>(?:(?!#[ \t]*[A-Za-z]).)*)"
)
_NOQA = re.compile(r"#[ \t]*noqa[ \t]*:[ \t]*(?P<names>[A-Z]+[0-9]+(?:[, \t]+[A-Z]+[0-9]+)*)", re.IGNORECASE)
_NAME = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_NOQA_NAME = re.compile(r"\w+")
# Words that other tools use for the same thing. What is no such word is a remark about zerolint, not a mistake.
_LOOKALIKE = re.compile(
    r"(?:ignore|disable|noqa|skip|suppress|allow|off)(?:d|s|[-_]?(?:all|file|lines?|next|next[-_]?line))?",
    re.IGNORECASE,
)
_OUR_CODE = re.compile(r"ZG[0-9]+")


class Kind(Enum):
    """What a directive says; `UNKNOWN` is one that only looks like an ignore."""

    LINE = "ignore"
    FILE = "ignore-file"
    NOQA = "noqa"
    UNKNOWN = "unknown"


_KINDS = {"ignore": Kind.LINE, "ignore-file": Kind.FILE}


class Name(NamedTuple):
    """A rule as an ignore names it, and where."""

    text: str
    at: Span


class Ignore(NamedTuple):
    """One directive in a comment. `removal` is what to delete to take it out, `at` the directive itself.

    `first` and `last` are the lines in which a covered finding begins (1-based, inclusive; `first` is greater than
    `last` when there are none), `trailing` the line on which it may also end, 0 for a comment alone on its line.
    `word` is what stands after `zerolint:`. An ignore that is not understood has no names.
    """

    at: Span
    removal: Span
    kind: Kind
    word: str
    names: tuple[Name, ...]
    reason: str
    first: int
    last: int
    trailing: int

    def covers(self, span: Span) -> bool:
        """Does the ignore stand where it concerns this place? What it names is another question."""
        if span.path != self.at.path:
            return False
        on_line = self.trailing in (span.start_line, last_line(span))
        return self.kind is Kind.FILE or self.first <= span.start_line <= self.last or on_line


def last_line(span: Span) -> int:
    """The last line of which a span holds something: one that takes in a newline ends in column 1 of the next line."""
    return span.end_line - 1 if span.end_column == 1 and span.end_line > span.start_line else span.end_line


def names_rule(name: str, rule: Rule) -> bool:
    """Is this the rule's code or name?"""
    return name.upper() == rule.code or name.lower() == rule.name


def find_ignores(texts: Mapping[str, str], rules: Iterable[Rule]) -> tuple[Ignore, ...]:
    """All ignores in the files of a Space, by path and place; a `# noqa` only if it names a rule of ours."""
    rules = tuple(rules)
    found: list[Ignore] = []
    for path in sorted(texts):
        commented = comments_in(path, texts[path])
        below = _lines_below(commented)
        for comment in commented.comments:
            for ignore in _in_comment(path, comment, commented, below):
                if ignore.kind is not Kind.NOQA or any(_is_ours(name.text, rules) for name in ignore.names):
                    found.append(ignore)
    return tuple(found)


def _is_ours(name: str, rules: Iterable[Rule]) -> bool:
    """Is a name in a `# noqa` one of ours, or meant to be? Others belong to other plug-ins of flake8."""
    return _OUR_CODE.fullmatch(name.upper()) is not None or any(names_rule(name, rule) for rule in rules)


def _lines_below(commented: Commented) -> dict[int, int]:
    """For each line that is only a comment, the first line below it that is not."""
    below: dict[int, int] = {}
    for comment in reversed(commented.comments):
        if comment.alone:
            below[comment.line] = below.get(comment.line + 1, comment.line + 1)
    return below


def _in_comment(path: str, comment: Comment, commented: Commented, below: Mapping[int, int]) -> Iterable[Ignore]:
    first, last = _covered(path, comment, commented, below)
    trailing = 0 if comment.alone else comment.line
    for match in _DIRECTIVE.finditer(comment.text):
        kind = _KINDS.get(match["word"], Kind.UNKNOWN)
        if kind is not Kind.UNKNOWN or _LOOKALIKE.fullmatch(match["word"]):
            end = match.start() + len(match.group().rstrip())
            yield Ignore(
                at=_part(path, comment, match.start(), end),
                removal=_removal(path, comment, match.start(), end),
                kind=kind,
                word=match["word"],
                names=_names(path, comment, match, _NAME) if kind is not Kind.UNKNOWN else (),
                reason=match["reason"].strip(" \t-:—–"),
                first=first,
                last=last,
                trailing=trailing,
            )
    # flake8 knows neither comments above a line nor files that are not Python.
    if path.endswith(".py") and not comment.alone:
        for match in _NOQA.finditer(comment.text):
            yield Ignore(
                at=_part(path, comment, match.start(), match.end()),
                removal=_removal(path, comment, match.start(), match.end()),
                kind=Kind.NOQA,
                word="noqa",
                names=_names(path, comment, match, _NOQA_NAME),
                reason="",
                first=first,
                last=last,
                trailing=trailing,
            )


def _covered(path: str, comment: Comment, commented: Commented, below: Mapping[int, int]) -> tuple[int, int]:
    """The lines in which a finding begins that the comment covers; (1, 0) for none."""
    own = commented.statement_at(comment.line)
    if own and own.header:
        return own.first, own.last
    if not comment.alone:
        return (own.first, own.last) if own and comment.line in (own.first, own.last) else (comment.line, comment.line)
    line = below[comment.line]
    if own:
        return line, line
    if path.endswith(".py"):
        statement = commented.statement_at(line)
        return (statement.first, statement.last) if statement else (1, 0)
    # All lines between the opening of a README and this one are comments too.
    opens_readme = path.endswith(".md") and below.get(2) == line
    return (1 if opens_readme else line), line


def _part(path: str, comment: Comment, start: int, end: int) -> Span:
    """The span of a piece of a comment, by offsets into its text."""
    return Span(path, comment.line, comment.column + start, comment.line, comment.column + end)


def _removal(path: str, comment: Comment, start: int, end: int) -> Span:
    """What goes when a directive goes: it, the blanks beside it, and the line when nothing else stands there."""
    rest = comment.text[end:]
    if start == 0 and not rest.strip():
        if comment.alone:
            return Span(path, comment.line, 1, comment.line + 1, 1)
        return Span(path, comment.line, comment.column - comment.blanks, comment.line, comment.column + end)
    if rest.strip():
        end += len(rest) - len(rest.lstrip())
    else:
        start = len(comment.text[:start].rstrip())
    return _part(path, comment, start, end)


def _names(path: str, comment: Comment, match: re.Match[str], pattern: re.Pattern[str]) -> tuple[Name, ...]:
    if match["names"] is None:
        return ()
    start = match.start("names")
    return tuple(
        Name(name.group(), _part(path, comment, start + name.start(), start + name.end()))
        for name in pattern.finditer(match["names"])
    )


def apply(
    diagnostics: Iterable[Diagnostic], ignores: Iterable[Ignore], rules: Iterable[Rule]
) -> tuple[list[Diagnostic], set[Name]]:
    """The diagnostics, the covered ones marked, and the names that covered some. Keeps the order."""
    by_code = {rule.code: rule for rule in rules}
    # Most ignores are for one line, and are found by it; the others are few.
    narrow: dict[tuple[str, int], list[Ignore]] = {}
    wide: dict[str, list[Ignore]] = {}
    for ignore in ignores:
        path = ignore.at.path
        if ignore.kind is Kind.FILE or ignore.first < ignore.last:
            wide.setdefault(path, []).append(ignore)
        else:
            for line in {ignore.first, ignore.trailing}:
                narrow.setdefault((path, line), []).append(ignore)
    settled: list[Diagnostic] = []
    used: set[Name] = set()
    for diagnostic in diagnostics:
        place, rule = diagnostic.finding.at, by_code[diagnostic.code]
        near = [
            ignore for line in (place.start_line, last_line(place)) for ignore in narrow.get((place.path, line), ())
        ]
        # Two ignores for one finding are both in use: which of them to keep is the author's choice.
        for ignore in (*near, *wide.get(place.path, ())):
            names = [name for name in ignore.names if names_rule(name.text, rule)] if ignore.covers(place) else []
            if names:
                used.update(names)
                if diagnostic.suppression is None:
                    diagnostic = diagnostic._replace(suppression=Suppression(ignore.at, ignore.reason))
        settled.append(diagnostic)
    return settled, used


def unknown_findings(ignores: Iterable[Ignore], rules: Iterable[Rule]) -> Iterable[Finding]:
    """What `unknown-rule` reports: ignores that name no rule, and names that are none."""
    rules = tuple(rules)
    for ignore in ignores:
        shown = f"`# zerolint: {ignore.word}`"
        if ignore.kind is Kind.UNKNOWN:
            message = f"{shown} is not understood and ignores nothing"
            yield Finding(ignore.at, message, fix=Fix("Write `ignore[...]` or `ignore-file[...]`"))
            continue
        if not ignore.names:
            message = f"{shown} names no rule in brackets, so it ignores nothing"
            yield Finding(ignore.at, message, fix=Fix("Name the rules to ignore"))
        for name in ignore.names:
            if not any(names_rule(name.text, rule) for rule in rules):
                if ignore.kind is not Kind.NOQA or _is_ours(name.text, rules):
                    yield _unknown(name, rules)


def _unknown(name: Name, rules: tuple[Rule, ...]) -> Finding:
    retired = RETIRED.get(name.text.upper()) or RETIRED.get(name.text.lower())
    if retired:
        return Finding(name.at, f"`{name.text}` is not a rule any more: {retired}")
    if name.text.lower() in ("all", *(consequence.value for consequence in Consequence)):
        return Finding(name.at, f"`{name.text}` stands for several rules, an ignore comment names single ones")
    near = close_names(name.text, rules)
    fix = Fix(f"Write `{near[0]}`", (Edit(name.at, near[0]),), unsafe="the name is a guess") if near else None
    return Finding(name.at, f"`{name.text}` is not the name or code of a rule", fix=fix)


def unused_findings(
    ignores: Iterable[Ignore], used: set[Name], rules: Iterable[Rule], has_run: Callable[[Rule, str], bool]
) -> Iterable[Finding]:
    """What `unused-suppression` reports: names of these rules that covered nothing, in files where they have run."""
    rules = tuple(rules)
    for ignore in ignores:
        if ignore.kind is Kind.NOQA and not all(_is_ours(name.text, rules) for name in ignore.names):
            # Somebody else's code may be what the comment is there for.
            continue
        for name in ignore.names:
            rule = next((rule for rule in rules if names_rule(name.text, rule)), None)
            if rule and name not in used and has_run(rule, ignore.at.path):
                where = "in this file" if ignore.kind is Kind.FILE else "here"
                message = f"`{name.text}` is ignored {where}, but the rule reports nothing {where}"
                yield Finding(name.at, message, fix=_without(name, ignore))


def _without(name: Name, ignore: Ignore) -> Fix:
    """The fix that takes one name out of an ignore, or the whole ignore when it is the only one."""
    if len(ignore.names) == 1:
        return Fix("Remove the comment", (Edit(ignore.removal, ""),))
    index = ignore.names.index(name)
    if index:
        start, end = ignore.names[index - 1].at, name.at
        gone = Span(start.path, start.end_line, start.end_column, end.end_line, end.end_column)
    else:
        end = ignore.names[1].at
        gone = Span(end.path, name.at.start_line, name.at.start_column, end.start_line, end.start_column)
    return Fix(f"Remove `{name.text}` from the comment", (Edit(gone, ""),))
