"""What a GPU worker must not do as a process: children, and its own end."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import multiprocessing, multiprocessing as mp, os, signal, sys, threading
from concurrent.futures import ProcessPoolExecutor
import gradio as gr
import spaces
import torch
from torch.utils.data import DataLoader

"""
FIRST = HEAD.count("\n")


def space_of(body: str, before: str = "") -> Space:
    """An app whose GPU function has a body of its own, at `before`'s lines plus 2 and on."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    function = f"@spaces.GPU(duration=9)\ndef run(given, flag):\n{indented}\n"
    app = f"{before}{function}gr.Interface(run, 'text', 'text').launch()\n"
    return Space({"app.py": (HEAD + app).encode()}, target="zerogpu")


def children(body: str, before: str = "") -> list[int]:
    space = space_of(body, before)
    return [space.span(c.call.scope.module, c.call.node).start_line - FIRST for c in space.child_processes()]


def endings(body: str, before: str = "") -> list[tuple[int, str]]:
    space = space_of(body, before)
    return [(space.span(e.call.scope.module, e.call.node).start_line - FIRST, e.kind) for e in space.worker_endings()]


@pytest.mark.parametrize(
    "body",
    [
        "mp.Process(target=print).start()",
        "multiprocessing.Pool(2)",
        "mp.get_context('fork').Pool(2)",
        "mp.Manager()",
        "torch.multiprocessing.spawn(print, nprocs=2)",
        "ProcessPoolExecutor()",
        "DataLoader(given, num_workers=1)",
        "DataLoader(given, 8, True, None, None, 2)",
        "DataLoader(given, num_workers=os.cpu_count())",
        "DataLoader(given, num_workers=max(given, 2))",
        "DataLoader(given, num_workers=4 if flag else 2)",
        "torch.utils.data.DataLoader(given, num_workers=4)",
    ],
)
def test_starting_a_process_is_found(body: str) -> None:
    assert children(body) == [3]


@pytest.mark.parametrize(
    "body",
    [
        "mp.Queue()",
        "mp.pool.ThreadPool(2)",
        "mp.cpu_count()",
        "mp.dummy.Pool(2)",
        "threading.Thread(target=print).start()",
        "DataLoader(given)",
        "DataLoader(given, num_workers=0)",
        "DataLoader(given, num_workers=given)",
        "DataLoader(given, num_workers=min(given, 4))",
        "DataLoader(given, num_workers=4 if flag else 0)",
        "DataLoader(given, **flag)",
        "if not torch.cuda.is_available():\n    mp.Pool(2)",
        "given.Pool(2)",
    ],
)
def test_what_starts_no_process_is_left_alone(body: str) -> None:
    assert children(body) == []


def test_workers_that_all_callers_ask_for() -> None:
    helper = "def load(given, n):\n    return DataLoader(given, num_workers=n)\n"
    assert children("load(given, 2), load(given, 4)", helper) == [2]
    assert children("load(given, 2), load(given, 0)", helper) == []
    assert children("load(given, 2), load(given, flag)", helper) == []


@pytest.mark.parametrize(
    ("settings", "is_found"),
    [
        ("class Settings:\n    workers = 4\nsettings = Settings()\n", True),
        ("class Settings:\n    workers = 4\nsettings = Settings()\nsettings.workers = 0\n", False),
        (
            "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--workers', default=2)\n"
            "settings = parser.parse_args()\n",
            True,
        ),
        ("import json\nsettings = json.load(open('settings.json'))\n", False),
    ],
)
def test_workers_from_settings(settings: str, is_found: bool) -> None:
    assert bool(children("DataLoader(given, num_workers=settings.workers)", settings)) is is_found


def test_work_for_a_pool_of_the_main_process() -> None:
    assert children("return pool.map(len, given)", "pool = mp.Pool(2)\n") == [4]
    assert children("return pool.submit(len, given)", "pool = ProcessPoolExecutor()\n") == [4]
    assert children("return given.map(len, flag)", "pool = mp.Pool(2)\n") == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("sys.exit(1)", "exit"),
        ("exit()", "exit"),
        ("raise SystemExit(given)", "exit"),
        ("try: sys.exit()\nexcept Exception: pass", "exit"),
        ("os._exit(0)", "abort"),
        ("os.abort()", "abort"),
        ("os.kill(os.getpid(), 9)", "abort"),
        ("os.kill(os.getpid(), signal.SIGINT)", "abort"),
        ("signal.raise_signal(signal.SIGKILL)", "abort"),
        ("signal.signal(signal.SIGALRM, flag)", "signal"),
    ],
)
def test_the_end_of_a_worker(body: str, kind: str) -> None:
    assert endings(body) == [(3, kind)]


@pytest.mark.parametrize(
    "body",
    [
        "given.exit()",
        "os.kill(given, 9)",
        "os.kill(os.getpid(), signal.SIGTERM)",
        "os.kill(os.getpid(), given)",
        "signal.alarm(3)",
        "signal.getsignal(signal.SIGALRM)",
        "try: sys.exit()\nexcept BaseException: pass",
        "try: sys.exit()\nexcept: pass",
        "try: signal.signal(signal.SIGALRM, flag)\nexcept (ValueError, OSError): pass",
        "if threading.current_thread().name == 'MainThread': signal.signal(signal.SIGALRM, flag)",
        "threading.Thread(target=sys.exit).start()",
    ],
)
def test_what_ends_no_worker(body: str) -> None:
    assert endings(body) == []


def test_an_exit_that_is_caught_further_up_or_ends_a_thread() -> None:
    leave = "def leave():\n    sys.exit(1)\n"
    assert endings("leave()", leave) == [(2, "exit")]
    assert endings("try: leave()\nexcept SystemExit: pass", leave) == []
    assert endings("threading.Thread(target=leave).start()", leave) == []
    abort = "def leave():\n    os._exit(1)\n"
    assert endings("threading.Thread(target=leave).start()", abort) == [(2, "abort")]
