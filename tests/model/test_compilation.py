"""Which uses of TorchDynamo run on a Space."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """
import os
from functools import partial
import gradio as gr
import spaces
import torch
from torch import compile as fast
from diffusers import DiffusionPipeline

pipe = DiffusionPipeline.from_pretrained("x").to("cuda")

class Net(torch.nn.Module):
    def forward(self, x): return x

class Job:
    def compile(self): ...

"""
TAIL = "\n\n@spaces.GPU\ndef h(x):\n    return pipe(x)\n\ngr.Interface(h, 'text', 'image').launch()\n"


def found(code: str) -> list[str]:
    return [item.what for item in Space({"app.py": f"{HEAD}{code}{TAIL}".encode()}, target="zerogpu").compilations()]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pipe.unet = torch.compile(pipe.unet)", "torch.compile"),
        ("pipe.unet = fast(pipe.unet)", "torch.compile"),
        ("faster = torch.compile\nfaster(pipe.unet)", "torch.compile"),
        ("Net().compile()", ".compile()"),
        ("pipe.unet.compile(mode='max-autotune')", ".compile()"),
        ("pipe.transformer.compile_repeated_blocks()", "compile_repeated_blocks"),
        ("@torch.compile\ndef f(x): return x\nf(1)", "torch.compile"),
        ("@torch.compile(dynamic=True)\ndef f(x): return x\nf(1)", "torch.compile"),
        ("if torch.cuda.is_available(): pipe.unet = torch.compile(pipe.unet)", "torch.compile"),
        ("def prepare(): return torch.compile(pipe.unet)\nprepare()", "torch.compile"),
    ],
)
def test_what_compiles(code: str, expected: str) -> None:
    assert found(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "Job().compile()",
        "import re\nre.compile('x')",
        "compile('1', 'x', 'eval')",
        "def unused(): return torch.compile(pipe.unet)",
        "torch.compile(pipe.unet, disable=True)",
        "if os.getenv('COMPILE'): torch.compile(pipe.unet)",
        "if not torch.cuda.is_available(): torch.compile(pipe.unet)",
        "torch._dynamo.config.disable = True\ntorch.compile(pipe.unet)",
        "os.environ['TORCHDYNAMO_DISABLE'] = '1'\ntorch.compile(pipe.unet)",
    ],
)
def test_what_does_not(code: str) -> None:
    assert found(code) == []
