"""The apps of the other tests run on what they think they do."""

from __future__ import annotations

from zerogpu import ZeroGpu, token_of

APP = """
import os

import gradio as gr
import spaces


@spaces.GPU(duration=30)
def where(text):
    return f"{text} {os.getpid()}"


gr.Interface(where, "text", "text", api_name="where").launch()
"""


def test_a_call_is_booked_for_its_visitor_and_runs_in_a_worker(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start({"app.py": APP})
    text, process = app.client("alice").predict("hello", api_name="/where").split()
    assert text == "hello"
    assert int(process) != app.process
    assert [(booking.seconds, booking.size, booking.token) for booking in app.bookings] == [(30, "", token_of("alice"))]
    assert zerogpu.api.count("/startup-report") == zerogpu.api.count("/release") == 1


def test_an_app_that_ends_says_how(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start({"app.py": "import sys\nprint('so far')\nsys.exit(3)\n"})
    assert app.ended() == 3
    assert app.output == "so far\n"
    alone = zerogpu.start_alone({"app.py": "import sys\nassert 'gradio' not in sys.modules\nprint(sys.path[0])\n"})
    assert alone.ended() == 0
    assert alone.output.strip() == str(alone.folder)
