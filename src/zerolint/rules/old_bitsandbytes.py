"""A bitsandbytes older than what `spaces` works with as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.model import builds, versions
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG090",
    name="old-bitsandbytes",
    summary="A version of bitsandbytes that `spaces` supports in an older way only, or not at all",
    prevents="ZeroGPU recommends bitsandbytes >= `0.46.0` (`0.43.1` installed). Falling back to legacy support",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
    listed=(b"bitsandbytes",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the requirement; it stops the start where `spaces` refuses the version."""
    if not space.is_for_zerogpu or not builds.is_built(space):
        return
    old = builds.old_bitsandbytes(space)
    if old is None:
        return
    recommended, required = fact("bitsandbytes.recommended").value, fact("bitsandbytes.required").value
    item = old.requirement
    refused = versions.release(old.version) < versions.release(required)
    wanted = f"bitsandbytes>={recommended}"
    plain = not item.extras and not item.marker and not item.constraint
    yield Finding(
        at=item.span,
        message=f"bitsandbytes {old.version} is refused by `spaces`, which needs {required} or newer"
        if refused
        else f"bitsandbytes {old.version} is older than {recommended}: `spaces` falls back to its legacy support",
        fix=Fix(
            f"Write `{wanted}`",
            (Edit(item.span, wanted),) if plain else (),
            unsafe="a newer version may load weights in another way",
        ),
        consequence=Consequence.STARTUP if refused else None,
        facts=("bitsandbytes.required" if refused else "bitsandbytes.recommended", "bitsandbytes.legacy"),
    )
