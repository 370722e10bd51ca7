"""State that outlives a request, and the code for visitors that writes it.

Such state belongs to a module (a global name, a list, dict or set behind one, an attribute of an object or class behind
one), to the process (the environment, the standard streams), or to a function that ran once when the app was built and
whose variables a handler closes over. A write counts when its way back to such a place is known: through names, imports,
attributes, subscripts, the arguments of known calls, and the object that a method is called on.

What happens to a write follows from `spaces` 0.51.3 and `gradio` 6.31.0: a GPU function runs in a worker that was forked
from the app and that serves later visitors too, so the app never sees its writes and the next visitor may; handlers run
in threads of the one process that serves all visitors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts, Edge, Step
from zerolint.model.handlers import Registration
from zerolint.model.program import SELF_RETURNING, Program, point_of
from zerolint.model.syntax import Binding, Block, Call, Module, Param, Scope, Store, dotted
from zerolint.model.values import Class, Container, External, Instance, Package, Parameter, Point, Value

if TYPE_CHECKING:
    from zerolint.model.space import Space


class StateKind(Enum):
    """What is written."""

    NAME = "name"  # a global name, or a variable of a function that ran once, gets another value
    CONTENT = "content"  # a list, dict or set is changed
    ATTRIBUTE = "attribute"  # an attribute of an object or class is set
    ENVIRONMENT = "environment"  # os.environ
    STREAM = "stream"  # sys.stdout and sys.stderr


@dataclass(frozen=True, slots=True)
class StateWrite:
    """A write in `function`, which runs for visitors, to what outlives the request.

    `targets` are the written expressions of one statement. `contexts` holds HANDLER (the main process, shared by all
    visitors), GPU (a worker), or both. `copied` tells that the worker got the written object as an argument, so that the
    write ends with the call. `definition` is the module and the name node where the state is made, if the Space does it.
    """

    kind: StateKind
    function: Scope
    targets: tuple[Any, ...]
    contexts: frozenset[Context]
    copied: bool
    definition: tuple[Module, Any] | None
    steps: Mapping[Context, Mapping[Scope, Step]]


@dataclass(frozen=True, slots=True)
class _Place:
    """A name that outlives requests. `contexts` are those in which it was passed on; None for all of the reader's."""

    owner: Scope
    name: str
    contexts: frozenset[Context] | None = None
    copied: bool = False


_HERE = (Context.HANDLER, Context.GPU)
_NOWHERE: tuple[_Place, ...] = ()
_DEEPEST = 12
_MOST_PLACES = 4

# Methods that change a list, dict, set, deque or Counter.
_CHANGING = frozenset(
    """append extend insert pop remove clear sort reverse add discard update setdefault popitem appendleft popleft extendleft
    rotate move_to_end subtract difference_update intersection_update symmetric_difference_update __setitem__
    __delitem__""".split()
)
# Of these the first argument is a key.
_KEYED = frozenset("pop add discard remove setdefault move_to_end __setitem__ __delitem__".split())
# What is called on something in a container, of which nothing is known, when it is a list.
_ONLY_LISTS = frozenset("append extend insert".split())

_MUTABLE = re.compile(
    r"""(?:builtins\.(?:list|dict|set|bytearray)|collections\.(?:defaultdict|OrderedDict|deque|Counter|UserDict|UserList)
    |cachetools\.\w*Cache|json\.loads?|yaml\.(?:safe_load|load|full_load)|tomllib\.loads?|tomli\.loads?
    |copy\.(?:deep)?copy|builtins\.(?:list|dict|set)(?:comp)?\(\)\.copy|builtins\.sorted)\(\)""",
    re.VERBOSE,
)
_DISPLAYS = frozenset("List Dict Set ListComp DictComp SetComp".split())
# Objects that do nothing but hold attributes.
_NAMESPACE = re.compile(
    r"(?:argparse\.Namespace|types\.SimpleNamespace|easydict\.EasyDict|argparse\.ArgumentParser\(\)\.parse_args)\(\)"
    r"|argparse\.ArgumentParser\(\)\.parse_known_args\(\)\[\]"
)
# Bases that do not make a class a library's own kind of object, which may well write to itself in each call.
_PLAIN_BASES = re.compile(
    r"builtins\.(?:object|dict|list|set)|abc\.ABC|typing(?:_extensions)?\.\w+(?:\[\])?|enum\.\w+|pydantic\.BaseModel"
    r"|pydantic_settings\.BaseSettings|collections(?:\.abc)?\.\w+|io\.\w+|contextlib\.\w+"
)
_MODEL = re.compile(r".*\.(?:from_pretrained|from_single_file|pipeline)\(\)(?:\.(?:to|cuda|half|eval|bfloat16)\(\))*")
_LOCKS = re.compile(
    r"(?:threading|multiprocessing|asyncio|filelock|anyio)\.(?:\w*Lock|\w*Semaphore|Condition|SoftFileLock)\(\)"
)
_LOCK_NAME = re.compile(r"(?:^|_)(?:r?lock|mutex|semaphore)s?\d*$", re.IGNORECASE)
# Words in the name of a key that differs from visitor to visitor.
_VISITOR = frozenset("session sessions sid hash user username visitor client ip uid uuid request job task".split())
_STREAMS = frozenset({"stdout", "stderr", "stdin"})
_MISSING = frozenset({"NameError", "AttributeError", "UnboundLocalError"})


