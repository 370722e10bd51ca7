"""GitLab's Code Quality report: a JSON array of what it calls degradations.

GitLab's parser (lib/gitlab/ci/parsers/codequality/code_climate.rb) stops at the first one that is not as it should be,
and keeps one of those with equal fingerprints. So fingerprints differ within a report, and they stay as they are when
lines move: they are made of what a baseline knows a finding by.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from zerolint.baseline import Entry, entries
from zerolint.finding import Diagnostic, Level, Report, Span
from zerolint.report import Options
from zerolint.report._place import path_from, unicode
from zerolint.report._terminal import escape
from zerolint.rule import Rule

_SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "major", Level.INFO: "info"}


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count. Columns are 1-based and count code points; the end is exclusive."""
    place = partial(path_from, options.base)
    found = [
        _degradation(diagnostic, entry, place)
        for diagnostic, entry in zip(report.diagnostics, entries(report, place), strict=True)
        if diagnostic.counts and entry
    ]
    return json.dumps(found, indent=1) + "\n"


def _degradation(diagnostic: Diagnostic, entry: Entry, place: Callable[[str], str]) -> dict[str, Any]:
    finding = diagnostic.finding
    data: dict[str, Any] = {
        # The name of the check is not shown, so the code stands in the text.
        "description": f"{escape(diagnostic.code)}: {escape(finding.message)}",
        "check_name": diagnostic.name,
        "fingerprint": _fingerprint(entry),
        "severity": _SEVERITIES[diagnostic.level],
        "location": _location(entry.path, finding.at),
    }
    if finding.notes:
        # Code Climate's specification has these; GitLab lets them be.
        data["other_locations"] = [_location(place(note.at.path), note.at) for note in finding.notes]
    return data


def _location(path: str, at: Span) -> dict[str, Any]:
    return {
        "path": unicode(path),
        "positions": {
            "begin": {"line": at.start_line, "column": at.start_column},
            "end": {"line": at.end_line, "column": at.end_column},
        },
    }


def _fingerprint(entry: Entry) -> str:
    content = "\0".join((entry.path, entry.code, entry.line, str(entry.occurrence)))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
