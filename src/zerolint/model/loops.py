"""Which calls of GPU functions are made again and again, each time with a booking of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.boundary import is_gpu_edge
from zerolint.model.contexts import Context, Edge
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Call, Scope, holds
from zerolint.model.values import External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class RepeatedCall(NamedTuple):
    """A call in `caller`, outside GPU functions, that runs GPU function `function` once for each turn of a loop.

    `loop` is the innermost loop or comprehension around it; None when the call itself goes over an iterable, as `map`
    does. `context` is where the caller runs.
    """

    call: Call
    caller: Scope
    function: Scope
    loop: Any
    context: Context


def repeated_gpu_calls(space: Space) -> Iterator[RepeatedCall]:
    """The calls of GPU functions in loops, by file and place."""
    contexts = space.contexts
    if not contexts.gpu:
        return
    found: dict[int, RepeatedCall] = {}
    reaching = [Context.HANDLER, Context.THREAD]
    if _may_loop_at_import(space):
        reaching.append(Context.IMPORT)
    for context in reaching:
        for scope in contexts.reached(context):
            if scope in contexts.gpu or (context is Context.THREAD and not contexts.is_per_request(scope)):
                continue  # a thread from start-up is taken to wait for jobs in its loop
            for edge in contexts.edges(scope):
                if id(edge.call) in found or not is_gpu_edge(contexts, edge):
                    continue
                goes_over = _goes_over(space.program, edge)
                if goes_over is None:
                    continue
                loop = _loop(space.program, edge.call)
                if loop is not None or goes_over:
                    statement = loop.statement if loop is not None else None
                    found[id(edge.call)] = RepeatedCall(edge.call, scope, edge.function.scope, statement, context)
    yield from sorted(found.values(), key=lambda item: (item.call.scope.module.path, item.call.order))


def _may_loop_at_import(space: Space) -> bool:
    """Whether it is worth following the module level: some loop has a call with the name of a GPU function."""
    names = {scope.name for scope in space.contexts.gpu}
    return any(
        block.kind == syntax.LOOP and not space.contexts.is_per_request(call.function)
        for name in sorted(names)
        for call in space.program.calls_named(name)
        for block in syntax.blocks_of(call.block)
    )


def _goes_over(program: Program, edge: Edge) -> bool | None:
    """Whether a call goes over an iterable by itself; None when it is not known to call the function at all."""
    call = edge.call
    if any(target.scope is edge.function.scope for target in program.targets(call)):
        return False
    paths = {v.path for v in program.evaluate(call.node.func, point_of(call)) if isinstance(v, External)}
    if any(path == "builtins.map" or path.endswith((".map", ".starmap", ".imap", ".imap_unordered")) for path in paths):
        return True
    if edge.threaded or any(path.endswith((".apply_async", ".apply")) for path in paths):
        return False
    return None


def _loop(program: Program, call: Call) -> Block | None:
    """The innermost loop around a call that can turn more than once and calls again in each turn."""
    for block in syntax.blocks_of(call.block):
        if block.kind == syntax.LOOP and not _has_one_turn(program, block) and not _ends_after(block.statement, call):
            return block
    return None


def _has_one_turn(program: Program, block: Block) -> bool:
    """Whether a `for` goes over one element, `range(1)` or one batch, or a `while` has a test that is false."""
    node = block.node
    kind = type(node).__name__
    if type(block.statement).__name__ == "While":
        return program.decide(node, Point(block.scope, block.parent, block.order)) is False
    if kind in ("List", "Tuple", "Set"):
        return len(node.elements) < 2 and all(type(element).__name__ == "Element" for element in node.elements)
    if kind == "Dict":
        return len(node.elements) < 2 and all(type(element).__name__ == "DictElement" for element in node.elements)
    if kind == "Call" and type(node.func).__name__ == "Name" and node.func.value == "range":
        point = Point(block.scope, block.parent, block.order)
        if len(node.args) == 1:
            turns = program.constant(node.args[0].value, point)
            return turns is not None and turns.value in (0, 1)
        return len(node.args) == 3 and _may_be_all(program, node.args[1].value, node.args[2].value, point)
    return False


def _may_be_all(program: Program, stop: Any, step: Any, point: Point) -> bool:
    """Whether the step of a `range` is one of several values, of which one is its end: everything in one batch."""
    if type(step).__name__ != "Name" or not syntax.dotted(stop):
        return False
    bindings = program.bindings(step.value, point)
    values = [binding.value for binding in bindings if binding.kind == "assign" and not binding.path]
    values = [value.left if type(value).__name__ == "BooleanOperation" else value for value in values]
    return any(type(v).__name__ in ("Name", "Attribute") and syntax.dotted(v) == syntax.dotted(stop) for v in values)


def _ends_after(loop: Any, call: Call) -> bool:
    """Whether the turn of a loop statement that makes a call is its last, when nothing raises.

    A loop that calls again only after an error is one of these: a call that failed has given nothing.
    """
    if type(loop).__name__ not in ("For", "While"):
        return False
    way = _way(loop.body, call.node)
    for depth in range(len(way) - 1, -1, -1):
        suite, index, _ = way[depth]
        # A `break` further in than an inner loop ends that one only.
        breaks_out = not any(type(holder).__name__ in ("For", "While") for _, _, holder in way[: depth + 1])
        statement = suite[index]
        if depth == len(way) - 1:
            if _leaves(statement, breaks_out):
                return True
        elif type(statement).__name__ in ("Try", "TryStar"):
            for part in (statement.orelse, statement.finalbody):
                if part is not None and _any_leaves(part.body, breaks_out):
                    return True
        for later in suite[index + 1 :]:
            if _leaves(later, breaks_out):
                return True
            if breaks_out and _may_continue(later):
                return False
    return False


def _way(suite: Any, node: Any) -> list[tuple[Any, int, Any]]:
    """The bodies that lead down to the statement a node is in: statements, position, and the statement around them."""
    way: list[tuple[Any, int, Any]] = []
    holder: Any = None
    while suite is not None:
        statements = suite.body
        inner = None
        for index, statement in enumerate(statements):
            if holds(statement, node):
                way.append((statements, index, holder))
                inner = next((part for part in _suites(statement) if holds(part, node)), None)
                holder = statement
                break
        suite = inner
    return way


def _suites(statement: Any) -> Iterator[Any]:
    """The bodies of a compound statement, function and class bodies left out."""
    kind = type(statement).__name__
    if kind in ("If", "For", "While", "With", "Try", "TryStar"):
        yield statement.body
        for handler in getattr(statement, "handlers", ()):
            yield handler.body
        orelse = getattr(statement, "orelse", None)
        if type(orelse).__name__ == "If":
            yield from _suites(orelse)
        elif orelse is not None:
            yield orelse.body
        if getattr(statement, "finalbody", None) is not None:
            yield statement.finalbody.body
    elif kind == "Match":
        for case in statement.cases:
            yield case.body


def _leaves(statement: Any, breaks_out: bool) -> bool:
    """Whether a statement surely leaves the loop: by `return`, `raise`, or a `break` where it belongs to that loop."""
    kind = type(statement).__name__
    if kind == "SimpleStatementLine":
        return any(_leaves(small, breaks_out) for small in statement.body)
    if kind in ("Return", "Raise"):
        return True
    if kind == "Break":
        return breaks_out
    if kind == "If":
        while _any_leaves(statement.body, breaks_out) and statement.orelse is not None:
            if type(statement.orelse).__name__ == "Else":
                return _any_leaves(statement.orelse.body, breaks_out)
            statement = statement.orelse
        return False
    if kind == "With":
        return _any_leaves(statement.body, breaks_out)
    if kind in ("Try", "TryStar"):
        parts = (statement, statement.orelse, statement.finalbody)
        return any(part is not None and _any_leaves(part.body, breaks_out) for part in parts)
    return False


def _any_leaves(suite: Any, breaks_out: bool) -> bool:
    return any(_leaves(statement, breaks_out) for statement in suite.body)


def _may_continue(statement: Any) -> bool:
    """Whether a statement holds a `continue` of the loop around it."""
    kind = type(statement).__name__
    if kind == "SimpleStatementLine":
        return any(type(small).__name__ == "Continue" for small in statement.body)
    if kind in ("For", "While"):
        return False
    return any(
        type(inner).__name__ == "Continue" or _may_continue(inner)
        for suite in _suites(statement)
        for inner in suite.body
    )
