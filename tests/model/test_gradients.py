"""Which results require grad."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """
import gradio as gr
import spaces
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet18
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

net = nn.Linear(3, 3).to("cuda").eval()
vision = resnet18().cuda()
model = AutoModelForCausalLM.from_pretrained("gpt2").to("cuda")
base = AutoModel.from_pretrained("gpt2")
relu = nn.ReLU()
x = torch.zeros(3)


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, values):
        return self.layer(values)


class Quiet(Own):
    @torch.no_grad()
    def forward(self, values):
        return self.layer(values)


own, quiet = Own(), Quiet()


def helper(values):
    return net(values) + 1


def pair(values):
    return net(values), 1
"""


def found(body: str, decorators: str = "@spaces.GPU(duration=9)", extra: str = "") -> bool | None:
    """Whether the result of a GPU function with this body surely (True) or maybe requires grad; None when not."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}{extra}\n\n{decorators}\ndef run(given):\n{lines}\n\ngr.Interface(run, 'text', 'text').launch()\n"
    results = Space({"app.py": text.encode()}, target="zerogpu").grad_results()
    return results[0].recorded.is_certain if results else None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return net(x)", True),
        ("return net.forward(x)", True),
        ("return vision(x)", True),
        ("return own(x)", True),
        ("return quiet(x)", None),
        ("return relu(x)", None),
        ("return relu(net(x))", None),
        ("return helper(x)", True),
        ("return pair(x)[0]", None),
        ("a, b = pair(x)\nreturn a", True),
        ("a, b = pair(x)\nreturn b", None),
        ("return model(x).logits", True),
        ("return model(x).logits[0, -1]", True),
        ("return base(x).last_hidden_state.mean(1)", False),
        ("return model.generate(x)", None),
        ("return net(x).cpu()", True),
        ("return net(x).to(torch.float16)", True),
        ("return net(x).to(torch.uint8)", None),
        ("return (net(x) * 255).long()", None),
        ("return net(x).detach()", None),
        ("return net(x).data", None),
        ("return net(x).numpy()", None),
        ("return net(x).tolist()", None),
        ("return net(x).argmax(-1)", None),
        ("return net(x) > 0", None),
        ("return -net(x)", True),
        ("return 1 - net(x)", True),
        ("return F.normalize(net(x))", True),
        ("return F.one_hot(net(x))", None),
        ("return torch.cat([x, net(x)])", True),
        ("return torch.argmax(net(x))", None),
        ("return [1, {'a': net(x)}]", True),
        ("return [1, {'a': x}]", None),
        ("return net(x) if given else net(x) + 1", True),
        ("return net(x) if given else x", None),
        ("y = net(x)\nif given:\n    y = x\nreturn y", None),
        ("y = net(x)\nfor _ in range(3):\n    y += 1\nreturn y", True),
        ("y = x\nfor _ in range(3):\n    y = y + net(y)\nreturn y", None),
        ("y += y\nreturn y", None),
        ("with torch.no_grad():\n    y = net(x)\nreturn y", None),
        ("with torch.inference_mode():\n    return net(x)", None),
        ("with torch.no_grad():\n    y = helper(x)\nreturn y", None),
        ("y = net(x)\nwith torch.no_grad():\n    z = y * 2\nreturn z", None),
        ("y = net(x)\nwith torch.no_grad():\n    z = 1\nreturn y", True),
        ("yield net(x)", True),
        ("return given(x)", None),
    ],
)
def test_a_value_is_followed(body: str, expected: bool | None) -> None:
    assert found(body) is expected


@pytest.mark.parametrize(
    ("decorators", "expected"),
    [
        ("@spaces.GPU\n@torch.no_grad()", None),
        ("@torch.no_grad()\n@spaces.GPU", True),
        ("@torch.inference_mode()\n@spaces.GPU(duration=9)", True),
    ],
)
def test_only_what_stands_below_the_decorator_acts_in_the_worker(decorators: str, expected: bool | None) -> None:
    assert found("return net(x)", decorators) is expected


@pytest.mark.parametrize(
    "extra", ["net.requires_grad_(False)", "for p in net.parameters():\n    p.requires_grad = False", "net.freeze()"]
)
def test_frozen_weights_silence_it(extra: str) -> None:
    assert found("return net(x)", extra=extra) is None
