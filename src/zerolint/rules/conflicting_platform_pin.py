"""A requirement that excludes what the platform's Gradio or `spaces` need, or what its Python has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG091",
    name="conflicting-platform-pin",
    summary="A requirement that excludes what Gradio or `spaces` need, or what the Python has",
    prevents="ERROR: ResolutionImpossible, because gradio depends on another version of the package",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"sdk_version", b"python_version"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report each requirement of which no version goes with the `python_version` or the `sdk_version`."""
    if not space.is_for_zerogpu:
        return
    too_new = list(_too_new_for_the_python(space))
    yield from too_new
    told = {finding.at for finding in too_new}
    from zerolint.model.pins import conflicts, hub_limits, sdk_version

    entry = sdk_version(space)
    if entry is None:
        return
    for item in conflicts(space, entry.text):
        if item.requirement.span in told:
            continue
        yield Finding(
            at=item.requirement.span,
            message=f"`{item.requirement.text}` excludes what {item.by} needs: `{item.requirement.name}{item.needed}`",
            notes=(Note(entry.value_span, "the platform installs this version of Gradio with the requirements"),),
            fix=Fix(f"Leave the version out, or write one that meets `{item.needed}`"),
            facts=(item.fact,),
        )
    for item in hub_limits(space, entry.text):
        yield Finding(
            at=item.requirement.span,
            message=f"`{item.requirement.text}` needs `huggingface-hub{item.limit}`, and {item.by} needs "
            f"`huggingface-hub{item.needed}`",
            notes=(Note(entry.value_span, "the platform installs this version of Gradio with the requirements"),),
            fix=Fix(f"Take a newer version of `{item.requirement.name}`, or an older `sdk_version`"),
            facts=(item.fact, "hub.limited_by"),
        )


def _too_new_for_the_python(space: Space) -> Iterator[Finding]:
    """Where the README names no Python, `missing-python-version` has the finding."""
    from zerolint.model.pythons import too_new
    from zerolint.model.wheels import python_of

    python = python_of(space)
    entry = space.readme.entries.get("python_version") if space.readme and space.readme.entries else None
    if not python or entry is None:
        return
    newest = ".".join(fact("python.supported").value[-1].split(".")[:2])
    for item in too_new(space, python):
        name = item.requirement.name
        yield Finding(
            at=item.requirement.span,
            message=f"`{item.requirement.text}` has no version for Python {python}: {name} {item.since} and later ones "
            f"need {item.needed}",
            notes=(Note(entry.value_span, "the Space is built with this Python"),),
            fix=Fix(f'Write `python_version: "{newest}"` in README.md, or `{name}<{item.since}`'),
            facts=("python.left_behind", "python.supported"),
        )
