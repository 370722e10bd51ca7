"""How an app comes up on ZeroGPU: what is a GPU function by then, whether `launch()` runs, when `spaces` is imported.

`spaces` hooks into `gradio.Blocks.launch`. When that runs for the first time it packs what was put on CUDA, looks
whether anything was decorated, and only then reports to the platform that the app has started.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Span
from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.syntax import Call, Import, Module, Scope
from zerolint.model.values import External, Instance, point_of
from zerolint.read.discover import uses_spaces
from zerolint.read.gate import without_strings
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# A decorator of module level is looked for first: nearly every Space has one, and then there is nothing to find out.
_DECORATOR = rb"(?m)^@(?:\w+\.)?GPU\b"
_GPU = rb"(?<![\w'\"-])GPU\b"
_GPU_IN_TEXT = rb"['\"]GPU['\"]"
_RENAMED = rb"\bGPU[ \t]+as\b"
_IMPORT_LINE = rb"(?m)^[ \t]*(?:from\b.*\bimport\b|import\b).*"
# Code that comes from elsewhere may decorate what it likes.
_OTHER_CODE = (
    rb"(?<![\w.])(?:exec|__import__|import_module|run_path|run_module|spec_from_file_location|execv\w*)[ \t]*\("
    rb"|\.(?:import_module|run_path|run_module|spec_from_file_location|execv\w*)[ \t]*\(|\bsys\.path\b"
)
_OTHER_WORDS = (
    *(b"exec", b"__import__", b"import_module", b"run_path", b"run_module", b"spec_from_file_location", b"sys.path"),
)
_INTERFACE_WORD = r"(?i)gradio|webui|(?:^|[._])(?:ui|demo|app|apps|space|zerogpu)(?:$|[._])"
_LAUNCH = rb"\.[ \t\\\r\n]*launch\b"
_LAUNCH_IN_TEXT = rb"['\"]launch['\"]"
_SERVERS = frozenset({"uvicorn.run", "uvicorn.Server().run", "uvicorn.Server().serve", "hypercorn.asyncio.serve"})
# What other packages have that launches a Blocks of their own making without decorating anything (smolagents 1.26.0).
_OTHER_LAUNCHES = frozenset({"smolagents.GradioUI()"})
_MOST_FILES = 80
# Packages that decorate nothing, for files of which it is not known what lies beside them.
_LIBRARIES = frozenset(
    """gradio spaces torch torchvision torchaudio transformers diffusers accelerate peft numpy scipy pandas PIL cv2
    requests httpx huggingface_hub safetensors sentencepiece matplotlib sklearn datasets tqdm einops imageio librosa
    soundfile openai dotenv""".split()
)


class Unready(NamedTuple):
    """An app that has no GPU function by the time of its first `launch`.

    `is_for_zerogpu` is False when nothing says what hardware the app is for. `imported` is an import of `spaces`, None
    when there is none. `late` are the places where functions become GPU functions when visitors come, which is too
    late. `is_sure` is False where only an import that may fail says that the app is for ZeroGPU. `uses_cuda` tells that
    the app has something for a GPU to do.
    """

    launch: Call
    is_for_zerogpu: bool
    imported: Import | None
    late: tuple[Span, ...]
    is_sure: bool
    uses_cuda: bool


class Bypass(NamedTuple):
    """An app that `server` serves and nothing launches; `mounted` is the call that mounts Gradio on it, if there is
    one."""

    server: Call
    mounted: Call | None


class LateImport(NamedTuple):
    """The first import of `spaces`, which runs after `launch`: when a visitor comes, or after the app is closed."""

    at: Import
    launch: Call
    is_for_visitors: bool


def _sdk(space: Space) -> str:
    if space.readme is None or b"sdk" not in space.contents["README.md"]:
        return ""
    return space.readme.text("sdk") or ""


def _apps(space: Space) -> tuple[str, ...]:
    """The files that the platform may start: the app file, or what is no other file's module where there is none."""
    if _sdk(space) not in ("", "gradio"):
        return ()
    if space.app_file in space.contents:
        return (space.app_file,)
    return () if _sdk(space) else space.programs


def _is_for_zerogpu(space: Space, files: frozenset[str]) -> bool | None:
    """Whether an app is meant for ZeroGPU; None when nothing about it says so, whatever lies beside it."""
    meant = space.is_for_zerogpu
    if meant and space.target == "auto" and not space.hardware:
        return True if any(uses_spaces(space.contents[path]) for path in files) else None
    return meant


