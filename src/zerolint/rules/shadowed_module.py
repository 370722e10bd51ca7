"""A module of the Space with the name of a package that ZeroGPU needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG031",
    name="shadowed-module",
    summary="A `spaces.py`, `gradio.py` or `torch.py` of the Space that hides the package",
    prevents="AttributeError: module 'spaces' has no attribute 'GPU'",
    consequence=Consequence.STARTUP,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the import that gets the Space's file in place of the package."""
    for shadow in space.shadowed_modules():
        yield Finding(
            at=space.span(shadow.at.scope.module, shadow.at.node),
            message=f"This imports the Space's own `{shadow.path}` and not the package `{shadow.package}`",
            notes=(Note(Span(shadow.path, 1, 1, 1, 1), "this file hides the package"),),
            fix=Fix(f"Rename `{shadow.path}`"),
        )
