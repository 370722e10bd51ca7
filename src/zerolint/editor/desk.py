"""The open files of an editor, and when they are judged: after a pause, off the event loop, one judgement at a time.

Everything here happens on one event loop but the judgements themselves, for which there is one thread. What a judgement
says is passed on only if the files that it rests on are still what they were; a change in one of them calls it off.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from zerolint.editor.judging import CalledOff, Judge, Judged, prepare
from zerolint.finding import Diagnostic

# Seconds without a keystroke after which a changed file is judged.
PAUSE = 0.15

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Document:
    """An open file at one moment. `uri` is the editor's name for it, `version` its count of the changes."""

    uri: str
    path: Path
    version: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in an open file as it is now. `judged` is its Space, None for a file that belongs to none."""

    document: Document
    judged: Judged | None
    found: tuple[Diagnostic, ...]


class Listener(Protocol):
    """Who wants to know."""

    def judged(self, results: Sequence[Result]) -> None:
        """Files were judged: the changed ones, and the others of their Spaces."""

    def broke(self, error: BaseException) -> None:
        """A judgement ended with a bug of zerolint."""


class Desk:
    """The open files and what was found in them. To be used from one event loop only."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._judge = Judge()
        self._worker = ThreadPoolExecutor(1, "zerolint")
        self._documents: dict[str, Document] = {}
        self._results: dict[str, Result] = {}
        # Files that have to be judged, those that are being judged, and how to call that off.
        self._waiting: set[str] = set()
        self._judging: set[str] | None = None
        self._called_off = threading.Event()
        self._disk_changed = False
        self._timer: asyncio.TimerHandle | None = None
        self._quiet: list[asyncio.Future[None]] = []

    def start(self) -> None:
        """Prepare for the first judgement, which would otherwise wait for large imports."""
        self._worker.submit(prepare)

    def stop(self) -> None:
        """Judge nothing any more, and wait for the end of what goes on."""
        self._documents.clear()
        self._waiting.clear()
        self._called_off.set()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._worker.shutdown(cancel_futures=True)
        self._wake()

    def put(self, document: Document, pause: float) -> None:
        """A file was opened, or has a new text; it is judged after so many seconds without another change."""
        self._documents[document.uri] = document
        self._judge_soon([document.uri], pause)

    def close(self, uri: str) -> None:
        """A file was closed: the disk counts again, for what else is open too."""
        self._documents.pop(uri, None)
        self._results.pop(uri, None)
        self._waiting.discard(uri)
        self.look_at_disk()

    def look_at_disk(self) -> None:
        """Files that are not open may have changed."""
        self._disk_changed = True
        self._judge_soon(self._documents, 0)

    def document(self, uri: str) -> Document | None:
        """An open file as it is now."""
        return self._documents.get(uri)

    def document_at(self, path: Path) -> Document | None:
        """The open file at a path."""
        return next((document for document in self._documents.values() if document.path == path), None)

    async def result(self, uri: str) -> Result | None:
        """What was found in a file, when everything that is open has been judged; None for a file that is not open."""
        while self._judging is not None or self._waiting:
            quiet = asyncio.get_running_loop().create_future()
            self._quiet.append(quiet)
            await quiet
        return self._results.get(uri)

    async def between_judgements(self, call: Callable[[], _T]) -> _T:
        """What a call returns that needs the thread of the judgements, because it judges."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, call)

    def _judge_soon(self, uris: Iterable[str], pause: float) -> None:
        self._waiting.update(uris)
        # Whatever is being judged now will be judged again, so it is not worth its end.
        self._called_off.set()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(pause, self._begin)
        elif self._judging is None:
            self._wake()

    def _begin(self) -> None:
        self._timer = None
        if self._judging is not None or not self._waiting:
            # The judgement that goes on was called off, and begins the next one when it ends.
            return
        documents = dict(self._documents)
        self._judging, self._waiting = self._waiting, set()
        self._called_off = called_off = threading.Event()

        def check_wanted() -> None:
            if called_off.is_set():
                raise CalledOff

        texts = {document.path: document.text for document in documents.values()}
        changed = [documents[uri].path for uri in self._judging]
        call = partial(self._judge.judge, texts, changed, check_wanted, disk_changed=self._disk_changed)
        self._disk_changed = False
        done = asyncio.get_running_loop().run_in_executor(self._worker, call)
        done.add_done_callback(partial(self._end, documents))

    def _end(self, documents: Mapping[str, Document], done: asyncio.Future[tuple[Judged, ...]]) -> None:
        judging, self._judging = self._judging or set(), None
        error = None if done.cancelled() else done.exception()
        if isinstance(error, CalledOff):
            self._waiting.update(judging & self._documents.keys())
        elif error is not None:
            self._listener.broke(error)
        elif not done.cancelled():
            self._pass_on(documents, judging, done.result())
        if self._waiting and self._timer is None:
            self._begin()
        elif not self._waiting:
            self._wake()

    def _pass_on(self, documents: Mapping[str, Document], judging: set[str], spaces: Sequence[Judged]) -> None:
        """Keep and tell what was found in files that are still as they were when it was looked for."""
        results: list[Result] = []
        by_path = {document.path: document for document in documents.values()}
        in_no_space = {documents[uri].path for uri in judging}
        for judged in spaces:
            in_no_space.difference_update(judged.buffers)
            own = [by_path[path] for path in judged.buffers]
            if all(self._documents.get(document.uri) is document for document in own):
                results += [Result(document, judged, judged.found_in(document.path)) for document in own]
        for path in sorted(in_no_space):
            document = by_path[path]
            if self._documents.get(document.uri) is document:
                results.append(Result(document, None, ()))
        self._results.update((result.document.uri, result) for result in results)
        if results:
            self._listener.judged(results)

    def _wake(self) -> None:
        waiting, self._quiet = self._quiet, []
        for quiet in waiting:
            if not quiet.done():
                quiet.set_result(None)
