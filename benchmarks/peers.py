"""Other linters on the same input, cold, where they are installed: flake8 with torchfix, fixit, pylint, semgrep."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring import Command

_SEMGREP_RULE = """rules:
  - id: bare-gpu
    languages: [python]
    severity: INFO
    message: no duration
    pattern: spaces.GPU(...)
"""


def installed(folder: Path) -> dict[str, Command]:
    """The command of each peer that is there; `folder` is for what they need beside the input."""
    python = [sys.executable, "-m"]
    found: dict[str, Command] = {}
    if find_spec("flake8") and find_spec("torchfix"):
        found["flake8+torchfix"] = [*python, "flake8", "--isolated", "--select=TOR", "--jobs=2", "."]
    if find_spec("fixit"):
        found["fixit"] = [*python, "fixit", "lint", "."]
    if find_spec("pylint"):
        found["pylint"] = [*python, "pylint", "--jobs=2", "--errors-only", "--exit-zero", "--recursive=y", "."]
    semgrep = shutil.which("semgrep")
    if semgrep:
        rule = folder / "semgrep.yml"
        rule.write_text(_SEMGREP_RULE, encoding="utf-8")
        options = ["--metrics=off", "--disable-version-check", "--quiet", "--jobs=2", f"--config={rule}"]
        found["semgrep"] = [semgrep, "scan", *options, "."]
    return found
