"""Where the Space asks for CUDA kernels that are made for another card: FlashAttention 3, and what it compiles itself.

FlashAttention 3 is there for Ampere and Hopper only. It is found and loaded on any card, and fails when the first of
its kernels is started.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.model import syntax, versions
from zerolint.model.contexts import Context
from zerolint.model.syntax import Call, Scope, Store, dotted
from zerolint.model.values import External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.syntax import Block, Module

# What names FlashAttention 3 in a text, or the cards to compile for.
WORDS = (b"flash-attn3", b"flash-attention-3", b"flash_attention_3", b"_flash_3", b"_flash_varlen_3")
INTERFACE = b"flash_attn_interface"
ARCHITECTURES = "TORCH_CUDA_ARCH_LIST"
_KEYWORDS = ("attn_implementation", "_attn_implementation")
_LOADING = (".from_pretrained", ".from_config", "transformers.pipeline")
_SETTING = frozenset({"set_attention_backend", "attention_backend", "set_attn_implementation"})
# What takes a choice back, or makes another one, in a way that is not followed.
_RESETTING = (b"reset_attention_backend", b"set_attn_implementation")
# A test with one of these words asks for the card.
_ASKING = r"(?i)capab|hopper|blackwell|h100|h200|device_name|device_prop|\bsm_?\d|arch|major|flash|fa3|kernel"
# What compiles CUDA code when the app runs.
_BUILDING = (
    *(b"pip install", b"pip3 install", b'"pip"', b"'pip'"),
    *(b"cpp_extension", b"load_inline", b"setup.py", b"ninja", b"nvcc", b"cmake"),
)
_ARCHITECTURE = r"(\d{1,2})\.(\d)([af]?)(\+PTX)?"


class Use(Enum):
    """How a kernel is asked for.

    ATTENTION  as the attention of a model of `transformers`
    BACKEND    as the attention of a model of `diffusers`
    HUB        from the Hub, with `kernels`
    CALL       by a call of the package `flash_attn_interface`
    BUILD      by naming the cards to compile for
    """

    ATTENTION = "attention"
    BACKEND = "backend"
    HUB = "hub"
    CALL = "call"
    BUILD = "build"


class ForeignKernel(NamedTuple):
    """A place that asks for kernels without code for the card.

    `node` is what says so, in `module`; `name` is what is asked for. `function` runs it, for a visitor or at start-up.
    `is_written` tells that `node` is the string itself, not a name for it.
    """

    use: Use
    module: Module
    node: Any
    name: str
    function: Scope
    is_written: bool


def foreign_kernels(space: Space) -> Iterator[ForeignKernel]:
    """The places in code that runs, by file and place."""
    found: list[ForeignKernel] = []
    if space.mentions(*WORDS) and not space.mentions(*_RESETTING):
        for module in _modules(space, (b"attn_implementation", b"attention_backend", b"get_kernel")):
            for scope in module.scopes:
                for call in scope.calls:
                    found.extend(_asked_for(space, module, call))
        if any(kernel.use is Use.BACKEND for kernel in found) and _has_other_backend(space):
            found = [kernel for kernel in found if kernel.use is not Use.BACKEND]
    if space.mentions(INTERFACE):
        for module in _modules(space, (INTERFACE,)):
            if not _is_optional(module):
                found.extend(
                    ForeignKernel(Use.CALL, module, call.node.func, INTERFACE.decode(), call.function, False)
                    for scope in module.scopes
                    for call in scope.calls
                    if _is_interface(space, call) and _counts(space, call.block, call.function)
                )
    if space.mentions(ARCHITECTURES.encode()) and space.mentions(*_BUILDING):
        for module in _modules(space, (ARCHITECTURES.encode(),)):
            found.extend(_compiled_for(space, module))
    places = {(kernel.module.path, id(kernel.node)): kernel for kernel in found}
    yield from sorted(places.values(), key=lambda kernel: space.span(kernel.module, kernel.node))


def lacks_card(architectures: str) -> bool:
    """Whether a value of TORCH_CUDA_ARCH_LIST (`8.0;9.0`) makes no code for the card; False when that is not known."""
    card = versions.release(fact("hardware.capability").value)
    parts = [part for part in re.split(r"[;,\s]+", architectures) if part]
    for part in parts:
        written = re.fullmatch(_ARCHITECTURE, part)
        if written is None:
            return False
        own = (int(written[1]), int(written[2]))
        if own[0] == card[0] and own <= card:
            return False
        if written[4] and not written[3] and own <= card:
            return False
    return bool(parts)


def _modules(space: Space, words: tuple[bytes, ...]) -> list[Module]:
    modules = {module.path: module for word in words for module in space.modules_with(word)}
    return [modules[path] for path in sorted(modules)]


def _asked_for(space: Space, module: Module, call: Call) -> Iterator[ForeignKernel]:
    """What a call asks for by a name of FlashAttention 3."""
    name = dotted(call.node.func).rpartition(".")[2] or _last(call.node.func)
    argument, place = None, None
    if name in _SETTING:
        use, argument = Use.BACKEND, space.program.argument(call, 0, "backend")
    elif name == "get_kernel":
        use, argument = Use.HUB, space.program.argument(call, 0, "repo_id")
    else:
        use = Use.ATTENTION
        argument, place = _attention(space, call)
    if argument is None or type(argument).__name__ in ("Integer", "Dict", "List"):
        return
    constant = space.program.constant(argument, point_of(call))
    if constant is None or not isinstance(constant.value, str):
        return
    asked = constant.value.partition("@")[0].partition(":")[0]
    if asked not in fact("kernels.hopper_only").value or not _counts(space, call.block, call.function):
        return
    if use is Use.HUB and not _is(space, call, "kernels.get_kernel"):
        return
    if use is Use.ATTENTION and not _loads(space, call):
        return
    written = place is None and type(argument).__name__ == "SimpleString"
    yield ForeignKernel(use, module, place or argument, constant.value, call.function, written)


def _attention(space: Space, call: Call) -> tuple[Any | None, Any | None]:
    """What chooses the attention of a model: a keyword, or an item of a dictionary of keywords.

    Where that dictionary is made elsewhere, with what stands in the call for it.
    """
    for argument in call.node.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in _KEYWORDS:
            return argument.value, None
        if argument.star == "**" and _last(call.node.func) in ("from_pretrained", "from_config"):
            return space.program.argument(call, -1, _KEYWORDS[0]), argument.value
        if keyword == "model_kwargs" and type(argument.value).__name__ == "Dict":
            for element in argument.value.elements:
                key = getattr(element, "key", None)
                constant = space.program.constant(key, point_of(call)) if key is not None else None
                if constant is not None and constant.value in _KEYWORDS:
                    return element.value, None
    return None, None


def _last(function: Any) -> str:
    return str(function.attr.value) if type(function).__name__ == "Attribute" else ""


def _loads(space: Space, call: Call) -> bool:
    """Whether a call loads a model: with `from_pretrained` of anything, or with a pipeline."""
    if _last(call.node.func) in ("from_pretrained", "from_config"):
        return True
    return _is(space, call, *_LOADING)


def _is(space: Space, call: Call, *endings: str) -> bool:
    return any(
        isinstance(value, External) and value.path.endswith(endings)
        for value in space.program.evaluate(call.node.func, point_of(call))
    )


def _has_other_backend(space: Space) -> bool:
    """Whether a live call chooses another backend of `diffusers`, so that the first one may not stay."""
    for module in _modules(space, (b"attention_backend",)):
        for scope in module.scopes:
            for call in scope.calls:
                if _last(call.node.func) not in _SETTING or space.program.is_dead(call.block):
                    continue
                argument = space.program.argument(call, 0, "backend")
                constant = space.program.constant(argument, point_of(call)) if argument is not None else None
                if constant is None or constant.value not in fact("kernels.hopper_only").value:
                    return True
    return False


def _is_optional(module: Module) -> bool:
    """Whether a module does without `flash_attn_interface` when it is missing."""
    for scope in module.scopes:
        for bindings in scope.names.values():
            for binding in bindings:
                if binding.kind == "import" and str(binding.value[0]).split(".")[0] == INTERFACE.decode():
                    if any(block.kind in (syntax.TRY, syntax.IF) for block in syntax.blocks_of(binding.block)):
                        return True
    return False


def _is_interface(space: Space, call: Call) -> bool:
    return any(
        isinstance(value, External) and value.path.startswith(f"{INTERFACE.decode()}.flash_attn")
        for value in space.program.evaluate(call.node.func, point_of(call))
    )


def _counts(space: Space, block: Block | None, function: Scope) -> bool:
    """Whether code runs, and nothing around it asks for the card or takes what fails."""
    if space.program.is_dead(block):
        return False
    for around in syntax.blocks_of(block):
        if around.kind in (syntax.TRY, syntax.EXCEPT, syntax.MATCH):
            return False
        if around.kind == syntax.IF:
            if re.search(_ASKING, space.code(function.module, around.node, 200)):
                return False
            if space.program.decide(around.node, Point(around.scope, around.parent, around.order + 1)) is None:
                return False
    return _runs(space, function)


def _runs(space: Space, scope: Scope) -> bool:
    frame = scope.frame
    while frame.kind == syntax.CLASS and frame.parent is not None:
        frame = frame.parent.frame
    if frame.kind != syntax.MODULE and space.contexts.is_per_request(frame):
        return True
    if frame.kind != syntax.MODULE and space.contexts.in_context(frame, Context.THREAD):
        return True
    return space.placements.starts(frame)


def _compiled_for(space: Space, module: Module) -> Iterator[ForeignKernel]:
    """Where a module says for which cards CUDA code is compiled."""
    for scope in module.scopes:
        for store in scope.stores:
            if store.value is not None and _is_variable(space, store):
                yield from _architectures(space, module, store.value, store)
        for call in scope.calls:
            for value in _variables(space, call):
                yield from _architectures(space, module, value, call)


def _is_variable(space: Space, store: Store) -> bool:
    """Whether a store sets TORCH_CUDA_ARCH_LIST in the environment."""
    target = store.target
    if type(target).__name__ != "Subscript" or not dotted(target.value).endswith("environ"):
        return False
    if len(target.slice) != 1 or type(target.slice[0].slice).__name__ != "Index":
        return False
    key = space.program.constant(target.slice[0].slice.value, point_of(store))
    return key is not None and key.value == ARCHITECTURES


def _variables(space: Space, call: Call) -> Iterator[Any]:
    """The values that a call gives to TORCH_CUDA_ARCH_LIST: `os.environ.setdefault(...)`, `env={...}`."""
    name = dotted(call.node.func)
    if name.endswith("environ.setdefault") or name in ("os.putenv", "putenv"):
        key = space.program.argument(call, 0, "key")
        constant = space.program.constant(key, point_of(call)) if key is not None else None
        value = space.program.argument(call, 1, "value")
        if constant is not None and constant.value == ARCHITECTURES and value is not None:
            yield value
    for argument in call.node.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword == ARCHITECTURES:
            yield argument.value
        if type(argument.value).__name__ == "Dict" and (keyword == "env" or name.endswith("environ.update")):
            for element in argument.value.elements:
                key = getattr(element, "key", None)
                constant = space.program.constant(key, point_of(call)) if key is not None else None
                if constant is not None and constant.value == ARCHITECTURES:
                    yield element.value


def _architectures(space: Space, module: Module, node: Any, at: Store | Call) -> Iterator[ForeignKernel]:
    constant = space.program.constant(node, point_of(at))
    if constant is None or not isinstance(constant.value, str) or not lacks_card(constant.value):
        return
    if _counts(space, at.block, at.function):
        written = type(node).__name__ == "SimpleString"
        yield ForeignKernel(Use.BUILD, module, node, constant.value, at.function, written)
