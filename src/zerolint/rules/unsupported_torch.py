"""Requirements that choose a torch which ZeroGPU does not support."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.sidecars import Unsupported
    from zerolint.model.space import Space


@rule(
    code="ZG082",
    name="unsupported-torch",
    summary="A torch that ZeroGPU does not support, pinned or needed by another pin",
    prevents="CONFIG_ERROR: torch version in requirements.txt is not compatible with ZeroGPU",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"torch", b"xformers"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the line that chooses the torch, with the lines to write for one that is supported."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model import sidecars

    found = sidecars.unsupported_torch(space)
    if found is None:
        return
    message, facts = _message(found)
    lines = [(found.line, found.nearest)] if found.need is None else []
    lines += sidecars.companions(space, found.nearest)
    edits = tuple(Edit(line.span, sidecars.with_version(line, version)) for line, version in lines)
    can_edit = all(sidecars.is_editable(space, line) for line, _ in lines) and not (found.need is None and found.limits)
    wanted = [(line.name, version) for line, version in lines] or [("torch", found.nearest)]
    yield Finding(
        at=found.line.span,
        message=message,
        notes=tuple(Note(line.span, "this line chooses the torch too") for line in found.limits[:3]),
        fix=Fix(
            "Write " + _list([f"`{name}=={version}`" for name, version in wanted], "and"),
            edits if can_edit else (),
            unsafe="the app may rest on what torch was before",
        ),
        confidence=Confidence.CERTAIN if found.is_too_old else Confidence.LIKELY,
        consequence=Consequence.HYGIENE if found.is_newer else None,
        facts=facts,
    )


def _message(found: Unsupported) -> tuple[str, tuple[str, ...]]:
    """What happens, and the facts that say so."""
    supported = _list(fact("torch.supported").value, "and")
    facts: tuple[str, ...] = ("torch.supported",)
    line = f"`{found.line.name}{found.line.specifier}`"
    if found.need is not None:
        facts = (*facts, f"sidecars.{found.line.name}")
        return f"{line} needs {found.need.words}, and ZeroGPU supports {supported}", facts
    if found.version and found.line.url:
        line = f"the wheel of torch {found.version}"
    elif found.version and not found.line.specifier:
        line = f"torch {found.version}"
    until = dict(fact("torch.accepted_until").value).get(found.version)
    if until:
        return f"{line} was accepted until {until}; ZeroGPU supports {supported}", (*facts, "torch.accepted_until")
    if found.is_newer:
        return f"{line} is newer than the versions that ZeroGPU lists: {supported}", facts
    if found.version:
        return f"{line} is not among the versions that ZeroGPU supports: {supported}", facts
    return f"{line} admits none of the versions that ZeroGPU supports: {supported}", facts


def _list(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
