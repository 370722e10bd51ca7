"""A duration of a GPU function that is no number of seconds between one and a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zerolint.finding import Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.options import Argument
    from zerolint.model.space import Space
    from zerolint.model.written import WrongDuration


@rule(
    code="ZG014",
    name="invalid-duration",
    summary="A duration that is negative, below a second, a day or more, or no number",
    prevents="TypeError: unsupported type for timedelta seconds component: str",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value given for the duration."""
    for wrong in space.wrong_durations():
        given = wrong.options.duration
        assert given is not None
        names = ", ".join(scope.spoken for scope in wrong.options.functions[:3]) or "the function"
        text = f"`{space.code(given.point.scope.module, given.node, 40)}`"
        if wrong.asked is None:
            message = f"{text} is no number of seconds: each call of {names} fails with `{wrong.error}`"
        else:
            message = f"{_reason(text, wrong.written)}: each call of {names} asks for {wrong.asked:,} s"
        yield Finding(
            at=space.span(given.point.scope.module, given.node),
            message=message,
            notes=_notes(space, wrong),
            fix=_fix(space, given, wrong.written),
        )


def _reason(text: str, written: Any) -> str:
    seconds = written.total_seconds() if isinstance(written, timedelta) else written
    if seconds < 0:
        return f"{text} is negative, and what counts is the rest after whole days"
    if seconds < 1:
        return f"{text} is less than a second, and only whole seconds count"
    return f"{text} is a day or more, and only the rest after whole days counts"


def _notes(space: Space, wrong: WrongDuration) -> tuple[Note, ...]:
    """Where the number stands that a name means is not said: the name is easily found. Where it is applied is."""
    options = wrong.options
    assert options.duration is not None
    if type(options.node).__name__ == "Decorator" or not options.functions:
        return ()
    return tuple(
        Note(space.span(scope.module, scope.node.name), f"{scope.spoken} has this duration")
        for scope in options.functions[:2]
        if hasattr(scope.node, "name")
    )


def _fix(space: Space, given: Argument, written: Any) -> Fix:
    title = "Give the seconds of the slowest realistic call as a number"
    module = given.point.scope.module
    digits = written.strip() if isinstance(written, str) else ""
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 86_400):
        return Fix(title)
    title = f"Write the number {int(digits)}"
    if type(given.node).__name__ != "SimpleString" or given.node.lpar or not space.round_trips(module, given.node):
        return Fix(title)
    return Fix(title, (Edit(space.span(module, given.node), str(int(digits))),))
