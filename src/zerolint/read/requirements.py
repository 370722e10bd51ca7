"""Requirement files -> requirements with spans.

CONTRACT (to be implemented)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zerolint.finding import Span
from zerolint.read.source import Problem, Source


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement. `name` is canonical (PEP 503); `specifier`, `marker` and `url` are "" when absent.

    `span` covers the requirement without comment and options, `name_span` the name as written, `line_span` the whole
    logical line including its newline (for a fix that removes it).
    """

    name: str
    specifier: str
    extras: tuple[str, ...]
    marker: str
    url: str
    text: str
    span: Span
    name_span: Span
    line_span: Span


@dataclass(frozen=True, slots=True)
class Option:
    """A line that is an option: `-r other.txt`, `--extra-index-url URL`, `-e .`; `name` is its long form without dashes."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Requirements:
    """All requirement lines reached from one file, includes followed, in the order of pip."""

    items: tuple[Requirement, ...] = ()
    options: tuple[Option, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_requirements(sources: Mapping[str, Source], path: str = "requirements.txt") -> Requirements:
    """Read `path` out of `sources` (by Space-relative path) and the files it includes with `-r` and `-c`."""
    raise NotImplementedError
