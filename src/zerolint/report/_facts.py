"""How facts about the platform are told: those that a finding rests on, in reports, and all, by `zerolint facts`.

Of each it is told where it was read and when, or which configuration says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from zerolint.finding import Diagnostic, Fact
from zerolint.report._terminal import escape, wrap

# Characters of a list among others.
_LONGEST = 300


def grounds(diagnostic: Diagnostic, room: int | None = None) -> list[str]:
    """The facts that a finding rests on: a line for each day on which they were read, and for each configuration.

    Where a line has not the room, in characters, sources are named without what stands after their first comma.
    """
    sources: dict[str, list[str]] = {}
    for _, fact in diagnostic.facts:
        if fact.file:
            sources.setdefault(f"as configured in {fact.file}", [])
        else:
            sources.setdefault(f"as of {fact.date}: ", []).append(fact.source)
    return [_line(lead, found, room) for lead, found in sources.items()]


def _line(lead: str, sources: list[str], room: int | None) -> str:
    line = lead + "; ".join(dict.fromkeys(sources))
    if room is None or len(line) <= room:
        return line
    return lead + "; ".join(dict.fromkeys(part.partition(",")[0] for source in sources for part in source.split("; ")))


def fact_as_data(name: str, fact: Fact) -> dict[str, Any]:
    """A fact about the platform, of which what is configured has no date."""
    return {
        "name": name,
        "value": fact.value,
        "source": fact.source,
        "date": fact.date or None,
        "configured": bool(fact.file),
    }


def as_text(known: Mapping[str, Fact], own: Mapping[str, Fact], width: int) -> str:
    """Facts by their names, in groups of the first part of that; `own` are those of zerolint, configured or not.

    `width` is in columns. Of several facts long lists are cut, of a single one not.
    """
    longest = _LONGEST if len(known) > 1 else None
    lines: list[str] = []
    group = ""
    for name, fact in known.items():
        if group and not name.startswith(group):
            lines.append("")
        group = f"{name.partition('.')[0]}."
        lines += _wrapped(f"{name} = {_shown(fact, longest)}", width, "    ")
        if fact.file:
            instead = own[name]
            before = f"{_shown(instead, _LONGEST)} ({instead.date}: {instead.source})"
            origin = f"as configured in {fact.file}, in place of {before}"
        else:
            origin = f"as of {fact.date}: {fact.source}"
        lines += (f"  {line}" for line in _wrapped(origin, width - 2, "  "))
    return "".join(f"{line}\n" for line in lines)


def _shown(fact: Fact, longest: int | None) -> str:
    text = json.dumps(fact.value, ensure_ascii=False)
    if longest is None or len(text) <= longest or not isinstance(fact.value, list):
        return text
    items = [json.dumps(item, ensure_ascii=False) for item in fact.value]
    count = 1
    while len(", ".join(items[: count + 1])) < longest:
        count += 1
    return f"[{', '.join(items[:count])}, and {len(items) - count} more]" if count < len(items) else text


def _wrapped(text: str, width: int, indent: str) -> Iterator[str]:
    first, *others = wrap(escape(text), width, width - len(indent))
    yield first
    yield from (indent + line for line in others)
