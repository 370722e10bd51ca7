"""Which calls touch CUDA, and how: told for one call, wherever it runs.

What the functions of `torch.cuda` do is from PyTorch 2.8 and from runs under the CUDA emulation of `spaces` 0.51.3.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model.devices import Device
from zerolint.model.program import point_of
from zerolint.model.syntax import Call
from zerolint.model.values import Constant, External, Function, Instance

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Touch(Enum):
    """How a call touches CUDA.

    QUERY      it asks about devices: the driver is looked for, and a later fork knows that it was
    LOW_LEVEL  it starts CUDA itself, below what the emulation covers
    PLACEMENT  it puts something on a device
    """

    QUERY = "query"
    LOW_LEVEL = "low-level"
    PLACEMENT = "placement"


# Functions that the emulation answers in every thread.
_QUERIES = frozenset(
    """is_available device_count get_arch_list get_gencode_flags current_device get_device_name get_device_properties
    get_device_capability is_bf16_supported mem_get_info set_device synchronize""".split()
)
# Functions that raised under the emulation, at module level too.
_LOW_LEVEL = frozenset("init current_stream ipc_collect".split())
_FACTORIES = frozenset(
    """tensor as_tensor asarray zeros ones empty full rand randn randint randperm arange range linspace logspace eye
    zeros_like ones_like empty_like full_like rand_like randn_like randint_like""".split()
)
_NAMES = _QUERIES | _LOW_LEVEL | _FACTORIES | {"to", "cuda"}
_LOADERS = frozenset({"from_pretrained", "pipeline"})


def touch(space: Space, call: Call) -> Touch | None:
    """How a call touches CUDA; None when it does not, or when that is not known."""
    function: Any = call.node.func
    kind = type(function).__name__
    name = function.attr.value if kind == "Attribute" else function.value if kind == "Name" else ""
    if name not in _NAMES and name not in _LOADERS:
        return None
    program = space.program
    point = point_of(call)
    if name in ("to", "cuda"):
        if kind != "Attribute" or space.devices.target(call) is not Device.CUDA:
            return None
        owners = program.evaluate(function.value, point)
        if any(isinstance(value, (Constant, Function)) for value in owners):
            return None
        for value in owners:
            # A method of the Space's own does whatever it does.
            if isinstance(value, Instance) and any(name in cls.names for cls in program.ancestors(value.cls)):
                return None
        return Touch.PLACEMENT
    paths = {value.path for value in program.evaluate(function, point) if isinstance(value, External)}
    if len(paths) != 1:
        return None
    package, _, name = paths.pop().rpartition(".")
    if package == "torch.cuda":
        return Touch.QUERY if name in _QUERIES else Touch.LOW_LEVEL if name in _LOW_LEVEL else None
    if package == "torch" and name in _FACTORIES:
        return Touch.PLACEMENT if _names_cuda(space, call, ("device",)) else None
    if name in _LOADERS and package.startswith(("transformers", "diffusers")):
        return Touch.PLACEMENT if _names_cuda(space, call, ("device", "device_map")) else None
    return None


def _names_cuda(space: Space, call: Call, keywords: tuple[str, ...]) -> bool:
    return any(
        space.devices.where(argument.value, point_of(call)) is Device.CUDA
        for argument in call.node.args
        if argument.keyword is not None and argument.keyword.value in keywords
    )
