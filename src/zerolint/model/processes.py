"""What a GPU worker must not do as a process: start children, end itself, set signal handlers.

A worker is a daemonic child of the main process and runs the task in a thread of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.boundary import worker_calls
from zerolint.model.contexts import Context
from zerolint.model.errors import catches
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Call, Scope
from zerolint.model.values import Constant, External, Parameter, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_STARTING = ("Process", "Pool", "Manager", "ProcessPoolExecutor", "spawn", "start_processes")
_MULTIPROCESSING = (
    r"(?:torch\.)?multiprocessing\.(?:(?:context|process|pool|managers|spawn)\.|get_context\(\)\.)?"
    r"(?:Process|SpawnProcess|ForkProcess|Pool|Manager|spawn|start_processes)"
)
_EXECUTOR = r"concurrent\.futures\.(?:process\.)?ProcessPoolExecutor"
_LOADER = r"(?:torch\.utils\.data\.(?:dataloader\.)?|torch_geometric\.loader\.(?:\w+\.)?)DataLoader"
_POOL_METHODS = ("submit", "map", "starmap", "apply", "apply_async", "map_async", "starmap_async", "imap")
_COUNTS = frozenset("os.cpu_count os.process_cpu_count multiprocessing.cpu_count psutil.cpu_count".split())

_EXITS = {"builtins.exit", "builtins.quit", "sys.exit", "builtins.SystemExit"}
_ABORTS = {"os._exit", "os.abort", "os.execv", "os.execve", "os.execl", "os.execlp", "os.execvp"}
# SIGTERM is not one of these: the worker of `spaces` 0.51.3 handles it and finishes the task.
_DEADLY = {"SIGKILL": 9, "SIGINT": 2, "SIGABRT": 6, "SIGQUIT": 3}
_ENDING = ("exit", "quit", "SystemExit", "_exit", "abort", "kill", "raise_signal", "signal")
_ENDING_BY_EXEC = ("execv", "execve", "execl", "execlp", "execvp")


class ChildProcess(NamedTuple):
    """A call in a worker that starts child processes.

    `workers` is the argument that asks for them, None for a call that always does. `pool` is the call at start-up that
    made the pool which `call` hands work to; None for a call that starts its own. `is_guarded`: the failure is caught.
    """

    call: Call
    workers: Any
    pool: Call | None
    is_guarded: bool


class Ending(NamedTuple):
    """A call in a worker after which the task is not finished.

    `kind` is `exit` (SystemExit), `abort` (the process is gone) or `signal` (a handler is set, which raises).
    `root` is the GPU function that it ends. `is_near` tells that it stands beside a GPU function.
    """

    call: Call
    kind: str
    root: Scope
    is_near: bool


def child_processes(space: Space) -> Iterator[ChildProcess]:
    """The calls in GPU workers that start processes, by file and place."""
    program = space.program
    for call in worker_calls(space, (*_STARTING, "DataLoader")):
        paths = [
            value.path for value in program.evaluate(call.node.func, point_of(call)) if isinstance(value, External)
        ]
        workers = None
        if any(re.fullmatch(_LOADER, path) for path in paths):
            workers = program.argument(call, 5, "num_workers")
            if workers is None or not is_positive(program, workers, point_of(call)):
                continue
        elif not any(re.fullmatch(_MULTIPROCESSING, path) or re.fullmatch(_EXECUTOR, path) for path in paths):
            continue
        yield ChildProcess(call, workers, None, catches(call, "AssertionError"))
    made = [call for name in ("Pool", "ProcessPoolExecutor") for call in program.calls_named(name)]
    if any(not space.contexts.in_context(call.function, Context.GPU) for call in made):
        yield from _uses_of_pools(space)


def _paths(program: Program, call: Call) -> set[str]:
    """What a call may call of what is not the Space's own."""
    return {value.path for value in program.evaluate(call.node.func, point_of(call)) if isinstance(value, External)}


def _uses_of_pools(space: Space) -> Iterator[ChildProcess]:
    """The calls in workers that hand work to a pool of processes that the main process made."""
    for call in worker_calls(space, _POOL_METHODS):
        if type(call.node.func).__name__ != "Attribute":
            continue
        for value in space.program.evaluate(call.node.func.value, point_of(call)):
            if not isinstance(value, External) or value.origin is None or not value.path.endswith("()"):
                continue
            path = value.path.removesuffix("()")
            if not re.fullmatch(_EXECUTOR, path) and not (
                re.fullmatch(_MULTIPROCESSING, path) and path.endswith(".Pool")
            ):
                continue
            if not space.contexts.in_context(value.origin.function, Context.GPU):
                yield ChildProcess(call, None, value.origin, catches(call, "AssertionError"))
                break


