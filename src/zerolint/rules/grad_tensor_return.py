"""A tensor that requires grad, handed by a GPU function to the main process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG043",
    name="grad-tensor-return",
    summary="A GPU function that returns or yields a tensor that requires grad",
    prevents="GPU task aborted; the stream of a generator ends without an error",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"nn.", b"nn import", b"torchvision", b"transformers"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the `return` or `yield`, with the call of the model that was recorded."""
    for found in space.grad_results():
        module = found.function.module
        what = f"`{space.code(module, found.part, 40)}` requires grad and cannot be pickled"
        ends = "the stream ends without an error" if found.function.is_generator else "`GPU task aborted`"
        source = found.recorded.call
        model = space.code(source.scope.module, source.node.func, 40)
        note = Note(space.span(source.scope.module, source.node), f"`{model}` is run here, with gradients on")
        yield Finding(
            at=space.span(module, found.result.node),
            message=f"{what}: {ends}",
            notes=(note, *space.route(found.function)),
            fix=Fix("Run the model under `torch.inference_mode()`, or return `.detach()`"),
            confidence=Confidence.CERTAIN if found.recorded.is_certain else Confidence.LIKELY,
        )
