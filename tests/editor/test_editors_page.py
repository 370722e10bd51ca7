"""docs/editors.md: what it says to write into settings does what it says, where the program can be had."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = Path(__file__).parents[2] / "docs" / "editors.md"
APP = """import gradio as gr
import spaces


@spaces.GPU
def quick(prompt):
    return prompt


gr.Interface(quick, "text", "text").launch()
"""


def block(heading: str, language: str, number: int = 0) -> str:
    """A block of code below a heading of the page, above the next heading."""
    text = PAGE.read_text("utf-8")
    section = re.split(r"^#+ ", text.split(f"\n{heading}\n")[1], flags=re.MULTILINE)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[number]


@pytest.fixture
def space(tmp_path: Path) -> Path:
    space = tmp_path / "a space: 1:2: X1 y"
    space.mkdir()
    (space / "README.md").write_text("---\nsdk: gradio\npython_version: '3.12'\n---\n")
    (space / "app.py").write_text(APP)
    (space / "requirements.txt").write_text("torch\nspaces==1\n")
    return space


def run(command: list[str], folder: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, input=text, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def concise(folder: Path, *arguments: str, text: str | None = None) -> list[str]:
    command = [sys.executable, "-m", "zerolint", "check", "--no-cache", "--format", "concise", *arguments]
    return run(command, folder, text).stdout.splitlines()


def test_the_problem_matcher_of_vs_code(space: Path) -> None:
    """Its expressions are those of JavaScript; this one means the same in Python."""
    (task,) = json.loads(block("### VS Code task", "json"))["tasks"]
    assert [task["command"], *task["args"]] == ["zerolint", "check", "--format", "concise"]
    pattern = task["problemMatcher"]["pattern"]
    lines = concise(space.parent)
    found = [re.fullmatch(pattern["regexp"].strip("^$"), line) for line in lines]
    assert [
        [match[pattern[name]] for name in ("file", "line", "column", "code")] if match else None for match in found
    ] == [
        [f"{space.name}/app.py", "5", "1", "ZG008"],
        [f"{space.name}/requirements.txt", "2", "1", "ZG009"],
    ]
    assert all(match and match[pattern["message"]][0] == "`" for match in found)


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_the_problem_matcher_in_javascript(space: Path) -> None:
    pattern = json.loads(block("### VS Code task", "json"))["tasks"][0]["problemMatcher"]["pattern"]
    (line, *_) = concise(space)
    program = f"console.log(JSON.stringify(new RegExp({json.dumps(pattern['regexp'])}).exec({json.dumps(line)})))"
    found = json.loads(run(["node", "-e", program], space).stdout)
    assert [found[pattern[name]] for name in ("file", "line", "column", "code")] == ["app.py", "5", "1", "ZG008"]


@pytest.mark.skipif(not shutil.which("vim"), reason="there is no Vim")
def test_the_errorformat_of_vim(space: Path, tmp_path: Path) -> None:
    settings = block("### Vim", "vim")
    assert "makeprg=zerolint\\ check\\ --format\\ concise\n" in settings
    settings = settings.replace("makeprg=zerolint", f"makeprg={sys.executable}\\ -m\\ zerolint")
    script = tmp_path / "script.vim"
    script.write_text(
        f"{settings}silent make!\n"
        "let found = map(getqflist(), "
        "{_, one -> [bufname(one.bufnr), one.lnum, one.col, one.valid, one.text]})\n"
        f"call writefile([json_encode(found)], '{tmp_path / 'found.json'}')\n"
        "qall!\n"
    )
    run(["vim", "-u", "NONE", "-es", "-S", str(script)], space)
    found = json.loads((tmp_path / "found.json").read_text())
    assert [[*one[:4], one[4][:6]] for one in found] == [
        ["app.py", 5, 1, 1, "ZG008 "],
        ["requirements.txt", 2, 1, 1, "ZG009 "],
    ]


def test_a_buffer_on_standard_input(space: Path) -> None:
    """It differs from the file on disk, and is judged with the rest of the Space from wherever the editor runs."""
    (line,) = concise(space.parent, "--stdin-filename", f"{space.name}/app.py", "-", text="# 😀\n\n" + APP)
    assert line.startswith(f"{space.name}/app.py:7:1: ZG008 ")
    assert concise(space, "--stdin-filename", "app.py", "-", text=APP.replace("GPU", "GPU(duration=9)")) == []
    assert concise(space, "--stdin-filename", "requirements.txt", "-", text="torch\n") == []
    (line,) = concise(space, "--stdin-filename", str(space / "requirements.txt"), "-", text="spaces==2\n")
    assert line.startswith("requirements.txt:1:1: ZG009 ")


def test_ruff_leaves_comments_for_zerolint_alone(space: Path) -> None:
    (space / "app.py").write_text(APP.replace("@spaces.GPU", "@spaces.GPU  # noqa: ZG008"))
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "RUF", "app.py"]
    assert "RUF102" in run(ruff, space).stdout
    (space / "pyproject.toml").write_text(block("### Ruff", "toml"))
    assert run(ruff, space).returncode == 0


def test_settings_are_well_formed() -> None:
    for heading in ("### VS Code", "### Zed"):
        assert "server" in json.dumps(json.loads(block(heading, "json")))
    helix = tomllib.loads(block("### Helix", "toml"))
    assert helix["language-server"]["zerolint"] == {"command": "zerolint", "args": ["server"]}
    assert all("zerolint" in language["language-servers"] for language in helix["language"])


def test_links_lead_somewhere() -> None:
    text = PAGE.read_text("utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = link.partition("#")
        if file.startswith("https://"):
            continue
        assert not file or (PAGE.parent / file).is_file(), link
        assert file or anchor in anchors, link
