"""What Gradio is given before `spaces.GPU` gets it: the function itself, which then runs without a GPU.

A listener that is written as a decorator registers what stands below it and hands the function back (Gradio 5.50 and
6.31, events.py), so what stands above it changes nothing for visitors. The same holds for a function that is decorated
under its old name after it was registered, and for `demo.fn` of an Interface, which is registered when that is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.finding import Edit, Span
from zerolint.model import syntax
from zerolint.model.handlers import LISTENERS, ROUTES, Registration
from zerolint.model.program import Program
from zerolint.model.syntax import Binding, Block, Call, Decoration, Module, Scope, Store, blocks_of, dotted
from zerolint.model.values import External, Function, Point, point_of
from zerolint.read.source import split_lines
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_DECORATING = frozenset({"gradio.on", "gradio.api", "gradio.events.on", "gradio.events.api"})
_SERVER = "gradio.Server()."
# An Interface registers its function when it is made; a ChatInterface looks `fn` up for each message.
_INTERFACES = frozenset({"gradio.Interface()", "gradio.interface.Interface()"})


class EarlyListener(NamedTuple):
    """A decorator `gpu` that applies `spaces.GPU` above `listener`, the lowest decorator that registers the function.

    `event` is what Gradio calls it for.
    """

    function: Scope
    gpu: Decoration
    listener: Decoration
    event: str


class LateGpu(NamedTuple):
    """A name or attribute that gets the GPU function only after `call` has registered the function.

    `statement`, in `module`, makes it one, and `target` is the text that it assigns to. `function` is None when it is
    the one that an Interface holds.
    """

    function: Scope | None
    call: Call
    module: Module
    statement: Any
    target: str


def early_listeners(space: Space) -> Iterator[EarlyListener]:
    """Every function that Gradio gets before `spaces.GPU`, by decorators in this order; by file and place."""
    program = space.program
    for scope in sorted(space.contexts.gpu, key=lambda scope: (scope.module.path, scope.order)):
        if len(scope.decorations) < 2 or program.is_dead(scope.block):
            continue
        gpu, lowest = None, None
        for decoration in scope.decorations:
            if program.gpu_of_decoration(decoration) is not None:
                gpu, lowest = decoration, None
            elif gpu is not None and (event := _event(program, decoration)):
                lowest = (decoration, event)
        if gpu is not None and lowest is not None:
            yield EarlyListener(scope, gpu, *lowest)


def is_registered_bare(program: Program, registration: Registration) -> bool:
    """Whether a decorator registers a function with `spaces.GPU` above it only."""
    decoration, decorations = registration.decoration, registration.function.scope.decorations
    if decoration is None or decoration not in decorations:
        return False
    below = decorations[decorations.index(decoration) + 1 :]
    return all(program.gpu_of_decoration(other) is None for other in below)


def _event(program: Program, decoration: Decoration) -> str:
    """The event of a decorator that surely registers a function with Gradio; "" for any other."""
    expression = decoration.expression
    target = expression.func if type(expression).__name__ == "Call" else expression
    if type(target).__name__ not in ("Name", "Attribute"):
        return ""
    values = program.evaluate(target, Point(decoration.scope, decoration.block, decoration.order))
    names = {_event_of(value.path) if isinstance(value, External) else "" for value in values}
    return names.pop() if len(names) == 1 else ""


def _event_of(path: str) -> str:
    member = path.rpartition(".")[2]
    if path in _DECORATING:
        return member
    if path.startswith(_SERVER):
        return member if path.count(".") == 2 and (member == "api" or member in ROUTES - {"middleware"}) else ""
    return member if path.startswith("gradio.") and "()." in path and member in LISTENERS else ""


def late_gpus(space: Space) -> Iterator[LateGpu]:
    """Every function that becomes a GPU function after Gradio got it, by file and place."""
    program = space.program
    if not program.wraps_gpu:
        return
    found = [late for registration in space.contexts.registrations for late in _after(space, registration)]
    if space.mentions(b".fn"):
        found.extend(_of_interfaces(program))
    seen: set[tuple[int, int]] = set()
    for late in sorted(found, key=lambda late: (late.call.scope.module.path, late.call.order)):
        if (key := (id(late.statement), id(late.call))) not in seen:
            seen.add(key)
            yield late


def _after(space: Space, registration: Registration) -> Iterator[LateGpu]:
    program, call = space.program, registration.call
    function = registration.function
    if call is None or not registration.is_event or function.gpu is not None or function.partial is not None:
        return
    if function.scope not in space.contexts.gpu:
        return
    for argument in call.node.args:
        node = argument.value
        text = dotted(node)
        if not text or function not in program.evaluate(node, point_of(call)):
            continue
        for later in _assignments(program, node, call):
            if later.order > call.order and _follows(program, call, later) and not later.path:
                values = program.evaluate(later.value, Point(later.scope, later.block, later.order))
                made = [value for value in values if isinstance(value, Function)]
                if any(value.gpu is not None and value.scope is function.scope for value in made):
                    statement = later.statement if isinstance(later, Store) else later.node
                    yield LateGpu(function.scope, call, later.scope.module, statement, text)
                break


def _assignments(program: Program, node: Any, call: Call) -> list[Binding] | list[Store]:
    """What the code that makes a call assigns to a name or attribute that it passes, in its order."""
    name = dotted(node)
    owner = program.owner(name.partition(".")[0], call.scope)
    if "." not in name:
        if owner is not call.function:
            return []
        return [b for b in owner.names.get(name, ()) if b.kind == "assign" and b.scope is owner and not b.outside]
    # `app.run = spaces.GPU(app.run)`, where `app` is not another one by then.
    if owner is None or len(owner.names.get(name.partition(".")[0], ())) != 1:
        return []
    return [s for s in call.function.stores if s.kind == "assign" and dotted(s.target) == name]


def _follows(program: Program, call: Call, later: Binding | Store) -> bool:
    """Whether a statement further down can only run after a call, in the same run of the code."""
    if program.is_dead(later.block) or program.is_dead(call.block):
        return False
    around = {id(block) for block in blocks_of(call.block) if block.kind == syntax.LOOP}
    branches = {id(block.node): block.branch for block in blocks_of(call.block) if block.kind == syntax.IF}
    for block in blocks_of(later.block):
        if block.kind in (syntax.EXCEPT, syntax.MATCH, syntax.UNREACHABLE) or id(block) in around:
            return False
        if block.kind == syntax.IF and branches.get(id(block.node), block.branch) is not block.branch:
            return False
    return not any(_is_except(block) for block in blocks_of(call.block))


def _is_except(block: Block) -> bool:
    return block.kind in (syntax.EXCEPT, syntax.MATCH, syntax.UNREACHABLE)


def _of_interfaces(program: Program) -> Iterator[LateGpu]:
    """`demo.fn = spaces.GPU(demo.fn)`"""
    for store in program.stores_of("fn"):
        if store.kind != "assign" or store.path or program.is_dead(store.block):
            continue
        owners = program.evaluate(store.target.value, point_of(store))
        if len(owners) != 1 or not isinstance(owners[0], External) or owners[0].path not in _INTERFACES:
            continue
        made = owners[0].origin
        if made is not None and _is_wrapped(program, store):
            yield LateGpu(None, made, store.scope.module, store.statement, dotted(store.target) or "fn")


def _is_wrapped(program: Program, store: Store) -> bool:
    """Whether a value is what `spaces.GPU` makes of a function."""
    node, point = store.value, point_of(store)
    if any(isinstance(value, Function) and value.gpu is not None for value in program.evaluate(node, point)):
        return True
    if type(node).__name__ != "Call" or not node.args:
        return False
    return any(program.gpu_decorator(value) is not None for value in program.evaluate(node.func, point))


def moved_below(space: Space, moved: Decoration, other: Decoration) -> tuple[Edit, ...]:
    """The edits that put the lines of a decorator below those of another one further down; () when that is not safe."""
    module = moved.scope.module
    source = space.source(module.path)
    if source is None or not (space.round_trips(module, moved.node) and space.round_trips(module, other.node)):
        return ()
    at, below = space.span(module, moved.node), space.span(module, other.node)
    lines = split_lines(source.text)[at.start_line - 1 : at.end_line]
    after = below.end_line + 1
    return (
        Edit(Span(at.path, at.start_line, 1, at.end_line + 1, 1), ""),
        Edit(Span(at.path, after, 1, after, 1), "".join(lines)),
    )
