"""For each fact about the platform that can be looked up: where, and how.

A check takes the world and the value of its fact, and gives what it has found in the form of that value. It raises
PageError or RegistryError when it cannot tell. Facts that were executed, or that are about old releases, have none.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools import hub_docs, registry
from tools.hub_docs import PageError
from tools.registry import Metadata, RegistryError
from zerolint.facts import fact


@dataclass(frozen=True)
class World:
    """Where checks look: pages of the documentation, and a package registry, as `registry` asks it."""

    page: hub_docs.Page
    versions: Callable[[str], tuple[str, ...]] = registry.versions
    metadata: Callable[[str, str], Metadata] = registry.metadata
    wheel_versions: Callable[[str, str], tuple[str, ...]] = registry.wheel_versions
    wheel_text: Callable[[str, str], str] = registry.wheel_text


@dataclass(frozen=True)
class Found:
    """What a fact is today, and where that was read."""

    value: Any
    where: str


# The two Pythons of the platform for which wheels are looked for.
_OLDER, _NEWER = "3.10", "3.12"

Check = Callable[[World, Any], Found]


def _page(name: str, read: Callable[[str], Any]) -> Check:
    """A fact that a page of the documentation gives as it is."""
    return lambda world, now: Found(_in_order_of(now, read(world.page(name))), f"Hugging Face docs, {name}")


def _quota(*accounts: str) -> Check:
    def check(world: World, now: Any) -> Found:
        found = hub_docs.quota_seconds(world.page(hub_docs.ZEROGPU))
        missing = [account for account in accounts if account not in found]
        if missing:
            raise PageError(f"the page no longer has a row {missing[0]!r} in the table of quotas")
        values = {found[account] for account in accounts}
        value = values.pop() if len(values) == 1 else {account: found[account] for account in accounts}
        return Found(value, f"Hugging Face docs, {hub_docs.ZEROGPU}")

    return check


def _in_wheel(package: str, member: str, pattern: str, form: Callable[[str], Any]) -> Check:
    """A fact that stands in a file of the newest release of a package."""

    def check(world: World, now: Any) -> Found:
        newest = world.versions(package)[0]
        found = re.search(pattern, world.wheel_text(f"{package}=={newest}", member), re.MULTILINE)
        if not found:
            raise RegistryError(f"{member} of {package} {newest} no longer says it like that")
        return Found(form(found[1]), f"{package} {newest}, {member.partition('/')[2]}")

    return check


# ------------------------------------------------------------------------------------------------------- the platform


def xlarge_factor(world: World, now: Any) -> Found:
    """What a second with size="xlarge" costs, in seconds of the default size."""
    sizes = hub_docs.gpu_sizes(world.page(hub_docs.ZEROGPU))
    if "xlarge" not in sizes:
        raise PageError("the page no longer has a size `xlarge`")
    return Found(sizes["xlarge"], f"Hugging Face docs, {hub_docs.ZEROGPU}")


def card(world: World) -> tuple[dict[str, Any], str]:
    """What `spaces` knows of the card that the documentation names, and where that stands."""
    name = hub_docs.hardware_name(world.page(hub_docs.ZEROGPU))
    newest = world.versions("spaces")[0]
    where = f"spaces {newest}, zero/configs.json"
    try:
        cards: list[dict[str, Any]] = json.loads(world.wheel_text(f"spaces=={newest}", "spaces/zero/configs.json"))
        of_that_name = [entry for entry in cards if entry["model"].lower().startswith(name.lower())]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RegistryError(f"{where} no longer lists cards like that") from None
    if len(of_that_name) != 1:
        raise RegistryError(f"{where} does not know the card {name}")
    return of_that_name[0], where


def of_card(*keys: str, form: Callable[..., Any]) -> Check:
    """A fact out of what `spaces` knows of the card in use."""

    def check(world: World, now: Any) -> Found:
        known, where = card(world)
        if not set(keys) <= set(known):
            raise RegistryError(f"{where} no longer has {', '.join(keys)}")
        return Found(form(*(known[key] for key in keys)), where)

    return check


def hardware_flavours(world: World, now: Any) -> Found:
    """What hardware there is: the documentation and the Hub's client each leave out some."""
    documented = hub_docs.flavours(world.page(hub_docs.REFERENCE))
    newest = world.versions("huggingface_hub")[0]
    text = world.wheel_text(f"huggingface_hub=={newest}", "huggingface_hub/_space_api.py")
    block = re.search(r"^class SpaceHardware\b.*?(?=^class |\Z)", text, re.MULTILINE | re.DOTALL)
    known = re.findall(r'^    [A-Z0-9_]+ = "([\w-]+)"', block[0], re.MULTILINE) if block else []
    if not known:
        raise RegistryError(f"huggingface_hub {newest} no longer lists hardware like that")
    where = f"Hugging Face docs, {hub_docs.REFERENCE}; huggingface_hub {newest}, _space_api.py"
    return Found(_in_order_of(now, [*documented, *known]), where)


