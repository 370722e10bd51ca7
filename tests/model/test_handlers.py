"""Every way to hand a function to Gradio, to a thread or to a web framework, and calls that only look like one."""

from __future__ import annotations

import pytest

from zerolint.model.handlers import LISTENERS
from zerolint.model.space import Space

HEAD = """import asyncio, concurrent.futures, threading
from functools import partial
import gradio as gr

def f(x=None):
    open("out.png", "wb").write(x)
    return x

"""
BLOCKS = "with gr.Blocks() as demo:\n    b = gr.Button(); t = gr.Textbox(); im = gr.Image()\n    "
HANDLER = "gr.Interface(h, 'text', 'text').launch()"

REGISTERED = [
    *(f"{BLOCKS}im.{listener}(f, t, t)" for listener in sorted(LISTENERS)),
    f"{BLOCKS}b.click(fn=f, inputs=t)",
    f"{BLOCKS}b.click(lambda x: f(x), t)",
    f"{BLOCKS}b.click(partial(f, 1))",
    f"{BLOCKS}b.click({{'a': f}}['a'])",
    f"{BLOCKS}b.click(len).then(len).success(f)",
    f"{BLOCKS}event = b.click(len)\n    event.failure(f)",
    f"{BLOCKS}b.click(len, t, t, validator=f)",
    f"{BLOCKS}for one in [b, t]:\n        one.change(f)",
    f"{BLOCKS}@b.click(inputs=t)\n    def g(x): f(x)",
    f"{BLOCKS}@gr.on([b.click])\n    def g(x): f(x)",
    f"{BLOCKS}gr.on([t.submit, b.click], f, t, t)",
    f"{BLOCKS}gr.on(fn=f, inputs=t)",
    f"{BLOCKS}demo.load(f)",
    f"{BLOCKS}demo.unload(f)",
    f"{BLOCKS}gr.Timer(1).tick(f)",
    f"{BLOCKS}gr.api(f)",
    f"{BLOCKS}@gr.render(inputs=t)\n    def g(x): f(x)",
    f"{BLOCKS}@gr.render(inputs=t)\n    def g(x):\n        gr.Button().click(f)",
    f"{BLOCKS}gr.Examples([[1]], t, t, f, cache_examples=True)",
    f"{BLOCKS}gr.Examples(examples=[[1]], inputs=t, outputs=t, fn=f, run_on_click=True)",
    f"{BLOCKS}gr.Examples([[1]], t, t, f, cache_examples=False, run_on_click=True)",
    f"{BLOCKS}gr.Textbox(value=f, every=3)",
    f"{BLOCKS}gr.Markdown(f)",
    f"{BLOCKS}gr.DownloadButton('Get it', value=f)",
    "gr.Interface(f, 'text', 'text').launch()",
    "gr.TabbedInterface([gr.Interface(fn=f, inputs='text', outputs='text')], ['a']).launch()",
    "gr.ChatInterface(f).launch()",
    "async def h(x):\n    f(x)\n    yield x\ngr.ChatInterface(fn=h).launch()",
    "from gradio import Interface as Form\nForm(f, 'text', 'text').launch()",
    "class A:\n    def m(self, x): f(x)\na = A()\ngr.Interface(a.m, 'text', 'text').launch()",
    "class A:\n    def __call__(self, x): f(x)\na = A()\ngr.Interface(a, 'text', 'text').launch()",
    "server = gr.Server()\n@server.api(name='x')\ndef g(x): f(x)\nserver.launch()",
    "server = gr.Server()\n@server.mcp.tool()\ndef g(x): f(x)\nserver.launch()",
    "gr.Workflow(graph='w.json', bind={'f': f}).launch()",
    "from gradio import Workflow\nWorkflow(bind=[f]).launch()",
    "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/x')\ndef g(x): f(x)",
    f"def h(x):\n    threading.Thread(target=f, args=(x,)).start()\n{HANDLER}",
    f"def h(x):\n    with concurrent.futures.ThreadPoolExecutor() as pool: pool.submit(f, x)\n{HANDLER}",
    f"def h(x):\n    with concurrent.futures.ThreadPoolExecutor() as pool: list(pool.map(f, x))\n{HANDLER}",
    f"async def h(x):\n    return await asyncio.to_thread(f, x)\n{HANDLER}",
    f"async def h(x):\n    return await asyncio.get_event_loop().run_in_executor(None, f, x)\n{HANDLER}",
]

NOT_REGISTERED = [
    "print(f)",
    "demo = gr.Blocks()\ngr.mount_gradio_app(f, demo, path='/')",
    "def g(): return f\ngr.Error(g)",
    "class Box:\n    def __init__(self, value): self.value = value\nbox = Box(f)",
    f"{BLOCKS}if False:\n        b.click(f)",
    f"{BLOCKS}gr.Examples([[1]], t, t, f, False)",
    f"{BLOCKS}gr.Examples([[1]], t, outputs=t, fn=f, cache_examples=False, run_on_click=False)",
    "gr.Workflow(graph='w.json', bind=len).launch()",
    "import pandas as pd\npd.DataFrame().apply(f)",
]


def writes_of(app: str) -> int:
    return len(Space({"app.py": (HEAD + app).encode()}, target="zerogpu").file_writes())


@pytest.mark.parametrize("app", REGISTERED)
def test_a_registered_function_runs_for_visitors(app: str) -> None:
    assert writes_of(app) == 1


@pytest.mark.parametrize("app", NOT_REGISTERED)
def test_other_calls_register_nothing(app: str) -> None:
    assert writes_of(app) == 0
