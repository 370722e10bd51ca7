"""The Space: the one object a rule receives.

CONTRACT (to be implemented)
"""

from __future__ import annotations

from collections.abc import Mapping

from zerolint.read.readme import Readme
from zerolint.read.requirements import Requirements
from zerolint.read.source import Problem, Source


class Space:
    """A Space as rules see it. Built from the bytes of its files; everything else is computed on first demand.

    Space(contents, unreadable={}, entry_points=None, target="auto")
    """

    def __init__(
        self,
        contents: Mapping[str, bytes],
        *,
        unreadable: Mapping[str, str] | None = None,
        entry_points: tuple[str, ...] | None = None,
        target: str = "auto",
    ) -> None:
        raise NotImplementedError

    readme: Readme | None
    requirements: Requirements

    def source(self, path: str) -> Source | None:
        """The decoded text of a file of the Space."""
        raise NotImplementedError

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every file in scope, or part of one, that could not be judged."""
        raise NotImplementedError
