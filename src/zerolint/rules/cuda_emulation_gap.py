"""Start-up code that reaches CUDA in a way that its emulation does not cover."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.model import words
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG035",
    name="cuda-emulation-gap",
    summary="A CUDA call at start-up that the emulation does not cover",
    prevents="RuntimeError: Low-level CUDA init (`torch._C._cuda_init`) reached, and the app does not start",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=words.UNEMULATED,
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call, and for a default device where it is used first."""
    for gap in space.emulation_gaps():
        from zerolint.model.importing import way_notes

        module = gap.call.scope.module
        what = f"`{space.code(module, gap.call.node, 40)}`"
        if gap.maker is None:
            message = f"{what} reaches CUDA below its emulation when the app starts, and raises `Low-level CUDA init`"
            fix = Fix("Leave it to the GPU functions: when the app starts, there is no GPU")
        else:
            message = f"After {what} the first tensor made when the app starts raises `Low-level CUDA init`"
            fix = Fix('Name the device where it is used instead: `.to("cuda")`, `device="cuda"`')
        notes = way_notes(space, gap.way)
        if gap.maker is not None:
            home = gap.maker.scope.module
            maker = f"`{space.code(home, gap.maker.node.func, 40)}` makes a tensor here"
            notes = (Note(space.span(home, gap.maker.node), maker), *notes)
        yield Finding(
            at=space.span(module, gap.call.node),
            message=message,
            notes=notes,
            fix=fix,
            confidence=Confidence.CERTAIN if gap.is_certain else Confidence.LIKELY,
        )
