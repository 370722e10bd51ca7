"""Is the value of an expression the same for every request?

An expression is followed back to what it is made of: constants, names bound at import, the arguments of callers, inputs
of a handler, and sources of fresh values such as `uuid` and `tempfile`. Beside the variation of the whole value that of
its last path component is kept, because `os.path.basename(os.path.join(fresh_folder, "raw.png"))` is "raw.png" for
everybody.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts
from zerolint.model.handlers import THREAD, Registration
from zerolint.model.program import Program, definition_of, point_of
from zerolint.model.syntax import Binding, Call, Module, Param, Scope, Store, dotted
from zerolint.model.values import Class, Constant, Container, External, Function, Instance, Package, Point, Value


class Variation(Enum):
    """How a value behaves from one request to the next.

    FIXED    the same for every request of one run of the Space
    CHOSEN   one of a few values written in the code; which one may depend on the request
    UNKNOWN  not known
    VARIES   made from the visitor's input, or fresh for each request
    """

    FIXED = "fixed"
    CHOSEN = "chosen"
    UNKNOWN = "unknown"
    VARIES = "varies"

    @property
    def rank(self) -> int:
        """What a combination of values behaves like is the highest rank in it."""
        return _RANKS[self.value]


_RANKS = {"fixed": 0, "chosen": 1, "unknown": 2, "varies": 3}


class Shape(NamedTuple):
    """What is known of a value: its variation, its text where it is one known text, and the same of its last component.

    `name` and `name_text` are about what `os.path.basename` gives; a `*` in the text stands for a part that is not known but
    does not vary. `has_folder` tells that there surely is a folder before it. `is_none` marks the constant None.
    """

    variation: Variation
    text: str | None = None
    name: Variation = Variation.UNKNOWN
    name_text: str | None = None
    has_folder: bool = False
    is_none: bool = False


class Activation(NamedTuple):
    """One call of a function of the Space: what it was given. `origin` is the call that made a method's instance."""

    scope: Scope
    arguments: tuple[tuple[str, Shape], ...]
    origin: Call | None
    depth: int


class Appended(NamedTuple):
    """An element that is appended to a list; `node` is None when the container is changed in another way."""

    node: Any
    point: Point


FIXED = Shape(Variation.FIXED, name=Variation.FIXED)
UNKNOWN = Shape(Variation.UNKNOWN)
VARIES = Shape(Variation.VARIES, name=Variation.VARIES)
_NONE = Shape(Variation.FIXED, name=Variation.FIXED, is_none=True)

_DEEPEST = 40
_MOST_NESTED_CALLS = 4
_MOST_STEPS = 20_000
_MOST_CALLERS = 12
_END = 1 << 60


