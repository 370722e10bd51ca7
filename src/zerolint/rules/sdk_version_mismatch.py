"""Gradio in the requirements with another version than the README names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG075",
    name="sdk-version-mismatch",
    summary="`gradio` in the requirements with a version that `sdk_version` does not meet",
    prevents="ERROR: Cannot install gradio==... because these package versions have conflicting dependencies.",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"sdk_version",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each such requirement."""
    if not space.lists(b"gradio") or not space.is_for_zerogpu:
        return
    from zerolint.model.pins import other_gradios, sdk_version

    entry = sdk_version(space)
    if entry is None:
        return
    for item in other_gradios(space, entry.text):
        yield Finding(
            at=item.span,
            message=f"`{item.text}` excludes the Gradio {entry.text} that the platform installs with it",
            notes=(Note(entry.value_span, "installed in one step with the requirements since 2026"),),
            fix=Fix(
                "Remove the line, and name the version in `sdk_version` alone",
                (Edit(item.line_span, ""),),
                unsafe="the app may be written for the version that is required here",
            ),
            facts=("gradio.installed",),
        )
