"""What is said of the examples of an app: how their results are cached, and what makes them.

`gr.Examples`, `gr.Interface` and `gr.ChatInterface` take the same options. Executed with `spaces` 0.51.3 and `gradio`
5.50.0 and 6.31.0: `cache_mode="eager"` runs the function for each example while the app starts, and a lazy cache when
one is clicked for the first time. What is not written is decided by environment variables, which the platform sets so
that examples with a function and outputs are cached, lazily on ZeroGPU (Gradio's documentation of `gr.Examples`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.model import syntax
from zerolint.model.contexts import Edge
from zerolint.model.syntax import Call, Scope, blocks_of
from zerolint.model.values import Constant, External, Function, point_of
from zerolint.model.ways import Way, ways_to_gpu
from zerolint.model.wiring import Slot, slots, state_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# Where `examples`, `outputs`, `fn`, `cache_examples` and `cache_mode` stand; -1 is given by keyword only.
_POSITIONS = {
    "Examples": (0, 2, 3, 4, 5),
    "Interface": (3, 2, 0, -1, -1),
    "ChatInterface": (-1, -1, 0, -1, -1),
}


class ExampleSet(NamedTuple):
    """The examples that a call sets up.

    `member` is what is called: `Examples`, `Interface` or `ChatInterface`. `cache` and `mode` are the expressions for
    `cache_examples` and `cache_mode`, None when they are not given. `is_cached` is None when the environment decides.
    """

    call: Call
    member: str
    function: Any
    cache: Any
    mode: Any
    is_cached: bool | None


class MadeOnGpu(NamedTuple):
    """Examples whose results are made by GPU function `gpu`.

    `way` leads to it from the function of the examples, None when it is that itself. `number` is how many there are,
    None when that is not known.
    """

    examples: ExampleSet
    function: Function
    gpu: Scope
    way: Way | None
    number: int | None


class IgnoredClick(NamedTuple):
    """An option on what a click does, `argument`, that the cache of the examples leaves without effect."""

    examples: ExampleSet
    argument: Any


def eager_caches(space: Space) -> Iterator[MadeOnGpu]:
    """The examples that are cached eagerly and need a GPU, by file and place."""
    version = space.gradio_version
    if version is not None and version[0] < fact("gradio.cache_mode").value:
        return
    for examples in _example_sets(space, b"cache_mode"):
        call = examples.call
        if examples.is_cached is False or _constant(space, call, examples.mode) != Constant("eager"):
            continue
        found = _first_on_gpu(space, examples)
        if found is not None:
            yield found


def _first_on_gpu(space: Space, examples: ExampleSet) -> MadeOnGpu | None:
    """How the function of examples comes to a GPU worker; None when it does not, or not always."""
    if examples.function is None:
        return None
    for value in space.program.evaluate(examples.function, point_of(examples.call)):
        for function in space.program.runs(value):
            found = _on_gpu(space, examples, function)
            if found is not None:
                return found
    return None


def _on_gpu(space: Space, examples: ExampleSet, function: Function) -> MadeOnGpu | None:
    contexts = space.contexts
    count = _count(space, examples)
    if function.gpu is not None or (function.scope.is_method and function.scope in contexts.gpu):
        return MadeOnGpu(examples, function, function.scope, None, count)
    way = next(ways_to_gpu(space, function.scope, _is_sure), None)
    return MadeOnGpu(examples, function, way.function, way, count) if way is not None else None


def _is_sure(edge: Edge) -> bool:
    return not any(block.kind in (syntax.IF, syntax.EXCEPT, syntax.MATCH) for block in blocks_of(edge.call.block))


def _count(space: Space, examples: ExampleSet) -> int | None:
    node = space.program.argument(examples.call, _POSITIONS[examples.member][0], "examples")
    elements = getattr(node, "elements", None)
    if type(node).__name__ != "List" or any(type(element).__name__ != "Element" for element in elements or ()):
        return None
    return len(elements) if elements else None


def text_caches(space: Space) -> Iterator[tuple[ExampleSet, str]]:
    """The examples with a text for `cache_examples`, and the text, by file and place."""
    for examples in _example_sets(space, b"cache_examples"):
        cache = _constant(space, examples.call, examples.cache)
        if examples.member == "Interface" and _has_state(space, examples.call):
            continue
        if cache is not None and isinstance(cache.value, str):
            yield examples, cache.value


def ignored_clicks(space: Space) -> Iterator[IgnoredClick]:
    """The options on clicks that a cache leaves without effect, by file and place."""
    program = space.program
    for examples in _example_sets(space, b"on_click"):
        call = examples.call
        if examples.member == "Examples":
            # A result that a GPU did not make is likely to be the same each time.
            name, ignored = "run_on_click", Constant(True)
            is_cached = examples.is_cached is True or (
                examples.is_cached is None and _first_on_gpu(space, examples) is not None
            )
        elif examples.member == "ChatInterface":
            # It looks at what is written only, and not at the environment.
            name, ignored = "run_examples_on_click", Constant(False)
            is_cached = examples.is_cached is True
        else:
            continue
        given = next((arg for arg in call.node.args if arg.keyword is not None and arg.keyword.value == name), None)
        if given is not None and is_cached and program.constant(given.value, point_of(call)) == ignored:
            yield IgnoredClick(examples, given)


def _example_sets(space: Space, word: bytes) -> Iterator[ExampleSet]:
    """The examples in modules that contain a word, when all that is said of them can be seen."""
    program = space.program
    for module in space.modules_with(word):
        for scope in module.scopes:
            for call in scope.calls:
                member = _member(space, call)
                if not member or program.is_dead(call.block) or any(argument.star for argument in call.node.args):
                    continue
                if scope.frame.kind == syntax.FUNCTION and not space.contexts.of(scope):
                    continue
                found = _read(space, call, member)
                if found is not None:
                    yield found


def _member(space: Space, call: Call) -> str:
    function = call.node.func
    kind = type(function).__name__
    name = function.attr.value if kind == "Attribute" else function.value if kind == "Name" else ""
    if not name or (name not in _POSITIONS and kind != "Name"):
        return ""
    if kind == "Name" and not any(
        binding.kind == "import" and binding.value[1] in _POSITIONS
        for binding in space.program.bindings(name, point_of(call))
    ):
        return ""
    for value in space.program.evaluate(function, point_of(call)):
        if isinstance(value, External) and value.path.startswith("gradio."):
            member = value.path.rsplit(".", 1)[-1]
            if member in _POSITIONS:
                return member
    return ""


def _read(space: Space, call: Call, member: str) -> ExampleSet | None:
    """What a call says of its examples; None when it has none."""
    program = space.program
    places = zip(("examples", "outputs", "fn", "cache_examples", "cache_mode"), _POSITIONS[member], strict=True)
    examples, outputs, function, cache, mode = (program.argument(call, place, name) for name, place in places)
    if not _is_given(space, call, examples):
        return None
    written = _constant(space, call, cache)
    if cache is None or (written is not None and written.value is None):
        runs = _is_given(space, call, function) and _is_given(space, call, outputs)
        is_cached = None if member != "Examples" or runs else False
    elif written is not None and not isinstance(written.value, str):
        is_cached = bool(written.value)
    else:
        is_cached = False
    if member == "Interface" and _has_state(space, call):
        is_cached = False
    return ExampleSet(call, member, function, cache, mode, is_cached)


def _has_state(space: Space, call: Call) -> bool:
    """Whether an interface has a state, which switches its cache off, or cannot be seen to have none."""
    for place, name in ((1, "inputs"), (2, "outputs")):
        node = space.program.argument(call, place, name)
        entries = slots(space.program, Slot(node, point_of(call))) if node is not None else ()
        if entries is None or any(
            state_of(space.program, entry) is not None
            or space.program.constant(entry.node, entry.point) == Constant("state")
            for entry in entries
        ):
            return True
    return False


def _is_given(space: Space, call: Call, node: Any) -> bool:
    return node is not None and _constant(space, call, node) != Constant(None)


def _constant(space: Space, call: Call, node: Any) -> Constant | None:
    return space.program.constant(node, point_of(call)) if node is not None else None
