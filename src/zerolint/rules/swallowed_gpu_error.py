"""An `except` around the call of a GPU function that misses its errors, or catches more than it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG050",
    name="swallowed-gpu-error",
    summary="An `except` that misses or swallows the errors of a GPU function",
    prevents="The handler never runs, or hides `ZeroGPU quota exceeded` as if it were bad input",
    consequence=Consequence.DATA,
    since="0.1.0",
    words=(b"except",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the class in the clause."""
    for missed in space.missed_errors():
        module = missed.call.scope.module
        called = missed.function
        kind = f"`except {space.code(module, missed.kind, 40)}`"
        if missed.catches_all:
            message = f"{kind} hides every error of {called.spoken}, a lack of quota too: `gr.Error` is a ValueError"
            fix = Fix("Put `except gr.Error: raise` before it, or check the input before the call")
        else:
            message = f"{kind} never catches what {called.spoken} raises: it arrives as `gr.Error`"
            fix = Fix("Catch it inside the GPU function, or catch `gr.Error` here")
        gpu = space.contexts.gpu.get(called)
        at = space.span(module, missed.call.node.func)
        is_direct = any(target.scope is called for target in space.program.targets(missed.call))
        notes = [
            Note(at, f"{called.spoken} is called here" if is_direct else f"this leads to a call of {called.spoken}")
        ]
        if gpu and gpu[0].node is not None and gpu[0].scope is not None:
            notes.append(Note(space.span(gpu[0].scope.module, gpu[0].node), f"{called.spoken} is a GPU function"))
        yield Finding(
            at=space.span(module, missed.kind),
            message=message,
            notes=(*notes, *space.route(missed.call.function, most=1)),
            fix=fix,
            confidence=Confidence.CERTAIN if missed.is_certain else Confidence.LIKELY,
            consequence=None if missed.catches_all else Consequence.REQUEST,
            facts=("gradio.error_is_value_error",) if missed.catches_all else (),
        )
