"""What `spaces.GPU` is told: each argument by what it means to the decorator, and which functions it holds for.

`GPU(task=None, *, duration=None, size=None, **kwargs)` takes one positional argument: something callable is the
function, a string the size, and anything else but None the duration; other keywords are dropped without a word (spaces
0.51.3, zero/decorator.py). What `functools.partial(spaces.GPU, ...)` was told holds unless it is told again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model.program import Program
from zerolint.model.syntax import Call, Decoration, Module, Scope
from zerolint.model.values import Class, Constant, Container, External, Function, Parameter, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_GPU = External("spaces.GPU")
# What the `spaces` of Forge has and that of the platform has not.
_FORGE = (b"GPUObject", b"gpu_objects=")
# Calls whose result is no function.
_PLAIN = ("datetime.timedelta()", "builtins.int()", "builtins.float()", "builtins.str()", "builtins.max()")


class Argument(NamedTuple):
    """One argument: its `libcst.Arg`, its expression and where names in that are looked up."""

    arg: Any
    node: Any
    point: Point

    @property
    def keyword(self) -> str:
        """The keyword; empty for a positional argument."""
        return "" if self.arg.keyword is None else str(self.arg.keyword.value)


class GpuOptions(NamedTuple):
    """One application of `spaces.GPU`.

    `call` is the one with the options, `spaces.GPU(...)` or `functools.partial(spaces.GPU, ...)`; None for a decorator
    without any. `node` is the decorator, or else the call; `scope` is where it stands. `functions` are those that it
    makes GPU functions, `overruled` those that are one already, for which its options do not count. `direct` are those
    of both that it is handed themselves, with nothing between; the others are wrapped by code of the Space's own.
    `is_guess` tells that `spaces` may be something else: it comes from a module outside of the tree, or is used like
    the package of the same name that Stable Diffusion WebUI Forge brings along.

    `task`, `duration` and `size` are None when not given: see `is_hidden`. `others` are arguments with a keyword that
    `spaces.GPU` does not know, `surplus` the positional ones after the first. `is_hidden` tells that `*`, `**` or a
    first argument of an unknown kind may give what is None here, or take the place of what is not.
    """

    call: Call | None
    node: Any
    scope: Scope
    functions: tuple[Scope, ...]
    overruled: tuple[Scope, ...]
    direct: frozenset[Scope]
    is_guess: bool = False
    task: Argument | None = None
    duration: Argument | None = None
    size: Argument | None = None
    others: tuple[Argument, ...] = ()
    surplus: tuple[Argument, ...] = ()
    is_hidden: bool = False

    @property
    def module(self) -> Module:
        """The module that it stands in."""
        return self.scope.module


def gpu_options(space: Space) -> Iterator[GpuOptions]:
    """Every application of `spaces.GPU` in the modules that were read, by file and place."""
    contexts = space.contexts
    program = space.program
    found: dict[int, _Applied] = {}
    for scope, gpus in contexts.gpu.items():
        for gpu in gpus:
            if gpu.node is not None and gpu.scope is not None:
                if gpu.call is None or not program.is_dead(gpu.call.block):
                    _applied(found, gpu.call, gpu.node, gpu.scope).functions.append(scope)
    for module in program.loaded:
        if b"GPU" in space.contents[module.path]:
            for scope in module.scopes:
                for call in scope.calls:
                    if _may_be_gpu(program, call) and not program.is_dead(call.block):
                        _read_call(program, found, call)
    decorators: dict[int, Decoration] = {}
    for module in dict.fromkeys(applied.scope.module for applied in found.values()):
        for scope in module.scopes:
            for decoration in scope.decorations:
                decorators[id(decoration.expression)] = decorators[id(decoration.node)] = decoration
    for scope in contexts.gpu:
        for decoration in scope.decorations:
            by = program.gpu_of_decoration(decoration)
            if by is not None and by.scope is not None:
                applied = _applied(found, by.call, by.node, by.scope)
                if scope not in applied.functions:
                    applied.overruled.append(scope)
                if _is_direct(program, scope, decoration):
                    applied.direct.append(scope)

    # The decorators of one function have one place in the order of its module.
    ranks = {key: rank for rank, key in enumerate(decorators)}

    def place(applied: _Applied) -> tuple[str, int, int]:
        decoration = decorators.get(id(applied.node))
        order = decoration.order if decoration is not None else applied.call.order if applied.call is not None else 0
        return applied.scope.module.path, order, ranks.get(id(applied.node), 0)

    modules = {applied.scope.module for applied in found.values()}
    is_guess = {
        module: _is_guess(program, module) or any(word in space.contents[module.path] for word in _FORGE)
        for module in modules
    }
    for applied in sorted(found.values(), key=place):
        at = decorators.get(id(applied.node))
        options = GpuOptions(
            applied.call,
            at.node if at is not None else applied.node,
            applied.scope,
            _placed(applied.functions),
            _placed(applied.overruled),
            frozenset(applied.direct),
            is_guess[applied.scope.module],
        )
        yield _told(program, options, applied.call) if applied.call is not None else options


def _is_direct(program: Program, scope: Scope, decoration: Decoration) -> bool:
    """Whether a decorator is `spaces.GPU` itself, and what it is handed is the function or made by `spaces.GPU`."""
    for inner in scope.decorations[scope.decorations.index(decoration) :]:
        values = program.evaluate(inner.expression, Point(inner.scope, inner.block, inner.order))
        if not any(isinstance(value, External) and program.gpu_decorator(value) is not None for value in values):
            return False
    return True


def _is_guess(program: Program, module: Module) -> bool:
    """Whether a module has `spaces` only from another one that is not in the tree."""
    return any(
        item.name == "spaces" and program.find(item.module, module.path) is None for item in module.imports
    ) and not any(item.module.split(".")[0] == "spaces" for item in module.imports)


class _Applied:
    """An application that is being gathered."""

    __slots__ = ("call", "direct", "functions", "node", "overruled", "scope")

    def __init__(self, call: Call | None, node: Any, scope: Scope) -> None:
        self.call = call
        self.node = node
        self.scope = scope
        self.functions: list[Scope] = []
        self.overruled: list[Scope] = []
        self.direct: list[Scope] = []


def _applied(found: dict[int, _Applied], call: Call | None, node: Any, scope: Scope) -> _Applied:
    key = id(node if call is None else call.node)
    if key not in found:
        found[key] = _Applied(call, node, scope) if call is None else _Applied(call, call.node, call.scope)
    return found[key]


def _placed(scopes: list[Scope]) -> tuple[Scope, ...]:
    return tuple(sorted(dict.fromkeys(scopes), key=lambda scope: (scope.module.path, scope.order)))


def _may_be_gpu(program: Program, call: Call) -> bool:
    """Whether a call may be one of `spaces.GPU`, or hand a function to what that gave, by how it is written."""
    function = call.node.func
    kind = type(function).__name__
    if kind == "Call":
        inner = call.scope.module.calls.get(id(function))
        return inner is not None and _may_be_gpu(program, inner)
    if kind != "Name" or function.value == "GPU":
        return _names_gpu(function)
    return any(
        binding.value[1] == "GPU"
        if binding.kind == "import"
        else binding.kind == "assign" and _names_gpu(binding.value)
        for binding in call.scope.module.root.names.get(function.value, ())
    )


def _names_gpu(node: Any) -> bool:
    """`spaces.GPU`, `GPU`, `getattr(spaces, "GPU")`, `spaces.GPU if here else other`, `partial(spaces.GPU, size=s)`"""
    kind = type(node).__name__
    if kind == "Attribute":
        return bool(node.attr.value == "GPU")
    if kind == "Name":
        return bool(node.value == "GPU")
    if kind == "SimpleString":
        return bool(node.raw_value == "GPU")
    if kind == "Call":
        return _names_gpu(node.func) or any(_names_gpu(argument.value) for argument in node.args[:2])
    if kind == "IfExp":
        return _names_gpu(node.body) or _names_gpu(node.orelse)
    return kind == "BooleanOperation" and (_names_gpu(node.left) or _names_gpu(node.right))


def _read_call(program: Program, found: dict[int, _Applied], call: Call) -> None:
    """Enter a call of `spaces.GPU`, and the function that a call hands to it or to its result."""
    for value in program.evaluate(call.node.func, point_of(call)):
        if value == _GPU or (isinstance(value, External) and _is_partial(program, value)):
            # A partial that is called without options, `@gpu()`, says nothing new.
            if value == _GPU or call.node.args:
                applied = _applied(found, call, call.node, call.scope)
                _hand_over(program, applied, call)
            return
        if isinstance(value, External) and value.path == "spaces.GPU()" and value.origin is not None:
            _hand_over(program, _applied(found, value.origin, value.origin.node, value.origin.scope), call)
            return


def _hand_over(program: Program, applied: _Applied, call: Call) -> None:
    first = program.argument(call, 0, "task")
    if first is None:
        return
    for value in program.evaluate(first, point_of(call)):
        if not isinstance(value, Function):
            continue
        decorations = value.scope.decorations
        if not decorations or _is_direct(program, value.scope, decorations[0]):
            applied.direct.append(value.scope)
        if value.partial is None and value.scope not in applied.functions:
            already = value.gpu is not None and value.gpu.node is not applied.node
            (applied.overruled if already else applied.functions).append(value.scope)


def _is_partial(program: Program, value: External) -> bool:
    """Whether a value is `functools.partial(spaces.GPU, ...)`."""
    if value.path != "functools.partial()" or value.origin is None:
        return False
    first = program.argument(value.origin, 0, "func")
    return first is not None and _GPU in program.evaluate(first, point_of(value.origin))


def _told(program: Program, options: GpuOptions, call: Call) -> GpuOptions:
    """The options with what a call says, and before it the partial that is called."""
    point = point_of(call)
    is_partial = False
    for value in program.evaluate(call.node.func, point):
        if value == External("functools.partial"):
            is_partial = True
        elif isinstance(value, External) and value.origin is not call and _is_partial(program, value):
            assert value.origin is not None
            options = _told(program, options, value.origin)
    positional: list[Argument] = []
    for index, arg in enumerate(call.node.args):
        argument = Argument(arg, arg.value, point)
        if arg.star:
            options = _spread(program, options, call, arg) if arg.star == "**" else options._replace(is_hidden=True)
        elif arg.keyword is None:
            if not (is_partial and index == 0):
                positional.append(argument)
        elif argument.keyword in ("task", "duration", "size"):
            options = _with(options, argument.keyword, argument)
        elif not (is_partial and argument.keyword == "func"):
            options = options._replace(others=(*options.others, argument))
    if is_partial:
        return options._replace(is_hidden=True) if positional else options
    if positional:
        meaning = _meaning(program, positional[0])
        if meaning:
            options = _with(options, meaning, positional[0])
        elif meaning is None:
            options = options._replace(is_hidden=True)
        options = options._replace(surplus=tuple(positional[1:]))
    return options


def _with(options: GpuOptions, name: str, argument: Argument) -> GpuOptions:
    if name == "task":
        return options._replace(task=argument)
    return options._replace(duration=argument) if name == "duration" else options._replace(size=argument)


def _spread(program: Program, options: GpuOptions, call: Call, arg: Any) -> GpuOptions:
    """The options with what `**` gives, as far as it can be seen; more may be in it."""
    for name in ("task", "duration", "size"):
        node = program.argument(call, len(call.node.args), name)
        if node is not None and getattr(options, name) is None and not _is_written(call, name):
            options = _with(options, name, Argument(arg, node, point_of(call)))
    return options._replace(is_hidden=True)


def _is_written(call: Call, keyword: str) -> bool:
    return any(arg.keyword is not None and arg.keyword.value == keyword for arg in call.node.args)


def _meaning(program: Program, argument: Argument) -> str | None:
    """What the first positional argument is: task, duration or size; "" for None, and None when it is not known."""
    found: set[str | None] = set()
    for value in program.evaluate(argument.node, argument.point):
        if isinstance(value, Parameter):
            # What nobody is seen to pass is a function, as a rule: a decorator of the Space's own.
            passed = {_meaning_of(inner) for inner in program.expand(value)} - {None}
            found.update(passed or {"task"})
        else:
            found.add(_meaning_of(value))
    return found.pop() if len(found) == 1 else None


def _meaning_of(value: Value) -> str | None:
    if isinstance(value, Constant):
        if value.value is None:
            return ""
        return "size" if isinstance(value.value, str) else "duration"
    if isinstance(value, (Function, Class)):
        return "task"
    if isinstance(value, Container):
        return "duration"
    if isinstance(value, External):
        # What a call gives can be anything; what has a name of its own is a function, as a rule.
        return "task" if not value.path.endswith("()") else "duration" if value.path in _PLAIN else None
    return None
