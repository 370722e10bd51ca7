"""The text report, as a person sees it."""

from __future__ import annotations

import random
import re

import pytest
from sample_reports import (
    ALL,
    APP,
    DURATION_RULE,
    PATH_RULE,
    RULES,
    baselined,
    clean,
    dated,
    diagnostic,
    everyday,
    failed,
    hostile,
    long_way,
    outside_the_text,
    report,
    rule,
    span_of,
    suppressed,
    without_space,
)

from zerolint.finding import Confidence, Consequence, Edit, Fix, JudgedSpace, Note, Span
from zerolint.report import Options, render
from zerolint.report._excerpt import CUT
from zerolint.report._terminal import cells
from zerolint.report.text import verdict

PLACE = re.compile(r" *--> .+:\d+:\d+")


def last_line(text: str) -> str:
    return text.rstrip("\n").rsplit("\n", 1)[-1]


def shown(text: str, needle: str, width: int = 80) -> list[str]:
    """The rows of source of a report with one finding on `needle`."""
    made = report(diagnostic(PATH_RULE, span_of(text, needle), "it"), sources={"app.py": text})
    lines = render("text", made, (), Options(width=width)).split("\n")
    return lines[3 : lines.index("  |", 3)]


def test_everyday() -> None:
    assert (
        render("text", everyday(), RULES)
        == """\
warning[ZG008] missing-duration: `draw` asks for 60 seconds
 --> app.py:5:1
  |
5 | @spaces.GPU
  | ^^^^^^^^^^^
  |
  = prevents: quota spent on time that is not used
  = fix: State how long a call may take
  = https://example.com/rules/missing-duration.md

error[ZG007] fixed-output-path: every request writes `out.png`, so two visitors
    at the same time get the same picture
  --> app.py:8:16
   |
 8 |     image.save("out.png")
   |                ^^^^^^^^^
note: `draw` runs for every visitor: this button calls it
  --> app.py:14:18
   |
14 |     button.click(draw, prompt, picture)
   |                  ------------
   |
   = prevents: a visitor sees the picture of another
   = fix: Write to a new temporary file for each request (automatic with --fix)
   = https://example.com/rules/fixed-output-path.md

error[ZG009] spaces-pinned: `spaces` is pinned to 0.30.0
 --> requirements.txt:2:1
  |
2 | spaces==0.30.0
  | ^^^^^^^^^^^^^^
  |
  = prevents: ResolutionImpossible
  = fix: Remove the line (with --fix --unsafe-fixes, look at the result: another
         package may need it)
  = https://example.com/rules/spaces-pinned.md

zerolint: 2 errors, 1 warning in 2 files (1 Space, 4 rules, facts of 2026-08-22)
"""
    )


def test_what_a_finding_rests_on_is_told_once() -> None:
    lines = render("text", dated(), RULES).split("\n")
    assert lines[-8:-2] == [
        "  = fix: Ask for less",
        "  = as of 2026-08-22: Hugging Face docs; spaces 0.51.3",
        "  = as of 2026-05-13: Hugging Face docs, spaces-zerogpu",
        "  = as configured in pyproject.toml",
        "  = https://example.com/rules/missing-duration.md",
        "",
    ]


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("", "facts of 2026-08-22, 1 suppressed, 1 in the baseline"),
        (
            "all",
            "1 suppressed, 1 in the baseline, facts of 2026-08-22, more than a year old: "
            "a newer zerolint may know better",
        ),
        (
            "some",
            "1 suppressed, 1 in the baseline, facts of 2026-08-22, some of them more than a year old: "
            "a newer zerolint may know better",
        ),
    ],
)
def test_the_verdict_says_when_facts_are_old(old: str, said: str) -> None:
    assert verdict(baselined()._replace(old_facts=old)) == f"zerolint: 1 warning in 1 file (1 Space, 4 rules, {said})"


