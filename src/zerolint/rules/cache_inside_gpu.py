"""A cache below `spaces.GPU`, which is filled in a worker and lost with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG049",
    name="cache-inside-gpu",
    summary="A cache that is filled in a GPU worker and lost with it",
    prevents="A result that is cached already books a GPU again, and each new worker computes it anew",
    consequence=Consequence.QUOTA,
    since="0.1.0",
    words=(b"functools", b"cachetools", b"gr.cache", b"gradio.cache", b"import cache"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the cache's decorator."""
    for cache in space.worker_caches():
        from zerolint.model.contexts import Context

        name = cache.function.spoken
        if cache.is_below:
            message = (
                f"`{cache.what}` below `spaces.GPU` keeps what {name} returns in a worker: a hit still books a GPU"
            )
            fix = Fix(f"Put `{cache.what}` above `spaces.GPU`, where it lives in the main process")
        else:
            message = f"`{cache.what}` keeps what {name} returns in a GPU worker, and each new worker starts without it"
            fix = Fix("Compute it in the main process, or cache the GPU function with a decorator above `spaces.GPU`")
        yield Finding(
            at=space.span(cache.decoration.scope.module, cache.decoration.node),
            message=message,
            notes=space.route(cache.function, Context.GPU),
            fix=fix,
            confidence=Confidence.CERTAIN if cache.is_below else Confidence.LIKELY,
        )
