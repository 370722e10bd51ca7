"""What the documents say of the command line is so: commands and options exist, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from zerolint.cli import commands
from zerolint.report import report_formats

PROJECT = Path(__file__).parent.parent
DOCUMENTS = (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))
COMMAND = re.compile(r"\s*(?:\$ |- (?:run: )?|)zerolint (?P<name>[a-z]+)\b(?P<rest>.*)")
OPTION = re.compile(r"(?<![\w-])--[a-z-]+")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def shown_commands(text: str) -> list[tuple[str, str]]:
    """Commands in code, with the rest of their line up to a comment or another command."""
    code = re.findall(r"```\w*\n(.*?)```|`([^`]+)`", text, re.DOTALL)
    lines = [line for block in code for line in "".join(block).split("\n")]
    found = [match for match in map(COMMAND.fullmatch, lines) if match]
    return [(match["name"], re.split(r"  #| \| ", match["rest"])[0]) for match in found]


def headings(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_their_options_exist(path: Path) -> None:
    for name, rest in shown_commands(path.read_text("utf-8")):
        command = commands.commands.get(name)
        assert command, f"zerolint {name}"
        known = {
            option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts
        }
        assert set(OPTION.findall(rest)) <= {*known, "--help"}, f"zerolint {name}{rest}"


def test_commands_are_found() -> None:
    text = "`zerolint check --fix`, zerolint is\n```yaml\n- run: zerolint rules --format json  # all\n```\n"
    assert shown_commands(text) == [("check", " --fix"), ("rules", " --format json")]
    assert len(shown_commands((PROJECT / "docs" / "guide.md").read_text("utf-8"))) > 10


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target, anchor in LINK.findall(text):
        place = (path.parent / target).resolve() if target else path
        assert place.exists(), target
        if anchor:
            assert anchor in headings(place), f"{target}#{anchor}"


def test_all_formats_are_described() -> None:
    for name in ("guide.md", "formats.md"):
        text = (PROJECT / "docs" / name).read_text("utf-8")
        assert [f for f in report_formats() if not re.search(rf"^\| \[?`{f}`", text, re.MULTILINE)] == []


def test_the_map_of_the_model_is_complete() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    table = text.partition("| module of `model/` |")[2].partition("\n\n")[0]
    modules = {path.stem for path in (PROJECT / "src" / "zerolint" / "model").glob("*.py")} - {"__init__"}
    first_cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert sorted(name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)) == sorted(modules)


def test_the_skill_is_one() -> None:
    """By https://agentskills.io/specification."""
    text = (PROJECT / "docs" / "SKILL.md").read_text("utf-8")
    _, front_matter, body = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)
    fields = yaml.safe_load(front_matter)
    assert set(fields) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
    assert fields["name"] == "zerolint"
    assert 0 < len(fields["description"]) <= 1024
    assert 0 < len(body.splitlines()) < 500
    assert shown_commands(body)
