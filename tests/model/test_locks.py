"""Which locks are held across a call of a GPU function that takes them."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import multiprocessing, threading
from concurrent.futures import ThreadPoolExecutor
import gradio as gr
import spaces

lock = {lock}
other = threading.Lock()
executor = ThreadPoolExecutor()

def take():
    with lock:
        global count
        count += 1

@spaces.GPU(duration=9)
def gpu(value):
{gpu}
    return value

def lead(value):
    return gpu(value)

def run(value):
{run}

gr.Interface(run, 'text', 'text').launch()
"""


def held(run: str, gpu: str = "take()", lock: str = "threading.Lock()") -> list[tuple[str, str, str, bool]]:
    bodies = {"run": run, "gpu": gpu}
    indented = {name: "".join(f"    {line}\n" for line in body.splitlines()) for name, body in bodies.items()}
    space = Space({"app.py": HEAD.format(lock=lock, **indented).encode()}, target="zerogpu")
    return [
        (space.code(found.caller.module, found.lock), found.function.name, found.taker.name, found.is_certain)
        for found in space.held_locks()
    ]


HANGS = [("lock", "gpu", "take", True)]


@pytest.mark.parametrize(
    "lock",
    [
        "threading.Lock()",
        "threading.RLock()",
        "threading.Condition()",
        "threading.Semaphore()",
        "threading.BoundedSemaphore(value=1)",
        "multiprocessing.Lock()",
    ],
)
def test_locks_of_one_holder(lock: str) -> None:
    assert held("with lock:\n    return gpu(value)", lock=lock) == HANGS


@pytest.mark.parametrize("lock", ["threading.Semaphore(2)", "threading.Semaphore(given)", "given()", "open('f')"])
def test_what_is_no_such_lock(lock: str) -> None:
    assert held("with lock:\n    return gpu(value)", lock=lock) == []


@pytest.mark.parametrize(
    "run",
    [
        "with lock:\n    return lead(value)",
        "with other, lock:\n    return gpu(value)",
        "with lock:\n    if value:\n        return gpu(value)",
        "with lock:\n    return [gpu(part) for part in value]",
        "lock.acquire()\nvalue = gpu(value)\nlock.release()\nreturn value",
        "if lock.acquire(timeout=1):\n    return gpu(value)",
    ],
)
def test_a_lock_that_is_held(run: str) -> None:
    assert held(run) == HANGS


@pytest.mark.parametrize(
    "run",
    [
        "with lock:\n    value += 1\nreturn gpu(value)",
        "with other:\n    return gpu(value)",
        "lock.acquire()\nlock.release()\nreturn gpu(value)",
        "with lock:\n    return executor.submit(gpu, value)",
        "if False:\n    with lock:\n        return gpu(value)",
    ],
)
def test_a_lock_that_is_not_held(run: str) -> None:
    assert held(run) == []


@pytest.mark.parametrize(
    ("gpu", "is_found"),
    [
        ("lock.acquire()", True),
        ("with lock: value += 1", True),
        ("lock.acquire(timeout=1)", False),
        ("lock.acquire(False)", False),
        ("with other: value += 1", False),
        ("lock.locked()", False),
    ],
)
def test_what_the_gpu_function_does(gpu: str, is_found: bool) -> None:
    assert bool(held("with lock:\n    return gpu(value)", gpu)) is is_found


def test_a_lock_of_an_object_is_less_certain() -> None:
    app = """\
import threading
import gradio as gr
import spaces

class Store:
    def __init__(self):
        self.lock = threading.Lock()

    def run(self, value):
        with self.lock:
            return gpu(value)

store = Store()

@spaces.GPU(duration=9)
def gpu(value):
    with store.lock:
        return value

gr.Interface(store.run, 'text', 'text').launch()
"""
    space = Space({"app.py": app.encode()}, target="zerogpu")
    assert [(found.function.name, found.is_certain) for found in space.held_locks()] == [("gpu", False)]
