"""A requirement that can be found on the author's machine only, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix
from zerolint.model import builds
from zerolint.read.source import line_starts, span_of
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.requirements import Requirement

# A hash behind a requirement, with the continued line before it.
_HASH = r"(?:[ \t]*\\(?:\r\n|\r|\n))?[ \t]*--hash(?:=|[ \t]+)\S+"


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
    for item in builds.local_requirements(space):
        yield _local(item)
    for option in builds.includes(space):
        yield Finding(
            at=option.span,
            message=f"`{option.value}` is not there when pip runs: the builder mounts {option.span.path} alone",
            fix=Fix(f"Move the lines of `{option.value}` into {option.span.path}"),
            confidence=Confidence.LIKELY,
            facts=("builds.requirements_command",),
        )
    with_hashes = builds.hashed(space)
    if with_hashes:
        yield _hashed(space, with_hashes[0])
    index = builds.replaced_index(space)
    if index is not None:
        yield Finding(
            at=index.span,
            message=f"`{index.value}` takes the place of the package registry for all lines, and Gradio is not there",
            fix=Fix("Add it to the package registry", (Edit(index.span, f"--extra-index-url {index.value}"),)),
            facts=("builds.partial_indexes", "builds.requirements_command"),
        )


def _hashed(space: Space, first: Requirement) -> Finding:
    path = first.span.path
    source = space.source(path)
    text = source.text if source is not None else ""
    starts = line_starts(text)
    edits = tuple(Edit(span_of(path, starts, *found.span()), "") for found in re.finditer(_HASH, text))
    return Finding(
        at=first.span,
        message=f"`{first.name}` has a hash, so pip wants one of all it installs, and what the builder adds has none",
        fix=Fix("Leave all hashes out: `uv export --no-hashes`", edits),
        facts=("builds.requirements_command",),
    )


def _local(item: Requirement) -> Finding:
    path = re.sub(r"^(?:\w+\+)?file:(?://)?", "", item.url)
    elsewhere = path != item.url or path.startswith(("/", "~"))
    if path.rstrip("/") in (".", ""):
        written = f"-e {item.text}" if item.editable else item.text
        message = f"`{written}` is the Space's own folder, which is empty when pip runs"
        fix = Fix(
            "Remove the line: the app imports from its folder anyway",
            (Edit(item.line_span, ""),),
            unsafe="what that project depends on has to be listed",
        )
    elif elsewhere:
        message = f"`{path}` is a path on another machine"
        fix = Fix(f"Write the version of `{item.name}` in place of the path" if item.name else "Write name and version")
    else:
        message = f"`{item.url}` is not there when pip runs: the builder mounts {item.span.path} alone"
        place = "https://huggingface.co/spaces/OWNER/NAME/resolve/main/" + path.removeprefix("./")
        fix = Fix(f"Name its URL: {place}" if path.endswith(".whl") else "Remove the line, and import the folder")
    return Finding(at=item.span, message=message, fix=fix, facts=() if elsewhere else ("builds.requirements_command",))
