"""Functions that are given as `duration`: `spaces` calls them with what the GPU function is called with."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import ZeroGpu, fixed_case, proves

_REFUSED = "TypeError: unsupported type for timedelta seconds component: "


@proves("duration-result-type")
@pytest.mark.parametrize(
    ("heading", "type_name"),
    [
        ("A NumPy integer", "numpy.int64"),
        ("Strings", "str"),
        ("An asynchronous function", "coroutine"),
        ("A function that yields", "generator"),
    ],
)
def test_what_is_no_number_of_seconds_fails_before_anything_is_booked(
    zerogpu: ZeroGpu, heading: str, type_name: str
) -> None:
    app = zerogpu.start_case("duration-result-type", heading)
    with pytest.raises(AppError):
        app.client().predict(20, api_name="/generate")
    assert _REFUSED + type_name in app.output
    assert app.bookings == []


@proves("duration-result-type")
@pytest.mark.parametrize(
    ("heading", "seconds"),
    [
        ("Nothing is returned", 60),
        ("A number of Python", 30),
        ("What NumPy rounds is a float", 30),
        ("A timedelta", 120),
    ],
)
def test_a_number_of_seconds_is_requested_and_none_is_the_default(zerogpu: ZeroGpu, heading: str, seconds: int) -> None:
    app = zerogpu.start_case("duration-result-type", heading)
    assert app.client().predict(20, api_name="/generate") == "20 steps"
    assert [booking.seconds for booking in app.bookings] == [seconds]


@proves("duration-signature-mismatch")
@pytest.mark.parametrize(
    ("heading", "arguments", "reason"),
    [
        ("The progress", ["a cat", 20], r"get_duration() takes 2 positional arguments but 3 were given"),
        ("The request of the visitor", ["a cat", 20], r"get_duration() takes 2 positional arguments but 3 were given"),
        ("A default", ["a cat"], r"<lambda>() takes 1 positional argument but 2 were given"),
        ("The object of a method", ["a cat"], r"get_duration() takes 1 positional argument but 2 were given"),
        ("A name that it does not have", ["a cat"], r"get_duration() got an unexpected keyword argument 'steps'"),
        ("A value that is not given", ["a cat"], r"get_duration() missing 1 required positional argument: 'steps'"),
    ],
)
def test_an_estimator_gets_all_that_the_gpu_function_gets(
    zerogpu: ZeroGpu, heading: str, arguments: list[object], reason: str
) -> None:
    app = zerogpu.start_case("duration-signature-mismatch", heading)
    with pytest.raises(AppError):
        app.client().predict(*arguments)
    assert f"TypeError: {reason}" in app.output
    assert app.bookings == []


@proves("duration-signature-mismatch")
@pytest.mark.parametrize(
    ("heading", "name", "arguments", "seconds"),
    [
        ("The same parameters", "/generate", ["a cat", 20], 50),
        ("What it needs first, and anything after it", "/draw", ["a cat", 5], 20),
        ("What it needs first, and anything after it", "/generate", ["a cat"], 50),
        ("The object of a method too", "/paint", ["a cat"], 25),
        ("`spaces.GPU` around a bound method", "/paint", ["a cat"], 15),
    ],
)
def test_an_estimator_with_the_same_parameters_is_asked(
    zerogpu: ZeroGpu, heading: str, name: str, arguments: list[object], seconds: int
) -> None:
    app = zerogpu.start_case("duration-signature-mismatch", heading)
    assert app.client().predict(*arguments, api_name=name).startswith("a cat")
    assert [booking.seconds for booking in app.bookings] == [seconds]


@proves("duration-signature-mismatch")
@pytest.mark.parametrize(("heading", "arguments", "seconds"), [("The progress", [20], 50), ("A default", [], 15)])
def test_what_the_fix_makes_is_asked(zerogpu: ZeroGpu, heading: str, arguments: list[object], seconds: int) -> None:
    app = zerogpu.start(fixed_case("duration-signature-mismatch", heading))
    assert app.client().predict("a cat", *arguments, api_name="/generate").startswith("a cat")
    assert [booking.seconds for booking in app.bookings] == [seconds]


@proves("duration-result-type")
def test_what_the_fix_makes_is_a_number(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start(fixed_case("duration-result-type", "A NumPy integer"))
    assert app.client().predict(20, api_name="/generate") == "20 steps"
    assert [booking.seconds for booking in app.bookings] == [30]
