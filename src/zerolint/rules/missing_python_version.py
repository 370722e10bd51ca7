"""Front matter of a Gradio Space that leaves the Python version to the platform's old default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Finding, Fix, Note
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG010",
    name="missing-python-version",
    summary="`sdk: gradio` front matter without `python_version`",
    prevents="ERROR: ... is not a supported wheel on this platform, or an older release installed without a word",
    consequence=Consequence.HYGIENE,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report the front matter; a build failure when what the requirements name is for another Python."""
    readme = space.readme
    if readme is None or readme.entries is None or readme.text("sdk") != "gradio" or "python_version" in readme.entries:
        return
    if _is_misspelt(space):
        return
    default = fact("python.default").value
    newest = ".".join(fact("python.supported").value[-1].split(".")[:2])
    wheel = space.wheel_for_another_python(default)
    if wheel is None:
        from zerolint.model.pythons import too_new

        left_behind = next(too_new(space, default), None)
        if left_behind is not None:
            text = left_behind.requirement.text
            yield Finding(
                at=readme.opening,
                message=f"`python_version` is missing: the Space is built with Python {default}, and `{text}` needs "
                f"{left_behind.needed} or later",
                notes=(Note(left_behind.requirement.span, "no version that meets this is for an older Python"),),
                fix=Fix(f'Add `python_version: "{newest}"`'),
                consequence=Consequence.BUILD,
                facts=("python.default", "python.left_behind", "python.supported"),
            )
            return
        yield Finding(
            at=readme.opening,
            message=f"`python_version` is missing, so the Space runs on Python {default}",
            fix=Fix(f'Add `python_version: "{newest}"`, or the version you develop with if ZeroGPU supports it'),
            facts=("python.default", "python.supported"),
        )
        return
    requirement, version = wheel
    yield Finding(
        at=readme.opening,
        message=f"`python_version` is missing: the Space is built with Python {default}, and a wheel needs {version}",
        notes=(Note(requirement.span, f"this wheel is for Python {version} only"),),
        fix=Fix(f'Add `python_version: "{version}"`'),
        consequence=Consequence.BUILD,
        facts=("python.default",),
    )


def _is_misspelt(space: Space) -> bool:
    """Whether another key was meant to be this one, which is a finding of its own."""
    from zerolint.model.front_matter import ignored_keys

    return space.readme is not None and any(key.meant == "python_version" for key in ignored_keys(space.readme))
