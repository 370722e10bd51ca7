"""A GPU size that ZeroGPU does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG013",
    name="invalid-gpu-size",
    summary="A GPU size other than `large` and `xlarge`",
    prevents="RuntimeError: ZeroGPU API /schedule error: 422 (Unprocessable Entity)",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value given for the size."""
    sizes = tuple(fact("gpu.sizes").value)
    known = " and ".join(f"`{name}`" for name in sizes)
    for wrong in space.wrong_sizes(sizes):
        node = wrong.size.node
        module = wrong.size.point.scope.module
        at = space.span(module, node)
        meant = wrong.written.strip().lower() if isinstance(wrong.written, str) else ""
        fix = Fix(f"Take one of {known}, or leave the size out")
        if meant in sizes:
            fix = Fix(f"Write `{meant}`")
            if type(node).__name__ == "SimpleString" and not node.lpar and space.round_trips(module, node):
                fix = fix._replace(edits=(Edit(at, f"{node.quote}{meant}{node.quote}"),))
        yield Finding(
            at=at,
            message=f"`{space.code(module, node, 40)}` goes to the scheduler as it is, and the sizes are {known}",
            fix=fix,
            facts=("gpu.sizes",),
        )
