"""A GPU function that runs at page views, at ticks or while somebody types, although nobody has asked for a result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.passive import PassiveBooking
    from zerolint.model.space import Space

_WHEN = {
    "view": "for each page view, whether or not the visitor wants a result",
    "tick": "again and again in each open page, whether or not somebody looks at it",
    "typing": "again and again while a visitor changes a {component}, for input that is not finished",
    "stream": "for each piece of a recording",
}
_TITLES = {
    "view": "Register it on a click, and show a result that was made once",
    "tick": "Register it on a click, or let the timer start inactive",
    "typing": "Register it on a button, on `submit` or on `release`",
    "stream": "Collect the pieces in a state, and register it on `stop_recording`",
}


@rule(
    code="ZG059",
    name="gpu-on-passive-event",
    summary="A GPU function that runs at page views, at ticks or while a visitor types",
    prevents="ZeroGPU quota exceeded, before the visitor has asked for anything",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report where the function is registered."""
    for booking in space.passive_bookings():
        registration, occasion = booking.registration, booking.occasion.value
        if registration.decoration is not None:
            module, node = registration.decoration.scope.module, registration.decoration.expression
        elif registration.call is not None:
            module, node = registration.call.scope.module, registration.call.node.func
        else:
            continue
        when = _WHEN[occasion].format(component=f"`{booking.component}`")
        yield Finding(
            at=space.span(module, node),
            message=f"{booking.function.spoken} books a GPU {when}",
            notes=tuple(_notes(space, booking)),
            fix=Fix(_TITLES[occasion]),
            confidence=Confidence.CERTAIN if occasion in ("view", "tick") else Confidence.LIKELY,
        )


def _notes(space: Space, booking: PassiveBooking) -> Iterator[Note]:
    way = booking.way
    if way is not None:
        for call, caller in list(zip(way.calls, way.callers, strict=True))[-2:]:
            called = booking.function if call is way.calls[-1] else way.callers[way.calls.index(call) + 1]
            at = space.span(call.scope.module, call.node.func)
            yield Note(at, f"{called.spoken} is called by {caller.spoken} here")
    gpu = space.contexts.gpu.get(booking.function)
    if gpu and gpu[0].node is not None and gpu[0].scope is not None:
        yield Note(space.span(gpu[0].scope.module, gpu[0].node), f"{booking.function.spoken} is a GPU function")
