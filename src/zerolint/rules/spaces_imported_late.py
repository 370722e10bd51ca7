"""`spaces` that is imported after the app was launched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG032",
    name="spaces-imported-late",
    summary="`spaces` imported only inside a function for visitors, or after `launch()`",
    prevents="No @spaces.GPU function detected during startup",
    consequence=Consequence.STARTUP,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the first import when none runs before the launch."""
    late = space.late_spaces_import()
    if late is None:
        return
    when = "when a visitor comes" if late.is_for_visitors else "after the launch"
    yield Finding(
        at=space.span(late.at.scope.module, late.at.node),
        message=f"`spaces` is imported only {when}: ZeroGPU never learns that the app has started",
        notes=(Note(space.span(late.launch.scope.module, late.launch.node), "the app is launched here"),),
        fix=Fix("Import `spaces` at the top of the app file, and apply `spaces.GPU` at module level"),
    )
