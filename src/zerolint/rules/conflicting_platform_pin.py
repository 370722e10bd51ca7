"""A requirement that excludes what the platform's Gradio or `spaces` need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG091",
    name="conflicting-platform-pin",
    summary="A requirement that excludes what Gradio or `spaces` need",
    prevents="ERROR: ResolutionImpossible, because gradio depends on another version of the package",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"sdk_version",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each requirement of which no version goes with the `sdk_version`."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.pins import conflicts, sdk_version

    entry = sdk_version(space)
    if entry is None:
        return
    for item in conflicts(space, entry.text):
        yield Finding(
            at=item.requirement.span,
            message=f"`{item.requirement.text}` excludes what {item.by} needs: `{item.requirement.name}{item.needed}`",
            notes=(Note(entry.value_span, "the platform installs this version of Gradio with the requirements"),),
            fix=Fix(f"Leave the version out, or write one that meets `{item.needed}`"),
            facts=(item.fact,),
        )
