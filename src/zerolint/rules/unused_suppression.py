"""An ignore comment that ignores nothing.

Only the engine knows what was ignored, so it yields these findings itself (see `zerolint.suppress`); this module gives
them their identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG902",
    name="unused-suppression",
    summary="An ignore comment that ignores nothing",
    prevents="A comment that outlives its reason and hides the next real finding on its line",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Nothing: the engine yields the findings."""
    yield from ()
