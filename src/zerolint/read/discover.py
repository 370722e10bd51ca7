"""Paths -> Space roots and the contents of their files.

A Space is a folder whose README.md has front matter with an `sdk` key; or else a given path whose Python files use
`spaces`, or of which the user says that it is meant for ZeroGPU; where it holds several folders with an app each, those
are the Spaces. One walk over the tree reads every Python file once; what no Space needs is dropped again.
"""

# The walk touches every file of a tree: plain strings and `os` cost half of what `pathlib` does here.
# ruff: noqa: PTH100, PTH112, PTH116, PTH118, PTH119, PTH120, PTH208

from __future__ import annotations

import errno
import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from zerolint.read.ignored import IgnoreFile, is_ignored, read_ignore_file
from zerolint.read.source import Source, decode, size_limit
from zerolint.records import NamedTuple


class SpaceFiles(NamedTuple):
    """One Space on disk. `contents` maps Space-relative `/`-paths to bytes, `unreadable` to the reason in words.

    `root` is absolute. `entry_points` are the Python files that the Space's judgement starts from: `app_file` of the
    README (default app.py) if it exists, and every Python file that imports `spaces` and does not belong to a Space
    further down; in a folder that neither marks as a Space, those that import Gradio. `excluded` are files that the
    settings leave out. All paths are sorted.
    """

    root: Path
    contents: Mapping[str, bytes]
    unreadable: Mapping[str, str]
    entry_points: tuple[str, ...]
    excluded: tuple[str, ...] = ()


_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "__pypackages__"})
_BUILD_FOLDERS = frozenset({"build", "dist"})
_PROJECT_FILES = frozenset({"setup.py", "pyproject.toml"})
_NAMED_FILES = frozenset({"README.md", "packages.txt", "pyproject.toml", "zerolint.toml"})
# A file given on its own makes the folder it lies in its Space when no README marks one. That folder may be anything, a
# home folder too, so the walk over it ends after so many folder entries.
_LOOSE_ENTRY_LIMIT = 20_000
# So many folder entries are looked at through symbolic links, which can lead to the same files again and again.
_LINKED_ENTRY_LIMIT = 20_000

# To compile these takes longer than to judge by `_plainly_uses_spaces`, so that is done when they are needed.
_WORD = rb"spaces(?<=[ \t,'\"]spaces)(?!\w)"
_IMPORT_BEFORE = (
    rb"(?:^|[;:])[ \t]*(?:from[ \t]+|import[ \t]+(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*)\Z"
    rb"|\b(?:import_module|__import__)\([ \t]*['\"]\Z"
)
_HANDED_ON = rb"(?m)^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t][^#\r\n]*\bspaces\b"
_GRADIO_IMPORT = rb"(?m)^[ \t]*(?:import|from)[ \t]+gradio\b"
_IMPORTED = rb"(?m)^[ \t]*(?:import|from)[ \t]+(\w+)"
_PLAIN_IMPORT = re.compile(rb"^[ \t]*(?:import|from) spaces\b", re.MULTILINE)
_DOCSTRING = re.compile(rb'(?:\s|#[^\r\n]*)*(?:"""[^"\\]*""")?')
# How far before the word `spaces` an import statement can begin, in bytes.
_IMPORT_REACH = 200
_FRONT_MATTER = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*[\r\n])?---[ \t]*[\r\n]+(.*?)(?:(?<=\n)|(?<=\r))---[ \t]*(?:\r|\n|\Z)", re.DOTALL
)
_SDK = re.compile(rb"^[\"']?sdk[\"']?[ \t]*:", re.MULTILINE)
_APP_FILE = re.compile(rb"^[\"']?app_file[\"']?[ \t]*:[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", re.MULTILINE)
_INCLUDE = re.compile(rb"^[ \t]*(?:-r|-c|--requirement|--constraint)(?:[ \t]+|[ \t]*=[ \t]*)?([^\s#]+)", re.MULTILINE)


