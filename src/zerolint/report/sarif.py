"""SARIF 2.1.0 as GitHub code scanning and editors read it.

URIs are relative to `%SRCROOT%`, which is the repository's root when the working folder lies in one, else the working
folder. The log never says where that is on this machine: the same Space gives the same log everywhere, and who reads
it knows its own copy. Columns are UTF-16 code units, the only kind on which GitHub and VS Code agree.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zerolint import __version__
from zerolint.finding import Confidence, Diagnostic, Fix, Level, Note, Report, RuleFailure, Span, Suppression
from zerolint.page import absolute_links, first_paragraph, page, plain_page
from zerolint.report import HOME, Options
from zerolint.report._excerpt import split_lines
from zerolint.report._facts import fact_as_data
from zerolint.report._fingerprint import line_fingerprints
from zerolint.report._terminal import escape
from zerolint.rule import Rule, level_of

Data = dict[str, Any]

SCHEMA_URL = "https://json.schemastore.org/sarif-2.1.0.json"

# Limits of GitHub code scanning; a log beyond one of the first two is rejected whole.
MOST_RESULTS = 25_000
MOST_RELATED = 1_000
LONGEST_DESCRIPTION = 1_024

_ROOT = "%SRCROOT%"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
_SEVERITIES = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "recommendation"}

# Findings that say "this file was not judged", by name. A consumer learns of them as notifications of the tool too.
_NOT_JUDGED = ("syntax-error", "unreadable-file")


def folder_in_repository(folder: Path) -> str:
    """Where an absolute folder lies in its git repository, `/`-separated; "" at the root and without a repository."""
    for ancestor in (folder, *folder.parents):
        if (ancestor / ".git").exists():
            return "" if ancestor == folder else folder.relative_to(ancestor).as_posix()
    return ""


def render(report: Report, rules: Sequence[Rule], options: Options) -> str:
    """One log with one run. All rules that ran are described; findings that do not count are in it, marked."""
    descriptors = _descriptors(report, rules)
    index = {descriptor["id"]: position for position, descriptor in enumerate(descriptors)}
    files = _Files(report.sources, options.base)
    kept = _within_limit(report.diagnostics)
    notifications = [
        *(_unjudged(diagnostic, index, files) for diagnostic in report.diagnostics if diagnostic.name in _NOT_JUDGED),
        *(_failed(failure, index) for failure in report.failures),
    ]
    if len(kept) < len(report.diagnostics):
        left_out = f"{len(report.diagnostics) - len(kept)} of {len(report.diagnostics)}"
        text = f"{left_out} results are left out, the least severe ones: GitHub takes {MOST_RESULTS} in a run."
        notifications.append({"level": "warning", "message": {"text": text}})
    run: Data = {
        "tool": {
            "driver": {
                "name": "zerolint",
                "semanticVersion": __version__,
                "informationUri": HOME,
                "rules": descriptors,
            }
        },
        "automationDetails": {"id": "zerolint/"},
        "columnKind": "utf16CodeUnits",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The root of the repository, or the folder that was linted from."}}
        },
        "invocations": [{"executionSuccessful": not report.failures, "toolExecutionNotifications": notifications}],
        "results": [_result(diagnostic, report.baseline, index, files) for diagnostic in kept],
    }
    return json.dumps({"$schema": SCHEMA_URL, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _within_limit(diagnostics: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """At most as many as GitHub takes, in the same order; those that do not count go first, then the mildest."""
    if len(diagnostics) <= MOST_RESULTS:
        return diagnostics
    order = sorted(
        range(len(diagnostics)),
        key=lambda position: (not diagnostics[position].counts, -diagnostics[position].level.rank),
    )
    return [diagnostics[position] for position in sorted(order[:MOST_RESULTS])]


def _descriptors(report: Report, rules: Sequence[Rule]) -> list[Data]:
    described = {rule.code: rule for rule in rules}
    for diagnostic in report.diagnostics:
        if diagnostic.code not in described:
            described[diagnostic.code] = _stand_in(diagnostic)
    return [_descriptor(described[code]) for code in sorted(described)]


def _descriptor(rule: Rule) -> Data:
    text = page(rule.name)
    certain = level_of(rule.consequence, Confidence.CERTAIN)
    configuration: Data = {"level": _LEVELS[certain]}
    if not rule.default:
        configuration["enabled"] = False
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _cut(rule.summary)},
        "fullDescription": {"text": _cut((first_paragraph(text) if text else "") or rule.prevents or rule.summary)},
        "help": _help(rule, text),
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": configuration,
        "properties": {
            "tags": ["zerogpu", "hugging-face-spaces", rule.consequence.value],
            "precision": "high",
            "problem.severity": _SEVERITIES[certain],
        },
    }


def _help(rule: Rule, text: str | None) -> Data:
    if text is None:
        prevents = rule.prevents and f"Prevents: {rule.prevents}"
        return {"text": "\n\n".join(part for part in (rule.summary, prevents, rule.url) if part)}
    return {"text": plain_page(text), "markdown": absolute_links(text, rule.url)}


def _stand_in(diagnostic: Diagnostic) -> Rule:
    """What a finding says of its rule, for a rule that is not in the list: one about the linting itself."""
    return Rule(
        code=diagnostic.code,
        name=diagnostic.name,
        summary=diagnostic.name.replace("-", " ").capitalize(),
        prevents="",
        consequence=diagnostic.consequence,
        since="",
        check=lambda space: iter(()),
        url=diagnostic.url,
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - 3].rstrip() + "..."


class _Files:
    """Places in the linted files as SARIF wants them: URIs, and columns in UTF-16 code units."""

    def __init__(self, sources: Mapping[str, str], base: str) -> None:
        self.sources = sources
        self.base = base
        self.lines: dict[str, list[str]] = {}

    def location(self, span: Span) -> Data:
        """A physicalLocation."""
        return {"artifactLocation": self.artifact(span.path), "region": self.region(span)}

    def artifact(self, path: str) -> Data:
        """An artifactLocation. Only a path on another Windows drive is absolute."""
        if posixpath.isabs(path) or (os.name == "nt" and re.match(r"[A-Za-z]:/", path)):
            return {"uri": "file:///" + _percent_encoded(path.lstrip("/")).replace("%3A", ":", 1)}
        return {"uri": _percent_encoded(posixpath.normpath(posixpath.join(self.base, path))), "uriBaseId": _ROOT}

    def region(self, span: Span) -> Data:
        """A region. Without the text its columns cannot be told, and it is the whole line."""
        end_line, end_column = max((span.start_line, span.start_column), (span.end_line, span.end_column))
        start = self._column(span.path, span.start_line, span.start_column)
        end = self._column(span.path, end_line, end_column)
        if start is None or end is None:
            return {"startLine": span.start_line}
        return {"startLine": span.start_line, "startColumn": start, "endLine": end_line, "endColumn": end}

    def _column(self, path: str, line: int, column: int) -> int | None:
        if path not in self.lines:
            if path not in self.sources:
                return None
            self.lines[path] = split_lines(self.sources[path])
        lines = self.lines[path]
        if not 1 <= line <= len(lines):
            return None
        before = lines[line - 1][: column - 1]
        return 1 + len(before) + (0 if before.isascii() else sum(character > "\uffff" for character in before))

    def fingerprint(self, span: Span) -> str | None:
        """GitHub's fingerprint of the line that the span starts on."""
        if span.path not in self.sources:
            return None
        fingerprints = line_fingerprints(self.sources[span.path])
        return fingerprints[span.start_line - 1] if 1 <= span.start_line <= len(fingerprints) else None