class Variations:
    """Answers about one Space, each worked out once."""

    def __init__(self, program: Program, contexts: Contexts) -> None:
        self._program = program
        self._contexts = contexts
        self._known: dict[tuple[int, Activation | None], Shape] = {}
        self._active: set[tuple[int, Activation | None]] = set()
        self._parameters: dict[tuple[Scope, str], Shape] = {}
        self._asking: set[tuple[Scope, str]] = set()
        self._cuts = 0
        self._depth = 0
        self._steps = 0
        self._registered: dict[Scope, list[Registration]] = {}
        self._registered_count = 0
        self._read = 0
        self._changed: dict[Module, dict[str, list[Appended]]] = {}

    def shape(self, node: Any, point: Point) -> Shape:
        """What is known of an expression over all requests."""
        self._steps = 0
        if self._read != self._program.read_count:
            # Callers may have been missing before these modules were read.
            self._read = self._program.read_count
            self._known.clear()
            self._parameters.clear()
        return self._shape(node, point, None)

    def shape_in_call(self, node: Any, point: Point, call: Call, function: Function) -> Shape:
        """What is known of an expression in `function` when it is run by one call."""
        self._steps = 0
        return self._shape(node, point, self._activation(call, function, point_of(call), None))

    def _shape(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        key = (id(node), activation)
        known = self._known.get(key)
        if known is not None:
            return known
        handler = _HANDLERS.get(type(node).__name__)
        if handler is None:
            return UNKNOWN
        self._steps += 1
        if self._depth > _DEEPEST or self._steps > _MOST_STEPS:
            self._cuts += 1
            return UNKNOWN
        if key in self._active:
            # A value made from itself, as a counter in a loop: it varies only if something else in it does.
            self._cuts += 1
            return _NONE
        self._active.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            found = handler(self, node, point, activation)
        finally:
            self._active.discard(key)
            self._depth -= 1
        if self._cuts == cuts or not self._depth:
            self._known[key] = found
        return found

    # Names.

    def _name(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        name = node.value
        if name in ("None", "True", "False"):
            return _NONE if name == "None" else constant_text(name)
        return self._named(name, point, activation)

    def _named(self, name: str, point: Point, activation: Activation | None) -> Shape:
        owner = self._program.owner(name, point.scope)
        if owner is None:
            values = self._program.lookup(name, point)
            if values and all(isinstance(value, External) and "()" not in value.path for value in values):
                return FIXED
            return UNKNOWN
        return self._bound(self._program.bindings(name, point), owner, activation)

    def _bound(self, bindings: list[Binding], owner: Scope, activation: Activation | None) -> Shape:
        shapes: list[Shape] = []
        for binding in bindings:
            if owner.kind == syntax.MODULE:
                shapes.append(self._global(binding))
            else:
                shapes.append(self._binding(binding, activation if _belongs(activation, binding.scope) else None))
        if not shapes:
            return UNKNOWN
        return _either(shapes, len(shapes) > 1 and owner.kind != syntax.MODULE and self._depends(bindings, activation))

    def _depends(self, bindings: list[Binding], activation: Activation | None) -> bool:
        """Whether it can depend on the request which of several bindings is in force."""
        for binding in bindings:
            for block in syntax.blocks_of(binding.block):
                if block.kind != syntax.IF:
                    continue
                inner = activation if _belongs(activation, block.scope) else None
                test = self._shape(block.node, Point(block.scope, block.parent, block.order), inner)
                if test.variation is not Variation.FIXED:
                    return True
        return False

    def _global(self, binding: Binding) -> Shape:
        """A name of a module: what is bound while the app starts stays the same, whatever it is."""
        if binding.kind in ("import", "def", "class"):
            return self._imported(binding) if binding.kind == "import" else FIXED
        if binding.outside and self._contexts.is_per_request(binding.scope):
            shape = self._binding(binding, None)
            # A counter, or something that one request leaves for the next.
            return VARIES if binding.kind == "augmented" or shape.variation is not Variation.FIXED else _chosen(shape)
        return _settled(self._binding(binding, None))

    def _imported(self, binding: Binding) -> Shape:
        values = self._program.binding_values(binding)
        texts = {value.value for value in values if isinstance(value, Constant) and isinstance(value.value, str)}
        if len(values) == len(texts) == 1:
            return constant_text(texts.pop())
        module, name = binding.value
        path = self._program.find(module, binding.scope.module.path)
        file = self._program.file_of(path) if path is not None and name else None
        found = self._program.module(file) if file is not None else None
        if found is not None and name in found.root.names:
            key = (found.root, name)
            if key in self._asking:
                return _NONE
            self._asking.add(key)
            try:
                return _settled(self._bound(self._program.bindings(name, Point(found.root, None, _END)), found.root, None))
            finally:
                self._asking.discard(key)
        return FIXED

    def _binding(self, binding: Binding, activation: Activation | None) -> Shape:
        kind = binding.kind
        point = Point(binding.scope, binding.block, binding.order)
        if kind in ("assign", "named", "with"):
            return self._part(binding.value, binding.path, point, activation)
        if kind == "param":
            return self.parameter(binding.scope, binding.value, activation)
        if kind == "for":
            return self._element(binding.value, binding.path, point, activation)
        if kind == "augmented":
            return self._augmented(binding, point, activation)
        if kind in ("import", "def", "class"):
            return FIXED
        return UNKNOWN

    def _augmented(self, binding: Binding, point: Point, activation: Activation | None) -> Shape:
        """`name += value`, where what the name was before may come from the same statement in a loop."""
        key = (id(binding), activation)
        if key in self._active or self._depth > _DEEPEST:
            self._cuts += 1
            return _NONE if key in self._active else UNKNOWN
        self._active.add(key)
        self._depth += 1
        try:
            before = self._named(binding.name, point, activation)
        finally:
            self._active.discard(key)
            self._depth -= 1
        return _together([before, self._shape(binding.value, point, activation)])

    def _part(self, node: Any, path: tuple[int, ...], point: Point, activation: Activation | None) -> Shape:
        """One part of an unpacked value."""
        if not path:
            return self._shape(node, point, activation)
        kind = type(node).__name__
        index = path[0]
        if kind in ("Tuple", "List"):
            elements = node.elements
            if not any(type(element).__name__ == "StarredElement" for element in elements) and 0 <= index < len(elements):
                return self._part(elements[index].value, path[1:], point, activation)
        if kind == "Call" and len(path) == 1:
            return self._item_of_call(node, index, point, activation)
        return _unclear(self._shape(node, point, activation))

    # Loops.

    def _element(self, node: Any, path: tuple[int, ...], point: Point, activation: Activation | None) -> Shape:
        """What a loop over an expression gets in one turn, or a part of it."""
        kind = type(node).__name__
        if kind in ("List", "Tuple", "Set"):
            parts = [self._part(element.value, path, point, activation) for element in node.elements]
            return _either(parts, False) if parts else FIXED
        if kind == "Dict":
            keys = [element.key for element in node.elements if type(element).__name__ == "DictElement"]
            return _either([self._part(key, path, point, activation) for key in keys], False) if keys else FIXED
        if kind in ("ListComp", "GeneratorExp", "SetComp"):
            return self._part(node.elt, path, self._inside(node, point), activation)
        if kind == "Call":
            return self._element_of_call(node, path, point, activation)
        if kind == "Name":
            displays = self._displays(node, point)
            if displays is not None:
                return _either([self._turn(one, path, activation) for one in displays], False)
        return _unclear(self._shape(node, point, activation))

    def _turn(self, display: Container | Appended, path: tuple[int, ...], activation: Activation | None) -> Shape:
        if isinstance(display, Appended):
            return self._part(display.node, path, display.point, activation)
        return self._element(display.node, path, display.point, activation)

    def _element_of_call(self, node: Any, path: tuple[int, ...], point: Point, activation: Activation | None) -> Shape:
        arguments = [argument.value for argument in node.args if argument.keyword is None and not argument.star]
        for name in self._external_names(node.func, point):
            if name in ("builtins.range", "itertools.count"):
                return FIXED
            if name == "builtins.enumerate" and arguments:
                if not path:
                    return _unclear(self._shape(arguments[0], point, activation))
                return FIXED if path[0] == 0 else self._element(arguments[0], path[1:], point, activation)
            if name == "builtins.zip" and path and 0 <= path[0] < len(arguments):
                return self._element(arguments[path[0]], path[1:], point, activation)
            if (name in _PASSING_ON or name.endswith(".tqdm")) and arguments:
                return self._element(arguments[0], path, point, activation)
        function = node.func
        if type(function).__name__ == "Attribute" and not arguments:
            if function.attr.value == "items" and path:
                displays = self._displays(function.value, point)
                if displays is not None:
                    return _either([self._pairs(one, path, activation) for one in displays], False)
            if function.attr.value in ("keys", "values"):
                displays = self._displays(function.value, point)
                if displays is not None:
                    index = 0 if function.attr.value == "keys" else 1
                    return _either([self._pairs(one, (index, *path), activation) for one in displays], False)
        if type(function).__name__ == "Attribute" and function.attr.value == "tqdm" and arguments:
            return self._element(arguments[0], path, point, activation)
        return _unclear(self._shape(node, point, activation))

    def _pairs(self, display: Container | Appended, path: tuple[int, ...], activation: Activation | None) -> Shape:
        if isinstance(display, Appended) or type(display.node).__name__ != "Dict":
            return UNKNOWN
        parts = [
            self._part(element.key if path[0] == 0 else element.value, path[1:], display.point, activation)
            for element in display.node.elements
            if type(element).__name__ == "DictElement"
        ]
        return _either(parts, False) if parts else FIXED

    def _inside(self, node: Any, point: Point) -> Point:
        """The point of what a comprehension makes for each turn."""
        stack = list(point.scope.children)
        while stack:
            scope = stack.pop()
            if scope.node is node:
                return Point(scope, point.block, _END)
            if scope.kind == syntax.COMPREHENSION:
                stack.extend(scope.children)
        return point

    def _displays(self, node: Any, point: Point) -> list[Container | Appended] | None:
        """The displays that a name stands for, and one more for each element appended; None when that is not known."""
        if type(node).__name__ == "Dict" or type(node).__name__ in ("List", "Tuple"):
            return [Container(node, point)]
        if type(node).__name__ != "Name":
            return None
        values = self._program.evaluate(node, point)
        displays = [value for value in values if isinstance(value, Container)]
        if not displays or len(displays) != len(values):
            return None
        appended = self._appended(node.value, point)
        return [*displays, *appended] if appended is not None else None

    def _appended(self, name: str, point: Point) -> list[Appended] | None:
        """What is appended to the list that a local name stands for; None when it is changed in another way too."""
        module = point.scope.module
        changed = self._changed.get(module)
        if changed is None:
            changed = self._changed[module] = _changes(module)
        changes = changed.get(name)
        if not changes:
            return []
        owner = self._program.owner(name, point.scope)
        added: list[Appended] = []
        for change in changes:
            if change.node is None or change.point.scope.frame is not owner:
                return None
            added.append(change)
        return added

    # Parameters.

    def parameter(self, scope: Scope, param: Param, activation: Activation | None = None) -> Shape:
        """What a parameter gets: in one call, or from everybody who calls the function."""
        if activation is not None and activation.scope is scope:
            for name, shape in activation.arguments:
                if name == param.name:
                    return shape
        key = (scope, param.name)
        known = self._parameters.get(key)
        if known is not None:
            return known
        if key in self._asking or self._depth > _DEEPEST:
            self._cuts += 1
            return _NONE if key in self._asking else UNKNOWN
        self._asking.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            shape = self._passed(scope, param)
        finally:
            self._asking.discard(key)
            self._depth -= 1
        if self._cuts == cuts or not self._depth:
            self._parameters[key] = shape
        return shape

    def _passed(self, scope: Scope, param: Param) -> Shape:
        if param.index == 0 and scope.is_method and not param.star:
            if all(dotted(decoration.expression) != "staticmethod" for decoration in scope.decorations):
                return UNKNOWN
        registrations = self._registrations().get(scope, [])
        shapes = [self._from_registration(registration, param) for registration in registrations]
        calls = self._program.callers(scope)
        reached = [item for item in calls if self._contexts.is_per_request(item[0].function)]
        for call, function in (reached or calls)[:_MOST_CALLERS]:
            shapes.append(self._given(call, function, param, point_of(call), None))
        if len(reached or calls) > _MOST_CALLERS:
            shapes.append(UNKNOWN)
        if not registrations and self._program.is_passed_on(scope):
            shapes.append(UNKNOWN)
        if param.star and shapes:
            return VARIES if registrations else UNKNOWN
        return _either(shapes, True) if shapes else UNKNOWN

    def _given(
        self, call: Call, function: Function, param: Param, point: Point, activation: Activation | None
    ) -> Shape:
        """What one call gives for a parameter."""
        kind, expression = self._program.argument_of(call, function, param)
        if kind == "unknown" or expression is None:
            return UNKNOWN
        if kind == "default":
            return self._shape(expression, definition_of(function.scope), None)
        partial = function.partial
        if partial is not None and any(argument.value is expression for argument in partial.node.args):
            return self._shape(expression, point_of(partial), None)
        return self._shape(expression, point, activation)

    def _registrations(self) -> dict[Scope, list[Registration]]:
        # Modules that are read later may register more.
        for registration in self._contexts.registrations[self._registered_count :]:
            self._registered.setdefault(registration.function.scope, []).append(registration)
        self._registered_count = len(self._contexts.registrations)
        return self._registered

    def _from_registration(self, registration: Registration, param: Param) -> Shape:
        """What Gradio or a thread gives for a parameter."""
        function = registration.function
        call = registration.call
        if registration.kind == THREAD:
            return self._from_thread(registration, param)
        if function.partial is not None:
            for argument in function.partial.node.args:
                if argument.keyword is not None and argument.keyword.value == param.name:
                    return self._shape(argument.value, point_of(function.partial), None)
            return VARIES
        if param.default is None or param.star or _is_injected(param):
            return VARIES
        default = self._shape(param.default, definition_of(function.scope), None)
        values = self._program.evaluate(param.default, definition_of(function.scope))
        if any(isinstance(value, External) and value.path.startswith("gradio.") for value in values):
            return VARIES
        if param.keyword_only:
            return default
        count = self._inputs(registration)
        if count is None:
            return VARIES
        position = 0
        for other in function.scope.params[1 if function.receiver is not None else 0 :]:
            if other is param:
                return VARIES if position < count else default
            if not _is_injected(other):
                position += 1
        return VARIES if call is not None else default

    def _inputs(self, registration: Registration) -> int | None:
        """How many inputs a registration hands to its function; None when that is not known."""
        call = registration.call
        if call is None:
            return None
        event = registration.event
        if event in ("ChatInterface", "api", "tool", "render", "route"):
            return None
        position = {"on": 2, "Examples": 1}.get(event, 1)
        inputs = self._program.argument(call, position, "inputs")
        if inputs is None:
            given = any(argument.star for argument in call.node.args)
            return None if given else 0
        point = point_of(call)
        kind = type(inputs).__name__
        if kind in ("List", "Tuple"):
            return _length(inputs)
        counts: set[int | None] = set()
        for value in self._program.evaluate(inputs, point):
            if isinstance(value, Container):
                counts.add(_length(value.node))
            elif isinstance(value, Constant):
                counts.add(0 if value.value is None else 1)
            elif isinstance(value, External) and value.path.startswith("gradio.") and value.path.endswith("()"):
                counts.add(1)
            else:
                counts.add(None)
        return counts.pop() if len(counts) == 1 else None

    def _from_thread(self, registration: Registration, param: Param) -> Shape:
        call = registration.call
        if call is None:
            return UNKNOWN
        point = point_of(call)
        function = registration.function
        position = param.index - (1 if function.receiver is not None else 0)
        if registration.event == "thread":
            given = self._program.argument(call, 1 << 20, "args")
            if type(given).__name__ in ("Tuple", "List") and given is not None:
                if 0 <= position < len(given.elements):
                    return self._shape(given.elements[position].value, point, None)
            elif given is None and param.default is not None:
                return self._shape(param.default, definition_of(function.scope), None)
            return UNKNOWN
        shift = 2 if registration.call is not None and registration.event == "executor" and _calls(call, "run_in_executor") else 1
        expression = self._program.argument(call, position + shift, param.name)
        if expression is None and param.default is not None:
            expression = param.default
            point = definition_of(function.scope)
        if expression is None or _calls(call, "map"):
            return UNKNOWN
        return self._shape(expression, point, None)

    # Attributes.

    def _attribute(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        name = node.attr.value
        values = self._program.evaluate(node.value, point)
        shapes: list[Shape] = []
        for value in values:
            if isinstance(value, Instance):
                origin = value.origin
                if origin is None and activation is not None and _is_self(node.value, activation.scope):
                    origin = activation.origin
                shapes.append(self._member(value.cls, name, origin, activation))
            elif isinstance(value, Class):
                shapes.append(self._member(value.scope, name, None, activation))
            elif isinstance(value, Package):
                shapes.append(self._module_attribute(value, name))
            elif isinstance(value, External) and "()" not in value.path and "[]" not in value.path:
                shapes.append(FIXED)
            elif isinstance(value, External) and value.path.startswith(_CONFIGURATION):
                base = self._shape(node.value, point, activation)
                shapes.append(_unclear(base) if base.variation is not Variation.FIXED else FIXED)
            else:
                shapes.clear()
                break
        if shapes:
            return _either(shapes, True)
        base = self._shape(node.value, point, activation)
        if name == "name":
            return _base_name(base)
        if name == "stem":
            return _stem(_base_name(base))
        if name == "suffix":
            return _suffix(base)
        if name == "parent":
            return _folder(base)
        if base.variation is Variation.VARIES:
            return VARIES
        return UNKNOWN

    def _module_attribute(self, package: Package, name: str) -> Shape:
        file = self._program.file_of(package.path)
        module = self._program.module(file) if file is not None else None
        if module is None or name not in module.root.names:
            return FIXED
        return self._bound(self._program.bindings(name, Point(module.root, None, _END)), module.root, None)

    def _member(self, cls: Scope, name: str, origin: Call | None, activation: Activation | None) -> Shape:
        """An attribute of an instance of a class of the Space: everything that is ever stored there."""
        program = self._program
        shapes: list[Shape] = []
        own: set[int] = set()
        for ancestor in program.ancestors(cls):
            for store in program.attribute_stores(ancestor).get(name, ()):
                own.add(id(store))
                if not program.is_dead(store.block) and store.value is not None:
                    shapes.append(self._stored(store, origin, activation))
            if not shapes:
                for binding in ancestor.names.get(name, ()):
                    if binding.kind == "def":
                        return self._property(binding.value, origin, activation)
                    shapes.append(_settled(self._binding(binding, None)))
                    if program.external_bases(cls) or cls.decorations:
                        shapes.append(UNKNOWN)
        for store in program.stores_of(name):
            if id(store) not in own and store.value is not None and not program.is_dead(store.block):
                holders = program.evaluate(store.target.value, point_of(store))
                if not holders or not all(isinstance(holder, Instance) and holder.cls is not cls for holder in holders):
                    shapes.append(self._stored(store, None, None))
        return _either(shapes, len(shapes) > 1) if shapes else UNKNOWN

    def _property(self, function: Scope, origin: Call | None, activation: Activation | None) -> Shape:
        kinds = {dotted(decoration.expression).rsplit(".", 1)[-1] for decoration in function.decorations}
        if not kinds & {"property", "cached_property"}:
            return FIXED
        depth = activation.depth + 1 if activation is not None else 1
        if depth > _MOST_NESTED_CALLS:
            return UNKNOWN
        return self._results(function, Activation(function, (), origin, depth))

    def _stored(self, store: Store, origin: Call | None, activation: Activation | None) -> Shape:
        function = store.function
        inner: Activation | None = None
        if origin is not None and function.name == "__init__":
            inner = self._activation(origin, Function(function, Instance(function, origin)), point_of(origin), None)
        shape = self._part(store.value, store.path, Point(store.scope, store.block, store.order), inner)
        if store.kind == "augmented":
            return VARIES if self._contexts.is_per_request(function) else _settled(shape)
        if shape.variation is Variation.FIXED:
            return shape
        made_at_start = origin is not None and origin.function.kind == syntax.MODULE and function.name == "__init__"
        if made_at_start or self._is_only_at_import(function):
            return _settled(shape)
        return shape

    def _is_only_at_import(self, function: Scope) -> bool:
        return not self._contexts.is_per_request(function) and self._contexts.in_context(function, Context.IMPORT)

    # Calls.

    def _call(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return UNKNOWN
        arguments = [self._shape(argument.value, point, activation) for argument in node.args]
        function = node.func
        method = function.attr.value if type(function).__name__ == "Attribute" else ""
        shapes: list[Shape] = []
        for value in self._program.evaluate(function, point):
            if isinstance(value, External):
                shapes.append(self._external_call(value, node, arguments, point, activation))
            elif isinstance(value, (Function, Instance)):
                shapes.append(self._own_call(value, call, point, activation))
            elif isinstance(value, Class):
                shapes.append(VARIES if _any_varies(arguments) else UNKNOWN)
            elif method:
                shapes.append(self._method(node, method, arguments, point, activation))
            else:
                shapes.append(VARIES if _any_varies(arguments) else UNKNOWN)
        return _either(shapes, len(shapes) > 1) if shapes else UNKNOWN

    def _own_call(self, value: Value, call: Call, point: Point, activation: Activation | None) -> Shape:
        """What a function of the Space gives for these arguments."""
        depth = activation.depth if activation is not None else 0
        shapes: list[Shape] = []
        for function in self._program.runs(value, call):
            if depth >= _MOST_NESTED_CALLS:
                return UNKNOWN
            inner = self._activation(call, function, point, activation)
            shapes.append(self._results(function.scope, inner))
        return _either(shapes, len(shapes) > 1) if shapes else UNKNOWN

    def _activation(
        self, call: Call, function: Function, point: Point, activation: Activation | None
    ) -> Activation:
        given: list[tuple[str, Shape]] = []
        for param in function.scope.params:
            if param.star or (param.index == 0 and function.receiver is not None):
                continue
            given.append((param.name, self._given(call, function, param, point, activation)))
        origin = function.receiver.origin if isinstance(function.receiver, Instance) else None
        if origin is None and activation is not None and function.receiver is not None:
            origin = activation.origin if activation.scope.parent is function.scope.parent else None
        return Activation(function.scope, tuple(given), origin, (activation.depth if activation is not None else 0) + 1)

    def _results(self, function: Scope, activation: Activation) -> Shape:
        results = [
            result
            for result in (function.yields or function.returns)
            if result.value is not None and not self._program.is_dead(result.block)
        ]
        shapes = [self._shape(result.value, point_of(result), activation) for result in results]
        return _either(shapes, len(shapes) > 1) if shapes else _NONE

    def _external_call(
        self, value: External, node: Any, arguments: list[Shape], point: Point, activation: Activation | None
    ) -> Shape:
        path = value.path
        if path in _FRESH or (path.startswith(_FRESH_PREFIXES) and path not in _SAME_FOR_ALL):
            return VARIES
        if path in _SAME_FOR_ALL:
            return FIXED
        maker = _PATH_CALLS.get(path)
        if maker is not None:
            return maker(arguments)
        if path in _PURE or path.startswith(_PURE_PREFIXES):
            return _together_unclear(arguments)
        if path == "builtins.next" and node.args and self._is_global(node.args[0].value, point):
            return VARIES
        if path in _PASSING_ON and arguments:
            return arguments[0]
        if type(node.func).__name__ == "Attribute":
            return self._method(node, node.func.attr.value, arguments, point, activation)
        return VARIES if _any_varies(arguments) else UNKNOWN

    def _is_global(self, node: Any, point: Point) -> bool:
        if type(node).__name__ != "Name":
            return False
        owner = self._program.owner(node.value, point.scope)
        return owner is not None and owner.kind == syntax.MODULE and point.scope.frame is not owner

    def _method(
        self, node: Any, name: str, arguments: list[Shape], point: Point, activation: Activation | None
    ) -> Shape:
        """A method of something that is not the Space's own."""
        receiver = self._shape(node.func.value, point, activation)
        if name in ("get", "pop") and node.args:
            displays = self._displays(node.func.value, point)
            if displays is not None:
                return self._looked_up(displays, node.args[0].value, point, activation, node.args[1:])
        maker = _METHODS.get(name)
        if maker is not None:
            return maker(receiver, arguments)
        if name in _PURE_METHODS:
            return _together_unclear([receiver, *arguments])
        if receiver.variation is Variation.VARIES or _any_varies(arguments):
            return VARIES
        return UNKNOWN

    def _external_names(self, function: Any, point: Point) -> list[str]:
        return [value.path for value in self._program.evaluate(function, point) if isinstance(value, External)]

    def _item_of_call(self, node: Any, index: int, point: Point, activation: Activation | None) -> Shape:
        """`call()[index]` for functions that give a pair of path parts."""
        names = self._external_names(node.func, point)
        first = node.args[0].value if node.args else None
        if first is not None and names == ["os.path.splitext"]:
            base = self._shape(first, point, activation)
            return _without_suffix(base) if index == 0 else _suffix(base)
        if first is not None and names == ["os.path.split"]:
            base = self._shape(first, point, activation)
            return _folder(base) if index == 0 else _base_name(base)
        function = node.func
        if type(function).__name__ == "Attribute" and function.attr.value in ("split", "rsplit", "partition", "rpartition"):
            base = self._shape(function.value, point, activation)
            separator = self._program.constant(first, point) if first is not None else None
            if separator is not None and isinstance(separator.value, str):
                return _split(base, separator.value, index)
        parts = [value for value in self._program.evaluate(node, point) if isinstance(value, Container)]
        if len(parts) == 1 and type(parts[0].node).__name__ in ("Tuple", "List"):
            shapes = self._results_part(node, index, point, activation)
            if shapes is not None:
                return shapes
        return _unclear(self._shape(node, point, activation))

    def _results_part(self, node: Any, index: int, point: Point, activation: Activation | None) -> Shape | None:
        """Part `index` of the tuple that a function of the Space returns."""
        call = point.scope.module.calls.get(id(node))
        depth = activation.depth if activation is not None else 0
        if call is None or depth >= _MOST_NESTED_CALLS:
            return None
        shapes: list[Shape] = []
        for value in self._program.evaluate(node.func, point):
            if not isinstance(value, (Function, Instance)):
                return None
            for function in self._program.runs(value, call):
                inner = self._activation(call, function, point, activation)
                for result in function.scope.returns:
                    if result.value is not None and not self._program.is_dead(result.block):
                        shapes.append(self._part(result.value, (index,), point_of(result), inner))
        return _either(shapes, len(shapes) > 1) if shapes else None

    def _subscript(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        if len(node.slice) != 1 or type(node.slice[0].slice).__name__ != "Index":
            return _unclear(self._shape(node.value, point, activation))
        index = node.slice[0].slice.value
        displays = self._displays(node.value, point)
        if displays is not None:
            return self._looked_up(displays, index, point, activation, ())
        constant = self._program.constant(index, point)
        number = constant.value if constant is not None and isinstance(constant.value, int) else None
        if type(node.value).__name__ == "Call" and number is not None:
            return self._item_of_call(node.value, number, point, activation)
        if self._external_names(node.value, point) in (["os.environ"], ["sys.argv"]):
            return FIXED
        base = self._shape(node.value, point, activation)
        key = self._shape(index, point, activation)
        if Variation.VARIES in (base.variation, key.variation):
            return VARIES
        if base.text is not None:
            return _together_unclear([base, key])
        return UNKNOWN

    def _looked_up(
        self,
        displays: list[Container | Appended],
        index: Any,
        point: Point,
        activation: Activation | None,
        defaults: Iterable[Any],
    ) -> Shape:
        """An element of a display by an index or key, or one of the defaults of `.get`."""
        key = self._shape(index, point, activation)
        if key.variation is Variation.VARIES:
            return VARIES
        constant = self._program.constant(index, point)
        shapes: list[Shape] = []
        for display in displays:
            if isinstance(display, Appended):
                shapes.append(self._shape(display.node, display.point, activation))
                continue
            kind = type(display.node).__name__
            if kind in ("ListComp", "DictComp"):
                made = display.node.elt if kind == "ListComp" else display.node.value
                shapes.append(_unclear(self._shape(made, self._inside(display.node, display.point), activation)))
                continue
            if kind not in ("Dict", "List", "Tuple"):
                return UNKNOWN
            elements = display.node.elements
            if type(display.node).__name__ == "Dict":
                for element in elements:
                    if type(element).__name__ != "DictElement":
                        return UNKNOWN
                    own = self._program.constant(element.key, display.point)
                    if constant is None or own is None or own.value == constant.value:
                        shapes.append(self._shape(element.value, display.point, activation))
            elif constant is not None and isinstance(constant.value, int) and -len(elements) <= constant.value < len(elements):
                shapes.append(self._shape(elements[constant.value].value, display.point, activation))
            else:
                shapes.extend(self._shape(element.value, display.point, activation) for element in elements)
        if not shapes:
            shapes.extend(self._shape(default.value, point, activation) for default in defaults)
        if key.variation is Variation.UNKNOWN:
            return UNKNOWN
        return _either(shapes, key.variation is Variation.CHOSEN) if shapes else UNKNOWN

    # Other expressions.

    def _literal(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        values = self._program.evaluate(node, point)
        if len(values) == 1 and isinstance(values[0], Constant):
            value = values[0].value
            return constant_text(value if isinstance(value, str) else str(value))
        return FIXED

    def _formatted(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        parts: list[Shape] = []
        for part in node.parts:
            if type(part).__name__ == "FormattedStringText":
                parts.append(constant_text(part.value))
                continue
            shape = self._shape(part.expression, point, activation)
            if part.format_spec or part.conversion:
                shape = shape._replace(text=None, name_text=None)
                for inner in part.format_spec or ():
                    if type(inner).__name__ != "FormattedStringText":
                        shape = _together_unclear([shape, self._shape(inner.expression, point, activation)])
            parts.append(shape)
        return _together(parts)

    def _concatenated(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return _together([self._shape(part, point, activation) for part in (node.left, node.right)])

    def _binary(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        left = self._shape(node.left, point, activation)
        right = self._shape(node.right, point, activation)
        operator = type(node.operator).__name__
        if operator == "Divide":
            numbers = self._program.constant(node, point)
            return _joined([left, right]) if numbers is None else constant_text(str(numbers.value))
        if operator == "Add":
            numbers = self._program.constant(node, point)
            if numbers is not None and not isinstance(numbers.value, str):
                return constant_text(str(numbers.value))
            return _together([left, right])
        if operator == "Modulo" and left.text is not None:
            return _percent(left, right)
        return _together_unclear([left, right])

    def _boolean(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        operands = [node.right]
        left = node.left
        while type(left).__name__ == "BooleanOperation":
            operands.append(left.right)
            left = left.left
        operands.append(left)
        return _either([self._shape(operand, point, activation) for operand in reversed(operands)], True)

    def _if_expression(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        decided = self._program.decide(node.test, point)
        if decided is not None:
            return self._shape(node.body if decided else node.orelse, point, activation)
        shapes = [self._shape(branch, point, activation) for branch in (node.body, node.orelse)]
        test = self._shape(node.test, point, activation)
        return _either(shapes, test.variation is not Variation.FIXED)

    def _comparison(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        operands = [node.left, *(target.comparator for target in node.comparisons)]
        return _together_unclear([self._shape(operand, point, activation) for operand in operands])

    def _unary(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return _together_unclear([self._shape(node.expression, point, activation)])

    def _display(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        parts = [self._shape(element.value, point, activation) for element in node.elements]
        return _together_unclear(parts) if parts else FIXED

    def _comprehension(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        if type(node).__name__ == "DictComp":
            return UNKNOWN
        return _unclear(self._shape(node.elt, self._inside(node, point), activation))

    def _await(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return self._shape(node.expression, point, activation)

    def _walrus(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return self._shape(node.value, point, activation)


# Combining shapes.


def constant_text(value: str) -> Shape:
    """The shape of a text written in the code."""
    has_folder = "/" in value
    return Shape(Variation.FIXED, value, Variation.FIXED, value.rsplit("/", 1)[-1], has_folder)


def _chosen(shape: Shape) -> Shape:
    if shape.variation is Variation.FIXED:
        return shape._replace(variation=Variation.CHOSEN)
    return shape


def _settled(shape: Shape) -> Shape:
    """The same value, made once while the app starts."""
    if shape.variation is Variation.FIXED:
        return shape
    return shape._replace(variation=Variation.FIXED, name=Variation.FIXED)


def _unclear(shape: Shape) -> Shape:
    """Something taken out of a value: as varied as the whole, its text not known."""
    if shape.variation is Variation.VARIES:
        return VARIES
    return Shape(shape.variation, name=shape.variation) if shape.text is not None else UNKNOWN


def _highest(variations: Iterable[Variation]) -> Variation:
    return max(variations, key=lambda variation: variation.rank, default=Variation.FIXED)


def _any_varies(shapes: list[Shape]) -> bool:
    return any(shape.variation is Variation.VARIES for shape in shapes)


def _either(shapes: list[Shape], depends: bool) -> Shape:
    """One of several alternatives; `depends` when the request may decide which."""
    some = [shape for shape in shapes if not shape.is_none] or shapes[:1]
    distinct = list(dict.fromkeys(some))
    if len(distinct) == 1:
        return distinct[0]
    variation = _highest(shape.variation for shape in distinct)
    name = _highest(shape.name for shape in distinct)
    names = {shape.name_text for shape in distinct}
    if depends and variation is Variation.FIXED:
        variation = Variation.CHOSEN
    if depends and name is Variation.FIXED and (len(names) > 1 or None in names):
        name = Variation.CHOSEN
    texts = {shape.text for shape in distinct}
    return Shape(
        variation,
        texts.pop() if len(texts) == 1 else None,
        name,
        names.pop() if len(names) == 1 else None,
        all(shape.has_folder for shape in distinct),
    )


def _together(parts: list[Shape]) -> Shape:
    """Texts put one after the other."""
    texts = [part.text for part in parts]
    written = [text for text in texts if text is not None]
    if len(written) == len(parts) and all(part.variation is Variation.FIXED for part in parts):
        return constant_text("".join(written))
    variation = _highest(part.variation for part in parts)
    name = Variation.FIXED
    name_text: str | None = ""
    has_folder = False
    for part in reversed(parts):
        name = _highest((name, part.name))
        known = part.name_text
        if known is None and part.name in (Variation.FIXED, Variation.CHOSEN):
            known = "*"
        name_text = known + name_text if known is not None and name_text is not None else None
        if part.has_folder:
            has_folder = True
            break
        # Without a slash in it a part belongs to the last component as a whole.
        name = _highest((name, part.variation))
    return Shape(variation, None, name, name_text, has_folder)


def _together_unclear(parts: list[Shape]) -> Shape:
    """A value computed from others."""
    variation = _highest(part.variation for part in parts)
    return Shape(variation, name=variation)


def _joined(parts: list[Shape]) -> Shape:
    """`os.path.join` and `/` of paths."""
    if not parts:
        return UNKNOWN
    last = parts[-1]
    if last.text is not None and last.text.startswith("/"):
        return last
    known = [part.text for part in parts if part.text is not None]
    if len(known) == len(parts) and all(part.variation is Variation.FIXED for part in parts):
        return constant_text(posixpath.join(*known))
    variation = _highest(part.variation for part in parts)
    return Shape(variation, None, last.name if last.has_folder else _highest((last.name, last.variation)), last.name_text, True)


def _path_of(parts: list[Shape]) -> Shape:
    """`Path(...)`."""
    return _joined(parts) if parts else constant_text(".")


def _base_name(shape: Shape) -> Shape:
    if shape.text is not None:
        return constant_text(shape.text.rstrip("/").rsplit("/", 1)[-1])._replace(variation=shape.variation, name=shape.variation)
    return Shape(shape.name, shape.name_text, shape.name, shape.name_text)


def _folder(shape: Shape) -> Shape:
    if shape.text is not None:
        return constant_text(posixpath.dirname(shape.text) or ".")._replace(variation=shape.variation, name=shape.variation)
    return Shape(shape.variation, name=shape.variation)


def _suffix(shape: Shape) -> Shape:
    base = _base_name(shape)
    if base.text is not None:
        return constant_text(posixpath.splitext(base.text)[1])._replace(variation=base.variation, name=base.variation)
    return Shape(base.variation, name=base.variation)


def _without_suffix(shape: Shape) -> Shape:
    return shape._replace(
        text=posixpath.splitext(shape.text)[0] if shape.text is not None else None,
        name_text=posixpath.splitext(shape.name_text)[0] if shape.name_text is not None else None,
    )


_stem = _without_suffix


def _split(base: Shape, separator: str, index: int) -> Shape:
    """`text.split(separator)[index]`."""
    if separator == "/" and index == -1:
        return _base_name(base)
    if separator == "." and base.text is None and index == 0:
        return _unclear_keeping(base)
    if base.text is not None and separator:
        parts = base.text.split(separator)
        if -len(parts) <= index < len(parts):
            return constant_text(parts[index])._replace(variation=base.variation, name=base.variation)
    return _unclear_keeping(base)


def _unclear_keeping(shape: Shape) -> Shape:
    return Shape(shape.variation, name=shape.variation)


def _with_suffix(receiver: Shape, arguments: list[Shape]) -> Shape:
    if len(arguments) != 1:
        return UNKNOWN
    return _together([_without_suffix(receiver), arguments[0]])


def _with_name(receiver: Shape, arguments: list[Shape]) -> Shape:
    return _joined([_folder(receiver), *arguments])


def _same(receiver: Shape, arguments: list[Shape]) -> Shape:
    return receiver


def _first(arguments: list[Shape]) -> Shape:
    return arguments[0] if arguments else constant_text("")


def _format(receiver: Shape, arguments: list[Shape]) -> Shape:
    shape = _together_unclear([receiver, *arguments])
    if receiver.text is not None:
        tail = receiver.text.rsplit("/", 1)[-1]
        if "/" in receiver.text and "{" not in tail:
            return shape._replace(name=Variation.FIXED, name_text=tail, has_folder=True)
        if receiver.text.count("{}") == len(arguments) == receiver.text.count("{"):
            pieces = receiver.text.split("{}")
            parts = [constant_text(pieces[0])]
            for argument, piece in zip(arguments, pieces[1:], strict=True):
                parts += [argument, constant_text(piece)]
            return _together(parts)
    return shape


def _percent(left: Shape, right: Shape) -> Shape:
    shape = _together_unclear([left, right])
    if left.text is not None and left.text.count("%s") == left.text.count("%") == 1:
        before, after = left.text.split("%s")
        return _together([constant_text(before), right, constant_text(after)])
    return shape


def _joinpath(receiver: Shape, arguments: list[Shape]) -> Shape:
    return _joined([receiver, *arguments])


def _changes(module: Module) -> dict[str, list[Appended]]:
    """What is done to the containers that names of a module stand for: appended elements, or None for anything else."""
    found: dict[str, list[Appended]] = {}
    for scope in module.scopes:
        for store in scope.stores:
            if type(store.target).__name__ == "Subscript" and type(store.target.value).__name__ == "Name":
                found.setdefault(store.target.value.value, []).append(Appended(None, point_of(store)))
        for call in scope.calls:
            function: Any = call.node.func
            if (
                type(function).__name__ == "Attribute"
                and function.attr.value in _CHANGING
                and type(function.value).__name__ == "Name"
            ):
                appends = function.attr.value == "append" and len(call.node.args) == 1
                element = call.node.args[0].value if appends else None
                found.setdefault(function.value.value, []).append(Appended(element, point_of(call)))
    return found


def _belongs(activation: Activation | None, scope: Scope) -> bool:
    return activation is not None and scope.frame is activation.scope


def _is_name(node: Any, name: str) -> bool:
    return type(node).__name__ == "Name" and bool(node.value == name)


def _is_self(node: Any, scope: Scope) -> bool:
    return bool(scope.is_method and scope.params) and _is_name(node, scope.params[0].name)


def _is_injected(param: Param) -> bool:
    """Whether Gradio fills a parameter by its annotation or default and not from the inputs."""
    stack = [param.annotation]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind == "BinaryOperation":
            stack += [node.left, node.right]
        elif kind == "Subscript":
            stack += [element.slice.value for element in node.slice if type(element.slice).__name__ == "Index"]
        elif node is not None and dotted(node).rsplit(".", 1)[-1] in _INJECTED:
            return True
    default = param.default
    return type(default).__name__ == "Call" and dotted(default.func).endswith("Progress")


def _calls(call: Call, name: str) -> bool:
    function: Any = call.node.func
    return type(function).__name__ == "Attribute" and bool(function.attr.value == name)


def _length(node: Any) -> int | None:
    kind = type(node).__name__
    if kind == "Set":
        return 1  # the function gets one dict
    if kind not in ("List", "Tuple"):
        return None
    if any(type(element).__name__ == "StarredElement" for element in node.elements):
        return None
    return len(node.elements)


_INJECTED = frozenset(
    """Request Progress EventData SelectData LikeData RetryData UndoData EditData CopyData DeletedFileData DownloadData
    KeyUpData OAuthProfile OAuthToken""".split()
)

# What external callables give. The names are of Python's standard library and of NumPy.

_FRESH = frozenset(
    """os.urandom os.getpid builtins.id builtins.hash builtins.object builtins.input threading.get_ident
    threading.current_thread time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter
    time.perf_counter_ns time.strftime time.ctime time.localtime time.gmtime time.process_time
    datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
    torch.rand torch.randn torch.randint torch.seed torch.initial_seed shortuuid.uuid""".split()
)
_FRESH_PREFIXES = ("tempfile.", "uuid.", "secrets.", "random.", "numpy.random.", "nanoid.", "ulid.")
_SAME_FOR_ALL = frozenset(
    """tempfile.gettempdir tempfile.gettempprefix os.getcwd os.getenv os.environ.get pathlib.Path.cwd pathlib.Path.home
    getpass.getuser platform.system""".split()
)

_PATH_CALLS: Mapping[str, Callable[[list[Shape]], Shape]] = {
    "os.path.join": _joined,
    "posixpath.join": _joined,
    "pathlib.Path": _path_of,
    "pathlib.PurePath": _path_of,
    "pathlib.PosixPath": _path_of,
    "os.path.basename": lambda arguments: _base_name(_first(arguments)),
    "os.path.dirname": lambda arguments: _folder(_first(arguments)),
    "os.path.abspath": _first,
    "os.path.realpath": _first,
    "os.path.normpath": _first,
    "os.path.expanduser": _first,
    "os.path.expandvars": _first,
    "os.path.relpath": _first,
    "os.fspath": _first,
    "builtins.str": _first,
}
_PURE = frozenset(
    """builtins.repr builtins.int builtins.float builtins.bool builtins.len builtins.round builtins.min builtins.max
    builtins.abs builtins.sum builtins.ord builtins.chr builtins.format builtins.bytes builtins.isinstance builtins.dict
    builtins.any builtins.all builtins.divmod builtins.pow builtins.hex builtins.oct builtins.bin
    json.dumps os.path.splitext os.path.split os.path.commonpath urllib.parse.quote urllib.parse.urljoin""".split()
)
_PURE_PREFIXES = ("math.",)
_PASSING_ON = frozenset(
    """builtins.list builtins.tuple builtins.set builtins.sorted builtins.reversed builtins.iter builtins.next
    tqdm.tqdm tqdm.auto.tqdm tqdm.trange copy.copy copy.deepcopy typing.cast contextlib.closing contextlib.nullcontext
    builtins.enumerate""".split()
)
_CONFIGURATION = ("argparse.ArgumentParser().parse_args()", "argparse.ArgumentParser().parse_known_args()")

_METHODS: Mapping[str, Callable[[Shape, list[Shape]], Shape]] = {
    "format": _format,
    "joinpath": _joinpath,
    "with_suffix": _with_suffix,
    "with_name": _with_name,
    "resolve": _same,
    "absolute": _same,
    "expanduser": _same,
    "as_posix": _same,
    "strip": lambda receiver, arguments: receiver if not arguments else _together_unclear([receiver, *arguments]),
    "__enter__": _same,
}
_PURE_METHODS = frozenset(
    """join replace lower upper title capitalize strip lstrip rstrip removeprefix removesuffix encode decode zfill center
    ljust rjust split rsplit partition rpartition splitlines with_stem relative_to casefold swapcase translate isoformat
    hex as_uri expandtabs""".split()
)
_CHANGING = frozenset("append extend insert update setdefault pop popitem clear remove add discard sort reverse".split())

_Handler = Callable[[Variations, Any, Point, "Activation | None"], Shape]
_HANDLERS: Mapping[str, _Handler] = {
    "Name": Variations._name,
    "Attribute": Variations._attribute,
    "Call": Variations._call,
    "Subscript": Variations._subscript,
    "SimpleString": Variations._literal,
    "Integer": Variations._literal,
    "Float": Variations._literal,
    "ConcatenatedString": Variations._concatenated,
    "FormattedString": Variations._formatted,
    "BinaryOperation": Variations._binary,
    "BooleanOperation": Variations._boolean,
    "UnaryOperation": Variations._unary,
    "Comparison": Variations._comparison,
    "IfExp": Variations._if_expression,
    "List": Variations._display,
    "Tuple": Variations._display,
    "Set": Variations._display,
    "ListComp": Variations._comprehension,
    "SetComp": Variations._comprehension,
    "GeneratorExp": Variations._comprehension,
    "Await": Variations._await,
    "NamedExpr": Variations._walrus,
}
