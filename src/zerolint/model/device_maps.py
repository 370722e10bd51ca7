"""Where start-up code lets `transformers` place a model with `device_map=`, and whether the installed version can.

From version 5 on `transformers` reads and places the weights of a `device_map` in threads of its own, and the emulation
of CUDA in the main process holds for the main thread only. Executed with spaces 0.51.3: 5.0.0 and 5.23.0 fail, 4.57.3
and 4.57.6 work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.model.devices import Device
from zerolint.model.syntax import Call
from zerolint.model.values import External, Point, point_of
from zerolint.model.versions import admits
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.requirements import Requirement

# Strategies that put a model on the GPU; "disk" makes the load sequential, "meta" and "cpu" leave CUDA alone.
_AUTOMATIC = frozenset({"auto", "balanced", "balanced_low_0", "sequential"})
_QUANTIZED = ("quantization_config", "load_in_4bit", "load_in_8bit")
# Repositories whose weights are quantized already, told by their names.
_QUANTIZED_NAME = r"(?i)4bit|8bit|\bbnb|awq|gptq|\bint[48]\b|fp8|mxfp4|nf4|gguf"
# A device map that is given, not one that is only handed on.
_WRITTEN = rb"device_map *= *(?!None\b|device_map\b|kwargs\b)"
_REFERENCE = r"(?i)github\.com/huggingface/transformers(?:\.git)?(?:@([^#]+))?(?:#.*)?$"
_MAJOR = r"v?(\d+)(?:\.|$)"
_NUMBER = r"\d+(?:\.\d+)*"


class MappedLoad(NamedTuple):
    """A call at start-up that loads a model with `device_map=`, which the installed `transformers` does in threads.

    `argument` is the argument, `is_pipeline` tells `transformers.pipeline` from `from_pretrained`. `divides` tells that
    the map may leave a part on the CPU. `requirement` is the line that brings `transformers`; `is_certain` is False
    when an older version would meet it too.
    """

    call: Call
    argument: Any
    is_pipeline: bool
    divides: bool
    requirement: Requirement
    is_certain: bool


def mapped_loads(space: Space) -> Iterator[MappedLoad]:
    """The calls, by file and place."""
    if not space.mentions(b"device_map"):
        return
    version = _threaded(space)
    if version is None or space.mentions(b"HF_DEACTIVATE_ASYNC_LOAD"):
        return
    requirement, is_certain = version
    for path in space.reached:
        content = space.contents[path]
        if b"transformers" not in content or re.search(_WRITTEN, content) is None:
            continue
        module = space.program.module(path)
        for scope in module.scopes if module is not None else ():
            for call in scope.calls:
                load = _judge(space, call, requirement, is_certain)
                if load is not None:
                    yield load


def _judge(space: Space, call: Call, requirement: Requirement, is_certain: bool) -> MappedLoad | None:
    argument = next((a for a in call.node.args if a.keyword and a.keyword.value == "device_map"), None)
    if argument is None or not _uses_cuda(space, argument.value, point_of(call)):
        return None
    loader = _loader(space, call)
    if not loader or _is_quantized(space, call) or space.program.is_dead(call.block):
        return None
    if not space.placements.starts(call.function):
        return None
    divides = _divides(space, argument.value, point_of(call))
    return MappedLoad(call, argument, loader == "transformers.pipeline", divides, requirement, is_certain)


def _loader(space: Space, call: Call) -> str:
    """The function of `transformers` that a call loads a model with; "" for another one."""
    for value in space.program.evaluate(call.node.func, point_of(call)):
        if isinstance(value, External) and "()" not in value.path:
            if value.path == "transformers.pipeline":
                return value.path
            if value.path.startswith("transformers.") and value.path.endswith(".from_pretrained"):
                return value.path
    return ""


def _uses_cuda(space: Space, node: Any, point: Point) -> bool:
    """Whether a device map surely puts something on the GPU and nothing on the disk."""
    if type(node).__name__ == "Dict":
        values = [element.value for element in node.elements]
        constants = [space.program.constant(value, point) for value in values]
        if any(constant is None or constant.value == "disk" for constant in constants):
            return False
        return any(space.devices.where(value, point) is Device.CUDA for value in values)
    return _divides(space, node, point) or space.devices.where(node, point) is Device.CUDA


def _divides(space: Space, node: Any, point: Point) -> bool:
    """Whether a device map may leave a part of the model on the CPU."""
    if type(node).__name__ == "Dict":
        return len(node.elements) > 1
    constant = space.program.constant(node, point)
    return constant is not None and constant.value in _AUTOMATIC


def _is_quantized(space: Space, call: Call) -> bool:
    """Whether a call may load quantized weights, which is done in the main thread, or with patches of `spaces`."""
    point = point_of(call)
    for argument in call.node.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if argument.star or keyword == "model_kwargs":
            return True
        constant = space.program.constant(argument.value, point) if type(argument.value).__name__ != "Dict" else None
        if keyword in _QUANTIZED and (constant is None or constant.value):
            return True
        if constant is not None and isinstance(constant.value, str) and re.search(_QUANTIZED_NAME, constant.value):
            return True
    return False


def _threaded(space: Space) -> tuple[Requirement, bool] | None:
    """The requirement of a `transformers` that loads in threads, and whether no other version meets it; None when it
    does not, or when nothing says which version is installed."""
    own = [item for item in space.installed if item.name == "transformers"]
    named = next((item for item in own if not item.constraint), None)
    if named is None:
        return None
    first = int(fact("transformers.threaded_loading").value)
    if named.url:
        reference = re.search(_REFERENCE, named.url)
        if reference is None:
            return None
        if reference[1] is None or reference[1] in ("main", "master"):
            return named, False
        major = re.match(_MAJOR, reference[1].strip())
        return (named, True) if major is not None and int(major[1]) in range(first, 100) else None
    if _is_held_back(space):
        return None
    allowed = ",".join(item.specifier for item in own if item.specifier)
    if not any(
        admits(allowed, version) for version in (str(fact("transformers.newest").value), *_from(allowed, first))
    ):
        return None
    before = (str(fact("transformers.newest_unthreaded").value), *_below(allowed, first))
    return named, not any(admits(allowed, version) for version in before)


def _is_held_back(space: Space) -> bool:
    """Whether the Space asks for a `huggingface_hub` that `transformers` with threaded loading does not go with."""
    needed = str(fact("transformers.needs_hub").value)
    for item in space.installed:
        if item.name == "huggingface-hub" and item.specifier:
            candidates = (needed, f"{needed.split('.')[0]}.999", *_from(item.specifier, int(needed.split(".")[0])))
            if not any(admits(item.specifier, version) for version in candidates):
                return True
    return False


def _from(specifier: str, first: int) -> list[str]:
    """The versions that a specifier names, from a major version on."""
    return [number for number in re.findall(_NUMBER, specifier) if int(number.split(".")[0]) >= first]


def _below(specifier: str, first: int) -> list[str]:
    """The versions that a specifier names, below a major version."""
    return [number for number in re.findall(_NUMBER, specifier) if int(number.split(".")[0]) < first]
