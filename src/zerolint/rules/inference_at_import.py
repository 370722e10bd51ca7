"""A model run, or a GPU function called, by the code that starts the app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.startup import StartupWork


@rule(
    code="ZG038",
    name="inference-at-import",
    summary="A model run, or a GPU function called, while the app starts",
    prevents="A slow start for nothing: the model runs on the CPU, or a worker is forked before the app is complete",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call, with the place where its model was put on CUDA."""
    for work in space.startup_work():
        module = work.call.scope.module
        called = f"`{space.code(module, work.call.node.func, 40)}`"
        if work.model is not None:
            message = f"{called} runs on the CPU while the app starts: outside of GPU functions there is no GPU"
            is_certain = work.model.is_certain
        else:
            message = f"{called} books a GPU while the app starts: its worker is forked before the module is complete"
            is_certain = True
        yield Finding(
            at=space.span(module, work.call.node),
            message=message,
            notes=tuple(_notes(space, work)),
            fix=Fix(_advice(work)),
            confidence=Confidence.CERTAIN if is_certain and not work.is_used else Confidence.LIKELY,
        )


def _advice(work: StartupWork) -> str:
    if work.is_used:
        return "Compute it in a GPU function when the first visitor needs it, or ahead of time into a file"
    return "Remove the call: later workers inherit nothing from it"


def _notes(space: Space, work: StartupWork) -> Iterator[Note]:
    if work.model is not None:
        yield Note(space.span(work.model.module, work.model.node), "the model is put on CUDA here")
    elif work.function is not None:
        gpu = space.contexts.gpu[work.function][0]
        if gpu.node is not None and gpu.scope is not None:
            yield Note(space.span(gpu.scope.module, gpu.node), f"{work.function.spoken} is a GPU function")
    caller = space.starting_call(work.call.function)
    if caller is not None:
        at = space.span(caller.scope.module, caller.node.func)
        yield Note(at, f"{work.call.function.spoken} is called at start-up here")
