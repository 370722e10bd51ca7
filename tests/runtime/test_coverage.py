"""Every claim about the runtime has a test that makes it happen, and its page leads to it.

The tests stand in `tests/runtime`, and those that need PyTorch in `tests/runtime_torch`, which `make test-torch` runs.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from page_cases import PROJECT, built_in_rules

HERE = Path(__file__).parent

# The rules whose pages say what `spaces`, Gradio and the CUDA emulation do. Without a test, the reason stands beside.
PROVEN = (
    *(f"ZG{number:03}" for number in (*range(11, 27), *range(28, 33), *range(56, 59), *range(61, 65))),
    *(f"ZG{number:03}" for number in (5, 6, 7, *range(33, 37), 38, *range(41, 48), 50, 51, 53, 54)),
)
WITHOUT_TEST: dict[str, str] = {}


def proofs() -> dict[str, list[str]]:
    """The files with a test of each rule, by the rule's name: those that stand in `@proves(...)`."""
    found: dict[str, list[str]] = {}
    for path in sorted(HERE.parent.glob("runtime*/test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "proves":
                        for argument in decorator.args:
                            found.setdefault(ast.literal_eval(argument), []).append(f"{path.parent.name}/{path.name}")
    return found


RULES = sorted((rule.code, name) for name, rule in built_in_rules().items() if rule.code in PROVEN)


def test_all_rules_are_there() -> None:
    assert [code for code, _ in RULES] == sorted(PROVEN)


@pytest.mark.parametrize(("code", "name"), RULES)
def test_a_page_leads_to_its_proof(code: str, name: str) -> None:
    files = proofs().get(name, [])
    if code in WITHOUT_TEST:
        print(f"{code} {name} has no test: {WITHOUT_TEST[code]}")
        assert not files, f"{code} has a test now; take it off the list"
        return
    page = (PROJECT / "rules" / f"{name}.md").read_text("utf-8")
    assert files, f"no test is marked with @proves({name!r})"
    linked = re.findall(r"\]\(\.\./tests/(runtime\w*/test_\w+\.py)\)", page)
    assert set(linked) & set(files), f"rules/{name}.md does not lead to {' or '.join(files)}"
