"""The path of a temporary file handed to Gradio, which reads it when the file is deleted already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.temporary import Temporary


@rule(
    code="ZG045",
    name="deleted-temp-file",
    summary="The path of a temporary file that is deleted before it is read",
    prevents="FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmp4q1v0_ri.png'",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"NamedTemporaryFile", b"TemporaryDirectory"),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the `return` or `yield`."""
    for deleted in space.deleted_paths():
        module = deleted.result.scope.module
        temporary = deleted.temporary
        path = f"`{space.code(module, deleted.part, 40)}`"
        when = "when the `with` ends" if temporary.block is not None else f"when {temporary.function.spoken} returns"
        if temporary.is_folder:
            message = f"{path} lies in a `TemporaryDirectory` that is deleted {when}, before anybody reads the path"
            made = "the folder is made here"
        else:
            message = f"{path} is a `NamedTemporaryFile` that is deleted {when}, before anybody reads the path"
            made = "the file is made here"
        yield Finding(
            at=space.span(module, deleted.result.node),
            message=message,
            notes=(Note(space.span(module, temporary.call.node), made), *space.route(temporary.function)),
            fix=_fix(space, temporary),
        )


def _fix(space: Space, temporary: Temporary) -> Fix:
    if temporary.is_folder:
        return Fix("Make the folder with `tempfile.mkdtemp()`")
    title = "Keep the file with `delete=False`"
    module, call = temporary.call.scope.module, temporary.call.node
    if not space.round_trips(module, call):
        return Fix(title)
    arguments = call.args
    given = next((a.value for a in arguments if a.keyword is not None and a.keyword.value == "delete"), None)
    if given is not None:
        return Fix(title, (Edit(space.span(module, given), "False"),))
    if arguments:
        at = space.span(module, arguments[-1].value)
        return Fix(
            title, (Edit(Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column), ", delete=False"),)
        )
    at = space.span(module, call)
    inside = Span(at.path, at.end_line, at.end_column - 1, at.end_line, at.end_column - 1)
    return Fix(title, (Edit(inside, "delete=False"),))
