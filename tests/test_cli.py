"""The command line, run as users run it: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import installed, own_process, zerolint
from sample_rules import write_plugin
from zerolint import __version__
from zerolint.facts import all_facts
from zerolint.report import report_formats

README = "---\nsdk: gradio\npython_version: '3.12'\n---\n"
# A finding of level info wherever it stands.
MISTAKE = "# zerolint: ignore[no-such]\n"
LOUD = """
import time
from zerolint.finding import Consequence, Finding
from zerolint.read.source import point
from zerolint.rule import rule

def finds(code, name, word, consequence):
    def check(space):
        for path in sorted(space.contents):
            if word in space.contents[path]:
                yield Finding(point(path), f"`{word.decode()}` is here")
    summary = f"The word {word.decode()}"
    return rule(code=code, name=name, summary=summary, prevents=name, consequence=consequence, since="1")(check)

loud = finds("XX001", "loud", b"LOUD", Consequence.REQUEST)
slow = finds("XX002", "slow", b"SLOW", Consequence.QUOTA)

@rule(code="XX003", name="crash", summary="", prevents="", consequence=Consequence.DATA, since="1")
def crash(space):
    if b"CRASH" in space.contents.get("app.py", b""):
        raise ValueError("the rule is wrong")
    while b"ENDLESS" in space.contents.get("app.py", b""):
        time.sleep(0.1)
    yield from ()
