"""A GPU function that sleeps, waits for the network or runs a program on the CPU, and the visitor pays for the GPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space

_TITLES = {
    "sleep": "Leave it out, or sleep in the handler that calls the GPU function",
    "network": "Do it in the handler, before or after it calls the GPU function",
    "download": "Download it when the app starts",
    "program": "Run it in the handler, before or after it calls the GPU function",
}


@rule(
    code="ZG060",
    name="idle-gpu-time",
    summary="A GPU function that sleeps, downloads, or waits for a program on the CPU",
    prevents="GPU seconds of the visitor's quota in which the GPU does nothing",
    consequence=Consequence.QUOTA,
    since="0.1.0",
    words=(
        *(
            b"sleep",
            b"download",
            b"upload",
            b"urlretrieve",
            b"urlopen",
            b"requests",
            b"httpx",
            b"subprocess",
            b"system",
        ),
        *(b"edge_tts", b"gtts", b"openai", b"anthropic", b"groq", b"huggingface_hub", b"gradio_client", b"dashscope"),
    ),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that waits."""
    for idle in space.idle_times():
        from zerolint.model.contexts import Context

        wait = idle.wait.value
        if wait == "sleep":
            message = f"The visitor pays for {idle.seconds:g} s of GPU time in which nothing happens"
        elif wait == "download":
            message = f"The visitor who comes first pays for the GPU time that `{idle.what}` takes"
        elif wait == "network":
            message = f"The visitor pays for the GPU while `{idle.what}` waits for the network"
        else:
            message = f"The visitor pays for the GPU while `{idle.what}` runs without it"
        yield Finding(
            at=space.span(idle.call.scope.module, idle.call.node),
            message=message,
            notes=space.route(idle.function, Context.GPU),
            fix=Fix(_TITLES[wait]),
            confidence=Confidence.CERTAIN if idle.is_certain else Confidence.LIKELY,
        )
