"""Paths -> Space roots and the contents of their files.

A Space is a folder whose README.md has front matter with an `sdk` key; or else a given path whose Python files use
`spaces`. One walk over the tree reads every Python file once; what no Space needs is dropped again.
"""

# The walk touches every file of a tree: plain strings and `os` cost half of what `pathlib` does here.
# ruff: noqa: PTH100, PTH112, PTH116, PTH118, PTH120

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zerolint.read.source import size_limit


@dataclass(frozen=True, slots=True)
class SpaceFiles:
    """One Space on disk. `contents` maps Space-relative `/`-paths to bytes, `unreadable` to the reason in words.

    `root` is absolute. `entry_points` are the Python files that the Space's judgement starts from: `app_file` of the
    README (default app.py) if it exists, and every Python file that imports `spaces` and does not belong to a Space
    further down. All paths are sorted.
    """

    root: Path
    contents: Mapping[str, bytes]
    unreadable: Mapping[str, str]
    entry_points: tuple[str, ...]


_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "__pypackages__"})
_BUILD_FOLDERS = frozenset({"build", "dist"})
_NAMED_FILES = frozenset({"README.md", "packages.txt", "pyproject.toml", "zerolint.toml"})
# A file given on its own in a folder without README makes that folder its Space; the walk over it ends here.
_LOOSE_FILE_LIMIT = 5_000

_USES_SPACES = re.compile(
    rb"(?:^|[;:])[ \t]*(?:from[ \t]+spaces(?:\.[\w.]+)?[ \t]+import\b"
    rb"|import[ \t]+(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*spaces(?!\w))"
    rb"|\b(?:import_module|__import__)\([ \t]*['\"]spaces['\".]",
    re.MULTILINE,
)
_FRONT_MATTER = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]*?^---[ \t]*\r?\n(.*?)(?<=\n)---[ \t]*(?:\r|\n|\Z)", re.DOTALL | re.MULTILINE
)
_SDK = re.compile(rb"^[\"']?sdk[\"']?[ \t]*:", re.MULTILINE)
_APP_FILE = re.compile(rb"^[\"']?app_file[\"']?[ \t]*:[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?\r?$", re.MULTILINE)


def uses_spaces(content: bytes) -> bool:
    """Whether Python source seems to import `spaces`; a byte test that comments and strings can deceive."""
    return b"spaces" in content and _USES_SPACES.search(content) is not None


def discover(paths: Iterable[Path]) -> tuple[SpaceFiles, ...]:
    """Find every Space under the given paths, sorted by root. Raises FileNotFoundError for a path that does not exist.

    For a path that is a file, the Space that holds it is found. What cannot be read is told in `unreadable`.
    """
    marked: dict[str, SpaceFiles] = {}
    loose: dict[str, SpaceFiles] = {}
    walked: set[tuple[str, bool]] = set()
    for path in paths:
        start = os.path.abspath(path)
        try:
            status = os.stat(start)
        except (OSError, ValueError) as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
        limit: int | None = None
        if not stat.S_ISDIR(status.st_mode):
            root = _marked_root_of(os.path.dirname(start))
            if root is None:
                root = os.path.dirname(start)
                limit = _LOOSE_FILE_LIMIT
                content, _ = _read(start)
                if not start.endswith(".py") or content is None or not uses_spaces(content):
                    continue
                # Only the marked Spaces below a folder that was itself given are asked for.
            start = root
            single = True
        else:
            single = False
        key = os.path.realpath(start)
        if (key, single) in walked:
            continue
        walked.add((key, single))
        tree = _walk(start, limit)
        for space in _spaces_of(tree, only_root=single):
            place = os.path.realpath(space.root)
            (marked if _is_marked(space) else loose).setdefault(place, space)
    kept = dict(marked)
    for place, space in sorted(loose.items()):
        if place not in kept and not any(_inside(place, other) for other in kept):
            kept[place] = space
    return tuple(kept[place] for place in sorted(kept))


def _inside(place: str, other: str) -> bool:
    return place.startswith(other.rstrip(os.sep) + os.sep)


