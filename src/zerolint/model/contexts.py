"""In which process and thread does a function run? Reachability from where a Space starts and from what Gradio calls.

IMPORT   module level of the main process, main thread
HANDLER  worker threads of the main process, several at once
GPU      a forked worker with the real device
THREAD   a thread that the Space's own code starts in the main process
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from zerolint.model import syntax
from zerolint.model.handlers import THREAD as THREAD_REGISTRATION
from zerolint.model.handlers import Registration, is_of_examples, registrations
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Module, Scope
from zerolint.model.values import Class, External, Function, Gpu, Instance, point_of
from zerolint.records import NamedTuple


class Context(Enum):
    """Where code runs; see the module's text."""

    # That of `Enum` is written in Python, and there are thousands of questions about contexts in a Space.
    __hash__ = object.__hash__

    IMPORT = "import"
    HANDLER = "handler"
    GPU = "gpu"
    THREAD = "thread"


class Step(NamedTuple):
    """How a function is reached in a context: called by `caller` at `call`, or as a root through `registration` or
    `gpu`."""

    caller: Scope | None
    call: Call | None
    registration: Registration | None = None
    gpu: Gpu | None = None


class Edge(NamedTuple):
    """One way from code to a function it runs."""

    call: Call
    function: Function
    threaded: bool = False


# Builtins that do not call what they are given.
_CALLING_NOTHING = frozenset(
    """print len str int float bool isinstance issubclass range repr type id hasattr open dict list tuple set frozenset
    zip enumerate reversed iter getattr setattr vars callable""".split()
)
# Methods of containers, which keep what they are given.
_KEEPING = frozenset("append appendleft insert extend add setdefault".split())
# Kinds of arguments that can be a function of the Space.
_CALLABLE = frozenset({"Name", "Attribute", "Lambda"})