def test_where_facts_were_read_is_told_in_full_where_there_is_room() -> None:
    text = render("text", dated(), RULES, Options(width=100))
    assert (
        "\n  = as of 2026-08-22: Hugging Face docs, spaces-zerogpu; spaces 0.51.3, zero/configs.json \\x1b[2J\n" in text
    )
    narrow = render("text", dated(), RULES, Options(width=40))
    assert "\n  = as of 2026-08-22: Hugging Face docs;\n      spaces 0.51.3\n" in narrow


def test_clean() -> None:
    expected = "zerolint: no findings (1 Space, 14 rules, facts of 2026-08-22)\n"
    assert render("text", clean(), RULES) == expected


def test_no_space() -> None:
    assert render("text", without_space(), RULES) == "zerolint: no Space found under the given paths\n"
    options = Options(paths=("demos", "o\x1bther"))
    assert render("text", without_space(), RULES, options) == "zerolint: no Space found under demos, o\\x1bther\n"


def test_suppressed_findings_are_counted_and_not_shown() -> None:
    text = render("text", suppressed(), RULES)
    assert last_line(text) == "zerolint: 1 warning in 1 file (1 Space, 4 rules, facts of 2026-08-22, 2 suppressed)"
    assert "ZG007" not in text


def test_a_rule_that_broke_is_shown_with_its_trace() -> None:
    text = render("text", failed(), RULES)
    assert "failure[ZG007] fixed-output-path: this rule broke on the Space demos/one" in text
    assert '  |   File "rule.py", line 3, in check\n' in text
    assert last_line(text).startswith("zerolint: 1 error in 1 file, 1 rule failure (1 Space, ")


def test_an_info_is_the_mildest() -> None:
    at = Span("app.py", 1, 1, 1, 2)
    hygiene = rule("ZG001", "spaces-import-fallback", Consequence.HYGIENE)
    made = report(
        diagnostic(hygiene, at),
        diagnostic(hygiene, at),
        diagnostic(PATH_RULE, at, confidence=Confidence.LIKELY),
        spaces=(JudgedSpace("a", 1), JudgedSpace("b", 2)),
    )
    assert verdict(made) == "zerolint: 1 warning, 2 infos in 1 file (2 Spaces, 4 rules, facts of 2026-08-22)"


def test_what_the_baseline_has_is_only_counted() -> None:
    text = render("text", baselined(), RULES)
    assert [line.split()[0] for line in text.splitlines() if "[" in line.split(":")[0]] == ["warning[ZG008]"]
    scope = "1 Space, 4 rules, facts of 2026-08-22, 1 suppressed, 1 in the baseline"
    assert last_line(text) == f"zerolint: 1 warning in 1 file ({scope})"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_last_line_is_the_verdict_and_the_only_one(name: str, width: int) -> None:
    lines = render("text", ALL[name](), RULES, Options(width=width)).split("\n")
    assert lines[-1] == ""
    assert [line.startswith("zerolint: ") for line in lines[:-1]] == [False] * (len(lines) - 2) + [True]


@pytest.mark.parametrize("name", ALL)
def test_color_changes_no_text(name: str) -> None:
    plain = render("text", ALL[name](), RULES)
    colored = render("text", ALL[name](), RULES, Options(color=True))
    without = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in without.split("\n")] == plain.split("\n")
    assert "\x1b" not in plain
    assert "\x1b[" in colored


def test_nothing_from_the_files_reaches_the_terminal_raw() -> None:
    text = render("text", hostile(), RULES)
    assert all(character == "\n" or character.isprintable() or character == "\u200d" for character in text)
    assert "new\\nline/\\x1b[2Japp.py:1:" in text
    assert "\\x1b[31mred\\x1b[0m\\x07" in text
    assert "\\u202e\\u2066" in text