def without_effect(world: World, now: Any) -> Found:
    """The keys that do nothing: those that the page calls ignored, and those that it still does not have."""
    text = world.page(hub_docs.REFERENCE)
    ignored, keys = hub_docs.without_effect(text), hub_docs.key_types(text)
    kept = [[key, meant] for key, meant in now if key in ignored or key not in keys]
    added = [[key, ""] for key in ignored if key not in {pair[0] for pair in now}]
    return Found(kept + added, f"Hugging Face docs, {hub_docs.REFERENCE}")


# -------------------------------------------------------------------------------------------------------- the registry


def newest(package: str, below: str = "") -> Check:
    """The newest release of a package that is not a pre-release, below a version if one is given."""

    def check(world: World, now: Any) -> Found:
        released = [version for version in world.versions(package) if not Version(version).is_prerelease]
        fitting = [version for version in released if not below or Version(version) < Version(below)]
        if not fitting:
            raise RegistryError(f"the registry has no {package} below {below}")
        return Found(max(fitting, key=Version), "package registry")

    return check


def lowest_needed(requirement: str, package: str) -> Check:
    """The lowest version of another package that one release admits."""

    def check(world: World, now: Any) -> Found:
        line = range_of(world.metadata(requirement, _NEWER), package)
        found = re.search(r">=([\d.]+)", line or "")
        if not found:
            raise RegistryError(f"{requirement} no longer names a lowest {package}")
        return Found(found[1], f"metadata of {requirement}")

    return check


def released_below(package: str, limit: str) -> Check:
    """All releases of a package before the version that another fact names, oldest first.

    What is older than the oldest of the fact does not matter. Those of the fact that the registry does not list stay:
    it hides what was withdrawn, and an exact pin gets it still.
    """

    def check(world: World, now: Any) -> Found:
        oldest, bound = Version(now[0]), Version(fact(limit).value)
        released = {version for version in world.versions(package) if oldest <= Version(version) < bound}
        return Found(sorted(released.union(now), key=Version), "package registry")

    return check


def range_of(metadata: Metadata, package: str) -> str | None:
    """The specifier with which a release requires a package, None when it does not; extras are left out."""
    for line in metadata.requires:
        requirement = Requirement(line)
        if _canonical(requirement.name) == _canonical(package) and "extra" not in str(requirement.marker or ""):
            return ",".join(sorted(str(requirement.specifier).split(","))) if requirement.specifier else ""
    return None


def with_wheels(package: str) -> Check:
    """All releases, but pre-releases, of which there is a wheel for a Python of the platform, oldest first.

    What is older than the oldest of the fact does not matter.
    """

    def check(world: World, now: Any) -> Found:
        oldest = Version(now[0])
        released = {version for version in _pythons(world, package) if not Version(version).is_prerelease}
        return Found(
            sorted((version for version in released if Version(version) >= oldest), key=Version),
            f"package registry, wheels for Python {_OLDER} and {_NEWER}",
        )

    return check


