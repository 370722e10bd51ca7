"""The reviewdog report has the fields of reviewdog.proto and no others, and counts columns in bytes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from sample_reports import ALL, APP, PATH_RULE, RULES, baselined, diagnostic, everyday, long_way, report, span_of

from zerolint.finding import Edit, Fix, Report, Span
from zerolint.report import render
from zerolint.report.rdjson import MOST_LINES


def message(**fields: Any) -> dict[str, Any]:
    """A message as protojson reads it: no field is required, and an unknown one is an error."""
    return {"type": "object", "properties": fields, "additionalProperties": False}


TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
SEVERITY = {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]}
POSITION = message(line=NUMBER, column=NUMBER)
RANGE = message(start=POSITION, end=POSITION)
LOCATION = message(path=TEXT, range=RANGE)
SOURCE = message(name=TEXT, url=TEXT)
DIAGNOSTIC = message(
    message=TEXT,
    location=LOCATION,
    severity=SEVERITY,
    source=SOURCE,
    code=message(value=TEXT, url=TEXT),
    suggestions={"type": "array", "items": message(range=RANGE, text=TEXT)},
    original_output=TEXT,
    related_locations={"type": "array", "items": message(message=TEXT, location=LOCATION)},
)
# reviewdog, proto/rdf/reviewdog.proto, as it is from 0.18 on.
VALIDATOR = jsonschema.Draft202012Validator(
    message(diagnostics={"type": "array", "items": DIAGNOSTIC}, source=SOURCE, severity=SEVERITY)
)


def rendered(made: Report) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render("rdjson", made, RULES))
    # protojson refuses lone surrogates.
    json.dumps(data, ensure_ascii=False).encode("utf-8")
    return data


def piece(text: str, region: dict[str, Any]) -> str:
    """What a range stands for in a file, by lines and bytes."""
    lines = [line.encode() for line in text.splitlines(keepends=True)] + [b""]
    start, end = (
        sum(map(len, lines[: region[key]["line"] - 1])) + region[key]["column"] - 1 for key in ("start", "end")
    )
    return b"".join(lines)[start:end].decode()


@pytest.mark.parametrize("name", ALL)
def test_the_messages_of_reviewdog(name: str) -> None:
    made = ALL[name]()
    data = rendered(made)
    VALIDATOR.validate(data)
    assert len(data["diagnostics"]) == sum(found.counts for found in made.diagnostics)
    for found in data["diagnostics"]:
        assert found["message"] and found["location"]["path"] and found["severity"] and found["code"]["value"]


def test_unknown_fields_are_refused() -> None:
    data = rendered(everyday())
    data["diagnostics"][0]["other_locations"] = []
    assert not VALIDATOR.is_valid(data)


def test_a_finding() -> None:
    data = rendered(everyday())
    assert data["source"] == {"name": "zerolint", "url": "https://github.com/zerolint/zerolint"}
    assert data["severity"] == "ERROR"
    (found,) = [found for found in data["diagnostics"] if found["code"]["value"] == "ZG007"]
    region = {"start": {"line": 8, "column": 16}, "end": {"line": 8, "column": 25}}
    text = "every request writes `out.png`, so two visitors at the same time get the same picture"
    assert found == {
        "message": text,
        "location": {"path": "app.py", "range": region},
        "severity": "ERROR",
        "code": {"value": "ZG007", "url": "https://example.com/rules/fixed-output-path.md"},
        "original_output": f"app.py:8:16: ZG007 {text}",
        "suggestions": [{"range": region, "text": "new_path()"}],
        "related_locations": [
            {
                "message": "`draw` runs for every visitor: this button calls it",
                "location": {
                    "path": "app.py",
                    "range": {"start": {"line": 14, "column": 18}, "end": {"line": 14, "column": 30}},
                },
            }
        ],
    }


def test_all_notes_are_related_locations() -> None:
    (found,) = rendered(long_way())["diagnostics"]
    places = [
        piece(long_way().sources[one["path"]], one["range"]) for one in map(_location, found["related_locations"])
    ]
    assert places == ["keep", "paint", "gradio.Interface", "gradio", "ROOT", "show"]


def _location(related: dict[str, Any]) -> dict[str, Any]:
    location: dict[str, Any] = related["location"]
    return location


@pytest.mark.parametrize("line", ["a𐐀b", "x = 'é😀' + b", "\tb", "b", "日本語b"])
def test_columns_are_bytes(line: str) -> None:
    column = line.index("b") + 1
    at = Span("app.py", 2, column, 2, column + 1)
    text = f"# é\n{line}\n"
    made = report(diagnostic(PATH_RULE, at, fix=Fix("Rename", (Edit(at, "c"),))), sources={"app.py": text})
    (found,) = rendered(made)["diagnostics"]
    assert found["location"]["range"]["start"]["column"] == len(line.partition("b")[0].encode()) + 1
    assert piece(text, found["location"]["range"]) == "b"
    assert piece(text, found["suggestions"][0]["range"]) == "b"


def test_the_example_of_the_format() -> None:
    made = report(diagnostic(PATH_RULE, Span("app.py", 1, 3, 1, 4)), sources={"app.py": "a𐐀b"})
    assert rendered(made)["diagnostics"][0]["location"]["range"]["start"] == {"line": 1, "column": 6}


def test_without_the_text_it_is_the_whole_line() -> None:
    made = report(diagnostic(PATH_RULE, Span("gone.py", 7, 3, 9, 1)))
    assert rendered(made)["diagnostics"][0]["location"]["range"] == {"start": {"line": 7}, "end": {"line": 7}}


def test_a_fix_of_several_edits_is_one_suggestion() -> None:
    here, there = span_of(APP, '"out.png"'), span_of(APP, "prompt)")
    fix = Fix("Use both", (Edit(here, "path"), Edit(there, "prompt, path)")))
    made = report(diagnostic(PATH_RULE, here, fix=fix), sources={"app.py": APP})
    (suggestion,) = rendered(made)["diagnostics"][0]["suggestions"]
    before = piece(APP, suggestion["range"])
    assert APP.replace(before, suggestion["text"]) == APP.replace("draw(prompt)", "draw(prompt, path)").replace(
        'save("out.png")', "save(path)"
    )


def test_what_is_no_single_piece_is_no_suggestion() -> None:
    at = span_of(APP, '"out.png"')
    other = Edit(Span("other.py", 1, 1, 1, 1), "import tempfile\n")
    far = "\n" * MOST_LINES
    for edits, text in (
        ((Edit(at, "x"), other), APP),
        ((Edit(at, "x"), Edit(Span("app.py", 8 + MOST_LINES, 1, 8 + MOST_LINES, 1), "y")), APP + far),
        ((Edit(at, "lone \ud800"),), APP),
        ((), APP),
    ):
        made = report(diagnostic(PATH_RULE, at, fix=Fix("Do it", edits)), sources={"app.py": text, "other.py": ""})
        assert "suggestions" not in rendered(made)["diagnostics"][0]


def test_what_does_not_count_is_left_out() -> None:
    data = rendered(baselined())
    assert [found["code"]["value"] for found in data["diagnostics"]] == ["ZG008"]
    assert data["severity"] == "WARNING"
    nothing = rendered(baselined()._replace(diagnostics=()))
    assert nothing["diagnostics"] == [] and "severity" not in nothing
