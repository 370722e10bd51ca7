"""Configuration: which file is used, what it may say, and how a mistake in it is told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sample_rules import WORDS
from zerolint import engine, facts
from zerolint.config import (
    CommandLine,
    ConfigError,
    Settings,
    _misfit,
    did_you_mean,
    load,
    nearest,
    settings_for,
    unknown,
)
from zerolint.facts import fact
from zerolint.finding import Fact, Level

NONE = CommandLine()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of each test, under a `.git` so that no search goes on above it."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(text: str, name: str = "zerolint.toml", command_line: CommandLine = NONE) -> Settings:
    Path(name).write_text(text, "utf-8")
    return settings_for(Path(), command_line, WORDS)


def test_no_file_no_settings(here: Path) -> None:
    assert settings_for(here, NONE, WORDS) == Settings()


FULL = """\
select = ["bad-word", "XX002"]
ignore = ["quota"]
extend-select = ["ALL"]
target = "zerogpu"
fail-on = "error"
exclude = ["vendored/", "*_test.py", "!keep_test.py"]

[per-file-ignores]
"tools/*.py" = ["bad-word", "data"]

[facts]
python.default = "3.12"
"""


def test_all_keys() -> None:
    expected = Settings(
        select=("bad-word", "XX002"),
        ignore=("quota",),
        extend_select=("ALL",),
        target="zerogpu",
        fail_on=Level.ERROR,
        exclude=("vendored/", "*_test.py", "!keep_test.py"),
        per_file_ignores=(("tools/*.py", ("bad-word", "data")),),
        facts=(("python.default", Fact("3.12", "configuration (zerolint.toml)", "", "zerolint.toml")),),
    )
    assert settings(FULL) == expected
    in_pyproject = FULL.replace("[per-file-ignores]", "[tool.zerolint.per-file-ignores]")
    in_pyproject = in_pyproject.replace("[facts]", "[tool.zerolint.facts]")
    assert settings(f"[tool.zerolint]\n{in_pyproject}") == expected
    Path("zerolint.toml").unlink()
    fact = Fact("3.12", "configuration (pyproject.toml)", "", "pyproject.toml")
    assert settings(f"[tool.zerolint]\n{in_pyproject}", "pyproject.toml") == expected._replace(
        facts=(("python.default", fact),)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selects = []", "unknown key `selects`; the keys are `select`, `ignore`, `extend-select`"),
        ("fail_on = 'error'", "unknown key `fail_on`"),
        ("select = 'ZG001'", "`select` is not a list of strings"),
        ("ignore = [1]", "`ignore` is not a list of strings"),
        ("ignore = ['bad-wrd']", "`ignore` names the unknown rule `bad-wrd`; did you mean `bad-word`"),
        ("extend-select = ['ZG']", "`extend-select` names the unknown rule `ZG`"),
        ("target = 'cpu'", "`target` is `cpu`; it can be `auto`, `zerogpu`, `any`"),
        ("target = true", "`target` is not a string"),
        ("fail-on = 'fatal'", "`fail-on` is `fatal`; it can be `info`, `warning`, `error`"),
        ("exclude = ['ok', '!']", "`exclude` has the invalid pattern `!`"),
        ("facts = ['x']", "`facts` is not a table from the names of facts to values"),
        (
            "facts.python.supportd = ['3.10']",
            "`facts` names the unknown fact `python.supportd`; did you mean `python.supp",
        ),
        ("facts.quota.seconds_per_day = 100", "fact `quota.seconds_per_day`; did you mean `quota.seconds_per_day.anon"),
        ("facts.zzz = 1", "`facts` names the unknown fact `zzz`; see `zerolint facts`"),
        ("[facts]\n'python.default' = '3.1'\npython.default = '3.2'", "`facts` gives `python.default` twice"),
        ("facts.python.default = 3.12", '`facts.python.default` is not a string, as `"3.10"` is'),
        ("facts.python.default = 'newest'", '`facts.python.default` is not a version, as `"3.10"` is'),
        ("facts.hardware.name = ''", "`facts.hardware.name` is empty"),
        ("facts.python.supported = '3.12'", "`facts.python.supported` is not a list"),
        ("facts.python.supported = []", "`facts.python.supported` is empty"),
        ("facts.python.supported = [3.12]", "`facts.python.supported` holds a value that is not a string, as"),
        ("facts.python.supported = [['3.12']]", "`facts.python.supported` holds a value that is not a string, as"),
        ("facts.duration.default_seconds = '60'", "`facts.duration.default_seconds` is not a number, as `60` is"),
        ("facts.duration.default_seconds = true", "`facts.duration.default_seconds` is not a number, as `60` is"),
        ("facts.duration.booking_factor = 0", "`facts.duration.booking_factor` is not a number above 0"),
        ("facts.duration.booking_factor = nan", "`facts.duration.booking_factor` is not a number above 0"),
        ("facts.duration.booking_factor = inf", "`facts.duration.booking_factor` is not a number above 0"),
        ("per-file-ignores = ['x']", "`per-file-ignores` is not a table"),
        ("[per-file-ignores]\n'a.py' = 'bad-word'", "`per-file-ignores.a.py` is not a list of strings"),
        ("[per-file-ignores]\n'a.py' = ['no']", "`per-file-ignores.a.py` names the unknown rule `no`"),
        ("\n\nselect = [", "zerolint.toml:3: invalid TOML: "),
        ("select = []\nselect = []", "zerolint.toml:2: invalid TOML: "),
        ("x = " + "[" * 100_000, "zerolint.toml: invalid TOML: nested too deeply"),
        ("x" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        settings(text)
    shown = str(error.value)
    assert shown.startswith("zerolint.toml")
    assert message in shown
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool]\nzerolint = 1", "`tool.zerolint` is not a table"),
        ("tool = 'zerolint'", "`tool` is not a table"),
        ("[tool.zerolint]\nselect = 1", "`select` is not a list of strings"),
        ("[tool.zerolint]\n=", "pyproject.toml:2: invalid TOML"),
    ],
)
def test_mistakes_in_pyproject(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"pyproject\.toml") as error:
        settings(text, "pyproject.toml")
    assert message in str(error.value)


def test_bytes_that_are_not_text(here: Path) -> None:
    (here / "zerolint.toml").write_bytes(b"select = ['\xff']")
    with pytest.raises(ConfigError, match=r"zerolint.toml: not UTF-8 at byte 11"):
        settings_for(here, NONE, WORDS)


def test_the_file_is_named_from_the_working_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "zerolint.toml").write_text("x = 1")
    (here / "a").mkdir()
    with pytest.raises(ConfigError, match=r"^zerolint\.toml: unknown key"):
        settings_for(here / "a", NONE, WORDS)
    monkeypatch.chdir(here / "a")
    with pytest.raises(ConfigError, match=r"^/.*/zerolint\.toml: unknown key"):
        settings_for(here / "a", NONE, WORDS)


def test_the_nearest_file_wins_alone(here: Path) -> None:
    inner = here / "a" / "b"
    inner.mkdir(parents=True)
    assert nearest(inner) is None
    (here / "pyproject.toml").write_text("[tool.zerolint]\ntarget = 'any'\n")
    assert nearest(inner) == here / "pyproject.toml"
    (here / "zerolint.toml").write_text("target = 'auto'\n")
    assert nearest(inner) == here / "zerolint.toml"
    # Mentions of zerolint that are not its table do not count, and neither does a file that is broken beside it.
    (here / "a" / "pyproject.toml").write_text("[project]\ndependencies = ['zerolint']\n")
    (inner / "pyproject.toml").write_text("not TOML [")
    assert nearest(inner) == here / "zerolint.toml"
    (here / "a" / "pyproject.toml").write_text("[tool.zerolint]\nfail-on = 'error'\n")
    assert settings_for(inner, NONE, WORDS) == Settings(fail_on=Level.ERROR, prefix="b")


def test_the_search_ends_at_a_repository(here: Path) -> None:
    (here / "zerolint.toml").write_text("target = 'any'\n")
    inner = here / "clone" / "space"
    inner.mkdir(parents=True)
    (here / "clone" / ".git").write_text("gitdir: elsewhere")
    assert nearest(inner) is None
    (here / "clone" / "zerolint.toml").write_text("")
    assert nearest(inner) == here / "clone" / "zerolint.toml"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe in the file system")
def test_a_pipe_is_not_waited_for(here: Path) -> None:
    import os

    os.mkfifo(here / "zerolint.toml")
    (here / "pyproject.toml").mkdir()
    assert nearest(here) is None


def test_the_command_line_comes_on_top() -> None:
    text = (
        "select = ['bad-word']\nignore = ['quota']\nextend-select = ['rare-word']\ntarget = 'any'\nfail-on = 'info'\n"
    )
    added = settings(text, command_line=CommandLine(ignore=("odd-word",), extend_select=("XX002",)))
    assert added.select == ("bad-word",)
    assert added.ignore == ("quota", "odd-word")
    assert added.extend_select == ("rare-word", "XX002")
    replaced = settings(
        text, command_line=CommandLine(select=("ALL",), ignore=("data",), target="zerogpu", fail_on=Level.ERROR)
    )
    assert replaced == Settings(select=("ALL",), ignore=("data",), target="zerogpu", fail_on=Level.ERROR)


def test_a_given_file_and_none(here: Path) -> None:
    (here / "zerolint.toml").write_text("target = 'any'\n")
    (here / "other.toml").write_text("target = 'zerogpu'\nexclude = ['x.py']\n")
    assert settings_for(here, CommandLine(isolated=True), WORDS) == Settings()
    given = settings_for(here / "space", CommandLine(config=Path("other.toml")), WORDS)
    assert (given.target, given.prefix) == ("zerogpu", "space")
    elsewhere = settings_for(here.parent, CommandLine(config=Path("other.toml")), WORDS)
    assert elsewhere.prefix == ""
    assert elsewhere.excludes("a/x.py")
    with pytest.raises(ConfigError, match=r"^missing\.toml: cannot be read: No such file"):
        settings_for(here, CommandLine(config=Path("missing.toml")), WORDS)


@pytest.mark.parametrize(
    ("patterns", "excluded", "kept"),
    [
        (("vendored/",), ["vendored/a.py", "a/vendored/b.py"], ["vendored.py"]),
        (("/space/a.py",), ["a.py"], ["b/a.py"]),
        (("*.py", "!app.py"), ["a.py", "x/a.py"], ["app.py", "README.md"]),
        (("space/**/x.py",), ["x.py", "a/b/x.py"], ["y.py"]),
        (("/a.py",), [], ["a.py"]),
    ],
)
def test_patterns_are_those_of_gitignore(patterns: tuple[str, ...], excluded: list[str], kept: list[str]) -> None:
    """They are relative to the folder of the configuration, here the one above the Space."""
    settings = Settings(exclude=patterns, prefix="space")
    assert [path for path in excluded if not settings.excludes(path)] == []
    assert [path for path in kept if settings.excludes(path)] == []
    per_file = Settings(per_file_ignores=((patterns[0], ("XX001",)), ("*", ("XX002",))), prefix="space")
    assert [path for path in excluded if per_file.ignored_in(path) != ("XX001", "XX002")] == []


def test_unknown_words() -> None:
    assert unknown(("ALL", "all", "Data", "bad-word", "XX001", "xx001", "XX", "bad"), WORDS) == ["XX", "bad"]
    assert did_you_mean("bad-wrod", WORDS) == "; did you mean `bad-word` or `odd-word`?"
    assert did_you_mean("nonsense", WORDS) == ""


def test_no_parser_is_imported_without_a_table(here: Path) -> None:
    (here / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    program = (
        "import sys\nfrom pathlib import Path\nfrom zerolint.config import CommandLine, settings_for\n"
        "settings_for(Path(), CommandLine(), ())\n"
        "print(sorted({'tomllib', 'tomli', 'pathspec', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_a_file_is_read_anew_each_time() -> None:
    """An editor's server lives longer than a configuration."""
    assert settings("target = 'any'\n").target == "any"
    assert settings("target = 'auto'\n").target == "auto"
    assert load(Path("zerolint.toml"), WORDS).target == "auto"


