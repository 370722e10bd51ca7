"""Which components feed a handler, and which changes of a `gr.State` value never leave a GPU worker."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space
from zerolint.model.wiring import state_inputs

HEAD = """\
import gradio as gr
import spaces

class Session:
    def __init__(self):
        self.items = []

    def remember(self, item):
        self.items.append(item)

    def append(self, item):
        return [*self.items, item]

def helper(value, entry):
    value.append(entry)

def outer(value, entry):
    helper(value, entry)

def pure(value):
    return value

@spaces.GPU(duration=9)
{function}

def run(text, state):
    return work(text, state), state

with gr.Blocks() as demo:
    text = gr.Textbox()
    state = gr.State([])
    other = gr.State(Session)
    number = gr.State(3)
    common = [text, state]
    grown = [text]
    grown.append(state)
    text.change({registration})
"""


def space_of(function: str, registration: str) -> Space:
    app = HEAD.replace("{function}", function).replace("{registration}", registration)
    return Space({"app.py": app.encode()}, target="zerogpu")


def lost(body: str, registration: str = "work, [text, state], text") -> list[str]:
    """The changes that are told for a GPU function with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    space = space_of(f"def work(text, state):\n{lines}", registration)
    return [space.code(change.change.scope.module, change.change.node) for change in space.lost_changes()]


@pytest.mark.parametrize(
    ("registration", "wired"),
    [
        ("work, [text, state], text", [("b", ())]),
        ("work, common, common", [("b", (1,))]),
        ("fn=work, inputs=[state, *common], outputs=[state, state]", [("a", (0, 1)), ("c", (0, 1))]),
        ("work, [text] + common, None", [("c", ())]),
        ("work, state, other", [("a", ())]),
        ("work, grown, text", []),
        ("work, {text, state}, text", []),
        ("work, [text, gr.Number()], text", []),
        ("*[work, state]", []),
    ],
)
def test_which_parameters_get_a_state(registration: str, wired: list[tuple[str, tuple[int, ...]]]) -> None:
    space = space_of("def work(a, request: gr.Request, b, c=None, progress=gr.Progress()):\n    pass", registration)
    assert [(found.param.name, found.saved) for found in state_inputs(space)] == wired


def test_decorators_interfaces_and_methods() -> None:
    app = """\
import gradio as gr
import spaces
state = gr.State([])

class App:
    @spaces.GPU(duration=9)
    def run(self, text, value):
        return text

    @spaces.GPU(duration=9)
    def chat(self, message, history, words, value):
        return text, value

app = App()
gr.Interface(app.run, ["text", state], "text").launch()

with gr.Blocks() as demo:
    text = gr.Textbox()
    gr.ChatInterface(app.chat, additional_inputs=[text, state], additional_outputs=state)

    @gr.on([text.change], inputs=[state, text], outputs=state)
    @spaces.GPU(duration=9)
    def shown(value, text):
        return value
"""
    space = Space({"app.py": app.encode()}, target="zerogpu")
    found = {(one.registration.function.scope.name, one.param.name): one.saved for one in state_inputs(space)}
    assert found == {("run", "value"): (), ("chat", "value"): (1,), ("shown", "value"): (0,)}


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("state.append(text)\nreturn text", ["state.append"]),
        ("state[0] = text\nreturn text", ["state[0]"]),
        ("state[0].title = text\nreturn text", ["state[0].title"]),
        ("del state[0]\nreturn text", ["state[0]"]),
        ("state[0] += 1\nreturn text", ["state[0]"]),
        ("state.sort()\nreturn text", ["state.sort"]),
        ("first = state[0]\nfirst['a'] = text\nreturn text", ["first['a']"]),
        ("outer(state, text)\nreturn text", ["value.append"]),
        ("for one in text:\n    state.append(one)\n    yield one", ["state.append"]),
        ("state.append(text)\nreturn", ["state.append"]),
        ("state = state or []\nstate.append(text)\nreturn text", ["state.append"]),
        ("if state is None:\n    state = []\nstate.append(text)\nreturn text", ["state.append"]),
        ("if text:\n    state = list(text)\nstate.append(text)\nreturn text", []),
        ("return text", []),
        ("state = state + [text]\nreturn text", []),
        ("state = list(state)\nstate.append(text)\nreturn text", []),
        ("copy = state.copy()\ncopy.append(text)\nreturn text", []),
        ("first = state.pop()\nreturn first", []),
        ("state[text > 3] = 0\nreturn text", []),
        ("state[..., 3] = 0\nreturn text", []),
        ("pure(state)\nreturn text", []),
        ("if False:\n    state.append(text)\nreturn text", []),
        ("def inner():\n    state = []\n    state.append(text)\ninner()\nreturn text", []),
    ],
)
def test_changes_without_an_output(body: str, changes: list[str]) -> None:
    assert lost(body) == changes


