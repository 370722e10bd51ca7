"""An `async def` as a GPU function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.gpu import AsyncFunction
    from zerolint.model.space import Space

_WAITING = re.compile(r"\b(?:await|async)\b")


@rule(
    code="ZG011",
    name="async-gpu-function",
    summary="`spaces.GPU` on an `async def`",
    prevents="NotImplementedError, without a message, when the app starts",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"async",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the name of the function."""
    for found in space.async_gpu_functions():
        function = found.function
        consequence = None if found.at_start else Consequence.REQUEST
        if function.is_generator:
            message = f"{function.spoken} is an async generator: each call fails, because it cannot be pickled"
            consequence = Consequence.REQUEST
        elif found.at_start:
            message = (
                f"{function.spoken} is `async`: `spaces.GPU` raises NotImplementedError and the app does not start"
            )
        else:
            message = f"{function.spoken} is `async`: `spaces.GPU` raises NotImplementedError when it is applied"
        notes: tuple[Note, ...] = ()
        if type(found.options.node).__name__ != "Decorator":
            notes = (Note(space.span(found.options.module, found.options.node), "`spaces.GPU` is applied here"),)
        yield Finding(
            at=space.span(function.module, function.node.name),
            message=message,
            notes=notes,
            fix=_fix(space, found),
            consequence=consequence,
        )


def _fix(space: Space, found: AsyncFunction) -> Fix:
    function = found.function
    module = function.module
    if _WAITING.search(space.code(module, function.node.body, 1_000_000)):
        return Fix("Make it a `def` that runs what it awaits with `asyncio.run(...)`")
    title = "Remove `async`: a GPU function runs in a process of its own"
    if space.program.callers(function) or not space.round_trips(module, function.node.asynchronous):
        # Who calls it awaits what it gives.
        return Fix(title)
    at = space.span(module, function.node.asynchronous)
    name = space.span(module, function.node.name)
    if at.start_line != name.start_line:
        return Fix(title)
    space_after = len(function.node.asynchronous.whitespace_after.value)
    return Fix(title, (Edit(at._replace(end_column=at.start_column + len("async") + space_after), ""),))