"""
OURS = ("--select", "loud,slow,crash,unknown-rule")


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(write_plugin(tmp_path_factory.mktemp("plugin"), "loud", LOUD)):
        yield


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a Space without findings, under a `.git`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZEROLINT_CACHE_DIR", str(tmp_path.parent / f"{tmp_path.name}-cache"))
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "app.py").write_text("import spaces\n")
    return tmp_path


def test_clean(space: Path) -> None:
    code, out, err = zerolint("check", *OURS)
    assert (code, err) == (0, "")
    assert out.startswith("zerolint: no findings (1 Space, 4 rules, facts of ")


LEVELS = [
    ("LOUD", "error", 1),
    ("LOUD", "warning", 1),
    ("LOUD", "info", 1),
    ("SLOW", "error", 0),
    ("SLOW", "warning", 1),
    (MISTAKE, "warning", 0),
    (MISTAKE, "info", 1),
]


@pytest.mark.parametrize(("word", "fail_on", "expected"), LEVELS)
def test_the_level_that_fails(space: Path, word: str, fail_on: str, expected: int) -> None:
    (space / "app.py").write_text(f"# {word}\nimport spaces\n")
    assert zerolint("check", *OURS, "--fail-on", fail_on)[0] == expected


def test_what_fails_by_default_and_never(space: Path) -> None:
    (space / "app.py").write_text("# SLOW\nimport spaces\n")
    assert zerolint("check", *OURS)[0] == 1
    assert zerolint("check", *OURS, "--exit-zero")[0] == 0
    (space / "app.py").write_text("# LOUD  # zerolint: ignore-file[loud]\nimport spaces\n")
    assert zerolint("check", *OURS)[0] == 0


def test_the_level_that_fails_is_that_of_the_space(space: Path) -> None:
    for name, level in (("inner", "error"), ("inner/most", "info")):
        (space / name).mkdir()
        (space / name / "README.md").write_text(README)
        (space / name / "zerolint.toml").write_text(f"fail-on = '{level}'\n")
    (space / "inner" / "app.py").write_text("# SLOW\nimport spaces\n")
    assert zerolint("check", *OURS)[0] == 0
    (space / "inner" / "most" / "app.py").write_text(f"import spaces\n{MISTAKE}")
    assert zerolint("check", *OURS)[0] == 1
    assert zerolint("check", *OURS, "--fail-on", "error")[0] == 0


def test_a_crash_of_a_rule_is_told_and_exits_2(space: Path) -> None:
    (space / "app.py").write_text("# CRASH LOUD\nimport spaces\n")
    code, out, err = zerolint("check", *OURS)
    assert (code, err) == (2, "")
    assert "XX001" in out
    assert "ValueError: the rule is wrong" in out
    code, out, err = zerolint("check", *OURS, "--format", "concise", "--exit-zero")
    assert (code, out) == (2, "app.py:1:1: XX001 `LOUD` is here\n")
    assert err == "zerolint: crash broke on .: ValueError: the rule is wrong\n"
    # What may be wrong is not kept.
    assert zerolint("check", *OURS)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere"), "nowhere: no such file or folder"),
        (("check", "--no-such-option"), "No such option"),
        (("check", "--select", "spaces-pined"), "unknown rule `spaces-pined`; did you mean `spaces-pinned`"),
        (("check", "--ignore", "ZG1"), "unknown rule `ZG1`"),
        (("check", "--format", "xml"), "no format `xml`; the formats are agent, concise, "),
        (("check", "--format", "json:"), "no format `json:`"),
        (("check", "--format", "json", "--format", "sarif"), "only one format can go to one place"),
        (("check", "--fail-on", "fatal"), "fatal"),
        (("check", "--config", "gone.toml"), "gone.toml: cannot be read"),
        (("check", "--config", "x.toml", "--isolated"), "exclude each other"),
        (("check", "--unsafe-fixes"), "--unsafe-fixes needs --fix or --diff"),
        (("check", "-"), "--stdin-filename PATH -"),
        (("check", "--stdin-filename", "app.py"), "--stdin-filename PATH -"),
        (("check", "--stdin-filename", "app.py", "-", "."), "--stdin-filename PATH -"),
        (("check", "--stdin-filename", "app.py", "--fix", "-"), "need files"),
        (("check", "--format", "json:no/such/folder/out.json"), "out.json: cannot be written: No such file"),
        (("explain", "spaces-pined"), "no rule has the name or code `spaces-pined`; did you mean `spaces-pinned`"),
        (("explain", "ZG9999"), "no rule has the name or code `ZG9999`"),
        (("app.py",), "`app.py` is not a command; to check it: zerolint check app.py"),
        (("nonsense",), "No such command"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_few_words(space: Path, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = zerolint(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) <= 4
    assert "Traceback" not in err


def test_a_wrong_configuration(space: Path) -> None:
    (space / "pyproject.toml").write_text("[tool.zerolint]\nselct = []\n")
    assert zerolint("check") == (
        2,
        "",
        "zerolint: pyproject.toml: unknown key `selct`; the keys are `select`, `ignore`, `extend-select`, `target`, "
        "`fail-on`, `exclude`, `per-file-ignores`, `facts`\n",
    )
    assert zerolint("check", "--isolated", *OURS)[0] == 0


def test_configuration_counts(space: Path) -> None:
    (space / "app.py").write_text("# LOUD SLOW\nimport spaces\n")
    (space / "zerolint.toml").write_text("select = ['loud']\n")
    out = zerolint("check", "--format", "concise")[1]
    assert out == "app.py:1:1: XX001 `LOUD` is here\n"
    (space / "other.toml").write_text("select = ['slow']\nfail-on = 'error'\n")
    other = zerolint("check", "--format", "concise", "--config", "other.toml")
    assert other == (0, "app.py:1:1: XX002 `SLOW` is here\n", "")


def test_several_paths_and_none(space: Path) -> None:
    for name in ("a", "b"):
        (space / name).mkdir()
        (space / name / "README.md").write_text(README)
        (space / name / "app.py").write_text("# LOUD\nimport spaces\n")
    out = zerolint("check", *OURS, "--format", "concise", "a", "b")[1]
    assert out == "a/app.py:1:1: XX001 `LOUD` is here\nb/app.py:1:1: XX001 `LOUD` is here\n"
    assert zerolint("check", *OURS, "--format", "concise")[1] == out


def test_a_folder_without_a_space(space: Path) -> None:
    (space / "empty").mkdir()
    assert zerolint("check", "empty") == (0, "zerolint: no Space found under empty\n", "")
    assert zerolint("check", "empty", "-q") == (0, "", "")


def test_several_formats(space: Path) -> None:
    (space / "app.py").write_text("# LOUD\nimport spaces\n")
    code, out, err = zerolint(
        "check", *OURS, "--format", "concise", "--format", "json:a.json", "--format", "sarif:b.sarif"
    )
    assert (code, out, err) == (1, "app.py:1:1: XX001 `LOUD` is here\n", "")
    assert json.loads((space / "a.json").read_text("utf-8"))["findings"][0]["code"] == "XX001"
    assert json.loads((space / "b.sarif").read_text("utf-8"))["version"] == "2.1.0"
    code, out, err = zerolint("check", *OURS, "--format", "json", "--output-file", "c.json", "--color", "always")
    assert (code, out, err) == (1, "", "")
    assert (space / "c.json").read_text() == (space / "a.json").read_text()


def test_the_help_names_all_formats() -> None:
    text = zerolint("check", "--help")[1]
    assert [name for name in report_formats() if name not in text] == []


def test_statistics_and_quiet(space: Path) -> None:
    (space / "app.py").write_text("# LOUD SLOW\nimport spaces\n")
    (space / "b.py").write_text("# LOUD\n")
    out = zerolint("check", *OURS, "--format", "concise", "--statistics")[1]
    assert out.endswith("\n    2 XX001 loud\n    1 XX002 slow\n")
    _, out, err = zerolint("check", *OURS, "--format", "json", "--statistics")
    assert json.loads(out)
    assert err == "    2 XX001 loud\n    1 XX002 slow\n"
    text = zerolint("check", *OURS)[1]
    quiet = zerolint("check", *OURS, "--quiet")[1]
    assert text.startswith(quiet)
    assert "LOUD" in quiet
    assert text.removeprefix(quiet).startswith("zerolint: 2 errors, 1 warning in 2 files")


@pytest.mark.parametrize("name", report_formats())
def test_statistics_spoil_no_format(space: Path, name: str) -> None:
    (space / "app.py").write_text("# LOUD SLOW LOUD\nimport spaces\n# SLOW  # zerolint: ignore-file[slow]\n")
    counts = "    1 XX001 loud\n"
    run = ("check", *OURS, "--format", name)
    _, out, err = zerolint(*run)
    assert err == ""
    expected = (1, out + counts, "") if name in ("text", "concise") else (1, out, counts)
    assert zerolint(*run, "--statistics") == expected
    assert zerolint(*run, "--statistics", "--output-file", "report") == (1, counts, "")
    assert (space / "report").read_text() == out


@pytest.mark.parametrize("name", ["text", "agent", "github"])
def test_quiet_leaves_the_verdict_out(space: Path, name: str) -> None:
    (space / "app.py").write_text("# LOUD\nimport spaces\n")
    run = ("check", *OURS, "--format", name)
    *others, last = zerolint(*run)[1].splitlines(keepends=True)
    assert last.startswith("zerolint: 1 error in 1 file (")
    assert zerolint(*run, "--quiet")[1] == "".join(others)


def test_where_paths_start(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those for a host start at the root of the repository, annotations in the workspace, all others here."""
    (space / "deep" / "er").mkdir(parents=True)
    (space / "deep" / "er" / "README.md").write_text(README)
    (space / "deep" / "er" / "app.py").write_text("# LOUD\nimport spaces\n")
    monkeypatch.chdir(space / "deep")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    formats = [argument for name in report_formats() for argument in ("--format", f"{name}:{name}.out")]

    def seen(name: str) -> str:
        found = re.search(r"[\w/]*\ber/app\.py", Path(f"{name}.out").read_text())
        return found.group() if found else ""

    assert zerolint("check", *OURS, *formats, "--format", "json")[0] == 1
    places = {name: seen(name) for name in report_formats()}
    assert {name for name in places if places[name] == "deep/er/app.py"} == {"github", "gitlab", "junit", "sarif"}
    assert set(places.values()) == {"deep/er/app.py", "er/app.py"}
    for workspace, expected in ((space / "deep", "er/app.py"), (space.parent, f"{space.name}/deep/er/app.py")):
        monkeypatch.setenv("GITHUB_WORKSPACE", str(workspace))
        assert zerolint("check", *OURS, *formats, "--format", "json")[0] == 1
        assert (seen("github"), seen("gitlab")) == (expected, "deep/er/app.py")


