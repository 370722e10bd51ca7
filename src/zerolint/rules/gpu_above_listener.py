"""`spaces.GPU` above a decorator that registers the function with Gradio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG018",
    name="gpu-above-listener",
    summary="`spaces.GPU` above `@button.click(...)` and its like: the function is registered without it",
    prevents="A handler that runs in the main process without a GPU: zeros, or `Low-level CUDA init reached`",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the decorator that comes too late."""
    for found in space.early_listeners():
        from zerolint.model.order import moved_below

        module, name = found.function.module, found.function.spoken
        expression = found.listener.expression
        listener = space.code(module, expression.func if type(expression).__name__ == "Call" else expression, 40)
        # An async function cannot be a GPU function, wherever the decorator stands.
        edits = () if found.function.is_async else moved_below(space, found.gpu, found.listener)
        yield Finding(
            at=space.span(module, found.gpu.node),
            message=f"`{listener}` gets {name} from below, not from `spaces.GPU`: visitors run it without a GPU",
            notes=(Note(space.span(module, expression), f"{name} is registered here"),),
            fix=Fix(f"Move `@spaces.GPU` below `@{listener}`", edits),
        )
