"""How code outside of GPU workers comes to call a GPU function, through other functions of the Space, and where that
stops the event loop.

A call of a GPU function from the main process waits until a GPU is free and the work is done. On the event loop nothing
else is served meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import handlers
from zerolint.model.boundary import is_gpu_edge
from zerolint.model.contexts import Edge
from zerolint.model.reading import names_in
from zerolint.model.syntax import COMPREHENSION, IF, Call, Scope, blocks_of
from zerolint.model.values import point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Way(NamedTuple):
    """The calls that lead to a worker, each made by the function that the one before runs; the last one runs GPU
    function `function`. `callers` are the functions that make them."""

    calls: tuple[Call, ...]
    callers: tuple[Scope, ...]
    function: Scope

    @property
    def call(self) -> Call:
        """The first of the calls."""
        return self.calls[0]


class BlockingCall(NamedTuple):
    """A call in asynchronous function `caller`, which runs on the event loop, that waits for a GPU function.

    `root` is the handler through which Gradio or a web route comes to `caller`.
    """

    caller: Scope
    way: Way
    root: handlers.Registration


def ways_to_gpu(space: Space, scope: Scope, follows: Callable[[Edge], bool]) -> Iterator[Way]:
    """The shortest way to a worker for each call of a function that leads to one, along the edges that `follows` lets
    through. A call further down that depends on what its function is given is not taken."""
    seen: set[int] = set()
    for edge in space.contexts.edges(scope):
        if id(edge.call) in seen or not follows(edge):
            continue
        way = _way(space, scope, edge, follows)
        if way is not None:
            seen.add(id(edge.call))
            yield way


def _way(space: Space, scope: Scope, first: Edge, follows: Callable[[Edge], bool]) -> Way | None:
    queue: list[tuple[Edge, tuple[Call, ...], tuple[Scope, ...]]] = [(first, (first.call,), (scope,))]
    seen = {scope}
    for edge, calls, callers in queue:
        target = edge.function.scope
        if is_gpu_edge(space.contexts, edge):
            return Way(calls, callers, target)
        if target in seen or target in space.contexts.gpu:
            continue
        seen.add(target)
        for inner in space.contexts.edges(target):
            if follows(inner) and not depends_on_caller(inner.call, target):
                queue.append((inner, (*calls, inner.call), (*callers, target)))
    return None


def depends_on_caller(call: Call, function: Scope) -> bool:
    """Whether a call is made only when a parameter of the function says so, which this caller may not want.

    A test for something empty, after which the function leaves, is none of these.
    """
    params = {param.name for param in function.params}
    for block in blocks_of(call.block):
        if block.kind != IF or params.isdisjoint(names_in(block.node)):
            continue
        if block.branch or not asks_for_nothing(block.node):
            return True
    return False


def asks_for_nothing(test: Any) -> bool:
    """`not text`, `text is None`, `not text.strip()`, and several of them."""
    kind = type(test).__name__
    if kind == "BooleanOperation":
        return asks_for_nothing(test.left) and asks_for_nothing(test.right)
    if kind == "UnaryOperation" and type(test.operator).__name__ == "Not":
        return type(_stripped(test.expression)).__name__ == "Name"
    if kind == "Comparison" and len(test.comparisons) == 1 and type(test.left).__name__ == "Name":
        target = test.comparisons[0]
        is_none = type(target.comparator).__name__ == "Name" and target.comparator.value == "None"
        return is_none and type(target.operator).__name__ in ("Is", "Equal")
    return False


def _stripped(node: Any) -> Any:
    """What `strip()` is called on, or the node itself."""
    if type(node).__name__ == "Call" and type(node.func).__name__ == "Attribute" and node.func.attr.value == "strip":
        return node.func.value
    return node


def blocking_calls(space: Space) -> Iterator[BlockingCall]:
    """The calls that stop the event loop until a GPU function is done, by file and place, each once."""
    contexts = space.contexts
    if not contexts.gpu:
        return
    queue: list[tuple[Scope, handlers.Registration]] = [
        (registration.function.scope, registration)
        for registration in contexts.registrations
        if registration.kind == handlers.HANDLER and registration.function.scope.is_async
    ]
    found: list[BlockingCall] = []
    seen: set[Scope] = set()
    for scope, root in queue:
        if scope in seen or scope in contexts.gpu:
            continue
        seen.add(scope)
        found.extend(BlockingCall(scope, way, root) for way in ways_to_gpu(space, scope, lambda e: _waits(space, e)))
        for edge in contexts.edges(scope):
            if edge.function.scope.is_async and _is_direct(space, edge):
                queue.append((edge.function.scope, root))
    yield from sorted(found, key=lambda item: (item.caller.module.path, item.way.call.order))


def _waits(space: Space, edge: Edge) -> bool:
    """Whether a call runs a function then and there and waits for it: no coroutine, no function that is handed on."""
    function = edge.function.scope
    if function.is_async or not _is_direct(space, edge):
        return False
    return not function.is_generator or goes_over(edge.call)


def _is_direct(space: Space, edge: Edge) -> bool:
    if edge.threaded:
        return False
    return any(target.scope is edge.function.scope for target in space.program.targets(edge.call))


def goes_over(call: Call) -> bool:
    """Whether the value of a call is gone over where it stands: `for part in call(...)`, `list(call(...))`,
    `yield from call(...)`."""
    for statement in call.scope.module.statements:
        if type(statement).__name__ == "For" and statement.iter is call.node:
            return True
    for scope in (call.scope, *call.scope.children):
        clause = scope.node.for_in if scope.kind == COMPREHENSION else None
        while clause is not None:
            if clause.iter is call.node:
                return True
            clause = clause.inner_for_in
    if any(result.delegates and result.value is call.node for result in call.function.yields):
        return True
    return any(
        type(outer.node.func).__name__ == "Name"
        and outer.node.func.value in ("list", "tuple", "next", "sum", "max", "min", "sorted")
        and any(argument.value is call.node for argument in outer.node.args)
        for outer in call.function.calls
    )


def keeps_context(space: Space, edge: Edge) -> bool:
    """Whether a function is run with the context variables of the code that hands it over, and so with the request.

    `asyncio.to_thread` and `Context.run` do that, a thread or executor does not.
    """
    if not edge.threaded:
        return True
    return any(
        getattr(value, "path", "") == "asyncio.to_thread"
        for value in space.program.evaluate(edge.call.node.func, point_of(edge.call))
    )
