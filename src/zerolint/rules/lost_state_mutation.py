"""The value of a `gr.State` changed in a GPU function that does not hand it back, so that the change is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.session import LostChange
    from zerolint.model.space import Space


@rule(
    code="ZG044",
    name="lost-state-mutation",
    summary="A `gr.State` value changed in a GPU function and not handed back",
    prevents="The change is lost: the next event of the session gets the old value",
    consequence=Consequence.DATA,
    since="0.1.0",
    words=(b"State(",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the statement that changes the value."""
    for lost in space.lost_changes():
        module = lost.change.scope.module
        written = space.code(module, lost.change.node, 40)
        function = lost.function.spoken
        if lost.not_saved_by is not None:
            result = f"{function} gives `{space.code(lost.function.module, lost.not_saved_by, 30)}` for the state"
        else:
            verb = "yield" if lost.function.is_generator else "return"
            result = f"{function} does not {verb} the state"
        yield Finding(
            at=space.span(module, lost.change.node),
            message=f"`{written}` changes the worker's copy of a `gr.State`, and {result}: the change is lost",
            notes=tuple(_notes(space, lost)),
            fix=Fix(f"Hand `{lost.name}` back and name the `gr.State` in `outputs`"),
            confidence=Confidence.LIKELY if lost.is_used else Confidence.CERTAIN,
        )


def _notes(space: Space, lost: LostChange) -> Iterator[Note]:
    """The calls that the value went through, from the change back to Gradio, and then the state itself."""
    ways = [*reversed(lost.change.through), *((lost.call,) if lost.call is not None else ())]
    for number, call in enumerate(ways):
        module = call.scope.module
        message = f"`{space.code(module, call.node.func, 30)}` gets the state from {call.function.spoken} here"
        at = space.span(module, call.node)
        yield Note(at, message, step=number + 1, shown=number in (0, len(ways) - 1))
    slot = lost.given.slot
    receiver = lost.given.registration.function.scope.spoken
    yield Note(space.span(slot.point.scope.module, slot.node), f"the state is an input of {receiver} here")
    state = lost.given.state
    yield Note(space.span(state.scope.module, state.node), "the state is made here")
