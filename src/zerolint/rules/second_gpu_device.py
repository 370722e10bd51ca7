"""A GPU with the number 1 or above, or a model divided among several: a worker has one GPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG039",
    name="second-gpu-device",
    summary="A second GPU asked for, where there is one",
    prevents="CUDA error: invalid device ordinal",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the argument that names the device. At start-up nothing fails, so the finding is mild there."""
    for second in space.second_gpus():
        certain, consequence = second.is_certain, None
        if second.divides:
            message = f"`{second.what}` divides the work among GPUs, and there is one"
            fix = 'Place the model with `.to("cuda")`'
            certain, consequence = False, Consequence.HYGIENE
        elif second.context is None:
            message = f"`{second.what}` is taken for `cuda:0` while the app starts, and exists in no GPU worker"
            fix = 'Use `"cuda"`'
            consequence = Consequence.HYGIENE
        else:
            message = f"`{second.what}` is a second GPU, and a worker has one: `invalid device ordinal`"
            fix = 'Use `"cuda"`'
        yield Finding(
            at=space.span(second.call.scope.module, second.node),
            message=message,
            notes=space.route(second.call.function, second.context) if second.context is not None else (),
            fix=Fix(fix),
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            consequence=consequence,
        )
