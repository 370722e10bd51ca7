"""What ZeroGPU is today, as data: every entry in the TOML files here has a value, a source and the date it was read.

That date is the last day on which the source was found to say so, however long it has said so: when it is a year back,
reports say that a newer zerolint may know better.

No version, size or limit stands in the code of a rule or in its message. What a configuration says in place of a fact
holds while its Space is judged, see `using`; nothing that outlives a Space may remember a fact.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zerolint.finding import Fact

if TYPE_CHECKING:
    from contextvars import ContextVar

# An entry of our files is TOML written so plainly that its values are JSON too: to import a parser of TOML takes longer
# than to read the whole of a small Space.
_ENTRY = r"^\[(\w+(?:\.\w+)+)\]\n(?:#.*\n)*value = (.+)\n(?:#.*\n)*source = (\".+\")\n(?:#.*\n)*date = (\".+\")$"


def fact(name: str) -> Fact:
    """A fact by its dotted name, `duration.default_seconds`. Raises KeyError for a name that does not exist."""
    return _configured().get().get(name) or _known(name)


@contextmanager
def using(configured: Iterable[tuple[str, Fact]]) -> Iterator[None]:
    """Have `fact` give these, in this thread, while the block runs: what `Settings.facts` holds for the Space judged.

    Those that a block around it has named stay, unless they are named again.
    """
    token = _configured().set({**_configured().get(), **{name: thawed(fact) for name, fact in configured}})
    try:
        yield
    finally:
        _configured().reset(token)


@functools.cache
def _configured() -> ContextVar[Mapping[str, Fact]]:
    # A run that finds its results in the cache judges nothing, and needs no such thing.
    from contextvars import ContextVar

    return ContextVar("configured", default=MappingProxyType({}))


def all_facts() -> dict[str, Fact]:
    """Every fact by its name, in the order of the names; inside `using` as it is configured there."""
    return dict(sorted({**{name: _known(name) for name in _entries()}, **_configured().get()}.items()))


def thawed(fact: Fact) -> Fact:
    """The fact with lists for the tuples in its value."""

    def lists(value: Any) -> Any:
        return [lists(item) for item in value] if isinstance(value, tuple) else value

    return fact._replace(value=lists(fact.value))


def frozen(fact: Fact) -> Fact:
    """The fact with tuples for the lists in its value, which can be hashed."""

    def tuples(value: Any) -> Any:
        return tuple(tuples(item) for item in value) if isinstance(value, list) else value

    return fact._replace(value=tuples(fact.value))


@functools.cache
def latest_date() -> str:
    """The date of the newest fact, as every verdict line shows it."""
    # Nothing else is looked for in the texts: a run that finds its results in the cache needs no more.
    dates: list[str] = re.findall(r'^date = "(\d{4}-\d{2}-\d{2})"', "\n".join(_texts()), re.MULTILINE)
    return max(dates)


@functools.cache
def _texts() -> list[str]:
    # The files lie beside this one in an installation too; importlib.resources would cost more than all else here, and
    # a Path for each would take longer than the files. What the platform says when a Space fails is no fact that a rule
    # rests on: `facts.messages` has it.
    folder = os.path.dirname(__file__)  # noqa: PTH120
    texts = []
    for name in sorted(os.listdir(folder)):  # noqa: PTH208
        if name.endswith(".toml") and name != "messages.toml":
            with open(os.path.join(folder, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
                texts.append(file.read())
    return texts


@functools.cache
def _entries() -> dict[str, list[str]]:
    """Value, source and date of each fact, as they are written."""
    return {name: entry for text in _texts() for name, *entry in re.findall(_ENTRY, text, re.MULTILINE)}


@functools.cache
def _known(name: str) -> Fact:
    # Some values are long tables, which most runs do not need.
    return Fact(*map(json.loads, _entries()[name]))
