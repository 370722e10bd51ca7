"""What Gradio is given before `spaces.GPU` gets it."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

START = """
import os
import gradio as gr
import spaces
import app_parts

def run(value=""):
    return value

def other(value=""):
    return value

text = gr.Textbox()
button = gr.Button()
"""


def space_of(body: str) -> Space:
    return Space({"app.py": (START + body).encode()}, target="zerogpu")


def early(*decorators: str) -> list[tuple[str, str]]:
    space = space_of("".join(f"@{decorator}\n" for decorator in decorators) + "def work(value=''):\n    return value\n")
    return [(space.code(found.function.module, found.gpu.expression), found.event) for found in space.early_listeners()]


@pytest.mark.parametrize(
    ("listener", "event"),
    [
        ("button.click(inputs=text)", "click"),
        ("button.click", "click"),
        ("text.submit(None, text)", "submit"),
        ("gr.on(button.click)", "on"),
        ("gr.api(api_name='x')", "api"),
        ("gr.Blocks().load()", "load"),
        ("gr.Timer(3).tick()", "tick"),
        ("button.click(run).then()", "then"),
        ("gr.Server().api(name='x')", "api"),
        ("gr.Server().post('/x')", "post"),
    ],
)
def test_a_listener_below(listener: str, event: str) -> None:
    assert early("spaces.GPU", listener) == [("spaces.GPU", event)]
    assert early(listener, "spaces.GPU(60)") == []


def test_the_lowest_of_each_counts() -> None:
    assert early("spaces.GPU(9)", "button.click()", "text.submit()") == [("spaces.GPU(9)", "submit")]
    assert early("spaces.GPU(9)", "button.click()", "spaces.GPU(8)") == []
    assert early("spaces.GPU(9)", "spaces.GPU(8)", "button.click()") == [("spaces.GPU(8)", "click")]
    assert early("button.click()", "spaces.GPU(9)", "text.submit()") == [("spaces.GPU(9)", "submit")]


@pytest.mark.parametrize(
    "decorator",
    [
        "gr.render(inputs=text)",
        "gr.mcp.tool()",
        "gr.Server().mcp.tool()",
        "gr.Server().middleware('http')",
        "app_parts.button.click()",
        "app_parts.click()",
        "(button if os.environ.get('A') else app_parts).click()",
        "staticmethod",
    ],
)
def test_no_listener_for_certain(decorator: str) -> None:
    assert early("spaces.GPU", decorator) == []


def late(body: str) -> list[tuple[str, str]]:
    space = space_of(body)
    return [(space.code(found.call.scope.module, found.call.node.func), found.target) for found in space.late_gpus()]


@pytest.mark.parametrize(
    ("body", "listener", "target"),
    [
        ("button.click(run)\nrun = spaces.GPU(run)", "button.click", "run"),
        ("button.click(fn=run, inputs=text)\nrun = spaces.GPU(duration=9)(run)", "button.click", "run"),
        ("demo = gr.Interface(run, text, text)\nif os.environ.get('SPACE_ID'):\n    run = spaces.GPU(run)",
         "gr.Interface", "run"),
        ("if __name__ == '__main__':\n    button.click(run)\n    run = spaces.GPU(run)", "button.click", "run"),
        ("for b in [button]:\n    b.click(run)\nrun = spaces.GPU(run)", "b.click", "run"),
        ("def build():\n    def inner(): pass\n    button.click(inner)\n    inner = spaces.GPU(inner)",
         "button.click", "inner"),
        ("class A:\n    def go(self): pass\na = A()\nbutton.click(a.go)\na.go = spaces.GPU(a.go)",
         "button.click", "a.go"),
        ("demo = gr.Interface(run, text, text)\ndemo.fn = spaces.GPU()(demo.fn)", "gr.Interface", "demo.fn"),
        ("demo = gr.Interface(run, text, text)\ndemo.fn = spaces.GPU(demo.fn)", "gr.Interface", "demo.fn"),
        ("demo = gr.Interface(run, text, text)\ndemo.fn = spaces.GPU(run)", "gr.Interface", "demo.fn"),
    ],
)  # fmt: skip
def test_wrapped_after_it_was_registered(body: str, listener: str, target: str) -> None:
    assert late(body) == [(listener, target)]


@pytest.mark.parametrize(
    "body",
    [
        "run = spaces.GPU(run)\nbutton.click(run)",
        "button.click(lambda value: run(value))\nrun = spaces.GPU(run)",
        "button.click(run)\nfast = spaces.GPU(run)",
        "button.click(run)\nrun = spaces.GPU(other)",
        "def build():\n    button.click(run)\nrun = spaces.GPU(run)\nbuild()",
        "for b in [button]:\n    b.click(run)\n    run = spaces.GPU(run)",
        "if os.environ.get('A'):\n    button.click(run)\nelse:\n    run = spaces.GPU(run)",
        "try:\n    button.click(run)\nexcept Exception:\n    run = spaces.GPU(run)",
        "button.click(run)\nif False:\n    run = spaces.GPU(run)",
        "@spaces.GPU\ndef done(value): return value\nbutton.click(done)\ndone = spaces.GPU(done)",
        "app_parts.register(run)\nrun = spaces.GPU(run)",
        "demo = gr.ChatInterface(run)\ndemo.fn = spaces.GPU()(demo.fn)",
        "demo = gr.load('models/a')\ndemo.fn = spaces.GPU()(demo.fn)",
        "demo = gr.Interface(run, text, text)\ndemo.fn = app_parts.wrap(demo.fn)\nspaces.GPU(other)",
        "demo = app_parts.demo\ndemo.fn = spaces.GPU()(demo.fn)",
    ],
)
def test_in_time_or_not_known(body: str) -> None:
    assert late(body) == []
