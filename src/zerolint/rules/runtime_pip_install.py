"""Packages that are installed by the app instead of the build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.syntax import Scope


@rule(
    code="ZG097",
    name="runtime-pip-install",
    summary="`pip install` in start-up code of the app",
    prevents="A start that installs each time, and that goes on without the package when that fails",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
    words=(b"pip install", b"pip3 install", b"'pip'", b'"pip"', b"pip.main", b"pip._internal", b"import pip"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the first such call of each function."""
    if not space.is_for_zerogpu:
        return
    from zerolint.model.installing import installations

    seen: set[Scope] = set()
    for found in installations(space):
        module = found.call.scope.module
        if found.call.function in seen:
            continue
        seen.add(found.call.function)
        notes: tuple[Note, ...] = ()
        if found.environment is not None:
            at = space.span(module, found.environment)
            notes = (
                Note(at, "this takes the place of the environment: no `PATH`, no `HOME`, no variable of the Space"),
            )
        what = f"`pip install {found.what}`" if found.what and "…" not in found.what else "`pip install`"
        unasked = "" if found.is_checked else ", and nobody asks whether it worked"
        yield Finding(
            at=space.span(module, found.call.node),
            message=f"{what} runs at each start of the Space, apart from its requirements{unasked}",
            notes=notes,
            fix=Fix("List it in requirements.txt; a wheel by its URL"),
        )
