"""The Code Quality report is what GitLab documents, and every entry of it is kept by GitLab's parser."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from sample_reports import ALL, APP, PATH_RULE, RULES, baselined, diagnostic, everyday, long_way, report, span_of

from zerolint.finding import Report, Span
from zerolint.report import Options, render

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format, which is stricter than the parser.
POSITION = {
    "type": "object",
    "required": ["line", "column"],
    "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["path", "positions"],
    "properties": {
        "path": {"type": "string", "minLength": 1, "pattern": r"^(?!\./|/)"},
        "positions": {
            "type": "object",
            "required": ["begin"],
            "properties": {"begin": POSITION, "end": POSITION},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": LOCATION,
            # Of Code Climate's specification, which GitLab's format is a part of.
            "other_locations": {"type": "array", "items": LOCATION, "minItems": 1},
        },
        "additionalProperties": False,
    },
}
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def rendered(made: Report, **options: Any) -> list[dict[str, Any]]:
    text = render("gitlab", made, RULES, Options(**options))
    # Ruby's parser takes no byte order mark and no lone surrogate.
    assert text.isascii()
    data: list[dict[str, Any]] = json.loads(text)
    json.dumps(data, ensure_ascii=False).encode("utf-8")
    return data


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("base", ["", "demos/image"])
def test_what_gitlab_documents(name: str, base: str) -> None:
    made = ALL[name]()
    data = rendered(made, base=base)
    VALIDATOR.validate(data)
    assert len(data) == sum(found.counts for found in made.diagnostics)
    # GitLab drops all but one of those with the same fingerprint.
    assert len({entry["fingerprint"] for entry in data}) == len(data)


def test_the_schema_refuses_what_is_wrong() -> None:
    data = rendered(everyday())
    data[0]["severity"] = "error"
    assert not VALIDATOR.is_valid(data)


def test_a_finding() -> None:
    (found,) = [entry for entry in rendered(everyday(), base="demos") if entry["check_name"] == "fixed-output-path"]
    assert found.pop("fingerprint")
    assert found == {
        "description": "ZG007: every request writes `out.png`, so two visitors at the same time get the same picture",
        "check_name": "fixed-output-path",
        "severity": "critical",
        "location": {
            "path": "demos/app.py",
            "positions": {"begin": {"line": 8, "column": 16}, "end": {"line": 8, "column": 25}},
        },
        "other_locations": [
            {
                "path": "demos/app.py",
                "positions": {"begin": {"line": 14, "column": 18}, "end": {"line": 14, "column": 30}},
            }
        ],
    }


def fingerprints(text: str, *needles: str) -> list[str]:
    made = report(*(diagnostic(PATH_RULE, span_of(text, needle)) for needle in needles), sources={"app.py": text})
    return [entry["fingerprint"] for entry in rendered(made)]


def test_a_fingerprint_moves_with_its_line() -> None:
    needle = 'image.save("out.png")'
    before = fingerprints(APP, needle)
    assert fingerprints("# new\n" + APP.replace("    image", "\timage"), needle) == before
    assert fingerprints(APP.replace("out.png", "in.png"), 'image.save("in.png")') != before
    made = everyday()
    elsewhere = made._replace(diagnostics=made.diagnostics[1:2], sources=made.sources)
    assert rendered(elsewhere)[0]["fingerprint"] != rendered(elsewhere, base="demos")[0]["fingerprint"]


def test_what_does_not_count_is_left_out() -> None:
    (left,) = rendered(baselined())
    assert left["check_name"] == "missing-duration"


def test_a_path_that_is_not_unicode() -> None:
    made = report(diagnostic(PATH_RULE, Span("bytes-\udcff.py", 1, 1, 1, 2)))
    assert rendered(made)[0]["location"]["path"] == "bytes-\\udcff.py"


def test_all_notes_are_other_locations() -> None:
    (found,) = rendered(long_way(), base="demos")
    paths = [location["path"] for location in found["other_locations"]]
    assert paths == [
        *("demos/tools.py", "demos/app.py", "demos/app.py"),
        *("demos/app.py", "demos/tools.py", "demos/app.py"),
    ]
    assert found["other_locations"][0]["positions"]["begin"] == {"line": 2, "column": 12}
