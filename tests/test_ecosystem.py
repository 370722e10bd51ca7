"""The run over a folder of Spaces: what it counts, how it compares, and how it survives a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ecosystem
from commands import installed
from ecosystem import Seen, difference
from sample_rules import write_plugin

APP = """\
import gradio as gr
import spaces

@spaces.GPU
def draw(prompt):
    return prompt

gr.Interface(draw, "text", "text").launch()
"""
README = "---\nsdk: gradio\napp_file: app.py\npython_version: '3.12'\n---\n"
ON = "--select=missing-duration,spaces-pinned"
PLUGIN = """
import os
import time
from zerolint.finding import Consequence
from zerolint.rule import rule

@rule(code="XX001", name="crash", summary="", prevents="", consequence=Consequence.DATA, since="1")
def crash(space):
    if b"CRASH" in space.contents["app.py"]:
        raise ValueError("the rule\\n is wrong")
    if b"DEATH" in space.contents["app.py"]:
        os._exit(9)
    while b"ENDLESS" in space.contents["app.py"]:
        time.sleep(0.1)
    yield from ()
"""


def put(folder: Path, name: str, app: str, **files: str) -> Path:
    space = folder / name
    space.mkdir(parents=True, exist_ok=True)
    for path, text in {"README.md": README, "app.py": app, **files}.items():
        (space / path).write_text(text)
    return space


@pytest.fixture
def spaces(tmp_path: Path) -> Path:
    folder = tmp_path / "spaces"
    put(folder, "calm", "import spaces\n")
    put(folder, "drawing", APP + APP.replace("draw", "paint"))
    put(folder, "pinned", APP, **{"requirements.txt": "spaces==0.19.4\n"})
    (folder / "no-space").mkdir()
    (folder / ".git").mkdir()
    return folder


def test_counts_by_rule(spaces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ecosystem.main([str(spaces), ON, "--slow=1000"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == [
        "ZG008 missing-duration 3 in 2 Spaces 3 warning",
        "ZG009 spaces-pinned 1 in 1 Space 1 error",
    ]
    assert lines[2].startswith("4 findings of 2 rules in 2 of 3 Spaces; 0 crashes; 7 files, ")
    assert len(lines) == 3


def test_findings_with_their_lines(spaces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ecosystem.main([str(spaces), "--select=spaces-pinned", "--slow=0", "--findings"]) == 0
    out = capsys.readouterr().out
    assert "ZG009 spaces-pinned\n  pinned/requirements.txt:1:1: error: " in out
    assert "\n      spaces==0.19.4\n" in out
    assert sorted(line.split(",")[0] for line in out.splitlines() if line.startswith("slow: ")) == [
        *("slow: calm", "slow: drawing", "slow: pinned")
    ]


def test_what_a_change_has_altered(spaces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    ecosystem.main([str(spaces), ON, f"--json={before}"])
    put(spaces, "drawing", "\n" + APP)
    put(spaces, "calm", APP)
    put(spaces, "late", APP)
    capsys.readouterr()
    assert ecosystem.main([str(spaces), ON, f"--compare={before}", f"--json={after}"]) == 0
    _, _, compared = capsys.readouterr().out.partition("\n\n")
    lines = compared.splitlines()
    assert lines[0] == "ZG008 missing-duration: 1 new, 1 gone, 1 moved, 0 altered"
    assert [line[: line.index(": ")] for line in lines if line[:2] in ("+ ", "- ", "> ")] == [
        "+ calm/app.py:4:1",
        "- drawing/app.py:12:1",
        "> drawing/app.py:5:1",
    ]
    assert lines.count("      @spaces.GPU") == 3
    assert "      was on line 4: @spaces.GPU" in lines
    assert lines[-2:] == [
        "not looked at before: late",
        "compared: 1 new, 1 gone, 1 moved, 0 altered; in 3 Spaces",
    ]
    # Rules that did not run now have not lost their findings.
    ecosystem.main([str(spaces), "--select=missing-duration", f"--compare={after}"])
    assert capsys.readouterr().out.splitlines()[-1] == "compared: 0 new, 0 gone, 0 moved, 0 altered; in 4 Spaces"


def test_a_run_is_kept_whole(spaces: Path, tmp_path: Path) -> None:
    run = ecosystem.judge(spaces, ("missing-duration",))
    assert run.rules == ("ZG008",)
    ecosystem.write(run, tmp_path / "run.json")
    assert ecosystem.read(tmp_path / "run.json") == run


def test_other_words_for_the_same_place() -> None:
    seen = Seen("one", "ZG008", "missing-duration", "warning", "certain", "app.py", 3, 1, "takes 60 s", "@spaces.GPU")
    likely = seen._replace(level="info", confidence="likely")
    words = seen._replace(line=5, message="takes 90 s")
    other = seen._replace(space="two")
    assert difference([seen], [likely]).altered == [(seen, likely)]
    assert difference([seen], [words]).altered == [(seen, words)]
    assert difference([seen], [other]) == ([other], [seen], [], [])
    assert difference([seen], [seen, seen]) == ([seen], [], [], [])
    assert difference([seen, seen], [seen._replace(line=9), seen]).moved == [(seen, seen._replace(line=9))]


def test_crashes_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = write_plugin(put(tmp_path, "plugin", ""), "crashing", PLUGIN)
    for name in ("CRASH", "DEATH", "ENDLESS", "calm"):
        put(tmp_path / "spaces", name, f"import spaces  # {name}\n")
    with installed(plugin):
        assert ecosystem.main([str(tmp_path / "spaces"), "--select=crash", "--limit=3", "--processes=4"]) == 1
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("CRASH ")] == [
        "CRASH CRASH: crash broke: ValueError: the rule is wrong",
        "CRASH DEATH: ended with 9 and no report",
        "CRASH ENDLESS: took longer than 3 s",
    ]
    assert "\n    Traceback (most recent call last):\n" in out
    assert "0 findings of 0 rules in 0 of 4 Spaces; 3 crashes; " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "nowhere is no folder"),
        ((".", "--select=missing-duration,no-such"), "no rule or group `no-such`"),
        ((".", "--processes=0"), "--processes is at least 1"),
        ((".", "--json=nowhere/run.json"), "nowhere is no folder"),
        ((".", "--compare=run.json"), "run.json is no earlier run: "),
        ((".", "--compare=nowhere.json"), "nowhere.json is no earlier run: "),
    ],
)
def test_bad_usage(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(SystemExit) as stop:
        ecosystem.main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
