"""What a GPU function does while its GPU does nothing: it sleeps, waits for the network, or runs a program on the CPU.

The seconds count from the moment that the worker has its GPU until the function returns. Only what surely waits is
listed here, by the documentation of the packages; work on the CPU in Python is not told apart from work on the GPU.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.model.boundary import runs_with
from zerolint.model.contexts import Context
from zerolint.model.reading import names_in
from zerolint.model.syntax import EXCEPT, IF, LOOP, Block, Call, Scope, blocks_of, dotted
from zerolint.model.values import External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Wait(Enum):
    """What a GPU waits for."""

    SLEEP = "sleep"
    NETWORK = "network"
    DOWNLOAD = "download"  # what it gets stays on disk, so that it comes once
    PROGRAM = "program"


class IdleTime(NamedTuple):
    """A call in a GPU worker during which the GPU does nothing. `what` names the call or program, `seconds` is how long
    a sleep takes. `is_certain` tells that it happens each time its GPU function runs."""

    wait: Wait
    call: Call
    function: Scope
    what: str
    seconds: float | None
    is_certain: bool


_DOWNLOADS = frozenset(
    """huggingface_hub.hf_hub_download huggingface_hub.snapshot_download huggingface_hub.cached_download
    torch.hub.download_url_to_file torch.hub.load_state_dict_from_url wget.download gdown.download
    gdown.download_folder urllib.request.urlretrieve""".split()
)
_NETWORK = frozenset(
    """requests.get requests.post requests.put requests.request requests.Session().get requests.Session().post
    requests.session().get requests.session().post requests.Session().__enter__().get
    requests.Session().__enter__().post httpx.get httpx.post httpx.stream httpx.Client().get httpx.Client().post
    urllib.request.urlopen edge_tts.Communicate().save edge_tts.Communicate().stream edge_tts.Communicate().save_sync
    edge_tts.Communicate().stream_sync gtts.gTTS().save gradio_client.Client().predict
    openai.OpenAI().chat.completions.create openai.OpenAI().responses.create openai.OpenAI().images.generate
    anthropic.Anthropic().messages.create groq.Groq().chat.completions.create
    huggingface_hub.InferenceClient().chat_completion huggingface_hub.InferenceClient().text_generation
    huggingface_hub.InferenceClient().text_to_image huggingface_hub.InferenceClient().chat.completions.create
    huggingface_hub.HfApi().upload_file huggingface_hub.HfApi().upload_folder huggingface_hub.upload_file
    huggingface_hub.upload_folder dashscope.Generation.call dashscope.MultiModalConversation.call""".split()
)
_RUNNING = frozenset(
    """subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput
    subprocess.getstatusoutput os.system""".split()
)
# Programs that fetch or install something, or that work on the CPU.
_FETCHING = frozenset("pip pip3 uv apt apt-get git wget curl aria2c gdown yt-dlp npm huggingface-cli hf".split())
_ENCODING = frozenset({"ffmpeg"})
_ON_GPU = r"nvenc|cuda|hwaccel|nvdec|cuvid"

_NAMES: dict[str, tuple[str, ...]] = {}
for _path in (*_DOWNLOADS, *_NETWORK, *_RUNNING, "time.sleep"):
    _name = _path.rsplit(".", 1)[-1]
    _NAMES[_name] = (*_NAMES.get(_name, ()), _path.partition(".")[0])

# Addresses of servers that run in the worker or beside it, which may well use the GPU.
_LOCAL = rb"127\.0\.0\.1|localhost|0\.0\.0\.0"


def idle_times(space: Space) -> Iterator[IdleTime]:
    """The calls in GPU workers during which the GPU does nothing, by file and place."""
    contexts = space.contexts
    loading: set[Scope] | None = None
    # One download or request of a function stands for all of them.
    seen: set[tuple[Scope, Wait]] = set()
    for scope in contexts.reached(Context.GPU):
        content = space.contents[scope.module.path]
        for call in scope.calls:
            name = _name_of(call)
            if name not in _NAMES or not any(package.encode() in content for package in _NAMES[name]):
                continue
            found = _judged(space, call)
            if found is None:
                continue
            condition = _condition(space, scope, call)
            if condition is None:
                continue
            if condition is _Condition.MISSING and found.wait is not Wait.SLEEP:
                found = found._replace(wait=Wait.DOWNLOAD)
            if (scope, found.wait) in seen:
                continue
            if found.wait is Wait.DOWNLOAD:
                if loading is None:
                    loading = _loading_functions(space)
                if scope in loading or _done_at_start(space, call):
                    continue  # the load of the model is what is reported, or it lies on disk already
            if found.wait is not Wait.SLEEP:
                seen.add((scope, found.wait))
            yield found._replace(is_certain=found.is_certain and condition is _Condition.NONE)


def _name_of(call: Call) -> str:
    function = call.node.func
    return function.attr.value if type(function).__name__ == "Attribute" else getattr(function, "value", "")


def _judged(space: Space, call: Call) -> IdleTime | None:
    """What a call waits for; None when it does not, or when that is not known."""
    program = space.program
    if program.is_dead(call.block):
        return None
    paths = [v.path for v in program.evaluate(call.node.func, point_of(call)) if isinstance(v, External)]
    if len(paths) != 1:
        return None
    path = paths[0]
    what = dotted(call.node.func) or path
    if path == "time.sleep":
        return _sleep(space, call)
    if path in _DOWNLOADS:
        return IdleTime(Wait.DOWNLOAD, call, call.function, what, None, False)
    if path in _NETWORK:
        if re.search(_LOCAL, space.contents[call.scope.module.path]):
            return None
        return IdleTime(Wait.NETWORK, call, call.function, what, None, True)
    if path in _RUNNING:
        command = next((argument.value for argument in call.node.args if argument.keyword is None), None)
        words = _first_words(space, command, point_of(call)) if command is not None else []
        return _program(space, call, words)
    return None


def _sleep(space: Space, call: Call) -> IdleTime | None:
    """A sleep of a second or more, while nothing else can be at work in the worker."""
    constant = space.program.constant(call.node.args[0].value, point_of(call)) if call.node.args else None
    if constant is None or not isinstance(constant.value, (int, float)) or constant.value < 1:
        return None
    if any(block.kind == LOOP and type(block.statement).__name__ == "While" for block in blocks_of(call.block)):
        return None  # it waits for something, which may be the GPU
    if any(_name_of(other) in ("Thread", "Popen", "submit", "Process") for other in call.function.calls):
        return None
    return IdleTime(Wait.SLEEP, call, call.function, "time.sleep", float(constant.value), True)


def _program(space: Space, call: Call, words: list[str]) -> IdleTime | None:
    if words and words[0] == "sudo":
        words = words[1:]
    if len(words) > 2 and words[0].startswith("python") and words[1] == "-m":
        words = words[2:]
    name = words[0].rsplit("/", 1)[-1] if words else ""
    if name in _FETCHING:
        return IdleTime(Wait.PROGRAM, call, call.function, name, None, True)
    if name in _ENCODING and not re.search(_ON_GPU, space.code(call.scope.module, call.function.node, 1 << 20)):
        return IdleTime(Wait.PROGRAM, call, call.function, name, None, False)
    return None


def _first_words(space: Space, node: Any, point: Point, depth: int = 0) -> list[str]:
    """The first words of a command as far as they are known: a list, a text, or what either is made of."""
    kind = type(node).__name__
    if depth > 4:
        return []
    if kind in ("List", "Tuple"):
        words = []
        for element in node.elements[:3]:
            if dotted(element.value) == "sys.executable":
                words.append("python")
                continue
            constant = space.program.constant(element.value, point)
            if constant is None or not isinstance(constant.value, str):
                break
            words.append(constant.value)
        return words
    if kind == "FormattedString":
        first: Any = node.parts[0] if node.parts else None
        if type(first).__name__ != "FormattedStringText":
            return []
        words = str(first.value).split()
        return words if first.value[-1:].isspace() or len(node.parts) == 1 else words[:-1]
    if kind == "ConcatenatedString":
        return _first_words(space, node.left, point, depth + 1)
    if kind == "BinaryOperation" and type(node.operator).__name__ == "Add":
        return _first_words(space, node.left, point, depth + 1)
    if kind == "Call" and type(node.func).__name__ == "Attribute":
        if node.func.attr.value in ("format", "split"):
            inner = node.args[0].value if dotted(node.func) == "shlex.split" and node.args else node.func.value
            return _first_words(space, inner, point, depth + 1)
        return []
    if kind == "Name":
        bindings = space.program.bindings(node.value, point)
        if len(bindings) == 1 and bindings[0].kind == "assign" and not bindings[0].path:
            binding = bindings[0]
            return _first_words(space, binding.value, Point(binding.scope, binding.block, binding.order), depth + 1)
        return []
    whole = space.program.constant(node, point)
    return whole.value.split()[:3] if whole is not None and isinstance(whole.value, str) else []


def _done_at_start(space: Space, call: Call) -> bool:
    """Whether start-up code makes the same call, or runs the same function, so that what is asked for is on disk."""
    if space.contexts.in_context(call.function, Context.IMPORT):
        return True
    wanted = [space.code(call.scope.module, argument.value) for argument in call.node.args[:2]]
    return any(
        not space.contexts.is_per_request(other.function)
        and [space.code(other.scope.module, argument.value) for argument in other.node.args[:2]] == wanted
        for other in space.program.calls_named(_name_of(call))
        if other is not call
    )


class _Condition(Enum):
    NONE = "none"
    MISSING = "missing"  # some file is not there
    SOME = "some"


def _condition(space: Space, scope: Scope, call: Call) -> _Condition | None:
    """Under which condition a call is made when its GPU function runs.

    None when that is up to what a helper is given, which the callers here may never give, or when it comes after an
    error, or in a thread of the worker that leaves the GPU to others.
    """
    condition = _Condition.NONE
    calls: list[tuple[Scope, Call]] = [(scope, call)]
    for _, step in space.contexts.path(scope, Context.GPU):
        if step.call is not None and step.caller is not None:
            if any(edge.call is step.call and edge.threaded for edge in space.contexts.edges(step.caller)):
                return None
            calls.append((step.caller, step.call))
    for function, made in calls:
        params = _given(function) if function not in space.contexts.gpu else set()
        for block in blocks_of(made.block):
            if block.kind == EXCEPT:
                return None
            if block.kind != IF or type(block.statement).__name__ == "Assert":
                continue  # what is asserted holds for every call that gets through
            if _asks_for_file(block):
                condition = _Condition.MISSING
            elif not params.isdisjoint(names_in(block.node)):
                return None
            elif condition is _Condition.NONE:
                condition = _Condition.SOME
    return condition


def _given(function: Scope) -> set[str]:
    """The parameters of a function, and the names that a part of one gets: `image = element["image"]`."""
    given = {param.name for param in function.params}
    for name, bindings in function.names.items():
        for binding in bindings:
            node: Any = binding.value if binding.kind in ("assign", "named") else None
            while type(node).__name__ in ("Attribute", "Subscript", "Call"):
                if type(node).__name__ == "Call":
                    node = node.func if dotted(node.func).endswith(".get") else None
                else:
                    node = node.value
            if type(node).__name__ == "Name" and node.value in given:
                given.add(name)
    return given


_FILES = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir", "listdir", "getsize"})


def _asks_for_file(block: Block) -> bool:
    """Whether a test asks whether something is on disk."""
    stack = [block.node]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind == "UnaryOperation":
            stack.append(node.expression)
        elif kind == "BooleanOperation":
            stack += [node.left, node.right]
        elif kind == "Call" and type(node.func).__name__ == "Attribute" and node.func.attr.value in _FILES:
            return True
    return False


def _loading_functions(space: Space) -> set[Scope]:
    """The functions that load a model in a worker, with all that they run."""
    found: set[Scope] = set()
    for loading in space.loadings():
        if loading.in_gpu:
            found.add(loading.function)
            found.update(runs_with(space.contexts, loading.function))
    return found
