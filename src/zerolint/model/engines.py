"""Inference engines that own their processes and their CUDA, and where the app starts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model.boundary import worker_calls
from zerolint.model.errors import catches
from zerolint.model.syntax import WITH, Call, Import, blocks_of
from zerolint.model.values import External, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_VLLM, _SGLANG, _TENSORRT, _LMDEPLOY = "vLLM", "SGLang", "TensorRT-LLM", "LMDeploy"
_ENGINES = {
    "vllm.LLM": _VLLM,
    "vllm.entrypoints.llm.LLM": _VLLM,
    "vllm.LLMEngine.from_engine_args": _VLLM,
    "vllm.AsyncLLMEngine.from_engine_args": _VLLM,
    "vllm.engine.llm_engine.LLMEngine.from_engine_args": _VLLM,
    "vllm.engine.async_llm_engine.AsyncLLMEngine.from_engine_args": _VLLM,
    "vllm.v1.engine.async_llm.AsyncLLM.from_engine_args": _VLLM,
    "sglang.Engine": _SGLANG,
    "sglang.Runtime": _SGLANG,
    "sglang.srt.entrypoints.engine.Engine": _SGLANG,
    "tensorrt_llm.LLM": _TENSORRT,
    "tensorrt_llm.llmapi.LLM": _TENSORRT,
    "lmdeploy.pipeline": _LMDEPLOY,
    "lmdeploy.api.pipeline": _LMDEPLOY,
}
_PACKAGES = (b"vllm", b"sglang", b"tensorrt_llm", b"lmdeploy")
_NAMES = tuple(sorted({path.rsplit(".", 1)[-1] for path in _ENGINES}))
# These start processes for the engine, unless they are told not to.
_FORKING = (_VLLM, _SGLANG)
_IN_ONE_PROCESS = (b"VLLM_ENABLE_V1_MULTIPROCESSING",)


class EngineStart(NamedTuple):
    """A call that starts an engine. `in_worker` tells that it runs in a GPU worker, otherwise when the app starts."""

    call: Call
    engine: str
    in_worker: bool


def engine_starts(space: Space) -> Iterator[EngineStart]:
    """The calls that start an engine where it cannot run; not those whose failure is caught."""
    program = space.program
    modules = {module.path: module for word in _PACKAGES for module in space.modules_with(word)}
    for path in sorted(modules):
        for scope in modules[path].scopes:
            for call in scope.calls:
                engine = _engine(space, call) if _last_name(call.node.func) in _NAMES else ""
                if engine and not program.is_dead(call.block) and space.placements.starts(call.function):
                    yield EngineStart(call, engine, False)
    if not space.mentions(*_IN_ONE_PROCESS):
        for call in worker_calls(space, _NAMES):
            engine = _engine(space, call)
            if engine in _FORKING:
                yield EngineStart(call, engine, True)


def early_unsloth(space: Space) -> Iterator[tuple[Import, Import]]:
    """The imports of unsloth in start-up code after `import spaces`, each with that import.

    With the emulation unsloth takes itself to be on a GPU, and asks CUDA for its streams while it is imported.
    """
    for path in space.programs:
        module = space.program.module(path) if b"unsloth" in space.contents.get(path, b"") else None
        if module is None:
            continue
        imports = [
            item
            for item in module.imports
            if item.scope is module.root and all(block.kind == WITH for block in blocks_of(item.block))
        ]
        first = next((item for item in imports if item.module.split(".")[0] == "spaces"), None)
        found = next((item for item in imports if item.module.split(".")[0] == "unsloth"), None)
        local = any(space.program.find(name, path) is not None for name in ("unsloth", "spaces"))
        if first is not None and found is not None and first.order < found.order and not local:
            yield found, first


def _last_name(function: Any) -> str:
    kind = type(function).__name__
    return str(function.attr.value if kind == "Attribute" else function.value if kind == "Name" else "")


def _engine(space: Space, call: Call) -> str:
    """The engine that a call starts on a GPU, "" for none."""
    paths = [v.path for v in space.program.evaluate(call.node.func, point_of(call)) if isinstance(v, External)]
    engine = _ENGINES.get(paths[0], "") if len(paths) == 1 else ""
    if not engine or catches(call, "RuntimeError") or space.program.argument(call, 99, "device") is not None:
        return ""
    return engine
