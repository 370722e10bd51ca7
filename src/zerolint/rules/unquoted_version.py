"""A version without quotes that YAML makes another number of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG073",
    name="unquoted-version",
    summary="`python_version` or `sdk_version` without quotes that loses its last zero",
    prevents="docker.io/library/python:3.1: not found, or an older Gradio than the one named",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"python_version", b"sdk_version"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value; quotes are a safe fix. An older Gradio exists as a rule, so what follows is likely only."""
    readme = space.readme
    if readme is None or not readme.known:
        return
    from zerolint.model.front_matter import shortened

    for entry, number in shortened(readme):
        what = "Python" if entry.key == "python_version" else "Gradio"
        yield Finding(
            at=entry.value_span,
            message=f"Without quotes `{entry.text}` is the number {number}, so the Space asks for {what} {number}",
            fix=Fix(f'Write `{entry.key}: "{entry.text}"`', (Edit(entry.value_span, f'"{entry.text}"'),)),
            confidence=Confidence.CERTAIN if what == "Python" else Confidence.LIKELY,
        )
