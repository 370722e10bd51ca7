"""Generators that are taken for plain functions, by `spaces.GPU` or by Gradio.

Both ask `inspect.isgeneratorfunction` about the function itself. One that only returns a generator is plain to them:
`spaces.GPU` pickles the generator as a result, and Gradio shows it as a value (spaces 0.51.3, zero/decorator.py; Gradio
5.50 and 6.31, blocks.py). So is what most decorators make of a generator, and an object whose `__call__` yields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model.boundary import GpuResult, crosses
from zerolint.model.handlers import Registration
from zerolint.model.program import Program
from zerolint.model.syntax import FUNCTION, Call, Decoration, Module, Result, Scope, dotted
from zerolint.model.values import External, Function, Instance, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Hidden(NamedTuple):
    """A generator that `stream` makes, and that is hidden where it is handed on.

    `node` in `module` is where: the expression in a `return` of `function`, the decorator of `stream`, or the object
    that is given to `spaces.GPU`. `result` is that `return`, and the one of a decorator's function around `stream`;
    None where the Space's code has none. `is_whole` tells that it is all that `function` ever returns. `registration`
    is how Gradio calls `function`, None where `spaces.GPU` is in the way.
    """

    module: Module
    node: Any
    stream: Scope
    function: Scope | None = None
    result: Result | None = None
    is_whole: bool = False
    decoration: Decoration | None = None
    registration: Registration | None = None


# PyTorch's decorators that make generators of generators, and the one that does not (executed with 2.15).
_KEEPING = frozenset({"no_grad", "inference_mode", "enable_grad"})
_HIDING = frozenset({"torch.autocast()", "torch.amp.autocast()", "torch.cuda.amp.autocast()"})
# Registrations whose results go to no output, or not in the way of an event.
_NO_OUTPUT = frozenset({"render", "tool", "mcp", "Workflow"})
_DEEPEST = 3


def hidden_from_gpu(space: Space) -> Iterator[Hidden]:
    """The generators that `spaces.GPU` takes for plain functions, where calls for visitors reach them."""
    program, contexts = space.program, space.contexts
    for crossing in space.gpu_results():
        stream = returned_stream(program, crossing)
        if stream is not None:
            function, result = crossing.function, crossing.result
            whole = _is_whole(function, result)
            yield Hidden(function.module, result.value, stream, function, result, whole)
    for scope in sorted(contexts.gpu, key=lambda scope: (scope.module.path, scope.order)):
        if scope.is_generator and not scope.is_async and crosses(contexts, scope):
            found = _hiding_gpu(program, scope)
            if found is not None:
                yield Hidden(scope.module, found[0].expression, scope, None, found[1], False, found[0])
    yield from _objects(space)


def hidden_from_gradio(space: Space) -> Iterator[Hidden]:
    """The generators of GPU functions that functions which Gradio calls return to it, each place once."""
    program, gpu = space.program, space.contexts.gpu
    seen: set[int] = set()
    for registration in space.contexts.registrations:
        scope = registration.function.scope
        if not registration.is_event or registration.event in _NO_OUTPUT or (scope.is_async and scope.is_generator):
            continue
        if scope in gpu and scope.is_generator:
            above = _hiding_gradio(program, scope) if registration.decoration is None else None
            if above is not None and id(above[0]) not in seen:
                seen.add(id(above[0]))
                node = above[0].expression
                yield Hidden(scope.module, node, scope, None, above[1], False, above[0], registration)
        if scope in gpu or scope.is_generator or any(one is not registration.decoration for one in scope.decorations):
            continue
        for result in scope.returns:
            if result.value is None or id(result) in seen or program.is_dead(result.block):
                continue
            for part in _parts(result.value):
                stream = stream_of(program, part, point_of(result))
                if stream is not None and stream in gpu:
                    seen.add(id(result))
                    whole = part is result.value and _is_whole(scope, result)
                    yield Hidden(scope.module, part, stream, scope, result, whole, None, registration)
                    break


def _parts(node: Any) -> Iterator[Any]:
    """What goes to each output: the elements of a tuple or list, or the value itself."""
    if type(node).__name__ in ("Tuple", "List"):
        for element in node.elements:
            if type(element).__name__ == "Element":
                yield element.value
    else:
        yield node


def _is_whole(function: Scope, result: Result) -> bool:
    """Whether `yield from` in place of a `return` makes a generator of a function and changes nothing else."""
    return function.kind == FUNCTION and not function.is_async and function.returns == [result]


def returned_stream(program: Program, crossing: GpuResult) -> Scope | None:
    """The generator function of the Space whose generator a GPU function surely returns as its result."""
    if type(crossing.result.node).__name__ == "Yield":
        return None
    return stream_of(program, crossing.value, crossing.point)


def stream_of(program: Program, node: Any, point: Point, depth: int = 0) -> Scope | None:
    """The generator function of the Space that made what an expression surely is; None when that is not known."""
    kind = type(node).__name__
    if depth > _DEEPEST:
        return None
    if kind == "Name":
        bindings = program.bindings(node.value, point)
        if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path:
            return None
        made = bindings[0]
        if made.scope is not point.scope or made.outside:
            return None
        return stream_of(program, made.value, Point(made.scope, made.block, made.order), depth + 1)
    if kind != "Call":
        return None
    found: Scope | None = None
    for value in program.evaluate(node.func, point):
        for function in program.runs(value) if isinstance(value, Instance) else (value,):
            inner = _stream_of_function(program, function, depth) if isinstance(function, Function) else None
            if inner is None:
                return None
            found = found or inner
    return found


def _stream_of_function(program: Program, function: Function, depth: int) -> Scope | None:
    scope = function.scope
    if scope.is_async or not all(_keeps(program, decoration) for decoration in scope.decorations):
        return None
    if scope.is_generator:
        return scope
    found: Scope | None = None
    for result in scope.returns:
        if program.is_dead(result.block):
            continue
        inner = stream_of(program, result.value, point_of(result), depth + 1) if result.value is not None else None
        if inner is None:
            return None
        found = found or inner
    return found


def _keeps(program: Program, decoration: Decoration) -> bool:
    """Whether a decorator leaves a generator function one: `spaces.GPU` itself and some of PyTorch's."""
    values = program.evaluate(decoration.expression, _point(decoration))
    if program.gpu_of_decoration(decoration) is not None:
        return all(isinstance(value, External) for value in values)
    node = decoration.expression
    name = dotted(node.func if type(node).__name__ == "Call" else node)
    return name.rpartition(".")[2] in _KEEPING or name == "staticmethod"


