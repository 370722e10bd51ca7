"""The report for programs, version 1. Its shape is promised by `zerolint-report-v1.schema.json` beside this module.

Everything is ASCII, so that a file name which is not Unicode (a lone surrogate here) survives any encoding.
Version 1 may gain fields; a field that changes its meaning or goes away makes version 2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerolint import __version__
from zerolint.finding import Diagnostic, Fix, Level, Report, Span
from zerolint.report import Options
from zerolint.report._facts import fact_as_data
from zerolint.rule import Rule

VERSION = 1


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """One JSON object, also when there is nothing to report. Findings that do not count are in it, marked."""
    return json.dumps(as_data(report), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every report meets."""
    path = Path(__file__).with_name(f"zerolint-report-v{VERSION}.schema.json")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data, in the order that the text of it has."""
    counted = [diagnostic for diagnostic in report.diagnostics if diagnostic.counts]
    return {
        "version": VERSION,
        "zerolint": __version__,
        "facts": report.facts,
        "old_facts": report.old_facts or "none",
        "baseline": report.baseline,
        "spaces": [{"root": space.root, "files": space.files} for space in report.spaces],
        "findings": [_finding(diagnostic) for diagnostic in report.diagnostics],
        "failures": [
            {
                "code": failure.code,
                "name": failure.name,
                "space": failure.space,
                "error": failure.error,
                "trace": failure.trace,
            }
            for failure in report.failures
        ],
        "summary": {
            **{level.value: sum(diagnostic.level is level for diagnostic in counted) for level in reversed(Level)},
            "suppressed": sum(diagnostic.suppression is not None for diagnostic in report.diagnostics),
            "baselined": sum(diagnostic.baselined for diagnostic in report.diagnostics),
            "failures": len(report.failures),
            "files": sum(space.files for space in report.spaces),
            "files_with_findings": len({diagnostic.finding.at.path for diagnostic in counted}),
            "spaces": len(report.spaces),
            "rules": report.rules,
        },
    }


def _finding(diagnostic: Diagnostic) -> dict[str, Any]:
    finding = diagnostic.finding
    suppression = diagnostic.suppression
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "level": diagnostic.level.value,
        "consequence": diagnostic.consequence.value,
        "confidence": finding.confidence.value,
        "message": finding.message,
        **_place(finding.at),
        "notes": [
            {"message": note.message, **_place(note.at), "step": note.step, "shown": note.shown}
            for note in finding.notes
        ],
        "fix": _fix(finding.fix) if finding.fix else None,
        "suppressed": {"reason": suppression.reason, **_place(suppression.at)} if suppression else None,
        "baselined": diagnostic.baselined,
        "facts": [fact_as_data(name, fact) for name, fact in diagnostic.facts],
        "url": diagnostic.url,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "unsafe": fix.unsafe,
        "edits": [{**_place(edit.at), "text": edit.text} for edit in fix.edits],
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "path": span.path,
        "start": {"line": span.start_line, "column": span.start_column},
        "end": {"line": span.end_line, "column": span.end_column},
    }
