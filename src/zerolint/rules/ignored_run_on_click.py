"""What a click on an example is to do, said where the cache of the examples decides it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.examples import IgnoredClick
    from zerolint.model.space import Space


@rule(
    code="ZG063",
    name="ignored-run-on-click",
    summary="`run_on_click` where examples are cached, which leaves it without effect",
    prevents="A click on an example shows what the first one made, and does not run the function again",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
    words=(b"run_on_click", b"run_examples_on_click"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the option."""
    for ignored in space.ignored_clicks():
        module = ignored.examples.call.scope.module
        option = f"`{space.code(module, ignored.argument).rstrip(', ')}`"
        if ignored.examples.member == "ChatInterface":
            result = "a click shows the cached reply all the same"
        else:
            result = "a click shows what the first one made"
        is_written = ignored.examples.is_cached is True
        where = "examples are cached" if is_written else "ZeroGPU caches examples with `fn` and `outputs`"
        yield Finding(
            at=space.span(module, ignored.argument),
            message=f"{option} has no effect: {where}, and {result}",
            fix=_fix(space, ignored),
            confidence=Confidence.CERTAIN if is_written else Confidence.LIKELY,
        )


def _fix(space: Space, ignored: IgnoredClick) -> Fix:
    if ignored.examples.is_cached is None:
        return Fix("Add `cache_examples=False` if each click is to run the function, or else leave the option out")
    name = ignored.argument.keyword.value
    title = f"Leave `{name}` out, or cache nothing with `cache_examples=False`"
    module, arguments = ignored.examples.call.scope.module, list(ignored.examples.call.node.args)
    index = arguments.index(ignored.argument)
    if not index or not space.round_trips(module, ignored.examples.call.node):
        return Fix(title)
    before, at = space.span(module, arguments[index - 1]), space.span(module, ignored.argument)
    return Fix(title, (Edit(Span(at.path, before.end_line, before.end_column, at.end_line, at.end_column), ""),))
