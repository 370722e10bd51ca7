"""How a function comes to run, in notes: who calls it, and where Gradio or `spaces` is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from zerolint.finding import Note
from zerolint.model import syntax
from zerolint.model.contexts import Context, Step
from zerolint.model.syntax import Scope

if TYPE_CHECKING:
    from zerolint.model.space import Space


def spoken(scope: Scope) -> str:
    """A function as a message names it: its name in backticks, or what it is when it has none."""
    if scope.kind == syntax.LAMBDA:
        return "a lambda"
    if scope.kind == syntax.MODULE:
        return "the module level"
    return f"`{scope.name}`"


def route(
    space: Space, scope: Scope, context: Context, most: int = 2, steps: Mapping[Scope, Step] | None = None
) -> tuple[Note, ...]:
    """Notes on how a function is reached in a context, from its caller back to the root; the middle is left out.

    `steps` holds the ways to follow where not every way counts.
    """
    way = space.contexts.path(scope, context) if steps is None else list(_way(steps, scope))
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
        return Note(space.span(module, node), f"{spoken(function)} is registered {where}here")
    if step.gpu is not None and step.gpu.scope is not None and step.gpu.node is not None:
        return Note(space.span(step.gpu.scope.module, step.gpu.node), f"{spoken(function)} is a GPU function")
    if step.call is not None and step.caller is not None:
        at = space.span(step.call.scope.module, step.call.node.func)
        return Note(at, f"{spoken(function)} is called by {spoken(step.caller)} here")
    return None
