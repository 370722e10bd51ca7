"""A model or tensor that was packed when the app launched, used by code that runs outside GPU functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.model import words
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG034",
    name="packed-tensor-read",
    summary="A model on CUDA that runs outside GPU functions",
    prevents="Zeros for weights, without an error: what was put on CUDA at start-up is only there in GPU functions",
    consequence=Consequence.DATA,
    since="0.1.0",
    words=words.PLACING,
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that reads."""
    for read in space.packed_reads():
        from zerolint.model.packed import What

        module = read.scope.module
        what = f"`{space.code(module, read.node, 40)}`"
        if read.packed.what is What.MODEL:
            message = f"{what} is used in the main process, where its packed weights read as zeros"
            title = "Use it in a GPU function"
        else:
            message = f"{what} reads as zeros in the main process: it was packed when the app launched"
            title = "Read it in a GPU function, or keep a copy on the CPU"
        placed = Note(space.span(read.packed.module, read.packed.node), f"{what} is put on CUDA here")
        yield Finding(
            at=space.span(module, read.call.node),
            message=message,
            notes=(placed, *space.route(read.scope, read.context)),
            fix=Fix(title),
            confidence=Confidence.CERTAIN if read.packed.is_certain else Confidence.LIKELY,
        )
