"""A tensor on CUDA that a GPU function hands to the main process, where it cannot be unpickled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.devices import CudaResult
    from zerolint.model.space import Space


@rule(
    code="ZG005",
    name="cuda-tensor-return",
    summary="A GPU function that returns or yields a tensor on CUDA",
    prevents="RuntimeError: Low-level CUDA init (`torch._C._cuda_init`) reached; a generator hangs until it times out",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the `return` or `yield`, not the place where the tensor is made."""
    for crossing in space.cuda_results():
        module = crossing.function.module
        what = f"`{space.code(module, crossing.part, 40)}`"
        if crossing.function.is_generator:
            hangs = f"the request hangs for {fact('generator.timeout_minutes').value} minutes"
            message = f"{what} lies on CUDA: the main process cannot unpickle it, and {hangs}"
        else:
            message = f"{what} lies on CUDA: the main process cannot unpickle it and raises `Low-level CUDA init`"
        yield Finding(
            at=space.span(module, crossing.result.node),
            message=message,
            notes=space.route(crossing.function),
            fix=_fix(space, crossing),
            confidence=Confidence.LIKELY if crossing.kind.value == "moved" else Confidence.CERTAIN,
            facts=("generator.timeout_minutes",) if crossing.function.is_generator else (),
        )


def _fix(space: Space, crossing: CudaResult) -> Fix:
    title = "Move it off the GPU with `.cpu()`"
    value = crossing.result.value
    module = crossing.function.module
    is_name = type(value).__name__ == "Name" and not value.lpar
    if not is_name or crossing.kind.value != "tensor" or not space.round_trips(module, value):
        return Fix(title)
    at = space.span(module, value)
    end = Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column)
    unsafe = "other GPU functions call it too and may rely on the device of the result" if crossing.stays_too else None
    return Fix(title, (Edit(end, ".cpu()"),), unsafe=unsafe)
