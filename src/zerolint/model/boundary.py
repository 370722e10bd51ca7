"""What crosses between the main process and a GPU worker: the calls that go there and the results that come back.

A call of a GPU function from code that is not in a worker itself books GPU time, pickles its arguments, and unpickles
what the function returns or yields. Inside a worker the same call is a plain one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model.contexts import Context, Contexts, Edge
from zerolint.model.syntax import Call, Result, Scope
from zerolint.model.values import Function, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class GpuCall(NamedTuple):
    """A call in `caller`, outside GPU functions, that runs GPU function `function` in a worker.

    `context` is where the caller runs. `is_direct` tells that `call` is the call itself, so that its arguments are
    what is pickled; otherwise the function is handed to something that calls it: `executor.submit(generate, prompt)`,
    `map(generate, prompts)`. `threaded` tells that this is a thread of the Space's own.
    """

    call: Call
    caller: Scope
    function: Function
    context: Context
    is_direct: bool
    threaded: bool


class GpuResult(NamedTuple):
    """A live `return` or `yield` of GPU function `function` whose value is pickled to the main process.

    `result.delegates` marks a `yield from`, whose value is gone over.
    """

    function: Scope
    result: Result
    point: Point

    @property
    def value(self) -> Any:
        """The expression that is handed on."""
        return self.result.value


def gpu_calls(space: Space, contexts: tuple[Context, ...] = (Context.HANDLER, Context.THREAD)) -> Iterator[GpuCall]:
    """The calls that go to a worker from code that runs in one of `contexts`, by file and place, each once."""
    found: dict[tuple[int, Scope], GpuCall] = {}
    for context in contexts if space.contexts.gpu else ():
        for caller in space.contexts.reached(context):
            if caller in space.contexts.gpu:
                continue
            for edge in space.contexts.edges(caller):
                key = (id(edge.call), edge.function.scope)
                if key not in found and is_gpu_edge(space.contexts, edge):
                    direct = any(target.scope is edge.function.scope for target in space.program.targets(edge.call))
                    found[key] = GpuCall(edge.call, caller, edge.function, context, direct, edge.threaded)
    yield from sorted(found.values(), key=lambda item: (item.call.scope.module.path, item.call.order))


def is_gpu_edge(contexts: Contexts, edge: Edge) -> bool:
    """Whether an edge from code outside of workers leads to a GPU function."""
    if edge.function.gpu is not None:
        return True
    # `app.draw = spaces.GPU(app.draw)`: the wrapped method is reached through the class, which knows nothing of it.
    return edge.function.scope.is_method and edge.function.scope in contexts.gpu


def gpu_results(space: Space) -> Iterator[GpuResult]:
    """What GPU functions hand to the main process, by file and place.

    A function whose decorators may change what it returns is left out, and so is one that only workers call.
    """
    for scope in sorted(space.contexts.gpu, key=lambda scope: (scope.module.path, scope.order)):
        if not crosses(space.contexts, scope) or not space.devices.hands_on(scope):
            continue
        for result in scope.yields or scope.returns:
            if result.value is not None and not space.program.is_dead(result.block):
                yield GpuResult(scope, result, point_of(result))


def crosses(contexts: Contexts, scope: Scope) -> bool:
    """Whether a GPU function is called from outside of workers, so that its result is pickled."""
    if not contexts.in_context(scope, Context.GPU):
        return False
    if any(registration.function.scope is scope for registration in contexts.registrations):
        return True
    return any(
        edge.function.scope is scope
        for context in (Context.HANDLER, Context.THREAD)
        for caller in contexts.reached(context)
        if caller not in contexts.gpu
        for edge in contexts.edges(caller)
    )


def worker_calls(space: Space, names: Iterable[str]) -> list[Call]:
    """The live calls in GPU workers whose last name is one of `names`, by file and place."""
    program, contexts = space.program, space.contexts
    found = [
        call
        for name in names
        for call in (program.calls_named(name) if contexts.gpu else ())
        if contexts.in_context(call.function, Context.GPU) and not program.is_dead(call.block)
    ]
    return sorted(found, key=lambda call: (call.scope.module.path, call.order))


def runs_with(contexts: Contexts, scope: Scope) -> list[Scope]:
    """A function and all that it runs, directly or not, as they run together in a worker."""
    found = {scope: None}
    queue = [scope]
    for current in queue:
        for edge in contexts.edges(current):
            if edge.function.scope not in found:
                found[edge.function.scope] = None
                queue.append(edge.function.scope)
    return queue
