"""The SARIF log is valid, is what GitHub code scanning asks for, and is read by a program that is not ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import jsonschema
import pytest
from sample_reports import (
    ALL,
    APP,
    FACTS,
    HOSTILE_PATHS,
    PATH_RULE,
    PINNED_RULE,
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
)
from sarif.loader import load_sarif_file

import zerolint
from zerolint.finding import Confidence, Consequence, Edit, Fix, Note, Report, Span
from zerolint.page import page
from zerolint.report import Options, render
from zerolint.report._fingerprint import line_fingerprints
from zerolint.report.sarif import MOST_RELATED, MOST_RESULTS, folder_in_repository

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
# RFC 3986: what may stand in the path of a relative reference.
RELATIVE_URI = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-F]{2})+")


def run_of(made: Report, **options: Any) -> dict[str, Any]:
    log = json.loads(render("sarif", made, RULES, Options(**options)))
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def objects(data: Any, key: str) -> Iterator[Any]:
    """Every value under `key` at any depth."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from objects(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from objects(value, key)


@pytest.mark.parametrize("name", ALL)
def test_the_schema_of_oasis(name: str) -> None:
    VALIDATOR.validate(json.loads(render("sarif", ALL[name](), RULES)))


def test_the_schema_of_oasis_is_checked() -> None:
    log = json.loads(render("sarif", everyday(), RULES))
    log["runs"][0]["results"][0]["level"] = "info"
    assert not VALIDATOR.is_valid(log)


