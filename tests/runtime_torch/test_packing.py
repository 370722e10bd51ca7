"""What `spaces` leaves of a model in the main process when the app has launched."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import App, ZeroGpu, proves

ZEROS = [[0, 0]]


def score(app: App) -> object:
    """What a layer makes of 1. Its weights and biases are random; that all four are 0 does not happen."""
    return app.client().predict(1, api_name="/score")


@proves("gpu-method-on-model-holder")
def test_an_object_arrives_without_its_weights(zerogpu: ZeroGpu) -> None:
    assert score(zerogpu.start_case("gpu-method-on-model-holder", "A layer in an object")) == ZEROS
    assert score(zerogpu.start_case("gpu-method-on-model-holder", "A layer in an object, the method wrapped")) != ZEROS


@proves("model-passed-to-gpu")
def test_an_argument_arrives_without_its_weights(zerogpu: ZeroGpu) -> None:
    assert score(zerogpu.start_case("model-passed-to-gpu", "A layer as an argument")) == ZEROS
    assert score(zerogpu.start_case("model-passed-to-gpu", "A layer as a global")) != ZEROS


@proves("packed-tensor-read")
def test_a_handler_reads_zeros(zerogpu: ZeroGpu) -> None:
    for heading, entry in (("A table of three numbers", 0), ("A table of three numbers that stays on the CPU", 3)):
        client = zerogpu.start_case("packed-tensor-read", heading).client()
        assert client.predict(api_name="/largest") == 3
        assert client.predict(0, api_name="/entry") == entry


@proves("grad-tensor-return")
def test_a_tensor_with_its_graph_stays_in_the_worker(zerogpu: ZeroGpu) -> None:
    client = zerogpu.start_case("grad-tensor-return", "A layer in a function and in a generator").client()
    with pytest.raises(AppError, match=r"^GPU task aborted$"):
        client.predict(1, api_name="/one")
    # The stream ends as if all were well.
    job = client.submit(1, api_name="/all_of_them")
    assert job.result(5) == ZEROS
    assert len(job.outputs()) == 1

    client = zerogpu.start_case("grad-tensor-return", "A layer under `inference_mode`").client()
    assert client.predict(1, api_name="/one") != ZEROS
    job = client.submit(1, api_name="/all_of_them")
    assert job.result(5) != ZEROS
    assert len(job.outputs()) == 2
