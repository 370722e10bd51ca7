"""Which models that start-up left on the CPU are moved to CUDA in a worker."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
from functools import partial
import gradio as gr
import spaces
import torch
from diffusers import DiffusionPipeline
from library import Thing

"""
MADE = 'pipe = DiffusionPipeline.from_pretrained("a/b")\n'


def found(made: str, body: str, params: str = "prompt") -> list[str]:
    """What is moved, and how, in an app that makes something and uses it in a GPU function."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    app = f"{HEAD}{made}\n@spaces.GPU(duration=9)\ndef draw({params}):\n{indented}\n"
    app += "gr.Interface(draw, 'text', 'text').launch()\n"
    space = Space({"app.py": app.encode()}, target="zerogpu")
    return [
        space.code(move.call.scope.module, move.model)
        + (" and back" if move.is_returned else "")
        + ("" if move.is_certain else " likely")
        for move in space.model_moves()
    ]


@pytest.mark.parametrize(
    ("made", "body", "moved"),
    [
        (MADE, 'pipe.to("cuda")', ["pipe"]),
        (MADE, "pipe.cuda()", ["pipe"]),
        (MADE, 'pipe.to(torch.device("cuda:0"), torch.float16)', ["pipe"]),
        (MADE, 'pipe.unet.to("cuda")\npipe.vae.to("cuda")', ["pipe.unet", "pipe.vae"]),
        (MADE, 'pipe.to("cuda")\npipe.to("cuda")', ["pipe"]),
        (MADE, 'pipe.to("cuda")\npipe.to("cpu")', ["pipe and back"]),
        (MADE, 'pipe.to("cuda")\npipe.vae.to("cpu")', ["pipe"]),
        (MADE, 'return pipe.eval().to("cuda")(prompt)', ["pipe"]),
        ('pipe = DiffusionPipeline.from_pretrained("a/b").to("cpu")\n', 'pipe.to("cuda")', ["pipe"]),
        ("pipe = torch.nn.Linear(2, 2)\n", 'pipe.to("cuda")', ["pipe"]),
        ("pipe = Thing()\n", 'pipe.to("cuda")', ["pipe likely"]),
        (f'device = "cuda"\n{MADE}', "pipe.to(device)", ["pipe"]),
        (f"device = torch.device('cuda')\n{MADE}", "pipe.to(device=device)", ["pipe"]),
        (f"def get():\n    return pipe\n{MADE}", 'get().to("cuda")', []),
        (MADE, 'model = pipe\nmodel.to("cuda")', ["model"]),
        # No move to CUDA.
        (MADE, "pipe.to(torch.float16)\npipe.to(dtype=torch.float16)\npipe.to('cpu')\npipe.cpu()", []),
        (MADE, "pipe.to(prompt.device)", []),
        (MADE, 'if False:\n    pipe.to("cuda")', []),
        # No model.
        ("pipe = torch.zeros(3)\n", 'x = pipe.to("cuda")', []),
        ("pipe = Thing()\n", 'x = pipe.to("cuda")', []),
        ("pipe = 1\n", 'pipe.to("cuda")', []),
        # Not made at start-up, or on CUDA since.
        ("pipe = None\n", 'global pipe\npipe = DiffusionPipeline.from_pretrained("a/b")\npipe.to("cuda")', []),
        (MADE, 'pipe = DiffusionPipeline.from_pretrained("a/b")\npipe.to("cuda")', []),
        (f'{MADE}pipe.to("cuda")\n', 'pipe.unet.to("cuda")', []),
        (f'{MADE}pipe.unet.to("cuda")\n', 'pipe.unet.to("cuda")\npipe.vae.to("cuda")', ["pipe.vae"]),
        (f"{MADE}pipe.to(Thing.device)\n", 'pipe.to("cuda")', []),
        (f"{MADE}if Thing.ok:\n    pipe = pipe.to(0)\n", 'pipe.to("cuda")', []),
        ('pipe = DiffusionPipeline.from_pretrained("a/b", device_map="auto")\n', 'pipe.to("cuda")', []),
        ('pipe = DiffusionPipeline.from_pretrained("a/b", device_map="cpu")\n', 'pipe.to("cuda")', ["pipe"]),
        ('pipe = DiffusionPipeline.from_pretrained("a/b", **{})\n', 'pipe.to("cuda")', []),
        ('pipe = torch.load("a.pt")\n', 'pipe.to("cuda")', []),
        ('pipe = torch.load("a.pt", map_location="cpu")\n', 'pipe.to("cuda")', ["pipe likely"]),
        ('pipe = Thing("cuda")\n', 'pipe.to("cuda")', []),
        ('def make():\n    x = Thing()\n    x.to("cuda")\n    return x\npipe = make()\n', 'pipe.to("cuda")', []),
        (
            'def make():\n    x = DiffusionPipeline.from_pretrained("a/b")\n    return x\npipe = make()\n',
            'pipe.to("cuda")',
            ["pipe"],
        ),
        # Given to what may move it.
        (f'{MADE}adapter = Thing(pipe, "cuda")\n', 'pipe.to("cuda")', []),
        (f"{MADE}adapter = Thing(pipe, device=Thing.device)\n", 'pipe.to("cuda")', []),
        (f"{MADE}def move(x):\n    x.cuda()\nmove(pipe)\n", 'pipe.to("cuda")', []),
        (f'{MADE}adapter = Thing(pipe, "cpu")\n', 'pipe.to("cuda")', ["pipe"]),
        (f"{MADE}def show(x):\n    print(x)\nshow(pipe)\n", 'pipe.to("cuda")', ["pipe"]),
        # A name that nothing binds: this line raises.
        (f"{MADE}try:\n    pipe.to(nowhere)\nexcept NameError:\n    pass\n", 'pipe.to("cuda")', ["pipe"]),
    ],
)
def test_moves_of_a_name(made: str, body: str, moved: list[str]) -> None:
    assert found(made, body) == moved


CLASS = """\
class Painter:
    def __init__(self{params}):
{init}
    def paint(self, prompt):
        self.model.to("cuda")
        return self.model(prompt)
