"""`spaces` without a version in what the Space installs, where the platform installs it anyway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG081",
    name="spaces-listed",
    summary="`spaces` without a version in requirements files",
    prevents="A line that buys nothing today, and a build that fails once somebody gives it a version",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
    listed=(b"spaces",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each requirement on `spaces` with neither a version nor a URL; `spaces-pinned` has the others."""
    if not space.is_for_zerogpu or (space.readme and space.readme.text("sdk") not in (None, "gradio")):
        return
    for item in space.installed:
        if item.name == "spaces" and not item.specifier and not item.url and not item.constraint:
            yield Finding(
                at=item.span,
                message=f"`{item.text}` is superfluous: the platform installs its own `spaces`",
                fix=Fix("Remove the line", (Edit(item.line_span, ""),)),
            )
