"""What an expression can stand for, as far as that can be known without running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from zerolint.model.syntax import Block, Call, Scope


class Point(NamedTuple):
    """Where an expression stands: names in it mean what `scope` says just before record number `order`."""

    scope: Scope
    block: Block | None
    order: int


@dataclass(frozen=True, slots=True)
class External:
    """Something that is not made by the Space's own code, by its dotted path; `()` marks the result of a call.

    `gradio.Button().click` is the `click` of what `gradio.Button()` returned. `origin` is the last call in the path.
    """

    path: str
    origin: Call | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last part of the path, without the parentheses."""
        return self.path.rsplit(".", 1)[-1].removesuffix("()")


@dataclass(frozen=True, slots=True)
class Constant:
    """A str, bytes, int, float, bool or None written in the code."""

    value: Any


@dataclass(frozen=True, slots=True)
class Gpu:
    """One application of `spaces.GPU`. `call` is the `spaces.GPU(...)` that holds the options, None for a bare
    decorator."""

    call: Call | None
    node: Any = field(compare=False, default=None)
    scope: Scope | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the Space, made by `origin` (None: made somewhere, `self` for instance)."""

    cls: Scope
    origin: Call | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Function:
    """A function or lambda of the Space; `receiver` is what a bound method is bound to, `gpu` how it was decorated.

    `partial` is the `functools.partial(...)` call around it.
    """

    scope: Scope
    receiver: Instance | Class | None = None
    gpu: Gpu | None = None
    partial: Call | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the Space."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Package:
    """A module or folder of the Space, by its path without `.py`: `tools/images`."""

    path: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """What the callers of a function pass; see `Program.arguments`. `gpu` marks a parameter wrapped by `spaces.GPU`."""

    scope: Scope
    name: str
    gpu: Gpu | None = None


class Container:
    """A list, tuple, set or dict display, or a comprehension."""

    __slots__ = ("node", "point")

    def __init__(self, node: Any, point: Point) -> None:
        self.node = node
        self.point = point

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Container) and other.node is self.node

    def __hash__(self) -> int:
        return id(self.node)


class Unknown:
    """Anything at all."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()

Value = External | Constant | Instance | Function | Class | Package | Parameter | Container | Unknown
Values = tuple[Value, ...]
