"""Where a Space is judged: one module per rule, found by looking into this package, listed nowhere.

Rules of other distributions come in by the entry-point group `zerolint.rules`; an entry names a `Rule`
(`my_rules.prints:check`) or a module that holds some (`my_rules.prints`). Looking for both is cheap on purpose: nothing
here imports libcst, and `importlib.metadata` is imported only when some distribution offers rules.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from zerolint.finding import Consequence, Finding
from zerolint.rule import RETIRED, Rule

if TYPE_CHECKING:
    from zerolint.model.space import Space

GROUP = "zerolint.rules"

_CODE = r"[A-Z]+[0-9]+"
_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# Words that select groups of rules; a rule of that name could not be told from the group.
_GROUPS = frozenset({"all", *(consequence.value for consequence in Consequence)})


class PluginError(Exception):
    """An entry point that offers something that is not a rule, or a rule whose identity is taken or malformed."""


class Plugin(NamedTuple):
    """One entry point of the group. `distribution` is name and version of the package that it comes with."""

    name: str
    value: str
    distribution: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value} of {self.distribution}"


@lru_cache(maxsize=1)
def built_in() -> tuple[Rule, ...]:
    """The rules in this package, by code."""
    found = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return tuple(sorted((rule for module in found for rule in _rules_in(module)), key=lambda rule: rule.code))


def check_by_name(module: str, code: str, space: Space) -> Iterator[Finding]:
    """What the rule of that code in a module of this package finds; the module is imported now."""
    return next(rule for rule in _rules_in(importlib.import_module(module)) if rule.code == code).check(space)


@lru_cache(maxsize=1)
def plugins() -> tuple[Plugin, ...]:
    """The entry points of other distributions, by name; none of them is imported."""
    if not _any_offered():
        return ()
    from importlib import metadata

    found = {
        Plugin(entry.name, entry.value, f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown")
        for entry in metadata.entry_points(group=GROUP)
    }
    return tuple(sorted(found, key=str))


def load(plugin: Plugin, known: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that a plug-in offers. Raises PluginError when one of them cannot stand beside the known ones.

    Whatever the plug-in's own code raises while it is imported comes through.
    """
    module_name, _, attributes = plugin.value.partition(":")
    found: object = importlib.import_module(module_name.strip())
    for attribute in filter(None, attributes.strip().split(".")):
        found = getattr(found, attribute)
    rules = (found,) if isinstance(found, Rule) else _rules_in(found) if isinstance(found, ModuleType) else ()
    if not rules:
        raise PluginError(f"`{plugin.value}` is neither a Rule nor a module with one")
    known = tuple(known)
    for rule in rules:
        _check_identity(rule, known)
    return rules


def _rules_in(module: ModuleType) -> tuple[Rule, ...]:
    """The rules that a module holds, each once, in the order of their definition."""
    return tuple(dict.fromkeys(value for value in vars(module).values() if isinstance(value, Rule)))


def _check_identity(rule: Rule, known: tuple[Rule, ...]) -> None:
    if not re.fullmatch(_CODE, rule.code):
        raise PluginError(f"the code `{rule.code}` is not capital letters and a number")
    if not re.fullmatch(_NAME, rule.name) or rule.name in _GROUPS:
        raise PluginError(
            f"the name `{rule.name}` is not a name of small letters, digits and single hyphens, or is taken"
        )
    for other in known:
        if rule.code == other.code or rule.name == other.name:
            raise PluginError(f"`{rule.code}` (`{rule.name}`) is taken: `{other.code}` is `{other.name}`")
    for retired in (rule.code, rule.name):
        if retired in RETIRED:
            raise PluginError(f"`{retired}` was a rule once and is not used again: {RETIRED[retired]}")


def _any_offered() -> bool:
    """Does any installed distribution mention the group?

    Looking into the entry points as bytes takes a tenth of the time of `importlib.metadata`, which most runs would
    import for nothing.
    """
    mark = GROUP.encode()
    for folder in sys.path:
        try:
            entries = list(os.scandir(folder or os.curdir))
        except OSError:
            continue
        for entry in entries:
            if entry.name.endswith((".dist-info", ".egg-info")):
                try:
                    # There may be hundreds; a Path takes longer than the file.
                    with open(f"{entry.path}/entry_points.txt", "rb", 0) as file:  # noqa: PTH123
                        content = file.read()
                except OSError:
                    continue
                if mark in content:
                    return True
    return False
