"""A Python version in the front matter that ZeroGPU does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG072",
    name="unsupported-python-version",
    summary="A `python_version` that ZeroGPU does not have",
    prevents="The Space gets another Python version than it names, and packages that need the named one do not install",
    consequence=Consequence.BUILD,
    since="0.1.0",
    listed=(b"python_version",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value: a remark when ZeroGPU has the same series with another last number."""
    readme = space.readme
    if readme is None or not space.is_for_zerogpu or readme.text("sdk") not in ("gradio", None):
        return
    from zerolint.model.front_matter import other_python

    found = other_python(readme)
    if found is None:
        return
    entry, supported = found.entry, fact("python.supported").value
    version = " ".join(entry.text.split())[:40]
    if found.supported is not None:
        series = found.supported.rpartition(".")[0]
        yield Finding(
            at=entry.value_span,
            message=f"Of Python {series}, ZeroGPU has {found.supported}; `{version}` is not what the Space runs on",
            fix=Fix(f'Write `python_version: "{series}"`', (Edit(entry.value_span, f'"{series}"'),)),
            confidence=Confidence.LIKELY,
            consequence=Consequence.HYGIENE,
            facts=("python.supported",),
        )
        return
    newest, default = supported[-1].rpartition(".")[0], fact("python.default").value
    names = " and ".join(supported)
    yield Finding(
        at=entry.value_span,
        message=f"ZeroGPU has Python {names}; instead of `{version}` the Space gets {default}",
        fix=Fix(
            f'Write `python_version: "{newest}"`, and see that the requirements go with it',
            (Edit(entry.value_span, f'"{newest}"'),),
            unsafe="wheels and pinned versions may be for another Python",
        ),
        confidence=Confidence.LIKELY,
        facts=("python.supported", "python.default"),
    )
