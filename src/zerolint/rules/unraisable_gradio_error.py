"""A subclass of `gr.Error` that a GPU worker raises and that the main process cannot make again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG051",
    name="unraisable-gradio-error",
    summary="A `gr.Error` with arguments of its own, raised in a GPU function",
    prevents="TypeError: QuotaError.__init__() missing 1 required positional argument; a generator hangs",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"Error):",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the error that is raised."""
    for lost in space.lost_errors():
        from zerolint.model.contexts import Context

        module = lost.call.scope.module
        name = f"`{lost.cls.name}`"
        if lost.root.is_generator:
            result = f"the request hangs for {fact('generator.timeout_minutes').value} minutes"
        else:
            result = "the visitor gets a `TypeError`"
        constructor = lost.constructor
        at = space.span(constructor.module, constructor.node.name)
        yield Finding(
            at=space.span(module, lost.call.node),
            message=f"{name} is made again from its message alone, but {lost.needs}: {result} instead of it",
            notes=(
                Note(at, "this is called with the message alone"),
                *space.route(lost.call.function, Context.GPU, most=2),
            ),
            fix=Fix("Give all but the message a default, or say in `__reduce__` how to make it again"),
            facts=("generator.timeout_minutes",) if lost.root.is_generator else (),
        )