def state_writes(space: Space) -> Iterator[StateWrite]:
    """The writes of per-request code to state that outlives the request, by file and place.

    Left out is what is created once and then kept (under `if x is None` and its relatives, and what is called there), what
    a handler writes under a lock or under a key of the visitor's own, and what objects of library classes write to
    themselves.
    """
    yield from _Search(space).writes()


class _Search:
    """One look through the code that runs for visitors, with what it has found out about ways and places."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.program: Program = space.program
        self.contexts: Contexts = space.contexts
        self.steps: dict[Context, dict[Scope, Step]] = {context: {} for context in _HERE}
        self.ways: dict[Scope, list[tuple[Edge, Context, bool]]] = {}
        self.registered: dict[Scope, list[Registration]] = {}
        self.known_places: dict[tuple[Scope, str], tuple[_Place, ...]] = {}
        self.known_flags: dict[Block, str] = {}
        self.plain: dict[Scope, bool] = {}
        self.reads: dict[str, dict[str, list[tuple[Any, Scope]]]] = {}
        self.roots: dict[Scope, set[Scope]] | None = None
        self.follow()

    # Ways: who calls what, where nothing is created once and for all.

    def follow(self) -> None:
        """Follow calls from handlers and GPU functions, except those that are made once or under a lock."""
        contexts = self.contexts
        for registration in contexts.registrations:
            self.registered.setdefault(registration.function.scope, []).append(registration)
        for context in _HERE:
            steps = self.steps[context]
            for scope in contexts.reached(context):
                step = contexts.step(scope, context)
                if step is not None and step.caller is None:
                    steps[scope] = step
            queue = list(steps)
            for scope in queue:
                for edge in contexts.edges(scope):
                    if self.is_settled(edge.call.block, context):
                        continue
                    target = edge.function.scope
                    crosses = context is Context.HANDLER and (edge.function.gpu is not None or target in contexts.gpu)
                    self.ways.setdefault(target, []).append((edge, Context.GPU if crosses else context, crosses))
                    if not crosses and target not in steps and not _is_kept(target):
                        steps[target] = Step(scope, edge.call)
                        queue.append(target)

    def is_settled(self, block: Block | None, context: Context) -> bool:
        """Whether code in a block is no free write: it creates what is then kept, or it holds a lock in a handler."""
        for outer in syntax.blocks_of(block):
            flag = self.known_flags.get(outer)
            if flag is None:
                flag = self.known_flags[outer] = self.flag(outer)
            if flag == "unset" or flag == ("stale" if context is Context.GPU else "lock"):
                return True
        return False

    def flag(self, block: Block) -> str:
        """What a block says about the state: `unset`, `stale` (unset or of another request), `lock`, or nothing."""
        if block.kind == syntax.IF:
            return self.absence(block.node, block.branch, Point(block.scope, block.parent, block.order))
        if block.kind == syntax.WITH:
            return "lock" if self.is_lock(block.node, Point(block.scope, block.parent, block.order)) else ""
        if block.kind == syntax.EXCEPT and block.node.type is not None:
            kind = block.node.type
            names = [element.value for element in kind.elements] if type(kind).__name__ == "Tuple" else [kind]
            return "unset" if any(dotted(name) in _MISSING for name in names) else ""
        return ""

    def absence(self, node: Any, branch: bool, point: Point) -> str:
        """What follows from a test for the state that it looks at, when it comes out as `branch`."""
        while type(node).__name__ == "UnaryOperation" and type(node.operator).__name__ == "Not":
            node, branch = node.expression, not branch
        kind = type(node).__name__
        if kind == "BooleanOperation":
            operands = [node.right]
            left = node.left
            every = (type(node.operator).__name__ == "And") is not branch
            while type(left).__name__ == "BooleanOperation" and type(left.operator) is type(node.operator):
                operands.append(left.right)
                left = left.left
            flags = {self.absence(operand, branch, point) for operand in (*operands, left)}
            if every:
                return "" if "" in flags else "stale" if "stale" in flags else "unset"
            return "unset" if "unset" in flags else "stale" if "stale" in flags else ""
        if kind == "Comparison":
            return self.comparison(node, branch, point) if len(node.comparisons) == 1 else ""
        if kind == "Call" and type(node.func).__name__ == "Name":
            if node.func.value == "hasattr" and node.args and not branch:
                return "unset" if self.may_outlive(node.args[0].value, point.scope) else ""
        if not branch and kind in ("Name", "Attribute", "Subscript", "Call"):
            return "unset" if self.may_outlive(node, point.scope) and not self.is_switch(node, point) else ""
        return ""

    def comparison(self, node: Any, branch: bool, point: Point) -> str:
        target = node.comparisons[0]
        operator = type(target.operator).__name__
        left, right = node.left, target.comparator
        if operator in ("NotEqual", "NotIn", "IsNot"):
            branch = not branch
        if operator in ("In", "NotIn"):
            # `"model" not in globals()` and in a dict of the module by a fixed key.
            fixed = type(left).__name__ == "SimpleString"
            return "unset" if fixed and not branch and self.may_outlive(right, point.scope) else ""
        if operator not in ("Equal", "NotEqual", "Is", "IsNot"):
            return ""
        if type(right).__name__ == "Name" and right.value == "None":
            return "unset" if branch and self.may_outlive(left, point.scope) else ""
        if type(right).__name__ == "Integer" and right.value == "0" and type(left).__name__ == "Call":
            is_length = type(left.func).__name__ == "Name" and left.func.value == "len" and len(left.args) == 1
            return "unset" if is_length and branch and self.may_outlive(left.args[0].value, point.scope) else ""
        if branch or any(_is_literal(side) for side in (left, right)):
            return ""
        return "stale" if any(self.may_outlive(side, point.scope) for side in (left, right)) else ""

    def may_outlive(self, node: Any, scope: Scope, depth: int = 0) -> bool:
        """Whether an expression of a test is a name of a module, an attribute of an object that was passed, or such."""
        kind = type(node).__name__
        if kind == "Name":
            owner = self.program.owner(node.value, scope)
            if owner is None:
                return False
            if owner.kind == syntax.MODULE or owner.frame is not scope.frame:
                return any(binding.kind not in ("def", "class") for binding in owner.names[node.value])
            return depth < 3 and any(
                binding.kind in ("assign", "named")
                and type(binding.value).__name__ in ("Name", "Attribute", "Subscript")
                and self.may_outlive(binding.value, scope, depth + 1)
                for binding in owner.names[node.value]
            )
        if kind == "Attribute" and type(node.value).__name__ == "Name":
            owner = self.program.owner(node.value.value, scope)
            if owner is not None and any(binding.kind == "param" for binding in owner.names[node.value.value]):
                return True
        if kind in ("Attribute", "Subscript"):
            return self.may_outlive(node.value, scope, depth)
        if kind == "Call" and type(node.func).__name__ == "Name" and node.args:
            if node.func.value == "globals":
                return True
            if node.func.value == "getattr":
                inner = node.args[0].value
                owner = self.program.owner(inner.value, scope) if type(inner).__name__ == "Name" else None
                return owner is not None and (owner.kind == syntax.MODULE or bool(owner.params))
        return kind == "Call" and type(node.func).__name__ == "Name" and node.func.value == "globals"

    def is_switch(self, node: Any, point: Point) -> bool:
        """Whether a global name goes on and off: functions set it to True and to False."""
        if type(node).__name__ != "Name":
            return False
        owner = self.program.owner(node.value, point.scope)
        written = {
            binding.value.value
            for binding in (owner.names[node.value] if owner is not None else ())
            if binding.outside and type(binding.value).__name__ == "Name"
        }
        return {"True", "False"} <= written

    def is_lock(self, node: Any, point: Point) -> bool:
        if any(isinstance(v, External) and _LOCKS.match(v.path) for v in self.program.evaluate(node, point)):
            return True
        while type(node).__name__ in ("Call", "Subscript"):
            node = node.func if type(node).__name__ == "Call" else node.value
        name = dotted(node).rsplit(".", 1)[-1]
        return bool(_LOCK_NAME.search(name))

    # Places.

    def places(self, node: Any, point: Point, depth: int = 0) -> tuple[_Place, ...]:
        """The names that outlive requests behind an expression; none when it can be anything else."""
        if depth > _DEEPEST:
            return _NOWHERE
        kind = type(node).__name__
        if kind == "Name":
            return self.name_places(node.value, point, depth)
        if kind == "Attribute":
            base = self.program.evaluate(node.value, point)
            for value in base:
                if isinstance(value, Package):
                    file = self.program.file_of(value.path)
                    module = self.program.module(file) if file is not None else None
                    return self.global_places(module.root, node.attr.value, depth) if module is not None else _NOWHERE
            return self.places(node.value, point, depth + 1)
        if kind == "Subscript":
            return self.places(node.value, point, depth + 1)
        if kind == "Await":
            return self.places(node.expression, point, depth + 1)
        if kind == "Call":
            return self.result_places(node, point, depth)
        return _NOWHERE

    def name_places(self, name: str, point: Point, depth: int) -> tuple[_Place, ...]:
        owner = self.program.owner(name, point.scope)
        if owner is None or owner.kind == syntax.CLASS:
            return _NOWHERE
        if owner.kind == syntax.MODULE:
            return self.global_places(owner, name, depth)
        bindings = owner.names[name]
        inside = owner.frame is point.scope.frame
        if any(binding.kind == "param" for binding in bindings):
            if len(bindings) > 1:
                return _NOWHERE
            if inside or self.contexts.is_per_request(owner):
                return self.passed(owner.frame, name, depth)
            return (_Place(owner, name),)
        if not inside and not self.contexts.is_per_request(owner):
            return (_Place(owner, name),)
        aliases = [binding for binding in bindings if binding.kind in ("assign", "named") and not binding.path]
        if not any(type(binding.value).__name__ in ("Name", "Attribute", "Subscript", "Call") for binding in aliases):
            return _NOWHERE
        reaching = self.program.bindings(name, point) if inside else bindings
        found: dict[_Place, None] = {}
        for binding in reaching:
            if binding not in aliases:
                return _NOWHERE
            where = Point(binding.scope, binding.block, binding.order)
            places = self.places(binding.value, where, depth + 1)
            if not places:
                return _NOWHERE
            found.update(dict.fromkeys(places))
        return tuple(found)[:_MOST_PLACES]

    def global_places(self, root: Scope, name: str, depth: int) -> tuple[_Place, ...]:
        """The place of a module-level name, in the module that makes it."""
        bindings = root.names.get(name)
        if not bindings or depth > _DEEPEST:
            return _NOWHERE
        if any(binding.kind == "import" for binding in bindings):
            if len(bindings) > 1:
                return _NOWHERE
            dotted_name, part = bindings[0].value
            path = self.program.find(dotted_name, root.module.path) if part else None
            file = self.program.file_of(path) if path is not None else None
            module = self.program.module(file) if file is not None else None
            return self.global_places(module.root, part, depth + 1) if module is not None else _NOWHERE
        return (_Place(root, name),)

    def result_places(self, node: Any, point: Point, depth: int) -> tuple[_Place, ...]:
        """What a call gives back, when it is one of the module's own objects: `get_settings()`, `super()`."""
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return _NOWHERE
        if type(node.func).__name__ == "Name" and node.func.value == "super":
            method: Scope | None = point.scope.frame
            while method is not None and not method.is_method:
                method = method.parent
            return self.passed(method, method.params[0].name, depth) if method is not None and method.params else _NOWHERE
        found: dict[_Place, None] = {}
        for target in self.program.targets(call):
            returns = target.scope.returns
            if target.scope.is_generator or not 0 < len(returns) < 4 or target.scope.name == "__init__":
                return _NOWHERE
            for result in returns:
                if type(result.value).__name__ not in ("Name", "Attribute"):
                    return _NOWHERE
                places = self.places(result.value, point_of(result), depth + 1)
                if not places or any(place.owner.kind != syntax.MODULE for place in places):
                    return _NOWHERE
                found.update(dict.fromkeys(places))
        return tuple(found)[:_MOST_PLACES]

    def passed(self, function: Scope, name: str, depth: int) -> tuple[_Place, ...]:
        """What outlives requests among the arguments that known callers pass for a parameter."""
        key = (function, name)
        known = self.known_places.get(key)
        if known is not None:
            return known
        self.known_places[key] = _NOWHERE  # for a function that passes its own parameter to itself
        param = next((param for param in function.params if param.name == name and not param.star), None)
        if param is None:
            return _NOWHERE
        found: dict[_Place, None] = {}
        is_receiver = param.index == 0 and function.is_method
        if is_receiver:
            kinds = {dotted(decoration.expression) for decoration in function.decorations}
            if "classmethod" in kinds:
                assert function.parent is not None and function.parent.parent is not None
                found[_Place(function.parent.parent, function.parent.name)] = None
            is_receiver = "staticmethod" not in kinds and "classmethod" not in kinds
        for edge, context, crosses in self.ways.get(function, ()):
            node = self.argument(edge, function, param, is_receiver)
            if node is None:
                continue
            for place in self.places(node, point_of(edge.call), depth + 1):
                if crosses:
                    found[_Place(place.owner, place.name, frozenset({Context.GPU}), True)] = None
                elif place.contexts is None or context in place.contexts:
                    found[_Place(place.owner, place.name, frozenset({context}), place.copied)] = None
        if is_receiver:
            found.update(dict.fromkeys(self.bound(function)))
        self.known_places[key] = tuple(found)[:_MOST_PLACES]
        return self.known_places[key]

    def argument(self, edge: Edge, function: Scope, param: Param, is_receiver: bool) -> Any | None:
        """The expression that a way into a function passes for a parameter."""
        call = edge.call
        target = call.node.func
        direct = any(other.scope is function for other in self.program.targets(call))
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
        kind, expression = self.program.argument_of(call, edge.function, param)
        return expression if kind == "given" else None

    def bound(self, function: Scope) -> Iterator[_Place]:
        """The objects whose method is registered as a handler while the app is built: they last as long as the app."""
        for registration in self.registered.get(function, ()):
            call = registration.call
            if call is None or not isinstance(registration.function.receiver, Instance):
                continue
            if self.contexts.is_per_request(call.function):
                continue
            runs_on_gpu = registration.function.gpu is not None or function in self.contexts.gpu
            context = Context.GPU if runs_on_gpu else Context.HANDLER
            for argument in call.node.args:
                if type(argument.value).__name__ == "Attribute" and argument.value.attr.value == function.name:
                    owner = argument.value.value
                    name = owner.value if type(owner).__name__ == "Name" else ""
                    home = self.program.owner(name, call.scope) if name else None
                    yield _Place(home or call.function, name, frozenset({context}), runs_on_gpu)

    # Writes.

    def writes(self) -> Iterator[StateWrite]:
        """The writes that were found, one for each statement."""
        found = [*self.name_writes()]
        reached = {scope for context in _HERE for scope in self.steps[context]}
        for scope in reached:
            for store in scope.stores:
                found.extend(self.store_writes(store, scope))
            for call in scope.calls:
                found.extend(self.call_writes(call, scope))
        merged: dict[int, StateWrite] = {}
        for statement, order, write in sorted(found, key=lambda item: (item[2].function.module.path, item[1])):
            known = merged.get(id(statement))
            if known is None:
                merged[id(statement)] = write
            elif all(target is not write.targets[0] for target in known.targets):
                merged[id(statement)] = StateWrite(
                    known.kind,
                    known.function,
                    (*known.targets, *write.targets),
                    known.contexts | write.contexts,
                    known.copied and write.copied,
                    known.definition,
                    known.steps,
                )
        yield from merged.values()

    def made(
        self,
        kind: StateKind,
        scope: Scope,
        target: Any,
        block: Block | None,
        places: tuple[_Place, ...],
        key: Any = None,
        attribute: str = "",
    ) -> StateWrite | None:
        """The write, if it is one in some context that the function runs in.

        What an object keeps while it works on one request does no harm in a worker, which has one request at a time. So an
        `attribute` written on the GPU counts when code reads it that does not run after the write.
        """
        contexts: set[Context] = set()
        copied = bool(places)
        for place in places:
            for context in _HERE if place.contexts is None else place.contexts:
                if scope in self.steps[context] and not self.is_settled(block, context):
                    if context is Context.HANDLER and key is not None and self.is_visitors(key):
                        continue
                    contexts.add(context)
                    copied = copied and place.copied
        if not contexts or self.program.is_dead(block):
            return None
        if attribute and Context.HANDLER not in contexts and not self.is_read_elsewhere(attribute, scope, places):
            return None
        definition = next((found for place in places if (found := _definition(place)) is not None), None)
        return StateWrite(kind, scope, (target,), frozenset(contexts), copied, definition, self.steps)

    def is_read_elsewhere(self, attribute: str, writer: Scope, places: tuple[_Place, ...]) -> bool:
        """Whether a handler, or a GPU function that does not run `writer`, reads an attribute of one of the places."""
        known = {(place.owner, place.name) for place in places}
        word = f".{attribute}".encode()
        for module in self.program.loaded:
            if word not in self.space.contents[module.path]:
                continue
            for node, scope in self.attributes(module).get(attribute, ()):
                if scope in self.steps[Context.HANDLER] or not self.gpu_roots(scope) <= self.gpu_roots(writer):
                    found = self.places(node.value, Point(scope, None, 1 << 60))
                    if any((place.owner, place.name) in known for place in found):
                        return True
        return False

    def attributes(self, module: Module) -> dict[str, list[tuple[Any, Scope]]]:
        """The attributes that functions of a module that run for visitors read, by name."""
        known = self.reads.get(module.path)
        if known is None:
            known = self.reads[module.path] = {}
            for scope in module.scopes:
                if scope.is_function and any(scope in self.steps[context] for context in _HERE):
                    written = {id(store.target) for store in scope.stores if store.kind != "augmented"}
                    for node in _attributes(scope.node.body):
                        if id(node) not in written:
                            known.setdefault(node.attr.value, []).append((node, scope))
        return known

    def gpu_roots(self, scope: Scope) -> set[Scope]:
        """The GPU functions that run a function."""
        if self.roots is None:
            self.roots = {}
            for root in self.contexts.gpu:
                queue = [root]
                for function in queue:
                    reached_from = self.roots.setdefault(function, set())
                    if root not in reached_from:
                        reached_from.add(root)
                        queue.extend(edge.function.scope for edge in self.contexts.edges(function))
        return self.roots.get(scope, set())

    def name_writes(self) -> Iterator[tuple[Any, int, StateWrite]]:
        """`global x` and `nonlocal x` with an assignment."""
        for module in self.program.loaded:
            for home in module.scopes:
                if home.kind != syntax.MODULE and not home.is_function:
                    continue
                for name, bindings in home.names.items():
                    for binding in bindings:
                        if not binding.outside or binding.kind not in ("assign", "augmented", "named", "for", "with"):
                            continue
                        scope = binding.scope.frame
                        if home.is_function and self.contexts.is_per_request(home):
                            continue
                        if binding.kind == "assign" and _is_itself(name, binding.value):
                            continue
                        if scope not in self.steps[Context.HANDLER] and self.is_model(binding):
                            continue  # loaded in each worker: lazy-model-loading tells that
                        target = _target(binding)
                        write = self.made(StateKind.NAME, scope, target, binding.block, (_Place(home, name),))
                        if write is not None:
                            yield binding.node, binding.order, write

    def is_model(self, binding: Binding) -> bool:
        point = Point(binding.scope, binding.block, binding.order)
        return binding.kind == "assign" and any(
            isinstance(value, External) and _MODEL.fullmatch(value.path) for value in self.program.evaluate(binding.value, point)
        )

    def store_writes(self, store: Store, scope: Scope) -> Iterator[tuple[Any, int, StateWrite]]:
        target = store.target
        point = point_of(store)
        owner = target.value
        if type(target).__name__ == "Attribute":
            if target.attr.value in _STREAMS and self.program.evaluate(owner, point) == (External("sys"),):
                write = self.process_write(StateKind.STREAM, scope, target, store.block)
                if write is not None and not self.restores_stream(store):
                    yield store.statement, store.order, write
                return
            if _root(owner) is None:
                return
            package = any(isinstance(value, Package) for value in self.program.evaluate(owner, point))
            places = self.places(target if package else owner, point)
            if not places or not (package or self.holds_attributes(owner, point)):
                return
            if store.kind == "assign" and _is_itself(dotted(target), store.value):
                return
            kind = StateKind.NAME if package else StateKind.ATTRIBUTE
            attribute = "" if package else self.first_attribute(target, point)
            write = self.made(kind, scope, target, store.block, places, attribute=attribute)
        else:
            if dotted(owner).endswith("environ") and self.program.evaluate(owner, point) == (External("os.environ"),):
                write = self.process_write(StateKind.ENVIRONMENT, scope, target, store.block)
            else:
                if _root(owner) is None:
                    return
                places = self.places(owner, point)
                if not places or not self.is_container(owner, point, True):
                    return
                write = self.made(
                    StateKind.CONTENT, scope, target, store.block, places, target, self.first_attribute(owner, point)
                )
        if write is not None:
            yield store.statement, store.order, write

    def call_writes(self, call: Call, scope: Scope) -> Iterator[tuple[Any, int, StateWrite]]:
        function = call.node.func
        if type(function).__name__ != "Attribute":
            return
        name = function.attr.value
        if name not in _CHANGING and name not in ("putenv", "unsetenv"):
            return
        owner = function.value
        point = point_of(call)
        write = None
        if name in ("putenv", "unsetenv"):
            if self.program.evaluate(owner, point) == (External("os"),):
                write = self.process_write(StateKind.ENVIRONMENT, scope, function, call.block)
        elif dotted(owner).endswith("environ") and self.program.evaluate(owner, point) == (External("os.environ"),):
            write = self.process_write(StateKind.ENVIRONMENT, scope, owner, call.block)
        elif _root(owner) is not None:
            places = self.places(owner, point)
            if places and self.is_container(owner, point, name in _ONLY_LISTS):
                key = call.node.args[0].value if name in _KEYED and call.node.args else owner
                write = self.made(
                    StateKind.CONTENT, scope, owner, call.block, places, key, self.first_attribute(owner, point)
                )
        if write is not None:
            yield call.node, call.order, write

    def process_write(self, kind: StateKind, scope: Scope, target: Any, block: Block | None) -> StateWrite | None:
        return self.made(kind, scope, target, block, (_Place(scope.module.root, ""),))

    def restores_stream(self, store: Store) -> bool:
        """`sys.stdout = old`: what was there before."""
        if store.value is None:
            return False
        values = self.program.evaluate(store.value, point_of(store))
        return any(isinstance(value, External) and re.fullmatch(r"sys\.(__)?std\w+?(__)?", value.path) for value in values)

    def is_visitors(self, key: Any) -> bool:
        """Whether what is written stands under a key that differs from visitor to visitor, by its name."""
        stack = [key]
        while stack:
            node = stack.pop()
            kind = type(node).__name__
            if kind == "Name" and _VISITOR & set(node.value.lower().split("_")):
                return True
            if kind == "Attribute":
                if _VISITOR & set(node.attr.value.lower().split("_")):
                    return True
                stack.append(node.value)
            elif kind == "Subscript":
                stack.append(node.value)
                stack.extend(element.slice.value for element in node.slice if type(element.slice).__name__ == "Index")
            elif kind == "Call":
                stack.extend(argument.value for argument in node.args)
                stack.append(node.func)
            elif kind == "Tuple":
                stack.extend(element.value for element in node.elements)
            elif kind == "FormattedString":
                stack.extend(part.expression for part in node.parts if hasattr(part, "expression"))
        return False

    def first_attribute(self, node: Any, point: Point) -> str:
        """The attribute of the object that a chain starts with: `history` in `self.history[0].text`; "" without one."""
        name = ""
        while type(node).__name__ in ("Attribute", "Subscript", "Call"):
            if type(node).__name__ == "Attribute":
                base = self.program.evaluate(node.value, point)
                if any(isinstance(value, Package) for value in base):
                    return ""
                name = node.attr.value
            node = node.func if type(node).__name__ == "Call" else node.value
        return name

    # What the written thing is.

    def values(self, node: Any, point: Point) -> Iterator[Value]:
        for value in self.program.evaluate(node, point):
            if isinstance(value, Parameter):
                yield from self.program.expand(value)
            else:
                yield value

    def is_container(self, node: Any, point: Point, or_element: bool) -> bool:
        """Whether an expression is a list, dict or set; with `or_element` also what stands in one and is not known."""
        values = list(self.values(node, point))
        if any(isinstance(value, External) and not _container_path(value.path) for value in values):
            return False
        if any(_is_mutable(value) or self.is_default(value) for value in values):
            return True
        if or_element and type(node).__name__ == "Subscript":
            return self.is_container(node.value, point, True)
        return False

    def is_default(self, value: Value) -> bool:
        """Whether a value is what a `defaultdict(list)` makes."""
        if not isinstance(value, External) or value.origin is None or value.path != "collections.defaultdict()[]":
            return False
        factory = self.program.argument(value.origin, 0, "default_factory")
        if factory is None:
            return False
        made = self.program.evaluate(factory, point_of(value.origin))
        return any(isinstance(v, External) and _MUTABLE.fullmatch(v.path + "()") for v in made)

    def holds_attributes(self, node: Any, point: Point) -> bool:
        """Whether an expression is an object or class of the Space's own, or a plain namespace."""
        found = False
        for value in self.values(node, point):
            if isinstance(value, (Instance, Class)):
                cls = value.cls if isinstance(value, Instance) else value.scope
                if not self.is_plain(cls):
                    return False
                found = True
            elif isinstance(value, External):
                if not _NAMESPACE.fullmatch(value.path):
                    return False
                found = True
        return found

    def is_plain(self, cls: Scope) -> bool:
        """Whether a class is the Space's own through and through, so that nothing but the Space decides what it writes."""
        known = self.plain.get(cls)
        if known is None:
            known = self.plain[cls] = all(
                isinstance(value, Class) or (isinstance(value, External) and _PLAIN_BASES.fullmatch(value.path) is not None)
                for ancestor in self.program.ancestors(cls)
                for base in ancestor.bases
                for value in self.program.evaluate(
                    base, Point(ancestor.parent or ancestor, ancestor.block, ancestor.order)
                )
            )
        return known