def test_markup_of_rich_is_text() -> None:
    text = 'x = "[bold]:smile:[/bold]"\n'
    made = report(diagnostic(PATH_RULE, span_of(text, "[bold]"), "the [red] one"), sources={"app.py": text})
    colored = render("text", made, RULES, Options(color=True))
    assert text.rstrip() in colored
    assert "the [red] one" in colored


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("x = here", ["1 | x = here", "  |     ^^^^"]),
        ("x = 'é', here", ["1 | x = 'é', here", "  |          ^^^^"]),
        ("x = '日本', here", ["1 | x = '日本', here", "  |             ^^^^"]),
        ("x = '😀', here", ["1 | x = '😀', here", "  |           ^^^^"]),
        ("e\u0301 = here", ["1 | e\u0301 = here", "  |     ^^^^"]),
        ("\tx = here", ["1 |     x = here", "  |         ^^^^"]),
        ("x\t= here", ["1 | x   = here", "  |       ^^^^"]),
        ("\x0cx = here", ["1 | \\x0cx = here", "  |         ^^^^"]),
        ("'\x1b[1m', here", ["1 | '\\x1b[1m', here", "  |            ^^^^"]),
        ("here   ", ["1 | here", "  | ^^^^"]),
    ],
)
def test_the_underline_sits_under_the_span(line: str, rows: list[str]) -> None:
    assert shown(line, "here") == rows


