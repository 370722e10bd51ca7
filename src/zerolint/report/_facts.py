"""How reports tell the facts about the platform that a finding rests on: where they were read, and when."""

from __future__ import annotations

from typing import Any

from zerolint.finding import Diagnostic, Fact


def grounds(diagnostic: Diagnostic) -> list[str]:
    """The facts that a finding rests on: a line for each day on which they were read, and for each configuration."""
    sources: dict[str, list[str]] = {}
    for _, fact in diagnostic.facts:
        if fact.file:
            sources.setdefault(f"as configured in {fact.file}", [])
        else:
            known = sources.setdefault(f"as of {fact.date}: ", [])
            known += [] if fact.source in known else [fact.source]
    return [f"{lead}{'; '.join(found)}" for lead, found in sources.items()]


def fact_as_data(name: str, fact: Fact) -> dict[str, Any]:
    """A fact about the platform, of which what is configured has no date."""
    return {
        "name": name,
        "value": fact.value,
        "source": fact.source,
        "date": fact.date or None,
        "configured": bool(fact.file),
    }