def is_positive(program: Program, node: Any, point: Point) -> bool:
    """Whether a number is surely above zero: constants, the number of processors, `min` and `max` of these."""
    if type(node).__name__ == "Attribute":
        # An attribute may be set from elsewhere, and an option has its default.
        constant = program.constant(node, point)
        if constant is not None:
            return _is_positive(program, constant, 0)
        if any(isinstance(value, Constant) for value in program.evaluate(node, point)):
            return False
    return _all_positive(program, program.evaluate(node, point), 0)


def _all_positive(program: Program, values: tuple[Value, ...], depth: int) -> bool:
    return depth < 5 and bool(values) and all(_is_positive(program, value, depth) for value in values)


def _is_positive(program: Program, value: Value, depth: int) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, (int, float)) and value.value > 0
    if isinstance(value, Parameter):
        if program.escapes(value.scope) or not program.callers(value.scope):
            return False
        return _all_positive(program, program.expand(value), depth + 1)
    if not isinstance(value, External) or value.origin is None:
        return False
    path = value.path.removesuffix("()")
    if path in _COUNTS:
        return True
    if path not in ("builtins.min", "builtins.max") or len(value.origin.node.args) < 2:
        return False
    point = point_of(value.origin)
    parts = [
        not argument.star and _all_positive(program, program.evaluate(argument.value, point), depth + 1)
        for argument in value.origin.node.args
    ]
    return any(parts) if path == "builtins.max" else all(parts)


def endings(space: Space) -> Iterator[Ending]:
    """The calls that end a GPU worker or make its task fail as a process, by file and place."""
    beside = {scope.module for scope in space.contexts.gpu}
    for call in worker_calls(space, (*_ENDING, *_ENDING_BY_EXEC)):
        kind = _ending(space.program, call)
        if not kind or (kind == "signal" and _asks_for_main_thread(call.block)):
            continue
        caught = {"exit": "SystemExit", "signal": "ValueError"}.get(kind, "")
        if caught and _is_stopped(space, call, caught, kind == "exit"):
            continue
        way = space.contexts.path(call.function, Context.GPU)
        if way:
            yield Ending(call, kind, way[-1][0], call.scope.module in beside)


def _ending(program: Program, call: Call) -> str:
    """How a call ends the task of a worker; "" when it does not."""
    point = point_of(call)
    paths = _paths(program, call)
    if paths & _EXITS:
        return "exit"
    if paths & _ABORTS:
        return "abort"
    if "signal.signal" in paths:
        return "signal"
    if "signal.raise_signal" in paths:
        return "abort" if _is_deadly(program, program.argument(call, 0, "signalnum"), point) else ""
    if "os.kill" in paths:
        target = program.argument(call, 0, "pid")
        known = program.evaluate(target, point) if target is not None else ()
        itself = known == (External("os.getpid()"),)
        return "abort" if itself and _is_deadly(program, program.argument(call, 1, "signal"), point) else ""
    return ""


def _is_deadly(program: Program, node: Any, point: Point) -> bool:
    if node is None:
        return False
    values = program.evaluate(node, point)
    return bool(values) and all(
        (isinstance(value, External) and value.path.rsplit(".", 1)[-1] in _DEADLY)
        or (isinstance(value, Constant) and value.value in _DEADLY.values())
        for value in values
    )


def _asks_for_main_thread(block: Block | None) -> bool:
    """Whether code runs only in the main thread, which the thread of a task is not."""
    return any(_mentions_main_thread(outer.node) for outer in syntax.blocks_of(block) if outer.kind == syntax.IF)


def _mentions_main_thread(node: Any) -> bool:
    stack = [node]
    while stack:
        current = stack.pop()
        kind = type(current).__name__
        if kind == "Attribute" and current.attr.value == "main_thread":
            return True
        if kind == "Name" and current.value == "main_thread":
            return True
        if kind == "SimpleString" and "MainThread" in current.value:
            return True
        if isinstance(current, (list, tuple)):
            stack.extend(current)
        elif kind in ("Comparison", "ComparisonTarget", "Call", "Attribute", "BooleanOperation", "UnaryOperation"):
            stack.extend(
                getattr(current, field, None)
                for field in ("left", "right", "comparisons", "comparator", "func", "value", "expression")
            )
    return False


def _is_stopped(space: Space, call: Call, error: str, or_thread: bool) -> bool:
    """Whether what a call raises is caught on its way up, or (`or_thread`) ends no more than a thread of the worker."""
    if catches(call, error):
        return True
    for _, step in space.contexts.path(call.function, Context.GPU):
        if step.call is None or step.caller is None:
            continue
        if catches(step.call, error):
            return True
        if or_thread and any(edge.threaded for edge in space.contexts.edges(step.caller) if edge.call is step.call):
            return True
    return False
