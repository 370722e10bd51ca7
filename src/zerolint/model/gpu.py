"""Where and how `spaces.GPU` is applied, and where its import is guarded."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from zerolint.finding import Note, Span
from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.once import Guards
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Import, Module, Scope, dotted
from zerolint.model.values import External, Gpu, Point, point_of
from zerolint.read.gate import without_strings
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.options import Argument, GpuOptions
    from zerolint.model.space import Space


class Application(NamedTuple):
    """One place where `spaces.GPU` is applied, with the functions that run through it for visitors or at start-up.

    `has_duration` is None when options are hidden behind `**`; `size` is the constant size or "". `functions` leaves
    out those that are never used, do nothing, compile ahead of time, or run only inside other GPU functions.
    """

    at: Span
    has_duration: bool | None
    size: str
    functions: tuple[Scope, ...]
    is_decorator: bool


class NestedFunction(NamedTuple):
    """A function or lambda that is made anew by each call of `outer`, for a visitor, and made a GPU function by `gpu`.

    `context` is where `outer` runs: HANDLER or THREAD.
    """

    function: Scope
    gpu: Gpu
    outer: Scope
    context: Context


def nested_functions(space: Space) -> Iterator[NestedFunction]:
    """The GPU functions that per-request code outside workers makes, by file and place.

    A function of module level is not among them, wherever `spaces.GPU` is applied to it: its wrapper is found again.
    """
    contexts = space.contexts
    for scope, applications in sorted(contexts.gpu.items(), key=lambda item: (item[0].module.path, item[0].order)):
        outer = scope.parent.frame if scope.parent is not None else scope
        while outer.kind == syntax.CLASS and outer.parent is not None:
            outer = outer.parent.frame
        if not outer.is_function or scope is outer or space.program.is_dead(scope.block):
            continue
        gpu = next((gpu for gpu in applications if gpu.node is not None and gpu.scope is not None), None)
        if gpu is None:
            continue
        for context in (Context.HANDLER, Context.THREAD):
            if contexts.in_context(outer, context) and contexts.is_per_request(outer):
                if not _is_kept(space, scope, outer, context):
                    yield NestedFunction(scope, gpu, outer, context)
                break


def _is_kept(space: Space, scope: Scope, outer: Scope, context: Context) -> bool:
    """Whether what a function makes is made once and kept: in a cache, in a global, or in something that is filled."""
    guards = Guards(space.program)
    if guards.is_settled(scope.block, context) or _is_stored(outer, lambda node: dotted(node) == scope.name):
        return True
    for function, step in space.contexts.path(outer, context):
        names = {dotted(d.expression.func if _is_call(d.expression) else d.expression) for d in function.decorations}
        if any(name.rpartition(".")[2] in ("cache", "lru_cache") for name in names):
            return True
        call = step.call
        if call is None or step.caller is None:
            continue
        if guards.is_settled(call.block, context) or _is_stored(step.caller, partial(operator.is_, call.node)):
            return True
    return False


def _is_stored(scope: Scope, is_value: Callable[[Any], bool]) -> bool:
    """Whether code puts a value into a container, an attribute or a global."""
    if any(store.value is not None and is_value(store.value) for store in scope.stores):
        return True
    return any(
        binding.outside and binding.scope is scope and binding.kind == "assign" and is_value(binding.value)
        for name in scope.globals | scope.nonlocals
        for binding in scope.module.root.names.get(name, ())
    )


def _is_call(node: Any) -> bool:
    return type(node).__name__ == "Call"


def applications(space: Space) -> Iterator[Application]:
    """Every application of `spaces.GPU` that makes a GPU function, in the modules that were read, by file and place."""
    program = space.program
    found = []
    for options in space.gpu_options():
        if not options.functions:
            continue
        has_duration: bool | None = False
        if options.duration is not None:
            constant = program.constant(options.duration.node, options.duration.point)
            has_duration = constant is None or constant.value is not None
        if options.is_hidden and not has_duration:
            has_duration = None
        size = options.size and program.constant(options.size.node, options.size.point)
        found.append(
            Application(
                space.span(options.module, options.node),
                has_duration,
                "" if size is None or size.value is None else str(size.value),
                tuple(scope for scope in options.functions if _books(space, scope)),
                type(options.node).__name__ == "Decorator",
            )
        )
    yield from sorted(found, key=lambda application: application.at)


def _books(space: Space, scope: Scope) -> bool:
    """Whether calls of a GPU function book time that a visitor pays for."""
    if _does_nothing(scope) or _compiles_ahead(space.program, scope):
        return False
    contexts = space.contexts
    if any(registration.function.scope is scope for registration in contexts.registrations):
        return True
    callers = contexts.callers(scope)
    if callers:
        return any(
            contexts.in_context(caller, context) for caller in callers for context in (Context.HANDLER, Context.THREAD)
        )
    return bool(contexts.callers(scope, at_import=True))


def is_placeholder(space: Space, scope: Scope) -> bool:
    """Whether a GPU function is there only to be detected: it does nothing, or nothing can call it."""
    if _does_nothing(scope):
        return True
    if any(registration.function.scope is scope for registration in space.contexts.registrations):
        return False
    if len(scope.decorations) > 1 or scope.is_method or space.program.is_used_as_value(scope):
        return False
    return not space.program.callers(scope) and not space.contexts.callers(scope)


def _does_nothing(scope: Scope) -> bool:
    """Whether a body is only a docstring, `pass`, `...`, a constant result or a `print`: it is there to be detected."""
    if scope.kind == syntax.LAMBDA:
        return _is_literal(scope.node.body)
    if scope.yields or scope.stores:
        return False
    for statement in getattr(scope.node.body, "body", ()):
        parts = statement.body if type(statement).__name__ == "SimpleStatementLine" else (statement,)
        if type(statement).__name__ not in ("SimpleStatementLine", "Pass", "Return", "Expr"):
            return False
        for part in parts:
            kind = type(part).__name__
            if kind == "Pass" or (kind == "Return" and (part.value is None or _is_literal(part.value))):
                continue
            if kind == "Expr" and (_is_literal(part.value) or _is_print(part.value)):
                continue
            return False
    return True


def _is_literal(node: Any) -> bool:
    kind = type(node).__name__
    return kind in ("SimpleString", "Integer", "Float", "Ellipsis") or (
        kind == "Name" and node.value in ("True", "False", "None")
    )


def _is_print(node: Any) -> bool:
    return (
        type(node).__name__ == "Call"
        and type(node.func).__name__ == "Name"
        and node.func.value == "print"
        and all(type(argument.value).__name__ in ("SimpleString", "FormattedString") for argument in node.args)
    )


def _compiles_ahead(program: Program, scope: Scope) -> bool:
    """Whether a function compiles ahead of time (`spaces.aoti_*`, `torch.export`), which runs once at start-up."""
    return any(
        isinstance(value, External) and (value.path.startswith(("spaces.aoti", "torch.export")))
        for call in scope.calls
        for value in program.evaluate(call.node.func, point_of(call))
    )


class AsyncFunction(NamedTuple):
    """An `async def` that `spaces.GPU` is applied to. `at_start` tells that start-up code does it."""

    function: Scope
    options: GpuOptions
    at_start: bool


def async_functions(space: Space) -> Iterator[AsyncFunction]:
    """Every `async def` that is handed to `spaces.GPU` itself, by file and place."""
    for options in space.gpu_options():
        block = options.call.block if options.call is not None else None
        if options.is_guess or _is_tried(block):
            continue
        for function in (*options.functions, *options.overruled):
            if not function.is_async or function not in options.direct or _is_tried(function.block):
                continue
            if not space.program.is_dead(function.block):
                yield AsyncFunction(function, options, _is_at_start(space, options.scope))


def _is_tried(block: Block | None) -> bool:
    return any(outer.kind == syntax.TRY for outer in syntax.blocks_of(block))


def _is_at_start(space: Space, scope: Scope) -> bool:
    """Whether code of a scope runs while the app starts."""
    frame = scope.frame
    while frame.kind == syntax.CLASS and frame.parent is not None:
        frame = frame.parent.frame
    return not frame.is_function or space.contexts.in_context(frame, Context.IMPORT)


class SecondDecoration(NamedTuple):
    """An application of `spaces.GPU` to a function that `first` has made a GPU function: it changes nothing.

    `lost` are the names of the options that it gives and that `first` does not give, or gives otherwise.
    """

    function: Scope
    options: GpuOptions
    first: GpuOptions
    lost: tuple[str, ...]


def second_decorations(space: Space) -> Iterator[SecondDecoration]:
    """Every application of `spaces.GPU` to what is a GPU function already, by file and place."""
    known = space.gpu_options()
    for options in known:
        if options.is_guess or options.is_hidden or options.surplus:
            continue
        for function in options.overruled:
            firsts = [first for first in known if function in first.functions and function in first.direct]
            if function not in options.direct or len(firsts) != 1 or firsts[0].is_hidden or firsts[0].is_guess:
                continue
            lost = tuple(name for name in ("duration", "size") if _differs(space, options, firsts[0], name))
            yield SecondDecoration(function, options, firsts[0], lost)


def _differs(space: Space, options: GpuOptions, first: GpuOptions, name: str) -> bool:
    given: Argument | None = getattr(options, name)
    other: Argument | None = getattr(first, name)
    if given is None:
        return False
    if other is None:
        return True
    values = [space.program.constant(argument.node, argument.point) for argument in (given, other)]
    if None not in values:
        return values[0] != values[1]
    codes = [space.code(argument.point.scope.module, argument.node) for argument in (given, other)]
    return codes[0] != codes[1]


class GuardedImport(NamedTuple):
    """An import of `spaces` that may fail without stopping the app; `otherwise` says in words what happens then."""

    at: Span
    otherwise: str
    notes: tuple[Note, ...]


def guarded_imports(space: Space) -> Iterator[GuardedImport]:
    """Every import of `spaces` with a stand-in, in the modules that were read."""
    space.contexts  # noqa: B018  reads what the entry points reach
    for module in space.program.loaded:
        text = space.contents[module.path]
        if b"GPU" not in text:
            continue
        imports = [item for item in module.imports if item.module.split(".")[0] == "spaces"]
        if any(item.block is None and item.scope is module.root for item in imports):
            continue
        if imports and b"ZeroGPU" not in text and b"GPU" not in without_strings(text):
            continue  # a library that looks for `spaces` for other reasons, as Gradio does
        seen: set[int] = set()
        for item in imports:
            if id(item.statement) not in seen:
                seen.add(id(item.statement))
                yield from _guarded(space, module, item)


def _guarded(space: Space, module: Module, item: Import) -> Iterator[GuardedImport]:
    for block in syntax.blocks_of(item.block):
        if block.kind == syntax.TRY:
            otherwise_part: Any = block.statement.orelse
            line = space.span(module, item.statement).start_line
            if otherwise_part is not None and space.span(module, otherwise_part).start_line <= line:
                continue  # what stands in the `else` of a `try` is not caught by it
            point = Point(item.scope, item.block, item.order)
            for handler in block.statement.handlers:
                if _catches_import_error(handler) and not _stops_on_zerogpu(space, handler.body, point):
                    is_stub = _is_stub(item, handler)
                    otherwise = "a stub takes its place" if is_stub else "the app goes on without it"
                    at = space.span(module, item.statement)
                    note = Note(_first_line(space.span(module, handler)), "this is what happens instead")
                    yield GuardedImport(at, otherwise, (note,))
                    return
        elif block.kind == syntax.IF and block.branch:
            other: Any = getattr(block.statement, "orelse", None)
            if type(other).__name__ == "Else" and _stands_in(other.body, item.alias) and not _stops(other.body):
                note = Note(_first_line(space.span(module, other)), "the other branch puts a stand-in here")
                yield GuardedImport(space.span(module, item.statement), "a stand-in takes its place", (note,))
                return


def _first_line(span: Span) -> Span:
    if span.start_line == span.end_line:
        return span
    return Span(span.path, span.start_line, span.start_column, span.start_line, span.start_column + 6)


def _catches_import_error(handler: Any) -> bool:
    names: list[str] = []
    if handler.type is None:
        return True
    nodes = [handler.type]
    if type(handler.type).__name__ == "Tuple":
        nodes = [element.value for element in handler.type.elements]
    for node in nodes:
        names.append(syntax.dotted(node).rsplit(".", 1)[-1])
    return bool({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"} & set(names))


def _stops(suite: Any) -> bool:
    """Whether a body ends the program or hands the error on."""
    # A body on the line of its `except` holds its parts itself.
    for statement in [suite] if type(suite).__name__ == "SimpleStatementSuite" else suite.body:
        if type(statement).__name__ not in ("SimpleStatementLine", "SimpleStatementSuite"):
            continue
        for small in statement.body:
            if type(small).__name__ == "Raise":
                return True
            if type(small).__name__ == "Expr" and type(small.value).__name__ == "Call":
                if syntax.dotted(small.value.func) in ("sys.exit", "exit", "quit", "os._exit"):
                    return True
    return False


def _stops_on_zerogpu(space: Space, suite: Any, point: Point) -> bool:
    """Whether a body does so at least where the environment tells that this is ZeroGPU."""
    if _stops(suite):
        return True
    for statement in suite.body:
        if type(statement).__name__ == "If" and _stops_on_zerogpu(space, statement.body, point):
            decided = space.program.decide(statement.test, point)
            asked = space.code(point.scope.module, statement.test, 500)
            if decided or (decided is None and "SPACES_ZERO_GPU" in asked):
                return True
    return False


def _is_stub(item: Import, handler: Any) -> bool:
    """Whether a handler defines a class or function, or gives the name of the import another value than None."""
    for name, bindings in item.scope.names.items():
        for binding in bindings:
            if all(block.node is not handler for block in syntax.blocks_of(binding.block)):
                continue
            if binding.kind in ("class", "def"):
                return True
            if binding.kind == "assign" and type(binding.value).__name__ == "Lambda":
                return True
            if name == item.alias and (binding.kind == "import" or dotted(binding.value) not in ("None", "False")):
                return True
    return False


def _stands_in(suite: Any, name: str) -> bool:
    """Whether a body defines something: a class, a function, or a name that is assigned."""
    for statement in suite.body:
        kind = type(statement).__name__
        if kind in ("ClassDef", "FunctionDef"):
            return True
        if kind == "SimpleStatementLine" and any(type(small).__name__ == "Assign" for small in statement.body):
            return True
        if kind == "SimpleStatementLine" and any(type(small).__name__ == "Return" for small in statement.body):
            return True
    return False
