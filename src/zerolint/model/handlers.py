"""Who else calls the Space's functions: Gradio events, threads and executors, web routes.

A registration is found by the shape of the call, with the callable evaluated: `button.click(fn, ...)`,
`gr.Interface(fn=...)`, `demo.load(fn)`, `@gr.render()`, `Thread(target=fn)`. The list of Gradio's forms is from its
source (5.50 and 6.31).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from zerolint.model import syntax
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Decoration, Module
from zerolint.model.values import Constant, External, Function, Parameter, Point, Value, point_of
from zerolint.records import NamedTuple

HANDLER, THREAD = "handler", "thread"

# gradio.events.Events of 5.50 and 6.31, with the two that belong to single components, and the methods of a Dependency.
LISTENERS = frozenset(
    """apply blur change clear click collapse copy delete double_click download edit end example_select expand focus
    input key_up like load option_select pause pause_recording play release retry select start_recording stop
    stop_recording stream submit tick undo upload preview_close preview_open unload then success failure""".split()
)
# Listener names that other libraries also use for something that takes a function.
_COMMON = frozenset("load apply change copy delete edit end input select stop stream submit then clear play".split())

# Gradio callables that take a function: path without the leading "gradio." -> position of it.
_CONSTRUCTORS = {
    "Interface": 0,
    "ChatInterface": 0,
    "api": 0,
    "on": 1,
    "Examples": 3,
    "load": -1,
}
# Methods of web apps that make a function a route, by decoration.
ROUTES = frozenset("get post put patch delete api_route websocket route middleware".split())


class Registration(NamedTuple):
    """A function that something other than the Space's own code calls. `call` is where that is arranged."""

    function: Function
    kind: str
    call: Call | None
    decoration: Decoration | None = None
    event: str = ""

    @property
    def is_event(self) -> bool:
        """Whether Gradio calls the function for an event, and no web route or thread of the app does."""
        return self.kind == HANDLER and self.event not in ROUTES


def is_of_examples(registration: Registration) -> bool:
    """Whether a function is registered for examples only, and not for what visitors do."""
    return registration.event == "Examples"


def registrations(program: Program, module: Module) -> Iterator[Registration]:
    """Every registration in a module."""
    for scope in module.scopes:
        for call in scope.calls:
            if _may_register(program, call):
                yield from _of_call(program, call)
        for decoration in scope.decorations:
            if scope.kind == syntax.FUNCTION:
                yield from _of_decoration(program, decoration, scope)


def _may_register(program: Program, call: Call) -> bool:
    """Whether the shape of a call allows that it hands a function to Gradio, a thread or an executor."""
    arguments = call.node.args
    if not arguments:
        return False
    function = call.node.func
    kind = type(function).__name__
    if kind == "Attribute":
        name = function.attr.value
        if name in LISTENERS:
            return any(_may_be_function(argument.value) for argument in arguments)
        return name in _GRADIO_NAMES or name in _THREADING_NAMES or _has_computed_value(call)
    if kind != "Name":
        return False
    # What the module defines itself, a builtin, a parameter or another library's function registers nothing.
    module = call.scope.module
    bindings = module.root.names.get(function.value) or call.scope.names.get(function.value)
    if bindings is None:
        return False
    return any(
        binding.value[0].split(".")[0] in _REGISTERING or program.find(binding.value[0], module.path) is not None
        if binding.kind == "import"
        else binding.kind not in ("def", "class", "param") or (binding.kind == "param" and _passes_on(call))
        for binding in bindings
    )


def _passes_on(call: Call) -> bool:
    """Whether a call of a parameter may be one of a listener: `def bind(trigger, function): trigger(function)`."""
    first = call.node.args[0].value
    given = call.scope.names.get(first.value, ()) if type(first).__name__ == "Name" else ()
    return _has_event_options(call) or (_uses_gradio(call.scope.module) and any(b.kind == "param" for b in given))


