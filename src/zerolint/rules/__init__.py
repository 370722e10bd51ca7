"""Where a Space is judged: one module per rule, found by looking into this package.

What the rules say of themselves stands in `_index.py` too, which `make expected` writes, so that a run imports only the
modules of rules that it asks; when it names other modules than there are, all of them are imported.

Rules of other distributions come in by the entry-point group `zerolint.rules`; an entry names a `Rule`
(`my_rules.prints:check`) or a module that holds some (`my_rules.prints`). Looking for both is cheap on purpose: nothing
here imports libcst, and `importlib.metadata` is imported only when some distribution offers rules.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache, partial
from types import ModuleType
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Finding
from zerolint.records import NamedTuple
from zerolint.rule import PAGE_URL, RETIRED, Rule

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
    """The rules in this package, by code. Their modules are imported when they are asked."""
    try:
        from zerolint.rules._index import RULES
    except ImportError:
        return imported()
    if sorted(_modules()) != sorted(module for module, *_ in RULES):
        return imported()
    return tuple(
        Rule(
            code=code,
            name=name,
            summary=summary,
            prevents=prevents,
            consequence=Consequence(consequence),
            since=since,
            check=partial(_check, module, code),
            default=default,
            url=PAGE_URL.format(name=name),
            words=words,
            listed=listed,
        )
        for module, code, name, summary, prevents, consequence, since, default, words, listed in RULES
    )


def imported() -> tuple[Rule, ...]:
    """The rules in this package as their modules give them, by code."""
    found = [importlib.import_module(f"{__name__}.{name}") for name in _modules()]
    return tuple(sorted((rule for module in found for rule in _rules_in(module)), key=lambda rule: rule.code))


def index() -> str:
    """The text of `_index.py`."""
    identities = [
        (
            rule.check.__module__.rpartition(".")[2],
            *(rule.code, rule.name, rule.summary, rule.prevents, rule.consequence.value, rule.since),
            *(rule.default, rule.words, rule.listed),
        )
        for rule in imported()
    ]
    lines = ["".join(f"        {part!r},\n" for part in identity) for identity in identities]
    return (
        '"""What the rules of this package say of themselves. Written by `make expected`, not by hand."""\n\n'
        "RULES: tuple[tuple[str, str, str, str, str, str, str, bool, tuple[bytes, ...], tuple[bytes, ...]], ...] = (\n"
        + "".join(f"    (\n{line}    ),\n" for line in lines)
        + ")\n"
    )


def _modules() -> list[str]:
    """The names of the modules in this package that hold rules."""
    files = os.listdir(__path__[0])  # noqa: PTH208 - a Path for each takes longer
    return [name.removesuffix(".py") for name in files if name.endswith(".py") and not name.startswith("_")]


def _check(module: str, code: str, space: Space) -> Iterator[Finding]:
    """What the rule of that code in a module of this package finds; the module is imported now."""
    return _imported(module, code).check(space)


@cache
def _imported(module: str, code: str) -> Rule:
    found = importlib.import_module(f"{__name__}.{module}")
    return next(rule for rule in _rules_in(found) if rule.code == code)


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
