"""What start-up code computes that only a GPU worker can: it runs models, or calls GPU functions.

Before the app is launched there is no GPU. A model that was put on CUDA then computes on the CPU, and a GPU function
forks a worker that knows nothing of what the module does further down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.packed import What
from zerolint.model.syntax import Block, Call, Module, Scope, dotted
from zerolint.model.values import Function, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.packed import Packed
    from zerolint.model.space import Space

# Methods that make a model compute; from the documentation of transformers, diffusers, sentence-transformers, open_clip
# and whisper.
_COMPUTING = frozenset(
    """generate forward transcribe encode encode_text encode_image encode_prompt get_text_features get_image_features
    predict infer inference""".split()
)
# What a one-time build or a compilation ahead of time does, told by the names of what it calls.
_BUILDING = re.compile(
    r"aoti|subprocess|os\.system|check_call|check_output|Popen|(?:^|[._])(?:export|(?<!re\.)compile|pip|install|setup|build)"
    r"(?:$|[._])"
)
_DEEPEST = 4


class StartupWork(NamedTuple):
    """A call in start-up code that computes on the GPU's behalf.

    `model` says where what it runs was put on CUDA; `function` is the GPU function it calls. One of them is None.
    `is_used` tells that something is done with the result, so that the call is no mere warm-up.
    """

    call: Call
    model: Packed | None
    function: Scope | None
    is_used: bool


def startup_work(space: Space) -> Iterator[StartupWork]:
    """The calls in the modules that are always read, by file and place, apart from ahead-of-time compilation.

    What stands under `if __name__ == "__main__"` is left out: it is often meant for another place.
    """
    search = _Search(space)
    for module in space.modules:
        for scope in module.scopes:
            if scope.kind in (syntax.MODULE, syntax.FUNCTION, syntax.CLASS):
                for call in scope.calls:
                    found = search.judge(call)
                    if found is not None:
                        yield found


def starting_call(space: Space, scope: Scope) -> Call | None:
    """The call by which start-up code runs a function; None for module level, or when it is handed to something."""
    if not scope.is_function:
        return None
    return next((call for call, _ in space.program.callers(scope) if space.placements.starts(call.function)), None)


class _Search:
    """What is asked about many calls of one Space, each worked out once."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._gpu_names = {scope.name for scope in space.contexts.gpu}
        self._starting: dict[Scope, bool] = {}
        self._wrapped: dict[Module, set[str]] = {}

    def judge(self, call: Call) -> StartupWork | None:
        space = self._space
        function = call.node.func
        kind = type(function).__name__
        if kind not in ("Name", "Attribute"):
            return None
        name = function.value if kind == "Name" else function.attr.value
        may_be_gpu = name in self._gpu_names or (kind == "Name" and name in self._wrappers(call.scope.module))
        may_be_model = space.placements.mentions_cuda and _may_be_model(call, kind, name)
        if not (may_be_gpu or may_be_model) or not self._starts(call):
            return None
        if may_be_gpu:
            for target in space.program.targets(call):
                if target.gpu is not None or (target.scope.is_method and target.scope in space.contexts.gpu):
                    return None if self._builds(target, 0, set()) else self._found(call, None, target.scope)
        if may_be_model:
            node = function.value if kind == "Attribute" and name in _COMPUTING else function
            packed = space.packed(node, point_of(call))
            if packed is not None and packed.what is What.MODEL:
                return self._found(call, packed, None)
        return None

    def _found(self, call: Call, model: Packed | None, function: Scope | None) -> StartupWork:
        statement = call.scope.module.statement_of(call.node)
        return StartupWork(call, model, function, not _is_whole(statement, call.node))

    def _wrappers(self, module: Module) -> set[str]:
        """Names at module level that are bound to what a call of `spaces.GPU` or of a wrapper gives."""
        known = self._wrapped.get(module)
        if known is None:
            known = self._wrapped[module] = {
                name
                for name, bindings in module.root.names.items()
                if any(b.kind == "assign" and "GPU" in _called_name(b.value) for b in bindings)
            }
        return known

    def _starts(self, call: Call) -> bool:
        """Whether start-up code makes a call, on a way that is not only meant for the file as a program."""
        scope = call.function
        while scope.kind == syntax.CLASS and scope.parent is not None:
            scope = scope.parent.frame
        if not self._runs(scope) or any(_is_left_out(block) for block in syntax.blocks_of(call.block)):
            return False
        return not self._space.program.is_dead(call.block)

    def _runs(self, scope: Scope) -> bool:
        if scope.kind == syntax.MODULE:
            return True
        known = self._starting.get(scope)
        if known is None:
            self._starting[scope] = False  # asked again while it is worked out
            known = self._starting[scope] = self._only_starts(scope)
        return known

    def _only_starts(self, scope: Scope) -> bool:
        space = self._space
        if scope.kind != syntax.FUNCTION or scope in space.contexts.gpu or space.contexts.is_per_request(scope):
            return False
        if not space.placements.only_starts(scope) or self._builds_itself(scope):
            return False
        return any(self._starts(caller) for caller, _ in space.program.callers(scope))

    def _builds_itself(self, scope: Scope) -> bool:
        return any(_BUILDING.search(dotted(call.node.func)) for call in scope.calls)

    def _builds(self, function: Function, depth: int, seen: set[Scope]) -> bool:
        """Whether a function, or what it calls, builds or compiles something once."""
        scope = function.scope
        if scope in seen or depth > _DEEPEST:
            return False
        seen.add(scope)
        if self._builds_itself(scope) or _BUILDING.search(scope.name):
            return True
        return any(self._builds(edge.function, depth + 1, seen) for edge in self._space.contexts.edges(scope))


def _may_be_model(call: Call, kind: str, name: str) -> bool:
    """Whether what is called can be a model, told by names: no function, class or method that is written out."""
    if kind == "Attribute":
        return name in _COMPUTING or type(call.node.func.value).__name__ == "Name"
    scope: Scope | None = call.scope
    while scope is not None and name not in scope.names:
        scope = scope.parent
    return scope is not None and any(b.kind in ("assign", "import", "named", "param") for b in scope.names[name])


def _is_left_out(block: Block) -> bool:
    """`if __name__ == "__main__":`, and `with spaces.aoti_capture(...)`."""
    node = block.node
    if block.kind == syntax.IF and type(node).__name__ == "Comparison":
        return bool(type(node.left).__name__ == "Name" and node.left.value == "__name__")
    return block.kind == syntax.WITH and bool(_BUILDING.search(_called_name(node)))


def _called_name(node: Any) -> str:
    """`spaces.GPU` for `spaces.GPU(f)` and `spaces.GPU(duration=9)(f)`; "" for what is no call."""
    if type(node).__name__ != "Call":
        return ""
    while type(node).__name__ == "Call":
        node = node.func
    return dotted(node)


def _is_whole(statement: Any, node: Any) -> bool:
    """Whether a statement is nothing but a call: its result is thrown away."""
    body = getattr(statement, "body", None)
    if type(statement).__name__ != "SimpleStatementLine" or body is None:
        return False
    return any(type(small).__name__ == "Expr" and small.value is node for small in body)
