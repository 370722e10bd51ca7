"""Wheels that are compiled for another torch than the one that is installed beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG087",
    name="wheel-torch-mismatch",
    summary="A wheel compiled for another torch than the one that is installed",
    prevents="ImportError: ... undefined symbol: ...",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b".whl",),
    listed=(b".whl", b"+cu", b"+pt", b"+torch", b"/torch", b"-f ", b"find-links"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the requirement; the pin of torch, where there is one, as a note."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.wheels import Mismatch, foreign_pages, judged

    for judgement in judged(space, Mismatch.TORCH):
        wheel, torch, wanted = judgement.wheel, space.torch, judgement.wanted
        own = wheel.torch[0]
        # The version to pin, if the torch that the wheel is for can be had at all.
        pin = next((full for full in fact("torch.supported").value if full.startswith(f"{own}.")), "")
        if wanted:
            minor = ".".join(wanted.split(".")[:2])
            message = f"{wheel.shown} is compiled for torch {own}, and torch {wanted} is installed"
            fix = Fix(f"Take the build for torch {minor}" + (f", or install `torch=={pin}`" if pin else ""))
        elif pin:
            message = f"{wheel.shown} is compiled for torch {own}, and without a pin pip installs the newest torch"
            is_plain = torch is not None and not torch.requirement.extras and not torch.requirement.marker
            fix = Fix(
                f"Pin `torch=={pin}`",
                (Edit(torch.requirement.span, f"torch=={pin}"),) if torch is not None and is_plain else (),
                unsafe="the other requirements have to go with this version of torch" if is_plain else None,
            )
        else:
            message = f"{wheel.shown} is compiled for torch {own}, which ZeroGPU does not support"
            fix = Fix("Take the build for a supported torch, and pin that")
        yield Finding(
            at=wheel.requirement.span,
            message=f"{message}: its compiled part does not load",
            notes=(Note(torch.requirement.span, f"torch is {wanted or 'chosen'} here"),) if torch is not None else (),
            fix=fix,
            confidence=Confidence.CERTAIN if judgement.is_certain else Confidence.LIKELY,
            facts=("torch.cxx11_abi",) if wanted and judgement.is_certain else ("torch.supported",),
        )
    for page in foreign_pages(space):
        minor = ".".join(page.wanted.split(".")[:2])
        yield Finding(
            at=page.option.span,
            message=f"the wheels of this page are compiled for torch {page.torch}, and torch {page.wanted} is "
            f"installed: `{page.requirement.name}` does not load",
            notes=(Note(page.requirement.span, "pip takes this from the page"),),
            fix=Fix(f"Name the page for torch {minor}"),
            confidence=Confidence.LIKELY,
            facts=("wheels.pages",),
        )
