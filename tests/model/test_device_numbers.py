"""Where a second GPU is asked for."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.device_numbers import Asked
from zerolint.model.space import Space

HEAD = """
import gradio as gr
import spaces
import torch
from torch import nn
from transformers import AutoModel, pipeline

NUMBER = 1
x = torch.zeros(3)
"""


def found(body: str, extra: str = "") -> list[tuple[str, bool]]:
    """What a GPU function with this body asks for, and whether it surely does."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}{extra}\n\n@spaces.GPU(duration=9)\ndef run(given):\n{lines}    return 1\n\n"
    space = Space({"app.py": f"{text}gr.Interface(run, 'text', 'text').launch()\n".encode()}, target="zerogpu")
    return [(second.what, second.is_certain) for second in space.second_gpus()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x.to('cuda:1')", "cuda:1"),
        ("x.to('cuda:0')", None),
        ("x.to('cuda:10')", "cuda:10"),
        ("x.to(f'cuda:{NUMBER}')", "cuda:1"),
        ("x.to(f'cuda:{given}')", None),
        ("x.to(1)", "cuda:1"),
        ("x.to(device=2)", "cuda:2"),
        ("given.to(1)", None),
        ("given.to('cuda:1')", "cuda:1"),
        ("given.cuda(1)", "cuda:1"),
        ("given.cuda()", None),
        ("torch.rand(1, device='cuda:3')", "cuda:3"),
        ("torch.device('cuda', 1)", "cuda:1"),
        ("torch.device('cpu', 1)", None),
        ("torch.cuda.set_device(1)", "cuda:1"),
        ("torch.cuda.set_device(0)", None),
        ("torch.load('w.pt', map_location='cuda:1')", "cuda:1"),
        ("pipeline('fill-mask', device=1)", "cuda:1"),
        ("AutoModel.from_pretrained('a', device_map={'': 1})", "cuda:1"),
        ("AutoModel.from_pretrained('a', device_map={'': 'cuda:1'})", "cuda:1"),
        ("AutoModel.from_pretrained('a', device_map={'': 0})", None),
        ("AutoModel.from_pretrained('a', device_map='balanced')", 'device_map="balanced"'),
        ("AutoModel.from_pretrained('a', device_map='auto')", None),
        ("nn.DataParallel(given)", "DataParallel"),
        ("nn.DataParallel(given, device_ids=[0])", "DataParallel"),
        ("nn.DataParallel(given, device_ids=[0, 1])", "cuda:1"),
        ("nn.parallel.DistributedDataParallel(given)", None),
        ("nn.parallel.DistributedDataParallel(given, device_ids=[1])", "cuda:1"),
        ("camera(device=1)", None),
        ("if torch.cuda.device_count() > 1:\n    x.to('cuda:1')", None),
        ("if len(given) > 1 and torch.cuda.device_count() == 1:\n    x.to('cuda:0')", None),
        ("if multi_gpu(given):\n    x.to('cuda:1')", None),
    ],
)
def test_what_is_asked_for(body: str, expected: str | None) -> None:
    assert [what for what, _ in found(body)] == ([expected] if expected else [])


def test_a_condition_that_is_not_decided_makes_it_likely() -> None:
    assert found("if given == 'b':\n    x.to('cuda:1')\nx.to('cuda:2')") == [("cuda:1", False), ("cuda:2", True)]


def test_it_is_told_whether_start_up_code_or_a_worker_asks() -> None:
    text = f"{HEAD}\nx = x.to('cuda:1')\nnn.DataParallel(x)\n\n@spaces.GPU\ndef run(t):\n    return t.to('cuda:1')\n"
    space = Space({"app.py": f"{text}gr.Interface(run, 'text', 'text').launch()\n".encode()}, target="zerogpu")
    told = [(second.context, second.asked) for second in space.second_gpus()]
    assert told == [(None, Asked.NUMBER), (None, Asked.SEVERAL), (Context.GPU, Asked.NUMBER)]
