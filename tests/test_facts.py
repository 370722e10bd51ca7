"""What ZeroGPU is today: the facts that rules ask for are those in the TOML files."""

from __future__ import annotations

import ast
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from zerolint import facts
from zerolint.finding import Fact

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILES = sorted(set(Path(facts.__file__).parent.glob("*.toml")) - {Path(facts.__file__).with_name("messages.toml")})


def entries(table: dict[str, Any], name: str = "") -> dict[str, dict[str, Any]]:
    """Every table with a value, by its dotted name."""
    if "value" in table:
        return {name: table}
    found: dict[str, dict[str, Any]] = {}
    for key, inner in table.items():
        found |= entries(inner, f"{name}.{key}" if name else key)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_fact_is_what_a_parser_of_toml_reads(file: Path) -> None:
    written = entries(tomllib.loads(file.read_text("utf-8")))
    assert written
    for name, entry in written.items():
        assert set(entry) == {"value", "source", "date"}, name
        assert facts.fact(name) == Fact(**entry), name


def test_the_date_is_that_of_the_newest_fact() -> None:
    dates = [entry["date"] for file in FILES for entry in entries(tomllib.loads(file.read_text("utf-8"))).values()]
    assert facts.latest_date() == max(dates)
    assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) for date in dates)


def test_a_fact_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        facts.fact("duration.of_a_dream")


RULES = sorted(path for path in (Path(facts.__file__).parent.parent / "rules").glob("*.py") if path.stem[0] != "_")


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_a_rule_that_asks_for_a_fact_names_facts_that_exist(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asks = any(isinstance(call.func, ast.Name) and call.func.id == "fact" for call in calls)
    given = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "facts"]
    assert given or not asks, "its findings name no fact"
    literal = [node.value for value in given for node in ast.walk(value) if isinstance(node, ast.Constant)]
    names = {name for name in literal if isinstance(name, str) and re.fullmatch(r"\w+(\.\w+)+", name)}
    assert names <= facts.all_facts().keys()


def test_a_configured_fact_holds_within_its_block() -> None:
    before = facts.fact("python.supported")
    other = Fact(("3.13", "3.14"), "configuration (a.toml)", "", "a.toml")
    with facts.using([("python.supported", other)]):
        assert facts.fact("python.supported") == other._replace(value=["3.13", "3.14"])
        assert facts.all_facts()["python.supported"].file == "a.toml"
        with facts.using([("python.default", Fact("3.13", "", "", "a.toml"))]):
            assert facts.fact("python.supported").file == facts.fact("python.default").file == "a.toml"
        assert not facts.fact("python.default").file
    assert facts.fact("python.supported") == before


def test_a_configured_fact_holds_in_its_thread_only() -> None:
    with facts.using([("python.default", Fact("3.13", "", "", "a.toml"))]), ThreadPoolExecutor(1) as pool:
        assert pool.submit(facts.fact, "python.default").result().value != "3.13"