def test_a_wide_span_has_a_wide_underline() -> None:
    assert shown("x = '日本😀'", "日本😀") == ["1 | x = '日本😀'", "  |      ^^^^^^"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending(ending: str) -> None:
    text = ending.join(["import spaces", "\x0c", "x = here", ""])
    made = report(diagnostic(PATH_RULE, Span("app.py", 3, 5, 3, 9)), sources={"app.py": text})
    assert "3 | x = here\n  |     ^^^^\n" in render("text", made, RULES)


def test_a_long_line_is_cut_around_the_span() -> None:
    line = "a" * 200 + " here " + "b" * 200
    assert shown(line, "here", width=44) == [
        f"1 | {CUT}{'a' * 14} here {'b' * 14}{CUT}",
        "  | " + " " * 18 + "^^^^",
    ]
    assert shown("here" + "b" * 200, "here", width=44) == [f"1 | here{'b' * 33}{CUT}", "  | ^^^^"]
    (source, underline) = shown("a" * 200 + " here", "here", width=44)
    assert source == f"1 | {CUT}{'a' * 32} here"
    assert source[underline.index("^") :] == "here"


def test_a_span_longer_than_the_line_is_underlined_as_far_as_it_is_seen() -> None:
    source, underline = shown("x = " + "b" * 200 + " end", "b" * 200, width=44)
    assert source == f"1 | x = {'b' * 33}{CUT}"
    assert underline == "  |     " + "^" * 33


def test_a_line_of_a_megabyte_is_cut_at_once() -> None:
    text = "x" * 500_000 + " here " + "日" * 500_000
    made = report(*[diagnostic(PATH_RULE, span_of(text, "here"))] * 50, sources={"app.py": text})
    lines = render("text", made, RULES).split("\n")
    assert max(map(cells, lines)) <= 80


def test_a_statement_over_several_lines() -> None:
    text = 'pipe = load(\n    "a/b",\n    dtype=half,\n)\n'
    assert shown(text, text[: text.index(")") + 1]) == [
        "1 | / pipe = load(",
        '2 | |     "a/b",',
        "3 | |     dtype=half,",
        "4 | | )",
        "  | |_^",
    ]
    assert shown(text, text[text.index("load") : text.index(")") + 1]) == [
        "1 |   pipe = load(",
        "  |  ________^",
        '2 | |     "a/b",',
        "3 | |     dtype=half,",
        "4 | | )",
        "  | |_^",
    ]


def test_a_long_piece_is_cut_in_its_middle() -> None:
    text = "".join(f"line_{number}()\n" for number in range(1, 13))
    assert shown(text, text[: text.index("line_9") + 6]) == [
        "1 | / line_1()",
        "2 | | line_2()",
        "3 | | line_3()",
        "  | | ...",
        "8 | | line_8()",
        "9 | | line_9()",
        "  | |______^",
    ]


def test_a_span_that_ends_before_a_line_ends_on_the_line_above() -> None:
    assert shown("one\ntwo\n", "one\n") == ["1 | one", "  | ^^^"]


def test_a_note_in_another_file() -> None:
    readme = "---\nsdk: gradio\n---\n"
    made = report(
        diagnostic(
            DURATION_RULE,
            span_of(APP, "@spaces.GPU"),
            "it",
            (
                Note(span_of(readme, "gradio", "README.md"), "the SDK"),
                Note(Span("gone.py", 120, 3, 120, 9), "not here"),
            ),
        ),
        sources={"app.py": APP, "README.md": readme},
    )
    assert render("text", made, ()).startswith(
        "warning[ZG008] missing-duration: it\n"
        " --> app.py:5:1\n"
        "  |\n"
        "5 | @spaces.GPU\n"
        "  | ^^^^^^^^^^^\n"
        "note: the SDK\n"
        " --> README.md:2:6\n"
        "  |\n"
        "2 | sdk: gradio\n"
        "  |      ------\n"
        "note: not here\n"
        " --> gone.py:120:3\n"
        "  |\n"
        "  = https://example.com/rules/missing-duration.md\n"
    )


def test_steps_that_people_can_do_without_are_left_out() -> None:
    text = render("text", long_way(), RULES)
    notes = [line for line in text.splitlines() if line.startswith("note: ")]
    assert notes == [
        "note: `keep` is called by `paint` here",
        "note: `show` is registered here",
        "note: `ROOT` is made here",
        "note: another way",
    ]


def test_places_outside_the_text_do_no_harm() -> None:
    text = render("text", outside_the_text(), RULES)
    assert len(PLACE.findall(text)) == 7
    assert " --> gone.py:7:3\n  |\n  = prevents" in text


def test_what_a_fix_takes() -> None:
    at = span_of(APP, "draw")

    def line(fix: Fix) -> str:
        text = render(
            "text", report(diagnostic(PATH_RULE, at, fix=fix), sources={"app.py": APP}), (), Options(width=99)
        )
        return next(line for line in text.split("\n") if "= fix" in line).strip()

    assert line(Fix("Rename it")) == "= fix: Rename it"
    assert line(Fix("Rename it", (Edit(at, "x"),))) == "= fix: Rename it (automatic with --fix)"
    assert line(Fix("Rename it", (Edit(at, "x"),), "it is used")) == (
        "= fix: Rename it (with --fix --unsafe-fixes, look at the result: it is used)"
    )


@pytest.mark.parametrize("seed", range(20))
def test_any_span_in_any_text_fits_the_width(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices("abc  \t日😀\x1b\n\r\u0301\u200d", k=chance.randrange(2, 600)))
    width = chance.randrange(30, 100)
    spans = [Span("app.py", *(chance.randrange(1, 60) for _ in range(4))) for _ in range(20)]
    made = report(*(diagnostic(PATH_RULE, span, "it") for span in spans), sources={"app.py": text})
    for line in render("text", made, (), Options(width=width)).split("\n"):
        if not line.strip().startswith(("=", "zerolint:", "error", "-->")):
            assert cells(line) <= width, line


@pytest.mark.parametrize("seed", range(20))
def test_the_text_over_the_underline_is_the_span_by_the_cells_of_rich(seed: int) -> None:
    from rich.cells import cell_len

    chance = random.Random(seed)
    parts = ["".join(chance.choices("ab .é日本語ｶ😀🎉ω", k=chance.randrange(1, 40))) for _ in range(3)]
    needle = f"<{parts[1]}>"
    source, underline = shown(parts[0] + needle + parts[2], needle, width=400)
    start, end = underline.index("^"), len(underline)
    taken, under = 0, ""
    for character in source:
        if start <= taken < end:
            under += character
        taken += cell_len(character)
    assert under == needle
