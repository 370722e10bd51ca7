"""Generators that `spaces.GPU` or Gradio take for plain functions."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import ZeroGpu, fixed_case, proves

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


@proves("returned-gpu-generator")
@pytest.mark.parametrize("heading", ["Returned", "In a lambda", "Under a decorator", "On one of two ways"])
def test_a_generator_that_gradio_does_not_see_is_the_result(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("returned-gpu-generator", heading)
    result = app.client().predict("a long story", api_name="/answer")
    assert result.startswith("<generator object ")
    assert app.bookings == []


@proves("returned-gpu-generator")
def test_a_chat_cannot_take_a_generator(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("returned-gpu-generator", "In a chat")
    with pytest.raises(AppError):
        app.client().predict("a long story", api_name="/answer")
    assert "AttributeError: 'generator' object has no attribute 'get'" in app.output
    assert app.bookings == []


@proves("returned-gpu-generator")
def test_one_of_several_results_is_a_generator(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("returned-gpu-generator", "Beside another output")
    result, count = app.client().predict("a long story", api_name="/answer")
    assert result.startswith("<generator object ")
    assert count == len("a long story")
    assert app.bookings == []


@proves("returned-gpu-generator")
@pytest.mark.parametrize("heading", ["Handed on part by part", "The GPU function itself, with what it is given"])
def test_a_generator_that_gradio_sees_streams(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("returned-gpu-generator", heading)
    assert list(app.client().submit("a long story", api_name="/answer")) == STREAM
    assert len(app.bookings) == 1


@proves("hidden-generator", "returned-gpu-generator")
@pytest.mark.parametrize(("rule", "name"), [("hidden-generator", "/write"), ("returned-gpu-generator", "/answer")])
def test_what_the_fix_makes_streams(zerogpu: ZeroGpu, rule: str, name: str) -> None:
    app = zerogpu.start(fixed_case(rule, "Returned"))
    assert list(app.client().submit("a long story", api_name=name)) == STREAM
    assert len(app.bookings) == 1
