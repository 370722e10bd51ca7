"""Runs apps with the real `spaces` and PyTorch: `make test-torch`. The ordinary suite leaves this folder out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "runtime"))

from zerogpu import ZeroGpu, one_test, session  # noqa: E402


@pytest.fixture(scope="session")
def _zerogpu(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZeroGpu]:
    with session(pytestconfig, tmp_path_factory.mktemp("zerogpu"), launcher=HERE / "cpu_workers.py") as zerogpu:
        yield zerogpu


@pytest.fixture
def zerogpu(_zerogpu: ZeroGpu) -> Iterator[ZeroGpu]:
    """ZeroGPU without any app."""
    with one_test(_zerogpu) as zerogpu:
        yield zerogpu
