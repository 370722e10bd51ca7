"""`spaces.GPU` above `@classmethod`, `@property` or `@staticmethod`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.descriptors import GpuDescriptor
    from zerolint.model.space import Space


@rule(
    code="ZG020",
    name="gpu-above-descriptor",
    summary="`spaces.GPU` above `@classmethod`, `@property` or `@staticmethod`",
    prevents="`<function ...>` in place of a result; TypeError: 'classmethod' object is not callable",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report `spaces.GPU`."""
    for found in space.gpu_descriptors():
        from zerolint.model.order import moved_below

        module = found.function.module
        notes: tuple[Note, ...] = ()
        if found.use is not None:
            call, node = found.use
            at = space.span(call.scope.module, node)
            notes = (Note(at, f"{found.function.spoken} is taken from an object here"),)
        # What stands in a function cannot be found by the worker when the class is an argument.
        owner = found.function.parent
        local = found.kind == "classmethod" and owner is not None and owner.parent is not owner.module.root
        yield Finding(
            at=space.span(module, found.gpu.node),
            message=_message(found),
            notes=notes,
            fix=Fix(
                f"Move `@spaces.GPU` below `@{space.code(module, found.descriptor.expression, 40)}`",
                () if local or found.function.is_async else moved_below(space, found.gpu, found.descriptor),
            ),
        )


def _message(found: GpuDescriptor) -> str:
    name, kind = found.function.spoken, found.kind
    if found.failure == "duration":
        gives = "each call gives back a function" if kind == "classmethod" else "reading it gives a `partial`"
        return f"`spaces.GPU` takes a `{kind}` for a duration: {name} never runs, {gives}"
    if found.failure == "callable":
        reads = "" if kind == "classmethod" else "reading it gives a method, and "
        return f"`spaces.GPU` wraps a `{kind}`: {name} never runs, {reads}a call fails with `TypeError` in the worker"
    if found.failure == "generator":
        return f"`spaces.GPU` cannot see that {name} is a generator: each call ends with `PicklingError`"
    return f"{name} gets the object that it is called on as its first argument"
