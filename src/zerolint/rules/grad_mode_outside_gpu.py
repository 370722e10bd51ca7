"""Gradients that are switched off in the main process for a function that runs in a GPU worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.grad_modes import GradMode
    from zerolint.model.space import Space


@rule(
    code="ZG023",
    name="grad-mode-outside-gpu",
    summary="`@torch.no_grad()` above `@spaces.GPU`, or `torch.set_grad_enabled(False)` at start-up",
    prevents="A GPU function that records every step for gradients: memory, time, and `GPU task aborted`",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report where the mode is set."""
    for found in space.grad_modes():
        module = found.module
        expression = found.mode.expression if found.mode is not None else found.node
        yield Finding(
            at=space.span(module, found.node),
            message=_message(space, found, space.code(module, expression, 40)),
            notes=tuple(_notes(space, found)),
            fix=_fix(space, found, space.code(module, expression, 40)),
            confidence=Confidence.LIKELY if found.loss == "unknown" else Confidence.CERTAIN,
            consequence=Consequence.HYGIENE if found.loss in ("nothing", "working") else None,
        )


def _message(space: Space, found: GradMode, mode: str) -> str:
    name = found.function.spoken if found.function is not None else "a GPU function"
    if found.loss == "working":
        return f"`{mode}` above `spaces.GPU` holds only because other GPU functions call {name}"
    if found.call is not None and found.loss == "nothing":
        call = f"`{space.code(found.call.scope.module, found.call.node.func, 40)}`"
        return f"`{mode}` holds in the main process only; in the GPU worker {call} switches gradients off itself"
    return f"`{mode}` holds in the main process only: {name} runs in a GPU worker with gradients on"


def _notes(space: Space, found: GradMode) -> Iterator[Note]:
    call = found.call
    if call is not None:
        what = f"`{space.code(call.scope.module, call.node.func, 40)}`"
        does = "is run here, with gradients on" if found.loss == "records" else "does it here"
        yield Note(space.span(call.scope.module, call.node), f"{what} {does}")
    if found.gpu is not None:
        yield Note(space.span(found.module, found.gpu.node), "from here on it runs in a GPU worker")


def _fix(space: Space, found: GradMode, mode: str) -> Fix:
    from zerolint.model.order import moved_below

    if found.mode is None or found.gpu is None:
        return Fix("Put `@torch.inference_mode()` below `@spaces.GPU`")
    return Fix(f"Move `@{mode}` below `@spaces.GPU`", moved_below(space, found.mode, found.gpu))
