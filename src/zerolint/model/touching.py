"""Which calls touch CUDA, and how: told for one call, wherever it runs.

What the functions of `torch.cuda` do was run under the CUDA emulation of `spaces` 0.51.3, with a CUDA build of PyTorch
2.15 and no GPU, as in the main process of a Space.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model.devices import Device, Kind
from zerolint.model.syntax import Call
from zerolint.model.values import Constant, External, Function, Instance, Parameter, Point, point_of

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
    get_device_capability is_bf16_supported mem_get_info synchronize""".split()
)
# Functions that raised under the emulation, at module level too.
_LOW_LEVEL = frozenset(
    """init current_stream default_stream ipc_collect set_device set_per_process_memory_fraction
    reset_peak_memory_stats""".split()
)
# Functions of `torch` that make a tensor where they are told to.
FACTORIES = frozenset(
    """tensor as_tensor asarray zeros ones empty full rand randn randint randperm arange range linspace logspace eye
    zeros_like ones_like empty_like full_like rand_like randn_like randint_like""".split()
)
# The names of all that `touch_of` knows.
NAMES = _QUERIES | _LOW_LEVEL | FACTORIES | {"to", "cuda", "from_pretrained", "pipeline"}
_MOST_VALUES = 12
_LOADERS = frozenset({"from_pretrained", "pipeline"})


def touch_of(space: Space, call: Call) -> Touch | None:
    """How a call touches CUDA; None when it does not, or when that is not known."""
    function: Any = call.node.func
    kind = type(function).__name__
    name = function.attr.value if kind == "Attribute" else function.value if kind == "Name" else ""
    if name not in NAMES:
        return None
    program = space.program
    point = point_of(call)
    if name in ("to", "cuda"):
        if kind != "Attribute" or space.devices.target(call) is not Device.CUDA:
            return None
        if name == "to" and any(follows(space, argument.value, point) for argument in call.node.args):
            return None
        return Touch.PLACEMENT if may_be_placed(space, call) else None
    paths = {value.path for value in program.evaluate(function, point) if isinstance(value, External)}
    if len(paths) != 1:
        return None
    package, _, name = paths.pop().rpartition(".")
    if package == "torch.cuda":
        return Touch.QUERY if name in _QUERIES else Touch.LOW_LEVEL if name in _LOW_LEVEL else None
    if package == "torch" and name in FACTORIES:
        return Touch.PLACEMENT if _names_cuda(space, call, ("device",)) else None
    if name in _LOADERS and package.startswith(("transformers", "diffusers")):
        return Touch.PLACEMENT if _names_cuda(space, call, ("device", "device_map")) else None
    return None


def may_be_placed(space: Space, call: Call) -> bool:
    """Whether what `to` or `cuda` is called on can be a tensor or a model; methods of the Space are left alone."""
    program = space.program
    function: Any = call.node.func
    for value in program.evaluate(function.value, point_of(call)):
        if isinstance(value, (Constant, Function)):
            return False
        if isinstance(value, Instance) and any(
            function.attr.value in cls.names for cls in program.ancestors(value.cls)
        ):
            return False
    return True


def follows(space: Space, node: Any, point: Point) -> bool:
    """Whether a device is asked of a model or tensor, there and then: `x.to(model.device)`, `x.to(weights)`.

    Nothing is new on CUDA then. In a handler's thread a model that was packed says that it is on the CPU.
    """
    kind = type(node).__name__
    if kind == "Attribute" and node.attr.value == "device":
        place = space.devices.place(node.value, point)
        return place is not None and place.kind in (Kind.MODULE, Kind.TENSOR, Kind.TENSORS)
    if kind != "Name":
        return False
    place = space.devices.place(node, point)
    if place is not None and place.kind is Kind.TENSOR:
        return True
    owner = space.program.owner(node.value, point.scope)
    if owner is None or not owner.is_function or owner.frame is not point.scope.frame:
        return False
    bindings = space.program.bindings(node.value, point)
    return bool(bindings) and all(
        binding.kind == "assign"
        and type(binding.value).__name__ == "Attribute"
        and follows(space, binding.value, Point(binding.scope, binding.block, binding.order))
        for binding in bindings
    )


def named_devices(space: Space, node: Any, point: Point) -> set[Device]:
    """The devices among all that an expression can stand for; what else it can be is left aside."""
    surely = space.devices.where(node, point)
    if surely is not None:
        return {surely}
    found: set[Device] = set()
    values = list(space.program.evaluate(node, point))
    for value in values[:_MOST_VALUES]:
        if isinstance(value, Parameter):
            values.extend(space.program.expand(value))
        elif isinstance(value, External) and value.path == "torch.device()" and value.origin is not None:
            arguments = value.origin.node.args
            device = space.devices.where(arguments[0].value, point_of(value.origin)) if arguments else None
            if device is not None:
                found.add(device)
        else:
            # An option or environment variable has its default.
            constant = space.program.configured(value) if isinstance(value, External) else value
            if isinstance(constant, Constant) and isinstance(constant.value, str):
                found.add(Device.CUDA if constant.value.startswith("cuda") else Device.CPU)
    return found


def _names_cuda(space: Space, call: Call, keywords: tuple[str, ...]) -> bool:
    return any(
        space.devices.where(argument.value, point_of(call)) is Device.CUDA
        and not follows(space, argument.value, point_of(call))
        for argument in call.node.args
        if argument.keyword is not None and argument.keyword.value in keywords
    )
