"""What the platform's builder makes of the files that say what is installed.

It mounts `requirements.txt` and `packages.txt` alone, without the rest of the repository, and has no CUDA compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.model import versions
from zerolint.model.packages import required, specifier_of
from zerolint.read.source import line_starts, span_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.finding import Span
    from zerolint.model.space import Space
    from zerolint.read.requirements import Option, Requirement

# A version that is newer than any: a specifier that admits it has no upper limit.
_ENDLESS = "999999"
# The files with requirements that the builder mounts, one at a time and nothing beside it.
_MOUNTED = ("requirements.txt", "pre-requirements.txt")
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+://|file:"
_APT_COMMANDS = frozenset({"install", "update", "upgrade", "dist-upgrade", "full-upgrade", "autoremove", "clean"})
_COMMAND_WORDS = _APT_COMMANDS | {"apt-get", "apt", "aptitude", "sudo", "RUN", "&&", "\\", "!"}
# A hash behind a requirement, with the continued line before it.
_HASH = r"(?:[ \t]*\\(?:\r\n|\r|\n))?[ \t]*--hash(?:=|[ \t]+)\S+"
# Options by which pip looks for wheels in further places.
_PLACES = ("find-links", "extra-index-url", "index-url")
_REPOSITORY = r"git\+(?:https?|ssh)://(?:[^@/]*@)?([^/]+)/([^/@#?]+)/([^/@#?]+?)(?:\.git)?/?(?:@([^#?]+))?(?:[#?].*)?"


class OldPackage(NamedTuple):
    """A requirement that admits no version as new as is wanted; `version` is the newest that it admits."""

    requirement: Requirement
    version: str


class SourceBuild(NamedTuple):
    """A requirement that pip builds from source in vain.

    `is_repository` is False for a package of the package registry. `is_certain` is False where the build may end in a
    wheel, but one for another torch. `fact` names the fact that says so.
    """

    requirement: Requirement
    is_repository: bool
    is_certain: bool
    fact: str


class LocalRequirement(NamedTuple):
    """A requirement that is a path. `path` is that path without `file:`; `is_elsewhere` tells that it is one of the
    author's machine, and not of the Space."""

    requirement: Requirement
    path: str
    is_elsewhere: bool


class Word(NamedTuple):
    """Words on one line of packages.txt that apt-get takes for names of packages, and that cannot be any.

    `kind` is `command`, `comment`, `name`, `quote`, `carriage-return` or `byte-order-mark`. `text` is what to say of
    the line: for a command, the word of it that is no package. `line` is its 1-based number, `columns` where the words
    stand in it (1-based, the end exclusive). `rest` are the packages that the line names beside them, `gap` the number
    of columns of white space before them. `is_certain` is False where the file may look otherwise on the Hub.
    """

    kind: str
    text: str
    line: int
    columns: tuple[int, int]
    rest: tuple[str, ...]
    gap: int = 0
    is_certain: bool = True


def is_built(space: Space) -> bool:
    """Whether the platform installs from this folder's files as it does for Gradio Spaces."""
    sdk = space.readme.text("sdk") if space.readme is not None else None
    return sdk == "gradio" or (not sdk and space.is_for_zerogpu is True)


def old_bitsandbytes(space: Space) -> OldPackage | None:
    """The requirement that keeps bitsandbytes below what `spaces` recommends."""
    lines = required(space, "bitsandbytes")
    specifier = specifier_of(space, "bitsandbytes")
    if not lines or not specifier or any(item.url for item in lines):
        return None
    legacy = versions.admitted(specifier, fact("bitsandbytes.legacy").value)
    if not legacy or any(versions.admits(specifier, v) for v in (fact("bitsandbytes.recommended").value, _ENDLESS)):
        return None
    return OldPackage(next((item for item in lines if item.specifier), lines[0]), legacy[-1])


def source_builds(space: Space) -> Iterator[SourceBuild]:
    """The requirements whose build needs what the builder does not have: torch beside it, or a CUDA compiler."""
    for item in space.installed:
        if not item.constraint:
            build = _of_repository(item) if item.url else _of_package(space, item)
            if build is not None:
                yield build


def _of_package(space: Space, item: Requirement) -> SourceBuild | None:
    """Not where the files name a further place to look for wheels, or a version that stands only there."""
    excepted = next((others for name, others in fact("builds.without_torch").value if name == item.name), None)
    specifier = specifier_of(space, item.name)
    if (
        excepted is None
        or "+" in specifier
        or any(option.name in _PLACES and not _is_partial(option.value) for option in space.requirements.options)
    ):
        return None
    version = versions.exact(specifier) or (_ENDLESS if versions.admits(specifier, _ENDLESS) else "")
    if not excepted or (version and not versions.admits(excepted, version)):
        return SourceBuild(item, False, True, "builds.without_torch")
    if version and item.name in fact("builds.newest_torch").value:
        return SourceBuild(item, False, False, "builds.newest_torch")
    return None


def _of_repository(item: Requirement) -> SourceBuild | None:
    found = re.fullmatch(_REPOSITORY, item.url) if item.url.startswith("git+") else None
    if found is None:
        return None
    for name, older in fact("builds.cuda_repositories").value:
        if name.lower() == f"{found[2]}/{found[3]}".lower():
            # A commit may be an old one too.
            is_older = bool(older) and re.fullmatch(r"[0-9a-f]{7,40}", found[4] or "")
            if is_older or (found[4] or "").startswith(tuple(older) or "\0"):
                return None
            return SourceBuild(item, True, True, "builds.cuda_repositories")
    return None


