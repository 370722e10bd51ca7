"""The JUnit report is read by junitparser, and has nothing that the strictest schema in use does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from sample_reports import ALL, HOSTILE_PATHS, PATH_RULE, RULES, clean, diagnostic, everyday, failed, report, rule

from zerolint.finding import Consequence, Level, Report, Span
from zerolint.report import Options, render
from zerolint.report._terminal import escape

# What Jenkins' xUnit plug-in allows (junit-10.xsd), as far as it is used: attributes, and elements within.
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testcase"}),
    "testcase": ({"name", "time", "classname", "group"}, {"failure", "error", "skipped"}),
    **{name: ({"message", "type"}, set()) for name in ("failure", "error", "skipped")},
}
REQUIRED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}}


def parsed(made: Report, tmp_path: Path, **options: Any) -> JUnitXml:
    file = tmp_path / "zerolint.xml"
    file.write_text(render("junit", made, RULES, Options(**options)), "utf-8")
    return JUnitXml.fromfile(str(file))


@pytest.mark.parametrize("name", ALL)
def test_the_strictest_schema(name: str) -> None:
    root = ElementTree.fromstring(render("junit", ALL[name](), RULES))
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = ALLOWED[element.tag]
        assert REQUIRED.get(element.tag, set()) <= set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    for suite in (root, *root.findall("testsuite")):
        for attribute, outcome in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[attribute]) == len(list(suite.iter(outcome)))


@pytest.mark.parametrize("name", ALL)
def test_junitparser_reads_every_finding(name: str, tmp_path: Path) -> None:
    made = ALL[name]()
    cases = [case for suite in parsed(made, tmp_path) for case in suite]
    counted = [found for found in made.diagnostics if found.counts]
    assert len(cases) == max(len(counted) + len(made.failures), 1)
    results = [result for case in cases for result in case.result]
    for found in counted:
        kind = Skipped if found.level is Level.INFO else Failure
        expected = (kind, escape(found.finding.message), found.level.value)
        assert expected in [(type(result), result.message, result.type) for result in results]
    assert sum(isinstance(result, Error) for result in results) == len(made.failures)


def test_a_finding(tmp_path: Path) -> None:
    suites = {suite.name: suite for suite in parsed(everyday(), tmp_path, base="demos")}
    assert set(suites) == {"demos/app.py", "demos/requirements.txt"}
    assert (suites["demos/app.py"].tests, suites["demos/app.py"].failures) == (2, 2)
    case = next(case for case in suites["demos/app.py"] if case.name.startswith("ZG007"))
    assert (case.name, case.classname) == ("ZG007 fixed-output-path 8:16", "demos/app.py")
    assert case.result[0].text.splitlines() == [
        f"demos/app.py:8:16: ZG007 {case.result[0].message}",
        "demos/app.py:14:18: `draw` runs for every visitor: this button calls it",
        "prevents: a visitor sees the picture of another",
        "fix: Write to a new temporary file for each request",
        "https://example.com/rules/fixed-output-path.md",
    ]


def test_a_clean_report_has_one_case_that_passes(tmp_path: Path) -> None:
    ((case,),) = parsed(clean(), tmp_path)
    assert case.is_passed
    assert case.name.startswith("zerolint: no findings (1 Space, ")


def test_what_fails_is_what_the_run_fails_for(tmp_path: Path) -> None:
    at = Span("app.py", 1, 1, 1, 2)
    made = report(*(diagnostic(rule("ZG001", "x", consequence), at) for consequence in Consequence))
    outcomes = [type(case.result[0]) for suite in parsed(made, tmp_path) for case in suite]
    assert (outcomes.count(Failure), outcomes.count(Skipped)) == (5, 1)
    strict = parsed(made, tmp_path, fails=lambda found: found.level is Level.ERROR)
    outcomes = [type(case.result[0]) for suite in strict for case in suite]
    assert (outcomes.count(Failure), outcomes.count(Skipped)) == (4, 2)


def test_a_rule_that_broke_is_an_error(tmp_path: Path) -> None:
    suites = {suite.name: suite for suite in parsed(failed(), tmp_path)}
    (case,) = suites["zerolint"]
    assert case.name == "ZG007 fixed-output-path on demos/one"
    assert case.result[0].message == "KeyError: 'x'"
    assert "in check" in case.result[0].text


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1f", "\x7f", "\ufffe", "\uffff", "\ud800", "]]>", "&<>\"'"])
def test_characters_that_xml_does_not_have(character: str) -> None:
    made = report(diagnostic(PATH_RULE, Span(f"a{character}.py", 1, 1, 1, 2), f"a{character}b"))
    text = render("junit", made, RULES)
    text.encode("utf-8")
    (outcome,) = ElementTree.fromstring(text).iter("failure")
    assert outcome.attrib["message"].startswith("a") and outcome.attrib["message"].endswith("b")


def test_names_of_files(tmp_path: Path) -> None:
    made = report(*(diagnostic(PATH_RULE, Span(path, 1, 1, 1, 2)) for path in HOSTILE_PATHS))
    assert {suite.name for suite in parsed(made, tmp_path)} == {escape(path) for path in HOSTILE_PATHS}
