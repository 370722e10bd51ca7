"""A GPU function that ends its own worker, or sets a signal handler in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG047",
    name="worker-killed",
    summary="Code in a GPU worker that ends the process or sets a signal handler",
    prevents="ZeroGPU worker error: GPU task aborted; a generator ends without any error",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"exit(", b"quit(", b"SystemExit", b"abort(", b"kill(", b"signal(", b".exec"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each call that is reached."""
    for ending in space.worker_endings():
        from zerolint.model.contexts import Context

        module = ending.call.scope.module
        what = f"`{space.code(module, ending.call.node, 40)}`"
        fix = Fix('Raise `gr.Error("…")`, which arrives with its text')
        if ending.kind == "signal":
            message = f"{what} raises `ValueError` in a GPU worker, which runs its task outside of the main thread"
            fix = Fix("Set the handler at module level, in the main process")
        elif ending.kind == "exit" and ending.root.is_generator:
            message = f"{what} ends the stream of {ending.root.spoken} without any error"
        else:
            message = f"{what} ends the GPU worker: the visitor sees `GPU task aborted` and no reason"
        yield Finding(
            at=space.span(module, ending.call.node),
            message=message,
            notes=space.route(ending.call.function, Context.GPU),
            fix=fix,
            confidence=Confidence.CERTAIN if ending.is_near else Confidence.LIKELY,
        )
