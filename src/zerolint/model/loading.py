"""Where models are created or read from disk, and whether that could have happened when the app starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.program import SELF_RETURNING, Program
from zerolint.model.syntax import Block, Call, Param, Scope
from zerolint.model.values import Class, External, Instance, Parameter, point_of
from zerolint.model.variation import Variation
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# Callables that read the weights of a model, from the documentation of their packages.
_LOADERS = frozenset(
    """
    transformers.pipeline transformers.pipelines.pipeline torch.hub.load torch.jit.load
    sentence_transformers.SentenceTransformer sentence_transformers.CrossEncoder sentence_transformers.SparseEncoder
    faster_whisper.WhisperModel whisper.load_model whisperx.load_model whisper_timestamped.load_model
    stable_whisper.load_model llama_cpp.Llama ctransformers.AutoModelForCausalLM vllm.LLM onnxruntime.InferenceSession
    ultralytics.YOLO ultralytics.YOLOWorld ultralytics.SAM TTS.api.TTS easyocr.Reader paddleocr.PaddleOCR
    insightface.app.FaceAnalysis insightface.model_zoo.get_model open_clip.create_model_and_transforms
    open_clip.create_model clip.load spacy.load fasttext.load_model keras.models.load_model keras.saving.load_model
    tensorflow.keras.models.load_model tensorflow.saved_model.load tensorflow_hub.load
    facexlib.utils.face_restoration_helper.FaceRestoreHelper facexlib.detection.init_detection_model
    facexlib.parsing.init_parsing_model realesrgan.RealESRGANer gfpgan.GFPGANer segment_anything.build_sam
    segment_anything.build_sam_vit_h segment_anything.sam_model_registry[] sam2.build_sam.build_sam2
    sam2.build_sam.build_sam2_video_predictor rembg.new_session kokoro.KPipeline kokoro.KModel
    demucs.pretrained.get_model df.init_df df.enhance.init_df groundingdino.util.inference.load_model
    transparent_background.Remover simple_lama_inpainting.SimpleLama lang_sam.LangSAM melo.api.TTS f5_tts.api.F5TTS
    tortoise.api.TextToSpeech styletts2.tts.StyleTTS2 voicefixer.VoiceFixer depth_pro.create_model_and_transforms
    ultralytics.FastSAM ultralytics.RTDETR doctr.models.ocr_predictor mobile_sam.sam_model_registry[]
    """.split()
)
_LOADER_NAMES = frozenset(path.rsplit(".", 1)[-1].removesuffix("[]") for path in _LOADERS)
_METHODS = frozenset("from_pretrained from_single_file get_pretrained from_hparams from_ckpt".split())
# Functions of libraries that are named after what they do: `build_model(...)`, `load_checkpoint_model(...)`.
_NAMED = re.compile(r"(?:load|build|create|init|initialize|get)_(?:\w+_)?(?:model|pipeline|predictor|detector)")
_LIGHT = r"Tokenizer|Processor|FeatureExtractor|Config$|Scheduler|Vocab"
# Runtimes of their own, which the CUDA emulation at module level does not cover.
_ON_REAL_GPU = {"llama_cpp.Llama", "onnxruntime.InferenceSession"}
_WEIGHTS = (".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".onnx", ".pkl", ".tar")
# Where the name of a model stands when it is not the first argument.
_NAME_KEYWORDS = frozenset(
    """model model_id model_name model_path model_name_or_path pretrained_model_name_or_path repo_id repo_or_dir
    pretrained_model_link_or_path checkpoint ckpt ckpt_path model_size_or_path path path_or_bytes name source f
    det_model lang_code language mode""".split()
)
# Loaders whose model is not named by the first argument alone: where the names stand, from their signatures.
_NAME_POSITIONS = {
    "torch.hub.load": (0, 1),
    "facexlib.utils.face_restoration_helper.FaceRestoreHelper": (3,),
    "realesrgan.RealESRGANer": (1,),
    "open_clip.create_model": (0, 1),
    "open_clip.create_model_and_transforms": (0, 1),
    "sam2.build_sam.build_sam2": (0, 1),
    "sam2.build_sam.build_sam2_video_predictor": (0, 1),
    "groundingdino.util.inference.load_model": (0, 1),
}
_TORCH_MODULES = ("torch.nn.Module", "torch.nn.modules.module.Module", "pytorch_lightning.LightningModule")


class Loading(NamedTuple):
    """A call in per-request code that loads a model. `variation` tells whether the same one is loaded every time.

    Where one constructor of another module loads several models, or one that it is told, `call` is the call of that
    constructor and `inner` are the loads.
    """

    call: Call
    function: Scope
    what: str
    variation: Variation
    context: Context
    inner: tuple[Call, ...] = ()

    @property
    def in_gpu(self) -> bool:
        """Whether it happens in a worker."""
        return self.context is Context.GPU

    @property
    def fits_on_cuda(self) -> bool:
        """Whether the model is for a GPU function and can be on CUDA from start-up on, where CUDA is emulated."""
        return self.in_gpu and self.what not in _ON_REAL_GPU

    @property
    def is_certain(self) -> bool:
        """Whether it is known that every request loads the same model."""
        return self.variation is Variation.FIXED


def loadings(space: Space) -> Iterator[Loading]:
    """The model loads of per-request code that could stand at module level, by file and place."""
    groups: dict[int, tuple[Call, list[Loading]]] = {}
    for loading in _each(space):
        constructor = _constructor(space, loading)
        call = constructor or loading.call
        if constructor is not None and _is_chosen(space, constructor):
            continue
        groups.setdefault(id(call), (call, []))[1].append(loading)
    found = []
    for call, inner in groups.values():
        first = inner[0]
        if call is not first.call and (len(inner) > 1 or _is_told(space, first, call)):
            what = syntax.dotted(call.node.func).rsplit(".", 1)[-1]
            calls = tuple(loading.call for loading in inner)
            found.append(Loading(call, call.function, what, first.variation, first.context, calls))
        else:
            found.extend(inner)
    found = [one for one in found if not any(_is_alternative(space, one, other) for other in found)]
    made = {cls for loading in found if loading.inner for cls in _classes(space, loading.call)}
    yield from sorted(
        (loading for loading in found if loading.inner or not _belongs_to(loading, made)),
        key=lambda loading: (loading.call.scope.module.path, loading.call.order),
    )


def _is_alternative(space: Space, loading: Loading, other: Loading) -> bool:
    """Whether one of two loads happens in place of an earlier one of the same model: on another device, or after an
    error."""
    call, earlier = loading.call, other.call
    if call.function is not earlier.function or call.order <= earlier.order or loading.what != other.what:
        return False
    names = [space.code(one.scope.module, one.node.args[0].value) if one.node.args else "" for one in (call, earlier)]
    if names[0] != names[1]:
        return False
    around = [block for block in syntax.blocks_of(call.block) if block.statement is not None]
    return any(
        inner.statement is outer.statement and inner is not outer and inner.kind == kind
        for outer in syntax.blocks_of(earlier.block)
        for kind in (syntax.IF, syntax.EXCEPT)
        if outer.kind == (syntax.TRY if kind == syntax.EXCEPT else syntax.IF)
        for inner in around
    )


def _is_chosen(space: Space, constructor: Call) -> bool:
    """Whether it is passed on of which of several classes an object is made: `load(predictors[name])`."""
    program = space.program
    values = program.evaluate(constructor.node.func, point_of(constructor))
    passed = [inner for value in values if isinstance(value, Parameter) for inner in program.expand(value)]
    return len({value.scope for value in passed if isinstance(value, Class)}) > 1


def _classes(space: Space, call: Call) -> list[Scope]:
    values = space.program.evaluate(call.node.func, point_of(call))
    return [value.scope for value in values if isinstance(value, Class)]


def _belongs_to(loading: Loading, made: set[Scope]) -> bool:
    """Whether a method loads whose object's constructor is reported already: made at start-up, it could load there."""
    return loading.function.is_method and loading.function.parent in made


