"""Every rule does what its page says: the code on `rules/*.md` and `fixtures/cases/*.md` is judged and compared."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from page_cases import PROJECT, Case, PageError, built_in_rules, disagreements, judge_of, page_files, read_page
from zerolint import rules
from zerolint.page import rule_table

# The rules that the first release promises; the number of cases is counted over these.
FIRST_RULES = (
    "spaces-import-fallback",
    "torch-compile",
    "lazy-model-loading",
    "gpu-call-in-loop",
    "cuda-tensor-return",
    "mutable-global-state",
    "fixed-output-path",
    "missing-duration",
    "spaces-pinned",
    "missing-python-version",
)
SECTIONS = ("Why", "Bad", "Good", "Not reported")


def relative(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def all_cases() -> list[Case]:
    """The cases of every page that follows the format; the others fail in their own test below."""
    cases: list[Case] = []
    for path in page_files():
        try:
            cases.extend(read_page(path).cases)
        except PageError:
            continue
    return cases


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.label)
def test_case(case: Case) -> None:
    rules = built_in_rules()
    if case.rule not in rules:
        pytest.fail(f"{case.page}:1: there is no rule {case.rule}", pytrace=False)
    found = disagreements(case, judge_of(rules[case.rule]))
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("path", page_files(), ids=relative)
def test_page_follows_the_format(path: Path) -> None:
    page = read_page(path)
    rule = built_in_rules().get(page.name)
    if rule is not None:
        assert page.code == rule.code, f"{page.path}:1: {page.name} is {rule.code}, not {page.code}"
    assert page.cases, f"{page.path} has no case"


@pytest.mark.parametrize("path", [path for path in page_files() if path.parent.name == "rules"], ids=relative)
def test_published_page_has_its_sections(path: Path) -> None:
    page = read_page(path)
    assert path.stem == page.name
    assert page.opening, f"{page.path}:2: no paragraph under the title says what the rule finds"
    assert [heading for heading in page.headings if heading in SECTIONS] == list(SECTIONS)


def test_every_rule_has_a_page() -> None:
    pages = {path.stem for path in (PROJECT / "rules").glob("*.md")}
    assert set(built_in_rules()) <= pages


def test_the_table_of_rules_is_the_generated_one(pytestconfig: pytest.Config) -> None:
    path = PROJECT / "rules" / "README.md"
    text = rule_table(built_in_rules().values())
    if pytestconfig.getoption("--write-expected", default=False):
        path.write_text(text, encoding="utf-8")
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert written == text, "`pytest tests/test_pages.py --write-expected` writes rules/README.md anew"


def test_the_index_of_rules_is_the_generated_one(pytestconfig: pytest.Config) -> None:
    path = PROJECT / "src" / "zerolint" / "rules" / "_index.py"
    text = rules.index()
    if pytestconfig.getoption("--write-expected", default=False):
        path.write_text(text, encoding="utf-8")
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert written == text, "`make expected` writes the index of rules anew"


def test_there_are_enough_cases_and_half_of_them_are_silent() -> None:
    cases = [case for case in all_cases() if case.rule in FIRST_RULES]
    silent = [case for case in cases if not case.marks]
    per_rule = Counter(case.rule for case in cases)
    assert len(cases) >= 150, per_rule
    assert len(silent) * 2 >= len(cases), (len(silent), len(cases))
    for rule in FIRST_RULES:
        both = {bool(case.marks) for case in cases if case.rule == rule}
        assert both == {True, False}, f"{rule} needs cases that fire and cases that do not"
