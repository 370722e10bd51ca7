"""Models that are made when the app starts, left on the CPU, and moved to CUDA by code that runs in a GPU worker.

A model is followed to the module-level name (or the variable of a function that ran once) that holds it. It counts when
what that name is bound to is a model, when no visitor's request makes it anew, and when nothing that may run at
start-up can have put it on CUDA before: a device of which nothing is known counts as CUDA there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.devices import Device
from zerolint.model.places import Place
from zerolint.model.program import SELF_RETURNING, definition_of
from zerolint.model.syntax import Binding, Call, Module, Scope, Store, dotted
from zerolint.model.touching import named_devices
from zerolint.model.values import (
    Class,
    Constant,
    Container,
    External,
    Function,
    Instance,
    Parameter,
    Point,
    Value,
    Values,
    point_of,
)
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_MOVING = ("to", "cuda")
_DEEPEST = 8
_MOST_STEPS = 400

# What makes a model, by the last name of what is called; libraries put such models on the CPU unless they are told.
_MAKERS = (
    r"from_pretrained|from_single_file|from_config|from_pretrained_\w+|create_model|create_model_and_transforms"
    r"|hub\.load|build_sam\w*|(?:load|build|create|init|initialize|get)_(?:\w+_)?(?:models?|pipe|pipeline|checkpoint)"
)
_NO_MODELS = r"Tokenizer|Processor|FeatureExtractor|Scheduler|Config"
_MODULE_BASES = (
    "torch.nn.",
    "diffusers.",
    "transformers.",
    "pytorch_lightning.",
    "lightning.",
    "huggingface_hub.PyTorchModelHubMixin",
)
_LOADING = r"(?:load|switch|change|set)(?:_(?:new_)?(?:model|pipe|pipeline|checkpoint|weights)\w*)?"
# Keywords that say where a model goes; a quantised one goes to CUDA by itself.
_PLACING = frozenset("device device_map map_location torch_device gpu device_id".split())
_QUANTISED = frozenset("quantization_config load_in_4bit load_in_8bit".split())


class Move(NamedTuple):
    """A call in `call.function`, which runs in a worker, that moves a model made at start-up to CUDA.

    `model` is the expression that is moved, `place` the name that holds the model or what it belongs to, `binding` the
    assignment at start-up. `is_returned` tells that the function also moves it back. `is_certain` is False when the
    device or the kind of object is only plausible.
    """

    call: Call
    model: Any
    place: Place
    binding: Binding
    is_returned: bool
    is_certain: bool


def moves(space: Space) -> Iterator[Move]:
    """The moves, by file and place; of several moves of one model in a call the first."""
    search = _Search(space)
    found = [move for name in _MOVING for call in space.program.calls_named(name) if (move := search.move(call))]
    found.sort(key=lambda move: (move.call.scope.module.path, move.call.order))
    for move in found:
        if not any(other is not move and _comes_before(space, other, move) for other in found):
            yield move


def _comes_before(space: Space, earlier: Move, move: Move) -> bool:
    """Whether another move of the same model comes before in the same function, or in one that it calls before."""
    name = dotted(move.model)
    if not name or dotted(earlier.model) != name or earlier.place[:2] != move.place[:2]:
        return False
    function = move.call.function
    if earlier.call.function is function:
        return earlier.call.order < move.call.order
    return any(
        edge.function.scope is earlier.call.function and edge.call.order < move.call.order
        for edge in space.contexts.edges(function)
    )


class _Search:
    """One look through the code of the workers."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._program = space.program
        self._steps = 0
        self._looked_at: set[int] = set()  # bindings and functions, while one move is judged

    def move(self, call: Call) -> Move | None:
        """The move that a call is; None when it is none, or when that is not known."""
        function: Any = call.node.func
        if type(function).__name__ != "Attribute":
            return None
        model = _base(function.value)
        contexts = self._space.contexts
        if type(model).__name__ not in ("Name", "Attribute", "Subscript"):
            return None
        if not contexts.in_context(call.function, Context.GPU) or contexts.in_context(call.function, Context.HANDLER):
            return None
        if not self._may_outlive(model, call.scope) or self._program.is_dead(call.block):
            return None
        point = point_of(call)
        goes = self._goes_to_cuda(call)
        if not goes:
            return None
        evidence = self._is_model(model, call, point)
        if not evidence:
            return None
        for place in self._space.places.of(model, point):
            if place.contexts is not None and Context.GPU not in place.contexts:
                continue
            binding = self._made_at_start(place)
            if binding is None or self._is_made_anew(model, point) or self._is_loaded_anew(call, model):
                continue
            self._steps = 0
            self._looked_at.clear()
            if not self._may_be_placed(place, model, point):
                is_model = evidence == "surely" or (type(model).__name__ == "Name" and self._holds_model(binding))
                is_certain = goes == "surely" and is_model
                return Move(call, model, place, binding, self._is_returned(call, model), is_certain)
        return None

    def _may_outlive(self, node: Any, scope: Scope) -> bool:
        """Whether an expression starts from a name of a module, a parameter, or an alias of something."""
        root = _root(node)
        owner = self._program.owner(root, scope) if root else None
        if owner is None or owner.kind == syntax.CLASS:
            return False
        if owner.kind == syntax.MODULE:
            return True
        return any(
            binding.kind == "param"
            or (binding.kind in ("assign", "named") and type(binding.value).__name__ in _ALIASES)
            or owner.frame is not scope.frame
            for binding in owner.names[root]
        )

    def _goes_to_cuda(self, call: Call) -> str:
        """Whether a call of `to` or `cuda` names CUDA: `surely`, `likely` or ""."""
        device = self._space.devices.target(call)
        if device is not None:
            return "surely" if device is Device.CUDA else ""
        node = _device_of(call)
        if node is None:
            return ""
        return "likely" if named_devices(self._space, node, point_of(call)) == {Device.CUDA} else ""

    # Is it a model?

    def _is_model(self, node: Any, call: Call, point: Point) -> str:
        """Whether what is moved is a model: `surely`, `likely` or ""."""
        answers = {self._kind(value) for value in self._expanded(self._program.evaluate(node, point))} - {None}
        if answers == {"model"}:
            return "surely"
        if "other" in answers:
            return ""
        # Nothing else than a model is moved by a statement that drops the result.
        if "model" in answers or self._is_statement(call):
            return "likely"
        return ""

    def _expanded(self, values: Values) -> Iterator[Value]:
        """The values, with what callers pass in place of a parameter."""
        for value in values:
            yield from self._program.expand(value) if isinstance(value, Parameter) else (value,)

    def _holds_model(self, binding: Binding) -> bool:
        """Whether an assignment surely binds a model."""
        if binding.path or binding.kind not in ("assign", "named"):
            return False
        values = self._program.evaluate(binding.value, Point(binding.scope, binding.block, binding.order))
        return {self._kind(value) for value in self._expanded(values)} == {"model"}

    def _kind(self, value: Value) -> str | None:
        """`model`, `other` for what is surely none, `unknown`, or None for a value that does not count."""
        if isinstance(value, Instance):
            own = {name for cls in self._program.ancestors(value.cls) for name in cls.names}
            if own & set(_MOVING):
                return "other"  # its own method does whatever it does
            bases = self._program.external_bases(value.cls)
            return "model" if any(base.startswith(_MODULE_BASES) for base in bases) else "unknown"
        if isinstance(value, External):
            parts = value.path.split("()")
            maker = parts[0].rsplit(".", 1)
            if len(parts) > 1 and re.search(_NO_MODELS, parts[0]):
                return "other"
            if len(parts) > 1 and (re.fullmatch(_MAKERS, maker[-1]) or parts[0] == "torch.hub.load"):
                # A part that a method gives back is no longer the model: `pipe().images`.
                rest = [part for part in parts[1:] if part]
                return "model" if all(_stays(part) for part in rest) else "unknown"
            if len(parts) > 1 and parts[0].startswith("torch.nn.") and maker[-1][:1].isupper():
                return "other" if maker[-1] in ("Parameter", "Buffer") else "model"
            if parts[0] in ("torch.load", "torch.jit.load"):
                return "unknown"
            if parts[0].startswith(("torch.", "numpy.", "builtins.", "PIL.")):
                return "other"
            return "unknown"
        if isinstance(value, Constant):
            return None if value.value is None else "other"
        if isinstance(value, (Function, Class, Container)):
            return "other"
        return "unknown"

    def _is_statement(self, call: Call) -> bool:
        """Whether a call stands as a statement, so that what it gives is dropped."""
        statement = call.scope.module.statement_of(call.node)
        if statement is None or type(statement).__name__ != "SimpleStatementLine":
            return False
        return any(
            type(small).__name__ == "Expr" and _base(small.value) is _base(call.node) for small in statement.body
        )

    # Is it made at start-up, and only there?

    def _made_at_start(self, place: Place) -> Binding | None:
        """The assignment that makes what a name holds before there are visitors; None when visitors make it too."""
        found = None
        for binding in place.owner.names.get(place.name, ()):
            if binding.kind == "param":
                return None
            if binding.kind not in ("assign", "with", "named") or _is_none(binding.value):
                continue
            if self._program.is_dead(binding.block):
                continue
            if binding.outside and self._space.contexts.is_per_request(binding.scope):
                if _root(_base(binding.value)) != place.name:
                    return None
            elif found is None:
                found = binding
        return found

    def _is_made_anew(self, model: Any, point: Point) -> bool:
        """Whether code that runs for visitors sets the attribute or entry that holds the model."""
        node = model
        while type(node).__name__ in ("Attribute", "Subscript"):
            for store in self._stores(node, point):
                if self._space.contexts.is_per_request(store.function) and store.function.name != "__init__":
                    if store.value is not None and not _is_none(store.value) and not _is_moved(store):
                        return True
            node = node.value
        return False

    def _is_loaded_anew(self, call: Call, model: Any) -> bool:
        """Whether code for visitors has the object load something of their choice before: `annotator.load(name)`."""
        root = _root(model)
        return any(
            re.fullmatch(_LOADING, name) is not None and self._space.contexts.is_per_request(other.function)
            for scope in call.scope.module.scopes
            for other in scope.calls
            for owner, _, name in (dotted(other.node.func).rpartition("."),)
            if owner == root
        )

    def _stores(self, node: Any, point: Point) -> Iterator[Store]:
        """The writes that may fill what an attribute or subscript reads."""
        if type(node).__name__ == "Attribute":
            yield from self._program.stores_of(node.attr.value)
            return
        root = _root(node)
        for scope in point.scope.module.scopes:
            for store in scope.stores:
                if type(store.target).__name__ == "Subscript" and _root(store.target) == root:
                    yield store

    # Can it be on CUDA already?

    def _may_be_placed(self, place: Place, model: Any, point: Point) -> bool:
        """Whether something at start-up may have put a model on CUDA."""
        if self._is_moved_at_start(place, model) or self._is_handed_on(place):
            return True
        # What the attributes of an object of the Space hold; how the object is made does not matter then.
        node = model
        while type(node).__name__ == "Attribute":
            stores = [
                store
                for value in self._program.evaluate(node.value, point)
                if isinstance(value, Instance)
                for cls in self._program.ancestors(value.cls)
                for store in self._program.attribute_stores(cls).get(node.attr.value, ())
                if not _is_moved(store)
            ]
            if stores:
                return any(self._brings_to_cuda(store.value, point_of(store), 0) for store in stores)
            node = node.value
        return any(
            self._brings_to_cuda(binding.value, Point(binding.scope, binding.block, binding.order), 0)
            for binding in place.owner.names.get(place.name, ())
            if binding.kind in ("assign", "named", "with") and not self._is_of_visitors(binding)
        )

    def _is_of_visitors(self, binding: Binding) -> bool:
        return binding.outside and self._space.contexts.is_per_request(binding.scope)

    def _is_moved_at_start(self, place: Place, model: Any) -> bool:
        """Whether code outside of the workers moves the model, or what it is a part of, to where is not known to be the
        CPU."""
        path = dotted(model).split(".")[1:]
        contexts = self._space.contexts
        for name in _MOVING:
            for call in self._program.calls_named(name):
                function: Any = call.node.func
                if type(function).__name__ != "Attribute" or self._stays_on_cpu(call):
                    continue
                owner = _base(function.value)
                moved = dotted(owner).split(".")
                if moved == [""] or self._program.is_dead(call.block):
                    continue
                if contexts.is_per_request(call.function) and not contexts.in_context(call.function, Context.IMPORT):
                    continue
                if self._names(moved[0], call.scope, place):
                    if path[: len(moved) - 1] == moved[1:]:
                        return True
                elif path and moved[-1] == path[-1] and len(moved) > 1 and self._runs_at_start(call):
                    return True  # `self.model.to(device)` in a method
        return False

    def _is_handed_on(self, place: Place) -> bool:
        """Whether the model is given to something that may place it: `Adapter(pipe, "cuda")`."""
        for call in place.owner.calls:
            if not any(_is_name(argument.value, place.name) for argument in call.node.args):
                continue
            targets = self._program.targets(call)
            if any(self._function_brings(target, 0) for target in targets):
                return True
            if not targets and any(self._names_device(argument, call) for argument in call.node.args):
                return True
        return False

    def _names_device(self, argument: Any, call: Call) -> bool:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in _PLACING:
            return not self._is_cpu(argument.value, point_of(call))
        is_number = type(argument.value).__name__ in ("Integer", "UnaryOperation")
        return not is_number and self._space.devices.where(argument.value, point_of(call)) is Device.CUDA

    def _runs_at_start(self, call: Call) -> bool:
        return self._space.contexts.in_context(call.function, Context.IMPORT)

    def _names(self, name: str, scope: Scope, place: Place) -> bool:
        """Whether a name in a scope is the place's."""
        owner = self._program.owner(name, scope)
        if owner is place.owner:
            return name == place.name
        if owner is None or owner.kind != syntax.MODULE:
            return False
        for binding in owner.names[name]:
            if binding.kind == "import" and binding.value[1] == place.name:
                path = self._program.find(binding.value[0], owner.module.path)
                if path is not None and self._program.file_of(path) == place.owner.module.path:
                    return True
        return False

    def _stays_on_cpu(self, call: Call) -> bool:
        """Whether a call of `to` or `cuda` leaves what it is called on on the CPU, or where it is."""
        function: Any = call.node.func
        if function.attr.value == "cuda":
            return False
        node = _device_of(call)
        if node is None:
            return not any(argument.star for argument in call.node.args)
        if type(node).__name__ == "Name" and self._program.owner(node.value, call.scope) is None:
            # Where nothing binds the name, this raises and gives nothing at all.
            return all(item.name != "*" for item in call.scope.module.imports)
        return self._space.devices.where(node, point_of(call)) is Device.CPU

    def _brings_to_cuda(self, node: Any, point: Point, depth: int) -> bool:
        """Whether evaluating an expression may put what it gives on CUDA."""
        self._steps += 1
        if depth > _DEEPEST or self._steps > _MOST_STEPS:
            return True
        for call in _calls_in(node, point.scope.module):
            if self._call_brings(call, depth) or _restores_device(call):
                return True
        # A name or parameter that the value comes from.
        base = _base(node)
        if type(base).__name__ == "Name":
            for binding in self._program.bindings(base.value, point):
                if self._binding_brings(binding, depth):
                    return True
            owner = self._program.owner(base.value, point.scope)
            if owner is not None and owner is point.scope.frame:
                for call in owner.calls:
                    function: Any = call.node.func
                    if type(function).__name__ == "Attribute" and function.attr.value in _MOVING:
                        if _root(function.value) == base.value and not self._stays_on_cpu(call):
                            return True
        return False

    def _binding_brings(self, binding: Binding, depth: int) -> bool:
        if id(binding) in self._looked_at:
            return False
        self._looked_at.add(id(binding))
        if binding.kind in ("assign", "named"):
            where = Point(binding.scope, binding.block, binding.order)
            return self._brings_to_cuda(binding.value, where, depth + 1)
        if binding.kind != "param":
            return False
        for call, function in self._program.callers(binding.scope):
            kind, expression = self._program.argument_of(call, function, binding.value)
            if kind == "unknown":
                return True
            if expression is not None:
                where = point_of(call) if kind == "given" else definition_of(binding.scope)
                if self._brings_to_cuda(expression, where, depth + 1):
                    return True
        return False

    def _call_brings(self, call: Call, depth: int) -> bool:
        """Whether a call may give something on CUDA: it moves, it is told a device, or what it runs does so."""
        function: Any = call.node.func
        name = function.attr.value if type(function).__name__ == "Attribute" else dotted(function)
        if name in _MOVING and type(function).__name__ == "Attribute":
            return not self._stays_on_cpu(call)
        for argument in call.node.args:
            keyword = argument.keyword.value if argument.keyword is not None else ""
            if argument.star == "**" or keyword in _QUANTISED:
                return True
            if (not keyword or keyword in _PLACING) and self._names_device(argument, call):
                return True
            # `Pipeline.from_pretrained(name, transformer=other.transformer)`: made of parts that are there already.
            part = _root_node(argument.value)
            if part is not None and not argument.star and self._brings_to_cuda(part, point_of(call), depth + 1):
                return True
        return any(self._function_brings(target, depth + 1) for target in self._program.targets(call))

    def _is_cpu(self, node: Any, point: Point) -> bool:
        return _is_none(node) or self._space.devices.where(node, point) is Device.CPU

    def _function_brings(self, function: Function, depth: int) -> bool:
        """Whether a function of the Space may put what it makes on CUDA."""
        if id(function.scope) in self._looked_at:
            return False
        self._looked_at.add(id(function.scope))
        self._steps += 1
        if depth > _DEEPEST or self._steps > _MOST_STEPS:
            return True
        return any(
            not self._program.is_dead(call.block) and self._call_brings(call, depth) for call in function.scope.calls
        )

    # What follows.

    def _is_returned(self, call: Call, model: Any) -> bool:
        """Whether the same function moves the model back to the CPU."""
        for other in call.function.calls:
            function: Any = other.node.func
            if type(function).__name__ != "Attribute" or function.attr.value not in ("to", "cpu"):
                continue
            if dotted(_base(function.value)) == dotted(model) and dotted(model):
                if self._space.devices.target(other) is Device.CPU:
                    return True
        return False