def _has_computed_value(call: Call) -> bool:
    """`gr.Textbox(value=compute)` or `gr.Textbox(compute)`, with a function of the module or a lambda."""
    is_class = call.node.func.attr.value[:1].isupper()
    for index, argument in enumerate(call.node.args):
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword == "value" or (not keyword and not index and is_class):
            kind = type(argument.value).__name__
            if kind == "Lambda":
                return True
            if kind == "Name":
                bindings = call.scope.module.root.names.get(argument.value.value, ())
                if any(binding.kind in ("def", "import") for binding in bindings):
                    return True
    return False


def _of_call(program: Program, call: Call) -> Iterator[Registration]:
    function = call.node.func
    name = function.attr.value if type(function).__name__ == "Attribute" else function.value
    if program.is_dead(call.block):
        return
    if type(function).__name__ == "Attribute" and name in LISTENERS:
        candidate = program.argument(call, 0, "fn")
        if candidate is not None and _may_be_function(candidate) and _is_listener(program, call, name):
            yield from _each(program, candidate, call, HANDLER, name)
            yield from _validator(program, call, name)
            return
        if name not in _THREADING_NAMES:
            return
    for value in program.evaluate(function, point_of(call)):
        for callee in program.expand(value) if isinstance(value, Parameter) else (value,):
            if isinstance(callee, External):
                yield from _of_external(program, call, callee, name)


_THREADING_NAMES = frozenset("submit map run_in_executor to_thread".split())
_GRADIO_NAMES = frozenset({*_CONSTRUCTORS, "render", "Thread", "Timer", "Server", "Workflow"})


def _of_external(program: Program, call: Call, value: External, name: str) -> Iterator[Registration]:
    path = value.path
    if path.startswith("gradio."):
        member = path.rsplit(".", 1)[-1]
        if member in LISTENERS and "()" in path:
            # `trigger(fn)` after `trigger = button.click`
            candidate = program.argument(call, 0, "fn")
            if candidate is not None:
                yield from _each(program, candidate, call, HANDLER, member)
            return
        yield from _of_gradio(program, call, member, name)
    elif path in ("threading.Thread", "threading.Timer"):
        candidate = program.argument(call, 1, "target" if path.endswith("Thread") else "function")
        if candidate is not None:
            yield from _each(program, candidate, call, THREAD, "thread")
    elif path.endswith((".submit", ".map")) and "Executor()" in path:
        candidate = program.argument(call, 0, "fn")
        if candidate is not None:
            yield from _each(program, candidate, call, THREAD, "executor")
    elif path.endswith(".run_in_executor"):
        candidate = program.argument(call, 1, "func")
        if candidate is not None:
            yield from _each(program, candidate, call, THREAD, "executor")
    elif path == "asyncio.to_thread":
        candidate = program.argument(call, 0, "func")
        if candidate is not None:
            yield from _each(program, candidate, call, THREAD, "to_thread")


def _of_gradio(program: Program, call: Call, member: str, name: str) -> Iterator[Registration]:
    position = _CONSTRUCTORS.get(member)
    if position is not None:
        candidate = program.argument(call, position, "fn")
        if candidate is not None and not (member == "Examples" and _only_fill(program, call)):
            yield from _each(program, candidate, call, HANDLER, name)
    elif member == "Workflow":
        bound = program.argument(call, -1, "bind")
        if bound is not None and type(bound).__name__ in ("Dict", "List"):
            for element in bound.elements:
                yield from _each(program, element.value, call, HANDLER, name)
    else:
        # `gr.Textbox(value=compute)`: called at each page load. For most components the value comes first.
        first = program.argument(call, 0, "") if member[:1].isupper() else None
        for candidate in (first, program.argument(call, -1, "value")):
            if type(candidate).__name__ in ("Name", "Lambda", "Attribute"):
                yield from _each(program, candidate, call, HANDLER, "load")
    yield from _validator(program, call, name)


def _only_fill(program: Program, call: Call) -> bool:
    """Whether examples never call their function: a click fills in the inputs when they are neither cached nor run."""
    cache = program.argument(call, 4, "cache_examples")
    if cache is None or any(argument.star for argument in call.node.args):
        return False
    runs = program.argument(call, -1, "run_on_click")
    options = [cache] if runs is None else [cache, runs]
    return all(program.constant(option, point_of(call)) == Constant(False) for option in options)


