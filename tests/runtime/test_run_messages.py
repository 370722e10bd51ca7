"""What visitors and logs really say when something fails is what `zerolint explain` knows."""

from __future__ import annotations

from typing import Any

import pytest
from device_api import Answer
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu

from zerolint import logs

HEAD = "import gradio as gr\nimport spaces\n\n\n"
TAIL = "\n\ngr.Interface(work, 'text', 'text', api_name='work').launch()\n"
WORK = "@spaces.GPU(duration=30)\ndef work(text):\n    return text\n"
QUOTA = {"left": 12, "wait": 3600}


def first(text: str) -> str:
    """The name of the message that decides."""
    return next((known.message.name for known in logs.recognise(text)), "")


def failure(app: App, visitor: str = "") -> str:
    """What a visitor reads when the app's call fails."""
    with pytest.raises(AppError) as failed:
        app.client(visitor).predict("hello", api_name="/work")
    return str(failed.value)


@pytest.mark.parametrize(
    ("status", "body", "visitor", "name"),
    [
        (401, None, "alice", "expired-token"),
        (503, None, "alice", "no-gpu-available"),
        (429, QUOTA, "alice", "quota-exceeded"),
        (429, QUOTA, "", "gpu-limit-of-space"),
        (429, {**QUOTA, "wait": 0}, "alice", "runs-limit"),
        (429, {**QUOTA, "wait": -1}, "alice", "illegal-duration"),
    ],
)
def test_what_the_scheduler_refuses(zerogpu: ZeroGpu, status: int, body: Any, visitor: str, name: str) -> None:
    app = zerogpu.start({"app.py": HEAD + WORK + TAIL})
    zerogpu.api.answer = Answer(status, body)
    assert first(failure(app, visitor)) == name


@pytest.mark.parametrize(("status", "name"), [(422, "schedule-refused"), (500, "schedule-error")])
def test_what_the_scheduler_cannot_answer(zerogpu: ZeroGpu, status: int, name: str) -> None:
    app = zerogpu.start({"app.py": HEAD + WORK + TAIL})
    zerogpu.api.answer = Answer(status)
    # The visitor is told nothing; the log has it.
    assert first(failure(app, "alice")) == "hidden-exception"
    assert first(app.output) == name


@pytest.mark.parametrize(
    ("work", "name"),
    [
        ("@spaces.GPU(duration='60')\ndef work(text):\n    return text\n", "duration-type"),
        ("@spaces.GPU(duration=lambda: 3)\ndef work(text):\n    return text\n", "duration-signature"),
        ("@spaces.GPU\ndef work(text):\n    return lambda: text\n", "unpicklable-result"),
        ("@spaces.GPU\ndef make(text, what):\n    return text\n\ndef work(text):\n"
         "    return make(text, lambda: 1)\n", "unpicklable-argument"),
        ("@spaces.GPU\ndef work(text):\n    return (letter for letter in text)\n", "generator-result"),
        ("def work(text):\n    with spaces.GPU():\n        return text\n", "gpu-as-context"),
        ("@spaces.GPU\ndef work(text):\n    import multiprocessing\n"
         "    multiprocessing.Process(target=print).start()\n", "daemonic"),
        ("@spaces.GPU\ndef work(text):\n    import signal\n"
         "    signal.signal(signal.SIGTERM, signal.SIG_DFL)\n", "signal-in-worker"),
    ],
)  # fmt: skip
def test_what_a_log_says_of_a_call_that_failed(zerogpu: ZeroGpu, work: str, name: str) -> None:
    app = zerogpu.start({"app.py": HEAD + work + TAIL})
    failure(app, "alice")
    assert first(app.output) == name


def test_a_worker_that_ends(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start({"app.py": HEAD + "@spaces.GPU\ndef work(text):\n    raise SystemExit\n" + TAIL})
    assert first(failure(app, "alice")) == "task-aborted"


@pytest.mark.parametrize(
    ("work", "name"),
    [
        ("@spaces.GPU\nasync def work(text):\n    return text\n", "async-gpu-function"),
        ("@spaces.GPU(45, 'large')\ndef work(text):\n    return text\n", "two-positional-options"),
    ],
)
def test_an_app_that_does_not_start(zerogpu: ZeroGpu, work: str, name: str) -> None:
    app = zerogpu.start({"app.py": HEAD + work + TAIL})
    assert app.ended() == 1
    assert first(app.output) == name


def test_an_app_that_works_has_nothing_but_notices(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start({"app.py": HEAD + WORK + TAIL})
    assert app.client("alice").predict("hello", api_name="/work") == "hello"
    assert {known.message.kind for known in logs.recognise(app.output)} <= {"notice"}
