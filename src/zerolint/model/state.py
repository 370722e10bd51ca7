"""State that outlives a request, and the code for visitors that writes it.

Such state belongs to a module (a global name, a list, dict or set behind one, an attribute of an object or class
behind one), to the process (the environment, the standard streams), or to a function that ran once when the app was
built and whose variables a handler closes over; `places` tells what it is.

What happens to a write follows from `spaces` 0.51.3 and `gradio` 6.31.0: a GPU function runs in a worker that was
forked from the app and that serves later visitors too, so the app never sees its writes and the next visitor may;
handlers run in threads of the one process that serves all visitors.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Step
from zerolint.model.places import PROCESSES, Place, Places
from zerolint.model.program import SELF_RETURNING, Program
from zerolint.model.reading import names_in, nodes_in
from zerolint.model.syntax import Binding, Block, Call, Module, Scope, Store, dotted
from zerolint.model.values import (
    Class,
    Constant,
    Container,
    External,
    Instance,
    Package,
    Parameter,
    Point,
    Value,
    point_of,
)
from zerolint.model.variation import Variation
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class StateKind(Enum):
    """What is written."""

    NAME = "name"  # a global name, or a variable of a function that ran once, gets another value
    CONTENT = "content"  # a list, dict or set is changed
    ATTRIBUTE = "attribute"  # an attribute of an object or class is set
    ENVIRONMENT = "environment"  # os.environ
    STREAM = "stream"  # sys.stdout and sys.stderr


class StateWrite(NamedTuple):
    """A write in `function`, which runs for visitors, to what outlives the request.

    `targets` are the written expressions of one statement. `contexts` holds HANDLER (the main process, shared by all
    visitors), GPU (a worker), or both. `copied` tells that the worker got the written object as an argument, so that
    the write ends with the call. `definition` is the module and the name node where the Space makes the state, if it
    does. `steps` tells how functions are reached where such writes count. `is_memo` tells that an entry is made only
    where there is none.
    """

    kind: StateKind
    function: Scope
    targets: tuple[Any, ...]
    contexts: frozenset[Context]
    copied: bool
    definition: tuple[Module, Any] | None
    steps: Mapping[Context, Mapping[Scope, Step]]
    is_memo: bool = False

    @property
    def context(self) -> Context:
        """The main process if it happens there, else the worker."""
        return Context.HANDLER if self.in_handler else Context.GPU

    @property
    def in_handler(self) -> bool:
        """Whether it happens in the main process."""
        return Context.HANDLER in self.contexts

    @property
    def in_gpu(self) -> bool:
        """Whether it happens in a worker."""
        return Context.GPU in self.contexts


# Methods that change a list, dict, set, deque or Counter.
_CHANGING = frozenset(
    (
        "append",
        "extend",
        "insert",
        "pop",
        "remove",
        "clear",
        "sort",
        "reverse",
        "add",
        "discard",
        "update",
        "setdefault",
        "popitem",
        "appendleft",
        "popleft",
        "extendleft",
        "rotate",
        "move_to_end",
        "subtract",
        "difference_update",
        "intersection_update",
        "symmetric_difference_update",
    )
)
# Of these the first argument is a key.
_KEYED = frozenset(("pop", "add", "discard", "remove", "setdefault", "move_to_end"))
# What takes entries out.
_REMOVING = frozenset(("clear", "pop", "popitem"))
# What is called on something in a container, of which nothing is known, when it is a list.
_ONLY_LISTS = frozenset(("append", "extend", "insert"))

_MUTABLE = r"""(?x)
    (?:builtins\.(?:list|dict|set|bytearray)|collections\.(?:defaultdict|OrderedDict|deque|Counter|UserDict|UserList)
    |cachetools\.\w*Cache|json\.loads?|yaml\.(?:safe_load|load|full_load)|tomllib\.loads?|tomli\.loads?
    |copy\.(?:deep)?copy|builtins\.(?:list|dict|set)(?:comp)?\(\)\.copy|builtins\.sorted)\(\)"""
_DISPLAYS = frozenset(("List", "Dict", "Set", "ListComp", "DictComp", "SetComp"))
# Objects that do nothing but hold attributes.
_NAMESPACE = (
    r"(?:argparse\.Namespace|types\.SimpleNamespace|easydict\.EasyDict|argparse\.ArgumentParser\(\)\.parse_args"
    r"|omegaconf\.OmegaConf\.(?:load|create|merge|structured|from_cli))\(\)"
    r"|argparse\.ArgumentParser\(\)\.parse_known_args\(\)\[\]"
)
# Bases that do not make a class a library's own kind of object, which may well write to itself in each call.
_PLAIN_BASES = (
    r"builtins\.(?:object|dict|list|set)|abc\.ABC|typing(?:_extensions)?\.\w+(?:\[\])?|enum\.\w+|pydantic\.BaseModel"
    r"|pydantic_settings\.BaseSettings|collections(?:\.abc)?\.\w+|io\.\w+|contextlib\.\w+"
)
# What loads a model, by the last name of what is called.
_LOADERS = re.compile(
    r"from_pretrained|from_single_file|pipeline|Llama|LLM|WhisperModel|SentenceTransformer|InferenceSession|KPipeline"
    r"|(?:load|build|create|init|initialize|get)_(?:\w+_)?(?:models?|pipe|pipeline|checkpoint|predictor|detector|llm)"
)
# Words in the name of a key that differs from visitor to visitor.
_VISITOR = frozenset(
    ("session", "sid", "user", "username", "visitor", "client", "ip", "uid", "uuid", "request", "job", "task")
)
# Lines from the first.
_NEXT_TO_EACH_OTHER = 4
_STREAMS = frozenset({"stdout", "stderr", "stdin"})


def state_writes(space: Space) -> Iterator[StateWrite]:
    """The writes of per-request code to state that outlives the request, by file and place.

    Left out is what is created once and then kept (under `if x is None` and its relatives, and what is called there),
    what a handler writes under a lock or under a key of the visitor's own, and what objects of library classes write
    to themselves.
    """
    yield from _Search(space).writes()


class _Search:
    """One look through the code that runs for visitors."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.program: Program = space.program
        self.places: Places = space.places
        self.guards = self.places.guards
        self.steps = self.places.steps
        self.plain: dict[Scope, bool] = {}
        self.variables: dict[Any, list[tuple[Any, Constant | None]]] = {}
        self.reads: dict[str, dict[str, list[tuple[Any, Scope]]]] = {}
        self.roots: dict[Scope, set[Scope]] | None = None

    # Writes.

    def writes(self) -> Iterator[StateWrite]:
        """The writes that were found, one for each statement."""
        found = [*self.name_writes()]
        for scope in {scope: None for context in PROCESSES for scope in self.steps[context]}:
            for store in scope.stores:
                found.extend(self.store_writes(store, scope))
            for call in scope.calls:
                found.extend(self.call_writes(call, scope))
        found.sort(key=lambda item: (item[2].function.module.path, item[1]))
        constant = self.constant_variables()
        merged: dict[int, StateWrite] = {}
        for statement, _, write in found:
            known = merged.get(id(statement))
            if id(write.targets[0]) in constant:
                continue
            if known is None:
                merged[id(statement)] = write
            elif all(target is not write.targets[0] for target in known.targets):
                targets = (*known.targets, *write.targets)
                merged[id(statement)] = known._replace(targets=targets, contexts=known.contexts | write.contexts)
        yield from self.joined(merged.values())

    def joined(self, writes: Iterable[StateWrite]) -> Iterator[StateWrite]:
        """The writes, with `self.a = ...` and `self.b = ...` on lines next to each other made one."""
        last: StateWrite | None = None
        last_line = 0
        for write in writes:
            line = self.space.span(write.function.module, write.targets[0]).start_line
            if (
                last is not None
                and line - last_line < _NEXT_TO_EACH_OTHER
                and last.function is write.function
                and last.contexts == write.contexts
                and all(_is_own_attribute(each) for each in (last, write))
            ):
                last = last._replace(targets=(*last.targets, *write.targets))
                continue
            if last is not None:
                yield last
            last, last_line = write, line
        if last is not None:
            yield last

    def made(
        self,
        kind: StateKind,
        scope: Scope,
        target: Any,
        block: Block | None,
        places: tuple[Place, ...],
        keys: Sequence[Any] = (),
        attribute: str = "",
        is_passing: bool = False,
        is_note: bool = False,
    ) -> StateWrite | None:
        """The write, if it is one in some context that the function runs in.

        `keys` are what an entry of a container is found by. What an object keeps in an `attribute` while it works on
        one request does no harm in a worker, which has one request at a time, and hardly any in a handler when the next
        request sets it anew (`is_passing`); it does when other code reads it. `is_note` tells that a global name only
        notes what was done to something else, which the next worker knows nothing of.
        """
        contexts: set[Context] = set()
        copied = True
        for place in places:
            for context in PROCESSES if place.contexts is None else place.contexts:
                if scope in self.steps[context] and not self.guards.is_settled(block, context, not is_note):
                    contexts.add(context)
                    copied = copied and place.copied
        if any(self.is_visitors(key) for key in keys):
            contexts.discard(Context.HANDLER)
        if not contexts or self.program.is_dead(block):
            return None
        if attribute and (is_passing or Context.HANDLER not in contexts):
            if not self.is_read_elsewhere(attribute, scope, places):
                return None
        definition = next((found for place in places if (found := _definition(place)) is not None), None)
        return StateWrite(kind, scope, (target,), frozenset(contexts), copied, definition, self.steps)

    def is_read_elsewhere(self, attribute: str, writer: Scope, places: tuple[Place, ...]) -> bool:
        """Whether a handler or GPU function that does not run `writer` reads an attribute of one of the places."""
        known = {(place.owner, place.name) for place in places}
        word = f".{attribute}".encode()
        for module in self.program.loaded:
            if word not in self.space.contents[module.path]:
                continue
            for node, scope in self.attributes(module).get(attribute, ()):
                if not self.roots_of(scope) <= self.roots_of(writer):
                    found = self.places.of(node.value, Point(scope, None, 1 << 60))
                    if any((place.owner, place.name) in known for place in found):
                        return True
        return False

    def attributes(self, module: Module) -> dict[str, list[tuple[Any, Scope]]]:
        """The attributes that functions of a module that run for visitors read, by name."""
        known = self.reads.get(module.path)
        if known is None:
            known = self.reads[module.path] = {}
            for scope in module.scopes:
                if scope.is_function and any(scope in self.steps[context] for context in PROCESSES):
                    written = {id(store.target) for store in scope.stores if store.kind != "augmented"}
                    for node in _attributes(scope.node.body):
                        if id(node) not in written:
                            known.setdefault(node.attr.value, []).append((node, scope))
        return known

    def roots_of(self, scope: Scope) -> set[Scope]:
        """The handlers and GPU functions that run a function."""
        if self.roots is None:
            self.roots = {}
            contexts = self.space.contexts
            for context in PROCESSES:
                for root in [scope for scope, step in self.steps[context].items() if step.caller is None]:
                    queue = [root]
                    for function in queue:
                        reached_from = self.roots.setdefault(function, set())
                        if root not in reached_from:
                            reached_from.add(root)
                            targets = (edge.function for edge in contexts.edges(function))
                            queue.extend(
                                target.scope
                                for target in targets
                                if context is Context.GPU or (target.gpu is None and target.scope not in contexts.gpu)
                            )
        return self.roots.get(scope, set())

    def name_writes(self) -> Iterator[tuple[Any, int, StateWrite]]:
        """`global x` and `nonlocal x` with an assignment."""
        homes = [home for module in self.program.loaded for home in module.scopes]
        for home in homes:
            if home.kind != syntax.MODULE and (not home.is_function or self.space.contexts.is_per_request(home)):
                continue
            for name, bindings in home.names.items():
                for binding in bindings:
                    if not binding.outside or binding.kind not in ("assign", "augmented", "named", "for", "with"):
                        continue
                    scope = binding.scope.frame
                    if binding.kind == "assign" and _is_itself(name, binding.value):
                        continue
                    point = Point(binding.scope, binding.block, binding.order)
                    if binding.kind == "assign" and self.is_load(binding.value, scope, point):
                        continue
                    if self.is_of_one_call(home, binding, scope):
                        continue
                    places = (Place(home, name),)
                    is_note = _is_note(home, binding)
                    target = _target(binding)
                    write = self.made(StateKind.NAME, scope, target, binding.block, places, is_note=is_note)
                    if write is not None:
                        yield binding.node, binding.order, write

    def is_of_one_call(self, home: Scope, binding: Binding, scope: Scope) -> bool:
        """Whether what a worker sets each time is read by other functions of the same GPU call only.

        A worker has one request at a time, so that nobody finds what an earlier one has left there.
        """
        name = binding.name
        if binding.kind != "assign" or binding.block is not None or scope in self.steps[Context.HANDLER]:
            return False
        if home.kind != syntax.MODULE or _reads(scope, home, name) or name in names_in(binding.value):
            return False
        word = name.encode()
        if any(word in self.space.contents[module.path] for module in self.program.loaded if module is not home.module):
            return False
        readers = [other for other in home.module.scopes if other.is_function and _reads(other, home, name)]
        return bool(readers) and all(self.roots_of(reader) <= self.roots_of(scope) for reader in readers)

    def is_load(self, node: Any, scope: Scope, point: Point) -> bool:
        """Whether a value is a model that a worker loads for itself: `lazy-model-loading` tells that."""
        return scope not in self.steps[Context.HANDLER] and self.is_model(node, point)

    def is_model(self, node: Any, point: Point) -> bool:
        """Whether a value is what a loader gives, or a tuple or list with such a thing in it."""
        if type(node).__name__ in ("Tuple", "List"):
            return any(self.is_model(element.value, point) for element in node.elements)
        while type(node).__name__ == "Call":
            name = dotted(node.func).rsplit(".", 1)[-1]
            if _LOADERS.fullmatch(name):
                return True
            if name and name not in SELF_RETURNING:
                break
            node = node.func.value if type(node.func).__name__ == "Attribute" else None
        if node is None:
            return False
        return any(
            isinstance(value, External) and value.path.endswith("()") and _LOADERS.fullmatch(value.name) is not None
            for value in self.program.evaluate(node, point)
        )

    def store_writes(self, store: Store, scope: Scope) -> Iterator[tuple[Any, int, StateWrite]]:
        """`obj.x = ...`, `x[k] = ...`, `del x[k]`, and `os.environ[k] = ...` among them."""
        owner = store.target.value
        if _root(owner) is None:
            return
        if type(store.target).__name__ == "Attribute":
            write = self.attribute_write(store, scope, owner)
        elif self.is_environment(owner, point_of(store)):
            if self.guards.makes_entry(owner, store.block) and store.value is not None:
                if self.space.variation(store.value, point_of(store)) is not Variation.VARIES:
                    return  # what a file of settings says, for what the settings of the Space leave open
            write = self.process_write(StateKind.ENVIRONMENT, scope, store.target, store.block)
            value = store.value if store.kind == "assign" else None
            self.note_variable(_index(store.target), value, store.target, point_of(store))
        else:
            point = point_of(store)
            if store.value is None and self.frees_models(owner, scope):
                return
            if store.value is not None and self.is_model(store.value, point):
                if scope not in self.steps[Context.HANDLER] or self.guards.makes_entry(owner, store.block):
                    return  # the models that visitors have asked for, each of them loaded once
            write = self.content_write(scope, store.target, owner, _index(store.target), point, True)
        if write is not None:
            yield store.statement, store.order, write

    def frees_models(self, container: Any, scope: Scope) -> bool:
        """Whether what a worker takes out of a container are the models that it has loaded."""
        name = dotted(container)
        if not name or scope in self.steps[Context.HANDLER]:
            return False
        entries = [
            store
            for other in scope.module.scopes
            for store in other.stores
            if type(store.target).__name__ == "Subscript" and store.value and dotted(store.target.value) == name
        ]
        return bool(entries) and all(self.is_model(store.value, point_of(store)) for store in entries)

    def attribute_write(self, store: Store, scope: Scope, owner: Any) -> StateWrite | None:
        target = store.target
        point = point_of(store)
        values = self.program.evaluate(owner, point)
        if target.attr.value in _STREAMS and values == (External("sys"),):
            write = self.process_write(StateKind.STREAM, scope, target, store.block)
            return None if self.restores_stream(store) else write
        if store.kind == "assign" and _is_itself(dotted(target), store.value):
            return None
        if any(isinstance(value, Package) for value in values):
            if scope not in self.steps[Context.HANDLER] and _is_put_back(scope, dotted(target)):
                return None
            return self.made(StateKind.NAME, scope, target, store.block, self.places.of(target, point))
        if not self.holds_attributes(owner, point) or (store.value and self.is_load(store.value, scope, point)):
            return None
        places = self.places.of(owner, point)
        attribute = self.first_attribute(target, point)
        # `self.x = ...`, and not what an earlier request may have left there.
        passing = store.kind == "assign" and any(_root(owner) == param.name for param in scope.params)
        passing = passing and not self.guards.is_settled(store.block, Context.GPU)
        return self.made(StateKind.ATTRIBUTE, scope, target, store.block, places, (), attribute, passing)

    def content_write(
        self, scope: Scope, target: Any, container: Any, key: Any | None, point: Point, or_element: bool
    ) -> StateWrite | None:
        """The write to a list, dict or set; `or_element` as for `is_container`."""
        places = self.places.of(container, point)
        if not places or not self.is_container(container, point, or_element) or self.is_librarys(container, point):
            return None
        places = tuple(place for place in places if not self.is_in_librarys(container, place))
        is_memo = key is not None and (
            self.guards.makes_entry(container, point.block) or self.is_companion(scope, key, point.block)
        )
        if is_memo and self.space.variation(key, point) is not Variation.VARIES:
            return None  # made once for each of a few keys that no visitor chooses
        attribute = self.first_attribute(container, point)
        keys = [found for found in (key, *_indices(container)) if found is not None]
        write = self.made(StateKind.CONTENT, scope, target, point.block, places, keys, attribute)
        return write._replace(is_memo=True) if write is not None and is_memo else write

    def is_librarys(self, node: Any, point: Point) -> bool:
        """Whether a container belongs to an object of a library's class: `self.cache` of a torch module."""
        while type(node).__name__ in ("Attribute", "Subscript"):
            node = node.value
            for value in self.program.evaluate(node, point):
                cls = value.cls if isinstance(value, Instance) else value.scope if isinstance(value, Class) else None
                if cls is not None and not self.is_plain(cls):
                    return True
        return False

    def is_companion(self, scope: Scope, key: Any, block: Block | None) -> bool:
        """Whether another container that has no entry for a key gets one at the same time."""
        name = dotted(key)
        return bool(name) and any(
            store.block is block
            and type(store.target).__name__ == "Subscript"
            and dotted(_index(store.target)) == name
            and self.guards.makes_entry(store.target.value, block)
            for store in scope.stores
        )

    def is_in_librarys(self, container: Any, place: Place) -> bool:
        """Whether a container that was passed along belongs to an object of a library's class: `feat_idx`, of a
        model that passes its own counters to its layers."""
        if _root(container) == place.name:
            return False
        for binding in place.owner.names.get(place.name, ()):
            if binding.kind == "assign" and not binding.path and binding.value is not None:
                point = Point(binding.scope, binding.block, binding.order)
                for value in self.program.evaluate(binding.value, point):
                    if isinstance(value, Instance) and not self.is_plain(value.cls):
                        return True
        return False

    def call_writes(self, call: Call, scope: Scope) -> Iterator[tuple[Any, int, StateWrite]]:
        """`x.append(...)` and the like, and `os.environ.update(...)` among them."""
        function: Any = call.node.func
        if type(function).__name__ != "Attribute":
            return
        name = function.attr.value
        owner = function.value
        if (name not in _CHANGING and name not in ("putenv", "unsetenv")) or _root(owner) is None:
            return
        point = point_of(call)
        plain = [argument.value for argument in call.node.args if argument.keyword is None and not argument.star]
        write = None
        if name in ("putenv", "unsetenv"):
            if self.program.evaluate(owner, point) == (External("os"),):
                write = self.process_write(StateKind.ENVIRONMENT, scope, function, call.block)
        elif self.is_environment(owner, point):
            write = self.process_write(StateKind.ENVIRONMENT, scope, owner, call.block)
            value = plain[1] if name == "setdefault" and len(plain) > 1 else None
            self.note_variable(plain[0] if plain else None, value, owner, point)
        else:
            key = plain[0] if name in _KEYED and plain else None
            if name in _REMOVING and self.frees_models(owner, scope):
                return
            write = self.content_write(scope, owner, owner, key, point, name in _ONLY_LISTS)
        if write is not None:
            yield call.node, call.order, write

    def is_environment(self, node: Any, point: Point) -> bool:
        return dotted(node).endswith("environ") and self.program.evaluate(node, point) == (External("os.environ"),)

    def process_write(self, kind: StateKind, scope: Scope, target: Any, block: Block | None) -> StateWrite | None:
        # A worker has one request at a time, so there the environment and the streams are nobody else's.
        write = self.made(kind, scope, target, block, (Place(scope.module.root, ""),))
        return write if write is None or write.in_handler else None

    def note_variable(self, key: Any | None, value: Any | None, target: Any, point: Point) -> None:
        """Remember which value an environment variable gets; None for one that is not known or for its removal."""
        name = self.program.constant(key, point) if key is not None else None
        constant = self.program.constant(value, point) if value is not None else None
        if name is not None:
            self.variables.setdefault(name.value, []).append((target, constant))

    def constant_variables(self) -> set[int]:
        """The written environment variables that get one and the same value wherever they are written, by node."""
        return {
            id(target)
            for written in self.variables.values()
            if written[0][1] is not None and all(constant == written[0][1] for _, constant in written)
            for target, _ in written
        }

    def restores_stream(self, store: Store) -> bool:
        """`sys.stdout = old`: what was there before."""
        if store.value is None:
            return False
        values = self.program.evaluate(store.value, point_of(store))
        return any(isinstance(value, External) and value.path.startswith(("sys.std", "sys.__std")) for value in values)

    def is_visitors(self, key: Any) -> bool:
        """Whether a key differs from visitor to visitor, by its name."""
        stack = [key]
        while stack:
            node = stack.pop()
            kind = type(node).__name__
            if kind in ("Name", "Attribute"):
                name = node.value if kind == "Name" else node.attr.value
                if _VISITOR & set(name.lower().split("_")):
                    return True
            if kind in ("Attribute", "Subscript"):
                stack.append(node.value)
            elif kind == "Call":
                stack.extend((*(argument.value for argument in node.args), node.func))
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
        if any(_is_other(value) for value in values):
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
        return any(isinstance(v, External) and re.fullmatch(_MUTABLE, v.path + "()") for v in made)

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
                if not re.fullmatch(_NAMESPACE, value.path):
                    return False
                found = True
        return found

    def is_plain(self, cls: Scope) -> bool:
        """Whether a class is the Space's own through and through, so that only the Space decides what it writes."""
        known = self.plain.get(cls)
        if known is None:
            known = self.plain[cls] = all(
                isinstance(value, Class)
                or (isinstance(value, External) and bool(re.fullmatch(_PLAIN_BASES, value.path)))
                for ancestor in self.program.ancestors(cls)
                for base in ancestor.bases
                for value in self.program.evaluate(
                    base, Point(ancestor.parent or ancestor, ancestor.block, ancestor.order)
                )
            )
        return known


