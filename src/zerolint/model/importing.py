"""What runs when the app starts, in the order in which its modules and functions run, and what of it touches CUDA.

A program is followed from its first line: module level, the bodies of classes, the modules of the Space that are
imported, with the packages around them, and the functions of the Space that are called. Files that cannot matter, by
the words in them and in what they import, are not looked into.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from zerolint.finding import Note
from zerolint.model import syntax, words
from zerolint.model.devices import Device
from zerolint.model.syntax import Call, Import, Module, Scope
from zerolint.model.touching import FACTORIES, Touch, touch_of
from zerolint.model.values import External, point_of
from zerolint.read.discover import uses_spaces
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# The words of what the emulation does not cover.
_DEEPEST = 12
_MOST_STEPS = 4000
# Modules that are read only to follow a program's start. A vendored library can have hundreds, each at a fiftieth of a
# second; what is looked for stands near the program's first lines.
_MOST_NEW_MODULES = 16


class EarlyTouch(NamedTuple):
    """A call that touches CUDA before the program first imports `spaces`.

    `way` holds the imports of the Space's own modules and the calls of its functions that lead there, outermost first.
    `spaces` is the import that comes too late, `statement` the statement of the program's own module level that
    contains or leads to the call.
    """

    program: Module
    call: Call
    kind: Touch
    way: tuple[Import | Call, ...]
    spaces: Import
    statement: object


class Gap(NamedTuple):
    """A call in start-up code that reaches CUDA below the emulation, and raises.

    `way` is as in `EarlyTouch`. `maker` is what makes a tensor after a call of `torch.set_default_device`, which raises
    in its place; None for all other calls. `is_certain` is False where `maker` is a library's.
    """

    call: Call
    way: tuple[Import | Call, ...]
    maker: Call | None
    is_certain: bool


def early_touches(space: Space) -> Iterator[EarlyTouch]:
    """The first such call of each program, by the program's path."""
    for program in space.programs:
        module = space.program.module(program)
        found = _early_touch(space, module) if module is not None else None
        if found is not None:
            yield found


def _early_touch(space: Space, program: Module) -> EarlyTouch | None:
    first: _Event | None = None

    touching = functools.cache(lambda file: b"cuda" in space.contents[file])
    using = functools.cache(lambda file: uses_spaces(space.contents[file]))

    def matters(file: str) -> bool:
        return (first is None and touching(file)) or using(file)

    for event in _Run(space, matters).of(program):
        if isinstance(event.record, Import):
            if event.record.module.split(".")[0] != "spaces":
                continue
            if first is None or not isinstance(first.record, Call):
                return None
            call = first.record
            start = (first.way[0] if first.way else call).order
            kind = touch_of(space, call) or Touch.QUERY
            return EarlyTouch(program, call, kind, first.way, event.record, top_statement(program, start))
        if first is None and event.is_sure and touch_of(space, event.record) is not None:
            # With this variable set, `is_available` asks the library of the driver, which leaves CUDA alone.
            by_driver = _name(event.record) == "is_available" and space.mentions(b"PYTORCH_NVML_BASED_CUDA_CHECK")
            first = None if by_driver else event
    return None


def gaps(space: Space) -> Iterator[Gap]:
    """The calls of each program that the emulation does not cover, in the order in which they run."""
    early = {id(found.call) for found in space.early_touches()}
    seen: set[int] = set()
    for program in space.programs:
        module = space.program.module(program)
        for gap in _gaps(space, module) if module is not None else ():
            if id(gap.call) not in seen and id(gap.call) not in early:
                seen.add(id(gap.call))
                yield gap


def _gaps(space: Space, program: Module) -> Iterator[Gap]:
    waiting: _Event | None = None  # a call of `set_default_device` before anything is made
    started = False

    # A file is asked about with every import that leads to it.
    touching = functools.cache(lambda file: any(word in space.contents[file] for word in words.UNEMULATED))
    using = functools.cache(lambda file: uses_spaces(space.contents[file]))

    def matters(file: str) -> bool:
        return waiting is not None or touching(file) or (not started and using(file))

    for event in _Run(space, matters).of(program):
        call = event.record
        if isinstance(call, Import):
            started = started or call.module.split(".")[0] == "spaces"
            continue
        if not event.is_sure or not started:
            continue
        if _name(call) == "set_default_device":
            device = _default_device(space, call)
            waiting = event if device is Device.CUDA else None
        elif touch_of(space, call) is Touch.LOW_LEVEL:
            yield Gap(call, event.way, None, True)
            return
        elif waiting is not None and (made := _makes_tensor(space, call)) is not None:
            assert isinstance(waiting.record, Call)
            yield Gap(waiting.record, waiting.way, call, made)
            return


def _default_device(space: Space, call: Call) -> Device | None:
    """The device that `torch.set_default_device(...)` names; None for anything else."""
    if space.program.evaluate(call.node.func, point_of(call)) != (External("torch.set_default_device"),):
        return None
    device = space.program.argument(call, 0, "device")
    return space.devices.where(device, point_of(call)) if device is not None else None


