"""Errors of Gradio that a GPU worker raises and that the main process cannot make again.

An exception is pickled as its class with its `args`, and `gr.Error` puts its message alone into them (gradio 5.50 and
6.31). A subclass whose constructor cannot be called with one text fails when it is unpickled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import boundary, syntax
from zerolint.model.contexts import Context
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Call, Scope
from zerolint.model.values import Class, External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class LostError(NamedTuple):
    """A `raise` of `cls` in GPU function `root` or in what it calls. `call` makes the error, `constructor` is its
    `__init__`, and `needs` says what that wants: "needs `code` and `text`"."""

    call: Call
    cls: Scope
    constructor: Scope
    needs: str
    root: Scope


_ERRORS = frozenset({"gradio.Error", "gradio.exceptions.Error"})
_SUBCLASS = rb"class[ \t]+\w+\([^)]*\bError\b"
# Methods by which a class has its own way of being made again.
_OWN_WAY = frozenset("__reduce__ __reduce_ex__ __new__".split())
# In newer versions of Gradio `gr.Error` is a ValueError.
_CATCHING = frozenset({"builtins.Exception", "builtins.BaseException", "builtins.ValueError"})


def lost_errors(space: Space) -> Iterator[LostError]:
    """The errors that are raised in GPU workers and do not arrive, by file and place."""
    if not any(re.search(_SUBCLASS, space.contents[path]) for path in space.reached):
        return
    contexts, program = space.contexts, space.program
    found: list[LostError] = []
    for module in program.loaded:
        for cls in module.scopes:
            needs = _needs(program, cls) if cls.kind == syntax.CLASS and cls.bases else None
            if needs is None:
                continue
            for call in program.calls_named(cls.name):
                if program.is_dead(call.block) or not _is_raised(call):
                    continue
                if not contexts.in_context(call.function, Context.GPU):
                    continue
                if program.evaluate(call.node.func, point_of(call)) != (Class(cls),):
                    continue
                way = contexts.path(call.function, Context.GPU)
                blocks = [call.block, *(step.call.block for _, step in way if step.call is not None)]
                if any(_is_caught(program, block) for block in blocks):
                    continue
                root = way[-1][0]
                if boundary.crosses(contexts, root):
                    found.append(LostError(call, cls, *needs, root))
    yield from sorted(found, key=lambda lost: (lost.call.scope.module.path, lost.call.order))


def _needs(program: Program, cls: Scope) -> tuple[Scope, str] | None:
    """The constructor of a subclass of `gr.Error`, and what it wants beside one text; None when it is content."""
    if not any(path in _ERRORS for path in program.external_bases(cls)):
        return None
    constructors = []
    for ancestor in program.ancestors(cls):
        if not _OWN_WAY.isdisjoint(ancestor.names) or any(_sets_args(child) for child in ancestor.children):
            return None
        constructors += [binding.value for binding in ancestor.names.get("__init__", ()) if binding.kind == "def"]
    if not constructors or not all(_calls_base(constructor) for constructor in constructors):
        return None
    params = constructors[0].params[1:]
    if any(param.star == "*" for param in params):
        return None
    positional = [param for param in params if not param.star and not param.keyword_only]
    required = [f"`{param.name}`" for param in params if not param.star and param.default is None]
    by_keyword = [f"`{param.name}`" for param in params if param.keyword_only and not param.star and not param.default]
    if by_keyword or len(required) > 1:
        return constructors[0], f"needs {', '.join(required[:-1])}{' and ' if required[1:] else ''}{required[-1]}"
    return None if positional else (constructors[0], "takes no argument")


def _calls_base(constructor: Scope) -> bool:
    """Whether `super().__init__(...)` is called: it is what leaves the message alone in `args`."""
    return any(getattr(getattr(call.node.func, "attr", None), "value", "") == "__init__" for call in constructor.calls)


def _sets_args(function: Scope) -> bool:
    return any(getattr(getattr(store.target, "attr", None), "value", "") == "args" for store in function.stores)


def _is_raised(call: Call) -> bool:
    """Whether a call is what a `raise` statement raises."""
    statement: Any = call.scope.module.statement_of(call.node)
    return type(statement).__name__ == "SimpleStatementLine" and any(
        type(small).__name__ == "Raise" and small.exc is call.node for small in statement.body
    )


def _is_caught(program: Program, block: Block | None) -> bool:
    """Whether an `except` around may catch the error before it leaves the function."""
    for around in syntax.blocks_of(block):
        if around.kind != syntax.TRY:
            continue
        for handler in around.statement.handlers:
            if handler.type is None:
                return True
            values = program.evaluate(handler.type, Point(around.scope, around.parent, around.order))
            for value in values:
                if not isinstance(value, External) or not value.path.startswith("builtins."):
                    return True
                if value.path in _CATCHING:
                    return True
    return False
