"""A file of the Space that zerolint could not read or refuses to analyse; the others are judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG901",
    name="unreadable-file",
    summary="A file that is not decodable, too large or too deeply nested to be analysed",
    prevents="mistakes in this file going unseen",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each problem of kind unreadable file."""
    for problem in space.problems:
        if problem.kind == "unreadable-file":
            yield Finding(at=problem.at, message=problem.message)
