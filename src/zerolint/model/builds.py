"""What the platform's builder makes of the files that say what is installed.

It mounts `requirements.txt` and `packages.txt` alone, without the rest of the repository, and has no CUDA compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model import versions
from zerolint.model.packages import required, specifier_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.requirements import Requirement

# A version that is newer than any: a specifier that admits it has no upper limit.
_ENDLESS = "999999"
# Options by which pip looks for wheels in further places.
_PLACES = ("find-links", "extra-index-url", "index-url")
_REPOSITORY = r"git\+(?:https?|ssh)://(?:[^@/]*@)?([^/]+)/([^/@#?]+)/([^/@#?]+?)(?:\.git)?/?(?:@([^#?]+))?(?:[#?].*)?"


class OldPackage(NamedTuple):
    """A requirement that admits no version as new as is wanted; `version` is the newest that it admits."""

    requirement: Requirement
    version: str


class SourceBuild(NamedTuple):
    """A requirement that pip builds from source in vain.

    `is_repository` is False for a package of the package registry. `is_certain` is False where the build may end in a
    wheel, but one for another torch. `fact` names the fact that says so.
    """

    requirement: Requirement
    is_repository: bool
    is_certain: bool
    fact: str


def is_built(space: Space) -> bool:
    """Whether the platform installs from this folder's files as it does for Gradio Spaces."""
    sdk = space.readme.text("sdk") if space.readme is not None else None
    return sdk == "gradio" or (not sdk and space.is_for_zerogpu is True)


def old_bitsandbytes(space: Space) -> OldPackage | None:
    """The requirement that keeps bitsandbytes below what `spaces` recommends."""
    lines = required(space, "bitsandbytes")
    specifier = specifier_of(space, "bitsandbytes")
    if not lines or not specifier or any(item.url for item in lines):
        return None
    legacy = versions.admitted(specifier, fact("bitsandbytes.legacy").value)
    if not legacy or any(versions.admits(specifier, v) for v in (fact("bitsandbytes.recommended").value, _ENDLESS)):
        return None
    return OldPackage(next((item for item in lines if item.specifier), lines[0]), legacy[-1])


def source_builds(space: Space) -> Iterator[SourceBuild]:
    """The requirements whose build needs what the builder does not have: torch beside it, or a CUDA compiler."""
    for item in space.installed:
        if not item.constraint:
            build = _of_repository(item) if item.url else _of_package(space, item)
            if build is not None:
                yield build


def _of_package(space: Space, item: Requirement) -> SourceBuild | None:
    """Not where the files name a further place to look for wheels, or a version that stands only there."""
    excepted = next((others for name, others in fact("builds.without_torch").value if name == item.name), None)
    specifier = specifier_of(space, item.name)
    if excepted is None or "+" in specifier or any(option.name in _PLACES for option in space.requirements.options):
        return None
    version = versions.exact(specifier) or (_ENDLESS if versions.admits(specifier, _ENDLESS) else "")
    if not excepted or (version and not versions.admits(excepted, version)):
        return SourceBuild(item, False, True, "builds.without_torch")
    if version and item.name in fact("builds.newest_torch").value:
        return SourceBuild(item, False, False, "builds.newest_torch")
    return None


def _of_repository(item: Requirement) -> SourceBuild | None:
    found = re.fullmatch(_REPOSITORY, item.url) if item.url.startswith("git+") else None
    if found is None:
        return None
    for name, older in fact("builds.cuda_repositories").value:
        if name.lower() == f"{found[2]}/{found[3]}".lower():
            # A commit may be an old one too.
            is_older = bool(older) and re.fullmatch(r"[0-9a-f]{7,40}", found[4] or "")
            if is_older or (found[4] or "").startswith(tuple(older) or "\0"):
                return None
            return SourceBuild(item, True, True, "builds.cuda_repositories")
    return None
