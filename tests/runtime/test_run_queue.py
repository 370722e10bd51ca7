"""How many visitors Gradio lets wait on ZeroGPU."""

from __future__ import annotations

from typing import Any

import pytest
from gradio_client.utils import QueueError
from zerogpu import App, ZeroGpu, case, proves, until

from zerolint.facts import fact

# Work that takes as long as the test says, in place of work that takes some seconds.
WORK = b"time.sleep(5)"
CONTROLLED = b'print("working")\n    while not __import__("pathlib").Path("go").exists():\n        time.sleep(0.02)'


def controlled(zerogpu: ZeroGpu, heading: str) -> App:
    """An app whose GPU function works until a file `go` is there, without any limit of the platform's own."""
    files = case("queue-of-one", heading)
    assert files["app.py"].count(WORK) == 1
    files["app.py"] = files["app.py"].replace(WORK, CONTROLLED)
    return zerogpu.start(files, environment={"GRADIO_DEFAULT_CONCURRENCY_LIMIT": "none"})


def two_visitors(app: App) -> list[Any]:
    """A call that runs, and one that waits."""
    jobs = [app.client("alice").submit("a cat", api_name="/draw")]
    until(lambda: "working" in app.output)
    jobs.append(app.client("bob").submit("a dog", api_name="/draw"))
    until(lambda: jobs[-1].status().code.name == "IN_QUEUE")
    return jobs


@proves("queue-of-one")
def test_the_third_visitor_is_turned_away(zerogpu: ZeroGpu) -> None:
    app = controlled(zerogpu, "Bad")
    third, fourth = app.client("carol"), app.client("dave")
    jobs = two_visitors(app)
    for client, name in ((third, "/draw"), (fourth, "/greet")):
        with pytest.raises(QueueError, match="Queue is full"):
            client.predict("a tree", api_name=name)
    (app.folder / "go").touch()
    assert [job.result(10) for job in jobs] == ["a picture of a cat", "a picture of a dog"]
    assert len(jobs) == 1 + fact("gradio.zerogpu_queue_size").value


@proves("queue-of-one")
def test_visitors_wait_where_the_queue_has_room(zerogpu: ZeroGpu) -> None:
    app = controlled(zerogpu, "Good")
    jobs = two_visitors(app)
    jobs.append(app.client("carol").submit("a tree", api_name="/draw"))
    assert app.client("dave").predict("Dave", api_name="/greet") == "Hello Dave"
    (app.folder / "go").touch()
    assert [job.result(10) for job in jobs] == [f"a picture of a {thing}" for thing in ("cat", "dog", "tree")]
