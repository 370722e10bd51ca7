"""Options of the test-suite."""

from __future__ import annotations

import pytest


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
