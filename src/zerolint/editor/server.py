"""`zerolint server`: a language server on standard input and output.

What an editor is told and asked, in the words of the protocol; when files are judged is decided in `desk`. Findings are
pushed to editors that do not ask for them, and given to those that do; then a change in one file that matters to
another one is told by asking the editor to ask again. Only the command imports this module, so that pygls is not needed
for anything else.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from zerolint import __version__
from zerolint.editor.desk import PAUSE, Desk, Document, Result
from zerolint.editor.fixing import safe_fixes
from zerolint.editor.ignoring import ignore_edit, named_at
from zerolint.editor.judging import Judged
from zerolint.editor.positions import Positions
from zerolint.editor.protocol import (
    SOURCE,
    Client,
    Files,
    as_diagnostic,
    as_hover,
    as_workspace_edit,
    client,
    path_of,
    touches,
)
from zerolint.engine import catalogue
from zerolint.finding import Diagnostic

FIX_ALL = "source.fixAll.zerolint"

# In bytes.
_STACK_SIZE = 16 * 1024 * 1024
# Rules about a file that cannot be judged, and about ignore comments: no comment is offered for their findings.
_ABOUT_FILES = re.compile(r"ZG9[0-9][0-9]")
_WATCHED = "**/{zerolint.toml,pyproject.toml,README.md,.gitignore,*.py,*requirements*.txt,*constraints*.txt}"


@dataclass(frozen=True, slots=True)
class _Report:
    """What an open file holds, in both words. `name` changes when it does."""

    name: str
    result: Result
    shown: tuple[tuple[Diagnostic, types.Diagnostic], ...]

    @property
    def diagnostics(self) -> list[types.Diagnostic]:
        return [shown for _, shown in self.shown]


def serve() -> int:
    """Serve one editor until it says `exit` or goes away; 0 when it took its leave as the protocol wants, else 1."""
    # Some systems give threads a stack that is half of what the gate before the parser counts on.
    threading.stack_size(_STACK_SIZE)
    # Nobody but the protocol writes to the editor, or reads what it writes: what else is printed, by a rule of a
    # plug-in for example, goes where errors go.
    from_editor, to_editor = sys.stdin.buffer, io.BufferedWriter(io.FileIO(os.dup(1), "wb"))
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    sys.stdin, sys.stdout = io.StringIO(), sys.stderr
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="zerolint: %(message)s")
    session = Session()
    session.server.start_io(from_editor, to_editor)
    return 0 if session.took_leave else 1


class Session:
    """One editor: what it can do, what it has open, and what it was told."""

    def __init__(self) -> None:
        self.server = LanguageServer(
            "zerolint", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full, max_workers=2
        )
        self.took_leave = False
        self._client = Client()
        self._desk = Desk(self)
        # What each open file was found to hold, with a name for it that changes when it does.
        self._reports: dict[str, _Report] = {}
        self._count = 0
        # By file: the name of the report that the editor has or was told of, and how many of its questions wait.
        self._given: dict[str, str] = {}
        self._asking: Counter[str] = Counter()
        self._problems: dict[Path, str] = {}
        self._register()

    def _register(self) -> None:
        feature = self.server.feature

        @feature(types.INITIALIZE)
        def initialize(params: types.InitializeParams) -> None:
            encoding = self.server.workspace.position_encoding or types.PositionEncodingKind.Utf16
            self._client = client(params.capabilities, types.PositionEncodingKind(encoding).value)
            self._desk.start()

        @feature(types.INITIALIZED)
        def initialized(params: types.InitializedParams) -> None:
            self._watch_files()
            for failure in catalogue().failures:
                self._log(f"the plug-in {failure.name} cannot be used: {failure.error}")

        @feature(types.SHUTDOWN)
        def shutdown(params: None) -> None:
            self.took_leave = True
            self._desk.stop()

        @feature(types.EXIT)
        def leave(params: None) -> None:
            self._desk.stop()

        @feature(types.TEXT_DOCUMENT_DID_OPEN)
        def opened(params: types.DidOpenTextDocumentParams) -> None:
            item = params.text_document
            self._put(item.uri, item.version, item.text, 0)

        @feature(types.TEXT_DOCUMENT_DID_CHANGE)
        def changed(params: types.DidChangeTextDocumentParams) -> None:
            if params.content_changes:
                item = params.text_document
                self._put(item.uri, item.version, params.content_changes[-1].text, PAUSE)

        @feature(types.TEXT_DOCUMENT_DID_SAVE)
        def saved(params: types.DidSaveTextDocumentParams) -> None:
            self._desk.look_at_disk()

        @feature(types.TEXT_DOCUMENT_DID_CLOSE)
        def closed(params: types.DidCloseTextDocumentParams) -> None:
            self._close(params.text_document.uri)

        @feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
        def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
            self._desk.look_at_disk()

        @feature(
            types.TEXT_DOCUMENT_DIAGNOSTIC,
            types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier=SOURCE),
        )
        async def diagnostics(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
            return await self._answer(params.text_document.uri, params.previous_result_id)

        @feature(types.TEXT_DOCUMENT_HOVER)
        def hover(params: types.HoverParams) -> types.Hover | None:
            return self._hover(params.text_document.uri, params.position)

        @feature(
            types.TEXT_DOCUMENT_CODE_ACTION,
            types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True),
        )
        async def code_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
            return await self._actions(params)

        @feature(types.CODE_ACTION_RESOLVE)
        async def resolved(action: types.CodeAction) -> types.CodeAction:
            return await self._with_edit(action)

    # What the editor has open.

    def _put(self, uri: str, version: int | None, text: str, pause: float) -> None:
        path = path_of(uri)
        if path:
            self._desk.put(Document(uri, path, version, text), pause)

    def _close(self, uri: str) -> None:
        if self._desk.document(uri) is None:
            return
        self._desk.close(uri)
        self._reports.pop(uri, None)
        self._given.pop(uri, None)
        if not self._client.asks_for_diagnostics:
            self._publish(uri, None, ())

    def _watch_files(self) -> None:
        if self._client.watches_files:
            watchers = [types.FileSystemWatcher(glob_pattern=_WATCHED)]
            registration = types.Registration(
                id="zerolint-files",
                method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
            )
            self.server.client_register_capability(types.RegistrationParams([registration]))

    # What the editor is told.

    def judged(self, results: Sequence[Result]) -> None:
        """Pass on what was found, as the desk wants from its listener."""
        asks_too_little = False
        for result in results:
            uri, before = result.document.uri, self._reports.get(result.document.uri)
            report = self._report(result, before)
            self._reports[uri] = report
            # What is pushed to an editor that asks, it would show twice.
            if self._client.asks_for_diagnostics:
                if not self._asking[uri] and self._given.get(uri, report.name) != report.name:
                    asks_too_little = True
                    self._given[uri] = report.name
            elif before is None or before.name != report.name or before.result.document is not result.document:
                self._publish(uri, result.document.version, report.diagnostics)
        for judged in {result.judged.root: result.judged for result in results if result.judged}.values():
            self._tell_problems(judged)
        if asks_too_little and self._client.asks_again:
            self.server.workspace_diagnostic_refresh(None)

    def _report(self, result: Result, before: _Report | None) -> _Report:
        shown: tuple[tuple[Diagnostic, types.Diagnostic], ...] = ()
        if result.judged:
            files = self._files(result.judged)
            shown = tuple((one, as_diagnostic(one, files)) for one in result.found)
        self._count += 1
        report = _Report(str(self._count), result, shown)
        return replace(report, name=before.name) if before and before.diagnostics == report.diagnostics else report

    def _files(self, judged: Judged) -> Files:
        return Files(self._client, judged, self._desk.document_at)

    def broke(self, error: BaseException) -> None:
        """Tell of a bug of zerolint, as the desk wants from its listener."""
        self._log("".join(traceback.format_exception(error)))

    def _publish(self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]) -> None:
        self.server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=diagnostics)
        )

    async def _answer(self, uri: str, known: str | None) -> types.DocumentDiagnosticReport:
        self._asking[uri] += 1
        try:
            await self._desk.result(uri)
        finally:
            self._asking[uri] -= 1
        report = self._reports.get(uri)
        if report is None:
            return types.RelatedFullDocumentDiagnosticReport(items=[])
        self._given[uri] = report.name
        if report.name == known:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=report.name)
        return types.RelatedFullDocumentDiagnosticReport(items=report.diagnostics, result_id=report.name)

    def _tell_problems(self, judged: Judged) -> None:
        """A configuration that cannot be used is shown once, and again when it was usable in between."""
        if judged.problem != self._problems.get(judged.root, ""):
            self._problems[judged.root] = judged.problem
            if judged.problem:
                message = f"zerolint: {judged.problem}"
                self.server.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))
        for failure in judged.judgement.failures:
            self._log(f"{failure.name} broke: {failure.error}\n{failure.trace}")

    def _log(self, message: str) -> None:
        self.server.window_log_message(types.LogMessageParams(types.MessageType.Error, message))

    # What the editor asks.

    def _hover(self, uri: str, position: types.Position) -> types.Hover | None:
        document = self._desk.document(uri)
        if document is None:
            return None
        positions = Positions(document.text, self._client.encoding)
        line, column = positions.column((position.line, position.character))
        named = named_at(document.path.name, document.text, line, column, catalogue().rules)
        return as_hover(named, positions, self._client) if named else None

    async def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only
        await self._desk.result(uri)
        report = self._reports.get(uri)
        if report is None or report.result.judged is None:
            return []
        files = self._files(report.result.judged)
        actions: list[types.CodeAction] = []
        if _is_wanted(types.CodeActionKind.QuickFix, only):
            near = [(one, shown) for one, shown in report.shown if touches(shown.range, params.range)]
            for offer in (_fix, _ignore):
                actions += [action for one, shown in near if (action := offer(one, shown, files))]
        if _is_wanted(FIX_ALL, only) and any(_is_safely_fixed(one) for one, _ in report.shown):
            action = types.CodeAction("Fix what zerolint can fix safely", FIX_ALL, data=uri)
            actions.append(action if self._client.asks_for_edits else await self._with_edit(action))
        return actions

    async def _with_edit(self, action: types.CodeAction) -> types.CodeAction:
        """The action that fixes everything in a file, whose name is its data, with its edit."""
        report = self._reports.get(str(action.data))
        if action.kind == FIX_ALL and report and report.result.judged:
            judged, document = report.result.judged, report.result.document
            name = document.path.relative_to(judged.root).as_posix()
            edits = await self._desk.between_judgements(partial(safe_fixes, judged.judgement, name))
            if self._desk.document(document.uri) is document:
                action.edit = as_workspace_edit(edits, self._files(judged))
        return action


def _is_wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Does the editor ask for actions of this kind? `source` is for all kinds that begin so."""
    words = [one.value if isinstance(one, types.CodeActionKind) else one for one in only or ()]
    return not only or any(kind == word or kind.startswith(f"{word}.") or not word for word in words)


