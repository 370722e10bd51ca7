"""The concise report is what editors' error formats expect: `path:line:col: CODE message` and nothing else."""

from __future__ import annotations

import re

import pytest
from sample_reports import ALL, RULES, clean, everyday, hostile, suppressed

from zerolint.report import render

LINE = re.compile(r"(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<code>ZG\d{3}) (?P<message>.+)")


def test_one_line_per_finding() -> None:
    assert render("concise", everyday(), RULES).splitlines() == [
        "app.py:5:1: ZG008 `draw` asks for 60 seconds",
        "app.py:8:16: ZG007 every request writes `out.png`, so two visitors at the same time get the same picture",
        "requirements.txt:2:1: ZG009 `spaces` is pinned to 0.30.0",
    ]


def test_nothing_is_written_when_there_is_nothing() -> None:
    assert render("concise", clean(), RULES) == ""


def test_suppressed_findings_are_left_out() -> None:
    assert render("concise", suppressed(), RULES) == "app.py:5:1: ZG008 every request writes `out.png`\n"


@pytest.mark.parametrize("name", ALL)
def test_every_line_has_the_shape(name: str) -> None:
    for line in render("concise", ALL[name](), RULES).split("\n")[:-1]:
        assert LINE.fullmatch(line), line


def test_control_characters_are_escaped() -> None:
    text = render("concise", hostile(), RULES)
    assert "new\\nline/\\x1b[2Japp.py:" in text
    assert "\\udcff" in text
    assert all(character == "\n" or character.isprintable() or character == "\u200d" for character in text)
