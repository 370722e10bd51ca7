"""A lock that a handler holds while it waits for a GPU function that takes the lock too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG052",
    name="lock-across-gpu-call",
    summary="A lock held across the call of a GPU function that takes it",
    prevents="The request hangs: a new GPU worker waits for ever for a lock that the main process holds",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"Lock(", b"Condition(", b"Semaphore("),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the lock where the main process takes it."""
    for held in space.held_locks():
        module = held.caller.module
        lock = space.code(module, held.lock, 40)
        name = held.function.spoken
        gpu = space.contexts.gpu.get(held.function)
        notes = [
            Note(space.span(held.taker.module, held.taken), f"{held.taker.spoken} takes it in the GPU worker here"),
            Note(space.span(module, held.call.node.func), f"{name} is called while the lock is held"),
        ]
        if gpu and gpu[0].node is not None and gpu[0].scope is not None:
            notes.append(Note(space.span(gpu[0].scope.module, gpu[0].node), f"{name} is a GPU function"))
        yield Finding(
            at=space.span(module, held.lock),
            message=f"`{lock}` is held while {name} runs and takes it too: each new GPU worker waits for ever",
            notes=(*notes, *space.route(held.caller, most=1)),
            fix=Fix("Release it before the call, or use a lock of its own in the GPU function"),
            confidence=Confidence.CERTAIN if held.is_certain else Confidence.LIKELY,
        )
