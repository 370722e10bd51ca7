"""How a function comes to run, in notes: who calls it, and where Gradio or `spaces` is told of it.

The notes are steps, from the function back to where the way begins, so that a finding in the function has its flow (see
`Finding.flow`). People are shown the ends of a long way; reports for programs hold all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from zerolint.finding import Note
from zerolint.model.contexts import Context, Step
from zerolint.model.handlers import is_of_examples
from zerolint.model.syntax import Call, Scope
from zerolint.model.values import Function

if TYPE_CHECKING:
    from zerolint.model.space import Space


def route(
    space: Space,
    scope: Scope,
    context: Context | None = None,
    most: int = 2,
    steps: Mapping[Context, Mapping[Scope, Step]] | None = None,
    chain: tuple[tuple[Call, Function], ...] = (),
) -> tuple[Note, ...]:
    """Notes on how a function is reached, from its caller back to the root; at most `most` are for people.

    Without a `context` the first of HANDLER, GPU and THREAD is taken in which it runs. `steps` holds the ways to follow
    where not every way counts, and `chain` the calls, outermost first, that the way to the function ends with. What
    leads to a GPU function from outside of the worker is told to programs only.
    """
    way = [(function.scope, Step(call.function, call)) for call, function in reversed(chain)]
    start = chain[0][0].function if chain else scope
    if context is None or chain:
        order = (Context.HANDLER, Context.GPU, Context.THREAD)
        context = next((found for found in order if space.contexts.in_context(start, found)), Context.HANDLER)
    way += space.contexts.path(start, context) if steps is None else _way(steps[context], start)
    notes = [note for function, step in way if (note := _note(space, function, step)) is not None]
    last = len(notes) - 1
    entrance = _entrance(space, way[-1][0], {way[-1][0]}) if way and way[-1][1].gpu is not None else []
    notes += [note for function, step in entrance if (note := _note(space, function, step)) is not None]
    return tuple(
        note._replace(step=index + 1, shown=index < most - 1 or index == last) for index, note in enumerate(notes)
    )


def _way(steps: Mapping[Scope, Step], scope: Scope) -> Iterator[tuple[Scope, Step]]:
    current: Scope | None = scope
    seen: set[Scope] = set()
    while current is not None and current in steps and current not in seen:
        seen.add(current)
        yield current, steps[current]
        current = steps[current].caller


def _entrance(space: Space, function: Scope, seen: set[Scope]) -> list[tuple[Scope, Step]]:
    """How a GPU function comes to be called from outside of workers: its registration, or the way to a call of it.

    One that only other GPU functions call runs in their workers.
    """
    contexts = space.contexts
    for registration in sorted(contexts.registrations, key=is_of_examples):
        if registration.function.scope is function:
            return [(function, Step(None, registration.call, registration))]
    for caller in contexts.callers(function):
        for context in (Context.HANDLER, Context.THREAD):
            if caller not in contexts.gpu and contexts.in_context(caller, context):
                call = next(edge.call for edge in contexts.edges(caller) if edge.function.scope is function)
                return [(function, Step(caller, call)), *contexts.path(caller, context)]
    for caller in contexts.callers(function):
        way = contexts.path(caller, Context.GPU)
        if way and way[-1][1].gpu is not None and way[-1][0] not in seen:
            call = next(edge.call for edge in contexts.edges(caller) if edge.function.scope is function)
            return [(function, Step(caller, call)), *way, *_entrance(space, way[-1][0], {*seen, way[-1][0]})]
    return []


def _note(space: Space, function: Scope, step: Step) -> Note | None:
    if step.registration is not None:
        registration = step.registration
        where = f"on `{registration.event}` " if registration.event else ""
        if registration.decoration is not None:
            module, node = registration.decoration.scope.module, registration.decoration.expression
        elif registration.call is not None:
            module, node = registration.call.scope.module, registration.call.node.func
        else:
            return None
        return Note(space.span(module, node), f"{function.spoken} is registered {where}here")
    if step.gpu is not None and step.gpu.scope is not None and step.gpu.node is not None:
        return Note(space.span(step.gpu.scope.module, step.gpu.node), f"{function.spoken} is a GPU function")
    if step.call is not None and step.caller is not None:
        at = space.span(step.call.scope.module, step.call.node.func)
        edges = space.contexts.edges(step.caller)
        threaded = any(edge.threaded and edge.call is step.call and edge.function.scope is function for edge in edges)
        runs = "is run in a thread by" if threaded else "is called by"
        return Note(at, f"{function.spoken} {runs} {step.caller.spoken} here")
    if step.caller is not None:
        # What a decorator of the Space makes of the function.
        at = space.span(step.caller.module, getattr(step.caller.node, "name", step.caller.node))
        return Note(at, f"{function.spoken} is put around {step.caller.spoken} here")
    return None
