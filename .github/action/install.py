"""Install zerolint for action.yml into an environment of its own, which leaves the job's Python as it is.

Without the input `version` it is the zerolint that lies beside this script, with it a release from the package index.
Runs on the standard library; the output `python` is the interpreter that has zerolint.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    version = os.environ.get("INPUT_VERSION", "").strip()
    if version and not re.fullmatch(r"[0-9][0-9A-Za-z.!+_-]*", version):
        sys.stdout.write("::error title=zerolint::The input `version` is one version, such as 0.1.0\n")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="zerolint-", dir=os.environ.get("RUNNER_TEMP")))
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirement = f"zerolint=={version}" if version else str(ROOT)
    # Isolated, because the working folder may hold a `venv.py` or a `pip.py` of somebody else; and pip starts Python
    # again, not isolated. The environment gets no pip of its own, and no more compiled modules than it needs: both
    # take seconds.
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-I", "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([*pip, "install", "--no-compile", requirement], env=variables, check=False)
    if done.returncode:
        return done.returncode
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"python={python}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