@functools.cache
def _parts(kind: Hashable) -> tuple[str, ...]:
    """The fields of a kind of node that can hold an attribute: no whitespace, no punctuation."""
    return tuple(name for name in getattr(kind, "__dataclass_fields__", ()) if not re.search(_NO_PART, name))


def _reads(function: Scope, home: Scope, name: str) -> bool:
    """Whether a function has a name of a module other than where it declares it or gives it a new value."""
    others = {id(_target(binding)) for binding in home.names[name] if binding.kind == "assign"}
    for node in nodes_in(function.node.body):
        kind = type(node).__name__
        if kind in ("Global", "Nonlocal"):
            others.update(id(item.name) for item in node.names)
        elif kind == "Name" and node.value == name and id(node) not in others:
            return True
    return False


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
        if kind in ("FunctionDef", "ClassDef", "Lambda"):
            continue
        for name in _parts(node.__class__):
            stack.append(getattr(node, name))


_NO_PART = r"whitespace|lines|lpar|rpar|bracket|brace|comma|operator|equal|colon|dot|header|footer|indent"


def _is_mutable(value: Value) -> bool:
    if isinstance(value, Container):
        return type(value.node).__name__ in _DISPLAYS
    return isinstance(value, External) and re.fullmatch(_MUTABLE, value.path) is not None


