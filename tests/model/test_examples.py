"""What is said of the examples of an app."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import gradio as gr
import spaces
from gradio import Examples

@spaces.GPU(duration=9)
def gpu(value):
    return value

def through(value):
    return gpu(value)

def sometimes(value):
    if len(value) > 3:
        return gpu(value)
    return value

def plain(value):
    return value

with gr.Blocks() as demo:
    a, b = gr.Textbox(), gr.Textbox()
    a.submit(through, a, b)
    a.change(sometimes, a, b)
"""


def space(body: str, version: str = "") -> Space:
    """A Space with a statement in its blocks."""
    readme = f"---\nsdk: gradio\nsdk_version: {version}\n---\n" if version else ""
    text = HEAD + "".join(f"    {line}\n" for line in body.splitlines())
    return Space({"app.py": text.encode(), "README.md": readme.encode()}, target="zerogpu")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('gr.Examples(["x", "y"], a, b, gpu, True, cache_mode="eager")', [("gpu", True, 2)]),
        ('Examples(["x"], a, b, through, True, cache_mode="eager")', [("gpu", True, 1)]),
        ('mode = "eager"\ngr.Examples(many(), a, b, gpu, cache_mode=mode)', [("gpu", None, None)]),
        ('gr.Interface(gpu, "text", "text", examples=["x"], cache_mode="eager")', [("gpu", None, 1)]),
        ('gr.ChatInterface(lambda m, h: gpu(m), examples=["x"], cache_mode="eager")', [("gpu", None, 1)]),
        ('gr.Examples(["x"], a, b, gpu, True, cache_mode="lazy")', []),
        ('gr.Examples(["x"], a, b, gpu, False, cache_mode="eager")', []),
        ('gr.Examples(["x"], a, fn=gpu, cache_mode="eager")', []),
        ('gr.Examples(["x"], a, b, sometimes, True, cache_mode="eager")', []),
        ('gr.Examples(["x"], a, b, plain, True, cache_mode="eager")', []),
        ('gr.Examples(["x"], a, b, gpu, cache_mode="eager", **more())', []),
        ('if False:\n    gr.Examples(["x"], a, b, gpu, True, cache_mode="eager")', []),
        ('def unused():\n    gr.Examples(["x"], a, b, gpu, True, cache_mode="eager")', []),
        ('gr.Interface(gpu, ["text", "state"], ["text", "state"], examples=["x"], cache_mode="eager")', []),
        ('gr.Interface(gpu, gr.State(), "text", examples=["x"], cache_mode="eager")', []),
        ('gr.Interface(gpu, "text", "text", cache_mode="eager")', []),
    ],
)
def test_eager_caches(body: str, found: list[tuple[str, bool | None, int | None]]) -> None:
    eager = space(body).eager_caches()
    assert [(cache.gpu.name, cache.examples.is_cached, cache.number) for cache in eager] == found


def test_gradio_4_has_no_mode() -> None:
    body = 'gr.Examples(["x"], a, b, gpu, True, cache_mode="eager")'
    assert not space(body, "4.44.1").eager_caches()
    assert space(body, "5.0.0").eager_caches()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('gr.Examples(["x"], a, b, gpu, cache_examples="lazy")', ["lazy"]),
        ('gr.Examples(["x"], a, b, gpu, cache_examples="eager")', ["eager"]),
        ('gr.Interface(gpu, "text", "text", examples=["x"], cache_examples="lazy")', ["lazy"]),
        ('gr.Interface(gpu, "text", "text", examples=None, cache_examples="lazy")', []),
        ('gr.Interface(gpu, "state", "text", examples=["x"], cache_examples="lazy")', []),
        ('gr.Examples(["x"], a, b, gpu, cache_examples=True)', []),
        ('gr.Examples(["x"], a, b, gpu, cache_examples=asked())', []),
    ],
)
def test_text_caches(body: str, found: list[str]) -> None:
    assert [text for _, text in space(body).text_caches()] == found


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('gr.Examples(["x"], a, b, gpu, True, run_on_click=True)', 1),
        ('gr.Examples(["x"], a, b, gpu, run_on_click=True)', 1),
        ('gr.Examples(["x"], a, b, gpu, False, run_on_click=True)', 0),
        ('gr.Examples(["x"], a, b, plain, True, run_on_click=True)', 1),
        ('gr.Examples(["x"], a, b, plain, run_on_click=True)', 0),
        ('gr.Examples(["x"], a, b, gpu, asked(), run_on_click=True)', 0),
        ('gr.Examples(["x"], a, None, gpu, run_on_click=True)', 0),
        ('gr.Examples(["x"], a, b, gpu, True, run_on_click=False)', 0),
        ('gr.ChatInterface(gpu, examples=["x"], cache_examples=True, run_examples_on_click=False)', 1),
        ('gr.ChatInterface(gpu, examples=["x"], cache_examples=True, run_examples_on_click=True)', 0),
        ('gr.ChatInterface(gpu, examples=["x"], run_examples_on_click=False)', 0),
        ("gr.ChatInterface(gpu, cache_examples=True, run_examples_on_click=False)", 0),
    ],
)
def test_ignored_clicks(body: str, count: int) -> None:
    assert len(space(body).ignored_clicks()) == count
