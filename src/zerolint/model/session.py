"""What GPU functions do to the values of `gr.State` that they are given: changes that never reach the session.

The worker gets a pickled copy. Executed with `spaces` 0.51.3 and `gradio` 6.31.0: what is changed in place there is
gone unless the value is returned or yielded to the same `gr.State`; `gr.update()` and `gr.skip()` in its place keep
the old value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.program import Program
from zerolint.model.reading import names_in, nodes_in, steps_of
from zerolint.model.syntax import Binding, Call, Result, Scope, dotted
from zerolint.model.values import Class, Constant, External, Function, Instance, Point, point_of
from zerolint.model.wiring import UNSET, StateInput, is_other_component, part_for, state_inputs
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Change(NamedTuple):
    """A value changed in place in `scope`: `node` is the written target or the called method. `through` are the calls
    that lead there from the function that was asked about."""

    node: Any
    scope: Scope
    order: int
    through: tuple[Call, ...] = ()


class LostChange(NamedTuple):
    """A change of the value of a `gr.State` in a GPU function that hands it to nobody.

    `name` is the parameter of `function`. `given` is the state with the registration that gives it; `call` is the call
    from a handler when the GPU function is not registered itself. `is_used` tells that the function goes on with the
    changed value, so that losing it may be meant. `not_saved_by` is the first `gr.update()` or `gr.skip()` in the
    state's place.
    """

    function: Scope
    name: str
    change: Change
    given: StateInput
    call: Call | None
    is_used: bool
    not_saved_by: Any | None


# Methods that change a list, dict, set or deque; of the second group only a call whose result is dropped surely does.
_CHANGING = frozenset("append extend insert setdefault popitem appendleft popleft extendleft".split())
_CHANGING_WHEN_DROPPED = frozenset(
    "pop remove clear sort reverse add discard update move_to_end difference_update intersection_update".split()
)
_DEEPEST = 3


def lost_changes(space: Space) -> Iterator[LostChange]:
    """The changes that are lost, one for each parameter of a GPU function, by file and place."""
    found: dict[tuple[Scope, str], LostChange] = {}
    inputs = state_inputs(space)
    search = _Search(space.program, inputs)
    for given in inputs:
        function = given.registration.function
        if function.gpu is not None or function.scope in space.contexts.gpu:
            if space.devices.hands_on(function.scope):
                lost = search.registered(given)
                if lost is not None:
                    found.setdefault((lost.function, lost.name), lost)
            continue
        for gpu_call in space.gpu_calls():
            called = gpu_call.function.scope
            if gpu_call.caller is function.scope and gpu_call.is_direct and space.devices.hands_on(called):
                lost = search.passed_on(given, gpu_call.call, gpu_call.function)
                if lost is not None:
                    found.setdefault((lost.function, lost.name), lost)
    yield from sorted(found.values(), key=lambda lost: (lost.function.module.path, lost.change.order))


class _Search:
    """One look at the functions that are given state."""

    def __init__(self, program: Program, inputs: Sequence[StateInput]) -> None:
        self._program = program
        self._inputs = inputs

    def registered(self, given: StateInput) -> LostChange | None:
        """A GPU function that Gradio calls with the state itself."""
        scope, name = given.registration.function.scope, given.param.name
        if given.outputs is None or not _may_hold(self._program, given):
            return None
        cls = _class_of(self._program, given)
        changes = self.changes(scope, name, cls)
        if not changes or (cls is not None and self.starts_anew(given, cls, changes)):
            return None
        not_saved_by = None
        if given.saved:
            not_saved_by = self.not_saved_by(scope, given)
            if not_saved_by is None:
                return None
        elif not all(is_other_component(self._program, slot) for slot in given.outputs):
            return None
        return self.lost(scope, name, changes, given, None, not_saved_by)

    def passed_on(self, given: StateInput, call: Call, function: Function) -> LostChange | None:
        """A GPU function that a handler calls with the state that it was given."""
        program = self._program
        for param in function.scope.params:
            if param.star:
                continue
            kind, expression = program.argument_of(call, function, param)
            if kind != "given" or type(expression).__name__ != "Name" or expression.value != given.param.name:
                continue
            bindings = program.bindings(expression.value, point_of(call))
            if len(bindings) != 1 or bindings[0].kind != "param" or not _may_hold(program, given):
                continue
            changes = self.changes(function.scope, param.name, _class_of(program, given))
            if changes and not self.comes_back(function.scope, param.name):
                return self.lost(function.scope, param.name, changes, given, call, None)
        return None

    def lost(
        self,
        scope: Scope,
        name: str,
        changes: list[Change],
        given: StateInput,
        call: Call | None,
        not_saved_by: Any | None,
    ) -> LostChange:
        """The change to tell: the first after which the value is not used any more, or else the first."""
        for change in changes:
            if not self.is_used_after(scope, name, change):
                return LostChange(scope, name, change, given, call, False, not_saved_by)
        return LostChange(scope, name, changes[0], given, call, True, not_saved_by)

    def starts_anew(self, given: StateInput, cls: Scope, changes: list[Change]) -> bool:
        """Whether a function first makes an object as good as new, and no other function is given the object.

        `state.reset()`, where all that the constructor does is to call `reset` too: nothing of an earlier call counts.
        """
        scope, name = given.registration.function.scope, given.param.name
        others = (other for other in self._inputs if other.state.node is given.state.node)
        init = self.method(cls, "__init__")
        if init is None or init.stores or any(other.registration.function.scope is not scope for other in others):
            return False
        resets = {dotted(call.node.func).rpartition(".")[2] for call in init.calls if not call.node.args}
        body = scope.node.body.body
        return any(
            dotted(call.node.func) in {f"{name}.{reset}" for reset in resets}
            and call.order <= changes[0].order
            and any(statement is scope.module.statement_of(call.node) for statement in body)
            for call in scope.calls
        )

    # Changes.

    def changes(self, scope: Scope, name: str, cls: Scope | None, depth: int = 0) -> list[Change]:
        """Where the value that a parameter has at the start is changed in place, in the order of the code.

        `cls` is the class of the Space that the value is made of, if it is known to be one.
        """
        if depth > _DEEPEST:
            return []
        found: list[Change] = []
        for store in scope.stores:
            target = store.target
            if self.means(target.value, name, point_of(store)) and _is_entry(target) and self.lives(store.block):
                found.append(Change(target, scope, store.order))
        for call in scope.calls:
            function: Any = call.node.func
            if type(function).__name__ == "Attribute" and self.means(function.value, name, point_of(call)):
                method = function.attr.value
                own = self.method(cls, method) if cls is not None and _is_plain_name(function.value) else None
                dropped = method in _CHANGING_WHEN_DROPPED and _is_dropped(call)
                if own is not None and own.params and self.lives(call.block):
                    found.extend(self.in_called(call, own, own.params[0].name, cls, depth))
                elif (method in _CHANGING or dropped) and self.lives(call.block):
                    found.append(Change(function, scope, call.order))
            if depth < _DEEPEST and self.hands_over(call, name) and self.lives(call.block):
                found.extend(self.in_functions(call, name, cls, depth))
        return sorted(found, key=lambda change: change.order)

    def in_functions(self, call: Call, name: str, cls: Scope | None, depth: int) -> Iterator[Change]:
        """What functions of the Space change in a value that they are passed."""
        program = self._program
        if not program.may_run_own(call.node.func, call.scope):
            return
        for function in program.targets(call):
            for param in function.scope.params:
                kind, expression = program.argument_of(call, function, param) if not param.star else ("unknown", None)
                if kind == "given" and self.means(expression, name, point_of(call)):
                    whole = cls if _is_plain_name(expression) else None
                    yield from self.in_called(call, function.scope, param.name, whole, depth)

    def in_called(self, call: Call, scope: Scope, name: str, cls: Scope | None, depth: int) -> Iterator[Change]:
        """The changes in a called function, told with the order of the call. A generator may not run at all."""
        if not scope.is_generator:
            for change in self.changes(scope, name, cls, depth + 1):
                yield Change(change.node, change.scope, call.order, (call, *change.through))

    def method(self, cls: Scope, name: str) -> Scope | None:
        """A method of a class of the Space, by its name."""
        for ancestor in self._program.ancestors(cls):
            for binding in ancestor.names.get(name, ()):
                return binding.value if binding.kind == "def" else None
        return None

    def hands_over(self, call: Call, name: str) -> bool:
        return any(self.means(argument.value, name, point_of(call)) for argument in call.node.args if not argument.star)

    def lives(self, block: syntax.Block | None) -> bool:
        return not self._program.is_dead(block)

    def means(self, node: Any, name: str, point: Point, depth: int = 0) -> bool:
        """Whether an expression is the value of a parameter, or a part of it: `state["frames"]`, `frames` after
        `frames = state["frames"]`."""
        while True:
            kind = type(node).__name__
            if kind in ("Attribute", "Subscript"):
                node = node.value
            elif kind == "Call" and type(node.func).__name__ == "Attribute":
                if node.func.attr.value not in ("get", "setdefault"):
                    return False
                node = node.func.value
            else:
                break
        if kind == "BooleanOperation":
            return any(self.means(part, name, point, depth + 1) for part in (node.left, node.right))
        if kind != "Name" or depth > _DEEPEST:
            return False
        bindings = self._program.bindings(node.value, point)
        # `state = []` where it was None starts anew, and ends with the call as well.
        kept = [binding for binding in bindings if not _is_fresh(binding)]
        return len(kept) == 1 and self.is_part(kept[0], name, point, depth)

    def is_part(self, binding: Binding, name: str, point: Point, depth: int) -> bool:
        """Whether a binding gives its name the value of a parameter or a part of it."""
        if binding.kind == "param":
            return binding.name == name and binding.scope is point.scope.frame
        if binding.kind != "assign" or binding.path or type(binding.value).__name__ == "Call":
            return False
        return self.means(binding.value, name, Point(binding.scope, binding.block, binding.order), depth + 1)

    # Results.

    def results(self, scope: Scope) -> list[Result]:
        return [result for result in scope.yields or scope.returns if self.lives(result.block)]

    def not_saved_by(self, scope: Scope, given: StateInput) -> Any | None:
        """The first thing that every result has in the state's place and that does not save it; None when some may."""
        assert given.outputs is not None
        first: Any | None = None
        for result in self.results(scope):
            if result.value is None:
                continue
            for place in given.saved:
                part = part_for(self._program, result, place, given.outputs, given.state)
                if part is UNSET or (part is not None and not self.keeps_old(part, point_of(result))):
                    return None
                first = first or part or result.value
        return first

    def keeps_old(self, node: Any, point: Point) -> bool:
        """Whether a part of a result tells Gradio to keep what the state has: `gr.update()`, `gr.skip()`."""
        values = self._program.evaluate(node, point)
        return bool(values) and all(
            isinstance(value, External)
            and value.path in ("gradio.update()", "gradio.skip()", "gradio.helpers.update()")
            and value.origin is not None
            and not value.origin.node.args
            for value in values
        )

    def comes_back(self, scope: Scope, name: str) -> bool:
        """Whether any result can have something of the parameter in it."""
        for result in self.results(scope):
            if result.value is not None and name in self.sources(scope, result.value):
                return True
        return False

    def sources(self, scope: Scope, node: Any) -> set[str]:
        """The names that a value is made from, through assignments in the function."""
        found = set(names_in(node))
        stack = list(found)
        while stack:
            for binding in scope.names.get(stack.pop(), ()):
                if binding.value is None or binding.kind in ("param", "import", "def", "class"):
                    continue
                for name in names_in(binding.value):
                    if name not in found:
                        found.add(name)
                        stack.append(name)
        return found

    def is_used_after(self, scope: Scope, name: str, change: Change) -> bool:
        """Whether the function goes on with the value after a change."""
        aliases = {name, *(binding.name for binding in self.aliases(scope, name))}
        changing = change.through[0].node if change.through else change.node
        passed = False
        for step in steps_of(scope.node):
            if passed:
                if not aliases.isdisjoint(names_in(step)):
                    return True
            else:
                passed = any(node is changing for node in nodes_in(step))
        return False

    def aliases(self, scope: Scope, name: str) -> list[Binding]:
        return [
            binding
            for bindings in scope.names.values()
            for binding in bindings
            if binding.kind == "assign"
            and not binding.path
            and self.means(binding.value, name, Point(binding.scope, binding.block, binding.order))
        ]


