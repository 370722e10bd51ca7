"""Whose quota pays for GPU time: where the request of the visitor, with the token in it, gets lost on the way.

`spaces` finds the visitor's token in the request that Gradio keeps in a context variable while it runs a handler. A
thread or an executor starts without the context variables of the code that starts it; a web route is not called by
Gradio and has no such request; code that start-up code starts belongs to no visitor. (`spaces` 0.51.3, zero/client.py;
Gradio 6.31, utils.py.)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

from zerolint.model import handlers
from zerolint.model.contexts import Context, Edge
from zerolint.model.handlers import Registration
from zerolint.model.syntax import Call, Module, Scope
from zerolint.model.values import Function
from zerolint.model.ways import Way, depends_on_caller, keeps_context, ways_to_gpu
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Loss(Enum):
    """How a visitor's request gets lost."""

    THREAD = "thread"  # a thread or executor that code for a visitor starts
    ROUTE = "route"  # a web route
    STARTUP = "startup"  # a thread that start-up code starts


class LostToken(NamedTuple):
    """A way to GPU function `function` on which the visitor's token is lost.

    `registration` is what starts the thread or makes the route. `way` leads from the function that runs there to the
    worker; None when that function is the GPU function itself. `in_route` tells that a web route is on the way, where
    there is no token that a thread could take along.
    """

    loss: Loss
    registration: Registration
    function: Scope
    way: Way | None
    in_route: bool = False

    @property
    def call(self) -> Call | None:
        """The call where the token is lost: what starts the thread, or the first call in a route."""
        if self.loss is not Loss.ROUTE:
            return self.registration.call
        return self.way.call if self.way is not None else None


def lost_tokens(space: Space) -> Iterator[LostToken]:
    """Every way to a worker on which the visitor's token is lost, once for each thread and for each call of a route."""
    contexts = space.contexts
    if not contexts.gpu:
        return
    seen: set[tuple[int, Scope]] = set()
    for registration in contexts.registrations:
        ways = list(_ways(space, registration)) if _may_lose(registration) else []
        loss = _loss(space, registration) if ways else None
        if loss is None or _hands_request_on(space, registration):
            continue
        for way in ways:
            function = registration.function.scope if way is None else way.function
            lost = LostToken(loss, registration, function, way, _is_in_route(space, registration))
            key = (id(lost.call or registration.decoration), function)
            if key not in seen:
                seen.add(key)
                yield lost


def _may_lose(registration: Registration) -> bool:
    if registration.kind == handlers.HANDLER:
        return registration.event in handlers.ROUTES
    return registration.event in ("thread", "executor") and registration.call is not None


def _ways(space: Space, registration: Registration) -> Iterator[Way | None]:
    function = registration.function
    if _is_gpu(space, function):
        yield None
        return
    ways = ways_to_gpu(space, function.scope, lambda edge: _keeps(space, edge))
    if registration.kind == handlers.THREAD:
        # The thread is what is reported, so one way is enough.
        sure = (way for way in ways if not depends_on_caller(way.call, function.scope))
        yield from itertools.islice(sure, 1)
        return
    yield from ways


def _is_gpu(space: Space, function: Function) -> bool:
    return function.gpu is not None or (function.scope.is_method and function.scope in space.contexts.gpu)


def _keeps(space: Space, edge: Edge) -> bool:
    """Whether what is lost stays lost along an edge, and is not lost anew."""
    function = edge.call.node.func
    if type(function).__name__ == "Attribute" and function.attr.value == "run":
        # `context.run(generate, prompt)`: with the context of somebody.
        return any(target.scope is edge.function.scope for target in space.program.targets(edge.call))
    return keeps_context(space, edge)


def _loss(space: Space, registration: Registration) -> Loss | None:
    """How what is registered loses the visitor; None when it is started in a worker, or by nothing that is known."""
    if registration.kind == handlers.HANDLER or registration.call is None:
        return Loss.ROUTE
    starter = registration.call.function
    contexts = space.contexts
    if contexts.in_context(starter, Context.HANDLER):
        return Loss.THREAD
    if contexts.in_context(starter, Context.THREAD):
        return Loss.THREAD if contexts.is_per_request(starter) else Loss.STARTUP
    if contexts.in_context(starter, Context.GPU):
        return None  # a worker has been booked, and threads in it change nothing
    return Loss.STARTUP if contexts.in_context(starter, Context.IMPORT) else None


def _is_in_route(space: Space, registration: Registration) -> bool:
    """Whether what is registered is a web route, or a thread that one starts."""
    if registration.kind == handlers.THREAD and registration.call is not None:
        path = space.contexts.path(registration.call.function, Context.HANDLER)
        root = path[-1][1].registration if path else None
        return root is not None and root.event in handlers.ROUTES
    return registration.event in handlers.ROUTES


def _hands_request_on(space: Space, registration: Registration) -> bool:
    """Whether a module on the way mentions Gradio's own place for the request, and may put one there."""
    modules: set[Module] = {registration.function.scope.module}
    if registration.call is not None:
        modules.add(registration.call.scope.module)
    return any(b"LocalContext" in space.contents[module.path] for module in modules)
