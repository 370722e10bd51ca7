"""Which modules of the Space hide a package that ZeroGPU needs.

The folder of the app file is the first place where Python looks for a module, before the installed packages. A folder
without `__init__.py` does not count: an installed package goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.model.syntax import Import
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# Package -> a module that only the real one has: a copy of it that lies in the Space does what it does.
_PACKAGES = {"spaces": "zero/__init__.py", "gradio": "blocks.py", "torch": "nn/__init__.py"}


class Shadow(NamedTuple):
    """A file that hides a package, and the import that gets it instead."""

    path: str
    package: str
    at: Import


def shadows(space: Space) -> Iterator[Shadow]:
    """The files beside an app file that hide a package which the app imports, by package."""
    for app in space.programs:
        folder = app.rpartition("/")[0]
        start = f"{folder}/" if folder else ""
        for package, inner in _PACKAGES.items():
            file = next(
                (path for path in (f"{start}{package}/__init__.py", f"{start}{package}.py") if path in space.contents),
                None,
            )
            if file is None or file == app or f"{start}{package}/{inner}" in space.contents:
                continue
            found = _import_of(space, app, package)
            if found is not None:
                yield Shadow(file, package, found)


def _import_of(space: Space, app: str, package: str) -> Import | None:
    """The first import of the package in an app, whose code uses it as what it is."""
    if not _is_meant(space, app, package):
        return None
    for path in sorted(space.imported_from(app), key=lambda path: (path != app, path)):
        if package.encode() not in space.contents[path]:
            continue
        module = space.program.module(path)
        for item in module.imports if module is not None else ():
            if item.module.split(".")[0] == package and not space.program.is_dead(item.block):
                return item
    return None


def _is_meant(space: Space, app: str, package: str) -> bool:
    """Whether an app uses the package itself, and no module of its own that happens to have the name."""
    if package != "spaces":
        return True
    word = re.compile(rb"\bGPU\b")
    return any(word.search(space.contents[path]) for path in space.imported_from(app))
