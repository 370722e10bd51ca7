"""One line per finding, `path:line:col: CODE message`, for editors, problem matchers and grep.

There is no verdict line: everything that reads this shape parses each line of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from zerolint.finding import Report
from zerolint.report import Options
from zerolint.report._terminal import escape
from zerolint.rule import Rule


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count; "" when there are none. Columns are 1-based and count code points."""
    lines = []
    for diagnostic in report.diagnostics:
        if diagnostic.counts:
            at = diagnostic.finding.at
            place = f"{escape(at.path)}:{at.start_line}:{at.start_column}"
            lines.append(f"{place}: {escape(diagnostic.code)} {escape(diagnostic.finding.message)}\n")
    return "".join(lines)
