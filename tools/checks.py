"""For each fact about the platform that can be looked up: where, and how.

A check takes the world and the value of its fact, and gives what it has found in the form of that value. It raises
PageError or RegistryError when it cannot tell. Facts that were executed, or that are about old releases, have none.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from packaging.requirements import Requirement
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
    metadata: Callable[[str], Metadata] = registry.metadata
    has_wheel: Callable[[str, str], bool] = registry.has_wheel
    wheel_text: Callable[[str, str], str] = registry.wheel_text


@dataclass(frozen=True)
class Found:
    """What a fact is today, and where that was read."""

    value: Any
    where: str


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
        line = range_of(world.metadata(requirement), package)
        found = re.search(r">=([\d.]+)", line or "")
        if not found:
            raise RegistryError(f"{requirement} no longer names a lowest {package}")
        return Found(found[1], f"metadata of {requirement}")

    return check


def released_below(package: str, limit: str) -> Check:
    """All releases of a package before the version that another fact names, oldest first.

    Those of the fact that the registry does not list stay: it hides what was withdrawn, and an exact pin gets it still.
    """

    def check(world: World, now: Any) -> Found:
        bound = Version(fact(limit).value)
        released = {version for version in world.versions(package) if Version(version) < bound}
        return Found(sorted(released.union(now), key=Version), "package registry")

    return check


def range_of(metadata: Metadata, package: str) -> str | None:
    """The specifier with which a release requires a package, None when it does not; extras are left out."""
    for line in metadata.requires:
        requirement = Requirement(line)
        if _canonical(requirement.name) == _canonical(package) and "extra" not in str(requirement.marker or ""):
            return ",".join(sorted(str(requirement.specifier).split(","))) if requirement.specifier else ""
    return None


def torch_of(world: World, name: str, version: str) -> str | None:
    """The version of torch that a release of a side-car is for, None when its metadata does not say."""
    wanted = range_of(world.metadata(f"{name}=={version}"), "torch")
    return wanted[2:] if wanted and wanted.startswith("==") else None


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _in_order_of(now: Any, found: Any) -> Any:
    """What was found in the order of the fact, what is new at its end: for lists whose order says nothing."""
    if not isinstance(now, list) or not isinstance(found, (list, tuple)):
        return found
    return [*(item for item in now if item in found), *(item for item in dict.fromkeys(found) if item not in now)]


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
    "gpu.sizes": _zerogpu(lambda text: list(hub_docs.gpu_sizes(text))),
    "hardware.name": _zerogpu(hub_docs.hardware_name),
    "hardware.capability": of_card("sm_major", "sm_minor", form="{}.{}".format),
    "python.supported": _zerogpu(hub_docs.supported_python),
    "python.default": _reference(hub_docs.default_python),
    "generator.timeout_minutes": _in_wheel(
        "spaces", "spaces/zero/wrappers.py", r"^GENERATOR_GLOBAL_TIMEOUT = (\d+) \* 60$", int
    ),
    "torch.supported": _zerogpu(hub_docs.supported_torch),
    "transformers.newest": newest("transformers"),
    "transformers.newest_unthreaded": newest("transformers", "5.0.dev0"),
    "transformers.needs_hub": lowest_needed("transformers==5.0.0", "huggingface-hub"),
    "gradio.zerogpu_queue_size": _in_wheel(
        "gradio", "gradio/blocks.py", r"max_size = (\d+) if max_size is None else max_size$", int
    ),
    "readme.keys": _reference(lambda text: list(hub_docs.key_types(text))),
    "readme.sdks": _reference(hub_docs.sdks),
    "readme.streamlit_deprecated": _page(hub_docs.CHANGELOG, hub_docs.streamlit_deprecated),
    "readme.colors": _reference(lambda text: [*hub_docs.colours(text), *hub_docs.colours(text, "colorTo")]),
    "readme.hardware": hardware_flavours,
    "readme.headers": _reference(hub_docs.headers),
    "readme.custom_headers": _reference(hub_docs.custom_headers),
    "readme.oauth_minutes": _reference(hub_docs.longest_oauth_minutes),
    "readme.without_effect": without_effect,
    "bitsandbytes.recommended": _in_wheel(
        "spaces", "spaces/zero/torch/bitsandbytes.py", r"^MULTI_BACKEND_VERSION = version\.parse\('([\d.]+)'\)$", str
    ),
    "bitsandbytes.required": _in_wheel(
        "spaces", "spaces/zero/torch/bitsandbytes_legacy.py", r"ZeroGPU requires bitsandbytes >= ([\d.]+\d)", str
    ),
    "bitsandbytes.legacy": released_below("bitsandbytes", "bitsandbytes.recommended"),
}


def without_check(names: Iterable[str], checks: Collection[str] = CHECKS) -> list[str]:
    """The facts that no check knows."""
    return [name for name in names if name not in checks]
