"""Which results of GPU functions require grad: tensors that a model computed while autograd was recording.

Such a tensor hangs on the graph of its computation and cannot be pickled. A value is followed from the call of a model
through names, indexing, arithmetic, methods and functions of PyTorch and the Space's own functions; it is told only
when every way to it records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.devices import TENSOR_FIELDS, TENSOR_FUNCTIONS, TENSOR_METHODS
from zerolint.model.syntax import Binding, Block, Call, Result, Scope, dotted
from zerolint.model.values import External, Function, Instance, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_DEEPEST = 25
_QUIET = re.compile(r"(?:^|\.)(?:no_grad|inference_mode)$")
# Layers with weights; from the documentation of PyTorch 2.8.
_LAYERS = re.compile(
    r"torch\.nn\.(?:modules\.)?(?:Linear|Bilinear|Conv\w+|ConvTranspose\w+|Embedding\w*|LSTM|GRU|RNN|LayerNorm"
    r"|MultiheadAttention|Transformer\w*|Sequential)\(\)"
)
_PRETRAINED = re.compile(r"transformers\.(\w+)\.from_pretrained\(\)")
_HEADED = r"For[A-Z]"
_MODELS = r"Model$|Model[A-Z]|For[A-Z]"
_VISION = re.compile(r"torchvision\.models\.(?:\w+\.)?[a-z]\w*\(\)")
_KEEPING = r"(?:\.(?:to|cuda|cpu|eval|train|half|float|bfloat16|double|share_memory|to_empty)\(\))*"
MODULES = ("torch.nn.Module", "torch.nn.modules.module.Module")
# Methods and functions whose results are whole numbers, truth values or cut off from the graph.
_PLAIN = frozenset(
    """argmax argmin argsort eq ne lt le gt ge greater greater_equal less less_equal not_equal isfinite isinf isnan
    isclose logical_and logical_not logical_or logical_xor bitwise_and bitwise_not bitwise_or bitwise_xor bool byte char
    short int long any all bernoulli multinomial bincount count_nonzero heaviside histc bucketize searchsorted detach
    floor_divide requires_grad normal random uniform zero fill exponential geometric put resize signbit""".split()
)
_MOVING = frozenset({"to", "cuda", "cpu", "float", "half", "double", "bfloat16"})
_KEPT = frozenset("T mT H mH real".split())
_WHOLE = r"torch\.(?:u?int\w*|long|short|bool|byte|char)"
# Words that say that an app takes care of gradients in a way that is not followed.
FROZEN = (b"requires_grad_(False)", b"requires_grad = False", b"requires_grad=False", b".freeze")


class Recorded(NamedTuple):
    """How a value came to require grad: `call` runs the model. `is_certain` is False when the model is one of a library
    that may not record."""

    call: Call
    is_certain: bool


class GradResult(NamedTuple):
    """A `return` or `yield` of a GPU function that hands over a tensor that requires grad; `part` is its expression."""

    function: Scope
    result: Result
    part: Any
    recorded: Recorded


def grad_results(space: Space) -> Iterator[GradResult]:
    """The results, by file and place."""
    quiet: bool | None = None
    gradients = _Gradients(space)
    for function, result, point in space.gpu_results():
        if result.delegates:
            continue
        for part in _parts(result.value):
            recorded = gradients.recorded(part, point)
            if recorded is None:
                continue
            if quiet is None:
                quiet = space.mentions(*FROZEN) or _switches(space)
            if not quiet:
                yield GradResult(function, result, part, recorded)
            break


def _switches(space: Space) -> bool:
    """Whether a function switches recording; at module level that is done for a thread that runs no GPU function."""
    return any(call.function.kind != syntax.MODULE for call in space.program.calls_named("set_grad_enabled"))


def _parts(node: Any) -> Iterator[Any]:
    """The elements of a written container, or the value itself."""
    kind = type(node).__name__
    if kind in ("Tuple", "List", "Set", "Dict"):
        for element in node.elements:
            yield from _parts(element.value)
    else:
        yield node


class _Gradients:
    """Answers about one Space."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._program = space.program
        self._known: dict[int, Recorded | None] = {}
        self._active: set[int] = set()
        self._depth = 0

    def recorded(self, node: Any, point: Point) -> Recorded | None:
        """How the value of an expression came to require grad; None when it does not, or that is not known."""
        handler = _HANDLERS.get(type(node).__name__)
        if handler is None or self._depth > _DEEPEST:
            return None
        key = id(node)
        if key in self._known:
            return self._known[key]
        if key in self._active:
            return None
        if handler not in _LOOKING and self._is_quiet(point):
            return None
        self._active.add(key)
        self._depth += 1
        try:
            found: Recorded | None = handler(self, node, point)
        finally:
            self._depth -= 1
            self._active.discard(key)
        self._known[key] = found
        return found

    def _is_quiet(self, point: Point) -> bool:
        """Whether code runs under `torch.no_grad()`, by a `with` or by a decorator of its function."""
        if any(block.kind == syntax.WITH and _silences(block) for block in syntax.blocks_of(point.block)):
            return True
        scope: Scope | None = point.scope.frame
        while scope is not None:
            applied = scope in self._space.contexts.gpu
            for decoration in reversed(scope.decorations):
                if _QUIET.search(dotted(_called(decoration.expression))):
                    return True
                if applied and self._program.gpu_of_decoration(decoration) is not None:
                    break  # what stands above acts in the main process only
            if any(block.kind == syntax.WITH and _silences(block) for block in syntax.blocks_of(scope.block)):
                return True
            scope = scope.parent
        return False

    def _all(self, parts: Iterable[Recorded | None]) -> Recorded | None:
        """One of several values: known when each requires grad."""
        found: Recorded | None = None
        for part in parts:
            if part is None:
                return None
            found = found if found is not None and not found.is_certain else part
        return found

    # Names and parts.

    def _name(self, node: Any, point: Point) -> Recorded | None:
        owner = self._program.owner(node.value, point.scope)
        if owner is None or owner.frame is not point.scope.frame:
            return None
        return self._all(self._bound(binding) for binding in self._program.bindings(node.value, point))

    def _bound(self, binding: Binding) -> Recorded | None:
        point = Point(binding.scope, binding.block, binding.order)
        if binding.kind in ("assign", "named"):
            return self._part(binding.value, binding.path, point)
        if binding.kind != "augmented" or self._depth > _DEEPEST:
            return None
        self._active.add(id(binding))
        self._depth += 1
        try:
            # In a loop it also adds to what it gave in the turn before, which tells nothing new.
            before = [b for b in self._program.bindings(binding.name, point) if id(b) not in self._active]
            return self._all(self._bound(other) for other in before)
        finally:
            self._depth -= 1
            self._active.discard(id(binding))

    def _part(self, node: Any, path: tuple[int, ...], point: Point) -> Recorded | None:
        """One part of an unpacked value."""
        if not path:
            return self.recorded(node, point)
        if type(node).__name__ in ("Tuple", "List"):
            elements = node.elements
            if not 0 <= path[0] < len(elements) or any(type(e).__name__ == "StarredElement" for e in elements):
                return None
            return self._part(elements[path[0]].value, path[1:], point)
        results = self._results(node, point) if type(node).__name__ == "Call" else None
        if results is not None and not self._is_quiet(point):
            return self._all(self._part(result.value, path, point_of(result)) for result in results)
        return None

    def _subscript(self, node: Any, point: Point) -> Recorded | None:
        return self.recorded(node.value, point)

    def _attribute(self, node: Any, point: Point) -> Recorded | None:
        return self.recorded(node.value, point) if node.attr.value in _KEPT | TENSOR_FIELDS - _IDS else None

    def _binary(self, node: Any, point: Point) -> Recorded | None:
        if type(node.operator).__name__ in ("FloorDivide", "BitAnd", "BitOr", "BitXor"):
            return None
        return self.recorded(node.left, point) or self.recorded(node.right, point)

    def _unary(self, node: Any, point: Point) -> Recorded | None:
        return self.recorded(node.expression, point) if type(node.operator).__name__ == "Minus" else None

    def _either(self, node: Any, point: Point) -> Recorded | None:
        decided = self._program.decide(node.test, point)
        if decided is not None:
            return self.recorded(node.body if decided else node.orelse, point)
        return self._all([self.recorded(node.body, point), self.recorded(node.orelse, point)])

    # Calls.

    def _call(self, node: Any, point: Point) -> Recorded | None:
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return None
        function = node.func
        values = self._program.evaluate(function, point)
        if not values:
            return None
        results = self._results(node, point)
        if results is not None:
            return self._all(self.recorded(result.value, point_of(result)) for result in results)
        models = [is_model(value) for value in values]
        if all(model is not None for model in models):
            return Recorded(call, all(models))
        if type(function).__name__ == "Attribute":
            name = function.attr.value
            found = self._method(call, name, point)
            if found is not None:
                return found
        if all(isinstance(value, External) for value in values):
            return self._library(call, [value.path for value in values if isinstance(value, External)], point)
        return None

    def _method(self, call: Call, name: str, point: Point) -> Recorded | None:
        receiver: Any = call.node.func.value
        if name == "forward":
            models = [is_model(value) for value in self._program.evaluate(receiver, point)]
            if models and all(model is not None for model in models):
                return Recorded(call, all(models))
        plain = name.removesuffix("_")
        if plain in _PLAIN or (plain not in TENSOR_METHODS and plain not in _MOVING):
            return None
        if plain in _MOVING and any(self._is_whole(argument.value, point) for argument in call.node.args):
            return None
        return self.recorded(receiver, point)

    def _is_whole(self, node: Any, point: Point) -> bool:
        """Whether an argument names a type of whole numbers."""
        return any(
            isinstance(v, External) and re.fullmatch(_WHOLE, v.path) for v in self._program.evaluate(node, point)
        )

    def _library(self, call: Call, paths: list[str], point: Point) -> Recorded | None:
        """A function of PyTorch that computes with a tensor that requires grad."""
        for path in paths:
            package, _, name = path.rpartition(".")
            if package not in ("torch", "torch.nn.functional", "torch.special", "torch.fft", "torch.linalg"):
                return None
            known = package != "torch" or name in TENSOR_METHODS or name in TENSOR_FUNCTIONS
            if name in _PLAIN or name == "one_hot" or not known:
                return None
        for argument in call.node.args:
            if argument.star:
                continue
            for part in _parts(argument.value):
                found = self.recorded(part, point)
                if found is not None:
                    return found
        return None

    def _results(self, node: Any, point: Point) -> list[Result] | None:
        """The live results of the functions of the Space that a call runs; None when it runs anything else."""
        found: list[Result] = []
        for value in self._program.evaluate(node.func, point):
            functions = [value] if isinstance(value, Function) else []
            if isinstance(value, Instance):
                if not any(base in MODULES for base in self._program.external_bases(value.cls)):
                    return None
                functions = self._program.runs(value)
            if not functions:
                return None
            for function in functions:
                scope = function.scope
                if scope.is_generator or scope.is_async or not self._space.devices.hands_on(scope):
                    return None
                for result in scope.returns:
                    if not self._program.is_dead(result.block):
                        if result.value is None:
                            return None
                        found.append(result)
        return found or None