def _is_marked(space: SpaceFiles) -> bool:
    readme = space.contents.get("README.md")
    return readme is not None and _front_matter(readme) is not None


def _front_matter(readme: bytes) -> bytes | None:
    """The front matter of a README if it makes its folder a Space."""
    found = _FRONT_MATTER.match(readme)
    if found and _SDK.search(found.group(1)):
        return found.group(1)
    return None


def _marked_root_of(folder: str) -> str | None:
    """The nearest folder upwards whose README marks a Space, not beyond a folder that is a project of its own."""
    while True:
        content, _ = _read(os.path.join(folder, "README.md"))
        if content is not None and _front_matter(content) is not None:
            return folder
        parent = os.path.dirname(folder)
        if parent == folder or any(os.path.lexists(os.path.join(folder, name)) for name in (".git", "pyproject.toml")):
            return None
        folder = parent


@dataclass(slots=True)
class _Tree:
    """What one walk found: paths below `start`, `/`-separated, in sorted order."""

    start: str
    files: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)


def _wanted(name: str) -> bool:
    return name.endswith(".py") or name in _NAMED_FILES or (name.endswith(".txt") and "requirements" in name)


def _walk(start: str, limit: int | None) -> _Tree:
    tree = _Tree(start)
    inside = os.path.realpath(start)
    ignored = _Ignored(start)
    # Each entry: folder path, path below start with trailing slash, whether it was reached by a link.
    stack: list[tuple[str, str, bool]] = [(start, "", False)]
    while stack:
        folder, below, by_link = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            tree.unreadable[below.rstrip("/") or "."] = _reason(error)
            continue
        names = {entry.name for entry in listed}
        if below and "pyvenv.cfg" in names:
            continue
        if ".gitignore" in names:
            ignored.add(folder, below)
        folders: list[tuple[str, str, bool]] = []
        for entry in listed:
            name = entry.name
            wanted = _wanted(name)
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                is_link = not is_folder and entry.is_symlink()
            except OSError:
                continue
            if not wanted and not is_folder and not is_link:
                continue
            path = below + name
            if is_link:
                target = os.path.realpath(entry.path)
                if target != inside and not _inside(target, inside):
                    continue
                if os.path.isdir(target):
                    here = os.path.realpath(folder)
                    if not by_link and target != here and not _inside(here, target) and _walkable(name, names):
                        if not ignored.matches(path):
                            folders.append((entry.path, path + "/", True))
                    continue
                if not wanted:
                    continue
            if is_folder:
                if wanted and name.endswith(".py"):
                    tree.unreadable[path] = "is a folder"
                elif _walkable(name, names) and not ignored.matches(path + "/"):
                    folders.append((entry.path, path + "/", by_link))
                continue
            if ignored.matches(path):
                continue
            tree.files.append(path)
            if by_link or is_link:
                tree.linked.add(path)
            if limit is not None and len(tree.files) >= limit:
                stack.clear()
                folders.clear()
                break
        stack.extend(reversed(folders))
    tree.files.sort()
    return tree


def _walkable(name: str, siblings: set[str]) -> bool:
    if name.startswith(".") or name in _SKIPPED_FOLDERS or name.endswith(".egg-info"):
        return False
    return not (name in _BUILD_FOLDERS and not siblings.isdisjoint({"setup.py", "pyproject.toml"}))


