"""What `spaces.GPU` makes of its arguments, and of an `async def`."""

from __future__ import annotations

import pytest
from device_api import Answer
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu, proves


def booked(app: App) -> list[tuple[int, str]]:
    """The seconds and the size of each booking."""
    return [(booking.seconds, booking.size) for booking in app.bookings]


def answered(zerogpu: ZeroGpu, rule: str, heading: str, *names: str) -> list[tuple[int, str]]:
    """What is booked when each of the functions under a heading is called once, and gives what it should."""
    app = zerogpu.start_case(rule, heading)
    client = app.client("alice")
    for name in names or ("answer",):
        assert client.predict("hello", api_name=f"/{name}") == "HELLO"
    return booked(app)


@proves("async-gpu-function")
def test_a_coroutine_function_is_refused_when_it_is_decorated(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("async-gpu-function", "Bad")
    assert app.ended() == 1
    assert app.output.rstrip().endswith("raise NotImplementedError\nNotImplementedError")
    for heading in ("Good", "Only the handler is asynchronous"):
        assert answered(zerogpu, "async-gpu-function", heading) == [(10, "")]


@proves("async-gpu-function")
def test_an_async_generator_fails_at_each_call(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("async-gpu-function", "An async generator")
    client = app.client("alice")
    for _ in range(2):
        with pytest.raises(AppError, match=r"^PicklingError$"):
            client.predict("hello", api_name="/stream")
    assert "cannot pickle 'async_generator' object" in app.output
    assert booked(app) == [(10, ""), (10, "")]


@proves("unknown-gpu-option")
def test_an_unknown_option_is_dropped_without_a_word(zerogpu: ZeroGpu) -> None:
    assert answered(zerogpu, "unknown-gpu-option", "Bad") == [(60, "")]
    app = zerogpu.start_case("unknown-gpu-option", "A size by another name")
    assert app.client("alice").predict("hello", api_name="/answer") == "HELLO"
    assert booked(app) == [(10, "")]
    assert "gpu_size" not in app.output
    assert answered(zerogpu, "unknown-gpu-option", "Good") == [(10, "xlarge")]


@proves("unknown-gpu-option")
def test_enable_queue_is_warned_about(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("unknown-gpu-option", "A word too much")
    assert app.address
    assert "`enable_queue` parameter is now ignored and always set to `True`" in app.output


@proves("invalid-gpu-size")
def test_a_size_is_sent_unchecked(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("invalid-gpu-size", "Bad")
    client = app.client("alice")
    assert client.predict("hello", api_name="/answer") == "HELLO"
    assert booked(app) == [(10, "XLarge")]
    zerogpu.api.answer = Answer(422, {"detail": "no such size"})
    with pytest.raises(AppError):
        client.predict("hello", api_name="/answer")
    assert "RuntimeError: ZeroGPU API /schedule error: 422 (Unprocessable Entity)" in app.output
    assert answered(zerogpu, "invalid-gpu-size", "Good") == [(10, "xlarge")]


@proves("invalid-duration")
def test_only_the_rest_after_whole_days_counts(zerogpu: ZeroGpu) -> None:
    names = ("negative", "little", "day", "long")
    assert answered(zerogpu, "invalid-duration", "Negative, nothing, and a day", *names) == [
        (86395, ""),
        (0, ""),
        (0, ""),
        (13600, ""),
    ]
    assert answered(zerogpu, "invalid-duration", "Good", "answer", "other") == [(60, ""), (60, "")]


@proves("invalid-duration")
@pytest.mark.parametrize(
    ("heading", "errors"),
    [
        ("Bad", {"answer": "TypeError: unsupported type for timedelta seconds component: str"}),
        (
            "No number",
            {
                "several": "TypeError: unsupported type for timedelta seconds component: list",
                "endless": "OverflowError: cannot convert float infinity to integer",
                "nothing": "ValueError: cannot convert float NaN to integer",
            },
        ),
    ],
)
def test_what_is_no_number_fails_at_the_call(zerogpu: ZeroGpu, heading: str, errors: dict[str, str]) -> None:
    app = zerogpu.start_case("invalid-duration", heading)
    client = app.client("alice")
    for name, error in errors.items():
        with pytest.raises(AppError):
            client.predict("hello", api_name=f"/{name}")
        assert app.output.rstrip().endswith(error)
    assert booked(app) == []


@proves("callable-taken-as-task")
def test_an_estimator_without_a_keyword_is_called_at_import(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("callable-taken-as-task", "Bad")
    assert app.ended() == 1
    assert "_pickle.PicklingError: Can't pickle <function answer" in app.output
    assert [(booking.seconds, booking.token) for booking in app.bookings] == [(60, "")]
    names = ("answer", "other", "third")
    assert answered(zerogpu, "callable-taken-as-task", "Good", *names) == [(10, ""), (45, ""), (30, "")]


@proves("callable-taken-as-task")
@pytest.mark.parametrize("heading", ["A second argument", "The function and its duration"])
def test_a_second_argument_is_refused(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("callable-taken-as-task", heading)
    assert app.ended() == 1
    assert "TypeError: GPU() takes from 0 to 1 positional arguments but 2 were given" in app.output


@proves("callable-taken-as-task")
def test_a_number_in_quotes_is_a_size(zerogpu: ZeroGpu) -> None:
    assert answered(zerogpu, "callable-taken-as-task", "A number in quotes") == [(60, "45")]


@proves("double-gpu-decoration")
def test_the_first_decoration_counts(zerogpu: ZeroGpu) -> None:
    rule = "double-gpu-decoration"
    assert answered(zerogpu, rule, "Bad") == [(30, "")]
    names = ("answer", "slow", "large")
    assert answered(zerogpu, rule, "Decorated below, and again by a call", *names) == [(30, "")] * 3
    assert answered(zerogpu, rule, "Good") == [(120, "")]
    assert answered(zerogpu, rule, "Two durations for the same work", "fast", "slow") == [(30, ""), (120, "")]
    assert answered(zerogpu, rule, "Another decorator between the two") == [(120, "")]
