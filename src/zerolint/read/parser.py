"""libcst, without what only those need who make or change trees: a third of its import and a sixth of its parse."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import libcst

# What `dataclasses` has executed for a class, in Python 3.10 to 3.13: a function that makes methods and returns them.
_MAKER = re.compile(r"(def __create_fn__\(.*?\):\n)(.*)\n return (\w+|\((?:\w+,)*\))", re.DOTALL)
_METHOD = re.compile(r"(?:^ @[^\n]*\n)?^ def (\w+)\(.*?(?=\n (?:def|@)|\Z)", re.DOTALL | re.MULTILINE)
_LOADING = Lock()


def load() -> Callable[[str], libcst.Module]:
    """Import libcst, which is slow, and give `parse_module`. May be called from any thread.

    That is `libcst.parse_module` without the checks that each node makes of itself. They are for trees that are made by
    hand, and take a sixth of the parse; a comment in `CSTNode.__post_init__` says that parsing could do without. In
    four million mutilated texts they refused strings beside bytes and odd numbers (`1if 07770else 0`), which are
    checked as ever, and else only what Python takes, such as `return.5`. Outside of this function all nodes are
    checked.
    """
    with _LOADING:
        return _load()


@functools.cache
def _load() -> Callable[[str], libcst.Module]:
    with _methods_when_called():
        import libcst

    base: Any = libcst.CSTNode
    check = base.__post_init__
    parsing = False

    def check_if_made_by_hand(node: libcst.CSTNode) -> None:
        if not parsing:
            check(node)

    def parse_module(text: str) -> libcst.Module:
        nonlocal parsing
        parsing = True
        try:
            return libcst.parse_module(text)
        finally:
            parsing = False

    base.__post_init__ = check_if_made_by_hand
    always: list[Any] = [libcst.ConcatenatedString, libcst.Integer, libcst.Float, libcst.Imaginary]
    for kind in always:
        kind.__post_init__ = check
    return parse_module


@contextmanager
def _methods_when_called() -> Iterator[None]:
    """Have the methods of dataclasses that are defined meanwhile compiled when they are first called.

    libcst defines two hundred, for each of which `dataclasses` compiles five or six methods; nearly all but `__init__`
    are replaced by libcst or never called. That is a third of the time of the import.
    """
    import dataclasses

    module: Any = dataclasses
    # There `exec` is looked up in the module before it is found among the builtins.
    module.exec = _execute
    try:
        yield
    finally:
        del module.exec


def _execute(text: str, namespace: dict[str, Any], names: dict[str, Any]) -> None:
    """`exec`, but of the methods that a text makes for a dataclass only `__init__` is compiled at once."""
    maker = _MAKER.fullmatch(text)
    methods = [(method[1], method[0]) for method in _METHOD.finditer(maker[2])] if maker else []
    if maker is None or [name for name, _ in methods] != re.findall(r"\w+", maker[3]):
        _run(text, namespace, names)
        return
    head, returned = maker[1], maker[3]

    def make(**values: Any) -> Any:
        made = []
        for name, method in methods:
            compiled = functools.partial(_compiled, f"{head}{method}\n return {name}", namespace, values)
            made.append(compiled() if name == "__init__" else _deferred(name, compiled))
        return tuple(made) if returned.startswith("(") else made[0]

    names["__create_fn__"] = make


def _compiled(text: str, namespace: dict[str, Any], values: dict[str, Any]) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    _run(text, namespace, names)
    method: Callable[..., Any] = names["__create_fn__"](**values)
    return method


def _run(text: str, namespace: dict[str, Any], names: dict[str, Any]) -> None:
    # `exec` of a text would take over this module's `from __future__ import annotations`.
    exec(compile(text, "<string>", "exec", dont_inherit=True), namespace, names)


def _deferred(name: str, compiled: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """A method that is compiled when it is first called."""
    method: Callable[..., Any] | None = None

    def deferred(*values: Any) -> Any:
        nonlocal method
        if method is None:
            method = compiled()
        return method(*values)

    deferred.__name__ = name
    return deferred
