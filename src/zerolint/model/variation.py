"""Is the value of an expression the same for every request?

An expression is followed back to what it is made of: constants, names bound at import, the arguments of callers, inputs
of a handler, and sources of fresh values such as `uuid` and `tempfile`. Beside the variation of the whole value that of
its last path component is kept, because `os.path.basename(os.path.join(fresh_folder, "raw.png"))` is "raw.png" for
everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts
from zerolint.model.handlers import THREAD, Registration
from zerolint.model.program import Program, definition_of
from zerolint.model.shapes import (
    CONFIGURATION,
    FIXED,
    FRESH,
    FRESH_PREFIXES,
    METHODS,
    NONE,
    NOTHING,
    PASSING_ON,
    PATH_CALLS,
    PURE,
    PURE_METHODS,
    PURE_PREFIXES,
    SAME_FOR_ALL,
    UNKNOWN,
    VARIES,
    Shape,
    Variation,
    base_name,
    chosen,
    computed_from,
    constant_text,
    either,
    folder_of,
    joined,
    percent,
    settled,
    split_at,
    suffix_of,
    taken_from,
    together,
    without_suffix,
)
from zerolint.model.syntax import Binding, Call, Module, Param, Scope, Store, dotted
from zerolint.model.values import (
    Class,
    Constant,
    Container,
    External,
    Function,
    Instance,
    Package,
    Point,
    Value,
    point_of,
)
from zerolint.records import NamedTuple


class Activation:
    """One call of a function of the Space, made in another activation or (None) in any.

    `call` is None for a property. `origin` is the call that made a method's instance. There is one object for each, so
    that answers can be remembered by it; `given` holds the arguments that were asked for.
    """

    __slots__ = ("call", "depth", "function", "given", "origin", "outer")

    def __init__(self, call: Call | None, function: Function, outer: Activation | None, origin: Call | None) -> None:
        self.call = call
        self.function = function
        self.outer = outer
        self.origin = origin
        self.depth: int = outer.depth + 1 if outer is not None else 1
        self.given: dict[str, Shape] = {}

    @property
    def scope(self) -> Scope:
        """The function that is called."""
        return self.function.scope


class Appended(NamedTuple):
    """An element that is appended to a list; `node` is None when the container is changed in another way."""

    node: Any
    point: Point


__all__ = ["Variation", "Variations"]

_DEEPEST = 40
_MOST_NESTED_CALLS = 4
_MOST_STEPS = 3_000
_MOST_CALLERS = 12
_END = 1 << 60


class Variations:
    """Answers about one Space, each worked out once."""

    def __init__(self, program: Program, contexts: Contexts) -> None:
        self._program = program
        self._contexts = contexts
        self._known: dict[tuple[int, Activation | None], Shape] = {}
        self._provisional: dict[tuple[int, Activation | None], Shape] = {}
        self._activations: dict[tuple[Call | None, Scope, Activation | None, Call | None], Activation] = {}
        self._active: set[tuple[int, Activation | None]] = set()
        self._parameters: dict[tuple[Scope, str], Shape] = {}
        self._asking: set[tuple[Scope, str]] = set()
        self._cuts = 0
        self._depth = 0
        self._steps = 0
        self._registered: dict[Scope, list[Registration]] = {}
        self._registered_count = 0
        self._read = 0
        # The writes of per-request code to `os.environ`, by the variable's name.
        self._variables: dict[Any, list[Store]] | None = None
        self._changed: dict[Module, dict[str, list[Appended]]] = {}

    def shape(self, node: Any, point: Point) -> Shape:
        """What is known of an expression over all requests."""
        self._steps = 0
        if self._read != self._program.read_count:
            # Callers may have been missing before these modules were read.
            self._read = self._program.read_count
            self._known.clear()
            self._parameters.clear()
            self._activations.clear()
            self._variables = None
        return self._shape(node, point, None)

    def shape_along(self, node: Any, point: Point, calls: tuple[tuple[Call, Function], ...]) -> Shape:
        """What is known of an expression when its function is run by a chain of calls, outermost first."""
        self._steps = 0
        activation: Activation | None = None
        for call, function in calls:
            activation = self._activation(call, function, activation)
        return self._shape(node, point, activation)

    def _shape(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        key = (id(node), activation)
        known = self._known.get(key)
        if known is not None:
            return known
        known = self._provisional.get(key)
        if known is not None:
            self._cuts += 1
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
            return NOTHING
        self._active.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            found = handler(self, node, point, activation)
        finally:
            self._active.discard(key)
            self._depth -= 1
        # Cut short: a value that varies all the same is sure, an unknown one holds while the outermost question lasts,
        # and one that seems fixed is looked at again.
        if self._cuts == cuts or not self._depth or found == VARIES:
            self._known[key] = found
        elif found.variation is not Variation.FIXED and found.name is not Variation.FIXED:
            self._provisional[key] = found
        if not self._depth:
            self._provisional.clear()
        return found

    # Names.

    def _name(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        name = node.value
        if name in ("None", "True", "False"):
            return NONE if name == "None" else constant_text(name)
        return self._named(name, point, activation)

    def _named(self, name: str, point: Point, activation: Activation | None) -> Shape:
        owner = self._program.owner(name, point.scope)
        if owner is None:
            values = self._program.lookup(name, point)
            if values and all(isinstance(value, External) and "()" not in value.path for value in values):
                return FIXED
            return UNKNOWN
        bindings = self._program.bindings(name, point)
        shape = self._bound(bindings, owner, activation)
        if shape.text is None and any(_is_container(binding) for binding in bindings):
            shape = self._with_changes(shape, name, point, owner, activation)
        if owner.is_function and owner.frame is not point.scope.frame:
            # A name of the function that builds the app, used by a handler in it.
            if any(binding.outside and self._contexts.is_per_request(binding.scope) for binding in bindings):
                return shape if self._contexts.is_per_request(owner) else VARIES
            if shape.variation in (Variation.UNKNOWN, Variation.VARIES) and self._is_only_at_import(owner):
                return settled(shape)
        return shape

    def _with_changes(
        self, shape: Shape, name: str, point: Point, owner: Scope, activation: Activation | None
    ) -> Shape:
        """The list or dict a name stands for, with what is put into it later."""
        parts = [shape]
        for change in self._changes_of(name, point.scope.module):
            if self._program.owner(name, change.point.scope) is not owner:
                continue
            if owner.kind == syntax.MODULE:
                if self._contexts.is_per_request(change.point.scope):
                    return UNKNOWN
            elif change.node is None:
                return UNKNOWN
            else:
                parts.append(self._shape(change.node, change.point, activation))
        return computed_from(parts) if len(parts) > 1 else shape

    def _bound(self, bindings: list[Binding], owner: Scope, activation: Activation | None) -> Shape:
        shapes: list[Shape] = []
        for binding in bindings:
            if owner.kind == syntax.MODULE:
                shapes.append(self._global(binding))
            else:
                shapes.append(self._binding(binding, activation if _belongs(activation, binding.scope) else None))
            if shapes[-1] == VARIES:
                return VARIES
        if not shapes:
            return UNKNOWN
        return either(shapes, len(shapes) > 1 and owner.kind != syntax.MODULE and self._depends(bindings, activation))

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
            return VARIES if binding.kind == "augmented" or shape.variation is not Variation.FIXED else chosen(shape)
        return settled(self._binding(binding, None))

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
                return NOTHING
            self._asking.add(key)
            try:
                bindings = self._program.bindings(name, Point(found.root, None, _END))
                return settled(self._bound(bindings, found.root, None))
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
            return NOTHING if key in self._active else UNKNOWN
        self._active.add(key)
        self._depth += 1
        try:
            before = self._named(binding.name, point, activation)
        finally:
            self._active.discard(key)
            self._depth -= 1
        return together([before, self._shape(binding.value, point, activation)])

    def _part(self, node: Any, path: tuple[int, ...], point: Point, activation: Activation | None) -> Shape:
        """One part of an unpacked value."""
        if not path:
            return self._shape(node, point, activation)
        kind = type(node).__name__
        index = path[0]
        if kind in ("Tuple", "List"):
            elements = node.elements
            starred = any(type(element).__name__ == "StarredElement" for element in elements)
            if not starred and 0 <= index < len(elements):
                return self._part(elements[index].value, path[1:], point, activation)
        if kind == "Call" and len(path) == 1:
            return self._item_of_call(node, index, point, activation)
        return taken_from(self._shape(node, point, activation))

    # Loops.

    def _element(self, node: Any, path: tuple[int, ...], point: Point, activation: Activation | None) -> Shape:
        """What a loop over an expression gets in one turn, or a part of it."""
        kind = type(node).__name__
        if kind in ("List", "Tuple", "Set"):
            parts = [self._part(element.value, path, point, activation) for element in node.elements]
            return either(parts, False) if parts else FIXED
        if kind == "Dict":
            keys = [element.key for element in node.elements if type(element).__name__ == "DictElement"]
            return either([self._part(key, path, point, activation) for key in keys], False) if keys else FIXED
        if kind in ("ListComp", "GeneratorExp", "SetComp"):
            return self._part(node.elt, path, self._inside(node, point), activation)
        if kind == "Call":
            return self._element_of_call(node, path, point, activation)
        if kind == "Name":
            displays = self._displays(node, point)
            if displays is not None:
                return either([self._turn(one, path, activation) for one in displays], False)
        return taken_from(self._shape(node, point, activation))

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
                    return taken_from(self._shape(arguments[0], point, activation))
                return FIXED if path[0] == 0 else self._element(arguments[0], path[1:], point, activation)
            if name == "builtins.zip" and path and 0 <= path[0] < len(arguments):
                return self._element(arguments[path[0]], path[1:], point, activation)
            if (name in PASSING_ON or name.endswith(".tqdm")) and arguments:
                return self._element(arguments[0], path, point, activation)
        function = node.func
        if not path and any(
            isinstance(value, Function) and value.scope.yields for value in self._program.evaluate(function, point)
        ):
            return self._shape(node, point, activation)
        if type(function).__name__ == "Attribute" and not arguments:
            if function.attr.value == "items" and path:
                displays = self._displays(function.value, point)
                if displays is not None:
                    return either([self._pairs(one, path, activation) for one in displays], False)
            if function.attr.value in ("keys", "values"):
                displays = self._displays(function.value, point)
                if displays is not None:
                    index = 0 if function.attr.value == "keys" else 1
                    return either([self._pairs(one, (index, *path), activation) for one in displays], False)
        if type(function).__name__ == "Attribute" and function.attr.value == "tqdm" and arguments:
            return self._element(arguments[0], path, point, activation)
        return taken_from(self._shape(node, point, activation))

    def _pairs(self, display: Container | Appended, path: tuple[int, ...], activation: Activation | None) -> Shape:
        if isinstance(display, Appended) or type(display.node).__name__ != "Dict":
            return UNKNOWN
        parts = [
            self._part(element.key if path[0] == 0 else element.value, path[1:], display.point, activation)
            for element in display.node.elements
            if type(element).__name__ == "DictElement"
        ]
        return either(parts, False) if parts else FIXED

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
        if len(displays) > 1:
            # One of several is chosen somewhere: `choice = CHOICES[style]` is as the style is.
            written = {id(binding.value) for binding in self._program.bindings(node.value, point)}
            if not written.issuperset(id(display.node) for display in displays):
                return None
        appended = self._appended(node.value, point)
        return [*displays, *appended] if appended is not None else None

    def _appended(self, name: str, point: Point) -> list[Appended] | None:
        """What is appended to the list that a local name stands for; None when it is changed in another way too."""
        owner = self._program.owner(name, point.scope)
        added: list[Appended] = []
        for change in self._changes_of(name, point.scope.module):
            if self._program.owner(name, change.point.scope) is not owner:
                continue
            if change.node is None or change.point.scope.frame is not owner:
                return None
            added.append(change)
        return added

    def _changes_of(self, name: str, module: Module) -> list[Appended]:
        changed = self._changed.get(module)
        if changed is None:
            changed = self._changed[module] = _changes(module)
        return changed.get(name, [])

    # Parameters.

    def parameter(self, scope: Scope, param: Param, activation: Activation | None = None) -> Shape:
        """What a parameter gets: in one call, or from everybody who calls the function."""
        if activation is not None and activation.scope is scope and activation.call is not None:
            is_receiver = param.index == 0 and activation.function.receiver is not None
            if not param.star and not is_receiver:
                return self._argument(activation, activation.call, param)
        key = (scope, param.name)
        known = self._parameters.get(key)
        if known is not None:
            return known
        if key in self._asking or self._depth > _DEEPEST:
            self._cuts += 1
            return NOTHING if key in self._asking else UNKNOWN
        self._asking.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            shape = self._passed(scope, param)
        finally:
            self._asking.discard(key)
            self._depth -= 1
        if self._cuts == cuts or not self._depth or shape == VARIES:
            self._parameters[key] = shape
        return shape

    def _argument(self, activation: Activation, call: Call, param: Param) -> Shape:
        known = activation.given.get(param.name)
        if known is None:
            cuts = self._cuts
            known = self._given(call, activation.function, param, point_of(call), activation.outer)
            if self._cuts == cuts or known == VARIES:
                activation.given[param.name] = known
        return known

    def _passed(self, scope: Scope, param: Param) -> Shape:
        if param.index == 0 and scope.is_method and not param.star:
            if all(dotted(decoration.expression) != "staticmethod" for decoration in scope.decorations):
                return UNKNOWN
        registrations = self._registrations().get(scope, [])
        shapes = [self._from_registration(registration, param) for registration in registrations]
        calls = self._program.callers(scope)
        reached = [item for item in calls if self._contexts.is_per_request(item[0].function)]
        if VARIES in shapes:
            return VARIES
        for call, function in (reached or calls)[:_MOST_CALLERS]:
            shapes.append(self._given(call, function, param, point_of(call), None))
            if shapes[-1] == VARIES:
                return VARIES
        if len(reached or calls) > _MOST_CALLERS:
            shapes.append(UNKNOWN)
        if not registrations and self._program.is_passed_on(scope):
            shapes.append(UNKNOWN)
        if scope in self._contexts.gpu and all(shape == UNKNOWN for shape in shapes) and not param.default:
            return VARIES  # somebody calls a GPU function with what a visitor gave, if nothing else is known
        if not shapes:
            return UNKNOWN
        if param.star:
            return VARIES if registrations else UNKNOWN
        shape = either(shapes, True)
        if shape.variation in (Variation.FIXED, Variation.CHOSEN) and self._may_have_more_callers(scope):
            return UNKNOWN
        return shape

    def _may_have_more_callers(self, scope: Scope) -> bool:
        """Whether a visitor's code calls a method of this name on an object of which nothing is known."""
        if not scope.is_method or scope.name.startswith("__"):
            return False
        for call in self._program.calls_named(scope.name):
            if self._contexts.is_per_request(call.function) and not self._program.is_dead(call.block):
                values = self._program.evaluate(call.node.func, point_of(call))
                if not values or any(not isinstance(value, (External, Function, Class, Instance)) for value in values):
                    return True
        return False

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
        if event == "Interface" and self._program.argument(call, -1, "additional_inputs") is not None:
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
        shift = 2 if _calls(call, "run_in_executor") else 1
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
            elif isinstance(value, External) and value.path.startswith(CONFIGURATION):
                shapes.append(self._setting(value, node.value, name, point, activation))
            else:
                shapes.clear()
                break
        if shapes:
            return either(shapes, True)
        base = self._shape(node.value, point, activation)
        if name == "name":
            return base_name(base)
        if name == "stem":
            return without_suffix(base_name(base))
        if name == "suffix":
            return suffix_of(base)
        if name == "parent":
            return folder_of(base)
        if base.variation is Variation.VARIES:
            return VARIES
        return UNKNOWN

    def _setting(self, value: External, holder: Any, name: str, point: Point, activation: Activation | None) -> Shape:
        """A value in an object of settings: the same for all when it was read at import and is not set later."""
        if any(self._contexts.is_per_request(store.function) for store in self._program.stores_of(name)):
            return UNKNOWN
        origin = value.origin
        if origin is not None and value.path.endswith(("Namespace()", "EasyDict()")):
            inner = activation if _belongs(activation, origin.scope) else None
            where = point_of(origin)
            for argument in origin.node.args:
                if argument.keyword is not None and argument.keyword.value == name:
                    return self._shape(argument.value, where, inner)
                displays = self._displays(argument.value, where) if argument.star == "**" else None
                for display in displays or ():
                    for element in display.node.elements if type(display.node).__name__ == "Dict" else ():
                        key = element.key if type(element).__name__ == "DictElement" else None
                        constant = self._program.constant(key, display.point) if key is not None else None
                        if constant is not None and constant.value == name:
                            return self._shape(element.value, display.point, inner)
            return UNKNOWN
        base = self._shape(holder, point, activation)
        return FIXED if base.variation is Variation.FIXED else taken_from(base)

    def _module_attribute(self, package: Package, name: str) -> Shape:
        file = self._program.file_of(package.path)
        module = self._program.module(file) if file is not None else None
        if module is None or name not in module.root.names:
            return FIXED
        for store in self._program.stores_of(name):
            if self._contexts.is_per_request(store.function):
                if package in self._program.evaluate(store.target.value, point_of(store)):
                    return UNKNOWN
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
                    shapes.append(settled(self._binding(binding, None)))
                    if program.external_bases(cls) or cls.decorations:
                        shapes.append(UNKNOWN)
        for store in program.stores_of(name):
            if id(store) not in own and store.value is not None and not program.is_dead(store.block):
                holders = program.evaluate(store.target.value, point_of(store))
                if not holders or not all(isinstance(holder, Instance) and holder.cls is not cls for holder in holders):
                    shapes.append(self._stored(store, None, None))
        return either(shapes, len(shapes) > 1) if shapes else UNKNOWN

    def _property(self, function: Scope, origin: Call | None, activation: Activation | None) -> Shape:
        kinds = {dotted(decoration.expression).rsplit(".", 1)[-1] for decoration in function.decorations}
        if not kinds & {"property", "cached_property"}:
            return FIXED
        if activation is not None and activation.depth >= _MOST_NESTED_CALLS:
            return UNKNOWN
        receiver = Instance(function.parent or function, origin)
        return self._results(function, self._activation(None, Function(function, receiver), activation))

    def _stored(self, store: Store, origin: Call | None, activation: Activation | None) -> Shape:
        function = store.function
        inner: Activation | None = None
        if origin is not None and function.name == "__init__":
            inner = self._activation(origin, Function(function, Instance(function, origin)), None)
        if type(store.value).__name__ in _CONTAINERS - {"Call"}:
            return UNKNOWN  # what it holds may change
        shape = self._part(store.value, store.path, Point(store.scope, store.block, store.order), inner)
        if store.kind == "augmented":
            return VARIES if self._contexts.is_per_request(function) else settled(shape)
        if shape.variation is Variation.FIXED:
            return shape
        made_at_start = origin is not None and origin.function.kind == syntax.MODULE and function.name == "__init__"
        if made_at_start or self._is_only_at_import(function):
            return settled(shape)
        return shape

    def _is_only_at_import(self, function: Scope) -> bool:
        return not self._contexts.is_per_request(function) and self._contexts.in_context(function, Context.IMPORT)

    # Calls.

    def _call(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return UNKNOWN
        function = node.func
        method = function.attr.value if type(function).__name__ == "Attribute" else ""
        shapes: list[Shape] = []
        for value in self._program.evaluate(function, point):
            if isinstance(value, External):
                shapes.append(self._external_call(value, node, point, activation))
            elif isinstance(value, (Function, Instance)):
                shapes.append(self._own_call(value, call, point, activation))
            elif method and not isinstance(value, Class):
                shapes.append(self._method(node, method, point, activation))
            else:
                shapes.append(self._of_arguments(node, point, activation))
            if shapes[-1] == VARIES:
                return VARIES
        return either(shapes, len(shapes) > 1) if shapes else UNKNOWN

    def _own_call(self, value: Value, call: Call, point: Point, activation: Activation | None) -> Shape:
        """What a function of the Space gives for these arguments."""
        depth = activation.depth if activation is not None else 0
        shapes: list[Shape] = []
        for function in self._program.runs(value, call):
            if depth >= _MOST_NESTED_CALLS:
                return UNKNOWN
            inner = self._activation(call, function, activation)
            shapes.append(self._results(function.scope, inner))
        return either(shapes, len(shapes) > 1) if shapes else UNKNOWN

    def _activation(self, call: Call | None, function: Function, outer: Activation | None) -> Activation:
        origin = function.receiver.origin if isinstance(function.receiver, Instance) else None
        if origin is None and outer is not None and function.receiver is not None:
            origin = outer.origin if outer.scope.parent is function.scope.parent else None
        key = (call, function.scope, outer, origin)
        known = self._activations.get(key)
        if known is None:
            known = self._activations[key] = Activation(call, function, outer, origin)
        return known

    def _results(self, function: Scope, activation: Activation) -> Shape:
        results = [
            result
            for result in (function.yields or function.returns)
            if result.value is not None and not self._program.is_dead(result.block)
        ]
        shapes: list[Shape] = []
        for result in results:
            shapes.append(self._shape(result.value, point_of(result), activation))
            if shapes[-1] == VARIES:
                return VARIES
        return either(shapes, len(shapes) > 1) if shapes else NONE

    def _arguments(self, node: Any, point: Point, activation: Activation | None) -> list[Shape]:
        return [self._shape(argument.value, point, activation) for argument in node.args]

    def _of_arguments(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        """What something unknown makes of its arguments."""
        for argument in node.args:
            if self._shape(argument.value, point, activation).variation is Variation.VARIES:
                return VARIES
        return UNKNOWN

    def _external_call(self, value: External, node: Any, point: Point, activation: Activation | None) -> Shape:
        path = value.path
        if path in ("os.getenv", "os.environ.get") and node.args:
            return self._environment(node.args[0].value, point)
        if path in FRESH or (path.startswith(FRESH_PREFIXES) and path not in SAME_FOR_ALL):
            return VARIES
        if path in SAME_FOR_ALL:
            return FIXED
        maker = PATH_CALLS.get(path)
        if maker is not None:
            return maker(self._arguments(node, point, activation))
        if path in PURE or path.startswith(PURE_PREFIXES):
            return computed_from(self._arguments(node, point, activation))
        if path == "builtins.next" and node.args and self._is_global(node.args[0].value, point):
            return VARIES
        if path in PASSING_ON and node.args:
            return self._shape(node.args[0].value, point, activation)
        if type(node.func).__name__ == "Attribute" and "()" in path:
            return self._method(node, node.func.attr.value, point, activation)
        return self._of_arguments(node, point, activation)

    def _environment(self, key: Any, point: Point) -> Shape:
        """A variable of the environment: the same for all requests, unless one of them sets it."""
        name = self._program.constant(key, point)
        if name is None:
            return FIXED
        if self._variables is None:
            self._variables = {}
            for scope in self._contexts.per_request():
                for store in scope.stores:
                    target = store.target
                    if type(target).__name__ != "Subscript" or not dotted(target.value).endswith("environ"):
                        continue
                    index = target.slice[0].slice
                    constant = self._program.constant(getattr(index, "value", None), point_of(store))
                    if constant is not None and not self._program.is_dead(store.block):
                        self._variables.setdefault(constant.value, []).append(store)
        shapes = [FIXED]
        for store in self._variables.get(name.value, ()):
            shapes.append(FIXED if store.value is None else self._shape(store.value, point_of(store), None))
        return either(shapes, len(shapes) > 1)

    def _is_global(self, node: Any, point: Point) -> bool:
        if type(node).__name__ != "Name":
            return False
        owner = self._program.owner(node.value, point.scope)
        return owner is not None and owner.kind == syntax.MODULE and point.scope.frame is not owner

    def _method(self, node: Any, name: str, point: Point, activation: Activation | None) -> Shape:
        """A method of something that is not the Space's own."""
        receiver = self._shape(node.func.value, point, activation)
        if name in ("get", "pop") and node.args:
            displays = self._displays(node.func.value, point)
            if displays is not None:
                return self._looked_up(displays, node.args[0].value, point, activation, node.args[1:])
        maker = METHODS.get(name)
        if maker is not None:
            return maker(receiver, self._arguments(node, point, activation))
        if receiver.variation is Variation.VARIES:
            return VARIES
        if name in PURE_METHODS:
            return computed_from([receiver, *self._arguments(node, point, activation)])
        return self._of_arguments(node, point, activation)

    def _external_names(self, function: Any, point: Point) -> list[str]:
        return [value.path for value in self._program.evaluate(function, point) if isinstance(value, External)]

    def _item_of_call(self, node: Any, index: int, point: Point, activation: Activation | None) -> Shape:
        """`call()[index]` for functions that give a pair of path parts."""
        names = self._external_names(node.func, point)
        first = node.args[0].value if node.args else None
        if first is not None and names == ["os.path.splitext"]:
            base = self._shape(first, point, activation)
            return without_suffix(base) if index == 0 else suffix_of(base)
        if first is not None and names == ["os.path.split"]:
            base = self._shape(first, point, activation)
            return folder_of(base) if index == 0 else base_name(base)
        function = node.func
        if type(function).__name__ == "Attribute" and function.attr.value in ("split", "rsplit"):
            base = self._shape(function.value, point, activation)
            separator = self._program.constant(first, point) if first is not None else None
            if separator is not None and isinstance(separator.value, str):
                return split_at(base, separator.value, index)
        parts = [value for value in self._program.evaluate(node, point) if isinstance(value, Container)]
        if len(parts) == 1 and type(parts[0].node).__name__ in ("Tuple", "List"):
            shapes = self._results_part(node, index, point, activation)
            if shapes is not None:
                return shapes
        return taken_from(self._shape(node, point, activation))

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
                inner = self._activation(call, function, activation)
                for result in function.scope.returns:
                    if result.value is not None and not self._program.is_dead(result.block):
                        shapes.append(self._part(result.value, (index,), point_of(result), inner))
        return either(shapes, len(shapes) > 1) if shapes else None

    def _subscript(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        if len(node.slice) != 1 or type(node.slice[0].slice).__name__ != "Index":
            return taken_from(self._shape(node.value, point, activation))
        index = node.slice[0].slice.value
        displays = self._displays(node.value, point)
        if displays is not None:
            return self._looked_up(displays, index, point, activation, ())
        constant = self._program.constant(index, point)
        number = constant.value if constant is not None and isinstance(constant.value, int) else None
        if type(node.value).__name__ == "Call" and number is not None:
            return self._item_of_call(node.value, number, point, activation)
        names = self._external_names(node.value, point)
        if names == ["os.environ"]:
            return self._environment(index, point)
        if names == ["sys.argv"]:
            return FIXED
        values = self._program.evaluate(node.value, point)
        if constant is not None and len(values) == 1 and isinstance(values[0], External):
            changed = type(node.value).__name__ != "Name" or self._changes_of(node.value.value, point.scope.module)
            if values[0].path.startswith(CONFIGURATION) and not changed:
                return self._setting(values[0], node.value, str(constant.value), point, activation)
        base = self._shape(node.value, point, activation)
        key = self._shape(index, point, activation)
        if Variation.VARIES in (base.variation, key.variation):
            return VARIES
        if base.text is not None:
            return computed_from([base, key])
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
        number = constant.value if constant is not None else None
        shapes: list[Shape] = []
        for display in displays:
            if isinstance(display, Appended):
                shapes.append(self._shape(display.node, display.point, activation))
                continue
            kind = type(display.node).__name__
            if kind in ("ListComp", "DictComp"):
                made = display.node.elt if kind == "ListComp" else display.node.value
                shapes.append(taken_from(self._shape(made, self._inside(display.node, display.point), activation)))
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
            elif isinstance(number, int) and -len(elements) <= number < len(elements):
                shapes.append(self._shape(elements[number].value, display.point, activation))
            else:
                shapes.extend(self._shape(element.value, display.point, activation) for element in elements)
        if not shapes:
            shapes.extend(self._shape(default.value, point, activation) for default in defaults)
        if key.variation is Variation.UNKNOWN:
            return UNKNOWN
        return either(shapes, key.variation is Variation.CHOSEN) if shapes else UNKNOWN

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
                        shape = computed_from([shape, self._shape(inner.expression, point, activation)])
            parts.append(shape)
        return together(parts)

    def _concatenated(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return together([self._shape(part, point, activation) for part in (node.left, node.right)])

    def _binary(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        left = self._shape(node.left, point, activation)
        right = self._shape(node.right, point, activation)
        operator = type(node.operator).__name__
        if operator == "Divide":
            numbers = self._program.constant(node, point)
            return joined([left, right]) if numbers is None else constant_text(str(numbers.value))
        if operator == "Add":
            numbers = self._program.constant(node, point)
            if numbers is not None and not isinstance(numbers.value, str):
                return constant_text(str(numbers.value))
            return together([left, right])
        if operator == "Modulo" and left.text is not None:
            return percent(left, right)
        return computed_from([left, right])

    def _boolean(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        operands = [node.right]
        left = node.left
        while type(left).__name__ == "BooleanOperation":
            operands.append(left.right)
            left = left.left
        operands.append(left)
        return either([self._shape(operand, point, activation) for operand in reversed(operands)], True)

    def _if_expression(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        decided = self._program.decide(node.test, point)
        if decided is not None:
            return self._shape(node.body if decided else node.orelse, point, activation)
        shapes = [self._shape(branch, point, activation) for branch in (node.body, node.orelse)]
        test = self._shape(node.test, point, activation)
        return either(shapes, test.variation is not Variation.FIXED)

    def _comparison(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        operands = [node.left, *(target.comparator for target in node.comparisons)]
        return computed_from([self._shape(operand, point, activation) for operand in operands])

    def _unary(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return computed_from([self._shape(node.expression, point, activation)])

    def _display(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        parts: list[Shape] = []
        for element in node.elements:
            parts.append(self._shape(element.value, point, activation))
            if parts[-1].variation is Variation.VARIES:
                return VARIES
        return computed_from(parts) if parts else FIXED

    def _comprehension(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        if type(node).__name__ == "DictComp":
            return UNKNOWN
        return taken_from(self._shape(node.elt, self._inside(node, point), activation))

    def _await(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return self._shape(node.expression, point, activation)

    def _walrus(self, node: Any, point: Point, activation: Activation | None) -> Shape:
        return self._shape(node.value, point, activation)


def _is_container(binding: Binding) -> bool:
    """Whether a name gets something by a binding that can be filled later."""
    return binding.kind == "assign" and type(binding.value).__name__ in _CONTAINERS


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
_CONTAINERS = frozenset({"List", "Dict", "Set", "ListComp", "SetComp", "DictComp", "Call"})
_CHANGING = frozenset("append extend insert update setdefault pop popitem clear remove add discard sort".split())

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