def unready(space: Space) -> Unready | None:
    """The app when nothing in it can be a GPU function at its first launch, and all of it was seen."""
    apps = _apps(space)
    if len(apps) != 1:
        return None
    files = space.imported_from(apps[0])
    if any(re.search(_DECORATOR, space.contents[path]) for path in files) or len(files) > _MOST_FILES:
        return None
    meant = _is_for_zerogpu(space, files)
    if meant is False or (meant is None and not _is_for_cpu(space, files)):
        return None
    codes = {path: without_strings(space.contents[path]) for path in files}
    if any(_brings_other_code(code) or b"auto_wrap" in code.lower() for code in codes.values()):
        return None
    if any(b"AUTO_WRAP" in space.contents[path] or re.search(_GPU_IN_TEXT, space.contents[path]) for path in files):
        return None
    modules = _modules(space, files)
    if modules is None or _may_be_decorated_elsewhere(space, modules):
        return None
    known = any(uses_spaces(space.contents[path]) for path in files)
    late = _late_applications(space, codes) if known else ()
    if late is None or space.late_spaces_import() is not None:
        return None
    launch = _launch(space, modules, apps[0])
    if launch is None or any(problem.at.path in files for problem in space.problems):
        return None
    imports = [item for module in modules for item in module.imports if item.module.split(".")[0] == "spaces"]
    imported = next((item for item in imports if not space.program.is_dead(item.block)), None)
    if known and imported is None:
        return None
    is_told = space.target != "auto" or bool(space.hardware)
    is_sure = is_told or imported is None or any(item.block is None for item in imports)
    return Unready(launch, bool(meant), imported, late, is_sure, _uses_cuda(space, files))


def _is_for_cpu(space: Space, files: frozenset[str]) -> bool:
    """Whether an app of which nothing says where it runs is a Gradio Space that asks for no GPU of its own."""
    return _sdk(space) == "gradio" and not _uses_cuda(space, files)


def _uses_cuda(space: Space, files: frozenset[str]) -> bool:
    return any(b"cuda" in space.contents[path].lower() for path in files)


def _modules(space: Space, files: frozenset[str]) -> list[Module] | None:
    """All modules of an app, its own first; None when one of them cannot be read."""
    found = [space.program.module(path) for path in sorted(files)]
    modules = [module for module in found if module is not None]
    return modules if len(modules) == len(found) else None


def _may_be_decorated_elsewhere(space: Space, modules: list[Module]) -> bool:
    """Whether a package that was not seen may bring GPU functions, or is a module of the Space that is not there.

    Libraries do not decorate; what does are packages that bring an interface of their own, and unreleased ones. Without
    a README the files may be a few of many, as in an editor: then what is imported may well be the author's.
    """
    is_whole = "README.md" in space.contents
    if any(item.url and "spaces" not in item.url for item in space.installed):
        return True
    for module in modules:
        for item in module.imports:
            if space.program.find(item.module, module.path) is not None or item.module.split(".")[0] == "gradio":
                continue
            if f"{item.module}.{item.name}()" in _OTHER_LAUNCHES:
                continue
            package = item.module.split(".")[0]
            if not is_whole and package not in _LIBRARIES and package not in sys.stdlib_module_names:
                return True
            if item.module.startswith(".") or re.search(_INTERFACE_WORD, f"{item.module}.{item.name}"):
                return True
    return False


def _late_applications(space: Space, codes: dict[str, bytes]) -> tuple[Span, ...] | None:
    """Where functions become GPU functions for visitors only; None when one may do so before the launch."""
    if any(re.search(_RENAMED, code) for code in codes.values()):
        return None
    words = {path: len(re.findall(_GPU, re.sub(_IMPORT_LINE, b"", code))) for path, code in codes.items()}
    if not any(words.values()):
        return ()
    contexts = space.contexts
    found: dict[str, set[Span]] = {}
    for gpus in contexts.gpu.values():
        for gpu in gpus:
            if gpu.node is None or gpu.scope is None:
                return None
            function = _function(gpu.scope)
            if not (function.is_function and contexts.is_per_request(function)):
                return None
            if contexts.in_context(function, Context.IMPORT):
                return None
            found.setdefault(function.module.path, set()).add(space.span(gpu.scope.module, gpu.node))
    if any(count != len(found.get(path, ())) for path, count in words.items()):
        return None
    return tuple(sorted(span for spans in found.values() for span in spans))


def _function(scope: Scope) -> Scope:
    scope = scope.frame
    while scope.kind == syntax.CLASS and scope.parent is not None:
        scope = scope.parent.frame
    return scope


