"""Calls in worker processes, forked ones and fresh ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zerolint.workers import Died

CALLS = Path(__file__).with_name("worker_calls.py")
FORK = pytest.param("fork", marks=pytest.mark.skipif(sys.platform != "linux", reason="needs a fork"))
KINDS = pytest.mark.parametrize("kind", [FORK, "fresh"])


def run(
    kind: str, arguments: list[str], count: int, order: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CALLS), kind, order, str(count), *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=variables)


def results(kind: str, arguments: list[str], count: int, order: str = "") -> list[tuple[int, object]]:
    """Indices and results as they came; a dead process is `[exit code]`."""
    done = run(kind, arguments, count, order)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@KINDS
def test_every_result_arrives(kind: str) -> None:
    # Some are more than a pipe holds.
    sizes = [0, 1, 300_000, 70_000, 65_536, 5]
    found = results(kind, [str(size) for size in sizes], 3)
    assert sorted(found) == [(index, "x" * size) for index, size in enumerate(sizes)]


@KINDS
def test_only_what_is_asked_for_and_in_this_order(kind: str) -> None:
    assert results(kind, ["a", "b", "c"], 1, "2,0") == [(2, "c"), (0, "a")]


@KINDS
def test_a_process_is_used_again(kind: str) -> None:
    processes = {process for _, process in results(kind, ["who"] * 6, 2)}
    assert 1 <= len(processes) <= 2


@KINDS
@pytest.mark.parametrize("count", [1, 2])
def test_one_that_dies_costs_its_call(kind: str, count: int) -> None:
    assert Died(7) == (7,)
    assert sorted(results(kind, ["a", "die", "b", "leave", "c"], count), key=lambda found: found[0]) == [
        (0, "a"),
        (1, [-signal.SIGTERM]),
        (2, "b"),
        (3, [7]),
        (4, "c"),
    ]


@KINDS
def test_an_exception_ends_the_process_and_is_told(kind: str) -> None:
    done = run(kind, ["fail", "a"], 1)
    assert done.stdout == '[0, [1]]\n[1, "a"]\n'
    assert done.stderr.rstrip().endswith("LookupError: no such thing")


@KINDS
def test_nothing_to_call(kind: str) -> None:
    assert results(kind, [], 2) == []


@KINDS
def test_what_the_caller_raises_ends_all(kind: str) -> None:
    done = run(kind, ["who", "who", "stop", "who"], 2)
    assert done.stderr.rstrip().endswith("KeyError: 2")
    processes = [result for _, result in map(json.loads, done.stdout.splitlines()) if isinstance(result, int)]
    assert processes
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")
@pytest.mark.parametrize(("files", "processes"), [(0, 1), (3, 1), (4, 1), (6, 2), (20, 3)])
def test_fewer_processes_have_to_do_where_no_more_are_to_be_had(files: int, processes: int) -> None:
    done = run("fork", ["who"] * 9, 3, FILES=str(files))
    assert done.stderr == ""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(index for index, _ in found) == list(range(9))
    assert len({process for _, process in found}) <= processes


@pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")
def test_an_interrupt_is_answered_by_the_parent_alone() -> None:
    done = run("fork", ["interrupt", "interrupt"], 2)
    assert done.returncode == -signal.SIGINT
    assert done.stdout == ""
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
