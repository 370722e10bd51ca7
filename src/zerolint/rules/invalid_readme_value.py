"""A value in the front matter that the Hub does not take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG078",
    name="invalid-readme-value",
    summary="A value in the front matter that the Hub does not take",
    prevents="Sorry, your push was rejected during YAML metadata verification",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"sdk",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each value; likely where only the documentation excludes it and no refusal was seen."""
    readme = space.readme
    if readme is None or not readme.known:
        return
    from zerolint.model.front_matter import wrong_values

    for found in wrong_values(readme):
        edits = () if found.replacement is None else (Edit(found.at, found.replacement),)
        yield Finding(
            at=found.at,
            message=found.problem,
            fix=Fix(found.advice, edits),
            confidence=Confidence.CERTAIN if found.is_refused else Confidence.LIKELY,
            consequence=Consequence.HYGIENE if found.is_shown else Consequence.BUILD,
            facts=(found.fact,) if found.fact else (),
        )
