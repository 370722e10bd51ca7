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