def left_behind(world: World, now: Any) -> Found:
    """From which release on packages are not for the older Python: `[["numpy", "2.3.0", "3.11"], ...]`."""
    found = []
    for package, _, _ in now:
        of_each = [_released_wheels(world, package, python) for python in (_OLDER, _NEWER)]
        newer = [version for version in of_each[1] if Version(version) > max(map(Version, of_each[0]))]
        if newer:
            metadata = world.metadata(f"{package}=={newer[0]}", _NEWER)
            needed = re.search(r">=\s*(3\.\d+)", metadata.requires_python)
            found.append([package, newer[0], needed[1] if needed else metadata.requires_python])
    return Found(found, f"package registry, wheels for Python {_OLDER} and {_NEWER}")


def _released_wheels(world: World, package: str, python: str) -> list[str]:
    """The versions with a wheel, oldest first, without pre-releases."""
    versions = world.wheel_versions(package, python)
    return sorted((version for version in versions if not Version(version).is_prerelease), key=Version)


def needed_torch(package: str, readme: bool = False) -> Check:
    """Which torch each release of a package needs, oldest first: `[["0.23.0", "==2.8.0"], ...]`.

    What a release does not declare is in the table of the newest README, if `readme` says so, or else taken from the
    fact. What is older than the oldest of the fact does not matter.
    """

    def check(world: World, now: Any) -> Found:
        known = dict(now)
        declared = declared_torch(world, package, known)
        said = torch_table(world.metadata(package, _NEWER).description) if readme else {}
        found = []
        for version, specifier in declared.items():
            told = specifier or said.get(version) or said.get(".".join(version.split(".")[:2])) or known.get(version)
            found.append([version, told or ""])
        return Found(found, f"metadata of {package}{' and its README' if readme else ''}")

    return check


def undeclared_torch(world: World, now: Any) -> Found:
    """From which release on each package no longer says which torch it needs."""
    found = []
    for package, since in now:
        declared = declared_torch(world, package, dict(fact(f"sidecars.{package}").value))
        silent = since
        for version, specifier in reversed(declared.items()):
            if specifier:
                break
            silent = version
        found.append([package, silent])
    return Found(found, "metadata of " + ", ".join(package for package, _ in now))


def declared_torch(world: World, package: str, known: Collection[str]) -> dict[str, str | None]:
    """What the releases of a package say of torch, oldest first, from the oldest of those that are known on.

    Without releases that have no wheel for a Space, and without withdrawn ones unless they are known.
    """
    pythons, oldest = _pythons(world, package), min(known, key=Version)
    versions = [
        version
        for version in sorted(pythons, key=Version)
        if not Version(version).is_prerelease and Version(version) >= Version(oldest)
    ]
    # pip spends most of its time waiting for the registry.
    with ThreadPoolExecutor(4) as pool:
        of_each = list(pool.map(lambda version: world.metadata(f"{package}=={version}", pythons[version]), versions))
    return {
        version: range_of(metadata, "torch")
        for version, metadata in zip(versions, of_each, strict=True)
        if version in known or not metadata.withdrawn
    }


def gradio_needs(world: World, now: Any) -> Found:
    """What releases of Gradio need, by ranges of them: `[["aiofiles", "5.24.0", "6.11.0", "<25.0,>=22.0"], ...]`.

    Looked at are the first and the last release of each major version, for a release does not change, and those that
    the fact does not know yet. What differs is added for the one release.
    """
    first, last = (min(now, key=lambda row: Version(row[1]))[1], max(now, key=lambda row: Version(row[2]))[2])
    released = sorted(
        (version for version in world.versions("gradio") if not Version(version).is_prerelease), key=Version
    )
    covered = [version for version in released if Version(version) >= Version(first)]
    of_majors = [list(group) for _, group in groupby(covered, lambda version: Version(version).major)]
    looked_at = {end for group in of_majors for end in (group[0], group[-1])}
    looked_at |= {version for version in covered if Version(version) > Version(last)}
    differing: list[list[str]] = []
    for version in sorted(looked_at, key=Version):
        at = Version(version)
        known = {row[0]: tightest(row[3]) for row in now if Version(row[1]) <= at <= Version(row[2])}
        needed = needs_of_gradio(world, version)
        differing += [
            [package, version, version, needed.get(package, "")]
            for package in sorted({*known, *needed})
            if known.get(package) != needed.get(package)
        ]
    return Found(
        now + differing, f"metadata of gradio {', '.join(sorted(looked_at, key=Version))} and of gradio_client"
    )


