"""What a duration or a size that is written in the code comes to, as `spaces` reads it.

`spaces` makes a `timedelta` of a number when the function is called and asks for its `seconds`, which are the rest
after whole days: -5 becomes 86,395, and 86,400 becomes 0 (spaces 0.51.3, zero/wrappers.py and zero/client.py). Only
what is written counts: an option or a variable of the environment can have any value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zerolint.model.gpu import is_placeholder
from zerolint.model.options import Argument, GpuOptions
from zerolint.model.program import Program
from zerolint.model.syntax import Scope
from zerolint.model.values import Constant, External, Function, Point
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_UNITS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
_NUMBERS = {"math.inf": math.inf, "math.nan": math.nan, "numpy.inf": math.inf, "numpy.nan": math.nan}
_DISPLAYS = {"List": list, "Tuple": tuple, "Dict": dict, "Set": set}
_DAY = 86_400
# Without one of these a function that asks for no time means it: it is decorated only to be detected.
_LIBRARIES = (b"torch", b"cuda", b"diffusers", b"transformers", b"onnxruntime", b"tensorflow", b"jax", b"llama_cpp")

# Kinds of arguments that are misread.
ESTIMATOR, SURPLUS, QUOTED = "estimator", "surplus", "quoted"
_DEEPEST = 20


class WrongDuration(NamedTuple):
    """A duration that is not what it looks like.

    `written` is its value: a number, text, a `timedelta`, or an empty container of the kind that is written. `asked`
    are the seconds that each call asks for; None when the call fails with `error`, the text of the exception.
    """

    options: GpuOptions
    written: Any
    asked: int | None
    error: str = ""


class WrongSize(NamedTuple):
    """A size that ZeroGPU does not have, as it is written."""

    size: Argument
    written: str | int | float


class Misread(NamedTuple):
    """An argument without a keyword that `spaces.GPU` takes for something else than what it is.

    `kind` is ESTIMATOR (a function that is taken for the one that needs a GPU: `function` is it, `decorated` the one
    below), SURPLUS (a second argument without a keyword), or QUOTED (a number in quotes, taken for a size).
    """

    kind: str
    options: GpuOptions
    argument: Argument
    function: Scope | None = None
    decorated: Scope | None = None


def wrong_sizes(space: Space, sizes: tuple[str, ...]) -> Iterator[WrongSize]:
    """Every size that is written and is none of `sizes`, by file and place. A quoted number is a `Misread`."""
    seen: set[int] = set()
    for options in space.gpu_options():
        size = options.size
        if size is None or options.is_guess or id(size.node) in seen or _is_unused(space, options):
            continue
        seen.add(id(size.node))
        written = written_value(space.program, size.node, size.point)
        if written not in (None, "", *sizes) and isinstance(written, (str, int, float)):
            if not _is_quoted_number(size, written):
                yield WrongSize(size, written)


def _is_unused(space: Space, options: GpuOptions) -> bool:
    """Whether all that is decorated is there only to be detected, or somebody else's options count."""
    if options.functions:
        return all(is_placeholder(space, scope) for scope in options.functions)
    return bool(options.overruled)


def misread_arguments(space: Space) -> Iterator[Misread]:
    """Every argument without a keyword that means something else to `spaces.GPU`, by file and place."""
    program = space.program
    for options in space.gpu_options():
        if options.is_guess or options.call is None:
            continue
        if options.surplus:
            # With `*` there may be fewer; then nothing is known of the others either.
            if not any(arg.star for arg in options.call.node.args):
                yield Misread(SURPLUS, options, options.surplus[0])
            continue
        if options.size is not None and options.size.arg in options.call.node.args:
            written = written_value(program, options.size.node, options.size.point)
            if _is_quoted_number(options.size, written):
                yield Misread(QUOTED, options, options.size)
        if options.task is None or type(options.node).__name__ != "Decorator":
            continue
        values = program.evaluate(options.task.node, options.task.point)
        if values and all(isinstance(value, Function) and value.gpu is None for value in values):
            function = values[0]
            decorated = next((scope for scope in options.module.scopes if _stands_on(options.node, scope)), None)
            if isinstance(function, Function) and decorated is not None:
                yield Misread(ESTIMATOR, options, options.task, function.scope, decorated)


def _stands_on(decorator: Any, scope: Scope) -> bool:
    return any(decoration.node is decorator for decoration in scope.decorations)


def _is_quoted_number(size: Argument, written: Any) -> bool:
    if size.keyword or not isinstance(written, str):
        return False
    try:
        float(written)
    except ValueError:
        return False
    return True


