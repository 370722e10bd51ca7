"""A GPU function called once for each turn of a loop, with a booking each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG004",
    name="gpu-call-in-loop",
    summary="A GPU function called in a loop outside the GPU",
    prevents="ZeroGPU quota exceeded: You have exceeded your free ZeroGPU quota (60s requested vs. 30s left)",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each call of a GPU function that books a GPU of its own in every turn of a loop."""
    for repeated in space.repeated_gpu_calls():
        module = repeated.caller.module
        called = repeated.function
        caller = repeated.caller.spoken
        turn = f"each turn of the loop in {caller}" if repeated.loop is not None else "each item that it goes over"
        gpu = space.contexts.gpu.get(called)
        notes = []
        if gpu and gpu[0].node is not None and gpu[0].scope is not None:
            notes.append(Note(space.span(gpu[0].scope.module, gpu[0].node), f"{called.spoken} is a GPU function"))
        yield Finding(
            at=space.span(module, repeated.call.node.func),
            message=f"{called.spoken} books a GPU for {turn}",
            notes=(*notes, *space.route(repeated.caller, repeated.context)),
            fix=Fix(f"Decorate {caller} with `spaces.GPU` too, or pass all items to one call"),
        )
