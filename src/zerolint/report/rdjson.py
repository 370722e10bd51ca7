"""Reviewdog's diagnostic format: one `DiagnosticResult` as JSON (reviewdog, proto/rdf/reviewdog.proto).

Columns count bytes of UTF-8. Paths are relative to the working folder: reviewdog, which is run from there too, adds the
way from the repository's root itself. reviewdog refuses fields that it does not know: `related_locations` are known
from 0.18 on (2024).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from zerolint.finding import Diagnostic, Level, Report, Span
from zerolint.report import HOME, Options
from zerolint.report._place import Utf8Columns, unicode
from zerolint.report._replacement import replacement
from zerolint.report._terminal import escape
from zerolint.rule import Rule

Data = dict[str, Any]

# A suggestion is put beside the code in a review; one that goes over more lines than this helps nobody there.
MOST_LINES = 20

_SEVERITIES = {Level.ERROR: "ERROR", Level.WARNING: "WARNING", Level.INFO: "INFO"}


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count, also when there are none. A fix is a suggestion where it is one piece of the file."""
    columns = Utf8Columns(report.sources)
    counted = [diagnostic for diagnostic in report.diagnostics if diagnostic.counts]
    result: Data = {
        "source": {"name": "zerolint", "url": HOME},
        "diagnostics": [_diagnostic(diagnostic, report.sources, columns) for diagnostic in counted],
    }
    if counted:
        worst = max((diagnostic.level for diagnostic in counted), key=lambda level: level.rank)
        result["severity"] = _SEVERITIES[worst]
    return json.dumps(result, indent=1) + "\n"


def _diagnostic(diagnostic: Diagnostic, sources: Mapping[str, str], columns: Utf8Columns) -> Data:
    finding = diagnostic.finding
    at = finding.at
    place = f"{escape(at.path)}:{at.start_line}:{at.start_column}"
    data: Data = {
        "message": escape(finding.message),
        "location": _location(at, columns),
        "severity": _SEVERITIES[diagnostic.level],
        "code": {"value": diagnostic.code, **({"url": diagnostic.url} if diagnostic.url else {})},
        "original_output": f"{place}: {escape(diagnostic.code)} {escape(finding.message)}",
    }
    if finding.notes:
        data["related_locations"] = [
            {"message": escape(note.message), "location": _location(note.at, columns)} for note in finding.notes
        ]
    new = replacement(finding.fix, at.path, sources, MOST_LINES) if finding.fix else None
    if new is not None and unicode(new[1]) == new[1]:
        span, text = new
        data["suggestions"] = [{"range": _range(span, columns), "text": text}]
    return data


def _location(at: Span, columns: Utf8Columns) -> Data:
    return {"path": unicode(at.path), "range": _range(at, columns)}


def _range(at: Span, columns: Utf8Columns) -> Data:
    """A range; without the text its columns cannot be told, and it is the whole line."""
    end_line, end_column = max((at.start_line, at.start_column), (at.end_line, at.end_column))
    start = columns.column(at.path, at.start_line, at.start_column)
    end = columns.column(at.path, end_line, end_column)
    if start is None or end is None:
        return {"start": {"line": at.start_line}, "end": {"line": at.start_line}}
    return {"start": {"line": at.start_line, "column": start}, "end": {"line": end_line, "column": end}}
