"""Torch and the packages that are compiled for one version of it: torchvision, torchaudio, torchcodec, xformers.

Most of them declare which torch they need; then pip installs the two that go together, or gives up. The others declare
nothing, and pip installs the newest one whatever the torch is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model import versions
from zerolint.model.packages import required, specifier_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.requirements import Requirement

NAMES = ("torchvision", "torchaudio", "torchcodec", "xformers")
# No version has this number; a specifier that admits it is open towards versions that are not known yet.
_LATER = "999999"


class Reach(NamedTuple):
    """Versions of torch, oldest first. `is_open` is True when versions that are not known yet may belong to them."""

    versions: tuple[str, ...]
    is_open: bool

    def meets(self, other: Reach) -> bool:
        """Whether some version may belong to both."""
        return (self.is_open and other.is_open) or any(version in other.versions for version in self.versions)

    def within(self, other: Reach) -> Reach:
        """The versions that belong to both."""
        both = tuple(version for version in self.versions if version in other.versions)
        return Reach(both, self.is_open and other.is_open)


class Need(NamedTuple):
    """A side-car that is asked for: its line, the version of it that is meant ("" for several) and what torch it needs.

    `is_declared` is False when its metadata says nothing of torch; then `version` is the one that pip installs.
    """

    line: Requirement
    version: str
    torch: Reach
    is_declared: bool

    @property
    def words(self) -> str:
        """What torch that is, in words: `torch==2.8.0`, `torch 2.11.0 or later`."""
        known = self.torch.versions
        if self.torch.is_open:
            return f"torch {known[0]} or later"
        minors = {version.rpartition(".")[0] for version in known}
        if len(known) == 1:
            return f"torch=={known[0]}"
        return f"torch=={minors.pop()}.*" if len(minors) == 1 else f"one of torch {', '.join(known)}"


class Drift(NamedTuple):
    """A side-car and a torch that do not go together.

    `line` is what limits torch to `torch`: its own line, or another side-car.
    `fitting` is a version of the side-car that would go with that torch, "" when none is known. `is_conflict` is True
    when pip sees it, and installs nothing.
    """

    need: Need
    line: Requirement
    torch: Reach
    fitting: str
    is_conflict: bool


class Unsupported(NamedTuple):
    """Lines that choose a torch which ZeroGPU does not list.

    `line` is the one that does: that of torch, or that of a side-car whose `need` is given. `version` is the torch they
    choose, "" for several; `limits` are other lines that limit torch. `is_too_old` and `is_newer` compare it with all
    that is listed; neither is True for a version in between. `nearest` is the listed version to take instead.
    """

    line: Requirement
    need: Need | None
    version: str
    limits: tuple[Requirement, ...]
    is_too_old: bool
    is_newer: bool
    nearest: str


def version_of(item: Requirement) -> str:
    """The version that a requirement pins, by specifier or by the name of its wheel, without local part, or ""."""
    return (versions.exact(item.specifier) or _wheel_version(item.url)).partition("+")[0]


def torch_reach(space: Space) -> Reach | None:
    """The versions of torch that its own lines admit; None when a URL does not tell the version."""
    lines = [item for item in required(space, "torch") if item.url]
    if lines:
        return _reach("==" + version_of(lines[0])) if version_of(lines[0]) else None
    return _reach(versions.public(specifier_of(space, "torch")))


def needs(space: Space) -> tuple[Need, ...]:
    """Each side-car whose line, or its constraints, say what torch it needs."""
    found = [_need(space, item) for name in NAMES for item in required(space, name)[:1]]
    return tuple(need for need in found if need is not None)


def drifts(space: Space) -> tuple[Drift, ...]:
    """The side-cars that do not go with the torch that the other lines choose."""
    left = torch_reach(space)
    wanted = [need for need in needs(space) if need.is_declared or version_of(need.line) or _looks_everywhere(space)]
    if left is None or not wanted or not (left.versions or left.is_open):
        return ()
    family = [*required(space, "torch", *NAMES)]
    if len({item.span.path == "pre-requirements.txt" for item in family}) > 1:
        # The files are installed one after the other, and the second run of pip may change what the first has done.
        return ()
    line = next((item for item in space.installed if item.name == "torch" and (item.specifier or item.url)), None)
    found: list[Drift] = []
    for need in sorted(wanted, key=lambda need: not need.is_declared):
        if need.torch.meets(left):
            if need.is_declared and len(need.torch.within(left).versions) < len(left.versions):
                line = line or need.line
                left = need.torch.within(left)
        elif line is not None:
            found.append(Drift(need, line, left, fitting(need.line.name, left), need.is_declared))
    return tuple(found)


def unsupported_torch(space: Space) -> Unsupported | None:
    """What makes the requirements choose a torch that ZeroGPU does not list; None when they need not choose one."""
    own = torch_reach(space)
    supported = fact("torch.supported").value
    if own is None:
        return None
    if not set(own.versions) & set(supported):
        choice = space.torch
        if choice is None:
            return None
        line = choice.requirement
        limits = tuple(
            item for item in space.installed if item.name == "torch" and item.specifier and item.span != line.span
        )
        version = own.versions[0] if len(own.versions) == 1 else version_of(line)
        return _unsupported(line, None, version, limits, own)
    found = [(need, need.torch.within(own)) for need in needs(space) if need.is_declared]
    bound = [(need, left) for need, left in found if left.versions and not left.is_open]
    bound = [(need, left) for need, left in bound if not set(left.versions) & set(supported)]
    if not bound:
        return None
    need, left = bound[0]
    version = left.versions[0] if len(left.versions) == 1 else ""
    return _unsupported(need.line, need, version, tuple(other.line for other, _ in bound[1:]), left)


def _unsupported(
    line: Requirement, need: Need | None, version: str, limits: tuple[Requirement, ...], torch: Reach
) -> Unsupported:
    supported = fact("torch.supported").value
    first, last = versions.release(supported[0]), versions.release(supported[-1])
    # What is not known is judged by the numbers that the line names.
    known = (version,) if version else torch.versions or re.findall(r"\d+(?:\.\d+)*", line.specifier)
    chosen = [versions.release(number) for number in known]
    is_open = torch.is_open and not version
    is_too_old = not is_open and all(number < first for number in chosen)
    is_newer = not is_too_old and all(number > last for number in chosen)
    newest = max(chosen, default=())
    nearest = supported[-1] if is_open else next((v for v in supported if versions.release(v) >= newest), supported[-1])
    return Unsupported(line, need, version, limits, is_too_old, is_newer, nearest)


def fitting(name: str, torch: Reach) -> str:
    """The newest version of a side-car for the newest of these versions of torch that is supported; "" for none.

    Without a supported one, for the only one.
    """
    supported = [version for version in torch.versions if version in fact("torch.supported").value]
    for version in reversed(supported or (torch.versions if len(torch.versions) == 1 else ())):
        for own, specifier in reversed(fact(f"sidecars.{name}").value):
            if versions.admits(specifier, version):
                return str(own)
    return ""


def companions(space: Space, torch: str) -> tuple[tuple[Requirement, str], ...]:
    """The lines of side-cars that would not go with this torch, each with the version that does."""
    reach = Reach((torch,), is_open=False)
    found = [(need.line, fitting(need.line.name, reach)) for need in needs(space) if not need.torch.meets(reach)]
    return tuple((line, version) for line, version in found if version)


def is_editable(space: Space, line: Requirement) -> bool:
    """Whether a version can be written into a line: it has no hashes, which belong to the version it names."""
    source = space.source(line.line_span.path)
    if source is None:
        return False
    lines = source.text.splitlines()[line.line_span.start_line - 1 : line.line_span.end_line]
    return not any("--hash" in text for text in lines) and not line.editable


def with_version(line: Requirement, version: str) -> str:
    """What a line says when it pins this version, its marker kept."""
    extras = f"[{','.join(line.extras)}]" if line.extras else ""
    marker = f" ; {line.marker}" if line.marker else ""
    return f"{line.name}{extras}=={version}{marker}"


def _looks_everywhere(space: Space) -> bool:
    """Whether pip looks where all versions are, rather than only into an index that the author names."""
    return not any(option.name in ("no-index", "index-url") for option in space.requirements.options)


def _need(space: Space, item: Requirement) -> Need | None:
    specifier = versions.public(specifier_of(space, item.name))
    if item.url:
        if not version_of(item):
            return None
        specifier = "==" + version_of(item)
    undeclared = dict(fact("sidecars.undeclared").value).get(item.name)
    if not specifier and not undeclared:
        return None
    rows = [row for row in fact(f"sidecars.{item.name}").value if versions.admits(specifier, row[0])]
    if not rows:
        return None
    newest, wanted = rows[-1]
    if undeclared and versions.release(newest) >= versions.release(undeclared):
        # Nothing keeps pip from the newest one.
        return Need(item, newest, _reach(wanted), is_declared=False)
    admitted = {version for _, wanted in rows for version in _reach(wanted).versions}
    is_open = versions.admits(specifier, _LATER) or any(_reach(wanted).is_open for _, wanted in rows)
    known = tuple(version for version in fact("torch.released").value if version in admitted)
    return Need(item, version_of(item), Reach(known, is_open), is_declared=True)


def _reach(specifier: str) -> Reach:
    known = fact("torch.released").value
    known = [*known, *(version for version in fact("torch.supported").value if version not in known)]
    if specifier.startswith("==") and specifier[2:] in known:
        return Reach((specifier[2:],), is_open=False)
    return Reach(versions.admitted(specifier, known), versions.admits(specifier, _LATER))


def _wheel_version(url: str) -> str:
    """The version in the file name of a wheel, "" for any other URL."""
    name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    if not name.endswith(".whl"):
        return ""
    from urllib.parse import unquote

    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        return str(parse_wheel_filename(unquote(name))[1])
    except InvalidWheelFilename:
        return ""
