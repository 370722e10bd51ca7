"""A duration that is more than some visitors have in a whole day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.booking import Booking
    from zerolint.model.space import Space

# From the smallest quota to the largest.
_TIERS = {
    "anonymous": "visitors who are not logged in",
    "free": "free accounts",
    "pro": "PRO accounts",
    "enterprise": "Enterprise accounts",
}


@rule(
    code="ZG056",
    name="duration-over-quota",
    summary="A duration that is more than some visitors have in a whole day",
    prevents="The requested GPU duration (450s) is larger than the maximum allowed",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the duration; that only visitors without a login are refused may be wanted, and is no more than advice."""
    for booking in space.bookings():
        cost, given = booking.cost, booking.options.duration
        if cost is None or given is None:
            continue
        refused = [tier for tier in _TIERS if cost > fact(f"quota.seconds_per_day.{tier}").value]
        if not refused:
            continue
        names = ", ".join(function.spoken for function in booking.functions[:3])
        verb = "takes" if len(booking.functions) == 1 else "take"
        last = refused[-1]
        who = f"{_TIERS[last]} have {fact(f'quota.seconds_per_day.{last}').value} s a day"
        factor = float(fact(_factor_name(booking)).value)
        takes = f"{cost} s of quota for each call ({booking.asked} times {factor:g})"
        yield Finding(
            at=space.span(booking.options.module, given.arg),
            message=f"{names} {verb} {takes}, and {who}: they can never run it",
            notes=tuple(
                Note(space.span(function.module, function.node.name), f"{function.spoken} books it")
                for function in booking.functions[:3]
                if hasattr(function.node, "name") and type(booking.options.node).__name__ != "Decorator"
            ),
            fix=Fix(f"Ask for at most {_most(booking, last)} s, or give `duration=` a function that estimates them"),
            confidence=Confidence.LIKELY if last == "anonymous" else Confidence.CERTAIN,
            facts=(f"quota.seconds_per_day.{last}", _factor_name(booking)),
        )


def _most(booking: Booking, tier: str) -> int:
    """The longest duration that a tier can pay."""
    return int(fact(f"quota.seconds_per_day.{tier}").value / fact(_factor_name(booking)).value)


def _factor_name(booking: Booking) -> str:
    return "quota.xlarge_factor" if booking.size == "xlarge" else "duration.booking_factor"