def needs_of_gradio(world: World, version: str) -> dict[str, str]:
    """What `gradio[oauth,mcp]` and its client need of other packages, as one specifier for each package."""
    lines = [*world.metadata(f"gradio=={version}", _NEWER).requires]
    client = next((line for line in lines if _canonical(Requirement(line).name) == "gradio-client"), None)
    if client:
        pinned = Requirement(client)
        lines += world.metadata(f"{pinned.name}{pinned.specifier}", _NEWER).requires
    clauses: dict[str, list[str]] = {}
    for line in lines:
        requirement = Requirement(line)
        if requirement.specifier and _holds_in_a_space(requirement):
            clauses.setdefault(_canonical(requirement.name), []).append(str(requirement.specifier))
    return {package: tightest(",".join(said)) for package, said in clauses.items()}


def tightest(specifier: str) -> str:
    """A specifier without bounds that another of its bounds implies, in the order of the alphabet."""
    clauses = set(SpecifierSet(specifier))
    lower = [clause for clause in clauses if clause.operator in (">=", ">")]
    upper = [clause for clause in clauses if clause.operator in ("<=", "<")]
    kept = clauses.difference(lower, upper)
    if lower:
        kept.add(max(lower, key=lambda clause: (Version(clause.version), clause.operator == ">")))
    if upper:
        kept.add(min(upper, key=lambda clause: (Version(clause.version), clause.operator == "<=")))
    return ",".join(sorted(map(str, kept)))


def needs(package: str) -> Check:
    """What the newest release of a package needs of others: `[["requests", ">=2.19,<3"], ...]`."""

    def check(world: World, now: Any) -> Found:
        newest = world.versions(package)[0]
        known = dict(now)
        found = []
        for line in world.metadata(f"{package}=={newest}", _NEWER).requires:
            requirement = Requirement(line)
            if requirement.specifier and _holds_in_a_space(requirement):
                name = _canonical(requirement.name)
                is_same = SpecifierSet(known.get(name, "")) == requirement.specifier
                found.append([name, known[name] if is_same else str(requirement.specifier)])
        return Found(_in_order_of(now, found), f"metadata of {package} {newest}")

    return check


def _holds_in_a_space(requirement: Requirement) -> bool:
    """Does a requirement of Gradio hold with the extras that the platform installs, on either Python?"""
    if requirement.marker is None:
        return True
    space = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}
    return any(
        requirement.marker.evaluate(
            {**space, "python_version": python, "python_full_version": f"{python}.0", "extra": extra}
        )
        for python in (_OLDER, _NEWER)
        for extra in ("", "oauth", "mcp")
    )


def torch_table(description: str) -> dict[str, str]:
    """The table of a README which says what torch each version is for: `{"0.11": "==2.11.*", "0.12": ">=2.11.0"}`."""
    rows = re.findall(r"^\| *`([\d.]+)` *\| *`(>=)?(\d+\.\d+)` *\|", description, re.MULTILINE)
    if not rows:
        raise RegistryError("the README no longer says which torch it is for like that")
    return {version: f">={torch}.0" if open_ended else f"=={torch}.*" for version, open_ended, torch in rows}


def without_wheels(world: World, now: Any) -> Found:
    """Packages that have to be built: `[name, versions that need not be]`. A wheel ends that for its version."""
    found = []
    for package, exempt in now:
        specifier = SpecifierSet(exempt or "<0")
        wheels = [version for version in _pythons(world, package) if not specifier.contains(version, prereleases=True)]
        found.append([package, f"{exempt}, wheels of {', '.join(sorted(wheels, key=Version))}" if wheels else exempt])
    return Found(found, f"package registry, wheels for Python {_OLDER} and {_NEWER}")


