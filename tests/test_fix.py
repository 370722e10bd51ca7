"""Fixes: each whole or not at all, until nothing changes, and a file comes out as it went in but for them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import installed, zerolint
from sample_rules import ALL, space_of, write_plugin
from zerolint.engine import find, judge, judge_all
from zerolint.finding import Consequence, Diagnostic, Edit, Finding, Fix, Level, Span
from zerolint.fix import Change, apply, difference, encode, fix_all, write
from zerolint.read.source import Source, decode

TEXT = "abcdef\nghijkl\n"


def span(place: str, path: str = "a") -> Span:
    """`1:2-1:4`"""
    start, _, end = place.partition("-")
    line, column = map(int, start.split(":"))
    end_line, end_column = map(int, (end or start).split(":"))
    return Span(path, line, column, end_line, end_column)


def fixed(*edits: tuple[str, str], unsafe: str | None = None, paths: tuple[str, ...] = ()) -> Diagnostic:
    """A diagnostic whose fix has these edits, each a place and a text."""
    made = tuple(
        Edit(span(place, path), text) for (place, text), path in zip(edits, paths or ("a",) * len(edits), strict=True)
    )
    finding = Finding(span("1:1"), "", fix=Fix("Do it", made, unsafe))
    return Diagnostic("XX001", "x", Level.ERROR, Consequence.DATA, finding, "")


@pytest.mark.parametrize(
    ("fixes", "text", "applied"),
    [
        ([fixed(("1:1-1:3", "X"))], "Xcdef\nghijkl\n", 1),
        ([fixed(("1:1-2:1", ""))], "ghijkl\n", 1),
        ([fixed(("2:1-3:1", ""))], "abcdef\n", 1),
        ([fixed(("3:1", "end"))], "abcdef\nghijkl\nend", 1),
        ([fixed(("1:3", "X"), ("2:1-2:3", "Y"))], "abXcdef\nYijkl\n", 1),
        ([fixed(("1:1-1:3", "X")), fixed(("1:3-1:5", "Y"))], "XYef\nghijkl\n", 2),
        ([fixed(("1:1-1:3", "X")), fixed(("1:2-1:4", "Y"))], "Xcdef\nghijkl\n", 1),
        ([fixed(("1:2-1:4", "Y")), fixed(("1:1-1:3", "X"))], "aYdef\nghijkl\n", 1),
        ([fixed(("1:1-1:3", "X")), fixed(("2:1-2:3", "Y"), ("1:2-1:3", "Z"))], "Xcdef\nghijkl\n", 1),
        ([fixed(("1:1-1:6", "X")), fixed(("1:3", "Y"))], "Xf\nghijkl\n", 1),
        ([fixed(("1:3", "X")), fixed(("1:3", "Y"))], "abXcdef\nghijkl\n", 1),
        ([fixed(("1:3", "X")), fixed(("1:3-1:5", "Y"))], "abXYef\nghijkl\n", 2),
        ([fixed(("1:3-1:5", "Y")), fixed(("1:5", "X"))], "abYXef\nghijkl\n", 2),
        ([fixed(("1:3", "X"), ("1:5", "Y")), fixed(("1:3", "X"), ("2:1", "Z"))], "abXcdYef\nZghijkl\n", 2),
        ([fixed(("1:3-1:5", "X")), fixed(("1:3-1:5", "X"))], "abXef\nghijkl\n", 2),
        ([fixed(("1:3-1:5", "X"), ("1:4-1:6", "Y"))], TEXT, 0),
        ([fixed(("1:3", "X"), ("1:3", "Y"))], TEXT, 0),
        ([fixed(("1:1-1:3", "ab"))], TEXT, 0),
        ([fixed(("1:1-1:3", "X"), ("4:1", "Y"))], TEXT, 0),
        ([fixed(("1:1-1:3", "X"), ("1:40", "Y"))], TEXT, 0),
        ([fixed(("1:3-1:1", "X"))], TEXT, 0),
        ([fixed(("0:1-1:2", "X"))], TEXT, 0),
        ([fixed(("1:1-1:3", "X"), ("1:1", "Y"), paths=("a", "gone"))], TEXT, 0),
        ([fixed(("1:1-1:3", "X"), unsafe="why")], TEXT, 0),
        ([fixed()], TEXT, 0),
    ],
)
def test_one_round(fixes: list[Diagnostic], text: str, applied: int) -> None:
    texts, done = apply(fixes, {"a": TEXT, "b": TEXT})
    assert texts.get("a", TEXT) == text
    assert set(texts) <= {"a"}
    assert len(done) == applied


def test_a_fix_in_two_files_is_whole_or_not_at_all() -> None:
    both = fixed(("1:1-1:3", "X"), ("1:1-1:3", "X"), paths=("a", "b"))
    assert apply([both], {"a": TEXT, "b": TEXT})[0] == {"a": "Xcdef\nghijkl\n", "b": "Xcdef\nghijkl\n"}
    other = fixed(("1:2-1:4", "Y"), paths=("b",))
    assert apply([other, both], {"a": TEXT, "b": TEXT})[0] == {"b": "aYdef\nghijkl\n"}


def test_unsafe_and_suppressed() -> None:
    diagnostics, _ = judge(space_of("POOR\nODD\nPOOR  # zerolint: ignore[poor-word]\n"), ALL)
    sources = {"app.py": "POOR\nODD\nPOOR  # zerolint: ignore[poor-word]\n"}
    assert apply(diagnostics, sources)[0]["app.py"].split()[:3] == ["FAIR", "ODD", "POOR"]
    assert apply(diagnostics, sources, unsafe=True)[0]["app.py"].split()[:3] == ["FAIR", "EVEN", "POOR"]


@pytest.mark.parametrize(
    ("newline", "expected"), [("\n", "x\ny\nb\n"), ("\r\n", "x\r\ny\r\nb\r\n"), ("\r", "x\ry\rb\r")]
)
def test_new_lines_end_as_the_others_do(newline: str, expected: str) -> None:
    for inserted in ("x\ny\n", "x\r\ny\r\n"):
        texts, _ = apply([fixed(("1:1-2:1", inserted))], {"a": f"a{newline}b{newline}"})
        assert texts == {"a": expected}


@pytest.mark.parametrize(
    "content",
    [
        "x = 'é😀'\n".encode(),
        b"\xef\xbb\xbfx = 1\r\n",
        "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
        "# coding: cp1252\r\nx = '€'".encode("cp1252"),
        b"x = 1\x0c\ny = '\x0b'\r",
        b"",
    ],
)
def test_encode_reverses_decode(content: bytes) -> None:
    source = decode("a.py", content)
    assert isinstance(source, Source)
    assert encode(source) == content


def test_a_readme_in_utf_16() -> None:
    content = "---\nsdk: gradio\n---\n".encode("utf-16")
    source = decode("README.md", content)
    assert isinstance(source, Source)
    assert encode(source) == content


# What the command does, with rules that a plug-in brings.
PLUGIN = """
import re
from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.read.source import line_starts, span_of
from zerolint.rule import rule

