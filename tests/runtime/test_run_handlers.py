"""What handlers, sessions and files are shared by, and when."""

from __future__ import annotations

from concurrent.futures import TimeoutError as NotYet

import pytest
from gradio_client.client import Job
from gradio_client.exceptions import AppError
from PIL import Image
from zerogpu import App, ZeroGpu, fixed_case, proves, token_of, until


@proves("fixed-output-path")
def test_one_path_for_all_gives_the_picture_of_another_visitor(zerogpu: ZeroGpu) -> None:
    assert _shades(zerogpu.start_case("fixed-output-path", "Written by one event, read by another")) == (200, 200)
    assert _shades(zerogpu.start_case("fixed-output-path", "The path kept for the session")) == (10, 200)


def _shades(app: App) -> tuple[object, object]:
    """The pictures that two visitors get who draw the shades 10 and 200 and then download."""
    alice, bob = app.client("alice"), app.client("bob")
    assert alice.predict(10, api_name="/draw") == "Shade 10 is ready"
    assert bob.predict(200, api_name="/draw") == "Shade 200 is ready"
    shades = []
    for visitor in (alice, bob):
        with Image.open(visitor.predict(api_name="/download")) as picture:
            shades.append(picture.getpixel((0, 0)))
    return shades[0], shades[1]


@proves("lost-state-mutation")
def test_a_state_that_is_not_handed_back_stays_as_it_was(zerogpu: ZeroGpu) -> None:
    for heading, remembered in (
        ("A note that another event reads", "a cat"),
        ("The note handed back", "a cat, a dog"),
    ):
        client = zerogpu.start_case("lost-state-mutation", heading).client()
        assert client.predict("a dog", api_name="/draw") == "a picture of a dog"
        assert client.predict(api_name="/show") == remembered


@proves("deleted-temp-file")
def test_a_temporary_file_is_gone_when_gradio_reads_it(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("deleted-temp-file", "A text to download")
    with pytest.raises(AppError):
        app.client().predict("a cat", api_name="/write")
    assert "FileNotFoundError: [Errno 2] No such file or directory: '" in app.output
    app = zerogpu.start(fixed_case("deleted-temp-file", "A text to download"))
    with open(app.client().predict("a cat", api_name="/write")) as file:  # noqa: PTH123
        assert file.read() == "A story of a cat"


@proves("blocked-event-loop")
def test_an_asynchronous_handler_keeps_others_waiting(zerogpu: ZeroGpu) -> None:
    heading = "Another visitor's click"
    drawing, greeting = _requests(zerogpu.start_case("blocked-event-loop", heading))
    # The GPU function takes two seconds.
    with pytest.raises(NotYet):
        greeting.result(1)
    assert greeting.result(5) == "Hello Bob"

    drawing, greeting = _requests(zerogpu.start(fixed_case("blocked-event-loop", heading)))
    assert greeting.result(5) == "Hello Bob"
    assert not drawing.done()


def _requests(app: App) -> tuple[Job, Job]:
    """What two visitors ask for: a picture, and once that has begun, a greeting."""
    alice, bob = app.client("alice"), app.client("bob")
    drawing = alice.submit("a cat", api_name="/run")
    until(lambda: app.bookings)
    return drawing, bob.submit("Bob", api_name="/greet")


@proves("lost-visitor-token")
def test_a_thread_does_not_know_the_visitor(zerogpu: ZeroGpu) -> None:
    alice = token_of("alice")
    for heading, handlers, tokens in (
        ("A thread and an executor", ("/in_thread", "/in_executor"), ["", ""]),
        ("The context, in a thread and an executor", ("/in_thread", "/in_executor", "/to_thread"), [alice] * 3),
    ):
        app = zerogpu.start_case("lost-visitor-token", heading)
        client = app.client("alice")
        assert [client.predict("a cat", api_name=name) for name in handlers] == ["a picture of a cat"] * len(handlers)
        assert [booking.token for booking in app.bookings] == tokens
