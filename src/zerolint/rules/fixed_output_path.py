"""A function that runs for each visitor writes a file to a path that is the same for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.writes import FileWrite


@rule(
    code="ZG007",
    name="fixed-output-path",
    summary="A file that every request writes to the same path",
    prevents="One visitor gets the file of another one, without any error message",
    consequence=Consequence.DATA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each write whose path does not depend on the request; appending to a file is only a remark."""
    for write in space.file_writes():
        if not write.is_fixed:
            continue
        module = write.scope.module
        known = write.text and "*" not in write.text
        path = write.text if known else space.code(module, write.path)
        if write.appends:
            message = f"All requests append to `{path}`, which visitors share and which is lost at a restart"
        else:
            message = f"`{path}` is the same path for every request, so one visitor can get what another one made"
        yield Finding(
            at=space.span(module, write.call.node),
            message=message,
            notes=_notes(space, write),
            fix=Fix(
                "Keep it in a dataset on the Hub, for instance with `huggingface_hub.CommitScheduler`"
                if write.appends
                else "Write to a fresh `tempfile` path and return it"
            ),
            confidence=Confidence.CERTAIN if write.is_certain else Confidence.LIKELY,
            consequence=Consequence.HYGIENE if write.appends else None,
        )


def _notes(space: Space, write: FileWrite) -> tuple[Note, ...]:
    if not write.chain:
        return space.route(write.scope)
    # The call that hands over the path says most, and it is a step on the way.
    way = space.route(write.scope, chain=write.chain, most=1)
    outermost = len(write.chain) - 1
    call, function = write.chain[0]
    given = way[outermost]._replace(
        at=space.span(call.scope.module, call.node), message=f"{function.scope.spoken} gets this path here", shown=True
    )
    return (*way[:outermost], given, *way[outermost + 1 :])
