"""Generators that `spaces.GPU` or Gradio take for plain functions."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import ZeroGpu, proves

STREAM = ["a ", "a long ", "a long story "]


@proves("hidden-generator")
@pytest.mark.parametrize(
    "heading", ["Returned", "Under a decorator", "A decorator with `spaces.GPU` inside", "An object"]
)
def test_a_generator_that_spaces_does_not_see_is_pickled(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("hidden-generator", heading)
    with pytest.raises(AppError, match="PicklingError"):
        app.client().predict("a long story")
    assert "cannot pickle 'generator' object" in app.output
    assert len(app.bookings) == 1


@proves("hidden-generator")
@pytest.mark.parametrize("heading", ["Handed on part by part", "The method of an object"])
def test_a_generator_that_spaces_sees_streams(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("hidden-generator", heading)
    assert list(app.client().submit("a long story", api_name="/write")) == STREAM
    assert len(app.bookings) == 1
