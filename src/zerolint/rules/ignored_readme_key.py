"""A key of the front matter that does nothing, though its author meant something by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.front_matter import IgnoredKey
    from zerolint.model.space import Space


@rule(
    code="ZG077",
    name="ignored-readme-key",
    summary="A key in the front matter that does nothing: `hardware`, `suggested_storage`, a misspelt one",
    prevents="The Space runs without what the key was meant to set, and nothing says so",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
    listed=(b"sdk",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the key; its fix gives it the right name, or takes it away where that stands too."""
    readme, source = space.readme, space.source("README.md")
    if readme is None or source is None or not readme.known:
        return
    from zerolint.model.front_matter import ignored_keys, line_edit

    for found in ignored_keys(readme):
        entry = found.entry
        notes: tuple[Note, ...] = ()
        if found.meant and found.there is None:
            advice = ", which is advice for copies of the Space" if entry.key == "hardware" else ""
            fix = Fix(f"Write `{found.meant}`{advice}", (Edit(entry.key_span, found.meant),))
        else:
            removal = line_edit(readme, entry, source.text)
            fix = Fix("Remove the line", () if removal is None else (removal,))
        if found.there is not None:
            notes = (Note(found.there, f"`{found.meant}` is set here"),)
        yield Finding(at=entry.key_span, message=_message(found), notes=notes, fix=fix, facts=_facts(found))


def _message(found: IgnoredKey) -> str:
    key = found.entry.key
    if found.is_misspelt:
        return f"`{key}` is read by nothing; the key is `{found.meant}`"
    if key == "hardware":
        return f"`{key}` does nothing: the hardware of a Space is chosen in its settings"
    return f"`{key}` does nothing any more: persistent storage is no longer offered"


def _facts(found: IgnoredKey) -> tuple[str, ...]:
    return ("readme.keys",) if found.is_misspelt else ("readme.without_effect",)
