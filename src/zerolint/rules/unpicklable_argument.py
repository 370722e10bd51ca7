"""A value that is passed to a GPU function and that cannot be pickled, so that the call fails before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.pickling import StuckArgument
    from zerolint.model.space import Space


@rule(
    code="ZG042",
    name="unpicklable-argument",
    summary="A GPU function that is given what cannot be pickled",
    prevents="_pickle.PicklingError, or TypeError: cannot pickle '_thread.lock' object, after a GPU was booked",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the argument."""
    for stuck in space.stuck_arguments():
        module, obstacle = stuck.call.call.scope.module, stuck.obstacle
        called = stuck.call.function.scope
        at = space.span(module, stuck.argument)
        notes = []
        if obstacle.made is not None:
            made = space.span(*obstacle.made)
            if made.start_line != at.start_line or made.path != at.path:
                notes.append(Note(made, "it comes from here"))
        gpu = space.contexts.gpu.get(called)
        if gpu and gpu[0].node is not None and gpu[0].scope is not None:
            notes.append(Note(space.span(gpu[0].scope.module, gpu[0].node), f"{called.spoken} is a GPU function"))
        what = obstacle.what[0].upper() + obstacle.what[1:]
        yield Finding(
            at=at,
            message=f"{what} cannot be pickled: the call of {called.spoken} raises `PicklingError`",
            notes=(*notes, *space.route(stuck.call.caller, stuck.call.context, most=1)),
            fix=_fix(space, stuck),
            confidence=Confidence.CERTAIN if obstacle.is_certain else Confidence.LIKELY,
        )


def _fix(space: Space, stuck: StuckArgument) -> Fix:
    module, part = stuck.call.call.scope.module, stuck.obstacle.part
    if not stuck.obstacle.is_view:
        return Fix("Pass plain data, and make the rest inside the GPU function or at module level")
    title = "Make a list of it with `list()`"
    if not space.round_trips(module, part):
        return Fix(title)
    at = space.span(module, part)
    before = Span(at.path, at.start_line, at.start_column, at.start_line, at.start_column)
    after = Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column)
    return Fix(title, (Edit(before, "list("), Edit(after, ")")))
