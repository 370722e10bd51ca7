"""Runs apps with the real `spaces` and `gradio`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from zerogpu import ZeroGpu, one_test, session


@pytest.fixture(scope="session")
def _zerogpu(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZeroGpu]:
    with session(pytestconfig, tmp_path_factory.mktemp("zerogpu")) as zerogpu:
        yield zerogpu


@pytest.fixture
def zerogpu(_zerogpu: ZeroGpu) -> Iterator[ZeroGpu]:
    """ZeroGPU without any app."""
    with one_test(_zerogpu) as zerogpu:
        yield zerogpu
