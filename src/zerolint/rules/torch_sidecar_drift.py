"""torchvision, torchaudio, torchcodec and xformers that do not go with the torch that is pinned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.sidecars import Drift
    from zerolint.model.space import Space


@rule(
    code="ZG085",
    name="torch-sidecar-drift",
    summary="torchvision, torchaudio, torchcodec or xformers that does not go with the pinned torch",
    prevents="OSError: ... undefined symbol: torch_library_impl; or ERROR: ResolutionImpossible",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    listed=(b"torchvision", b"torchaudio", b"torchcodec", b"xformers"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the line of the side-car, with the version of it that goes with the torch."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model import sidecars

    drifts = sidecars.drifts(space)
    is_unsupported = bool(drifts) and sidecars.unsupported_torch(space) is not None
    for drift in drifts:
        line = drift.need.line
        is_pinned = bool(sidecars.version_of(line))
        if is_unsupported and not is_pinned and not drift.is_conflict:
            # With another torch it is another question, and `unsupported-torch` says which version goes with that one.
            continue
        is_imported = space.mentions(f"import {line.name}".encode(), f"from {line.name}".encode())
        yield Finding(
            at=line.span,
            message=_message(drift, is_pinned),
            notes=(Note(drift.line.span, f"torch is {_torch(drift)} by this line"),),
            fix=_fix(space, drift, is_pinned, is_unsupported),
            confidence=Confidence.CERTAIN if drift.is_conflict or (is_pinned and is_imported) else Confidence.LIKELY,
            consequence=Consequence.BUILD if drift.is_conflict else None,
            facts=(f"sidecars.{line.name}",) if drift.is_conflict else (f"sidecars.{line.name}", "sidecars.undeclared"),
        )


def _message(drift: Drift, is_pinned: bool) -> str:
    need = drift.need
    if drift.is_conflict:
        return f"`{need.line.name}{need.line.specifier}` needs {need.words}, and torch is {_torch(drift)}"
    if is_pinned:
        return (
            f"`{need.line.name}=={need.version}` needs {need.words} without declaring it, and torch is {_torch(drift)}"
        )
    return f"pip takes {need.line.name} {need.version} here, which needs {need.words}, and torch is {_torch(drift)}"


def _torch(drift: Drift) -> str:
    known = drift.torch.versions
    if len(known) == 1:
        return known[0]
    if not known:
        return f"`{drift.line.name}{drift.line.specifier}`"
    return f"{known[0]} or later" if drift.torch.is_open else f"at most {known[-1]}"


def _fix(space: Space, drift: Drift, is_pinned: bool, is_unsupported: bool) -> Fix | None:
    from zerolint.model import sidecars

    line = drift.need.line
    if is_unsupported:
        return Fix("Change it together with torch, as `unsupported-torch` says")
    if not drift.fitting:
        return None
    edits: tuple[Edit, ...] = ()
    if sidecars.is_editable(space, line):
        edits = (Edit(line.span, sidecars.with_version(line, drift.fitting)),)
    return Fix(
        f"Write `{line.name}=={drift.fitting}`",
        edits,
        unsafe="the torch may be what should change" if is_pinned or drift.is_conflict else None,
    )
