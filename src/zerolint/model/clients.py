"""Clients of other Spaces that do not send the visitor's token, so that the other Space does not know who is asking.

`gradio_client.Client` takes the `x-ip-token` from the request that Gradio keeps in a context variable. It did so in a
thread without that variable until version 2.0, which belongs to Gradio 6, and so it sent none. Since then it finds the
token, and keeps it among its own headers: a client that all visitors share sends it with the next request that brings
none. It looks for a token only when it is given a Space by its name and not by an address. (gradio_client 1.14.0 and
2.7.2, `send_data` and `add_zero_gpu_headers`.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.model.syntax import Call, Scope
from zerolint.model.values import External, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_PATHS = frozenset({"gradio_client.Client", "gradio_client.client.Client"})
_SPACE = r"[\w.-]+/[\w.-]+"
_ADDRESS = r"https://[\w-]+\.hf\.space/?.*"


class AnonymousClient(NamedTuple):
    """A `Client(...)` for Space `space`, made without headers and without a token of its own, that serves visitors.

    `use` is a call for a visitor that uses a client made at start-up, in `function`; for a client that is made while a
    visitor waits it is the making itself. `sends_none` tells that no visitor's token is ever sent; None when that is up
    to the version of Gradio, which is not known.
    """

    call: Call
    space: str
    use: Call
    function: Scope
    sends_none: bool | None

    @property
    def is_shared(self) -> bool:
        """Whether one client serves all visitors."""
        return self.use is not self.call


def anonymous_clients(space: Space) -> Iterator[AnonymousClient]:
    """The clients of other Spaces that do not send each visitor's token, by file and place."""
    for module in space.modules_with(b"gradio_client"):
        names = {
            item.alias
            for item in module.imports
            if item.module.partition(".")[0] == "gradio_client" and item.name == "Client"
        }
        for scope in module.scopes:
            for call in scope.calls:
                function = call.node.func
                kind = type(function).__name__
                if (kind == "Attribute" and function.attr.value == "Client") or (
                    kind == "Name" and function.value in names
                ):
                    yield from _judged(space, call)


def _judged(space: Space, call: Call) -> Iterator[AnonymousClient]:
    program = space.program
    point = point_of(call)
    if program.is_dead(call.block) or not any(
        isinstance(value, External) and value.path in _PATHS for value in program.evaluate(call.node.func, point)
    ):
        return
    if any(argument.star for argument in call.node.args) or _is_known_to_the_other(space, call):
        return
    source = program.argument(call, 0, "src")
    constant = program.constant(source, point) if source is not None else None
    if constant is None or not isinstance(constant.value, str):
        return
    by_address = re.fullmatch(_ADDRESS, constant.value) is not None
    if not by_address and not re.fullmatch(_SPACE, constant.value):
        return
    version = space.gradio_version
    forwards_since = int(fact("client.forwards_token").value)
    sends_none = True if by_address else None if version is None else version[0] < forwards_since
    if space.contexts.is_per_request(call.function):
        if sends_none:
            yield AnonymousClient(call, constant.value, call, call.function, True)
        return
    use = _use(space, call)
    if use is not None:
        yield AnonymousClient(call, constant.value, use, use.function, sends_none)


def _is_known_to_the_other(space: Space, call: Call) -> bool:
    """Whether a client is given headers, or a token of its own with which it asks on its owner's account."""
    for name in ("headers", "token", "hf_token"):
        given: Any = space.program.argument(call, 1 if name == "token" else 1 << 20, name)
        if given is not None and not (type(given).__name__ == "Name" and given.value == "None"):
            return True
    return False


def _use(space: Space, made: Call) -> Call | None:
    """A call for a visitor that uses a client made at start-up."""
    program = space.program
    for name in ("predict", "submit"):
        for call in program.calls_named(name):
            function = call.node.func
            if type(function).__name__ != "Attribute" or program.is_dead(call.block):
                continue
            if not space.contexts.is_per_request(call.function):
                continue
            if any(
                isinstance(value, External) and value.origin is made
                for value in program.evaluate(function.value, point_of(call))
            ):
                return call
    return None
