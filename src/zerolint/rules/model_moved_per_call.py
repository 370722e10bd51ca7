"""A model that lies on the CPU at start-up and is moved to CUDA by a GPU function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG037",
    name="model-moved-per-call",
    summary="A model of the module that a GPU function moves to CUDA",
    prevents="ZeroGPU quota exceeded: the weights are moved on the visitor's seconds, again in each new worker",
    consequence=Consequence.QUOTA,
    since="0.1.0",
    words=(b"cuda",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each call that moves, with the place where the model is made."""
    for move in space.model_moves():
        from zerolint.model.contexts import Context

        module = move.call.scope.module
        model = f"`{space.code(module, move.model, 40)}`"
        often = "at every call" if move.is_returned or move.place.copied else "again in every GPU worker"
        home = move.binding.scope.module
        made = Note(space.span(home, move.binding.node), f"`{move.place.name}` is made here, and stays on the CPU")
        yield Finding(
            at=space.span(module, move.call.node),
            message=f"{model} is moved to the GPU {often}, on the visitor's GPU time",
            notes=(made, *space.route(move.call.function, Context.GPU)),
            fix=Fix(f"Put {model} on CUDA where it is made, at start-up"),
            confidence=Confidence.CERTAIN if move.is_certain else Confidence.LIKELY,
        )
