"""Ignore files mean what gitignore(5) says; checked against git itself where it is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from zerolint.read.ignored import is_ignored, read_ignore_file

# Pattern file, path (a folder with a trailing slash), whether it is ignored. Its parents are asked about first.
CASES = [
    ("*.pyc", "a/b.pyc", True),
    ("*.pyc", "b.py", False),
    ("build", "a/build", True),
    ("build/", "a/build/", True),
    ("build/", "build", False),
    ("build/", "a/build/c.py", True),
    ("/build", "build/", True),
    ("/build", "a/build", False),
    ("a/b", "a/b", True),
    ("a/b", "c/a/b", False),
    ("a/*", "a/b", True),
    ("a/*", "a/b/c", True),
    ("a/*.py", "a/b/c.py", False),
    ("**/b", "b", True),
    ("**/b", "a/c/b", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/c/d/b", True),
    ("a/**", "a/b/c", True),
    ("**", "x", True),
    ("a**b", "axxb", True),
    ("a**b", "ax/xb", False),
    ("?.py", "a.py", True),
    ("?.py", "ab.py", False),
    ("[ab].py", "a.py", True),
    ("[!ab].py", "a.py", False),
    ("[^ab].py", "c.py", True),
    ("[a-c]x", "bx", True),
    ("[a-c]x", "dx", False),
    ("[]a]x", "]x", True),
    ("[[:digit:]]x", "5x", True),
    ("[a/b]x", "/x", False),
    ("[", "[", False),
    ("# a", "# a", False),
    ("\\#a", "#a", True),
    ("\\!a", "!a", True),
    ("a\\*", "a*", True),
    ("a\\*", "ab", False),
    ("a   ", "a", True),
    ("a\\ ", "a ", True),
    ("a\\", "a", False),
    ("*.py\n!b.py", "b.py", False),
    ("*.py\n!b.py", "a.py", True),
    ("!b.py\n*.py", "b.py", True),
    ("a/\n!a/b.py", "a/b.py", True),
    ("a/*\n!a/b.py", "a/b.py", False),
    ("a/*\n!a/b.py", "a/c.py", True),
    ("*\n!*.py\n!*/", "x/y.py", False),
    ("*\n!*.py\n!*/", "x/y.txt", True),
    ("/*\n!/a\n/a/b", "a/b", True),
    ("é*", "éa", True),
    ("A.py", "a.py", False),
    ("", "a", False),
    ("/", "a", False),
    ("a.b", "axb", False),
    ("foo\r\nbar\r\n", "bar", True),
]


def ignored(patterns: str, path: str) -> bool:
    files = [read_ignore_file(patterns, "")]
    parts = path.rstrip("/").split("/")
    for count in range(1, len(parts)):
        if is_ignored(files, "/".join(parts[:count]), True):
            return True
    return is_ignored(files, path.rstrip("/"), path.endswith("/"))


@pytest.mark.parametrize(("patterns", "path", "expected"), CASES)
def test_patterns(patterns: str, path: str, expected: bool) -> None:
    if not path.strip("/"):
        return
    assert ignored(patterns, path) is expected


def test_git_agrees(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        return
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    wrong = []
    for patterns, path, expected in CASES:
        if path.startswith("/") or "\r" in patterns:
            continue
        (tmp_path / ".gitignore").write_text(patterns + "\n", encoding="utf-8")
        asked = subprocess.run(
            ["git", "check-ignore", "-q", "--no-index", path], cwd=tmp_path, capture_output=True, check=False
        )
        if (asked.returncode == 0) is not expected:
            wrong.append((patterns, path))
    assert wrong == []


def test_the_deepest_file_with_an_opinion_decides() -> None:
    files = [read_ignore_file("*.txt\n", ""), read_ignore_file("!keep.txt\n/x.py\n", "a/")]
    assert is_ignored(files, "keep.txt", False)
    assert not is_ignored(files, "a/keep.txt", False)
    assert is_ignored(files, "a/other.txt", False)
    assert is_ignored(files, "a/x.py", False)
    assert not is_ignored(files, "x.py", False)
    assert not is_ignored(files, "b/keep.py", False)


def test_hostile_patterns_take_no_long_time() -> None:
    files = [
        read_ignore_file("a" + "*a" * 15 + "b\n" + "[" * 900 + "\n" + "x" * 5_000 + "\n" + "**/" * 300 + "y\n", "")
    ]
    assert not is_ignored(files, "a" * 60, False)
