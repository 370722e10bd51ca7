"""What touches CUDA in the main process while visitors use the app, where nothing stands in for it.

The CUDA emulation of `spaces` holds in the main thread only. Gradio runs handlers in other threads, and so do threads
and executors of the Space's own, so what they put on CUDA reaches the real CUDA of a process without a GPU. Executed
with `spaces` 0.51.3: `.cuda()`, `.to("cuda")` and factories with a device raise there, and so does what a
`SentenceTransformer` does; `is_available()`, `empty_cache()`, `synchronize()` and seeds are fine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Step
from zerolint.model.devices import Device
from zerolint.model.handlers import THREAD
from zerolint.model.loading import is_lazy_twin
from zerolint.model.program import definition_of
from zerolint.model.syntax import Call, Scope, dotted
from zerolint.model.touching import FACTORIES, NAMES, Touch, follows, may_be_placed, touch_of
from zerolint.model.values import Constant, External, Parameter, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# A Space that has its handlers wrapped by `spaces` itself runs them in workers.
_WRAPPING = (b"enable_gradio_auto_wrap", b"SPACES_GRADIO_AUTO_WRAP")
# They choose CUDA themselves when nothing is said, because `is_available()` is true in every thread. The first was run;
# of the others this is their source: `load_model` of openai/whisper, and langchain-huggingface 1.2.3, which hands on.
_RUN_CHOICE = r"sentence_transformers\.SentenceTransformer"
_CHOICE = (
    r"sentence_transformers\.(?:CrossEncoder|SparseEncoder)|whisper\.load_model"
    r"|langchain\w*\.(?:\w+\.)*(?:HuggingFace\w*|SentenceTransformer)Embeddings"
)
_CHOOSING_NAMES = re.compile(r"SentenceTransformer|CrossEncoder|SparseEncoder|\w+Embeddings|load_model")
# Methods of what they make that put their inputs on its device.
_ENCODING = frozenset("encode encode_query encode_document predict rank embed_query embed_documents".split())
_TAKING = frozenset({"device", "device_map", "map_location"})
# Packages whose functions take a device and put nothing there, but for those that read a file of weights.
_NO_TENSORS = ("torch.", "gradio.", "builtins.", "spaces.")
_DEVICE_WORDS = r"cuda|gpu|device|cpu|mps"
_DEEPEST = 8
_READING = frozenset({"torch.load", "torch.jit.load"})


class Operation(NamedTuple):
    """A call in `function` that touches CUDA in the main process, outside of the main thread.

    `root` is the handler or the target of a thread that leads there, `context` tells which. `is_certain` is False where
    the device or what the library does with it is only plausible. `is_choice` tells that the library picks CUDA by
    itself.
    """

    call: Call
    function: Scope
    root: Scope
    context: Context
    is_certain: bool
    is_choice: bool


class _Candidate(NamedTuple):
    call: Call
    is_certain: bool
    is_choice: bool


def operations(space: Space) -> Iterator[Operation]:
    """The operations, by file and place; of those that always come after another one, none.

    What raises ends the request, so nothing is told of the code behind it.
    """
    if space.mentions(*_WRAPPING):
        return
    contexts = space.contexts
    found: dict[Scope, tuple[Context, list[_Candidate]]] = {}
    if _may_start_threads(space):
        contexts.reached(Context.IMPORT)
    deployed = deployed_files(space)
    for context in (Context.HANDLER, Context.THREAD):
        for scope in contexts.reached(context):
            if scope not in found and root_of(space, scope, context).module.path in deployed:
                candidates = _candidates(space, scope, context)
                if candidates:
                    found[scope] = (context, candidates)
    result = [
        Operation(item.call, scope, root_of(space, scope, context), context, item.is_certain, item.is_choice)
        for scope, (context, items) in found.items()
        if not _comes_after(space, scope, context, found)
        for index, item in enumerate(items)
        if not any(_surely_before(earlier, item.call) for earlier in items[:index])
    ]
    yield from sorted(result, key=lambda one: (one.call.scope.module.path, one.call.order))


def _may_start_threads(space: Space) -> bool:
    """Whether start-up code may start a thread, so that it is worth following it."""
    contexts = space.contexts
    return any(
        registration.kind == THREAD
        and registration.call is not None
        and not contexts.is_per_request(registration.call.function)
        and any(
            b"cuda" in space.contents[file] for file in space.imported_from(registration.function.scope.module.path)
        )
        for registration in contexts.registrations
    )


def deployed_files(space: Space) -> frozenset[str]:
    """The files of the programs that have a GPU function. Another program beside them is for a machine of its own."""
    found: set[str] = set()
    working = {scope.module.path for scope in space.contexts.gpu}
    for program in space.programs:
        files = space.imported_from(program)
        if files & working:
            found |= files
    return frozenset(found)


def _candidates(space: Space, scope: Scope, context: Context) -> list[_Candidate]:
    """The calls in a function that touch CUDA, in its order."""
    found: list[_Candidate] = []
    way: dict[Scope, Step] | None = None
    for call in sorted(scope.calls, key=lambda call: call.order):
        if not (_may_touch(call) or _may_run_pipeline(space, call)) or space.program.is_dead(call.block):
            continue
        way = dict(space.contexts.path(scope, context)) if way is None else way
        candidate = _judge(space, call, way)
        if candidate is None or _is_caught(call) or _is_asked(space, call, way) or _may_be_wrapped((scope, *way)):
            continue
        if not is_lazy_twin(space, scope, call, context):
            found.append(candidate)
    return found


def _name(call: Call) -> str:
    function: Any = call.node.func
    kind = type(function).__name__
    return str(function.attr.value if kind == "Attribute" else function.value if kind == "Name" else "")


def _may_touch(call: Call) -> bool:
    """Told by names, before anything is evaluated."""
    name = _name(call)
    if name in NAMES or name in _ENCODING or _CHOOSING_NAMES.fullmatch(name):
        return True
    return any(argument.keyword is not None and argument.keyword.value in _TAKING for argument in call.node.args)


def _may_run_pipeline(space: Space, call: Call) -> bool:
    """Whether a name that is called is a pipeline that a module has made, told by how it is assigned."""
    function: Any = call.node.func
    if type(function).__name__ != "Name":
        return False
    owner = space.program.owner(function.value, call.scope)
    if owner is None or owner.kind != syntax.MODULE:
        return False
    for binding in owner.names[function.value]:
        if binding.kind == "import":
            path = space.program.find(binding.value[0], owner.module.path)
            file = space.program.file_of(path) if path is not None else None
            if file is not None and b"pipeline(" in space.contents[file]:
                return True
        elif binding.kind == "assign" and type(binding.value).__name__ == "Call":
            if dotted(binding.value.func).rpartition(".")[2] == "pipeline":
                return True
    return False


def _judge(space: Space, call: Call, way: Mapping[Scope, Step]) -> _Candidate | None:
    """What a call does with CUDA; None when it does nothing, or when that is not known."""
    function: Any = call.node.func
    name, is_method = _name(call), type(function).__name__ == "Attribute"
    found = touch_of(space, call)
    if found is not None:
        return _Candidate(call, True, False) if found is not Touch.QUERY else None
    point = point_of(call)
    if name in ("to", "cuda"):
        if name == "cuda" or not is_method or not call.node.args or space.devices.target(call) is not None:
            return None
        first = next((a.value for a in call.node.args if a.keyword is None or a.keyword.value == "device"), None)
        goes = first is not None and may_be_placed(space, call) and _where(space, first, point, way) is Device.CUDA
        return _Candidate(call, True, False) if goes else None
    if name in _ENCODING and is_method:
        values = space.program.evaluate(function.value, point)
        made = [_made(space, value) for value in values]
        return made[0]._replace(call=call) if made and made[0] is not None and len(set(map(bool, made))) == 1 else None
    device = next((a.value for a in call.node.args if a.keyword is not None and a.keyword.value in _TAKING), None)
    values = space.program.evaluate(function, point)
    if not values or not all(isinstance(value, External) for value in values):
        return None
    if all(isinstance(value, External) and _is_pipeline(space, value) for value in values):
        return _Candidate(call, True, False)
    paths = {value.path for value in values if isinstance(value, External)}
    if len(paths) == 1 and (choice := _choice(space, next(iter(paths)), call, way)) is not None:
        return choice
    makes = all(path.rpartition(".")[0] == "torch" and path.rpartition(".")[2] in FACTORIES for path in paths)
    if device is None or (not makes and any(path.startswith(_NO_TENSORS) and path not in _READING for path in paths)):
        return None
    return _Candidate(call, makes, False) if _where(space, device, point, way) is Device.CUDA else None


def _where(space: Space, node: Any, point: Point, way: Mapping[Scope, Step], depth: int = 0) -> Device | None:
    """The device that an expression names when a function is reached on one way: what the calls on it pass."""
    program = space.program
    if follows(space, node, point):
        return None
    surely = space.devices.where(node, point)
    if surely is not None or depth > _DEEPEST:
        return surely
    found: set[Device | None] = set()
    for value in program.evaluate(node, point):
        device = None
        if isinstance(value, Parameter):
            step = way.get(value.scope) or space.contexts.step(value.scope, Context.IMPORT)
            param = next((param for param in value.scope.params if param.name == value.name), None)
            call = step.call if step is not None else None
            target = next((f for f in program.targets(call) if f.scope is value.scope), None) if call else None
            if call is not None and target is not None and param is not None:
                kind, expression = program.argument_of(call, target, param)
                if expression is not None:
                    where = point_of(call) if kind == "given" else definition_of(value.scope)
                    device = _where(space, expression, where, way, depth + 1)
        elif isinstance(value, External) and value.path == "torch.device()" and value.origin is not None:
            arguments = value.origin.node.args
            if arguments:
                device = _where(space, arguments[0].value, point_of(value.origin), way, depth + 1)
        else:
            # An option or environment variable has its default.
            constant = program.configured(value) if isinstance(value, External) else value
            if isinstance(constant, Constant) and isinstance(constant.value, str):
                device = Device.CUDA if constant.value.startswith("cuda") else Device.CPU
        found.add(device)
    return found.pop() if len(found) == 1 else None


def _is_asked(space: Space, call: Call, way: Mapping[Scope, Step]) -> bool:
    """Whether a test that is not decided looks at a device on the way to a call: it may well say the CPU there."""
    blocks = [call.block, *(step.call.block for step in way.values() if step.call is not None)]
    return any(
        block.kind == syntax.IF
        and re.search(_DEVICE_WORDS, _words_of(block.node)) is not None
        and space.program.decide(block.node, Point(block.scope, block.parent, block.order)) is None
        for inner in blocks
        for block in syntax.blocks_of(inner)
    )


def _may_be_wrapped(functions: tuple[Scope, ...]) -> bool:
    """Whether a function on the way has a decorator whose name says that it is for the GPU: `@on_gpu` of a library."""
    return any(
        "gpu" in word or "spaces" in word
        for function in functions
        for decoration in function.decorations
        for word in (_words_of(decoration.expression),)
    )


def _choice(space: Space, path: str, call: Call, way: Mapping[Scope, Step]) -> _Candidate | None:
    """What a call of a library does that chooses CUDA itself: None when it was told the CPU, or that is not known."""
    was_run = re.fullmatch(_RUN_CHOICE, path) is not None
    if not was_run and re.fullmatch(_CHOICE, path) is None:
        return None
    point = point_of(call)
    if any(argument.star == "**" for argument in call.node.args):
        return None
    device = space.program.argument(call, 1 if path == "whisper.load_model" else -1, "device")
    settings = space.program.argument(call, -1, "model_kwargs")
    if device is None and settings is not None and not was_run:
        if type(settings).__name__ != "Dict":
            return None
        for element in settings.elements:
            key = space.program.constant(element.key, point) if type(element).__name__ == "DictElement" else None
            if key is None:
                return None
            device = element.value if key.value == "device" else device
    if device is None:
        return _Candidate(call, was_run, True)
    return _Candidate(call, was_run, False) if _where(space, device, point, way) is Device.CUDA else None


def _made(space: Space, value: Value) -> _Candidate | None:
    """What made a value, when that is a model on CUDA of a library that chooses it itself."""
    if not isinstance(value, External) or value.origin is None:
        return None
    path = value.path.split("()")
    if any(part not in ("", ".eval") for part in path[1:]):
        return None
    return _choice(space, path[0], value.origin, {})


def _is_pipeline(space: Space, value: External) -> bool:
    """Whether a value is a pipeline of transformers on CUDA: it moves all that it is given there (version 5.23)."""
    if value.path not in ("transformers.pipeline()", "transformers.pipelines.pipeline()") or value.origin is None:
        return False
    device = space.program.argument(value.origin, -1, "device")
    return device is not None and space.devices.where(device, point_of(value.origin)) is Device.CUDA


def _is_caught(call: Call) -> bool:
    """Whether an error of the call is answered by doing the same on the CPU."""
    for block in syntax.blocks_of(call.block):
        if block.kind == syntax.TRY and any("cpu" in _words_of(handler) for handler in block.node.handlers):
            return True
    return False


def _words_of(node: Any) -> str:
    """The words in the strings and names of a piece of code."""
    found: list[str] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if type(current).__name__ in ("SimpleString", "Name"):
            found.append(current.value.lower())
        stack.extend(current.children)
    return " ".join(found)


def _surely_before(earlier: _Candidate, call: Call) -> bool:
    """Whether an operation of the same function has run whenever a call does."""
    return earlier.call is not call and syntax.encloses(earlier.call.block, call.block)


def _comes_after(
    space: Space, scope: Scope, context: Context, found: dict[Scope, tuple[Context, list[_Candidate]]]
) -> bool:
    """Whether the way to a function leads over an operation, behind which nothing runs."""
    for _, step in space.contexts.path(scope, context):
        if step.caller is None or step.call is None or step.caller is scope:
            continue
        for earlier in found.get(step.caller, (context, []))[1]:
            if earlier.call.order < step.call.order and _surely_before(earlier, step.call):
                return True
    return False


def root_of(space: Space, scope: Scope, context: Context) -> Scope:
    """The function that Gradio or a thread calls on the way to one that runs in a context."""
    way = space.contexts.path(scope, context)
    return way[-1][0] if way else scope
