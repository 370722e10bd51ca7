"""Code that runs once and is then done with, or that one thread at a time runs.

`if model is None: model = load()` and its relatives create what is kept from then on, and so does what is called there.
Where a test also asks whether what is there is for another request (`or name != current`), the code runs whenever a
visitor wants something else; a GPU worker has one request at a time, so there this is no more than a cache, unless all
that is kept is a note of what was done to something else.
"""

from __future__ import annotations

import re
from typing import Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.program import Program
from zerolint.model.syntax import Block, Scope, dotted
from zerolint.model.values import External, Point

_LOCKS = r"(?:threading|multiprocessing|asyncio|filelock|anyio)\.(?:\w*Lock|\w*Semaphore|Condition|SoftFileLock)\(\)"
_LOCK_NAME = r"(?i)(?:^|_)(?:r?lock|mutex|semaphore)s?\d*$"
_MISSING = frozenset({"NameError", "AttributeError", "UnboundLocalError"})


class Guards:
    """What the blocks of a program say about the state of its modules. Answers are remembered by block."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._flags: dict[Block, str] = {}

    def is_settled(self, block: Block | None, context: Context, or_stale: bool = True) -> bool:
        """Whether code in a block is no free write: it creates what is then kept, or it holds a lock in a handler.

        With `or_stale`, in a worker also what replaces something that is for another request.
        """
        for outer in syntax.blocks_of(block):
            flag = self._flags.get(outer)
            if flag is None:
                flag = self._flags[outer] = self._flag(outer)
            if flag == "unset" or (flag == "stale" and or_stale and context is Context.GPU):
                return True
            if flag == "lock" and context is not Context.GPU:
                return True
        return False

    def _flag(self, block: Block) -> str:
        """What a block says about the state: `unset`, `stale` (unset or of another request), `lock`, or nothing."""
        if block.kind == syntax.IF:
            return self._absence(block.node, block.branch, Point(block.scope, block.parent, block.order))
        if block.kind == syntax.WITH:
            return "lock" if self._is_lock(block.node, Point(block.scope, block.parent, block.order)) else ""
        if block.kind == syntax.EXCEPT and block.node.type is not None:
            kind = block.node.type
            names = [element.value for element in kind.elements] if type(kind).__name__ == "Tuple" else [kind]
            return "unset" if any(dotted(name) in _MISSING for name in names) else ""
        return ""

    def _absence(self, node: Any, branch: bool, point: Point) -> str:
        """What follows from a test for the state that it looks at, when it comes out as `branch`."""
        while type(node).__name__ == "UnaryOperation" and type(node.operator).__name__ == "Not":
            node, branch = node.expression, not branch
        kind = type(node).__name__
        if kind == "BooleanOperation":
            operands = [node.right]
            left = node.left
            every = (type(node.operator).__name__ == "And") is not branch
            while type(left).__name__ == "BooleanOperation" and type(left.operator) is type(node.operator):
                operands.append(left.right)
                left = left.left
            flags = {self._absence(operand, branch, point) for operand in (*operands, left)}
            if every:
                return "" if "" in flags else "stale" if "stale" in flags else "unset"
            return "unset" if "unset" in flags else "stale" if "stale" in flags else ""
        if kind == "Comparison":
            return self._comparison(node, branch, point) if len(node.comparisons) == 1 else ""
        if kind == "Call" and type(node.func).__name__ == "Name":
            if node.func.value == "hasattr" and node.args and not branch:
                # `hasattr(self, "model")` too: an object that was passed may outlive the request.
                outlives = self._may_outlive(node.args[0].value, point.scope) or self._is_passed(
                    node.args[0].value, point
                )
                return "unset" if outlives else ""
        if not branch and kind in ("Name", "Attribute", "Subscript", "Call"):
            return "unset" if self._may_outlive(node, point.scope) and not self._is_switch(node, point) else ""
        return ""

    def _comparison(self, node: Any, branch: bool, point: Point) -> str:
        target = node.comparisons[0]
        operator = type(target.operator).__name__
        left, right = node.left, target.comparator
        if operator in ("NotEqual", "NotIn", "IsNot"):
            branch = not branch
        if operator in ("In", "NotIn"):
            # `"model" not in globals()` and in a dict of the module by a fixed key.
            fixed = type(left).__name__ == "SimpleString"
            return "unset" if fixed and not branch and self._may_outlive(right, point.scope) else ""
        if operator not in ("Equal", "NotEqual", "Is", "IsNot"):
            return ""
        if type(right).__name__ == "Name" and right.value == "None":
            return "unset" if branch and self._may_outlive(left, point.scope) else ""
        if type(right).__name__ == "Integer" and right.value == "0" and type(left).__name__ == "Call":
            is_length = type(left.func).__name__ == "Name" and left.func.value == "len" and len(left.args) == 1
            return "unset" if is_length and branch and self._may_outlive(left.args[0].value, point.scope) else ""
        if branch or any(_is_literal(side) for side in (left, right)):
            return ""
        return "stale" if any(self._may_outlive(side, point.scope) for side in (left, right)) else ""

    def _may_outlive(self, node: Any, scope: Scope, depth: int = 0) -> bool:
        """Whether an expression of a test is a name of a module, an attribute of an object that was passed, or such."""
        kind = type(node).__name__
        if kind == "Name":
            owner = self._program.owner(node.value, scope)
            if owner is None:
                return False
            if owner.kind == syntax.MODULE or owner.frame is not scope.frame:
                return any(binding.kind not in ("def", "class") for binding in owner.names[node.value])
            return depth < 3 and any(
                binding.kind in ("assign", "named")
                and type(binding.value).__name__ in ("Name", "Attribute", "Subscript")
                and self._may_outlive(binding.value, scope, depth + 1)
                for binding in owner.names[node.value]
            )
        if kind == "Attribute" and type(node.value).__name__ == "Name":
            owner = self._program.owner(node.value.value, scope)
            if owner is not None and any(binding.kind == "param" for binding in owner.names[node.value.value]):
                return True
        if kind in ("Attribute", "Subscript"):
            return self._may_outlive(node.value, scope, depth)
        if kind == "Call" and type(node.func).__name__ == "Name" and node.args:
            if node.func.value == "globals":
                return True
            if node.func.value == "getattr":
                inner = node.args[0].value
                owner = self._program.owner(inner.value, scope) if type(inner).__name__ == "Name" else None
                return owner is not None and (owner.kind == syntax.MODULE or bool(owner.params))
        return kind == "Call" and type(node.func).__name__ == "Name" and node.func.value == "globals"

    def _is_passed(self, node: Any, point: Point) -> bool:
        """Whether an expression is the name of a parameter."""
        if type(node).__name__ != "Name":
            return False
        owner = self._program.owner(node.value, point.scope)
        return owner is not None and any(binding.kind == "param" for binding in owner.names[node.value])

    def _is_switch(self, node: Any, point: Point) -> bool:
        """Whether a global name goes on and off: functions that may run set it to True and to False."""
        if type(node).__name__ != "Name":
            return False
        owner = self._program.owner(node.value, point.scope)
        written = {
            binding.value.value
            for binding in (owner.names[node.value] if owner is not None else ())
            if binding.outside and type(binding.value).__name__ == "Name" and self._may_run(binding.scope.frame)
        }
        return {"True", "False"} <= written

    def _may_run(self, scope: Scope) -> bool:
        """Whether something calls a function, is handed it, or decorates it, as far as that is known."""
        program = self._program
        return (
            not scope.is_function
            or scope.is_method
            or bool(scope.decorations or program.callers(scope))
            or scope in program.registered
            or program.is_used_as_value(scope)
        )

    def _is_lock(self, node: Any, point: Point) -> bool:
        if any(isinstance(v, External) and re.match(_LOCKS, v.path) for v in self._program.evaluate(node, point)):
            return True
        while type(node).__name__ in ("Call", "Subscript"):
            node = node.func if type(node).__name__ == "Call" else node.value
        name = dotted(node).rsplit(".", 1)[-1]
        return bool(re.search(_LOCK_NAME, name))

    def makes_entry(self, container: Any, block: Block | None) -> bool:
        """Whether code runs when a container has no entry: `key not in c`, `c.get(key) is None`, `except KeyError`."""
        name = _spelled(container)
        return bool(name) and any(self._tests_entry(outer, name) for outer in syntax.blocks_of(block))

    def _tests_entry(self, block: Block, container: str) -> bool:
        if block.kind == syntax.EXCEPT:
            return block.node.type is not None and dotted(block.node.type) == "KeyError"
        return block.kind == syntax.IF and self._denies(block.node, block.branch, container, block.scope)

    def _denies(self, node: Any, branch: bool, container: str, scope: Scope) -> bool:
        """Whether a container has no entry when a test is true, or false for a `branch` that is False."""
        while type(node).__name__ == "UnaryOperation" and type(node.operator).__name__ == "Not":
            node, branch = node.expression, not branch
        if type(node).__name__ == "BooleanOperation":
            parts = (self._denies(part, branch, container, scope) for part in (node.left, node.right))
            return any(parts) if branch is (type(node.operator).__name__ == "And") else all(parts)
        if type(node).__name__ == "Comparison" and len(node.comparisons) == 1:
            right = node.comparisons[0].comparator
            operator = type(node.comparisons[0].operator).__name__
            if operator in ("In", "NotIn"):
                tested = _spelled(_without_calls(right))
                # What has no entry has no entry in that entry either.
                within = tested == container or (tested != "" and container.startswith(f"{tested}["))
                return branch is (operator == "NotIn") and within
            if dotted(right) != "None" or branch is not (operator in ("Is", "Equal")):
                return False
            return self._is_entry(node.left, container, scope)
        return not branch and self._is_entry(node, container, scope)

    def _is_entry(self, node: Any, container: str, scope: Scope) -> bool:
        """Whether an expression is an entry of a container, or a name that got one."""
        kind = type(node).__name__
        if kind == "Name":
            owner = self._program.owner(node.value, scope)
            bindings = owner.names[node.value] if owner is not None and owner.is_function else ()
            return any(
                type(binding.value).__name__ == "Call" and self._is_entry(binding.value, container, scope)
                for binding in bindings
            )
        if kind == "Subscript":
            return _spelled(node.value) == container
        if kind != "Call" or type(node.func).__name__ != "Attribute" or node.func.attr.value != "get":
            return False
        return _spelled(node.func.value) == container


def _without_calls(node: Any) -> Any:
    """`c` for `c.keys()`, and `name` for `name.lower()`."""
    while type(node).__name__ == "Call" and type(node.func).__name__ == "Attribute" and not node.args:
        node = node.func.value
    return node


def _spelled(node: Any) -> str:
    """A chain of names, attributes and subscripts, to tell whether two are the same; "" for anything else."""
    kind = type(node).__name__
    if kind == "Subscript":
        index = node.slice[0].slice
        inner = _spelled(_without_calls(index.value)) if type(index).__name__ == "Index" else ""
        outer = _spelled(node.value)
        return f"{outer}[{inner}]" if inner and outer and len(node.slice) == 1 else ""
    if kind == "Attribute":
        outer = _spelled(node.value)
        return f"{outer}.{node.attr.value}" if outer else ""
    return str(node.value) if kind in ("Name", "SimpleString", "Integer") else ""


def _is_literal(node: Any) -> bool:
    kind = type(node).__name__
    return kind in ("SimpleString", "Integer", "Float") or (kind == "Name" and node.value in ("True", "False"))
