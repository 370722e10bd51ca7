"""What the requirements say of Gradio and of what it needs, held against the version that the README names.

The platform installs the `sdk_version` of the README, and `spaces`, in one step with the requirements: what excludes
each other there fails the build. Only what surely excludes each other is told; whatever the packages need beyond the
facts may do so too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model import versions
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.readme import Entry
    from zerolint.read.requirements import Requirement

_VERSION = r"\d{1,9}(?:\.\d{1,9})*(?:(?:a|b|rc)\d{1,9})?"
_CLAUSE = r"(==|>=|<=|!=|>|<|~=)(\d{1,9}(?:\.\d{1,9})*)(\.\*)?"
# Where an end of a range lies: the version, and whether it is part of the range.
_End = tuple[tuple[int, ...], bool]


class Conflict(NamedTuple):
    """A requirement that no version meets which also meets `needed`, what `by` needs (`Gradio 5.9.1`, `spaces`).

    `fact` is the name of the fact that says so. With `limit` it is the `huggingface_hub` of which `by` needs another
    version than the requirement does.
    """

    requirement: Requirement
    needed: str
    by: str
    fact: str
    limit: str = ""


def sdk_version(space: Space) -> Entry | None:
    """The `sdk_version` of a Gradio Space in its front matter, when it is one version written out."""
    readme = space.readme
    if readme is None or readme.text("sdk") != "gradio":
        return None
    entry = (readme.entries or {}).get("sdk_version")
    return entry if entry is not None and re.fullmatch(_VERSION, entry.text) else None


def other_gradios(space: Space, version: str) -> tuple[Requirement, ...]:
    """The requirements on Gradio that this version of it does not meet."""
    return tuple(
        item
        for item in space.installed
        if item.name == "gradio" and item.specifier and not versions.admits(item.specifier, version)
    )


def conflicts(space: Space, version: str) -> Iterator[Conflict]:
    """The requirements that exclude what this version of Gradio, `spaces` and the platform need."""
    # Where another Gradio is required, the client that belongs to it has the same cause.
    left_out = {"gradio-client"} if other_gradios(space, version) else set()
    needs: dict[str, list[tuple[str, str, str]]] = {}
    for name, first, last, needed in fact("gradio.needs").value:
        needs.setdefault(name, []).append((f">={first},<={last}", needed, "gradio.needs"))
    for item in space.installed:
        if not item.specifier or item.name in left_out:
            continue
        # The plain package admits more versions of pydantic; the platform installs it with this extra.
        gradio = f"Gradio {version}" + (" with `mcp`" if item.name == "pydantic" and _is(">=5.28", version) else "")
        rows = [(needed, gradio, name) for of, needed, name in needs.get(item.name, ()) if _is(of, version)]
        own = fact("spaces.needs").value
        rows.extend((needed, "`spaces`", "spaces.needs") for name, needed in own if name == item.name)
        rows.extend((needed, "the platform", "gradio.installed") for name, needed in _installed() if name == item.name)
        for needed, by, source in rows:
            if excludes(item.specifier, needed):
                yield Conflict(item, needed, by, source)
                break


def hub_limits(space: Space, version: str) -> Iterator[Conflict]:
    """The requirements of which each version limits `huggingface_hub` below what this version of Gradio needs."""
    needs = [
        needed
        for name, first, last, needed in fact("gradio.needs").value
        if name == "huggingface-hub" and _is(f">={first},<={last}", version)
    ]
    for name, first, end, limit in fact("hub.limited_by").value:
        for item in space.installed:
            if item.name != name or not item.specifier or item.constraint:
                continue
            if excludes(item.specifier, f"<{first}") and excludes(item.specifier, f">={end}"):
                for needed in needs:
                    if excludes(limit, needed):
                        yield Conflict(item, needed, f"Gradio {version}", "gradio.needs", limit)


def _is(specifier: str, version: str) -> bool:
    return versions.admits(specifier, version)


def _installed() -> Iterator[tuple[str, str]]:
    """What the platform installs with the requirements beside Gradio: the name and the specifier."""
    for item in fact("gradio.installed").value:
        found = re.fullmatch(r"([a-z-]+)([<>=].*[0-9])", item)
        if found:
            yield found[1], found[2]


def lost_folder(space: Space, version: str) -> tuple[Requirement | None, bool] | None:
    """Whether the Space gets a `huggingface_hub` without the `HfFolder` that this version of Gradio imports.

    None when it does not, or that is not known. Else the requirement that has it so, if any, and whether it is sure:
    without one it is the platform's own version that stays, because no requirement is known to need an older one.
    """
    without = fact("hub.without_hf_folder").value
    # Of versions before a release it is not known what they import.
    if not re.fullmatch(r"[0-9.]+", version) or not versions.admits(fact("gradio.hf_folder").value, version):
        return None
    if other_gradios(space, version):
        return None
    lines = [item for item in space.installed if item.name == "huggingface-hub"]
    # An app may put `HfFolder` where Gradio looks for it.
    if any(item.url for item in lines) or any(b"HfFolder" in text for text in space.contents.values()):
        return None
    limit = without.replace(">=", "<")
    pinned = next((item for item in lines if excludes(item.specifier, limit)), None)
    if pinned is not None:
        return pinned, True
    if any(not _is_met(item.specifier, without) for item in lines) or space.requirements.problems:
        return None
    # Without the file, it may be that not all of the Space is here.
    if "requirements.txt" not in space.contents:
        return None
    free = dict(fact("hub.unlimited").value)
    for item in space.installed:
        if item.name in ("huggingface-hub", "gradio", "spaces"):
            continue
        if item.name not in free or not _leaves(item, free[item.name]):
            return None
    return None, False


def _leaves(item: Requirement, needed: str) -> bool:
    """Whether pip takes a version of a package that is needed (`>=5`; "" for any)."""
    if not needed:
        return True
    # A fork, a branch or an archive may be of any age; the main branch of the repository is newer than all releases.
    if item.url:
        return (
            re.fullmatch(rf"git\+https://github\.com/huggingface/{item.name}(?:\.git)?(?:@main)?", item.url) is not None
        )
    return _is_met(item.specifier, needed)


def _is_met(specifier: str, needed: str) -> bool:
    """Whether the newest versions that a specifier admits are among those needed."""
    upper = _upper(specifier)
    return upper is None or (bool(upper) and not excludes(specifier, needed))


def _upper(specifier: str) -> tuple[int, ...] | None:
    """Where the versions end that a specifier admits; None when they do not, () when that is not known."""
    if not specifier:
        return None
    ends = _ends(specifier)
    if ends is None:
        return ()
    return ends[1][0] if ends[1] is not None else None


def excludes(specifier: str, needed: str) -> bool:
    """Whether surely no version meets both specifiers; False when one of them is not made of plain numbers."""
    for one, other in ((specifier, needed), (needed, specifier)):
        pinned = versions.exact(one)
        if pinned:
            return not versions.admits(other, pinned)
    first, second = _ends(specifier), _ends(needed)
    if first is None or second is None:
        return False
    return _is_below(first[1], second[0]) or _is_below(second[1], first[0])


def _is_below(upper: _End | None, lower: _End | None) -> bool:
    if upper is None or lower is None:
        return False
    length = max(len(upper[0]), len(lower[0]))
    high, low = (end[0] + (0,) * (length - len(end[0])) for end in (upper, lower))
    return high < low or (high == low and not (upper[1] and lower[1]))


def _ends(specifier: str) -> tuple[_End | None, _End | None] | None:
    """The lower and the upper end of the versions that a plain specifier admits; None for one that is not plain."""
    lower: _End | None = None
    upper: _End | None = None
    for clause in specifier.split(","):
        if not clause.strip():
            continue
        found = re.fullmatch(_CLAUSE, clause.strip())
        if not found:
            return None
        operator, version = found[1], tuple(int(part) for part in found[2].split("."))
        if found[3] and operator != "==":
            if operator != "!=":
                return None
            continue
        lows: _End | None = None
        highs: _End | None = None
        if operator == "==":
            lows = (version, True)
            highs = (_next(version), False) if found[3] else (version, True)
        elif operator == "~=":
            lows, highs = (version, True), (_next(version[:-1] or version), False)
        elif operator in (">=", ">"):
            lows = (version, operator == ">=")
        elif operator in ("<=", "<"):
            highs = (version, operator == "<=")
        if lows is not None and (lower is None or _is_below(lower, lows) or _is_below((lower[0], True), lows)):
            lower = lows
        if highs is not None and (upper is None or _is_below(highs, (upper[0], True)) or _is_below(highs, upper)):
            upper = highs
    return lower, upper


def _next(version: tuple[int, ...]) -> tuple[int, ...]:
    """The first version after all that begin with these numbers."""
    return (*version[:-1], version[-1] + 1)
