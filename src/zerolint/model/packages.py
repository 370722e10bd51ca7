"""What the Space's files have installed: requirements by name, and the Gradio and the torch that they choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model import versions
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.requirements import Requirement


class TorchChoice(NamedTuple):
    """What the requirements say of torch.

    `requirement` is the line that limits it most (a pin, or else the first), `specifier` all of them together.
    `exact` is the version that is pinned, without a local part, "" for none. `supported` are the versions that ZeroGPU
    supports and the specifier admits, oldest first. For a torch from a URL the last three are empty.
    """

    requirement: Requirement
    specifier: str
    exact: str
    supported: tuple[str, ...]


def required(space: Space, *names: str) -> tuple[Requirement, ...]:
    """The requirements of these names (canonical) that are installed on the platform, in the order of pip."""
    if not space.lists(*(word for name in names for word in (name.encode(), name.replace("-", "_").encode()))):
        return ()
    return tuple(item for item in space.installed if item.name in names and not item.constraint)


def specifier_of(space: Space, name: str) -> str:
    """All that requirements and constraints say of the version of a package, as one specifier; "" for nothing."""
    return ",".join(item.specifier for item in space.installed if item.name == name and item.specifier)


def torch_choice(space: Space) -> TorchChoice | None:
    """What the requirements say of torch; None when they do not name it."""
    lines = required(space, "torch")
    if not lines:
        return None
    line = next((item for item in lines if versions.exact(item.specifier)), lines[0])
    if any(item.url for item in lines):
        return TorchChoice(next(item for item in lines if item.url), "", "", ())
    specifier = specifier_of(space, "torch")
    pinned = next((version for item in lines if (version := versions.exact(item.specifier))), "").partition("+")[0]
    supported = [
        version for version in fact("torch.supported").value if versions.admits(versions.public(specifier), version)
    ]
    return TorchChoice(line, specifier, pinned, tuple(supported))


def gradio_version(space: Space) -> tuple[int, ...] | None:
    """The version of Gradio that a Space runs with: its `sdk_version`, or else the one its requirements pin."""
    text = space.readme.text("sdk_version") if space.readme is not None else None
    for item in space.installed if not text else ():
        if item.name == "gradio" and item.specifier.startswith("==") and "," not in item.specifier:
            text = item.specifier.lstrip("=")
    return versions.release(text or "") or None
