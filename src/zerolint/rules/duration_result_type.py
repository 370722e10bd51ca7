"""A function given as `duration` that gives back something other than a number of seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.estimators import WrongSeconds
    from zerolint.model.space import Space


@rule(
    code="ZG017",
    name="duration-result-type",
    summary="A function given as `duration` that returns no number of seconds",
    prevents="TypeError: unsupported type for timedelta seconds component",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report what is returned, or the name of the function when it is of a kind that can return nothing else."""
    for wrong in space.wrong_seconds():
        options, function = wrong.estimator.options, wrong.estimator.function.scope
        users = ", ".join(user.spoken for user in options.functions[:3])
        is_default = wrong.type_name == "NoneType"
        name = getattr(function.node, "name", None)
        if is_default:
            seconds = fact("duration.default_seconds").value
            message = (
                f"{_begun(function.spoken)} gives None: {seconds} s are requested for {users}, as without a duration"
            )
            fix = Fix("Return a number of seconds")
        else:
            message = (
                f"{_begun(function.spoken)} gives {wrong.kind}, no number of seconds: "
                f"calls of {users} fail with `TypeError`"
            )
            fix = _fix(space, wrong)
        assert options.duration is not None
        at = space.span(options.module, options.duration.node)
        notes = (Note(at, f"{function.spoken} is given as `duration` here"),)
        yield Finding(
            at=space.span(wrong.module, wrong.node),
            message=message,
            notes=notes if at != space.span(wrong.module, wrong.node) else (),
            fix=fix,
            confidence=Confidence.LIKELY if is_default and wrong.node is not name else Confidence.CERTAIN,
            consequence=Consequence.QUOTA if is_default else None,
            facts=("duration.default_seconds",) if is_default else (),
        )


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fix(space: Space, wrong: WrongSeconds) -> Fix:
    if wrong.kind in ("a coroutine", "an asynchronous generator"):
        return Fix("Make it a plain `def`")
    if wrong.kind == "a generator":
        return Fix("Return the number instead of yielding it")
    node, module = wrong.node, wrong.module
    at = space.span(module, node)
    if not space.round_trips(module, node):
        return Fix("Return an int, a float or a `timedelta`")
    if type(node).__name__ == "SimpleString" and str(node.evaluated_value).isdecimal():
        return Fix("Return the number itself", (Edit(at, str(int(node.evaluated_value))),))
    if wrong.kind == "a NumPy scalar":
        before = Span(at.path, at.start_line, at.start_column, at.start_line, at.start_column)
        after = Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column)
        return Fix("Make it a number of Python with `int()`", (Edit(before, "int("), Edit(after, ")")))
    return Fix("Return an int, a float or a `timedelta`")
