"""Whole Spaces, judged by the command as a user runs it: what `fixtures/spaces/<name>.expected.txt` says is reported.

The expected lines are those of `zerolint check --format concise`, sorted, as seen from the Space's own folder. Lines
with `#` at the top say what the Space is for; they stay when `make expected` writes the rest anew.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "fixtures" / "spaces"
SPACES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
# Rules that have a finding in at least one of the Spaces.
SHOWN = {f"ZG{number:03d}" for number in range(1, 11)} | {"ZG900"}


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


def expected_file(name: str) -> Path:
    return FOLDER / f"{name}.expected.txt"


def split(text: str) -> tuple[list[str], list[str]]:
    """The opening comment and the expected lines."""
    lines = text.splitlines()
    return [line for line in lines if line.startswith("#")], [line for line in lines if line and line[0] != "#"]


@pytest.mark.parametrize("name", SPACES)
def test_a_space_is_reported_as_expected(name: str, pytestconfig: pytest.Config) -> None:
    file = expected_file(name)
    comment, expected = split(file.read_text("utf-8"))
    found = reported(FOLDER / name)
    if pytestconfig.getoption("--write-expected"):
        file.write_text("\n".join([*comment, *([""] if found else []), *found]) + "\n", "utf-8")
        return
    difference = difflib.unified_diff(expected, found, file.name, "reported", lineterm="", n=0)
    assert found == expected, "\n" + "\n".join(difference)


def test_every_space_says_what_it_is_for_and_no_report_is_left_over() -> None:
    assert [path.name for path in sorted(FOLDER.glob("*.expected.txt"))] == [f"{name}.expected.txt" for name in SPACES]
    assert all(split(expected_file(name).read_text("utf-8"))[0] for name in SPACES)


def test_the_spaces_show_each_of_the_first_ten_rules() -> None:
    codes = {code for name in SPACES for code in re.findall(r"ZG\d{3}", expected_file(name).read_text("utf-8"))}
    assert codes >= SHOWN


@pytest.mark.parametrize("name", ["streaming-chat", "no-gpu-asked"])
def test_a_silent_space_passes_and_says_so(name: str) -> None:
    done = check(FOLDER / name)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("zerolint: ")


def test_the_readme_shows_what_is_really_reported(pytestconfig: pytest.Config) -> None:
    """The first block of the README, piece by piece; what it leaves out is a line with `…`."""
    root = FOLDER.parent.parent
    readme = (root / "README.md").read_text("utf-8")
    shown = re.search(r"^```text\n\$ zerolint check (\S+)\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL)
    assert shown
    command = [sys.executable, "-m", "zerolint", "check", "--isolated", "--no-cache", "--color", "never", shown[1]]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", timeout=120, check=False)
    pieces = [piece.strip("\n") for piece in re.split(r"^…$", shown[2], flags=re.MULTILINE)]
    real = done.stdout.rstrip("\n").split("\n\n")
    if pytestconfig.getoption("--write-expected"):
        for piece in filter(None, pieces):
            label = piece.partition(":")[0]
            readme = readme.replace(piece, next(text for text in real if text.startswith(f"{label}:")))
        (root / "README.md").write_text(readme, "utf-8")
        return
    assert set(pieces) - {""} <= set(real)
