"""A baseline: what was there before is known wherever its lines go, marked and not counted, and nothing else is."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import installed, own_process, zerolint
from sample_rules import write_plugin
from zerolint.baseline import BaselineError, Entry, read, write

README = "---\nsdk: gradio\npython_version: '3.12'\n---\n"
WORDS = r"""
from zerolint.finding import Consequence, Finding
from zerolint.read.source import line_starts, span_of
from zerolint.rule import rule
import re

def finds(code, name, word, consequence):
    def check(space):
        for path in sorted(space.contents):
            source = space.source(path)
            for match in re.finditer(rf"\b{word}\b", source.text) if source else ():
                at = span_of(path, line_starts(source.text), *match.span())
                yield Finding(at, f"`{word}` is here")
    return rule(code=code, name=name, summary=word, prevents=word, consequence=consequence, since="1")(check)

loud = finds("XX001", "loud", "LOUD", Consequence.REQUEST)
slow = finds("XX002", "slow", "SLOW", Consequence.QUOTA)

@rule(code="XX003", name="crash", summary="", prevents="", consequence=Consequence.DATA, since="1")
def crash(space):
    if b"CRASH" in space.contents.get("app.py", b""):
        raise ValueError("the rule is wrong")
    yield from ()
"""
OURS = ("--select", "loud,slow,crash,syntax-error")
CHECK = ("check", *OURS, "--no-cache", "--format", "concise", "--baseline", "known.json")
APP = "import spaces\n\nx = LOUD\nif x:\n    y = LOUD\n\nz = SLOW\n"


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(write_plugin(tmp_path_factory.mktemp("plugin"), "words", WORDS)):
        yield


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a Space with three findings, which its baseline knows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "app.py").write_text(APP)
    assert zerolint(*CHECK, "--write-baseline") == (0, "", "zerolint: known.json: 3 findings, 3 new, 0 gone\n")
    return tmp_path


def places(out: str) -> list[str]:
    return [line.split(": ")[0] for line in out.splitlines()]


def test_what_is_known_does_not_count(space: Path) -> None:
    assert zerolint("check", *OURS, "--format", "concise")[0] == 1
    assert zerolint(*CHECK) == (0, "", "")
    out = zerolint("check", *OURS, "--baseline", "known.json")[1]
    assert out.startswith("zerolint: no findings (1 Space, 4 rules, facts of ")
    assert out.endswith(", 3 in the baseline)\n")


def test_the_file(space: Path) -> None:
    assert (space / "known.json").read_text() == (
        "{\n"
        '  "version": 1,\n'
        '  "findings": [\n'
        '    {"path": "app.py", "code": "XX001", "line": "x = LOUD", "occurrence": 1},\n'
        '    {"path": "app.py", "code": "XX001", "line": "y = LOUD", "occurrence": 1},\n'
        '    {"path": "app.py", "code": "XX002", "line": "z = SLOW", "occurrence": 1}\n'
        "  ]\n"
        "}\n"
    )


@pytest.mark.parametrize(
    "app",
    [
        "# one more line\n\n" + APP,
        APP.replace("    y = LOUD", "\ty  =  LOUD").replace("\n", "\r\n"),
        "import spaces\nz = SLOW\ny = LOUD\nx = LOUD",
    ],
    ids=["moved", "white space", "order"],
)
def test_moved_lines_stay_known(space: Path, app: str) -> None:
    (space / "app.py").write_text(app, newline="")
    assert zerolint(*CHECK) == (0, "", "")


def test_a_new_finding_counts(space: Path) -> None:
    (space / "app.py").write_text(APP + "w = LOUD\n")
    assert zerolint(*CHECK) == (1, "app.py:8:5: XX001 `LOUD` is here\n", "")


def test_one_more_of_those_that_are_alike_counts(space: Path) -> None:
    (space / "app.py").write_text(APP + "x = LOUD\n")
    assert places(zerolint(*CHECK)[1]) == ["app.py:8:5"]
    assert zerolint(*CHECK, "--write-baseline")[2] == "zerolint: known.json: 4 findings, 1 new, 0 gone\n"
    assert '"line": "x = LOUD", "occurrence": 2}' in (space / "known.json").read_text()
    (space / "app.py").write_text(APP + "x = LOUD\n" * 2)
    assert places(zerolint(*CHECK)[1]) == ["app.py:9:5"]


def test_a_changed_line_counts_again_and_the_old_entry_is_told(space: Path) -> None:
    (space / "app.py").write_text(APP.replace("x = LOUD", "x = not LOUD"))
    code, out, err = zerolint(*CHECK)
    assert (code, places(out)) == (1, ["app.py:3:9"])
    gone = "zerolint: known.json: not found any more: app.py: XX001 `x = LOUD`"
    assert err == f"{gone}; --write-baseline takes out what is gone\n"
    assert zerolint(*CHECK, "--quiet")[2] == ""
    (space / "app.py").write_text("import spaces\n")
    code, out, err = zerolint(*CHECK)
    assert (code, out, err) == (0, "", f"{gone} and 2 more; --write-baseline takes out what is gone\n")
    assert zerolint(*CHECK, "--write-baseline")[2] == "zerolint: known.json: 0 findings, 0 new, 3 gone\n"
    assert json.loads((space / "known.json").read_text()) == {"version": 1, "findings": []}
    assert zerolint(*CHECK) == (0, "", "")


def test_a_deleted_file_is_told(space: Path) -> None:
    (space / "b.py").write_text("import spaces\nLOUD\n")
    assert "4 findings, 1 new" in zerolint(*CHECK, "--write-baseline")[2]
    (space / "b.py").unlink()
    assert "not found any more: b.py: XX001 `LOUD`;" in zerolint(*CHECK)[2]
    assert "not found any more: b.py: XX001 `LOUD`;" in zerolint(*CHECK, "app.py")[2]


def test_what_was_not_looked_for_stays(space: Path) -> None:
    """Another rule, another file, a rule that broke, a file that does not parse: nothing is known to be gone."""
    (space / "b.py").write_text("import spaces\nLOUD\n")
    assert zerolint(*CHECK, "--write-baseline")[0] == 0
    before = (space / "known.json").read_text()
    (space / "app.py").write_text("import spaces\n")
    assert zerolint(*CHECK, "b.py") == (0, "", "")
    assert zerolint(*CHECK, "b.py", "--write-baseline")[2] == "zerolint: known.json: 4 findings, 0 new, 0 gone\n"
    (space / "app.py").write_text("import spaces\n(\n")
    code, out, err = zerolint(*CHECK)
    assert (code, places(out), err) == (1, ["app.py:2:1"], "")
    (space / "app.py").write_text("import spaces  # CRASH\n")
    (space / "known.json").write_text(before.replace("XX001", "XX003"))
    code, _, err = zerolint(*CHECK)
    assert (code, err.count("XX002"), err.count("not found"), err.count(" more;")) == (2, 1, 1, 0)
    other = ("check", "--select", "slow", "--no-cache", "--format", "concise", "--baseline", "known.json")
    (space / "known.json").write_text(before)
    (space / "app.py").write_text(APP.replace("LOUD", "quiet"))
    assert zerolint(*other) == (0, "", "")
    assert zerolint(*other, "--write-baseline")[2] == "zerolint: known.json: 4 findings, 0 new, 0 gone\n"
    assert (space / "known.json").read_text() == before


def test_ignored_findings_are_not_written(space: Path) -> None:
    (space / "app.py").write_text(APP.replace("z = SLOW", "z = SLOW  # zerolint: ignore[slow] it is"))
    assert "XX002 `z = SLOW`" in zerolint(*CHECK)[2]
    assert "2 findings, 0 new, 1 gone" in zerolint(*CHECK, "--write-baseline")[2]
    report = json.loads(zerolint("check", *OURS, "--format", "json", "--baseline", "known.json")[1])
    assert [(bool(found["suppressed"]), found["baselined"]) for found in report["findings"]] == [
        (False, True),
        (False, True),
        (True, False),
    ]


def test_marked_in_json_and_sarif(space: Path) -> None:
    (space / "app.py").write_text(APP + "w = LOUD\n")
    run = ("check", *OURS, "--baseline", "known.json", "--format", "json:a.json", "--format", "sarif:a.sarif", "-q")
    assert zerolint(*run, "--format", "concise")[0] == 1
    report: dict[str, Any] = json.loads((space / "a.json").read_text())
    assert [found["baselined"] for found in report["findings"]] == [True, True, True, False]
    assert report["baseline"] == "known.json"
    assert (report["summary"]["error"], report["summary"]["baselined"]) == (1, 3)
    results = json.loads((space / "a.sarif").read_text())["runs"][0]["results"]
    assert [result["baselineState"] for result in results] == ["unchanged"] * 3 + ["new"]
    assert [result.get("suppressions", [{}])[0].get("kind") for result in results] == ["external"] * 3 + [None]


def test_paths_are_those_of_the_baseline(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same baseline holds from wherever the check is started, and by whatever name."""
    for here, there in ((space.parent, space.name), (space / ".git", "..")):
        monkeypatch.chdir(here)
        run = ("check", *OURS, "--format", "concise", "--baseline", f"{there}/known.json", there)
        assert zerolint(*run) == (0, "", "")
        assert zerolint(*run[:-1], str(space)) == (0, "", "")
    monkeypatch.chdir(space)
    (space / "baselines").mkdir()
    elsewhere = ("check", *OURS, "--format", "concise", "--baseline", "baselines/known.json")
    assert zerolint(*elsewhere, "--write-baseline")[0] == 0
    assert '"path": "../app.py"' in (space / "baselines" / "known.json").read_text()
    assert zerolint(*elsewhere) == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_links_lead_to_the_same_findings(space: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(space)
    run = ("check", *OURS, "--format", "concise", "--baseline")
    assert zerolint(*run, f"{link}/known.json", ".") == (0, "", "")
    assert zerolint(*run, "known.json", str(link)) == (0, "", "")
    target = space / "target.json"
    (space / "known.json").rename(target)
    (space / "known.json").symlink_to("target.json")
    (space / "app.py").write_text(APP + "w = LOUD\n")
    assert "4 findings, 1 new" in zerolint(*CHECK, "--write-baseline")[2]
    assert (space / "known.json").is_symlink() and len(read(target)) == 4


def test_several_spaces_share_a_baseline(space: Path) -> None:
    for name in ("a", "b"):
        (space / name).mkdir()
        (space / name / "README.md").write_text(README)
        (space / name / "app.py").write_text("import spaces\nLOUD\n")
    assert "5 findings, 2 new" in zerolint(*CHECK, "--write-baseline")[2]
    assert zerolint(*CHECK, "a") == zerolint(*CHECK) == (0, "", "")
    (space / "a" / "app.py").write_text("import spaces\n")
    assert zerolint(*CHECK, "b") == (0, "", "")
    assert "a/app.py: XX001 `LOUD`;" in zerolint(*CHECK, "a")[2]
    assert "4 findings, 0 new, 1 gone" in zerolint(*CHECK, "a", "--write-baseline")[2]


def test_a_buffer_is_judged_against_the_baseline(space: Path) -> None:
    run = (*CHECK, "--stdin-filename", "app.py", "-")
    assert zerolint(*run, text="# new\n" + APP) == (0, "", "")
    assert places(zerolint(*run, text=APP + "w = LOUD\n")[1]) == ["app.py:8:5"]


def test_fixes_and_statistics_go_along(space: Path) -> None:
    (space / "app.py").write_text(APP + "w = LOUD\n")
    assert zerolint(*CHECK, "--statistics")[1].endswith("\n    1 XX001 loud\n")
    assert zerolint(*CHECK, "--diff")[0] == 1
    (space / "app.py").write_text(APP)
    assert zerolint(*CHECK, "--diff")[0] == 0
    assert zerolint(*CHECK, "--fix")[0] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a baseline: invalid JSON"),
        (b"\xff\xfe", "not a baseline: invalid JSON"),
        (b"[" * 100_000, "not a baseline: invalid JSON"),
        (b"[]", "not a baseline: it has no list of `findings`"),
        (b'{"version": 1, "findings": {}}', "not a baseline: it has no list of `findings`"),
        (b'{"version": 2, "findings": []}', "a baseline of another version than 1"),
        (b'{"version": 1, "findings": [{"path": "app.py"}]}', "finding 1 is not a path, a code, a line and an"),
        (b'{"version": 1, "findings": [3]}', "finding 1 is not a path, a code, a line and an"),
        (b'{"version": 1, "findings": [{"path":"a","code":"b","line":"c","occurrence":true}]}', "finding 1 is not"),
    ],
)
def test_a_file_that_is_none_is_neither_used_nor_overwritten(space: Path, content: bytes, message: str) -> None:
    (space / "known.json").write_bytes(content)
    for more in ((), ("--write-baseline",)):
        code, out, err = zerolint(*CHECK, *more)
        assert (code, out) == (2, "")
        assert err.startswith(f"zerolint: known.json: {message}")
        assert len(err.splitlines()) == 1
    assert (space / "known.json").read_bytes() == content


