"""What functions that are given as `duration` give back, and what they are given."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
from datetime import timedelta
from functools import partial

import gradio as gr
import numpy as np
import spaces
import torch

"""
TASK = "@spaces.GPU(duration=est)\ndef task(value):\n    return value\n\ngr.Interface(task, 'text', 'text').launch()\n"


def given_back(body: str) -> list[tuple[str, str]]:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    space = Space({"app.py": f"{HEAD}def est(value):\n{indented}\n{TASK}".encode()}, target="zerogpu")
    return [(space.code(wrong.module, wrong.node), wrong.type_name) for wrong in space.wrong_seconds()]


@pytest.mark.parametrize(
    ("body", "type_name"),
    [
        ("return '60'", "str"),
        ("return f'{value}'", "str"),
        ("return 'a' 'b'", "str"),
        ("return str(value)", "str"),
        ("seconds = '{}'.format(value)\nreturn seconds", "str"),
        ("return [value]", "list"),
        ("return value, 3", "tuple"),
        ("return {value: 3}", "dict"),
        ("return list(value)", "list"),
        ("return lambda: 3", "function"),
        ("return (one for one in value)", "generator"),
        ("return np.int64(value)", "numpy.int64"),
        ("return np.float32(value)", "numpy.float32"),
        ("return np.argmax(value)", "numpy.int64"),
        ("return np.ceil(value).astype(int)", "numpy.int64"),
        ("return np.ceil(value).astype('int32')", "numpy.int64"),
        ("return np.array(value)", "numpy.ndarray"),
        ("return torch.tensor(value)", "Tensor"),
        ("return", "NoneType"),
        ("return None", "NoneType"),
        ("print(value)", "NoneType"),
        ("pass", "NoneType"),
    ],
)
def test_what_timedelta_refuses(body: str, type_name: str) -> None:
    assert [kind for _, kind in given_back(body)] == [type_name]


@pytest.mark.parametrize(
    "body",
    [
        "return 60",
        "return 1.5 * value",
        "return value",
        "return int('60')",
        "return len('60')",
        "return timedelta(minutes=1)",
        "return np.float64(value)",
        "return np.ceil(value)",
        "return np.ceil(value).astype(float)",
        "return np.max(value)",
        "return np.argmax(value).item()",
        "return value.astype(int)",
        "return [10, 20][value]",
        "seconds = '60'\nif value:\n    seconds = value\nreturn seconds",
        "raise ValueError",
        "if value:\n    raise ValueError\nelse:\n    raise KeyError",
        "if False:\n    return '60'\nreturn 60",
    ],
)
def test_what_it_takes_or_is_not_known(body: str) -> None:
    assert given_back(body) == []


def test_each_branch_of_a_choice_is_told() -> None:
    assert given_back("return 60 if value else '90'") == [("'90'", "str")]
    assert given_back("return None if value else 30") == [("None", "NoneType")]


def fails(task: str, estimator: str, call: str = "") -> bool:
    """Whether an estimator with these parameters is said to fail when the GPU function is called so, by Gradio if no
    call is given."""
    text = (
        f"{HEAD}def est({estimator}):\n    return 9\n\n@spaces.GPU(duration=est)\ndef task({task}):\n    return 1\n\n"
    )
    if call:
        text += f"def run(a, b):\n    return {call}\n\n"
    text += f"gr.Interface({'run' if call else 'task'}, ['text'], 'text').launch()\n"
    return bool(Space({"app.py": text.encode()}, target="zerogpu").duration_mismatches())


TASKS = ("a", "a, b", "a, b=2", "a, *, b=3", "a, b, progress=gr.Progress()")
ESTIMATORS = (
    "",
    "a",
    "a, b",
    "b, a",
    "a, b=2",
    "a, *b",
    "*a",
    "**a",
    "*a, **b",
    "a, *, b",
    "a, *, b=1",
    "a, b, c=3",
    "c",
)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_gradio_fills_every_parameter_by_place(task: str, estimator: str) -> None:
    count = len(task.split("*")[0].rstrip(", ").split(", "))
    assert fails(task, estimator) == (not _fits(estimator, f"{','.join('0' * count)}"))


@pytest.mark.parametrize("arguments", ["a", "a, b", "a=a", "a, b=b", "b=b, a=a"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_call_of_the_space_gives_what_it_says(arguments: str, estimator: str) -> None:
    assert fails("a, b=2", estimator, f"task({arguments})") == (not _fits(estimator, arguments))


def _fits(parameters: str, arguments: str) -> bool:
    """Whether Python calls a function with these parameters so."""
    try:
        eval(f"(lambda {parameters}: 0)({arguments})", {"a": 0, "b": 0})
    except TypeError:
        return False
    return True


@pytest.mark.parametrize("call", ["task(*a)", "task(a, **b)", "partial(task, a)(b)", "map(task, a)"])
def test_what_is_not_written_out_is_not_judged(call: str) -> None:
    assert not fails("a, b=2", "a, b, c, d", call)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        # The object goes to an estimator of the class body as it goes to the method.
        (
            "class M:\n    def est(self): return 9\n    @spaces.GPU(duration=est)\n    def run(self, a): return a",
            ("a",),
        ),
        (
            "class M:\n    def est(self, a): return 9\n    @spaces.GPU(duration=est)\n    def run(self, a): return a",
            None,
        ),
        # The one of a lambda is its first value.
        ("class M:\n    @spaces.GPU(duration=lambda a: 9)\n    def run(self, a): return a", ("a",)),
        # A decorator of PyTorch changes nothing, another one may.
        (
            "class M:\n    @spaces.GPU(duration=lambda a: 9)\n    @torch.no_grad()\n    def run(self, a): return a",
            ("a",),
        ),
        ("class M:\n    @np.wonder\n    @spaces.GPU(duration=lambda a: 9)\n    def run(self, a): return a", None),
    ],
)
def test_methods(source: str, names: tuple[str, ...] | None) -> None:
    text = f"{HEAD}{source}\n\ngr.Interface(M().run, 'text', 'text').launch()\n"
    found = Space({"app.py": text.encode()}, target="zerogpu").duration_mismatches()
    assert [mismatch.surplus for mismatch in found] == ([] if names is None else [names])


@pytest.mark.parametrize(("parameters", "missing"), [("a", None), ("self, a", ("a",))])
@pytest.mark.parametrize(
    "applied", ["m.run = spaces.GPU(m.run, duration={0})", "m.run = spaces.GPU(duration={0})(m.run)"]
)
def test_a_bound_method_has_got_its_object(applied: str, parameters: str, missing: tuple[str, ...] | None) -> None:
    source = f"class M:\n    def run(self, a): return a\nm = M()\n{applied.format(f'lambda {parameters}: 9')}\n"
    text = f"{HEAD}{source}\ngr.Interface(m.run, 'text', 'text').launch()\n"
    found = Space({"app.py": text.encode()}, target="zerogpu").duration_mismatches()
    assert [mismatch.missing for mismatch in found] == ([] if missing is None else [missing])