def _point(decoration: Decoration) -> Point:
    return Point(decoration.scope, decoration.block, decoration.order)


# Decorators.


def _hiding_gpu(program: Program, scope: Scope) -> tuple[Decoration, Result | None] | None:
    """The decorator that hides a generator function from `spaces.GPU`, and what its wrapper returns."""
    place = _place_of_gpu(program, scope)
    if place is None:
        return None
    applied = scope.decorations[place]
    if any(isinstance(value, Function) for value in program.evaluate(applied.expression, _point(applied))):
        # A decorator of the Space whose wrapper is the GPU function.
        result = _passed_on(program, applied, True)
        if result is None or not all(_hands_on(program, one) for one in scope.decorations[place + 1 :]):
            return None
        return applied, result
    return _first_hiding(program, scope.decorations[place + 1 :])


def _hiding_gradio(program: Program, scope: Scope) -> tuple[Decoration, Result | None] | None:
    """The decorator that hides a GPU generator from Gradio, and what its wrapper returns."""
    place = _place_of_gpu(program, scope)
    if place is None or not all(_keeps(program, decoration) for decoration in scope.decorations[place:]):
        return None
    return _first_hiding(program, scope.decorations[:place])


def _place_of_gpu(program: Program, scope: Scope) -> int | None:
    places = [i for i, one in enumerate(scope.decorations) if program.gpu_of_decoration(one) is not None]
    return places[0] if len(places) == 1 else None


def _first_hiding(program: Program, decorations: list[Decoration]) -> tuple[Decoration, Result | None] | None:
    """Of decorators, outermost first, the outermost that is not known to make a generator function, when it hides one.

    Those under it must be known to hand a generator on, whether they hide it or not.
    """
    for place, decoration in enumerate(decorations):
        if _keeps(program, decoration):
            continue
        found = _hiding(program, decoration)
        if found is None or not all(_hands_on(program, inner) for inner in decorations[place + 1 :]):
            return None
        return found
    return None


