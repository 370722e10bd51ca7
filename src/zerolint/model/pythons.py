"""Requirements of which no version is left for the Python that the Space is built with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model.pins import excludes
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.requirements import Requirement


class TooNew(NamedTuple):
    """A requirement that only versions from `since` on meet, which need Python `needed` (`3.11`) or a later one."""

    requirement: Requirement
    since: str
    needed: str


def too_new(space: Space, python: str) -> Iterator[TooNew]:
    """The requirements that Python `python` (`3.10`) is too old for, in the order of their lines."""
    limits = {name: (since, needed) for name, since, needed in fact("python.left_behind").value}
    for item in space.installed:
        if item.name not in limits or not item.specifier or item.url or item.constraint:
            continue
        since, needed = limits[item.name]
        if _number(python) < _number(needed) and excludes(item.specifier, f"<{since}"):
            yield TooNew(item, since, needed)


def _number(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split(".")[:2])
