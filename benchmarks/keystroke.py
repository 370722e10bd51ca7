"""How long the language server takes to answer a keystroke, from the last change to the new findings.

A real server process is talked to over its standard input and output, as an editor does it. The pause that it waits for
another keystroke is taken off.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_HEAD = '''"""Write and draw, for a benchmark."""

import random
import tempfile

import gradio as gr
import spaces
import torch
from diffusers import DiffusionPipeline
from transformers import AutoModelForCausalLM, AutoTokenizer

pipe = DiffusionPipeline.from_pretrained("some/model", torch_dtype=torch.bfloat16).to("cuda")
tokenizer = AutoTokenizer.from_pretrained("some/writer")
writer = AutoModelForCausalLM.from_pretrained("some/writer", torch_dtype=torch.bfloat16).to("cuda")
styles = {"plain": "", "film": "35 mm, grain", "ink": "black ink on paper"}
last = {}
'''

_PART = '''

@spaces.GPU
def draw_{number}(prompt, style="plain", seed=0, width=1024, height=1024, progress=gr.Progress()):
    """Draw what the prompt says, in one of the styles."""
    generator = torch.Generator("cuda").manual_seed(int(seed))
    text = f"{{prompt}}, {{styles[style]}}" if styles.get(style) else prompt
    if width * height > 1536 * 1536:
        raise gr.Error("Too large")
    result = pipe(prompt=text, width=width, height=height, num_inference_steps=28, generator=generator)
    image = result.images[0]
    last["image"] = image
    with tempfile.NamedTemporaryFile(suffix=".png", delete=False) as file:
        image.save(file.name)
    image.save("outputs/{number}.png")
    return file.name, seed


def describe_{number}(text, count, temperature=0.7):
    inputs = tokenizer([text] * int(count), return_tensors="pt").to(writer.device)
    lengths = [len(row) for row in inputs.input_ids]
    answers = []
    for index in range(int(count)):
        path, seed = draw_{number}(text, seed=random.randrange(10**6) + index)
        answers.append({{"path": path, "seed": seed, "length": lengths[index], "temperature": temperature}})
    return sorted(answers, key=lambda answer: answer["seed"])


with gr.Blocks(title="Part {number}") as part_{number}:
    with gr.Row():
        prompt_{number} = gr.Textbox(label="Prompt", lines=2)
        style_{number} = gr.Dropdown(list(styles), value="plain", label="Style")
        count_{number} = gr.Slider(1, 8, value=2, step=1, label="Count")
    image_{number} = gr.Image(label="Result", interactive=False)
    seed_{number} = gr.Number(label="Seed", value=0)
    answers_{number} = gr.JSON(label="Answers")
    sources = [prompt_{number}, style_{number}, seed_{number}]
    prompt_{number}.submit(draw_{number}, sources, [image_{number}, seed_{number}])
    gr.Button("More").click(describe_{number}, [prompt_{number}, count_{number}], answers_{number})
'''


_TAIL = """

with gr.Blocks(title="All parts") as demo:
    gr.Markdown("Write and draw.")
    gr.TabbedInterface(
        [
            *(part_1, part_2, part_3, part_4, part_5, part_6, part_7),
        ]
    )

demo.queue(max_size=20).launch()
"""


def app() -> str:
    """A Space's app of 300 lines, with several findings."""
    return _HEAD + "".join(_PART.format(number=number) for number in range(1, 8)) + _TAIL


def seconds(folder: Path, repetitions: int) -> float:
    """The median over so many keystrokes in the app, after a few for practice. The Space is written into `folder`."""
    from zerolint.editor.desk import PAUSE

    folder.mkdir()
    (folder / "README.md").write_text("---\nsdk: gradio\npython_version: '3.12'\n---\n", encoding="utf-8")
    text = app()
    (folder / "app.py").write_text(text, encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "zerolint", "server"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin
    assert server.stdout
    try:
        uri = (folder / "app.py").as_uri()
        start = {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": {}}
        _send(server.stdin, {"id": 1, "method": "initialize", "params": start})
        _receive(server.stdout, lambda message: message.get("id") == 1)
        _send(server.stdin, {"method": "initialized", "params": {}})
        item = {"uri": uri, "languageId": "python", "version": 0, "text": text}
        _send(server.stdin, {"method": "textDocument/didOpen", "params": {"textDocument": item}})
        _receive(server.stdout, _tells(0))
        times: list[float] = []
        for version in range(1, repetitions + 4):
            # A letter more each time, in a string of the first function.
            changed = text.replace("Too large", "Too large" + "!" * version, 1)
            change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": changed}]}
            begin = time.perf_counter()
            _send(server.stdin, {"method": "textDocument/didChange", "params": change})
            found = _receive(server.stdout, _tells(version))["params"]["diagnostics"]
            times.append(time.perf_counter() - begin - PAUSE)
            assert found
        return statistics.median(times[3:])
    finally:
        server.kill()
        server.communicate()


def _tells(version: int) -> Callable[[dict[str, Any]], bool]:
    """Is a message what was found in this version of the file?"""
    return lambda message: (
        message.get("method") == "textDocument/publishDiagnostics" and message["params"]["version"] == version
    )


def _send(stream: IO[bytes], message: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    stream.flush()


def _receive(stream: IO[bytes], is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next message that is wanted; those before it are thrown away."""
    while True:
        size = 0
        while (line := stream.readline()) != b"\r\n":
            if not line:
                raise SystemExit("the language server ended")
            name, _, value = line.partition(b":")
            size = int(value) if name == b"Content-Length" else size
        message: dict[str, Any] = json.loads(stream.read(size))
        if is_wanted(message):
            return message
