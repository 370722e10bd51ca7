"""GPU functions in a Space of an SDK that ZeroGPU does not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space

_OTHERS = {
    "docker": "its Dockerfile",
    "static": "no Python at all",
    "streamlit": "Streamlit",
}


@rule(
    code="ZG071",
    name="non-gradio-sdk",
    summary="GPU functions in a Space whose `sdk` is docker, static or streamlit",
    prevents="ZeroGPU cannot be chosen for the Space, so its GPU functions never get a GPU",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    listed=(b"docker", b"static", b"streamlit"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value of `sdk`: certain where the Space is said to be for ZeroGPU, likely where its code says so."""
    readme = space.readme
    entry = readme.known.get("sdk") if readme is not None else None
    if entry is None or entry.text not in _OTHERS or not space.is_for_zerogpu:
        return
    if entry.text == fact("readme.zerogpu_sdk").value:
        return
    functions = sorted(space.contexts.gpu.items(), key=lambda item: (item[0].module.path, item[0].order))
    is_said = space.target == "zerogpu" or space.hardware.startswith("zero")
    if not functions and not is_said:
        return
    notes = tuple(
        Note(space.span(gpu.scope.module, gpu.node), f"{function.spoken} is a GPU function")
        for function, (gpu, *_) in functions[:1]
        if gpu.node is not None and gpu.scope is not None
    )
    yield Finding(
        at=entry.value_span,
        message=f"ZeroGPU runs Gradio Spaces only, and `sdk: {entry.text}` runs {_OTHERS[entry.text]}",
        notes=notes,
        fix=Fix("Make it a Gradio Space (`sdk: gradio`), or choose a GPU of its own for it and do without `spaces`"),
        confidence=Confidence.CERTAIN if is_said else Confidence.LIKELY,
        facts=("readme.zerogpu_sdk",),
    )
