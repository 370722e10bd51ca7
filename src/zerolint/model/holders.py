"""Which models are pickled to a GPU worker: with `self`, as an argument, or in a visitor's state.

What a GPU function is called with is pickled. A model that start-up code put on CUDA is packed by then: the stand-in
that is left of it in the main process arrives as zeros. Objects that the function reaches as globals, as the object a
bound method was wrapped with, or as variables of an enclosing function come with the fork and keep their weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.boundary import crosses
from zerolint.model.contexts import Context
from zerolint.model.handlers import Registration
from zerolint.model.packed import Packed, What
from zerolint.model.syntax import Call, Scope, dotted
from zerolint.model.values import External, Function, Gpu, Instance, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_STATES = ("gradio.State()", "gradio.components.State()")
# A class with one of these says itself how its objects are pickled.
_PICKLING = frozenset({"__getstate__", "__reduce__", "__reduce_ex__"})


class GpuMethod(NamedTuple):
    """A method that `spaces.GPU` was applied to by `gpu` without its object, so that `self` is pickled at each call.

    `attribute` holds the model, "" when the object itself is one. `packed` tells where start-up code put that on CUDA;
    None when it is not on CUDA, and `loaded` is where it is made instead. When the method is `__init__`, `attribute` is
    what it sets, and what is lost.
    """

    method: Scope
    gpu: Gpu
    attribute: str
    packed: Packed | None
    loaded: syntax.Store | None


class Way(Enum):
    """How a model comes to be an argument.

    CALL     in the call of the GPU function
    PARTIAL  bound by the `functools.partial(...)` that is registered
    STATE    in what `gr.State(...)` holds, which is an input of the event
    CALLED   as the value of `gr.State(...)` itself, which Gradio calls, as it does with everything that can be called
    """

    CALL = "call"
    PARTIAL = "partial"
    STATE = "state"
    CALLED = "called"


class PassedModel(NamedTuple):
    """A model of start-up code that a GPU function gets as an argument.

    `node` of `module` is the argument. `call` is the call of `function`, the `functools.partial(...)` that is
    registered, or the `gr.State(...)` that brings it, as `way` tells. `packed` tells where it was put on CUDA; None
    when it was not.
    """

    module: syntax.Module
    node: Any
    call: Call
    function: Scope
    packed: Packed | None
    way: Way


def gpu_methods(space: Space) -> Iterator[GpuMethod]:
    """The methods whose object is pickled with a model in it, by file and place."""
    for scope, applications in sorted(
        space.contexts.gpu.items(), key=lambda item: (item[0].module.path, item[0].order)
    ):
        if not scope.is_method or not scope.params:
            continue
        gpu = next((gpu for gpu in applications if _takes_self(space, scope, gpu)), None)
        if gpu is None or scope.parent is None or _PICKLING & set(scope.parent.names):
            continue
        found = _constructor(space, scope, gpu) if scope.name == "__init__" else _method(space, scope, gpu)
        if found is not None:
            yield found


def _takes_self(space: Space, scope: Scope, gpu: Gpu) -> bool:
    """Whether `spaces.GPU` was given the function of a class body and not the method of an object."""
    kinds = {dotted(decoration.expression) for decoration in scope.decorations}
    if gpu.node is None or gpu.scope is None or kinds & {"staticmethod", "classmethod"}:
        return False
    if gpu.scope is scope.parent:
        return True
    if gpu.call is None or not gpu.call.node.args:
        return False
    given = space.program.evaluate(gpu.call.node.args[0].value, point_of(gpu.call))
    return any(isinstance(v, Function) and v.scope is scope and v.receiver is None for v in given)


def _method(space: Space, scope: Scope, gpu: Gpu) -> GpuMethod | None:
    assert scope.parent is not None
    if not crosses(space.contexts, scope):
        return None
    cls = scope.parent
    for held in space.placements.held(cls):
        return GpuMethod(scope, gpu, held.attribute, held.packed, None)
    for node, point in _receivers(space, scope):
        packed = space.packed(node, point)
        if packed is not None:
            return GpuMethod(scope, gpu, "", packed, None)
    for name, stores in space.program.attribute_stores(cls).items():
        for store in stores:
            if store.path or store.value is None or space.program.is_dead(store.block):
                continue
            starts = space.placements.starts(store.function)
            in_worker = store.function in space.contexts.gpu and store.function.name == "__init__"
            if (starts or in_worker) and space.placements.makes_model(store.value, point_of(store)):
                return GpuMethod(scope, gpu, name, None, store)
    return None


def _receivers(space: Space, scope: Scope) -> Iterator[tuple[Any, Point]]:
    """The expressions for the object that a method is called on or registered with, outside workers."""
    for made in space.gpu_calls():
        node = made.call.node.func
        if made.is_direct and made.function.scope is scope and type(node).__name__ == "Attribute":
            yield node.value, point_of(made.call)
    for registration in space.contexts.registrations:
        call = registration.call
        for argument in call.node.args if call is not None and registration.function.scope is scope else ():
            node = argument.value
            if type(node).__name__ == "Attribute" and node.attr.value == scope.name:
                assert call is not None
                yield node.value, point_of(call)


def _constructor(space: Space, scope: Scope, gpu: Gpu) -> GpuMethod | None:
    """A decorated `__init__`: the worker has its own object, and the one of the main process stays empty."""
    own = scope.params[0].name
    stores = [
        store
        for store in scope.stores
        if type(store.target).__name__ == "Attribute" and dotted(store.target.value) == own
    ]
    if not stores:
        return None
    for call, _ in space.program.callers(scope):
        if space.placements.starts(call.function) or space.contexts.in_context(call.function, Context.HANDLER):
            models = [s for s in stores if s.value is not None and space.placements.makes_model(s.value, point_of(s))]
            lost = (models or stores)[0]
            return GpuMethod(scope, gpu, lost.target.attr.value, None, lost)
    return None


def passed_models(space: Space) -> Iterator[PassedModel]:
    """The models that GPU functions get as arguments, by file and place."""
    found: dict[int, PassedModel] = {}
    for made in space.gpu_calls():
        if made.is_direct:
            for passed in _given(space, made.call, made.function.scope):
                found.setdefault(id(passed.node), passed)
    for registration in space.contexts.registrations:
        function = registration.function
        if function.gpu is None and function.scope not in space.contexts.gpu:
            continue
        if function.partial is not None and _wraps_gpu(space, function.partial):
            for passed in _given(space, function.partial, function.scope, skipped=1):
                found.setdefault(id(passed.node), passed)
        for passed in _in_states(space, registration):
            found.setdefault(id(passed.node), passed)
    yield from sorted(found.values(), key=lambda item: (item.module.path, item.call.order))


def _given(space: Space, call: Call, function: Scope, skipped: int = 0) -> Iterator[PassedModel]:
    for argument in call.node.args[skipped:]:
        if argument.star or type(argument.value).__name__ not in _HOLDING:
            continue
        if _is_pickled_its_own_way(space, argument.value, point_of(call)):
            continue
        packed = space.placements.inside(argument.value, point_of(call))
        if packed is not None or _is_model_of_start_up(space, argument.value, point_of(call)):
            yield PassedModel(
                call.scope.module, argument.value, call, function, packed, Way.PARTIAL if skipped else Way.CALL
            )


def _is_pickled_its_own_way(space: Space, node: Any, point: Point) -> bool:
    values = space.program.evaluate(node, point)
    return any(isinstance(value, Instance) and _PICKLING & set(value.cls.names) for value in values)


def _is_model_of_start_up(space: Space, node: Any, point: Point) -> bool:
    """Whether a name surely stands for a model that was loaded when the app started, on whatever device."""
    owner = space.program.owner(node.value, point.scope) if type(node).__name__ == "Name" else None
    if owner is None or not space.placements.only_starts(owner):
        return False
    return space.placements.makes_model(node, point)


def _wraps_gpu(space: Space, partial: Call) -> bool:
    """Whether a `functools.partial(...)` is around a GPU function, and not a GPU function around it."""
    first = space.program.argument(partial, 0, "func")
    values = space.program.evaluate(first, point_of(partial)) if first is not None else ()
    return any(isinstance(value, Function) and value.gpu is not None for value in values)


def _in_states(space: Space, registration: Registration) -> Iterator[PassedModel]:
    """The `gr.State(model)` among the inputs of an event."""
    call = registration.call
    inputs = space.program.argument(call, 1, "inputs") if call is not None else None
    if call is None or inputs is None:
        return
    given = [element.value for element in inputs.elements] if type(inputs).__name__ in ("List", "Tuple") else [inputs]
    for node in given:
        for value in space.program.evaluate(node, point_of(call)):
            if not isinstance(value, External) or value.path not in _STATES or value.origin is None:
                continue
            initial = space.program.argument(value.origin, 0, "value")
            packed = space.placements.inside(initial, point_of(value.origin)) if initial is not None else None
            if packed is not None:
                whole = space.packed(initial, point_of(value.origin))
                way = Way.CALLED if whole is not None and whole.what is What.MODEL else Way.STATE
                function = registration.function.scope
                yield PassedModel(value.origin.scope.module, initial, value.origin, function, packed, way)


# Kinds of expressions that can hold a model.
_HOLDING = frozenset({"Name", "Attribute", "Subscript", "Call", "List", "Tuple", "Dict", "IfExp"})
