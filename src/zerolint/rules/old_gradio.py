"""A version of Gradio that ZeroGPU, or the `huggingface_hub` of today, does not work with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG074",
    name="old-gradio",
    summary="An `sdk_version` that ZeroGPU or the `huggingface_hub` of today does not work with",
    prevents="ImportError: cannot import name 'HfFolder' from 'huggingface_hub'",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    listed=(b"sdk_version",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value: it is too old for ZeroGPU, or imports what `huggingface_hub` has no longer."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model import versions
    from zerolint.model.pins import lost_folder, sdk_version

    entry = sdk_version(space)
    if entry is None:
        return
    if not versions.admits(fact("gradio.zerogpu").value, entry.text):
        yield Finding(
            at=entry.value_span,
            message=f"With Gradio {entry.text}, each call of a GPU function raises an error",
            fix=Fix("Raise `sdk_version`, and change the app to what that version has"),
            consequence=Consequence.REQUEST,
            facts=("gradio.zerogpu",),
        )
        return
    lost = lost_folder(space, entry.text)
    if lost is None:
        return
    line, is_sure = lost
    notes = (Note(line.span, "this version has no `HfFolder`"),) if line is not None else ()
    kept = "gets" if line is not None else "keeps"
    yield Finding(
        at=entry.value_span,
        message=f"Gradio {entry.text} imports `HfFolder`, and the Space {kept} a `huggingface_hub` that has none",
        notes=notes,
        fix=Fix("Raise `sdk_version`, or require `huggingface_hub<1.0`"),
        confidence=Confidence.CERTAIN if is_sure else Confidence.LIKELY,
        facts=("gradio.hf_folder", "hub.without_hf_folder", *(() if is_sure else ("hub.unlimited",))),
    )
