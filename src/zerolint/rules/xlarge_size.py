"""A GPU function that takes the whole card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG057",
    name="xlarge-size",
    summary='A GPU function with `size="xlarge"`, which costs visitors twice the quota',
    prevents="Visitors run out of quota sooner, and wait longer for a GPU",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the size."""
    from zerolint.model.booking import cost

    for booking in space.bookings():
        given = booking.options.size
        if booking.size != "xlarge" or given is None:
            continue
        names = ", ".join(function.spoken for function in booking.functions[:3])
        verb = "takes" if len(booking.functions) == 1 else "take"
        factor = fact("quota.xlarge_factor").value
        facts = ["quota.xlarge_factor"]
        if booking.asked is None:
            much = f"{factor} s of quota for each second"
        else:
            facts += ["duration.booking_factor", *([] if booking.options.duration else ["duration.default_seconds"])]
            much = f"{booking.cost} s of quota for each call, where `large` takes {cost(booking.asked, 'large')} s"
        yield Finding(
            at=space.span(booking.options.module, given.arg),
            message=f"{names} {verb} {much}",
            fix=Fix("Use it only where the model does not fit on half a card"),
            facts=tuple(facts),
        )
