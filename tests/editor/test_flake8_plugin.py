"""The plug-in in the real flake8, in a process of its own, as its users and their editors run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sample_rules import write_plugin
from zerolint import __version__

README = "---\nsdk: gradio\npython_version: '3.12'\n---\n"
GPU = "import spaces\n\n\n@spaces.GPU(duration=30)\ndef draw(prompt):\n    return prompt\n"
# The function of another module is a GPU function or not, and so the loop books a GPU for each turn or it does not.
APP = """import gradio as gr

import spaces
from parts.gpu import draw


def draw_all(prompts):
    \"\"\"é😀\"\"\"
    return "😀", [draw(prompt) for prompt in prompts]


@spaces.GPU
def quick(prompt):
    return prompt


gr.TabbedInterface([gr.Interface(draw_all, "text", "text"), gr.Interface(quick, "text", "text")]).launch()
"""
ALONE = """import gradio as gr
import spaces


@spaces.GPU
def quick(prompt):
    return prompt


gr.Interface(quick, "text", "text").launch()
"""


@pytest.fixture
def space(tmp_path: Path) -> Path:
    space = tmp_path / "space"
    (space / "parts").mkdir(parents=True)
    (space / ".git").mkdir()
    (space / "README.md").write_text(README, "utf-8")
    (space / "requirements.txt").write_text("spaces==0.30\n", "utf-8")
    (space / "app.py").write_text(APP, "utf-8")
    (space / "parts" / "__init__.py").write_text("", "utf-8")
    (space / "parts" / "gpu.py").write_text(GPU, "utf-8")
    return space


def run(program: list[str], folder: Path, text: str | None = None, **variables: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        input=None if text is None else text.encode(),
        capture_output=True,
        env={**os.environ, "ZEROLINT_CACHE_DIR": str(folder.parent / "cache"), **variables},
        timeout=60,
        check=False,
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().splitlines()


def flake8(folder: Path, *arguments: str, text: str | None = None, **variables: str) -> tuple[int, list[str]]:
    return run(["-m", "flake8", "--isolated", "--jobs=1", "--select=ZG,XX,E9", *arguments], folder, text, **variables)


def concise(folder: Path, *arguments: str) -> list[str]:
    code, lines = run(["-m", "zerolint", "check", "--no-cache", "--format=concise", *arguments], folder)
    assert code in (0, 1)
    return lines


def test_flake8_knows_the_plugin() -> None:
    _, (line, *_) = run(["-m", "flake8", "--version"], Path.cwd())
    assert f"zerolint: {__version__}" in line


def test_findings_are_those_of_the_whole_space(space: Path) -> None:
    """The same lines as zerolint's own, columns included; of Python files only. The second time out of the cache."""
    expected = [line for line in concise(space) if ".py:" in line]
    assert [line.partition(" `")[0] for line in expected] == ["app.py:9:18: ZG004", "app.py:12:1: ZG008"]
    for _ in range(2):
        assert flake8(space, "app.py", "parts/gpu.py") == (1, expected)
    assert flake8(space / "parts", "gpu.py", "../app.py") == (1, [f"../{line}" for line in expected])
    code, lines = run(["-m", "flake8", "--isolated", "--jobs=2", "--select=ZG", "."], space)
    assert (code, sorted(lines)) == (1, sorted(f"./{line}" for line in expected))


def test_a_buffer_on_standard_input(space: Path) -> None:
    """It takes the place of the file that it is said to be; the rest of the Space is on disk."""
    stdin = ("--stdin-display-name", "app.py", "-")
    moved = "# moved\r\n" + APP.replace("\n", "\r\n").replace("@spaces.GPU\r", "@spaces.GPU(duration=9)\r")
    code, lines = flake8(space, *stdin, text=moved)
    assert (code, [line.partition(" `")[0] for line in lines]) == (1, ["app.py:10:18: ZG004"])
    assert flake8(space, *stdin, text="x = 1\n") == (0, [])
    name = str(space / "new.py")
    code, lines = flake8(space, "--stdin-display-name", name, "-", text=ALONE)
    assert (code, [line.split()[:2] for line in lines]) == (1, [[f"{name}:5:1:", "ZG008"]])
    assert flake8(space, "-", text=APP) == (0, [])
    code, lines = flake8(space, *stdin, text="def (:\n")
    assert (code, len(lines), lines[0].split()[1]) == (1, 1, "E999")


