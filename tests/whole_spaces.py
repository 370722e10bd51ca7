"""Whole Spaces, judged by the command as a user runs it, against the reports that lie beside them.

What `<folder>/<name>.expected.txt` says is reported for `<folder>/<name>/`. Its lines are those of
`zerolint check --format concise`, sorted, as seen from the Space's own folder. Lines with `#` at the top say what the
Space is for; they stay when `make expected` writes the rest anew.
"""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from pathlib import Path


def names(folder: Path) -> list[str]:
    """The Spaces in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def check(space: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zerolint", "check", "--isolated", "--no-cache", *options, "."]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, cwd=space, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def reported(space: Path) -> list[str]:
    done = check(space, "--format", "concise", "--fail-on", "info")
    assert not done.stderr, done.stderr
    lines = sorted(done.stdout.splitlines(), key=place)
    assert done.returncode == (1 if lines else 0)
    return lines


def place(line: str) -> tuple[str, int, int, str]:
    """Sorts `path:line:column: CODE message` by what it says, not by its characters."""
    path, row, column, rest = line.split(":", 3)
    return path, int(row), int(column), rest


def expected_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.expected.txt"


def split(text: str) -> tuple[list[str], list[str]]:
    """The opening comment and the expected lines."""
    lines = text.splitlines()
    return [line for line in lines if line.startswith("#")], [line for line in lines if line and line[0] != "#"]


def assert_reported(folder: Path, name: str, *, write: bool) -> None:
    """Compare what is reported of a Space with what is expected; with `write`, let it be expected from now on."""
    file = expected_file(folder, name)
    comment, expected = split(file.read_text("utf-8"))
    found = reported(folder / name)
    if write:
        file.write_text("\n".join([*comment, *([""] if found else []), *found]) + "\n", "utf-8")
        return
    difference = difflib.unified_diff(expected, found, file.name, "reported", lineterm="", n=0)
    assert found == expected, "\n" + "\n".join(difference)


def assert_all_described(folder: Path) -> None:
    """Every Space has a report that says what the Space is for, and there is no report without its Space."""
    reports = [path.name for path in sorted(folder.glob("*.expected.txt"))]
    assert reports == [expected_file(folder, name).name for name in names(folder)]
    assert all(split((folder / report).read_text("utf-8"))[0] for report in reports)
