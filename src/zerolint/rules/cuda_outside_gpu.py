"""CUDA in a handler or a thread of the main process, where neither a GPU nor its emulation is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.outside import Operation
    from zerolint.model.space import Space


@rule(
    code="ZG033",
    name="cuda-outside-gpu",
    summary="CUDA used in a handler or thread that is no GPU function",
    prevents="RuntimeError: Low-level CUDA init (`torch._C._cuda_init`) reached",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"cuda", b"SentenceTransformer", b"CrossEncoder", b"Embeddings", b"whisper"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each call that touches CUDA there, with the way to it."""
    for operation in space.outside_operations():
        from zerolint.model.contexts import Context

        module = operation.call.scope.module
        what = f"`{space.code(module, operation.call.node, 40)}`"
        where = (
            "a thread of the app's own"
            if operation.context is Context.THREAD
            else "a handler, outside of GPU functions"
        )
        how = "uses CUDA by its own choice" if operation.is_choice else "uses CUDA"
        # What another library says where there is no GPU is its own.
        raises = ", and raises `Low-level CUDA init`" if operation.is_certain or operation.is_choice else ""
        yield Finding(
            at=space.span(module, operation.call.node),
            message=f"{what} {how} in {where}: the main process has no GPU{raises}",
            notes=space.route(operation.function, operation.context),
            fix=Fix(_advice(operation)),
            confidence=Confidence.CERTAIN if operation.is_certain else Confidence.LIKELY,
        )


def _advice(operation: Operation) -> str:
    from zerolint.model.contexts import Context

    if operation.is_choice:
        return 'Pass `device="cpu"`, or do it in a GPU function'
    if operation.context is Context.THREAD:
        return "Do it at module level, or in a GPU function"
    return f"Decorate {operation.root.spoken} with `spaces.GPU`, or do it in a GPU function that it calls"
