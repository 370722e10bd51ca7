"""`spaces.GPU` applied to a function that is a GPU function already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.gpu import SecondDecoration
    from zerolint.model.space import Space


@rule(
    code="ZG026",
    name="double-gpu-decoration",
    summary="A GPU function that is decorated again",
    prevents="The duration or size of the second decorator never counts",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the application that changes nothing."""
    for second in space.second_decorations():
        options = second.options
        name = second.function.spoken
        message = f"{name} is a GPU function already: this changes nothing"
        if second.lost:
            lost = " and ".join(f"`{word}`" for word in second.lost)
            message = f"{name} is a GPU function already: the {lost} given here is never used"
        note = Note(space.span(second.first.module, second.first.node), "this is what counts")
        yield Finding(
            at=space.span(options.module, options.node),
            message=message,
            notes=(note,),
            fix=_fix(space, second),
            consequence=None if second.lost else Consequence.HYGIENE,
        )


def _fix(space: Space, second: SecondDecoration) -> Fix:
    if second.lost:
        return Fix("Keep one `spaces.GPU`, with the options that the function needs")
    node = second.options.node
    title = "Remove it"
    if type(node).__name__ != "Decorator" or not space.round_trips(second.options.module, node):
        return Fix(title)
    at = space.span(second.options.module, node)
    line = Span(at.path, at.start_line, 1, at.end_line + 1, 1)
    has_comment = node.trailing_whitespace.comment is not None or node.leading_lines
    return Fix(title) if has_comment else Fix(title, (Edit(line, ""),))
