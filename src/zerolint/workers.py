"""Calls of one function in worker processes. One that dies costs the call that it was at, and is replaced.

A fork is made with `os.fork` and two pipes: importing `multiprocessing`, which starts fresh interpreters elsewhere,
takes as long as judging a small Space.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar

from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_T = TypeVar("_T")
_R = TypeVar("_R")


class Died(NamedTuple):
    """What there is in place of a result; `exit_code` is that of the process, minus the signal that ended it."""

    exit_code: int | None


def can_fork() -> bool:
    """A fork copies only the thread that forks: with others about, a lock may stay held for ever in the child."""
    return sys.platform == "linux" and threading.active_count() == 1


def call_each(
    function: Callable[[_T], _R],
    arguments: Sequence[_T],
    order: Iterable[int],
    count: int,
    done: Callable[[int, _R | Died], None],
) -> None:
    """Call `function` with the arguments of these indices, in `count` processes.

    `done` is called here with an index and the result, in whatever order they come. The result is pickled; where
    processes are not forked (`can_fork`), function and argument are too. What `done` raises ends all processes.
    """
    import pickle

    waiting = list(order)[::-1]
    working: dict[_Worker, int] = {}
    idle: list[_Worker] = []
    make: type[_Worker] = _Fork if can_fork() else _Fresh

    def send_next() -> None:
        nonlocal count
        try:
            worker = idle.pop() if idle else make(function, arguments, list(working))
        except OSError:
            # No more processes or files are to be had: those that are there have to do, or else this one.
            if working:
                count = len(working)
            else:
                index = waiting.pop()
                done(index, function(arguments[index]))
            return
        working[worker] = index = waiting.pop()
        worker.send(index)

    try:
        while waiting or working:
            while waiting and len(working) < count:
                send_next()
            if not working:
                break
            for worker in make.ready(list(working)):
                index, result = working.pop(worker), worker.receive()
                if result is None:
                    done(index, Died(worker.end()))
                else:
                    idle.append(worker)
                    if waiting:
                        # Before the result is looked at, so that no process has to wait for that.
                        send_next()
                    done(index, pickle.loads(result))
    finally:
        workers = [*idle, *working]
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.end()


class _Worker(Protocol):
    """One process that calls a function with an argument after the other. `others` are those that there are already."""

    def __init__(self, function: Callable[[Any], object], arguments: Sequence[Any], others: Iterable[Any]) -> None: ...

    def send(self, index: int) -> None:
        """Have it call the function with the argument of this index; when it is gone, receiving will show."""

    def receive(self) -> bytes | None:
        """The pickled result, waited for; None when the process is gone."""

    def stop(self) -> None:
        """Kill the process, which holds nothing that could be left half done."""

    def end(self) -> int | None:
        """Wait for the end of a process that is stopped or gone, and give its exit code."""

    @staticmethod
    def ready(workers: Sequence[Any]) -> Iterable[Any]:
        """Wait until some of the workers have a result or are gone, and give these."""


class _Fork:
    """A copy of this process; it has the function and the arguments, and is sent indices."""

    def __init__(self, function: Callable[[Any], object], arguments: Sequence[Any], others: Iterable[_Fork]) -> None:
        import signal

        with ExitStack() as theirs, ExitStack() as ours:
            requests, self._requests = _pipe(theirs, ours)
            self.results, results = _pipe(ours, theirs)
            # An interrupt must not find the child on its way; it would go on as if it were this process.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            theirs.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
            self._process = os.fork()
            # The child has copies of our ends of all pipes; while it holds them, no worker would see us go away.
            self.close = ours.pop_all().close
            if self._process == 0:
                _serve_as_fork(function, arguments, requests, results, (self, *others))

    def send(self, index: int) -> None:
        with suppress(BrokenPipeError):
            os.write(self._requests, index.to_bytes(_INDEX, "big"))

    def receive(self) -> bytes | None:
        size = _read(self.results, _SIZE)
        return None if size is None else _read(self.results, int.from_bytes(size, "big"))

    def stop(self) -> None:
        import signal

        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)

    def end(self) -> int | None:
        self.close()
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        except ChildProcessError:
            # Whoever started us may have us ignore what becomes of children.
            return None

    @staticmethod
    def ready(workers: Sequence[_Fork]) -> Iterable[_Fork]:
        import select

        poll = select.poll()
        for worker in workers:
            poll.register(worker.results, select.POLLIN)
        found = {file for file, _ in poll.poll()}
        return [worker for worker in workers if worker.results in found]


def _pipe(reading: ExitStack, writing: ExitStack) -> tuple[int, int]:
    """The two ends of a pipe, each of which is closed by its stack."""
    ends = os.pipe()
    reading.callback(os.close, ends[0])
    writing.callback(os.close, ends[1])
    return ends


# Bytes of an index, and of the size of a result that follows.
_INDEX = 4
_SIZE = 8


def _serve_as_fork(
    function: Callable[[Any], object], arguments: Sequence[Any], requests: int, results: int, others: Iterable[_Fork]
) -> NoReturn:
    """The life of a forked process, until the parent hangs up or stops it."""
    import pickle
    import signal

    code = 1
    try:
        # An interrupt from the keyboard reaches all processes; the parent answers it for all.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for other in others:
            other.close()
        while (index := _read(requests, _INDEX)) is not None:
            result = pickle.dumps(function(arguments[int.from_bytes(index, "big")]))
            _write(results, len(result).to_bytes(_SIZE, "big") + result)
        code = 0
    except BrokenPipeError:
        # The parent is gone.
        pass
    finally:
        # In no case may this process go on with what the parent is at, nor print what the parent has not printed yet.
        kind, error, trace = sys.exc_info()
        if kind and error:
            sys.__excepthook__(kind, error, trace)
        os._exit(code)


def _read(file: int, size: int) -> bytes | None:
    """So many bytes from a pipe; None when the other end is closed before."""
    data = bytearray()
    while len(data) < size:
        piece = os.read(file, size - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


class _Fresh:
    """A new interpreter, which has to import everything; it is sent function and arguments."""

    def __init__(self, function: Callable[[Any], object], arguments: Sequence[Any], others: Iterable[_Fresh]) -> None:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        self._arguments = arguments
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, function), daemon=True)
        self._process.start()
        theirs.close()

    def send(self, index: int) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(self._arguments[index])

    def receive(self) -> bytes | None:
        try:
            return self.connection.recv_bytes()
        except (EOFError, ConnectionResetError):
            return None

    def stop(self) -> None:
        self._process.kill()

    def end(self) -> int | None:
        self._process.join()
        self.connection.close()
        return self._process.exitcode

    @staticmethod
    def ready(workers: Sequence[_Fresh]) -> Iterable[_Fresh]:
        from multiprocessing.connection import wait

        found = wait([worker.connection for worker in workers])
        return [worker for worker in workers if worker.connection in found]


def _serve(connection: Connection, function: Callable[[Any], object]) -> None:
    """The life of a fresh process, until the parent hangs up or stops it."""
    import pickle
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, ConnectionResetError, BrokenPipeError):
        while True:
            connection.send_bytes(pickle.dumps(function(connection.recv())))
