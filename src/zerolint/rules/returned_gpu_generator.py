"""A function that Gradio calls and that returns the generator of a GPU function, which nothing goes over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.generators import Hidden
    from zerolint.model.space import Space


@rule(
    code="ZG025",
    name="returned-gpu-generator",
    summary="A handler that returns the generator of a GPU function",
    prevents="The visitor sees `<generator object ...>`, and the GPU function never runs",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"yield",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the returned generator, or the decorator that hides one."""
    for hidden in space.generators_hidden_from_gradio():
        node = f"`{space.code(hidden.module, hidden.node, 40)}`"
        notes = [Note(space.span(hidden.stream.module, hidden.stream.node.name), f"{hidden.stream.spoken} yields")]
        if hidden.decoration is not None:
            message = f"`@{node[1:]} hides from Gradio that {hidden.stream.spoken} yields"
            if hidden.result is not None:
                at = space.span(hidden.result.scope.module, hidden.result.node)
                notes = [Note(at, "this returns the generator instead of yielding")]
            fix = Fix("Let its function hand the parts on with `yield from`, or take the decorator away")
        else:
            message = f"{node} is a generator, and nothing goes over it"
            fix = _fix(space, hidden)
        assert hidden.registration is not None
        yield Finding(
            at=space.span(hidden.module, hidden.node),
            message=f"{message}: Gradio takes `<generator object ...>` for the result, and no GPU is asked for",
            notes=(*notes, *space.route(hidden.function or hidden.stream)),
            fix=fix,
        )


def _fix(space: Space, hidden: Hidden) -> Fix:
    function, result = hidden.function, hidden.result
    assert function is not None
    if function.kind == "lambda":
        return Fix(f"Register {hidden.stream.spoken} itself, or a `def` with `yield from`")
    if function.is_async:
        return Fix("Go over it and `yield` each part, in a plain `def`")
    title = "Hand its parts on with `yield from`"
    if not hidden.is_whole or result is None or not space.round_trips(hidden.module, result.node):
        return Fix(title)
    at = space.span(hidden.module, result.node)
    keyword = Span(at.path, at.start_line, at.start_column, at.start_line, at.start_column + len("return"))
    return Fix(title, (Edit(keyword, "yield from"),))
