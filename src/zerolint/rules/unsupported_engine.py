"""An inference engine that wants a GPU in the main process, or processes of its own in a worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG092",
    name="unsupported-engine",
    summary="vLLM, SGLang, TensorRT-LLM or LMDeploy started on ZeroGPU, or unsloth imported there",
    prevents="RuntimeError: Failed to infer device type",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"vllm", b"sglang", b"tensorrt_llm", b"lmdeploy", b"unsloth"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the call that starts the engine, and the import that ends the start."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.contexts import Context
    from zerolint.model.engines import early_unsloth, engine_starts

    for start in engine_starts(space):
        module = start.call.scope.module
        if start.in_worker:
            message = f"{start.engine} starts processes of its own, which a GPU worker is not allowed to have"
        else:
            message = f"{start.engine} looks for a GPU in the main process, which has none on ZeroGPU"
        yield Finding(
            at=space.span(module, start.call.node),
            message=message,
            notes=space.route(start.call.function, Context.GPU) if start.in_worker else (),
            fix=Fix("Generate with transformers, or take hardware with a GPU of its own"),
            confidence=Confidence.CERTAIN if start.engine == "vLLM" and not start.in_worker else Confidence.LIKELY,
            consequence=Consequence.REQUEST if start.in_worker else None,
        )
    for found, first in early_unsloth(space):
        module = found.scope.module
        yield Finding(
            at=space.span(module, found.statement),
            message="`unsloth` asks CUDA for its streams while it is imported, and the main process has no CUDA",
            notes=(Note(space.span(module, first.statement), "from here on torch says that there is a GPU"),),
            fix=Fix("Load the weights with transformers and peft"),
            confidence=Confidence.LIKELY,
        )