def replacing(code, name, pattern, text, consequence=Consequence.DATA):
    def check(space):
        for path in sorted(space.contents):
            source = space.source(path)
            if source:
                for match in re.finditer(pattern, source.text):
                    at = span_of(path, line_starts(source.text), *match.span())
                    yield Finding(at, "here", fix=Fix("Replace it", (Edit(at, match.expand(text)),)))
    return rule(code=code, name=name, summary="", prevents="", consequence=consequence, since="1")(check)

steps = replacing("XX001", "steps", r"STEP(\\d)(?<!9)", r"DONE\\1 STEP9")
peel = replacing("XX002", "peel", r"\\(PEEL(\\(*)(.*?)\\)", r"PEEL\\1\\2")
back = replacing("XX003", "back", r"\\bPING\\b", "PONG")
forth = replacing("XX004", "forth", r"\\bPONG\\b", "PING")
breaking = replacing("XX005", "breaking", r"\\bBREAK\\b", "def (:")
arrow = replacing("XX006", "arrow", r"->", "\\N{RIGHTWARDS ARROW}")
lines = replacing("XX007", "lines", r"LINE", "first\\nsecond")
"""


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(write_plugin(tmp_path_factory.mktemp("plugin"), "replacing", PLUGIN)):
        yield


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("---\nsdk: gradio\n---\n")
    (tmp_path / "app.py").write_text("import spaces\n")
    return tmp_path


RULES = "steps,peel,back,forth,breaking,arrow,lines,unused-suppression"


def fix(*options: str) -> tuple[int, str, str]:
    return zerolint("check", "--fix", "--no-cache", "--select", RULES, "--format", "concise", *options)


def test_rounds_until_nothing_changes(space: Path) -> None:
    """Fixes that overlap take a round each: the brackets go from the outside to the inside."""
    (space / "app.py").write_text("import spaces\nx = '(PEEL(PEEL(PEEL )))'\n")
    assert fix() == (0, "", "zerolint: fixed 3 findings in 1 file\n")
    assert "(" not in (space / "app.py").read_text()


def test_fixed_and_left(space: Path) -> None:
    (space / "app.py").write_text("import spaces\nx = 'STEP1 STEP2'  # zerolint: ignore[back]\n")
    assert fix() == (0, "", "zerolint: fixed 3 findings in 1 file\n")
    assert (space / "app.py").read_text() == "import spaces\nx = 'DONE1 STEP9 DONE2 STEP9'\n"
    assert fix() == (0, "", "")


def test_fixes_that_undo_each_other_come_to_an_end(space: Path) -> None:
    (space / "app.py").write_text("import spaces\nx = 'PING'\n")
    code, out, _ = fix()
    assert code == 1
    assert out == "app.py:2:6: XX003 here\n"
    assert (space / "app.py").read_text() == "import spaces\nx = 'PING'\n"


def test_a_fix_that_breaks_the_file_is_not_applied(space: Path) -> None:
    before = "import spaces\nBREAK\n"
    (space / "app.py").write_text(before)
    code, out, _ = zerolint("check", "--fix", "--no-cache", "--select", RULES)
    assert code == 2
    assert "the fixes of breaking would leave app.py unreadable; none of them was applied" in out
    assert (space / "app.py").read_text() == before


def test_encodings_are_kept(space: Path) -> None:
    files = {
        "bom.py": b"\xef\xbb\xbfx = 'STEP1 \xc3\xa9'\r\n",
        "latin.py": "# coding: latin-1\nx = 'STEP1 é'\n".encode("latin-1"),
        "crlf.py": b"x = '''LINE'''\r\n",
        "mixed.py": b"x = 1\r\ny = 'STEP1'\n",
        "no_end.py": b"x = 'STEP1'",
        "requirements.txt": b"# STEP1\r\n",
        "README.md": b"---\nsdk: gradio\ntitle: STEP1\n---\n",
    }
    for name, content in files.items():
        (space / name).write_bytes(content)
    (space / "app.py").write_text("import spaces, bom, latin, crlf, mixed, no_end\n")
    assert fix()[0] == 0
    assert (space / "bom.py").read_bytes() == b"\xef\xbb\xbfx = 'DONE1 STEP9 \xc3\xa9'\r\n"
    assert (space / "latin.py").read_bytes() == "# coding: latin-1\nx = 'DONE1 STEP9 é'\n".encode("latin-1")
    assert (space / "crlf.py").read_bytes() == b"x = '''first\r\nsecond'''\r\n"
    assert (space / "mixed.py").read_bytes() == b"x = 1\r\ny = 'DONE1 STEP9'\n"
    assert (space / "no_end.py").read_bytes() == b"x = 'DONE1 STEP9'"
    assert (space / "requirements.txt").read_bytes() == b"# DONE1 STEP9\r\n"
    assert (space / "README.md").read_bytes() == b"---\nsdk: gradio\ntitle: DONE1 STEP9\n---\n"


def test_a_character_that_the_encoding_lacks(space: Path) -> None:
    (space / "app.py").write_bytes(b"# coding: latin-1\nimport spaces\nx = '-> \xe9 STEP1'\n")
    (space / "other.py").write_text("x = '->'\n", "utf-8")
    code, out, _ = fix()
    assert (code, out) == (1, "app.py:3:6: XX006 here\n")
    assert (space / "app.py").read_bytes() == b"# coding: latin-1\nimport spaces\nx = '-> \xe9 DONE1 STEP9'\n"
    assert (space / "other.py").read_text("utf-8") == "x = '→'\n"


def test_only_the_given_file_is_fixed(space: Path) -> None:
    for name in ("app.py", "other.py"):
        (space / name).write_text("import spaces\nx = 'STEP1'\n")
    assert fix("other.py")[0] == 0
    assert "STEP1" in (space / "app.py").read_text()
    assert "STEP1" not in (space / "other.py").read_text().replace("DONE1 STEP9", "")


def test_a_file_of_two_spaces_is_fixed_once(space: Path) -> None:
    inner = space / "inner"
    inner.mkdir()
    (inner / "README.md").write_text("---\nsdk: gradio\n---\n")
    (inner / "app.py").write_text("import spaces\nx = 'STEP1'\n")
    assert fix() == (0, "", "zerolint: fixed 1 finding in 1 file\n")
    assert (inner / "app.py").read_text() == "import spaces\nx = 'DONE1 STEP9'\n"


def test_a_difference_writes_nothing(space: Path) -> None:
    (space / "app.py").write_text("import spaces\nx = 'STEP1'")
    code, out, err = zerolint("check", "--diff", "--no-cache", "--select", RULES)
    assert out == (
        "--- app.py\n+++ app.py\n@@ -1,2 +1,2 @@\n import spaces\n"
        "-x = 'STEP1'\n\\ No newline at end of file\n+x = 'DONE1 STEP9'\n\\ No newline at end of file\n"
    )
    assert err == "zerolint: would fix 1 finding in 1 file\n"
    assert code == 1
    assert (space / "app.py").read_text() == "import spaces\nx = 'STEP1'"


def test_a_difference_can_be_applied(tmp_path: Path) -> None:
    change = Change(tmp_path / "a.py", "s/a.py", b"\xef\xbb\xbfa\r\nb\r\nc\r\n", b"\xef\xbb\xbfa\r\nB\r\nc\r\n")
    assert difference([change]) == "--- s/a.py\n+++ s/a.py\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\r\n c\r\n"


def change_of(path: Path, after: bytes = b"new\n") -> Change:
    return Change(path, path.name, path.read_bytes(), after)


def test_writing_keeps_permissions(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old\n")
    file.chmod(0o750)
    assert write([change_of(file)]) == ()
    assert file.read_bytes() == b"new\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_what_is_not_written(tmp_path: Path) -> None:
    changed, link, gone = (tmp_path / name for name in ("changed.py", "link.py", "gone.py"))
    for file in (changed, gone):
        file.write_bytes(b"old\n")
    link.symlink_to(changed)
    changes = [change_of(file) for file in (changed, link, gone)]
    changed.write_bytes(b"edited in between\n")
    gone.unlink()
    assert write(changes) == (
        "changed.py: not fixed: it has changed since it was read",
        "link.py: not fixed: it is a link",
        "gone.py: not fixed: No such file or directory",
    )
    assert changed.read_bytes() == b"edited in between\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed.py", "link.py"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_what_is_protected_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old\n")
    file.chmod(0o440)
    assert write([change_of(file)]) == ("a.py: not fixed: it is write-protected",)
    file.chmod(0o640)
    tmp_path.chmod(0o550)
    try:
        assert write([change_of(file)]) == ("a.py: not fixed: Permission denied",)
    finally:
        tmp_path.chmod(0o750)
    assert file.read_bytes() == b"old\n"


def test_fixing_in_memory(space: Path) -> None:
    """The built-in rules: an ignore that ignores nothing goes."""
    (space / "app.py").write_text("import spaces\nx = 1  # zerolint: ignore[torch-compile]\n")
    judgements = judge_all(find([space]))
    outcome = fix_all(judgements)
    assert outcome.count >= 1
    assert b"ignore[torch-compile]" not in next(change.after for change in outcome.changes if change.shown == "app.py")
    assert "torch-compile" in (space / "app.py").read_text()
