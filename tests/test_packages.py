"""Spaces whose README, requirements and packages are the point: right, wrong in known ways, and malformed."""

from __future__ import annotations

from pathlib import Path

import pytest

from whole_spaces import assert_all_described, assert_reported, names

FOLDER = Path(__file__).parent.parent / "fixtures" / "packages"


@pytest.mark.parametrize("name", names(FOLDER))
def test_a_file_set_is_reported_as_expected(name: str, pytestconfig: pytest.Config) -> None:
    assert_reported(FOLDER, name, write=pytestconfig.getoption("--write-expected"))


def test_every_file_set_says_what_it_is_for_and_no_report_is_left_over() -> None:
    assert_all_described(FOLDER)
