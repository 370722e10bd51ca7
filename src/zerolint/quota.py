"""What each GPU function of a Space books, and how often a visitor can run it: the answer of `zerolint quota`.

A call is booked before it runs, with what `duration` asks for times a factor of the card. A visitor who has less left
than that is refused, and one whose calls use all they book can make so many of them in a day. All numbers come from
`facts`; a callable duration is worked out from its text for given arguments, where it is simple arithmetic.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zerolint import facts
from zerolint.facts import fact
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.arithmetic import Number
    from zerolint.model.options import GpuOptions
    from zerolint.model.space import Space
    from zerolint.model.syntax import Scope
    from zerolint.model.values import Point

# Kinds of visitors, as the facts name them and as people do.
TIERS = (("anonymous", "anonymous"), ("free", "free"), ("pro", "PRO, Team"), ("enterprise", "Enterprise"))
_VERSION = 1
_BAR = 16
_LONGEST_DURATION = 10**9


class Duration(NamedTuple):
    """What `duration` asks for. `seconds` is None when that is not known, and `unknown` says why then.

    `expression` is how it is written, "" when it is not given; `arguments` are those that a callable was worked out
    with, `missing` the names of those that it needs beside them.
    """

    seconds: int | None
    expression: str = ""
    arguments: Mapping[str, Number] = {}
    missing: tuple[str, ...] = ()
    unknown: str = ""


class Terms(NamedTuple):
    """On what terms calls are booked: the facts, as they are configured for a Space. `file` is the configuration's."""

    seconds_per_day: Mapping[str, float]
    factor: float
    xlarge_factor: float
    file: str


class Cost(NamedTuple):
    """What one call of a GPU function costs. `path` is relative to the Space, `line` 1-based and that of the function.

    `size` is "large" or "xlarge", or what else the code says; "" when that is not known. `booked` are seconds of a
    visitor's quota, None when they are not known.
    """

    path: str
    line: int
    function: str
    duration: Duration
    size: str
    booked: int | None
    terms: Terms

    def calls(self, tier: str) -> int | None:
        """How many calls the daily quota of a tier pays; None when that is not known, or when a call books nothing."""
        return int(self.terms.seconds_per_day[tier]) // self.booked if self.booked else None


def terms() -> Terms:
    """The terms of what is judged now."""
    day = {tier: fact(f"quota.seconds_per_day.{tier}") for tier, _ in TIERS}
    factor, double = fact("duration.booking_factor"), fact("quota.xlarge_factor")
    asked = fact("duration.default_seconds")
    file = next((known.file for known in (*day.values(), factor, double, asked) if known.file), "")
    return Terms({tier: known.value for tier, known in day.items()}, factor.value, double.value, file)


def costs(space: Space, arguments: Mapping[str, Number]) -> list[Cost]:
    """The GPU functions of a Space that are used, by file and line."""
    used = {function for application in space.gpu_applications() for function in application.functions}
    found: dict[Scope, Cost] = {}
    for options in space.gpu_options():
        for function in options.functions:
            if function in used and function not in found:
                found[function] = _cost(space, options, function, arguments)
    return sorted(found.values(), key=lambda cost: (cost.path, cost.line))


def _cost(space: Space, options: GpuOptions, function: Scope, arguments: Mapping[str, Number]) -> Cost:
    from zerolint.model.booking import cost

    duration = _duration(space, options, arguments)
    size = _size(space, options)
    booked = cost(duration.seconds, size) if duration.seconds is not None and size else None
    line = space.span(function.module, function.node).start_line
    name = function.name if function.name and function.kind == "function" else "lambda"
    return Cost(function.module.path, line, name, duration, size, booked, terms())


def _size(space: Space, options: GpuOptions) -> str:
    if options.size is None:
        return "" if options.is_hidden else "large"
    constant = space.program.constant(options.size.node, options.size.point)
    if constant is None:
        return ""
    return "large" if constant.value is None else str(constant.value)


