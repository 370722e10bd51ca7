"""What calls book, and what visitors are told who have less left."""

from __future__ import annotations

import pytest
from device_api import Answer
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu, case, proves

from zerolint.facts import fact

# `spaces` reads the name of the card from the driver, and has a factor for each.
CARD = b"""\
from spaces.zero import config

config._read_gpu_information = lambda: "Model: NVIDIA RTX PRO 6000 Blackwell Server Edition"
config.get_config.cache_clear()
"""


def on_the_card(zerogpu: ZeroGpu, rule: str, heading: str) -> App:
    """An app that takes this machine's card for that of the platform."""
    files = case(rule, heading)
    return zerogpu.start({**files, "app.py": CARD + files["app.py"]})


def quota(tier: str) -> int:
    return int(fact(f"quota.seconds_per_day.{tier}").value)


@proves("duration-over-quota")
def test_who_has_less_in_a_day_than_a_call_books_is_always_refused(zerogpu: ZeroGpu) -> None:
    app = on_the_card(zerogpu, "duration-over-quota", "Bad")
    client = app.client("alice")
    for tier in ("anonymous", "free"):
        zerogpu.api.quota = quota(tier)
        with pytest.raises(AppError, match=r"The requested GPU duration \(450s\) is larger than the maximum allowed"):
            client.predict("Ada", api_name="/greet")
    zerogpu.api.quota = quota("pro")
    assert client.predict("Ada", api_name="/greet") == "Hello Ada"
    assert {booking.seconds for booking in app.bookings} == {300 * fact("duration.booking_factor").value}

    app = on_the_card(zerogpu, "duration-over-quota", "Good")
    zerogpu.api.quota = quota("anonymous")
    assert app.client().predict("Ada", api_name="/greet") == "Hello Ada"


@proves("xlarge-size")
def test_the_whole_card_is_asked_for_without_the_factor_and_counts_double(zerogpu: ZeroGpu) -> None:
    for heading, asked, counted in (("Bad", (60, "xlarge"), 120), ("Good", (90, ""), 90)):
        app = on_the_card(zerogpu, "xlarge-size", heading)
        client = app.client("alice")
        assert client.predict("Ada", api_name="/greet") == "Hello Ada"
        assert [(booking.seconds, booking.size) for booking in app.bookings] == [asked]
        zerogpu.api.answer = Answer(429, {"left": 7, "wait": 60})
        with pytest.raises(AppError, match=rf"\({counted}s requested vs\. 7s left\)"):
            client.predict("Ada", api_name="/greet")
    assert fact("quota.xlarge_factor").value == 120 / 60


@proves("static-duration-for-steps")
def test_a_constant_books_as_much_for_one_step_as_for_fifty(zerogpu: ZeroGpu) -> None:
    for heading, asked in (("Bad", [60, 60]), ("Good", [3, 52])):
        app = on_the_card(zerogpu, "static-duration-for-steps", heading)
        client = app.client("alice")
        for steps in (1, 50):
            assert client.predict("a cat", steps, api_name="/draw") == f"a cat after {steps} steps"
        factor = fact("duration.booking_factor").value
        assert [booking.seconds for booking in app.bookings] == [round(seconds * factor) for seconds in asked]