def test_facts_may_be_quoted_or_nested_and_differ_in_kind_of_number() -> None:
    """TOML makes tables of dotted names; a factor that is a half today may be a whole tomorrow."""
    text = """
    [facts]
    "python.default" = "3.12"
    duration = { booking_factor = 2 }
    [facts.quota.seconds_per_day]
    free = 120.5
    [facts.torch]
    supported = ["2.12.0", "2.13"]
    [facts.gpu]
    """
    found = settings(text).facts
    assert hash(found)
    assert {name: fact.value for name, fact in found} == {
        "duration.booking_factor": 2,
        "python.default": "3.12",
        "quota.seconds_per_day.free": 120.5,
        "torch.supported": ("2.12.0", "2.13"),
    }


def test_rows_keep_their_shape() -> None:
    known = [["a", ["1.0"], 3], ["b", ["1.1", "1.2"], 4]]
    assert not _misfit([["c", ["2.0", "2.1", "2.2"], 5], ["d", [], 6]], known)
    assert not _misfit([["2.0", "2.1"]], [["1.0", "1.1", "1.2"]])
    assert "is a list of 1, where others have 3 values" in _misfit([["c"]], known)
    assert "is not a number, as `3` is" in _misfit([["c", ["2.0"], "5"]], known)
    assert "is not a string" in _misfit([[5, ["2.0"], "c"]], known)
    assert "holds a value that is not a version" in _misfit([["c", ["two"], 5]], known)
    assert "is not a list" in _misfit(["c"], known)


