"""What pyproject.toml lists and the platform does not install, because it reads requirements.txt alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.finding import Span
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.model.syntax import Import

_PROJECT = re.compile(
    r"^[ \t]*\[[ \t]*(?:project|tool[ \t]*\.[ \t]*poetry[ \t]*\.[ \t]*dependencies)[ \t]*\]", re.MULTILINE
)
_KEY_OR_HEAD = re.compile(r"^[ \t]*(?:(dependencies)[ \t]*=|\[)", re.MULTILINE)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
# A larger file is not read; parsing it again and again for a place would take long.
_SIZE_LIMIT = 200_000
_MOST_TRIED = 50


class Uninstalled(NamedTuple):
    """Dependencies that are not installed: where pyproject.toml lists them, and the imports that fail for it, each with
    the name of the package."""

    at: Span
    imports: tuple[tuple[str, Import], ...]


def uninstalled(space: Space) -> Uninstalled | None:
    """The dependencies in pyproject.toml that the app imports and nothing installs; None where there are none."""
    readme, source = space.readme, space.source("pyproject.toml")
    if readme is None or readme.text("sdk") != "gradio" or source is None or len(source.text) > _SIZE_LIMIT:
        return None
    # Other lists of requirements, and words on one: something else may make the list that is missing.
    if "requirements" in source.text or any("requirements" in path for path in (*space.contents, *space.unread)):
        return None
    document = _parsed(source.text)
    if document is None:
        return None
    names, is_poetry = _listed(document)
    brought = fact("gradio.brought").value
    wanted = {name.replace("-", "_"): name for name in names if name not in brought}
    if not wanted or space.app_file not in space.contents:
        return None
    found = tuple((wanted[package], item) for package, item in _imports(space) if package in wanted)
    at = _place(source.text, is_poetry) if found else None
    return Uninstalled(at, found) if at is not None else None


def _parsed(text: str) -> dict[str, Any] | None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _listed(document: dict[str, Any]) -> tuple[list[str], bool]:
    """The canonical names of what a project depends on, and whether Poetry's table says so."""
    project = document.get("project")
    listed = project.get("dependencies") if isinstance(project, dict) else None
    if isinstance(listed, list) and listed:
        found = (_NAME.match(item) for item in listed if isinstance(item, str))
        return [_canonical(match[1]) for match in found if match], False
    table: Any = document
    for key in ("tool", "poetry", "dependencies"):
        table = table.get(key) if isinstance(table, dict) else None
    return ([_canonical(name) for name in table if name != "python"], True) if isinstance(table, dict) else ([], True)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(space: Space) -> Iterator[tuple[str, Import]]:
    """What the app file surely imports from elsewhere when it starts: the package, and the statement."""
    module = space.program.module(space.app_file)
    if module is None:
        return
    seen: set[str] = set()
    own = {part.removesuffix(".py") for path in space.contents if path.endswith(".py") for part in path.split("/")}
    for item in module.imports:
        package = item.module.partition(".")[0]
        if package and package not in seen and package not in own and item.block is None:
            if item.scope is module.scopes[0]:
                seen.add(package)
                yield package, item


def _place(text: str, is_poetry: bool) -> Span | None:
    """Where the list stands: the key in `[project]`, or the head of Poetry's table.

    What stands before a line is whole unless the line is part of a string or a list.
    """
    for head in islice(_PROJECT.finditer(text), _MOST_TRIED):
        if ("poetry" in head.group()) is not is_poetry or _parsed(text[: head.start()]) is None:
            continue
        if is_poetry:
            return _span(text, head.start() + head.group().index("["), head.end())
        for key in islice(_KEY_OR_HEAD.finditer(text, head.end()), _MOST_TRIED):
            if _parsed(text[: key.start()]) is not None:
                return _span(text, key.start(1), key.end(1)) if key[1] else None
    return None


def _span(text: str, start: int, end: int) -> Span:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Span("pyproject.toml", line, column, line, column + end - start)
