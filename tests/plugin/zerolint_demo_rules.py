"""A rule of another distribution: `demo.launch(share=True)`, which a Space ignores."""

from __future__ import annotations

from collections.abc import Iterator

import libcst

from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.model.space import Space
from zerolint.rule import rule


@rule(
    code="DEMO1",
    name="shared-launch",
    summary="`share=True` in a call of `launch`",
    prevents="A tunnel that a Space does not open",
    consequence=Consequence.REQUEST,
    since="1.0",
    url="https://example.org/shared-launch",
)
def check(space: Space) -> Iterator[Finding]:
    """Asks libcst itself, as a plug-in may."""
    for path in space.entry_points:
        file = space.file(path)
        if file:
            for call in _calls(file.tree):
                if isinstance(call.func, libcst.Attribute) and call.func.attr.value == "launch":
                    for argument in call.args:
                        if argument.keyword and argument.keyword.value == "share":
                            at = file.span(argument)
                            fix = Fix("Remove `share`", (Edit(at, ""),))
                            yield Finding(at, "`share` does nothing on a Space", fix=fix)


def _calls(node: libcst.CSTNode) -> Iterator[libcst.Call]:
    if isinstance(node, libcst.Call):
        yield node
    for child in node.children:
        yield from _calls(child)
