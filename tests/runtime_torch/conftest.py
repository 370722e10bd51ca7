"""Runs apps with the real `spaces` and PyTorch: `make test-torch`. The ordinary suite leaves this folder out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "runtime"))

from zerogpu import ZeroGpu, bounded  # noqa: E402


@pytest.fixture(scope="session")
def _zerogpu(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZeroGpu]:
    python = pytestconfig.getoption("--runtime-python", default=None) or sys.executable
    zerogpu = ZeroGpu(python, tmp_path_factory.mktemp("zerogpu"), launcher=HERE / "cpu_workers.py")
    yield zerogpu
    zerogpu.close()


@pytest.fixture
def zerogpu(_zerogpu: ZeroGpu) -> Iterator[ZeroGpu]:
    """ZeroGPU without any app; those that a test has started end with it, and it ends after a minute."""
    try:
        with bounded(60):
            yield _zerogpu
    finally:
        _zerogpu.stop()
