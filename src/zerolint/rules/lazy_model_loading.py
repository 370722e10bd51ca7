"""A model that is loaded while a visitor waits, although it could be loaded when the app starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG003",
    name="lazy-model-loading",
    summary="A model loaded in a GPU function, a handler, or what they call",
    prevents="ZeroGPU quota exceeded: each new worker loads the model again, on the visitor's seconds",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that loads, not the calls that lead to it."""
    for loading in space.loadings():
        module = loading.call.scope.module
        if loading.in_gpu:
            message = f"`{loading.what}` loads the model again in every GPU worker, on the visitor's GPU time"
        else:
            message = f"`{loading.what}` loads the model while a visitor waits"
        inner = tuple(
            Note(space.span(call.scope.module, call.node.func), "a model is loaded here") for call in loading.inner[:2]
        )
        yield Finding(
            at=space.span(module, loading.call.node),
            message=message,
            notes=inner + space.route(loading.function, loading.context, most=1 if inner else 2),
            fix=Fix(f"Load it at module level{', and put it on CUDA there' * loading.fits_on_cuda}"),
            confidence=Confidence.CERTAIN if loading.is_certain else Confidence.LIKELY,
        )
