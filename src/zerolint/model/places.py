"""What outlives a request, and how code that runs for visitors gets hold of it.

A place is a name whose value is there for all requests: a name of a module, or a variable of a function that ran once
when the app was built. An expression leads to a place through names, imports, attributes, subscripts, the arguments of
known calls, and the object that a method is called on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts, Edge, Step
from zerolint.model.handlers import Registration
from zerolint.model.once import Guards
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Param, Scope, dotted
from zerolint.model.values import Instance, Package, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# Where code for visitors runs, as far as its writes go: in the main process or in a worker.
PROCESSES = (Context.HANDLER, Context.GPU)

_NOWHERE: tuple[Place, ...] = ()
_DEEPEST = 12
_MOST_PLACES = 4
_LONG_SEARCH = 200


class Place(NamedTuple):
    """A name that outlives requests, in the module or function that makes it.

    `contexts` are those in which it was passed on as an argument; None stands for all in which the reader runs.
    `copied` tells that it was pickled on the way, as the arguments of a GPU function are.
    """

    owner: Scope
    name: str
    contexts: frozenset[Context] | None = None
    copied: bool = False


class Places:
    """The ways through the code that runs for visitors, and the places at their ends.

    `steps` holds each function that is reached in a process, with how it was first reached. Calls that create something
    once, or that a handler makes under a lock, are not followed.
    """

    def __init__(self, space: Space, guards: Guards) -> None:
        self._program: Program = space.program
        self._contexts: Contexts = space.contexts
        self.guards = guards
        self.steps: dict[Context, dict[Scope, Step]] = {context: {} for context in PROCESSES}
        self._ways: dict[Scope, list[tuple[Edge, Context, bool]]] = {}
        self._registered: dict[Scope, list[Registration]] = {}
        self._passed: dict[tuple[Scope, str], tuple[Place, ...]] = {}
        self._provisional: dict[tuple[Scope, str], tuple[Place, ...]] = {}
        self._cuts = 0
        self._follow()

    def _follow(self) -> None:
        """Follow calls from handlers and GPU functions, except those that are made once or under a lock."""
        contexts = self._contexts
        for registration in contexts.registrations:
            self._registered.setdefault(registration.function.scope, []).append(registration)
        for context in PROCESSES:
            steps = self.steps[context]
            for scope in contexts.reached(context):
                step = contexts.step(scope, context)
                if step is not None and step.caller is None:
                    steps[scope] = step
            queue = list(steps)
            for scope in queue:
                for edge in contexts.edges(scope):
                    if self.guards.is_settled(edge.call.block, context):
                        continue
                    target = edge.function.scope
                    crosses = context is Context.HANDLER and (edge.function.gpu is not None or target in contexts.gpu)
                    self._ways.setdefault(target, []).append((edge, Context.GPU if crosses else context, crosses))
                    if not crosses and target not in steps and not _is_kept(target):
                        steps[target] = Step(scope, edge.call)
                        queue.append(target)

    def of(self, node: Any, point: Point, depth: int = 0) -> tuple[Place, ...]:
        """The names that outlive requests behind an expression; none when it can be anything else."""
        if depth > _DEEPEST:
            self._cuts += 1
            return _NOWHERE
        kind = type(node).__name__
        if kind == "Name":
            return self._of_name(node.value, point, depth)
        if kind == "Attribute":
            base = self._program.evaluate(node.value, point)
            for value in base:
                if isinstance(value, Package):
                    file = self._program.file_of(value.path)
                    module = self._program.module(file) if file is not None else None
                    return self._of_global(module.root, node.attr.value, depth) if module is not None else _NOWHERE
            return self.of(node.value, point, depth + 1)
        if kind == "Subscript":
            return self.of(node.value, point, depth + 1)
        if kind == "Await":
            return self.of(node.expression, point, depth + 1)
        if kind == "Call":
            return self._of_result(node, point, depth)
        return _NOWHERE

    def _of_name(self, name: str, point: Point, depth: int) -> tuple[Place, ...]:
        owner = self._program.owner(name, point.scope)
        if owner is None or owner.kind == syntax.CLASS:
            return _NOWHERE
        if owner.kind == syntax.MODULE:
            return self._of_global(owner, name, depth)
        bindings = owner.names[name]
        inside = owner.frame is point.scope.frame
        if any(binding.kind == "param" for binding in bindings):
            if len(bindings) > 1:
                return _NOWHERE
            if inside or self._contexts.is_per_request(owner):
                return self._of_argument(owner.frame, name, depth)
            return (Place(owner, name),)
        if not self._contexts.is_per_request(owner):
            return (Place(owner, name),)
        aliases = [binding for binding in bindings if binding.kind in ("assign", "named") and not binding.path]
        if not any(type(binding.value).__name__ in ("Name", "Attribute", "Subscript", "Call") for binding in aliases):
            return _NOWHERE
        reaching = self._program.bindings(name, point) if inside else bindings
        found: dict[Place, None] = {}
        for binding in reaching:
            if binding not in aliases:
                return _NOWHERE
            where = Point(binding.scope, binding.block, binding.order)
            places = self.of(binding.value, where, depth + 1)
            if not places:
                return _NOWHERE
            found.update(dict.fromkeys(places))
        return tuple(found)[:_MOST_PLACES]

    def _of_global(self, root: Scope, name: str, depth: int) -> tuple[Place, ...]:
        """The place of a module-level name, in the module that makes it."""
        bindings = root.names.get(name)
        if not bindings or depth > _DEEPEST:
            return _NOWHERE
        if any(binding.kind == "import" for binding in bindings):
            if len(bindings) > 1:
                return _NOWHERE
            dotted_name, part = bindings[0].value
            path = self._program.find(dotted_name, root.module.path) if part else None
            file = self._program.file_of(path) if path is not None else None
            module = self._program.module(file) if file is not None else None
            return self._of_global(module.root, part, depth + 1) if module is not None else _NOWHERE
        return (Place(root, name),)

    def _of_result(self, node: Any, point: Point, depth: int) -> tuple[Place, ...]:
        """What a call gives back, when it is one of the module's own objects: `get_settings()`, `super()`."""
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return _NOWHERE
        if type(node.func).__name__ == "Name" and node.func.value == "super":
            method: Scope | None = point.scope.frame
            while method is not None and not method.is_method:
                method = method.parent
            if method is None or not method.params:
                return _NOWHERE
            return self._of_argument(method, method.params[0].name, depth)
        found: dict[Place, None] = {}
        for target in self._program.targets(call):
            returns = target.scope.returns
            if target.scope.is_generator or not 0 < len(returns) < 4 or target.scope.name == "__init__":
                return _NOWHERE
            for result in returns:
                if type(result.value).__name__ not in ("Name", "Attribute"):
                    return _NOWHERE
                places = self.of(result.value, point_of(result), depth + 1)
                if not places or any(place.owner.kind != syntax.MODULE for place in places):
                    return _NOWHERE
                found.update(dict.fromkeys(places))
        return tuple(found)[:_MOST_PLACES]

    def _of_argument(self, function: Scope, name: str, depth: int) -> tuple[Place, ...]:
        """What outlives requests among the arguments that known callers pass for a parameter."""
        key = (function, name)
        known = self._passed.get(key, self._provisional.get(key))
        if known is not None:
            self._cuts += key in self._provisional
            return known
        cuts = self._cuts
        outermost = not self._provisional
        # What a function passes to itself adds nothing. Results that rest on this hold until the first one is known.
        self._provisional[key] = _NOWHERE
        places = tuple(dict.fromkeys(self._arguments(function, name, depth)))[:_MOST_PLACES]
        self._provisional[key] = places
        if self._cuts == cuts or outermost:
            self._passed[key] = places
        if outermost:
            if len(self._provisional) > _LONG_SEARCH:
                self._passed.update(self._provisional)
            self._provisional.clear()
        return places

    def _arguments(self, function: Scope, name: str, depth: int) -> Iterator[Place]:
        param = next((param for param in function.params if param.name == name and not param.star), None)
        if param is None:
            return
        is_receiver = param.index == 0 and function.is_method
        if is_receiver:
            kinds = {dotted(decoration.expression) for decoration in function.decorations}
            if "classmethod" in kinds:
                assert function.parent is not None and function.parent.parent is not None
                yield Place(function.parent.parent, function.parent.name)
            is_receiver = "staticmethod" not in kinds and "classmethod" not in kinds
        for edge, context, crosses in self._ways.get(function, ()):
            node = self._given(edge, function, param, is_receiver)
            if node is None or (is_receiver and self._is_new(node, edge.call)):
                continue
            for place in self.of(node, point_of(edge.call), depth + 1):
                if crosses:
                    yield Place(place.owner, place.name, frozenset({Context.GPU}), True)
                elif place.contexts is None or context in place.contexts:
                    yield Place(place.owner, place.name, frozenset({context}), place.copied)
        if is_receiver:
            yield from self._of_receiver(function)
        yield from self._of_partial(function, param, depth)

    def _of_partial(self, function: Scope, param: Param, depth: int) -> Iterator[Place]:
        """What `button.click(partial(function, model))` passes for a parameter at each event."""
        for registration in self._registered.get(function, ()):
            partial = registration.function.partial
            if partial is None or registration.call is None or self._contexts.is_per_request(partial.function):
                continue
            _, expression = self._program.argument_of(registration.call, registration.function, param)
            if expression is None or all(argument.value is not expression for argument in partial.node.args):
                continue
            runs_on_gpu = registration.function.gpu is not None or function in self._contexts.gpu
            context = Context.GPU if runs_on_gpu else Context.HANDLER
            for place in self.of(expression, point_of(partial), depth + 1):
                yield Place(place.owner, place.name, frozenset({context}), runs_on_gpu)

    def _is_new(self, node: Any, call: Call) -> bool:
        """Whether the object behind a global name was put there before a call by the function that makes the call.

        `model = Model()` and then `model.prepare()`: what the method sets belongs to making the object.
        """
        if type(node).__name__ != "Name":
            return False
        owner = self._program.owner(node.value, call.scope)
        if owner is None or owner.kind != syntax.MODULE:
            return False
        around = list(syntax.blocks_of(call.block))
        return any(
            binding.outside
            and binding.kind == "assign"
            and binding.scope is call.scope
            and binding.order < call.order
            and type(binding.value).__name__ == "Call"
            and not dotted(binding.value.func).startswith(f"{node.value}.")
            and (binding.block is None or binding.block in around)
            for binding in owner.names[node.value]
        )

    def _given(self, edge: Edge, function: Scope, param: Param, is_receiver: bool) -> Any | None:
        """The expression that a way into a function passes for a parameter."""
        call = edge.call
        target = call.node.func
        direct = any(other.scope is function for other in self._program.targets(call))
        if is_receiver and edge.function.receiver is not None:
            if function.name == "__init__":
                return None
            if not direct:
                # `Thread(target=worker.run)`
                return next(
                    (
                        argument.value.value
                        for argument in call.node.args
                        if type(argument.value).__name__ == "Attribute" and argument.value.attr.value == function.name
                    ),
                    None,
                )
            if type(target).__name__ == "Attribute" and target.attr.value == function.name:
                return target.value
            return target if function.name in ("__call__", "forward") else None
        if not direct:
            return None
        kind, expression = self._program.argument_of(call, edge.function, param)
        return expression if kind == "given" else None

    def _of_receiver(self, function: Scope) -> Iterator[Place]:
        """The objects whose method is registered as a handler while the app is built: they last as long as the app."""
        for registration in self._registered.get(function, ()):
            call = registration.call
            if call is None or not isinstance(registration.function.receiver, Instance):
                continue
            if self._contexts.is_per_request(call.function):
                continue
            runs_on_gpu = registration.function.gpu is not None or function in self._contexts.gpu
            context = Context.GPU if runs_on_gpu else Context.HANDLER
            for argument in call.node.args:
                if type(argument.value).__name__ == "Attribute" and argument.value.attr.value == function.name:
                    owner = argument.value.value
                    name = owner.value if type(owner).__name__ == "Name" else ""
                    home = self._program.owner(name, call.scope) if name else None
                    yield Place(home or call.function, name, frozenset({context}), runs_on_gpu)


def _is_kept(scope: Scope) -> bool:
    """Whether a function without parameters runs once, because its result is kept."""
    names = {
        dotted(d.expression.func if type(d.expression).__name__ == "Call" else d.expression).rsplit(".", 1)[-1]
        for d in scope.decorations
    }
    return not scope.params and bool(names & {"cache", "lru_cache"})
