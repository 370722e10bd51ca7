"""Where the Space asks for a GPU that it does not have: a worker has one, with the number 0.

In the main process the emulation of CUDA takes every number for the one GPU, so that `.to("cuda:1")` passes at module
level; in a worker CUDA is real and says `invalid device ordinal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.devices import Kind
from zerolint.model.syntax import Block, Call, Scope
from zerolint.model.values import Constant, External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# What names a second GPU in a text, or a part of it: `cuda:1`, `f"cuda:{i}"`, `"cuda:" + i`.
_OTHER_THAN_FIRST = rb"cuda:[^0\s]|cuda:0[0-9]"
_NAMED = r"cuda:0*[1-9]\d*"
_KEYWORDS = frozenset({"device", "map_location", "output_device", "torch_device", "device_id", "device_ids"})
_MOVING = frozenset({"to", "cuda", "to_empty"})
_TAKING = _MOVING | {"device", "set_device", "set_default_device"}
_CHOOSING = frozenset({"torch.device", "torch.cuda.device", "torch.cuda.set_device", "torch.set_default_device"})
_PARALLEL = ("torch.nn.DataParallel", "torch.nn.parallel.DataParallel", "torch.nn.parallel.data_parallel.DataParallel")
_DISTRIBUTED = ("torch.nn.parallel.DistributedDataParallel", "torch.nn.parallel.distributed.DistributedDataParallel")
_HOLDING = frozenset({Kind.TENSOR, Kind.TENSORS, Kind.MOVED, Kind.MODULE})
# A test with one of these words asks how many devices there are, in a way that the model does not follow.
_COUNTING = r"(?i)gpu|device|distribut|parallel|rank|world|multi|cuda"


class Asked(Enum):
    """How a GPU is asked for that is not there.

    NUMBER    by its number, 1 or above
    SEVERAL   a model is to be divided among the GPUs (`DataParallel`, `device_map="balanced"`): it ends up on the one
    """

    NUMBER = "number"
    SEVERAL = "several"


class SecondGpu(NamedTuple):
    """A call that asks for a second GPU. `node` is the argument that says so, or what is called.

    `what` is how it is written. `context` is where the code runs, None at start-up only. `is_certain` is False when a
    condition decides that is not known.
    """

    call: Call
    node: Any
    asked: Asked
    what: str
    context: Context | None
    is_certain: bool

    @property
    def divides(self) -> bool:
        """Whether the work is divided among several GPUs."""
        return self.asked is Asked.SEVERAL


def second_gpus(space: Space) -> Iterator[SecondGpu]:
    """The calls in code that runs, by file and place.

    Start-up code is looked at in the modules that are always read, code for visitors wherever it stands.
    """
    named = any(
        b"cuda:" in content and re.search(_OTHER_THAN_FIRST, content) is not None
        for content in (space.contents[path] for path in space.reached)
    )
    per_request = {scope.module for scope in space.contexts.per_request()}
    for module in sorted({*space.modules, *per_request}, key=lambda module: module.path):
        if any(word in space.contents[module.path] for word in (b"torch", b"cuda", b"device")):
            always = module in space.modules
            for scope in module.scopes:
                for call in scope.calls:
                    found = _judge(space, call, named)
                    if found is not None and (always or found.context is not None):
                        yield found


def _judge(space: Space, call: Call, named: bool) -> SecondGpu | None:
    for node, asked in _candidates(call, named):
        what = _described(space, node, asked, call)
        if not what:
            continue
        if space.program.is_dead(call.block):
            return None
        open_tests = [block for block in syntax.blocks_of(call.block) if _is_open(space, block)]
        if any(re.search(_COUNTING, space.code(call.scope.module, block.node, 200)) for block in open_tests):
            return None
        runs, context = _context(space, call.function)
        return SecondGpu(call, node, asked, what, context, not open_tests) if runs else None
    return None


def _candidates(call: Call, named: bool) -> Iterator[tuple[Any, Asked]]:
    """The parts of a call that may ask for a second GPU, told by how they are written.

    `named` tells that some text of the Space names one, so that a name can stand for it.
    """
    function = call.node.func
    kind = type(function).__name__
    name = function.attr.value if kind == "Attribute" else function.value if kind == "Name" else ""
    takes_device = name in _TAKING
    for argument in call.node.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in _KEYWORDS or (takes_device and not keyword and not argument.star):
            if _may_name_second(argument.value, named):
                yield argument.value, Asked.NUMBER
        elif keyword == "device_map":
            if _may_name_second(argument.value, named):
                yield argument.value, Asked.NUMBER
            yield argument.value, Asked.SEVERAL
    if "DataParallel" in name:
        yield function, Asked.SEVERAL


def _may_name_second(node: Any, named: bool) -> bool:
    kind = type(node).__name__
    if kind == "Integer":
        return bool(node.value != "0")
    if kind == "SimpleString":
        return named and "cuda:" in node.value
    if kind in ("List", "Tuple", "Dict"):
        return any(_may_name_second(element.value, named) for element in node.elements)
    return named


def _described(space: Space, node: Any, asked: Asked, call: Call) -> str:
    """What asks for a second GPU, as a message names it; "" when nothing does."""
    program, point = space.program, point_of(call)
    if asked is Asked.SEVERAL:
        if node is not call.node.func:
            constant = program.constant(node, point)
            balanced = constant is not None and constant.value in ("balanced", "balanced_low_0")
            return f'device_map="{constant.value}"' if constant is not None and balanced else ""
        values = program.evaluate(node, point)
        return "DataParallel" if any(isinstance(v, External) and v.path in _PARALLEL for v in values) else ""
    written = type(node).__name__ in ("List", "Tuple", "Dict")
    parts = [element.value for element in node.elements] if written else [node]
    for part in parts:
        constant = program.constant(part, point)
        if constant is None:
            continue
        if isinstance(constant.value, str) and re.fullmatch(_NAMED, constant.value):
            return constant.value
        if type(constant.value) is int and constant.value >= 1 and _is_number(space, call, node, point):
            return f"cuda:{constant.value}"
    return ""


def _is_number(space: Space, call: Call, node: Any, point: Point) -> bool:
    """Whether a plain number among the arguments of a call is that of a device."""
    function = call.node.func
    name = function.attr.value if type(function).__name__ == "Attribute" else ""
    argument = next(a for a in call.node.args if a.value is node)
    keyword = argument.keyword.value if argument.keyword is not None else ""
    values = space.program.evaluate(function, point)
    paths = [value.path for value in values if isinstance(value, External)]
    if keyword in ("device_map", "device_ids"):
        return any(path in (*_PARALLEL, *_DISTRIBUTED) or path.endswith(".from_pretrained") for path in paths)
    if keyword:
        return keyword == "device" and any(path.startswith(("torch.", "transformers.")) for path in paths)
    if name == "cuda":
        return True
    if name in _MOVING:
        place = space.devices.place(function.value, point)
        return place is not None and place.kind in _HOLDING
    if "torch.device" in paths:
        first = space.program.argument(call, 0, "type")
        kind = space.program.constant(first, point) if first is not None else None
        return node is first or kind == Constant("cuda")
    return any(path in _CHOOSING for path in paths)


def _is_open(space: Space, block: Block) -> bool:
    """Whether a block runs under a test that is not decided."""
    if block.kind not in (syntax.IF, syntax.MATCH, syntax.EXCEPT):
        return False
    if block.kind == syntax.IF:
        return space.program.decide(block.node, Point(block.scope, block.parent, block.order + 1)) is None
    return True


def _context(space: Space, scope: Scope) -> tuple[bool, Context | None]:
    """Whether code runs, and for whom."""
    frame = scope.frame
    while frame.kind == syntax.CLASS and frame.parent is not None:
        frame = frame.parent.frame
    for context in (Context.GPU, Context.HANDLER, Context.THREAD):
        if frame.kind != syntax.MODULE and space.contexts.in_context(frame, context):
            return True, context
    return space.placements.starts(frame), None
