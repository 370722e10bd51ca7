"""What an expression can stand for, as far as that can be known without running it.

The values are plain slotted objects and not frozen dataclasses: to make eight of those takes 3 ms at every start, and
each value takes three times as long. Nothing changes a value after it is made. Two are equal when they mean the same;
the call that made one does not count, unless it is all that is known.
"""

from __future__ import annotations

from typing import Any

from zerolint.model.syntax import Block, Call, Result, Scope, Store
from zerolint.records import NamedTuple


class Point(NamedTuple):
    """Where an expression stands: names in it mean what `scope` says just before record number `order`."""

    scope: Scope
    block: Block | None
    order: int


class External:
    """Something that is not made by the Space's own code, by its dotted path; `()` marks the result of a call.

    `gradio.Button().click` is the `click` of what `gradio.Button()` returned. `origin` is the last call in the path.
    """

    __slots__ = ("origin", "path")

    def __init__(self, path: str, origin: Call | None = None) -> None:
        self.path = path
        self.origin = origin

    def __eq__(self, other: object) -> bool:
        return type(other) is External and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"External({self.path!r})"

    @property
    def name(self) -> str:
        """The last part of the path, without the parentheses."""
        return self.path.rsplit(".", 1)[-1].removesuffix("()")


class Constant:
    """A str, bytes, int, float, bool or None written in the code. As in Python, 1 and True and 1.0 are equal."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is Constant and bool(other.value == self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Constant({self.value!r})"


class Gpu:
    """One application of `spaces.GPU`. `call` is the `spaces.GPU(...)` that holds the options, None for a bare
    decorator."""

    __slots__ = ("call", "node", "scope")

    def __init__(self, call: Call | None, node: Any = None, scope: Scope | None = None) -> None:
        self.call = call
        self.node = node
        self.scope = scope

    def __eq__(self, other: object) -> bool:
        return type(other) is Gpu and other.call == self.call

    def __hash__(self) -> int:
        return hash(self.call)


class Instance:
    """An object of a class of the Space, made by `origin` (None: made somewhere, `self` for instance)."""

    __slots__ = ("cls", "origin")

    def __init__(self, cls: Scope, origin: Call | None = None) -> None:
        self.cls = cls
        self.origin = origin

    def __eq__(self, other: object) -> bool:
        return type(other) is Instance and other.cls is self.cls

    def __hash__(self) -> int:
        return hash(self.cls)

    def __repr__(self) -> str:
        return f"Instance({self.cls!r})"


class Class:
    """A class of the Space."""

    __slots__ = ("scope",)

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __eq__(self, other: object) -> bool:
        return type(other) is Class and other.scope is self.scope

    def __hash__(self) -> int:
        return hash(self.scope) + 1

    def __repr__(self) -> str:
        return f"Class({self.scope!r})"


class Function:
    """A function or lambda of the Space; `receiver` is what a bound method is bound to, `gpu` how it was decorated.

    `partial` is the `functools.partial(...)` call around it.
    """

    __slots__ = ("gpu", "partial", "receiver", "scope")

    def __init__(
        self,
        scope: Scope,
        receiver: Instance | Class | None = None,
        gpu: Gpu | None = None,
        partial: Call | None = None,
    ) -> None:
        self.scope = scope
        self.receiver = receiver
        self.gpu = gpu
        self.partial = partial

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Function
            and other.scope is self.scope
            and other.receiver == self.receiver
            and other.gpu == self.gpu
        )

    def __hash__(self) -> int:
        return hash((self.scope, self.receiver, self.gpu))

    def __repr__(self) -> str:
        return f"Function({self.scope!r})"


class Package:
    """A module or folder of the Space, by its path without `.py`: `tools/images`."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return type(other) is Package and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path) + 1

    def __repr__(self) -> str:
        return f"Package({self.path!r})"


class Parameter:
    """What the callers of a function pass; see `Program.arguments`. `gpu` marks a parameter wrapped by `spaces.GPU`."""

    __slots__ = ("gpu", "name", "scope")

    def __init__(self, scope: Scope, name: str, gpu: Gpu | None = None) -> None:
        self.scope = scope
        self.name = name
        self.gpu = gpu

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Parameter and other.scope is self.scope and other.name == self.name and other.gpu == self.gpu
        )

    def __hash__(self) -> int:
        return hash((self.scope, self.name, self.gpu))

    def __repr__(self) -> str:
        return f"Parameter({self.name!r} of {self.scope!r})"


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


def point_of(record: Call | Store | Result) -> Point:
    """The point at which a call, a write or a result happens."""
    return Point(record.scope, record.block, record.order)
