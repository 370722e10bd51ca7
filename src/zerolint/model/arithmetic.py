"""What a small function of numbers gives, worked out from its text and never by running it.

Estimators of a GPU duration are of this kind: `return 20 + steps * 2`, with a condition or a `min` now and then.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Number = int | float
Names = dict[str, Number]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "Divide": operator.truediv,
    "FloorDivide": operator.floordiv,
    "Modulo": operator.mod,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
    "Equal": operator.eq,
    "NotEqual": operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "round": round,
    "abs": abs,
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "sqrt": math.sqrt,
}
# Statements and operations; an estimator has a dozen.
_MOST_STEPS = 500
_LARGEST = 1e15


class NotSimple(Exception):
    """Something that is no simple arithmetic. The text says what, in the words of the code."""


def value_of(function: Any, names: Mapping[str, Number], code: Callable[[Any], str]) -> Number:
    """What a `def` or lambda returns when its parameters and all that it looks up outside have the values `names`.

    `function` is the node, `code` gives the source of a node. Raises NotSimple.
    """
    calculation = _Calculation(dict(names), code)
    if type(function).__name__ == "Lambda":
        return calculation.number(function.body)
    found = calculation.run(function.body.body)
    if found is None:
        raise NotSimple("it returns nothing")
    return found


class _Calculation:
    """One call of the function."""

    def __init__(self, names: Names, code: Callable[[Any], str]) -> None:
        self._names = names
        self._code = code
        self._steps = 0

    def run(self, statements: Iterable[Any]) -> Number | None:
        """What the first `return` that is reached gives, None when there is none."""
        for statement in statements:
            kind = type(statement).__name__
            if kind == "If":
                found = self._branch(statement)
                if found is not None:
                    return found
                continue
            for small in statement.body if kind == "SimpleStatementLine" else (statement,):
                self._step(small)
                kind = type(small).__name__
                if kind == "Return" and small.value is not None:
                    return self.number(small.value)
                if kind == "Assign" and len(small.targets) == 1:
                    self._bind(small.targets[0].target, self.number(small.value))
                elif kind == "AnnAssign" and small.value is not None:
                    self._bind(small.target, self.number(small.value))
                elif kind == "AugAssign" and type(small.operator).__name__.removesuffix("Assign") in _OPERATORS:
                    operation = _OPERATORS[type(small.operator).__name__.removesuffix("Assign")]
                    self._bind(
                        small.target, self._applied(operation, self.number(small.target), self.number(small.value))
                    )
                elif not _is_idle(small):
                    raise NotSimple(self._code(small))
        return None

    def _branch(self, statement: Any) -> Number | None:
        while statement is not None:
            self._step(statement)
            if type(statement).__name__ == "Else" or self._truth(statement.test):
                return self.run(statement.body.body)
            statement = statement.orelse
        return None

    def _bind(self, target: Any, value: Number) -> None:
        if type(target).__name__ != "Name":
            raise NotSimple(self._code(target))
        self._names[target.value] = value

    def number(self, node: Any) -> Number:
        """The value of an expression."""
        self._step(node)
        kind = type(node).__name__
        if kind in ("Integer", "Float"):
            return self._checked(node, node.evaluated_value)
        if kind == "Name" and node.value in ("True", "False"):
            return int(node.value == "True")
        if kind == "Name" and node.value in self._names:
            return self._names[node.value]
        if kind == "BinaryOperation" and type(node.operator).__name__ in _OPERATORS:
            operation = _OPERATORS[type(node.operator).__name__]
            return self._applied(operation, self.number(node.left), self.number(node.right))
        if kind == "UnaryOperation" and type(node.operator).__name__ in ("Minus", "Plus"):
            value = self.number(node.expression)
            return -value if type(node.operator).__name__ == "Minus" else value
        if kind == "IfExp":
            return self.number(node.body if self._truth(node.test) else node.orelse)
        if kind == "Call":
            return self._called(node)
        raise NotSimple(self._code(node))

    def _called(self, node: Any) -> Number:
        function = node.func
        name = function.value if type(function).__name__ == "Name" else ""
        if type(function).__name__ == "Attribute" and getattr(function.value, "value", "") == "math":
            name = function.attr.value
        if name not in _FUNCTIONS or any(argument.keyword or argument.star for argument in node.args):
            raise NotSimple(self._code(node))
        return self._applied(_FUNCTIONS[name], *(self.number(argument.value) for argument in node.args))

    def _truth(self, node: Any) -> bool:
        self._step(node)
        kind = type(node).__name__
        if kind == "Comparison":
            left = self.number(node.left)
            for target in node.comparisons:
                compare = _COMPARISONS.get(type(target.operator).__name__)
                if compare is None:
                    raise NotSimple(self._code(node))
                right = self.number(target.comparator)
                if not compare(left, right):
                    return False
                left = right
            return True
        if kind == "BooleanOperation":
            left_holds = self._truth(node.left)
            if type(node.operator).__name__ == "And":
                return left_holds and self._truth(node.right)
            return left_holds or self._truth(node.right)
        if kind == "UnaryOperation" and type(node.operator).__name__ == "Not":
            return not self._truth(node.expression)
        return bool(self.number(node))

    def _applied(self, function: Callable[..., Any], *numbers: Number) -> Number:
        try:
            found = function(*numbers)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise NotSimple(str(error)) from None
        return self._checked(None, found)

    def _checked(self, node: Any, value: Any) -> Number:
        if not isinstance(value, (int, float)) or not abs(value) <= _LARGEST:
            raise NotSimple("a number beyond all seconds" if node is None else self._code(node))
        return value

    def _step(self, node: Any) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise NotSimple(self._code(node))


def _is_idle(small: Any) -> bool:
    """`pass`, a docstring or a `print`."""
    kind = type(small).__name__
    if kind == "Expr":
        value = type(small.value).__name__
        return value in ("SimpleString", "ConcatenatedString") or (
            value == "Call" and getattr(small.value.func, "value", "") == "print"
        )
    return kind == "Pass"
