"""Which code for visitors uses what was packed, without an error."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """
import gradio as gr
import numpy as np
import spaces
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, pipeline

model = AutoModel.from_pretrained("x").to("cuda")
table = torch.zeros(3, device="cuda")
ask = pipeline("summarization", model=model, device=0)
encoder = SentenceTransformer("y", device="cuda")


@spaces.GPU(duration=9)
def run(text):
    return model(text)


def answer(text):
"""
LAUNCH = """

gr.Interface(answer, "text", "text").launch()
"""


def reads(body: str, extra: str = "") -> list[str]:
    """The calls that read something packed, when `answer` has a body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    space = Space({"app.py": f"{HEAD}{lines}{extra}{LAUNCH}".encode()}, target="zerogpu")
    return [space.code(read.scope.module, read.call.node) for read in space.packed_reads()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return model(text)", "model(text)"),
        ("return model.generate(text)", "model.generate(text)"),
        ("return model.state_dict()", "model.state_dict()"),
        ("return table.tolist()", "table.tolist()"),
        ("return table[0].item()", "table[0].item()"),
        ("return table.float().mean()", "table.float()"),
        ("return np.array(table)", "np.array(table)"),
        ("return float(table)", "float(table)"),
        ("local = model\nreturn local(text)", "local(text)"),
        ("table.to('cpu')\nreturn table.cpu()", "table.cpu()"),
    ],
)
def test_models_that_run_and_tensors_that_are_read_are_found(body: str, expected: str) -> None:
    assert reads(body) == [expected]


@pytest.mark.parametrize(
    "body",
    [
        "return run(text)",
        "return model.config.name",
        "return table.shape",
        "return table.size(0)",
        "return model(text.to('cuda'))",
        "torch.zeros(3, device='cuda')\nreturn model(text)",
        "return ask(text)",
        "return encoder.encode(text)",
        "if False:\n    return model(text)",
        "return str(model)",
    ],
)
def test_what_reads_no_weights_or_raises_is_not(body: str) -> None:
    assert reads(body) == []


def test_a_helper_is_judged_by_who_calls_it() -> None:
    helper = "\n\ndef embed(text):\n    return model(text)\n"
    assert reads("return embed(text)", helper) == ["model(text)"]
    assert reads("return run(text)", helper) == []
    assert reads("return embed(text.cuda())", helper) == []


def test_a_decorator_that_nothing_is_known_of_may_send_the_handler_to_a_worker() -> None:
    text = f"{HEAD}    return model(text)\n".replace("def answer", "@{}\ndef answer")
    found = {}
    for decorator in ("torch.no_grad()", "platform.on_gpu(9)"):
        content = f"import platform_tools as platform\n{text.format(decorator)}{LAUNCH}".encode()
        found[decorator] = len(Space({"app.py": content}, target="zerogpu").packed_reads())
    assert found == {"torch.no_grad()": 1, "platform.on_gpu(9)": 0}