def _is_told(space: Space, loading: Loading, constructor: Call) -> bool:
    """Whether the call of a constructor says what is loaded, so that the load itself only does as it is told."""
    for function, step in space.contexts.path(loading.function, loading.context):
        if step.call is constructor:
            given = [argument.value for argument in constructor.node.args if not argument.star]
            return len(function.params) > 1 and any(_is_model_name(space, value, constructor) for value in given)
    return False


def _is_model_name(space: Space, node: Any, call: Call) -> bool:
    """Whether an argument is a path, a repository on the Hub or a file of weights."""
    constant = space.program.constant(node, point_of(call))
    if constant is None or not isinstance(constant.value, str):
        return False
    return "/" in constant.value or constant.value.endswith(_WEIGHTS)


def _each(space: Space) -> Iterator[Loading]:
    contexts = space.contexts
    seen: set[int] = set()
    for scope in contexts.per_request():
        context = Context.GPU if contexts.in_context(scope, Context.GPU) else Context.HANDLER
        for call in scope.calls:
            what = _loads(space, call)
            if not what or space.program.is_dead(call.block) or is_lazy_twin(space, scope, call, context, True):
                continue
            if _is_for_others(space, call):
                continue
            outer = _outermost(space, scope, call, what)
            if outer is not None:
                call, what = outer
                if not contexts.is_per_request(call.function):
                    continue
            variation = _identity(space, call, what)
            if variation is not Variation.VARIES and id(call) not in seen:
                seen.add(id(call))
                yield Loading(call, call.function, what, variation, context)


