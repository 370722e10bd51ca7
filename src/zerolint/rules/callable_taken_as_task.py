"""An argument of `spaces.GPU` without a keyword that is taken for the function, or for a size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.written import Misread


@rule(
    code="ZG015",
    name="callable-taken-as-task",
    summary="An argument of `spaces.GPU` without the keyword that it needs",
    prevents="_pickle.PicklingError: Can't pickle <function answer>: attribute lookup answer on __main__ failed",
    consequence=Consequence.STARTUP,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the argument that is misread."""
    from zerolint.model.written import ESTIMATOR, SURPLUS

    for misread in space.misread_arguments():
        argument = misread.argument
        module = argument.point.scope.module
        at = space.span(module, argument.node)
        text = f"`{space.code(module, argument.node, 40)}`"
        if misread.kind == ESTIMATOR:
            assert misread.function is not None and misread.decorated is not None
            yield Finding(
                at=at,
                message=f"{text} becomes the GPU function itself, and is called with {misread.decorated.spoken} "
                "while the file is imported",
                notes=_defined(space, misread),
                fix=Fix(f"Write `duration={text[1:-1]}`", _keyword(space, misread, "duration"), unsafe=_UNSAFE),
            )
        elif misread.kind == SURPLUS:
            keyword = _meant(space, misread)
            yield Finding(
                at=at,
                message=f"{text} is a second argument without a keyword: `spaces.GPU` takes one, and raises TypeError "
                "when it is called",
                fix=Fix(
                    f"Write `{keyword}={text[1:-1]}`" if keyword else "Name the options: `duration=`, `size=`",
                    _keyword(space, misread, keyword) if keyword else (),
                ),
                consequence=None if misread.options.call is None or _runs_at_start(space, misread) else _LATER,
            )
        else:
            number = argument.node.evaluated_value if type(argument.node).__name__ == "SimpleString" else "..."
            yield Finding(
                at=at,
                message=f"{text} is text and so taken for the size: it goes to the scheduler as it is, and the "
                "duration is the default",
                fix=Fix(f"Write `duration={number}`"),
                consequence=_LATER,
            )


_LATER = Consequence.REQUEST
_UNSAFE = "each call then books what the function returns"


def _runs_at_start(space: Space, misread: Misread) -> bool:
    """Whether `spaces.GPU` is called by module level, a class body, or a function that start-up code calls."""
    call = misread.options.call
    assert call is not None
    if not call.function.is_function:
        return True
    from zerolint.model.contexts import Context

    return space.contexts.in_context(call.function, Context.IMPORT)


def _defined(space: Space, misread: Misread) -> tuple[Note, ...]:
    function = misread.function
    if function is None or not hasattr(function.node, "name"):
        return ()
    return (Note(space.span(function.module, function.node.name), f"{function.spoken} is defined here"),)


def _meant(space: Space, misread: Misread) -> str:
    """The keyword that a second argument is missing: `GPU(45, "large")`, `GPU(f, 60)`; empty when it is not clear."""
    options = misread.options
    value = space.written_value(misread.argument.node, misread.argument.point)
    keyword = "size" if isinstance(value, str) else "duration" if isinstance(value, (int, float)) else ""
    if not keyword or len(options.surplus) > 1 or (options.size if keyword == "size" else options.duration) is not None:
        return ""
    return keyword


def _keyword(space: Space, misread: Misread, keyword: str) -> tuple[Edit, ...]:
    argument = misread.argument
    module = argument.point.scope.module
    call = misread.options.call
    assert call is not None
    first = call.node.args.index(argument.arg)
    # An argument without a keyword does not stand behind one with a keyword.
    if any(arg.keyword is None for arg in call.node.args[first + 1 :]) or not space.round_trips(module, argument.node):
        return ()
    at = space.span(module, argument.node)
    return (Edit(Span(at.path, at.start_line, at.start_column, at.start_line, at.start_column), f"{keyword}="),)
