"""Results of unchanged Spaces, so that a second run of the same thing parses nothing.

One JSON file per result in the user's cache folder, named by a hash of all that the result rests on: the bytes of the
Space's files, the settings, the Python version, zerolint's own files and the distributions it works with. Nothing is
ever stale, therefore, and nothing needs to be removed but to save room. A file that is damaged, or not ours, counts as
absent, and a folder that cannot be used as no cache: neither is an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from zerolint.config import Settings
from zerolint.facts import frozen
from zerolint.finding import (
    Confidence,
    Consequence,
    Diagnostic,
    Edit,
    Fact,
    Finding,
    Fix,
    Level,
    Note,
    Span,
    Suppression,
)

try:
    # What hashlib hands on, without OpenSSL, which it loads for other digests: that takes longer than all the hashing.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

# The oldest results go when there are more than so many, or more than so many bytes of them.
MAX_ENTRIES = 2_000
MAX_BYTES = 50_000_000

# A result larger than this many bytes is not worth its place.
_ENTRY_LIMIT = 2_000_000
_FORMAT = 3
# Distributions whose own version decides what a Space looks like to a rule.
_DEPENDENCIES = ("libcst", "packaging", "yaml")


def folder() -> Path | None:
    """Where results lie: `ZEROLINT_CACHE_DIR`, or the cache folder that the operating system has; None for none."""
    chosen = os.environ.get("ZEROLINT_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "linux":
        # What platformdirs would say, whose import takes a tenth of a warm run.
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        with contextlib.suppress(RuntimeError):
            return (base if base.is_absolute() else Path("~/.cache").expanduser()) / "zerolint"
        return None
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("zerolint", appauthor=False))


def usable(cache: Path, linted: Iterable[Path]) -> bool:
    """Is the cache folder outside of everything that is linted? A result must not come from whom it is about."""
    place = cache.resolve()
    return not any(place.is_relative_to(path.resolve()) for path in linted)


def key(
    contents: Mapping[str, bytes],
    unreadable: Mapping[str, str],
    entry_points: Iterable[str],
    settings: Settings,
    plugins: Iterable[str],
) -> str:
    """The name of the result: a BLAKE2b over everything that it rests on. `plugins` are the other rules' packages.

    `entry_points` are followed by an empty string and the files that the settings leave out.
    """
    digest = blake2b(digest_size=32)

    def add(*parts: str | bytes) -> None:
        for part in parts:
            content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            digest.update(b"%d:" % len(content))
            digest.update(content)

    add(str(_FORMAT), _program(), *plugins, "settings")
    patterns = settings.prefix if settings.per_file_ignores else ""
    add(repr((settings.select, settings.ignore, settings.extend_select, settings.target)))
    add(repr(settings.facts))
    add(repr(settings.per_file_ignores), patterns, "entry points", *entry_points, "contents")
    for path in sorted(contents):
        add(path, contents[path])
    add("unreadable")
    for path in sorted(unreadable):
        add(path, unreadable[path])
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _program() -> str:
    """What judges: Python, zerolint's own files by time and size, and the packages that it reads with."""
    parts = [sys.version, *_stamps(Path(__file__).parent)]
    for name in _DEPENDENCIES:
        for folder in sys.path:
            parts.extend(_stamps(Path(folder, name), deep=False))
    return "\n".join(parts)


