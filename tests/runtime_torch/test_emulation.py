"""What the CUDA emulation of `spaces` does in the main process, and where it ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu, case, fixed_case, proves

LOW_LEVEL = "RuntimeError: Low-level CUDA init (`torch._C._cuda_init`) reached."

# Writes a GPT-2 of a few kilobytes into the current folder.
TINY_MODEL = """
from transformers import GPT2Config, GPT2LMHeadModel

GPT2LMHeadModel(GPT2Config(n_embd=8, n_layer=2, n_head=2, n_positions=16, vocab_size=32)).save_pretrained("tiny-gpt2")
"""


@pytest.fixture(scope="session")
def tiny_model(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a model that `transformers` can load, by their paths in a Space."""
    folder = tmp_path_factory.mktemp("model")
    python = pytestconfig.getoption("--runtime-python")
    subprocess.run([python, "-c", TINY_MODEL], cwd=folder, check=True, timeout=60, capture_output=True)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*.*")}


def error_at_start(app: App) -> str:
    """What an app printed last that ended with an error."""
    assert app.ended() == 1, app.output
    return app.output[-2000:]


@proves("cuda-outside-gpu")
def test_the_emulation_ends_at_the_thread_of_a_handler(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("cuda-outside-gpu", "A sum in a handler")
    with pytest.raises(AppError):
        app.client().predict("1 2 3", api_name="/total")
    assert LOW_LEVEL in app.output
    app = zerogpu.start_case("cuda-outside-gpu", "A sum in a handler, on the CPU")
    assert app.client().predict("1 2 3", api_name="/total") == 6


@proves("cuda-emulation-gap")
def test_some_calls_go_around_the_emulation(zerogpu: ZeroGpu) -> None:
    assert LOW_LEVEL in error_at_start(zerogpu.start_case("cuda-emulation-gap", "A stream of its own"))
    app = zerogpu.start_case("cuda-emulation-gap", "Nothing asked before there is a GPU")
    assert app.client().predict(0, api_name="/score")


# In the order of the page; the last two work.
GAPS = (
    "torch.cuda.init()",
    "torch.cuda.default_stream()",
    "torch.cuda.set_device(0)",
    "torch.cuda.set_per_process_memory_fraction(0.5)",
    "torch.cuda.ipc_collect()",
    "torch.set_default_device('cuda'); torch.zeros(2)",
)
COVERED = (
    "torch.zeros(2, device='cuda')",
    "torch.cuda.synchronize(); torch.cuda.mem_get_info(); torch.cuda.manual_seed(1); torch.cuda.get_device_name()",
)


@proves("cuda-emulation-gap")
def test_the_table_of_the_page(zerogpu: ZeroGpu) -> None:
    checks = "\n".join(
        f"try:\n    {line}\n    print('works')\nexcept RuntimeError as error:\n    print(f'RuntimeError: {{error}}')\n"
        "torch.set_default_device(None)"
        for line in (*GAPS, *COVERED)
    )
    app = zerogpu.start({"app.py": f"import spaces\nimport torch\n\n{checks}\n"})
    assert app.ended() == 0, app.output
    results = [line for line in app.output.splitlines() if line.startswith(("works", "RuntimeError"))]
    assert [result.startswith(LOW_LEVEL) for result in results] == [True] * len(GAPS) + [False] * len(COVERED), results


@proves("inference-at-import")
def test_a_warm_up_runs_on_the_cpu_or_too_early(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("inference-at-import", "A warm-up before the app is complete")
    # The worker was forked before `SCALE` was there, and the booking had no visitor.
    assert app.address
    assert "cuda:0\n" in app.output
    assert "NameError: name 'SCALE' is not defined" in app.output
    assert "The warm-up failed: 'NameError'" in app.output
    assert [booking.token for booking in app.bookings] == [""]

    app = zerogpu.start_case("inference-at-import", "No warm-up")
    assert app.client("alice").predict(0, api_name="/score")["scale"] == 10
    assert len(app.bookings) == 1


@proves("device-map-at-import")
def test_a_device_map_places_weights_from_threads(zerogpu: ZeroGpu, tiny_model: dict[str, bytes]) -> None:
    heading = "A model in the folder of the Space"
    app = zerogpu.start({**case("device-map-at-import", heading), **tiny_model})
    assert LOW_LEVEL in error_at_start(app)
    app = zerogpu.start({**case("device-map-at-import", f"{heading}, placed afterwards"), **tiny_model})
    assert app.client().predict("", api_name="/count") > 0


@proves("cuda-before-spaces")
def test_cuda_is_touched_before_spaces_is_imported(zerogpu: ZeroGpu) -> None:
    heading = "The usual line about the device"
    output = error_at_start(zerogpu.start_alone(case("cuda-before-spaces", heading)))
    assert "RuntimeError: CUDA has been initialized before importing the `spaces` package" in output
    assert zerogpu.start_alone(fixed_case("cuda-before-spaces", heading)).address
