"""What `duration=` calls for the seconds of a GPU call: what it is given, and what it gives back.

`spaces` calls it in the main process with exactly what the GPU function is called with, before anything is booked:
`duration(*args, **kwargs)`. The result goes to `timedelta(seconds=...)`, and None stands for the default (spaces
0.51.3, zero/wrappers.py). Gradio passes every parameter that can be positional by position: the inputs, what it injects
itself, and then the defaults (`special_args` in gradio/helpers.py of 5.50 and 6.31).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model.boundary import GpuCall
from zerolint.model.contexts import Context
from zerolint.model.handlers import LISTENERS, Registration
from zerolint.model.options import GpuOptions
from zerolint.model.program import Program
from zerolint.model.syntax import Module, Param, Scope, dotted
from zerolint.model.values import Class, Constant, Container, External, Function, Instance, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Estimator(NamedTuple):
    """A function of the Space that is given as `duration`, with the application of `spaces.GPU` that it is given to."""

    options: GpuOptions
    function: Function


class WrongSeconds(NamedTuple):
    """Something that an estimator gives back and that is no number of seconds.

    `node` is what gives it, in the module of the estimator: the returned expression, the `return` without one, or the
    name of the function. `kind` says in words what it is ("a string", "None"), `type_name` as Python names its type.
    """

    estimator: Estimator
    node: Any
    kind: str
    type_name: str

    @property
    def module(self) -> Module:
        """The module that the estimator stands in."""
        return self.estimator.function.scope.module


class Mismatch(NamedTuple):
    """A way on which a GPU function is called with what its estimator cannot be called with.

    `way` is the call, or what registers `function` with Gradio. `surplus` are the parameters of `function` whose values
    the estimator has no place for, `missing` those of the estimator that get no value, `unknown` the names by which
    values are given that it does not have, `twice` those that are given by position too. `with_self` tells that the
    first value is the object whose method is called. `last_part` is the last expression of the estimator's last
    parameter when the values that it has places for are those of its own names, and all that is wrong is that more
    follow.
    """

    estimator: Estimator
    function: Scope
    way: GpuCall | Registration
    surplus: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]
    with_self: bool
    last_part: Any = None


class _Given(NamedTuple):
    """What a call passes: the names of the parameters that get a value by position, and the names given by keyword.

    `more` tells that values may follow for `*args`.
    """

    positional: tuple[str, ...]
    keywords: tuple[str, ...]
    more: bool
    with_self: bool


# What stands for a type that `timedelta` refuses. `numpy.float64` is a float, and all that NumPy's rounding gives is.
_REFUSED: tuple[tuple[str, str, str], ...] = (
    (r"builtins\.str(?:\(\)\.(?:format|strip|upper|lower|replace|join|rstrip|lstrip|title|zfill))?", "a string", "str"),
    (r"builtins\.(list|tuple|dict|set)", r"a \1", r"\1"),
    (r"numpy\.(u?int(?:8|16|32|64)|float(?:16|32))", "a NumPy scalar", r"numpy.\1"),
    (r"numpy\.(?:intp?_?|argmax|argmin)", "a NumPy scalar", "numpy.int64"),
    (r"numpy\.(?:array|asarray)", "an array", "numpy.ndarray"),
    (r"torch\.(?:tensor|as_tensor)", "a tensor", "Tensor"),
)
_ROUNDING = r"numpy\.(?:ceil|floor|round|rint|trunc|around)\(\)\.astype"
# Decorators that leave what a function is called with as it is, and its signature.
_TRANSPARENT = frozenset({"no_grad", "inference_mode", "enable_grad", "staticmethod", "on", "api", *LISTENERS})
_SAME_SIGNATURE = frozenset({"staticmethod", "cache", "lru_cache"})


def estimators(space: Space) -> Iterator[Estimator]:
    """The functions of the Space that are surely called for a duration, by the place of `spaces.GPU`."""
    program, contexts = space.program, space.contexts
    for options in space.gpu_options():
        if options.duration is None or (options.call is not None and program.is_dead(options.call.block)):
            continue
        if not any(contexts.in_context(function, Context.GPU) for function in options.functions):
            continue
        values = program.evaluate(options.duration.node, options.duration.point)
        functions = [inner for value in values for inner in _called(program, value)]
        if len(values) == len(functions) == 1:
            yield Estimator(options, functions[0])


def _called(program: Program, value: Value) -> list[Function]:
    if isinstance(value, Instance):
        return program.runs(value)
    return [value] if isinstance(value, Function) else []


# What it gives back.


def wrong_seconds(space: Space) -> Iterator[WrongSeconds]:
    """What estimators give back that is no number of seconds, each place once."""
    seen: set[Scope] = set()
    for estimator in estimators(space):
        scope = estimator.function.scope
        if scope not in seen and not scope.decorations:
            seen.add(scope)
            yield from _wrong_results(space.program, estimator)


def _wrong_results(program: Program, estimator: Estimator) -> Iterator[WrongSeconds]:
    scope = estimator.function.scope
    if scope.is_async or scope.is_generator:
        names = {
            (False, True): ("a generator", "generator"),
            (True, False): ("a coroutine", "coroutine"),
            (True, True): ("an asynchronous generator", "async_generator"),
        }
        yield WrongSeconds(estimator, scope.node.name, *names[scope.is_async, scope.is_generator])
        return
    if not scope.returns and not _never_ends(scope):
        yield WrongSeconds(estimator, scope.node.name, "None", "NoneType")
    for result in scope.returns:
        if program.is_dead(result.block):
            continue
        if result.value is None:
            yield WrongSeconds(estimator, result.node, "None", "NoneType")
            continue
        for node in _branches(result.value):
            refused = _refused(program, node, point_of(result))
            if refused is not None:
                yield WrongSeconds(estimator, node, *refused)


def _never_ends(scope: Scope) -> bool:
    """Whether a function without a `return` may end in an error always: its last statement raises or is a block."""
    last = scope.node.body.body[-1]
    if type(last).__name__ == "SimpleStatementLine":
        return any(type(part).__name__ == "Raise" for part in last.body)
    return type(last).__name__ not in ("Pass", "Expr")


def _branches(node: Any) -> Iterator[Any]:
    """The expressions that one with conditions can be."""
    if type(node).__name__ == "IfExp":
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield node


def _refused(program: Program, node: Any, point: Point) -> tuple[str, str] | None:
    """What an expression surely is, in words and as a type, when it is no number of seconds."""
    if type(node).__name__ == "Name" and node.value == "None":
        return "None", "NoneType"
    if type(node).__name__ in ("SimpleString", "FormattedString", "ConcatenatedString"):
        return "a string", "str"
    found = [_refused_value(program, value) for value in program.evaluate(node, point)]
    return found[0] if found and None not in found else None


def _refused_value(program: Program, value: Value) -> tuple[str, str] | None:
    if isinstance(value, Constant):
        return ("a string", "str") if isinstance(value.value, str) else None
    if isinstance(value, Function):
        return "a function", "function"
    if isinstance(value, Container):
        kind = type(value.node).__name__.removesuffix("Comp").lower()
        if kind in ("list", "tuple", "dict", "set"):
            return f"a {kind}", kind
        return ("a generator", "generator") if kind == "generatorexp" else None
    if not isinstance(value, External) or not value.path.endswith("()"):
        return None
    path = value.path.removesuffix("()")
    for pattern, kind, type_name in _REFUSED:
        match = re.fullmatch(pattern, path)
        if match is not None:
            return match.expand(kind), match.expand(type_name)
    if re.fullmatch(_ROUNDING, path) and value.origin is not None:
        given = program.argument(value.origin, 0, "dtype")
        target = program.evaluate(given, point_of(value.origin)) if given is not None else ()
        if target and all(_is_integer_type(one) for one in target):
            return "a NumPy scalar", "numpy.int64"
    return None


def _is_integer_type(value: Value) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, str) and value.value.startswith(("int", "uint"))
    return isinstance(value, External) and re.fullmatch(r"builtins\.int|numpy\.u?int\w*", value.path) is not None


# What it is given.


def mismatches(space: Space) -> Iterator[Mismatch]:
    """The GPU functions whose estimator fails on a way on which they are called, with the first such way of each."""
    ways: dict[Scope, list[GpuCall | Registration]] = {}
    for estimator in estimators(space):
        own = estimator.function
        names = {dotted(d.expression.func if _is_call(d.expression) else d.expression) for d in own.scope.decorations}
        if own.partial is not None or {name.rpartition(".")[2] for name in names} - _SAME_SIGNATURE:
            continue
        if not ways:
            for registration in space.contexts.registrations:
                if registration.is_event:
                    ways.setdefault(registration.function.scope, []).append(registration)
            for gpu_call in space.gpu_calls():
                ways.setdefault(gpu_call.function.scope, []).append(gpu_call)
        for function in estimator.options.functions:
            if len(space.contexts.gpu.get(function, ())) == 1:
                found = _first_mismatch(space.program, estimator, function, ways.get(function, []))
                if found is not None:
                    yield found


def _first_mismatch(
    program: Program, estimator: Estimator, function: Scope, ways: list[GpuCall | Registration]
) -> Mismatch | None:
    task = _task(program, estimator.options, function)
    if task is None or not _is_plain(program, function):
        return None
    for way in ways:
        given = _given(program, way, function, task.receiver is not None)
        found = _bind(estimator, function, way, given) if given is not None else None
        if found is not None:
            return found
    return None


def _task(program: Program, options: GpuOptions, function: Scope) -> Function | None:
    """What `spaces.GPU` is applied to, as it is handed over; None when that is not known, or is made by `partial`."""
    for decoration in function.decorations:
        gpu = program.gpu_of_decoration(decoration)
        if gpu is not None:
            direct = program.evaluate(
                decoration.expression, Point(decoration.scope, decoration.block, decoration.order)
            )
            is_own = any(not isinstance(value, External) for value in direct)
            return Function(function) if gpu.call is options.call and not is_own else None
    if options.call is None:
        return None
    handed = options.task
    node, point = (handed.node, handed.point) if handed is not None else (None, point_of(options.call))
    if handed is None:
        for call in options.module.calls.values():
            if call.node.func is options.call.node:
                node, point = program.argument(call, 0, "task"), point_of(call)
    if node is None:
        return None
    values = program.evaluate(node, point)
    task = values[0] if len(values) == 1 else None
    if isinstance(task, Function) and task.scope is function and task.partial is None and task.gpu is None:
        return task if not isinstance(task.receiver, Class) else None
    return None


def _is_plain(program: Program, function: Scope) -> bool:
    """Whether no decorator is known to change what a GPU function is called with."""
    for decoration in function.decorations:
        node = decoration.expression
        name = dotted(node.func if _is_call(node) else node).rpartition(".")[2]
        if name not in _TRANSPARENT and program.gpu_of_decoration(decoration) is None:
            return False
    return True


def _is_call(node: Any) -> bool:
    return type(node).__name__ == "Call"


def _given(program: Program, way: GpuCall | Registration, function: Scope, is_bound: bool) -> _Given | None:
    """What a way passes to a GPU function, and so to its estimator; None when that is not known.

    `is_bound` tells that `spaces.GPU` was given a bound method, and never sees the object.
    """
    params = [param for param in function.params if not param.keyword_only and not param.star]
    more = any(param.star == "*" for param in function.params)
    if isinstance(way, Registration):
        partial = way.function.partial
        if partial is not None and any(argument.star or argument.keyword for argument in partial.node.args):
            return None
        if is_bound:
            params = params[1:]
        with_self = not is_bound and way.function.receiver is not None
        return _Given(tuple(param.name for param in params), (), more, with_self)
    call, target = way.call, way.function
    if not way.is_direct or target.partial is not None or len(program.targets(call)) != 1:
        return None
    arguments = call.node.args
    if any(argument.star for argument in arguments) or isinstance(target.receiver, Class):
        return None
    with_self = target.receiver is not None and not is_bound
    count = sum(argument.keyword is None for argument in arguments)
    names = [param.name for param in (params[1:] if is_bound else params)][: count + with_self]
    if len(names) < count + with_self:
        return None  # the function itself cannot be called so, or has `*args`
    keywords = tuple(argument.keyword.value for argument in arguments if argument.keyword is not None)
    return _Given(tuple(names), keywords, False, with_self)


def _bind(estimator: Estimator, function: Scope, way: GpuCall | Registration, given: _Given) -> Mismatch | None:
    """How the values fail to fit the parameters of the estimator; None when they fit, or that is not known."""
    params = list(estimator.function.scope.params)
    if estimator.function.receiver is not None:
        params = params[1:]
    places = [param for param in params if not param.star and not param.keyword_only]
    has_rest = any(param.star == "*" for param in params)
    has_options = any(param.star == "**" for param in params)
    named = {param.name for param in params if not param.star}
    if given.keywords and _has_positional_only(estimator.function.scope):
        return None
    surplus = () if has_rest else given.positional[len(places) :]
    filled = {param.name for param in places[: len(given.positional)]}
    unknown = () if has_options else tuple(name for name in given.keywords if name not in named)
    twice = tuple(name for name in given.keywords if name in filled)
    filled.update(given.keywords)
    missing = tuple(param.name for param in params if _is_needed(param) and param.name not in filled)
    if given.more:
        missing = ()
    if not (surplus or unknown or twice or missing):
        return None
    names = tuple(param.name for param in params)
    is_start = bool(names) and len(places) == len(params) and given.positional[: len(places)] == names
    last = _last_part(params[-1]) if is_start and not (given.keywords or missing) else None
    return Mismatch(estimator, function, way, surplus, missing, unknown, twice, given.with_self, last)


def _last_part(param: Param) -> Any:
    """The expression that a parameter ends with; None when there are parentheses around it."""
    part = next(part for part in (param.default, param.annotation, param.node) if part is not None)
    return None if getattr(part, "lpar", ()) else part


def _is_needed(param: Param) -> bool:
    return not param.star and param.default is None


def _has_positional_only(scope: Scope) -> bool:
    return bool(scope.node.params.posonly_params)
