"""What `spaces.GPU` is told, and for which functions it holds."""

from __future__ import annotations

import pytest

from zerolint.model.options import Argument, GpuOptions
from zerolint.model.space import Space

APP = """
import functools
import os
from datetime import timedelta

import gradio as gr
import spaces
from spaces import GPU

SIZE = "large"
KNOWN = {{"duration": 20}}


def run(x):
    return work(x)


def seconds(x):
    return 5


{code}


gr.Interface(lambda x: h(x), "text", "text").launch()
"""


def applied(code: str, **files: str) -> tuple[Space, tuple[GpuOptions, ...]]:
    contents = {f"{name}.py": text.encode() for name, text in files.items()}
    space = Space({"app.py": APP.format(code=code).encode(), **contents}, target="zerogpu")
    return space, space.gpu_options()


def told(code: str, **files: str) -> list[str]:
    """Each application as text: the functions, `-` and what is overruled, and what it is told."""
    space, found = applied(code, **files)
    texts = []
    for options in found:
        words = [scope.name for scope in options.functions] + [f"-{scope.name}" for scope in options.overruled]
        for name in ("task", "duration", "size"):
            argument: Argument | None = getattr(options, name)
            if argument is not None:
                words.append(f"{name}={space.code(argument.point.scope.module, argument.node)}")
        words += [f"?{other.keyword}" for other in options.others]
        words += ["+" + space.code(other.point.scope.module, other.node) for other in options.surplus]
        words += ["**"] if options.is_hidden else []
        texts.append(" ".join(words))
    return texts


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@spaces.GPU\ndef h(x): return x", "h"),
        ("@spaces.GPU()\ndef h(x): return x", "h"),
        ("@GPU(duration=30, size=SIZE)\ndef h(x): return x", "h duration=30 size=SIZE"),
        ("@spaces.GPU(45)\ndef h(x): return x", "h duration=45"),
        ("@spaces.GPU(timedelta(minutes=2))\ndef h(x): return x", "h duration=timedelta(minutes=2)"),
        ("@spaces.GPU('xlarge')\ndef h(x): return x", "h size='xlarge'"),
        ("@spaces.GPU('45')\ndef h(x): return x", "h size='45'"),
        ("@spaces.GPU(None, duration=9)\ndef h(x): return x", "h duration=9"),
        ("@spaces.GPU(45, 'large')\ndef h(x): return x", "h duration=45 +'large'"),
        ("@spaces.GPU(timeout=9)\ndef h(x): return x", "h ?timeout"),
        ("@spaces.GPU(duration=seconds)\ndef h(x): return x", "h duration=seconds"),
        ("@spaces.GPU(seconds)\ndef h(x): return x", "seconds task=seconds"),
        ("@spaces.GPU(os.getenv('D'))\ndef h(x): return x", "h **"),
        ("h = spaces.GPU(run)", "run task=run"),
        ("h = spaces.GPU(task=run, duration=9)", "run task=run duration=9"),
        ("h = spaces.GPU(lambda x: x)", "<lambda> task=lambda x: x"),
        ("h = spaces.GPU(duration=9)(run)", "run duration=9"),
        ("h = spaces.GPU(pipe.run)", "task=pipe.run"),
        ("gpu = spaces.GPU(duration=9)\n@gpu\ndef h(x): return x", "h duration=9"),
        ("gpu = functools.partial(spaces.GPU, duration=9)\n@gpu\ndef h(x): return x", "h duration=9"),
        ("gpu = functools.partial(spaces.GPU, duration=9)\n@gpu()\ndef h(x): return x", "h duration=9"),
        ("@spaces.GPU(**options)\ndef h(x): return x", "h **"),
        ("@spaces.GPU(**KNOWN)\ndef h(x): return x", "h duration=20 **"),
        ("@spaces.GPU(*options)\ndef h(x): return x", "h **"),
        ("def on(f):\n    return spaces.GPU(f, duration=9)\n@on\ndef h(x): return x", "h task=f duration=9"),
        ("def on(n):\n    return spaces.GPU(n)\n@on(9)\ndef h(x): return x", "duration=n"),
        ("def on(n):\n    return spaces.GPU(duration=n)\n@on(9)\ndef h(x): return x", "h duration=n"),
        ("@functools.cache\n@spaces.GPU(9)\ndef h(x): return x", "h duration=9"),
    ],
)
def test_arguments_are_read_as_the_decorator_reads_them(code: str, expected: str) -> None:
    if "pipe.run" in code:
        code = f"import diffusers\npipe = diffusers.Pipe()\n{code}"
    assert told(code) == [expected]


def test_a_partial_holds_unless_told_again() -> None:
    gpu = "gpu = functools.partial(spaces.GPU, duration=9, size='large')\n"
    assert told(f"{gpu}@gpu(duration=20)\ndef h(x): return x") == ["h duration=20 size='large'"]
    assert told(f"{gpu}h = gpu(run, duration=20)")[-1] == "run task=run duration=20 size='large'"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@spaces.GPU(duration=30)\n@spaces.GPU(duration=60)\ndef h(x): return x", ["-h duration=30", "h duration=60"]),
        ("@spaces.GPU\n@spaces.GPU(duration=60)\ndef h(x): return x", ["-h", "h duration=60"]),
        (
            "@spaces.GPU(9)\ndef f(x): return x\nh = spaces.GPU(f, duration=60)",
            ["f duration=9", "-f task=f duration=60"],
        ),
        ("@spaces.GPU(9)\ndef f(x): return x\nh = spaces.GPU(60)(f)", ["f duration=9", "-f duration=60"]),
    ],
)
def test_a_second_application_is_overruled(code: str, expected: list[str]) -> None:
    assert told(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "other = make()\n@other.GPU(timeout=1)\ndef h(x): return x",
        "if False:\n    h = spaces.GPU(run, timeout=1)",
    ],
)
def test_what_is_not_spaces_or_never_runs_is_left_out(code: str) -> None:
    assert told(code) == []


def test_options_of_a_decorator_from_another_module() -> None:
    tools = "import functools\nimport spaces\n\ngpu = functools.partial(spaces.GPU, duration=9)\n"
    assert told("from tools import gpu\n@gpu(size='xlarge')\ndef h(x): return x", tools=tools) == [
        "h duration=9 size='xlarge'"
    ]


def test_a_place_is_the_decorator() -> None:
    space, found = applied("@spaces.GPU(9)\ndef h(x): return x\n@spaces.GPU\ndef g(x): return x\nk = GPU(run)")
    assert [space.code(options.module, options.node) for options in found] == [
        "@spaces.GPU(9)",
        "@spaces.GPU",
        "GPU(run)",
    ]
    assert [options.call is None for options in found] == [False, True, False]
