"""Annotations are read by the runner as they were meant, and no other line is a command to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from sample_reports import (
    ALL,
    DURATION_RULE,
    HOSTILE_PATHS,
    PATH_RULE,
    RULES,
    baselined,
    diagnostic,
    everyday,
    long_way,
    report,
    rule,
)

from zerolint.finding import Consequence, Span
from zerolint.report import Options, render
from zerolint.report._terminal import escape
from zerolint.report.github import MOST_SHOWN

KNOWN = {"error", "warning", "notice", "debug", "add-mask", "group", "endgroup", "stop-commands", "save-state"}


@dataclass
class Command:
    name: str
    properties: dict[str, str]
    data: str


def obeyed(line: str) -> Command | None:
    """The command that the runner finds in a line of a log, by the rules of its `ActionCommand`."""
    text = line.lstrip()
    end = text.find("::", 2)
    if text.startswith("::") and end >= 0:
        name, _, rest = text[2:end].partition(" ")
        if name in KNOWN:
            pairs = [part.split("=", 1) for part in rest.strip().split(",") if part]
            properties = {pair[0]: unescaped(pair[1], ":,") for pair in pairs if len(pair) == 2 and pair[1]}
            return Command(name, properties, unescaped(text[end + 2 :], ""))
    # The older form may stand anywhere.
    start = line.find("##[")
    end = line.find("]", start)
    if 0 <= start < end:
        name = line[start + 3 : end].split(" ")[0]
        if name in KNOWN:
            return Command(name, {}, line[end + 1 :])
    return None


def unescaped(text: str, more: str) -> str:
    for character in ["\r", "\n", *more, "%"]:
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def lines_of(name: str, **options: str) -> list[str]:
    text = render("github", ALL[name](), RULES, Options(**options))  # type: ignore[arg-type]
    # The runner ends lines where .NET does.
    return re.split(r"\r\n|\r|\n", text.removesuffix("\n"))


def test_a_finding() -> None:
    text = render("github", everyday(), RULES, Options(base="demos/image"))
    assert text.splitlines()[0] == (
        "::error file=demos/image/app.py,line=8,endLine=8,col=16,endColumn=25,title=ZG007 fixed-output-path::"
        "demos/image/app.py:8:16: ZG007 every request writes `out.png`, so two visitors at the same time get the same "
        "picture%0Ademos/image/app.py:14:18: `draw` runs for every visitor: this button calls it%0A"
        "prevents: a visitor sees the picture of another%0A"
        "fix: Write to a new temporary file for each request%0Ahttps://example.com/rules/fixed-output-path.md"
    )


def test_notes_for_people_only() -> None:
    command = obeyed(render("github", long_way(), RULES).splitlines()[0])
    assert command
    assert command.data.splitlines()[1:5] == [
        "tools.py:2:12: `keep` is called by `paint` here",
        "app.py:6:1: `show` is registered here",
        "tools.py:7:1: `ROOT` is made here",
        "app.py:3:5: another way",
    ]


@pytest.mark.parametrize("name", ALL)
def test_every_annotation_is_read_and_nothing_else_is_a_command(name: str) -> None:
    made = ALL[name]()
    lines = lines_of(name)
    counted = sorted((found for found in made.diagnostics if found.counts), key=lambda found: -found.level.rank)
    commands = [obeyed(line) for line in lines]
    annotations = [command for command in commands if command]
    assert len(lines) == len(counted) + 1
    assert commands == [*annotations, *[None] * (len(lines) - len(annotations))]
    shown = [found for number, found in enumerate(counted) if number < MOST_SHOWN or found.level != counted[0].level]
    assert len(annotations) == len(shown)
    for command, found in zip(annotations, shown, strict=True):
        at = found.finding.at
        assert command.name == {"error": "error", "warning": "warning", "info": "notice"}[found.level.value]
        assert command.properties["title"] == f"{found.code} {found.name}"
        assert int(command.properties["line"]) == at.start_line
        assert ("col" in command.properties) == (at.start_line == at.end_line)
        assert set(command.properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert command.data.split("\n")[0].endswith(f"{found.code} {escape(found.finding.message)}")
    assert lines[-1].startswith("zerolint: ")


def test_names_of_files_arrive_as_they_are() -> None:
    made = report(*(diagnostic(PATH_RULE, Span(path, 1, 1, 1, 2)) for path in HOSTILE_PATHS))
    commands = [obeyed(line) for line in render("github", made, RULES).splitlines()[:-1]]
    files = {command.properties["file"] for command in commands if command}
    assert files >= {"sp ace/100%.py", "a,b/c:d.py", "../other/app.py", "über/画像.py", "new\nline/\\x1b[2Japp.py"}


@pytest.mark.parametrize("text", ["%0A", "%25", "100%", "a::b", "a:b", "a,line=7", "::add-mask::x", "%2C", " x "])
def test_nothing_is_taken_for_an_escape_or_a_separator(text: str) -> None:
    made = report(diagnostic(PATH_RULE, Span(f"a{text}b.py", 3, 1, 3, 2), f"it{text}is"))
    line = render("github", made, RULES).splitlines()[0]
    command = obeyed(line)
    assert command
    assert (command.properties["file"], command.properties["line"]) == (f"a{text}b.py", "3")
    assert command.data.split("\n")[0] == f"a{text}b.py:3:1: ZG007 it{text}is"
    # So the toolkit escapes them, and other readers of these lines expect it.
    assert ":" not in line[2:].split("::")[0]


@pytest.mark.parametrize("path", ["::error ::x/app.py", "##[add-mask]x/app.py", " ::stop-commands::x/app.py"])
def test_what_is_beyond_the_limit_is_no_command(path: str) -> None:
    message = "the name `##[add-mask]secret` ::error::"
    found = [diagnostic(PATH_RULE, Span(path, line, 1, line, 2), message) for line in range(1, MOST_SHOWN + 3)]
    lines = render("github", report(*found), RULES).splitlines()
    assert obeyed("##[add-mask]x") and obeyed(" ::add-mask::x")
    assert [obeyed(line) is not None for line in lines] == [True] * MOST_SHOWN + [False] * 3
    assert all("ZG007" in line for line in lines[:-1])
    assert lines[-1].endswith("; 2 of them in this log only, because GitHub shows 10 annotations of a level")
    nowhere = render("github", report(spaces=()), RULES, Options(paths=("##[add-mask]x",)))
    assert obeyed(nowhere) is None


def test_the_worst_come_first_and_each_level_has_its_limit() -> None:
    info = rule("ZG001", "spaces-import-fallback", Consequence.HYGIENE)
    found = [diagnostic(by, Span("app.py", line, 1, line, 2)) for line in range(1, 13) for by in (info, PATH_RULE)]
    found.append(diagnostic(DURATION_RULE, Span("app.py", 99, 1, 99, 2)))
    lines = render("github", report(*found), RULES).splitlines()
    names = [line.split(" ")[0] for line in lines[:-1]]
    assert names == ["::error"] * 10 + ["::warning"] + ["::notice"] * 10 + ["error:"] * 2 + ["info:"] * 2


def test_no_columns_for_several_lines() -> None:
    command = obeyed(render("github", report(diagnostic(PATH_RULE, Span("app.py", 3, 5, 4, 1))), RULES))
    assert command
    assert command.properties == {
        "file": "app.py",
        "line": "3",
        "endLine": "4",
        "title": "ZG007 fixed-output-path",
    }


def test_long_messages_are_cut() -> None:
    at = Span("app.py", 1, 1, 1, 2)
    line = render("github", report(diagnostic(PATH_RULE, at, "x" * 10_000)), RULES).splitlines()[0]
    command = obeyed(line)
    assert command and len(command.data) < 4096


def test_what_does_not_count_is_left_out() -> None:
    assert [line.split(" ")[0] for line in render("github", baselined(), RULES).splitlines()] == [
        "::warning",
        "zerolint:",
    ]
