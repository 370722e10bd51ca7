"""How many visitors an app lets in at a time, and how many may wait."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import gradio as gr
import spaces

@spaces.GPU(duration=9)
def gpu(value):
    return value

def through(value):
    return gpu(value)

def plain(value):
    return value

demo = gr.Blocks()
with demo:
    a = gr.Textbox()
    b = gr.Button()
"""


def limits(events: str, end: str = "demo.launch()") -> list[tuple[int, str, int]]:
    """The limit, the GPU function, and how many other places say one."""
    body = "".join(f"    {line}\n" for line in events.splitlines())
    space = Space({"app.py": f"{HEAD}{body}\n{end}\n".encode()}, target="zerogpu")
    return [(short.limit, short.gpu.name, len(short.others)) for short in space.short_queues()]


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ("b.click(gpu, a, a, concurrency_limit=1)", [(1, "gpu", 0)]),
        ("b.click(through, a, a, concurrency_limit=2)", [(2, "gpu", 0)]),
        ("b.click(gpu, a, a, concurrency_limit=1)\na.submit(gpu, a, a, concurrency_limit=1)", [(1, "gpu", 1)]),
        ("@gr.on(b.click, inputs=a, concurrency_limit=1)\ndef f(x):\n    return gpu(x)", [(1, "gpu", 0)]),
        ("gr.ChatInterface(lambda m, h: gpu(m), concurrency_limit=1)", [(1, "gpu", 0)]),
        ("b.click(plain, a, a, concurrency_limit=1)", []),
        ("b.click(gpu, a, a, concurrency_limit=3)", []),
        ("b.click(gpu, a, a, concurrency_limit=None)", []),
        ('b.click(gpu, a, a, concurrency_limit="default")', []),
        ("b.click(gpu, a, a, concurrency_limit=asked())", []),
        ("b.click(gpu, a, a, concurrency_limit=1, queue=False)", []),
        ("b.click(gpu, a, a, concurrency_limit=1, **more())", []),
        ("if False:\n    b.click(gpu, a, a, concurrency_limit=1)", []),
    ],
)
def test_limits_of_events(events: str, found: list[tuple[int, str, int]]) -> None:
    assert limits(events) == found


@pytest.mark.parametrize(
    ("end", "count"),
    [
        ("demo.queue().launch()", 1),
        ("demo.queue(api_open=False).launch()", 1),
        ("demo.queue(max_size=None).launch()", 1),
        ("demo.queue(max_size=20).launch()", 0),
        ("demo.queue('auto', None, 20).launch()", 0),
        ("demo.queue(max_size=asked()).launch()", 0),
        ("demo.queue(**asked()).launch()", 0),
        ("demo._queue.max_size = 20\ndemo.launch()", 0),
    ],
)
def test_what_the_queue_holds(end: str, count: int) -> None:
    assert len(limits("b.click(gpu, a, a, concurrency_limit=1)", end)) == count


@pytest.mark.parametrize(
    ("event", "end", "count"),
    [
        ("b.click(gpu, a, a)", "demo.queue(default_concurrency_limit=1).launch()", 1),
        ("b.click(gpu, a, a)", "demo.queue(default_concurrency_limit=1, max_size=9).launch()", 0),
        ("b.click(gpu, a, a)", "demo.queue(default_concurrency_limit=40).launch()", 0),
        ("b.click(gpu, a, a, concurrency_limit=None)", "demo.queue(default_concurrency_limit=1).launch()", 0),
        ("b.click(plain, a, a)", "demo.queue(default_concurrency_limit=1).launch()", 0),
    ],
)
def test_the_limit_of_the_queue(event: str, end: str, count: int) -> None:
    assert len(limits(event, end)) == count
