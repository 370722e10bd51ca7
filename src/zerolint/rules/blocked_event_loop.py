"""A GPU function that an asynchronous handler waits for on the event loop, so that nobody else is served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.ways import BlockingCall


@rule(
    code="ZG053",
    name="blocked-event-loop",
    summary="A GPU function called directly by an asynchronous handler",
    prevents="All visitors wait until the GPU function of one of them is done",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"async",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call in the asynchronous function."""
    for blocking in space.blocking_calls():
        way = blocking.way
        module = way.call.scope.module
        caller = blocking.caller.spoken
        gpu = way.function.spoken
        message = f"The event loop stands still until {gpu} is done, because {caller} is asynchronous and waits for it"
        yield Finding(
            at=space.span(module, way.call.node),
            message=message,
            notes=(*_inner(space, blocking), *space.route(blocking.caller, most=1)),
            fix=_fix(space, blocking),
        )


def _inner(space: Space, blocking: BlockingCall) -> Iterator[Note]:
    way = blocking.way
    if len(way.calls) > 1:
        last = way.calls[-1]
        at = space.span(last.scope.module, last.node.func)
        yield Note(at, f"{way.function.spoken} is called by {way.callers[-1].spoken} here")
    gpu = space.contexts.gpu.get(way.function)
    if gpu and gpu[0].node is not None and gpu[0].scope is not None:
        yield Note(space.span(gpu[0].scope.module, gpu[0].node), f"{way.function.spoken} is a GPU function")


def _fix(space: Space, blocking: BlockingCall) -> Fix:
    call = blocking.way.call
    module = call.scope.module
    name = space.code(module, call.node.func)
    title = f"Run it in a thread with `await asyncio.to_thread({name}, ...)`"
    if space.program.targets(call)[0].scope.is_generator:
        return Fix("Make the handler a plain generator, which Gradio runs in a thread")
    imported = any(binding.value == ("asyncio", "") for binding in module.root.names.get("asyncio", ()))
    statement: Any = module.statement_of(call.node)
    small = statement.body[0] if type(statement).__name__ == "SimpleStatementLine" else None
    is_whole = getattr(small, "value", None) is call.node and call.scope is blocking.caller
    if not imported or not is_whole or not space.round_trips(module, call.node):
        return Fix(title)
    start, function = space.span(module, call.node), space.span(module, call.node.func)
    open_end = Span(function.path, function.end_line, function.end_column, function.end_line, function.end_column + 1)
    before = Span(start.path, start.start_line, start.start_column, start.start_line, start.start_column)
    edits = (Edit(before, "await asyncio.to_thread("), Edit(open_end, ", " if call.node.args else ""))
    # After `return` nothing of the handler runs that other coroutines could have disturbed.
    is_last = type(small).__name__ == "Return" and len(blocking.way.calls) == 1
    unsafe = None if is_last else "other coroutines run in between, and may see or change what is shared"
    return Fix(title, edits, unsafe=unsafe)
