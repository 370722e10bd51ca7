"""Paths -> Space roots and the contents of their files.

CONTRACT (to be implemented)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SpaceFiles:
    """One Space on disk. `contents` maps Space-relative `/`-paths to bytes, `unreadable` to the reason in words.

    `entry_points` are the Python files that the Space's judgement starts from: `app_file` of the README (default app.py)
    if it exists, and every Python file that imports `spaces` and does not belong to a Space further down.
    """

    root: Path
    contents: Mapping[str, bytes]
    unreadable: Mapping[str, str]
    entry_points: tuple[str, ...]


def discover(paths: Iterable[Path]) -> tuple[SpaceFiles, ...]:
    """Find every Space under the given paths. Raises FileNotFoundError for a path that does not exist."""
    raise NotImplementedError
