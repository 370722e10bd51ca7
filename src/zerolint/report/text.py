"""The report for people: what is wrong, where, what it prevents and what to do, and one verdict line at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zerolint.finding import Diagnostic, Fix, Level, Report, RuleFailure, Span
from zerolint.report import HOME, Options
from zerolint.report._excerpt import excerpt, split_lines, visible_end
from zerolint.report._terminal import Line, escape, join, wrap
from zerolint.rule import Rule

# Wider than this a line of prose is no longer easy to read.
_WIDEST = 100
_OLD = {"all": "more than a year old", "some": "some of them more than a year old"}


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """All findings that count, in the report's order, all failures of rules, and the verdict."""
    width = min(options.width, _WIDEST)
    prevents = {rule.code: rule.prevents for rule in rules}
    sources: dict[str, list[str]] = {}
    lines: list[Line] = []
    for diagnostic in report.diagnostics:
        if diagnostic.counts:
            for path in {diagnostic.finding.at.path, *(note.at.path for note in diagnostic.finding.shown_notes)}:
                if path not in sources and path in report.sources:
                    sources[path] = split_lines(report.sources[path])
            lines += _finding(diagnostic, prevents.get(diagnostic.code, ""), sources, width)
            lines.append([])
    for failure in report.failures:
        lines += _failure(failure, width)
        lines.append([])
    lines.append([(verdict(report, options.paths), _verdict_style(report))])
    return join(lines, options.color)


def verdict(report: Report, paths: Sequence[str] = ()) -> str:
    """The one line that says how it went. `paths` are named when no Space was found under them."""
    if not (report.spaces or report.diagnostics or report.failures):
        return f"zerolint: no Space found under {escape(', '.join(paths)) or 'the given paths'}"
    shown = [diagnostic for diagnostic in report.diagnostics if diagnostic.counts]
    parts = []
    for level in sorted(Level, key=lambda level: -level.rank):
        if number := sum(diagnostic.level is level for diagnostic in shown):
            parts.append(_count(number, level.value))
    result = ", ".join(parts) or "no findings"
    if shown:
        result += f" in {_count(len({diagnostic.finding.at.path for diagnostic in shown}), 'file')}"
    if report.failures:
        result += f", {_count(len(report.failures), 'rule failure')}"
    scope = [_count(len(report.spaces), "Space"), _count(report.rules, "rule")]
    if report.facts and not report.old_facts:
        scope.append(f"facts of {report.facts}")
    if suppressed := sum(diagnostic.suppression is not None for diagnostic in report.diagnostics):
        scope.append(f"{suppressed} suppressed")
    if known := len(report.diagnostics) - len(shown) - suppressed:
        scope.append(f"{known} in the baseline")
    if report.old_facts:
        scope.append(f"facts of {report.facts}, {_OLD[report.old_facts]}: a newer zerolint may know better")
    return f"zerolint: {result} ({', '.join(scope)})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _verdict_style(report: Report) -> str:
    levels = [diagnostic.level for diagnostic in report.diagnostics if diagnostic.counts]
    if report.failures:
        return "error"
    if levels:
        return max(levels, key=lambda level: level.rank).value
    return "good" if report.spaces else "strong"


def _finding(diagnostic: Diagnostic, prevents: str, sources: Mapping[str, list[str]], width: int) -> Iterable[Line]:
    finding = diagnostic.finding
    level = diagnostic.level.value
    gutter = max(_digits(at, sources) for at in (finding.at, *(note.at for note in finding.shown_notes)))
    yield from _heading(
        [(f"{level}[{escape(diagnostic.code)}]", level), (f" {escape(diagnostic.name)}", "strong")],
        finding.message,
        width,
    )
    yield from _place(finding.at, sources, gutter, width, "^", level)
    for note in finding.shown_notes:
        yield from _heading([("note", "strong")], note.message, width)
        yield from _place(note.at, sources, gutter, width, "-", "rail")
    rail = " " * gutter + " "
    yield [(rail + "|", "rail")]
    if prevents:
        yield from _remark(rail, "prevents", prevents, width)
    if finding.fix:
        yield from _remark(rail, "fix", _fix(finding.fix), width)
    if diagnostic.facts:
        yield from _grounds(diagnostic, rail, width)
    if diagnostic.url:
        yield [(rail + "= ", "rail"), (escape(diagnostic.url), "link")]


def _digits(span: Span, sources: Mapping[str, list[str]]) -> int:
    """How wide the line numbers of the span's excerpt are; 1 when nothing of it is shown."""
    lines = sources.get(span.path, ())
    return len(str(visible_end(lines, span)[0])) if 1 <= span.start_line <= len(lines) else 1


def _heading(label: Line, message: str, width: int) -> Iterable[Line]:
    """A label and a message; what does not fit on the line goes on below, indented."""
    taken = sum(len(text) for text, _ in label) + 2
    first, *others = wrap(escape(message), width - taken, width - 4)
    yield [*label, (": ", ""), (first, "")]
    for line in others:
        yield [("    ", ""), (line, "")]


def _place(
    at: Span, sources: Mapping[str, list[str]], gutter: int, width: int, mark: str, style: str
) -> Iterable[Line]:
    yield [(" " * gutter + "--> ", "rail"), (f"{escape(at.path)}:{at.start_line}:{at.start_column}", "")]
    rows = excerpt(sources.get(at.path, ()), at, gutter, width, mark, style)
    if rows:
        yield [(" " * gutter + " |", "rail")]
        yield from rows


def _remark(rail: str, label: str, text: str, width: int) -> Iterable[Line]:
    lead = f"{rail}= "
    room = width - len(lead) - len(label) - 2
    first, *others = wrap(escape(text), room, room)
    yield [(lead, "rail"), (label, "strong"), (f": {first}", "")]
    for line in others:
        yield [(" " * (width - room) + line, "")]


def _grounds(diagnostic: Diagnostic, rail: str, width: int) -> Iterable[Line]:
    """When and where the facts were read that the finding rests on."""
    from zerolint.report._facts import grounds

    room = width - len(rail) - 2
    for remark in grounds(diagnostic, room):
        first, *others = wrap(escape(remark), room, room - 2)
        yield [(f"{rail}= ", "rail"), (first, "quiet")]
        yield from ([(f"{rail}    {line}", "quiet")] for line in others)


def _fix(fix: Fix) -> str:
    if not fix.edits:
        return fix.title
    if fix.unsafe is None:
        return f"{fix.title} (automatic with --fix)"
    return f"{fix.title} (with --fix --unsafe-fixes, look at the result: {fix.unsafe})"


def _failure(failure: RuleFailure, width: int) -> Iterable[Line]:
    if failure.code:
        label, message = (
            f"failure[{escape(failure.code)}]",
            f"this rule broke on the Space {failure.space}, all others went on",
        )
    elif failure.space:
        label, message = "failure", f"broke on the Space {failure.space}, of which findings may be missing"
    else:
        label, message = "failure", "this plug-in cannot be used, all other rules were"
    yield from _heading([(label, "error"), (f" {escape(failure.name)}", "strong")], message, width)
    yield [("  | ", "rail"), (escape(failure.error), "")]
    for line in split_lines(failure.trace.rstrip()) if failure.trace.strip() else []:
        yield [("  | ", "rail"), (escape(line), "quiet")]
    yield [("  = ", "rail"), ("report", "strong"), (f": {HOME}/issues", "")]
