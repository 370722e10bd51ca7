"""Rules of other distributions: installed with pip, they run beside the built-in ones; a broken one is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import installed, own_process, zerolint
from sample_rules import write_plugin
from zerolint import rules

PROJECT = Path(__file__).parent / "plugin"
GOOD = """
from zerolint.finding import Consequence, Finding
from zerolint.read.source import point
from zerolint.rule import rule

@rule(code="{code}", name="{name}", summary="", prevents="", consequence=Consequence.REQUEST, since="1")
def check(space):
    yield Finding(point("app.py"), "always")
"""


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "space"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "README.md").write_text("---\nsdk: gradio\n---\n")
    (folder / "app.py").write_text(
        "import spaces\nimport gradio as gr\n\ndemo = gr.Blocks()\ndemo.launch(share=True)\n"
    )
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip has installed the plug-in into."""
    target = tmp_path_factory.mktemp("installed")
    options = ("--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet")
    source = tmp_path_factory.mktemp("source") / "plugin"
    source.mkdir()
    for file in PROJECT.iterdir():
        if file.is_file():
            (source / file.name).write_bytes(file.read_bytes())
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_an_installed_plugin_is_used(space: Path, demo: Path) -> None:
    variables = {"PYTHONPATH": str(demo), "ZEROLINT_CACHE_DIR": str(space.parent / "cache")}
    listed = own_process("rules", "--format", "json", **variables)
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert "DEMO1" in {rule["code"] for rule in json.loads(listed.stdout)}
    for _ in range(2):  # the second time from the cache
        checked = own_process("check", "--format", "concise", "--select", "shared-launch", **variables)
        assert checked.stdout == b"app.py:5:13: DEMO1 `share` does nothing on a Space\n"
        assert (checked.returncode, checked.stderr) == (1, b"")
    text = own_process("check", "--select", "DEMO1", **variables).stdout.decode()
    assert "https://example.org/shared-launch" in text
    assert "A tunnel that a Space does not open" in text
    assert b"shared-launch (DEMO1)" in own_process("explain", "DEMO1", **variables).stdout
    (space / "app.py").write_text(
        "import spaces\n\ndemo.launch(share=True)  # zerolint: ignore[shared-launch] for laptops\n"
    )
    assert own_process("check", "--select", "ALL", "--ignore", "hygiene", **variables).returncode == 0


def test_a_plugin_can_fix(space: Path, demo: Path) -> None:
    fixed = own_process("check", "--fix", "--no-cache", "--select", "DEMO1", PYTHONPATH=str(demo))
    assert (fixed.returncode, fixed.stderr) == (0, b"zerolint: fixed 1 finding in 1 file\n")
    assert (space / "app.py").read_text().endswith("demo.launch()\n")


def test_without_a_plugin_the_metadata_is_not_read(space: Path) -> None:
    assert rules.plugins() == ()
    program = "import sys\nfrom zerolint import rules\nrules.plugins()\nprint('importlib.metadata' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"


BROKEN = {
    "does not import": ("import no_such_module\n", "", "ModuleNotFoundError: No module named 'no_such_module'"),
    "raises": ("1 / 0\n", "", "ZeroDivisionError: division by zero"),
    "is not Python": ("def (:\n", "", "SyntaxError: "),
    "exits": ("import sys\nsys.exit('no')\n", "", "SystemExit: no"),
    "names nothing": ("x = 1\n", "broken:check", "AttributeError: module 'broken' has no attribute 'check'"),
    "names no module": ("x = 1\n", "no_such_module", "ModuleNotFoundError"),
    "is no rule": ("def check(space): ...\n", "broken:check", "`broken:check` is neither a Rule nor a module with one"),
    "has no rule": ("x = 1\n", "", "`broken` is neither a Rule nor a module with one"),
    "has a taken code": (GOOD.format(code="ZG902", name="mine"), "", "`ZG902` (`mine`) is taken: `ZG902` is `unused-"),
    "has a taken name": (GOOD.format(code="MY1", name="unknown-rule"), "", "is taken: `ZG903` is `unknown-rule`"),
    "has an odd code": (
        GOOD.format(code="my-1", name="mine"),
        "",
        "the code `my-1` is not capital letters and a number",
    ),
    "has an odd name": (
        GOOD.format(code="MY1", name="My Rule"),
        "",
        "the name `My Rule` is not a name of small letters",
    ),
    "is named like a group": (GOOD.format(code="MY1", name="data"), "", "the name `data` is"),
}


@pytest.mark.parametrize(("module", "value", "error"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_named(space: Path, tmp_path: Path, module: str, value: str, error: str) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    write_plugin(folder, "broken", module, value)
    write_plugin(folder, "well", GOOD.format(code="WELL1", name="well"))
    with installed(folder):
        code, out, err = zerolint("rules")
        assert code == 2
        assert "WELL1" in out and "ZG902" in out
        (line,) = err.splitlines()
        assert line.startswith(f"zerolint: the plug-in broken = {value or 'broken'} of broken 1.0 cannot be used: ")
        assert error in line
        code, out, err = zerolint("check", "--no-cache", "--select", "well", "--format", "concise")
        assert (code, out) == (2, "app.py:1:1: WELL1 always\n")
        assert error in err
        code, out, err = zerolint("check", "--no-cache", "--select", "well")
        assert (code, err) == (2, "")
        assert "broken = " in out


def test_two_plugins_with_one_code(space: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    for name in ("first", "second"):
        write_plugin(folder, name, GOOD.format(code="ONE1", name=name))
    with installed(folder):
        code, out, err = zerolint("rules")
        assert code == 2
        assert "ONE1" in out
        assert "second = second of second 1.0 cannot be used: PluginError: `ONE1` (`second`) is taken" in err


def test_a_module_may_hold_several_rules_and_a_value_name_one(space: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    both = GOOD.format(code="TWO1", name="one") + GOOD.format(code="TWO2", name="other").replace("check", "second")
    write_plugin(folder, "several", both)
    with installed(folder):
        assert [rule.code for plugin in rules.plugins() for rule in rules.load(plugin, ())] == ["TWO1", "TWO2"]
    (folder / "several-1.0.dist-info" / "entry_points.txt").write_text("[zerolint.rules]\nx = several:second\n")
    with installed(folder):
        assert [rule.code for plugin in rules.plugins() for rule in rules.load(plugin, ())] == ["TWO2"]


def test_a_missing_plugin_is_a_reason_why_a_rule_is_unknown(space: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    write_plugin(folder, "broken", "1 / 0\n")
    (space / "zerolint.toml").write_text("select = ['mine']\n")
    with installed(folder):
        code, out, err = zerolint("check")
    assert (code, out) == (2, "")
    assert "names the unknown rule `mine`" in err
    assert "the plug-in broken = broken of broken 1.0 cannot be used: ZeroDivisionError" in err


def test_a_changed_plugin_is_not_served_from_the_cache(
    space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZEROLINT_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "plugins"
    folder.mkdir()
    write_plugin(folder, "changing", GOOD.format(code="NEW1", name="changing"))
    for text in ("always", "nowadays"):
        (folder / "changing.py").write_text(GOOD.format(code="NEW1", name="changing").replace("always", text))
        with installed(folder):
            for _ in range(2):
                out = zerolint("check", "--format", "concise", "--select", "changing")[1]
                assert out == f"app.py:1:1: NEW1 {text}\n"