painter = Painter({args})
"""


@pytest.mark.parametrize(
    ("params", "init", "args", "moved"),
    [
        ("", 'self.model = DiffusionPipeline.from_pretrained("a/b")', "", ["self.model"]),
        ("", 'self.model = DiffusionPipeline.from_pretrained("a/b").to("cuda")', "", []),
        ("", 'self.model = DiffusionPipeline.from_pretrained("a/b")\nself.model.cuda()', "", []),
        (", model", "self.model = model", 'DiffusionPipeline.from_pretrained("a/b")', ["self.model"]),
        (", model", "self.model = model", 'DiffusionPipeline.from_pretrained("a/b").to("cuda")', []),
        (
            ", device",
            'self.model = DiffusionPipeline.from_pretrained("a/b").to(device)',
            '"cpu"',
            ["self.model"],
        ),
        (", device", 'self.model = DiffusionPipeline.from_pretrained("a/b").to(device)', '"cuda"', []),
    ],
)
def test_moves_of_an_attribute(params: str, init: str, args: str, moved: list[str]) -> None:
    indented = "".join(f"        {line}\n" for line in init.splitlines())
    made = CLASS.format(params=params, init=indented, args=args)
    assert found(made, "return painter.paint(prompt)") == moved
    # An object of the request's own is none of the module's.
    assert found(made, f"return Painter({args}).paint(prompt)") == []


def test_what_a_partial_passes() -> None:
    app = f"""{HEAD}
@spaces.GPU(duration=9)
def draw(pipe, prompt):
    pipe.to("cuda")

def main():
    {MADE}    button = gr.Button()
    button.click(partial(draw, pipe), inputs=[])

main()
"""
    space = Space({"app.py": app.encode()}, target="zerogpu")
    (move,) = space.model_moves()
    assert (move.place.name, move.place.owner.name, move.place.copied) == ("pipe", "main", True)


def test_one_move_of_a_call() -> None:
    helper = f"{MADE}def place():\n    pipe.to('cuda')\n"
    assert found(helper, "place()\npipe.to('cuda')") == ["pipe"]
    assert found(helper, "pipe.to('cuda')\nplace()") == ["pipe", "pipe"]


def test_only_in_workers() -> None:
    app = f"""{HEAD}{MADE}
def move():
    pipe.to("cuda")

@spaces.GPU(duration=9)
def draw(prompt):
    return prompt

def handler(prompt):
    move()
    return draw(prompt)

gr.Interface(handler, "text", "text").launch()
"""
    assert not Space({"app.py": app.encode()}, target="zerogpu").model_moves()
    both = app.replace("    return prompt\n", "    move()\n")
    assert not Space({"app.py": both.encode()}, target="zerogpu").model_moves()
    worker = both.replace("    move()\n    return draw", "    return draw")
    assert len(Space({"app.py": worker.encode()}, target="zerogpu").model_moves()) == 1
