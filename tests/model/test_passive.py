"""GPU functions that run although no visitor has asked for a result."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import gradio as gr
import spaces

@spaces.GPU(duration=9)
def gpu(value=""):
    return value

def helper(value=""):
    return gpu(value)

def guarded(value=""):
    if not value.strip():
        return ""
    return gpu(value)

def chosen(value=""):
    if value == "yes":
        return gpu(value)

def looped(value=""):
    for part in value:
        gpu(part)

def plain(value=""):
    return value

with gr.Blocks() as demo:
    text = gr.Textbox()
    box = gr.Textbox(interactive=False)
    hidden = gr.Textbox(visible=False)
    slider = gr.Slider(0, 9)
    image = gr.Image()
    audio = gr.Audio(streaming=True)
    timer = gr.Timer(2)
    asleep = gr.Timer(2, active=False)
    button = gr.Button()
"""


def occasions(body: str) -> list[tuple[str, str, str]]:
    """When, on which component, and which GPU function."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    space = Space({"app.py": f"{HEAD}{indented}\ndemo.launch()\n".encode()}, target="zerogpu")
    return [(item.occasion.value, item.component, item.function.name) for item in space.passive_bookings()]


@pytest.mark.parametrize(
    ("body", "occasion", "component"),
    [
        ("demo.load(gpu)", "view", "Blocks"),
        ("demo.load(fn=helper, outputs=text)", "view", "Blocks"),
        ("demo.load(lambda: gpu('a'), outputs=text)", "view", "Blocks"),
        ("demo.load(gpu, every=5)", "tick", "Blocks"),
        ("demo.load(plain).then(gpu)", "view", "Blocks"),
        ("demo.load(plain).success(plain).then(gpu)", "view", "Blocks"),
        ("timer.tick(gpu)", "tick", "Timer"),
        ("gr.Textbox(value=gpu)", "view", "Textbox"),
        ("gr.Textbox(helper, every=2)", "tick", "Textbox"),
        ("text.change(gpu, text, image)", "typing", "Textbox"),
        ("text.key_up(guarded, text, image)", "typing", "Textbox"),
        ("slider.input(gpu, slider, image)", "typing", "Slider"),
        ("audio.stream(gpu, audio, text)", "stream", "Audio"),
        ("gr.on(fn=gpu, inputs=text)", "view", "Blocks"),
        ("gr.on([button.click, demo.load], gpu)", "view", "Blocks"),
        ("gr.on(text.change, gpu, text)", "typing", "Textbox"),
        ("gr.Interface(gpu, 'text', 'text', live=True)", "typing", "text"),
        ("gr.Interface(gpu, [gr.Image(), gr.Number()], 'text', live=True)", "typing", "Number"),
        ("gr.Interface(gpu, gr.Audio(streaming=True), 'text', live=True)", "stream", "Audio"),
    ],
)
def test_nobody_asks(body: str, occasion: str, component: str) -> None:
    assert occasions(body) == [(occasion, component, "gpu")]


def test_as_a_decorator() -> None:
    assert occasions("@demo.load(outputs=text)\ndef start():\n    return gpu()") == [("view", "Blocks", "gpu")]
    assert occasions("@gr.on([timer.tick])\ndef start():\n    return gpu()") == [("tick", "Timer", "gpu")]
    assert occasions("@demo.load(outputs=text)\n@spaces.GPU\ndef start(): pass") == [("view", "Blocks", "start")]
    # The function is registered before it becomes a GPU function.
    assert occasions("@spaces.GPU\n@demo.load(outputs=text)\ndef start(): pass") == []


@pytest.mark.parametrize(
    "body",
    [
        "button.click(gpu)",
        "text.submit(gpu, text, image)",
        "slider.release(gpu, slider, image)",
        "image.change(gpu, image, text)",
        "button.click(plain).then(gpu)",
        "demo.load(plain)",
        "demo.load(chosen)",
        "demo.load(guarded)",
        "demo.load(looped)",
        "demo.unload(gpu)",
        "asleep.tick(gpu)",
        "gr.Timer(2, active=given).tick(gpu)",
        "box.change(gpu, box, image)",
        "hidden.change(gpu, hidden, image)",
        "text.change(gpu, text, image)\nbutton.click(plain, None, [image, text])",
        "text.change(chosen, text, image)",
        "gr.on([button.click, image.change], gpu)",
        "gr.on(*given, fn=gpu)",
        "gr.Interface(gpu, 'text', 'text')",
        "gr.Interface(gpu, 'image', 'text', live=True)",
        "given.load(gpu)",
    ],
)
def test_somebody_asks_or_nothing_is_known(body: str) -> None:
    assert occasions(body) == []
