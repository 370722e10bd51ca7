"""Functions that are given as `duration`: `spaces` calls them with what the GPU function is called with."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import ZeroGpu, proves

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
