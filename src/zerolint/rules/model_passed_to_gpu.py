"""A model that start-up code put on CUDA and that is handed to a GPU function as an argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.model import words
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.holders import PassedModel
    from zerolint.model.space import Space


@rule(
    code="ZG022",
    name="model-passed-to-gpu",
    summary="A model on CUDA as an argument of a GPU function",
    prevents="Zeros for weights: arguments are pickled, and what was put on CUDA at start-up is not in them",
    consequence=Consequence.DATA,
    since="0.1.0",
    words=words.PLACING,
)
def check(space: Space) -> Iterator[Finding]:
    """Report the argument."""
    for passed in space.passed_models():
        from zerolint.model.holders import Way

        what = f"`{space.code(passed.module, passed.node, 40)}`"
        name = passed.function.spoken
        placed: tuple[Note, ...] = ()
        if passed.packed is not None:
            placed = (Note(space.span(passed.packed.module, passed.packed.node), f"{what} is put on CUDA here"),)
        if passed.way is Way.CALLED:
            message = (
                f"`gr.State` calls {what} for its first value: without inputs it raises, and the app does not start"
            )
        elif passed.packed is None:
            message = f"{what} is pickled for each call of {name}, with all its weights"
        else:
            message = f"{what} is pickled for each call of {name}: its packed weights arrive as zeros"
        if passed.way is Way.CALL:
            notes = space.route(passed.call.function)
        else:
            # These lead to the function that gets the argument, not to the place where it is given.
            notes = tuple(note._replace(step=0) for note in space.route(passed.function) if note.shown)
        yield Finding(
            at=space.span(passed.module, passed.node),
            message=message,
            notes=placed + notes,
            fix=Fix(f"Use {what} as a global in {name} instead of passing it"),
            confidence=Confidence.LIKELY if passed.packed and not passed.packed.is_certain else Confidence.CERTAIN,
            consequence=_consequence(passed),
        )


def _consequence(passed: PassedModel) -> Consequence | None:
    from zerolint.model.holders import Way

    if passed.way is Way.CALLED:
        return Consequence.STARTUP
    return Consequence.QUOTA if passed.packed is None else None