def _attributes(body: Any) -> Iterator[Any]:
    """The attribute nodes of a function's body, without the functions inside it."""
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, (list, tuple)):
            stack.extend(node)
            continue
        kind = type(node).__name__
        if kind == "Attribute":
            yield node
        if kind in ("FunctionDef", "ClassDef", "Lambda") or "Whitespace" in kind:
            continue
        fields = getattr(node, "__dataclass_fields__", None)
        if fields is not None:
            stack.extend(getattr(node, name) for name in fields)


def _is_mutable(value: Value) -> bool:
    if isinstance(value, Container):
        return type(value.node).__name__ in _DISPLAYS
    return isinstance(value, External) and _MUTABLE.fullmatch(value.path) is not None


def _container_path(path: str) -> bool:
    """Whether an external path is a container, or a part of one."""
    match = _MUTABLE.match(path)
    return match is not None and not path[match.end() :].replace("[]", "")


def _is_kept(scope: Scope) -> bool:
    """Whether a function without parameters runs once, because its result is kept."""
    names = {
        dotted(d.expression.func if type(d.expression).__name__ == "Call" else d.expression).rsplit(".", 1)[-1]
        for d in scope.decorations
    }
    return not scope.params and bool(names & {"cache", "lru_cache"})


def _is_itself(name: str, value: Any) -> bool:
    """`model = model.to("cuda")`: the object that was there."""
    while type(value).__name__ == "Call" and type(value.func).__name__ == "Attribute":
        if value.func.attr.value not in SELF_RETURNING:
            return False
        value = value.func.value
    return dotted(value) == name != ""


