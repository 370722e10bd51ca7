"""The report for coding agents: every block says what to know, and a change can be taken literally."""

from __future__ import annotations

import pytest
from sample_reports import ALL, PATH_RULE, RULES, baselined, clean, dated, diagnostic, everyday, hostile, report

from zerolint.finding import Confidence, Edit, Fix, Span
from zerolint.report import Options, render
from zerolint.report.agent import MOST_CHARACTERS
from zerolint.report.text import verdict

FRAME = ("prevents: ", "cause: ", "see ", "as ", "fix: ", "look at the result: ", "change ", "change: ", "-", "+")


def test_everything_that_a_report_can_say() -> None:
    assert render("agent", everyday(), RULES) == (
        "ZG008 missing-duration: warning at app.py:5:1\n"
        "prevents: quota spent on time that is not used\n"
        "cause: `draw` asks for 60 seconds\n"
        "fix: State how long a call may take\n"
        "\n"
        "ZG007 fixed-output-path: error at app.py:8:16\n"
        "prevents: a visitor sees the picture of another\n"
        "cause: every request writes `out.png`, so two visitors at the same time get the same picture\n"
        "see app.py:14:18: `draw` runs for every visitor: this button calls it\n"
        "fix: Write to a new temporary file for each request\n"
        "change app.py:8\n"
        '-    image.save("out.png")\n'
        "+    image.save(new_path())\n"
        "\n"
        "ZG009 spaces-pinned: error at requirements.txt:2:1\n"
        "prevents: ResolutionImpossible\n"
        "cause: `spaces` is pinned to 0.30.0\n"
        "fix: Remove the line\n"
        "look at the result: another package may need it\n"
        "change requirements.txt:2\n"
        "-spaces==0.30.0\n"
        "\n"
        "zerolint: 2 errors, 1 warning in 2 files (1 Space, 4 rules, facts of 2026-08-22)\n"
    )


def test_what_a_finding_rests_on_stands_before_the_fix() -> None:
    lines = render("agent", dated(), RULES).split("\n")
    assert lines[3:7] == [
        "as of 2026-08-22: Hugging Face docs, spaces-zerogpu; spaces 0.51.3, zero/configs.json \\x1b[2J",
        "as of 2026-05-13: Hugging Face docs, spaces-zerogpu",
        "as configured in pyproject.toml",
        "fix: Ask for less",
    ]


@pytest.mark.parametrize("name", ALL)
def test_one_block_for_each_finding_and_a_verdict(name: str) -> None:
    made = ALL[name]()
    *blocks, last = render("agent", made, RULES, Options(paths=("here",))).removesuffix("\n").split("\n\n")
    assert last == verdict(made, ("here",))
    counted = [found for found in made.diagnostics if found.counts]
    assert len(blocks) == len(counted)
    for block, found in zip(blocks, counted, strict=True):
        first, *others = block.split("\n")
        assert first.startswith(f"{found.code} {found.name}: {found.level.value} at ")
        assert all(line.startswith(FRAME) for line in others)
        assert sum(line.startswith("cause: ") for line in others) == 1


def test_a_clean_report_is_the_verdict() -> None:
    assert render("agent", clean(), RULES) == verdict(clean()) + "\n"


def test_what_is_not_certain_is_said() -> None:
    made = report(diagnostic(PATH_RULE, Span("app.py", 1, 1, 1, 2), confidence=Confidence.LIKELY))
    assert render("agent", made, RULES).startswith("ZG007 fixed-output-path: likely warning at app.py:1:1\n")


def test_what_does_not_count_is_only_counted() -> None:
    blocks = render("agent", baselined(), RULES).split("\n\n")
    assert [block.split()[0] for block in blocks] == ["ZG008", "zerolint:"]
    assert "1 suppressed, 1 in the baseline" in blocks[-1]


def test_tabs_stay_and_other_control_characters_do_not() -> None:
    text = "\tx =\t'\x1b[31m'\n"
    at = Span("app.py", 1, 2, 1, 3)
    fix = Fix("Rename", (Edit(at, "y"),))
    lines = render("agent", report(diagnostic(PATH_RULE, at, fix=fix), sources={"app.py": text}), RULES).split("\n")
    assert "-\tx =\t'\\x1b[31m'" in lines
    assert "+\ty =\t'\\x1b[31m'" in lines
    shown = render("agent", hostile(), RULES)
    assert all(character in "\t\n\u200d" or character.isprintable() for character in shown)


@pytest.mark.parametrize(
    ("unsafe", "command"), [(None, "zerolint check --fix"), ("a guess", "zerolint check --fix --unsafe-fixes")]
)
def test_a_change_that_is_too_long(unsafe: str | None, command: str) -> None:
    text = "x" * MOST_CHARACTERS + "\n"
    at = Span("app.py", 1, 1, 1, 2)
    made = report(diagnostic(PATH_RULE, at, fix=Fix("Do", (Edit(at, "y"),), unsafe)), sources={"app.py": text})
    shown = render("agent", made, RULES)
    assert f"\nchange: too long to show; {command}\n" in shown
    assert len(shown) < 1000
