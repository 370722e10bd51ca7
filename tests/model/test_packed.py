"""What start-up code put on CUDA, told from the code that uses it later."""

from __future__ import annotations

import pytest

from zerolint.model.packed import Packed, What
from zerolint.model.space import Space
from zerolint.model.values import point_of

HEAD = """
import gradio as gr
import spaces
import torch
import whisper
from diffusers import DiffusionPipeline
from transformers import AutoModel, AutoTokenizer, pipeline

device = "cuda" if torch.cuda.is_available() else "cpu"
"""
TAIL = """

def read(given):
    return {}


@spaces.GPU(duration=9)
def run(text):
    return text


gr.Interface(read, "text", "text").launch()
"""


def packed(setup: str, use: str, **files: str) -> Packed | None:
    """Where what a handler returns was put on CUDA, in a Space whose module level is `setup`."""
    contents = {"app.py": (HEAD + setup + TAIL.format(use)).encode()}
    contents.update({f"{name}.py": text.encode() for name, text in files.items()})
    space = Space(contents, target="zerogpu")
    handler = next(r.function.scope for r in space.contexts.registrations if r.function.scope.name == "read")
    (result,) = handler.returns
    return space.packed(result.value, point_of(result))


@pytest.mark.parametrize(
    ("setup", "use"),
    [
        ("pipe = DiffusionPipeline.from_pretrained('x').to('cuda')", "pipe"),
        ("pipe = DiffusionPipeline.from_pretrained('x').to(device)", "pipe"),
        ("pipe = DiffusionPipeline.from_pretrained('x').to(device).eval()", "pipe"),
        ("pipe = DiffusionPipeline.from_pretrained('x')\npipe.to(device, torch.float16)", "pipe"),
        ("pipe = DiffusionPipeline.from_pretrained('x')\npipe = pipe.cuda()", "pipe"),
        ("pipe = DiffusionPipeline.from_pretrained('x').to(device)\npipe.to(torch.float16)", "pipe"),
        ("pipe = DiffusionPipeline.from_pretrained('x').to(device)", "pipe.unet"),
        ("pipe = DiffusionPipeline.from_pretrained('x').to(torch.device('cuda:0'))", "pipe"),
        ("model = AutoModel.from_pretrained('x', device_map='cuda')", "model"),
        ("ask = pipeline('summarization', device=0)", "ask"),
        ("ask = pipeline('summarization', device='cuda')", "ask"),
        ("if torch.cuda.is_available():\n    model = AutoModel.from_pretrained('x').cuda()\nelse:\n    model = None",
         "model"),
        ("model = other = AutoModel.from_pretrained('x').cuda()", "other"),
        ("MODELS = {'a': AutoModel.from_pretrained('x').cuda(), 'b': AutoModel.from_pretrained('y')}", "MODELS['a']"),
        ("MODELS = {'a': AutoModel.from_pretrained('x').cuda()}\nMODELS['b'] = AutoModel.from_pretrained('y').cuda()",
         "MODELS[given]"),
        ("MODELS = {}\nMODELS['b'] = AutoModel.from_pretrained('y').cuda()", "MODELS['b']"),
        ("def load(name):\n    model = AutoModel.from_pretrained(name)\n    model.to(device)\n    return model, 1\n\n\n"
         "model, number = load('x')", "model"),
        ("def put(model, where):\n    return model.to(where)\n\n\n"
         "model = put(AutoModel.from_pretrained('x'), 'cuda')", "model"),
        ("model = None\n\n\ndef load():\n    global model\n"
         "    model = AutoModel.from_pretrained('x').cuda()\n\n\nload()", "model"),
        ("class Engine:\n    def __init__(self):\n        self.model = AutoModel.from_pretrained('x').to(device)\n\n\n"
         "engine = Engine()", "engine.model"),
        ("class Engine:\n    def __init__(self):\n        self.load()\n\n    def load(self):\n"
         "        self.model = AutoModel.from_pretrained('x')\n        self.model.to(device)\n\n\n"
         "engine = Engine()", "engine.model"),
        ("class Engine:\n    model = AutoModel.from_pretrained('x').to(device)", "Engine.model"),
        ("class Engine:\n    def __init__(self, where):\n        self.where = where\n"
         "        self.model = AutoModel.from_pretrained('x').to(self.where)\n\n\n"
         "engine = Engine('cuda')", "engine.model"),
        ("try:\n    pipe = DiffusionPipeline.from_pretrained('x')\n    pipe.to(device)\n"
         "except Exception:\n    pipe = None", "pipe"),
        ("from accelerate import Accelerator\n\naccelerator = Accelerator()\n"
         "model = AutoModel.from_pretrained('x').to(accelerator.device)", "model"),
        ("class Net(torch.nn.Module):\n    pass\n\n\nnet = Net().to(device)", "net"),
    ],
)  # fmt: skip
def test_a_model_placed_at_start_up_is_found_with_certainty(setup: str, use: str) -> None:
    found = packed(setup, use)
    assert found is not None
    assert (found.what, found.is_certain) == (What.MODEL, True)


@pytest.mark.parametrize(
    ("setup", "use"),
    [
        ("model = AutoModel.from_pretrained('x', device_map='auto')", "model"),
        ("model = whisper.load_model('base', device='cuda')", "model"),
        ("import clip\n\nmodel, preprocess = clip.load('ViT-B/32', device=device)", "model"),
        ("import nets\n\nmodel = nets.build('x').to(device)", "model"),
        ("from sam import Predictor, build\n\npredictor = Predictor(build('x').to(device))", "predictor"),
        ("a = AutoModel.from_pretrained('x')\nfor one in (a, a):\n    one.to(device)", "a"),
    ],
)
def test_what_is_plausible_is_not_certain(setup: str, use: str) -> None:
    found = packed(setup, use)
    assert found is not None and not found.is_certain


