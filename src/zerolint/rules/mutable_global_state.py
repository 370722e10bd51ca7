"""Code that runs for each visitor and writes to what outlives the request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.state import StateWrite


@rule(
    code="ZG006",
    name="mutable-global-state",
    summary="State of the module written by code that runs for each visitor",
    prevents="One visitor's data in another visitor's reply, and values that a GPU worker keeps to itself",
    consequence=Consequence.DATA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each statement that writes, with the place where the state is made and the way to the function."""
    for write in space.state_writes():
        module = write.function.module
        what = _listed([f"`{space.code(module, target)}`" for target in write.targets])
        notes = []
        if write.definition is not None:
            home, node = write.definition
            message = f"`{space.code(home, node)}` is made here, once for all visitors"
            notes.append(Note(space.span(home, node), message))
        notes.extend(space.route(write.function, write.context, steps=write.steps))
        yield Finding(
            at=space.span(module, write.targets[0]),
            message=f"{write.function.spoken} {_happens(write, what)}",
            notes=tuple(notes),
            fix=Fix(_advice(write)),
            confidence=Confidence.LIKELY if write.is_memo else Confidence.CERTAIN,
        )


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        names = [*names[:2], f"{len(names) - 2} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _happens(write: StateWrite, what: str) -> str:
    shared = "are shared by all visitors" if len(write.targets) > 1 else "is shared by all visitors"
    if not write.in_gpu:
        return f"writes {what}, which {shared}"
    if write.copied:
        return f"writes {what} to the copy that a GPU worker got: the write is lost when the call ends"
    lost = "lost to the app, and found by the next visitor of the same worker"
    if not write.in_handler:
        return f"writes {what} in a GPU worker: {lost}"
    return f"writes {what}: shared by all visitors in a handler, and in a GPU worker {lost}"


def _advice(write: StateWrite) -> str:
    if write.kind.value == "environment":
        return "Pass the value on as an argument"
    if write.kind.value == "stream":
        return "Collect the output where it is made, or pass a stream on as an argument"
    if not write.in_handler:
        if write.is_memo:
            return "Fill it at start-up, or return the value and keep it in the main process"
        return "Return the value, and keep it in `gr.State` or in the main process"
    return "Keep it in `gr.State`, or return it and pass it on"
