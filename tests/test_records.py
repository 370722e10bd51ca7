"""`zerolint.records.NamedTuple` does what `typing.NamedTuple` does."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from zerolint import records


class Ours(records.NamedTuple):
    """One place."""

    path: str
    line: int
    column: int = 1
    tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}"


class Theirs(typing.NamedTuple):
    """One place."""

    path: str
    line: int
    column: int = 1
    tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}"


class Empty(records.NamedTuple):
    pass


@pytest.fixture(params=[Ours, Theirs], ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_values_come_by_position_and_by_name(kind: Any) -> None:
    assert kind("a", 2) == kind("a", line=2) == kind(line=2, path="a") == kind("a", 2, 1, ()) == ("a", 2, 1, ())
    assert kind("a", 2, tags=("x",)) == ("a", 2, 1, ("x",))
    value = kind("a", 2, 3)
    assert (value.path, value.line, value.column, value.tags, value.name) == ("a", 2, 3, (), "a:2")
    path, line, *rest = value
    assert (path, line, rest) == ("a", 2, [3, ()])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        (("a",), {}),
        (("a", 2, 3, (), 5), {}),
        (("a", 2), {"path": "b"}),
        (("a",), {"line": 2, "row": 3}),
        (("a", 2, 3, ()), {"row": 3}),
    ],
)
def test_wrong_values_are_refused(kind: Any, values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


def test_it_is_a_tuple_that_nobody_changes(kind: Any) -> None:
    value = kind("a", 2)
    with pytest.raises(AttributeError):
        value.line = 3
    with pytest.raises(AttributeError):
        value.row = 3
    assert {value: 1}[("a", 2, 1, ())] == 1
    assert sorted([kind("b", 1), kind("a", 9), kind("a", 2)]) == [("a", 2, 1, ()), ("a", 9, 1, ()), ("b", 1, 1, ())]


def test_a_changed_copy_is_of_the_same_class(kind: Any) -> None:
    changed = kind("a", 2)._replace(line=3, tags=("x",))
    assert type(changed) is kind
    assert changed == ("a", 3, 1, ("x",))
    with pytest.raises((TypeError, ValueError)):
        changed._replace(row=1)


def test_what_the_class_says_of_itself(kind: Any) -> None:
    assert kind._fields == kind.__match_args__ == ("path", "line", "column", "tags")
    assert kind._field_defaults == {"column": 1, "tags": ()}
    assert kind.__doc__ == "One place."
    assert repr(kind("a", 2)) == f"{kind.__name__}(path='a', line=2, column=1, tags=())"


def test_copies_and_pickles(kind: Any) -> None:
    value = kind("a", 2, 3, ("x",))
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert type(other) is kind
        assert other == value


def test_nothing_in_it() -> None:
    assert Empty() == ()
    assert repr(Empty()) == "Empty()"
