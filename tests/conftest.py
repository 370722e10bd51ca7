"""Options of the test-suite."""

from __future__ import annotations

import os

import pytest

# Expected reports were written on this day, and say what is older than a year on it.
DAY_OF_REPORTS = "1795219200"


def pytest_configure() -> None:
    os.environ["SOURCE_DATE_EPOCH"] = DAY_OF_REPORTS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-expected",
        action="store_true",
        help="write generated files and expected reports anew, to be reviewed as a diff",
    )
    parser.addoption(
        "--runtime-python",
        metavar="PYTHON",
        help="the interpreter whose `spaces` and `gradio` run the apps of tests/runtime (default: this one)",
    )
