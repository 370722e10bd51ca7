"""A constant duration where the visitor decides how long a call takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.booking import Growth
    from zerolint.model.space import Space


@rule(
    code="ZG058",
    name="static-duration-for-steps",
    summary="A constant duration where an input decides how long a call takes",
    prevents="ZeroGPU quota exceeded, for a request that needs a few seconds",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
    words=(b"Slider", b"Number"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the duration."""
    for growth in space.growths():
        options = growth.booking.options
        if options.duration is None:
            continue
        module = growth.function.module
        yield Finding(
            at=space.span(options.module, options.duration.arg),
            message=f"`{growth.param.name}`{_range(growth)} decides how long {growth.function.spoken} takes, "
            f"but {growth.booking.asked} s are asked for each time",
            notes=(
                Note(
                    space.span(module, growth.use.node.func), f"the work of this call grows with `{growth.param.name}`"
                ),
                Note(space.span(growth.component.scope.module, growth.component.node.func), "visitors choose it here"),
            ),
            fix=Fix("Give `duration=` a function of the same parameters that estimates the seconds"),
            confidence=Confidence.LIKELY,
        )


def _range(growth: Growth) -> str:
    if growth.lowest is None or growth.highest is None:
        return ""
    return f" ({growth.lowest:g} to {growth.highest:g})"
