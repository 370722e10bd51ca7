"""Calls in worker processes, forked ones and fresh ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from zerolint.workers import Died, call_each, can_fork

Results = dict[int, object]
KINDS = [pytest.param("fork", marks=pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")), "fresh"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Another thread makes a fork unsafe."""
    stop = threading.Event()
    if request.param == "fresh":
        threading.Thread(target=stop.wait).start()
    assert can_fork() == (request.param == "fork")
    yield request.param
    stop.set()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()


def work(argument: object) -> object:
    match argument:
        case "die":
            os.kill(os.getpid(), signal.SIGTERM)
        case "leave":
            os._exit(7)
        case "fail":
            raise LookupError("no such thing")
        case "who":
            return os.getpid()
        case int():
            return "x" * argument
    return argument


def called(arguments: list[object], count: int) -> Results:
    results: Results = {}
    call_each(work, arguments, range(len(arguments)), count, results.__setitem__)
    return results


def test_every_result_arrives(kind: str) -> None:
    # More than a pipe holds.
    sizes: list[object] = [0, 1, 300_000, 70_000, 65_536, 5]
    assert called(sizes, 3) == {index: "x" * size for index, size in enumerate(sizes) if isinstance(size, int)}


def test_only_what_is_asked_for_and_in_this_order(kind: str) -> None:
    results: Results = {}
    call_each(work, ["a", "b", "c"], [2, 0], 1, results.__setitem__)
    assert list(results.items()) == [(2, "c"), (0, "a")]


def test_a_process_is_used_again(kind: str) -> None:
    processes = set(called(["who"] * 6, 2).values())
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes


@pytest.mark.parametrize("count", [1, 2])
def test_one_that_dies_costs_its_call(kind: str, count: int) -> None:
    assert called(["a", "die", "b", "leave", "c"], count) == {
        0: "a",
        1: Died(-signal.SIGTERM),
        2: "b",
        3: Died(7),
        4: "c",
    }


def test_an_exception_ends_the_process_and_is_told(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert called(["fail", "a"], 1) == {0: Died(1), 1: "a"}
    assert "LookupError: no such thing" in capfd.readouterr().err


def test_nothing_to_call(kind: str) -> None:
    assert called([], 2) == {}


def test_what_the_caller_raises_ends_all(kind: str) -> None:
    processes: list[int] = []

    def done(index: int, result: object) -> None:
        if isinstance(result, int):
            processes.append(result)
        if len(processes) == 3:
            raise KeyError(index)

    with pytest.raises(KeyError):
        call_each(work, ["who"] * 8, range(8), 2, done)
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


INTERRUPTED = """
import os, signal, time
from zerolint.workers import call_each

def work(argument):
    os.kill(os.getppid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

if __name__ == "__main__":
    call_each(work, [1, 2], [0, 1], 2, print)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")
def test_an_interrupt_is_answered_by_the_parent_alone(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(textwrap.dedent(INTERRUPTED))
    command = [sys.executable, str(tmp_path / "interrupted.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stdout == ""
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
