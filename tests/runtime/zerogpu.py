"""ZeroGPU on this machine: the real `spaces` and `gradio`, with a device API on loopback in place of the scheduler.

`SPACES_ZERO_GPU=true` takes the same way through `spaces` as on the platform: real forks, real pickling, real
bookings. What is missing is the GPU, so nothing here can show what CUDA does.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from device_api import Answer, Booking, DeviceApi

from page_cases import PROJECT, Case, read_page

_LAUNCHER = Path(__file__).with_name("launcher.py")
_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost|0\.0\.0\.0):(\d+)")
# Seconds. An app is up in half of one; a machine with other work may take ten times as long.
_PATIENCE = 30.0
_STEP = 0.02

_Test = TypeVar("_Test", bound=Callable[..., None])


class App:
    """An app that was started. `folder` is the Space's, in which it runs; `process` its process and process group."""

    def __init__(self, folder: Path, process: int, api: DeviceApi) -> None:
        self.folder = folder
        self.process = process
        self._api = api

    @property
    def output(self) -> str:
        """What the app and its workers have printed so far."""
        file = self.folder.parent / "output.txt"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    @property
    def status(self) -> int | None:
        """The exit status of the app, None while it runs."""
        file = self.folder.parent / "status.txt"
        text = file.read_text() if file.exists() else ""
        return int(text) if text else None

    @property
    def bookings(self) -> list[Booking]:
        """The GPUs that the app has asked for."""
        return self._api.bookings

    @property
    def address(self) -> str:
        """Where the app is served. Waits until it is; AssertionError with its output when it ends before."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = _ADDRESS.search(self.output)
            if found:
                return f"http://127.0.0.1:{found[1]}"
            assert self.status is None, f"the app ended with {self.status}:\n{self.output}"
            time.sleep(_STEP)
        raise AssertionError(f"the app is not served after {_PATIENCE:g} s:\n{self.output}")

    def ended(self, seconds: float = _PATIENCE) -> int:
        """The exit status of the app. Waits for its end; AssertionError when it still runs after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.status is not None:
                return self.status
            time.sleep(_STEP)
        raise AssertionError(f"the app still runs after {seconds:g} s:\n{self.output}")

    def client(self, visitor: str = "") -> Any:
        """A client of the app (`gradio_client.Client`), with the token that the platform gives to a visitor."""
        from gradio_client import Client

        headers = {"x-ip-token": token_of(visitor)} if visitor else None
        downloads = self.folder.parent / "downloads"
        return Client(self.address, verbose=False, headers=headers, download_files=downloads)

    def stop(self) -> None:
        """End the app and all its workers, whatever they do."""
        try:
            os.killpg(self.process, signal.SIGKILL)
        except ProcessLookupError:
            return