def _launch(space: Space, modules: list[Module], app: str) -> Call | None:
    """The first call in start-up code that launches something of Gradio, in the app file if there is one."""
    for module in sorted(modules, key=lambda module: (module.path != app, module.path)):
        for scope in module.scopes:
            for call in scope.calls:
                function = call.node.func
                if type(function).__name__ == "Attribute" and function.attr.value == "launch":
                    if _starts(space, call) and _is_gradio(space, call):
                        return call
    return None


def _starts(space: Space, call: Call) -> bool:
    """Whether start-up code makes a call."""
    if space.program.is_dead(call.block):
        return False
    function = _function(call.function)
    return function.kind == syntax.MODULE or space.contexts.in_context(function, Context.IMPORT)


def _is_gradio(space: Space, call: Call) -> bool:
    """Whether what is launched is Gradio's."""
    for value in space.program.evaluate(call.node.func.value, point_of(call)):
        if isinstance(value, External) and (value.path.startswith("gradio.") or value.path in _OTHER_LAUNCHES):
            return True
        if isinstance(value, Instance):
            if any(base.startswith("gradio.") for base in space.program.external_bases(value.cls)):
                return True
    return False


def bypasses(space: Space) -> Iterator[Bypass]:
    """The apps that a web server serves without a launch, by their paths."""
    for app in _apps(space):
        files = space.imported_from(app)
        if not any(b"uvicorn" in space.contents[path] or b"hypercorn" in space.contents[path] for path in files):
            continue
        if not any(b"gradio" in space.contents[path] for path in files):
            continue
        if not _is_for_zerogpu(space, files) or any(_may_launch(space, path) for path in files):
            continue
        found = _bypass(space, app, files)
        if found is not None:
            yield found


def _may_launch(space: Space, path: str) -> bool:
    """Whether a module may launch something."""
    content = space.contents[path]
    if b"launch" not in content:
        return False
    if re.search(_LAUNCH_IN_TEXT, content):
        return True
    module = space.program.module(path)
    if module is None:
        return True
    if any(item.name == "launch" and space.program.find(item.module, path) is None for item in module.imports):
        return True
    dead = sum(
        type(call.node.func).__name__ == "Attribute"
        and call.node.func.attr.value == "launch"
        and space.program.is_dead(call.block)
        for scope in module.scopes
        for call in scope.calls
    )
    return bool(len(re.findall(_LAUNCH, without_strings(content))) > dead)


def _bypass(space: Space, app: str, files: frozenset[str]) -> Bypass | None:
    server = mounted = None
    for path in sorted(files, key=lambda path: (path != app, path)):
        content = space.contents[path]
        if not any(word in content for word in (b"uvicorn", b"hypercorn", b"mount_gradio_app")):
            continue
        module = space.program.module(path)
        if module is None:
            return None
        for scope in module.scopes:
            for call in scope.calls:
                name = getattr(getattr(call.node.func, "attr", call.node.func), "value", "")
                if name == "mount_gradio_app":
                    mounted = mounted or call
                elif name in ("run", "serve") and server is None and space.program.is_sure(call.block):
                    values = space.program.evaluate(call.node.func, point_of(call))
                    if any(isinstance(value, External) and value.path in _SERVERS for value in values):
                        server = call if _starts(space, call) else None
    return Bypass(server, mounted) if server is not None else None


def _brings_other_code(code: bytes) -> bool:
    return any(word in code for word in _OTHER_WORDS) and re.search(_OTHER_CODE, code) is not None


def late_spaces_import(space: Space) -> LateImport | None:
    """The first import of `spaces` when none runs before the launch."""
    apps = _apps(space)
    if len(apps) != 1 or space.is_for_zerogpu is False:
        return None
    files = space.imported_from(apps[0])
    using = [path for path in sorted(files) if uses_spaces(space.contents[path])]
    if not using or any(_brings_other_code(without_strings(space.contents[path])) for path in files):
        return None
    app = space.program.module(apps[0])
    modules = _modules(space, frozenset(using)) if app is not None else None
    if app is None or modules is None:
        return None
    imports = [
        item
        for module in modules
        for item in module.imports
        if item.module.split(".")[0] == "spaces" and not space.program.is_dead(item.block)
    ]
    if not imports or any(item.scope.kind == syntax.MODULE and item.scope is not app.root for item in imports):
        return None
    launch = _launch(space, [app], apps[0])
    if launch is None:
        return None
    for item in imports:
        function = _function(item.scope)
        if function.kind == syntax.MODULE:
            if launch.function is not app.root or launch.order > item.order or not space.program.is_sure(launch.block):
                return None
        elif not space.contexts.is_per_request(function) or space.contexts.in_context(function, Context.IMPORT):
            return None
    first = imports[0]
    return LateImport(first, launch, _function(first.scope).kind != syntax.MODULE)
