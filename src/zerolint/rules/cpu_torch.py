"""A torch without CUDA among the requirements, with which `import spaces` fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.cpu_torch import CpuTorch
    from zerolint.model.space import Space


@rule(
    code="ZG083",
    name="cpu-torch",
    summary="A build of torch for CPU, ROCm or XPU",
    prevents="AttributeError: 'NoneType' object has no attribute 'startswith' at `import spaces`",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    listed=(b"torch",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the line or the index that chooses it."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model import cpu_torch

    found = cpu_torch.cpu_torch(space)
    if found is None or (not found.is_index and cpu_torch.is_unsupported(found.line)):
        return
    notes = [Note(option.span, "this index has to go too") for option in cpu_torch.indexes(space)[:1]]
    if found.is_index:
        notes = [Note(found.line.span, f"pip takes the build `+{found.build}` for this line")]
    yield Finding(at=found.at, message=_message(found), notes=tuple(notes), fix=_fix(space, found))


def _message(found: CpuTorch) -> str:
    if not found.is_index:
        return f"this torch is built for {_NAMES[found.build[:3].lower()]}, and `import spaces` fails without CUDA"
    if found.is_only:
        return f"this index has torch for {_NAMES[found.build[:3]]} only, and `import spaces` fails without CUDA"
    return "pip prefers the torch of this index, which is built for CPU: `import spaces` fails without CUDA"


_NAMES = {"cpu": "CPU", "roc": "ROCm", "xpu": "Intel XPU"}


def _fix(space: Space, found: CpuTorch) -> Fix:
    if found.is_index:
        from zerolint.model.wheels import option_line

        option = next(option for option in space.requirements.options if option.span == found.at)
        line = option_line(space, option)
        reason = "other requirements may come from that index"
        return Fix("Remove the index", (Edit(line, ""),) if line else (), unsafe=reason)
    from zerolint.model import cpu_torch, sidecars

    lines = cpu_torch.without_build(space)
    can_edit = all(version and sidecars.is_editable(space, line) for line, version in lines)
    edits = tuple(Edit(line.span, sidecars.with_version(line, version)) for line, version in lines if can_edit)
    return Fix("Write " + ", ".join(f"`{line.name}=={version}`" for line, version in lines), edits)