def _constructor(space: Space, loading: Loading) -> Call | None:
    """The outermost call that creates an object of a class in another module and thereby loads."""
    found = None
    for function, step in space.contexts.path(loading.function, loading.context):
        if function.name == "__init__" and function.is_method and step.call is not None:
            if step.call.scope.module is not loading.call.scope.module and not step.call.function.is_method:
                found = step.call
    return found


def _outermost(space: Space, scope: Scope, call: Call, what: str) -> tuple[Call, str] | None:
    """The call of a class method `from_pretrained` of the Space's own that only hands its name on to a library's."""
    if scope.name not in _METHODS or not scope.is_method or not call.node.args:
        return None
    first: Any = call.node.args[0].value
    if type(first).__name__ != "Name" or first.value not in {param.name for param in scope.params}:
        return None
    for caller, _ in space.program.callers(scope):
        if space.contexts.is_per_request(caller.function):
            return caller, f"{syntax.dotted(caller.node.func)}"
    return None


def _loads(space: Space, call: Call) -> str:
    """How a call that loads a model is called, shortened for a message; "" when it loads none."""
    function: Any = call.node.func
    kind = type(function).__name__
    name = function.attr.value if kind == "Attribute" else function.value if kind == "Name" else ""
    if kind == "Subscript":
        name = syntax.dotted(function.value).rsplit(".", 1)[-1]
    if not name:
        return ""
    program = space.program
    if name in _METHODS:
        values = program.evaluate(function, point_of(call))
        owner = syntax.dotted(function.value) if kind == "Attribute" else ""
        if not any(isinstance(v, External) and v.path.endswith(f".{name}") and "()" not in v.path for v in values):
            return ""
        makers = [v.path.removesuffix(f".{name}").rsplit(".", 1)[-1] for v in values if isinstance(v, External)]
        if any(re.search(_LIGHT, maker) for maker in makers):
            return ""
        return f"{owner.rsplit('.', 1)[-1]}.{name}" if owner else name
    if name == "load" and kind == "Attribute":
        values = program.evaluate(function, point_of(call))
        if values == (External("torch.load"),):
            return "torch.load" if _reads_weights(space, call) else ""
    if name == "build_module":
        # OpenMMLab's way to build one of several kinds of objects: the registry says whether it is a model.
        values = program.evaluate(function, point_of(call))
        registry = program.argument(call, 1, "builder")
        is_library = any(isinstance(v, External) and v.path.endswith(".build_module") for v in values)
        return name if is_library and syntax.dotted(registry).rsplit(".", 1)[-1] == "MODELS" else ""
    if name in _LOADER_NAMES or _NAMED.fullmatch(name):
        for value in program.evaluate(function, point_of(call)):
            if isinstance(value, External):
                if value.path in _ON_REAL_GPU and _asks_for_gpu(program, call):
                    return ""
                if value.path in _LOADERS:
                    return value.path
                if _NAMED.fullmatch(name) and value.path.endswith(f".{name}") and "()" not in value.path:
                    return name
        return ""
    return _builds_module(space, call, name)