def _percent_encoded(path: str) -> str:
    """A path as part of a URI, by its bytes: names that are not Unicode keep the bytes they have on disk."""
    try:
        name = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        name = path.encode("utf-8", "surrogatepass")
    return quote(name, safe="/")


def _result(diagnostic: Diagnostic, baseline: str | None, index: Mapping[str, int], files: _Files) -> Data:
    finding = diagnostic.finding
    notes = finding.notes[:MOST_RELATED]
    result: Data = {
        "ruleId": diagnostic.code,
        "ruleIndex": index[diagnostic.code],
        "level": _LEVELS[diagnostic.level],
        "message": {"text": _message(diagnostic)},
        "locations": [{"physicalLocation": files.location(finding.at)}],
    }
    if notes:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": files.location(note.at), "message": {"text": _plain(note.message)}}
            for number, note in enumerate(notes, start=1)
        ]
    if flow := finding.flow:
        result["codeFlows"] = [
            {"threadFlows": [{"locations": _flow((*flow, Note(finding.at, finding.message)), files)}]}
        ]
    if fingerprint := files.fingerprint(finding.at):
        result["partialFingerprints"] = {"primaryLocationLineHash": fingerprint}
    if finding.fix and (fix := _fix(finding.fix, files)):
        result["fixes"] = [fix]
    if baseline is not None:
        result["baselineState"] = "unchanged" if diagnostic.baselined else "new"
    if diagnostic.suppression:
        result["suppressions"] = [_suppression(diagnostic.suppression, files)]
    elif diagnostic.baselined:
        justification = f"known before: in the baseline {escape(baseline or '')}".rstrip()
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    result["properties"] = {"confidence": finding.confidence.value, "consequence": diagnostic.consequence.value}
    if diagnostic.facts:
        result["properties"]["facts"] = [fact_as_data(name, fact) for name, fact in diagnostic.facts]
    return result


