"""`zerolint hook` answers a coding agent as Claude Code's contract has it: exit code 2 and words, or 0 and silence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import zerolint

PROJECT = Path(__file__).parent.parent
README = "---\nsdk: gradio\npython_version: '3.12'\n---\n"
# `spaces-pinned` is an error, `missing-python-version` an info.
PINNED = "torch\nspaces==0.30.0\n"
ANSWER = """\
The file is written. What zerolint finds in it:

ZG009 spaces-pinned: error at requirements.txt:2:1
"""


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "app.py").write_text("import spaces\n")
    (tmp_path / "requirements.txt").write_text(PINNED)
    return tmp_path


def message(file: str | Path, **more: Any) -> str:
    """What Claude Code writes to a hook after its tool `Edit` has run."""
    data = {
        "session_id": "3f2a",
        "transcript_path": "/home/somebody/.claude/projects/x/3f2a.jsonl",
        "cwd": str(Path.cwd()),
        "permission_mode": "default",
        "hook_event_name": "PostToolUse",
        "tool_name": "Edit",
        "tool_input": {"file_path": str(file), "old_string": "a", "new_string": "b"},
        "tool_response": {"filePath": str(file), "success": True},
        "tool_use_id": "toolu_01",
    }
    return json.dumps({**data, **more})


def test_findings_are_told_where_the_agent_reads(space: Path) -> None:
    code, out, err = zerolint("hook", text=message(space / "requirements.txt"))
    assert (code, out) == (2, "")
    assert err.startswith(ANSWER)
    assert "\nchange requirements.txt:2\n-spaces==0.30.0\n" in err
    assert err.splitlines()[-1].startswith("zerolint: 1 error in 1 file (1 Space, ")


@pytest.mark.parametrize("tool", ["Write", "MultiEdit"])
def test_all_tools_that_write_a_file(space: Path, tool: str) -> None:
    assert zerolint("hook", text=message(space / "requirements.txt", tool_name=tool))[0] == 2


def test_gemini(space: Path) -> None:
    tool_input = {"file_path": "requirements.txt", "content": PINNED}
    data = {"hook_event_name": "AfterTool", "tool_name": "write_file", "tool_input": tool_input, "cwd": str(space)}
    assert zerolint("hook", text=json.dumps(data))[0] == 2


def test_a_file_without_findings_is_silent(space: Path) -> None:
    """Also when another file of the Space has some."""
    assert zerolint("hook", text=message(space / "app.py")) == (0, "", "")


def test_milder_findings_are_silent(space: Path) -> None:
    (space / "README.md").write_text("---\nsdk: gradio\n---\n")
    run = ("check", "--format", "concise", "--select", "ZG010", "--no-cache")
    assert zerolint(*run)[1].startswith("README.md:")
    assert zerolint("hook", text=message(space / "README.md")) == (0, "", "")
    (space / "zerolint.toml").write_text("fail-on = 'info'\n")
    code, _, err = zerolint("hook", text=message(space / "README.md"))
    assert (code, "ZG010 missing-python-version: info at README.md:" in err) == (2, True)


def test_only_what_fails_is_told(space: Path) -> None:
    (space / "zerolint.toml").write_text("fail-on = 'error'\n")
    (space / "app.py").write_text("import spaces\n\n@spaces.GPU\ndef draw(prompt):\n    return prompt\n")
    assert zerolint("hook", text=message(space / "app.py")) == (0, "", "")
    (space / "app.py").write_text("import spaces\n\n@spaces.GPU\ndef draw(prompt):\n    return )\n")
    code, _, err = zerolint("hook", text=message(space / "app.py"))
    assert code == 2
    assert [line.split(":")[0] for line in err.splitlines() if line.startswith("ZG")] == ["ZG900 syntax-error"]


def test_ignored_and_known_findings_are_silent(space: Path) -> None:
    known = ("check", "--no-cache", "--baseline", "known.json")
    assert zerolint(*known, "--write-baseline")[0] == 0
    run = ("hook", "--baseline", "known.json")
    assert zerolint(*run, text=message(space / "requirements.txt")) == (0, "", "")
    (space / "requirements.txt").write_text("spaces==0.31.0\n")
    assert zerolint(*run, text=message(space / "requirements.txt"))[0] == 2
    (space / "requirements.txt").write_text("spaces==0.31.0  # zerolint: ignore[spaces-pinned] a test\n")
    assert zerolint("hook", text=message(space / "requirements.txt")) == (0, "", "")


def test_the_file_is_judged_with_its_space(space: Path) -> None:
    """What is wrong in the helper is known only by who calls it."""
    (space / "app.py").write_text(
        "import gradio as gr\nimport spaces\nfrom helper import save\n\n"
        "@spaces.GPU(duration=5)\ndef draw(prompt):\n    return save(prompt)\n\n"
        "with gr.Blocks() as demo:\n    gr.Button().click(draw, gr.Textbox(), gr.Image())\n"
    )
    helper = "from PIL import Image\n\ndef save(prompt):\n    Image.new('RGB', (9, 9)).save('out.png')\n"
    (space / "helper.py").write_text(helper + "    return 'out.png'\n")
    code, _, err = zerolint("hook", text=message("helper.py"))
    assert code == 2
    assert "ZG007 fixed-output-path: error at helper.py:4:" in err
    (space / "app.py").unlink()
    assert zerolint("hook", text=message("helper.py")) == (0, "", "")


def test_paths_are_those_of_the_working_folder(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(space.parent)
    code, _, err = zerolint("hook", text=message("requirements.txt", cwd=str(space)))
    assert code == 2
    assert f"ZG009 spaces-pinned: error at {space.name}/requirements.txt:2:1\n" in err


@pytest.mark.parametrize(
    "change",
    [
        {"tool_name": "Read"},
        {"tool_name": "Bash", "tool_input": {"command": "cat requirements.txt"}},
        {"tool_name": None},
        {"tool_name": ["Edit"]},
        {"hook_event_name": "PreToolUse"},
        {"hook_event_name": []},
        {"tool_input": None},
        {"tool_input": "requirements.txt"},
        {"tool_input": {}},
        {"tool_input": {"file_path": None}},
        {"tool_input": {"file_path": ["requirements.txt"]}},
        {"tool_input": {"file_path": ""}},
        {"tool_input": {"file_path": "."}},
        {"tool_input": {"file_path": "gone.py"}},
        {"tool_input": {"file_path": "a\0b.py"}},
        {"tool_input": {"file_path": "\ud800.py"}},
        {"tool_input": {"file_path": "x" * 10_000}},
        {"tool_input": {"file_path": "../elsewhere.py"}},
        {"cwd": "/no/such/folder", "tool_input": {"file_path": "requirements.txt"}},
    ],
    ids=str,
)
def test_what_is_no_edit_of_a_space_is_silent(space: Path, change: dict[str, Any]) -> None:
    (space.parent / "elsewhere.py").write_text("import os\n")
    assert zerolint("hook", text=message("requirements.txt")) != (0, "", "")
    assert zerolint("hook", text=message("requirements.txt", **change)) == (0, "", "")


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "3", '"requirements.txt"', "[" * 100_000, "\x00", '{"tool_name": "Edit"}']
)
def test_what_is_not_understood_is_silent(space: Path, text: str) -> None:
    assert zerolint("hook", text=text) == (0, "", "")


def test_bytes_that_are_no_text(space: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zerolint", "hook"], input=b"\xff\xfe{\0", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_file_that_no_rule_looks_at_costs_no_parse(space: Path) -> None:
    (space / "notes.json").write_text("{}")
    program = (
        "import sys\nfrom zerolint.cli import main\n"
        "try:\n    main(['hook'])\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "print('libcst' in sys.modules)\n"
    )
    for name, parsed in (("notes.json", "False"), ("app.py", "True")):
        done = subprocess.run(
            [sys.executable, "-c", program], input=message(name), capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.strip() == parsed


def test_a_configuration_that_cannot_be_used_is_told(space: Path) -> None:
    (space / "zerolint.toml").write_text("selct = []\n")
    code, out, err = zerolint("hook", text=message("app.py"))
    assert (code, out) == (2, "")
    assert err.startswith("zerolint: zerolint.toml: unknown key `selct`")
    assert zerolint("hook", text=message("app.py", tool_name="Read")) == (0, "", "")
    (space / "zerolint.toml").unlink()
    code, _, err = zerolint("hook", "--baseline", "gone.json", text=message("app.py"))
    assert (code, err) == (2, "zerolint: gone.json: no such file; --write-baseline writes it\n")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo-terminal")
def test_a_person_is_told_what_it_is_for(space: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "zerolint", "hook"],
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert "a coding agent calls this" in done.stderr


def test_the_documented_settings(space: Path) -> None:
    """The hook is run as an agent runs it: by its command, in a shell, for the tools that the matcher matches."""
    blocks = re.findall(r"```json\n(.*?)```", (PROJECT / "docs" / "agents.md").read_text("utf-8"), re.DOTALL)
    (group,) = json.loads(blocks[0])["hooks"]["PostToolUse"]
    (hook,) = group["hooks"]
    assert hook["type"] == "command"
    assert all(re.fullmatch(group["matcher"], tool) for tool in ("Edit", "MultiEdit", "Write"))
    script = space / "bin" / "zerolint"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom zerolint.cli import main\n\nmain()\n")
    script.chmod(0o755)
    done = subprocess.run(
        hook["command"],
        shell=True,
        input=message(space / "requirements.txt"),
        env={**os.environ, "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(ANSWER)
