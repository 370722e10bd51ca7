"""A GPU function that does not say how long it runs, and so books the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG008",
    name="missing-duration",
    summary="A GPU function without a duration",
    prevents="You have exceeded your free ZeroGPU quota (90s requested vs. 61s left)",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each place where `spaces.GPU` is applied without a duration, once however many functions it decorates."""
    for application in space.gpu_applications():
        if application.has_duration is not False or not application.functions:
            continue
        asked = fact("duration.default_seconds").value
        factor_name = "quota.xlarge_factor" if application.size == "xlarge" else "duration.booking_factor"
        factor = fact(factor_name).value
        if application.size == "xlarge":
            times = "twice" if factor == 2 else f"{factor:g} times"
            booked = f"{asked} s are requested for each call, at {times} the quota"
        else:
            booked = f"{asked} s are requested for each call and {asked * factor:.0f} s booked"
        names = ", ".join(function.spoken for function in application.functions[:3])
        verb = "has" if len(application.functions) == 1 else "have"
        notes = (
            ()
            if application.is_decorator
            else tuple(
                Note(space.span(function.module, function.node.name), f"{function.spoken} is decorated by it")
                for function in application.functions[:3]
                if hasattr(function.node, "name")
            )
        )
        yield Finding(
            at=application.at,
            message=f"{names} {verb} no duration: {booked}",
            notes=notes,
            fix=Fix("Measure the function and give `duration=` the seconds of its slowest realistic call"),
            facts=("duration.default_seconds", factor_name),
        )
