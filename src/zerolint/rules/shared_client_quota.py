"""A client of another Space that does not send each visitor's token, so that visitors do not use their own quota."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG055",
    name="shared-client-quota",
    summary="A client of another Space that does not send each visitor's token",
    prevents="ZeroGPU quota exceeded: Space app has reached its GPU limit",
    consequence=Consequence.QUOTA,
    since="0.1.0",
    words=(b"gradio_client",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report where the client is made."""
    since = fact("client.forwards_token").value
    for client in space.anonymous_clients():
        module = client.call.scope.module
        who = "The client that all visitors share" if client.is_shared else "The client"
        none = f"asks `{client.space}` without the visitor's token"
        if client.sends_none:
            message = f"{who} {none}, so a visitor's own quota is not used there"
        elif client.sends_none is False:
            message = f"{who} sends the token of the visitor before to `{client.space}` when a request has none"
        else:
            message = f"{who} {none} before Gradio {since}, and since then can send the token of another one"
        notes = space.route(client.function)
        if client.is_shared:
            used = space.span(client.use.scope.module, client.use.node.func)
            # The way leads to where it is used, not to where it is made.
            way = [note._replace(step=0) for note in space.route(client.function, most=1) if note.shown]
            notes = (Note(used, f"{client.function.spoken} uses it for a visitor here"), *way)
        yield Finding(
            at=space.span(module, client.call.node),
            message=message,
            notes=notes,
            fix=Fix('Make it in the handler, with `headers={"x-ip-token": request.headers["x-ip-token"]}`'),
            confidence=Confidence.LIKELY,
            # By its address, a client never forwards a token.
            facts=() if client.space.startswith("https://") else ("client.forwards_token",),
        )
