"""Where models are created or read from disk, and whether that could have happened when the app starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.program import SELF_RETURNING, Program, point_of
from zerolint.model.syntax import Block, Call, Scope
from zerolint.model.values import Class, External
from zerolint.model.variation import Variation

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
    demucs.pretrained.get_model groundingdino.util.inference.load_model
    """.split()
)
_LOADER_NAMES = frozenset(path.rsplit(".", 1)[-1].removesuffix("[]") for path in _LOADERS)
_METHODS = frozenset("from_pretrained from_single_file get_pretrained from_hparams from_ckpt".split())
# Functions of libraries that are named after what they do: `build_model(...)`, `load_checkpoint_model(...)`.
_NAMED = re.compile(r"(?:load|build|create|init|initialize|get)_(?:\w+_)?(?:model|pipeline|predictor|detector)")
_LIGHT = re.compile(r"Tokenizer|Processor|FeatureExtractor|Config|Scheduler|Vocab|Generation|Transform")
_WEIGHTS = (".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".onnx", ".pkl", ".tar")
# Where the name of a model stands when it is not the first argument.
_NAME_KEYWORDS = frozenset(
    """model model_id model_name model_path model_name_or_path pretrained_model_name_or_path repo_id repo_or_dir
    pretrained_model_link_or_path checkpoint ckpt ckpt_path model_size_or_path path path_or_bytes name source f""".split()
)
_TORCH_MODULES = ("torch.nn.Module", "torch.nn.modules.module.Module", "pytorch_lightning.LightningModule")


@dataclass(frozen=True, slots=True)
class Loading:
    """A call in per-request code that loads a model. `variation` tells whether the same one is loaded every time."""

    call: Call
    function: Scope
    what: str
    variation: Variation
    context: Context


def loadings(space: Space) -> Iterator[Loading]:
    """The model loads of per-request code that could stand at module level, by file and place."""
    contexts = space.contexts
    for scope in contexts.per_request():
        if _is_startup_only(space, scope):
            continue
        for call in scope.calls:
            what = _loads(space, call)
            if not what or space.program.is_dead(call.block):
                continue
            if _is_lazy_twin(space, scope, call):
                continue
            variation = _identity(space, call, what)
            if variation is Variation.VARIES:
                continue
            context = Context.GPU if contexts.in_context(scope, Context.GPU) else Context.HANDLER
            yield Loading(call, scope, what, variation, context)


def _loads(space: Space, call: Call) -> str:
    """How a call that loads a model is called, shortened for a message; "" when it loads none."""
    function = call.node.func
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
        if any(isinstance(v, External) and _LIGHT.search(v.path.removesuffix(f".{name}").rsplit(".", 1)[-1]) for v in values):
            return ""
        return f"{owner.rsplit('.', 1)[-1]}.{name}" if owner else name
    if name == "load" and kind == "Attribute":
        values = program.evaluate(function, point_of(call))
        if values == (External("torch.load"),):
            return "torch.load" if _reads_weights(space, call) else ""
    if name in _LOADER_NAMES or _NAMED.fullmatch(name):
        for value in program.evaluate(function, point_of(call)):
            if isinstance(value, External):
                if value.path in _LOADERS:
                    return value.path
                if _NAMED.fullmatch(name) and value.path.endswith(f".{name}") and "()" not in value.path:
                    return name
        return ""
    return _builds_module(program, call, name)


def _builds_module(program: Program, call: Call, name: str) -> str:
    """`Net(...).to("cuda")` with a torch module of the Space's own: the weights follow, or it would be of no use."""
    if not name[:1].isupper():
        return ""
    values = program.evaluate(call.node.func, point_of(call))
    if not values or not all(isinstance(value, Class) for value in values):
        return ""
    for value in values:
        assert isinstance(value, Class)
        if not any(base in _TORCH_MODULES for base in program.external_bases(value.scope)):
            return ""
    if call.function.is_method and call.function.name == "__init__":
        return ""  # a part of another module
    for other in call.function.calls:
        target = other.node.func
        if type(target).__name__ == "Attribute" and target.value is call.node and target.attr.value in SELF_RETURNING:
            return name
    return ""


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
    position = 1 if what.startswith("PeftModel.") or what.endswith("pipeline") else 0
    if len(plain) > position:
        candidates.append(plain[position])
    elif plain and position == 0:
        candidates.append(plain[0])
    candidates += [a.value for a in arguments if a.keyword is not None and a.keyword.value in _NAME_KEYWORDS]
    if what.startswith("PeftModel.") and plain:
        candidates = [candidate for candidate in candidates if candidate is not plain[0]]
    if type(call.node.func).__name__ == "Attribute":
        owner = call.node.func.value
        if type(owner).__name__ not in ("Name", "Attribute"):
            candidates.append(owner)
    point = point_of(call)
    found = {space.variation(candidate, point) for candidate in candidates}
    if Variation.VARIES in found:
        return Variation.VARIES
    return Variation.UNKNOWN if Variation.UNKNOWN in found else Variation.FIXED


def _is_startup_only(space: Space, scope: Scope) -> bool:
    """Whether a GPU function is called by start-up code only: it is no visitor who waits for it."""
    contexts = space.contexts
    if scope not in contexts.gpu or any(r.function.scope is scope for r in contexts.registrations):
        return False
    return not contexts.callers(scope) and bool(contexts.callers(scope, at_import=True))


def _is_lazy_twin(space: Space, scope: Scope, call: Call) -> bool:
    """Whether the load is skipped for visitors, because the same code has already run at import and remembers it."""
    if not any(_tests_absence(block) for block in syntax.blocks_of(call.block)):
        return False
    return space.contexts.in_context(scope, Context.IMPORT)


def _tests_absence(block: Block) -> bool:
    """`if x is None`, `if not x`, `if key not in cache`, `if not hasattr(...)`, and the rest after `if x: return`."""
    if block.kind != syntax.IF:
        return False
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
            return branch is (operator in ("Is", "Equal"))
        return operator in ("NotIn", "In") and branch is (operator == "NotIn")
    return kind in ("Name", "Attribute", "Call") and not branch


