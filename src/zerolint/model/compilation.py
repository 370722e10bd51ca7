"""Where the Space compiles with TorchDynamo, in code that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Span
from zerolint.model import syntax
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Decoration, Scope, dotted
from zerolint.model.values import External, Instance, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_TORCH_BASES = ("torch.nn.", "diffusers.", "transformers.", "lightning.", "pytorch_lightning.")
_METHODS = ("compile", "compile_repeated_blocks")


class Compilation(NamedTuple):
    """One use of `torch.compile` that the app reaches. `what` is how it is written, without arguments."""

    at: Span
    what: str
    function: Scope


def compilations(space: Space) -> Iterator[Compilation]:
    """Every use in the reached modules, by file and line; none when the app switches TorchDynamo off."""
    modules = space.modules_with(b"compile")
    found: list[Compilation] = []
    for module in modules:
        for scope in module.scopes:
            for decoration in scope.decorations:
                if scope.is_function and _compiles_by_decorator(space.program, decoration) and _runs(space, scope):
                    found.append(Compilation(space.span(module, decoration.node), "torch.compile", scope))
            for call in scope.calls:
                what = _compiles_by_call(space.program, call)
                if what and not space.program.is_dead(call.block) and _runs(space, call.function):
                    if not any(call.node is decoration.expression for decoration in _decorations(scope)):
                        found.append(Compilation(space.span(module, call.node), what, call.function))
    if found and not _is_disabled(space):
        yield from sorted(found, key=lambda compilation: compilation.at)


def _decorations(scope: Scope) -> Iterator[Decoration]:
    for child in scope.children:
        yield from child.decorations


def _runs(space: Space, scope: Scope) -> bool:
    """Whether code of a scope runs: for a visitor, or at start-up."""
    frame = scope.frame
    while frame.kind == syntax.CLASS and frame.parent is not None:
        frame = frame.parent.frame
    if frame.kind == syntax.MODULE:
        return True
    return space.contexts.is_per_request(frame) or bool(space.contexts.of(frame))


def _compiles_by_decorator(program: Program, decoration: Decoration) -> bool:
    name = dotted(
        decoration.expression.func if type(decoration.expression).__name__ == "Call" else decoration.expression
    )
    if not name.endswith("compile") and "partial" not in name:
        return False
    point = Point(decoration.scope, decoration.block, decoration.order)
    return any(
        isinstance(value, External)
        and (
            value.path == "torch.compile"
            or (value.path == "torch.compile()" and not _switched_off(program, value.origin))
        )
        for value in program.evaluate(decoration.expression, point)
    )


def _switched_off(program: Program, call: Call | None) -> bool:
    """Whether a `torch.compile(...)` says `disable=True`."""
    if call is None:
        return False
    disable = program.argument(call, -1, "disable")
    return disable is not None and program.decide(disable, point_of(call)) is True


def _compiles_by_call(program: Program, call: Call) -> str:
    function = call.node.func
    kind = type(function).__name__
    if kind == "Attribute" and function.attr.value == "compile_repeated_blocks":
        return "compile_repeated_blocks"
    if not (kind == "Attribute" and function.attr.value == "compile") and kind != "Name":
        return ""
    if kind == "Name" and not _is_torch_import(program, call, function.value):
        return ""
    point = point_of(call)
    if any(value == External("torch.compile") for value in program.evaluate(function, point)):
        return "" if _switched_off(program, call) else "torch.compile"
    if kind == "Attribute":
        values = program.evaluate(function.value, point)
        if values and any(_is_torch_object(program, value) for value in values):
            return ".compile()"
    return ""


def _is_torch_import(program: Program, call: Call, name: str) -> bool:
    """A plain name is evaluated only when the module imports something under it from torch, or assigns it."""
    bindings = program.bindings(name, point_of(call))
    return any(
        (binding.kind == "import" and binding.value == ("torch", "compile"))
        or (binding.kind == "assign" and "compile" in dotted(binding.value))
        for binding in bindings
    )


def _is_torch_object(program: Program, value: Value) -> bool:
    if isinstance(value, External):
        path = value.path
        return "()" in path and path.startswith(_TORCH_BASES)
    if isinstance(value, Instance):
        own = any("compile" in ancestor.names for ancestor in program.ancestors(value.cls))
        return not own and any(base.startswith(_TORCH_BASES) for base in program.external_bases(value.cls))
    return False


def _is_disabled(space: Space) -> bool:
    """Whether code that runs says `torch._dynamo.config.disable = True` or sets TORCHDYNAMO_DISABLE."""
    for module in space.program.loaded:
        content = space.contents[module.path]
        if b"dynamo" not in content and b"TORCHDYNAMO" not in content and b"TORCH_COMPILE" not in content:
            continue
        for scope in module.scopes:
            for store in scope.stores:
                if _disables(space.program, store) and _runs(space, store.function):
                    if not space.program.is_dead(store.block):
                        return True
    return False


def _disables(program: Program, store: syntax.Store) -> bool:
    target = store.target
    if type(target).__name__ == "Attribute":
        if not dotted(target).endswith("config.disable"):
            return False
        return program.decide(store.value, point_of(store)) is True
    name = dotted(target.value)
    if not name.endswith("environ") or len(target.slice) != 1 or type(target.slice[0].slice).__name__ != "Index":
        return False
    key = program.constant(target.slice[0].slice.value, point_of(store))
    value = program.constant(store.value, point_of(store)) if store.value is not None else None
    return (
        key is not None
        and key.value in ("TORCHDYNAMO_DISABLE", "TORCH_COMPILE_DISABLE")
        and value is not None
        and value.value == "1"
    )
