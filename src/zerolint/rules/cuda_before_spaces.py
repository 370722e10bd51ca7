"""CUDA that is touched before `spaces` is imported, which makes the import fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.importing import EarlyTouch
    from zerolint.model.space import Space


@rule(
    code="ZG030",
    name="cuda-before-spaces",
    summary="CUDA touched before the first `import spaces`",
    prevents="RuntimeError: CUDA has been initialized before importing the `spaces` package",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"cuda",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the first call of a program that touches CUDA, with the import that comes too late."""
    for early in space.early_touches():
        from zerolint.model.importing import way_notes

        module = early.call.scope.module
        what = f"`{space.code(module, early.call.node, 40)}`"
        yield Finding(
            at=space.span(module, early.call.node),
            message=f"{what} touches CUDA before `spaces` is imported, and the import of `spaces` then raises",
            notes=(
                Note(space.span(early.spaces.scope.module, early.spaces.node), "`spaces` is imported here"),
                *way_notes(space, early.way),
            ),
            fix=_fix(space, early),
        )


def _fix(space: Space, early: EarlyTouch) -> Fix:
    title = "Import `spaces` first"
    late, module = early.spaces, early.program
    if late.scope is not module.root or late.block is not None or type(early.statement).__name__ not in _PLAIN:
        return Fix(title)
    line = module.statement_of(late.statement)
    if line is None or type(line).__name__ != "SimpleStatementLine" or len(line.body) != 1:
        return Fix(title)
    if line.trailing_whitespace.comment is not None or not space.round_trips(module, line):
        return Fix(title)
    at, before = space.span(module, line), space.span(module, early.statement)
    text = space.contents[module.path]
    if at.start_line >= text.count(b"\n"):
        return Fix(title)
    newline = "\r\n" if b"\r\n" in text else "\n"
    first = getattr(early.statement, "body", (None,))
    is_import = isinstance(first, (tuple, list)) and type(first[0]).__name__ in ("Import", "ImportFrom")
    moved = space.code(module, line) + newline * (1 if is_import else 2)
    edits = (
        Edit(Span(at.path, before.start_line, 1, before.start_line, 1), moved),
        Edit(Span(at.path, at.start_line, 1, at.end_line + 1, 1), ""),
    )
    return Fix(title, edits)


# Statements whose first line is where they begin.
_PLAIN = frozenset({"SimpleStatementLine", "If", "With", "Try"})
