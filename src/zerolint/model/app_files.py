"""The file that a Space starts: whether it is there, and which file may be meant.

Only where the folder holds a page of Gradio is it told that the app file is missing: else not all of the Space may be
here.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.readme import Entry

# What surely is no Python, by the end of its name.
_OTHER = (".ipynb", ".html", ".htm", ".js", ".ts", ".sh", ".md", ".txt", ".yaml", ".yml", ".json", ".toml")
_PAGE = rb"(?m)^[ \t]*(?:import|from)[ \t]+gradio\b"


class LostApp(NamedTuple):
    """An app file that cannot be started: `entry` names it, None for the default `app.py`.

    `outside` tells that the path leads out of the Space, `is_python` that its name is not that of something else.
    `meant` is the file that seems to be meant, "" for none; `is_near` tells that only the case of letters differs.
    """

    path: str
    entry: Entry | None
    outside: bool
    is_python: bool
    meant: str
    is_near: bool


def lost_app(space: Space) -> LostApp | None:
    """The app file of a Gradio Space when it cannot be started; None when it can, or when that is not known."""
    readme = space.readme
    if readme is None or readme.problems or readme.text("sdk") != "gradio":
        return None
    entry = (readme.entries or {}).get("app_file")
    if entry is not None and not isinstance(entry.value, str):
        return None
    named = entry.value.strip() if entry is not None and isinstance(entry.value, str) else "app.py"
    if not named or len(named) > 300 or "\n" in named:
        return None
    path = posixpath.normpath(named)
    outside = path.startswith(("/", "../")) or path == ".."
    is_python = not path.lower().endswith(_OTHER)
    if not outside and (path in space.contents or path in space.unread) and is_python:
        return None
    pages = [
        other
        for other, text in space.contents.items()
        if other.endswith(".py") and b"gradio" in text and _is_page(text)
    ]
    if not outside and is_python and (not pages or not path.endswith(".py")):
        return None
    near = [other for other in space.contents if other.lower() == path.lower() and other != path]
    if not near:
        starts = [other for other in pages if b".launch(" in space.contents[other]]
        last = posixpath.basename(path)
        same = [other for other in starts if posixpath.basename(other) == last]
        roots = [other for other in starts if "/" not in other]
        near_by = same if len(same) == 1 else roots if len(roots) == 1 else []
        if entry is None and not near_by:
            return None
        return LostApp(path, entry, outside, is_python, near_by[0] if near_by else "", False)
    return LostApp(path, entry, outside, is_python, near[0] if len(near) == 1 else "", True)


def _is_page(text: bytes) -> bool:
    return re.search(_PAGE, text) is not None
