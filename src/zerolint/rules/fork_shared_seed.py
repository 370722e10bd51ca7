"""A GPU function that draws its seed from a generator whose state every new worker shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.model import words
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG048",
    name="fork-shared-seed",
    summary="A seed that a GPU worker draws with NumPy or PyTorch",
    prevents='Every new GPU worker draws the same "random" seed, and visitors get the same result',
    consequence=Consequence.DATA,
    since="0.1.0",
    words=words.SEEDING,
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that draws the number."""
    for shared in space.shared_seeds():
        from zerolint.model.contexts import Context

        module = shared.call.scope.module
        what = space.code(module, shared.call.node, 40)
        yield Finding(
            at=space.span(module, shared.call.node),
            message=f"`{what}` draws the same number in every new GPU worker, so `{shared.use}` is not random",
            notes=space.route(shared.call.function, Context.GPU),
            fix=Fix("Draw it with `random.randint`, or in the main process and pass it in"),
            confidence=Confidence.CERTAIN if shared.is_certain else Confidence.LIKELY,
        )
