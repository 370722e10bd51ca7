"""A GPU function that starts child processes, which a worker is not allowed to have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG046",
    name="child-process-in-gpu",
    summary="Child processes started by code that runs in a GPU worker",
    prevents="AssertionError: daemonic processes are not allowed to have children",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"Process(", b"Pool", b"Manager(", b"spawn", b"start_processes", b"DataLoader"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that makes the process, the pool, or the loader."""
    for child in space.child_processes():
        from zerolint.model.contexts import Context

        module = child.call.scope.module
        what = space.code(module, child.call.node.func)
        notes = space.route(child.call.function, Context.GPU)
        fix = Fix("Use threads or `subprocess.run`, or do the work in one process")
        if child.pool is not None:
            origin = child.pool.scope.module
            message = f"`{what}` hands work to processes that a GPU worker can neither start nor reach"
            notes = (Note(space.span(origin, child.pool.node), "the main process makes the pool here"), *notes)
        elif child.workers is not None:
            asked = space.code(module, child.workers, 30)
            message = f"`{what}` with `num_workers={asked}` starts processes, which a GPU worker is not allowed to do"
            fix = Fix("Load in the worker itself with `num_workers=0`")
        else:
            message = f"`{what}` starts a process, which a GPU worker is not allowed to do"
        yield Finding(
            at=space.span(module, child.call.node),
            message=message,
            notes=notes,
            fix=fix,
            confidence=Confidence.LIKELY if child.is_guarded else Confidence.CERTAIN,
        )