def test_standard_input(space: Path) -> None:
    (space / "b.py").write_text("# LOUD\n")
    run = ("check", *OURS, "--format", "concise", "--stdin-filename")
    assert zerolint(*run, "app.py", "-", text="# LOUD é\nimport spaces\n") == (
        1,
        "app.py:1:1: XX001 `LOUD` is here\n",
        "",
    )
    assert zerolint(*run, "app.py", "-", text="import spaces\n") == (0, "", "")
    assert zerolint(*run, "new/file.py", "-", text="# SLOW") == (1, "new/file.py:1:1: XX002 `SLOW` is here\n", "")
    assert zerolint(*run, str(space.parent / "alone.py"), "-", text="# LOUD") == (0, "", "")
    assert (space / "app.py").read_text() == "import spaces\n"


def test_standard_input_that_is_no_text(space: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zerolint", "check", *OURS, "--stdin-filename", "app.py", "-"],
        input=b"x = '\xff\xfe\0'\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_module_of_the_space_is_imported(space: Path) -> None:
    """`python -m` would look into the working folder first."""
    for name in ("click", "json", "libcst", "spaces", "gradio", "rich", "sample"):
        (space / f"{name}.py").write_text("open('imported', 'w')\nimport spaces\n")
    metadata = space / "sample-1.0.dist-info"
    metadata.mkdir()
    (metadata / "entry_points.txt").write_text("[zerolint.rules]\nsample = sample\n")
    done = own_process("check", "--no-cache", "--format", "sarif")
    assert json.loads(done.stdout)
    assert done.stderr == b""
    assert not (space / "imported").exists()


def test_a_reader_that_has_seen_enough(space: Path) -> None:
    for number in range(400):
        (space / f"file{number}.py").write_text("# LOUD SLOW\n")
    for arguments in (("check", *OURS, "--format", "concise"), ("rules",)):
        process = subprocess.Popen(
            [sys.executable, "-m", "zerolint", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == (1 if "check" in arguments else 0)
        process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", [("check", *OURS), ("check", *OURS, "--format", "json"), ("rules",)])
def test_an_output_that_is_full(space: Path, arguments: tuple[str, ...]) -> None:
    (space / "app.py").write_text("# LOUD\n")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "zerolint", *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"zerolint: standard output cannot be written: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_closed_outputs(space: Path) -> None:
    (space / "app.py").write_text("# LOUD\n")
    command = f"{sys.executable} -m zerolint check {' '.join(OURS)}"
    for redirection, code, err in ((">&-", 1, b""), (">&- 2>&-", 1, b""), ("nowhere 2>&-", 2, b"")):
        done = subprocess.run(["sh", "-c", f"{command} {redirection}"], capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (code, err), redirection


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_lacks_characters(space: Path, encoding: str) -> None:
    (space / "é→😀.py").write_text("# LOUD é→😀\n", "utf-8")
    for output in ("text", "concise", "json", "sarif"):
        done = own_process("check", *OURS, "--format", output, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert (done.returncode, done.stderr) == (1, b"")
        assert b"LOUD" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal that a terminal sends")
def test_an_interrupt_ends_quietly(space: Path) -> None:
    for name in ("a", "b"):
        (space / name).mkdir()
        (space / name / "README.md").write_text(README)
        for number in range(6):
            (space / name / f"app{number}.py").write_text("import spaces\n")
        (space / name / "app.py").write_text("# ENDLESS\nimport spaces\n")
    # A shell lets what it starts in the background ignore interrupts, and the test-suite would hand that on.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "zerolint", "check", *OURS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err.strip()) == ("", "")


def test_explain(space: Path) -> None:
    for name in ("ZG902", "zg902", "unused-suppression", "Unused-Suppression"):
        code, out, err = zerolint("explain", name)
        assert (code, err) == (0, "")
        assert out.startswith("unused-suppression (ZG902)\n====")
    code, out, err = zerolint("explain", "loud")
    assert (code, err) == (0, "")
    assert "loud (XX001)" in out
    assert "The word LOUD" in out
    assert "\x1b[" in zerolint("explain", "ZG902", "--color", "always")[1]


def test_rules(space: Path) -> None:
    code, out, err = zerolint("rules")
    assert (code, err) == (0, "")
    assert "XX001  loud " in out
    assert sorted(out.splitlines()) == out.splitlines()
    listed: list[dict[str, Any]] = json.loads(zerolint("rules", "--format", "json")[1])
    assert [rule["code"] for rule in listed] == [line.split()[0] for line in out.splitlines()]
    assert next(rule for rule in listed if rule["name"] == "loud") == {
        "code": "XX001",
        "name": "loud",
        "summary": "The word LOUD",
        "prevents": "loud",
        "consequence": "request",
        "levels": {"certain": "error", "likely": "warning"},
        "default": True,
        "since": "1",
        "url": "",
    }


def test_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    code, out, err = zerolint("facts")
    assert (code, err) == (0, "")
    known = all_facts()
    assert [line.split()[0] for line in out.splitlines() if line[:1].strip()] == list(known)
    assert out.count("\n\n") == len({name.partition(".")[0] for name in known}) - 1
    default = known["python.default"]
    assert f'python.default = "{default.value}"\n  as of {default.date}: {default.source}\n' in out
    assert max(map(len, out.splitlines())) <= 80
    listed: list[dict[str, Any]] = json.loads(zerolint("facts", "--format", "json")[1])
    assert {entry["name"]: (entry["value"], entry["source"], entry["date"]) for entry in listed} == {
        name: (fact.value, fact.source, fact.date) for name, fact in known.items()
    }
    assert not any(entry["configured"] for entry in listed)


def test_a_long_list_is_cut_among_others() -> None:
    name, fact = max(all_facts().items(), key=lambda item: len(str(item[1].value)))
    among = " ".join(zerolint("facts", "--isolated")[1].split())
    found = re.search(rf"{re.escape(name)} = (\[.*?), and (\d+) more\] as of", among)
    assert found
    assert len(json.loads(f"{found[1]}]")) + int(found[2]) == len(fact.value)
    assert 250 < len(found[1]) <= 302
    alone = " ".join(zerolint("facts", "--isolated", name)[1].split())
    assert alone.startswith(f"{name} = {json.dumps(fact.value, ensure_ascii=False)} as of ")


def test_facts_of_some_words() -> None:
    code, out, err = zerolint("facts", "--isolated", "Seconds_per_day", "fre")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("quota.seconds_per_day.free = ")
    assert len(out.splitlines()) == 2
    assert "hardware.name" in zerolint("facts", "--isolated", "blackwell")[1]
    code, out, err = zerolint("facts", "--isolated", "free", "of charge")
    assert (code, out) == (1, "")
    assert err == "zerolint: no fact has `free` and `of charge` in its name, value or source\n"
    assert json.loads(zerolint("facts", "--isolated", "of charge", "--format", "json")[1]) == []


def test_facts_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    default = all_facts()["python.default"]
    (tmp_path / "zerolint.toml").write_text("facts.python.default = '3.99'\nfacts.torch.supported = ['9.0.0']\n")
    code, out, err = zerolint("facts", "python.default")
    assert (code, err) == (0, "")
    assert (
        out.split()
        == (
            f'python.default = "3.99" as configured in zerolint.toml, in place of "{default.value}" '
            f"({default.date}: {default.source})"
        ).split()
    )
    (entry,) = json.loads(zerolint("facts", "torch.supported", "--format", "json")[1])
    assert entry == {
        "name": "torch.supported",
        "value": ["9.0.0"],
        "source": "configuration (zerolint.toml)",
        "date": None,
        "configured": True,
    }
    assert "3.99" not in zerolint("facts", "--isolated")[1]
    (tmp_path / "zerolint.toml").rename("other.toml")
    assert "3.99" in zerolint("facts", "--config", "other.toml")[1]
    assert zerolint("facts", "--isolated", "--config", "other.toml")[0] == 2
    (tmp_path / "zerolint.toml").write_text("facts.pyton.default = '3.99'\n")
    code, out, err = zerolint("facts")
    assert (code, out) == (2, "")
    assert (
        err
        == "zerolint: zerolint.toml: `facts` names the unknown fact `pyton.default`; did you mean `python.default`?\n"
    )


def test_a_report_says_what_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the cache does not mix it up with what was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZEROLINT_CACHE_DIR", str(tmp_path / "cache"))
    space = tmp_path / "space"
    space.mkdir()
    (space / "README.md").write_text("---\nsdk: gradio\n---\n")
    (space / "app.py").write_text("import spaces\n")
    default = all_facts()["python.default"]
    for configured in (False, True, True, False):
        (space / "zerolint.toml").write_text("facts.python.default = '3.99'\n" if configured else "")
        out = zerolint("check", "space", "--select", "missing-python-version")[1]
        assert ("runs on Python 3.99" in out.replace("\n    ", " ")) is configured
        assert ("  = as configured in space/zerolint.toml\n" in out) is configured
        assert f"  = as of {default.date}: " in out


def test_version_and_help() -> None:
    assert zerolint("--version") == (0, f"zerolint {__version__}\n", "")
    for arguments in (("--help",), ("-h",), ("check", "-h"), ("explain", "--help"), ("rules", "--help")):
        code, out, err = zerolint(*arguments)
        assert (code, err) == (0, "")
        assert out.startswith("Usage: zerolint")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo-terminal")
def test_progress_is_shown_on_a_terminal(space: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A rule that takes its time, in each of a few Spaces, of which one after the other is judged."""
    import pty

    slow = LOUD.replace('while b"ENDLESS"', 'if b"ENDLESS"').replace("sleep(0.1)", "sleep(0.55)")
    plugin = write_plugin(tmp_path_factory.mktemp("slow"), "loud", slow)
    for name in "abc":
        (space / name).mkdir()
        (space / name / "README.md").write_text(README)
        (space / name / "app.py").write_text("# ENDLESS\nimport spaces\n")
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "zerolint", "check", *OURS, "--no-cache", "a", "b", "c"],
        env={**os.environ, "PYTHONPATH": str(plugin), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    seen = os.read(ours, 100_000)
    os.close(ours)
    assert done.returncode == 0
    assert b"2/3" in seen
    assert b"\x1b" not in done.stdout


HEAVY = {"libcst", "rich", "yaml", "packaging", "pathspec", "platformdirs", "importlib.metadata", "multiprocessing"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("check", "--help"),
        ("rules",),
        ("check", "no_space"),
        ("check", "no_space", "--fix"),
    ],
    ids=" ".join,
)
def test_what_is_not_imported(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "no_space").mkdir()
    (tmp_path / "no_space" / "module.py").write_text("import json\n")
    program = (
        "import sys\nfrom zerolint.cli import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"print('\\nheavy:', *sorted({HEAVY!r} & set(sys.modules)))"
    )
    # Without the plug-in, for whose metadata there is no cheap way.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nheavy:\n")
