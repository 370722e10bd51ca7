"""`torch.compile` in code that the Space runs, where each worker would compile again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG002",
    name="torch-compile",
    summary="`torch.compile` in code that runs on the Space",
    prevents="GPU task aborted, after a wait in which the first visitor's seconds go into compiling",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"compile",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each use that is reached."""
    for compilation in space.compilations():
        yield Finding(
            at=compilation.at,
            message=f"`{compilation.what}` compiles in each GPU worker's first call, which ZeroGPU does not support",
            fix=Fix("Compile ahead of time with `spaces.aoti_compile`, or run the model as it is"),
        )
