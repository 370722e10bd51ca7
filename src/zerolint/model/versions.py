"""Which versions a specifier admits.

Nearly all specifiers and versions are plain numbers, for which importing `packaging` would take longer than all else
that is done with them. Whatever is not plain is left to it; the tests hold the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PLAIN = r"(==|>=|<=|!=|>|<|~=)(\d{1,9}(?:\.\d{1,9})*)(\.\*)?"


def admits(specifier: str, version: str) -> bool:
    """Whether a version meets a specifier (`>=2.8,<3`; "" admits all). A specifier that is not valid admits nothing."""
    own, clauses = _numbers(version), _clauses(specifier)
    if own is not None and clauses is not None:
        return all(_meets(own, *clause) for clause in clauses)
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return False


def admitted(specifier: str, versions: Iterable[str]) -> tuple[str, ...]:
    """Those of the versions that meet a specifier, in their order."""
    return tuple(version for version in versions if admits(specifier, version))


def exact(specifier: str) -> str:
    """The one version that a specifier pins (`==2.8.0`, `==2.8.0+cu128`), or ""."""
    found = re.fullmatch(r"===?\s*([^,*\s]+)", specifier.strip())
    return found[1] if found else ""


def public(specifier: str) -> str:
    """A specifier without the local parts of versions: torch 2.8.0+cu128 is torch 2.8.0."""
    return ",".join(clause.partition("+")[0] for clause in specifier.split(","))


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without what follows them: (2, 8, 0) for `2.8.0rc1+cu128`; () for none."""
    found = re.match(r"v?(?:\d+!)?(\d{1,9}(?:\.\d{1,9})*)", version.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else ()


# A table of versions is asked about again and again.
@lru_cache(maxsize=1024)
def _numbers(version: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,9})*", version):
        return None
    return tuple(int(part) for part in version.split("."))


@lru_cache(maxsize=256)
def _clauses(specifier: str) -> tuple[tuple[str, tuple[int, ...], bool], ...] | None:
    """Operator, numbers and whether `.*` follows them, for each clause; None when one of them is not plain."""
    found: list[tuple[str, tuple[int, ...], bool]] = []
    for clause in specifier.split(","):
        if clause.strip():
            plain = re.fullmatch(_PLAIN, clause.strip())
            if plain is None or (plain[3] and plain[1] not in ("==", "!=")):
                return None
            found.append((plain[1], tuple(int(part) for part in plain[2].split(".")), bool(plain[3])))
    return tuple(found)


def _meets(own: tuple[int, ...], operator: str, other: tuple[int, ...], is_prefix: bool) -> bool:
    length = max(len(own), len(other))
    mine = own + (0,) * (length - len(own))
    if is_prefix:
        return (mine[: len(other)] == other) is (operator == "==")
    if operator == "~=":
        return len(other) > 1 and mine[: len(other) - 1] == other[:-1] and mine >= other + (0,) * (length - len(other))
    others = other + (0,) * (length - len(other))
    if operator == "==":
        return mine == others
    if operator == "!=":
        return mine != others
    if operator in (">=", "<="):
        return mine >= others if operator == ">=" else mine <= others
    return mine > others if operator == ">" else mine < others
