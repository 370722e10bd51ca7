"""A file of the Space that does not parse, so that nothing in it could be judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG900",
    name="syntax-error",
    summary="A file of the Space that does not parse",
    prevents="SyntaxError when the file is imported, or a build that stops at the file",
    consequence=Consequence.STARTUP,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each problem of kind syntax error."""
    for problem in space.problems:
        if problem.kind == "syntax-error":
            # The Space is not even built from a README or requirements that are wrong.
            consequence = None if problem.at.path.endswith(".py") else Consequence.BUILD
            yield Finding(at=problem.at, message=problem.message, consequence=consequence)
