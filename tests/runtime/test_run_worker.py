"""What a GPU worker is: a forked, daemonic process that keeps what it has and may end at any time."""

from __future__ import annotations

import pytest
from gradio_client.exceptions import AppError
from zerogpu import ZeroGpu, proves


@proves("mutable-global-state")
def test_a_global_of_the_worker_is_lost_and_leaks(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("mutable-global-state", "A number of the session")
    zerogpu.api.one_gpu = True
    assert app.client("alice").predict("cat", api_name="/draw") == "cat: picture 1 of your session"
    assert app.client("bob").predict("dog", api_name="/draw") == "dog: picture 2 of your session"
    assert app.client("bob").predict(api_name="/total") == 0
    # A new worker begins at what the main process has.
    zerogpu.api.one_gpu = False
    assert app.client("bob").predict("cow", api_name="/draw") == "cow: picture 1 of your session"

    app = zerogpu.start_case("mutable-global-state", "The number of the session, in a state")
    zerogpu.api.one_gpu = True
    alice, bob = app.client("alice"), app.client("bob")
    assert alice.predict("cat", api_name="/draw") == "cat: picture 1 of your session"
    assert bob.predict("dog", api_name="/draw") == "dog: picture 1 of your session"
    zerogpu.api.one_gpu = False
    assert bob.predict("cow", api_name="/draw") == "cow: picture 2 of your session"


@proves("mutable-global-state")
def test_a_global_of_the_main_process_is_shared_by_all(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("mutable-global-state", "A counter")
    assert app.client("alice").predict(api_name="/add_row") == "2 rows"
    assert app.client("bob").predict(api_name="/add_row") == "3 rows"


@proves("child-process-in-gpu")
def test_a_worker_may_have_no_children(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("child-process-in-gpu", "A pool for the lines of a text")
    with pytest.raises(AppError, match=r"^AssertionError$"):
        app.client().predict("one three", api_name="/measure")
    assert "AssertionError: daemonic processes are not allowed to have children" in app.output
    app = zerogpu.start_case("child-process-in-gpu", "Threads for the lines of a text")
    assert app.client().predict("one three", api_name="/measure") == [3, 5]


@proves("worker-killed")
def test_a_worker_that_ends_takes_the_reason_along(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("worker-killed", "Leaving, in a function and in a generator")
    client = app.client()
    with pytest.raises(AppError, match=r"^GPU task aborted$"):
        client.predict("", api_name="/draw")
    # The stream ends as if all were well.
    job = client.submit("", api_name="/film")
    assert job.result(5) == "the first frame"
    assert job.outputs() == ["the first frame"]

    app = zerogpu.start_case("worker-killed", "An exception, in a function and in a generator")
    client = app.client()
    for api_name in ("/draw", "/film"):
        with pytest.raises(AppError, match=r"^The prompt is empty$"):
            client.predict("", api_name=api_name)
    assert client.predict("a cat", api_name="/film") == "the last frame"


@proves("worker-killed")
def test_a_worker_sets_no_signal_handlers(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("worker-killed", "A time limit for some arithmetic")
    with pytest.raises(AppError, match=r"^ValueError$"):
        app.client().predict(2, 10, api_name="/power")
    assert "ValueError: signal only works in main thread of the main interpreter" in app.output
