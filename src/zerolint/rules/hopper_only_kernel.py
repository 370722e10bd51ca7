"""Kernels for Hopper, such as FlashAttention 3: the card has no use for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG093",
    name="hopper-only-kernel",
    summary="FlashAttention 3, or code compiled for other cards than the one of ZeroGPU",
    prevents="CUDA error (...): no kernel image is available for execution on the device",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(
        *(b"flash-attn3", b"flash-attention-3", b"flash_attention_3", b"_flash_3", b"_flash_varlen_3"),
        *(b"flash_attn_interface", b"TORCH_CUDA_ARCH_LIST"),
    ),
)
def check(space: Space) -> Iterator[Finding]:
    """Report what names the kernel."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.kernels import Use, foreign_kernels

    capability = fact("hardware.capability").value
    card = f"the {fact('hardware.name').value}, the card of ZeroGPU since {fact('hardware.since').value}"
    for kernel in foreign_kernels(space):
        at = space.span(kernel.module, kernel.node)
        facts: tuple[str, ...] = ("hardware.name", "hardware.since")
        confidence, instead, unsafe = Confidence.CERTAIN, "", None
        if kernel.use is Use.BUILD:
            message = f"what is compiled for `{kernel.name}` has no code for {card}"
            title = f"Add `{capability}`, which CUDA {fact('hardware.first_cuda').value} and later compile for"
            confidence, facts = Confidence.LIKELY, (*facts, "hardware.capability", "hardware.first_cuda")
        else:
            message = f"`{kernel.name}` is FlashAttention 3, which has no code for {card}"
            facts = (*facts, "kernels.hopper_only")
            if kernel.use is Use.ATTENTION:
                title, instead = 'Use `"sdpa"`, or `"kernels-community/flash-attn2"`', '"sdpa"'
                unsafe = "a few models have no such attention"
            elif kernel.use is Use.BACKEND:
                title, instead = 'Use `"native"`', '"native"'
            else:
                title = "Use `torch.nn.functional.scaled_dot_product_attention`, or FlashAttention 2"
                confidence = Confidence.LIKELY if kernel.use is Use.HUB else confidence
        edits = (Edit(at, instead),) if instead and kernel.is_written else ()
        yield Finding(
            at=at,
            message=message,
            fix=Fix(title, edits, unsafe=unsafe if edits else None),
            confidence=confidence,
            facts=facts,
        )
