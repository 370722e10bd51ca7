"""Locks that the main process holds while it waits for a GPU worker that takes them too.

A worker is forked when it is first needed. A lock that is held at that moment is held in the worker as well, and by
nobody who could release it: the worker waits for ever, and so does the main process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.boundary import is_gpu_edge, runs_with
from zerolint.model.contexts import Context
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Call, Module, Scope
from zerolint.model.values import External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_LOCKS = ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore")
_LOCK = rf"(?:threading|multiprocessing|torch\.multiprocessing)\.(?:{'|'.join(_LOCKS)})\(\)"
_END = 1 << 60


class HeldLock(NamedTuple):
    """A lock that is held across a call of GPU function `function`, which takes it.

    `lock` is the expression after `with`, in `caller`. `call` leads to the GPU function, directly or not. `taken` is
    the expression by which code of the worker, in `taker`, takes the lock. `is_certain` is False where the two may be
    locks of different objects.
    """

    caller: Scope
    lock: Any
    call: Call
    function: Scope
    taker: Scope
    taken: Any
    is_certain: bool


class _Taking(NamedTuple):
    """A lock that is taken in a function, and the stretch of code in which it is held: in `block`, from record number
    `start` to `end`. `waits` is False for a try that gives up. `origin` is the call that made the lock."""

    scope: Scope
    node: Any
    origin: Call
    block: Block | None
    start: int
    end: int
    waits: bool


def held_locks(space: Space) -> Iterator[HeldLock]:
    """The locks that are held across a call of a GPU function that takes them, by file and place."""
    contexts = space.contexts
    if not contexts.gpu or not any(space.program.calls_named(name) for name in _LOCKS):
        return
    takings = _Takings(space.program)
    in_gpu: dict[Scope, list[_Taking]] = {}
    callers = {scope for context in (Context.HANDLER, Context.THREAD) for scope in contexts.reached(context)}
    for caller in sorted(callers - contexts.gpu.keys(), key=lambda scope: (scope.module.path, scope.order)):
        for taking in takings.of(caller):
            for call, function in _gpu_calls_within(space, caller, taking):
                if function not in in_gpu:
                    in_gpu[function] = [t for scope in runs_with(contexts, function) for t in takings.of(scope)]
                certain = taking.origin.function.kind == syntax.MODULE
                # Of a method, `self` with its lock cannot be pickled in the first place.
                inner = next((t for t in in_gpu[function] if t.waits and t.origin.node is taking.origin.node), None)
                if inner is not None and (certain or not function.is_method):
                    yield HeldLock(caller, taking.node, call, function, inner.scope, inner.node, certain)
                    break


def _gpu_calls_within(space: Space, caller: Scope, taking: _Taking) -> Iterator[tuple[Call, Scope]]:
    """The calls while a lock is held that lead to GPU functions, through the main process, with these functions."""
    for edge in space.contexts.edges(caller):
        if edge.threaded or not taking.start < edge.call.order < taking.end:
            continue
        if not syntax.encloses(taking.block, edge.call.block):
            continue
        queue = [edge]
        seen = {edge.function.scope}
        for step in queue:
            if is_gpu_edge(space.contexts, step):
                yield edge.call, step.function.scope
                continue
            for inner in space.contexts.edges(step.function.scope):
                if not inner.threaded and inner.function.scope not in seen:
                    seen.add(inner.function.scope)
                    queue.append(inner)


class _Takings:
    """Where functions take locks: by `with lock:`, or by `lock.acquire()` up to the `release()` that follows."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._blocks: dict[Module, dict[Scope, list[Block]]] = {}

    def of(self, scope: Scope) -> Iterator[_Taking]:
        """The locks that the code of a function takes itself."""
        if scope.module not in self._blocks:
            self._blocks[scope.module] = _with_blocks(scope.module)
        for block in self._blocks[scope.module].get(scope, ()):
            if type(block.node).__name__ in ("Name", "Attribute") and not self._program.is_dead(block):
                origin = _origin(self._program, block.node, Point(block.scope, block.parent, block.order))
                if origin is not None:
                    yield _Taking(scope, block.node, origin, block, block.order, _END, True)
        for call in scope.calls:
            function = call.node.func
            if type(function).__name__ != "Attribute" or function.attr.value != "acquire":
                continue
            origin = _origin(self._program, function.value, point_of(call))
            if origin is not None and not self._program.is_dead(call.block):
                release = f"{syntax.dotted(function.value)}.release"
                later = [c.order for c in scope.calls if c.order > call.order and syntax.dotted(c.node.func) == release]
                end = min(later, default=_END)
                yield _Taking(scope, function.value, origin, call.block, call.order, end, not call.node.args)


def _with_blocks(module: Module) -> dict[Scope, list[Block]]:
    """The `with` blocks of a module that something happens in, by the function they stand in."""
    found: dict[Block, None] = {}
    for scope in module.scopes:
        inner = [call.block for call in scope.calls] + [store.block for store in scope.stores]
        inner += [result.block for result in (*scope.returns, *scope.yields)]
        inner += [binding.block for bindings in scope.names.values() for binding in bindings]
        for block in inner:
            found.update((outer, None) for outer in syntax.blocks_of(block) if outer.kind == syntax.WITH)
    blocks: dict[Scope, list[Block]] = {}
    for block in sorted(found, key=lambda block: block.order):
        blocks.setdefault(block.scope.frame, []).append(block)
    return blocks


def _origin(program: Program, node: Any, point: Point) -> Call | None:
    """The call that made a lock which one holder at a time can have; None for anything else."""
    values = program.evaluate(node, point)
    if len(values) != 1 or not isinstance(values[0], External) or not re.fullmatch(_LOCK, values[0].path):
        return None
    origin = values[0].origin
    if origin is None:
        return None
    if values[0].path.endswith("Semaphore()"):
        count = program.argument(origin, 0, "value")
        known = program.constant(count, point_of(origin)) if count is not None else None
        if count is not None and (known is None or known.value != 1):
            return None
    return origin
