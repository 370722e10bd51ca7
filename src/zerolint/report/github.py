"""Annotations for a GitHub Actions step: workflow commands, which the runner turns into marks on the lines.

    ::error file=app.py,line=8,col=16,endColumn=25,title=ZG007 fixed-output-path::app.py:8:16: ZG007 every request ...

GitHub shows ten annotations of each level in a step (actions/toolkit, docs/problem-matchers.md), so the worst come
first and those beyond are plain lines. The last line is the verdict. The runner obeys `::command::` at the beginning of
a line and `##[command]` anywhere (actions/runner, ActionCommand.cs): no line but an annotation may look like that,
whatever stands in the linted files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from zerolint.finding import Diagnostic, Level, Report
from zerolint.report import Options
from zerolint.report._place import path_from
from zerolint.report._terminal import escape
from zerolint.report.text import verdict
from zerolint.rule import Rule

# Annotations of one level that GitHub shows for a step.
MOST_SHOWN = 10
# Characters of a message; the runner drops what is beyond 4,096.
LONGEST_MESSAGE = 4_000

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count, the most severe first, and the verdict. Columns are 1-based and count code points."""
    prevents = {rule.code: rule.prevents for rule in rules}
    counted = [diagnostic for diagnostic in report.diagnostics if diagnostic.counts]
    counted.sort(key=lambda diagnostic: -diagnostic.level.rank)
    seen: Counter[Level] = Counter()
    shown: list[str] = []
    others: list[str] = []
    for diagnostic in counted:
        seen[diagnostic.level] += 1
        if seen[diagnostic.level] <= MOST_SHOWN:
            shown.append(_annotation(diagnostic, prevents.get(diagnostic.code, ""), options.base))
        else:
            others.append(_defused(f"{diagnostic.level.value}: {_line(diagnostic, options.base)}"))
    last = _defused(verdict(report, options.paths))
    if others:
        last += f"; {len(others)} of them in this log only, because GitHub shows {MOST_SHOWN} annotations of a level"
    return "".join(f"{line}\n" for line in (*shown, *others, last))


def _annotation(diagnostic: Diagnostic, prevents: str, base: str) -> str:
    finding = diagnostic.finding
    at = finding.at
    properties = {"file": path_from(base, at.path), "line": str(at.start_line)}
    if at.start_line == at.end_line:
        # GitHub refuses columns for several lines.
        properties |= {"endLine": str(at.end_line), "col": str(at.start_column), "endColumn": str(at.end_column)}
    elif at.end_line > at.start_line:
        properties["endLine"] = str(at.end_line)
    properties["title"] = f"{diagnostic.code} {diagnostic.name}"
    # Raw logs show the message and hide the properties.
    lines = [_line(diagnostic, base)]
    for note in finding.shown_notes:
        place = f"{escape(path_from(base, note.at.path))}:{note.at.start_line}:{note.at.start_column}"
        lines.append(f"{place}: {escape(note.message)}")
    if prevents:
        lines.append(f"prevents: {escape(prevents)}")
    if finding.fix:
        lines.append(f"fix: {escape(finding.fix.title)}")
    if diagnostic.url:
        lines.append(escape(diagnostic.url))
    message = "\n".join(lines)
    if len(message) > LONGEST_MESSAGE:
        message = message[:LONGEST_MESSAGE] + "..."
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.level]} {listed}::{_data(message)}"


def _line(diagnostic: Diagnostic, base: str) -> str:
    at = diagnostic.finding.at
    place = f"{escape(path_from(base, at.path))}:{at.start_line}:{at.start_column}"
    return f"{place}: {escape(diagnostic.code)} {escape(diagnostic.finding.message)}"


def _data(text: str) -> str:
    """The message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The value of a property. Control characters but ends of lines, which have an escape, are shown."""
    data = _data(text)
    return escape(data).replace(":", "%3A").replace(",", "%2C")


def _defused(line: str) -> str:
    """A line in which the runner finds no command; it begins with a word of ours."""
    return line.replace("##[", "##\\x5b")
