"""A function that Gradio gets before it is made a GPU function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG019",
    name="registered-before-decorated",
    summary="A function that is registered first and wrapped by `spaces.GPU` afterwards",
    prevents="A handler that runs in the main process without a GPU: zeros, or `Low-level CUDA init reached`",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the assignment that comes too late."""
    for late in space.late_gpus():
        module, call = late.call.scope.module, late.call
        listener = f"`{space.code(module, call.node.func, 40)}`"
        if late.function is None:
            what = f"{listener} has registered its function, and never looks at `{late.target}` again"
            note = "the function is registered here"
        else:
            what = f"{listener} has got {late.function.spoken} before `spaces.GPU` wraps it"
            note = f"{late.function.spoken} is registered here"
        yield Finding(
            at=space.span(late.module, late.statement),
            message=f"{what}: visitors run that without a GPU",
            notes=(Note(space.span(module, call.node.func), note),),
            fix=Fix("Decorate the function where it is defined"),
        )