def _base(node: Any) -> Any:
    """What a chain of calls that give back the object itself starts from: `pipe` in `pipe.to("cuda").eval()`."""
    while type(node).__name__ == "Call":
        function = node.func
        if type(function).__name__ != "Attribute" or function.attr.value not in SELF_RETURNING:
            return node
        node = function.value
    return node


def _root(node: Any) -> str:
    """The name that a chain of attributes and subscripts starts from; "" for anything else."""
    while type(node).__name__ in ("Attribute", "Subscript"):
        node = node.value
    return node.value if type(node).__name__ == "Name" else ""


def _root_node(node: Any) -> Any | None:
    """The name node that a chain of attributes starts from; None for anything else."""
    while type(node).__name__ == "Attribute":
        node = node.value
    return node if type(node).__name__ == "Name" else None


def _device_of(call: Call) -> Any | None:
    """The expression that names the device in a call of `to`; None for a change of the type alone."""
    for argument in call.node.args:
        if argument.keyword is not None and argument.keyword.value in ("device", "torch_device"):
            return argument.value
    for argument in call.node.args:
        if argument.keyword is None and not argument.star:
            last = dotted(argument.value).rsplit(".", 1)[-1]
            if "dtype" not in last and not dotted(argument.value).startswith("torch."):
                return argument.value
    return None


