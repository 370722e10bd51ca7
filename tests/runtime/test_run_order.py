"""What runs where when `spaces.GPU` and another decorator stand in the wrong order, or when it comes too late."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu, proves


def process_of(app: App, api_name: str, *arguments: str) -> int:
    """The process that a handler says it runs in."""
    return int(app.client().predict(*arguments, api_name=api_name).split()[-1])


@proves("gpu-above-listener")
def test_a_listener_below_gets_the_function_without_its_gpu(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("gpu-above-listener", "Above a click")
    assert process_of(app, "/run", "hello") == app.process
    assert not app.bookings
    app = zerogpu.start_case("gpu-above-listener", "Below the click")
    assert process_of(app, "/run", "hello") != app.process
    assert len(app.bookings) == 1


@proves("gpu-above-listener")
def test_all_forms_of_registration_are_alike(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("gpu-above-listener", "Above other listeners")
    client = app.client()
    for api_name, arguments in (("/on", ["a"]), ("/api", ["a"]), ("/load", []), ("/tick", [])):
        answer = client.predict(*arguments, api_name=api_name)
        assert int(answer.split()[-1]) == app.process, api_name
    assert not app.bookings


@proves("registered-before-decorated")
@pytest.mark.parametrize("heading", ["After the click", "The function of an Interface"])
def test_what_was_registered_stays_registered(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("registered-before-decorated", heading)
    assert process_of(app, "/run", "hello") == app.process
    assert not app.bookings


@proves("registered-before-decorated")
@pytest.mark.parametrize(("heading", "api_name"), [("Wrapped first", "/run"), ("A chat", "/reply")])
def test_what_is_wrapped_in_time_runs_in_a_worker(zerogpu: ZeroGpu, heading: str, api_name: str) -> None:
    app = zerogpu.start_case("registered-before-decorated", heading)
    assert process_of(app, api_name, "hello") != app.process
    assert len(app.bookings) == 1


@proves("gpu-above-descriptor")
def test_a_class_method_or_property_is_taken_for_a_duration(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("gpu-above-descriptor", "Above a class method")
    assert app.client().predict("hello", api_name="/draw").startswith("<function regular_function_wrapper")
    app = zerogpu.start_case("gpu-above-descriptor", "Above a property")
    assert "functools.partial(<function _GPU" in app.client().predict("hello", api_name="/draw")
    assert not app.bookings


@proves("gpu-above-descriptor")
@pytest.mark.parametrize(
    ("heading", "shown", "error"),
    [
        ("With a duration", "TypeError", "TypeError: 'classmethod' object is not callable"),
        ("A static method of an object", "TypeError", "draw() takes 1 positional argument but 2 were given"),
        ("A generator that is a static method", "PicklingError", "cannot pickle 'generator' object"),
    ],
)
def test_a_call_of_a_descriptor_fails_in_the_worker(zerogpu: ZeroGpu, heading: str, shown: str, error: str) -> None:
    app = zerogpu.start_case("gpu-above-descriptor", heading)
    with pytest.raises(AppError, match=shown):
        app.client().predict("hello", api_name="/draw")
    assert len(app.bookings) == 1
    assert error in app.output


@proves("gpu-above-descriptor")
@pytest.mark.parametrize("heading", ["Below a class method", "Below a static method", "A static method of the class"])
def test_below_a_descriptor_it_gets_the_function(zerogpu: ZeroGpu, heading: str) -> None:
    app = zerogpu.start_case("gpu-above-descriptor", heading)
    assert process_of(app, "/draw", "hello") != app.process
    assert len(app.bookings) == 1


# A mode like PyTorch's, which belongs to a thread.
QUIET = """
import functools
import os
import threading

import gradio as gr
import spaces

mode = threading.local()


def quiet(function):
    @functools.wraps(function)
    def run(*arguments):
        mode.is_on = True
        try:
            return function(*arguments)
        finally:
            mode.is_on = False

    return run


def tell(words):
    return f"{getattr(mode, 'is_on', False)} in process {os.getpid()}"


mode.is_on = True
above = quiet(spaces.GPU(lambda words: tell(words)))
below = spaces.GPU(quiet(lambda words: tell(words)))
alone = spaces.GPU(lambda words: tell(words))
inner = spaces.GPU(lambda words: above(words))

with gr.Blocks() as demo:
    text = gr.Textbox()
    for name, function in (("above", above), ("below", below), ("alone", alone), ("inner", inner)):
        text.submit(function, text, text, api_name=name)

demo.launch()
"""


@proves("grad-mode-outside-gpu")
def test_a_mode_of_a_thread_does_not_reach_the_worker(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start({"app.py": QUIET})
    client = app.client()
    for api_name, is_on in (("/above", "False"), ("/below", "True"), ("/alone", "False"), ("/inner", "True")):
        answer = client.predict("hello", api_name=api_name).split()
        assert answer[0] == is_on, api_name
        assert int(answer[-1]) != app.process
