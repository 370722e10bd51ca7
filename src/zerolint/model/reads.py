"""Which code for a visitor, outside GPU functions, uses a model or tensor that was packed when the app launched.

There is no error: in the threads of the main process the stand-in says that it lies on the CPU, and reads as zeros.
Where the same code touches CUDA itself, it raises before; that is another mistake, and nothing is told of it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model.contexts import Context
from zerolint.model.devices import Device
from zerolint.model.outside import deployed_files, root_of
from zerolint.model.packed import Packed, What
from zerolint.model.syntax import Call, Scope
from zerolint.model.values import External, Function, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# Methods that read the weights of a model: of PyTorch, transformers, diffusers and libraries built on them.
_RUNNING = frozenset(
    """forward generate encode encode_image encode_text encode_prompt get_text_features get_image_features transcribe
    predict infer inference embed embed_query embed_documents synthesize tts translate chat state_dict
    save_pretrained""".split()
)
# Methods that read the numbers of a tensor.
_READING = frozenset(
    """cpu numpy tolist item sum mean max min argmax argmin norm clone detach float half int long topk sort softmax
    matmul mm squeeze unsqueeze view reshape permute flatten""".split()
)
# Functions that read the numbers of what they are given.
_READERS = frozenset(
    [f"builtins.{name}" for name in "float int list sum max min abs".split()]
    + [f"numpy.{name}" for name in "array asarray save".split()]
    + [f"torch.nn.functional.{name}" for name in "cosine_similarity softmax normalize embedding linear".split()]
    + [f"torch.{name}" for name in "matmul mm cat stack sum mean max min argmax argmin norm topk sort softmax".split()]
    + [f"torch.{name}" for name in "cosine_similarity cdist dot where allclose save".split()]
)
_READER_NAMES = frozenset(path.rpartition(".")[2] for path in _READERS)
_MOVING = ("transformers.pipeline", "sentence_transformers.")
# Packages whose decorators leave a function in its process.
_PLAIN_DECORATORS = ("torch.", "functools.", "gradio.", "builtins.", "typing.", "fastapi.", "contextlib.", "asyncio.")
# A Space that has its handlers wrapped by `spaces` itself runs them in workers.
_WRAPPING = (b"enable_gradio_auto_wrap", b"SPACES_GRADIO_AUTO_WRAP")


class PackedRead(NamedTuple):
    """A call in `scope`, which runs in `context`, that reads `packed` by the expression `node`."""

    scope: Scope
    context: Context
    call: Call
    node: Any
    packed: Packed


def packed_reads(space: Space) -> Iterator[PackedRead]:
    """The uses of packed models and tensors in code for visitors outside workers, by file and place."""
    contexts = space.contexts
    if not contexts.gpu or not space.placements.mentions_cuda or space.mentions(*_WRAPPING):
        return
    found: dict[int, PackedRead] = {}
    deployed = deployed_files(space)
    for context in (Context.HANDLER, Context.THREAD):
        for scope in contexts.reached(context):
            if scope in contexts.gpu or not contexts.is_per_request(scope):
                continue
            if root_of(space, scope, context).module.path not in deployed:
                continue
            for call in scope.calls:
                if id(call) in found or space.program.is_dead(call.block):
                    continue
                read = _read(space, call)
                if read is None or not _is_silent(space, call, read[0]):
                    continue
                if not _raises_before(space, scope, context) and _is_known(space, scope, context):
                    found[id(call)] = PackedRead(scope, context, call, *read)
    # `table.float().mean()` reads once.
    inner = {id(item.call.node) for item in found.values()}
    result = [item for item in found.values() if id(item.node) not in inner]
    yield from sorted(result, key=lambda item: (item.scope.module.path, item.call.order))


def _read(space: Space, call: Call) -> tuple[Any, Packed] | None:
    """What a call reads: the model that it runs, the tensor that it is a method of, or one that it is given."""
    function = call.node.func
    kind = type(function).__name__
    method = function.attr.value if kind == "Attribute" else ""
    point = point_of(call)
    if method in _RUNNING or method in _READING:
        packed = space.packed(function.value, point)
        if packed is not None and packed.what is (What.MODEL if method in _RUNNING else What.TENSOR):
            return function.value, packed
    runs = kind == "Subscript" or (kind == "Name" and space.program.may_run_own(function, call.scope))
    if runs or (kind == "Attribute" and space.program.is_own_name(method)):
        packed = space.packed(function, point)
        if packed is not None:
            return (function, packed) if packed.what is What.MODEL else None
    if (method or getattr(function, "value", "")) in _READER_NAMES:
        for argument in call.node.args:
            if type(argument.value).__name__ not in ("Name", "Attribute", "Subscript"):
                continue
            packed = space.packed(argument.value, point)
            if packed is not None and packed.what is What.TENSOR and packed.is_certain:
                values = space.program.evaluate(function, point)
                if values and all(isinstance(v, External) and v.path in _READERS for v in values):
                    return argument.value, packed
    return None


def _is_silent(space: Space, call: Call, node: Any) -> bool:
    """Whether nothing in a call that reads `node` starts CUDA in the main process."""
    point = point_of(call)
    for argument in call.node.args:
        # What was packed says that it lies on the CPU.
        if space.device(argument.value, point) is Device.CUDA and space.packed(argument.value, point) is None:
            return False
    # They move what they get to the device that they were told.
    values = space.program.evaluate(node, point)
    return not any(isinstance(value, External) and value.path.startswith(_MOVING) for value in values)


def _is_known(space: Space, scope: Scope, context: Context) -> bool:
    """Whether no decorator on the way to a function may be one that sends it to a worker."""
    for function, _ in space.contexts.path(scope, context):
        for decoration in function.decorations:
            where = Point(decoration.scope, decoration.block, decoration.order)
            for value in space.program.evaluate(decoration.expression, where):
                if not isinstance(value, (External, Function)) or (
                    isinstance(value, External) and not value.path.startswith(_PLAIN_DECORATORS)
                ):
                    return False
    return True


def _raises_before(space: Space, scope: Scope, context: Context) -> bool:
    """Whether a function, one that it calls, or one on the way to it touches CUDA, so that the request ends there."""
    touching = {operation.function for operation in space.outside_operations()}
    if any(function in touching for function, _ in space.contexts.path(scope, context)):
        return True
    return any(edge.function.gpu is None and edge.function.scope in touching for edge in space.contexts.edges(scope))