def _silences(block: Block) -> bool:
    return bool(_QUIET.search(dotted(_called(block.node))))


def _called(node: Any) -> Any:
    return node.func if type(node).__name__ == "Call" else node


def is_model(value: Value) -> bool | None:
    """Whether a value is a model whose calls are recorded: True, False when it may not be all, None for no model."""
    if not isinstance(value, External):
        return None
    path = re.sub(rf"{_KEEPING}$", "", value.path)
    if _LAYERS.fullmatch(path) or _VISION.fullmatch(path):
        return True
    match = _PRETRAINED.fullmatch(path)
    if match is not None and re.search(_MODELS, match[1]):
        return bool(re.search(_HEADED, match[1]))
    return None


# Fields of outputs that hold whole numbers.
_IDS = frozenset("indices sequences input_ids attention_mask token_type_ids audio_codes shape".split())
_HANDLERS: dict[str, Any] = {
    "Name": _Gradients._name,
    "Subscript": _Gradients._subscript,
    "Attribute": _Gradients._attribute,
    "BinaryOperation": _Gradients._binary,
    "UnaryOperation": _Gradients._unary,
    "IfExp": _Gradients._either,
    "Call": _Gradients._call,
}
# What only hands on a value that was computed before, whatever it stands under.
_LOOKING = frozenset({_Gradients._name})
