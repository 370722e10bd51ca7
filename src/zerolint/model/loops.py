"""Which calls of GPU functions are made again and again, each time with a booking of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts, Edge
from zerolint.model.program import Program, point_of
from zerolint.model.syntax import Block, Call, Scope
from zerolint.model.values import External

if TYPE_CHECKING:
    from zerolint.model.space import Space


@dataclass(frozen=True, slots=True)
class RepeatedCall:
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
    for context in (Context.HANDLER, Context.THREAD, Context.IMPORT):
        for scope in contexts.reached(context):
            if scope in contexts.gpu:
                continue
            for edge in contexts.edges(scope):
                if id(edge.call) in found or not _is_gpu(contexts, edge):
                    continue
                goes_over = _goes_over(space.program, edge)
                if goes_over is None:
                    continue
                loop = _loop(space.program, edge.call)
                if loop is not None or goes_over:
                    statement = loop.statement if loop is not None else None
                    found[id(edge.call)] = RepeatedCall(edge.call, scope, edge.function.scope, statement, context)
    yield from sorted(found.values(), key=lambda item: (item.call.scope.module.path, item.call.order))


def _is_gpu(contexts: Contexts, edge: Edge) -> bool:
    if edge.function.gpu is not None:
        return True
    # `app.draw = spaces.GPU(app.draw)`: the wrapped method is reached through the class, which knows nothing of it.
    return edge.function.scope.is_method and edge.function.scope in contexts.gpu


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
    """Whether a `for` goes over a display of one element, or over `range(1)`."""
    node = block.node
    kind = type(node).__name__
    if kind in ("List", "Tuple", "Set"):
        return len(node.elements) == 1 and type(node.elements[0]).__name__ == "Element"
    if kind == "Dict":
        return len(node.elements) == 1 and type(node.elements[0]).__name__ == "DictElement"
    if kind == "Call" and type(node.func).__name__ == "Name" and node.func.value == "range" and len(node.args) == 1:
        scope = block.scope
        turns = program.constant(node.args[0].value, (syntax_point(scope, block)))
        return turns is not None and turns.value in (0, 1)
    return False
