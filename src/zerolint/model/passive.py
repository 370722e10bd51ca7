"""GPU functions that run although no visitor has asked for a result: at a page view, at a tick, while somebody types.

Which events these are is from Gradio's source (6.31): `gr.on` without triggers runs at page views and at each change of
an input; `Interface(live=True)` registers `change`, or `stream`, of its inputs; a component with a function for a value
calls it at page views. Uploads, choices and clicks are what a visitor does on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import handlers
from zerolint.model.contexts import Edge
from zerolint.model.handlers import Registration
from zerolint.model.order import is_registered_bare
from zerolint.model.program import Program
from zerolint.model.syntax import EXCEPT, IF, LOOP, MATCH, Call, Decoration, Scope, blocks_of
from zerolint.model.values import Constant, Container, External, Point, point_of
from zerolint.model.ways import Way, asks_for_nothing, ways_to_gpu
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Occasion(Enum):
    """When the function runs."""

    VIEW = "view"  # each page view
    TICK = "tick"  # again and again in each open page
    TYPING = "typing"  # while a visitor types or moves a slider
    STREAM = "stream"  # each piece of a recording


class PassiveBooking(NamedTuple):
    """GPU function `function` runs on `occasion`.

    `way` leads from the registered function to it, None when it is registered itself. `component` is the class of the
    component whose event it is.
    """

    occasion: Occasion
    registration: Registration
    component: str
    function: Scope
    way: Way | None


_PAGES = frozenset({"Blocks", "Interface", "ChatInterface", "TabbedInterface"})
_TYPED = frozenset({"Textbox", "TextArea", "Text", "Number", "Slider", "Code", "MultimodalTextbox"})
_RECORDED = frozenset({"Audio", "Microphone", "Image", "Webcam", "Video"})
# Shorthands that `Interface` takes for a component.
_TYPED_NAMES = frozenset({"text", "textbox", "textarea", "number", "slider", "code"})
_TYPING_EVENTS = frozenset({"change", "input", "key_up"})
_EVENTS = frozenset({"load", "tick", "stream", "on", "then", "success", *_TYPING_EVENTS})


def passive_bookings(space: Space) -> Iterator[PassiveBooking]:
    """The GPU functions that run without being asked for, once for each registration."""
    contexts = space.contexts
    if not contexts.gpu:
        return
    seen: set[tuple[int, Scope]] = set()
    for registration in contexts.registrations:
        if registration.kind != handlers.HANDLER:
            continue
        if registration.event not in _EVENTS and not registration.event.endswith("Interface"):
            continue
        function = registration.function
        key = (id(registration.call or registration.decoration), function.scope)
        is_gpu = function.gpu is not None or (function.scope.is_method and function.scope in contexts.gpu)
        if is_gpu and is_registered_bare(space.program, registration):
            continue
        if key in seen or not (is_gpu or contexts.edges(function.scope)):
            continue
        seen.add(key)
        found = _occasion(space, registration)
        if found is None:
            continue
        occasion, component = found
        way = None if is_gpu else _sure_way(space, function.scope, occasion)
        if is_gpu or way is not None:
            reached = function.scope if way is None else way.function
            yield PassiveBooking(occasion, registration, component, reached, way)


def _sure_way(space: Space, scope: Scope, occasion: Occasion) -> Way | None:
    """A way to a worker that is gone each time the function runs with something given."""
    may_be_empty = occasion in (Occasion.TYPING, Occasion.STREAM)

    def follows(edge: Edge) -> bool:
        for block in blocks_of(edge.call.block):
            if block.kind in (LOOP, EXCEPT, MATCH):
                return False
            if block.kind == IF and not (may_be_empty and not block.branch and asks_for_nothing(block.node)):
                return False
        return True

    return next(ways_to_gpu(space, scope, follows), None)


def _occasion(space: Space, registration: Registration) -> tuple[Occasion, str] | None:
    """When a registered function runs, and on which component; None when a visitor asks for it, or nothing is known."""
    program = space.program
    if registration.decoration is not None:
        return _of_decoration(space, registration.decoration, registration.event)
    call = registration.call
    if call is None:
        return None
    function = call.node.func
    name = function.attr.value if type(function).__name__ == "Attribute" else getattr(function, "value", "")
    if name in handlers.LISTENERS and type(function).__name__ == "Attribute":
        while name in ("then", "success") and type(function.value).__name__ == "Call":
            before = call.scope.module.calls.get(id(function.value))
            if before is None or type(before.node.func).__name__ != "Attribute":
                return None
            call, function = before, before.node.func
            name = function.attr.value
        return _of_listener(space, function, point_of(call), call)
    for value in program.evaluate(function, point_of(call)):
        if not isinstance(value, External) or not value.path.startswith("gradio."):
            continue
        member = value.path.rsplit(".", 1)[-1]
        if member == "Interface":
            return _of_interface(space, call)
        if member == "on":
            if any(argument.star for argument in call.node.args):
                return None
            return _of_triggers(space, program.argument(call, 0, "triggers"), point_of(call))
        if member[:1].isupper() and registration.event == "load":
            repeats = program.argument(call, 1 << 20, "every") is not None
            return (Occasion.TICK if repeats else Occasion.VIEW), member
    return None


def _of_decoration(space: Space, decoration: Decoration, event: str) -> tuple[Occasion, str] | None:
    expression = decoration.expression
    point = Point(decoration.scope, decoration.block, decoration.order)
    if type(expression).__name__ != "Call":
        return None
    call = decoration.scope.module.calls.get(id(expression))
    if event == "on":
        given = space.program.argument(call, 0, "triggers") if call is not None else None
        return _of_triggers(space, given, point) if call is not None else None
    if type(expression.func).__name__ != "Attribute":
        return None
    return _of_listener(space, expression.func, point, call)


def _of_listener(space: Space, function: Any, point: Point, call: Call | None) -> tuple[Occasion, str] | None:
    """`component.event`, for the registration `call`."""
    program = space.program
    name = function.attr.value
    values = program.evaluate(function.value, point)
    if len(values) != 1 or not isinstance(values[0], External) or not values[0].path.startswith("gradio."):
        return None
    made = values[0].origin
    component = values[0].path.removesuffix("()").rsplit(".", 1)[-1]
    if not values[0].path.endswith("()"):
        return None
    if name == "load" and component in _PAGES:
        repeats = call is not None and program.argument(call, 1 << 20, "every") is not None
        return (Occasion.TICK if repeats else Occasion.VIEW), component
    if made is None:
        return None
    if name == "tick" and component == "Timer":
        active = program.argument(made, 1 << 20, "active")
        runs = active is None or program.constant(active, point_of(made)) == Constant(True)
        return (Occasion.TICK, component) if runs else None
    if name == "stream" and component in _RECORDED:
        return Occasion.STREAM, component
    if name in _TYPING_EVENTS and component in _TYPED and _is_typed(space, made, name):
        return Occasion.TYPING, component
    return None


def _of_triggers(space: Space, triggers: Any, point: Point) -> tuple[Occasion, str] | None:
    """The triggers of `gr.on`: the first one that nobody asks for."""
    if triggers is None or (type(triggers).__name__ == "Name" and triggers.value == "None"):
        return Occasion.VIEW, "Blocks"
    nodes = [triggers]
    if type(triggers).__name__ in ("List", "Tuple"):
        nodes = [element.value for element in triggers.elements]
    for node in nodes:
        if type(node).__name__ == "Attribute":
            found = _of_listener(space, node, point, None)
            if found is not None:
                return found
    return None


def _of_interface(space: Space, call: Call) -> tuple[Occasion, str] | None:
    program = space.program
    live = program.argument(call, 1 << 20, "live")
    if live is None or program.constant(live, point_of(call)) != Constant(True):
        return None
    inputs = program.argument(call, 1, "inputs")
    if inputs is None:
        return None
    nodes: list[tuple[Any, Point]] = [(inputs, point_of(call))]
    for value in program.evaluate(inputs, point_of(call)):
        if isinstance(value, Container) and type(value.node).__name__ in ("List", "Tuple"):
            nodes = [(element.value, value.point) for element in value.node.elements]
    for node, point in nodes:
        for value in program.evaluate(node, point):
            if isinstance(value, Constant) and value.value in _TYPED_NAMES:
                return Occasion.TYPING, str(value.value)
            if isinstance(value, External) and value.path.startswith("gradio.") and value.path.endswith("()"):
                component = value.path.removesuffix("()").rsplit(".", 1)[-1]
                if component in _TYPED:
                    return Occasion.TYPING, component
                streams = program.argument(value.origin, 1 << 20, "streaming") if value.origin is not None else None
                if streams is not None and value.origin is not None:
                    if program.constant(streams, point_of(value.origin)) == Constant(True):
                        return Occasion.STREAM, component
    return None


def _is_typed(space: Space, made: Call, event: str) -> bool:
    """Whether visitors change a component by typing, and code does not: one that is an output changes by code too."""
    program = space.program
    interactive = program.argument(made, 1 << 20, "interactive")
    if interactive is not None and program.constant(interactive, point_of(made)) != Constant(True):
        return False
    visible = program.argument(made, 1 << 20, "visible")
    if visible is not None and program.constant(visible, point_of(made)) != Constant(True):
        return False
    if event != "change":
        return True
    return not any(_is_output(program, registration, made) for registration in space.contexts.registrations)


def _is_output(program: Program, registration: Registration, made: Call) -> bool:
    """Whether what a registered function returns can go to a component."""
    if registration.kind != handlers.HANDLER:
        return False
    call = registration.call
    if call is None and registration.decoration is not None:
        call = registration.decoration.scope.module.calls.get(id(registration.decoration.expression))
    if call is None:
        return False
    name = registration.event
    place = {"on": 3, "Interface": 2, "Examples": 2}.get(name, 2)
    outputs = program.argument(call, place - (registration.decoration is not None), "outputs")
    if outputs is None:
        return False
    for value in program.evaluate(outputs, point_of(call)):
        if isinstance(value, External) and value.origin is made:
            return True
        if isinstance(value, Container):
            for element in getattr(value.node, "elements", ()):
                inner = program.evaluate(getattr(element, "value", None), value.point)
                if any(isinstance(item, External) and item.origin is made for item in inner):
                    return True
        elif not isinstance(value, (External, Constant)):
            return True
    return False