def _stamps(package: Path, *, deep: bool = True) -> Iterator[str]:
    """Path, time of change in nanoseconds and size in bytes of the files in a package."""
    try:
        entries = sorted(os.scandir(package), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            if deep:
                yield from _stamps(Path(entry.path))
        else:
            status = entry.stat()
            yield f"{entry.path} {status.st_mtime_ns} {status.st_size}"


def load(cache: Path, name: str) -> tuple[Diagnostic, ...] | None:
    """The result of that name, None when there is none that can be used."""
    file = cache / f"{name}.json"
    try:
        with file.open("rb") as stream:
            content = stream.read(_ENTRY_LIMIT + 1)
        document = json.loads(content)
        if document["format"] != _FORMAT or document["key"] != name:
            return None
        diagnostics = tuple(_diagnostic(item) for item in document["diagnostics"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    with contextlib.suppress(OSError):
        # The time of the last use, by which the oldest are found.
        os.utime(file)
    return diagnostics


def store(cache: Path, name: str, diagnostics: Iterable[Diagnostic]) -> None:
    """Keep a result; a folder that cannot be written to is left alone."""
    _write(cache, name, {"diagnostics": [_plain(diagnostic) for diagnostic in diagnostics]})


def _write(cache: Path, name: str, document: dict[str, Any]) -> None:
    document = {"format": _FORMAT, "key": name, **document}
    content = json.dumps(document, separators=(",", ":")).encode("ascii")
    if len(content) > _ENTRY_LIMIT:
        return
    partial = cache / f"{name}.{os.getpid()}.partial"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(cache / f"{name}.json")
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def trim(cache: Path, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
    """Remove the results that were not used for the longest time, down to the limits."""
    try:
        found = [
            (entry.stat(), entry.path) for entry in os.scandir(cache) if entry.name.endswith((".json", ".partial"))
        ]
        size = sum(status.st_size for status, _ in found)
        count = len(found)
        for status, path in sorted(found, key=lambda item: item[0].st_mtime_ns):
            if count <= max_entries and size <= max_bytes:
                break
            Path(path).unlink(missing_ok=True)
            count, size = count - 1, size - status.st_size
    except OSError:
        return


def _plain(diagnostic: Diagnostic) -> dict[str, Any]:
    finding, suppression = diagnostic.finding, diagnostic.suppression
    fix = finding.fix
    return {
        "identity": [diagnostic.code, diagnostic.name, diagnostic.level.value, diagnostic.consequence.value],
        "url": diagnostic.url,
        "at": _plain_span(finding.at),
        "message": finding.message,
        "notes": [[_plain_span(note.at), note.message, note.step, note.shown] for note in finding.notes],
        "fix": fix and [fix.title, [[_plain_span(edit.at), edit.text] for edit in fix.edits], fix.unsafe],
        "confidence": finding.confidence.value,
        "consequence": finding.consequence and finding.consequence.value,
        "suppression": suppression and [_plain_span(suppression.at), suppression.reason],
        "facts": [[name, fact.value, fact.source, fact.date, fact.file] for name, fact in diagnostic.facts],
    }


def _plain_span(span: Span) -> list[str | int]:
    return [span.path, span.start_line, span.start_column, span.end_line, span.end_column]


def _diagnostic(item: Mapping[str, Any]) -> Diagnostic:
    """The reverse of `_plain`. Raises ValueError, LookupError or TypeError for what `_plain` does not write."""
    code, name, level, consequence = item["identity"]
    fix, suppression, own = item["fix"], item["suppression"], item["consequence"]
    known = tuple(_fact(*fact) for fact in item["facts"])
    return Diagnostic(
        code=_text(code),
        name=_text(name),
        level=Level(level),
        consequence=Consequence(consequence),
        finding=Finding(
            at=_span(item["at"]),
            message=_text(item["message"]),
            notes=tuple(_note(*note) for note in item["notes"]),
            fix=None if fix is None else _fix(*fix),
            confidence=Confidence(item["confidence"]),
            consequence=None if own is None else Consequence(own),
            facts=tuple(name for name, _ in known),
        ),
        url=_text(item["url"]),
        suppression=None if suppression is None else Suppression(_span(suppression[0]), _text(suppression[1])),
        facts=known,
    )


def _note(at: object, message: object, step: object, shown: object) -> Note:
    if type(step) is not int or type(shown) is not bool:
        raise TypeError("not a note")
    return Note(_span(at), _text(message), step, shown)


def _fix(title: object, edits: Iterable[tuple[object, object]], unsafe: object) -> Fix:
    return Fix(
        title=_text(title),
        edits=tuple(Edit(_span(at), _text(text)) for at, text in edits),
        unsafe=None if unsafe is None else _text(unsafe),
    )


def _fact(name: object, value: object, source: object, date: object, file: object) -> tuple[str, Fact]:
    return _text(name), frozen(Fact(value, _text(source), _text(date), _text(file)))


def _span(item: object) -> Span:
    if not isinstance(item, list) or not all(type(number) is int for number in item[1:]):
        raise TypeError("not a span")
    path, start_line, start_column, end_line, end_column = item
    return Span(_text(path), start_line, start_column, end_line, end_column)


def _text(item: object) -> str:
    if not isinstance(item, str):
        raise TypeError("not a string")
    return item
