"""What ZeroGPU is today, as data: every entry in the TOML files here has a value, a source and the date it was read.

No version, size or limit stands in the code of a rule or in its message.
"""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """One fact: its value, where it was read, and when (ISO date)."""

    value: Any
    source: str
    date: str


@functools.cache
def fact(name: str) -> Fact:
    """A fact by its dotted name, `duration.default_seconds`. Raises KeyError for a name that does not exist."""
    entry: Any = _tables()
    for part in name.split("."):
        entry = entry[part]
    return Fact(entry["value"], entry["source"], entry["date"])


@functools.cache
def latest_date() -> str:
    """The date of the newest fact, as every verdict line shows it. No TOML parser is needed for that."""
    dates: list[str] = re.findall(r'^date = "(\d{4}-\d{2}-\d{2})"', "\n".join(_texts()), re.MULTILINE)
    return max(dates)


def _texts() -> list[str]:
    # The files lie beside this one in an installation too; importlib.resources would cost more than all else here.
    return [file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("*.toml"))]


@functools.cache
def _tables() -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    tables: dict[str, Any] = {}
    for text in _texts():
        tables.update(tomllib.loads(text))
    return tables
