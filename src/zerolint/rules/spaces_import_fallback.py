"""An `import spaces` that the app can do without, because a stand-in takes its place when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG001",
    name="spaces-import-fallback",
    summary="`import spaces` with a stand-in for when it fails",
    prevents="No @spaces.GPU function detected during startup, when the import fails and the stand-in hides why",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the import, not the stand-in: it is what has to change."""
    for guarded in space.guarded_spaces_imports():
        yield Finding(
            at=guarded.at,
            message=f"When this import of `spaces` fails, {guarded.otherwise}: the Space starts without GPU functions",
            notes=guarded.notes,
            fix=Fix("Import `spaces` plainly and remove the stand-in: outside ZeroGPU the package does nothing"),
        )
