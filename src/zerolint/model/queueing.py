"""How many visitors an app lets in at a time, where it says so, and how many may wait.

On ZeroGPU Gradio keeps a single event waiting unless `queue(max_size=...)` says otherwise, whatever it is for (gradio
6.31.0 and 5.50.0, blocks.py). Without a limit on concurrency nothing waits there; with one, who comes next is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Edge
from zerolint.model.handlers import Registration
from zerolint.model.syntax import Call, Scope, blocks_of
from zerolint.model.values import Constant, External, point_of
from zerolint.model.ways import ways_to_gpu
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# The largest limit that is told of: the more run at a time, the less often somebody waits.
_MOST = 2


class ShortQueue(NamedTuple):
    """A limit on how many run at a time, in an app whose queue holds a single one.

    `argument` of `call` says `limit`. `gpu` is the first GPU function that it holds for. `others` are the further
    arguments in the app that say such a thing. `queue` is the only `queue()` call, `launch` the only `launch()` call;
    None when there is none, or several.
    """

    call: Call
    argument: Any
    limit: int
    gpu: Scope
    others: tuple[tuple[Call, Any], ...]
    queue: Call | None
    launch: Call | None


def short_queues(space: Space) -> Iterator[ShortQueue]:
    """The first limit of an app whose queue holds a single event; none when that is not known."""
    found = sorted(_limits(space), key=lambda item: (item[0].scope.module.path, item[0].order))
    if not found or space.mentions(b"_queue"):
        return
    queues = _queues(space)
    if queues is None:
        return
    launches = [call for call in space.program.calls_named("launch") if not space.program.is_dead(call.block)]
    call, argument, limit, gpu = found[0]
    others = tuple((item[0], item[1]) for item in found[1:] if item[1] is not argument)
    yield ShortQueue(call, argument, limit, gpu, others, _only(queues), _only(launches))


def _only(calls: list[Call]) -> Call | None:
    return calls[0] if len(calls) == 1 else None


def _queues(space: Space) -> list[Call] | None:
    """The calls of `queue` in reached files; None when one may say how many wait."""
    program = space.program
    found = []
    for module in space.modules_with(b"queue"):
        for scope in module.scopes:
            for call in scope.calls:
                function = call.node.func
                if type(function).__name__ != "Attribute" or function.attr.value != "queue":
                    continue
                most = program.argument(call, 2, "max_size")
                if any(arg.star for arg in call.node.args):
                    return None
                if most is not None and program.constant(most, point_of(call)) != Constant(None):
                    return None
                if not program.is_dead(call.block):
                    found.append(call)
    return found


def _limits(space: Space) -> Iterator[tuple[Call, Any, int, Scope]]:
    """The calls that set a small limit, with the argument, the limit, and a GPU function that it holds for."""
    program = space.program
    without: list[tuple[Registration, Scope]] = []
    seen: set[int] = set()
    for registration in space.contexts.registrations:
        call = _call(registration)
        if not registration.is_event or call is None or id(call) in seen:
            continue
        gpu = _gpu(space, registration)
        if gpu is None or program.is_dead(call.block) or any(arg.star for arg in call.node.args):
            continue
        seen.add(id(call))
        queued = program.argument(call, -1, "queue")
        if queued is not None and program.constant(queued, point_of(call)) not in (Constant(True), Constant(None)):
            continue
        given = _keyword(call, "concurrency_limit")
        if given is None:
            without.append((registration, gpu))
        elif (limit := _small(space, call, given)) is not None:
            yield call, given, limit, gpu
    for call in program.calls_named("queue") if without else ():
        given = _keyword(call, "default_concurrency_limit")
        if given is not None and not program.is_dead(call.block) and _is_of_gradio(space, call):
            limit = _small(space, call, given)
            if limit is not None:
                yield call, given, limit, without[0][1]


def _call(registration: Registration) -> Call | None:
    """The call that registers; of a decorator the one behind the `@`."""
    if registration.decoration is None:
        return registration.call
    return registration.decoration.scope.module.calls.get(id(registration.decoration.expression))


def _keyword(call: Call, name: str) -> Any | None:
    return next((arg for arg in call.node.args if arg.keyword is not None and arg.keyword.value == name), None)


def _small(space: Space, call: Call, argument: Any) -> int | None:
    constant = space.program.constant(argument.value, point_of(call))
    if constant is None or type(constant.value) is not int or not 1 <= constant.value <= _MOST:
        return None
    return int(constant.value)


def _gpu(space: Space, registration: Registration) -> Scope | None:
    """The GPU function that a registered function is or always calls."""
    function = registration.function
    if function.gpu is not None or (function.scope.is_method and function.scope in space.contexts.gpu):
        return function.scope
    way = next(ways_to_gpu(space, function.scope, _is_sure), None)
    return way.function if way is not None else None


def _is_sure(edge: Edge) -> bool:
    return not any(block.kind in (syntax.EXCEPT, syntax.MATCH) for block in blocks_of(edge.call.block))


def _is_of_gradio(space: Space, call: Call) -> bool:
    values = space.program.evaluate(call.node.func, point_of(call))
    return any(isinstance(value, External) and value.path.startswith("gradio.") for value in values)