def test_what_cannot_be_done_is_said(space: Path) -> None:
    assert zerolint("check", "--baseline", "gone.json") == (
        2,
        "",
        "zerolint: gone.json: no such file; --write-baseline writes it\n",
    )
    assert zerolint("check", "--baseline", ".")[2].startswith("zerolint: .: cannot be read: ")
    assert "cannot be written" in zerolint("check", "--baseline", "no/known.json", "--write-baseline")[2]
    assert "--write-baseline needs --baseline FILE" in zerolint("check", "--write-baseline")[2]
    assert "neither with --diff nor" in zerolint(*CHECK, "--write-baseline", "--diff")[2]
    run = (*CHECK, "--write-baseline", "--stdin-filename", "app.py", "-")
    assert "nor with standard input" in zerolint(*run, text="")[2]


def test_a_crash_is_still_told(space: Path) -> None:
    (space / "app.py").write_text(APP + "# CRASH\n")
    assert zerolint(*CHECK, "--write-baseline")[0] == 2


def entries(*numbers: int) -> list[Entry]:
    return [Entry("app.py", "ZG007", f"line {number}", 1) for number in numbers]


def test_what_is_written_is_read_and_its_order_is_fixed(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    odd = [Entry('a"\\,\n.py', "ZG001", "é 😀 \x1b\u202e", 2), Entry("bytes-\udcff.py", "ZG001", "", 1)]
    write(file, [*entries(2, 1), *odd])
    text = file.read_bytes()
    assert text.isascii()
    assert read(file) == {*entries(1, 2), *odd}
    write(file, [*odd[::-1], *entries(1, 2)])
    assert file.read_bytes() == text
    write(file, [*odd, *entries(1, 2, 3)])
    added = [line for line in file.read_text().splitlines() if line.encode() not in text.splitlines()]
    assert added == ['    {"path": "app.py", "code": "ZG007", "line": "line 3", "occurrence": 1},']


def test_a_long_line_is_known_by_all_of_it(space: Path) -> None:
    long = "q = [" + "1, " * 5000 + "LOUD, {}]\n"
    (space / "app.py").write_text("import spaces\n" + long.format(1))
    assert zerolint(*CHECK, "--write-baseline")[0] == 0
    assert (space / "known.json").stat().st_size < 1000
    assert zerolint(*CHECK)[0] == 0
    (space / "app.py").write_text("import spaces\n" + long.format(2))
    assert zerolint(*CHECK)[0] == 1


def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    (file / "folder").mkdir(parents=True)
    with pytest.raises(BaselineError, match=r"known\.json: cannot be written: "):
        write(file, entries(1))
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_it_is_written_at_once_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    write(file, entries(1))
    file.chmod(0o640)
    old = file.open("rb")
    write(file, entries(2))
    with old:
        # Whoever has it open goes on with what it was.
        assert b"line 1" in old.read()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    inode = file.stat().st_ino
    write(file, entries(2))
    assert file.stat().st_ino == inode
    assert [path.name for path in tmp_path.iterdir()] == ["known.json"]


def test_from_a_process_of_its_own(space: Path) -> None:
    done = own_process(*CHECK)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
