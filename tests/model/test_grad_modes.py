"""Where gradients are switched off that the GPU worker has on."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

START = """
import gradio as gr
import library
import spaces
import torch
from diffusers import DiffusionPipeline
from transformers import AutoModelForCausalLM, pipeline

pipe = DiffusionPipeline.from_pretrained("a").to("cuda")
writer = AutoModelForCausalLM.from_pretrained("b").to("cuda")
reader = pipeline("text-generation")
net = torch.nn.Linear(3, 4).to("cuda")
other = library.load().cuda()

class Own(torch.nn.Module):
    def forward(self, value):
        return value

own = Own()

def quiet(value):
    with torch.no_grad():
        return net(value)

@torch.inference_mode()
def quieter(value):
    return net(value)

def learn(value):
    net(value).sum().backward()
"""


def found(text: str) -> list[tuple[str, str, str]]:
    space = Space({"app.py": (START + text).encode()}, target="zerogpu")
    return [
        (
            space.code(item.module, item.mode.expression if item.mode is not None else item.node),
            item.loss.value,
            space.code(item.call.scope.module, item.call.node.func) if item.call is not None else "",
        )
        for item in space.grad_modes()
    ]


def stacked(*decorators: str, body: str = "net(value)", use: str = "gr.Interface(run, 'text', 'text')") -> str:
    above = "".join(f"@{decorator}\n" for decorator in decorators)
    return f"{above}def run(value):\n    return {body}\n\n{use}\n"


@pytest.mark.parametrize(
    "mode",
    [
        "torch.no_grad()",
        "torch.no_grad",
        "torch.inference_mode()",
        "torch.inference_mode(True)",
        "torch.inference_mode(mode=True)",
        "torch.autograd.no_grad()",
        "torch.set_grad_enabled(False)",
    ],
)
def test_a_mode_above_is_lost(mode: str) -> None:
    assert found(stacked(mode, "spaces.GPU")) == [(mode, "records", "net")]
    assert found(stacked(mode, "spaces.GPU(duration=9)")) == [(mode, "records", "net")]
    assert found(stacked("spaces.GPU", mode)) == []
    assert found(stacked(mode, "spaces.GPU", "torch.no_grad()")) == []


@pytest.mark.parametrize(
    "mode",
    [
        "torch.enable_grad()",
        "torch.inference_mode(False)",
        "torch.set_grad_enabled(True)",
        "torch.no_grad(*library.options)",
        "library.no_grad()",
        "torch.autocast('cuda')",
    ],
)
def test_other_modes(mode: str) -> None:
    assert found(stacked(mode, "spaces.GPU")) == []


@pytest.mark.parametrize(
    ("body", "loss", "call"),
    [
        ("net(value)", "records", "net"),
        ("own(value)", "records", "own"),
        ("writer(value)", "records", "writer"),
        ("other(value)", "unknown", ""),
        ("writer.generate(value)", "nothing", "writer.generate"),
        ("pipe(value)", "nothing", "pipe"),
        ("reader(value)", "nothing", "reader"),
        ("quiet(value)", "nothing", "torch.no_grad"),
        ("quieter(value)", "nothing", "torch.inference_mode"),
        ("[pipe(value), net(value)]", "records", "net"),
    ],
)
def test_what_is_lost(body: str, loss: str, call: str) -> None:
    assert found(stacked("torch.no_grad()", "spaces.GPU", body=body)) == [("torch.no_grad()", loss, call)]


def test_nothing_is_lost_that_is_needed() -> None:
    assert found(stacked("torch.no_grad()", "spaces.GPU", body="learn(value)")) == []


def test_inside_other_gpu_functions_it_works() -> None:
    use = "@spaces.GPU\ndef outer(value):\n    return run(value)\n\ngr.Interface(outer, 'text', 'text')"
    assert found(stacked("torch.no_grad()", "spaces.GPU", use=use)) == [("torch.no_grad()", "working", "")]
    both = use + "\ngr.Interface(run, 'text', 'text')"
    assert found(stacked("torch.no_grad()", "spaces.GPU", use=both)) == [("torch.no_grad()", "records", "net")]


@pytest.mark.parametrize(
    "before",
    [
        "torch.set_grad_enabled(False)",
        "def prepare():\n    torch.set_grad_enabled(False)\nprepare()",
        "if True:\n    torch.autograd.set_grad_enabled(False)",
    ],
)
def test_switched_off_at_start_up(before: str) -> None:
    name = "torch.autograd.set_grad_enabled(False)" if "autograd" in before else "torch.set_grad_enabled(False)"
    assert found(f"{before}\n{stacked('spaces.GPU')}") == [(name, "records", "net")]


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("torch.set_grad_enabled(False)", "pipe(value)"),
        ("torch.set_grad_enabled(False)", "other(value)"),
        ("torch.set_grad_enabled(False)", "quiet(value)"),
        ("torch.set_grad_enabled(True)", "net(value)"),
        ("with torch.set_grad_enabled(False):\n    net(3)", "net(value)"),
        ("@torch.set_grad_enabled(False)\ndef warm():\n    net(3)", "net(value)"),
        ("def prepare():\n    torch.set_grad_enabled(False)", "net(value)"),
        ("def prepare():\n    torch.set_grad_enabled(False)", "[prepare(), net(value)]"),
        ("torch.set_grad_enabled(False)\nnet.requires_grad_(False)", "net(value)"),
    ],
)
def test_start_up_alone(before: str, body: str) -> None:
    assert found(f"{before}\n{stacked('spaces.GPU', body=body)}") == []
