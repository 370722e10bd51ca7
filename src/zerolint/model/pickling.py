"""Which values cannot be pickled, so that they cross neither way between the main process and a GPU worker.

What fails and what is fine was executed with `spaces` 0.51.3 and the pickler of `multiprocessing` on CPython 3.10 and
3.12. An answer is given for what the Space's own code makes and shows: lambdas, local functions and classes,
generators, and the files, locks, threads and views that Python's library gives, through names, attributes, containers
and the Space's helper functions. Anything else can be pickled or is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.finding import Edit, Fix, Span
from zerolint.model import syntax
from zerolint.model.boundary import GpuCall, GpuResult
from zerolint.model.contexts import Context
from zerolint.model.generators import returned_stream
from zerolint.model.program import Program, definition_of
from zerolint.model.syntax import Binding, Call, Module, Scope
from zerolint.model.values import Class, External, Function, Instance, Package, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.wiring import StateInput


class Obstacle(NamedTuple):
    """Why a value cannot be pickled.

    `part` is the innermost expression, of those that stand where the value is used, that cannot be; `what` says what it
    is in words ("a lambda", "an open file"). `made` is the module and the node where it comes from, when that is
    elsewhere. `is_view` tells that it is what `keys()`, `values()` or `items()` of a dict gives. `is_certain` is False
    when the value is something else on another way through the code.
    """

    part: Any
    what: str
    made: tuple[Module, Any] | None = None
    is_view: bool = False
    is_certain: bool = True


class StuckResult(NamedTuple):
    """A `return` or `yield` of a GPU function whose value cannot leave the worker."""

    crossing: GpuResult
    obstacle: Obstacle


class StuckArgument(NamedTuple):
    """Something that a GPU function is given and that cannot get into the worker.

    `argument` is the expression at `point`: an argument of a call or of a `functools.partial`, the object whose method
    is called, the value of a `gr.State`. `caller` is the function that calls, with the context it runs in, None where
    Gradio calls the GPU function itself.
    """

    function: Scope
    argument: Any
    point: Point
    obstacle: Obstacle
    caller: tuple[Scope, Context] | None = None
    state: StateInput | None = None


_MADE: tuple[tuple[str, str], ...] = (
    ("an open file", r"(?:builtins|io|gzip|bz2|lzma|codecs|tarfile)\.open|os\.fdopen|io\.TextIOWrapper"),
    ("an open file", r"tempfile\.(?:NamedTemporaryFile|TemporaryFile|SpooledTemporaryFile)|pathlib\.Path\(\)\.open"),
    ("an open file", r"zipfile\.ZipFile|gzip\.GzipFile"),
    ("a reader or writer of an open file", r"csv\.(?:reader|writer|DictReader|DictWriter)"),
    ("a lock", r"threading\.(?:Lock|RLock|Condition|Semaphore|BoundedSemaphore|Barrier)"),
    ("a thread event", r"threading\.Event"),
    ("thread-local data", r"threading\.local"),
    ("a thread", r"threading\.(?:Thread|Timer)"),
    ("a queue with a lock", r"queue\.(?:Queue|LifoQueue|PriorityQueue|SimpleQueue)"),
    ("a streamer with a queue inside", r"transformers\.(?:generation\.streamers\.)?TextIteratorStreamer"),
    ("an executor", r"concurrent\.futures\.(?:thread\.|process\.)?(?:ThreadPoolExecutor|ProcessPoolExecutor)"),
    ("a future", r"concurrent\.futures\.(?:thread\.|process\.)?\w+PoolExecutor\(\)(?:\.__enter__\(\))?\.submit"),
    ("a database connection", r"sqlite3\.connect"),
    ("a database cursor", r"sqlite3\.connect\(\)\.(?:cursor|execute)"),
    ("a child process", r"subprocess\.Popen"),
    ("a match of a regular expression", r"re\.(?:match|search|fullmatch)|re\.compile\(\)\.(?:match|search|fullmatch)"),
    ("a memoryview", r"builtins\.memoryview"),
    ("a Gradio app", r"gradio\.Blocks"),
    ("a weak reference", r"weakref\.(?:ref|proxy)"),
    ("a context", r"contextvars\.copy_context"),
    ("a generator", r"builtins\.generator|os\.walk|glob\.iglob|pathlib\.Path\(\)\.(?:glob|rglob|iterdir)"),
)
_DICTS = (
    r"(?:builtins\.(?:dict|dictcomp|vars|globals|locals)\(\)|collections\.(?:OrderedDict|defaultdict|Counter)\(\)"
    r"|builtins\.dict\(\)\.copy\(\)|json\.loads?\(\)|.*\.state_dict\(\))"
)
_VIEW = _DICTS + r"\.(keys|values|items)\(\)"
# What `with x as y` gives back as y.
_ENTERED = frozenset({"an open file", "an executor", "a database connection", "a lock"})
# The last names of all that, so that nothing else is evaluated.
_NAMES = frozenset(
    """open fdopen TextIOWrapper NamedTemporaryFile TemporaryFile SpooledTemporaryFile ZipFile GzipFile reader writer
    DictReader DictWriter Lock RLock Condition Semaphore BoundedSemaphore Barrier Event local Thread Timer Queue
    LifoQueue PriorityQueue SimpleQueue TextIteratorStreamer ThreadPoolExecutor ProcessPoolExecutor submit connect
    cursor execute Popen match search fullmatch memoryview ref proxy copy_context walk iglob glob rglob iterdir keys
    values items partial defaultdict namedtuple""".split()
)
_OPEN_STREAMS = frozenset({"sys.stdout", "sys.stderr", "sys.stdin"})
# Methods by which a class says itself how it is pickled.
_OWN_WAY = frozenset("__reduce__ __reduce_ex__ __getstate__ __getnewargs__ __getnewargs_ex__ __slots__".split())
# Bases whose instances are pickled by what is in their `__dict__`.
_PLAIN_BASES = (
    r"builtins\.object|abc\.ABC|typing\.(?:Generic(?:\[\])?|Protocol)|torch\.nn\.(?:modules\.module\.)?Module"
)
_EMPTYING = frozenset("pop popitem clear update remove setdefault".split())
# What cannot be pickled and can be copied.
_COPIED = "lambda|local (?:function|class)"
_DEEPEST = 12


def stuck_results(space: Space) -> Iterator[StuckResult]:
    """The results of GPU functions that cannot be pickled, by file and place.

    What a generator function of the Space gives is left to `generators`.
    """
    pickling = space.pickling
    for crossing in space.gpu_results():
        judge = pickling.turn if crossing.result.delegates else pickling.obstacle
        obstacle = judge(crossing.value, crossing.point)
        if obstacle is None or (
            obstacle.what == "a generator" and returned_stream(space.program, crossing) is not None
        ):
            continue
        yield StuckResult(crossing, obstacle)


def stuck_arguments(space: Space) -> Iterator[StuckArgument]:
    """What GPU functions are given and cannot be pickled, by file and place."""
    found = [*_of_calls(space), *_of_registrations(space), *_of_states(space)]
    seen: set[int] = set()
    for stuck in sorted(found, key=lambda item: (item.point.scope.module.path, item.point.order)):
        if id(stuck.argument) not in seen:
            seen.add(id(stuck.argument))
            yield stuck


def _of_calls(space: Space) -> Iterator[StuckArgument]:
    pickling = space.pickling
    for gpu_call in space.gpu_calls():
        point = point_of(gpu_call.call)
        caller = (gpu_call.caller, gpu_call.context)
        for argument in _handed(gpu_call):
            obstacle = pickling.obstacle(argument, point)
            if obstacle is not None:
                yield StuckArgument(gpu_call.function.scope, argument, point, obstacle, caller)
        if gpu_call.is_direct:
            for stuck in _of_function(space, gpu_call.function, gpu_call.call.node.func, point):
                yield stuck._replace(caller=caller)


def _of_registrations(space: Space) -> Iterator[StuckArgument]:
    """`button.click(session.run)`, with a method that is decorated in its class, `click(partial(run, callback))`."""
    for registration in space.contexts.registrations:
        call, function = registration.call, registration.function
        if call is not None and function.gpu is not None and (function.receiver or function.partial):
            point = point_of(call)
            for argument in call.node.args:
                values = space.program.evaluate(argument.value, point)
                if any(isinstance(value, Function) and value.scope is function.scope for value in values):
                    yield from _of_function(space, function, argument.value, point)


def _of_function(space: Space, function: Function, node: Any, point: Point) -> Iterator[StuckArgument]:
    """What belongs to a GPU function before it is called: the object of a method, the arguments of a partial."""
    program, pickling = space.program, space.pickling
    scope, receiver, partial = function.scope, function.receiver, function.partial
    if isinstance(receiver, Instance) and any(program.gpu_of_decoration(each) for each in scope.decorations):
        obstacle = pickling.instance(receiver.cls, node)
        if obstacle is not None:
            yield StuckArgument(scope, node, point, obstacle)
    if partial is not None and partial.node.args:
        inner = program.evaluate(partial.node.args[0].value, point_of(partial))
        if any(isinstance(value, Function) and value.gpu is not None for value in inner):
            for argument in partial.node.args[1:]:
                found = pickling.obstacle(argument.value, point_of(partial)) if not argument.star else None
                if found is not None:
                    yield StuckArgument(scope, argument.value, point_of(partial), found)


def _of_states(space: Space) -> Iterator[StuckArgument]:
    """The values of `gr.State` that Gradio, or a handler, hands to GPU functions."""
    if not space.mentions(b"State("):
        return
    from zerolint.model.wiring import UNSET, part_for, state_inputs, state_outputs

    taken: dict[int, tuple[StateInput, Scope]] = {}
    for given in state_inputs(space):
        function = given.registration.function
        if function.gpu is not None or function.scope in space.contexts.gpu:
            taken.setdefault(id(given.state.node), (given, function.scope))
        else:
            for gpu_call in space.gpu_calls():
                if gpu_call.caller is function.scope and gpu_call.is_direct and _passes(space, gpu_call.call, given):
                    taken.setdefault(id(given.state.node), (given, gpu_call.function.scope))
    for given, scope in taken.values():
        state, point = given.state, point_of(given.state)
        value = space.program.argument(state, 0, "value")
        if value is not None:
            made = space.pickling.made_by(value, point)
            found = made or space.pickling.obstacle(value, point)
            # What cannot be copied either makes the app fail at its start, GPU function or not.
            if found is not None and (made is not None or re.search(_COPIED, found.what)):
                yield StuckArgument(scope, value, point, found, state=given)
    for output in state_outputs(space, [given.state for given, _ in taken.values()]):
        function = output.registration.function
        if function.gpu is not None or function.scope in space.contexts.gpu:
            continue
        given, scope = taken[id(output.state.node)]
        for result in function.scope.yields or function.scope.returns:
            if space.program.is_dead(result.block) or not space.devices.hands_on(function.scope):
                continue
            part = part_for(space.program, result, output.place, output.outputs, output.state)
            found = space.pickling.obstacle(part, point_of(result)) if part is not None and part is not UNSET else None
            if found is not None:
                yield StuckArgument(scope, part, point_of(result), found, state=given)


def _passes(space: Space, call: Call, given: StateInput) -> bool:
    """Whether a call in a handler passes on the state that the handler was given."""
    for argument in call.node.args:
        node = argument.value
        if type(node).__name__ == "Name" and node.value == given.param.name and not argument.star:
            bindings = space.program.bindings(node.value, point_of(call))
            if len(bindings) == 1 and bindings[0].kind == "param":
                return True
    return False


def _handed(gpu_call: GpuCall) -> Iterator[Any]:
    """What a call passes to the GPU function: its arguments, or those that an executor or thread passes on."""
    arguments = gpu_call.call.node.args
    if gpu_call.is_direct:
        for argument in arguments:
            if not argument.star:
                yield argument.value
        return
    for argument in arguments:
        if argument.keyword is not None and argument.keyword.value in ("args", "kwargs"):
            yield argument.value
    name = getattr(getattr(gpu_call.call.node.func, "attr", None), "value", "")
    position = {"submit": 1, "to_thread": 1, "run_in_executor": 2}.get(name)
    if position is not None:
        plain = [argument for argument in arguments if argument.keyword is None and not argument.star]
        yield from (argument.value for argument in plain[position:])


class Pickling:
    """Answers about one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._depth = 0
        self._active: set[int] = set()

    def obstacle(self, node: Any, point: Point) -> Obstacle | None:
        """Why the value of an expression cannot be pickled; None when it can be or when that is not known."""
        handler = _HANDLERS.get(type(node).__name__)
        if handler is None or id(node) in self._active or self._depth > _DEEPEST:
            return None
        self._active.add(id(node))
        self._depth += 1
        try:
            found: Obstacle | None = handler(self, node, point)
            return found
        finally:
            self._depth -= 1
            self._active.discard(id(node))

    def turn(self, node: Any, point: Point) -> Obstacle | None:
        """Why what `yield from` an expression gives cannot be pickled."""
        if type(node).__name__ != "Call" or not self._program.may_run_own(node.func, point.scope):
            return None
        for value in self._program.evaluate(node.func, point):
            if isinstance(value, Function) and value.scope.is_generator and not value.scope.decorations:
                for result in value.scope.yields:
                    if result.value is not None and not self._program.is_dead(result.block):
                        judge = self.turn if result.delegates else self.obstacle
                        found = judge(result.value, point_of(result))
                        if found is not None:
                            return found._replace(part=node, made=(value.scope.module, found.part))
        return None

    def made_by(self, node: Any, point: Point) -> Obstacle | None:
        """Why what calling a value gives cannot be pickled: the `Lock` of `gr.State(threading.Lock)`."""
        for value in self._program.evaluate(node, point):
            if isinstance(value, External):
                found = _of_path(f"{value.path}()", node)
            elif isinstance(value, Class):
                found = self.instance(value.scope, node)
            elif isinstance(value, Function):
                found = self._returned(value, node)
            else:
                found = None
            if found is not None:
                return found
        return None

    # Expressions.

    def _lambda(self, node: Any, point: Point) -> Obstacle | None:
        return Obstacle(node, "a lambda")

    def _generator(self, node: Any, point: Point) -> Obstacle | None:
        return Obstacle(node, "a generator")

    def _display(self, node: Any, point: Point) -> Obstacle | None:
        for element in node.elements:
            for part in (getattr(element, "key", None), element.value):
                if part is not None and not type(element).__name__.startswith("Starred"):
                    found = self.obstacle(part, point)
                    if found is not None:
                        return found
        return None

    def _comprehension(self, node: Any, point: Point) -> Obstacle | None:
        inner = next((scope for scope in _comprehensions(point.scope) if scope.node is node), None)
        if inner is None:
            return None
        made = node.value if type(node).__name__ == "DictComp" else node.elt
        return self.obstacle(made, Point(inner, point.block, 1 << 60))

    def _if_expression(self, node: Any, point: Point) -> Obstacle | None:
        decided = self._program.decide(node.test, point)
        if decided is not None:
            return self.obstacle(node.body if decided else node.orelse, point)
        branches = [self.obstacle(branch, point) for branch in (node.body, node.orelse)]
        found = next((branch for branch in branches if branch is not None), None)
        return found if found is None or None not in branches else found._replace(is_certain=False)

    def _named(self, node: Any, point: Point) -> Obstacle | None:
        return self.obstacle(node.value, point)

    def _name(self, node: Any, point: Point) -> Obstacle | None:
        owner = self._program.owner(node.value, point.scope)
        if owner is None:
            return None
        found: Obstacle | None = None
        nothing = False
        for binding in self._program.bindings(node.value, point):
            if binding.kind == "assign" and type(binding.value).__name__ == "Name" and binding.value.value == "None":
                nothing = True
                continue
            inner = self._bound(binding)
            if inner is None:
                return None
            found = found or inner
        if found is None or self._is_changed(node.value, owner):
            return None
        return found._replace(part=node, is_certain=found.is_certain and not nothing)

    def _bound(self, binding: Binding) -> Obstacle | None:
        """Why what a binding gives its name cannot be pickled, with where it is made."""
        kind = binding.kind
        module = binding.scope.module
        if kind == "param":
            return self._parameter(binding)
        if kind in ("assign", "named", "with"):
            point = Point(binding.scope, binding.block, binding.order)
            node = binding.value
            for index in binding.path:
                if type(node).__name__ not in ("Tuple", "List") or not 0 <= index < len(node.elements):
                    return None
                node = node.elements[index].value
            found = self.obstacle(node, point)
            if found is None or (kind == "with" and found.what not in _ENTERED):
                return None
            if kind == "with" and found.what == "a lock":
                return None  # what a lock gives back is True
            return found if found.made is not None else found._replace(made=(module, found.part))
        if kind == "def" and _is_local(binding) and not binding.value.decorations:
            return Obstacle(binding.node.name, "a local function", (module, binding.node.name))
        if kind == "class" and _is_local(binding) and not self._says_how(binding.value):
            return Obstacle(binding.node.name, "a local class", (module, binding.node.name))
        if kind == "import":
            if not binding.value[1] or self._is_submodule(binding):
                return Obstacle(binding.node, "a module", (module, binding.node))
        return None

    def _is_submodule(self, binding: Binding) -> bool:
        values = self._program.binding_values(binding)
        return bool(values) and all(isinstance(value, Package) for value in values)

    def _parameter(self, binding: Binding) -> Obstacle | None:
        """What every caller passes to a function that only the Space's own code calls."""
        function, param = binding.scope, binding.value
        program = self._program
        if param.star or (param.index == 0 and function.is_method) or program.escapes(function):
            return None
        found: Obstacle | None = None
        for call, target in program.callers(function):
            kind, expression = program.argument_of(call, target, param)
            if kind == "unknown" or expression is None:
                return None
            inner = self.obstacle(expression, point_of(call) if kind == "given" else definition_of(function))
            if inner is None:
                return None
            if found is None:
                where = call.scope.module if kind == "given" else function.module
                found = inner if inner.made is not None else inner._replace(made=(where, inner.part))
        return found

    def _is_changed(self, name: str, owner: Scope) -> bool:
        """Whether something is taken out of what a name means, or put in the place of something."""
        for scope in owner.module.scopes:
            for store in scope.stores:
                target = store.target.value
                if type(store.target).__name__ != "Subscript":
                    continue  # another value of the attribute that hinders would be seen there
                if type(target).__name__ == "Name" and target.value == name:
                    if self._program.owner(name, store.scope) is owner:
                        return True
            for call in scope.calls:
                function: Any = call.node.func
                if type(function).__name__ == "Attribute" and function.attr.value in _EMPTYING:
                    if type(function.value).__name__ == "Name" and function.value.value == name:
                        if self._program.owner(name, call.scope) is owner:
                            return True
        return False

    def _attribute(self, node: Any, point: Point) -> Obstacle | None:
        program = self._program
        name = node.attr.value
        if name in ("stdout", "stderr", "stdin"):
            values = program.evaluate(node, point)
            is_stream = bool(values) and all(isinstance(v, External) and v.path in _OPEN_STREAMS for v in values)
            return Obstacle(node, "an open file") if is_stream else None
        if not program.is_own_name(name):
            return None
        values = program.evaluate(node.value, point)
        if len(values) != 1:
            return None
        value = values[0]
        if isinstance(value, Instance):
            found = self._kept(value.cls, name)
            return found._replace(part=node) if found is not None else None
        if isinstance(value, Package):
            return self._of_package(value, name, node)
        return None

    def _of_package(self, value: Package, name: str, node: Any) -> Obstacle | None:
        file = self._program.file_of(value.path)
        module = self._program.module(file) if file is not None else None
        if module is None or name not in module.root.names:
            return None
        bindings = self._program.bindings(name, self._program.at_end(module))
        found = self._bound(bindings[0]) if len(bindings) == 1 else None
        return found._replace(part=node) if found is not None else None

    def _kept(self, cls: Scope, name: str) -> Obstacle | None:
        """Why an attribute cannot be pickled that only `self.name = ...` sets, always to the same kind of thing."""
        program = self._program
        stores = [store for one in program.ancestors(cls) for store in program.attribute_stores(one).get(name, ())]
        own = {id(store) for store in stores}
        if not stores or any(id(store) not in own for store in program.stores_of(name)):
            return None
        found: Obstacle | None = None
        for store in stores:
            if store.path or store.value is None or store.kind != "assign":
                return None
            inner = self.obstacle(store.value, point_of(store))
            if inner is None:
                return None
            found = found or inner._replace(made=inner.made or (store.scope.module, inner.part))
        return found

    # Calls.

    def _call(self, node: Any, point: Point) -> Obstacle | None:
        function = node.func
        kind = type(function).__name__
        name = function.attr.value if kind == "Attribute" else function.value if kind == "Name" else ""
        if name not in _NAMES and not (name and self._program.may_run_own(function, point.scope)):
            return None
        found: Obstacle | None = None
        for value in self._program.evaluate(function, point):
            if isinstance(value, External):
                inner = self._of_external(value, node, point)
            elif isinstance(value, Class):
                inner = self.instance(value.scope, node)
            elif isinstance(value, Function):
                inner = self._returned(value, node)
            else:
                inner = None
            if inner is None:
                return None
            found = found or inner
        return found

    def _of_external(self, value: External, node: Any, point: Point) -> Obstacle | None:
        path = value.path
        if path in ("functools.partial", "collections.defaultdict"):
            if not node.args or node.args[0].star:
                return None
            given = node.args if path == "functools.partial" else node.args[:1]
            return next((found for one in given if (found := self.obstacle(one.value, point)) is not None), None)
        if path == "collections.namedtuple()" and value.origin is not None:
            return Obstacle(node, "an instance of a local class") if value.origin.function.is_function else None
        return _of_path(f"{path}()", node)

    def _returned(self, value: Function, node: Any) -> Obstacle | None:
        """Why what calling a function of the Space gives cannot be pickled."""
        scope = value.scope
        program = self._program
        if any(program.gpu_of_decoration(decoration) is None for decoration in scope.decorations):
            return None
        made = (scope.module, getattr(scope.node, "name", scope.node))
        if scope.is_generator:
            return Obstacle(node, "an asynchronous generator" if scope.is_async else "a generator", made)
        if scope.is_async:
            return Obstacle(node, "a coroutine", made)
        found: Obstacle | None = None
        for result in scope.returns:
            if program.is_dead(result.block):
                continue
            inner = self.obstacle(result.value, point_of(result)) if result.value is not None else None
            if inner is None:
                return None
            found = found or inner._replace(part=node, made=inner.made or (scope.module, inner.part))
        return found

    def instance(self, cls: Scope, node: Any) -> Obstacle | None:
        """Why an object of a class of the Space cannot be pickled."""
        program = self._program
        if self._says_how(cls):
            return None
        if cls.parent is not None and cls.parent.frame.is_function and cls.name not in cls.parent.frame.globals:
            return Obstacle(node, f"an instance of local class `{cls.name}`", (cls.module, cls.node.name))
        for base in program.external_bases(cls):
            found = _of_path(f"{base}()", node)
            if found is not None:
                return found._replace(made=(cls.module, cls.node.name))
            if not re.fullmatch(_PLAIN_BASES, base):
                return None
        for ancestor in program.ancestors(cls):
            for name, stores in program.attribute_stores(ancestor).items():
                if any(_is_always(store) for store in stores):
                    kept = self._kept(cls, name)
                    if kept is not None:
                        return Obstacle(node, f"an instance of `{cls.name}`, whose `{name}` is {kept.what}", kept.made)
            found = self._field(cls, ancestor, node)
            if found is not None:
                return found
        return None

    def _field(self, cls: Scope, ancestor: Scope, node: Any) -> Obstacle | None:
        """A field of a dataclass that is filled by a factory: `lock: Lock = field(default_factory=Lock)`."""
        if not ancestor.decorations:
            return None
        for name, bindings in ancestor.names.items():
            value = bindings[0].value
            if bindings[0].kind != "assign" or type(value).__name__ != "Call":
                continue
            call = ancestor.module.calls.get(id(value))
            factory = self._program.argument(call, -1, "default_factory") if call is not None else None
            if call is not None and factory is not None:
                if self._program.evaluate(value.func, point_of(call)) == (External("dataclasses.field"),):
                    made = self.made_by(factory, point_of(call))
                    if made is not None:
                        what = f"an instance of `{cls.name}`, whose `{name}` is {made.what}"
                        return Obstacle(node, what, made.made or (ancestor.module, made.part))
        return None

    def _says_how(self, cls: Scope) -> bool:
        """Whether a class or a base in the Space has its own way of being pickled, or a metaclass."""
        return any(
            "metaclass" in ancestor.keywords or not _OWN_WAY.isdisjoint(ancestor.names)
            for ancestor in self._program.ancestors(cls)
        )


