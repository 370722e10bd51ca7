"""`spaces` with a version in what the Space installs, where the platform brings its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG009",
    name="spaces-pinned",
    summary="`spaces` with a version in requirements files",
    prevents="ERROR: ResolutionImpossible, when the version and the platform's own exclude each other",
    consequence=Consequence.BUILD,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each requirement on `spaces` with a specifier or a URL; its removal is safe, the platform installs it
    anyway."""
    for item in space.installed:
        if item.name == "spaces" and (item.specifier or item.url):
            text = " ".join(item.text.split())
            yield Finding(
                at=item.span,
                message=f"`{text}` is resolved together with the platform's own `spaces`, which moves on",
                fix=Fix("Remove the line: the platform installs `spaces` itself", (Edit(item.line_span, ""),)),
            )