def _class_of(program: Program, given: StateInput) -> Scope | None:
    """The class of the Space that a state begins with an object of: `gr.State(Session)`, `gr.State(Session())`."""
    first = program.argument(given.state, 0, "value")
    values = program.evaluate(first, point_of(given.state)) if first is not None else ()
    if len(values) == 1 and isinstance(values[0], (Class, Instance)):
        return values[0].scope if isinstance(values[0], Class) else values[0].cls
    return None


def _is_plain_name(node: Any) -> bool:
    return type(node).__name__ == "Name"


def _may_hold(program: Program, given: StateInput) -> bool:
    """Whether a state can hold something that is changed in place; what it is made with is no text and no number."""
    first = program.argument(given.state, 0, "value")
    if first is None:
        return True
    for value in program.evaluate(first, point_of(given.state)):
        if isinstance(value, Constant) and value.value is not None:
            return False
        if isinstance(value, Instance) and program.external_bases(value.cls):
            return False
    return True


def _is_fresh(binding: Binding) -> bool:
    return binding.kind == "assign" and type(binding.value).__name__ in ("List", "Dict", "Set")


def _is_entry(target: Any) -> bool:
    """Whether a written target is an attribute or an entry of a list or dict, rather than pixels of an image."""
    if type(target).__name__ != "Subscript":
        return True
    index = target.slice[0].slice
    if len(target.slice) != 1 or type(index).__name__ != "Index":
        return False
    kind = type(index.value).__name__
    return kind in ("SimpleString", "FormattedString", "Integer", "UnaryOperation") or (
        kind in ("Name", "Attribute", "Call") and type(target.value).__name__ == "Name"
    )


def _is_dropped(call: Call) -> bool:
    """Whether nothing is done with what a call gives."""
    statement: Any = call.scope.module.statement_of(call.node)
    return type(statement).__name__ == "SimpleStatementLine" and any(
        type(small).__name__ == "Expr" and small.value is call.node for small in statement.body
    )
