"""Which components a registered function gets its arguments from, and which ones its results go to.

The positions of `inputs` and `outputs` are those of Gradio's source (5.50 and 6.31), and so is which parameters Gradio
fills by itself: `gr.Request`, `gr.Progress`, event data and OAuth, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.handlers import LISTENERS, Registration
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Param, Result, dotted
from zerolint.model.values import Constant, Container, External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Slot(NamedTuple):
    """One entry of `inputs` or `outputs`: the expression, and where it stands."""

    node: Any
    point: Point


class StateInput(NamedTuple):
    """A parameter of a registered function that gets the value of a `gr.State`.

    `state` is the call that makes the component, `slot` where it stands in the inputs. `outputs` are the slots of the
    results, None when they are not known; `saved` holds the positions of the same state among them.
    """

    registration: Registration
    param: Param
    state: Call
    slot: Slot
    outputs: tuple[Slot, ...] | None
    saved: tuple[int, ...]


class StateOutput(NamedTuple):
    """A place among the outputs of a registered function that goes to the `gr.State` which `state` makes."""

    registration: Registration
    state: Call
    outputs: tuple[Slot, ...]
    place: int


# What a result has in a place, when that is not known.
UNSET = object()
# Where `inputs` stands, `outputs` follows it.
_FIRST = {"Interface": 1, "on": 2, "Examples": 1}
# Gradio's own, and those of packages such as `gradio_imageslider`.
_COMPONENTS = r"gradio\.|gradio_(?!client\b)\w+\."
_STATES = frozenset({"gradio.State()", "gradio.components.State()", "gradio.state.State()"})
_INJECTED = frozenset(
    "Request Progress EventData SelectData LikeData RetryData UndoData EditData KeyUpData CopyData DeletedFileData "
    "DownloadData OAuthProfile OAuthToken".split()
)
_DEEPEST = 6


def state_inputs(space: Space) -> tuple[StateInput, ...]:
    """Every parameter of a registered function that gets the value of a `gr.State`."""
    found: list[StateInput] = []
    for registration in space.contexts.registrations:
        found.extend(_of_registration(space.program, registration))
    return tuple(found)


def inputs_of(program: Program, registration: Registration) -> list[tuple[Param, Slot]]:
    """The parameters of a registered function and what each gets its values from; [] when that is not known."""
    wires = _wires(program, registration)
    inputs = wires.inputs(program) if wires is not None else None
    return list(zip(_filled(program, registration), inputs or (), strict=False))


def _of_registration(program: Program, registration: Registration) -> list[StateInput]:
    wires = _wires(program, registration)
    inputs = wires.inputs(program) if wires is not None else None
    if wires is None or inputs is None:
        return []
    states = [state_of(program, slot) for slot in inputs]
    if not any(states):
        return []
    outputs = wires.outputs(program)
    found = []
    for param, slot, state in zip(_filled(program, registration), inputs, states, strict=False):
        if state is not None:
            saved = tuple(
                place
                for place, output in enumerate(outputs or ())
                if (other := state_of(program, output)) is not None and other.node is state.node
            )
            found.append(StateInput(registration, param, state, slot, outputs, saved))
    return found


class _Wires(NamedTuple):
    """The expressions for the inputs and outputs of a registration; `before` and `after` are entries that stand in
    front of them without being written."""

    given: Slot | None
    results: Slot | None
    before: tuple[Slot, ...] = ()
    after: tuple[Slot, ...] = ()

    def inputs(self, program: Program) -> tuple[Slot, ...] | None:
        found = slots(program, self.given) if self.given is not None else None
        return (*self.before, *found) if found is not None else None

    def outputs(self, program: Program) -> tuple[Slot, ...] | None:
        found = slots(program, self.results) if self.results is not None else ()
        return (*self.after, *found) if found is not None else None


def state_outputs(space: Space, states: list[Call]) -> Iterator[StateOutput]:
    """Every place among the outputs of a registered function that goes to one of the given states."""
    nodes = {id(state.node) for state in states}
    for registration in space.contexts.registrations if nodes else ():
        wires = _wires(space.program, registration)
        outputs = wires.outputs(space.program) if wires is not None else None
        for place, output in enumerate(outputs or ()):
            state = state_of(space.program, output)
            if state is not None and id(state.node) in nodes:
                assert outputs is not None
                yield StateOutput(registration, state, outputs, place)


def part_for(program: Program, result: Result, place: int, outputs: tuple[Slot, ...], state: Call) -> Any:
    """The expression that a result has for a state in one place of the outputs; None when it leaves it out, `UNSET`
    when that is not known."""
    node: Any = result.value
    if result.delegates or node is None:
        return UNSET
    kind = type(node).__name__
    if kind == "Dict":
        for element in node.elements:
            key = getattr(element, "key", None)
            if key is None:
                return UNSET
            slot = Slot(key, point_of(result))
            other = state_of(program, slot)
            if other is not None and other.node is state.node:
                return element.value
            if other is None and not is_other_component(program, slot):
                return UNSET
        return None
    if len(outputs) == 1:
        return node
    if kind not in ("Tuple", "List") or len(node.elements) <= place:
        return UNSET
    if any(type(element).__name__ == "StarredElement" for element in node.elements[: place + 1]):
        return UNSET
    return node.elements[place].value


def _wires(program: Program, registration: Registration) -> _Wires | None:
    """What is given for `inputs` and `outputs`; None when that is hidden or the form is another one."""
    call = registration.call
    if call is None and registration.decoration is not None:
        expression = registration.decoration.expression
        call = registration.decoration.scope.module.calls.get(id(expression))
    if call is None:
        return None
    if any(argument.star for argument in call.node.args):
        return None
    function = call.node.func
    name = function.attr.value if type(function).__name__ == "Attribute" else dotted(function)
    point = point_of(call)
    if name == "ChatInterface":
        # The function gets the message and the history first, and gives the reply first.
        given = program.argument(call, -1, "additional_inputs")
        results = program.argument(call, -1, "additional_outputs")
        chat = Slot(call.node, point)
        return _Wires(_slot(given, point), _slot(results, point), (chat, chat), (chat,))
    first = _FIRST.get(name)
    if first is None:
        if name not in LISTENERS:
            return None
        first = 1
    given = program.argument(call, first, "inputs")
    results = program.argument(call, first + 1, "outputs")
    return _Wires(_slot(given, point), _slot(results, point))


def _slot(node: Any, point: Point) -> Slot | None:
    return Slot(node, point) if node is not None else None


def _filled(program: Program, registration: Registration) -> list[Param]:
    """The parameters that the inputs go to, in their order."""
    function = registration.function
    params = function.scope.params
    if function.receiver is not None:
        params = params[1:]
    if function.partial is not None:
        arguments = function.partial.node.args
        if any(argument.star or argument.keyword is not None for argument in arguments):
            return []
        params = params[len(arguments) - 1 :]
    return [param for param in params if not param.star and not param.keyword_only and not _is_injected(param)]


def _is_injected(param: Param) -> bool:
    annotation = param.annotation
    if annotation is not None:
        stack = [annotation]
        while stack:
            node = stack.pop()
            kind = type(node).__name__
            if kind == "BinaryOperation":
                stack += [node.left, node.right]
            elif kind == "Subscript":
                stack += [element.slice.value for element in node.slice if hasattr(element.slice, "value")]
            elif dotted(node).rpartition(".")[2] in _INJECTED:
                return True
    default = param.default
    return type(default).__name__ == "Call" and dotted(default.func).rpartition(".")[2] in ("Progress", "Cache")


def slots(program: Program, slot: Slot, depth: int = 0) -> tuple[Slot, ...] | None:
    """The entries of `inputs` or `outputs`: of a list, through names and `+`, or the one component; None when not
    known."""
    node, point = slot
    kind = type(node).__name__
    if depth > _DEEPEST:
        return None
    if kind in ("List", "Tuple"):
        found: list[Slot] = []
        for element in node.elements:
            if type(element).__name__ == "StarredElement":
                inner = slots(program, Slot(element.value, point), depth + 1)
                if inner is None:
                    return None
                found.extend(inner)
            else:
                found.append(Slot(element.value, point))
        return tuple(found)
    if kind == "BinaryOperation" and type(node.operator).__name__ == "Add":
        left = slots(program, Slot(node.left, point), depth + 1)
        right = slots(program, Slot(node.right, point), depth + 1)
        return (*left, *right) if left is not None and right is not None else None
    if kind == "Name" and node.value == "None":
        return ()
    values = program.evaluate(node, point)
    if len(values) != 1:
        return None
    value = values[0]
    if isinstance(value, External) and value.path.startswith("gradio."):
        return (slot,)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return (slot,)  # `gr.Interface(run, "text", "image")`
    if isinstance(value, Container) and kind == "Name" and type(value.node).__name__ in ("List", "Tuple"):
        bindings = program.bindings(node.value, point)
        if len(bindings) == 1 and bindings[0].kind == "assign" and not _grows(node.value, bindings[0].scope):
            return slots(program, Slot(value.node, value.point), depth + 1)
    return None


def _grows(name: str, scope: syntax.Scope) -> bool:
    """Whether the list that a name means is changed in the code that makes it."""
    for call in scope.module.root.calls if scope.kind == syntax.MODULE else scope.frame.calls:
        function: Any = call.node.func
        if type(function).__name__ == "Attribute" and dotted(function.value) == name:
            return True
    return False


def state_of(program: Program, slot: Slot) -> Call | None:
    """The call that makes the `gr.State` which an entry of `inputs` or `outputs` stands for."""
    values = program.evaluate(slot.node, slot.point)
    if len(values) == 1 and isinstance(values[0], External) and values[0].path in _STATES:
        return values[0].origin
    return None


def is_other_component(program: Program, slot: Slot) -> bool:
    """Whether an entry surely stands for a component that is no `gr.State`."""
    values = program.evaluate(slot.node, slot.point)
    return bool(values) and all(
        (isinstance(value, External) and re.match(_COMPONENTS, value.path) is not None and value.path not in _STATES)
        or (isinstance(value, Constant) and isinstance(value.value, str) and value.value != "state")
        for value in values
    )
