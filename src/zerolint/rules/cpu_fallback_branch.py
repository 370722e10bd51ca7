"""A branch for a machine without CUDA, which never runs on ZeroGPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG040",
    name="cpu-fallback-branch",
    summary="A branch without CUDA that holds more than a message or a device",
    prevents="The branch never runs: `torch.cuda.is_available()` is true on ZeroGPU, even where there is no GPU",
    consequence=Consequence.DATA,
    since="0.1.0",
    default=False,
)
def check(space: Space) -> Iterator[Finding]:
    """Report the test, with the first thing of substance in the branch that never runs."""
    for fallback in space.dead_fallbacks():
        module = fallback.scope.module
        never = f"`{space.code(module, fallback.call.node.func, 40)}`"
        where = ", also here, where there is no GPU" if fallback.has_no_gpu else ""
        notes = [Note(space.span(module, fallback.call.node), "this never runs")]
        if fallback.has_no_gpu:
            notes.extend(space.route(fallback.call.function))
        yield Finding(
            at=space.span(module, fallback.test),
            message=f"`torch.cuda.is_available()` is always true on ZeroGPU{where}: {never} never runs",
            notes=tuple(notes),
            fix=Fix("Remove the branch, or decide by what the app means: an environment variable, for instance"),
            confidence=Confidence.LIKELY,
            consequence=None if fallback.has_no_gpu else Consequence.HYGIENE,
        )