class Contexts:
    """The contexts of every function of a program, with the way by which each was first reached.

    Reading is on demand: following a call into a module that has not been read yet reads it. `per_request` is computed
    first, and needs only what handlers and GPU functions reach; `at_import` follows the module level of the programs
    too.
    """

    def __init__(self, program: Program, modules: Iterable[Module]) -> None:
        self._program = program
        self._edges: dict[Scope, tuple[Edge, ...]] = {}
        self.registrations: list[Registration] = []
        # The calls that register something for visitors, by identity.
        self._registering: set[int] = set()
        self.gpu: dict[Scope, list[Gpu]] = {}
        self._reached: dict[Context, dict[Scope, Step]] = {context: {} for context in Context}
        self._import_done = False
        self._knowing: dict[str, bool] = {}
        self._callers: dict[bool, dict[Scope, list[Scope]]] = {}
        self._seen: set[str] = set()
        for module in modules:
            self._read(module)
        self._follow()

    # Roots.

    def _read(self, module: Module) -> None:
        """Find what a module registers and decorates."""
        if module.path in self._seen:
            return
        self._seen.add(module.path)
        for registration in registrations(self._program, module):
            self.registrations.append(registration)
            if registration.call is not None and registration.kind != THREAD_REGISTRATION:
                self._registering.add(id(registration.call))
            self._program.registered.add(registration.function.scope)
        for scope in module.scopes:
            if scope.kind == syntax.FUNCTION and scope.decorations:
                for value in self._program._defined(scope):
                    if isinstance(value, Function) and value.gpu is not None:
                        self._add_gpu(scope, value.gpu)
            for call in scope.calls:
                if self._may_wrap(module, call):
                    for value in self._program.evaluate(call.node, point_of(call)):
                        if isinstance(value, Function) and value.gpu is not None:
                            self._add_gpu(value.scope, value.gpu)

    def _may_wrap(self, module: Module, call: Call) -> bool:
        """A call that may hand a function to `spaces.GPU`: `spaces.GPU(f)`, `gpu(f)`, `spaces.GPU(duration=9)(f)`.

        Told by its shape and by where its name comes from, before anything is evaluated.
        """
        function = call.node.func
        kind = type(function).__name__
        arguments = call.node.args
        if not (self._program.wraps_gpu and arguments and kind in ("Name", "Attribute", "Call")):
            return False
        first = next((a.value for a in arguments if a.keyword is None or a.keyword.value == "task"), None)
        if first is None or type(first).__name__ not in ("Name", "Attribute", "Lambda", "Call"):
            return False
        if kind == "Attribute":
            name = function.attr.value
            named = name == "GPU" or (type(first).__name__ != "Call" and self._program.is_own_name(name))
        elif kind == "Call":
            named = True
        else:
            # Nothing is known of a parameter; a class or a builtin is no decorator.
            bindings = module.root.names.get(function.value) or call.scope.names.get(function.value)
            named = bindings is not None and any(
                binding.kind != "class"
                and (
                    binding.kind != "import"
                    or binding.value[1] == "GPU"
                    or self._program.find(binding.value[0], module.path) is not None
                )
                for binding in bindings
            )
        if not named or not self._knows_spaces(module):
            return False
        return any(
            self._program.gpu_decorator(value) is not None
            or (isinstance(value, External) and value.path == "spaces.GPU")
            for value in self._program.evaluate(function, point_of(call))
        )

    def _knows_spaces(self, module: Module) -> bool:
        """Whether `spaces.GPU` can have a name in a module: by its own import, or by a wrapper from another module."""
        known = self._knowing.get(module.path)
        if known is None:
            known = any(
                item.module.split(".")[0] in ("spaces", "importlib") or item.name == "spaces" for item in module.imports
            ) or (
                self._program.hands_spaces_on
                and any(self._program.find(item.module, module.path) is not None for item in module.imports)
            )
            self._knowing[module.path] = known
        return known

    def _add_gpu(self, scope: Scope, gpu: Gpu) -> None:
        known = self.gpu.setdefault(scope, [])
        if all(other.node is not gpu.node for other in known):
            known.append(gpu)
        # Who calls a method is seen where it is called, as with any other, unless its name is handed on.
        if not scope.is_method:
            self._program.registered.add(scope)

    # Reachability.

    def _follow(self) -> None:
        """Follow calls from handlers and GPU functions until nothing new is reached."""
        while True:
            queue: list[tuple[Scope, Context]] = []
            for scope, applications in sorted(self.gpu.items(), key=_place):
                if self._is_called_for_visitors(scope):
                    self._reach(scope, Context.GPU, Step(None, None, gpu=applications[0]), queue)
            # A way from an event says more than one from examples, which run the same function.
            for registration in sorted(self.registrations, key=is_of_examples):
                function = registration.function
                if function.gpu is not None or function.scope in self.gpu:
                    step = Step(None, registration.call, registration)
                    self._reach_around(function.scope, Context.HANDLER, step, queue)
                    continue
                if registration.kind == THREAD_REGISTRATION:
                    caller = registration.call.function if registration.call is not None else None
                    if caller is not None and caller.kind != syntax.MODULE:
                        continue  # followed as an edge from the function that starts the thread
                    context = Context.THREAD
                else:
                    context = Context.HANDLER
                self._reach(function.scope, context, Step(None, registration.call, registration), queue)
            self._drain(queue)
            new = [module for module in self._program.loaded if module.path not in self._seen]
            if not new:
                self._program.forget()
                return
            for module in new:
                self._read(module)

    def _is_called_for_visitors(self, scope: Scope) -> bool:
        """Whether a GPU function is registered, or something that is not followed may call it.

        One that only start-up code calls, to compile ahead of time for instance, or that nothing uses, is no visitor's.
        Where no handler is known at all, the files are a part of an app: what they do not use is there for the rest.
        """
        if any(registration.function.scope is scope for registration in self.registrations):
            return True
        is_part = all(registration.kind == THREAD_REGISTRATION for registration in self.registrations)
        return self._may_be_called(scope, set(), is_part)

    def _may_be_called(self, scope: Scope, seen: set[Scope], is_part: bool) -> bool:
        program = self._program
        if program.is_used_as_value(scope):
            return True
        seen.add(scope)
        callers = program.callers(scope)
        if is_part and not callers:
            return True
        for call, _ in callers:
            caller = call.function
            while caller.kind == syntax.CLASS and caller.parent is not None:
                caller = caller.parent.frame
            if caller.kind != syntax.MODULE and caller not in seen and self._may_be_called(caller, seen, is_part):
                return True
        return False

    def _reach(self, scope: Scope, context: Context, step: Step, queue: list[tuple[Scope, Context]]) -> None:
        if scope not in self._reached[context]:
            self._reached[context][scope] = step
            queue.append((scope, context))
            if scope.decorations:
                in_worker = scope in self.gpu
                for wrapper, outside in self._program.wrappers(scope):
                    if not (outside and in_worker):
                        self._reach(wrapper, context, Step(scope, None), queue)

    def _reach_around(self, scope: Scope, context: Context, step: Step, queue: list[tuple[Scope, Context]]) -> None:
        """Reach what is put around a GPU function, and so runs before and after the worker."""
        if scope.decorations:
            for wrapper, outside in self._program.wrappers(scope):
                if outside:
                    self._reach(wrapper, context, step, queue)

    def _drain(self, queue: list[tuple[Scope, Context]]) -> None:
        for scope, context in queue:
            for edge in self.edges(scope):
                target = edge.function.scope
                next_context = context
                if edge.threaded and context is not Context.GPU:
                    next_context = Context.THREAD
                if (edge.function.gpu is not None or target in self.gpu) and context is not Context.GPU:
                    # Runs in a worker, where it is a root of its own.
                    self._reach_around(target, next_context, Step(scope, edge.call), queue)
                    if context is not Context.IMPORT:
                        gpu = edge.function.gpu or self.gpu[target][0]
                        self._reach(target, Context.GPU, Step(None, None, gpu=gpu), queue)
                    continue
                self._reach(target, next_context, Step(scope, edge.call), queue)

    def edges(self, scope: Scope) -> tuple[Edge, ...]:
        """The functions that the code of a scope runs, directly or by handing them to something that calls them."""
        known = self._edges.get(scope)
        if known is None:
            known = self._edges[scope] = tuple(self._find_edges(scope))
        return known

    def _find_edges(self, scope: Scope) -> Iterator[Edge]:
        program = self._program
        for call in scope.calls:
            runs = program.may_run_own(call.node.func, call.scope)
            handed = self._handed(call)
            if (runs or handed) and not program.is_dead(call.block):
                if runs:
                    for function in program.targets(call):
                        yield Edge(call, function)
                if handed:
                    yield from self._callbacks(call, handed, runs)
            if call.is_entered or program.property_names or _starts(call):
                yield from self._hidden(call)
        for child in scope.children:
            # A class body in a function runs with it.
            if child.kind == syntax.CLASS:
                yield from self._find_edges(child)

    def _hidden(self, call: Call) -> Iterator[Edge]:
        """What a call runs without calling it: properties, `with Timer():`, `run` of a thread that it starts."""
        program = self._program
        function = call.node.func
        point = point_of(call)
        if program.property_names:
            for node in (function, *(argument.value for argument in call.node.args)):
                for method in program.properties_read(node, point):
                    if not program.is_dead(call.block):
                        yield Edge(call, method)
        if _starts(call):
            for value in program.evaluate(function.value, point):
                if isinstance(value, Instance) and "threading.Thread" in program.external_bases(value.cls):
                    if not program.is_dead(call.block):
                        for run in program.attribute(value, "run"):
                            if isinstance(run, Function):
                                yield Edge(call, run, True)
        if call.is_entered and program.may_run_own(function, call.scope) and not program.is_dead(call.block):
            for value in program.evaluate(call.node, point):
                for name in ("__enter__", "__exit__") if isinstance(value, Instance) else ():
                    for called in program.attribute(value, name):
                        if isinstance(called, Function):
                            yield Edge(call, called)

    def _handed(self, call: Call) -> list[Any]:
        """The arguments of a call that can be functions of the Space, when what is called may call them."""
        arguments = call.node.args
        if not arguments:
            return []
        function = call.node.func
        kind = type(function).__name__
        if kind == "Name" and function.value in _CALLING_NOTHING:
            return []
        if kind == "Attribute" and function.attr.value in _KEEPING:
            return []
        may_be_function = self._program.may_be_function
        found = []
        for argument in arguments:
            value = argument.value
            if type(value).__name__ in _CALLABLE:
                if may_be_function(value, call.scope):
                    found.append(value)
            elif type(value).__name__ in ("List", "Call"):
                # `callbacks=[on_step]`, `callback=partial(on_step, bar)`, `stopping_criteria=[Stop()]`
                parts = [element.value for element in getattr(value, "elements", ())] or [value]
                found.extend(part for part in parts if self._may_be_callback(part, call.scope))
        return found

    def _may_be_callback(self, node: Any, scope: Scope) -> bool:
        """Whether an expression in a call can be a function of the Space, or an object of it that is called."""
        kind = type(node).__name__
        if kind != "Call":
            return kind in _CALLABLE and self._program.may_be_function(node, scope)
        name = node.func.value if type(node.func).__name__ == "Name" else None
        if name is None:
            return type(node.func).__name__ == "Attribute" and node.func.attr.value == "partial"
        return name == "partial" or any(binding.kind == "class" for binding in scope.module.root.names.get(name, ()))

    def _callbacks(self, call: Call, candidates: list[Any], runs: bool) -> Iterator[Edge]:
        """Functions handed to code that is not the Space's, which is taken to call them.

        `runs` tells that what is called may be the Space's.
        """
        program = self._program
        point = point_of(call)
        if not runs:
            # Mostly what is handed over turns out to be no function, and then it is all the same who gets it.
            candidates = [
                candidate
                for candidate in candidates
                if any(isinstance(value, (Function, Instance)) for value in program.evaluate(candidate, point))
            ]
            if not candidates:
                return
        callees = program.evaluate(call.node.func, point)
        paths = [value.path for value in callees if isinstance(value, External)]
        if any(isinstance(value, (Function, Class, Instance)) for value in callees):
            return
        if any(
            path.startswith(("gradio.", "spaces.", "fastapi.", "functools."))
            for path in paths
            if not path.endswith(".run_in_threadpool")
        ):
            return
        if id(call) in self._registering:
            return
        threaded = any(
            path in ("threading.Thread", "threading.Timer", "asyncio.to_thread")
            or (path.endswith((".submit", ".map", ".run_in_executor")) and path != "builtins.map")
            for path in paths
        )
        for candidate in candidates:
            for value in program.evaluate(candidate, point):
                if isinstance(value, Function):
                    yield Edge(call, value, threaded)
                elif isinstance(value, Instance) and type(candidate).__name__ == "Call":
                    for function in program.runs(value):
                        if function.scope.name == "__call__":
                            yield Edge(call, function, threaded)

    # Import time.

    def _follow_import(self) -> None:
        if self._import_done:
            return
        self._import_done = True
        while True:
            before = len(self._program.loaded)
            queue: list[tuple[Scope, Context]] = []
            for module in self._program.loaded:
                for scope in (module.root, *self._class_bodies(module.root)):
                    if scope in self._reached[Context.IMPORT]:
                        continue
                    self._reached[Context.IMPORT][scope] = Step(None, None)
                    queue.append((scope, Context.IMPORT))
            self._drain(queue)
            if len(self._program.loaded) == before:
                self._program.forget()
                return
            for module in self._program.loaded:
                self._read(module)

    def _class_bodies(self, scope: Scope) -> Iterator[Scope]:
        for child in scope.children:
            if child.kind == syntax.CLASS:
                yield child
                yield from self._class_bodies(child)

    # Answers.

    def callers(self, scope: Scope, *, at_import: bool = False) -> list[Scope]:
        """The code that runs for visitors and runs a function too; with `at_import` also the code that runs at
        start-up."""
        if at_import:
            self._follow_import()
        found = self._callers.get(at_import)
        if found is None:
            found = self._callers[at_import] = {}
            reached = {caller for context in Context for caller in self._reached[context]}
            for caller in sorted(reached, key=lambda scope: (scope.module.path, scope.order)):
                for edge in self.edges(caller):
                    found.setdefault(edge.function.scope, []).append(caller)
        return found.get(scope, [])

    def reached(self, context: Context) -> list[Scope]:
        """The code that runs in a context, in the order of files and lines."""
        if context is Context.IMPORT:
            self._follow_import()
        return sorted(self._reached[context], key=lambda scope: (scope.module.path, scope.order))

    def of(self, scope: Scope) -> frozenset[Context]:
        """Every context that code of a scope runs in. Follows the module level too."""
        self._follow_import()
        frame = self._code(scope)
        return frozenset(context for context in Context if frame in self._reached[context])

    def _code(self, scope: Scope) -> Scope:
        scope = scope.frame
        while scope.kind == syntax.CLASS and scope.parent is not None:
            scope = scope.parent.frame
        return scope

    def in_context(self, scope: Scope, context: Context) -> bool:
        """Whether code of a scope runs in a context."""
        if context is Context.IMPORT:
            self._follow_import()
        return self._code(scope) in self._reached[context]

    def is_per_request(self, scope: Scope) -> bool:
        """Whether code of a scope runs for a visitor: in a handler, in a GPU function, or in what these call."""
        frame = self._code(scope)
        return (
            frame in self._reached[Context.HANDLER]
            or frame in self._reached[Context.GPU]
            or (frame in self._reached[Context.THREAD] and self._started_per_request(frame))
        )

    def in_startup_thread(self, scope: Scope) -> bool:
        """Whether a thread that is started with the app, and not for a visitor, runs code of a scope."""
        frame = self._code(scope)
        return self.in_context(scope, Context.THREAD) and not self._started_per_request(frame)

    def _started_per_request(self, scope: Scope) -> bool:
        seen: set[Scope] = set()
        while scope not in seen:
            seen.add(scope)
            step = self._reached[Context.THREAD].get(scope)
            if step is None or step.caller is None:
                return False
            if step.caller in self._reached[Context.HANDLER]:
                return True
            scope = step.caller
        return False

    def per_request(self) -> list[Scope]:
        """The functions that run for a visitor, in the order of their files and lines."""
        reached = {
            scope
            for context in (Context.HANDLER, Context.GPU, Context.THREAD)
            for scope in self._reached[context]
            if self.is_per_request(scope)
        }
        return sorted(reached, key=lambda scope: (scope.module.path, scope.order))

    def step(self, scope: Scope, context: Context) -> Step | None:
        """How a function was first reached in a context."""
        return self._reached[context].get(scope)

    def path(self, scope: Scope, context: Context) -> list[tuple[Scope, Step]]:
        """How a function is reached in a context, from itself back to the root."""
        found: list[tuple[Scope, Step]] = []
        current: Scope | None = self._code(scope)
        while current is not None and len(found) < 50:
            step = self._reached[context].get(current)
            if step is None and context is Context.THREAD:
                context = Context.HANDLER
                step = self._reached[context].get(current)
            if step is None:
                break
            found.append((current, step))
            current = step.caller
            # Of all that call what calls a nested function, only the function around it can have handed it over.
            outer = self._around(found[-1][0])
            if current is not None and outer is not None and outer is not current and outer in self._reached[context]:
                call = next((edge.call for edge in self.edges(outer) if edge.function.scope is current), None)
                if call is not None:
                    found.append((current, Step(outer, call)))
                    current = outer
        return found

    def _around(self, scope: Scope) -> Scope | None:
        """The function that a function is nested in."""
        outer = scope.parent.frame if scope.parent is not None else None
        return outer if outer is not None and outer.is_function else None


def _starts(call: Call) -> bool:
    """`thread.start()`"""
    function = call.node.func
    return type(function).__name__ == "Attribute" and function.attr.value == "start" and not call.node.args


def _place(item: tuple[Scope, object]) -> tuple[str, int]:
    return (item[0].module.path, item[0].order)
