"""Spaces whose README, requirements and packages are the point: right, wrong in known ways, and malformed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commands import zerolint
from whole_spaces import assert_all_described, assert_reported, names

FOLDER = Path(__file__).parent.parent / "fixtures" / "packages"


@pytest.mark.parametrize("name", names(FOLDER))
def test_a_file_set_is_reported_as_expected(name: str, pytestconfig: pytest.Config) -> None:
    assert_reported(FOLDER, name, write=pytestconfig.getoption("--write-expected"))


def test_every_file_set_says_what_it_is_for_and_no_report_is_left_over() -> None:
    assert_all_described(FOLDER)


# What takes the place of a file.
RUINS = {
    "README.md": [
        b"---\ntitle: a: b\nsdk: gradio\n---\n",
        b"---\nsdk: gradio\n",
        b"\x00\xff\xfe",
        b"---\nsdk: [\n---\n",
    ],
    "requirements.txt": [b"=====\n", b"-r requirements.txt\n", b"\x80\x81\n", b"-r missing.txt\n", b"-r\n"],
    "app.py": [b"def (\n", b"\x00", b"# coding: nonsense\n"],
}


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a file set with mistakes in each of its files, as the working folder."""
    space = tmp_path / "space"
    shutil.copytree(FOLDER / "windows", space)
    monkeypatch.chdir(space)
    return space


def findings() -> list[str]:
    code, out, err = zerolint("check", ".", "--isolated", "--no-cache", "--format", "concise")
    assert code == 1, err
    return out.splitlines()


@pytest.mark.parametrize(("path", "content"), [(path, ruin) for path, ruins in RUINS.items() for ruin in ruins])
def test_a_malformed_file_is_told_and_hides_nothing_in_the_others(path: str, content: bytes, windows: Path) -> None:
    others = {line for line in findings() if not line.startswith(f"{path}:")}
    assert len({line.partition(":")[0] for line in others}) == 3
    (windows / path).write_bytes(content)
    after = findings()
    assert others <= set(after)
    assert any(line.startswith(f"{path}:") and line.split()[1] in ("ZG900", "ZG901") for line in after)


def test_a_line_that_is_no_requirement_hides_no_other(windows: Path) -> None:
    file = windows / "requirements.txt"
    before = [line.split(" ", 1)[1] for line in findings() if line.startswith("requirements.txt:")]
    assert before
    lines = file.read_bytes().split(b"\r\n")
    pieces = [piece for line in lines for piece in ([line] if line.endswith(b"\\") else [line, b"no = way"])]
    file.write_bytes(b"\r\n".join(pieces))
    after = [line.split(" ", 1)[1] for line in findings() if line.startswith("requirements.txt:")]
    assert [text for text in after if not text.startswith("ZG900")] == before
    assert len(after) == len(before) + pieces.count(b"no = way")
