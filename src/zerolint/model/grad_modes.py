"""Where gradients are switched off in the main process, although the work is done in a GPU worker.

`torch.no_grad()` and its like set a mode of the thread that runs them. A GPU worker runs its function in a thread of
its own, which begins with gradients on, whatever the mode was where it was forked (spaces 0.51.3, zero/wrappers.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.boundary import crosses, runs_with
from zerolint.model.contexts import Context
from zerolint.model.gradients import FROZEN, MODULES, is_model
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Decoration, Module, Scope
from zerolint.model.values import Constant, External, Instance, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_MODE = r"torch\.(?:autograd\.(?:grad_mode\.)?)?(no_grad|inference_mode|set_grad_enabled)"
_SWITCHES = frozenset({"no_grad", "inference_mode", "set_grad_enabled"})
# Code that needs gradients.
_TRAINING = frozenset({"backward", "grad", "enable_grad", "requires_grad_"})
# Objects whose call, or `generate`, runs without gradients (diffusers 0.35, transformers 4.57 and 5).
_PIPELINES = (
    r"diffusers\.[\w.]+\.(?:from_pretrained|from_single_file|from_pipe|from_config)\(\)(?:\.\w+\(\))*"
    r"|transformers\.(?:pipelines\.)?pipeline\(\)"
)


class Loss(str, Enum):
    """What the mode would save: a model RECORDS, code runs of which nothing is known (UNKNOWN), or NOTHING because the
    code switches gradients off by itself. WORKING: the function runs inside of other GPU functions, where it holds."""

    RECORDS = "records"
    UNKNOWN = "unknown"
    NOTHING = "nothing"
    WORKING = "working"


class GradMode(NamedTuple):
    """A mode that is set where it does not matter: `node` in `module`.

    As a decorator of `function` it is `mode` and stands above `gpu`; all three are None for a call of start-up code,
    which counts only where a model records. `call` is what records, or what switches gradients off by itself.
    """

    module: Module
    node: Any
    loss: Loss
    function: Scope | None = None
    mode: Decoration | None = None
    gpu: Decoration | None = None
    call: Call | None = None


def grad_modes(space: Space) -> Iterator[GradMode]:
    """Every such decorator and call, by file and place."""
    contexts = space.contexts
    gpus = sorted(contexts.gpu, key=lambda scope: (scope.module.path, scope.order))
    for scope in gpus:
        if len(scope.decorations) > 1 and contexts.in_context(scope, Context.GPU):
            yield from _above(space, scope)
    for call in space.program.calls_named("set_grad_enabled") if gpus else ():
        if _mode(space.program, call.node, point_of(call)) and _is_at_start(space, call):
            running = [scope for scope in gpus if contexts.in_context(scope, Context.GPU)]
            running = [scope for scope in running if _run_together(space, call.scope.module, scope.module)]
            loss, other = _loss(space, (inner for scope in running for inner in runs_with(contexts, scope)))
            # It may be meant for start-up code; that the worker needs it as well has to be seen.
            if loss is Loss.RECORDS:
                yield GradMode(call.scope.module, call.node, loss, call=other)


def _above(space: Space, scope: Scope) -> Iterator[GradMode]:
    program = space.program
    above: list[Decoration] = []
    gpu: Decoration | None = None
    for decoration in scope.decorations:
        point = Point(decoration.scope, decoration.block, decoration.order)
        mode = _mode(program, decoration.expression, point)
        if program.gpu_of_decoration(decoration) is not None:
            gpu = decoration
        elif mode and gpu is None:
            above.append(decoration)
        elif mode:
            return  # it stands below as well
    if gpu is None or not above or program.is_dead(scope.block):
        return
    loss, call = _loss(space, runs_with(space.contexts, scope))
    if loss is None:
        return
    if not crosses(space.contexts, scope) and space.contexts.callers(scope):
        loss, call = Loss.WORKING, None
    for decoration in above:
        yield GradMode(scope.module, decoration.node, loss, scope, decoration, gpu, call)


def _mode(program: Program, node: Any, point: Point) -> bool:
    """Whether an expression switches gradients off: `torch.no_grad()`, `torch.inference_mode`, and so on."""
    called = type(node).__name__ == "Call"
    target = node.func if called else node
    if type(target).__name__ not in ("Name", "Attribute"):
        return False
    values = program.evaluate(target, point)
    if len(values) != 1 or not isinstance(values[0], External):
        return False
    match = re.fullmatch(_MODE, values[0].path)
    if match is None:
        return False
    if not called:
        return match[1] != "set_grad_enabled"
    if any(argument.star for argument in node.args):
        return False
    wanted = Constant(match[1] == "inference_mode")
    return all(program.constant(argument.value, point) == wanted for argument in node.args)


def _is_at_start(space: Space, call: Call) -> bool:
    """Whether a call sets a mode for good when the app starts, as a statement of its own."""
    if call.is_entered or space.program.is_dead(call.block):
        return False
    statement: Any = call.scope.module.statement_of(call.node)
    if type(statement).__name__ != "SimpleStatementLine":
        return False
    if not any(getattr(small, "value", None) is call.node for small in statement.body):
        return False
    function = call.function
    if function.kind == syntax.MODULE:
        return True
    return not space.contexts.is_per_request(function) and space.contexts.in_context(function, Context.IMPORT)


def _run_together(space: Space, module: Module, other: Module) -> bool:
    """Whether an app of the Space imports both modules."""
    return any({module.path, other.path} <= space.imported_from(path) for path in space.programs)


def _loss(space: Space, scopes: Iterable[Scope]) -> tuple[Loss | None, Call | None]:
    """What code in a worker loses, with the call that tells; None when it needs gradients."""
    program = space.program
    recorded: Call | None = None
    own: Call | None = None
    for scope in dict.fromkeys(scopes):
        for call in scope.calls:
            if program.is_dead(call.block):
                continue
            name = _name(call)
            if name in _TRAINING:
                return None, None
            if name in _SWITCHES or name == "generate":
                own = own or call
                continue
            for value in program.evaluate(call.node.func, point_of(call)):
                if isinstance(value, External) and re.fullmatch(_PIPELINES, value.path):
                    own = own or call
                elif is_model(value) is not None or _is_module(program, value):
                    recorded = recorded or call
        for decoration in scope.decorations:
            if _name_of(decoration.expression) in _SWITCHES and not _is_above(program, scope, decoration):
                inner = decoration.scope.module.calls.get(id(decoration.expression))
                own = own or inner
    if recorded is not None and (own is None or _name(own) not in _SWITCHES) and not space.mentions(*FROZEN):
        return Loss.RECORDS, recorded
    return (Loss.NOTHING, own) if own is not None else (Loss.UNKNOWN, None)


def _is_module(program: Program, value: object) -> bool:
    return isinstance(value, Instance) and any(base in MODULES for base in program.external_bases(value.cls))


def _is_above(program: Program, scope: Scope, decoration: Decoration) -> bool:
    """Whether a decorator stands above the one that applies `spaces.GPU`."""
    below = scope.decorations[scope.decorations.index(decoration) :]
    return any(program.gpu_of_decoration(other) is not None for other in below)


def _name(call: Call) -> str:
    return _name_of(call.node)


def _name_of(node: Any) -> str:
    """The last name of what is called."""
    function = node.func if type(node).__name__ == "Call" else node
    if type(function).__name__ == "Attribute":
        return str(function.attr.value)
    return str(function.value) if type(function).__name__ == "Name" else ""