def _stays(part: str) -> bool:
    """Whether a step of a path leads to a model's part: an attribute, or a method that gives back the object."""
    return part == "[]" or (part.startswith(".") and (part.count(".") == 1 or "[" not in part))


def _restores_device(call: Call) -> bool:
    """`torch.load(path)` and `torch.jit.load(path)` put what they read where it was when it was saved."""
    name = dotted(call.node.func)
    return name in ("torch.load", "torch.jit.load") and all(
        argument.keyword is None or argument.keyword.value != "map_location" for argument in call.node.args
    )


def _is_name(node: Any, name: str) -> bool:
    return type(node).__name__ == "Name" and node.value == name


def _is_none(node: Any) -> bool:
    return _is_name(node, "None")


def _is_moved(store: Store) -> bool:
    """`self.model = self.model.to("cuda")`"""
    return dotted(_base(store.value)) == dotted(store.target) != ""


def _calls_in(node: Any, module: Module) -> Iterator[Call]:
    """The calls in an expression, without those in the functions that it defines."""
    stack = [node]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind in ("Lambda", "Name", "SimpleString"):
            continue
        if kind == "Call" and (call := module.calls.get(id(node))) is not None:
            yield call
        stack.extend(node.children)


_ALIASES = frozenset(("Name", "Attribute", "Subscript", "Call"))
