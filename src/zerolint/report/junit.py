"""JUnit XML, for test reports of continuous integration.

There is no standard. What is written here is what the schema of Jenkins' xUnit plug-in has (junit-10.xsd), which is the
strictest consumer: neither `file` nor `line`. One suite stands for each file with findings, one case for each finding.
A finding for which the run fails is a failed case, a milder one a skipped case, and a rule that broke is a case with an
error. A report without any finding has one case that passes, because many consumers refuse one without cases.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from zerolint.finding import Diagnostic, Report, RuleFailure
from zerolint.report import Options
from zerolint.report._place import path_from
from zerolint.report._terminal import escape
from zerolint.report.text import verdict
from zerolint.rule import Rule

# What XML 1.0 does not allow and `escape` lets through.
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class _Case:
    """A test case: its suite, its attributes, and its outcome as an element, or "" for a pass."""

    suite: str
    attributes: str
    outcome: str = ""
    detail: str = ""
    text: str = ""


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count, and all failures of rules. Lines and columns are 1-based."""
    prevents = {rule.code: rule.prevents for rule in rules}
    cases = [
        _finding(diagnostic, prevents.get(diagnostic.code, ""), options)
        for diagnostic in report.diagnostics
        if diagnostic.counts
    ]
    cases += [_failure(failure) for failure in report.failures]
    if not cases:
        cases = [_Case("zerolint", _attributes(name=verdict(report, options.paths), classname="zerolint"))]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(name='zerolint')}{_counts(cases)}>",
    ]
    for suite in dict.fromkeys(case.suite for case in cases):
        own = [case for case in cases if case.suite == suite]
        lines.append(f'  <testsuite{_attributes(name=suite)}{_counts(own)} skipped="{_count(own, "skipped")}">')
        for case in own:
            if not case.outcome:
                lines.append(f"    <testcase{case.attributes}/>")
                continue
            outcome = f"<{case.outcome}{case.detail}>{_text(case.text)}</{case.outcome}>"
            lines += [f"    <testcase{case.attributes}>", f"      {outcome}", "    </testcase>"]
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _finding(diagnostic: Diagnostic, prevents: str, options: Options) -> _Case:
    finding = diagnostic.finding
    at = finding.at
    path = escape(path_from(options.base, at.path))
    place = f"{path}:{at.start_line}:{at.start_column}"
    lines = [f"{place}: {escape(diagnostic.code)} {escape(finding.message)}"]
    for note in finding.notes:
        note_path = escape(path_from(options.base, note.at.path))
        lines.append(f"{note_path}:{note.at.start_line}:{note.at.start_column}: {escape(note.message)}")
    if prevents:
        lines.append(f"prevents: {escape(prevents)}")
    if finding.fix:
        lines.append(f"fix: {escape(finding.fix.title)}")
    if diagnostic.url:
        lines.append(escape(diagnostic.url))
    # A case is known by its name and class, so the place is part of the name.
    name = f"{diagnostic.code} {diagnostic.name} {at.start_line}:{at.start_column}"
    return _Case(
        suite=path,
        attributes=_attributes(name=name, classname=path),
        outcome="failure" if options.fails(diagnostic) else "skipped",
        detail=_attributes(message=finding.message, type=diagnostic.level.value),
        text="\n".join(lines),
    )


def _failure(failure: RuleFailure) -> _Case:
    name = " ".join(part for part in (failure.code, failure.name, failure.space and f"on {failure.space}") if part)
    return _Case(
        suite="zerolint",
        attributes=_attributes(name=name, classname="zerolint"),
        outcome="error",
        detail=_attributes(message=failure.error, type="rule failure"),
        text="\n".join(escape(line) for line in failure.trace.splitlines()),
    )


def _counts(cases: Sequence[_Case]) -> str:
    return _attributes(
        tests=str(len(cases)), failures=str(_count(cases, "failure")), errors=str(_count(cases, "error"))
    )


def _count(cases: Sequence[_Case], outcome: str) -> int:
    return sum(case.outcome == outcome for case in cases)


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{_text(escape(value))}"' for name, value in values.items())


def _text(text: str) -> str:
    """Text whose control characters are escaped already, apart from ends of lines, as XML has it."""
    return html.escape(_NO_CHARACTER.sub(lambda found: f"\\u{ord(found.group()):04x}", text))