@pytest.mark.parametrize("name", ALL)
def test_what_github_requires_is_there_and_not_empty(name: str) -> None:
    log = json.loads(render("sarif", ALL[name](), RULES))
    assert log["$schema"] and log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "zerolint"
    assert driver["semanticVersion"] == zerolint.__version__
    for descriptor in driver["rules"]:
        assert 0 < len(descriptor["id"]) <= 255
        assert 0 < len(descriptor["name"]) <= 255
        assert 0 < len(descriptor["shortDescription"]["text"]) <= 1024
        assert 0 < len(descriptor["fullDescription"]["text"]) <= 1024
        assert descriptor["help"]["text"]
        assert descriptor["help"].get("markdown") != ""
        assert descriptor["defaultConfiguration"]["level"] in ("note", "warning", "error")
        assert descriptor["properties"]["problem.severity"] in ("recommendation", "warning", "error")
        assert descriptor["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert len(descriptor["properties"]["tags"]) <= 10
        assert "security-severity" not in descriptor["properties"]
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("name", ALL)
def test_sarif_tools_reads_it(name: str, tmp_path: Path) -> None:
    made = ALL[name]()
    path = tmp_path / "zerolint.sarif"
    path.write_text(render("sarif", made, RULES), "utf-8")
    read = load_sarif_file(str(path))
    assert read.get_distinct_tool_names() == ["zerolint"]
    assert read.get_result_count() == len(made.diagnostics)
    records = [(record["Severity"], record["Code"], record["Line"]) for record in read.get_records()]
    names = {"error": "error", "warning": "warning", "info": "note"}
    assert sorted(records) == sorted(
        (names[found.level.value], found.code, found.finding.at.start_line) for found in made.diagnostics
    )


def test_sarif_tools_counts_the_same(tmp_path: Path) -> None:
    path = tmp_path / "zerolint.sarif"
    path.write_text(render("sarif", everyday(), RULES), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sarif", "summary", path.name], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"error: 2\b", done.stdout)
    assert re.search(r"warning: 1\b", done.stdout)


def test_all_rules_are_described_by_code() -> None:
    descriptors = run_of(clean())["tool"]["driver"]["rules"]
    assert [descriptor["id"] for descriptor in descriptors] == ["ZG007", "ZG008", "ZG009", "ZG900"]
    levels = {descriptor["id"]: descriptor["defaultConfiguration"]["level"] for descriptor in descriptors}
    assert levels == {"ZG007": "error", "ZG008": "warning", "ZG009": "error", "ZG900": "error"}


def test_a_page_is_the_help() -> None:
    (descriptor,) = (entry for entry in run_of(clean())["tool"]["driver"]["rules"] if entry["id"] == PINNED_RULE.code)
    text = page(PINNED_RULE.name)
    assert text is not None
    assert descriptor["help"]["markdown"].startswith("# spaces-pinned (ZG009)\n")
    assert "```" not in descriptor["help"]["text"]
    assert not re.search(r"\]\((?!https?://)[^)]*\.md\)", descriptor["help"]["markdown"])
    assert descriptor["fullDescription"]["text"][:30] in " ".join(text.split())
    assert descriptor["helpUri"] == PINNED_RULE.url


def test_a_rule_without_a_page_has_help_too() -> None:
    unknown = rule("XY001", "from-a-plugin", Consequence.HYGIENE, "nothing much")
    log = json.loads(render("sarif", clean(), (unknown,)))
    (descriptor,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert descriptor["help"] == {
        "text": "What from-a-plugin finds\n\nPrevents: nothing much\n\nhttps://example.com/rules/from-a-plugin.md"
    }
    assert descriptor["defaultConfiguration"] == {"level": "note"}
    assert descriptor["properties"]["problem.severity"] == "recommendation"


def test_a_finding_of_a_rule_that_is_not_in_the_list_is_described() -> None:
    log = json.loads(render("sarif", everyday(), (PATH_RULE,)))
    driver = log["runs"][0]["tool"]["driver"]
    assert [descriptor["id"] for descriptor in driver["rules"]] == ["ZG007", "ZG008", "ZG009"]
    VALIDATOR.validate(log)


def test_a_result() -> None:
    (result,) = (result for result in run_of(everyday())["results"] if result["ruleId"] == "ZG007")
    location = {"uri": "app.py", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 8, "startColumn": 16, "endLine": 8, "endColumn": 25}
    assert result == {
        "ruleId": "ZG007",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "every request writes `out.png`, so two visitors at the same time get the same picture. "
            "[app.py:14](1): `draw` runs for every visitor: this button calls it."
        },
        "locations": [{"physicalLocation": {"artifactLocation": location, "region": region}}],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": location,
                    "region": {"startLine": 14, "startColumn": 18, "endLine": 14, "endColumn": 30},
                },
                "message": {"text": "`draw` runs for every visitor: this button calls it"},
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": line_fingerprints(APP)[7]},
        "fixes": [
            {
                "description": {"text": "Write to a new temporary file for each request"},
                "artifactChanges": [
                    {
                        "artifactLocation": location,
                        "replacements": [{"deletedRegion": region, "insertedContent": {"text": "new_path()"}}],
                    }
                ],
            }
        ],
        "properties": {"confidence": "certain", "consequence": "data"},
    }


def test_what_a_result_rests_on_is_in_its_properties() -> None:
    (result,) = run_of(dated())["results"]
    names = [(fact["name"], fact["date"]) for fact in result["properties"]["facts"]]
    assert names[0] == ("gpu.sizes", "2026-08-22")
    assert names[-1] == ("quota.xlarge_factor", None)


def test_advice_is_no_fix_and_an_unsafe_fix_says_so() -> None:
    results = {result["ruleId"]: result for result in run_of(everyday())["results"]}
    assert "fixes" not in results["ZG008"]
    (fix,) = results["ZG009"]["fixes"]
    assert fix["description"]["text"] == "Remove the line (unsafe: another package may need it)"
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement == {"deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1}}


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("x = here", 5, 9),
        ("'é' + here", 7, 11),
        ("'😀' + here", 8, 12),
        ("'日本' + here", 8, 12),
        ("\t'🎉😀'\there", 9, 13),
        ("\x0chere", 2, 6),
    ],
)
def test_columns_are_utf_16_code_units(line: str, start: int, end: int) -> None:
    text = "# 😀\r\n" + line + "\r\n"
    column = line.index("here") + 1
    made = report(diagnostic(PATH_RULE, Span("app.py", 2, column, 2, column + 4)), sources={"app.py": text})
    run = run_of(made)
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": start,
        "endLine": 2,
        "endColumn": end,
    }


def test_a_reader_of_utf_16_finds_the_span_and_applies_the_fix() -> None:
    text = "# 😀\nx = '😀é日' + here; y = '🎉'\n"
    at = span_of(text, "here")
    fix = Fix("Replace", (Edit(at, "there😀"), Edit(Span("app.py", 1, 1, 1, 1), "#!\n")))
    (result,) = run_of(report(diagnostic(PATH_RULE, at, fix=fix), sources={"app.py": text}))["results"]
    units = text.encode("utf-16-le")
    lines = [0]
    for offset in range(0, len(units), 2):
        if units[offset : offset + 2] == "\n".encode("utf-16-le"):
            lines.append(offset + 2)

    def offsets(region: dict[str, int]) -> tuple[int, int]:
        start = lines[region["startLine"] - 1] + 2 * (region["startColumn"] - 1)
        return start, lines[region["endLine"] - 1] + 2 * (region["endColumn"] - 1)

    start, end = offsets(result["locations"][0]["physicalLocation"]["region"])
    assert units[start:end].decode("utf-16-le") == "here"
    (change,) = result["fixes"][0]["artifactChanges"]
    edits = [(*offsets(part["deletedRegion"]), part["insertedContent"]["text"]) for part in change["replacements"]]
    for start, end, new in sorted(edits, reverse=True):
        units = units[:start] + new.encode("utf-16-le") + units[end:]
    assert units.decode("utf-16-le") == "#!\n" + text.replace("here", "there😀")


