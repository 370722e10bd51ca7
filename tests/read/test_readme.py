"""Front matter with the place of every key and value, and YAML that is broken or hostile."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zerolint.finding import Span
from zerolint.read.readme import FRONT_MATTER_LIMIT, Readme, read_readme
from zerolint.read.source import ProblemKind, Source, decode, line_starts, offset_of

BROKEN = Path(__file__).parents[2] / "fixtures" / "broken"


def read(text: str) -> Readme:
    return read_readme(Source("README.md", text))


def cut(text: str, span: Span) -> str:
    starts = line_starts(text)
    return text[
        offset_of(starts, span.start_line, span.start_column) : offset_of(starts, span.end_line, span.end_column)
    ]


TEXT = """\
---
title: "A Space"   # comment
emoji: 😀
sdk: gradio
python_version: 3.10
sdk_version: 5.49.1
app_file: 'app.py'
pinned: false
tags:
  - one
  - two  # comment

# a comment of its own
models: [a/b,
  c/d]
hf_oauth:
empty: ""
license: |
  line
  line

nested:
  a:
    b: 1
---

# A Space

---
not: front matter
---
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keys_and_values_are_cut_out_of_the_text(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    readme = read(text)
    assert readme.entries is not None
    assert not readme.problems
    assert cut(text, readme.opening) == "---"
    for key, entry in readme.entries.items():
        assert cut(text, entry.key_span) == entry.key == key
    values = {key: cut(text, entry.value_span).replace(newline, "\n") for key, entry in readme.entries.items()}
    assert values == {
        "title": '"A Space"',
        "emoji": "😀",
        "sdk": "gradio",
        "python_version": "3.10",
        "sdk_version": "5.49.1",
        "app_file": "'app.py'",
        "pinned": "false",
        "tags": "- one\n  - two",
        "models": "[a/b,\n  c/d]",
        "hf_oauth": "",
        "empty": '""',
        "license": "|\n  line\n  line",
        "nested": "a:\n    b: 1",
    }


def test_values_are_what_yaml_makes_of_them_and_texts_what_is_written() -> None:
    readme = read(TEXT)
    assert readme.entries is not None
    assert {key: entry.value for key, entry in readme.entries.items()} == {
        "title": "A Space",
        "emoji": "😀",
        "sdk": "gradio",
        "python_version": 3.1,
        "sdk_version": "5.49.1",
        "app_file": "app.py",
        "pinned": False,
        "tags": ["one", "two"],
        "models": ["a/b", "c/d"],
        "hf_oauth": None,
        "empty": "",
        "license": "line\nline\n",
        "nested": {"a": {"b": 1}},
    }
    assert readme.text("python_version") == "3.10"
    assert readme.text("app_file") == "app.py"
    assert readme.text("hf_oauth") == ""
    assert readme.text("missing") is None


PIECES = [
    *(
        "a",
        "true",
        "True",
        "no",
        "on",
        "null",
        "010",
        "3",
        "3.10",
        "5.0.1",
        "5.0.0b4",
        "2024-01-01",
        " ",
        "",
        "-",
        "- ",
    ),
    *(
        "? ",
        "&a ",
        "*a",
        "!x ",
        ":",
        ": ",
        " #",
        '"',
        "'",
        "[",
        "~",
        "\\",
        "\t",
        "\r",
        "\u26a1\ufe0f",
        "\u00e9",
        "\x85",
    ),
]


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_plain_lines_are_read_as_pyyaml_reads_them(quote: str) -> None:
    """Below a comment, which is no plain line, everything is read by PyYAML."""
    different = []
    for first, second in itertools.product(PIECES, PIECES):
        lines = f"sdk: {quote}{first}{second}{quote} \r\nb: 1\n"
        plain, by_yaml = read(f"---\n{lines}---\n"), read(f"---\n{lines}#\n---\n")
        if repr(plain.entries) != repr(by_yaml.entries):
            different.append(lines)
    assert different == []


def test_plain_front_matter_needs_no_yaml() -> None:
    program = (
        "import sys\n"
        "from zerolint.read.readme import read_readme\n"
        "from zerolint.read.source import Source\n"
        "lines = 'title: Voice Studio\\nemoji: \U0001f525\\nsdk_version: 5.0.1\\npinned: false\\nlicense: \"mit\"\\n'\n"
        "readme = read_readme(Source('README.md', f'---\\n{lines}---\\n'))\n"
        "print(readme.entries['pinned'].value, 'yaml' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "text",
    ["", "# A Space\n", "text\n---\na: 1\n---\n", "----\na: 1\n----\n", "---\nA rule, then prose.\n", "--- a\n---\n"],
)
def test_no_front_matter(text: str) -> None:
    readme = read(text)
    assert readme.entries is None
    assert not readme.problems
    assert readme.text("sdk") is None


@pytest.mark.parametrize("text", ["---\n---\n", "---\n\n---", "---\n# only a comment\n---\n"])
def test_front_matter_without_keys(text: str) -> None:
    assert read(text).entries == {}


def test_blank_lines_before_and_spaces_after_the_rule_are_allowed() -> None:
    readme = read("\n  \r\n---  \nsdk: gradio\n---\t\nbody")
    assert readme.text("sdk") == "gradio"
    assert readme.opening == Span("README.md", 3, 1, 3, 6)


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA picture book.\n\n---\n",
        "---\nSee https://example.org: it says `more`.\n---\n",
        "---\n*A* picture book.\n---\nsdk: gradio\n---\n",
        "---\n# Only a heading\n---\n",
    ],
)
def test_text_between_horizontal_rules_is_no_mistake(text: str) -> None:
    assert read(text).text("sdk") is None
    assert not read(text).problems


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("---\ntitle: x\ntags: [a, b\nsdk: y\n---\n", 4, 4, "expected ',' or ']'"),
        ("---\r\ntitle: x: y\r\n---\r\n", 2, 9, "mapping values are not allowed"),
        ("---\ntags:\n\t- a\n---\n", 3, 1, "found character"),
        ("---\nsdk: gradio\nsdk: docker\n---\n", 3, 1, "the key `sdk` is there twice"),
        ("---\n- a\n---\n", 2, 1, "not a mapping"),
        ("---\na: *nothing\n---\n", 2, 4, "undefined alias"),
        ("---\na: \x07\n---\n", 2, 4, "U+0007"),
        ("---\na: 1\n...\nb: 2\n---\n", 4, 1, "document"),
        ("---\nsdk: gradio\n\n# no end\n", 1, 1, "no closing"),
        ("---\n'sdk' : gradio\nno key\n---\n", 4, 1, "could not find expected ':'"),
        ("---\n[a, b]: c\n---\n", 2, 1, "not a plain word"),
        ("---\ra: 1\rb: ]\r---\r", 3, 4, "expected the node content"),
    ],
)
def test_malformed_yaml_is_a_problem_at_its_place(text: str, line: int, column: int, words: str) -> None:
    readme = read(text)
    problem = readme.problems[0]
    assert problem.kind is ProblemKind.SYNTAX
    assert (problem.at.start_line, problem.at.start_column) == (line, column)
    assert words in problem.message


