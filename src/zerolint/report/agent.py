"""The report for coding agents: plain text, one block for each finding, and the verdict as the last line.

    ZG007 fixed-output-path: error at app.py:8:16
    prevents: a visitor sees the picture of another
    cause: every request writes `out.png`
    see app.py:14:18: `draw` runs for every visitor: this button calls it
    as of 2026-08-22: Hugging Face docs, spaces-zerogpu
    fix: Write to a new temporary file for each request
    change app.py:8
    -    image.save("out.png")
    +    image.save(new_path())

A change is whole lines as they are and as they have to be, to be taken literally. Without one, the fix is advice.
`as of` is the day on which a fact about the platform, on which the finding rests, was read where it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from zerolint.finding import Confidence, Diagnostic, Fix, Report
from zerolint.report import Options
from zerolint.report._facts import grounds
from zerolint.report._replacement import hunks
from zerolint.report._terminal import escape
from zerolint.report.text import verdict
from zerolint.rule import Rule

# Characters of a change that are shown; a longer one is for the program to make.
MOST_CHARACTERS = 4_000


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count, in the report's order, and the verdict. Lines and columns are 1-based, code points."""
    prevents = {rule.code: rule.prevents for rule in rules}
    lines: list[str] = []
    for diagnostic in report.diagnostics:
        if diagnostic.counts:
            lines += [*_block(diagnostic, prevents.get(diagnostic.code, ""), report.sources), ""]
    lines.append(verdict(report, options.paths))
    return "".join(f"{line}\n" for line in lines)


def _block(diagnostic: Diagnostic, prevents: str, sources: Mapping[str, str]) -> Iterator[str]:
    finding = diagnostic.finding
    at = finding.at
    level = f"likely {diagnostic.level.value}" if finding.confidence is Confidence.LIKELY else diagnostic.level.value
    place = f"{escape(at.path)}:{at.start_line}:{at.start_column}"
    yield f"{escape(diagnostic.code)} {escape(diagnostic.name)}: {level} at {place}"
    if prevents:
        yield f"prevents: {escape(prevents)}"
    yield f"cause: {escape(finding.message)}"
    for note in finding.notes:
        yield f"see {escape(note.at.path)}:{note.at.start_line}:{note.at.start_column}: {escape(note.message)}"
    yield from map(escape, grounds(diagnostic))
    if finding.fix:
        yield f"fix: {escape(finding.fix.title)}"
        yield from _change(finding.fix, sources)


def _change(fix: Fix, sources: Mapping[str, str]) -> Iterator[str]:
    if fix.unsafe is not None:
        yield f"look at the result: {escape(fix.unsafe)}"
    found = hunks(fix, sources)
    if not found:
        return
    length = sum(len(line) for hunk in found for line in (*hunk.before, *hunk.after))
    if length > MOST_CHARACTERS:
        yield f"change: too long to show; zerolint check --fix{' --unsafe-fixes' if fix.unsafe is not None else ''}"
        return
    for hunk in found:
        yield f"change {escape(hunk.path)}:{hunk.line}"
        for sign, lines in (("-", hunk.before), ("+", hunk.after)):
            yield from (f"{sign}{_literal(line)}" for line in lines)


def _literal(line: str) -> str:
    """A line of source as it is, tabs included; other control characters show as escapes."""
    return "\t".join(escape(piece) for piece in line.split("\t"))
