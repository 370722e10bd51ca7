"""An app without a GPU function when it is launched, which ZeroGPU stops at start-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.launching import Unready
    from zerolint.model.space import Space


@rule(
    code="ZG028",
    name="no-gpu-function",
    summary="An app with no GPU function when it is launched",
    prevents="No @spaces.GPU function detected during startup",
    consequence=Consequence.STARTUP,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the launch: an error where the Space is meant for ZeroGPU, and else a remark on what it would need."""
    found = space.unready_app()
    if found is None:
        return
    module = found.launch.scope.module
    at = space.span(module, found.launch.node)
    if found.late:
        yield Finding(
            at=at,
            message="At this launch no function is a GPU function yet, and ZeroGPU then stops the Space at start-up",
            notes=tuple(Note(span, "this makes a GPU function when a visitor comes") for span in found.late),
            fix=Fix("Apply `spaces.GPU` at module level"),
        )
    elif found.is_for_zerogpu:
        yield Finding(
            at=at,
            message="No function of this app is under `@spaces.GPU`, and ZeroGPU then stops the Space at start-up",
            notes=() if found.imported is None else (_imported(space, found),),
            fix=_fix(space, found),
            confidence=Confidence.CERTAIN if found.is_sure else Confidence.LIKELY,
        )
    elif fact("free.gradio_hardware").value == "zero-a10g":
        yield Finding(
            at=at,
            message="On ZeroGPU, where free Gradio Spaces run, this app is stopped at start-up: it has no GPU function",
            fix=_fix(space, found),
            consequence=Consequence.HYGIENE,
            facts=("free.gradio_hardware",),
        )


def _fix(space: Space, found: Unready) -> Fix:
    if found.uses_cuda:
        return Fix("Import `spaces` and put the functions that use the GPU under `@spaces.GPU`")
    edits = _edits(space, found)
    title = "Add a GPU function, which nothing has to call, or choose CPU hardware in the settings of the Space"
    return Fix(title, edits, unsafe="on CPU hardware nothing has to be added" if edits else None)


def _imported(space: Space, found: Unready) -> Note:
    assert found.imported is not None
    return Note(space.span(found.imported.scope.module, found.imported.node), "`spaces` is imported here")


def _edits(space: Space, found: Unready) -> tuple[Edit, ...]:
    """Import `spaces` first, and put a GPU function before the launch, where both stand at module level."""
    from zerolint.model.importing import top_statement

    module = found.launch.scope.module
    if (
        found.launch.function is not module.root
        or not module.imports
        or not space.round_trips(module, module.root.node)
    ):
        return ()
    first = next((item for item in module.imports if item.scope is module.root and item.module != "__future__"), None)
    if first is None or first.order > found.launch.order:
        return ()
    line, statement = (top_statement(module, record.order) for record in (first, found.launch))
    if line is None or statement is None:
        return ()
    newline = "\r\n" if b"\r\n" in space.contents[module.path] else "\n"
    function = ("@spaces.GPU(duration=1)", "def gpu():", "    pass", "", "", "")
    at = space.span(module, statement)
    above = space.contents[module.path].splitlines()[: at.start_line - 1]
    blank = 0
    while blank < min(2, len(above)) and not above[-1 - blank].strip():
        blank += 1
    edits = [_insertion(at, newline * (2 - blank) + newline.join(function))]
    if found.imported is None or found.imported.scope is not module.root or found.imported.block is not None:
        edits.insert(0, _insertion(space.span(module, line), f"import spaces{newline}"))
    elif found.imported.name or found.imported.alias != "spaces":
        return ()
    return tuple(edits)


def _insertion(before: Span, text: str) -> Edit:
    return Edit(Span(before.path, before.start_line, 1, before.start_line, 1), text)
