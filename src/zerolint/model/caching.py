"""Caches of results that live in a GPU worker and are lost with it, so that a hit still books a GPU."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.model.boundary import crosses
from zerolint.model.contexts import Context
from zerolint.model.program import Program
from zerolint.model.syntax import Decoration, Scope
from zerolint.model.values import External, Point
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_CACHE = r"functools\.(?:lru_cache|cache)|cachetools\.(?:cached|func\.\w+_cache)|gradio\.cache"
_MODEL = r"(?:^|_)load"
# Helpers that make a thing to keep rather than a result, as their names say or what they call.
_MAKER = r"(?:^|_)(?:init|setup|build|create|make|model|pipe|pipeline|tokenizer|processor|client)"
_MAKING = r"(?i)load|from_pretrained|from_config|pipeline|Client|Session|compile"


class WorkerCache(NamedTuple):
    """A cache around `function` that is filled in GPU workers only.

    `what` is the name of the cache. `is_below` tells that `function` is a GPU function and the cache stands under its
    decorator; otherwise it is a helper that GPU functions alone call.
    """

    decoration: Decoration
    what: str
    function: Scope
    is_below: bool


def worker_caches(space: Space) -> Iterator[WorkerCache]:
    """The caches that are lost with the worker, by file and place. Those of models are told of elsewhere."""
    contexts = space.contexts
    modules = {scope.module for scope in contexts.gpu if b"cache" in space.contents[scope.module.path]}
    for module in sorted(modules, key=lambda module: module.path):
        for scope in module.scopes:
            if not scope.is_function or not scope.decorations or not contexts.in_context(scope, Context.GPU):
                continue
            found = _cache(space.program, scope)
            if found is None or re.search(_MODEL, scope.name):
                continue
            if scope in contexts.gpu:
                if not scope.is_generator and crosses(contexts, scope):
                    yield WorkerCache(*found, scope, True)
            elif scope.params and not _makes(scope) and contexts.of(scope) == {Context.GPU}:
                yield WorkerCache(*found, scope, False)


def _cache(program: Program, scope: Scope) -> tuple[Decoration, str] | None:
    """The cache below `spaces.GPU` among the decorators of a function; all are below when that is applied later."""
    below = all(program.gpu_of_decoration(decoration) is None for decoration in scope.decorations)
    for decoration in scope.decorations:
        if not below:
            below = program.gpu_of_decoration(decoration) is not None
            continue
        point = Point(decoration.scope, decoration.block, decoration.order)
        for value in program.evaluate(decoration.expression, point):
            path = value.path.removesuffix("()") if isinstance(value, External) else ""
            if re.fullmatch(_CACHE, path):
                return decoration, path.rsplit(".", 1)[-1]
    return None


def _makes(scope: Scope) -> bool:
    """Whether a function makes a model or another thing that is kept, as its name or what it calls says."""
    if re.search(_MAKER, scope.name):
        return True
    names = (getattr(call.node.func, "attr", call.node.func) for call in scope.calls)
    return any(re.search(_MAKING, name.value) for name in names if type(name).__name__ == "Name")
