"""What calls of GPU functions cost visitors, and what they grow with."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
from datetime import timedelta
import gradio as gr
import spaces
from torchlike import model

{decorator}
def gpu(prompt, steps):
{body}

with gr.Blocks() as demo:
    prompt = gr.Textbox()
    steps = {component}
    prompt.submit(gpu, [prompt, steps], prompt)
"""


def space(decorator: str, body: str = "    return model(prompt)", component: str = "gr.Slider(1, 50)") -> Space:
    """A Space with one GPU function."""
    return Space({"app.py": HEAD.format(decorator=decorator, body=body, component=component).encode()})


@pytest.mark.parametrize(
    ("decorator", "asked", "size", "cost"),
    [
        ("@spaces.GPU", 60, "large", 90),
        ("@spaces.GPU(duration=None)", 60, "large", 90),
        ("@spaces.GPU(duration=10)", 10, "large", 15),
        ("@spaces.GPU(duration=2.9)", 2, "large", 3),
        ("@spaces.GPU(45)", 45, "large", 68),
        ("@spaces.GPU('xlarge')", 60, "xlarge", 120),
        ("@spaces.GPU(duration=timedelta(minutes=2), size='xlarge')", 120, "xlarge", 240),
        ("@spaces.GPU(duration=2 * 60, size='large')", 120, "large", 180),
        ("@spaces.GPU(duration=86400)", None, "large", None),
        ("@spaces.GPU(duration=-5)", None, "large", None),
        ("@spaces.GPU(duration='60')", None, "large", None),
        ("@spaces.GPU(duration=lambda prompt, steps: 9)", None, "large", None),
        ("@spaces.GPU(duration=10, size='huge')", 10, "", None),
        ("@spaces.GPU(duration=10, size=asked())", 10, "", None),
    ],
)
def test_cost(decorator: str, asked: int | None, size: str, cost: int | None) -> None:
    (booking,) = space(decorator).bookings()
    assert (booking.asked, booking.size, booking.cost) == (asked, size, cost)


def test_hidden_options_tell_nothing() -> None:
    assert not space("@spaces.GPU(duration=10, **more())").bookings()


def test_nobody_books_what_only_workers_or_start_up_code_call() -> None:
    text = HEAD.format(decorator="@spaces.GPU(duration=5)", body="    return inner(prompt)", component="gr.Number()")
    text += "\n@spaces.GPU(duration=500)\ndef inner(x):\n    return x\n"
    text += "\n@spaces.GPU(duration=1500)\ndef at_start(x):\n    return x\n\nat_start(1)\n"
    assert [booking.asked for booking in Space({"app.py": text.encode()}).bookings()] == [5]


STEPS = "    return model(prompt, num_inference_steps={})"


@pytest.mark.parametrize(
    ("body", "component", "found"),
    [
        (STEPS.format("steps"), "gr.Slider(1, 50)", ("steps", 1, 50)),
        (STEPS.format("int(steps)"), "gr.Slider(minimum=10, maximum=100)", ("steps", 10, 100)),
        (STEPS.format("steps"), "gr.Slider(0, 5)", ("steps", 0, 5)),
        (STEPS.format("steps"), "gr.Number()", ("steps", None, None)),
        (STEPS.format("steps"), "gr.Slider(1, 4)", None),
        (STEPS.format("steps"), "gr.Slider(20, 90)", None),
        (STEPS.format("steps"), "gr.Slider(1, most())", None),
        (STEPS.format("steps"), "gr.Textbox()", None),
        (STEPS.format("min(steps, 4)"), "gr.Slider(1, 50)", None),
        ("    steps = 4\n" + STEPS.format("steps"), "gr.Slider(1, 50)", None),
        ("    return model(prompt, guidance_scale=steps)", "gr.Slider(1, 50)", None),
    ],
)
def test_growth(body: str, component: str, found: tuple[str, int | None, int | None] | None) -> None:
    growths = space("@spaces.GPU(duration=60)", body, component).growths()
    assert [(growth.param.name, growth.lowest, growth.highest) for growth in growths] == ([found] if found else [])


def test_a_duration_that_is_worked_out_or_missing_is_not_constant() -> None:
    for decorator in ("@spaces.GPU", "@spaces.GPU(duration=lambda prompt, steps: steps)"):
        assert not space(decorator, STEPS.format("steps")).growths()