def test_every_uri_is_valid_and_means_the_path() -> None:
    results = run_of(hostile())["results"]
    uris = set()
    for location in objects(results, "artifactLocation"):
        assert location["uriBaseId"] == "%SRCROOT%"
        uris.add(location["uri"])
    for uri in uris:
        assert RELATIVE_URI.fullmatch(uri), uri
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert {unquote_to_bytes(uri) for uri in uris} == {
        path.encode("utf-8", "surrogatepass" if "\ud800" in path else "surrogateescape") for path in HOSTILE_PATHS
    }


@pytest.mark.parametrize(
    ("path", "base", "uri"),
    [
        ("app.py", "", "app.py"),
        ("app.py", "demos/image", "demos/image/app.py"),
        ("./app.py", "", "app.py"),
        ("../other/app.py", "demos/image", "demos/other/app.py"),
        ("../../../app.py", "demos/image", "../app.py"),
        ("../app.py", "", "../app.py"),
        ("a b/ü.py", "100%", "100%25/a%20b/%C3%BC.py"),
        ("c:d.py", "", "c%3Ad.py"),
    ],
)
def test_uris_start_at_the_repository(path: str, base: str, uri: str) -> None:
    run = run_of(report(diagnostic(PATH_RULE, Span(path, 1, 1, 1, 2)), sources={path: "x\n"}), base=base)
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": uri,
        "uriBaseId": "%SRCROOT%",
    }
    assert urljoin("https://h/r/s/", uri).startswith("https://h/r/")


def test_an_absolute_path_is_a_file_uri() -> None:
    run = run_of(report(diagnostic(PATH_RULE, Span("/tmp/ä/app.py", 1, 1, 1, 2))), base="demos")
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "file:///tmp/%C3%A4/app.py"}


def test_the_log_does_not_say_where_it_was_written() -> None:
    text = render("sarif", everyday(), RULES)
    assert str(Path.cwd()) not in text
    assert "file://" not in text
    (base,) = run_of(everyday())["originalUriBaseIds"].values()
    assert "uri" not in base