def _spaces_of(tree: _Tree, *, only_root: bool) -> Iterator[SpaceFiles]:
    """The Spaces of one tree. With `only_root`, the one at its start, and no other."""
    contents: dict[str, bytes] = {}
    roots: dict[str, bytes] = {}
    for path in tree.files:
        if path == "README.md" or path.endswith("/README.md"):
            content = _read_into(tree, path)
            if content is not None:
                contents[path] = content
                front_matter = _front_matter(content)
                if front_matter is not None:
                    roots[path[: -len("README.md")]] = front_matter
    owners: dict[str, str | None] = {}
    using: set[str] = set()
    kept_from_start = "" in roots
    for path in tree.files:
        if path in contents:
            continue
        owner = owners[path] = _owner(path, roots)
        is_python = path.endswith(".py")
        if owner is None and not is_python:
            continue
        content = _read_into(tree, path)
        if content is None:
            continue
        if is_python and uses_spaces(content):
            using.add(path)
        if owner is not None:
            contents[path] = content
    for root in sorted(roots):
        if only_root and root:
            continue
        yield _space(tree, root, contents, using, owners, roots)
    loose = sorted(path for path in using if owners[path] is None)
    if not kept_from_start and loose:
        for path in tree.files:
            if path not in contents and _owner(path, roots) is None:
                content = _read_into(tree, path)
                if content is not None:
                    contents[path] = content
        held = {path: content for path, content in sorted(contents.items()) if _owner(path, roots) is None}
        unreadable = {path: why for path, why in sorted(tree.unreadable.items()) if _owner(path, roots) is None}
        entry_points = tuple(path for path in loose if path not in tree.linked)
        yield SpaceFiles(Path(tree.start), held, unreadable, entry_points or tuple(loose))


def _space(
    tree: _Tree,
    root: str,
    contents: dict[str, bytes],
    using: set[str],
    owners: dict[str, str | None],
    roots: dict[str, bytes],
) -> SpaceFiles:
    cut = len(root)
    held = {path[cut:]: content for path, content in sorted(contents.items()) if path.startswith(root)}
    unreadable = {path[cut:]: why for path, why in sorted(tree.unreadable.items()) if path.startswith(root)}
    entry_points = {path[cut:] for path in using if owners[path] == root and path not in tree.linked}
    app_file = _app_file(roots[root])
    if app_file in held and app_file.endswith(".py"):
        entry_points.add(app_file)
    return SpaceFiles(Path(tree.start, root), held, unreadable, tuple(sorted(entry_points)))


def _app_file(front_matter: bytes) -> str:
    found = _APP_FILE.search(front_matter)
    value = found.group(1).decode("utf-8", "replace").strip("\"' \t") if found else ""
    return os.path.normpath(value).replace(os.sep, "/") if value else "app.py"


def _owner(path: str, roots: Mapping[str, object]) -> str | None:
    """The innermost root that a path lies in, with trailing slash; "" for the start of the walk, None for no root."""
    end = len(path)
    while (end := path.rfind("/", 0, end)) >= 0:
        if path[: end + 1] in roots:
            return path[: end + 1]
    return "" if "" in roots else None


def _read_into(tree: _Tree, path: str) -> bytes | None:
    content, reason = _read(os.path.join(tree.start, path))
    if content is None:
        tree.unreadable[path] = reason
    return content


def _read(path: str) -> tuple[bytes | None, str]:
    """The bytes of a regular file, or None and the reason. Never waits for a pipe, never reads beyond the limit."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        return None, _reason(error)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return None, "is a folder" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
        limit = size_limit(path)
        if status.st_size > limit:
            return None, f"has {status.st_size:,} bytes, more than the {limit:,} that zerolint reads"
        pieces: list[bytes] = []
        size = 0
        while piece := os.read(handle, max(status.st_size + 1 - size, 65_536)):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                return None, f"has more than the {limit:,} bytes that zerolint reads"
        return b"".join(pieces), ""
    except OSError as error:
        return None, _reason(error)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    return f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}"


class _Ignored:
    """The .gitignore files met so far, the deepest of which has the last word."""

    def __init__(self, start: str) -> None:
        self.specs: list[tuple[str, list[Any]]] = []

    def add(self, folder: str, below: str) -> None:
        content, _ = _read(os.path.join(folder, ".gitignore"))
        if content is None:
            return
        from pathspec import GitIgnoreSpec

        lines = content.decode("utf-8", "replace").splitlines()
        patterns: list[Any] = []
        for line in lines:
            try:
                patterns.extend(GitIgnoreSpec.from_lines([line]).patterns)
            except ValueError:
                continue
        self.specs.append((below, [pattern for pattern in patterns if pattern.include is not None][::-1]))

    def matches(self, path: str) -> bool:
        for below, patterns in reversed(self.specs):
            if not path.startswith(below):
                continue
            rest = path[len(below) :]
            for pattern in patterns:
                if pattern.match_file(rest) is not None:
                    return bool(pattern.include)
        return False
