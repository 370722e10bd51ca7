"""Where `spaces.GPU` gets what `classmethod`, `property` or `staticmethod` makes, and not the function.

The first two cannot be called. Without parentheses `spaces.GPU` takes such an object for a duration and gives back a
`functools.partial`; `spaces.GPU(...)` wraps it, and each call fails in the worker. A static method can be called, but
its wrapper is a plain function, which binds the object it is called on (spaces 0.51.3, zero/decorator.py; CPython 3.10
to 3.13).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model.program import Program
from zerolint.model.syntax import Call, Decoration, Scope
from zerolint.model.values import External, Function, Instance, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_KINDS = {
    "builtins.classmethod": "classmethod",
    "builtins.staticmethod": "staticmethod",
    "builtins.property": "property",
    "functools.cached_property": "cached_property",
}


class Failure(str, Enum):
    """What becomes of a method: taken for a DURATION and never run, not CALLABLE in the worker, called with its object
    (BOUND), or a GENERATOR that is not known as one."""

    DURATION = "duration"
    CALLABLE = "callable"
    BOUND = "bound"
    GENERATOR = "generator"


class GpuDescriptor(NamedTuple):
    """A method on which `gpu` applies `spaces.GPU` to what the decorator `descriptor`, of a `kind`, makes.

    `use` is where a static method is called or registered through an object, with the expression.
    """

    function: Scope
    gpu: Decoration
    descriptor: Decoration
    kind: str
    failure: Failure
    use: tuple[Call, Any] | None = None


def gpu_descriptors(space: Space) -> Iterator[GpuDescriptor]:
    """Every such method, by file and place; a static method only when it fails."""
    program = space.program
    for scope in sorted(space.contexts.gpu, key=lambda scope: (scope.module.path, scope.order)):
        if not scope.is_method or program.is_dead(scope.block):
            continue
        for gpu, descriptor in zip(scope.decorations, scope.decorations[1:], strict=False):
            kind = _kind(program, descriptor)
            form = _form(program, gpu) if kind else ""
            if not form:
                continue
            if kind != "staticmethod":
                failure = Failure.DURATION if form == "bare" else Failure.CALLABLE
                yield GpuDescriptor(scope, gpu, descriptor, kind, failure)
            elif scope.is_generator:
                yield GpuDescriptor(scope, gpu, descriptor, kind, Failure.GENERATOR)
            elif (use := _use_of_object(space, scope)) is not None:
                yield GpuDescriptor(scope, gpu, descriptor, kind, Failure.BOUND, use)
            break


def _kind(program: Program, decoration: Decoration) -> str:
    point = Point(decoration.scope, decoration.block, decoration.order)
    values = program.evaluate(decoration.expression, point)
    if len(values) == 1 and isinstance(values[0], External):
        return _KINDS.get(values[0].path, "")
    return ""


def _form(program: Program, decoration: Decoration) -> str:
    """Whether a decorator is `spaces.GPU` itself ("bare") or what its call gives ("called"); "" for a wrapper of the
    Space, which may look at what it gets."""
    point = Point(decoration.scope, decoration.block, decoration.order)
    values = program.evaluate(decoration.expression, point)
    gpus = [value for value in values if program.gpu_decorator(value) is not None]
    if not gpus or not all(isinstance(value, External) for value in gpus):
        return ""
    forms = {"bare" if value == External("spaces.GPU") else "called" for value in gpus}
    if any(value == External("functools.partial()") for value in gpus):
        return ""
    return forms.pop() if len(forms) == 1 else ""


def _use_of_object(space: Space, scope: Scope) -> tuple[Call, Any] | None:
    """The first live call of a static method through an object, or the registration of one; None without any."""
    program = space.program
    for call in program.calls_named(scope.name):
        function = call.node.func
        if type(function).__name__ == "Attribute" and _is_of_object(program, function, call, scope):
            return call, function
    for registration in space.contexts.registrations:
        registered = registration.call
        if registration.function.scope is scope and registered is not None:
            for argument in registered.node.args:
                node = argument.value
                if type(node).__name__ == "Attribute" and node.attr.value == scope.name:
                    if _is_of_object(program, node, registered, scope):
                        return registered, node
    return None


def _is_of_object(program: Program, attribute: Any, call: Call, scope: Scope) -> bool:
    """Whether an attribute surely reads the method from an object of its class, in code that may run."""
    if program.is_dead(call.block):
        return False
    owners = program.evaluate(attribute.value, point_of(call))
    return bool(owners) and all(
        isinstance(owner, Instance)
        and any(isinstance(v, Function) and v.scope is scope for v in program.attribute(owner, scope.name))
        and not any(scope.name in program.attribute_stores(cls) for cls in program.ancestors(owner.cls))
        for owner in owners
    )
