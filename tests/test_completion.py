"""Shells complete commands, options, files, formats and the names of rules and facts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# What bash does when somebody presses Tab: it calls the function that the completion has defined.
PRESS_TAB = """
eval "$(_ZEROLINT_COMPLETE=bash_source zerolint)" || exit
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
# Outside of a real completion bash refuses to hear that files are wanted.
compopt() { echo "$2"; }
_zerolint_completion zerolint
printf '%s\\n' "${COMPREPLY[@]}"
"""


def new_bash() -> str | None:
    """A bash for which click has completion: 4.4 or later."""
    bash = shutil.which("bash")
    if bash is None:
        return None
    test = 'test "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -ge 44'
    done = subprocess.run([bash, "--norc", "-c", test], check=False, timeout=60)
    return bash if done.returncode == 0 else None


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `zerolint`, whose Python is that of the tests."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "zerolint"
    script.write_text(f"#!{sys.executable}\nfrom zerolint.cli import main\n\nmain()\n")
    script.chmod(0o755)
    return folder


@pytest.mark.skipif(new_bash() is None, reason="needs bash 4.4")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ch"], ["check"]),
        (["check", "--write"], ["--write-baseline"]),
        (["check", "--color", ""], ["auto", "always", "never"]),
        (["check", "--format", "g"], ["github", "gitlab"]),
        (["check", "--select", "ZG001,fixed"], ["ZG001,fixed-output-path"]),
        (["explain", "spaces-p"], ["spaces-pinned"]),
        (["facts", "python.d"], ["python.default"]),
        (["check", "ap"], ["default", ""]),
    ],
    ids=lambda words: " ".join(words),
)
def test_bash(program: Path, words: list[str], expected: list[str]) -> None:
    bash = new_bash()
    assert bash
    done = subprocess.run(
        [bash, "--norc", "-c", PRESS_TAB, "bash", "zerolint", *words],
        env={**os.environ, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.splitlines(), done.stderr) == (expected, "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script(program: Path, shell: str) -> None:
    done = subprocess.run(
        [sys.executable, program / "zerolint"],
        env={**os.environ, "_ZEROLINT_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "_ZEROLINT_COMPLETE=" in done.stdout
