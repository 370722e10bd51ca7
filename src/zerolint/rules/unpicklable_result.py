"""A value that a GPU function returns or yields and that cannot be pickled, so that it never leaves the worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.pickling import StuckResult
    from zerolint.model.space import Space


@rule(
    code="ZG041",
    name="unpicklable-result",
    summary="A GPU function that returns or yields what cannot be pickled",
    prevents="ZeroGPU worker error: PicklingError",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the `return` or `yield`, not the place where the value is made."""
    for stuck in space.stuck_results():
        function, obstacle = stuck.crossing.function, stuck.obstacle
        module = function.module
        part = f"`{space.code(module, obstacle.part, 40)}`"
        if obstacle.what in ("a lambda", "a generator") and type(obstacle.part).__name__ not in ("Name", "Call"):
            part = obstacle.what.capitalize()
            what = "cannot be pickled"
        else:
            what = f"is {obstacle.what}, which cannot be pickled"
        verb = "yield" if stuck.crossing.result.node.__class__.__name__ == "Yield" else "return"
        notes = []
        if obstacle.made is not None:
            at = space.span(*obstacle.made)
            if at.start_line != space.span(module, stuck.crossing.result.node).start_line:
                notes.append(Note(at, f"{part} comes from here"))
        yield Finding(
            at=space.span(module, stuck.crossing.result.node),
            message=f"{part} {what}: the {verb} raises `PicklingError` in the GPU worker",
            notes=(*notes, *space.route(function)),
            fix=_fix(space, stuck),
            confidence=Confidence.CERTAIN if obstacle.is_certain else Confidence.LIKELY,
        )


def _fix(space: Space, stuck: StuckResult) -> Fix:
    module, part = stuck.crossing.function.module, stuck.obstacle.part
    if not stuck.obstacle.is_view:
        return Fix("Return plain data: text, numbers, arrays, images, or the path of a file")
    from zerolint.model.pickling import listed

    return listed(space, module, part)
