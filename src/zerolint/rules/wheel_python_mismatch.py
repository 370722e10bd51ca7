"""Wheels that pip does not install, because they are for another Python or another system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG086",
    name="wheel-python-mismatch",
    summary="A wheel for another Python or system than the Space has",
    prevents="ERROR: ... is not a supported wheel on this platform",
    consequence=Consequence.BUILD,
    since="0.1.0",
    words=(b".whl",),
    listed=(b".whl",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the requirement, with the Python version of the README."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.wheels import Mismatch, judged

    supported = [version.rpartition(".")[0] for version in fact("python.supported").value]
    for judgement in judged(space, Mismatch.PYTHON):
        wheel, entry = judgement.wheel, (space.readme.entries or {}).get("python_version") if space.readme else None
        for_python = f"for Python {wheel.python}" if wheel.python else f"not for Python {judgement.wanted}"
        can_change = wheel.python in supported
        yield Finding(
            at=wheel.requirement.span,
            message=f"{wheel.shown} is {for_python}, and the Space runs {judgement.wanted}: pip refuses to install it",
            notes=(Note(entry.value_span, f"the Space runs Python {judgement.wanted}"),) if entry else (),
            fix=Fix(
                f"Take the wheel for Python {judgement.wanted}"
                + (f', or set `python_version: "{wheel.python}"` in the README' if can_change else "")
            ),
            consequence=None if wheel.is_listed else Consequence.STARTUP,
            facts=("python.supported",) if can_change else (),
        )
    for judgement in judged(space, Mismatch.PLATFORM):
        platforms = ", ".join(f"`{name}`" for name in sorted({tag.platform for tag in judgement.wheel.tags}))
        yield Finding(
            at=judgement.wheel.requirement.span,
            message=f"{judgement.wheel.shown} is for {platforms}, and a Space runs on Linux with x86-64: pip refuses "
            "to install it",
            fix=Fix('Take the wheel for `linux_x86_64` or `manylinux`, or add a marker: `; sys_platform != "linux"`'),
            consequence=None if judgement.wheel.is_listed else Consequence.STARTUP,
        )
