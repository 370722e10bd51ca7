"""Findings, fixes and pages in the words of the language server protocol.

Only the server imports this module, so that lsprotocol is not needed for anything else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.uris import from_fs_path, to_fs_path

from zerolint.editor.desk import Document
from zerolint.editor.ignoring import REASON, Named
from zerolint.editor.judging import Judged
from zerolint.editor.positions import Place, Positions
from zerolint.finding import Diagnostic, Edit, Level, Span
from zerolint.page import absolute_links, page, plain_page
from zerolint.read.source import newline_of
from zerolint.rule import Rule
from zerolint.suppress import UNUSED_CODE

SOURCE = "zerolint"

_NEWLINE = re.compile(r"\r\n|\r|\n")
_SNIPPET_SIGN = re.compile(r"[\\$}]")
_SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.INFO: types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Client:
    """What the editor can do. `encoding` is the unit of its positions: `utf-8`, `utf-16` or `utf-32`."""

    encoding: str = "utf-16"
    asks_for_diagnostics: bool = False
    asks_again: bool = False
    shows_notes: bool = False
    counts_versions: bool = False
    takes_snippets: bool = False
    asks_for_edits: bool = False
    reads_markdown: bool = False
    watches_files: bool = False


def client(capabilities: types.ClientCapabilities, encoding: str) -> Client:
    """What the capabilities say that matters here."""
    pulls = get_capability(capabilities, "text_document.diagnostic")
    resolves = get_capability(capabilities, "text_document.code_action.resolve_support.properties") or ()
    notes = "text_document.publish_diagnostics.related_information"
    return Client(
        encoding=encoding,
        asks_for_diagnostics=pulls is not None,
        asks_again=bool(get_capability(capabilities, "workspace.diagnostics.refresh_support")),
        shows_notes=bool(get_capability(capabilities, notes) or (pulls and pulls.related_information)),
        counts_versions=bool(get_capability(capabilities, "workspace.workspace_edit.document_changes")),
        takes_snippets=bool(get_capability(capabilities, "workspace.workspace_edit.snippet_edit_support")),
        asks_for_edits="edit" in resolves,
        reads_markdown=types.MarkupKind.Markdown
        in (get_capability(capabilities, "text_document.hover.content_format") or ()),
        watches_files=bool(get_capability(capabilities, "workspace.did_change_watched_files.dynamic_registration")),
    )


def path_of(uri: str) -> Path | None:
    """The absolute path of a file; None for what is not on disk, such as a buffer without a name."""
    name = to_fs_path(uri)
    path = Path(os.path.normpath(name)) if name else None
    return path if path and path.is_absolute() else None


class Files:
    """The files of a Space as the editor knows them, for what is said about one judgement of it."""

    def __init__(self, client: Client, judged: Judged, open_at: Callable[[Path], Document | None]) -> None:
        self.client = client
        self.judged = judged
        self._open_at = open_at
        self._positions: dict[str, Positions | None] = {}

    def document(self, name: str) -> Document | None:
        """The open file at a path in the Space."""
        return self._open_at(self.judged.root / name)

    def uri(self, name: str) -> str:
        """The editor's name for a file, by its path in the Space."""
        document = self.document(name)
        return document.uri if document else from_fs_path(str(self.judged.root / name)) or ""

    def text(self, name: str) -> str | None:
        """The text of a file, as the editor has it if it is open; None for what is no text."""
        document = self.document(name)
        return document.text if document else self.judged.text(name)

    def range(self, span: Span) -> types.Range | None:
        """A span in the units of the editor; None in a file that is no text."""
        if span.path not in self._positions:
            text = self.text(span.path)
            self._positions[span.path] = None if text is None else Positions(text, self.client.encoding)
        positions = self._positions[span.path]
        return as_range(positions.range(span)) if positions else None


def as_range(places: tuple[Place, Place]) -> types.Range:
    """Both ends as the protocol has them."""
    (line, character), (end_line, end_character) = places
    return types.Range(types.Position(line, character), types.Position(end_line, end_character))


