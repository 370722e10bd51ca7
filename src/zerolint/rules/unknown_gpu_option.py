"""A keyword that `spaces.GPU` does not know and drops without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.options import Argument, GpuOptions
    from zerolint.model.space import Space

# Words in a keyword that tell which option is meant.
_MEANT = (
    ("duration", ("dur", "time", "sec", "minute", "limit_s")),
    ("size", ("size", "gpu", "hardware", "vram", "memory", "large")),
)
_IGNORED = "enable_queue"


@rule(
    code="ZG012",
    name="unknown-gpu-option",
    summary="An option that `spaces.GPU` does not have",
    prevents="60 s are requested for each call, whatever the option says",
    consequence=Consequence.QUOTA,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each keyword other than `duration`, `size` and `task`."""
    seen: set[int] = set()
    for options in space.gpu_options():
        for argument in () if options.is_guess else options.others:
            if id(argument.arg) not in seen:
                seen.add(id(argument.arg))
                yield _finding(space, options, argument)


def _finding(space: Space, options: GpuOptions, argument: Argument) -> Finding:
    keyword = argument.keyword
    at = space.span(argument.point.scope.module, argument.arg.keyword, argument.node)
    removal = Fix("Remove it", _removal(space, argument))
    if keyword == _IGNORED:
        message = "`enable_queue` is ignored: `spaces.GPU` warns about it when the app starts"
        return Finding(at=at, message=message, fix=removal, consequence=Consequence.HYGIENE)
    dropped = f"`spaces.GPU` has no `{keyword}` and drops it without a word"
    meant = next((option for option, words in _MEANT if any(word in keyword.lower() for word in words)), None)
    missing = meant is not None and getattr(options, meant) is None and not options.is_hidden
    if options.functions and all(space.is_placeholder(scope) for scope in options.functions):
        missing = False
    if missing and meant == "duration":
        default = fact("duration.default_seconds").value
        message = f"{dropped}: each call asks for the default of {default} s"
    elif missing:
        message = f"{dropped}: each call asks for a GPU of the default size"
    else:
        return Finding(at=at, message=dropped, fix=removal, consequence=Consequence.HYGIENE)
    edits: tuple[Edit, ...] = ()
    if space.round_trips(argument.point.scope.module, argument.node):
        edits = (Edit(at, str(meant)),)
    fix = Fix(f"Name it `{meant}`", edits, unsafe="its value then counts for each call")
    return Finding(at=at, message=message, fix=fix, facts=("duration.default_seconds",) if meant == "duration" else ())


def _removal(space: Space, argument: Argument) -> tuple[Edit, ...]:
    """The keyword and its value, with the comma that separates them; nothing when that takes more than one line."""
    module = argument.point.scope.module
    call: Any = next((call for call in argument.point.scope.calls if argument.arg in call.node.args), None)
    if call is None or argument.node.lpar or not space.round_trips(module, call.node):
        return ()
    arguments = call.node.args
    index = arguments.index(argument.arg)
    start = space.span(module, argument.arg.keyword, argument.node)
    end = space.span(module, argument.node)
    if index + 1 < len(arguments):
        following = arguments[index + 1]
        next_at = space.span(module, following.keyword or following.value, following.value)
        if following.star or getattr(following.value, "lpar", ()) or next_at.start_line != start.start_line:
            return ()
        at = start._replace(end_line=next_at.start_line, end_column=next_at.start_column)
    elif index:
        before = arguments[index - 1]
        if getattr(before.value, "lpar", ()):
            return ()
        last = space.span(module, before.value)
        at = last._replace(
            start_line=last.end_line, start_column=last.end_column, end_line=end.end_line, end_column=end.end_column
        )
    else:
        at = start._replace(end_line=end.end_line, end_column=end.end_column)
    return (Edit(at, ""),) if at.start_line == at.end_line else ()
