"""What is installed: the wheel holds the rules' pages, the platform facts, the JSON Schema and the typing marker, and
an installation of it runs without this checkout.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import zerolint

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel and nothing else, which is what pip makes of a pure Python wheel."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Python on the unpacked wheel, with this environment's third-party packages and without its zerolint."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=installed,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_wheel_holds_all_that_is_needed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    pages = {f"zerolint/pages/{page.name}" for page in (ROOT / "rules").glob("*.md")}
    sources = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "zerolint").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert pages
    assert names >= pages | sources
    for pattern in (r"zerolint/py\.typed", r"zerolint/facts/.+\.toml", r"zerolint/report/.+\.schema\.json"):
        assert any(re.fullmatch(pattern, name) for name in names), pattern
    assert {name.split("/")[0] for name in names} == {"zerolint", f"zerolint-{zerolint.__version__}.dist-info"}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        information = f"zerolint-{zerolint.__version__}.dist-info"
        metadata = archive.read(f"{information}/METADATA").decode()
        entry_points = archive.read(f"{information}/entry_points.txt").decode()
        assert f"{information}/licenses/LICENSE" in archive.namelist()
    assert re.search(r"^Requires-Python: >=3\.10$", metadata, re.MULTILINE)
    assert re.search(r"^License-Expression: Apache-2\.0$", metadata, re.MULTILINE)
    assert re.search(r"^zerolint = zerolint\.__main__:run$", entry_points, re.MULTILINE)


def test_the_installed_package_runs(installed: Path) -> None:
    place = run(installed, "-c", "import zerolint; print(zerolint.__file__)")
    assert Path(place.stdout.strip()) == installed / "zerolint" / "__init__.py"
    done = run(installed, "-m", "zerolint", "--version")
    assert done.returncode == 0, done.stderr
    assert zerolint.__version__ in done.stdout


def test_the_installed_package_has_its_pages(installed: Path) -> None:
    done = run(installed, "-m", "zerolint", "explain", "ZG007")
    assert done.returncode == 0, done.stderr
    assert "fixed-output-path" in done.stdout


def test_the_installed_package_lints(installed: Path) -> None:
    space = str(ROOT / "fixtures" / "spaces" / "flash-scene")
    done = run(installed, "-m", "zerolint", "check", "--isolated", "--no-cache", space)
    assert done.returncode == 1, done.stderr
    assert "ZG007" in done.stdout