def _makes_tensor(space: Space, call: Call) -> bool | None:
    """Whether a call makes tensors on the default device: True for PyTorch itself, False for a library that loads a
    model, None for anything else."""
    name = _name(call)
    if name not in FACTORIES and not name[:1].isupper() and name != "from_pretrained":
        return None
    if any(argument.keyword is not None and argument.keyword.value == "device" for argument in call.node.args):
        return None
    values = space.program.evaluate(call.node.func, point_of(call))
    if len(values) != 1 or not isinstance(values[0], External):
        return None
    package, _, last = values[0].path.rpartition(".")
    if package == "torch" and last in FACTORIES and not last.endswith("_like"):
        return True
    if package == "torch.nn" and last in _LAYERS:
        return True
    return False if last == "from_pretrained" and package.startswith(("transformers.", "diffusers.")) else None


def way_notes(space: Space, way: tuple[Import | Call, ...]) -> tuple[Note, ...]:
    """The steps of a way as notes, from the last one back; people are shown the ends of it."""
    notes: list[Note] = []
    for index, step in enumerate(reversed(way)):
        module = step.scope.module
        shown = index in (0, len(way) - 1)
        if isinstance(step, Import):
            what, at, done = step.module.lstrip(".") or step.name, space.span(module, step.node), "imported"
        else:
            what, at, done = space.code(module, step.node.func, 40), space.span(module, step.node.func), "called"
        notes.append(Note(at, f"`{what}` is {done} here", index + 1, shown))
    return tuple(notes)


class _Event(NamedTuple):
    """A call, or an import of something that is not the Space's own, that runs when the app starts.

    `is_sure` is False where it stands under a test that is not decided, or in a loop.
    """

    record: Call | Import
    way: tuple[Import | Call, ...]
    is_sure: bool


class _Run:
    """One start of a program. `matters` tells of a file whether anything in it is worth a look."""

    def __init__(self, space: Space, matters: Callable[[str], bool]) -> None:
        self._space = space
        self._program = space.program
        self._matters = matters
        self._executed: set[str] = set()
        self._called: set[Scope] = set()
        self._steps = 0
        self._known = {module.path for module in space.program.loaded}
        self._new = 0

    def of(self, module: Module) -> Iterator[_Event]:
        """What happens, from the first line of a program on."""
        self._executed.add(module.path)
        yield from self._run(module.root, (), True)

    def _run(self, scope: Scope, way: tuple[Import | Call, ...], sure: bool) -> Iterator[_Event]:
        for record in _records(scope):
            self._steps += 1
            if self._steps > _MOST_STEPS:
                return
            if self._program.is_dead(record.block):
                continue
            is_sure = sure and self._program.is_sure(record.block)
            if isinstance(record, Import):
                yield from self._import(record, way, is_sure)
            elif isinstance(record, Scope):
                yield from self._run(record, way, is_sure)
            else:
                yield _Event(record, way, is_sure)
                yield from self._call(record, way, is_sure)

    def _import(self, item: Import, way: tuple[Import | Call, ...], sure: bool) -> Iterator[_Event]:
        found = self._program.find(item.module, item.scope.module.path)
        if found is None:
            yield _Event(item, way, sure)
            return
        steps = found.split("/")
        places = ["/".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
        if item.name and item.name != "*":
            places.append(f"{found}/{item.name}")
        for place in places:
            file = self._program.file_of(place)
            if file is None or file in self._executed or len(way) >= _DEEPEST:
                continue
            if not any(self._matters(inner) for inner in self._space.imported_from(file)):
                continue
            self._executed.add(file)
            self._new += file not in self._known
            if self._new > _MOST_NEW_MODULES:
                return
            module = self._program.module(file)
            if module is not None:
                yield from self._run(module.root, (*way, item), sure)

    def _call(self, call: Call, way: tuple[Import | Call, ...], sure: bool) -> Iterator[_Event]:
        if not sure or len(way) >= _DEEPEST or not self._program.may_run_own(call.node.func, call.scope):
            return
        for function in self._program.targets(call)[:1]:
            scope = function.scope
            if scope in self._called or scope.is_generator or scope.is_async or function.gpu is not None:
                continue
            self._called.add(scope)
            yield from self._run(scope, (*way, call), sure)


def _name(call: Call) -> str:
    function: Any = call.node.func
    kind = type(function).__name__
    return str(function.attr.value if kind == "Attribute" else function.value if kind == "Name" else "")


def _records(scope: Scope) -> list[Call | Import | Scope]:
    """The imports, calls and class bodies of a scope, in the order in which they run."""
    records: list[Call | Import | Scope] = [item for item in scope.module.imports if item.scope.frame is scope]
    records.extend(scope.calls)
    records.extend(child for child in scope.children if child.kind == syntax.CLASS)
    records.sort(key=lambda record: record.order)
    return records


def top_statement(module: Module, order: int) -> object:
    """The statement at module level that holds record number `order`."""
    own = {id(statement) for statement in module.root.node.body}
    found = None
    for statement, before in zip(module.statements, module.statement_orders, strict=True):
        if before >= order:
            break
        if id(statement) in own:
            found = statement
    return found


# Layers of `torch.nn` that have weights.
_LAYERS = frozenset(
    """Linear Bilinear Embedding EmbeddingBag Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
    BatchNorm1d BatchNorm2d BatchNorm3d LayerNorm GroupNorm LSTM GRU RNN MultiheadAttention Transformer
    TransformerEncoderLayer TransformerDecoderLayer""".split()
)
