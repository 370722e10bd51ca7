"""What runs before `spaces` is imported, in the order in which the app's modules and functions run when it starts.

A program is followed from its first line: module level, the bodies of classes, the modules of the Space that are
imported, with the packages around them, and the functions of the Space that are called. It ends where `spaces` is
imported, also where that only may happen. Files without a word of CUDA or of `spaces`, in them or in what they import,
are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from zerolint.model import syntax
from zerolint.model.syntax import Call, Import, Module, Scope
from zerolint.model.touching import Touch, touch
from zerolint.read.discover import uses_spaces

if TYPE_CHECKING:
    from zerolint.model.space import Space

# What looks for devices and starts nothing.
_COUNTING = frozenset({"is_available", "device_count", "get_arch_list", "get_gencode_flags"})
_DEEPEST = 12
_MOST_STEPS = 4000


class EarlyTouch(NamedTuple):
    """A call that touches CUDA before the program first imports `spaces`.

    `way` holds the imports of the Space's own modules and the calls of its functions that lead there, outermost first.
    `spaces` is the import that comes too late, `statement` the statement of the program's own module level that
    contains or leads to the call. `is_certain` is False for a call that only counts devices: that this spoils a later
    fork is known from the source of PyTorch, and was not run with a CUDA build.
    """

    program: Module
    call: Call
    kind: Touch
    way: tuple[Import | Call, ...]
    spaces: Import
    statement: object
    is_certain: bool


def early_touches(space: Space) -> Iterator[EarlyTouch]:
    """The first such call of each program, by the program's path."""
    if not space.mentions(b"cuda"):
        return
    for path in space.programs:
        module = space.program.module(path)
        if module is not None:
            run = _Run(space, module)
            found = run.found()
            if found is not None:
                yield found


class _Run:
    """One program that starts."""

    def __init__(self, space: Space, module: Module) -> None:
        self._space = space
        self._program = space.program
        self._module = module
        self._executed: set[str] = {module.path}
        self._called: set[Scope] = set()
        self._way: list[Import | Call] = []
        self._steps = 0
        self._touched: tuple[Call, Touch, tuple[Import | Call, ...], object] | None = None
        self._spaces: Import | None = None

    def found(self) -> EarlyTouch | None:
        """The first touch, when `spaces` is imported after it."""
        self._run(self._module.root)
        if self._touched is None or self._spaces is None:
            return None
        call, kind, way, statement = self._touched
        certain = kind is not Touch.QUERY or _name(call) not in _COUNTING
        return EarlyTouch(self._module, call, kind, way, self._spaces, statement, certain)

    def _run(self, scope: Scope) -> None:
        """Run the code of a scope up to where `spaces` is imported."""
        for event in _events(scope):
            self._steps += 1
            if self._spaces is not None or self._steps > _MOST_STEPS:
                return
            if self._program.is_dead(event.block):
                continue
            if isinstance(event, Import):
                self._import(event)
            elif isinstance(event, Scope):
                self._run(event)
            else:
                self._call(event)

    def _import(self, item: Import) -> None:
        package = item.module.split(".")[0]
        if package == "spaces":
            self._spaces = item
            return
        module = item.scope.module
        found = self._program.find(item.module, module.path)
        if found is None:
            return
        steps = found.split("/")
        places = ["/".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
        if item.name and item.name != "*":
            places.append(f"{found}/{item.name}")
        for place in places:
            file = self._program.file_of(place)
            if file is None or file in self._executed or self._spaces is not None:
                continue
            self._executed.add(file)
            if not self._matters(file):
                continue
            inner = self._program.module(file)
            if inner is not None and len(self._way) < _DEEPEST:
                self._way.append(item)
                self._run(inner.root)
                self._way.pop()

    def _matters(self, file: str) -> bool:
        """Whether running a file can touch CUDA or import `spaces`, by the words in it and in what it imports."""
        contents = self._space.contents
        return any(
            (self._touched is None and b"cuda" in contents[path]) or uses_spaces(contents[path])
            for path in self._space.imported_from(file)
        )

    def _call(self, call: Call) -> None:
        if self._touched is None and self._program.is_sure(call.block):
            kind = touch(self._space, call)
            if kind is not None and not self._is_left_alone(call, kind):
                first = self._way[0] if self._way else call
                self._touched = (call, kind, tuple(self._way), _statement(self._module, first.order))
                return
        if not self._program.may_run_own(call.node.func, call.scope) or len(self._way) >= _DEEPEST:
            return
        if not self._program.is_sure(call.block):
            return
        for function in self._program.targets(call)[:1]:
            scope = function.scope
            if scope in self._called or scope.is_generator or scope.is_async:
                continue
            self._called.add(scope)
            self._way.append(call)
            self._run(scope)
            self._way.pop()

    def _is_left_alone(self, call: Call, kind: Touch) -> bool:
        """With this variable set, `is_available` asks the driver's library, which leaves CUDA alone."""
        by_driver = kind is Touch.QUERY and _name(call) == "is_available"
        return by_driver and self._space.mentions(b"PYTORCH_NVML_BASED_CUDA_CHECK")


def _name(call: Call) -> str:
    function: Any = call.node.func
    return str(function.attr.value if type(function).__name__ == "Attribute" else function.value)


def _events(scope: Scope) -> list[Call | Import | Scope]:
    """The imports, calls and class bodies of a scope, in the order in which they run."""
    module = scope.module
    events: list[Call | Import | Scope] = [item for item in module.imports if item.scope.frame is scope]
    events.extend(scope.calls)
    events.extend(child for child in scope.children if child.kind == syntax.CLASS)
    events.sort(key=lambda event: event.order)
    return events


def _statement(module: Module, order: int) -> object:
    """The statement at module level that holds record number `order`."""
    own = {id(statement) for statement in module.root.node.body}
    found = None
    for statement, before in zip(module.statements, module.statement_orders, strict=True):
        if before >= order:
            break
        if id(statement) in own:
            found = statement
    return found