@pytest.mark.parametrize(
    ("body", "is_lost"),
    [
        ("state.append(text)\nreturn text, gr.update()", True),
        ("state.append(text)\nreturn text, gr.skip()", True),
        ("state.append(text)\nnothing = gr.update()\nreturn text, nothing", True),
        ("state.append(text)\nreturn {text_box: text}", False),
        ("state.append(text)\nyield text, gr.skip()\nyield text, gr.update()", True),
        ("state.append(text)\nyield text, gr.skip()\nyield text, state", False),
        ("state.append(text)\nreturn text, gr.update(value=state)", False),
        ("state.append(text)\nreturn text, gr.update(state)", False),
        ("state.append(text)\nreturn text, pure(state)", False),
        ("state.append(text)\nresult = text, state\nreturn result", False),
        ("state.append(text)\nreturn text, None", False),
        ("state.append(text)\nyield from pure([(text, state)])", False),
        ("state.append(text)\nif text:\n    return text, gr.skip()\nreturn text, state", False),
    ],
)
def test_what_comes_back(body: str, is_lost: bool) -> None:
    assert bool(lost(body, "work, [text, state], [text, state]")) is is_lost


def test_results_as_a_dict() -> None:
    for result, is_lost in (("return {box: 'a'}", True), ("return {box: 'a', kept: value}", False)):
        function = f"def work(words, value):\n    value.append(words)\n    {result}"
        app = HEAD.replace("{registration}", "work, [text, state], [text, state]").replace("{function}", function)
        app = app.replace("text = gr", "text = box = gr").replace("state = gr", "state = kept = gr")
        assert bool(Space({"app.py": app.encode()}, target="zerogpu").lost_changes()) is is_lost


def test_another_state_among_the_outputs_may_get_it() -> None:
    assert lost("state.append(text)\nreturn state", "work, [text, state], other") == []


def test_methods_of_the_classes_of_the_space() -> None:
    registration = "work, [text, other], text"
    assert lost("state.remember(text)\nreturn text", registration) == ["self.items.append"]
    assert lost("state.append(text)\nreturn text", registration) == []
    assert lost("state.items.append(text)\nreturn text", registration) == ["state.items.append"]


def test_a_number_is_not_changed_in_place() -> None:
    assert lost("state.append(text)\nreturn text", "work, [text, number], text") == []


def test_passed_on_by_a_handler() -> None:
    registration = "run, [text, state], [text, state]"
    assert lost("state.append(text)\nreturn text", registration) == ["state.append"]
    assert lost("state.append(text)\nreturn text, state", registration) == []
    assert lost("state.append(text)\nresult = {'a': state}\nreturn result", registration) == []


@pytest.mark.parametrize(("result", "is_used"), [("text", False), ("len(state)", True)])
def test_whether_the_changed_value_is_used(result: str, is_used: bool) -> None:
    function = f"def work(text, state):\n    print(state)\n    state.append(text)\n    return {result}"
    space = space_of(function, "work, [text, state], text")
    assert [change.is_used for change in space.lost_changes()] == [is_used]
