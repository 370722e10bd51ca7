"""Whole Spaces, and what is reported of their Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from whole_spaces import assert_all_described, assert_reported, check, expected_file, names

FOLDER = Path(__file__).parent.parent / "fixtures" / "spaces"
SPACES = names(FOLDER)
# Rules that have a finding in at least one of the Spaces.
SHOWN = {f"ZG{number:03d}" for number in range(1, 11)} | {"ZG900"}


@pytest.mark.parametrize("name", SPACES)
def test_a_space_is_reported_as_expected(name: str, pytestconfig: pytest.Config) -> None:
    assert_reported(FOLDER, name, write=pytestconfig.getoption("--write-expected"))


def test_every_space_says_what_it_is_for_and_no_report_is_left_over() -> None:
    assert_all_described(FOLDER)


def test_the_spaces_show_each_of_the_first_ten_rules() -> None:
    codes = {code for name in SPACES for code in re.findall(r"ZG\d{3}", expected_file(FOLDER, name).read_text("utf-8"))}
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