def _duration(space: Space, options: GpuOptions, arguments: Mapping[str, Number]) -> Duration:
    if options.duration is None:
        if options.is_hidden:
            return Duration(None, unknown="the options are hidden behind `**`")
        return Duration(int(fact("duration.default_seconds").value))
    node, point = options.duration.node, options.duration.point
    expression = space.code(options.module, node)
    constant = space.program.constant(node, point)
    if constant is not None and constant.value is None:
        return Duration(int(fact("duration.default_seconds").value))
    written = space.written_value(node, point) if constant is None else constant.value
    if isinstance(written, (int, float, str, timedelta)):
        return Duration(_asked(written), expression)
    from zerolint.model.values import Function

    for value in space.program.evaluate(node, point):
        if isinstance(value, Function):
            return _estimated(space, value.scope, arguments)
    return Duration(None, expression, unknown="it is not known before the app runs")


def _asked(value: object) -> int | None:
    """The seconds that `spaces` asks for: whole ones, without the days (zero/client.py); None for no duration."""
    if isinstance(value, timedelta):
        return value.seconds
    if isinstance(value, (int, float)) and abs(value) < _LONGEST_DURATION:
        return timedelta(seconds=value).seconds
    return None


def _estimated(space: Space, estimator: Scope, arguments: Mapping[str, Number]) -> Duration:
    """What a callable duration gives for the arguments, and for the defaults of those that are not among them."""
    from zerolint.model.arithmetic import NotSimple, value_of
    from zerolint.model.program import definition_of

    expression = _expression(space, estimator)
    body = space.code(estimator.module, estimator.node, 10_000)
    words = set(re.findall(r"[^\W\d]\w*", body))
    names: dict[str, Number] = {}
    own = [param.name for param in estimator.params if not param.star]
    for param in estimator.params:
        name = param.name
        value = arguments[name] if name in arguments else _number(space, param.default, definition_of(estimator))
        if value is not None:
            names[name] = value
    used = {name: names[name] for name in own if name in names and body.count(name) > 1}
    missing = tuple(name for name in own if name not in names and len(re.findall(rf"\b{name}\b", body)) > 1)
    for name, bindings in estimator.module.root.names.items():
        if name in words and name not in own and len(bindings) == 1 and bindings[0].kind == "assign":
            value = _number(space, bindings[0].value, space.program.at_end(estimator.module))
            if value is not None:
                names[name] = value
    try:
        # With what is missing taken as 1 it shows whether the rest is arithmetic.
        value = value_of(
            estimator.node, {**dict.fromkeys(missing, 1), **names}, lambda node: space.code(estimator.module, node, 40)
        )
    except NotSimple as reason:
        return Duration(None, expression, used, (), f"`{reason}` is not simple arithmetic")
    if missing:
        return Duration(
            None, expression, used, missing, f"it depends on {' and '.join(f'`{name}`' for name in missing)}"
        )
    return Duration(_asked(value), expression, used)


def _expression(space: Space, estimator: Scope) -> str:
    """What an estimator returns, as it is written: of a `def` with several returns only its name."""
    if estimator.kind == "lambda":
        return space.code(estimator.module, estimator.node.body)
    returned = [result.value for result in estimator.returns if result.value is not None]
    if len(returned) == 1:
        return space.code(estimator.module, returned[0])
    return f"{estimator.name}({', '.join(param.name for param in estimator.params)})"


def _number(space: Space, node: Any, point: Point) -> Number | None:
    constant = space.program.constant(node, point) if node is not None else None
    return constant.value if constant is not None and isinstance(constant.value, (int, float)) else None


