"""How reports tell the facts about the platform that a finding rests on: where they were read, and when."""

from __future__ import annotations

from typing import Any

from zerolint.finding import Diagnostic, Fact


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
