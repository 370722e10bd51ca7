"""Requirements that have a build of torch without CUDA installed.

The builds of one version differ in the local part: `2.8.0+cpu`, `2.8.0+rocm6.4`, `2.8.0+cu128`; the package registry
has the one for CUDA without a local part. pip takes the highest version, and one with a local part is higher than the
same without, so an additional index decides as soon as it has the version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model import versions
from zerolint.model.packages import required
from zerolint.model.sidecars import NAMES, is_editable, version_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.finding import Span
    from zerolint.model.space import Space
    from zerolint.read.requirements import Option, Requirement

_LOCAL = r"(?i)(cpu|rocm|xpu)"
_INDEX = r"(?i)https?://[^/\s]*pytorch[^\s]*?/whl/(?:nightly/|test/)?(cpu|cu\d+|rocm[\d.]*|xpu)/?(?:\?.*|#.*)?"


class CpuTorch(NamedTuple):
    """What chooses a torch without CUDA: a line or an option at `at`, `build` for `cpu`, `rocm6.4`, `xpu`.

    `line` is the torch that is chosen by it: the requirement itself, or the one that an index serves. `is_only` is True
    for an index that takes the place of the registry, False for an additional one.
    """

    at: Span
    build: str
    line: Requirement
    is_index: bool
    is_only: bool


def cpu_torch(space: Space) -> CpuTorch | None:
    """The first thing in the requirements that chooses a torch without CUDA; None when nothing surely does."""
    lines = required(space, "torch")
    for line in lines:
        build = _build(line)
        if build:
            return CpuTorch(line.span, build, line, is_index=False, is_only=False)
    served = [item for item in lines or required(space, "torchvision", "torchaudio") if not item.url]
    if not served or any("+" in item.specifier for item in served) or any(item.url for item in lines):
        return None
    line = served[0]
    options = space.requirements.options
    own = [option for option in options if option.name == "index-url"]
    build = _index_build(own[-1].value) if own else ""
    more = [(option, _index_build(option.value)) for option in options if option.name == "extra-index-url"]
    if build and not build.startswith("cu"):
        # A registry beside it has the same versions without a local part, which are lower.
        if not any(other.startswith("cu") for _, other in more):
            return CpuTorch(own[-1].span, build, line, is_index=True, is_only=True)
        return None
    if build or own or not is_editable(space, line):
        return None
    builds = {other for _, other in more if other}
    if builds != {"cpu"}:
        # An index for CUDA has the higher local part; which versions one for ROCm has is not known.
        return None
    option = next(option for option, other in more if other == "cpu")
    return CpuTorch(option.span, "cpu", line, is_index=True, is_only=False)


def indexes(space: Space) -> tuple[Option, ...]:
    """The options that name an index with builds of torch that lack CUDA."""
    return tuple(
        option
        for option in space.requirements.options
        if option.name in ("index-url", "extra-index-url") and re.match(_LOCAL, _index_build(option.value))
    )


def without_build(space: Space) -> tuple[tuple[Requirement, str], ...]:
    """The lines of torch and its side-cars that name such a build, each with its version alone ("" for none)."""
    lines = required(space, "torch", *NAMES)
    return tuple((line, version_of(line)) for line in lines if _build(line))


def _build(line: Requirement) -> str:
    """The build that a requirement names, "" when it names none, or one for CUDA."""
    local = versions.exact(line.specifier).partition("+")[2]
    if line.url:
        name = line.url.partition("#")[0].partition("?")[0]
        if not name.endswith(".whl"):
            return ""
        from urllib.parse import unquote

        local = unquote(name.rpartition("/")[2]).partition("+")[2].partition("-")[0]
        folder = re.search(r"/whl/(?:nightly/|test/)?(cpu|rocm[\d.]*|xpu)/", name)
        local = local or (folder[1] if folder else "")
    return local if re.match(_LOCAL, local) else ""


def _index_build(url: str) -> str:
    found = re.fullmatch(_INDEX, url.strip())
    return found[1].lower() if found else ""


def is_unsupported(line: Requirement) -> bool:
    """Whether a line names a torch that is too old anyway: then that is the mistake to tell of."""
    version = versions.release(version_of(line))
    return bool(version) and version < versions.release(fact("torch.supported").value[0])
