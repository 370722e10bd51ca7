"""What ZeroGPU is today, as data: every entry in the TOML files here has a value, a source and the date it was read.

No version, size or limit stands in the code of a rule or in its message.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from zerolint.records import NamedTuple


class Fact(NamedTuple):
    """One fact: its value, where it was read, and when (ISO date)."""

    value: Any
    source: str
    date: str


# An entry of our files is TOML written so plainly that its values are JSON too: to import a parser of TOML takes longer
# than to read the whole of a small Space.
_ENTRY = r"^\[(\w+(?:\.\w+)+)\]\n(?:#.*\n)*value = (.+)\n(?:#.*\n)*source = (\".+\")\n(?:#.*\n)*date = (\".+\")$"


def fact(name: str) -> Fact:
    """A fact by its dotted name, `duration.default_seconds`. Raises KeyError for a name that does not exist."""
    return _facts()[name]


@functools.cache
def latest_date() -> str:
    """The date of the newest fact, as every verdict line shows it."""
    dates: list[str] = re.findall(r'^date = "(\d{4}-\d{2}-\d{2})"', "\n".join(_texts()), re.MULTILINE)
    return max(dates)


def _texts() -> list[str]:
    # The files lie beside this one in an installation too; importlib.resources would cost more than all else here.
    # What the platform says when a Space fails is no fact that a rule rests on: `facts.messages` has it.
    files = sorted(set(Path(__file__).parent.glob("*.toml")) - {Path(__file__).with_name("messages.toml")})
    return [file.read_text(encoding="utf-8") for file in files]


@functools.cache
def _facts() -> dict[str, Fact]:
    return {name: Fact(*map(json.loads, entry)) for text in _texts() for name, *entry in re.findall(_ENTRY, text, re.M)}
