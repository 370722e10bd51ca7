"""An app that a web server serves although only `launch()` starts it up on ZeroGPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG029",
    name="startup-bypassed",
    summary="An app served by uvicorn, FastAPI or `mount_gradio_app` that never calls `launch()`",
    prevents="No @spaces.GPU function detected during startup, although there is one",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"uvicorn", b"hypercorn"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that serves the app."""
    for bypass in space.launch_bypasses():
        module = bypass.server.scope.module
        name = space.code(module, bypass.server.node.func, 40)
        notes: tuple[Note, ...] = ()
        if bypass.mounted is not None:
            notes = (Note(space.span(bypass.mounted.scope.module, bypass.mounted.node), "Gradio is mounted here"),)
        yield Finding(
            at=space.span(module, bypass.server.node),
            message=f"`{name}` serves this app and nothing calls `launch()`: ZeroGPU never learns that it has started",
            notes=notes,
            fix=Fix(_title(space)),
            facts=("gradio.server",),
        )


def _title(space: Space) -> str:
    oldest = tuple(int(part) for part in str(fact("gradio.server").value).split("."))
    version = space.gradio_version
    if version is None or version >= oldest:
        return "Make the app a `gr.Server()`, which takes the routes of FastAPI, and start it by its `launch()`"
    return (
        "Start the app by `launch(prevent_thread_lock=True)`, and add the routes to the FastAPI app that this returns"
    )
