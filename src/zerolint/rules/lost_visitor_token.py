"""A GPU function that is called where the visitor's token is not known, so that the visitor's quota is not used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.identity import LostToken
    from zerolint.model.space import Space


@rule(
    code="ZG054",
    name="lost-visitor-token",
    summary="A GPU function called from a thread or web route, where the visitor is not known",
    prevents="ZeroGPU quota exceeded: Space app has reached its GPU limit",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report what starts the thread, or the call in the route."""
    for lost in space.lost_tokens():
        root = lost.registration.function.scope
        runs = "it" if root is lost.function else root.spoken
        place = {
            "thread": f"{runs} runs in a thread that starts without the visitor's request",
            "route": f"{runs} is a web route, which has no token of the visitor",
            "startup": f"{runs} runs in a thread from start-up, which belongs to no visitor",
        }[lost.loss.value]
        call, decoration = lost.call, lost.registration.decoration
        if call is not None:
            at = space.span(call.scope.module, call.node)
        elif decoration is not None:
            at = space.span(decoration.scope.module, decoration.expression)
        else:
            continue
        yield Finding(
            at=at,
            message=f"The GPU time of {lost.function.spoken} does not count against the visitor's quota: {place}",
            notes=tuple(_notes(space, lost)),
            fix=Fix(_TITLES["route" if lost.in_route else lost.loss.value]),
            confidence=Confidence.LIKELY if lost.loss.value == "startup" else Confidence.CERTAIN,
        )


_TITLES = {
    "thread": "Start it with the context of the request: `contextvars.copy_context().run`",
    "route": "Offer it as an endpoint of Gradio, with `gr.api` or `@server.api`",
    "startup": "Call it from a handler, with the request of the visitor it works for",
}


def _notes(space: Space, lost: LostToken) -> Iterator[Note]:
    way, registration = lost.way, lost.registration
    if way is not None and way.calls[-1] is not lost.call:
        last = way.calls[-1]
        at = space.span(last.scope.module, last.node.func)
        yield Note(at, f"{lost.function.spoken} is called by {way.callers[-1].spoken} here")
    gpu = space.contexts.gpu.get(lost.function)
    if gpu and gpu[0].node is not None and gpu[0].scope is not None:
        yield Note(space.span(gpu[0].scope.module, gpu[0].node), f"{lost.function.spoken} is a GPU function")
    if registration.decoration is not None and lost.call is not None:
        at = space.span(registration.decoration.scope.module, registration.decoration.expression)
        yield Note(at, f"{registration.function.scope.spoken} is a web route")
    if lost.loss.value == "thread" and registration.call is not None:
        yield from space.route(registration.call.function, most=1)