def test_one_bad_key_does_not_hide_the_others() -> None:
    readme = read("---\n[a]: b\nsdk: gradio\nsdk: docker\n---\n")
    assert readme.text("sdk") == "docker"
    assert len(readme.problems) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_bad_yaml_leaves_the_keys_beside_it(newline: str) -> None:
    lines = (
        "---",
        "title: a: b",
        "sdk: gradio",
        "models:",
        "  - a/b",
        "pinned: no",
        "pinned: yes",
        "tags: [a",
        "---",
        "",
    )
    text = newline.join(lines)
    readme = read(text)
    assert readme.entries is None
    assert [problem.at.start_line for problem in readme.problems] == [2]
    assert {key: cut(text, entry.value_span) for key, entry in readme.pieces.items()} == {
        "sdk": "gradio",
        "models": "- a/b",
    }
    assert readme.known == readme.pieces
    assert readme.text("sdk") == "gradio"


def test_what_could_be_read_has_no_pieces() -> None:
    readme = read("---\nsdk: gradio\n---\n")
    assert not readme.pieces
    assert readme.known == readme.entries


def test_an_alias_is_its_anchors_value_at_its_own_place() -> None:
    text = "---\na: &x [1, 2]\nb: *x  # again\nc: &loop [*loop]\n---\n"
    readme = read(text)
    assert readme.entries is not None
    assert readme.entries["b"].value == [1, 2]
    assert cut(text, readme.entries["b"].value_span) == "*x"


