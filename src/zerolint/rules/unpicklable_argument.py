"""A value that is passed to a GPU function and that cannot be pickled, so that the call fails before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.pickling import StuckArgument
    from zerolint.model.space import Space


@rule(
    code="ZG042",
    name="unpicklable-argument",
    summary="A GPU function that is given what cannot be pickled",
    prevents="_pickle.PicklingError: cannot pickle '_thread.lock' object",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the argument."""
    for stuck in space.stuck_arguments():
        module, obstacle = stuck.point.scope.module, stuck.obstacle
        called = stuck.function
        at = space.span(module, stuck.argument)
        what = obstacle.what[0].upper() + obstacle.what[1:] + ("," if ", whose" in obstacle.what else "")
        if stuck.state is not None:
            message = f"{what} cannot be pickled: {called.spoken} fails when it gets this state"
        else:
            message = f"{what} cannot be pickled: the call of {called.spoken} raises `PicklingError`"
        yield Finding(
            at=at,
            message=message,
            notes=tuple(_notes(space, stuck, at)),
            fix=_fix(space, stuck),
            confidence=Confidence.CERTAIN if obstacle.is_certain else Confidence.LIKELY,
        )


def _notes(space: Space, stuck: StuckArgument, at: Span) -> Iterator[Note]:
    if stuck.obstacle.made is not None:
        made = space.span(*stuck.obstacle.made)
        if made.start_line != at.start_line or made.path != at.path:
            yield Note(made, "what cannot be pickled is made here")
    if stuck.state is not None:
        slot = stuck.state.slot
        receiver = stuck.state.registration.function.scope.spoken
        yield Note(space.span(slot.point.scope.module, slot.node), f"the state is an input of {receiver} here")
    gpu = space.contexts.gpu.get(stuck.function)
    if gpu and gpu[0].node is not None and gpu[0].scope is not None:
        yield Note(space.span(gpu[0].scope.module, gpu[0].node), f"{stuck.function.spoken} is a GPU function")
    if stuck.caller is not None:
        yield from space.route(*stuck.caller, most=1)


def _fix(space: Space, stuck: StuckArgument) -> Fix:
    module, part = stuck.point.scope.module, stuck.obstacle.part
    if not stuck.obstacle.is_view:
        return Fix("Pass plain data, and make the rest inside the GPU function or at module level")
    from zerolint.model.pickling import listed

    return listed(space, module, part)
