"""Whether a GPU worker records what a model does, and where that is decided."""

from __future__ import annotations

import pytest
from zerogpu import ZeroGpu, proves


@proves("grad-mode-outside-gpu")
@pytest.mark.parametrize("heading", ["Above the decorator", "Switched off at start-up"])
def test_the_worker_starts_with_gradients_on(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("grad-mode-outside-gpu", heading)
    assert app.client().predict(2, api_name="/score") == "True True"


@proves("grad-mode-outside-gpu")
@pytest.mark.parametrize("heading", ["Below the decorator", "Inside the function"])
def test_what_is_switched_off_in_the_worker_is_off(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("grad-mode-outside-gpu", heading)
    enabled, recorded = app.client().predict(2, api_name="/score").split()
    assert recorded == "False"
    assert enabled == ("False" if heading == "Below the decorator" else "True")
