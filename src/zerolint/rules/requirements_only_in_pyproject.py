"""Dependencies in pyproject.toml alone, which the platform does not install."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG095",
    name="requirements-only-in-pyproject",
    summary="Dependencies in `pyproject.toml`, and no `requirements.txt`",
    prevents="ModuleNotFoundError: No module named ..., because the platform installs from requirements.txt",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    listed=(b"dependencies",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the list when the app imports something of it that the platform does not bring."""
    if "pyproject.toml" not in space.contents or "requirements.txt" in space.contents:
        return
    from zerolint.model.projects import uninstalled

    found = uninstalled(space)
    if found is None:
        return
    notes = tuple(
        Note(space.span(item.scope.module, item.statement), f"`{package}` is imported here")
        for package, item in found.imports[:3]
    )
    yield Finding(
        at=found.at,
        message=f"The platform reads `requirements.txt` alone, so `{found.imports[0][0]}` is not installed",
        notes=notes,
        fix=Fix("Write what the app needs into `requirements.txt`, by hand or with `uv export`"),
        confidence=Confidence.LIKELY,
        facts=("gradio.brought",),
    )
