"""Examples that a GPU function computes while the app starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.examples import MadeOnGpu
    from zerolint.model.space import Space


@rule(
    code="ZG061",
    name="eager-example-cache",
    summary="Examples that a GPU function computes while the app starts",
    prevents="Couldn't start the app because 'http://127.0.0.1:7860/gradio_api/startup-events' failed (code 500)",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"cache_mode",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report `cache_mode`."""
    for eager in space.eager_caches():
        examples = eager.examples
        module = examples.call.scope.module
        many = "each example" if eager.number is None else f"each of {eager.number} examples"
        if eager.number == 1:
            many = "the example"
        yield Finding(
            at=space.span(module, examples.mode),
            message=f"{eager.gpu.spoken} books a GPU for {many} while the app starts, when no visitor is there to pay",
            notes=tuple(_notes(space, eager)),
            fix=_fix(space, eager),
            confidence=Confidence.CERTAIN if examples.is_cached else Confidence.LIKELY,
        )


def _notes(space: Space, eager: MadeOnGpu) -> Iterator[Note]:
    way = eager.way
    if way is not None:
        for index in reversed(range(len(way.calls))):
            call, caller = way.calls[index], way.callers[index]
            called = eager.gpu if call is way.calls[-1] else way.callers[index + 1]
            yield Note(
                space.span(call.scope.module, call.node.func), f"{called.spoken} is called by {caller.spoken} here"
            )
    gpu = space.contexts.gpu.get(eager.gpu)
    if gpu and gpu[0].node is not None and gpu[0].scope is not None:
        yield Note(space.span(gpu[0].scope.module, gpu[0].node), f"{eager.gpu.spoken} is a GPU function")


def _fix(space: Space, eager: MadeOnGpu) -> Fix:
    title = 'Cache each example when it is first clicked, with `cache_mode="lazy"`'
    mode, module = eager.examples.mode, eager.examples.call.scope.module
    if type(mode).__name__ != "SimpleString" or not space.round_trips(module, mode):
        return Fix(title)
    quote = str(mode.value)[-1]
    return Fix(title, (Edit(space.span(module, mode), f"{quote}lazy{quote}"),))
