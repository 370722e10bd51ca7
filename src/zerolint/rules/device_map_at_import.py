"""A model loaded at start-up with `device_map=`, by a `transformers` that places it from threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.device_maps import MappedLoad
    from zerolint.model.space import Space


@rule(
    code="ZG036",
    name="device-map-at-import",
    summary="`device_map=` at start-up with a `transformers` that loads in threads",
    prevents="RuntimeError: Low-level CUDA init (`torch._C._cuda_init`) reached, while the app starts",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"device_map",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the argument, with the requirement that brings `transformers`."""
    for load in space.mapped_loads():
        module = load.call.scope.module
        argument = space.code(module, load.argument).rstrip(", ")
        if load.is_certain:
            why = "this version of `transformers` is installed"
        else:
            why = "the next build installs the newest `transformers` that fits"
        yield Finding(
            at=space.span(module, load.argument.value),
            message=f"`{argument}` places the weights from threads, where CUDA is not emulated: `Low-level CUDA init`",
            notes=(Note(load.requirement.span, why), *_start(space, load)),
            fix=_fix(space, load),
            confidence=Confidence.CERTAIN if load.is_certain else Confidence.LIKELY,
            facts=("transformers.threaded_loading", *(() if load.is_certain else ("transformers.newest",))),
        )


def _start(space: Space, load: MappedLoad) -> Iterator[Note]:
    caller = space.starting_call(load.call.function)
    if caller is not None:
        at = space.span(caller.scope.module, caller.node.func)
        yield Note(at, f"{load.call.function.spoken} is called at start-up here")


def _fix(space: Space, load: MappedLoad) -> Fix:
    module = load.call.scope.module
    title = 'Pass `device="cuda"`' if load.is_pipeline else 'Place the model with `.to("cuda")`'
    if not space.round_trips(module, load.call.node):
        return Fix(title)
    unsafe = "a model that does not fit on the GPU was divided by its device map" if load.divides else None
    at = space.span(module, load.argument)
    if load.is_pipeline:
        if any(a.keyword is not None and a.keyword.value == "device" for a in load.call.node.args):
            return Fix(title)
        return Fix(title, (Edit(at, 'device="cuda"'),), unsafe=unsafe)
    arguments = load.call.node.args
    index = list(arguments).index(load.argument)
    if not index:
        return Fix(title)
    before = space.span(module, arguments[index - 1])
    removed = Span(at.path, before.end_line, before.end_column, at.end_line, at.end_column)
    whole = space.span(module, load.call.node)
    end = Span(whole.path, whole.end_line, whole.end_column, whole.end_line, whole.end_column)
    return Fix(title, (Edit(removed, ""), Edit(end, '.to("cuda")')), unsafe=unsafe)