def touches(one: types.Range, other: types.Range) -> bool:
    """Do two ranges overlap, or meet?"""
    return (one.start.line, one.start.character) <= (other.end.line, other.end.character) and (
        other.start.line,
        other.start.character,
    ) <= (one.end.line, one.end.character)


def as_diagnostic(diagnostic: Diagnostic, files: Files) -> types.Diagnostic:
    """A finding as the editor shows it."""
    finding = diagnostic.finding
    message = finding.message
    notes: list[types.DiagnosticRelatedInformation] = []
    for note in finding.notes:
        where = files.range(note.at)
        if files.client.shows_notes and where:
            location = types.Location(files.uri(note.at.path), where)
            notes.append(types.DiagnosticRelatedInformation(location, note.message))
        elif note.shown:
            message += f"\n{note.message} ({note.at.path}:{note.at.start_line})"
    if finding.fix and not finding.fix.edits:
        message += f"\nfix: {finding.fix.title}"
    return types.Diagnostic(
        range=files.range(finding.at) or types.Range(types.Position(0, 0), types.Position(0, 0)),
        message=message,
        severity=_SEVERITIES[diagnostic.level],
        code=diagnostic.code,
        code_description=types.CodeDescription(diagnostic.url) if diagnostic.url else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if diagnostic.code == UNUSED_CODE else None,
        related_information=notes or None,
    )


def as_workspace_edit(edits: Iterable[Edit], files: Files, *, with_reason: bool = False) -> types.WorkspaceEdit | None:
    """Edits of files of a Space; None when one of them is not possible. `with_reason`: they hold a `REASON` to fill in.

    Where the editor can, a version says which text they are for, and the reason is selected to be written over.
    """
    by_file: dict[str, list[types.TextEdit | types.SnippetTextEdit]] = {}
    for edit in edits:
        text, where = files.text(edit.at.path), files.range(edit.at)
        if text is None or where is None:
            return None
        new = _NEWLINE.sub(newline_of(text), edit.text)
        if with_reason and files.client.counts_versions and files.client.takes_snippets:
            snippet = types.StringValue(_snippet(new))
            by_file.setdefault(edit.at.path, []).append(types.SnippetTextEdit(where, snippet))
        else:
            by_file.setdefault(edit.at.path, []).append(types.TextEdit(where, new))
    if not files.client.counts_versions:
        plain = {
            files.uri(name): [edit for edit in changes if isinstance(edit, types.TextEdit)]
            for name, changes in by_file.items()
        }
        return types.WorkspaceEdit(changes=plain)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(
                    uri=files.uri(name), version=document.version if (document := files.document(name)) else None
                ),
                changes,
            )
            for name, changes in by_file.items()
        ]
    )


def _snippet(text: str) -> str:
    before, reason, after = text.partition(REASON)
    quoted = [_SNIPPET_SIGN.sub(r"\\\g<0>", part) for part in (before, reason, after)]
    return f"{quoted[0]}${{1:{quoted[1]}}}{quoted[2]}" if reason else quoted[0]


def as_hover(named: Named, positions: Positions, client: Client) -> types.Hover:
    """The pages of the rules that are named at a place."""
    pages = [_page_of(rule, client.reads_markdown) for rule in named.rules]
    kind = types.MarkupKind.Markdown if client.reads_markdown else types.MarkupKind.PlainText
    separator = "\n\n---\n\n" if client.reads_markdown else "\n\n"
    return types.Hover(types.MarkupContent(kind, separator.join(pages)), as_range(positions.range(named.at)))


def _page_of(rule: Rule, markdown: bool) -> str:
    text = page(rule.name) or f"# {rule.name} ({rule.code})\n\n{rule.summary}\n\nPrevents: {rule.prevents}\n"
    return absolute_links(text, rule.url) if markdown else plain_page(text)
