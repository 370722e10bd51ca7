"""Which names a piece of code mentions, in the order of the source: for the few functions that a rule looks into.

The traversal in `syntax` keeps no record of a name that is only read, because nearly nothing asks for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Iterator
from typing import Any

_NO_PART = (
    r"whitespace|lines|lpar|rpar|bracket|brace|comma|operator|equal|colon|dot|header|footer|indent|semicolon|keyword"
)


@functools.cache
def _parts(kind: Hashable) -> tuple[str, ...]:
    """The fields of a kind of node that can hold a name that is read: no whitespace, no punctuation."""
    if getattr(kind, "__name__", "") == "Attribute":
        return ("value",)
    return tuple(name for name in getattr(kind, "__dataclass_fields__", ()) if not re.search(_NO_PART, name))


def nodes_in(node: Any) -> Iterator[Any]:
    """A node and all below it that carry meaning, in the order of their fields."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.__class__ is tuple or current.__class__ is list:
            stack.extend(reversed(current))
        elif hasattr(current, "__dataclass_fields__"):
            yield current
            stack.extend(getattr(current, name) for name in reversed(_parts(current.__class__)))


def names_in(node: Any) -> Iterator[str]:
    """The plain names that stand in a piece of code, those that it binds among them."""
    return (found.value for found in nodes_in(node) if type(found).__name__ == "Name")


def steps_of(function: Any) -> list[Any]:
    """The small statements and the heads of compound ones in a function's body, in the order of the source.

    What stands in functions and classes inside it is one step.
    """
    found: list[Any] = []
    stack = [function.body]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if node is None:
            continue
        if node.__class__ is tuple or node.__class__ is list:
            stack.extend(reversed(node))
        elif kind in ("IndentedBlock", "SimpleStatementSuite", "SimpleStatementLine", "Else", "Finally"):
            stack.append(node.body)
        elif kind == "If":
            found.append(node.test)
            stack += [node.orelse, node.body]
        elif kind == "For":
            found += [node.iter, node.target]
            stack += [node.orelse, node.body]
        elif kind == "While":
            found.append(node.test)
            stack += [node.orelse, node.body]
        elif kind in ("Try", "TryStar"):
            stack += [node.finalbody, node.orelse, node.handlers, node.body]
        elif kind in ("ExceptHandler", "ExceptStarHandler"):
            stack.append(node.body)
        elif kind == "With":
            found += node.items
            stack.append(node.body)
        elif kind == "Match":
            found.append(node.subject)
            stack += [case.body for case in reversed(node.cases)]
        else:
            found.append(node)
    return found