def uses_spaces(content: bytes) -> bool:
    """Whether Python source imports `spaces`, by its bytes: what has nothing to do with it is never parsed."""
    if b"spaces" not in content:
        return False
    content = content.removeprefix(b"\xef\xbb\xbf")
    if _plainly_uses_spaces(content):
        return True
    if not _seems_to_use_spaces(content):
        return False
    # Only now is it worth the time to take strings and comments out; a docstring may show how to import it.
    from zerolint.read.gate import without_strings

    code = without_strings(content)
    return _seems_to_use_spaces(code) or b"import_module(" in code or b"__import__(" in code


def _plainly_uses_spaces(content: bytes) -> bool:
    """Is there an import before which no string can be open? So it is in nearly every file, and quickly seen."""
    found = _PLAIN_IMPORT.search(content)
    docstring = _DOCSTRING.match(content)
    if not found or not docstring or found.start() < docstring.end():
        return False
    before = content[docstring.end() : found.start()]
    if any(mark in before for mark in (b"\\", b'"""', b"'''")):
        return False
    return before.count(b"'") % 2 == before.count(b'"') % 2 == 0


def _seems_to_use_spaces(content: bytes) -> bool:
    for found in re.finditer(_WORD, content):
        before = content[max(0, found.start() - _IMPORT_REACH) : found.start()]
        line = before[max(before.rfind(b"\n"), before.rfind(b"\r")) + 1 :]
        if re.search(_IMPORT_BEFORE, line):
            return True
    # Handed on by a module that is not in the tree: `from shared.compat import spaces`.
    return b"@spaces.GPU" in content and re.search(_HANDED_ON, content) is not None


def discover(paths: Iterable[Path], is_declared: Callable[[Path], bool] | None = None) -> tuple[SpaceFiles, ...]:
    """Find every Space under the given paths, sorted by root. Raises FileNotFoundError for a path that does not exist.

    For a path that is a file, the Space that holds it is found. `is_declared` is asked about a given folder, or that of
    a given file, in which nothing marks a Space: does the user say that it is one? Then it is, if it holds an app. A
    Space that no README marks is not told again inside another Space. What cannot be read is told in `unreadable`.
    """
    marked: dict[str, SpaceFiles] = {}
    loose: dict[str, SpaceFiles] = {}
    walked: set[tuple[str, bool]] = set()
    for path in paths:
        start = os.path.abspath(path)
        try:
            is_folder = stat.S_ISDIR(os.stat(start).st_mode)
        except (OSError, ValueError) as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
        limit: int | None = None
        if not is_folder:
            root = _marked_root_of(os.path.dirname(start))
            if root is None:
                root = os.path.dirname(start)
                content, _ = _read(start)
                if not start.endswith(".py") or content is None:
                    continue
                if not uses_spaces(content) and not (is_declared and is_declared(Path(root))):
                    continue
                limit = _LOOSE_ENTRY_LIMIT
            start = root
        key = (os.path.realpath(start), is_folder)
        if key in walked:
            continue
        walked.add(key)
        for space, is_marked in _spaces_of(_walk(start, limit), is_declared, only_start=not is_folder):
            (marked if is_marked else loose).setdefault(os.path.realpath(space.root), space)
    kept = dict(marked)
    for place, space in sorted(loose.items()):
        if place not in kept and not any(_inside(place, other) for other in kept):
            kept[place] = space
    return tuple(kept[place] for place in sorted(kept))


def _inside(place: str, other: str) -> bool:
    return place.startswith(other.rstrip(os.sep) + os.sep)


def _front_matter(readme: bytes) -> bytes | None:
    """The front matter of a README if it makes its folder a Space; its lines end in `\\n`."""
    found = _FRONT_MATTER.match(readme)
    if not found:
        return None
    front_matter = found.group(1).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return front_matter if _SDK.search(front_matter) else None


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


class _Tree:
    """What one walk found: paths below `start`, `/`-separated. `linked` are those that were reached by a link."""

    __slots__ = ("files", "linked", "start", "unreadable")

    def __init__(self, start: str) -> None:
        self.start = start
        self.files: list[str] = []
        self.unreadable: dict[str, str] = {}
        self.linked: set[str] = set()


