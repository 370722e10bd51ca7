"""Which loads of models happen for a visitor and could have happened at start-up."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.space import Space

HEAD = """
import functools
import gradio as gr
import spaces
import torch
from transformers import AutoModel, AutoTokenizer, pipeline
import onnxruntime

class Net(torch.nn.Module):
    def __init__(self): super().__init__()

model = None

"""
GPU = "\n\n@spaces.GPU\ndef h(x):\n{body}\n    return x\n\ngr.Interface(h, 'text', 'text').launch()\n"
HANDLER = GPU.replace("@spaces.GPU\n", "")


def found(body: str, tail: str = GPU, extra: str = "") -> list[tuple[str, bool, Context]]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    space = Space({"app.py": (HEAD + extra + tail.format(body=lines)).encode()}, target="zerogpu")
    return [(item.what, item.is_certain, item.context) for item in space.loadings()]


@pytest.mark.parametrize(
    ("body", "what", "certain"),
    [
        ("m = AutoModel.from_pretrained('gpt2')", "AutoModel.from_pretrained", True),
        ("m = AutoModel.from_pretrained('gpt2').to('cuda')", "AutoModel.from_pretrained", True),
        ("p = pipeline('text-generation', model='gpt2')", "transformers.pipeline", True),
        ("s = onnxruntime.InferenceSession('m.onnx')", "onnxruntime.InferenceSession", True),
        ("global model\nif model is None: model = AutoModel.from_pretrained('a')", "AutoModel.from_pretrained", True),
    ],
)
@pytest.mark.parametrize(("tail", "context"), [(GPU, Context.GPU), (HANDLER, Context.HANDLER)])
def test_a_load_for_a_visitor(body: str, what: str, certain: bool, tail: str, context: Context) -> None:
    assert [(name.rsplit(".", 2)[-1], sure, where) for name, sure, where in found(body, tail)] == [
        (what.rsplit(".", 2)[-1], certain, context)
    ]


@pytest.mark.parametrize(
    "body",
    [
        "t = AutoTokenizer.from_pretrained('gpt2')",
        "m = AutoModel.from_pretrained(x)",
        "if False: AutoModel.from_pretrained('gpt2')",
        "print(x)",
    ],
)
def test_what_is_no_load_that_could_be_earlier(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    "extra",
    [
        "def load(): return AutoModel.from_pretrained('gpt2')\n",
        "@functools.cache\ndef load(): return AutoModel.from_pretrained('gpt2')\n",
        "class Keeper:\n    @property\n    def it(self): return AutoModel.from_pretrained('gpt2')\n"
        "keeper = Keeper()\ndef load(): return str(keeper.it)\n",
        "LOADERS = {'a': lambda: AutoModel.from_pretrained('gpt2')}\ndef load(): return LOADERS['a']()\n",
    ],
)
def test_a_load_behind_a_helper(extra: str) -> None:
    assert [context for _, _, context in found("load()", extra=extra)] == [Context.GPU]


def test_a_load_that_start_up_makes_is_none() -> None:
    assert found("print(x)", extra="def load(): return AutoModel.from_pretrained('gpt2')\nmodel = load()\n") == []


@pytest.mark.parametrize(
    ("started", "loads"),
    [
        ("load()", 0),
        ("threading.Thread(target=load).start()", 0),
        ("def start(): threading.Thread(target=load).start()\nstart()", 0),
        ("def start(x): threading.Thread(target=load).start()\ngr.Button().click(start)", 1),
        ("print(threading)", 1),
    ],
)
def test_a_guarded_load_that_start_up_makes_itself_or_in_a_thread(started: str, loads: int) -> None:
    guarded = "def load():\n    global model\n    if model is None: model = AutoModel.from_pretrained('gpt2')\n"
    assert len(found("load()", extra=f"import threading\n{guarded}{started}\n")) == loads


OPTIONS = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--big", action="store_true")
args = parser.parse_args()
class Other: pass
other = Other()
"""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("", 0),
        ("args.big = bool(input())", 1),
        ("other.big = True", 0),
        ("args.small = True", 0),
        ("setattr(args, 'big', True)", 1),
        ("setattr(args, 'small', True)", 0),
        ("setattr(args, input(), True)", 1),
        ("setattr(other, input(), True)", 0),
    ],
)
def test_an_option_that_is_set_after_the_command_line_was_read(line: str, count: int) -> None:
    body = "if args.big:\n    x = AutoModel.from_pretrained('a/b')"
    assert len(found(body, extra=f"{OPTIONS}{line}\n")) == count


METHOD = """
class Reader:
    @spaces.GPU
    def read(self, text, big=False):
        if big:
            text = AutoModel.from_pretrained('a/b')
        return text

reader = Reader()

"""


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("x = reader.read(x)", 0),
        ("x = reader.read(x, False)", 0),
        ("x = reader.read(x) + reader.read(x, big=True)", 1),
        ("x = reader.read(x, x == 'big')", 1),
        ("x = reader.read(x) + list(map(reader.read, x))", 1),
    ],
)
def test_a_switch_of_a_gpu_method(body: str, count: int) -> None:
    assert len(found(body, HANDLER, METHOD)) == count
