"""What the platform says when a Space fails, as data: the entries of messages.toml, whose head says what they hold."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from zerolint.records import NamedTuple


class Message(NamedTuple):
    """A message that is known: how to recognise it, what it means, and where that was read, and when (ISO date).

    `rules` are names of rules, the most likely first, those that are not built yet included.
    """

    name: str
    pattern: tuple[str, ...]
    kind: str
    boundary: str
    meaning: str
    rules: tuple[str, ...]
    platform_fault: bool
    source: str
    date: str
    remedy: str = ""
    frames: tuple[str, ...] = ()
    bare: bool = False


@functools.cache
def messages() -> tuple[Message, ...]:
    """All messages, the more particular before the more general."""
    text = (Path(__file__).parent / "messages.toml").read_text(encoding="utf-8")
    entries: list[Message] = []
    # As in the other file, every value is one line of TOML that is JSON too.
    for block in text.split("\n[")[1:]:
        name, _, rest = block.partition("]\n")
        fields = dict(line.split(" = ", 1) for line in rest.split("\n") if line and not line.startswith("#"))
        values: dict[str, Any] = {key: json.loads(value) for key, value in fields.items()}
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        entries.append(Message(name, **values))
    return tuple(entries)
