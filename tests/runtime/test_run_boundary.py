"""What crosses between the main process and a GPU worker, and what does not."""

from __future__ import annotations

from concurrent.futures import TimeoutError as NotYet
from typing import Any

import pytest
from device_api import Answer
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu, case, fixed_case, proves

# Seconds after which a request that others finish in a tenth of a second is said to hang.
HANGS = 1.5

# Without a GPU there is no CUDA tensor. This one can be pickled everywhere and unpickled nowhere, as one on CUDA in the
# main process: `torch/multiprocessing/reductions.py` starts CUDA there, and the emulation of `spaces` raises.
TORCH = """
import numpy


class Tensor:
    def __init__(self, array, device):
        self.array = array
        self.device = device

    def __add__(self, other):
        return Tensor(self.array + other.array, self.device)

    def __truediv__(self, number):
        return Tensor(self.array / number, self.device)

    def roll(self, steps, axis):
        return Tensor(numpy.roll(self.array, steps, axis), self.device)

    def cpu(self):
        return Tensor(self.array, "cpu")

    def numpy(self):
        return self.array

    def abs(self):
        return Tensor(numpy.abs(self.array), self.device)

    def mean(self):
        return Tensor(self.array.mean(), self.device)

    def item(self):
        return self.array.item()

    def __reduce__(self):
        return (_rebuild_cuda_tensor if self.device == "cuda" else Tensor), (self.array, self.device)


def _rebuild_cuda_tensor(array, device):
    raise RuntimeError("Low-level CUDA init (`torch._C._cuda_init`) reached.")


class Generator:
    def __init__(self, device):
        self.seed = 0

    def manual_seed(self, seed):
        self.seed = seed
        return self


def randn(*shape, generator, device):
    return Tensor(numpy.random.default_rng(generator.seed).standard_normal(shape), device)


def rand(*shape, device):
    return Tensor(numpy.random.default_rng(0).random(shape), device)
"""


def with_torch(heading: str) -> dict[str, str | bytes]:
    """A case of `cuda-tensor-return`, with the `torch` from above beside it."""
    return {**case("cuda-tensor-return", heading), "torch.py": TORCH}


def hangs(app: App, *arguments: Any, api_name: str | None = None) -> bool:
    """Whether a request gets a GPU, and then neither a last result nor an error."""
    before = len(app.bookings)
    job = app.client().submit(*arguments, api_name=api_name)
    with pytest.raises(NotYet):
        job.result(timeout=HANGS)
    return len(app.bookings) == before + 1


@proves("cuda-tensor-return")
def test_a_cuda_tensor_stops_at_the_main_process(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start(with_torch("A tensor made on the GPU"))
    with pytest.raises(AppError):
        app.client().predict(3)
    assert "RuntimeError: Low-level CUDA init" in app.output
    assert len(app.bookings) == 1
    assert zerogpu.api.count("/release") == 0

    app = zerogpu.start(with_torch("A generator"))
    assert hangs(app, 3)
    assert zerogpu.api.count("/release") == 0

    app = zerogpu.start(with_torch("Moved to the CPU"))
    assert 0.5 < app.client().predict(3) < 1.5
    assert zerogpu.api.count("/release") == 1

    app = zerogpu.start(with_torch("Converted to what Gradio shows"))
    assert app.client().predict(3)
    assert zerogpu.api.count("/release") == 1


@proves("unpicklable-result")
def test_a_view_of_a_dict_does_not_come_back(zerogpu: ZeroGpu) -> None:
    heading = "The values of a dict, yielded"
    app = zerogpu.start_case("unpicklable-result", heading)
    with pytest.raises(AppError, match=r"^PicklingError$"):
        app.client().predict("a b a", api_name="/count")
    assert "cannot pickle 'dict_values' object" in app.output
    app = zerogpu.start(fixed_case("unpicklable-result", heading))
    job = app.client().submit("a b a", api_name="/count")
    assert job.result(5) == [2, 1]
    assert job.outputs() == [[1], [1, 1], [2, 1]]


@proves("unpicklable-argument")
def test_a_view_of_a_dict_does_not_go_in(zerogpu: ZeroGpu) -> None:
    heading = "The items of a dict"
    app = zerogpu.start_case("unpicklable-argument", heading)
    with pytest.raises(AppError):
        app.client().predict(0, api_name="/find")
    assert "_pickle.PicklingError: cannot pickle 'dict_items' object" in app.output
    # The GPU was asked for, and is given back.
    assert (len(app.bookings), zerogpu.api.count("/release")) == (1, 1)
    app = zerogpu.start(fixed_case("unpicklable-argument", heading))
    assert app.client().predict(0, api_name="/find") == "apple"
    assert app.client().predict(4, api_name="/find") == "pear"


@proves("unraisable-gradio-error")
def test_an_error_with_arguments_of_its_own_does_not_arrive(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("unraisable-gradio-error", "Two arguments, in a function and in a generator")
    with pytest.raises(AppError) as raised:
        app.client().predict("", api_name="/draw")
    assert "The prompt is empty" not in str(raised.value)
    assert "TypeError: PromptError.__init__() missing 1 required positional argument: 'text'" in app.output
    assert hangs(app, "", api_name="/film")
    # Both GPUs stay with the app.
    assert (len(app.bookings), zerogpu.api.count("/release")) == (2, 0)

    app = zerogpu.start_case("unraisable-gradio-error", "One argument, in a function and in a generator")
    for api_name in ("/draw", "/film"):
        with pytest.raises(AppError, match="The prompt is empty"):
            app.client().predict("", api_name=api_name)
    assert zerogpu.api.count("/release") == 2


@proves("swallowed-gpu-error")
def test_an_exception_arrives_as_a_gradio_error(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("swallowed-gpu-error", "A word for each error")
    client = app.client()
    # `except NoSpeech` does not catch it: what arrives is a `gr.Error` with its name.
    with pytest.raises(AppError, match=r"^NoSpeech$"):
        client.predict("", "1", api_name="/first")
    # `except ValueError` catches it, and this too:
    assert client.predict("", "1", api_name="/second") == "(not a number)"
    zerogpu.api.answer = Answer(503)
    assert client.predict("hello", "1", api_name="/second") == "(not a number)"
    zerogpu.api.answer = None
    assert client.predict("hello", "1", api_name="/second") == "h"

    app = zerogpu.start_case("swallowed-gpu-error", "A word for each error, where it arises")
    client = app.client()
    assert client.predict("", "1", api_name="/run") == "(silence)"
    assert client.predict("hello", "one", api_name="/run") == "(not a number)"
    zerogpu.api.answer = Answer(503)
    with pytest.raises(AppError, match="No GPU was available"):
        client.predict("hello", "1", api_name="/run")
