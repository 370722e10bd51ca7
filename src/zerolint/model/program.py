"""The Space's Python as one program: modules on demand, names, and what an expression can stand for.

Everything is computed when a rule asks for it and remembered. Evaluation follows assignments, imports, attributes,
calls of the Space's own functions and the arguments of their callers; it never runs anything. An expression has a set
of possible values; UNKNOWN in the set means that it can also be something else.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from zerolint.model import on_zerogpu, syntax
from zerolint.model.syntax import Binding, Block, Call, Module, Param, Scope, Store, dotted
from zerolint.model.values import (
    UNKNOWN,
    Class,
    Constant,
    Container,
    External,
    Function,
    Gpu,
    Instance,
    Package,
    Parameter,
    Point,
    Value,
    Values,
    point_of,
)

# Packages that are never taken for a folder of the Space, even when one has that name.
_ALWAYS_EXTERNAL = {"spaces", "gradio", "torch"}

# Packages with a `spaces` of their own, which is something else.
_OTHER_SPACES = {"gym", "gymnasium", "shimmy", "pettingzoo", "stable_baselines3"}

# Methods of torch modules and tensors, and of pipelines, that give back the object itself.
SELF_RETURNING = frozenset(
    "to cuda cpu eval half float bfloat16 double train requires_grad_ share_memory type xpu mps to_empty".split()
)

_BUILTINS = frozenset(dir(builtins))
_MOST_VALUES = 8
_MOST_ELEMENTS = 40
_DEEPEST = 40
_END = 1 << 60
_LONG_EVALUATION = 200

_NOTHING: Values = ()
_ANYTHING: Values = (UNKNOWN,)


class Program:
    """The Python files of a Space.

    `paths` are all Python files (Space-relative); `load` parses one of them, or gives None when it cannot be read.
    `entry_points` are the files that run as programs: where `__name__ == "__main__"` holds. `hands_spaces_on` tells
    that a module that others import uses `spaces`, so that wrappers of `spaces.GPU` may come from it. `defined_beside`
    gives the names that other files than those at some paths seem to define, by their text. `is_root_package` tells
    whether the folder that holds the paths is the package of a dotted name, so that its modules have longer names.
    `wraps_gpu` tells that `spaces.GPU` may be used in any other way than as the decorator of a top-level function.
    `is_named_once` tells whether a name stands only once in the text of the files that run.
    """

    def __init__(
        self,
        paths: tuple[str, ...],
        load: Callable[[str], Module | None],
        entry_points: tuple[str, ...],
        hands_spaces_on: bool = True,
        defined_beside: Callable[[Mapping[str, object]], set[str]] | None = None,
        is_root_package: Callable[[str], bool] = lambda name: False,
        wraps_gpu: bool = True,
        is_named_once: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._paths = frozenset(paths)
        self._folders = frozenset(
            "/".join(path.split("/")[:depth]) for path in paths for depth in range(1, path.count("/") + 1)
        )
        # Packages by their own name -> the folders they lie in.
        self._homes: dict[str, list[str]] = {}
        for path in self._paths:
            if path.endswith("/__init__.py"):
                home, _, name = path.removesuffix("/__init__.py").rpartition("/")
                if home:
                    self._homes.setdefault(name, []).append(home)
        self._found: dict[tuple[str, str], str | None] = {}
        self._load = load
        self.entry_points = entry_points
        self.hands_spaces_on = hands_spaces_on
        self.wraps_gpu = wraps_gpu
        self._modules: dict[str, Module | None] = {}
        self._values: dict[int, Values] = {}
        self._active: set[int] = set()
        self._cuts = 0
        self._depth = 0
        self._dead: dict[Block, bool] = {}
        self._deciding: set[int] = set()
        # What rests on the known callers of some function; `_asked` counts the questions for them.
        self._volatile: dict[int, Values] = {}
        self._volatile_dead: dict[Block, bool] = {}
        self._asked = 0
        self._provisional: dict[int, Values] = {}
        self._provisionally_dead: dict[Block, bool] = {}
        self._importing: set[tuple[str, str]] = set()
        self._expanding: set[tuple[Scope, str]] = set()
        self._defined_beside = defined_beside
        self._is_root_package = is_root_package
        self._is_named_once = is_named_once
        self._definable: set[str] | None = None
        self._defining: set[str] = set()
        self._alias_names: dict[str, list[tuple[str, Binding]]] = {}
        self._calls_by_name: dict[str, list[Call]] = {}
        self._indexed: set[str] = set()
        self._passed_names: set[str] = set()
        self._stores_by_name: dict[str, list[Store]] = {}
        self._item_stores_by_name: dict[str, list[Store]] = {}
        self._appends_by_name: dict[str, list[Call]] = {}
        self._decorations_by_name: dict[str, list[tuple[syntax.Decoration, Scope]]] = {}
        # What is imported under another name -> these names.
        self._import_aliases: dict[str, set[str]] = {}
        # Functions that Gradio, a thread or an executor calls; filled by `contexts`.
        self.registered: set[Scope] = set()
        self._properties: set[str] = set()
        self._attributes: dict[Scope, dict[str, list[Store]]] = {}
        self._callers: dict[Scope, list[tuple[Call, Function]]] = {}
        self._finding_callers: set[Scope] = set()
        self._complete = 0
        self._gpu_decorators: dict[Value, Gpu | None] = {}
        self._subclasses: dict[Scope, list[Scope]] = {}
        self._ancestors: dict[Scope, list[Scope]] = {}

    # Modules.

    def module(self, path: str) -> Module | None:
        """The module at a Space-relative path; None when it is not there or could not be parsed."""
        if path not in self._modules:
            self._modules[path] = self._load(path) if path in self._paths else None
        return self._modules[path]

    @property
    def read_count(self) -> int:
        """How many modules have been asked for so far; answers about callers hold until it grows."""
        return len(self._modules)

    @property
    def loaded(self) -> list[Module]:
        """The modules that have been parsed so far, in the order of their paths."""
        return [module for _, module in sorted(self._modules.items()) if module is not None]

    def find(self, dotted_name: str, importer: str) -> str | None:
        """The Space path (without `.py`) of a module as `importer` would import it; None when it is not the Space's."""
        key = (dotted_name, importer)
        if key not in self._found:
            self._found[key] = self._find(dotted_name, importer)
        return self._found[key]

    def _find(self, dotted_name: str, importer: str) -> str | None:
        level = len(dotted_name) - len(dotted_name.lstrip("."))
        parts = [part for part in dotted_name[level:].split(".") if part]
        if level:
            folder = importer.split("/")[:-level]
            if level > importer.count("/") + 1:
                return None
            return self._existing("/".join([*folder, *parts]))
        if not parts or parts[0] in _ALWAYS_EXTERNAL:
            return None
        bases = ["", *dict.fromkeys(entry.rpartition("/")[0] for entry in (importer, *self.entry_points))]
        # A package inside the Space may be imported from the folder of any file above the importer.
        for base in dict.fromkeys(bases):
            found = self._existing(f"{base}/{'/'.join(parts)}" if base else "/".join(parts))
            if found is not None:
                return found
        # A `src` folder or another one that is put on the path: taken when only one folder fits.
        homes = self._homes.get(parts[0], ())
        if len(homes) == 1:
            return self._existing(f"{homes[0]}/{'/'.join(parts)}")
        # The Space itself may be the folder of a package: in `.../app/infer`, `app.infer.tools` is its `tools`.
        for depth in range(1, len(parts) + 1 if len(parts) > 1 else 1):
            found = self._existing("/".join(parts[depth:]))
            if found is not None and self._is_root_package(".".join(parts[:depth])):
                return found
        return None

    def _existing(self, path: str) -> str | None:
        # The path of the Space's own folder is "": `from . import tools` in a file beside `tools.py`.
        return path if f"{path}.py" in self._paths or path in self._folders or not path else None

    def file_of(self, path: str) -> str | None:
        """The file of a module path: `a/b.py`, or `a/b/__init__.py` for a package."""
        for file in (f"{path}.py", f"{path}/__init__.py") if path else ("__init__.py",):
            if file in self._paths:
                return file
        return None

    def is_program(self, path: str) -> bool:
        """Whether a file is started as a program, so that `__name__ == "__main__"` holds in it."""
        return path in self.entry_points

    def forget(self) -> None:
        """Drop what rests on who calls what, when it was concluded while modules were still being read."""
        if len(self._modules) != self._complete:
            self._complete = len(self._modules)
            self._index()
            self._volatile.clear()
            self._volatile_dead.clear()
            self._callers.clear()
            self._gpu_decorators.clear()

    # Names.

    def lookup(self, name: str, point: Point) -> Values:
        """What a name stands for at a point."""
        owner, inside = self._owner(name, point.scope)
        if owner is None:
            return self._builtin_or_star(name, point.scope.module)
        if inside:
            bindings = self.reaching(owner.names[name], point)
        elif owner.kind == syntax.MODULE:
            bindings = self.reaching(owner.names[name], Point(owner, None, _END))
        else:
            bindings = [binding for binding in owner.names[name] if not self.is_dead(binding.block)]
        if len(bindings) == 1:
            return self.binding_values(bindings[0])
        return self._union(self.binding_values(binding) for binding in bindings)

    def bindings(self, name: str, point: Point) -> list[Binding]:
        """The bindings that can give a name its value at a point."""
        owner, inside = self._owner(name, point.scope)
        if owner is None:
            return []
        if inside:
            return self.reaching(owner.names[name], point)
        if owner.kind == syntax.MODULE:
            return self.reaching(owner.names[name], Point(owner, None, _END))
        return [binding for binding in owner.names[name] if not self.is_dead(binding.block)]

    def _owner(self, name: str, scope: Scope) -> tuple[Scope | None, bool]:
        """The scope a name belongs to, and whether it is of the same activation as `scope`."""
        current: Scope | None = scope
        frame = scope.frame
        while current is not None:
            if name in current.names and (current.kind != syntax.CLASS or current is scope or current is frame):
                if not (current is frame and (name in current.globals)):
                    return current, current.frame is frame
            current = current.parent
        return None, False

    def owner(self, name: str, scope: Scope) -> Scope | None:
        """The scope that a name in `scope` belongs to; None for builtins and unknown names."""
        return self._owner(name, scope)[0]

    def reaching(self, bindings: list[Binding], point: Point) -> list[Binding]:
        """The bindings that can be in force at a point: the last one that surely ran, and those that may have run
        since."""
        if len(bindings) == 1 and bindings[0].block is None and bindings[0].order < point.order:
            # By far the most frequent case: set once, unconditionally, further up.
            return [] if bindings[0].kind == "delete" else bindings
        found: list[Binding] = []
        branches: list[Block] = []
        loops = [block for block in syntax.blocks_of(point.block) if block.kind == syntax.LOOP]
        settled = False
        for binding in reversed(bindings):
            if binding.kind == "delete":
                continue
            if binding.outside:
                if not self.is_dead(binding.block):
                    found.append(binding)
                continue
            if binding.order >= point.order:
                # Set further down in the same loop: seen by the next turn.
                if any(syntax.encloses(loop, binding.block) for loop in loops) and not self.is_dead(binding.block):
                    found.append(binding)
                continue
            if settled:
                continue
            if syntax.encloses(binding.block, point.block):
                # It ran if the code at the point runs at all.
                found.append(binding)
                settled = True
                continue
            if self.is_dead(binding.block):
                continue
            if _excludes(binding.block, point.block):
                continue
            found.append(binding)
            block = self._condition(binding.block)
            while True:
                if syntax.encloses(block, point.block):
                    settled = True
                    break
                assert block is not None
                if not any(_opposite(block, other) for other in branches):
                    branches.append(block)
                    break
                block = self._condition(block.parent)
        return found

    def _condition(self, block: Block | None) -> Block | None:
        """The innermost block around that may be skipped: `with`, `try` bodies and decided tests are not."""
        while block is not None:
            if block.kind in (syntax.WITH, syntax.TRY):
                block = block.parent
                continue
            if block.kind == syntax.IF and self.decide(block.node, _before(block)) is block.branch:
                block = block.parent
                continue
            return block
        return None

    def is_sure(self, block: Block | None) -> bool:
        """Whether code in a block runs whenever what is around its function's own level does."""
        return self._condition(block) is None

    def _builtin_or_star(self, name: str, module: Module) -> Values:
        for item in module.imports:
            if item.name != "*":
                continue
            path = self.find(item.module, module.path)
            file = self.file_of(path) if path is not None else None
            other = self.module(file) if file is not None else None
            if other is not None:
                if name in other.root.names:
                    return self.lookup(name, Point(other.root, None, _END))
        if name in _BUILTINS:
            return (External(f"builtins.{name}"),)
        stars = [item for item in module.imports if item.name == "*" and self.find(item.module, module.path) is None]
        if len(stars) == 1:
            return (External(f"{stars[0].module}.{name}"),)
        if name in ("__file__", "__name__", "__doc__"):
            return (External(f"builtins.{name}"),)
        return _ANYTHING

    def binding_values(self, binding: Binding) -> Values:
        """What a binding can give its name."""
        kind = binding.kind
        if kind == "import":
            module, name = binding.value
            return self._imported_value(module, name, binding.scope.module)
        if kind == "def":
            return self._defined(binding.value)
        if kind == "class":
            return (Class(binding.value),)
        if kind == "param":
            return self._parameter(binding.scope, binding.value)
        point = Point(binding.scope, binding.block, binding.order)
        if kind in ("assign", "named"):
            values = self.evaluate(binding.value, point)
            for index in binding.path:
                values = self._union(self._element(value, index) for value in values)
            return values
        if kind == "for":
            values = self.evaluate(binding.value, point)
            found = self._union(self._iterated(value, binding.path) for value in values)
            if found or type(binding.value).__name__ not in ("Name", "Attribute"):
                return found
            return self._appended(binding.value, values, binding.path)
        if kind == "with":
            return self._union(self._entered(value) for value in self.evaluate(binding.value, point))
        if kind == "except":
            return (External("builtins.Exception()"),)
        return _ANYTHING

    def _imported_value(self, module: str, name: str, importer: Module) -> Values:
        path = self.find(module, importer.path)
        if path is None:
            if name == "spaces" and module.split(".")[0] not in _OTHER_SPACES:
                # Handed on by a module that is not in the tree: `from shared.compat import spaces`.
                return (External("spaces"),)
            if module.startswith("."):
                return _ANYTHING
            return (External(f"{module}.{name}" if name else module),)
        if not name:
            return (Package(path),)
        return self._package_attribute(path, name)

    def _package_attribute(self, path: str, name: str) -> Values:
        file = self.file_of(path)
        found = self.module(file) if file is not None else None
        key = (path, name)
        # `from . import images` in a package's own __init__ binds the name to the submodule it is.
        if found is not None and key not in self._importing and self._depth <= _DEEPEST:
            self._importing.add(key)
            self._depth += 1
            try:
                if name in found.root.names:
                    return self.lookup(name, Point(found.root, None, _END))
                if any(item.name == "*" for item in found.imports):
                    values = self._builtin_or_star(name, found)
                    if values != _ANYTHING:
                        return values
            finally:
                self._importing.discard(key)
                self._depth -= 1
        inner = self._existing(f"{path}/{name}" if path else name)
        if inner is not None:
            return (Package(inner),)
        return _ANYTHING

    # Functions, classes and decorators.

    def _defined(self, function: Scope) -> Values:
        receiver = None
        value: Value = Function(function, receiver)
        for decoration in reversed(function.decorations):
            value = self._decorated(value, decoration)
        return (value,)

    def _decorated(self, value: Value, decoration: syntax.Decoration) -> Value:
        if not isinstance(value, Function) or value.gpu is not None:
            return value
        gpu = self.gpu_of_decoration(decoration)
        if gpu is None:
            return value
        return Function(value.scope, value.receiver, gpu, value.partial)

    def gpu_of_decoration(self, decoration: syntax.Decoration) -> Gpu | None:
        """The application of `spaces.GPU` that a decorator makes, through the Space's own wrappers too."""
        point = Point(decoration.scope, decoration.block, decoration.order)
        for value in self.evaluate(decoration.expression, point):
            gpu = self.gpu_decorator(value)
            if gpu is not None:
                return gpu if gpu.node is not None else Gpu(gpu.call, decoration.node, decoration.scope)
        return None

    def gpu_decorator(self, value: Value) -> Gpu | None:
        """How a value decorates a function with `spaces.GPU` when it is called with it; None when it does not."""
        if isinstance(value, External):
            if value.path == "spaces.GPU":
                return Gpu(None)
            if value.path == "spaces.GPU()" and value.origin is not None:
                return Gpu(value.origin, value.origin.node, value.origin.scope)
            if value.path == "functools.partial()" and value.origin is not None:
                first = self.argument(value.origin, 0, "func")
                point = point_of(value.origin)
                if first is not None and any(v == External("spaces.GPU") for v in self.evaluate(first, point)):
                    return Gpu(value.origin, value.origin.node, value.origin.scope)
            return None
        if not self.wraps_gpu:
            return None
        if isinstance(value, Instance):
            # A class whose instances decorate: `@OnGpu(60)` with a `__call__` that wraps what it is given.
            methods = self._class_attribute(value.cls, "__call__", value)
            return next((gpu for method in methods if (gpu := self._gpu_method(method)) is not None), None)
        if not isinstance(value, Function):
            return None
        if value in self._gpu_decorators:
            self._asked += 1
            return self._gpu_decorators[value]
        self._gpu_decorators[value] = None
        result = None
        for returned in value.scope.returns:
            if returned.value is None or not self.may_be_function(returned.value, returned.scope):
                continue
            if self.is_dead(returned.block):
                continue
            for inner in self.evaluate(returned.value, Point(returned.scope, returned.block, returned.order)):
                if isinstance(inner, Parameter) and inner.scope is value.scope and inner.gpu is not None:
                    result = inner.gpu
                elif isinstance(inner, Parameter):
                    continue
                elif isinstance(inner, Function) and inner.gpu is not None:
                    # A wrapper function that is itself decorated and returned: `inner = spaces.GPU(inner)`.
                    if inner.scope.parent is value.scope:
                        result = inner.gpu
                elif isinstance(inner, Function) and inner.scope.parent is value.scope:
                    result = result or self._gpu_inside(inner.scope, value.scope) or self.gpu_decorator(inner)
                else:
                    result = result or self.gpu_decorator(inner)
        self._gpu_decorators[value] = result
        return result

    def _gpu_method(self, method: Value) -> Gpu | None:
        return self.gpu_decorator(method) if isinstance(method, Function) else None

    def _gpu_inside(self, wrapper: Scope, decorator: Scope) -> Gpu | None:
        """How a wrapper runs what its decorator was given: `return spaces.GPU(duration=60)(function)(*args)`."""
        for call in wrapper.calls:
            if type(call.node.func).__name__ == "Call" and not self.is_dead(call.block):
                for value in self.evaluate(call.node.func, point_of(call)):
                    if isinstance(value, Parameter) and value.scope is decorator and value.gpu is not None:
                        return value.gpu
        return None

    def _parameter(self, function: Scope, param: Param) -> Values:
        if param.index == 0 and function.is_method and param.star == "":
            assert function.parent is not None
            kinds = {dotted(decoration.expression) for decoration in function.decorations}
            if "classmethod" in kinds:
                return (Class(function.parent),)
            if "staticmethod" not in kinds:
                return (Instance(function.parent),)
        if param.star:
            return _ANYTHING
        if param.annotation is not None:
            annotation = dotted(param.annotation)
            if annotation and "." in annotation:
                values = self.evaluate(param.annotation, Point(function.parent or function, None, _END))
                for value in values:
                    if isinstance(value, External) and value.path.startswith("gradio."):
                        return (External(value.path + "()"),)
        return (Parameter(function, param.name),)

    # Evaluation.

    def evaluate(self, node: Any, point: Point) -> Values:
        """The values an expression can have. Remembered by node, since a node stands in one place only.

        A result that was cut short, because evaluation came back to where it started or went too deep, holds only while
        the outermost evaluation lasts. When that one was long its results are kept all the same: some are then less
        complete than they could be, and no Space takes more than linear time.
        """
        key = id(node)
        known = self._values.get(key)
        if known is not None:
            return known
        known = self._volatile.get(key)
        if known is not None:
            self._asked += 1
            return known
        known = self._provisional.get(key)
        if known is not None:
            self._cuts += 1
            return known
        handler = _EVALUATORS.get(type(node).__name__)
        if handler is None:
            return _ANYTHING
        if key in self._active or self._depth > _DEEPEST:
            self._cuts += 1
            return _NOTHING if key in self._active else _ANYTHING
        self._active.add(key)
        self._depth += 1
        cuts, asked = self._cuts, self._asked
        try:
            values = handler(self, node, point)
        finally:
            self._active.discard(key)
            self._depth -= 1
        if self._cuts == cuts or not self._depth:
            (self._values if self._asked == asked else self._volatile)[key] = values
        else:
            self._provisional[key] = values
        if not self._depth and self._provisional:
            if len(self._provisional) > _LONG_EVALUATION:
                for inner, provisional in self._provisional.items():
                    self._volatile.setdefault(inner, provisional)
            self._provisional.clear()
            self._provisionally_dead.clear()
        return values

    def _union(self, parts: Iterator[Values]) -> Values:
        found: dict[Value, None] = {}
        for part in parts:
            for value in part:
                if value not in found:
                    found[value] = None
                    if len(found) > _MOST_VALUES:
                        return (*list(found)[:_MOST_VALUES], UNKNOWN)
        return tuple(found)

    def _name(self, node: Any, point: Point) -> Values:
        name = node.value
        if name == "True":
            return (Constant(True),)
        if name == "False":
            return (Constant(False),)
        if name == "None":
            return (Constant(None),)
        return self.lookup(name, point)

    def _string(self, node: Any, point: Point) -> Values:
        try:
            return (Constant(node.evaluated_value),)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return _ANYTHING

    def _number(self, node: Any, point: Point) -> Values:
        try:
            return (Constant(node.evaluated_value),)
        except (ValueError, SyntaxError):
            return _ANYTHING

    def _concatenated(self, node: Any, point: Point) -> Values:
        left = self.constant(node.left, point)
        right = self.constant(node.right, point)
        if left is not None and right is not None and type(left.value) is type(right.value):
            return (Constant(left.value + right.value),)
        return _ANYTHING

    def _formatted(self, node: Any, point: Point) -> Values:
        text = ""
        for part in node.parts:
            if type(part).__name__ == "FormattedStringText":
                text += part.value
                continue
            inner = self.constant(part.expression, point)
            if inner is None or part.format_spec or part.conversion or not isinstance(inner.value, (str, int)):
                return _ANYTHING
            text += str(inner.value)
        return (Constant(text),)

    def _unary(self, node: Any, point: Point) -> Values:
        operator = type(node.operator).__name__
        if operator == "Not":
            decided = self.decide(node.expression, point)
            return _ANYTHING if decided is None else (Constant(not decided),)
        inner = self.constant(node.expression, point)
        if inner is not None and operator == "Minus" and isinstance(inner.value, (int, float)):
            return (Constant(-inner.value),)
        return _ANYTHING

    def _binary(self, node: Any, point: Point) -> Values:
        left = self.constant(node.left, point)
        if left is None:
            return self._path_division(node, point)
        right = self.constant(node.right, point)
        if right is None:
            return _ANYTHING
        a, b = left.value, right.value
        numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
        operator = type(node.operator).__name__
        if operator == "Add" and (numbers or (isinstance(a, str) and isinstance(b, str))):
            return (Constant(a + b),)
        if not numbers:
            return _ANYTHING
        if operator == "Subtract":
            return (Constant(a - b),)
        if operator == "Multiply" and abs(a) < 1e15 and abs(b) < 1e15:
            return (Constant(a * b),)
        if operator == "Divide" and b:
            return (Constant(a / b),)
        if operator == "FloorDivide" and b:
            return (Constant(a // b),)
        return _ANYTHING

    def _path_division(self, node: Any, point: Point) -> Values:
        if type(node.operator).__name__ == "Divide":
            for value in self.evaluate(node.left, point):
                if isinstance(value, External) and value.path.startswith("pathlib."):
                    return (value,)
        return _ANYTHING

    def _comparison(self, node: Any, point: Point) -> Values:
        decided = self.decide(node, point)
        return _ANYTHING if decided is None else (Constant(decided),)

    def _boolean(self, node: Any, point: Point) -> Values:
        # The chain leans to the left; its operands are possible values of the whole.
        operands = [node.right]
        left = node.left
        while type(left).__name__ == "BooleanOperation":
            operands.append(left.right)
            left = left.left
        operands.append(left)
        if len(operands) > _MOST_VALUES:
            return _ANYTHING
        return self._union(self.evaluate(operand, point) for operand in reversed(operands))

    def _if_expression(self, node: Any, point: Point) -> Values:
        decided = self.decide(node.test, point)
        if decided is True:
            return self.evaluate(node.body, point)
        if decided is False:
            return self.evaluate(node.orelse, point)
        return self._union(self.evaluate(branch, point) for branch in (node.body, node.orelse))

    def _display(self, node: Any, point: Point) -> Values:
        return (Container(node, point),)

    def _lambda(self, node: Any, point: Point) -> Values:
        scope = point.scope.module.lambdas.get(id(node))
        return (Function(scope),) if scope is not None else _ANYTHING

    def _await(self, node: Any, point: Point) -> Values:
        return self.evaluate(node.expression, point)

    def _named(self, node: Any, point: Point) -> Values:
        return self.evaluate(node.value, point)

    def _attribute(self, node: Any, point: Point) -> Values:
        name = node.attr.value
        values = self.evaluate(node.value, point)
        if len(values) == 1:
            return self.attribute(values[0], name, node)
        return self._union(self.attribute(value, name, node) for value in values)

    def attribute(self, value: Value, name: str, reader: Any = None) -> Values:
        """What `value.name` can be; `reader` is the node that reads it."""
        if isinstance(value, External):
            return (External(f"{value.path}.{name}", value.origin),)
        if isinstance(value, Package):
            return self._package_attribute(value.path, name)
        if isinstance(value, Instance):
            return self._instance_attribute(value, name, reader)
        if isinstance(value, Class):
            return self._class_attribute(value.scope, name, None)
        if isinstance(value, Parameter):
            return self._union(self.attribute(inner, name) for inner in self.expand(value))
        if isinstance(value, Constant) and isinstance(value.value, str):
            return (External(f"builtins.str().{name}"),)
        if isinstance(value, Container):
            return (External(f"builtins.{type(value.node).__name__.lower()}().{name}"),)
        return _ANYTHING

    def _instance_attribute(self, value: Instance, name: str, reader: Any) -> Values:
        found: list[Values] = []
        for cls in self.ancestors(value.cls):
            for store in self.attribute_stores(cls).get(name, ()):
                if store.value is not None and not _takes(store.value, reader) and not self.is_dead(store.block):
                    values = self.evaluate(store.value, Point(store.scope, store.block, store.order))
                    for index in store.path:
                        values = self._union(self._element(inner, index) for inner in values)
                    found.append(values)
        # `self.run = wrap(self.run)` makes the attribute of the method, which is what stands there before.
        return self._union(iter(found)) or self._class_attribute(value.cls, name, value)

    def _class_attribute(self, cls: Scope, name: str, receiver: Instance | None) -> Values:
        for ancestor in self.ancestors(cls):
            if name not in ancestor.names:
                continue
            values = self._union(
                self.binding_values(binding) for binding in ancestor.names[name] if not self.is_dead(binding.block)
            )
            if receiver is None:
                values = self._union(iter((values, self._class_stores(cls, name))))
            elif ancestor.decorations:
                # The default of a field, or what is passed in its place.
                values = self._union(iter((values, self._field(ancestor, name))))
            return self._union(self._bound(value, cls, receiver) for value in values)
        if receiver is not None and (fields := self._field(cls, name)):
            return fields
        for base in self.external_bases(cls):
            return (External(f"{base}.{name}" if receiver is None else f"{base}().{name}"),)
        return _ANYTHING

    def _class_stores(self, cls: Scope, name: str) -> Values:
        """What `cls.name = ...` in class methods and `Class.name = ...` anywhere set."""
        self._index()
        found: list[Values] = []
        for store in self._stores_by_name.get(name, ()):
            base = store.target.value
            if store.kind == "assign" and store.value is not None and not store.path and type(base).__name__ == "Name":
                if any(isinstance(v, Class) and v.scope is cls for v in self.evaluate(base, point_of(store))):
                    if not _takes(store.value, None) and not self.is_dead(store.block):
                        found.append(self.evaluate(store.value, point_of(store)))
        return self._union(iter(found))

    def _field(self, cls: Scope, name: str) -> Values:
        """What calls of a class with a generated constructor pass for a field, as in `Mode(name="fast", run=draw)`."""
        fields = _fields(cls)
        if name not in fields:
            return _NOTHING
        self._asked += 1
        self._index()
        found: list[Values] = []
        makers = {cls.name, "cls", *(below.name for below in self.subclasses(cls))}
        for call in [call for maker in sorted(makers) for call in self._calls_by_name.get(maker, ())]:
            made = self.evaluate(call.node.func, point_of(call))
            if any(isinstance(v, Class) and cls in self.ancestors(v.scope) for v in made):
                passed = self.argument(call, fields.index(name), name)
                if passed is None and any(argument.star for argument in call.node.args):
                    return _ANYTHING
                if passed is not None:
                    found.append(self.evaluate(passed, point_of(call)))
        return self._union(iter(found))

    def _bound(self, value: Value, cls: Scope, receiver: Instance | None) -> Values:
        if not isinstance(value, Function) or not value.scope.is_method:
            return (value,)
        kinds = {dotted(decoration.expression) for decoration in value.scope.decorations}
        if _is_property(value.scope):
            return self.returned(value.scope)
        if "staticmethod" in kinds:
            return (value,)
        if "classmethod" in kinds:
            return (Function(value.scope, Class(cls), value.gpu, value.partial),)
        if receiver is None:
            return (value,)
        if receiver.origin is None and _is_abstract(value.scope):
            # `self.run()` in a base class that leaves `run` to the classes below it.
            return self._union(
                self._class_attribute(below, value.scope.name, Instance(below))
                for below in self.subclasses(cls)
                if value.scope.name in below.names
            ) or (Function(value.scope, receiver, value.gpu, value.partial),)
        return (Function(value.scope, receiver, value.gpu, value.partial),)

    def ancestors(self, cls: Scope) -> list[Scope]:
        """The class and its bases within the Space, nearest first."""
        if not cls.bases:
            return [cls]
        known = self._ancestors.get(cls)
        if known is not None:
            return known
        cuts, asked = self._cuts, self._asked
        found = [cls]
        for current in found:
            if len(found) > 20:
                break
            for base in current.bases:
                for value in self.evaluate(base, Point(current.parent or current, current.block, current.order)):
                    if isinstance(value, Class) and value.scope not in found:
                        found.append(value.scope)
        if self._cuts == cuts and self._asked == asked:
            self._ancestors[cls] = found
        return found

    def external_bases(self, cls: Scope) -> list[str]:
        """The dotted paths of the bases that are not the Space's own, nearest first."""
        return [
            value.path
            for current in self.ancestors(cls)
            for base in current.bases
            for value in self.evaluate(base, Point(current.parent or current, current.block, current.order))
            if isinstance(value, External)
        ]

    def attribute_stores(self, cls: Scope) -> dict[str, list[Store]]:
        """The writes `self.name = ...` in the methods of a class, by name."""
        known = self._attributes.get(cls)
        if known is None:
            known = self._attributes[cls] = {}
            for method in cls.children:
                if not method.is_method or not method.params:
                    continue
                own = method.params[0].name
                for store in method.stores:
                    target = store.target
                    if (
                        type(target).__name__ == "Attribute"
                        and type(target.value).__name__ == "Name"
                        and target.value.value == own
                        and store.kind in ("assign", "with", "for")
                    ):
                        known.setdefault(target.attr.value, []).append(store)
        return known

    def _subscript(self, node: Any, point: Point) -> Values:
        index = None
        if len(node.slice) == 1 and type(node.slice[0].slice).__name__ == "Index":
            constant = self.constant(node.slice[0].slice.value, point)
            index = constant.value if constant is not None else None
        return self._item_of(node.value, index, point)

    def _item_of(self, node: Any, index: Any, point: Point) -> Values:
        """What is found under a key in what an expression stands for, or was put there; index None: any key."""
        values = self.evaluate(node, point)
        found = self._union(self._item(value, index) for value in values)
        containers = [value for value in values if _is_dict(value)]
        if containers and type(node).__name__ in ("Name", "Attribute"):
            stored = self._stored(node, containers, index)
            if stored:
                empty = all(_is_empty(value) for value in values)
                return self._union(iter((stored,) if empty else (found, stored)))
        return found

    def _stored(self, node: Any, containers: list[Value], index: Any) -> Values:
        """What `table[key] = value` puts into one of the dicts that an expression stands for."""
        self._index()
        name = _last_name(node)
        found: list[Values] = []
        for store in self._item_stores_by_name.get(name, ()):
            if store.value is None or store.kind != "assign" or store.path or self.is_dead(store.block):
                continue
            point = point_of(store)
            base = store.target.value
            if base is node or not any(value in containers for value in self.evaluate(base, point)):
                continue
            key = None
            if len(store.target.slice) == 1 and type(store.target.slice[0].slice).__name__ == "Index":
                key = self.constant(store.target.slice[0].slice.value, point)
            if index is not None and key is not None and key.value != index:
                continue
            for value in self.evaluate(store.value, point):
                found.append((value,))
                if isinstance(value, Parameter):
                    found.append(self._decorated_by(value))
        return self._union(iter(found))

    def _appended(self, node: Any, lists: Values, path: tuple[int, ...]) -> Values:
        """The functions and objects of the Space that are appended to one of the lists that an expression stands for,
        which were empty when they were made."""
        self._index()
        found: list[Values] = []
        for call in self._appends_by_name.get(_last_name(node), ()):
            point = point_of(call)
            if len(call.node.args) != 1 or self.is_dead(call.block):
                continue
            if any(value in lists for value in self.evaluate(call.node.func.value, point)):
                for value in self._parts(call.node.args[0].value, path, point):
                    if isinstance(value, (Function, Instance, Class)):
                        found.append((value,))
                    elif isinstance(value, Parameter):
                        found.append((value, *self._decorated_by(value)))
        return (*self._union(iter(found)), UNKNOWN) if found else _NOTHING

    def _decorated_by(self, value: Parameter) -> Values:
        """The functions that a function gets as their decorator: what `register` sees with `@register`."""
        decorator = value.scope
        if not decorator.params or decorator.params[0].name != value.name:
            return _NOTHING
        outer = decorator.parent.name if decorator.parent is not None and decorator.parent.is_function else ""
        found: list[Value] = []
        for name in (decorator.name, outer) if outer else (decorator.name,):
            for decoration, function in self._decorations_by_name.get(name, ()):
                point = Point(decoration.scope, decoration.block, decoration.order)
                values = self.evaluate(decoration.expression, point)
                if any(isinstance(inner, Function) and inner.scope is decorator for inner in values):
                    found.extend(self._defined(function))
        return tuple(found)

    def _item(self, value: Value, index: Any) -> Values:
        """`value[index]`, index None when it is not known."""
        if isinstance(value, External):
            if value.path == "builtins.dict()" and value.origin is not None and value.origin.node.args:
                return self._keyword_item(value.origin, index)
            return (External(f"{value.path}[]", value.origin),)
        if isinstance(value, Parameter):
            # Tables of functions are passed where the app is built; elsewhere it is mostly tensors and options.
            if not any(item.module.split(".")[0] in ("gradio", "spaces") for item in value.scope.module.imports):
                return _ANYTHING
            # Callers that are not known may pass anything.
            inner = self._union(
                self._item(inner, index) for inner in self.expand(value) if isinstance(inner, Container)
            )
            return (*inner, UNKNOWN) if UNKNOWN not in inner else inner
        if not isinstance(value, Container):
            return _ANYTHING
        kind = type(value.node).__name__
        if kind == "Dict":
            parts = []
            for element in value.node.elements:
                if type(element).__name__ != "DictElement":
                    return _ANYTHING
                if index is not None:
                    key = self.constant(element.key, value.point)
                    if key is not None and key.value == index:
                        return self.evaluate(element.value, value.point)
                parts.append(element.value)
            if len(parts) > _MOST_ELEMENTS:
                return _ANYTHING
            return self._union(self.evaluate(part, value.point) for part in parts)
        if isinstance(index, int) and not isinstance(index, bool):
            return self._element(value, index)
        return self._elements(value)

    def _element(self, value: Value, index: int) -> Values:
        """Part `index` of an unpacked value; -1 stands for a starred part or the last one."""
        if isinstance(value, External):
            return (External(f"{value.path}[]", value.origin),)
        if isinstance(value, Container) and type(value.node).__name__ in ("List", "Tuple"):
            elements = value.node.elements
            if any(type(element).__name__ == "StarredElement" for element in elements):
                return _ANYTHING
            if -len(elements) <= index < len(elements):
                return self.evaluate(elements[index].value, value.point)
        return _ANYTHING

    def _keyword_item(self, call: Call, index: Any) -> Values:
        """`dict(name=value)[index]`."""
        found: list[Values] = []
        for argument in call.node.args:
            if argument.keyword is None:
                return _ANYTHING
            if index is None or argument.keyword.value == index:
                found.append(self.evaluate(argument.value, point_of(call)))
        return self._union(iter(found)) or _ANYTHING

    def _elements(self, value: Value) -> Values:
        """What one turn of a loop over `value` gets."""
        if isinstance(value, External):
            if value.origin is not None and value.path in _ITERATED:
                return self._iterated(value, ())
            return (External(f"{value.path}[]", value.origin),)
        if isinstance(value, Container):
            kind = type(value.node).__name__
            if kind in ("List", "Tuple", "Set"):
                elements = value.node.elements
                if len(elements) > _MOST_ELEMENTS:
                    return _ANYTHING
                return self._union(self.evaluate(element.value, value.point) for element in elements)
            if kind == "Dict":
                keys = [element.key for element in value.node.elements if type(element).__name__ == "DictElement"]
                if len(keys) > _MOST_ELEMENTS:
                    return _ANYTHING
                return self._union(self.evaluate(key, value.point) for key in keys)
        if isinstance(value, Parameter):
            return _ANYTHING
        return _ANYTHING

    def _iterated(self, value: Value, path: tuple[int, ...]) -> Values:
        if isinstance(value, External) and value.origin is not None and path:
            origin = value.origin
            if value.path == "builtins.enumerate()" and origin.node.args:
                if path[0] == 0:
                    return _ANYTHING
                inner = self.evaluate(origin.node.args[0].value, point_of(origin))
                return self._union(self._iterated(item, path[1:]) for item in inner)
            if value.path == "builtins.zip()" and 0 <= path[0] < len(origin.node.args):
                inner = self.evaluate(origin.node.args[path[0]].value, point_of(origin))
                return self._union(self._iterated(item, path[1:]) for item in inner)
        if isinstance(value, External) and value.origin is not None and value.path in _ITERATED:
            return self._of_call_iterated(value, value.origin, path)
        if isinstance(value, Container) and path and type(value.node).__name__ in ("List", "Tuple", "Set"):
            elements = value.node.elements[:_MOST_ELEMENTS]
            return self._union(self._parts(element.value, path, value.point) for element in elements)
        values = self._elements(value)
        for index in path:
            values = self._union(self._element(item, index) for item in values)
        return values

    def _parts(self, node: Any, path: tuple[int, ...], point: Point) -> Values:
        """What unpacking an expression gives at a path."""
        values = self.evaluate(node, point)
        for index in path:
            values = self._union(self._element(item, index) for item in values)
        return values

    def _of_call_iterated(self, value: External, origin: Call, path: tuple[int, ...]) -> Values:
        """One turn over `table.items()` or `.values()`, or over `sorted(...)` and the like of something."""
        function = origin.node.func
        name = value.path.rsplit(".", 1)[-1]
        if name in ("items()", "values()") and type(function).__name__ == "Attribute":
            if name == "items()" and path[:1] != (1,):
                return _ANYTHING
            values = self._item_of(function.value, None, point_of(origin))
            path = path[1:] if name == "items()" else path
        else:
            argument = origin.node.args[0].value if origin.node.args else None
            if argument is None or self._depth > _DEEPEST:
                return _ANYTHING
            # `items = list(items)` in a loop is made from itself.
            self._depth += 1
            try:
                return self._union(self._iterated(item, path) for item in self.evaluate(argument, point_of(origin)))
            finally:
                self._depth -= 1
        for index in path:
            values = self._union(self._element(item, index) for item in values)
        return values

    def _entered(self, value: Value) -> Values:
        if isinstance(value, External):
            if value.path.startswith("gradio."):
                return (value,)
            return (External(f"{value.path}.__enter__()", value.origin),)
        if isinstance(value, Instance):
            for method in self._class_attribute(value.cls, "__enter__", value):
                if isinstance(method, Function):
                    return self.returned(method.scope)
            return (value,)
        return _ANYTHING

    # Calls.

    def _call(self, node: Any, point: Point) -> Values:
        call = point.scope.module.calls.get(id(node))
        function = node.func
        if type(function).__name__ == "Name" and call is not None:
            special = _SPECIAL_CALLS.get(function.value)
            if special is not None:
                values = special(self, call, point)
                if values is not None:
                    return values
        callees = self.evaluate(function, point)
        if len(callees) == 1:
            return self.called(callees[0], call, node, point)
        return self._union(self.called(value, call, node, point) for value in callees)

    def called(self, value: Value, call: Call | None, node: Any, point: Point) -> Values:
        """What calling `value` gives."""
        if isinstance(value, External):
            return self._called_external(value, call, point)
        if isinstance(value, Class):
            return (Instance(value.scope, call),)
        if isinstance(value, Function):
            if call is not None and value.gpu is None and self._hands_over(call):
                gpu = self.gpu_decorator(value)
                wrapped = self._wrapped(gpu, call, point) if gpu is not None else None
                if wrapped is not None:
                    return wrapped
            if value.scope.is_generator:
                return (External("builtins.generator()", call),)
            return self.returned(value.scope)
        if isinstance(value, Instance):
            for name in ("__call__", "forward"):
                for method in self._class_attribute(value.cls, name, value):
                    if isinstance(method, Function):
                        return self.returned(method.scope)
            return _ANYTHING
        if isinstance(value, Parameter):
            return self._union(self.called(inner, call, node, point) for inner in self.expand(value))
        return _ANYTHING

    def _hands_over(self, call: Call) -> bool:
        """Whether the first argument of a call can be a function."""
        first = self.argument(call, 0, "task")
        return first is not None and type(first).__name__ not in _NEVER_FUNCTIONS

    def _called_external(self, value: External, call: Call | None, point: Point) -> Values:
        path = value.path
        if call is None:
            return (External(f"{path}()"),)
        if path == "spaces.GPU":
            wrapped = self._wrapped(Gpu(call, call.node, call.scope), call, point)
            return wrapped if wrapped is not None else (External("spaces.GPU()", call),)
        if path in ("spaces.GPU()", "functools.partial()"):
            gpu = self.gpu_decorator(value)
            if gpu is not None:
                wrapped = self._wrapped(gpu, call, point)
                if wrapped is not None:
                    return wrapped
                # `gpu = partial(spaces.GPU, duration=60)` and then `@gpu()`; a new option is what holds.
                return (External("spaces.GPU()", call if call.node.args else gpu.call),)
        if path in ("importlib.import_module", "builtins.__import__"):
            named = self.argument(call, 0, "name")
            module = self.constant(named, point) if named is not None else None
            if module is not None and isinstance(module.value, str) and module.value:
                return self._imported_value(module.value, "", call.scope.module)
        if path == "functools.partial":
            first = self.argument(call, 0, "func")
            if first is not None:
                inner = tuple(
                    Function(v.scope, v.receiver, v.gpu, call)
                    for v in self.evaluate(first, point)
                    if isinstance(v, Function)
                )
                if inner:
                    return inner
            return (External("functools.partial()", call),)
        if path == "typing.cast" and len(call.node.args) == 2:
            return self.evaluate(call.node.args[1].value, point)
        if path in _TAKING and call.node.args and type(call.node.func).__name__ == "Attribute":
            key = self.constant(call.node.args[0].value, point)
            found = self._item_of(call.node.func.value, key.value if key is not None else None, point)
            default = call.node.args[1].value if len(call.node.args) > 1 else None
            return self._union(iter((found, self.evaluate(default, point)))) if default is not None else found
        name = path.rsplit(".", 1)[-1]
        if name in SELF_RETURNING and path.endswith(f".{name}"):
            # `.to("cuda")` gives back the object itself: keep the class of the Space if there is one.
            target = call.node.func
            if type(target).__name__ == "Attribute":
                own = tuple(v for v in self.evaluate(target.value, point) if isinstance(v, Instance))
                if own:
                    return own
        if name == "from_pretrained" and type(call.node.func).__name__ == "Attribute":
            own_class = tuple(v for v in self.evaluate(call.node.func.value, point) if isinstance(v, Class))
            if own_class:
                return tuple(Instance(v.scope, call) for v in own_class)
        return (External(f"{path}()", call),)

    def _wrapped(self, gpu: Gpu, call: Call, point: Point) -> Values | None:
        """The result of handing a function to a decorator by a call; None when no function is handed over."""
        first = self.argument(call, 0, "task")
        if first is None:
            return None
        found: list[Value] = []
        for value in self.evaluate(first, point):
            if isinstance(value, Function):
                found.append(value if value.gpu else Function(value.scope, value.receiver, gpu, value.partial))
            elif isinstance(value, Parameter):
                found.append(Parameter(value.scope, value.name, gpu))
            elif isinstance(value, External) and not isinstance(value, Constant) and gpu.call is not call:
                found.append(value)
        return tuple(found) or None

    def returned(self, function: Scope) -> Values:
        """What calls of a function of the Space can give."""
        if function.is_generator:
            return (External("builtins.generator()"),)
        parts = [
            self.evaluate(result.value, Point(result.scope, result.block, result.order))
            for result in function.returns[:_MOST_VALUES]
            if result.value is not None and not self.is_dead(result.block)
        ]
        return self._union(iter(parts)) or _ANYTHING

    def argument(self, call: Call, position: int, keyword: str) -> Any | None:
        """The expression given for a parameter by position or keyword; None when it is absent or hidden behind a
        star."""
        index = 0
        for argument in call.node.args:
            if argument.keyword is not None:
                if keyword and argument.keyword.value == keyword:
                    return argument.value
            elif argument.star:
                if argument.star == "*":
                    return None
                if keyword and (spread := self._spread(argument.value, keyword, call)) is not None:
                    return spread
            else:
                if index == position:
                    return argument.value
                index += 1
        return None

    def _spread(self, node: Any, keyword: str, call: Call) -> Any | None:
        """What `**options` gives for a keyword, when `options` is written where its names mean the same as here."""
        values = self.evaluate(node, point_of(call))
        if len(values) != 1:
            return None
        options = values[0]
        if isinstance(options, Container) and type(options.node).__name__ == "Dict":
            if options.point.scope.frame not in (call.function, call.scope.module.root):
                return None
            for element in options.node.elements:
                if type(element).__name__ == "DictElement" and type(element.key).__name__ == "SimpleString":
                    if element.key.evaluated_value == keyword:
                        return element.value
        elif isinstance(options, External) and options.path == "builtins.dict()" and options.origin is not None:
            if options.origin.function in (call.function, call.scope.module.root):
                return next(
                    (a.value for a in options.origin.node.args if a.keyword and a.keyword.value == keyword), None
                )
        return None

    def argument_of(self, call: Call, function: Function, param: Param) -> tuple[str, Any]:
        """What a call passes for a parameter: ("given", expression), ("default", expression or None) or ("unknown",
        None)."""
        shift = 1 if function.receiver is not None or function.scope.name == "__init__" else 0
        partial = function.partial
        if partial is not None and partial is not call:
            kind, expression = self._passed(partial, param, shift - 1)
            if kind == "given":
                return kind, expression
            shift -= len([a for a in partial.node.args if a.keyword is None and not a.star]) - 1
        return self._passed(call, param, shift)

    def _passed(self, call: Call, param: Param, shift: int) -> tuple[str, Any]:
        position = param.index - shift
        index = 0
        hidden = False
        for argument in call.node.args:
            if argument.keyword is not None:
                if argument.keyword.value == param.name:
                    return "given", argument.value
            elif argument.star:
                hidden = True
                if argument.star == "*":
                    index = 1 << 20
            else:
                if index == position and not param.keyword_only:
                    return "given", argument.value
                index += 1
        if hidden:
            return "unknown", None
        return "default", param.default

    # What cannot be a function of the Space, told by names before anything is evaluated.

    def is_own_name(self, name: str) -> bool:
        """Whether an attribute of this name can be something that the Space's code defines."""
        own = self._definable
        if own is None:
            own = self._definable = self._defined_beside(self._modules) if self._defined_beside is not None else set()
        if len(self._defining) != len(self._modules):
            for path, module in self._modules.items():
                if path not in self._defining and module is not None:
                    for scope in module.scopes:
                        if scope.kind == syntax.MODULE or scope.kind == syntax.CLASS:
                            own.update(scope.names)
                            if scope.kind == syntax.CLASS and (scope.decorations or scope.bases):
                                own.update(_fields(scope))
                        for store in scope.stores:
                            if type(store.target).__name__ == "Attribute":
                                own.add(store.target.attr.value)
            self._defining.update(self._modules)
        return name in own

    def may_run_own(self, function: Any, scope: Scope) -> bool:
        """Whether calling an expression can run code of the Space; False only when it surely does not."""
        kind = type(function).__name__
        if kind == "Attribute":
            return self.is_own_name(function.attr.value)
        return kind != "Name" or self._may_name_own(function.value, scope)

    def _may_name_own(self, name: str, scope: Scope) -> bool:
        """Whether a name can stand for something else than what a library or Python itself defines."""
        owner, _ = self._owner(name, scope)
        if owner is None:
            return name not in _BUILTINS or any(item.name == "*" for item in scope.module.imports)
        path = scope.module.path
        return any(
            binding.kind != "import" or self.find(binding.value[0], path) is not None for binding in owner.names[name]
        )

    def may_be_function(self, node: Any, scope: Scope, depth: int = 0) -> bool:
        """Whether an expression can stand for a function of the Space or for what makes one of it, like `spaces.GPU`.

        False only when it surely does not.
        """
        kind = type(node).__name__
        if kind == "Name":
            owner, _ = self._owner(node.value, scope)
            if owner is None:
                return any(item.name == "*" for item in scope.module.imports)
            for binding in owner.names[node.value]:
                if binding.kind in _NO_FUNCTIONS:
                    continue
                if binding.kind == "import":
                    possible = self._may_import_function(binding, scope)
                elif binding.kind in ("assign", "named") and not binding.path and depth < 5:
                    possible = self.may_be_function(binding.value, binding.scope, depth + 1)
                else:
                    possible = True
                if possible:
                    return True
            return False
        if kind == "Attribute":
            return node.attr.value in _MAKING_FUNCTIONS or self.is_own_name(node.attr.value)
        if kind == "Call":
            function = node.func
            kind = type(function).__name__
            if kind == "Attribute":
                return function.attr.value in _MAKING_FUNCTIONS or self.is_own_name(function.attr.value)
            if kind != "Name" or function.value in _SPECIAL_CALLS:
                return True
            owner, _ = self._owner(function.value, scope)
            if owner is None:
                return function.value not in _BUILTINS or any(item.name == "*" for item in scope.module.imports)
            return any(
                binding.kind != "class" and (binding.kind != "import" or self._may_import_function(binding, scope))
                for binding in owner.names[function.value]
            )
        return kind not in _NEVER_FUNCTIONS

    def _may_import_function(self, binding: Binding, scope: Scope) -> bool:
        module, name = binding.value
        return name in _MAKING_FUNCTIONS or self.find(module, scope.module.path) is not None

    # Who calls what.

    def targets(self, call: Call) -> list[Function]:
        """The functions of the Space that a call can run. A class stands for its `__init__`."""
        found: list[Function] = []
        for value in self.evaluate(call.node.func, point_of(call)):
            found.extend(self.runs(value, call))
        return found

    def runs(self, value: Value, call: Call | None = None) -> list[Function]:
        """The functions of the Space that run when a value is called."""
        if isinstance(value, Function):
            return [value]
        if isinstance(value, Class):
            for ancestor in self.ancestors(value.scope):
                for name in ("__init__", "__post_init__"):
                    for binding in ancestor.names.get(name, ()):
                        if binding.kind == "def":
                            return [Function(binding.value, Instance(value.scope, call))]
            return []
        if isinstance(value, Instance):
            for name in ("__call__", "forward"):
                methods = self._class_attribute(value.cls, name, value)
                found = [method for method in methods if isinstance(method, Function)]
                if found:
                    return found
            return []
        if isinstance(value, Parameter):
            functions: list[Function] = []
            for inner in self.expand(value):
                if not isinstance(inner, Parameter):
                    functions.extend(self.runs(inner, call))
            return functions
        return []

    def expand(self, value: Parameter) -> Values:
        """What the known callers pass for a parameter; parameters that are only passed on are followed to their
        callers."""
        key = (value.scope, value.name)
        if key in self._expanding or self._depth > _DEEPEST:
            self._cuts += 1
            return _ANYTHING
        self._expanding.add(key)
        self._depth += 1
        try:
            found: dict[Value, None] = {}
            seen = {key}
            stack = [value]
            unpassed: list[Parameter] = []
            while stack:
                parameter = stack.pop()
                passed = self._union(self._each_passed(parameter))
                if not passed:
                    unpassed.append(parameter)
                for inner in passed:
                    if isinstance(inner, Parameter):
                        if (inner.scope, inner.name) not in seen and len(seen) < 20:
                            seen.add((inner.scope, inner.name))
                            stack.append(inner)
                            continue
                        inner = UNKNOWN
                    found[inner] = None
                    if len(found) > _MOST_VALUES:
                        return (*list(found)[:_MOST_VALUES], UNKNOWN)
            if not found or UNKNOWN in found or not self._are_never_passed(unpassed):
                return (*(inner for inner in found if inner is not UNKNOWN), *self._annotated(value), UNKNOWN)
            return tuple(found)
        finally:
            self._expanding.discard(key)
            self._depth -= 1

    def _annotated(self, value: Parameter) -> Iterator[Value]:
        """Instances of the Space's classes that the annotation of a parameter names."""
        param = next((param for param in value.scope.params if param.name == value.name), None)
        stack = [param.annotation] if param is not None and param.annotation is not None else []
        while stack:
            node = stack.pop()
            kind = type(node).__name__
            if kind == "BinaryOperation":
                stack += [node.right, node.left]
            elif kind == "Subscript" and _last_name(node.value) == "Optional":
                stack += [element.slice.value for element in node.slice if type(element.slice).__name__ == "Index"]
            elif kind in ("Name", "Attribute"):
                for cls in self.evaluate(node, definition_of(value.scope)):
                    if isinstance(cls, Class):
                        yield Instance(cls.scope)
            elif kind == "SimpleString" and node.raw_value.isidentifier():
                for cls in self.lookup(node.raw_value, definition_of(value.scope)):
                    if isinstance(cls, Class):
                        yield Instance(cls.scope)

    def _are_never_passed(self, values: list[Parameter]) -> bool:
        """Whether the functions whose parameters these are never run: nothing in the Space has their names."""
        self._index()
        for value in values:
            function = value.scope
            if function.kind != syntax.FUNCTION or function.parent is not function.module.root or function.decorations:
                return False
            name = function.name
            if name in self._calls_by_name or name in self._passed_names or not self._is_named_once(name):
                return False
        return True

    def _each_passed(self, value: Parameter) -> Iterator[Values]:
        """What each of the known callers passes for a parameter."""
        param = next((param for param in value.scope.params if param.name == value.name), None)
        if param is None:
            yield _ANYTHING
            return
        for call, function in self.callers(value.scope):
            kind, expression = self.argument_of(call, function, param)
            if kind == "unknown":
                yield _ANYTHING
            elif expression is not None:
                yield self.evaluate(expression, point_of(call) if kind == "given" else definition_of(value.scope))

    def callers(self, function: Scope) -> list[tuple[Call, Function]]:
        """The calls in the modules read so far that run a function, found by its name."""
        self._asked += 1
        self._index()
        known = self._callers.get(function)
        if known is not None:
            return known
        if function in self._finding_callers:
            self._cuts += 1
            return []
        self._finding_callers.add(function)
        try:
            found = self._callers[function] = self._find_callers(function)
        finally:
            self._finding_callers.discard(function)
        return found

    def _find_callers(self, function: Scope) -> list[tuple[Call, Function]]:
        names = [function.name]
        if function.is_method and function.name in ("__init__", "__post_init__", "__call__", "forward"):
            assert function.parent is not None
            names = ["super", function.name, function.parent.name, *self._instance_names(function.parent)]
            names += [child.name for child in self.subclasses(function.parent)]
        names += [alias for name in names for alias in self._import_aliases.get(name, ())]
        found: list[tuple[Call, Function]] = []
        seen: set[int] = set()
        for name in names:
            for call in self._calls_by_name.get(name, ()):
                if id(call) in seen or self.is_dead(call.block):
                    continue
                seen.add(id(call))
                for target in self.targets(call):
                    if target.scope is function:
                        found.append((call, target))
                        break
        for call in self._aliases(function):
            if id(call) not in seen:
                seen.add(id(call))
                for target in self.targets(call):
                    if target.scope is function:
                        found.append((call, target))
                        break
        return found

    def _aliases(self, function: Scope) -> Iterator[Call]:
        """Calls through a name that is another one's: `run = generate` and then `run(...)`."""
        module = function.module
        aliases = self._alias_names.get(module.path)
        if aliases is None:
            aliases = self._alias_names[module.path] = [
                (name, binding)
                for name, bindings in module.root.names.items()
                for binding in bindings
                if binding.kind == "assign"
                and type(binding.value).__name__ in ("Name", "Call", "IfExp")
                and self.may_be_function(binding.value, binding.scope)
            ]
        for name, binding in aliases:
            if name != function.name:
                for value in self.binding_values(binding):
                    if isinstance(value, Function) and value.scope is function:
                        yield from self._calls_by_name.get(name, ())

    def _instance_names(self, cls: Scope) -> list[str]:
        """Names that hold an instance of a class: the targets of `x = Cls(...)` and of `self.x = Cls(...)`."""
        names: list[str] = []
        for maker in (cls.name, "from_pretrained"):
            for call in self._calls_by_name.get(maker, ()):
                for name, bindings in call.scope.names.items():
                    if any(_contains(binding.value, call.node) for binding in bindings if binding.kind == "assign"):
                        names.append(name)
                for store in call.function.stores:
                    if type(store.target).__name__ == "Attribute" and _contains(store.value, call.node):
                        names.append(store.target.attr.value)
        return names

    def subclasses(self, cls: Scope) -> list[Scope]:
        """The classes in the modules read so far that have `cls` among their bases."""
        known = self._subclasses.get(cls)
        if known is None:
            known = self._subclasses[cls] = []
            for module in self.loaded:
                for scope in module.scopes:
                    if scope.kind == syntax.CLASS and scope is not cls and scope.bases and cls in self.ancestors(scope):
                        known.append(scope)
        return known

    def escapes(self, function: Scope) -> bool:
        """Whether a function is handed around as a value, so that it can have callers that are not known."""
        self._asked += 1
        self._index()
        name = function.name
        if name == "__init__" and function.parent is not None:
            name = function.parent.name
        return function.kind == syntax.LAMBDA or self._is_passed(name) or function in self.registered

    def is_passed_on(self, function: Scope) -> bool:
        """Whether something with a function's name is an argument of a call, in the modules read so far."""
        self._index()
        return function.kind == syntax.LAMBDA or self._is_passed(function.name)

    def _is_passed(self, name: str) -> bool:
        names = self._passed_names
        return name in names or any(alias in names for alias in self._import_aliases.get(name, ()))

    def stores_of(self, name: str) -> list[Store]:
        """The writes to an attribute of a name, of whatever object, in the modules read so far."""
        self._asked += 1
        self._index()
        return self._stores_by_name.get(name, [])

    def sets_variable(self, name: str) -> bool:
        """Whether one of the modules read so far gives a variable of the environment a value."""
        self._asked += 1
        self._index()
        written = [
            item.slice.value
            for store in self._item_stores_by_name.get("environ", ())
            for item in store.target.slice
            if type(item.slice).__name__ == "Index"
        ]
        for call in (*self._calls_by_name.get("setdefault", ()), *self._calls_by_name.get("putenv", ())):
            written += [argument.value for argument in call.node.args[:1]]
        return any(type(node).__name__ == "SimpleString" and node.evaluated_value == name for node in written)

    def is_used_as_value(self, function: Scope) -> bool:
        """Whether the name of a function is read other than by calling it, so that anything may call it."""
        if function.kind == syntax.LAMBDA or function.is_method:
            return function.name != "__init__"
        if function.name in function.module.mentioned:
            return True
        if function.parent is not function.module.root:
            return False
        return any(
            item.name == function.name and item.alias in module.mentioned
            for module in self.loaded
            if module is not function.module
            for item in module.imports
        )

    @property
    def property_names(self) -> set[str]:
        """The names of all properties in the modules read so far."""
        self._index()
        return self._properties

    def properties_read(self, node: Any, point: Point, through_name: bool = True) -> Iterator[Function]:
        """The property methods that run when an expression is read: those of `self.pipe` in `self.pipe.to("cuda")`."""
        while True:
            kind = type(node).__name__
            if kind == "Attribute":
                if node.attr.value in self._properties:
                    for value in self.evaluate(node.value, point):
                        cls = value.cls if isinstance(value, Instance) else None
                        for ancestor in self.ancestors(cls) if cls is not None else ():
                            for binding in ancestor.names.get(node.attr.value, ()):
                                if binding.kind == "def" and _is_property(binding.value):
                                    yield Function(binding.value, value if isinstance(value, Instance) else None)
                node = node.value
            elif kind == "Call":
                return
            elif kind == "Subscript":
                node = node.value
            elif kind == "Name":
                # `pipe = self.pipe` further up.
                for binding in point.scope.frame.names.get(node.value, ()) if through_name else ():
                    if binding.kind == "assign" and type(binding.value).__name__ == "Attribute":
                        before = Point(binding.scope, binding.block, binding.order)
                        yield from self.properties_read(binding.value, before, False)
                return
            else:
                return

    def wrappers(self, function: Scope) -> tuple[tuple[Scope, bool], ...]:
        """The functions that decorators of the Space put around a function, each with whether that is outside of
        `spaces.GPU`, so that it runs where the caller does."""
        found: list[tuple[Scope, bool]] = []
        outside = any(self.gpu_of_decoration(decoration) is not None for decoration in function.decorations)
        for decoration in function.decorations:
            if self.gpu_of_decoration(decoration) is not None:
                outside = False
                continue
            expression = decoration.expression
            called = type(expression).__name__ == "Call"
            if not self.may_run_own(expression.func if called else expression, decoration.scope):
                continue
            point = Point(decoration.scope, decoration.block, decoration.order)
            for value in self.evaluate(expression, point):
                found.extend((inner, outside) for inner in self._put_around(value))
        return tuple(found)

    def _put_around(self, decorator: Value) -> Iterator[Scope]:
        if isinstance(decorator, Function) and not decorator.scope.is_generator:
            for value in self.returned(decorator.scope):
                if isinstance(value, Function) and value.scope.parent is decorator.scope:
                    yield value.scope
        elif isinstance(decorator, Class):
            for function in self.runs(Instance(decorator.scope)):
                yield function.scope
        elif isinstance(decorator, Instance):
            for function in self.runs(decorator):
                yield from self._put_around(function)

    def _index(self) -> None:
        """Sort the calls of newly read modules by the last name in what they call."""
        if len(self._indexed) == len(self._modules):
            return
        for module in self.loaded:
            if module.path in self._indexed:
                continue
            for item in module.imports:
                if item.name and item.alias != item.name:
                    self._import_aliases.setdefault(item.name, set()).add(item.alias)
            for scope in module.scopes:
                for call in scope.calls:
                    function = call.node.func
                    kind = type(function).__name__
                    if kind == "Name":
                        name = function.value
                    elif kind == "Attribute":
                        name = function.attr.value
                        if name == "append" and (base := _last_name(function.value)):
                            self._appends_by_name.setdefault(base, []).append(call)
                    else:
                        continue
                    self._calls_by_name.setdefault(name, []).append(call)
                for call in scope.calls:
                    for argument in call.node.args:
                        kind = type(argument.value).__name__
                        if kind == "Name":
                            self._passed_names.add(argument.value.value)
                        elif kind == "Attribute":
                            self._passed_names.add(argument.value.attr.value)
                for store in scope.stores:
                    if type(store.target).__name__ == "Attribute":
                        self._stores_by_name.setdefault(store.target.attr.value, []).append(store)
                    elif name := _last_name(store.target.value):
                        self._item_stores_by_name.setdefault(name, []).append(store)
                if scope.is_method and scope.decorations and _is_property(scope):
                    self._properties.add(scope.name)
                for decoration in scope.decorations:
                    if name := _last_name(decoration.expression):
                        self._decorations_by_name.setdefault(name, []).append((decoration, scope))
        self._indexed.update(self._modules)
        # Callers may have been found incompletely before these modules were read.
        self._callers.clear()
        self._subclasses.clear()

    def calls_named(self, name: str) -> list[Call]:
        """The calls whose last name is `name`, in the modules read so far."""
        self._index()
        return self._calls_by_name.get(name, [])

    # Conditions.

    def constant(self, node: Any, point: Point) -> Constant | None:
        """The one constant that an expression always is; None otherwise."""
        kind = type(node).__name__
        if kind == "Call":
            folded = on_zerogpu.folded_call(self, node, point)
            if folded is not None:
                return folded
        values = self.evaluate(node, point)
        if len(values) != 1:
            return None
        value = values[0]
        if isinstance(value, Constant):
            if kind == "Attribute" and self._set_elsewhere(node, point):
                return None
            return value
        if isinstance(value, External):
            return self.configured(value)
        if isinstance(value, Parameter) and not self.escapes(value.scope) and self.callers(value.scope):
            return self._passed_constant(value)
        return None

    def _passed_constant(self, value: Parameter) -> Constant | None:
        """The one constant that all known callers pass for a parameter, with the search over at the first other."""
        key = (value.scope, value.name)
        if key in self._expanding or self._depth > _DEEPEST:
            self._cuts += 1
            return None
        self._expanding.add(key)
        self._depth += 1
        try:
            found: Constant | None = None
            seen = {key}
            stack = [value]
            unpassed: list[Parameter] = []
            while stack:
                passed = False
                parameter = stack.pop()
                for part in self._each_passed(parameter):
                    for inner in part:
                        passed = True
                        if isinstance(inner, Parameter):
                            if (inner.scope, inner.name) in seen or len(seen) >= 20:
                                return None
                            seen.add((inner.scope, inner.name))
                            stack.append(inner)
                            continue
                        constant = self.configured(inner) if isinstance(inner, External) else inner
                        if not isinstance(constant, Constant) or (found is not None and found != constant):
                            return None
                        found = constant
                if not passed:
                    unpassed.append(parameter)
            return found if found is None or self._are_never_passed(unpassed) else None
        finally:
            self._expanding.discard(key)
            self._depth -= 1

    def _set_elsewhere(self, node: Any, point: Point) -> bool:
        """Whether an attribute is also written from outside its class, or filled by a generated constructor."""
        self._index()
        own: set[int] = set()
        for value in self.evaluate(node.value, point):
            if isinstance(value, Package):
                return False
            if isinstance(value, (Instance, Class)):
                cls = value.scope if isinstance(value, Class) else value.cls
                if node.attr.value in cls.names and (cls.decorations or self.external_bases(cls)):
                    return True
                for ancestor in self.ancestors(cls):
                    own.update(id(store) for store in self.attribute_stores(ancestor).get(node.attr.value, ()))
        return any(id(store) not in own for store in self._stores_by_name.get(node.attr.value, ()))

    def configured(self, value: External) -> Constant | None:
        """What is the same on every Space: an option or variable that nobody sets has its default, there is one GPU."""
        return on_zerogpu.configured(self, value)

    def decide(self, node: Any, point: Point) -> bool | None:
        """Whether a test is always true or always false on ZeroGPU; None when it depends or is not known."""
        key = id(node)
        if key in self._deciding or self._depth > _DEEPEST:
            self._cuts += 1
            return None
        self._deciding.add(key)
        self._depth += 1
        try:
            return on_zerogpu.decided(self, node, point)
        finally:
            self._deciding.discard(key)
            self._depth -= 1

    def is_dead(self, block: Block | None) -> bool:
        """Whether code in a block never runs on ZeroGPU."""
        if block is None:
            return False
        known = self._dead.get(block)
        if known is None:
            known = self._volatile_dead.get(block)
            if known is not None:
                self._asked += 1
        if known is None:
            known = self._provisionally_dead.get(block)
            if known is not None:
                self._cuts += 1
        if known is not None:
            return known
        cuts, asked = self._cuts, self._asked
        if block.kind == syntax.UNREACHABLE:
            dead = True
        elif block.kind == syntax.IF:
            decided = self.decide(block.node, _before(block))
            dead = decided is not None and decided is not block.branch and not on_zerogpu.is_past_check(self, block)
        elif block.kind == syntax.LOOP and type(block.statement).__name__ == "While":
            dead = self.decide(block.node, _before(block)) is False
        elif block.kind == syntax.EXCEPT:
            dead = on_zerogpu.guards_spaces_import(block)
        else:
            dead = False
        dead = dead or self.is_dead(block.parent)
        if self._cuts == cuts or not self._depth:
            (self._dead if self._asked == asked else self._volatile_dead)[block] = dead
        else:
            self._provisionally_dead[block] = dead
        return dead

    def at_end(self, module: Module) -> Point:
        """The point after the last statement of a module."""
        return Point(module.root, None, _END)


def definition_of(function: Scope) -> Point:
    """The point at which the defaults of a function's parameters are evaluated."""
    return Point(function.parent or function, function.block, function.order)


def _before(block: Block) -> Point:
    # A block has the number of the last record before it, which may be the binding of a name that its test reads.
    return Point(block.scope, block.parent, block.order + 1)


def _opposite(a: Block, b: Block) -> bool:
    return a.kind == b.kind == syntax.IF and a.node is b.node and a.branch is not b.branch


def _excludes(a: Block | None, b: Block | None) -> bool:
    """Whether two blocks are different branches of one `if`, so that what one binds never reaches the other."""
    branches = {id(block.node): block.branch for block in syntax.blocks_of(a) if block.kind == syntax.IF}
    if not branches:
        return False
    loops = [block for block in syntax.blocks_of(a) if block.kind == syntax.LOOP]
    for block in syntax.blocks_of(b):
        if block.kind == syntax.IF and branches.get(id(block.node), block.branch) is not block.branch:
            # In a loop another turn may have taken the other branch.
            return not any(syntax.encloses(loop, b) for loop in loops)
    return False


def _contains(node: Any, part: Any) -> bool:
    """Whether `part` is `node` or what a chain of method calls starts from: `Cls()` in `Cls().to("cuda")`."""
    for _ in range(_DEEPEST):
        if node is part:
            return True
        kind = type(node).__name__
        if kind == "Call":
            node = node.func
        elif kind == "Attribute":
            node = node.value
        else:
            return False
    return False


def _is_property(method: Scope) -> bool:
    return any(
        dotted(decoration.expression) in ("property", "cached_property", "functools.cached_property")
        for decoration in method.decorations
    )


def _is_abstract(method: Scope) -> bool:
    """Whether a method does nothing but say that it is for subclasses: `raise NotImplementedError`, or abstract."""
    if any(_last_name(decoration.expression) == "abstractmethod" for decoration in method.decorations):
        return True
    body: Any = method.node.body.body
    last: Any = body[-1] if body and len(body) <= 2 else None
    if type(last).__name__ == "SimpleStatementLine":
        last = last.body[-1]
    return type(last).__name__ == "Raise" and _last_name(last.exc) == "NotImplementedError"


def _fields(cls: Scope) -> list[str]:
    """The names that are annotated in the body of a class, in their order."""
    return [
        small.target.value
        for line in cls.node.body.body
        if type(line).__name__ == "SimpleStatementLine"
        for small in line.body
        if type(small).__name__ == "AnnAssign" and type(small.target).__name__ == "Name"
    ]


def _last_name(node: Any) -> str:
    """The last name in what an expression or a call of it is: `b` in `a.b`, `a.b(...)` and `b`."""
    if type(node).__name__ == "Call":
        node = node.func
    kind = type(node).__name__
    if kind == "Name":
        return str(node.value)
    return str(node.attr.value) if kind == "Attribute" else ""


def _is_dict(value: Value) -> bool:
    if isinstance(value, External):
        return value.path == "builtins.dict()"
    return isinstance(value, Container) and type(value.node).__name__ == "Dict"


def _is_empty(value: Value) -> bool:
    if isinstance(value, External):
        return value.path == "builtins.dict()" and value.origin is not None and not value.origin.node.args
    return isinstance(value, Container) and not getattr(value.node, "elements", True)


def _takes(node: Any, reader: Any) -> bool:
    """Whether `reader` is an argument of a call: what `self.run` stands for in `self.run = wrap(self.run)` is the
    method."""
    while reader is not None and type(node).__name__ == "Call":
        if any(argument.value is reader for argument in node.args):
            return True
        node = node.func
    return False


def _super(program: Program, call: Call, point: Point) -> Values | None:
    """`super()`: an instance of the next class of the Space, or of the external base."""
    method: Scope | None = point.scope.frame
    while method is not None and not method.is_method:
        method = method.parent
    if method is None or method.parent is None:
        return None
    for ancestor in program.ancestors(method.parent)[1:]:
        return (Instance(ancestor),)
    for base in program.external_bases(method.parent):
        return (External(f"{base}()"),)
    return _ANYTHING


def _getattr(program: Program, call: Call, point: Point) -> Values | None:
    arguments = call.node.args
    if len(arguments) < 2:
        return None
    name = program.constant(arguments[1].value, point)
    if name is None or not isinstance(name.value, str):
        return None
    return program._union(program.attribute(value, name.value) for value in program.evaluate(arguments[0].value, point))


_SPECIAL_CALLS: dict[str, Callable[[Program, Call, Point], Values | None]] = {"super": _super, "getattr": _getattr}

# Ways in which a name gets a value that is never a function of the Space; a parameter's value is not known here.
_NO_FUNCTIONS = frozenset({"param", "class", "except", "augmented", "match", "delete"})
# Functions of libraries that give back a function they are given: `spaces.GPU`, `functools.partial`, `typing.cast`.
_MAKING_FUNCTIONS = frozenset({"GPU", "partial", "cast"})
# Calls whose result is gone over as what they are given is, and calls that take something out of a dict.
_ITERATED = frozenset(
    """builtins.dict().items() builtins.dict().values() builtins.dict()().items() builtins.dict()().values()
    builtins.sorted() builtins.list() builtins.tuple() builtins.reversed() builtins.set() builtins.iter()""".split()
)
_TAKING = frozenset({"builtins.dict().get", "builtins.dict().pop", "builtins.dict().setdefault"})
_NEVER_FUNCTIONS = frozenset(
    """SimpleString ConcatenatedString FormattedString Integer Float UnaryOperation BinaryOperation Comparison List
    Tuple Set Dict ListComp SetComp DictComp GeneratorExp""".split()
)

_Evaluator = Callable[[Program, Any, Point], Values]
_EVALUATORS: Mapping[str, _Evaluator] = {
    "Name": Program._name,
    "Attribute": Program._attribute,
    "Call": Program._call,
    "Subscript": Program._subscript,
    "SimpleString": Program._string,
    "ConcatenatedString": Program._concatenated,
    "FormattedString": Program._formatted,
    "Integer": Program._number,
    "Float": Program._number,
    "UnaryOperation": Program._unary,
    "BinaryOperation": Program._binary,
    "BooleanOperation": Program._boolean,
    "Comparison": Program._comparison,
    "IfExp": Program._if_expression,
    "List": Program._display,
    "Tuple": Program._display,
    "Set": Program._display,
    "Dict": Program._display,
    "ListComp": Program._display,
    "SetComp": Program._display,
    "DictComp": Program._display,
    "GeneratorExp": Program._display,
    "Lambda": Program._lambda,
    "Await": Program._await,
    "NamedExpr": Program._named,
}