def _is_other(value: Value) -> bool:
    """Whether a value is surely neither a container nor a part of one."""
    if isinstance(value, External):
        match = re.match(_MUTABLE, value.path)
        return match is None or bool(value.path[match.end() :].replace("[]", ""))
    return isinstance(value, (Instance, Class))


def _is_own_attribute(write: StateWrite) -> bool:
    """Whether a method sets attributes of its own object."""
    params = write.function.params
    return write.kind is StateKind.ATTRIBUTE and bool(params) and _root(write.targets[0]) == params[0].name


def _is_put_back(scope: Scope, target: str) -> bool:
    """Whether a function gives an attribute back what it had before: `old = log.show; ...; log.show = old`."""
    kept = {
        name
        for name, bindings in scope.names.items()
        for binding in bindings
        if binding.kind == "assign" and not binding.path and target and dotted(binding.value) == target
    }
    return any(dotted(store.target) == target and dotted(store.value) in kept for store in scope.stores)


def _is_note(home: Scope, binding: Binding) -> bool:
    """`if loaded != name: ...; loaded = name`, and no other global name is set there."""
    for block in syntax.blocks_of(binding.block):
        node: Any = block.node
        if block.kind != syntax.IF or type(node).__name__ != "Comparison" or len(node.comparisons) != 1:
            continue
        target = node.comparisons[0]
        differs = type(target.operator).__name__ in ("NotEqual", "IsNot")
        if binding.name in (dotted(node.left), dotted(target.comparator)) and block.branch is differs:
            return binding.kind == "assign" and not any(
                other.outside and other.scope is binding.scope and syntax.encloses(block, other.block)
                for name, others in home.names.items()
                if name != binding.name
                for other in others
            )
    return False


def _is_itself(name: str, value: Any) -> bool:
    """`model = model.to("cuda")`: the object that was there."""
    while type(value).__name__ == "Call" and type(value.func).__name__ == "Attribute":
        if value.func.attr.value not in SELF_RETURNING:
            return False
        value = value.func.value
    return dotted(value) == name != ""


def _index(node: Any) -> Any | None:
    """The one index of a subscript; None for slices and several of them."""
    if len(node.slice) == 1 and type(node.slice[0].slice).__name__ == "Index":
        return node.slice[0].slice.value
    return None


def _indices(node: Any) -> Iterator[Any]:
    """The indices in a chain of subscripts and attributes."""
    while type(node).__name__ in ("Subscript", "Attribute"):
        if type(node).__name__ == "Subscript":
            yield _index(node)
        node = node.value


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


def _definition(place: Place) -> tuple[Module, Any] | None:
    """Where a name gets its first value."""
    for binding in place.owner.names.get(place.name, ()):
        if binding.outside or binding.kind in ("import", "param", "delete"):
            continue
        if binding.kind in ("class", "def"):
            return place.owner.module, binding.node.name
        target = _target(binding)
        return (place.owner.module, target) if target is not binding.node else None
    return None
