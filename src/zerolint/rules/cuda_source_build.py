"""A requirement that pip would have to compile for CUDA, where nothing can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.model import builds
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG089",
    name="cuda-source-build",
    summary="A package or repository with CUDA sources that has to be built where there is no CUDA compiler",
    prevents="ModuleNotFoundError: No module named 'torch', while pip gets the requirements to build a wheel",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(*(b"flash", b"mamba", b"causal", b"torch-", b"torch_", b"natten", b"git+https", b"git+ssh", b"git+http"),),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each requirement that ends the build."""
    if not space.is_for_zerogpu or not builds.is_built(space):
        return
    for build in builds.source_builds(space):
        name = build.requirement.name or build.requirement.text
        if not build.is_certain:
            message = f"`{name}` has no wheel: pip builds it with the newest torch, not with the one the Space runs"
        elif build.is_repository:
            message = f"`{name}` is built from its source, and the builder has neither torch for it nor a CUDA compiler"
        else:
            message = f"`{name}` has no wheel: pip builds it, without torch beside it and without a CUDA compiler"
        yield Finding(
            at=build.requirement.span,
            message=message,
            fix=Fix("Name the URL of a wheel for the Space's Python and torch, or take the kernel from the Hub"),
            confidence=Confidence.CERTAIN if build.is_certain else Confidence.LIKELY,
            facts=(build.fact,),
        )