def _hiding(program: Program, decoration: Decoration) -> tuple[Decoration, Result | None] | None:
    """A decorator that makes a plain function of a generator function, with what its wrapper returns."""
    values = program.evaluate(decoration.expression, _point(decoration))
    if len(values) == 1 and isinstance(values[0], External):
        return (decoration, None) if values[0].path in _HIDING else None
    result = _passed_on(program, decoration, False)
    return (decoration, result) if result is not None else None


def _hands_on(program: Program, decoration: Decoration) -> bool:
    """Whether calling what a decorator makes of a generator function surely gives a generator."""
    if _keeps(program, decoration) or _hiding(program, decoration) is not None:
        return True
    wrapper = _wrapper(program, decoration)
    return wrapper is not None and wrapper[1].scope.is_generator and not wrapper[1].scope.is_async


def _passed_on(program: Program, decoration: Decoration, is_gpu: bool) -> Result | None:
    """The `return` by which the wrapper of a decorator gives back what the decorated function gives it.

    None when the wrapper does anything else with that on any way, or when the decorator may give another wrapper.
    """
    made = _wrapper(program, decoration)
    if made is None:
        return None
    decorator, wrapper = made
    scope = wrapper.scope
    if scope.is_generator or scope.is_async or (wrapper.gpu is not None) is not is_gpu:
        return None
    param = decorator.scope.params[1 if decorator.receiver is not None else 0].name
    found = None
    for result in scope.returns:
        if program.is_dead(result.block):
            continue
        if result.value is None or not _is_call_of(program, result.value, point_of(result), decorator.scope, param):
            return None
        found = found or result
    return found


def _wrapper(program: Program, decoration: Decoration) -> tuple[Function, Function] | None:
    """A decorator of the Space, and the one function, nested in it, that it always gives back."""
    values = program.evaluate(decoration.expression, _point(decoration))
    decorator = values[0] if len(values) == 1 else None
    if not isinstance(decorator, Function) or not decorator.scope.params or decorator.scope.is_generator:
        return None
    wrappers = program.returned(decorator.scope)
    wrapper = wrappers[0] if len(wrappers) == 1 else None
    if not isinstance(wrapper, Function) or wrapper.scope.parent is not decorator.scope:
        return None
    # A decorator of the wrapper may change what it returns, apart from `functools.wraps`.
    for one in wrapper.scope.decorations:
        node = one.expression
        name = dotted(node.func if type(node).__name__ == "Call" else node).rpartition(".")[2]
        if name != "wraps" and not _keeps(program, one):
            return None
    return decorator, wrapper


def _is_call_of(program: Program, node: Any, point: Point, owner: Scope, name: str) -> bool:
    """Whether an expression is `name(...)`, or a local name for it, where `name` is what `owner` was given."""
    if type(node).__name__ == "Name":
        bindings = program.bindings(node.value, point)
        if (
            len(bindings) != 1
            or bindings[0].kind != "assign"
            or bindings[0].path
            or bindings[0].scope is not point.scope
        ):
            return False
        node = bindings[0].value
    return (
        type(node).__name__ == "Call"
        and type(node.func).__name__ == "Name"
        and node.func.value == name
        and program.owner(name, point.scope) is owner
        and len(owner.names.get(name, ())) == 1
    )


# Objects.


def _objects(space: Space) -> Iterator[Hidden]:
    """The objects that are given to `spaces.GPU` and whose `__call__` yields."""
    if not space.mentions(b"__call__"):
        return
    program = space.program
    seen: set[int] = set()
    for options in space.gpu_options():
        call = options.call
        if call is None or program.is_dead(call.block):
            continue
        for given in (call, *_calls_of(call)):
            node = program.argument(given, 0, "task")
            values = program.evaluate(node, point_of(given)) if node is not None else ()
            if len(values) == 1 and isinstance(values[0], Instance) and id(node) not in seen:
                seen.add(id(node))
                methods = program.runs(values[0])
                if len(methods) == 1 and methods[0].scope.name == "__call__":
                    method = methods[0].scope
                    if method.is_generator and not method.is_async and not method.decorations:
                        yield Hidden(given.scope.module, node, method)


def _calls_of(call: Call) -> list[Call]:
    """`spaces.GPU(duration=9)(streamer)`"""
    return [other for other in call.scope.module.calls.values() if other.node.func is call.node]
