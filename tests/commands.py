"""The command line for tests: in this process, which is quick, or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from zerolint import engine, rules
from zerolint.cli import main


def zerolint(*arguments: str, text: str | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command run in this process, with `text` as its input."""
    out, err, before = _stream(), _stream(), sys.stdin
    sys.stdin = _stream(text or "")
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stop:
            main(arguments)
    finally:
        sys.stdin = before
    assert isinstance(stop.value.code, int)
    return stop.value.code, _written(out), _written(err)


def own_process(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m zerolint` in the working folder."""
    return subprocess.run(
        [sys.executable, "-m", "zerolint", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        timeout=60,
        check=False,
    )


@contextmanager
def installed(plugin: Path) -> Iterator[None]:
    """A plug-in on the search path, of this process and of its children."""
    before = os.environ.get("PYTHONPATH")
    forget_rules()
    sys.path.insert(0, str(plugin))
    os.environ["PYTHONPATH"] = str(plugin)
    try:
        yield
    finally:
        sys.path.remove(str(plugin))
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
        for module in plugin.glob("*.py"):
            sys.modules.pop(module.stem, None)
        forget_rules()


def forget_rules() -> None:
    """Have the rules looked for again: they are looked for once in the life of a process."""
    engine.catalogue.cache_clear()
    rules.plugins.cache_clear()


def _stream(text: str = "") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content = stream.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode()
