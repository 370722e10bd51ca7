"""Which versions a specifier admits.

Nearly all specifiers and versions are plain numbers, for which importing `packaging` would take longer than all else
that is done with them. Whatever is not plain is left to it; the tests hold the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = r"(==|>=|<=|!=|>|<|~=)(\d{1,9}(?:\.\d{1,9})*)(\.\*)?"


def admits(specifier: str, version: str) -> bool:
    """Whether a version meets a specifier (`>=2.8,<3`; "" admits all). A specifier that is not valid admits nothing."""
    own = _numbers(version)
    if own is not None:
        clauses = [re.fullmatch(_PLAIN, clause.strip()) for clause in specifier.split(",") if clause.strip()]
        if all(clause is not None and (not clause[3] or clause[1] in ("==", "!=")) for clause in clauses):
            return all(_meets(own, clause[1], clause[2], bool(clause[3])) for clause in clauses if clause)
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


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without what follows them: (2, 8, 0) for `2.8.0rc1+cu128`; () for none."""
    found = re.match(r"v?(?:\d+!)?(\d{1,9}(?:\.\d{1,9})*)", version.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _numbers(version: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,9})*", version):
        return None
    return tuple(int(part) for part in version.split("."))


def _meets(own: tuple[int, ...], operator: str, limit: str, is_prefix: bool) -> bool:
    other = tuple(int(part) for part in limit.split("."))
    length = max(len(own), len(other))
    mine = own + (0,) * (length - len(own))
    if is_prefix:
        return (mine[: len(other)] == other) is (operator == "==")
    if operator == "~=":
        return len(other) > 1 and mine[: len(other) - 1] == other[:-1] and mine >= other + (0,) * (length - len(other))
    others = other + (0,) * (length - len(other))
    return {
        "==": mine == others,
        "!=": mine != others,
        ">=": mine >= others,
        "<=": mine <= others,
        ">": mine > others,
        "<": mine < others,
    }[operator]
