"""The comparison with pip: pip itself is asked here about wheels that lie in a folder, which needs no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import compare_with_pip, registry
from tools.compare_with_pip import Case, Comparison, Verdict, ask_pip, ask_zerolint, empty_wheel

WHEEL = "https://wheels.example/renderer-1.0-{tags}.whl\n"


@pytest.mark.parametrize(
    ("tags", "python", "accepted"),
    [
        ("cp312-cp312-manylinux_2_28_x86_64", "3.12.12", True),
        ("cp312-cp312-manylinux_2_28_aarch64", "3.12.12", False),
        ("cp39-abi3-linux_x86_64", None, True),
    ],
)
def test_pip_is_asked_about_the_name_of_a_wheel(tags: str, python: str | None, accepted: bool) -> None:
    verdict = ask_pip(Case("a wheel", WHEEL.format(tags=tags), python, alone=True))
    expected = "would install renderer 1.0"
    if not accepted:
        expected = f"renderer-1.0-{tags}.whl is not a supported wheel on this platform."
    assert verdict == Verdict(accepted, expected)


def test_zerolint_refuses_what_does_not_build() -> None:
    verdict = ask_zerolint(Case("a wheel", WHEEL.format(tags="cp312-cp312-linux_x86_64"), None))
    assert not verdict.accepts
    assert verdict.line.startswith("ZG010 ")
    assert ask_zerolint(Case("a plain one", "requests\n")) == Verdict(True, "finds nothing")


def test_a_difference_is_seen() -> None:
    case = Case("a case", "")
    accepts, refuses = Verdict(True, "finds nothing"), Verdict(False, "no matching distribution")
    assert str(Comparison(case, refuses, accepts)) == (
        "DISAGREE  a case\npip       refuses: no matching distribution\nzerolint  accepts: finds nothing"
    )
    assert str(Comparison(case, accepts, accepts)).startswith("agree     a case\n")


def test_a_run_ends_with_what_it_has_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_with_pip.main(["--only", "en_core_web_sm"]) == 0
    assert capsys.readouterr().out.endswith("\n1 cases, 0 of them with different verdicts\n")


def test_an_empty_wheel_is_one_for_pip(tmp_path: Path) -> None:
    empty_wheel(tmp_path, "renderer-1.0+cu128-py3-none-any.whl")
    answer = registry.dry_run(["--no-deps", "--no-index", "--find-links", str(tmp_path), "renderer"], "3.12")
    assert answer.accepted
    assert [(one.name, one.version) for one in answer.chosen] == [("renderer", "1.0+cu128")]


def test_cases_differ() -> None:
    cases = [*compare_with_pip.WHEELS, *compare_with_pip.REQUIREMENTS]
    assert len({case.what for case in cases}) == len(cases) > 20