def _wanted(name: str) -> bool:
    return (
        name.endswith(".py")
        or name in _NAMED_FILES
        or (name.endswith(".txt") and ("requirements" in name or "constraints" in name))
    )


def _walk(start: str, limit: int | None) -> _Tree:
    """List the files under `start` that a Space may need. `limit` is how many folder entries are looked at."""
    tree = _Tree(start)
    inside = os.path.realpath(start)
    ignore_files, above = _ignore_files_above(start)
    # Folders to look into: where, its path below the start with a trailing slash, and whether a link led there.
    stack: list[tuple[str, str, bool]] = [(start, "", False)]
    linked_entries = 0
    while stack:
        folder, below, by_link = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=_name_of)
        except OSError as error:
            tree.unreadable[below.rstrip("/") or "."] = _reason(error)
            continue
        names = {entry.name for entry in listed}
        if by_link:
            linked_entries += len(listed)
            if linked_entries > _LINKED_ENTRY_LIMIT:
                continue
        if limit is not None:
            limit -= len(listed)
            if limit < 0 and below:
                break
        if below and "pyvenv.cfg" in names:
            continue
        if ".gitignore" in names:
            _add_ignore_file(ignore_files, os.path.join(folder, ".gitignore"), above + below)
        is_project = not _PROJECT_FILES.isdisjoint(names)
        folders: list[tuple[str, str, bool]] = []
        for entry in listed:
            name = entry.name
            wanted = _wanted(name)
            is_folder = _is_folder(entry)
            is_link = not is_folder and entry.is_symlink()
            if not (wanted or is_folder or is_link):
                continue
            path = below + name
            if not path.isascii() and (shown := os.fsencode(path).decode("utf-8", "replace")) != path:
                tree.unreadable[shown] = "has a name that is not UTF-8"
            elif is_link:
                target = os.path.realpath(entry.path)
                if target != inside and not _inside(target, inside):
                    if wanted and not is_ignored(ignore_files, above + path, False):
                        tree.unreadable[path] = "is a symbolic link that leads out of the Space"
                elif not os.path.isdir(target):
                    if wanted and not is_ignored(ignore_files, above + path, False):
                        tree.files.append(path)
                        tree.linked.add(path)
                elif not by_link and not _inside(os.path.realpath(folder) + os.sep, target):
                    if _is_walked(name, is_project) and not is_ignored(ignore_files, above + path, False):
                        folders.append((entry.path, path + "/", True))
            elif is_folder:
                if _is_walked(name, is_project) and not is_ignored(ignore_files, above + path, True):
                    folders.append((entry.path, path + "/", by_link))
                    if wanted:
                        tree.unreadable[path] = "is a folder"
            elif not is_ignored(ignore_files, above + path, False):
                tree.files.append(path)
                if by_link:
                    tree.linked.add(path)
        folders.reverse()
        stack.extend(folders)
    tree.files.sort()
    return tree


