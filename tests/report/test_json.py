"""The JSON report keeps its published schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from sample_reports import ALL, APP, RULES, baselined, clean, dated, everyday, failed, hostile, long_way, suppressed

import zerolint
from zerolint.report import Options, render
from zerolint.report.json import schema


def rendered(report: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render("json", report, RULES))
    return data


def closed(part: Any, name: str = "") -> Any:
    """The schema without leave to add anything, so that a test notices a field that nobody described."""
    if isinstance(part, dict):
        part = {key: closed(value, key) for key, value in part.items()}
        if "properties" in part and name != "place":
            part["unevaluatedProperties"] = False
    elif isinstance(part, list):
        part = [closed(value) for value in part]
    return part


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", ALL)
def test_every_report_meets_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator(closed(schema())).validate(rendered(ALL[name]()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("summary"),
        lambda data: data["findings"][0].pop("notes"),
        lambda data: data["findings"][0].update(level="note"),
        lambda data: data["findings"][0].update(line=3),
        lambda data: data["findings"][0]["start"].update(column=0),
        lambda data: data["findings"][0].pop("path"),
        lambda data: data["findings"][1]["fix"]["edits"][0].pop("end"),
        lambda data: data.update(version=2),
    ],
)
def test_the_schema_refuses_what_is_wrong(spoil: Any) -> None:
    data = rendered(everyday())
    spoil(data)
    assert not jsonschema.Draft202012Validator(closed(schema())).is_valid(data)


def test_a_finding_has_all_its_parts() -> None:
    found = next(found for found in rendered(everyday())["findings"] if found["code"] == "ZG007")
    assert found == {
        "code": "ZG007",
        "name": "fixed-output-path",
        "level": "error",
        "consequence": "data",
        "confidence": "certain",
        "message": "every request writes `out.png`, so two visitors at the same time get the same picture",
        "path": "app.py",
        "start": {"line": 8, "column": 16},
        "end": {"line": 8, "column": 25},
        "notes": [
            {
                "message": "`draw` runs for every visitor: this button calls it",
                "path": "app.py",
                "start": {"line": 14, "column": 18},
                "end": {"line": 14, "column": 30},
                "step": 0,
                "shown": True,
            }
        ],
        "fix": {
            "title": "Write to a new temporary file for each request",
            "unsafe": None,
            "edits": [
                {
                    "path": "app.py",
                    "start": {"line": 8, "column": 16},
                    "end": {"line": 8, "column": 25},
                    "text": "new_path()",
                }
            ],
        },
        "suppressed": None,
        "baselined": False,
        "facts": [],
        "url": "https://example.com/rules/fixed-output-path.md",
    }


def test_the_steps_of_a_way() -> None:
    (found,) = rendered(long_way())["findings"]
    assert [note["step"] for note in found["notes"]] == [1, 2, 3, 4, 0, 1]
    assert [note["shown"] for note in found["notes"]] == [True, False, True, False, True, True]


def test_the_frame_says_what_was_looked_at() -> None:
    data = rendered(everyday())
    assert (data["version"], data["zerolint"], data["facts"]) == (1, zerolint.__version__, "2026-08-22")
    assert data["spaces"] == [{"root": ".", "files": 3}]
    assert data["summary"] == {
        "error": 2,
        "warning": 1,
        "info": 0,
        "suppressed": 0,
        "baselined": 0,
        "failures": 0,
        "files": 3,
        "files_with_findings": 2,
        "spaces": 1,
        "rules": len(RULES),
    }


def test_a_clean_report_is_written_too() -> None:
    data = rendered(clean())
    assert data["findings"] == []
    assert data["summary"]["error"] == data["summary"]["warning"] == data["summary"]["info"] == 0


def test_suppressed_findings_are_marked_and_not_counted() -> None:
    data = rendered(suppressed())
    assert [bool(found["suppressed"]) for found in data["findings"]] == [False, True, True]
    assert {found["suppressed"]["reason"] for found in data["findings"][1:]} == {"only I use this Space", ""}
    assert (data["summary"]["error"], data["summary"]["warning"], data["summary"]["suppressed"]) == (0, 1, 2)


def test_baselined_findings_are_marked_and_not_counted() -> None:
    data = rendered(baselined())
    assert [found["baselined"] for found in data["findings"]] == [False, True, False]
    assert data["baseline"] == "old/known.json"
    counts = {name: data["summary"][name] for name in ("error", "warning", "suppressed", "baselined")}
    assert counts == {"error": 0, "warning": 1, "suppressed": 1, "baselined": 1}
    assert rendered(everyday())["baseline"] is None


def test_a_report_from_before_baselines_meets_the_schema() -> None:
    data = rendered(everyday())
    del data["baseline"], data["summary"]["baselined"]
    for found in data["findings"]:
        del found["baselined"]
    jsonschema.Draft202012Validator(schema()).validate(data)


def test_failures_of_rules_are_named() -> None:
    (failure,) = rendered(failed())["failures"]
    assert (failure["code"], failure["space"], failure["error"]) == ("ZG007", "demos/one", "KeyError: 'x'")
    assert failure["trace"].startswith("Traceback")


def test_names_that_are_not_unicode_survive() -> None:
    text = render("json", hostile(), RULES, Options())
    assert text.isascii()
    assert "bytes-\udcff.py" in {found["path"] for found in json.loads(text)["findings"]}


def test_the_end_is_exclusive_and_columns_are_code_points() -> None:
    found = next(found for found in rendered(everyday())["findings"] if found["code"] == "ZG007")
    line = APP.split("\n")[found["start"]["line"] - 1]
    assert line[found["start"]["column"] - 1 : found["end"]["column"] - 1] == '"out.png"'


def test_a_finding_says_what_it_rests_on() -> None:
    data = rendered(dated())
    facts = data["findings"][0]["facts"]
    assert data["old_facts"] == "all"
    assert facts[0] == {
        "name": "gpu.sizes",
        "value": ["large", "xlarge"],
        "source": "Hugging Face docs, spaces-zerogpu",
        "date": "2026-08-22",
        "configured": False,
    }
    assert facts[4] == {
        "name": "duration.default_seconds",
        "value": 30,
        "source": "configuration (pyproject.toml)",
        "date": None,
        "configured": True,
    }
    assert rendered(everyday())["old_facts"] == "none"
