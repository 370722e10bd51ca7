"""How a function comes to run, told in notes."""

from __future__ import annotations

from zerolint.finding import Finding
from zerolint.model.contexts import Context
from zerolint.model.route import route
from zerolint.model.space import Space
from zerolint.model.syntax import FUNCTION
from zerolint.rules.fixed_output_path import check as fixed_output_path

APP = """\
import gradio as gr
import spaces

def last(value):
    return value

def third(value):
    return last(value)

def second(value):
    return third(value)

@spaces.GPU(duration=9)
def first(value):
    return second(value)

with gr.Blocks() as demo:
    text = gr.Textbox()
    text.submit(lambda value: last(value), text)
    text.change(first, text)

@text.blur(inputs=text)
def blur(value):
    return value
"""


def told(name: str, context: Context | None, most: int = 2) -> list[tuple[int, str]]:
    space = Space({"app.py": APP.encode()})
    scope = next(scope for scope in space.modules[0].scopes if scope.name == name)
    return [(note.at.start_line, note.message) for note in route(space, scope, context, most) if note.shown]


def test_from_the_function_back_to_the_root() -> None:
    assert told("last", Context.HANDLER) == [
        (19, "`last` is called by a lambda here"),
        (19, "a lambda is registered on `submit` here"),
    ]
    assert told("blur", Context.HANDLER) == [(22, "`blur` is registered on `blur` here")]
    assert told("first", Context.GPU) == [(13, "`first` is a GPU function")]


def test_the_middle_of_a_long_way_is_left_out() -> None:
    assert told("last", Context.GPU) == [(8, "`last` is called by `third` here"), (13, "`first` is a GPU function")]
    assert len(told("last", Context.GPU, 9)) == 5


def test_the_flow_is_whole_and_begins_at_the_registration() -> None:
    space = Space({"app.py": APP.encode()})
    scope = next(scope for scope in space.modules[0].scopes if scope.name == "last")
    finding = Finding(space.span(scope.module, scope.node), "it", route(space, scope, Context.GPU))
    assert [(note.at.start_line, note.message, note.shown) for note in finding.flow] == [
        (20, "`first` is registered on `change` here", False),
        (13, "`first` is a GPU function", True),
        (15, "`second` is called by `first` here", False),
        (11, "`third` is called by `second` here", False),
        (8, "`last` is called by `third` here", True),
    ]


def test_from_a_handler_into_the_worker() -> None:
    text = """\
import gradio as gr
import spaces

@spaces.GPU
def draw(value):
    return value

def paint(value):
    return draw(value)

gr.Interface(paint, "text", "text").launch()
"""
    space = Space({"app.py": text.encode()})
    scope = next(scope for scope in space.modules[0].scopes if scope.name == "draw")
    assert [(note.at.start_line, note.message, note.step) for note in route(space, scope)] == [
        (4, "`draw` is a GPU function", 1),
        (9, "`draw` is called by `paint` here", 2),
        (11, "`paint` is registered on `Interface` here", 3),
    ]


def test_a_gpu_function_that_only_another_one_calls() -> None:
    text = """\
import gradio as gr
import spaces

@spaces.GPU
def first(value):
    return second(value)

@spaces.GPU
def second(value):
    return first(value) if value else value

gr.Interface(first, "text", "text").launch()
"""
    space = Space({"app.py": text.encode()})
    second = next(scope for scope in space.modules[0].scopes if scope.name == "second")
    assert [(note.at.start_line, note.message, note.shown) for note in route(space, second)] == [
        (8, "`second` is a GPU function", True),
        (6, "`second` is called by `first` here", False),
        (4, "`first` is a GPU function", False),
        (12, "`first` is registered on `Interface` here", False),
    ]


def test_a_chain_of_calls_is_the_end_of_the_way() -> None:
    text = """\
import gradio as gr

def keep(path):
    open(path, "w")

def first(path):
    keep(path)

def second(path):
    keep("a.txt")

gr.Interface(first, "text", "text").launch()
gr.Interface(second, "text", "text").launch()
"""
    space = Space({"app.py": text.encode()}, target="zerogpu")
    keep, _, second = (scope for scope in space.modules[0].scopes if scope.kind == FUNCTION)
    (call,) = second.calls
    (function,) = space.program.targets(call)
    way = route(space, keep, chain=((call, function),))
    assert [(note.at.start_line, note.message) for note in way] == [
        (10, "`keep` is called by `second` here"),
        (13, "`second` is registered on `Interface` here"),
    ]
    (finding,) = fixed_output_path.check(space)
    assert [(note.at.start_line, note.message, note.step) for note in finding.notes] == [
        (10, "`keep` gets this path here", 1),
        (13, "`second` is registered on `Interface` here", 2),
    ]