def wrong_durations(space: Space) -> Iterator[WrongDuration]:
    """Every duration that is no number of seconds from 1 to a day, by file and place."""
    seen: set[int] = set()
    for options in space.gpu_options():
        given = options.duration
        if given is None or options.is_guess or id(given.node) in seen:
            continue
        seen.add(id(given.node))
        written = written_value(space.program, given.node, given.point)
        if written is None or _is_unused(space, options):
            continue
        if written in (0, timedelta(0)) and not space.mentions(*_LIBRARIES):
            continue
        try:
            whole = written if isinstance(written, timedelta) else timedelta(seconds=written)
        except (TypeError, ValueError, OverflowError) as error:
            yield WrongDuration(options, written, None, f"{type(error).__name__}: {error}")
            continue
        if not timedelta(seconds=1) <= whole < timedelta(seconds=_DAY):
            yield WrongDuration(options, written, whole.seconds)


def written_value(program: Program, node: Any, point: Point, depth: int = 0) -> Any | None:
    """The value of an expression that is made of what is written in the code; None when it rests on anything else.

    Numbers, strings and `timedelta(...)` are folded, names followed to their only assignment. Of a list, tuple, dict or
    set only the kind is kept: the value is an empty one.
    """
    kind = type(node).__name__
    if depth > _DEEPEST:
        return None
    if kind in _DISPLAYS:
        # What is in it does not matter: no container is a number.
        return _DISPLAYS[kind]()
    if kind == "Call":
        return _called(program, node, point, depth)
    if kind == "UnaryOperation":
        inner: Any = written_value(program, node.expression, point, depth + 1)
        return -inner if type(node.operator).__name__ == "Minus" and _is_number(inner) else None
    if kind == "BinaryOperation":
        left = written_value(program, node.left, point, depth + 1)
        right = written_value(program, node.right, point, depth + 1)
        return _combined(type(node.operator).__name__, left, right)
    if kind == "Name" and program.owner(node.value, point.scope) is not None:
        return _named(program, node.value, point, depth)
    if kind not in ("Integer", "Float", "SimpleString", "Name", "Attribute"):
        return None
    values = program.evaluate(node, point)
    value = values[0] if len(values) == 1 else None
    if isinstance(value, External):
        return _NUMBERS.get(value.path)
    if not isinstance(value, Constant) or kind == "Attribute":
        return None
    return value.value if isinstance(value.value, (int, float, str, bytes)) else None


def _named(program: Program, name: str, point: Point, depth: int) -> Any | None:
    """The value of a name that is given one once, here or in the module of the Space that it is imported from."""
    owner = program.owner(name, point.scope)
    if owner is None or len(owner.names[name]) != 1 or program.is_dead(owner.names[name][0].block):
        return None
    binding = owner.names[name][0]
    if binding.kind == "assign" and not binding.path:
        return written_value(program, binding.value, Point(binding.scope, binding.block, binding.order), depth + 1)
    if binding.kind != "import":
        return None
    source, imported = binding.value
    path = program.find(source, binding.scope.module.path)
    file = program.file_of(path) if path is not None else None
    module = program.module(file) if file is not None else None
    if module is not None:
        return _named(program, imported, Point(module.root, None, 0), depth + 1) if imported else None
    return _NUMBERS.get(f"{source}.{imported}")


def _called(program: Program, node: Any, point: Point, depth: int) -> Any | None:
    """`timedelta(minutes=2)`, `float("inf")`"""
    values = program.evaluate(node.func, point)
    if len(values) != 1 or not isinstance(values[0], External):
        return None
    path = values[0].path
    arguments: list[Any] = [written_value(program, arg.value, point, depth + 1) for arg in node.args]
    if any(arg.star for arg in node.args) or not all(
        _is_number(value) or isinstance(value, str) for value in arguments
    ):
        return None
    try:
        if path == "builtins.float" and len(arguments) == 1 and node.args[0].keyword is None:
            return float(arguments[0])
        if path == "datetime.timedelta":
            names = [arg.keyword.value if arg.keyword else _UNITS[place] for place, arg in enumerate(node.args)]
            return timedelta(**dict(zip(names, arguments, strict=True)))
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return None


def _combined(operator: str, left: Any, right: Any) -> Any | None:
    if not (_is_number(left) and _is_number(right)) or max(abs(left), abs(right)) > 1e12:
        return None
    if operator == "Add":
        return left + right
    if operator == "Subtract":
        return left - right
    if operator == "Multiply":
        return left * right
    if operator == "Divide" and right:
        return left / right
    if operator == "FloorDivide" and right:
        return left // right
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))