def _pythons(world: World, package: str) -> dict[str, str]:
    """The versions of a package with a wheel for a Space, each with the newer Python of the two that it fits."""
    return {version: python for python in (_OLDER, _NEWER) for version in world.wheel_versions(package, python)}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _in_order_of(now: Any, found: Any) -> Any:
    """What was found in the order of the fact, what is new at its end: for lists whose order says nothing."""
    if not isinstance(now, list) or not isinstance(found, (list, tuple)):
        return found
    new: list[Any] = []
    for item in found:
        if item not in now and item not in new:
            new.append(item)
    return [*(item for item in now if item in found), *new]


# ---------------------------------------------------------------------------------------------------------- the table

_zerogpu = functools.partial(_page, hub_docs.ZEROGPU)
_reference = functools.partial(_page, hub_docs.REFERENCE)

CHECKS: dict[str, Check] = {
    "duration.default_seconds": _zerogpu(hub_docs.default_seconds),
    "duration.booking_factor": of_card("duration_factor", form=float),
    "quota.seconds_per_day.anonymous": _quota("Unauthenticated"),
    "quota.seconds_per_day.free": _quota("Free account"),
    "quota.seconds_per_day.pro": _quota("PRO account", "Team organization member"),
    "quota.seconds_per_day.enterprise": _quota("Enterprise organization member"),
    "quota.xlarge_factor": xlarge_factor,
    "readme.zerogpu_sdk": _zerogpu(hub_docs.only_sdk),
    "gpu.sizes": _zerogpu(lambda text: list(hub_docs.gpu_sizes(text))),
    "hardware.name": _zerogpu(hub_docs.hardware_name),
    "hardware.capability": of_card("sm_major", "sm_minor", form="{}.{}".format),
    "python.supported": _zerogpu(hub_docs.supported_python),
    "python.left_behind": left_behind,
    "python.default": _reference(hub_docs.default_python),
    "generator.timeout_minutes": _in_wheel(
        "spaces", "spaces/zero/wrappers.py", r"^GENERATOR_GLOBAL_TIMEOUT = (\d+) \* 60$", int
    ),
    "torch.supported": _zerogpu(hub_docs.supported_torch),
    "torch.released": with_wheels("torch"),
    "sidecars.torchvision": needed_torch("torchvision"),
    "sidecars.torchaudio": needed_torch("torchaudio"),
    "sidecars.torchcodec": needed_torch("torchcodec", readme=True),
    "sidecars.xformers": needed_torch("xformers"),
    "sidecars.undeclared": undeclared_torch,
    "builds.without_torch": without_wheels,
    "transformers.newest": newest("transformers"),
    "transformers.newest_unthreaded": newest("transformers", "5.0.dev0"),
    "transformers.needs_hub": lowest_needed("transformers==5.0.0", "huggingface-hub"),
    "gradio.zerogpu_queue_size": _in_wheel(
        "gradio", "gradio/blocks.py", r"max_size = (\d+) if max_size is None else max_size$", int
    ),
    "readme.keys": _reference(lambda text: list(hub_docs.key_types(text))),
    "readme.sdks": _reference(hub_docs.sdks),
    "readme.colors": _reference(lambda text: [*hub_docs.colours(text), *hub_docs.colours(text, "colorTo")]),
    "readme.hardware": hardware_flavours,
    "readme.headers": _reference(hub_docs.headers),
    "readme.custom_headers": _reference(hub_docs.custom_headers),
    "readme.oauth_minutes": _reference(hub_docs.longest_oauth_minutes),
    "readme.without_effect": without_effect,
    "gradio.zerogpu": _zerogpu(lambda text: f">={hub_docs.oldest_gradio(text)}"),
    "gradio.needs": gradio_needs,
    "spaces.needs": needs("spaces"),
    "bitsandbytes.recommended": _in_wheel(
        "spaces", "spaces/zero/torch/bitsandbytes.py", r"^MULTI_BACKEND_VERSION = version\.parse\('([\d.]+)'\)$", str
    ),
    "bitsandbytes.required": _in_wheel(
        "spaces", "spaces/zero/torch/bitsandbytes_legacy.py", r"ZeroGPU requires bitsandbytes >= ([\d.]+\d)", str
    ),
    "bitsandbytes.legacy": released_below("bitsandbytes", "bitsandbytes.recommended"),
}
