"""A generator that `spaces.GPU` cannot see: its generator object is pickled, and that fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.generators import Hidden
    from zerolint.model.space import Space


@rule(
    code="ZG024",
    name="hidden-generator",
    summary="A generator that `spaces.GPU` takes for a plain function",
    prevents="ZeroGPU worker error: PicklingError",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"yield",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the returned generator, the decorator that hides one, or the object that makes one."""
    for hidden in space.generators_hidden_from_gpu():
        node = f"`{space.code(hidden.module, hidden.node, 40)}`"
        notes = []
        if hidden.function is not None:
            message = f"{node} is a generator, which cannot be pickled: each call fails with `PicklingError`"
            fix = _fix(space, hidden)
            notes.append(Note(space.span(hidden.stream.module, hidden.stream.node.name), "this function yields"))
            notes += space.route(hidden.function)
        elif hidden.decoration is not None:
            message = (
                f"`@{node[1:]} hides from `spaces.GPU` that {hidden.stream.spoken} yields: "
                "each call fails with `PicklingError`"
            )
            if hidden.result is not None:
                at = space.span(hidden.result.scope.module, hidden.result.node)
                notes.append(Note(at, "this returns the generator instead of yielding"))
                fix = Fix("Let its function hand the parts on with `yield from`, or take the decorator away")
            else:
                code = space.code(hidden.module, hidden.node, 40)
                fix = Fix(f"Write `with {code}:` in the body of {hidden.stream.spoken}")
        else:
            message = (
                f"{node} is no generator function for `spaces.GPU`, though {hidden.stream.spoken} yields: "
                "each call fails with `PicklingError`"
            )
            fix = Fix(f"Give `spaces.GPU` its method: `{space.code(hidden.module, hidden.node, 40)}.__call__`")
            notes.append(Note(space.span(hidden.stream.module, hidden.stream.node.name), "this method yields"))
        yield Finding(at=space.span(hidden.module, hidden.node), message=message, notes=tuple(notes), fix=fix)


def _fix(space: Space, hidden: Hidden) -> Fix:
    title = "Hand its parts on with `yield from`"
    result = hidden.result
    if not hidden.is_whole or result is None or not space.round_trips(hidden.module, result.node):
        return Fix(title)
    at = space.span(hidden.module, result.node)
    keyword = Span(at.path, at.start_line, at.start_column, at.start_line, at.start_column + len("return"))
    return Fix(title, (Edit(keyword, "yield from"),))
