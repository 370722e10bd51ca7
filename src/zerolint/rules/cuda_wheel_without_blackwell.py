"""Wheels and indexes made with a CUDA that is older than the card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space

_FACTS = ("hardware.name", "hardware.first_cuda", "hardware.since")


@rule(
    code="ZG084",
    name="cuda-wheel-without-blackwell",
    summary="Wheels or indexes for a CUDA before 12.8, without code for the card",
    prevents="CUDA error: no kernel image is available for execution on the device",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b".whl",),
    listed=(b".whl", b"+cu", b"+pt", b"+torch", b"whl/cu"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the requirement, or the option that names the index."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.wheels import Mismatch, judged, old_indexes, option_line

    card, first = fact("hardware.name").value, fact("hardware.first_cuda").value
    since = f"the {card}, the card of ZeroGPU since {fact('hardware.since').value}"
    for judgement in judged(space, Mismatch.CUDA):
        wheel = judgement.wheel
        cuda = ".".join(map(str, wheel.cuda))
        yield Finding(
            at=wheel.requirement.span,
            message=f"{wheel.shown} is compiled with CUDA {cuda}, which makes no code for {since}",
            fix=Fix(f"Take a build for CUDA {first} or later"),
            confidence=Confidence.CERTAIN if judgement.is_certain else Confidence.LIKELY,
            facts=(*_FACTS, "wheels.without_ptx") if judgement.is_certain else _FACTS,
        )
    for old in old_indexes(space):
        line = option_line(space, old.option)
        yield Finding(
            at=old.option.span,
            message=f"pip takes `torch=={old.version}` from this index, which has no code for {since}",
            notes=(Note(old.requirement.span, "a version with a local part is preferred to the one without"),),
            fix=Fix(
                f"Remove the line: the torch of the package registry is for CUDA {first} or later",
                (Edit(line, ""),) if line is not None else (),
                unsafe="what else comes from this index has to be found elsewhere" if line is not None else None,
            ),
            facts=(*_FACTS, "torch.index_versions"),
        )