def includes(space: Space) -> tuple[Option, ...]:
    """The lines by which a file that the builder mounts includes another one of the Space, which it does not mount."""
    unread = {problem.at for problem in space.requirements.problems}
    return tuple(
        option
        for option in space.requirements.options
        if option.name in ("requirement", "constraint")
        and option.span.path in _MOUNTED
        and option.span not in unread
        and not re.match(_SCHEME, option.value)
    )


def local_requirements(space: Space) -> Iterator[LocalRequirement]:
    """The requirements that are folders and archives of the author's machine or of the Space."""
    for item in space.installed:
        if not item.url or item.constraint or item.span.path not in _MOUNTED or "$" in item.url:
            continue
        path = re.sub(r"^(?:\w+\+)?file:(?://)?", "", item.url)
        if path != item.url or not re.match(_SCHEME, item.url):
            is_elsewhere = path.startswith(("/", "~")) or "//" in item.url
            yield LocalRequirement(item, path, is_elsewhere)


def replaced_index(space: Space) -> Option | None:
    """The line that leaves pip nothing to look into but an index that has not all that the platform installs.

    pip reads all lines before it looks for anything: the last `--index-url` counts, and what `--extra-index-url` adds
    after it. An option at the end of a requirement is none of these; pip takes it and does nothing with it.
    """
    places: list[str] = []
    last: Option | None = None
    for option in space.requirements.options:
        if option.span.path == "requirements.txt":
            if option.name == "index-url":
                places, last = [option.value], option
            elif option.name == "extra-index-url":
                places.append(option.value)
            elif option.name in ("no-index", "find-links"):
                return None
    return last if last and all(map(_is_partial, places)) else None


def _is_partial(place: str) -> bool:
    """Whether an index has torch, its companions and what they need, and nothing else."""
    return re.sub(_SCHEME, "", place).startswith(tuple(fact("builds.partial_indexes").value))


def hashes(space: Space, path: str) -> tuple[Span, ...]:
    """Where hashes stand in a file with requirements, each with the continued line that it is on."""
    source = space.source(path)
    if source is None:
        return ()
    starts = line_starts(source.text)
    return tuple(span_of(path, starts, *found.span()) for found in re.finditer(_HASH, source.text))


def hashed(space: Space) -> tuple[Requirement, ...]:
    """The requirements with hashes that pip resolves together with what the builder adds, which has none."""
    return tuple(item for item in space.installed if item.hashed and item.span.path == "requirements.txt")


def package_words(space: Space) -> Iterator[Word]:
    """The lines of packages.txt that apt-get cannot take.

    The builder hands the words of the file to one `apt-get install -y`, by xargs: several on a line are several
    packages, and options of apt-get are options.
    """
    content = space.contents.get("packages.txt")
    source = space.source("packages.txt") if content else None
    if content is None or source is None:
        return
    if content.startswith(b"\xef\xbb\xbf"):
        yield Word("byte-order-mark", source.text.split()[0] if source.text.split() else "", 1, (1, 1), ())
    if b"\r" in content:
        # A clone on Windows has such line ends everywhere.
        others = [space.contents.get(path, b"") for path in ("README.md", "requirements.txt")]
        if not any(b"\r\n" in other for other in others):
            yield Word("carriage-return", "", 1, (1, 1), (), is_certain=False)
    for number, line in enumerate(re.split(r"\r\n|\n|\r", source.text), start=1):
        if line.strip():
            yield from _odd_words(line, number)


def _odd_words(line: str, number: int) -> Iterator[Word]:
    words = list(re.finditer(r"\S+", line))
    hash_at = next((index for index, word in enumerate(words) if word[0].startswith("#")), len(words))
    comment, words = words[hash_at:], words[:hash_at]
    texts = [word[0] for word in words]
    gap = comment[0].start() - (words[-1].end() if words else 0) if comment else 0
    # xargs takes quotes and backslashes out; an odd number of quotes ends it.
    if any(line.count(quote) % 2 for quote in "'\"") and not ("'" in line and '"' in line):
        first = comment[0].start() if comment else 0
        at = (first + 1, len(line.rstrip()) + 1)
        yield Word("quote", line[first:].strip(), number, at, tuple(texts if comment else ()), gap)
        return
    is_command = any(
        name in ("apt-get", "apt", "aptitude") and following[:1] and following[0] in _APT_COMMANDS
        for name, following in (
            (text, [other for other in texts[index + 1 :] if not other.startswith("-")])
            for index, text in enumerate(texts)
        )
    )
    if is_command:
        rest = tuple(text for text in texts if text not in _COMMAND_WORDS and not text.startswith("-"))
        culprit = "apt-get" if "apt-get" in texts else next(text for text in texts if text in _APT_COMMANDS)
        yield Word("command", culprit, number, (words[0].start() + 1, words[-1].end() + 1), rest)
    else:
        for word in words:
            text = word[0]
            if not text.startswith("-") and not re.search(r"['\"\\]", text) and cannot_be_a_name(text):
                at = (word.start() + 1, word.end() + 1)
                yield Word("name", text, number, at, tuple(other for other in texts if other != text))
    if comment and not is_command:
        at = (comment[0].start() + 1, comment[-1].end() + 1)
        yield Word("comment", line[comment[0].start() : comment[-1].end()], number, at, tuple(texts), gap)


def cannot_be_a_name(text: str) -> bool:
    """Whether apt-get can find no package by this word: not by name, nor as a pattern, nor with a version."""
    name = re.split(r"[=/:]", text)[0]
    if re.search(r"[,;&|<>@#%{}]", text) or "==" in text or "~=" in text:
        return True
    return bool(re.search(r"[A-Z]", name)) and not re.search(r"[.?*+^$\[\]]", name)
