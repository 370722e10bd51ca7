"""What touches CUDA in the main process while visitors use the app."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.space import Space

HEAD = """\
import argparse
import os
from threading import Thread
import gradio as gr
import spaces
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers import AutoModel, pipeline
from library import Loader, call

device = "cuda" if torch.cuda.is_available() else "cpu"

@spaces.GPU(duration=9)
def gpu(value):
    return value

"""


def found(app: str, **others: str) -> list[str]:
    """What is reported: the function, the root when it is another one, and how sure that is."""
    files = {"app.py": HEAD + app, **{f"{name}.py": text for name, text in others.items()}}
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    return [
        operation.function.name
        + (f" from {operation.root.name}" if operation.root is not operation.function else "")
        + (" in a thread" if operation.context is Context.THREAD else "")
        + ("" if operation.is_certain else " likely")
        + (" by choice" if operation.is_choice else "")
        for operation in space.outside_operations()
    ]


def handler(body: str, before: str = "") -> str:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{before}\ndef run(x):\n{indented}\ngr.Interface(run, 'text', 'text').launch()\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x.cuda()", ["run"]),
        ("x.to('cuda')", ["run"]),
        ("x.to(device)", ["run"]),
        ("x.to(device=torch.device('cuda', 0))", ["run"]),
        ("torch.zeros(2, device=device)", ["run"]),
        ("torch.cuda.ipc_collect()", ["run"]),
        ("AutoModel.from_pretrained('a', device_map='cuda')", ["run"]),
        ("pipeline('text-generation', device=0)", ["run"]),
        ("SentenceTransformer('a')", ["run by choice"]),
        ("CrossEncoder('a')", ["run likely by choice"]),
        ("SentenceTransformer('a', device='cuda')", ["run"]),
        ("Loader('a', device='cuda')", ["run likely"]),
        ("torch.load('a', map_location='cuda')", ["run likely"]),
        ("if x:\n    x.cuda()", ["run"]),
        ("return [y.cuda() for y in x]", ["run"]),
        # One of several, and what never comes.
        ("x.cuda()\nx.to('cuda')", ["run"]),
        ("if x:\n    x.cuda()\nelse:\n    x.cuda()", ["run", "run"]),
        ("x.cuda()\nif x:\n    x.cuda()", ["run"]),
        # No CUDA.
        ("x.to('cpu')", []),
        ("x.to(torch.float16)", []),
        ("x.to(x.device)", []),
        ("x.cpu()", []),
        ("torch.zeros(2)", []),
        ("torch.cuda.empty_cache()\ntorch.cuda.manual_seed(1)\ntorch.cuda.device_count()", []),
        ("torch.Generator(device='cuda')", []),
        ("SentenceTransformer('a', device='cpu')", []),
        ("torch.load('a', map_location='cpu')", []),
        ("call('cuda')", []),
        ("'a'.to('cuda')", []),
        # Not on ZeroGPU, or not known.
        ("if not torch.cuda.is_available():\n    x.cuda()", []),
        ("if x == 'cuda':\n    x.cuda()", []),
        ("if call().device == 'cuda':\n    x.cuda()", []),
        ("x.to(call())", []),
        ("try:\n    x.cuda()\nexcept RuntimeError:\n    x.cpu()", []),
        ("try:\n    x.cuda()\nexcept RuntimeError:\n    return None", ["run"]),
    ],
)
def test_operations_of_a_handler(body: str, expected: list[str]) -> None:
    assert found(handler(body)) == expected
    worker = handler(body).replace("def run", "@spaces.GPU(duration=9)\ndef run")
    assert found(worker) == []


def test_the_way_decides() -> None:
    place = "def place(x, where):\n    return x.to(where)\n"
    assert found(handler("place(x, device)", place)) == ["place from run"]
    assert found(handler("place(x, 'cpu')", place)) == []
    both = f"{place}\n@spaces.GPU(duration=9)\ndef other(x):\n    return place(x, 'cuda')\n"
    assert found(handler("place(x, 'cpu')\nother(x)", both)) == []
    assert found(handler("place(x, 'cuda')\nother(x)", both)) == ["place from run"]
    assert found(handler("other(x)", both)) == []
    # Behind what raises nothing runs.
    assert found(handler("x.cuda()\nplace(x, 'cuda')", place)) == ["run"]
    # A test on the way.
    assert found(handler("if x.use_gpu:\n    place(x, 'cuda')", place)) == []
    assert found(handler("if x.loud:\n    place(x, 'cuda')", place)) == ["place from run"]


def test_defaults_of_options_and_variables() -> None:
    option = "p = argparse.ArgumentParser()\np.add_argument('--device', default='cuda')\nargs = p.parse_args()\n"
    assert found(handler("x.to(args.device)", option)) == ["run"]
    assert found(handler("x.to(args.device)", option.replace("'cuda'", "'cpu'"))) == []
    assert found(handler("x.to(os.getenv('DEVICE', 'cuda'))")) == ["run"]


def test_models_that_are_there() -> None:
    assert found(handler("m.encode(x)", "m = SentenceTransformer('a')")) == ["run by choice"]
    assert found(handler("m.encode(x)", "m = SentenceTransformer('a', device='cuda')")) == ["run"]
    assert found(handler("m.encode(x)", "m = SentenceTransformer('a', device='cpu')")) == []
    assert found(handler("m.encode(x)", "m = Loader('a')")) == []
    first = "import whisper\nfrom langchain_huggingface import HuggingFaceEmbeddings as E\n"
    assert found(handler("m.embed_query(x)", f"{first}m = E()")) == ["run likely by choice"]
    assert found(handler("m.embed_query(x)", f"{first}m = E(model_kwargs={{'trust': x}})")) == ["run likely by choice"]
    assert found(handler("m.embed_query(x)", f"{first}m = E(model_kwargs={{'device': 'cuda'}})")) == ["run likely"]
    assert found(handler("m.embed_query(x)", f"{first}m = E(model_kwargs={{'device': 'cpu'}})")) == []
    assert found(handler("m.embed_query(x)", f"{first}m = E(model_kwargs=call())")) == []
    assert found(handler("whisper.load_model('base')", first)) == ["run likely by choice"]
    assert found(handler("whisper.load_model('base', 'cpu')", first)) == []
    assert found(handler("call.load_model('base')", first)) == []
    assert found(handler("p(x)", "p = pipeline('a', device=0)")) == ["run"]
    assert found(handler("p(x)", "p = pipeline('a', device='cpu')")) == []
    assert found(handler("p(x)", "p = pipeline('a')")) == []
    assert found(
        handler("p(x)", "from other import p"), other="import transformers\np = transformers.pipeline('a', device=0)\n"
    ) == ["run"]


def test_the_device_of_something_that_is_there() -> None:
    made = "m = AutoModel.from_pretrained('a').to('cuda')\nw = torch.zeros(2, device='cuda')\n"
    assert found(handler("x.to(m.device)", made)) == []
    assert found(handler("d = m.device\nx.to(d)", made)) == []
    assert found(handler("x.to(w)\ntorch.zeros(2, device=w.device)", made)) == []
    assert found(handler("torch.load('a', map_location=m.device)", made)) == []
    # Asked at start-up, in the main thread, it is CUDA.
    assert found(handler("x.to(d)", f"{made}d = torch.device('cuda')\n")) == ["run"]


def test_threads() -> None:
    load = "def load():\n    torch.zeros(2).cuda()\n"
    assert found(f"{load}Thread(target=load).start()\n") == ["load in a thread"]
    assert found(f"{load}load()\n") == []
    starter = f"{load}def start():\n    Thread(target=load).start()\n"
    assert found(f"{starter}start()\n") == ["load in a thread"]
    assert found(handler("start()", starter)) == ["load from run in a thread"]
    worker = handler("start()", starter).replace("def run", "@spaces.GPU(duration=9)\ndef run")
    assert found(worker) == []


def test_once_at_start_up() -> None:
    lazy = "m = None\ndef get():\n    global m\n    if m is None:\n        m = torch.zeros(2).cuda()\n    return m\n"
    assert found(handler("get()", lazy)) == ["get from run"]
    assert found(handler("get()", f"{lazy}get()\n")) == []


def test_programs_without_a_gpu_function() -> None:
    local = "import gradio as gr\ndef local(x):\n    x.cuda()\ngr.Interface(local, 'text', 'text').launch()\n"
    assert found(handler("return x"), local=local) == []
    files = {"app.py": local.encode(), "b.py": b"import spaces\n"}
    assert not Space(files, target="zerogpu").outside_operations()


def test_handlers_that_spaces_wraps() -> None:
    assert found(handler("x.cuda()", "spaces.enable_gradio_auto_wrap()")) == []
    assert found(handler("x.cuda()", "os.environ['SPACES_GRADIO_AUTO_WRAP'] = '1'")) == []


def test_decorators_for_the_gpu_that_are_not_known() -> None:
    app = handler("x.cuda()", "from library import on_gpu, timed\n")
    assert found(app.replace("def run", "@timed\ndef run")) == ["run"]
    assert found(app.replace("def run", "@on_gpu\ndef run")) == []
