"""Which models are pickled to a worker, and where they were put on CUDA."""

from __future__ import annotations

from zerolint.model.holders import Way
from zerolint.model.space import Space

HEAD = """
from functools import partial

import gradio as gr
import spaces
from diffusers import DiffusionPipeline

"""
HOLDER = """
class Painter:
    def __init__(self):
        self.steps = 4
        self.pipe = DiffusionPipeline.from_pretrained("x").to("cuda")

    {decorator}
    def paint(self, prompt):
        return self.pipe(prompt).images[0]


painter = Painter()
"""


def space_of(text: str) -> Space:
    return Space({"app.py": (HEAD + text).encode()}, target="zerogpu")


def test_a_decorated_method_names_the_attribute_and_the_place_where_it_was_put_on_cuda() -> None:
    space = space_of(HOLDER.format(decorator="@spaces.GPU") + "gr.Interface(painter.paint, 'text', 'image').launch()\n")
    (found,) = space.gpu_methods()
    assert (found.method.name, found.attribute) == ("paint", "pipe")
    assert found.packed is not None and found.packed.is_certain
    assert space.code(found.packed.module, found.packed.node).endswith('.to("cuda")')


def test_the_way_in_which_spaces_gpu_is_applied_decides() -> None:
    plain = HOLDER.format(decorator="")
    launch = "gr.Interface(painter.paint, 'text', 'image').launch()\n"
    bound = space_of(f"{plain}painter.paint = spaces.GPU(painter.paint)\n{launch}")
    assert bound.contexts.gpu and not bound.gpu_methods()
    unbound = space_of(f"{plain}Painter.paint = spaces.GPU(Painter.paint)\n{launch}")
    assert [found.method.name for found in unbound.gpu_methods()] == ["paint"]


def test_a_subclass_brings_the_model_that_its_own_constructor_places() -> None:
    text = """
class Base:
    def __init__(self):
        self.pipe = DiffusionPipeline.from_pretrained("x").to("cuda")


class Painter(Base):
    @spaces.GPU
    def paint(self, prompt):
        return self.pipe(prompt).images[0]


painter = Painter()
gr.Interface(painter.paint, 'text', 'image').launch()
"""
    assert [found.attribute for found in space_of(text).gpu_methods()] == ["pipe"]


def test_a_method_that_nobody_calls_from_outside_is_no_crossing() -> None:
    assert not space_of(HOLDER.format(decorator="@spaces.GPU")).gpu_methods()


def test_an_argument_is_told_from_what_a_wrapped_partial_holds() -> None:
    text = """
pipe = DiffusionPipeline.from_pretrained("x").to("cuda")


def paint(model, prompt):
    return model(prompt).images[0]


{wrapped}
gr.Interface({handler}, 'text', 'image').launch()
"""
    inside = text.format(wrapped="run = spaces.GPU(paint)", handler="partial(run, pipe)")
    outside = text.format(wrapped="run = spaces.GPU(partial(paint, pipe))", handler="run")
    assert [passed.function.name for passed in space_of(inside).passed_models()] == ["paint"]
    assert space_of(outside).contexts.gpu and not space_of(outside).passed_models()


def test_an_argument_on_the_cpu_has_no_place_on_cuda() -> None:
    text = """
pipe = DiffusionPipeline.from_pretrained("x")


@spaces.GPU
def paint(model, prompt):
    return model.to("cuda")(prompt).images[0]


gr.Interface(lambda prompt: paint(pipe, prompt), 'text', 'image').launch()
"""
    (passed,) = space_of(text).passed_models()
    assert passed.packed is None
    (moved,) = space_of(text.replace('("x")', '("x").to("cuda")')).passed_models()
    assert moved.packed is not None


def test_gradio_calls_the_value_of_a_state_and_keeps_what_is_in_a_container() -> None:
    text = """
pipe = DiffusionPipeline.from_pretrained("x").to("cuda")


@spaces.GPU
def paint(prompt, kept):
    return prompt


with gr.Blocks() as demo:
    prompt = gr.Textbox()
    state = gr.State({value})
    prompt.submit(paint, [prompt, state], prompt)
demo.launch()
"""
    ways = {}
    for value in ("pipe", "{'pipe': pipe}", "{'pipe': 1}", "None"):
        ways[value] = [passed.way for passed in space_of(text.replace("{value}", value)).passed_models()]
    assert ways == {"pipe": [Way.CALLED], "{'pipe': pipe}": [Way.STATE], "{'pipe': 1}": [], "None": []}