def _builds_module(space: Space, call: Call, name: str) -> str:
    """`Net(...).to("cuda")` with a torch module of the Space's own that is then filled with weights.

    One that an optimiser is going to train, or whose weights the visitor chooses, is new on purpose.
    """
    if not name[:1].isupper():
        return ""
    program = space.program
    values = program.evaluate(call.node.func, point_of(call))
    if not values or not all(isinstance(value, Class) for value in values):
        return ""
    for value in values:
        assert isinstance(value, Class)
        if not any(base in _TORCH_MODULES for base in program.external_bases(value.scope)):
            return ""
    if call.function.is_method and call.function.name == "__init__":
        return ""  # a part of another module
    if not any(_is_moved(other, call) for other in call.function.calls):
        return ""
    filled = False
    for other in call.function.calls:
        path = syntax.dotted(other.node.func)
        if path.endswith(".load_state_dict") and other.node.args:
            filled = True
            if space.variation(other.node.args[0].value, point_of(other)) is Variation.VARIES:
                return ""
        elif ".optim." in f".{path}" and path.rsplit(".", 1)[-1][:1].isupper():
            return ""
    return name if filled else ""


def _is_moved(other: Call, call: Call) -> bool:
    """Whether a call is `.to(...)`, `.eval()` or the like of what another call gives."""
    function: Any = other.node.func
    if type(function).__name__ != "Attribute" or function.value is not call.node:
        return False
    return function.attr.value in SELF_RETURNING


def _asks_for_gpu(program: Program, call: Call) -> bool:
    """Whether a runtime beyond the CUDA emulation is told to use the GPU: it can start in a worker only."""
    for argument in call.node.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword == "n_gpu_layers":
            layers = program.constant(argument.value, point_of(call))
            return layers is None or layers.value != 0
        if keyword == "providers":
            return "CUDA" in repr(_strings(argument.value))
    return False


def _strings(node: Any) -> list[str]:
    """The string literals in a list display and the tuples in it."""
    kind = type(node).__name__
    if kind == "SimpleString":
        return [node.value]
    if kind in ("List", "Tuple"):
        return [text for element in node.elements for text in _strings(element.value)]
    return []


def _reads_weights(space: Space, call: Call) -> bool:
    """Whether `torch.load` reads a file whose fixed name is that of weights."""
    if not call.node.args:
        return False
    argument = call.node.args[0].value
    constant = space.program.constant(argument, point_of(call))
    if constant is not None:
        return isinstance(constant.value, str) and constant.value.endswith(_WEIGHTS)
    return space.variation(argument, point_of(call)) is Variation.FIXED


def _identity(space: Space, call: Call, what: str) -> Variation:
    """Whether the model that a call loads is the same for every request."""
    candidates: list[Any] = []
    arguments = call.node.args
    plain = [argument.value for argument in arguments if argument.keyword is None and not argument.star]
    if what in _NAME_POSITIONS:
        candidates += [plain[position] for position in _NAME_POSITIONS[what] if position < len(plain)]
    else:
        position = 1 if what.startswith("PeftModel.") or what.endswith("pipeline") else 0
        candidates += plain[position : position + 1]
    candidates += [a.value for a in arguments if a.keyword is not None and a.keyword.value in _NAME_KEYWORDS]
    if what.startswith("PeftModel.") and plain:
        candidates = [candidate for candidate in candidates if candidate is not plain[0]]
    if _NAMED.fullmatch(what) or what == "build_module":
        candidates = [argument.value for argument in arguments]
    function: Any = call.node.func
    if type(function).__name__ == "Attribute":
        owner = function.value
        if type(owner).__name__ not in ("Name", "Attribute"):
            candidates.append(owner)
    point = point_of(call)
    found = {space.variation(candidate, point) for candidate in candidates}
    if Variation.VARIES in found:
        return Variation.VARIES
    return Variation.UNKNOWN if Variation.UNKNOWN in found else Variation.FIXED