def test_ignore_comments(space: Path) -> None:
    text = APP.replace("[draw(prompt)", "[  # zerolint: ignore[ZG004] few\n        draw(prompt)")
    text = text.replace("@spaces.GPU\n", "@spaces.GPU  # noqa: ZG008\n")
    text += "x = 1  # zerolint: ignore[gpu-call-in-loop]\n"
    (space / "app.py").write_text(text, "utf-8")
    code, lines = flake8(space, "app.py")
    assert (code, [line.split()[:2] for line in lines]) == (1, [["app.py:19:27:", "ZG902"]])
    code, lines = flake8(space, "--disable-noqa", "app.py")
    assert (code, [line.split()[1] for line in lines]) == (1, ["ZG008", "ZG902"])


def test_configuration(space: Path) -> None:
    settings = space / "pyproject.toml"
    settings.write_text('[tool.zerolint]\nignore = ["gpu-call-in-loop"]\n')
    code, lines = flake8(space, "app.py")
    assert (code, [line.split()[1] for line in lines]) == (1, ["ZG008"])
    settings.write_text('[tool.zerolint]\nexclude = ["app.py"]\n')
    assert flake8(space, "app.py") == (0, [])
    settings.write_text('[tool.zerolint]\nignored = ["gpu-call-in-loop"]\n')
    code, lines = flake8(space, "app.py")
    assert code == 1
    assert 'app.py: "zerolint[ZG]" failed during execution due to ConfigError(' in lines[0]
    assert "unknown key `ignored`" in lines[0]


IMPORTED = """
import sys
from flake8.main.cli import main
code = main(["--isolated", "--jobs=1", "--select=ZG", *sys.argv[1:]])
print(code, sorted({"libcst", "rich", "yaml", "packaging"} & set(sys.modules)))
"""


def test_files_outside_of_spaces_cost_nothing(space: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    (plain / ".venv").mkdir(parents=True)
    (plain / "module.py").write_text("import json\nimport os.path as spaces\n\n# import spaces\nprint(json, spaces)\n")
    (plain / "text").write_text("import spaces\n")
    installed = space / "site-packages" / "library.py"
    installed.parent.mkdir()
    installed.write_text(APP, "utf-8")
    for files in ([str(plain / "module.py")], [str(plain / "text")], [str(installed)]):
        assert run(["-c", IMPORTED, *files], plain) == (0, ["0 []"])
    code, lines = run(["-c", IMPORTED, str(space / "app.py")], plain)
    assert (code, len(lines)) == (0, 3)
    assert "libcst" in lines[-1]


def test_a_folder_without_a_readme(tmp_path: Path) -> None:
    """A file that uses `spaces` makes its folder a Space; for another file there the folder is none."""
    (tmp_path / "a.py").write_text("import json\n\n\ndef f(): return json  # zerolint: ignore[no-such]\n")
    (tmp_path / "b.py").write_text(ALONE)
    for files in (["a.py", "b.py"], ["b.py", "a.py"]):
        code, lines = flake8(tmp_path, *files)
        assert (code, [line.split()[:2] for line in lines]) == (1, [["b.py:5:1:", "ZG008"]])


RULES = """
from pathlib import Path
from zerolint.finding import Consequence
from zerolint.rule import rule

@rule(code="XX009", name="counted", summary="", prevents="", consequence=Consequence.DATA, since="1")
def counted(space):
    with Path("counted").open("a") as file:
        file.write("once ")
    if b"CRASH" in space.contents["app.py"]:
        raise ValueError("the rule is wrong")
    yield from ()
"""


def test_a_space_is_judged_once_and_a_crash_is_told(space: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    write_plugin(plugin, "counting", RULES)
    code, lines = flake8(space, "app.py", "parts/gpu.py", "parts/__init__.py", PYTHONPATH=str(plugin))
    assert (code, len(lines)) == (1, 2)
    assert (space / "counted").read_text() == "once "
    (space / "app.py").write_text("# CRASH\nimport spaces\n")
    code, lines = flake8(space, "app.py", PYTHONPATH=str(plugin))
    assert code == 1
    assert "counted broke: ValueError: the rule is wrong" in lines[0]


def test_a_file_that_is_not_utf8(space: Path) -> None:
    """flake8 takes it for Latin-1; zerolint says what it says on its own command line."""
    (space / "app.py").write_bytes(APP.replace("é😀", "é").encode("utf-8").replace("é".encode(), b"\xe9"))
    expected = [line for line in concise(space) if "app.py" in line]
    assert len(expected) == 1
    _, lines = flake8(space, "app.py")
    assert [line for line in lines if " ZG" in line] == expected
    (space / "app.py").write_bytes(("# coding: latin-1\n" + APP.replace("😀", "é")).encode("latin-1"))
    expected = [line for line in concise(space) if "app.py" in line]
    assert [line.split()[1] for line in expected] == ["ZG004", "ZG008"]
    assert flake8(space, "app.py") == (1, expected)
