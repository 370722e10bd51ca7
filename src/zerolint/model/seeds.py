"""Where a GPU worker draws a seed from a generator that it has from the main process.

Workers are forked, and NumPy's and PyTorch's global generators come along with their state: each new worker goes on
with the same numbers. Python seeds its own generator anew in a child, and `default_rng()` and the like ask the system.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import words
from zerolint.model.boundary import worker_calls
from zerolint.model.contexts import Context
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Scope
from zerolint.model.values import External, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_INTEGERS = ("randint", "random_integers", "choice", "randperm", "permutation")
_FRACTIONS = ("rand", "random", "random_sample", "uniform", "randn")
_DRAW = rf"(?:(numpy)\.random|(torch))\.(?:{'|'.join((*_INTEGERS, *_FRACTIONS))})"
_SEED = r"(?i)(?:^|_)seeds?\d*(?:_(?:input|value|val|num|number|int|used|out|output|final|to_use|new|slider|list|fn))?$"
_SEEDING = r"(?i)(?:^|_)(?:re)?seed(?:$|_everything|_all|_torch|_numpy)|^seed\w*$"
_GENERATORS = ("RandomState", "default_rng", "Random", "PRNGKey")
_NUMBERS = ("int", "abs", "round", "str", "float")


class SharedSeed(NamedTuple):
    """A draw in a worker whose number is used as a seed. `use` is the name that it has, or the function it is given to.

    `is_certain` is False when the main process draws from the same generator too, so that its state moves on, and deep
    in other modules, which may count on a generator that somebody has seeded.
    """

    call: Call
    use: str
    is_certain: bool


def shared_seeds(space: Space) -> Iterator[SharedSeed]:
    """The seeds that GPU workers draw from a shared state, by file and place."""
    for call in worker_calls(space, (*_INTEGERS, *_FRACTIONS)):
        content = space.contents[call.scope.module.path]
        if not any(word in content for word in words.SEEDING):
            continue
        library = _library(space.program, call)
        use = _use(call) if library else ""
        if use and not _is_seeded(space, call, library):
            yield SharedSeed(call, use, _is_near(space, call) and not _draws_outside(space, library))


def _library(program: Program, call: Call) -> str:
    """`numpy` or `torch` for a draw from its global generator in main memory; "" for anything else."""
    function = call.node.func
    if type(function).__name__ == "Name":
        bindings = call.scope.module.root.names.get(function.value, ())
        if not any(binding.kind == "import" for binding in bindings):
            return ""
    for argument in call.node.args:
        # The generator of the GPU starts from an own seed in each worker.
        if argument.keyword is not None and argument.keyword.value in ("generator", "device"):
            return ""
    for value in program.evaluate(function, point_of(call)):
        match = re.fullmatch(_DRAW, value.path) if isinstance(value, External) else None
        if match is not None:
            return match[1] or match[2]
    return ""


def _use(call: Call) -> str:
    """What a drawn number is used as a seed for: the name that it gets or the function that takes it; "" for none."""
    function = call.function
    names: list[str] = []
    found: list[str] = []
    for scope in (function, function.module.root):
        for name, bindings in scope.names.items():
            for binding in bindings:
                if binding.scope.frame is function and binding.kind in ("assign", "named"):
                    if not binding.path and _gives(binding.value, call):
                        (found if re.search(_SEED, name) else names).append(name)
    for store in function.stores:
        name = _name_of(store.target)
        if re.search(_SEED, name) and _gives(store.value, call):
            found.append(name)
    for other in function.calls:
        for argument in other.node.args:
            value = argument.value
            if not (_gives(value, call) or (type(value).__name__ == "Name" and value.value in names)):
                continue
            called = _name_of(other.node.func)
            if argument.keyword is not None and re.search(_SEED, argument.keyword.value):
                found.append(argument.keyword.value)
            elif re.search(_SEEDING, called) or called in _GENERATORS:
                found.append(called)
    if re.search(_SEED, function.name) and any(_gives(result.value, call) for result in function.returns):
        found.append(function.name)
    return found[0] if found else ""


def _name_of(node: Any) -> str:
    """The last name of a name or attribute, or the key of a subscript."""
    kind = type(node).__name__
    if kind == "Name":
        return str(node.value)
    if kind == "Attribute":
        return str(node.attr.value)
    if kind == "Subscript" and type(node.slice[0].slice).__name__ == "Index":
        index = node.slice[0].slice.value
        return index.value.strip("\"'") if type(index).__name__ == "SimpleString" else ""
    return ""


def _gives(node: Any, draw: Call) -> bool:
    """Whether an expression is what a call drew: the number itself, or what is made of it alone."""
    whole = draw.node.func.attr.value if type(draw.node.func).__name__ == "Attribute" else draw.node.func.value
    stack = [(node, whole in _INTEGERS)]
    while stack:
        current, is_number = stack.pop()
        if current is draw.node:
            return is_number
        kind = type(current).__name__
        if kind == "Call":
            function = current.func
            if type(function).__name__ == "Attribute":
                stack.append((function.value, is_number or function.attr.value == "astype"))
            elif type(function).__name__ == "Name" and function.value in _NUMBERS:
                stack.extend((argument.value, is_number or function.value == "int") for argument in current.args)
        elif kind in ("BinaryOperation", "BooleanOperation"):
            stack.extend(((current.left, is_number), (current.right, is_number)))
        elif kind == "IfExp":
            stack.extend(((current.body, is_number), (current.orelse, is_number)))
        elif kind == "Subscript":
            stack.append((current.value, is_number))
        elif kind == "ListComp":
            stack.append((current.elt, is_number))
    return False


def _is_seeded(space: Space, call: Call, library: str) -> bool:
    """Whether the worker seeds the generator before it draws, as far as the functions on the way there tell."""
    before: list[tuple[Scope, int]] = [(call.function, call.order)]
    for _, step in space.contexts.path(call.function, Context.GPU):
        if step.call is not None and step.caller is not None:
            before.append((step.caller, step.call.order))
    return any(
        other.order < order and _seeds(space.program, other, library)
        for scope, order in before
        for other in scope.calls
    )


def _seeds(program: Program, call: Call, library: str) -> bool:
    """Whether a call seeds a library's global generator, or may do so."""
    if not re.search(_SEEDING, _name_of(call.node.func)):
        return False
    paths = [value.path for value in program.evaluate(call.node.func, point_of(call)) if isinstance(value, External)]
    own = {"numpy": "numpy.random.", "torch": "torch."}[library]
    return not paths or any(
        (path.startswith(own) and "Generator" not in path) or not path.startswith(("numpy.", "torch.", "random."))
        for path in paths
    )


def _is_near(space: Space, call: Call) -> bool:
    """Whether a call stands in a module with GPU functions, or in a function that a GPU function calls itself."""
    if len(space.contexts.path(call.function, Context.GPU)) < 3:
        return True
    return any(scope.module is call.scope.module for scope in space.contexts.gpu)


def _draws_outside(space: Space, library: str) -> bool:
    """Whether code that runs in the main process for visitors draws from the same generator."""
    contexts = space.contexts
    return any(
        (contexts.in_context(call.function, Context.HANDLER) or contexts.in_context(call.function, Context.THREAD))
        and _library(space.program, call) == library
        for name in (*_INTEGERS, *_FRACTIONS)
        for call in space.program.calls_named(name)
    )
