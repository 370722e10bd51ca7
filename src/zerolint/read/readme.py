"""README.md -> front matter: keys and values with spans.

CONTRACT (to be implemented)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zerolint.finding import Span
from zerolint.read.source import Problem, Source


@dataclass(frozen=True, slots=True)
class Entry:
    """One top-level key of the front matter. `value` is what YAML 1.1 makes of it, `text` what stands in the file."""

    key: str
    value: object
    text: str
    key_span: Span
    value_span: Span


@dataclass(frozen=True, slots=True)
class Readme:
    """`entries` is None when the file has no front matter. `opening` is the span of the opening `---` line (or of line 1)."""

    path: str
    entries: Mapping[str, Entry] | None
    opening: Span
    problems: tuple[Problem, ...] = ()

    def text(self, key: str) -> str | None:
        """The scalar under `key` as it is written, or None."""
        entry = (self.entries or {}).get(key)
        return entry.text if entry else None


def read_readme(source: Source) -> Readme:
    """Parse the YAML front matter by node positions; malformed YAML is a problem at the line PyYAML names."""
    raise NotImplementedError