def _name_of(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_walked(name: str, is_project: bool) -> bool:
    """Whether a folder may hold code of a Space; `build` and `dist` beside a project file are made, not written."""
    if name.startswith(".") or name in _SKIPPED_FOLDERS or name.endswith(".egg-info"):
        return False
    return not (is_project and name in _BUILD_FOLDERS)


def _ignore_files_above(start: str) -> tuple[list[IgnoreFile], str]:
    """The ignore files between the repository that holds the start of a walk and the start, and the path between them.

    None of them counts when they ignore the start itself: what is asked for by name is looked at.
    """
    above: list[str] = []
    folder = start
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return [], ""
        above.append(os.path.basename(folder) + "/")
        folder = parent
    files: list[IgnoreFile] = []
    _add_ignore_file(files, os.path.join(folder, ".git", "info", "exclude"), "")
    below = ""
    for name in reversed(above):
        _add_ignore_file(files, os.path.join(folder, below, ".gitignore"), below)
        below += name
        if is_ignored(files, below[:-1], True):
            return [], ""
    return files, below


def _add_ignore_file(files: list[IgnoreFile], path: str, below: str) -> None:
    content, _ = _read(path)
    if content:
        files.append(read_ignore_file(content.decode("utf-8", "replace"), below))


def _spaces_of(
    tree: _Tree, is_declared: Callable[[Path], bool] | None, *, only_start: bool
) -> Iterator[tuple[SpaceFiles, bool]]:
    """The Spaces of one tree, each with whether a README marks it. With `only_start`, only the one at its start."""
    front_matters: dict[str, bytes] = {}
    contents: dict[str, bytes] = {}
    for path in tree.files:
        if path == "README.md" or path.endswith("/README.md"):
            content = _read_into(tree, path)
            if content is not None:
                contents[path] = content
                front_matter = _front_matter(content)
                if front_matter is not None:
                    front_matters[path[: -len("README.md")]] = front_matter
    if only_start:
        front_matters = {root: text for root, text in front_matters.items() if not root or "" not in front_matters}
    owned: dict[str, list[str]] = {root: [] for root in front_matters}
    using: dict[str | None, list[str]] = {}
    loose: list[str] = []
    for path in tree.files:
        owners = _owners(path, front_matters) if front_matters else ()
        is_python = path.endswith(".py")
        if not owners:
            loose.append(path)
            if not is_python:
                continue
        content = contents[path] if path in contents else _read_into(tree, path)
        if content is None:
            continue
        if is_python and uses_spaces(content) and path not in tree.linked:
            using.setdefault(owners[0] if owners else None, []).append(path)
        if owners:
            contents[path] = content
            for owner in owners:
                owned[owner].append(path)
    for root in sorted(front_matters):
        if root and only_start:
            continue
        cut = len(root)
        held = {path[cut:]: contents[path] for path in owned[root]}
        unreadable = {path[cut:]: why for path, why in tree.unreadable.items() if path.startswith(root)}
        entry_points = {path[cut:] for path in using.get(root, ())}
        app_file = _app_file(front_matters[root])
        if app_file not in held and app_file not in unreadable:
            _read_app_file(tree, root, app_file, held, unreadable)
        if app_file.endswith(".py") and app_file in held:
            entry_points.add(app_file)
        yield _space(tree, root, held, unreadable, entry_points), True
    if not using and not front_matters and is_declared and is_declared(Path(tree.start)):
        using[None] = [path for path in loose if path.endswith(".py") and _is_app(tree, path)]
    if using.get(None) and "" not in front_matters:
        for path in loose:
            if path not in contents:
                content = _read_into(tree, path)
                if content is not None:
                    contents[path] = content
        roots = {""} if only_start else _loose_roots(using[None], tree.files, contents)
        for root in sorted(roots):
            cut = len(root)
            held = {path[cut:]: contents[path] for path in loose if path in contents and path.startswith(root)}
            unreadable = {
                path[cut:]: why
                for path, why in tree.unreadable.items()
                if path.startswith(root) and not _owners(path, front_matters)
            }
            entry_points = {path[cut:] for path in using[None] if path.startswith(root)}
            yield _space(tree, root, held, unreadable, entry_points), False


def _loose_roots(using: list[str], files: list[str], contents: Mapping[str, bytes]) -> set[str]:
    """The folders below the start of a walk that are Spaces, when no README says so: each with a trailing slash.

    Usually that is the start itself, "". A folder of several Spaces has no app of its own but several folders with an
    app.py, none of which needs what lies outside of it; then whatever else uses `spaces` belongs to its own folder too.
    """
    apps = [path[: -len("app.py")] for path in using if path.endswith("/app.py")]
    apps = [root for root in apps if not any(root != other and root.startswith(other) for other in apps)]
    if len(apps) < 2 or any("/" not in path for path in using):
        return {""}
    beside = {path.partition("/")[0].removesuffix(".py") for path in files if path.endswith(".py")}
    for root in apps:
        inside = {path[len(root) :].partition("/")[0].removesuffix(".py") for path in files if path.startswith(root)}
        imported = {name.decode() for name in re.findall(_IMPORTED, contents[root + "app.py"])}
        if (imported & beside) - inside:
            return {""}
    others = (path for path in using if not any(path.startswith(root) for root in apps))
    return {*apps, *(path[: path.index("/") + 1] for path in others)}


def _is_app(tree: _Tree, path: str) -> bool:
    """Whether a Python file may be what a Space starts, although it does not use `spaces`."""
    content, _ = _read(os.path.join(tree.start, path))
    return content is not None and (path == "app.py" or re.search(_GRADIO_IMPORT, content) is not None)


def _space(
    tree: _Tree, root: str, held: dict[str, bytes], unreadable: dict[str, str], entry_points: set[str]
) -> SpaceFiles:
    """Put a Space together, with the files that its requirement files include by whatever name."""
    waiting = [path for path in held if path.endswith(".txt")]
    while waiting:
        path = waiting.pop()
        text = held[path]
        if b"\0" in text and isinstance(source := decode(path, text), Source):
            text = source.text.encode("utf-8")
        for found in _INCLUDE.finditer(text):
            value = found.group(1).decode("utf-8", "replace").strip("\"'").replace("\\", "/")
            included = posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
            if included in held or included in unreadable or included.startswith(("../", "/")) or ":" in included:
                continue
            place = os.path.join(tree.start, root, included)
            if not os.path.lexists(place) or not _inside(os.path.realpath(place), os.path.realpath(tree.start)):
                continue
            content, reason = _read(place)
            if content is None:
                unreadable[included] = reason
            else:
                held[included] = content
                waiting.append(included)
    return SpaceFiles(
        Path(tree.start, root),
        {path: held[path] for path in sorted(held)},
        {path: unreadable[path] for path in sorted(unreadable)},
        tuple(sorted(entry_points)),
    )


def _app_file(front_matter: bytes) -> str:
    found = _APP_FILE.search(front_matter)
    value = found.group(1).decode("utf-8", "replace").strip("\"' \t") if found else ""
    return posixpath.normpath(value) if value else "app.py"


def _read_app_file(tree: _Tree, root: str, path: str, held: dict[str, bytes], unreadable: dict[str, str]) -> None:
    """Read the app file that a README names although the walk has passed it by: it lies in a folder that begins with a
    dot, or an ignore file names it."""
    place = os.path.join(tree.start, root, path)
    if not path.endswith(".py") or path.startswith(("../", "/")) or not os.path.lexists(place):
        return
    try:
        # Some file systems find `App.py` where `app.py` is.
        if os.path.basename(place) not in os.listdir(os.path.dirname(place)):
            return
    except OSError:
        return
    content, reason = None, "is a symbolic link that leads out of the Space"
    if _inside(os.path.realpath(place), os.path.realpath(tree.start)):
        content, reason = _read(place)
    if content is None:
        unreadable[path] = reason
    else:
        held[path] = content


def _owners(path: str, roots: Mapping[str, object]) -> list[str]:
    """The roots that a path lies in, the innermost first; each with a trailing slash, "" for the start of the walk."""
    owners: list[str] = []
    end = len(path)
    while (end := path.rfind("/", 0, end)) >= 0:
        if path[: end + 1] in roots:
            owners.append(path[: end + 1])
    if "" in roots:
        owners.append("")
    return owners


def _read_into(tree: _Tree, path: str) -> bytes | None:
    # With thousands of files `os.path.join` takes as long as opening them.
    content, reason = _read(f"{tree.start}/{path}")
    if content is None:
        tree.unreadable[path] = reason
    return content


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def _read(path: str) -> tuple[bytes | None, str]:
    """The bytes of a regular file, or None and the reason. Never waits for a pipe, never reads beyond the limit."""
    try:
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        return None, _reason(error)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return None, "is a folder" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
        limit = size_limit(path)
        if status.st_size > limit:
            return None, f"has {status.st_size:,} bytes, more than the {limit:,} that zerolint reads"
        content = os.read(handle, status.st_size + 1)
        if len(content) == status.st_size:
            return content, ""
        pieces = [content]
        size = len(content)
        while content and size <= limit:
            content = os.read(handle, 65_536)
            pieces.append(content)
            size += len(content)
        if size > limit:
            return None, f"has more than the {limit:,} bytes that zerolint reads"
        return b"".join(pieces), ""
    except OSError as error:
        return None, _reason(error)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    return f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}"