def is_lazy_twin(space: Space, scope: Scope, call: Call, context: Context, or_in_thread: bool = False) -> bool:
    """Whether the load is skipped for visitors, because the same code has already run at import and remembers it; with
    `or_in_thread` also because a thread that is started there runs it."""
    contexts = space.contexts

    def has_run(function: Scope) -> bool:
        return contexts.in_context(function, Context.IMPORT) or (or_in_thread and contexts.in_startup_thread(function))

    if not has_run(scope):
        return False
    functions = [scope]
    blocks = [(call.block, scope)]
    for function, step in contexts.path(scope, context)[:4]:
        functions.append(function)
        if step.call is not None:
            blocks.append((step.call.block, step.call.function))
    if any("cache" in syntax.dotted(_called(d.expression)) for function in functions for d in function.decorations):
        return True
    return any(
        tested is not None and (has_run(function) or _outlives(space, tested, block))
        for inner, function in blocks
        for block in syntax.blocks_of(inner)
        for tested in (_tested_absence(block),)
    )


def _outlives(space: Space, tested: Any, block: Block) -> bool:
    """Whether what a guard tests was there before the request: it starts from a name of a module."""
    node = tested
    while type(node).__name__ in ("Attribute", "Subscript"):
        node = node.value
    if type(node).__name__ != "Name":
        return False
    owner = space.program.owner(node.value, block.scope)
    return owner is not None and owner.kind == syntax.MODULE


def _is_for_others(space: Space, call: Call) -> bool:
    """Whether a load is for callers that give no model (`if model is None`), and all that run for visitors give one."""
    params = {param.name: param for param in call.function.params}
    names = {syntax.dotted(_tested_absence(block)) for block in syntax.blocks_of(call.block)}
    return any(_is_given(space, call.function, param, 0) for name, param in params.items() if name in names)


def _is_given(space: Space, function: Scope, param: Param, depth: int) -> bool:
    """Whether every call of a function that runs for visitors is known to give something but None for a parameter."""
    program = space.program
    if depth > 3 or function in space.contexts.gpu or function in program.registered:
        return False
    calls = [
        (call, target) for call, target in program.callers(function) if space.contexts.is_per_request(call.function)
    ]
    for call, target in calls:
        kind, expression = program.argument_of(call, target, param)
        if kind != "given":
            return False
        for value in program.evaluate(expression, point_of(call)):
            if isinstance(value, Parameter):
                passed = next((each for each in value.scope.params if each.name == value.name), None)
                if passed is None or not _is_given(space, value.scope, passed, depth + 1):
                    return False
            elif not isinstance(value, (External, Instance)):
                return False
    return bool(calls)


def _called(node: Any) -> Any:
    return node.func if type(node).__name__ == "Call" else node


def _tested_absence(block: Block) -> Any | None:
    """What a block tests to be absent, None when it tests nothing of the kind.

    `if x is None`, `if not x`, `if key not in cache`, `if not hasattr(...)`, and the rest after `if x: return`.
    """
    if block.kind != syntax.IF:
        return None
    node, branch = block.node, block.branch
    while type(node).__name__ == "BooleanOperation":
        node = node.left
    while type(node).__name__ == "UnaryOperation" and type(node.operator).__name__ == "Not":
        node, branch = node.expression, not branch
    kind = type(node).__name__
    if kind == "Comparison" and len(node.comparisons) == 1:
        operator = type(node.comparisons[0].operator).__name__
        right = node.comparisons[0].comparator
        if type(right).__name__ == "Name" and right.value == "None":
            return node.left if branch is (operator in ("Is", "Equal")) else None
        return right if operator in ("NotIn", "In") and branch is (operator == "NotIn") else None
    if kind == "Call":
        name = syntax.dotted(node.func)
        if branch or not (name == "hasattr" or "loaded" in name):
            return None
        return node.args[0].value if name == "hasattr" and node.args else node.func
    return node if kind in ("Name", "Attribute") and not branch else None