@pytest.mark.parametrize(
    ("setup", "use"),
    [
        ("model = AutoModel.from_pretrained('x')", "model"),
        ("model = AutoModel.from_pretrained('x').to('cpu')", "model"),
        ("model = AutoModel.from_pretrained('x').cuda().to('cpu')", "model"),
        ("model = AutoModel.from_pretrained('x').cuda()\nmodel.cpu()", "model"),
        ("pipe = DiffusionPipeline.from_pretrained('x').cuda()\npipe.enable_model_cpu_offload()", "pipe"),
        ("model = AutoModel.from_pretrained('x').to(unknown())", "model"),
        ("model = AutoModel.from_pretrained('x')\n\n\ndef load():\n    model.to(device)", "model"),
        ("model = AutoModel.from_pretrained('x')", "model.to('cuda')"),
        ("model = AutoModel.from_pretrained('x').cuda()", "model.config"),
        ("model = AutoModel.from_pretrained('x').cuda()", "model('hello')"),
        ("tokenizer = AutoTokenizer.from_pretrained('x', device_map='cuda')", "tokenizer"),
        ("generator = torch.Generator(device='cuda')", "generator"),
        ("MODELS = {'a': AutoModel.from_pretrained('x').cuda(), 'b': AutoModel.from_pretrained('y')}", "MODELS['b']"),
        ("MODELS = {'a': AutoModel.from_pretrained('x').cuda(), 'b': AutoModel.from_pretrained('y')}", "MODELS[given]"),
        ("MODELS = {gpu: AutoModel.from_pretrained('x').to('cuda' if gpu else 'cpu') for gpu in (True, False)}",
         "MODELS[True]"),
        ("table = torch.zeros(3)\nmoved = table.to('cuda')", "table"),
        ("class Engine:\n    def __init__(self):\n        self.model = None\n\n    def load(self):\n"
         "        self.model = AutoModel.from_pretrained('x').to(device)\n\n\n"
         "engine = Engine()\n", "(engine.load(), engine.model)[1]"),
        ("class Engine:\n    def __init__(self):\n        self.model = AutoModel.from_pretrained('x').to(device)\n\n",
         "Engine().model"),
    ],
)  # fmt: skip
def test_what_is_elsewhere_or_made_for_a_visitor_is_not_packed(setup: str, use: str) -> None:
    assert packed(setup, use) is None


@pytest.mark.parametrize(
    ("setup", "use"),
    [
        ("table = torch.zeros(3, device='cuda')", "table"),
        ("table = torch.zeros(3).to(device)", "table"),
        ("table = torch.zeros(3).cuda()\ndouble = table * 2", "double"),
        ("weights = torch.load('x.pt', map_location='cuda')", "weights"),
        ("class Engine:\n    def __init__(self):\n        self.table = torch.zeros(3, device=device)\n\n\n"
         "engine = Engine()", "engine.table"),
    ],
)  # fmt: skip
def test_tensors_are_told_from_models(setup: str, use: str) -> None:
    found = packed(setup, use)
    assert found is not None and found.what is What.TENSOR


def test_a_model_is_found_in_another_module_with_the_place_where_it_was_put_there() -> None:
    models = "from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('x')\nmodel.cuda()\n"
    for setup, use in (
        ("from models import model", "model"),
        ("import models", "models.model"),
        ("from models import *", "model"),
        ("from models import model as other\n\nkept = other", "kept"),
    ):
        found = packed(setup, use, models=models)
        assert found is not None and found.is_certain
        assert (found.module.path, found.node.func.attr.value) == ("models.py", "cuda")


def test_the_methods_of_an_object_made_at_start_up_read_what_its_constructor_placed() -> None:
    setup = """
class Engine:
    def __init__(self):
        self.model = AutoModel.from_pretrained("x").to(device)
        self.parts = {"a": AutoModel.from_pretrained("y").cuda()}
        self.name = "x"

    def read(self, given):
        return self.model


engine = Engine()
"""
    text = (HEAD + setup + "\ngr.Interface(engine.read, 'text', 'text').launch()\n").encode()
    space = Space({"app.py": text}, target="zerogpu")
    handler = next(r.function.scope for r in space.contexts.registrations)
    (result,) = handler.returns
    assert space.packed(result.value, point_of(result)) is not None
    assert handler.parent is not None
    assert [held.attribute for held in space.placements.held(handler.parent)] == ["model", "parts"]


def test_what_a_helper_is_given_by_every_caller_is_followed() -> None:
    setup = """
model = AutoModel.from_pretrained("x").cuda()


def use(net):
    return net


"""
    text = (HEAD + setup + TAIL.format("use(model)")).encode()
    space = Space({"app.py": text}, target="zerogpu")
    (helper,) = [scope for module in space.modules for scope in module.scopes if scope.name == "use"]
    assert space.packed(helper.returns[0].value, point_of(helper.returns[0])) is not None


def test_at_module_level_only_what_stands_above_counts() -> None:
    setup = "model = AutoModel.from_pretrained('x')\nfirst = [model]\nmodel.to('cuda')\nsecond = [model]\n"
    space = Space({"app.py": (HEAD + setup + TAIL.format("given")).encode()}, target="zerogpu")
    (module,) = space.modules
    answers = []
    for name in ("first", "second"):
        (binding,) = module.root.names[name]
        element = binding.value.elements[0].value
        point = space.program.at_end(module)._replace(order=binding.order)
        answers.append(space.packed(element, point) is not None)
    assert answers == [False, True]
