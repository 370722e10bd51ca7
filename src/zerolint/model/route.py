"""How a function comes to run, in notes: who calls it, and where Gradio or `spaces` is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from zerolint.finding import Note
from zerolint.model.contexts import Context, Step
from zerolint.model.syntax import Scope

if TYPE_CHECKING:
    from zerolint.model.space import Space


def route(
    space: Space,
    scope: Scope,
    context: Context | None = None,
    most: int = 2,
    steps: Mapping[Context, Mapping[Scope, Step]] | None = None,
) -> tuple[Note, ...]:
    """Notes on how a function is reached, from its caller back to the root; the middle of a long way is left out.

    Without a `context` the first of HANDLER, GPU and THREAD is taken in which it runs. `steps` holds the ways to follow
    where not every way counts.
    """
    if context is None:
        order = (Context.HANDLER, Context.GPU, Context.THREAD)
        context = next((found for found in order if space.contexts.in_context(scope, found)), Context.HANDLER)
    way = space.contexts.path(scope, context) if steps is None else list(_way(steps[context], scope))
    notes = [note for function, step in way if (note := _note(space, function, step)) is not None]
    if len(notes) > most:
        notes = [*notes[: most - 1], notes[-1]]
    return tuple(notes)


def _way(steps: Mapping[Scope, Step], scope: Scope) -> Iterator[tuple[Scope, Step]]:
    current: Scope | None = scope
    seen: set[Scope] = set()
    while current is not None and current in steps and current not in seen:
        seen.add(current)
        yield current, steps[current]
        current = steps[current].caller


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
        return Note(at, f"{function.spoken} is called by {step.caller.spoken} here")
    return None