def test_folder_in_repository(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "demos" / "image"
    inner.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    assert folder_in_repository(inner) == "demos/image"
    assert folder_in_repository(tmp_path / "repository") == ""
    # A work tree and a submodule have a file there.
    (inner.parent / ".git").write_text("gitdir: elsewhere\n", "utf-8")
    assert folder_in_repository(inner) == "image"
    if not any((ancestor / ".git").exists() for ancestor in tmp_path.parents):
        assert folder_in_repository(tmp_path) == ""


def test_places_outside_the_text_are_whole_lines() -> None:
    regions = [
        result["locations"][0]["physicalLocation"]["region"]
        for result in run_of(outside_the_text())["results"]
        if result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "gone.py"
    ]
    assert regions == [{"startLine": 7}]


@pytest.mark.parametrize("name", ALL)
def test_regions_are_in_order(name: str) -> None:
    for key in ("region", "deletedRegion"):
        for region in objects(run_of(ALL[name]()), key):
            if "endLine" in region:
                start = (region["startLine"], region["startColumn"])
                assert start <= (region["endLine"], region["endColumn"]), region


def test_notes_are_linked_once_each_and_code_is_no_link() -> None:
    for result in run_of(hostile())["results"]:
        text = result["message"]["text"]
        links = re.findall(r"(?<!\\)\[((?:[^\\\[\]]|\\.)*)\]\(([^)]*)\)", text)
        assert [destination for _, destination in links] == ["1"]
        assert [location["id"] for location in result["relatedLocations"]] == [1]
        assert "{{0}}" in text
        assert text.isprintable() or "\u200d" in text


def flows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of the only flow of a result."""
    (flow,) = result["codeFlows"]
    (thread,) = flow["threadFlows"]
    steps: list[dict[str, Any]] = thread["locations"]
    return steps


def test_the_way_is_a_code_flow_in_the_order_of_execution() -> None:
    (result,) = run_of(long_way(), base="demos")["results"]
    steps = flows(result)
    assert [step["location"]["message"]["text"] for step in steps] == [
        "all of it is here",
        "`show` is registered here",
        "`paint` is called by `show` here",
        "`keep` is called by `paint` here",
        "every request writes `out.png`",
    ]
    assert steps[-1]["location"]["physicalLocation"] == result["locations"][0]["physicalLocation"]
    assert steps[2]["location"]["physicalLocation"] == result["relatedLocations"][1]["physicalLocation"]
    assert [step["nestingLevel"] for step in steps] == [0, 1, 2, 3, 4]
    assert [step["executionOrder"] for step in steps] == [1, 2, 3, 4, 5]
    assert [step["importance"] for step in steps] == [
        *("important", "important", "unimportant", "important", "essential")
    ]


def test_notes_that_are_no_way_are_no_code_flow() -> None:
    results = run_of(everyday())["results"]
    assert any("relatedLocations" in result for result in results)
    assert not any("codeFlows" in result for result in results)


def test_the_message_links_the_notes_for_people() -> None:
    (result,) = run_of(long_way())["results"]
    assert [location["id"] for location in result["relatedLocations"]] == [1, 2, 3, 4, 5, 6]
    assert re.findall(r"\]\((\d)\)", result["message"]["text"]) == ["1", "3", "5", "6"]


def test_a_path_with_brackets_can_be_linked() -> None:
    note = Note(Span("[a]/b[0].py", 3, 1, 3, 2), "here")
    (result,) = run_of(report(diagnostic(PATH_RULE, Span("app.py", 1, 1, 1, 2), "it", (note,))))["results"]
    assert result["message"]["text"] == "it. [b\\[0\\].py:3](1): here."


def test_levels() -> None:
    made = report(diagnostic(PATH_RULE, Span("app.py", 1, 1, 1, 2), confidence=Confidence.LIKELY))
    assert run_of(made)["results"][0]["level"] == "warning"
    hygiene = rule("ZG001", "spaces-import-fallback", Consequence.HYGIENE)
    assert run_of(report(diagnostic(hygiene, Span("app.py", 1, 1, 1, 2))))["results"][0]["level"] == "note"


def test_suppressed_results_are_marked() -> None:
    results = run_of(suppressed())["results"]
    assert ["suppressions" in result for result in results] == [False, True, True]
    kinds = [result["suppressions"][0] for result in results[1:]]
    assert all((entry["kind"], entry["status"]) == ("inSource", "accepted") for entry in kinds)
    assert {entry.get("justification") for entry in kinds} == {"only I use this Space", None}


def test_baselined_results_are_marked() -> None:
    new, known, ignored = run_of(baselined())["results"]
    assert [result["baselineState"] for result in (new, known, ignored)] == ["new", "unchanged", "new"]
    assert ignored["suppressions"][0]["kind"] == "inSource"
    assert "suppressions" not in new
    assert known["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "known before: in the baseline old/known.json"}
    ]
    assert not any("baselineState" in result for result in run_of(suppressed())["results"])


def test_what_was_not_judged_is_a_notification() -> None:
    (invocation,) = run_of(failed())["invocations"]
    assert invocation["executionSuccessful"] is False
    unparsed, broken = invocation["toolExecutionNotifications"]
    assert unparsed["message"]["text"] == "invalid syntax"
    assert unparsed["associatedRule"] == {"id": "ZG900", "index": 3}
    assert unparsed["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert broken["level"] == "error"
    assert broken["associatedRule"]["id"] == "ZG007"
    assert broken["exception"] == {"kind": "KeyError", "message": "'x'"}


def test_a_file_that_does_not_parse_is_no_failure_of_the_run() -> None:
    made = failed()
    (invocation,) = run_of(report(*made.diagnostics, sources=made.sources))["invocations"]
    assert invocation["executionSuccessful"] is True
    assert len(invocation["toolExecutionNotifications"]) == 1


def test_the_limits_of_github() -> None:
    at = Span("app.py", 1, 1, 1, 2)
    many = tuple(Note(at, f"note {number}") for number in range(MOST_RELATED + 5))
    mild = diagnostic(PATH_RULE, at, confidence=Confidence.LIKELY)
    grave = diagnostic(PATH_RULE, at, "the grave one", many)
    made = Report((), (*(mild,) * MOST_RESULTS, grave), 1, FACTS)
    run = run_of(made)
    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][-1]["message"]["text"].startswith("the grave one. ")
    assert len(run["results"][-1]["relatedLocations"]) == MOST_RELATED
    assert f"]({MOST_RELATED})" in run["results"][-1]["message"]["text"]
    assert f"]({MOST_RELATED + 1})" not in run["results"][-1]["message"]["text"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith(f"1 of {MOST_RESULTS + 1} results are left out, ")


def test_long_texts_are_cut() -> None:
    long = rule("ZG007", "fixed-output-path-two", Consequence.DATA, "x " * 2000)
    (descriptor,) = json.loads(render("sarif", clean(), (long,)))["runs"][0]["tool"]["driver"]["rules"]
    assert len(descriptor["fullDescription"]["text"]) <= 1024
    assert descriptor["fullDescription"]["text"].endswith("...")


@pytest.mark.skipif(os.name != "nt", reason="drives are Windows'")
def test_another_drive_is_absolute() -> None:
    run = run_of(report(diagnostic(PATH_RULE, Span("D:/a/app.py", 1, 1, 1, 2))))
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "file:///D:/a/app.py"}