def _flow(steps: Sequence[Note], files: _Files) -> list[Data]:
    """The threadFlowLocations, in the order of execution; each step is a call deeper than the one before."""
    return [
        {
            "location": {"physicalLocation": files.location(step.at), "message": {"text": _plain(step.message)}},
            "nestingLevel": depth,
            "executionOrder": depth + 1,
            "importance": _importance(step, depth, len(steps)),
        }
        for depth, step in enumerate(steps)
    ]


def _importance(step: Note, depth: int, steps: int) -> str:
    """Viewers may leave out what is unimportant: steps that people can do without, but for where the way begins."""
    if depth == steps - 1:
        return "essential"
    return "important" if step.shown or depth == 0 else "unimportant"


def _message(diagnostic: Diagnostic) -> str:
    """The finding's sentence, then one for each note for people with a link to its place."""
    sentences = [_sentence(_plain(diagnostic.finding.message))]
    for number, note in enumerate(diagnostic.finding.notes[:MOST_RELATED], start=1):
        if not note.shown:
            continue
        place = re.sub(r"([\\\[\]])", r"\\\1", escape(f"{posixpath.basename(note.at.path)}:{note.at.start_line}"))
        sentences.append(f"[{place}]({number}): {_sentence(_plain(note.message))}")
    return " ".join(sentences)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else text + "."


def _plain(text: str) -> str:
    """A message whose code cannot be taken for an embedded link or a placeholder (SARIF 3.11.5, 3.11.6)."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", escape(text).replace("](", "\\]("))


def _fix(fix: Fix, files: _Files) -> Data | None:
    """None for a fix that is advice only, and for one whose columns cannot be told."""
    changes: dict[str, list[Data]] = {}
    for edit in fix.edits:
        region = files.region(edit.at)
        if "startColumn" not in region:
            return None
        replacement: Data = {"deletedRegion": region}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        changes.setdefault(edit.at.path, []).append(replacement)
    if not changes:
        return None
    reason = f" (unsafe: {fix.unsafe})" if fix.unsafe else ""
    return {
        "description": {"text": _plain(fix.title + reason)},
        "artifactChanges": [
            {"artifactLocation": files.artifact(path), "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _suppression(suppression: Suppression, files: _Files) -> Data:
    justification = {"justification": escape(suppression.reason)} if suppression.reason else {}
    return {
        "kind": "inSource",
        "status": "accepted",
        "location": {"physicalLocation": files.location(suppression.at)},
        **justification,
    }


def _unjudged(diagnostic: Diagnostic, index: Mapping[str, int], files: _Files) -> Data:
    return {
        "level": _LEVELS[diagnostic.level],
        "message": {"text": _plain(diagnostic.finding.message)},
        "locations": [{"physicalLocation": files.location(diagnostic.finding.at)}],
        "associatedRule": {"id": diagnostic.code, "index": index[diagnostic.code]},
    }


def _failed(failure: RuleFailure, index: Mapping[str, int]) -> Data:
    who = f"Rule {failure.code}" if failure.code else failure.name
    where = f" on the Space {failure.space}" if failure.space else ""
    kind, _, message = failure.error.partition(": ")
    notification: Data = {
        "level": "error",
        "message": {"text": _plain(f"{who} broke{where}: {failure.error}")},
        "exception": {"kind": kind, "message": message},
    }
    if failure.code:
        notification["associatedRule"] = {"id": failure.code}
        if failure.code in index:
            notification["associatedRule"]["index"] = index[failure.code]
    return notification
