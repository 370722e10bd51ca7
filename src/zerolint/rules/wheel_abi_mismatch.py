"""Wheels with the C++ ABI that torch had before 2.7."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG088",
    name="wheel-abi-mismatch",
    summary="A wheel with the C++ ABI of older torch (`cxx11abiFALSE`)",
    prevents="ImportError: ... undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationESs",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"cxx11abiFALSE",),
    listed=(b"cxx11abifalse",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the requirement. `TRUE` in the place of `FALSE` names another file, which has to exist."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.wheels import Mismatch, judged

    for judgement in judged(space, Mismatch.ABI):
        wheel, torch = judgement.wheel, space.torch
        text = wheel.requirement.text.replace("cxx11abiFALSE", "cxx11abiTRUE")
        can_edit = wheel.is_listed and not wheel.torch
        of_torch = f" (it is compiled for torch {wheel.torch[0]})" if wheel.torch else ""
        yield Finding(
            at=wheel.requirement.span,
            message=f"{wheel.shown} has the C++ ABI from before torch {fact('torch.cxx11_abi').value}{of_torch}, which "
            "no torch on ZeroGPU has: its compiled part does not load",
            notes=(Note(torch.requirement.span, f"torch is {judgement.wanted or 'chosen'} here"),) if torch else (),
            fix=Fix(
                "Take the `cxx11abiTRUE` build for the torch that is installed",
                (Edit(wheel.requirement.span, text),) if can_edit else (),
                unsafe="the other file has to exist" if can_edit else None,
            ),
            facts=("torch.cxx11_abi", "torch.supported"),
        )