def as_data(spaces: Sequence[tuple[str, Sequence[Cost]]]) -> str:
    """The costs of Spaces, each with its root as people see it, as JSON."""
    return json.dumps(
        {
            "version": _VERSION,
            "facts": facts.latest_date(),
            "quota_seconds_per_day": {tier: fact(f"quota.seconds_per_day.{tier}").value for tier, _ in TIERS},
            "spaces": [
                {
                    "root": root,
                    "quota_seconds_per_day": dict((found[0].terms if found else terms()).seconds_per_day),
                    "functions": [_plain(cost) for cost in found],
                }
                for root, found in spaces
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _plain(cost: Cost) -> dict[str, object]:
    duration = cost.duration
    return {
        "path": cost.path,
        "line": cost.line,
        "function": cost.function,
        "duration": {
            "seconds": duration.seconds,
            "expression": duration.expression,
            "arguments": dict(duration.arguments),
            "missing": list(duration.missing),
            "unknown": duration.unknown,
        },
        "size": cost.size,
        "booked_seconds": cost.booked,
        "refused_below_seconds": cost.booked,
        "calls_per_day": {tier: cost.calls(tier) for tier, _ in TIERS},
    }


def as_table(spaces: Sequence[tuple[str, Sequence[Cost]]], *, bars: str = "█") -> str:
    """The costs of Spaces as a table with a bar for what each call books. `bars` is the character of the bars."""
    longest = max((cost.booked or 0 for _, found in spaces for cost in found), default=0)
    first, *others = (name for _, name in TIERS)
    rows = [["GPU function", "asks for", "books", "", f"calls a day: {first}", *others]]
    places: list[tuple[int, str]] = []
    for root, found in spaces:
        places.append((len(rows), root))
        for cost in found:
            rows.append(_row(cost, longest, bars))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    for number, root in reversed(places):
        found = next(found for name, found in spaces if name == root)
        if not found:
            lines.insert(number, f"{root}: no GPU function is used")
            continue
        notes = [_note(cost) for cost in found]
        block = [
            text
            for line, note in zip(lines[number : number + len(found)], notes, strict=True)
            for text in (line, *note)
        ]
        lines[number : number + len(found)] = [root, *block]
    held: list[Terms] = []
    for _, found in spaces:
        held += [cost.terms for cost in found[:1] if cost.terms not in held]
    return "\n".join([*lines, *(line for each in held or [terms()] for line in ("", *_legend(each)))]) + "\n"


def _row(cost: Cost, longest: int, bars: str) -> list[str]:
    asked = "?" if cost.duration.seconds is None else f"{cost.duration.seconds} s"
    if cost.size not in ("", "large"):
        asked += f" {cost.size}"
    booked = "?" if cost.booked is None else f"{cost.booked} s"
    bar = bars * max(1, round(_BAR * cost.booked / longest)) if cost.booked and longest else ""
    calls = [_calls(cost, tier) for tier, _ in TIERS]
    return [f"  {cost.path}:{cost.line} {cost.function}", asked, booked, f"{bar:{_BAR}}", *calls]


def _calls(cost: Cost, tier: str) -> str:
    count = cost.calls(tier)
    if count is None:
        return "?"
    return str(count) if count else "refused"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        f"{cell:{width}}" if index in (0, 3) else f"{cell:>{width}}"
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _note(cost: Cost) -> list[str]:
    """A line about a duration that is no plain number."""
    duration = cost.duration
    if duration.expression.isdigit() or not (duration.expression or duration.unknown):
        return []
    text = f"duration: {duration.expression}" if duration.expression else "duration: not known"
    if duration.arguments:
        text += f" with {', '.join(f'{name}={value:g}' for name, value in duration.arguments.items())}"
    if duration.unknown:
        text += f"; {duration.unknown}"
    if duration.missing:
        text += f": give {' '.join(f'--arg {name}=NUMBER' for name in duration.missing)}"
    return [f"      {text}"]


def _legend(held: Terms) -> list[str]:
    day = ", ".join(f"{held.seconds_per_day[tier]:g} s {name}" for tier, name in TIERS)
    known = f"facts of {facts.latest_date()}{f', and as configured in {held.file}' if held.file else ''}"
    return [
        f"A call books {held.factor:g} times what it asks for "
        f'(size="xlarge": {held.xlarge_factor:g} times), before it runs.',
        "A visitor with less left than it books is refused; the calls a day hold when each uses all that it books.",
        f"Quota a day: {day} ({known}).",
    ]