def test_a_place_begins_after_the_anchor_and_the_tag() -> None:
    text = "---\nsdk_version: &version 5.10\npython_version: !!str 3.10\n---\n"
    entries = read(text).entries
    assert entries is not None
    assert [cut(text, entry.value_span) for entry in entries.values()] == ["5.10", "3.10"]


def test_tabs_may_stand_between_a_key_and_its_value() -> None:
    text = "---\nsdk:\tgradio\t\npython_version: \t 3.10 # a\ttab\n---\n"
    readme = read(text)
    assert readme.entries is not None
    assert not readme.problems
    assert {entry.key: entry.text for entry in readme.entries.values()} == {"sdk": "gradio", "python_version": "3.10"}
    assert [cut(text, entry.value_span) for entry in readme.entries.values()] == ["gradio", "3.10"]


def test_a_tab_is_no_indentation() -> None:
    readme = read("---\nmodels:\n\t- a/b\n---\n")
    assert readme.entries is None
    assert [problem.at.start_line for problem in readme.problems] == [3]


def test_the_parts_of_lists_and_mappings_have_places() -> None:
    text = "---\nnone: 1\nmodels:\n- a/b  # comment\n- c\ncustom_headers: {one: 1, two: [2,\n 3]}\n---\n"
    entries = read(text).entries
    assert entries is not None
    parts = {
        entry.key: [(part.key, part.value, cut(text, part.span)) for part in entry.parts] for entry in entries.values()
    }
    assert parts == {
        "none": [],
        "models": [("", "a/b", "a/b"), ("", "c", "c")],
        "custom_headers": [("one", 1, "one: 1"), ("two", [2, 3], "two: [2,\n 3]")],
    }


def test_tags_make_no_objects() -> None:
    readme = read(
        "---\na: !!python/object/apply:os.system ['true']\nb: !!int ''\nc: 2024-99-99\nd: !!timestamp x\n---\n"
    )
    assert readme.entries is not None
    assert [entry.value for entry in readme.entries.values()] == [["true"], "", "2024-99-99", "x"]


def test_numbers_that_python_would_not_print_stay_text() -> None:
    readme = read(f"---\na: {'1' * 5_000}\nb: 1{':59' * 5_000}\n---\n")
    assert readme.entries is not None
    assert all(isinstance(entry.value, str) for entry in readme.entries.values())


def fixture(name: str) -> Readme:
    source = decode("README.md", (BROKEN / name / "README.md").read_bytes())
    assert isinstance(source, Source)
    return read_readme(source)


def test_a_malformed_readme_is_placed() -> None:
    readme = fixture("malformed")
    assert readme.entries is None
    assert [problem.at.start_line for problem in readme.problems] == [5]


def test_a_billion_laughs_are_not_heard() -> None:
    started = time.perf_counter()
    readme = fixture("billion_laughs")
    assert time.perf_counter() - started < 2
    assert readme.text("sdk") == "gradio"
    assert readme.entries is not None
    assert count(readme.entries["a9"].value) < 10_000


def count(value: object) -> int:
    if isinstance(value, list):
        return 1 + sum(count(item) for item in value)
    return 1


@pytest.mark.parametrize(
    "body",
    ["[" * 20_000, "{a: " * 15_000, "- " * 20_000, "? " * 20_000, "".join(" " * i + "a:\n" for i in range(350))],
    ids=["lists", "mappings", "items", "keys", "blocks"],
)
def test_deep_nesting_is_no_crash(body: str) -> None:
    readme = read("---\na:\n " + body + "\n---\n")
    assert readme.problems or readme.entries


def test_more_than_a_front_matter_is_not_read() -> None:
    readme = read("---\n" + "a: b\n" * (FRONT_MATTER_LIMIT // 5 + 1) + "---\n")
    assert readme.entries is None
    assert [problem.kind for problem in readme.problems] == [ProblemKind.UNREADABLE]


def test_many_problems_are_told_once_in_a_while() -> None:
    assert len(read("---\n" + "a: b\n" * 1_000 + "---\n").problems) <= 20