def _is_safely_fixed(diagnostic: Diagnostic) -> bool:
    fix = diagnostic.finding.fix
    return fix is not None and bool(fix.edits) and fix.unsafe is None


def _fix(diagnostic: Diagnostic, shown: types.Diagnostic, files: Files) -> types.CodeAction | None:
    """The action that fixes one finding; one that needs a look says why in its title."""
    fix = diagnostic.finding.fix
    edit = as_workspace_edit(fix.edits, files) if fix and fix.edits else None
    if fix is None or edit is None:
        return None
    title = fix.title if fix.unsafe is None else f"{fix.title} (look at the result: {fix.unsafe})"
    return types.CodeAction(
        title, types.CodeActionKind.QuickFix, diagnostics=[shown], is_preferred=fix.unsafe is None, edit=edit
    )


def _ignore(diagnostic: Diagnostic, shown: types.Diagnostic, files: Files) -> types.CodeAction | None:
    """The action that writes a comment which ignores the finding."""
    if _ABOUT_FILES.fullmatch(diagnostic.code):
        return None
    rules, at = catalogue().rules, diagnostic.finding.at
    rule = next(rule for rule in rules if rule.code == diagnostic.code)
    text = files.judged.text(at.path)
    edit = ignore_edit(at.path, text, at, rule, rules) if text is not None else None
    if edit is None:
        return None
    title = f"Ignore `{rule.name}` here, with a reason"
    change = as_workspace_edit([edit], files, with_reason=True)
    return types.CodeAction(title, types.CodeActionKind.QuickFix, diagnostics=[shown], edit=change)