def _validator(program: Program, call: Call, name: str) -> Iterator[Registration]:
    candidate = program.argument(call, -1, "validator")
    if candidate is not None:
        yield from _each(program, candidate, call, HANDLER, name)


def _of_decoration(program: Program, decoration: Decoration, scope: syntax.Scope) -> Iterator[Registration]:
    expression = decoration.expression
    called = type(expression).__name__ == "Call"
    target = expression.func if called else expression
    kind = type(target).__name__
    name = target.attr.value if kind == "Attribute" else target.value if kind == "Name" else ""
    if not name:
        return
    point = Point(decoration.scope, decoration.block, decoration.order)
    value = next(iter(program._defined(scope)), None)
    if not isinstance(value, Function):
        return
    for path in _paths(program, target, point):
        last = path.rsplit(".", 1)[-1]
        if path.startswith("gradio."):
            if last in ("render", "on", "api", "tool", "mcp") or last in LISTENERS or last in ROUTES:
                yield Registration(value, HANDLER, None, decoration, last)
                return
        elif last in ROUTES and path.startswith(("fastapi.", "starlette.", "flask.")):
            yield Registration(value, HANDLER, None, decoration, "route")
            return
    if called and kind == "Attribute" and name in LISTENERS - _COMMON and _uses_gradio(scope.module):
        if not any(path.startswith(("click.", "typer.")) for path in _paths(program, target, point)):
            yield Registration(value, HANDLER, None, decoration, name)


def _paths(program: Program, node: Any, point: Point) -> list[str]:
    return [value.path for value in program.evaluate(node, point) if isinstance(value, External)]


def _may_be_function(node: Any) -> bool:
    return type(node).__name__ in ("Name", "Attribute", "Lambda", "Call", "IfExp", "Subscript")


def _uses_gradio(module: Module) -> bool:
    return any(item.module.split(".")[0] == "gradio" for item in module.imports)


# Libraries whose functions take a function that they call later, when they are imported by name.
_REGISTERING = frozenset({"gradio", "threading", "asyncio"})
_EXECUTORS = re.compile(r"concurrent\.|multiprocessing\.|asyncio\.|joblib\.")


def _is_listener(program: Program, call: Call, name: str) -> bool:
    """Whether `x.name(fn, ...)` registers an event: x is a component, or nothing is known of x and the call looks
    like one."""
    owner = call.node.func.value
    known = program.evaluate(owner, point_of(call))
    if any(isinstance(value, External) and value.path.startswith("gradio.") for value in known):
        return True
    if any(isinstance(value, External) and _EXECUTORS.match(value.path) for value in known):
        return False  # `executor.submit(fn, value)`
    if any(isinstance(value, (External, Function)) for value in known):
        return any(
            isinstance(value, External) and value.path.endswith(("[]", ".__enter__()")) for value in known
        ) and _looks_registered(call)
    if name in _COMMON:
        return _looks_registered(call)
    return _looks_registered(call) or len(call.node.args) == 1


def _has_event_options(call: Call) -> bool:
    names = {argument.keyword.value for argument in call.node.args if argument.keyword is not None}
    return bool(names & {"inputs", "outputs", "fn", "show_progress", "queue", "api_name", "concurrency_limit", "js"})


def _looks_registered(call: Call) -> bool:
    if _has_event_options(call):
        return True
    plain = [argument.value for argument in call.node.args if argument.keyword is None]
    return len(plain) >= 2 and type(plain[1]).__name__ in ("List", "Name", "Attribute", "NameItem", "Set")


def _each(program: Program, candidate: Any, call: Call, kind: str, event: str) -> Iterator[Registration]:
    stack: list[Value] = list(program.evaluate(candidate, point_of(call)))
    for value in stack:
        for function in program.runs(value):
            yield Registration(function, kind, call, None, event)
