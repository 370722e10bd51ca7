"""A requirement that can be found on the author's machine only, or nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix
from zerolint.model import builds
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.builds import LocalRequirement
    from zerolint.model.space import Space


@rule(
    code="ZG094",
    name="unresolvable-requirement",
    summary="A folder, a file or an index in requirements.txt where pip does not find what it installs",
    prevents="ERROR: file:///app does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found",
    consequence=Consequence.BUILD,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report local requirements, includes, hashes, and an index that takes the place of the package registry."""
    if not builds.is_built(space):
        return
    for local in builds.local_requirements(space):
        yield _local(local)
    for option in builds.includes(space):
        yield Finding(
            at=option.span,
            message=f"`{option.value}` is not there when pip runs: the builder mounts {option.span.path} alone",
            fix=Fix(f"Move the lines of `{option.value}` into {option.span.path}"),
            confidence=Confidence.LIKELY,
            facts=("builds.requirements_command",),
        )
    for first in builds.hashed(space)[:1]:
        yield Finding(
            at=first.span,
            message=f"`{first.name}` has a hash, so pip wants one of all it installs; what the builder adds has none",
            fix=Fix(
                "Leave all hashes out: `uv export --no-hashes`",
                tuple(Edit(at, "") for at in builds.hashes(space, first.span.path)),
            ),
            facts=("builds.requirements_command",),
        )
    index = builds.replaced_index(space)
    if index is not None:
        yield Finding(
            at=index.span,
            message=f"`{index.value}` takes the place of the package registry for all lines, and Gradio is not there",
            fix=Fix("Add it to the package registry", (Edit(index.span, f"--extra-index-url {index.value}"),)),
            facts=("builds.partial_indexes", "builds.requirements_command"),
        )


def _local(local: LocalRequirement) -> Finding:
    item, path = local.requirement, local.path
    if path.rstrip("/") in (".", ""):
        written = f"-e {item.text}" if item.editable else item.text
        message = f"`{written}` is the Space's own folder, which is empty when pip runs"
        fix = Fix(
            "Remove the line: the app imports from its folder anyway",
            (Edit(item.line_span, ""),),
            unsafe="what that project depends on has to be listed",
        )
    elif local.is_elsewhere:
        message = f"`{path}` is a path on another machine"
        fix = Fix(f"Write the version of `{item.name}` in place of the path" if item.name else "Write name and version")
    else:
        message = f"`{path}` is not there when pip runs: the builder mounts {item.span.path} alone"
        place = "https://huggingface.co/spaces/OWNER/NAME/resolve/main/" + path.removeprefix("./")
        fix = Fix(f"Name its URL: {place}" if path.endswith(".whl") else "Remove the line, and import the folder")
    facts = () if local.is_elsewhere else ("builds.requirements_command",)
    return Finding(at=item.span, message=message, fix=fix, facts=facts)
