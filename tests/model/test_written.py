"""What durations and sizes come to, and what `spaces.GPU` misreads."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

APP = """
import math
import os
from datetime import timedelta

import gradio as gr
import numpy as np
import spaces
import torch

{before}

@spaces.GPU({options})
def h(x):
    return x

gr.Interface(h, "text", "text").launch()
"""


def space(options: str, before: str = "", **files: str) -> Space:
    contents = {f"{name}.py": text.encode() for name, text in files.items()}
    return Space({"app.py": APP.format(options=options, before=before).encode(), **contents}, target="zerogpu")


@pytest.mark.parametrize(
    ("duration", "asked"),
    [
        ("-5", 86395),
        ("0", 0),
        ("0.999", 0),
        ("False", 0),
        ("86400", 0),
        ("24 * 60 * 60 + 30", 30),
        ("10 - 15", 86395),
        ("1 / 2", 0),
        ("7 // 9", 0),
        ("timedelta(days=1, seconds=30)", 30),
        ("timedelta(2)", 0),
        ("timedelta(milliseconds=900)", 0),
        ("timedelta(hours=-1)", 82800),
    ],
)
def test_the_rest_after_whole_days_is_asked_for(duration: str, asked: int) -> None:
    assert [wrong.asked for wrong in space(f"duration={duration}").wrong_durations()] == [asked]
    assert [wrong.asked for wrong in space(duration).wrong_durations()] == [asked]


@pytest.mark.parametrize("duration", ["1", "60", "2.9", "True", "None", "86399", "timedelta(minutes=2)", "30 * 2"])
def test_a_number_of_seconds_is_right(duration: str) -> None:
    assert not space(f"duration={duration}").wrong_durations()


@pytest.mark.parametrize(
    ("duration", "error"),
    [
        ("'60'", "TypeError: unsupported type for timedelta seconds component: str"),
        ("[60]", "TypeError: unsupported type for timedelta seconds component: list"),
        ("(60,)", "TypeError: unsupported type for timedelta seconds component: tuple"),
        ("{'seconds': 60}", "TypeError: unsupported type for timedelta seconds component: dict"),
        ("float('nan')", "ValueError: cannot convert float NaN to integer"),
        ("math.inf", "OverflowError: cannot convert float infinity to integer"),
        ("-np.inf", "OverflowError: cannot convert float infinity to integer"),
    ],
)
def test_the_exception_of_what_is_no_number(duration: str, error: str) -> None:
    assert [(wrong.asked, wrong.error) for wrong in space(f"duration={duration}").wrong_durations()] == [(None, error)]


@pytest.mark.parametrize(
    "before",
    [
        "D = int(os.getenv('D', '0'))",
        "D = 60 * int(os.getenv('D', '0'))",
        "D = -int(os.getenv('D', '1'))",
        "D = os.environ.get('D', '60')",
        "D = 0\nif os.getenv('BIG'):\n    D = 60",
        "D = 0\ndef setup():\n    global D\n    D = 60\nsetup()",
        "D, E = settings()",
        "for D in (0, 60): pass",
        "class Settings:\n    D = 0\nSettings.D = 60\nD = Settings.D",
        "D = 0 + unknown",
        "D = timedelta(seconds=unknown)",
        "D = lambda x: 0",
        "def D(x): return 0",
        "D = [0][unknown]",
    ],
)
def test_what_is_not_written_is_not_judged(before: str) -> None:
    assert not space("duration=D", before).wrong_durations()


def test_what_is_only_there_to_be_detected_is_not_judged() -> None:
    text = APP.format(before="", options="duration=0, size='XL'")
    unused = text.replace("gr.Interface(h,", "gr.Interface(lambda x: x,")
    empty = text.replace("    return x", "    pass")
    for source, expected in ((text, 1), (unused, 0), (empty, 0)):
        found = Space({"app.py": source.encode()}, target="zerogpu")
        assert len(found.wrong_durations()) == len(found.wrong_sizes(("large",))) == expected
    without = Space({"app.py": text.replace("import torch\n", "").encode()}, target="zerogpu")
    assert not without.wrong_durations()


def test_a_constant_of_another_module() -> None:
    assert space("duration=D", "from settings import D", settings="D = -1\n").wrong_durations()
    assert not space("duration=D", "from settings import D", settings="D = 9\n").wrong_durations()


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ("size='XL'", ["XL"]),
        ("'h200'", ["h200"]),
        ("size=2", [2]),
        ("size='45'", ["45"]),
        ("'45'", []),
        ("size='large'", []),
        ("'xlarge'", []),
        ("size=''", []),
        ("size=None", []),
        ("size=os.getenv('SIZE', 'small')", []),
        ("size='small' if os.getenv('BIG') else 'large'", []),
    ],
)
def test_a_size_that_there_is_not(options: str, wrong: list[str]) -> None:
    assert [found.written for found in space(options).wrong_sizes(("large", "xlarge"))] == wrong


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ("seconds", ["estimator"]),
        ("lambda x: 5", ["estimator"]),
        ("task=seconds", ["estimator"]),
        ("'45'", ["quoted"]),
        ("' 2.5'", ["quoted"]),
        ("45, 'large'", ["surplus"]),
        ("seconds, 45, 'large'", ["surplus"]),
        ("duration=seconds", []),
        ("'large'", []),
        ("size='45'", []),
        ("45", []),
        ("*arguments", []),
        ("45, *arguments", []),
        ("math.floor", []),
        ("make()", []),
    ],
)
def test_arguments_without_a_keyword(options: str, kinds: list[str]) -> None:
    before = "def seconds(x): return 5\n"
    assert [found.kind for found in space(options, before).misread_arguments()] == kinds


def test_a_call_with_the_function_is_not_misread() -> None:
    before = (
        "def seconds(x): return 5\ndef work(x): return x\nk = spaces.GPU(work, duration=9)\nm = spaces.GPU(9)(work)"
    )
    assert not space("duration=seconds", before).misread_arguments()
