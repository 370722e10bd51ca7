"""Branches for a machine without CUDA. On ZeroGPU `torch.cuda.is_available()` is true in every process and thread, also
where there is no GPU, so that such a branch never runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.program import SELF_RETURNING
from zerolint.model.syntax import Block, Call, Module, Scope, dotted
from zerolint.model.values import External, Point
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# Calls that only tell somebody something, choose a device or a type, or free memory.
_TELLING = (
    r"(?:^|\.)(?:print|warn|warning|info|debug|error|exception|critical|log|Warning|Info|Error|Markdown|format|join|str"
    r"|device|HTTPException|getattr|hasattr|\w+Error|\w+Exception|is_available|collect|empty_cache|update|append|write"
    r"|set_num_threads)$"
)


class DeadFallback(NamedTuple):
    """A branch that never runs because its test asks for CUDA. `test` is the test, `call` the first thing of substance
    that the branch would do. `has_no_gpu` tells that the code runs for visitors in the main process only."""

    scope: Scope
    test: Any
    call: Call
    has_no_gpu: bool


def dead_fallbacks(space: Space) -> Iterator[DeadFallback]:
    """The branches with something of substance in code that runs, by file and place."""
    for module in space.modules_with(b"is_available"):
        found: dict[int, DeadFallback] = {}
        for scope in module.scopes:
            for call in scope.calls:
                block = _dead_block(space, call)
                if block is None or id(block.statement) in found or re.search(_TELLING, dotted(call.node.func)):
                    continue
                if _name(call) in _names_beside(call.function, block) or _name(call) in SELF_RETURNING:
                    continue  # the same for another device or type
                runs, has_no_gpu = _runs(space, call.function)
                if runs and not _is_argument(module, call):
                    found[id(block.statement)] = DeadFallback(scope, block.node, call, has_no_gpu)
        yield from sorted(found.values(), key=lambda fallback: fallback.call.order)


def _dead_block(space: Space, call: Call) -> Block | None:
    """The outermost branch of an `if` around a call that is dead because CUDA is available."""
    found = None
    for block in syntax.blocks_of(call.block):
        if block.kind == syntax.IF and type(block.statement).__name__ == "If":
            before = Point(block.scope, block.parent, block.order + 1)
            if (
                _asks_for_cuda(space, block.node, before)
                and space.program.decide(block.node, before) is not block.branch
            ):
                found = block
        if space.program.is_dead(block) and found is None:
            return None
    return found if found is not None and space.program.is_dead(found) else None


def _name(call: Call) -> str:
    function: Any = call.node.func
    return str(function.attr.value) if type(function).__name__ == "Attribute" else dotted(function)


def _names_beside(function: Scope, dead: Block) -> set[str]:
    """The last names of what is called where the test comes out the other way."""
    return {
        _name(call)
        for call in function.calls
        for block in syntax.blocks_of(call.block)
        if block.statement is dead.statement and block.node is dead.node and block.branch is not dead.branch
    }


def _asks_for_cuda(space: Space, node: Any, point: Point) -> bool:
    kind = type(node).__name__
    if kind == "UnaryOperation":
        return _asks_for_cuda(space, node.expression, point)
    if kind == "BooleanOperation":
        return _asks_for_cuda(space, node.left, point) or _asks_for_cuda(space, node.right, point)
    if kind not in ("Call", "Name", "Attribute"):
        return False
    values = space.program.evaluate(node, point)
    return bool(values) and all(isinstance(v, External) and v.path == "torch.cuda.is_available()" for v in values)


def _runs(space: Space, scope: Scope) -> tuple[bool, bool]:
    """Whether code runs on the Space, and whether it does so for visitors in the main process only."""
    contexts = space.contexts
    if scope.is_function and contexts.is_per_request(scope):
        return True, not contexts.in_context(scope, Context.GPU) and not space.placements.starts(scope)
    return space.placements.starts(scope), False


def _is_argument(module: Module, call: Call) -> bool:
    """Whether a call stands in a statement that only raises or tells something."""
    statement = module.statement_of(call.node)
    body = getattr(statement, "body", None)
    if type(statement).__name__ != "SimpleStatementLine" or body is None:
        return False
    for small in body:
        if type(small).__name__ == "Raise":
            return True
        if type(small).__name__ == "Expr" and type(small.value).__name__ == "Call" and small.value is not call.node:
            return bool(re.search(_TELLING, dotted(small.value.func)))
    return False