def _is_literal(node: Any) -> bool:
    kind = type(node).__name__
    return kind in ("SimpleString", "Integer", "Float") or (kind == "Name" and node.value in ("True", "False"))


def _root(node: Any) -> str | None:
    """The name that a chain of attributes, subscripts and calls starts with."""
    for _ in range(60):
        kind = type(node).__name__
        if kind == "Name":
            return str(node.value)
        if kind == "Call":
            node = node.func
        elif kind in ("Attribute", "Subscript"):
            node = node.value
        else:
            return None
    return None


def _target(binding: Binding) -> Any:
    """The name node that a binding writes; the whole statement when it is not found."""
    node = binding.node
    stack = [
        getattr(part, "target", part)
        for part in (*getattr(node, "targets", ()), getattr(node, "target", None), getattr(node, "asname", None))
        if part is not None
    ]
    while stack:
        part = stack.pop()
        kind = type(part).__name__
        if kind == "Name" and part.value == binding.name:
            return part
        if kind in ("Tuple", "List"):
            stack.extend(element.value for element in part.elements)
        elif kind in ("AsName", "StarredElement"):
            stack.append(part.name if kind == "AsName" else part.value)
    return node


def _definition(place: _Place) -> tuple[Module, Any] | None:
    """Where a name gets its first value."""
    for binding in place.owner.names.get(place.name, ()):
        if binding.outside or binding.kind in ("import", "param", "delete"):
            continue
        if binding.kind in ("class", "def"):
            return place.owner.module, binding.node.name
        target = _target(binding)
        return (place.owner.module, target) if target is not binding.node else None
    return None

