"""Paths of temporary files that are deleted before anybody can read them.

`NamedTemporaryFile` deletes its file when it is closed, and `TemporaryDirectory` its folder: at the end of the `with`,
or when the function that made it returns and nothing else holds it. Gradio reads a path that a function gives it after
the function returned, in handlers and GPU functions alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.program import Program
from zerolint.model.reading import names_in, nodes_in
from zerolint.model.syntax import Binding, Block, Call, Result, Scope
from zerolint.model.values import External, Function, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Temporary(NamedTuple):
    """A temporary file or folder that `binding` names in `function`; `call` makes it. `block` is the `with`, None when
    it lives as long as the name."""

    call: Call
    binding: Binding
    function: Scope
    is_folder: bool
    block: Block | None


class DeletedPath(NamedTuple):
    """A `return` or `yield` of a path that is gone by the time it is read. `part` is the expression for it."""

    result: Result
    part: Any
    temporary: Temporary


# What gives back the path that it is given, or one below it.
_SAME = frozenset(
    ("builtins.str", "os.fspath", "os.path.abspath", "os.path.realpath", "os.path.normpath", "pathlib.Path")
)
_BELOW = frozenset(("os.path.join", "glob.glob", "builtins.sorted", "builtins.list", "pathlib.PurePath"))
_SAME_METHODS = frozenset(("resolve", "absolute", "as_posix", "expanduser"))
_BELOW_METHODS = frozenset(("joinpath", "with_suffix", "with_name", "with_stem", "glob", "rglob", "iterdir"))
# What may keep the object that it is given.
_KEEPING = frozenset(
    "append add extend insert put setdefault submit register enter_context push callback start".split()
)
_DEEPEST = 12


def deleted_paths(space: Space) -> Iterator[DeletedPath]:
    """The results of code that runs for visitors whose file is gone, by file and place."""
    search = _Search(space)
    calls = [call for name in ("NamedTemporaryFile", "TemporaryDirectory") for call in space.program.calls_named(name)]
    found = [deleted for call in calls for deleted in search.of(call)]
    yield from sorted(found, key=lambda item: (item.result.scope.module.path, item.result.order))


class _Search:
    def __init__(self, space: Space) -> None:
        self._space = space
        self._contexts = space.contexts  # reads the modules, whose calls are then known by name
        self._program: Program = space.program
        self._temporary: Temporary
        self._passed: dict[tuple[Scope, str], bool] = {}
        self._depth = 0

    def of(self, call: Call) -> Iterator[DeletedPath]:
        """The results that a temporary file or folder is gone for."""
        temporary = self.made(call)
        if temporary is None or not self._contexts.is_per_request(temporary.function):
            return
        if not self._space.devices.hands_on(temporary.function):
            return
        self._temporary = temporary
        self._passed = {}
        function = temporary.function
        for result in function.yields or function.returns:
            if result.value is None or result.delegates or self._program.is_dead(result.block):
                continue
            if self.is_gone_at(result):
                part = self.part(result.value, point_of(result))
                if part is not None and not self.is_written_again(result):
                    yield DeletedPath(result, part, temporary)

    def made(self, call: Call) -> Temporary | None:
        """What a call makes, when it is deleted by itself and has a name in the function."""
        function = call.function
        paths = self._program.evaluate(call.node.func, point_of(call))
        if not function.is_function or len(paths) != 1 or self._program.is_dead(call.block):
            return None
        if paths[0] == External("tempfile.NamedTemporaryFile"):
            is_folder = False
        elif paths[0] == External("tempfile.TemporaryDirectory"):
            is_folder = True
        else:
            return None
        for argument in call.node.args:
            if argument.star:
                return None
            if argument.keyword is not None and argument.keyword.value == "delete":
                constant = self._program.constant(argument.value, point_of(call))
                if constant is None or constant.value is not True:
                    return None
        for bindings in function.names.values():
            for binding in bindings:
                if (
                    binding.value is call.node
                    and not binding.path
                    and not binding.outside
                    and binding.scope is function
                ):
                    if binding.kind == "with":
                        if not is_folder and self.is_closed(binding):
                            return None
                        return Temporary(call, binding, function, is_folder, binding.block)
                    if binding.kind == "assign" and len(bindings) == 1 and not self.is_kept(binding, is_folder):
                        return Temporary(call, binding, function, is_folder, None)
        return None

    def is_closed(self, binding: Binding) -> bool:
        """Whether the file is closed by hand: what is written to its path after that stays."""
        return any(
            type(call.node.func).__name__ == "Attribute"
            and call.node.func.attr.value == "close"
            and type(call.node.func.value).__name__ == "Name"
            and call.node.func.value.value == binding.name
            for call in binding.scope.calls
        )

    def is_kept(self, binding: Binding, is_folder: bool) -> bool:
        """Whether something may hold the object when its function returns: then it is not deleted."""
        name = binding.name
        scope = binding.scope
        if (not is_folder and self.is_closed(binding)) or scope.is_generator:
            return True
        if any(name in names_in(child.node) for child in scope.children):
            return True
        harmless: set[int] = set()
        for node in nodes_in(scope.node.body):
            kind = type(node).__name__
            if kind == "Attribute":
                harmless.add(id(node.value))
            elif kind == "Call" and self.lets_go(node, scope):
                harmless.update(id(argument.value) for argument in node.args)
            elif kind == "AssignTarget":
                harmless.add(id(node.target))
        return any(
            type(node).__name__ == "Name" and node.value == name and id(node) not in harmless
            for node in nodes_in(scope.node.body)
        )

    def lets_go(self, node: Any, scope: Scope) -> bool:
        """Whether a call surely keeps nothing of what it is given: a function of a library that is no collection's."""
        call = scope.module.calls.get(id(node))
        function = node.func
        if call is None or (type(function).__name__ == "Attribute" and function.attr.value in _KEEPING):
            return False
        values = self._program.evaluate(function, point_of(call))
        return bool(values) and all(isinstance(value, External) and value.path[:1].islower() for value in values)

    # When.

    def is_gone_at(self, result: Result) -> bool:
        """Whether the file is deleted when a result is read."""
        block, scope = self._temporary.block, self._temporary.function
        if block is None:
            return not scope.is_generator
        inside = syntax.encloses(block, result.block)
        if scope.is_generator:
            if inside:
                return self.is_last_step(block, result)
            return result.order > self._temporary.binding.order
        return inside or result.order > self._temporary.binding.order

    def is_last_step(self, block: Block, result: Result) -> bool:
        """Whether a GPU worker runs into the end of the `with` as soon as it has sent a result.

        It does not wait for anybody to ask for the next one. A handler does.
        """
        scope = self._temporary.function
        if scope not in self._contexts.gpu:
            return False
        for around in syntax.blocks_of(result.block):
            if around is block:
                break
            if around.kind == syntax.LOOP:
                return False
        later: list[Call | Result] = [*scope.calls, *scope.yields]
        return not any(record.order > result.order and syntax.encloses(block, record.block) for record in later)

    def is_written_again(self, result: Result) -> bool:
        """Whether something after the `with` is given the path, and may make the file again."""
        block = self._temporary.block
        if block is None or syntax.encloses(block, result.block):
            return False
        for call in self._temporary.function.calls:
            if self._temporary.call.order < call.order < result.order and not syntax.encloses(block, call.block):
                point = point_of(call)
                if any(self.part(argument.value, point) is not None for argument in call.node.args):
                    values = self._program.evaluate(call.node.func, point)
                    if not all(isinstance(v, External) and v.path in (*_SAME, *_BELOW) for v in values) or not values:
                        return True
        return False

    # What is a path of it.

    def part(self, node: Any, point: Point) -> Any | None:
        """The innermost written expression that is, or holds, a path of the temporary file; None when there is none."""
        kind = type(node).__name__
        if kind in ("Tuple", "List", "Set", "Dict"):
            for element in node.elements:
                found = self.part(element.value, point)
                if found is not None:
                    return found
            return None
        return node if self.is_path(node, point) else None

    def is_path(self, node: Any, point: Point) -> bool:
        handler = _HANDLERS.get(type(node).__name__)
        if handler is None or self._depth > _DEEPEST:
            return False
        self._depth += 1
        try:
            return bool(handler(self, node, point))
        finally:
            self._depth -= 1

    def _name(self, node: Any, point: Point) -> bool:
        bindings = self._program.bindings(node.value, point)
        return bool(bindings) and all(self._bound(binding) for binding in bindings)

    def _bound(self, binding: Binding) -> bool:
        made = self._temporary
        if binding is made.binding:
            return made.is_folder and made.block is not None
        if binding.kind == "param":
            return self._passed.get((binding.scope, binding.name), False)
        if binding.kind not in ("assign", "named") or binding.path:
            return False
        if type(binding.value).__name__ == "List" and not binding.value.elements:
            return self._collects(binding)
        return self.part(binding.value, Point(binding.scope, binding.block, binding.order)) is not None

    def _collects(self, binding: Binding) -> bool:
        """Whether a list that begins empty gets paths of it only."""
        added = [
            call
            for call in binding.scope.calls
            if type(call.node.func).__name__ == "Attribute"
            and call.node.func.attr.value in ("append", "extend")
            and type(call.node.func.value).__name__ == "Name"
            and call.node.func.value.value == binding.name
            and call.node.args
        ]
        return bool(added) and all(self.part(call.node.args[0].value, point_of(call)) is not None for call in added)

    def _attribute(self, node: Any, point: Point) -> bool:
        made = self._temporary
        if (
            node.attr.value != "name"
            or type(node.value).__name__ != "Name"
            or (made.is_folder and made.block is not None)
        ):
            return False
        bindings = self._program.bindings(node.value.value, point)
        return len(bindings) == 1 and bindings[0] is made.binding

    def _call(self, node: Any, point: Point) -> bool:
        function = node.func
        is_folder = self._temporary.is_folder
        if type(function).__name__ == "Attribute":
            method = function.attr.value
            if method in _SAME_METHODS or (is_folder and method in _BELOW_METHODS):
                if self.is_path(function.value, point):
                    return True
        if not any(self.part(argument.value, point) is not None for argument in node.args):
            return False
        values = self._program.evaluate(function, point)
        if len(values) != 1:
            return False
        value = values[0]
        first = node.args[0]
        if isinstance(value, External):
            if value.path in _SAME or (is_folder and value.path in _BELOW):
                return not first.star and self.part(first.value, point) is not None
            if value.path.startswith("gradio."):
                given = [a.value for a in node.args if a.keyword is None or a.keyword.value == "value"]
                return bool(given) and self.part(given[0], point) is not None
            return False
        return isinstance(value, Function) and self._returned(value, node, point)

    def _returned(self, function: Function, node: Any, point: Point) -> bool:
        """Whether a function of the Space that is given a path gives back such a path on every way."""
        scope = function.scope
        call = point.scope.module.calls.get(id(node))
        if call is None or scope.is_generator or not self._space.devices.hands_on(scope):
            return False
        if any(owner is scope for owner, _ in self._passed):
            return False
        for param in scope.params:
            kind, expression = self._program.argument_of(call, function, param)
            if kind == "given" and not param.star and self.is_path(expression, point):
                self._passed[scope, param.name] = True
        results = [result for result in scope.returns if not self._program.is_dead(result.block)]
        try:
            return bool(results) and all(
                result.value is not None and self.part(result.value, point_of(result)) is not None for result in results
            )
        finally:
            self._passed = {key: known for key, known in self._passed.items() if key[0] is not scope}

    def _binary(self, node: Any, point: Point) -> bool:
        operator = type(node.operator).__name__
        return self._temporary.is_folder and operator in ("Divide", "Add") and self.is_path(node.left, point)

    def _formatted(self, node: Any, point: Point) -> bool:
        first: Any = node.parts[0] if node.parts else None
        if type(first).__name__ != "FormattedStringExpression" or not (
            self._temporary.is_folder or len(node.parts) == 1
        ):
            return False
        return self.is_path(first.expression, point)

    def _comprehension(self, node: Any, point: Point) -> bool:
        inner = next((scope for scope in point.scope.children if scope.node is node), None)
        return inner is not None and self.is_path(node.elt, Point(inner, point.block, 1 << 60))

    def _if_expression(self, node: Any, point: Point) -> bool:
        parts = [self.is_path(branch, point) or _is_none(branch) for branch in (node.body, node.orelse)]
        return all(parts) and (self.is_path(node.body, point) or self.is_path(node.orelse, point))


def _is_none(node: Any) -> bool:
    return type(node).__name__ == "Name" and node.value == "None"


_HANDLERS: dict[str, Any] = {
    "Name": _Search._name,
    "Attribute": _Search._attribute,
    "Call": _Search._call,
    "BinaryOperation": _Search._binary,
    "FormattedString": _Search._formatted,
    "ListComp": _Search._comprehension,
    "IfExp": _Search._if_expression,
}