def test_a_handler_goes_before_a_gpu_function() -> None:
    assert told("last", None) == told("last", Context.HANDLER)
    assert told("first", None) == told("first", Context.GPU)


def test_no_way_no_notes() -> None:
    assert told("blur", Context.GPU) == []


def test_the_names_of_functions() -> None:
    space = Space({"app.py": APP.encode()})
    assert {scope.spoken for scope in space.modules[0].scopes} >= {"`first`", "a lambda", "the module level"}


def test_only_the_ways_that_count() -> None:
    space = Space({"app.py": APP.encode()})
    scope = next(scope for scope in space.modules[0].scopes if scope.name == "last")
    step = space.contexts.step(scope, Context.GPU)
    assert step is not None
    (note,) = route(space, scope, Context.GPU, 2, {Context.GPU: {scope: step}})
    assert note.message == "`last` is called by `third` here"


def test_an_event_goes_before_examples() -> None:
    text = """\
import gradio as gr
import spaces

def answer(value):
    return value

@spaces.GPU
def draw(value):
    return value

with gr.Blocks() as demo:
    text = gr.Textbox()
    gr.Examples(["a"], text, text, answer)
    gr.Examples(["a"], text, text, draw)
    text.submit(answer, text, text)
    text.change(draw, text, text)
"""
    space = Space({"app.py": text.encode()})
    answer, draw = (scope for scope in space.modules[0].scopes if scope.kind == FUNCTION)
    assert [note.at.start_line for note in route(space, answer)] == [15]
    assert [note.at.start_line for note in route(space, draw)] == [7, 16]


def test_a_thread() -> None:
    text = """\
import threading
import gradio as gr

def work():
    pass

def answer(value):
    threading.Thread(target=work).start()
    return value

gr.Interface(answer, "text", "text").launch()
"""
    space = Space({"app.py": text.encode()})
    work = next(scope for scope in space.modules[0].scopes if scope.name == "work")
    assert [(note.at.start_line, note.message) for note in route(space, work)] == [
        (8, "`work` is run in a thread by `answer` here"),
        (11, "`answer` is registered on `Interface` here"),
    ]


def test_what_calls_a_nested_function_was_called_by_the_function_around() -> None:
    text = """\
import gradio as gr

def run(task):
    return task()

def first(value):
    return run(lambda: len(value))

def second(value):
    def work():
        return embed(value)
    return run(work)

def embed(value):
    return value

gr.Interface(first, "text", "text").launch()
gr.Interface(second, "text", "text").launch()
"""
    space = Space({"app.py": text.encode()})
    embed = next(scope for scope in space.modules[0].scopes if scope.name == "embed")
    assert [(note.at.start_line, note.message) for note in route(space, embed)] == [
        (11, "`embed` is called by `work` here"),
        (4, "`work` is called by `run` here"),
        (12, "`run` is called by `second` here"),
        (18, "`second` is registered on `Interface` here"),
    ]


def test_what_a_decorator_puts_around_a_function() -> None:
    text = """\
import functools
import gradio as gr

def logged(function):
    @functools.wraps(function)
    def inner(*arguments):
        return function(*arguments)
    return inner

@logged
def answer(value):
    return value

gr.Interface(answer, "text", "text").launch()
"""
    space = Space({"app.py": text.encode()})
    inner = next(scope for scope in space.modules[0].scopes if scope.name == "inner")
    assert [(note.at.start_line, note.message) for note in route(space, inner)] == [
        (11, "`inner` is put around `answer` here"),
        (14, "`answer` is registered on `Interface` here"),
    ]


def test_methods_are_named_with_their_class() -> None:
    text = """\
import gradio as gr

class Loader:
    def __init__(self):
        self.fill()

    def fill(self):
        pass

class Model:
    def __init__(self):
        self.loader = Loader()

gr.Interface(lambda value: Model(), "text", "text").launch()
"""
    space = Space({"app.py": text.encode()})
    fill = next(scope for scope in space.modules[0].scopes if scope.name == "fill")
    assert [note.message for note in route(space, fill, most=9)] == [
        "`Loader.fill` is called by `Loader.__init__` here",
        "`Loader.__init__` is called by `Model.__init__` here",
        "`Model.__init__` is called by a lambda here",
        "a lambda is registered on `Interface` here",
    ]
