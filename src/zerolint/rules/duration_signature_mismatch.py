"""A function given as `duration` that cannot be called with what its GPU function is called with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.estimators import Mismatch
    from zerolint.model.space import Space


@rule(
    code="ZG016",
    name="duration-signature-mismatch",
    summary="A function given as `duration` that cannot take what the GPU function is called with",
    prevents="TypeError: get_duration() takes 2 positional arguments but 3 were given",
    consequence=Consequence.REQUEST,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value of `duration`."""
    for mismatch in space.duration_mismatches():
        options, own = mismatch.estimator.options, mismatch.estimator.function.scope
        assert options.duration is not None
        at = space.span(options.module, options.duration.node)
        notes = []
        defined = space.span(own.module, getattr(own.node, "name", own.node))
        if defined.start_line != at.start_line or defined.path != at.path:
            notes.append(Note(defined, f"{own.spoken} is defined here"))
        way = _way(space, mismatch)
        if way is not None:
            notes.append(way)
        yield Finding(
            at=at,
            message=f"{_begun(own.spoken)} {_problem(mismatch)}: the call fails with `TypeError`",
            notes=tuple(notes),
            fix=_fix(space, mismatch),
        )


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _problem(mismatch: Mismatch) -> str:
    task = mismatch.function.spoken
    if mismatch.twice:
        return f"gets {_list(mismatch.twice)} twice when {task} is called, by place and by name"
    if mismatch.unknown:
        return f"has no parameter {_list(mismatch.unknown)}, which {task} is given by name"
    if mismatch.surplus:
        too = " after the object" if mismatch.with_self else " too"
        return f"has no place for {_list(mismatch.surplus)}, which {task} is given{too}"
    return f"needs {_list(mismatch.missing)}, which {task} is not given"


def _list(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _way(space: Space, mismatch: Mismatch) -> Note | None:
    from zerolint.model.handlers import Registration

    way = mismatch.way
    spoken = mismatch.function.spoken
    if not isinstance(way, Registration):
        return Note(space.span(way.call.scope.module, way.call.node), f"{spoken} is called so here")
    where = f"on `{way.event}` " if way.event else ""
    if way.decoration is not None:
        at = space.span(way.decoration.scope.module, way.decoration.expression)
    elif way.call is not None:
        at = space.span(way.call.scope.module, way.call.node.func)
    else:
        return None
    return Note(at, f"Gradio calls {spoken} {where}with a value for each of its parameters")


def _fix(space: Space, mismatch: Mismatch) -> Fix:
    """Where the estimator has the first of the parameters, letting it take the others changes nothing that works."""
    own = mismatch.estimator.function.scope
    last = mismatch.last_part
    if last is None or not space.round_trips(own.module, last):
        return Fix(f"Give it the parameters of {mismatch.function.spoken}, or let it end with `*args, **kwargs`")
    at = space.span(own.module, last)
    end = Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column)
    return Fix("Let it take the other values too, with `*args`", (Edit(end, ", *args"),))
