"""An ignore comment that names no rule: a misspelt name, or no name at all.

The engine reads the comments and yields these findings itself (see `zerolint.suppress`); this module gives them their
identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG903",
    name="unknown-rule",
    summary="An ignore comment that names no rule",
    prevents="An ignore comment that does not ignore what its author believes it ignores",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Nothing: the engine yields the findings."""
    yield from ()