@pytest.mark.parametrize("name", facts.all_facts())
def test_every_fact_can_be_told_as_it_is(name: str) -> None:
    assert not _misfit(fact(name).value, fact(name).value)


def other_kind_of(value: Any, which: int) -> Any:
    """A value that a configuration may give in place of one: less, more, other words, other versions, other lists."""
    if isinstance(value, list):
        parts = [
            [other_kind_of(inner, which) for inner in part] if isinstance(part, list) else other_kind_of(part, which)
            for part in value
        ]
        return (parts[:1], parts[::-1], value[-1:], value[::-1])[which]
    if isinstance(value, str):
        is_version = re.fullmatch(r"\d+(\.\d+)+", value)
        return (value, "99.0.1" if is_version else f"{value}x", "0.9" if is_version else "x", value)[which]
    return (value * 0.5, value * 7, 0.001, 10**11)[which]


@pytest.mark.parametrize("which", range(4))
def test_no_rule_breaks_on_what_is_configured(which: int) -> None:
    others = {name: other_kind_of(fact.value, which) for name, fact in facts.all_facts().items()}
    assert not [name for name, value in others.items() if _misfit(value, fact(name).value)]
    configured = tuple((name, facts.frozen(Fact(value, "", "", "here"))) for name, value in others.items())
    tasks = engine.find([Path(__file__).parent.parent / "fixtures"], Settings(facts=configured))
    assert tasks
    assert [failure for task in tasks for failure in engine.judge_task(task).failures] == []
