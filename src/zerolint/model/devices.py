"""Where does a value live: in the memory of the GPU, in that of the process, or is it no tensor at all?

A value is followed from where it was placed (a factory of PyTorch with a device, `.to("cuda")`, `.cuda()`, a model of
`transformers` or `torch.nn` on CUDA) through names, methods, arithmetic, indexing, containers and the Space's own
functions. An answer is given only when every way to the value agrees; what another library returns is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts
from zerolint.model.program import Program, definition_of
from zerolint.model.syntax import Binding, Call, Result, Scope, dotted
from zerolint.model.values import Class, Constant, External, Function, Instance, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Device(Enum):
    """Where a value lives. A container lives on CUDA as soon as one part of it does."""

    CUDA = "cuda"
    CPU = "cpu"
    NOT_A_TENSOR = "not a tensor"


class Kind(Enum):
    """What a value is, as far as its device follows from that.

    TENSOR     a tensor
    TENSORS    tensors, or something made of tensors that all live together: `torch.max(x, 0)`, an output of a model
    MIXED      a container with at least one such part
    MOVED      whatever `.to("cuda")` of an unknown object gives: a tensor or a model
    MODULE     a model
    PROCESSOR  a tokenizer or another maker of model inputs
    OTHER      none of these
    UNSEEN     a value that is made from itself, as in a loop, while it is being looked at
    """

    TENSOR = "tensor"
    TENSORS = "tensors"
    MIXED = "mixed"
    MOVED = "moved"
    MODULE = "module"
    PROCESSOR = "processor"
    OTHER = "other"
    UNSEEN = "unseen"


class Place(NamedTuple):
    """What is known of a value. `device` is None for a model that is somewhere."""

    kind: Kind
    device: Device | None
    library: str = ""


_OTHER = Place(Kind.OTHER, Device.NOT_A_TENSOR)
_UNSEEN = Place(Kind.UNSEEN, None)
_CPU_TENSOR = Place(Kind.TENSOR, Device.CPU)
_HOLDING = frozenset({Kind.TENSOR, Kind.TENSORS, Kind.MIXED, Kind.MOVED})
_LOOSENESS = {Kind.TENSOR: 0, Kind.TENSORS: 1, Kind.MOVED: 2, Kind.MIXED: 3}
_END = 1 << 60
_DEEPEST = 40
_MOST_STEPS = 4000


class CudaResult(NamedTuple):
    """A `return` or `yield` of a GPU function that hands something on CUDA to the main process.

    `part` is the expression that lives on CUDA: the value itself, or an element of the container that is written there.
    `kind` is that of the whole value. `stays_too` tells that other GPU functions call the function as well.
    """

    function: Scope
    result: Result
    part: Any
    kind: Kind
    stays_too: bool


def cuda_results(space: Space) -> Iterator[CudaResult]:
    """The results on CUDA that leave a worker, by file and place."""
    devices = space.devices
    for scope, result, point in space.gpu_results():
        place = devices.turn(result.value, point) if result.delegates else devices.place(result.value, point)
        if place is not None and place.device is Device.CUDA and place.kind in _HOLDING:
            part = devices.part(result.value, point)
            yield CudaResult(scope, result, part, place.kind, _is_called_in_workers(space.contexts, scope))


def _is_called_in_workers(contexts: Contexts, scope: Scope) -> bool:
    return any(contexts.in_context(caller, Context.GPU) for caller in contexts.callers(scope))


class Devices:
    """Answers about one Space, each worked out once."""

    def __init__(self, program: Program, contexts: Contexts) -> None:
        self._program = program
        self._contexts = contexts
        self._known: dict[int, Place | None] = {}
        self._active: dict[int, Place] = {}
        self._assumed: set[int] = set()
        self._changed: dict[tuple[Scope, str], bool] = {}
        self._cuts = 0
        self._depth = 0
        self._steps = 0

    def device(self, node: Any, point: Point) -> Device | None:
        """Where the value of an expression lives; None when that is not known."""
        place = self.place(node, point)
        return place.device if place is not None else None

    def place(self, node: Any, point: Point) -> Place | None:
        """What is known of the value of an expression; None for nothing."""
        if not self._depth:
            self._steps = 0
        key = id(node)
        if key in self._known:
            return self._known[key]
        kind = type(node).__name__
        if kind in _PLAIN:
            return _OTHER
        handler = _HANDLERS.get(kind)
        self._steps += 1
        if handler is None:
            return None
        if self._depth > _DEEPEST or self._steps > _MOST_STEPS:
            self._cuts += 1
            return None
        cuts = self._cuts
        self._depth += 1
        try:
            found: Place | None = handler(self, node, point)
        finally:
            self._depth -= 1
        if found is not None and found.kind is Kind.UNSEEN and not self._depth:
            found = None
        if self._cuts == cuts or not self._depth:
            self._known[key] = found
        return found

    def turn(self, node: Any, point: Point) -> Place | None:
        """What a loop over an expression gets in one turn."""
        return self._turn(node, (), point)

    def part(self, node: Any, point: Point) -> Any:
        """The innermost written expression that brings a value to CUDA: an element of a display, or the whole."""
        kind = type(node).__name__
        for element in getattr(node, "elements", ()) if kind in ("Tuple", "List", "Set", "Dict") else ():
            place = self.place(element.value, point)
            if place is not None and place.device is Device.CUDA and place.kind in _HOLDING:
                return self.part(element.value, point)
        return node

    def hands_on(self, scope: Scope) -> bool:
        """Whether a function gives its callers what its `return` says: no decorator of it is known to do more."""
        for decoration in scope.decorations:
            point = Point(decoration.scope, decoration.block, decoration.order)
            if self._program.gpu_of_decoration(decoration) is not None:
                values = self._program.evaluate(decoration.expression, point)
                if all(isinstance(value, External) for value in values):
                    continue
                return False
            node = decoration.expression
            name = dotted(node.func if type(node).__name__ == "Call" else node)
            if name.rsplit(".", 1)[-1] not in _TRANSPARENT:
                return False
        return not scope.is_async

    # Names.

    def _name(self, node: Any, point: Point) -> Place | None:
        if node.value in ("True", "False", "None"):
            return _OTHER
        owner = self._program.owner(node.value, point.scope)
        if owner is None:
            return None
        place = self._either(self._bound(binding) for binding in self._program.bindings(node.value, point))
        if place is None:
            return None
        if place.kind is Kind.MODULE:
            return self._moved_later(node.value, owner, point, place)
        if place.kind is Kind.MIXED or place.kind is Kind.TENSORS or place.kind is Kind.TENSOR:
            return None if self._is_changed(node.value, owner) else place
        if place == _OTHER and owner.frame is point.scope.frame:
            bindings = self._program.bindings(node.value, point)
            if len(bindings) == 1 and _is_empty(bindings[0].value):
                return self._filled(node.value, owner, bindings[0], point)
        return place

    def _filled(self, name: str, owner: Scope, binding: Binding, point: Point) -> Place | None:
        """What a list or dict holds that was empty when it was made: what is appended, and stored under keys."""
        program = self._program
        parts: dict[object, Place | None] = {}
        loops = [block for block in syntax.blocks_of(point.block) if block.kind == syntax.LOOP]
        for record, key, value in self._put_into(name, owner):
            if record.order <= binding.order or program.is_dead(record.block):
                continue
            if record.order > point.order and not any(syntax.encloses(loop, record.block) for loop in loops):
                continue
            if record.scope.frame is not owner.frame or value is None or _mentions(value, name):
                return None
            place = self.place(value, point_of(record))
            blocks = [block for block in syntax.blocks_of(record.block) if not syntax.encloses(block, binding.block)]
            if place is not None and any(block.kind not in _REPEATED for block in blocks):
                place = None if place.kind in _HOLDING else place
            parts[key] = place
        if not parts:
            return _OTHER
        return _together(list(parts.values()))

    def _put_into(self, name: str, owner: Scope) -> Iterator[tuple[syntax.Store | Call, object, Any]]:
        """What is put into a container by its name: where, the key when it is written as text, and the expression.

        The expression is None where the container changes in a way that is not known.
        """
        for scope in owner.module.scopes:
            for store in scope.stores:
                target = store.target
                if type(target).__name__ == "Subscript" and type(target.value).__name__ == "Name":
                    if target.value.value == name and self._program.owner(name, store.scope) is owner:
                        index = target.slice[0].slice
                        literal = type(index).__name__ == "Index" and type(index.value).__name__ == "SimpleString"
                        known = store.kind == "assign" and not store.path and (literal or len(target.slice) == 1)
                        key = index.value.evaluated_value if literal else store
                        yield store, key, store.value if known else None
            for call in scope.calls:
                if any(argument.value == name for argument in _names_given(call)):
                    if self._program.owner(name, call.scope) is owner and not self._is_harmless(call):
                        yield call, call, None
        for call in self._calls_on(name, owner):
            method = _method_name(call)
            if method in _PUTTING and len(call.node.args) == _PUTTING[method]:
                yield call, call, call.node.args[-1].value
            elif method in _PUTTING or method in _EMPTYING or method in ("extend", "__setitem__"):
                yield call, call, None

    def _bound(self, binding: Binding) -> Place | None:
        """What a binding gives its name. One that is made from itself is looked at again with what was found."""
        key = id(binding)
        if key in self._active:
            self._cuts += 1
            self._assumed.add(key)
            return self._active[key]
        if self._depth > _DEEPEST or self._steps > _MOST_STEPS:
            self._cuts += 1
            return None
        self._active[key] = _UNSEEN
        self._depth += 1
        try:
            found = self._bound_once(binding)
            if key in self._assumed and found is not None:
                self._active[key] = found
                again = self._bound_once(binding)
                found = found if again == found else None
            return found
        finally:
            self._depth -= 1
            del self._active[key]
            self._assumed.discard(key)

    def _bound_once(self, binding: Binding) -> Place | None:
        kind = binding.kind
        point = Point(binding.scope, binding.block, binding.order)
        if kind in ("assign", "named"):
            return self._unpacked(binding.value, binding.path, point)
        if kind == "augmented":
            before = Point(binding.scope, binding.block, binding.order)
            return self._either(self._bound(other) for other in self._program.bindings(binding.name, before))
        if kind == "for":
            return self._turn(binding.value, binding.path, point)
        if kind == "param":
            return self._parameter(binding)
        if kind == "import":
            return self._imported(binding)
        if kind in ("def", "class", "except"):
            return _OTHER
        return None

    def _imported(self, binding: Binding) -> Place | None:
        module, name = binding.value
        path = self._program.find(module, binding.scope.module.path)
        file = self._program.file_of(path) if path is not None and name else None
        found = self._program.module(file) if file is not None else None
        if found is None or name not in found.root.names:
            return None
        end = self._program.at_end(found)
        place = self._either(self._bound(other) for other in self._program.bindings(name, end))
        if place is not None and place.kind is Kind.MODULE:
            return self._moved_later(name, found.root, end, place)
        return place if place is None or not self._is_changed(name, found.root) else None

    def _parameter(self, binding: Binding) -> Place | None:
        """What every caller passes."""
        function, param = binding.scope, binding.value
        program = self._program
        if param.star or function in self._contexts.gpu or program.escapes(function):
            return None
        places: list[Place | None] = []
        for call, target in program.callers(function):
            kind, expression = program.argument_of(call, target, param)
            if kind == "unknown" or expression is None:
                return None
            places.append(self.place(expression, point_of(call) if kind == "given" else definition_of(function)))
        return self._either(places) if places else None

    def _either(self, places: Iterable[Place | None]) -> Place | None:
        """One of several values: known when all agree."""
        found: Place | None = None
        for place in places:
            if place is None:
                return None
            if place.kind is Kind.UNSEEN:
                found = found or place
            elif found is None or found.kind is Kind.UNSEEN:
                found = place
            elif place != found:
                if place.device is not found.device or place.kind not in _LOOSENESS or found.kind not in _LOOSENESS:
                    return None
                found = max(found, place, key=lambda one: _LOOSENESS[one.kind])._replace(library="")
        return found

    def _condition(self, block: syntax.Block | None) -> syntax.Block | None:
        """The innermost block around that may be skipped."""
        while block is not None and block.kind in _SURE:
            block = block.parent
        return block

    def _calls_on(self, name: str, owner: Scope) -> Iterator[Call]:
        """The calls of methods of what a name means."""
        for scope in owner.module.scopes:
            for call in scope.calls:
                function: Any = call.node.func
                if type(function).__name__ == "Attribute" and type(function.value).__name__ == "Name":
                    if function.value.value == name and self._program.owner(name, call.scope) is owner:
                        yield call

    def _moved_later(self, name: str, owner: Scope, point: Point, place: Place) -> Place:
        """A model is moved in place: `model.to("cuda")` as a statement."""
        device = place.device
        for call in self._calls_on(name, owner):
            method = _method_name(call)
            if method not in ("to", "cuda", "cpu") or self._program.is_dead(call.block):
                continue
            target = self._target(call, place)
            if target is not Device.CUDA:
                return place._replace(device=None)
            here = call.function is point.scope.frame and call.order < point.order
            surely = all(block.kind in _SURE for block in syntax.blocks_of(call.block))
            at_start = call.function is owner and owner is not point.scope.frame and surely
            if at_start or (here and syntax.encloses(self._condition(call.block), point.block)):
                device = target
            elif device is not target:
                device = None
        return place._replace(device=device)

    def _is_changed(self, name: str, owner: Scope) -> bool:
        """Whether what a name means is changed in place, so that its binding no longer tells it all."""
        known = self._changed.get((owner, name))
        if known is None:
            self._changed[owner, name] = False  # asked again while it is worked out
            known = self._changed[owner, name] = self._find_change(name, owner)
        return known

    def _find_change(self, name: str, owner: Scope) -> bool:
        for scope in owner.module.scopes:
            for store in scope.stores:
                target = store.target
                if type(target.value).__name__ != "Name" or target.value.value != name:
                    continue
                if self._program.owner(name, store.scope) is not owner:
                    continue
                if type(target).__name__ == "Attribute":
                    if target.attr.value == "data":
                        return True
                elif not self._is_tensor_store(store, name):
                    return True
            for call in scope.calls:
                if any(argument.value == name for argument in _names_given(call)):
                    if self._may_change(call) and self._program.owner(name, call.scope) is owner:
                        return True
        return any(_method_name(call) in _EMPTYING for call in self._calls_on(name, owner))

    def _is_tensor_store(self, store: syntax.Store, name: str) -> bool:
        """`tensor[mask] = 0` leaves a tensor where it is; `outputs["mask"] = ...` does not."""
        index = store.target.slice[0].slice
        if type(index).__name__ == "Index" and type(index.value).__name__ in ("SimpleString", "FormattedString"):
            return False
        bindings = self._program.bindings(name, point_of(store))
        place = self._either(self._bound(binding) for binding in bindings) if bindings else None
        return place is not None and place.kind is Kind.TENSOR

    def _may_change(self, call: Call) -> bool:
        """Whether a call may change a container that it is given: it is not one of PyTorch, NumPy or Python."""
        if self._is_harmless(call):
            return False
        # What a tensor is handed to cannot move it.
        argument = next(_names_given(call), None)
        if argument is None:
            return False
        owner = self._program.owner(argument.value, call.scope)
        if owner is None:
            return True
        bindings = self._program.bindings(argument.value, point_of(call))
        place = self._either(self._bound(binding) for binding in bindings)
        return place is None or place.kind in (Kind.MIXED, Kind.TENSORS)

    def _is_harmless(self, call: Call) -> bool:
        """Whether a call is one of PyTorch, NumPy or Python, or puts what it is given somewhere."""
        function: Any = call.node.func
        if type(function).__name__ == "Attribute" and function.attr.value in ("append", "extend", "insert"):
            return True
        values = self._program.evaluate(function, point_of(call))
        return bool(values) and all(isinstance(v, External) and v.path.startswith(_HARMLESS) for v in values)

    # Parts.

    def _unpacked(self, node: Any, path: tuple[int, ...], point: Point) -> Place | None:
        """One part of an unpacked value."""
        if not path:
            return self.place(node, point)
        kind = type(node).__name__
        if kind in ("Tuple", "List"):
            elements = node.elements
            starred = any(type(element).__name__ == "StarredElement" for element in elements)
            if starred or not 0 <= path[0] < len(elements):
                return None
            return self._unpacked(elements[path[0]].value, path[1:], point)
        if kind == "Call":
            results = self._results(node, point)
            if results is not None:
                return self._either(self._unpacked(result.value, path, point_of(result)) for result in results)
        return _inside(self.place(node, point))

    def _turn(self, node: Any, path: tuple[int, ...], point: Point) -> Place | None:
        kind = type(node).__name__
        if kind in ("List", "Tuple", "Set"):
            return self._either(self._unpacked(element.value, path, point) for element in node.elements)
        if kind == "Call":
            function = node.func
            arguments = [a.value for a in node.args if a.keyword is None and not a.star]
            if type(function).__name__ == "Attribute" and not arguments:
                if function.attr.value in ("items", "values"):
                    if function.attr.value == "items":
                        if path[:1] == (0,):
                            return _OTHER
                        if path[:1] != (1,):
                            return None
                    receiver = self.place(function.value, point)
                    return receiver if receiver is not None and receiver.kind is Kind.TENSORS else None
            path_of = {value.path for value in self._program.evaluate(function, point) if isinstance(value, External)}
            if path_of == {"builtins.range"}:
                return _OTHER
            if path_of == {"builtins.enumerate"} and arguments and path:
                return _OTHER if path[0] == 0 else self._turn(arguments[0], path[1:], point)
            if path_of == {"builtins.zip"} and path and 0 <= path[0] < len(arguments):
                return self._turn(arguments[path[0]], path[1:], point)
            if path_of <= {"builtins.reversed", "builtins.list", "builtins.tuple", "tqdm.tqdm", "tqdm.auto.tqdm"}:
                if path_of and arguments:
                    return self._turn(arguments[0], path, point)
            yielded = self._yielded(node, point)
            if yielded is not None:
                return self._either(
                    None if result.delegates else self._unpacked(result.value, path, point_of(result))
                    for result in yielded
                )
        return _inside(self.place(node, point))

    def _yielded(self, node: Any, point: Point) -> list[Result] | None:
        """The results of a generator function of the Space that a call makes run."""
        values = self._program.evaluate(node.func, point)
        found: list[Result] = []
        for value in values:
            if not isinstance(value, Function) or not value.scope.is_generator or not self.hands_on(value.scope):
                return None
            found += [r for r in value.scope.yields if r.value is not None and not self._program.is_dead(r.block)]
        return found or None

    def _results(self, node: Any, point: Point) -> list[Result] | None:
        """The live results of the functions of the Space that a call runs; None when it runs anything else."""
        values = self._program.evaluate(node.func, point)
        found: list[Result] = []
        for value in values:
            functions = [value] if isinstance(value, Function) else []
            if isinstance(value, Instance):
                functions = self._program.runs(value)
            if not functions:
                return None
            for function in functions:
                scope = function.scope
                if scope.is_generator or not self.hands_on(scope):
                    return None
                for result in scope.returns:
                    if self._program.is_dead(result.block):
                        continue
                    if result.value is None:
                        return None
                    found.append(result)
        return found or None

    # Expressions.

    def _display(self, node: Any, point: Point) -> Place | None:
        return _together([self.place(element.value, point) for element in node.elements])

    def _comprehension(self, node: Any, point: Point) -> Place | None:
        inner = _scope_of(node, point)
        if inner is None:
            return None
        made = node.value if type(node).__name__ == "DictComp" else node.elt
        return _together([self.place(made, Point(inner, point.block, _END))])

    def _subscript(self, node: Any, point: Point) -> Place | None:
        index = node.slice[0].slice
        if type(node.value).__name__ in ("Tuple", "List") and type(index).__name__ == "Index":
            constant = self._program.constant(index.value, point)
            if constant is not None and isinstance(constant.value, int):
                return self._unpacked(node.value, (constant.value,), point)
        place = self.place(node.value, point)
        if place is not None and place.kind is Kind.MIXED and type(index).__name__ == "Index":
            return self._entry(node.value, index.value, point)
        if place is None and type(node.value).__name__ == "Name" and type(index).__name__ == "Index":
            return self._model_entry(node.value.value, node.value, index.value, point)
        return _inside(place)

    def _model_entry(self, name: str, node: Any, index: Any, point: Point) -> Place | None:
        """`models["small"]`, where the dict or list stays as it was written and no entry is moved."""
        owner = self._program.owner(name, point.scope)
        if owner is None or any(isinstance(value, External) for value in self._program.evaluate(node, point)):
            return None
        place = self._entry(node, index, point)
        if place is None or place.kind not in (Kind.MODULE, Kind.PROCESSOR) or self._is_changed(name, owner):
            return None
        for method in ("to", "cuda", "cpu"):
            for call in self._program.calls_named(method):
                receiver: Any = _func(call.node).value if type(call.node.func).__name__ == "Attribute" else None
                if type(receiver).__name__ == "Subscript" and _mentions(receiver.value, name):
                    return None
        return place

    def _entry(self, node: Any, index: Any, point: Point) -> Place | None:
        """`name[index]` for a name that was bound to a display."""
        constant = self._program.constant(index, point)
        if constant is None or type(node).__name__ != "Name":
            return None
        bindings = self._program.bindings(node.value, point)
        if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path:
            return None
        binding = bindings[0]
        where = Point(binding.scope, binding.block, binding.order)
        if type(binding.value).__name__ == "Dict":
            for element in reversed(binding.value.elements):
                if type(element).__name__ != "DictElement":
                    return None
                key = self._program.constant(element.key, where)
                if key is None:
                    return None
                if key.value == constant.value:
                    return self.place(element.value, where)
            return None
        return self._unpacked(binding.value, (constant.value,), where) if isinstance(constant.value, int) else None

    def _binary(self, node: Any, point: Point) -> Place | None:
        left, right = self.place(node.left, point), self.place(node.right, point)
        operator = type(node.operator).__name__
        if operator == "Modulo" and (left is None or left.kind is Kind.OTHER):
            return _OTHER if left is not None and type(node.left).__name__ in _PLAIN else None
        return _combined(left, right, operator == "Add")

    def _comparison(self, node: Any, point: Point) -> Place | None:
        if len(node.comparisons) != 1:
            return _OTHER
        target = node.comparisons[0]
        if type(target.operator).__name__ in ("Is", "IsNot", "In", "NotIn"):
            return _OTHER
        left, right = self.place(node.left, point), self.place(target.comparator, point)
        for place in (left, right):
            if place is not None and place.kind is Kind.TENSOR and place.device is Device.CUDA:
                return place
        return None

    def _unary(self, node: Any, point: Point) -> Place | None:
        return _OTHER if type(node.operator).__name__ == "Not" else self.place(node.expression, point)

    def _boolean(self, node: Any, point: Point) -> Place | None:
        return self._either([self.place(node.left, point), self.place(node.right, point)])

    def _if_expression(self, node: Any, point: Point) -> Place | None:
        decided = self._program.decide(node.test, point)
        if decided is not None:
            return self.place(node.body if decided else node.orelse, point)
        return self._either([self.place(node.body, point), self.place(node.orelse, point)])

    def _walrus(self, node: Any, point: Point) -> Place | None:
        return self.place(node.value, point)

    def _attribute(self, node: Any, point: Point) -> Place | None:
        place = self.place(node.value, point)
        name = node.attr.value
        if place is None:
            return self._attribute_of_own(node, point)
        if place.kind is Kind.UNSEEN:
            return place
        if place.kind is Kind.TENSOR:
            if name in _SAME:
                return place
            return _OTHER if name in _FACTS else None
        if place.kind is Kind.TENSORS:
            return place._replace(library="") if name in TENSOR_FIELDS else None
        if place.kind is Kind.MOVED and name in _FACTS:
            return _OTHER
        return None

    def _attribute_of_own(self, node: Any, point: Point) -> Place | None:
        """`self.model`, where the class of the Space binds it to a model in all places that bind it."""
        program = self._program
        name = node.attr.value
        values = program.evaluate(node.value, point)
        if not values or not all(isinstance(value, Instance) for value in values):
            return None
        stores = [
            store
            for value in values
            if isinstance(value, Instance)
            for ancestor in program.ancestors(value.cls)
            for store in program.attribute_stores(ancestor).get(name, ())
        ]
        own = {id(store) for store in stores}
        if not stores or any(store.path or store.value is None for store in stores):
            return None
        if any(id(store) not in own for store in program.stores_of(name)):
            return None
        found = self._either(self.place(store.value, point_of(store)) for store in stores)
        if found is None or found.kind not in (Kind.MODULE, Kind.PROCESSOR):
            return None
        for method in ("to", "cuda", "cpu"):
            for call in program.calls_named(method):
                function: Any = call.node.func
                owner: Any = function.value if type(function).__name__ == "Attribute" else None
                if type(owner).__name__ == "Attribute" and owner.attr.value == name:
                    if self._target(call, found) is not found.device:
                        return found._replace(device=None)
        return found

    # Calls.

    def _call(self, node: Any, point: Point) -> Place | None:
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return None
        function = node.func
        if type(function).__name__ == "Attribute":
            values = self._program.evaluate(function, point)
            if not any(isinstance(value, (Function, Instance)) for value in values):
                receiver = self.place(function.value, point)
                if receiver is not None:
                    return self._method(call, receiver, point)
        values = self._program.evaluate(function, point)
        callee = self.place(function, point) if type(function).__name__ in ("Name", "Attribute") else None
        if callee is not None and callee.kind is Kind.UNSEEN:
            return callee
        if callee is not None and callee.kind in (Kind.MODULE, Kind.PROCESSOR):
            return self._model_output(call, callee, point)
        if values and all(isinstance(value, External) for value in values):
            places = [self._external(value.path, call, point) for value in values if isinstance(value, External)]
            found = self._either(places)
            if found is not None:
                return found
        elif any(isinstance(value, (Function, Instance, Class)) for value in values):
            results = self._results(node, point)
            if results is not None:
                return self._either(self.place(result.value, point_of(result)) for result in results)
            return None
        return self._placed(call, point)

    def _placed(self, call: Call, point: Point) -> Place | None:
        """`something.to("cuda")` and `something.cuda()`, whatever the something is."""
        function: Any = call.node.func
        if type(function).__name__ != "Attribute" or function.attr.value not in ("to", "cuda"):
            return None
        values = self._program.evaluate(function.value, point)
        if any(isinstance(value, (Instance, Function, Constant)) for value in values):
            return None
        if any(isinstance(value, External) and "from_pretrained" in value.path for value in values):
            return None  # a model or a pipeline
        return Place(Kind.MOVED, Device.CUDA) if self._target(call, None) is Device.CUDA else None

    def _method(self, call: Call, receiver: Place, point: Point) -> Place | None:
        """What a method of a known value gives."""
        name = _method_name(call)
        if receiver.kind is Kind.UNSEEN:
            return receiver
        if receiver.kind in (Kind.MODULE, Kind.PROCESSOR):
            return self._method_of_model(call, name, receiver, point)
        if receiver.kind is Kind.OTHER:
            return None
        if name in _LEAVING:
            return _OTHER
        if name in ("to", "cuda", "cpu"):
            target = self._target(call, receiver)
            return Place(receiver.kind, target) if target is not None and receiver.kind is not Kind.MIXED else None
        if receiver.kind is Kind.MIXED:
            return None
        if receiver.kind is Kind.TENSORS and name in ("get", "pop", "values"):
            return receiver._replace(library="")
        plain = name.removesuffix("_")
        if plain in _SEVERAL or (plain in _REDUCING and call.node.args):
            return Place(Kind.TENSORS, receiver.device)
        if plain == "type":
            return _OTHER if not call.node.args else None
        if name.startswith("new_") and (placed := self._keyword(call, "device")) is not None:
            target = self.where(placed, point)
            return Place(Kind.TENSOR, target) if target is not None else None
        if plain in TENSOR_METHODS or name.startswith("new_"):
            return Place(Kind.TENSOR, receiver.device)
        return None

    def _method_of_model(self, call: Call, name: str, model: Place, point: Point) -> Place | None:
        if model.kind is Kind.PROCESSOR:
            if name in ("decode", "batch_decode", "tokenize", "convert_ids_to_tokens", "convert_tokens_to_string"):
                return _OTHER
            if name in ("encode", "apply_chat_template", "pad", "__call__"):
                return self._processed(call, point)
            return None
        if name in ("to", "cuda", "cpu"):
            return model._replace(device=self._target(call, model))
        if name in _SELF:
            return model
        if name == "forward":
            return self._model_output(call, model, point)
        if model.library == "transformers" and model.device is not None:
            if name in ("generate", "get_text_features", "get_image_features"):
                several = self._keyword(call, "return_dict_in_generate") is not None or name != "generate"
                return Place(Kind.TENSORS if several else Kind.TENSOR, model.device)
        return None

    def _model_output(self, call: Call, model: Place, point: Point) -> Place | None:
        if model.kind is Kind.PROCESSOR:
            return self._processed(call, point)
        if model.library in ("tensor", "tensors"):
            given = [self.place(argument.value, point) for argument in call.node.args]
            on_cuda = any(one is not None and one.device is Device.CUDA for one in given)
            device = Device.CUDA if on_cuda else model.device
            if device is None or (device is Device.CPU and any(one is None for one in given)):
                return None
            return Place(Kind.TENSOR if model.library == "tensor" else Kind.TENSORS, device)
        if model.library == "transformers" and model.device is not None:
            return Place(Kind.TENSORS, model.device, "transformers")
        return None

    def _processed(self, call: Call, point: Point) -> Place | None:
        """Inputs that a tokenizer made: tensors only when they were asked for."""
        asked = self._keyword(call, "return_tensors")
        constant = self._program.constant(asked, point) if asked is not None else None
        return Place(Kind.TENSORS, Device.CPU) if constant is not None and constant.value == "pt" else None

    def _external(self, path: str, call: Call, point: Point) -> Place | None:
        """What a function of a library gives."""
        program = self._program
        package, _, name = path.rpartition(".")
        if path in _TO_PYTHON or package in _PYTHON_PACKAGES or name in ("to_pil_image", "ToPILImage()"):
            return _OTHER
        if path in ("builtins.list", "builtins.tuple", "builtins.dict") and len(call.node.args) == 1:
            given = call.node.args[0].value
            generated = type(given).__name__ == "GeneratorExp"
            held = self._comprehension(given, point) if generated else self.place(given, point)
            if held is None or held.kind is Kind.UNSEEN or held.kind is Kind.MIXED or held.kind is Kind.OTHER:
                return held
            return Place(Kind.TENSORS, held.device) if held.kind in _HOLDING else None
        if path in ("copy.copy", "copy.deepcopy", "torch.nn.Parameter", "torch.clone", "torch.nn.parameter.Parameter"):
            return self.place(call.node.args[0].value, point) if call.node.args else None
        if package == "torch" and name in _FACTORIES:
            return self._made(call, name, point)
        if package == "torch" and name.endswith("_like"):
            device = self._keyword(call, "device")
            if device is not None and not _is_none(device):
                target = self.where(device, point)
                return Place(Kind.TENSOR, target) if target is not None else None
            return self._joined(call, point, Kind.TENSOR)
        if package == "torch" and (name in TENSOR_METHODS or name in _SEVERAL or name in TENSOR_FUNCTIONS):
            several = name in _SEVERAL or (name in _REDUCING and len(call.node.args) > 1)
            return self._joined(call, point, Kind.TENSORS if several else Kind.TENSOR)
        if package in ("torch.nn.functional", "torch.special", "torch.fft"):
            return self._joined(call, point, Kind.TENSORS if "return_indices" in _keywords(call) else Kind.TENSOR)
        if package == "torch.linalg":
            return self._joined(call, point, Kind.TENSORS if name in _DECOMPOSITIONS else Kind.TENSOR)
        if path in ("einops.rearrange", "einops.reduce", "einops.repeat", "builtins.abs"):
            return self._joined(call, point, Kind.TENSOR)
        if package in ("torch.nn", "torch.nn.modules"):
            return self._layer(call, name, point)
        if package in ("torchvision.models", "torchvision.models.segmentation", "torchvision.models.detection"):
            return Place(Kind.MODULE, Device.CPU, "tensors") if name.islower() else None
        if name == "from_pretrained" and path.startswith("transformers."):
            return self._pretrained(call, package.rsplit(".", 1)[-1], point)
        if program.gpu_decorator(External(path)) is not None:
            return None
        return None

    def _made(self, call: Call, name: str, point: Point) -> Place | None:
        """A tensor that a factory of PyTorch makes; on the CPU unless it is told otherwise."""
        device = self._keyword(call, "device")
        if device is not None and not _is_none(device):
            target = self.where(device, point)
            return Place(Kind.TENSOR, target) if target is not None else None
        if any(argument.star for argument in call.node.args):
            return None
        if name in ("tensor", "as_tensor", "asarray") and call.node.args:
            given = self.place(call.node.args[0].value, point)
            if given is not None and given.kind in (Kind.UNSEEN, Kind.TENSOR):
                return given
        if self._program.calls_named("set_default_device") or self._program.calls_named("set_default_tensor_type"):
            return None
        around = [block for block in syntax.blocks_of(call.block) if block.kind == syntax.WITH]
        if any("device" in dotted(_func(block.node)) for block in around):
            return None
        return _CPU_TENSOR

    def _joined(self, call: Call, point: Point, kind: Kind) -> Place | None:
        """The result of a function of PyTorch lives where its tensors do."""
        given = [a.value for a in call.node.args if a.keyword is None or a.keyword.value in _OPERANDS]
        places = [self.place(argument, point) for argument in given]
        held = [place for place in places if place is not None and place.kind in _HOLDING]
        for place in held:
            if place.device is Device.CUDA:
                return Place(kind, Device.CUDA)
        if any(place is not None and place.kind is Kind.UNSEEN for place in places):
            return _UNSEEN
        if held and all(place is not None for place in places):
            return Place(kind, Device.CPU)
        return None

    def _layer(self, call: Call, name: str, point: Point) -> Place | None:
        """A layer of `torch.nn`, or several of them in a row."""
        if not name[:1].isupper() or name in ("Module", "ModuleList", "ModuleDict", "ParameterList", "DataParallel"):
            return None
        library = "tensors" if name in ("LSTM", "GRU", "RNN", "MultiheadAttention", "Transformer") else "tensor"
        if name == "Sequential":
            for argument in call.node.args:
                inner = self.place(argument.value, point)
                if inner is None or inner.kind is not Kind.MODULE:
                    return None
                library = inner.library
        device = self._keyword(call, "device")
        return Place(Kind.MODULE, Device.CPU if device is None else self.where(device, point), library)

    def _pretrained(self, call: Call, name: str, point: Point) -> Place | None:
        """A model or a tokenizer of `transformers`, unless its code comes from the Hub."""
        given = _keywords(call)
        if "trust_remote_code" in given or any(argument.star for argument in call.node.args):
            return None
        if re.search(_PROCESSORS, name):
            return Place(Kind.PROCESSOR, Device.NOT_A_TENSOR)
        if name.endswith("Config") or not re.search(_MODELS, name):
            return None
        device: Device | None = Device.CPU
        if "device_map" in given:
            device = self.where(given["device_map"], point)
        elif "quantization_config" in given or "load_in_4bit" in given or "load_in_8bit" in given:
            device = None
        return Place(Kind.MODULE, device, "transformers")

    # Devices.

    def target(self, call: Call) -> Device | None:
        """Where a call of `to`, `cuda` or `cpu` puts what it is called on; None when that is not known, or nowhere."""
        return self._target(call, None)

    def _keyword(self, call: Call, name: str) -> Any | None:
        return next((a.value for a in call.node.args if a.keyword is not None and a.keyword.value == name), None)

    def _target(self, call: Call, receiver: Place | None) -> Device | None:
        """Where `.to(...)`, `.cuda()` or `.cpu()` puts what it is called on; where it is when only the type changes."""
        method = _method_name(call)
        if method == "cuda":
            return Device.CUDA
        if method == "cpu":
            return Device.CPU
        point = point_of(call)
        here = receiver.device if receiver is not None else None
        device: Any = self._keyword(call, "device")
        if device is None:
            first = next((a for a in call.node.args if a.keyword is None), None)
            if first is None:
                plain = all(a.keyword is not None and a.keyword.value in _NO_DEVICE for a in call.node.args)
                return here if plain else None
            if first.star:
                return None
            device = first.value
            values = self._program.evaluate(device, point)
            if values and all(isinstance(v, External) and v.path.rpartition(".")[2] in _DTYPES for v in values):
                return here
            if type(device).__name__ == "Attribute" and device.attr.value == "dtype":
                return here
            other = self.place(device, point)
            if other is not None and other.kind is Kind.TENSOR:
                return other.device
        return self.where(device, point)

    def where(self, node: Any, point: Point) -> Device | None:
        """The device that an expression names: a string, a number, `torch.device(...)`, `model.device`, or a name."""
        if self._depth > _DEEPEST:
            self._cuts += 1
            return None
        self._depth += 1
        try:
            return self._where(node, point)
        finally:
            self._depth -= 1

    def _where(self, node: Any, point: Point) -> Device | None:
        kind = type(node).__name__
        constant = self._program.constant(node, point)
        if constant is not None:
            return _named_device(constant.value)
        if kind == "FormattedString" and node.parts and type(node.parts[0]).__name__ == "FormattedStringText":
            return Device.CUDA if node.parts[0].value.startswith("cuda:") else None
        if kind == "IfExp":
            decided = self._program.decide(node.test, point)
            if decided is not None:
                return self.where(node.body if decided else node.orelse, point)
            return _same([self.where(node.body, point), self.where(node.orelse, point)])
        if kind == "Attribute" and node.attr.value == "device":
            place = self.place(node.value, point)
            if place is not None and place.kind in (Kind.TENSOR, Kind.TENSORS, Kind.MODULE):
                return place.device
            return None
        if kind == "Call":
            values = self._program.evaluate(node.func, point)
            if values == (External("torch.device"),) and node.args:
                first = node.args[0]
                return self.where(first.value, point) if not first.star else None
            return self._through_values(node, point)
        if kind == "Name":
            found: list[Device | None] = []
            for binding in self._program.bindings(node.value, point):
                if binding.kind != "assign" or binding.path or id(binding) in self._active:
                    return self._through_values(node, point)
                found.append(self.where(binding.value, Point(binding.scope, binding.block, binding.order)))
            return _same(found)
        return self._through_values(node, point)

    def _through_values(self, node: Any, point: Point) -> Device | None:
        """A device that was imported, passed by all callers or kept in an attribute."""
        found: list[Device | None] = []
        for value in self._program.evaluate(node, point):
            if isinstance(value, External) and value.path == "torch.device()" and value.origin is not None:
                arguments = value.origin.node.args
                found.append(self.where(arguments[0].value, point_of(value.origin)) if arguments else None)
            else:
                return None
        return _same(found)


def _is_empty(node: Any) -> bool:
    """Whether an expression is an empty list or dict."""
    return type(node).__name__ in ("List", "Dict") and not node.elements


def _mentions(node: Any, name: str) -> bool:
    """Whether a name stands in a chain of attributes, subscripts, calls and their arguments."""
    stack = [node]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind == "Name":
            if node.value == name:
                return True
        elif kind == "Call":
            stack += [node.func, *(argument.value for argument in node.args)]
        elif kind in ("Attribute", "Subscript"):
            stack.append(node.value)
        elif kind not in _PLAIN:
            stack.extend(child for child in node.children if type(child).__name__ not in ("Comma",))
    return False


def _inside(place: Place | None) -> Place | None:
    """A part of a value, told by the value."""
    if place is None or place.kind is Kind.UNSEEN:
        return place
    return place._replace(library="") if place.kind in (Kind.TENSOR, Kind.TENSORS) else None


def _together(places: list[Place | None]) -> Place | None:
    """A container of values."""
    held = [place for place in places if place is not None and place.kind in _HOLDING]
    if any(place.device is Device.CUDA for place in held):
        if any(place.kind is Kind.MOVED for place in held):
            certain = [p for p in held if p.device is Device.CUDA and p.kind is not Kind.MOVED]
            if not certain:
                return Place(Kind.MOVED, Device.CUDA)
        same = len(held) == len(places) and all(p.device is Device.CUDA and p.kind is not Kind.MIXED for p in held)
        return Place(Kind.TENSORS if same else Kind.MIXED, Device.CUDA)
    if any(place is not None and place.kind is Kind.UNSEEN for place in places):
        return _UNSEEN
    if any(place is None or place.kind in (Kind.MODULE, Kind.PROCESSOR) for place in places):
        return None
    return Place(Kind.TENSORS if len(held) == len(places) else Kind.MIXED, Device.CPU) if held else _OTHER


def _combined(left: Place | None, right: Place | None, joins: bool) -> Place | None:
    """The result of an operator. A list of tensors plus a list is a list with tensors."""
    for place in (left, right):
        if place is not None and place.kind in (Kind.TENSOR, Kind.MOVED) and place.device is Device.CUDA:
            return Place(Kind.TENSOR, Device.CUDA) if place.kind is Kind.TENSOR else place
    for place in (left, right):
        if place is not None and place.kind is Kind.TENSORS and place.device is Device.CUDA:
            return place._replace(kind=Kind.MIXED) if joins else place
    if left is None or right is None:
        return None
    if left.kind is Kind.UNSEEN or right.kind is Kind.UNSEEN:
        return _UNSEEN
    if left.kind in _HOLDING or right.kind in _HOLDING:
        on_cpu = all(place.device is not Device.CUDA for place in (left, right))
        return (left if left.kind in _HOLDING else right) if on_cpu else None
    return None


def _scope_of(node: Any, point: Point) -> Scope | None:
    """The scope of a comprehension that stands at a point."""
    stack = list(point.scope.children)
    while stack:
        scope = stack.pop()
        if scope.node is node:
            return scope
        if scope.kind == syntax.COMPREHENSION:
            stack.extend(scope.children)
    return None


def _same(devices: list[Device | None]) -> Device | None:
    return devices[0] if devices and all(device is devices[0] for device in devices) else None


def _named_device(value: Any) -> Device | None:
    if isinstance(value, str):
        if value == "cuda" or value.startswith("cuda:"):
            return Device.CUDA
        return Device.CPU if value == "cpu" else None
    return Device.CUDA if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _is_none(node: Any) -> bool:
    return type(node).__name__ == "Name" and node.value == "None"


def _names_given(call: Call) -> Iterator[Any]:
    """The arguments of a call that are plain names."""
    for argument in call.node.args:
        if type(argument.value).__name__ == "Name":
            yield argument.value


def _method_name(call: Call) -> str:
    function: Any = call.node.func
    return str(function.attr.value)


def _func(node: Any) -> Any:
    return node.func if type(node).__name__ == "Call" else node


def _keywords(call: Call) -> dict[str, Any]:
    return {argument.keyword.value: argument.value for argument in call.node.args if argument.keyword is not None}


_PLAIN = frozenset("SimpleString ConcatenatedString FormattedString Integer Float Imaginary Ellipsis Lambda".split())
# Blocks that surely run when what is around them does.
_SURE = frozenset({syntax.WITH, syntax.TRY})
# Decorators that leave the result of a function as it is; `thread_local_stream` is Rerun's.
_TRANSPARENT = frozenset(
    """no_grad inference_mode enable_grad autocast wraps staticmethod classmethod property cached_property cache
    lru_cache override thread_local_stream""".split()
)
_HARMLESS = ("torch.", "torchvision.", "numpy.", "builtins.", "einops.", "gradio.", "json.", "time.", "logging.")
_EMPTYING = frozenset("pop popitem clear update setdefault remove".split())
# Methods that put one thing into a container, and how many arguments they take; it is the last.
_PUTTING = {"append": 1, "appendleft": 1, "add": 1, "insert": 2}
# Blocks that run when what is around them does, for loops as a rule.
_REPEATED = frozenset({syntax.WITH, syntax.TRY, syntax.LOOP})
_PROCESSORS = r"Tokenizer|Processor|FeatureExtractor"
_MODELS = r"Model|For[A-Z]"
_DTYPES = frozenset(
    """float float16 float32 float64 bfloat16 half double int int8 int16 int32 int64 long short uint8 bool
    complex64 complex128 channels_last contiguous_format preserve_format""".split()
)
_NO_DEVICE = frozenset("dtype non_blocking copy memory_format".split())
_OPERANDS = frozenset("input other tensors x mask value index tensor1 tensor2 query key".split())
_PYTHON_PACKAGES = frozenset({"numpy", "PIL.Image", "json", "os.path", "tempfile"})
_TO_PYTHON = frozenset(
    f"builtins.{name}" for name in "str int float bool len repr range print format isinstance type hash id open".split()
)

# The names below are from the documentation of PyTorch 2.8: `torch.Tensor`, `torch`, `torch.linalg`.
_SAME = frozenset("T mT H mH real imag data grad".split())
_FACTS = frozenset("shape device dtype ndim layout requires_grad is_cuda nbytes itemsize names is_leaf".split())
# Fields of named tuples and of the outputs of `transformers`.
TENSOR_FIELDS = frozenset(
    """values indices Q R U S V Vh L P eigenvalues eigenvectors logits last_hidden_state pooler_output hidden_states
    attentions loss sequences scores waveform spectrogram predicted_depth pred_masks pred_boxes image_embeds text_embeds
    start_logits end_logits logits_per_image logits_per_text encoder_last_hidden_state reconstruction input_ids
    attention_mask pixel_values input_values input_features token_type_ids iou_scores class_queries_logits
    masks_queries_logits audio_values audio_codes""".split()
)
_LEAVING = frozenset(
    """item tolist numpy size dim numel nelement ndimension element_size stride storage_offset data_ptr get_device
    untyped_storage storage backward equal allclose is_contiguous is_floating_point is_complex is_nonzero is_same_size
    is_signed is_set_to is_shared is_pinned is_inference dim_order __len__ keys""".split()
)
_SELF = frozenset("eval train half float bfloat16 double requires_grad_ share_memory".split())
_SEVERAL = frozenset(
    """split chunk unbind tensor_split hsplit vsplit dsplit topk sort unique unique_consecutive frexp slogdet svd qr
    eig geqrf lu std_mean var_mean cummax cummin nonzero aminmax broadcast_tensors meshgrid split_with_sizes""".split()
)
# One tensor, or a pair when a dimension is given.
_REDUCING = frozenset("max min median nanmedian mode kthvalue".split())
_DECOMPOSITIONS = frozenset("qr svd eig eigh lu lu_factor slogdet lstsq cholesky_ex inv_ex".split())
_FACTORIES = frozenset(
    """tensor as_tensor asarray zeros ones empty full rand randn randint randperm arange range linspace logspace eye
    scalar_tensor empty_strided from_numpy frombuffer hann_window hamming_window blackman_window tril_indices
    triu_indices""".split()
)
TENSOR_METHODS = frozenset(
    """abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr all amax amin angle any arccos arcsin arctan
    arctan2 argmax argmin argsort asin asinh atan atan2 atanh baddbmm bernoulli bfloat16 bincount bitwise_and
    bitwise_not bitwise_or bitwise_xor bmm bool broadcast_to byte ceil char cholesky clamp clamp_max clamp_min clip
    clone conj contiguous copy copysign corrcoef cos cosh count_nonzero cov cross cumprod cumsum deg2rad detach diag
    diag_embed
    diagflat diagonal diff digamma dist div divide dot double eq erf erfc erfinv exp exp2 expand expand_as expm1
    exponential fill fix flatten flip fliplr flipud float floor floor_divide fmax fmin fmod frac gather ge geometric
    greater greater_equal gt half heaviside histc hypot index_add index_copy index_fill index_put index_reduce
    index_select inner int inverse isclose isfinite isinf isnan kron ldexp le lerp less less_equal lgamma log log10
    log1p log2 log_softmax logaddexp logcumsumexp logdet logical_and logical_not logical_or logical_xor logit logsumexp
    long lt masked_fill masked_scatter masked_select matmul matrix_exp matrix_power max maximum mean median min minimum
    mm mode movedim moveaxis msort mul multinomial multiply mv mvlgamma nan_to_num nanmean nanmedian nanquantile nansum
    narrow ne neg negative norm normal not_equal outer permute pinverse polygamma positive pow prod put quantile rad2deg
    random ravel reciprocal relu remainder renorm repeat repeat_interleave requires_grad reshape reshape_as resize roll
    rot90 round rsqrt scatter scatter_add scatter_reduce select sgn short sigmoid sign sin sinc sinh softmax sqrt square
    squeeze std sub subtract sum swapaxes swapdims t take take_along_dim tan tanh tile trace transpose tril triu
    true_divide trunc unflatten unfold uniform unsqueeze var vdot view view_as view_as_complex view_as_real where xlogy
    zero kthvalue""".split()
)
TENSOR_FUNCTIONS = frozenset(
    """cat concat concatenate stack hstack vstack dstack column_stack row_stack einsum cdist cosine_similarity
    tensordot bucketize searchsorted block_diag cartesian_prod combinations complex polar conv1d conv2d conv3d
    conv_transpose1d conv_transpose2d dropout layer_norm group_norm batch_norm instance_norm normalize pdist
    stft istft pixel_shuffle atleast_1d atleast_2d atleast_3d lobpcg vander trapezoid trapz celu selu rrelu hardshrink
    pairwise_distance embedding""".split()
)

_HANDLERS: dict[str, Any] = {
    "Name": Devices._name,
    "Attribute": Devices._attribute,
    "Call": Devices._call,
    "Subscript": Devices._subscript,
    "BinaryOperation": Devices._binary,
    "UnaryOperation": Devices._unary,
    "BooleanOperation": Devices._boolean,
    "Comparison": Devices._comparison,
    "IfExp": Devices._if_expression,
    "NamedExpr": Devices._walrus,
    "Tuple": Devices._display,
    "List": Devices._display,
    "Set": Devices._display,
    "Dict": Devices._display,
    "ListComp": Devices._comprehension,
    "SetComp": Devices._comprehension,
    "DictComp": Devices._comprehension,
}