class ZeroGpu:
    """Starts apps. `python` is the interpreter that has `spaces` and `gradio`; `folder` takes what the apps write;
    `launcher` is the program that becomes the apps."""

    def __init__(self, python: str, folder: Path, launcher: Path = _LAUNCHER) -> None:
        self.api = DeviceApi()
        self._folder = folder
        self._python = python
        self._count = 0
        self._apps: list[App] = []
        home, temporary = folder / "home", folder / "tmp"
        home.mkdir(parents=True)
        temporary.mkdir()
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GRADIO_", "SPACE"))},
            "SPACES_ZERO_GPU": "true",
            "SPACES_ZERO_DEVICE_API_URL": self.api.url,
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SSR_MODE": "False",
            "HF_HUB_OFFLINE": "1",
            "HOME": str(home),
            "NO_PROXY": "*",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(temporary),
        }
        self._launcher = subprocess.Popen(
            [python, str(launcher)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            text=True,
        )
        self.versions = self._answer()

    def _answer(self) -> str:
        assert self._launcher.stdout is not None
        line = self._launcher.stdout.readline()
        assert line, "the launcher of apps has ended; its error stands above"
        return line.strip()

    def start(
        self,
        files: Mapping[str, str | bytes],
        *,
        file: str = "app.py",
        environment: Mapping[str, str] | None = None,
        answer: Answer | None = None,
    ) -> App:
        """Start the app of a Space with these files, in a folder of its own. What was booked before is forgotten.

        `answer` is what bookings get in place of a GPU, from the first on."""
        app = self._written(files)
        self.api.answer = answer
        order = {"folder": str(app.folder), "file": file, "environment": dict(environment or {})}
        assert self._launcher.stdin is not None
        self._launcher.stdin.write(json.dumps(order) + "\n")
        self._launcher.stdin.flush()
        app.process = int(self._answer())
        return app

    def start_alone(
        self, files: Mapping[str, str | bytes], *, file: str = "app.py", environment: Mapping[str, str] | None = None
    ) -> App:
        """Like `start`, in an interpreter that has imported nothing yet: for what goes wrong while packages are
        imported, and a few seconds slower."""
        app = self._written(files)
        done = subprocess.Popen(
            [self._python, str(_LAUNCHER), str(app.folder), file],
            env={**self._environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
        )
        app.process = done.pid
        return app

    def start_case(self, rule: str, heading: str, **options: Any) -> App:
        """Start the app that stands under a heading of a rule's page."""
        return self.start(case(rule, heading), **options)

    def _written(self, files: Mapping[str, str | bytes]) -> App:
        self.stop()
        self.api.clear()
        self._count += 1
        folder = self._folder / f"{self._count}" / "space"
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        app = App(folder, 0, self.api)
        self._apps.append(app)
        return app

    def stop(self) -> None:
        """End the apps that still run."""
        while self._apps:
            self._apps.pop().stop()

    def close(self) -> None:
        """End everything that was started."""
        self.stop()
        assert self._launcher.stdin is not None
        self._launcher.stdin.close()
        self._launcher.wait(10)
        self.api.close()


@contextlib.contextmanager
def session(config: pytest.Config, folder: Path, **options: Path) -> Iterator[ZeroGpu]:
    """ZeroGPU for all tests of a folder, with the interpreter of `--runtime-python`."""
    zerogpu = ZeroGpu(config.getoption("--runtime-python", default=None) or sys.executable, folder, **options)
    try:
        yield zerogpu
    finally:
        zerogpu.close()


@contextlib.contextmanager
def one_test(zerogpu: ZeroGpu) -> Iterator[ZeroGpu]:
    """The same for one test: what it starts ends with it, and it ends after a minute."""
    try:
        with bounded(60):
            yield zerogpu
    finally:
        zerogpu.stop()


def case(rule: str, heading: str) -> dict[str, bytes]:
    """The files under a heading of a rule's page, or of its further cases. LookupError when there is no such case."""
    return _found(rule, heading).contents


def fixed_case(rule: str, heading: str) -> dict[str, bytes]:
    """Like `case`, with the files that the page shows as the result of `--fix`."""
    found = _found(rule, heading)
    assert found.fixed, f"the page of {rule} does not say what `--fix` makes of `{heading}`"
    return {**found.contents, **{file.path: file.text.encode() for file in found.fixed}}


def _found(rule: str, heading: str) -> Case:
    for folder in ("rules", "fixtures/cases"):
        path = PROJECT / folder / f"{rule}.md"
        for found in read_page(path).cases if path.exists() else ():
            if found.heading == heading:
                return found
    raise LookupError(f"no case `{heading}` on the page of {rule}")


def until(condition: Callable[[], object], seconds: float = _PATIENCE) -> None:
    """Wait until a condition holds; AssertionError when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds:g} s"
        time.sleep(_STEP)


@contextlib.contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in what takes longer: a client waits for ever for a reply that does not come."""

    def give_up(number: int, frame: object) -> None:
        raise TimeoutError(f"the test still runs after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def token_of(visitor: str) -> str:
    """The token of a visitor, shaped as the platform's: a JSON web token whose middle says who it is."""
    payload = base64.urlsafe_b64encode(json.dumps({"user": visitor, "error": None}).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.e30"


def proves(*rules: str) -> Callable[[_Test], _Test]:
    """Mark a test that makes happen what the pages of these rules say: `test_coverage` counts them."""
    for rule in rules:
        assert (PROJECT / "rules" / f"{rule}.md").exists(), f"there is no page of {rule}"
    return lambda test: test
