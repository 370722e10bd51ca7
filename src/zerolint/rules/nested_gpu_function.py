"""A GPU function that is made anew for each request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG027",
    name="nested-gpu-function",
    summary="A GPU function defined by the code that handles a request",
    prevents="A cold start for every request, and workers and functions that are never given back",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report where `spaces.GPU` is applied."""
    for nested in space.nested_gpu_functions():
        scope = nested.gpu.scope
        assert scope is not None
        name = nested.function.spoken
        outer = nested.outer.spoken
        yield Finding(
            at=space.span(scope.module, nested.gpu.node),
            message=f"Each call of {outer} makes {name} a new GPU function, with a new worker that nothing ends",
            notes=space.route(nested.outer, nested.context),
            fix=Fix(f"Define {name} at module level; a function as `duration` gets its arguments"),
        )