def _of_path(path: str, node: Any) -> Obstacle | None:
    """What a call of something from a library gives, by its dotted path."""
    view = re.fullmatch(_VIEW, path)
    if view is not None:
        return Obstacle(node, f"a view of a dict, not a list of its {view[1]}", is_view=True)
    library = path.partition(".")[0]
    for what, paths in _MADE:
        # Most expressions need not even be compiled.
        if library in paths and re.fullmatch(rf"(?:{paths})\(\)", path):
            return Obstacle(node, what)
    return None


def _is_local(binding: Binding) -> bool:
    """Whether a function or class is defined in a function, so that no importer finds it by its name."""
    return not binding.outside and binding.scope.frame.is_function


def _is_always(store: syntax.Store) -> bool:
    """Whether an attribute is set in every `__init__`."""
    return store.function.name == "__init__" and all(
        block.kind in (syntax.WITH, syntax.TRY) for block in syntax.blocks_of(store.block)
    )


def _comprehensions(scope: Scope) -> Iterator[Scope]:
    """The comprehensions that stand in a scope, those inside others too."""
    stack = list(scope.children)
    while stack:
        child = stack.pop()
        if child.kind == syntax.COMPREHENSION:
            yield child
            stack.extend(child.children)


_HANDLERS: dict[str, Any] = {
    "Name": Pickling._name,
    "Attribute": Pickling._attribute,
    "Call": Pickling._call,
    "Lambda": Pickling._lambda,
    "GeneratorExp": Pickling._generator,
    "Tuple": Pickling._display,
    "List": Pickling._display,
    "Set": Pickling._display,
    "Dict": Pickling._display,
    "ListComp": Pickling._comprehension,
    "SetComp": Pickling._comprehension,
    "DictComp": Pickling._comprehension,
    "IfExp": Pickling._if_expression,
    "NamedExpr": Pickling._named,
}


def listed(space: Space, module: Module, view: Any) -> Fix:
    """The fix for a view of a dict: `list()` around it."""
    title = "Make a list of it with `list()`"
    if not space.round_trips(module, view):
        return Fix(title)
    at = space.span(module, view)
    before = Span(at.path, at.start_line, at.start_column, at.start_line, at.start_column)
    after = Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column)
    return Fix(title, (Edit(before, "list("), Edit(after, ")")))
