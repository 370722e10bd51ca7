"""What an exception of a GPU function is when it arrives in the main process, and who catches it there.

`spaces` hands a `gr.Error` on as it is. Whatever else a worker raises arrives as a `gr.Error` that tells the name of
the class, so an `except` for that class never matches. A `gr.Error` is a ValueError in newer versions of Gradio.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax, versions
from zerolint.model.boundary import runs_with
from zerolint.model.contexts import Context
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Call, Scope, dotted, holds
from zerolint.model.values import Class, External, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_MOST_CALLS = 50
_ARRIVING = {
    *("gradio.Error", "gradio.exceptions.Error", "gradio_client.exceptions.AppError", "gradio_client.AppError"),
    *("builtins.Exception", "builtins.BaseException"),
}
_OF_THE_GPU = {
    *("torch.cuda.OutOfMemoryError", "torch.OutOfMemoryError", "torch.AcceleratorError", "torch.cuda.CudaError"),
    "torch.cuda.DeferredCudaCallError",
}
# Calls beside the GPU call that raise nothing of their own, by path and by method.
_HARMLESS = ("builtins.print", "builtins.len", "builtins.str", "builtins.repr", "builtins.isinstance", "builtins.range")
_HARMLESS_MODULES = ("time.", "gradio.", "logging.", "gc.", "torch.cuda.")
_HARMLESS_METHODS = frozenset(
    "append extend strip lower upper format join get items keys values update info debug".split()
)


class MissedError(NamedTuple):
    """An `except` in the main process around a call of GPU function `function` that does not do what it says.

    `call` is what stands in the `try`: the call of the GPU function, or one that leads to it. `kind` is the expression
    of the class in `handler`. `catches_all`: it catches every error of the GPU function; otherwise it never catches
    what that raises. `is_certain` is False when it may be meant for something else.
    """

    call: Call
    function: Scope
    handler: Any
    kind: Any
    catches_all: bool
    is_certain: bool


def missed_errors(space: Space) -> Iterator[MissedError]:
    """The clauses that miss or swallow what a GPU function raises, by file and place, each once."""
    contexts = space.contexts
    seen: set[int] = set()
    for gpu_call in space.gpu_calls():
        if not gpu_call.is_direct:
            continue
        # The calls that lead there, and the function that makes each, while nothing has caught the error.
        way: list[tuple[Call, Scope]] = [(gpu_call.call, gpu_call.caller)]
        for call, caller in way:
            if space.program.is_dead(call.block) or contexts.in_context(caller, Context.GPU):
                continue
            found, is_caught = _around(space, call, gpu_call.function.scope, call is gpu_call.call)
            for missed in found:
                if id(missed.handler) not in seen:
                    seen.add(id(missed.handler))
                    yield missed
            if not is_caught and len(way) < _MOST_CALLS:
                known = {other for _, other in way}
                way.extend(
                    (edge.call, outer)
                    for outer in contexts.callers(caller)
                    if outer not in known
                    for edge in contexts.edges(outer)
                    if edge.function.scope is caller
                )


def _around(space: Space, call: Call, function: Scope, is_direct: bool) -> tuple[list[MissedError], bool]:
    """The clauses around a call that leads to a GPU function, and whether one of them catches its errors."""
    found: list[MissedError] = []
    for block in syntax.blocks_of(call.block):
        if block.kind != syntax.TRY or not is_tried(block, call):
            continue
        for handler in block.node.handlers:
            if handler.type is None:
                return found, True
            kinds = kinds_of(handler)
            point = Point(block.scope, block.parent, block.order)
            values = [value for kind in kinds for value in space.program.evaluate(kind, point)]
            if any(_arrives(space.program, value) for value in values):
                return found, True
            if External("builtins.ValueError") in values and _is_value_error(space):
                if not _tells(handler):
                    kind = next(kind for kind in kinds if dotted(kind) in ("ValueError", "builtins.ValueError"))
                    is_certain = is_direct and space.gradio_version is not None
                    found.append(MissedError(call, function, handler, kind, True, is_certain))
                return found, True
            for kind in kinds:
                is_missed = _is_missed(space, call, function, block, kind, is_direct)
                if is_missed is not None:
                    found.append(MissedError(call, function, handler, kind, False, is_missed))
                    break
    return found, False


def kinds_of(handler: Any) -> list[Any]:
    """The expressions of the classes that an `except` names."""
    if handler.type is None:
        return []
    if type(handler.type).__name__ == "Tuple":
        return [element.value for element in handler.type.elements]
    return [handler.type]


def is_tried(block: Block, call: Call) -> bool:
    """Whether a call in a block of a `try` stands in its body, not in its `else`."""
    return block.node.orelse is None or not holds(block.node.orelse, call.node)


def catches(call: Call, error: str) -> bool:
    """Whether a call stands in the body of a `try` that catches a builtin error, by its name."""
    for block in syntax.blocks_of(call.block):
        if block.kind != syntax.TRY or not is_tried(block, call):
            continue
        for handler in block.node.handlers:
            names = {dotted(kind).rsplit(".", 1)[-1] for kind in kinds_of(handler)}
            if handler.type is None or names & {error, "BaseException"}:
                return True
            if error != "SystemExit" and "Exception" in names:
                return True
    return False


def _arrives(program: Program, value: Value) -> bool:
    """Whether an exception of a class, or of one that is not known, can come out of a GPU call."""
    if isinstance(value, External):
        return value.path in _ARRIVING
    if isinstance(value, Class):
        bases = program.external_bases(value.scope)
        return not bases or any(base in _ARRIVING - {"builtins.Exception"} for base in bases)
    return True


def _is_value_error(space: Space) -> bool:
    """Whether `gr.Error` is a ValueError in the Gradio of the Space; taken to be so when none is named."""
    from zerolint.facts import fact

    version = space.gradio_version
    since = versions.release(str(fact("gradio.error_is_value_error").value))
    return version is None or version >= since


def _tells(handler: Any) -> bool:
    """Whether a clause raises again what it has caught, or looks at it."""
    name = handler.name.name.value if handler.name is not None else ""
    stack = [handler.body]
    while stack:
        current = stack.pop()
        kind = type(current).__name__
        if kind == "Raise":
            if current.exc is None:
                return True
            stack.append(current.exc)  # and not the cause, which nobody sees
            continue
        if kind == "Name" and name and current.value == name:
            return True
        if isinstance(current, (list, tuple)):
            stack.extend(current)
        elif hasattr(current, "__dataclass_fields__") and kind not in _BLANK:
            stack.extend(getattr(current, field) for field in current.__dataclass_fields__)
    return False


_BLANK = frozenset("SimpleWhitespace TrailingWhitespace EmptyLine Newline Comment ParenthesizedWhitespace".split())


def _is_missed(space: Space, call: Call, function: Scope, block: Block, kind: Any, is_direct: bool) -> bool | None:
    """Whether a clause was written for an error of the GPU function: True surely, False probably, None not."""
    values = space.program.evaluate(kind, Point(block.scope, block.parent, block.order))
    if len(values) != 1:
        return None
    value = values[0]
    if isinstance(value, External) and value.path in _OF_THE_GPU:
        return True
    builtin = isinstance(value, External) and value.path.startswith("builtins.")
    if not is_direct or not (builtin or isinstance(value, Class)):
        return None
    name = dotted(kind).rsplit(".", 1)[-1]
    beside = [
        other
        for other in call.function.calls
        if other is not call and syntax.encloses(block, other.block) and is_tried(block, other)
    ]
    if isinstance(value, Class):
        if not _raises(space, function, value, name):
            return None
        if any(_makes(space.program, other, value, name) for other in beside):
            return None
        targets = {target.scope for other in beside for target in space.program.targets(other)}
        if any(_raises(space, target, value, name) for target in targets if target is not function):
            return None
        return all(_is_harmless(space.program, other) or space.program.targets(other) for other in beside)
    if not all(_is_harmless(space.program, other) for other in beside):
        return None
    if _raises(space, function, value, name):
        return True
    return False if value == External("builtins.RuntimeError") else None


def _raises(space: Space, function: Scope, kind: Value, name: str) -> bool:
    """Whether a function or what it runs makes an exception of a class, which is taken to be raised."""
    return any(
        _makes(space.program, made, kind, name) and not catches(made, name)
        for scope in runs_with(space.contexts, function)
        for made in scope.calls
    )


def _makes(program: Program, call: Call, kind: Value, name: str) -> bool:
    function = call.node.func
    last = function.attr.value if type(function).__name__ == "Attribute" else getattr(function, "value", "")
    return last == name and kind in program.evaluate(function, point_of(call)) and not program.is_dead(call.block)


def _is_harmless(program: Program, call: Call) -> bool:
    """Whether a call beside the GPU call raises nothing that anybody would catch."""
    function = call.node.func
    if type(function).__name__ == "Attribute" and function.attr.value in _HARMLESS_METHODS:
        return True
    values = program.evaluate(function, point_of(call))
    return bool(values) and all(
        isinstance(value, External) and (value.path in _HARMLESS or value.path.startswith(_HARMLESS_MODULES))
        for value in values
    )
