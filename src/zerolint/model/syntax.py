"""One traversal per file: a libcst tree -> scopes, bindings, calls and writes, each with the place it stands in.

This is the visitor pipeline of zerolint. A node class is looked up in a table of functions, so the walk visits only
what carries meaning and never whitespace or punctuation; nothing is resolved here, that happens on demand in `program`.

The records are plain slotted objects and not frozen dataclasses, because tens of thousands of them are made and a
frozen one costs three times as much to make. Nothing changes them after `read_module` returns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import libcst as cst

# Kinds of scopes.
MODULE, FUNCTION, CLASS, LAMBDA, COMPREHENSION = "module", "function", "class", "lambda", "comprehension"

# Kinds of blocks, see Block.
IF, LOOP, TRY, EXCEPT, WITH, UNREACHABLE, MATCH = "if", "loop", "try", "except", "with", "unreachable", "match"


class Block:
    """A stretch of code that runs under a condition, in a loop or under a handler; blocks nest through `parent`.

    `node` is the test of an IF or of a `while`, the iterable of a `for`, the handler of an EXCEPT, the item of a WITH.
    `branch` is the truth value that the test of an IF has when the block runs. After `if test: return` the rest of the
    body is an IF block with branch False, because it runs only then; after `assert test` with branch True.
    """

    __slots__ = ("branch", "kind", "node", "order", "parent", "scope", "statement")

    def __init__(
        self, parent: Block | None, kind: str, node: Any, branch: bool, scope: Scope, order: int, statement: Any = None
    ) -> None:
        self.parent = parent
        self.kind = kind
        self.node = node
        self.branch = branch
        self.scope = scope
        self.order = order
        self.statement = statement


class Binding:
    """One way in which a name gets a value.

    `kind`: assign, augmented, for, with, import, def, class, param, except, named, delete.
    `value` is the expression; for `import` the dotted module and the name in it, for `def` and `class` the Scope, for
    `param` the Param. `path` says which part of the value is bound when a tuple is unpacked: `(1, 0)` in
    `a, (b, c) = value` for b, with -1 for a starred part.
    """

    __slots__ = ("block", "kind", "name", "node", "order", "outside", "path", "scope", "value")

    def __init__(
        self,
        kind: str,
        name: str,
        value: Any,
        path: tuple[int, ...],
        node: Any,
        scope: Scope,
        block: Block | None,
        order: int,
    ) -> None:
        self.kind = kind
        self.name = name
        self.value = value
        self.path = path
        self.node = node
        self.scope = scope
        self.block = block
        self.order = order
        self.outside = False  # made by a function through `global` or `nonlocal`


class Param:
    """A parameter: its default and annotation are expressions or None; `star` is "", "*" or "**"."""

    __slots__ = ("annotation", "default", "index", "keyword_only", "name", "node", "star")

    def __init__(
        self, name: str, default: Any, annotation: Any, star: str, keyword_only: bool, index: int, node: Any
    ) -> None:
        self.name = name
        self.default = default
        self.annotation = annotation
        self.star = star
        self.keyword_only = keyword_only
        self.index = index
        self.node = node


class Call:
    """A call. `scope` resolves its names, `function` is the function (or module or class body) that runs it.

    `is_entered` tells that it makes the object of a `with`.
    """

    __slots__ = ("block", "function", "is_entered", "node", "order", "scope")

    def __init__(self, node: Any, scope: Scope, function: Scope, block: Block | None, order: int) -> None:
        self.node = node
        self.scope = scope
        self.function = function
        self.block = block
        self.order = order
        self.is_entered = False


class Store:
    """A write to something other than a plain name: `obj.attr = v`, `obj[k] = v`, `del obj[k]`, and augmented ones.

    `target` is the Attribute or Subscript node, `value` the expression or None.
    """

    __slots__ = ("block", "function", "kind", "order", "path", "scope", "statement", "target", "value")

    def __init__(
        self,
        kind: str,
        target: Any,
        value: Any,
        path: tuple[int, ...],
        statement: Any,
        scope: Scope,
        function: Scope,
        block: Block | None,
        order: int,
    ) -> None:
        self.kind = kind
        self.target = target
        self.value = value
        self.path = path
        self.statement = statement
        self.scope = scope
        self.function = function
        self.block = block
        self.order = order


class Result:
    """A `return` or `yield`. `value` is the expression or None; `delegates` is True for `yield from`."""

    __slots__ = ("block", "delegates", "node", "order", "scope", "value")

    def __init__(self, node: Any, value: Any, delegates: bool, scope: Scope, block: Block | None, order: int) -> None:
        self.node = node
        self.value = value
        self.delegates = delegates
        self.scope = scope
        self.block = block
        self.order = order


class Decoration:
    """One decorator of a function or class: `node` is the Decorator, `expression` what stands behind the `@`."""

    __slots__ = ("block", "expression", "node", "order", "scope")

    def __init__(self, node: Any, expression: Any, scope: Scope, block: Block | None, order: int) -> None:
        self.node = node
        self.expression = expression
        self.scope = scope
        self.block = block
        self.order = order


class Scope:
    """A module, class, function, lambda or comprehension, and all that happens directly in it."""

    __slots__ = (
        "bases",
        "block",
        "calls",
        "children",
        "decorations",
        "frame",
        "globals",
        "is_async",
        "keywords",
        "kind",
        "module",
        "name",
        "names",
        "node",
        "nonlocals",
        "order",
        "params",
        "parent",
        "returns",
        "stores",
        "yields",
    )

    def __init__(
        self, kind: str, name: str, node: Any, parent: Scope | None, module: Module, block: Block | None, order: int
    ) -> None:
        self.kind = kind
        self.name = name
        self.node = node
        self.parent = parent
        self.module = module
        self.block = block
        self.order = order
        # The scope whose code runs this one's: a comprehension runs as part of the function around it.
        self.frame: Scope = parent.frame if kind == COMPREHENSION and parent is not None else self
        self.names: dict[str, list[Binding]] = {}
        self.params: list[Param] = []
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.calls: list[Call] = []
        self.returns: list[Result] = []
        self.yields: list[Result] = []
        self.stores: list[Store] = []
        self.children: list[Scope] = []
        self.decorations: list[Decoration] = []
        self.bases: list[Any] = []
        self.keywords: dict[str, Any] = {}
        self.is_async = False

    @property
    def is_function(self) -> bool:
        """Whether this is a `def` or a lambda."""
        return self.kind == FUNCTION or self.kind == LAMBDA

    @property
    def is_method(self) -> bool:
        """Whether this is a `def` directly in a class body."""
        return self.kind == FUNCTION and self.parent is not None and self.parent.kind == CLASS

    @property
    def spoken(self) -> str:
        """The scope as a message names it: in backticks, a method with its class, or what it is without a name.

        Many methods are called `__init__`, `__call__` or `run`.
        """
        if self.kind == LAMBDA:
            return "a lambda"
        if self.kind == MODULE:
            return "the module level"
        if self.is_method and self.parent is not None:
            return f"`{self.parent.name}.{self.name}`"
        return f"`{self.name}`"

    @property
    def is_generator(self) -> bool:
        """Whether calling this makes a generator."""
        return bool(self.yields)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} in {self.module.path}>"


class Import:
    """An import statement's one name. `module` is dotted with leading dots for relative ones; `name` is "" for
    `import m`."""

    __slots__ = ("alias", "block", "module", "name", "node", "order", "scope", "statement")

    def __init__(
        self,
        module: str,
        name: str,
        alias: str,
        node: Any,
        statement: Any,
        scope: Scope,
        block: Block | None,
        order: int,
    ) -> None:
        self.module = module
        self.name = name
        self.alias = alias
        self.node = node
        self.statement = statement
        self.scope = scope
        self.block = block
        self.order = order


class Module:
    """One file of the Space after the traversal. `path` is Space-relative; `scopes` lists every scope, the module
    first."""

    __slots__ = (
        "_further_places",
        "_places",
        "calls",
        "imports",
        "lambdas",
        "mentioned",
        "path",
        "root",
        "scopes",
        "statement_orders",
        "statements",
        "tries",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.scopes: list[Scope] = []
        self.imports: list[Import] = []
        self.tries: list[tuple[Any, Scope, Block | None]] = []
        self.calls: dict[int, Call] = {}  # by the id of the node, which the tree keeps alive
        self.lambdas: dict[int, Scope] = {}  # likewise
        self.mentioned: set[str] = set()  # names read other than by calling them
        # Every statement that has a line of its own, and the number of the last record before it.
        self.statements: list[Any] = []
        self.statement_orders: list[int] = []
        self._places: dict[int, Any] | None = None
        self._further_places: dict[int, Any] | None = None
        self.root: Scope

    def statement_of(self, node: Any) -> Any | None:
        """The innermost statement around a node that a record names, or one around that; None when that is not known.

        It may be wrong for a node in the head of a clause after the first; who uses it makes sure.
        """
        if self._places is None:
            self._places = _places(self)
        found = self._places.get(id(node))
        if found is None:
            if self._further_places is None:
                self._further_places = _further_places(self)
            found = self._further_places.get(id(node))
        return found


def _places(module: Module) -> dict[int, Any]:
    """The statements of the nodes that spans are asked for, by the identity of the node."""
    found: dict[int, Any] = {}
    for statement in module.statements:
        found[id(statement)] = statement
        kind = type(statement).__name__
        if kind == "SimpleStatementLine":
            for small in statement.body:
                found[id(small)] = statement
                if type(small).__name__ in ("Assign", "AnnAssign", "AugAssign", "Expr"):
                    _place_targets(small, statement, found)
        elif kind in ("FunctionDef", "ClassDef"):
            found[id(statement.name)] = statement
            for decorator in statement.decorators:
                found[id(decorator)] = statement
                found[id(decorator.decorator)] = statement
        elif kind in ("Try", "TryStar"):
            for handler in statement.handlers:
                found[id(handler)] = statement
        elif kind == "If" and statement.orelse is not None:
            found[id(statement.orelse)] = statement
    statements, orders = module.statements, module.statement_orders
    for scope in module.scopes:
        for call in scope.calls:
            statement = statements[bisect_left(orders, call.order) - 1]
            found[id(call.node)] = statement
            _place_chain(call.node.func, statement, found)
        for store in scope.stores:
            _place_chain(store.target, statements[bisect_left(orders, store.order) - 1], found)
        for result in (*scope.returns, *scope.yields):
            statement = statements[bisect_left(orders, result.order) - 1]
            found[id(result.node)] = statement
            if result.value is not None:
                found[id(result.value)] = statement
    return found


def _further_places(module: Module) -> dict[int, Any]:
    """The statements of nodes that spans are rarely asked for: arguments of calls, and what `except` names."""
    found: dict[int, Any] = {}
    for statement in module.statements:
        for handler in statement.handlers if type(statement).__name__ in ("Try", "TryStar") else ():
            if handler.type is not None:
                _place_parts(handler.type, statement, found)
    statements, orders = module.statements, module.statement_orders
    for scope in module.scopes:
        for call in scope.calls:
            statement = statements[bisect_left(orders, call.order) - 1]
            for argument in call.node.args:
                found[id(argument)] = statement
                _place_parts(argument.value, statement, found)
    return found


def _place_parts(node: Any, statement: Any, found: dict[int, Any]) -> None:
    """An expression, and the elements when it is a display."""
    _place_chain(node, statement, found)
    for element in getattr(node, "elements", ()):
        _place_parts(element.value, statement, found)


def _place_chain(node: Any, statement: Any, found: dict[int, Any]) -> None:
    """A chain of attributes and subscripts with all that it starts with."""
    found[id(node)] = statement
    while type(node).__name__ in ("Attribute", "Subscript"):
        node = node.value
        found[id(node)] = statement


def _place_targets(small: Any, statement: Any, found: dict[int, Any]) -> None:
    """The value of an assignment or expression, and the targets that it is unpacked into."""
    found[id(small.value)] = statement
    if type(small).__name__ == "Assign":
        stack = [target.target for target in small.targets]
    else:
        stack = [getattr(small, "target", None)]
    for target in stack:
        found[id(target)] = statement
        if type(target).__name__ in ("Tuple", "List"):
            stack.extend(element.value for element in target.elements)


def blocks_of(block: Block | None) -> Iterator[Block]:
    """The block and those around it, innermost first, up to the edge of the function."""
    while block is not None:
        yield block
        block = block.parent


def encloses(outer: Block | None, inner: Block | None) -> bool:
    """Whether code in `inner` runs only when `outer` runs (None, the function's own level, encloses everything)."""
    if outer is None:
        return True
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


def dotted(node: Any) -> str:
    """`a.b.c` for a chain of names and attributes, "" for anything else."""
    parts: list[str] = []
    while type(node).__name__ == "Attribute":
        parts.append(node.attr.value)
        node = node.value
    if type(node).__name__ != "Name":
        return ""
    parts.append(node.value)
    parts.reverse()
    return ".".join(parts)


def holds(node: Any, part: Any) -> bool:
    """Whether `part` is somewhere in `node`."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current is part:
            return True
        if isinstance(current, (list, tuple)):
            stack.extend(current)
        elif hasattr(current, "__slots__"):
            stack.extend(getattr(current, name) for name in current.__dataclass_fields__)
    return False


def read_module(path: str, tree: cst.Module) -> Module:
    """Walk a tree once and collect what the model needs."""
    module = Module(path)
    walk = _Walk(module, tree)
    walk.body(tree.body, module.root, None)
    return module


# Statements after which the rest of a body does not run.
_LEAVING = {"Return", "Raise", "Continue", "Break"}


class _Walk:
    """The state of one traversal: the module being filled and the running number of the next record."""

    __slots__ = ("module", "order")

    def __init__(self, module: Module, tree: Any) -> None:
        self.module = module
        self.order = 0
        root = Scope(MODULE, "<module>", tree, None, module, None, 0)
        module.root = root
        module.scopes.append(root)

    # Statements. Recursion follows the indentation, which the safety gate bounds.

    def body(self, statements: Any, scope: Scope, block: Block | None) -> None:
        module = self.module
        for statement in statements:
            module.statements.append(statement)
            module.statement_orders.append(self.order)
            name = type(statement).__name__
            if name == "SimpleStatementLine":
                for small in statement.body:
                    kind = type(small).__name__
                    handler = _SMALL.get(kind)
                    if handler is not None:
                        handler(self, small, scope, block)
                    if kind in _LEAVING:
                        block = Block(block, UNREACHABLE, small, True, scope, self.order)
                    elif kind == "Assert":
                        block = Block(block, IF, small.test, True, scope, self.order, small)
                continue
            handler = _COMPOUND.get(name)
            if handler is not None:
                handler(self, statement, scope, block)
                if name == "If":
                    block = self.after_if(statement, scope, block)

    def suite(self, suite: Any, scope: Scope, block: Block | None) -> None:
        """The body of a compound statement: an indented block, or statements on the same line."""
        if type(suite).__name__ == "IndentedBlock":
            self.body(suite.body, scope, block)
            return
        for small in suite.body:
            handler = _SMALL.get(type(small).__name__)
            if handler is not None:
                handler(self, small, scope, block)

    def after_if(self, statement: Any, scope: Scope, block: Block | None) -> Block | None:
        """What the rest of the body runs under, when a branch of the `if` before it leaves."""
        if _leaves(statement.body):
            if statement.orelse is None:
                return Block(block, IF, statement.test, False, scope, self.order, statement)
            if type(statement.orelse).__name__ == "Else" and _leaves(statement.orelse.body):
                return Block(block, UNREACHABLE, statement, True, scope, self.order)
        elif type(statement.orelse).__name__ == "Else" and _leaves(statement.orelse.body):
            return Block(block, IF, statement.test, True, scope, self.order, statement)
        return block

    def if_(self, node: Any, scope: Scope, block: Block | None) -> None:
        # A chain of `elif`s is walked in a loop: it may be thousands long.
        while True:
            self.expression(node.test, scope, block)
            self.suite(node.body, scope, Block(block, IF, node.test, True, scope, self.order, node))
            orelse = node.orelse
            if orelse is None:
                return
            block = Block(block, IF, node.test, False, scope, self.order, node)
            if type(orelse).__name__ == "If":
                node = orelse
                continue
            self.suite(orelse.body, scope, block)
            return

    def for_(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.expression(node.iter, scope, block)
        self.order += 1
        inner = Block(block, LOOP, node.iter, True, scope, self.order, node)
        self.bind_target("for", node.target, node.iter, (), node, scope, inner)
        self.suite(node.body, scope, inner)
        if node.orelse is not None:
            self.suite(node.orelse.body, scope, block)

    def while_(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.order += 1
        inner = Block(block, LOOP, node.test, True, scope, self.order, node)
        self.expression(node.test, scope, inner)
        self.suite(node.body, scope, inner)
        if node.orelse is not None:
            self.suite(node.orelse.body, scope, block)

    def try_(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.module.tries.append((node, scope, block))
        self.suite(node.body, scope, Block(block, TRY, node, True, scope, self.order, node))
        for handler in node.handlers:
            inner = Block(block, EXCEPT, handler, True, scope, self.order, node)
            if handler.type is not None:
                self.expression(handler.type, scope, inner)
            if handler.name is not None:
                self.bind_target("except", handler.name.name, handler.type, (), handler, scope, inner)
            self.suite(handler.body, scope, inner)
        if node.orelse is not None:
            self.suite(node.orelse.body, scope, Block(block, TRY, node, True, scope, self.order, node))
        if node.finalbody is not None:
            self.suite(node.finalbody.body, scope, block)

    def with_(self, node: Any, scope: Scope, block: Block | None) -> None:
        for item in node.items:
            self.expression(item.item, scope, block)
            if type(item.item).__name__ == "Call":
                self.module.calls[id(item.item)].is_entered = True
            self.order += 1
            block = Block(block, WITH, item.item, True, scope, self.order, node)
            if item.asname is not None:
                self.bind_target("with", item.asname.name, item.item, (), item, scope, block)
        self.suite(node.body, scope, block)

    def match(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.expression(node.subject, scope, block)
        for case in node.cases:
            inner = Block(block, MATCH, case, True, scope, self.order, node)
            self.pattern(case.pattern, node.subject, scope, inner)
            if case.guard is not None:
                self.expression(case.guard, scope, inner)
                inner = Block(inner, IF, case.guard, True, scope, self.order, node)
            self.suite(case.body, scope, inner)

    def pattern(self, node: Any, subject: Any, scope: Scope, block: Block) -> None:
        """Names that a `case` pattern binds; what they get is unknown."""
        stack = [node]
        while stack:
            item = stack.pop()
            if item is None:
                continue
            name = type(item).__name__
            if name in ("MatchAs", "MatchStar") and item.name is not None:
                self.order += 1
                self.bind(Binding("match", item.name.value, None, (), item, scope, block, self.order))
            if name == "MatchMapping" and item.rest is not None:
                self.order += 1
                self.bind(Binding("match", item.rest.value, None, (), item, scope, block, self.order))
            for field in ("pattern", "patterns", "elements", "left", "right", "kwds", "value"):
                child = getattr(item, field, None)
                if isinstance(child, (list, tuple)):
                    stack.extend(child)
                elif child is not None and type(child).__name__.startswith("Match"):
                    stack.append(child)

    def function(self, node: Any, scope: Scope, block: Block | None) -> None:
        for decorator in node.decorators:
            self.expression(decorator.decorator, scope, block)
        self.order += 1
        function = Scope(FUNCTION, node.name.value, node, scope, self.module, block, self.order)
        function.is_async = node.asynchronous is not None
        for decorator in node.decorators:
            function.decorations.append(Decoration(decorator, decorator.decorator, scope, block, self.order))
        self.module.scopes.append(function)
        scope.children.append(function)
        self.parameters(node.params, function, scope, block)
        self.bind(Binding("def", node.name.value, function, (), node, scope, block, self.order))
        self.suite(node.body, function, None)

    def class_(self, node: Any, scope: Scope, block: Block | None) -> None:
        for decorator in node.decorators:
            self.expression(decorator.decorator, scope, block)
        for argument in (*node.bases, *node.keywords):
            self.expression(argument.value, scope, block)
        self.order += 1
        class_scope = Scope(CLASS, node.name.value, node, scope, self.module, block, self.order)
        class_scope.bases = [argument.value for argument in node.bases]
        class_scope.keywords = {a.keyword.value: a.value for a in node.keywords if a.keyword is not None}
        for decorator in node.decorators:
            class_scope.decorations.append(Decoration(decorator, decorator.decorator, scope, block, self.order))
        self.module.scopes.append(class_scope)
        scope.children.append(class_scope)
        self.suite(node.body, class_scope, None)
        self.order += 1
        self.bind(Binding("class", node.name.value, class_scope, (), node, scope, block, self.order))

    def parameters(self, params: Any, function: Scope, scope: Scope, block: Block | None) -> None:
        index = 0
        groups = (
            (params.posonly_params, False, ""),
            (params.params, False, ""),
            ((params.star_arg,), True, "*"),
            (params.kwonly_params, True, ""),
            ((params.star_kwarg,), True, "**"),
        )
        for group, keyword_only, star in groups:
            for node in group:
                if type(node).__name__ != "Param":
                    continue
                if node.default is not None:
                    self.expression(node.default, scope, block)
                annotation = node.annotation.annotation if node.annotation is not None else None
                param = Param(node.name.value, node.default, annotation, star, keyword_only, index, node)
                index += 1
                function.params.append(param)
                binding = Binding("param", param.name, param, (), node, function, None, 0)
                function.names.setdefault(param.name, []).append(binding)

    # Small statements.

    def expr(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.expression(node.value, scope, block)

    def assign(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.expression(node.value, scope, block)
        for target in node.targets:
            self.bind_target("assign", target.target, node.value, (), node, scope, block)

    def annotated(self, node: Any, scope: Scope, block: Block | None) -> None:
        if node.value is not None:
            self.expression(node.value, scope, block)
            self.bind_target("assign", node.target, node.value, (), node, scope, block)

    def augmented(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.expression(node.value, scope, block)
        self.bind_target("augmented", node.target, node.value, (), node, scope, block)

    def delete(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.bind_target("delete", node.target, None, (), node, scope, block)

    def return_(self, node: Any, scope: Scope, block: Block | None) -> None:
        if node.value is not None:
            self.expression(node.value, scope, block)
        self.order += 1
        scope.frame.returns.append(Result(node, node.value, False, scope, block, self.order))

    def raise_(self, node: Any, scope: Scope, block: Block | None) -> None:
        if node.exc is not None:
            self.expression(node.exc, scope, block)

    def assert_(self, node: Any, scope: Scope, block: Block | None) -> None:
        self.expression(node.test, scope, block)

    def global_(self, node: Any, scope: Scope, block: Block | None) -> None:
        scope.globals.update(item.name.value for item in node.names)

    def nonlocal_(self, node: Any, scope: Scope, block: Block | None) -> None:
        scope.nonlocals.update(item.name.value for item in node.names)

    def import_(self, node: Any, scope: Scope, block: Block | None) -> None:
        for alias in node.names:
            self.order += 1
            module = dotted(alias.name)
            name = alias.asname.name.value if alias.asname is not None else module.split(".", 1)[0]
            self.module.imports.append(Import(module, "", name, alias, node, scope, block, self.order))
            value = (module, "") if alias.asname is not None else (module.split(".", 1)[0], "")
            self.bind(Binding("import", name, value, (), node, scope, block, self.order))

    def import_from(self, node: Any, scope: Scope, block: Block | None) -> None:
        module = "." * len(node.relative) + (dotted(node.module) if node.module is not None else "")
        if type(node.names).__name__ == "ImportStar":
            self.order += 1
            self.module.imports.append(Import(module, "*", "", node, node, scope, block, self.order))
            return
        for alias in node.names:
            self.order += 1
            name = alias.name.value
            bound = alias.asname.name.value if alias.asname is not None else name
            self.module.imports.append(Import(module, name, bound, alias, node, scope, block, self.order))
            self.bind(Binding("import", bound, (module, name), (), node, scope, block, self.order))

    # Binding.

    def bind(self, binding: Binding) -> None:
        scope = binding.scope
        name = binding.name
        if name in scope.globals:
            binding.outside = True
            scope = self.module.root
        elif name in scope.nonlocals:
            binding.outside = True
            outer = scope.parent
            while outer is not None and not (outer.is_function and name in outer.names):
                outer = outer.parent
            scope = outer or scope
        scope.names.setdefault(name, []).append(binding)

    def bind_target(
        self, kind: str, target: Any, value: Any, path: tuple[int, ...], node: Any, scope: Scope, block: Block | None
    ) -> None:
        name = type(target).__name__
        if name == "Name":
            self.order += 1
            # A walrus in a comprehension binds in the function around it.
            owner = scope.frame if kind == "named" else scope
            self.bind(Binding(kind, target.value, value, path, node, owner, block, self.order))
        elif name in ("Tuple", "List"):
            for index, element in enumerate(target.elements):
                if type(element).__name__ == "StarredElement":
                    index = -1
                self.bind_target(kind, element.value, value, (*path, index), node, scope, block)
        elif name in ("Attribute", "Subscript"):
            self.expression(target.value, scope, block)
            if name == "Subscript":
                self.subscript_indices(target, scope, block)
            self.order += 1
            scope.frame.stores.append(Store(kind, target, value, path, node, scope, scope.frame, block, self.order))

    def subscript_indices(self, node: Any, scope: Scope, block: Block | None) -> None:
        for element in node.slice:
            index = element.slice
            if type(index).__name__ == "Index":
                self.expression(index.value, scope, block)
            else:
                for part in (index.lower, index.upper, index.step):
                    if part is not None:
                        self.expression(part, scope, block)

    # Expressions: an explicit stack, because chains of attributes and operators nest as deep as they are long.

    def expression(self, node: Any, scope: Scope, block: Block | None) -> None:
        stack = [node]
        pop = stack.pop
        table = _CHILDREN
        mentioned = self.module.mentioned
        while stack:
            node = pop()
            kind = type(node).__name__
            if kind == "Name":
                mentioned.add(node.value)
                continue
            children = table.get(kind)
            if children is None:
                continue
            if isinstance(children, tuple):
                for field in children:
                    child = getattr(node, field)
                    if child is not None:
                        if child.__class__ is tuple or child.__class__ is list:
                            stack.extend(reversed(child))
                        else:
                            stack.append(child)
            else:
                children(self, node, scope, block, stack)

    def call(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        # The record is made when the call is met; its parts follow in source order and get later numbers.
        self.order += 1
        frame = scope.frame
        record = Call(node, scope, frame, block, self.order)
        frame.calls.append(record)
        self.module.calls[id(node)] = record
        for argument in reversed(node.args):
            stack.append(argument.value)
        if type(node.func).__name__ != "Name":
            stack.append(node.func)

    def lambda_(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        self.order += 1
        function = Scope(LAMBDA, "<lambda>", node, scope, self.module, block, self.order)
        self.module.scopes.append(function)
        self.module.lambdas[id(node)] = function
        scope.children.append(function)
        self.parameters(node.params, function, scope, block)
        self.expression(node.body, function, None)
        self.order += 1
        function.returns.append(Result(node.body, node.body, False, function, None, self.order))

    def comprehension(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        self.order += 1
        inner = Scope(COMPREHENSION, "<comprehension>", node, scope, self.module, block, self.order)
        scope.children.append(inner)
        self.module.scopes.append(inner)
        loop = node.for_in
        first = True
        while loop is not None:
            # The first iterable is evaluated in the scope around, once.
            self.expression(loop.iter, scope if first else inner, block)
            self.order += 1
            block = Block(block, LOOP, loop.iter, True, scope if first else inner, self.order, node)
            self.bind_target("for", loop.target, loop.iter, (), loop, inner, block)
            for condition in loop.ifs:
                self.expression(condition.test, inner, block)
                block = Block(block, IF, condition.test, True, inner, self.order, node)
            loop = loop.inner_for_in
            first = False
        if type(node).__name__ == "DictComp":
            self.expression(node.key, inner, block)
            self.expression(node.value, inner, block)
        else:
            self.expression(node.elt, inner, block)

    def if_expression(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        while True:
            self.expression(node.test, scope, block)
            self.expression(node.body, scope, Block(block, IF, node.test, True, scope, self.order, node))
            block = Block(block, IF, node.test, False, scope, self.order, node)
            if type(node.orelse).__name__ != "IfExp":
                self.expression(node.orelse, scope, block)
                return
            node = node.orelse

    def boolean(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        # `a and b`: b runs under a. A long chain leans to the left, so it is unrolled instead of recursed into.
        operands = [node.right]
        operators = [type(node.operator).__name__]
        left = node.left
        while type(left).__name__ == "BooleanOperation":
            operands.append(left.right)
            operators.append(type(left.operator).__name__)
            left = left.left
        self.expression(left, scope, block)
        test = left
        for operand, operator in zip(reversed(operands), reversed(operators), strict=True):
            block = Block(block, IF, test, operator == "And", scope, self.order, node)
            self.expression(operand, scope, block)
            test = operand

    def named(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        self.expression(node.value, scope, block)
        self.bind_target("named", node.target, node.value, (), node, scope, block)

    def yield_(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        value = node.value
        delegates = False
        if type(value).__name__ == "From":
            value, delegates = value.item, True
        if value is not None:
            self.expression(value, scope, block)
        self.order += 1
        scope.frame.yields.append(Result(node, value, delegates, scope, block, self.order))

    def subscript(self, node: Any, scope: Scope, block: Block | None, stack: list[Any]) -> None:
        self.expression(node.value, scope, block)
        self.subscript_indices(node, scope, block)


def _leaves(suite: Any) -> bool:
    """Whether a body surely ends in return, raise, continue or break."""
    statements = suite.body
    if not statements:
        return False
    last = statements[-1]
    name = type(last).__name__
    if name == "SimpleStatementLine":
        return type(last.body[-1]).__name__ in _LEAVING
    if name in _LEAVING:
        return True
    if name == "If":
        while True:
            if not _leaves(last.body):
                return False
            orelse = last.orelse
            if orelse is None:
                return False
            if type(orelse).__name__ == "Else":
                return _leaves(orelse.body)
            last = orelse
    if name == "With":
        return _leaves(last.body)
    return False


_Small = Callable[[_Walk, Any, Scope, "Block | None"], None]
_Inner = Callable[[_Walk, Any, Scope, "Block | None", "list[Any]"], None]

_SMALL: dict[str, _Small] = {
    "Expr": _Walk.expr,
    "Assign": _Walk.assign,
    "AnnAssign": _Walk.annotated,
    "AugAssign": _Walk.augmented,
    "Del": _Walk.delete,
    "Return": _Walk.return_,
    "Raise": _Walk.raise_,
    "Assert": _Walk.assert_,
    "Global": _Walk.global_,
    "Nonlocal": _Walk.nonlocal_,
    "Import": _Walk.import_,
    "ImportFrom": _Walk.import_from,
}

_COMPOUND: dict[str, _Small] = {
    "If": _Walk.if_,
    "For": _Walk.for_,
    "While": _Walk.while_,
    "Try": _Walk.try_,
    "TryStar": _Walk.try_,
    "With": _Walk.with_,
    "Match": _Walk.match,
    "FunctionDef": _Walk.function,
    "ClassDef": _Walk.class_,
}

# What carries meaning below an expression: field names to follow, or a function where a record or a block is made.
_CHILDREN: dict[str, tuple[str, ...] | _Inner] = {
    "Attribute": ("value",),
    "Call": _Walk.call,
    "Subscript": _Walk.subscript,
    "BinaryOperation": ("right", "left"),
    "BooleanOperation": _Walk.boolean,
    "UnaryOperation": ("expression",),
    "Comparison": ("comparisons", "left"),
    "ComparisonTarget": ("comparator",),
    "IfExp": _Walk.if_expression,
    "Lambda": _Walk.lambda_,
    "GeneratorExp": _Walk.comprehension,
    "ListComp": _Walk.comprehension,
    "SetComp": _Walk.comprehension,
    "DictComp": _Walk.comprehension,
    "Tuple": ("elements",),
    "List": ("elements",),
    "Set": ("elements",),
    "Dict": ("elements",),
    "Element": ("value",),
    "StarredElement": ("value",),
    "DictElement": ("value", "key"),
    "StarredDictElement": ("value",),
    "FormattedString": ("parts",),
    "FormattedStringExpression": ("expression",),
    "ConcatenatedString": ("right", "left"),
    "TemplatedString": ("parts",),
    "TemplatedStringExpression": ("expression",),
    "Await": ("expression",),
    "Yield": _Walk.yield_,
    "NamedExpr": _Walk.named,
}
