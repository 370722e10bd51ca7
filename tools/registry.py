"""What a package registry knows, asked through pip: the one that the user has configured. Nothing is installed."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# A Space is Debian 12 on x86-64, with glibc 2.36. pip takes what an older glibc suffices for only when it is told so.
PLATFORMS = (
    "linux_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)),
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
)
_SECONDS = 300
_NO_VERSION = "99999"
_NOISE = ("WARNING: ", "[notice]", "DEPRECATION: ", "ERROR: Ignored the following ")


class RegistryError(Exception):
    """pip gave no answer; the text is its decisive line."""


@dataclass(frozen=True)
class Metadata:
    """What one released file says of itself: `requires` are its `Requires-Dist` lines, `description` its README.

    `withdrawn` is what registries call yanked: pip takes such a release for an exact pin only.
    """

    name: str
    version: str
    requires: tuple[str, ...]
    requires_python: str
    description: str
    file: str
    withdrawn: bool = False


@dataclass(frozen=True)
class Answer:
    """What pip made of a command: what it would install, or the line that says why it cannot."""

    accepted: bool
    chosen: tuple[Metadata, ...]
    line: str


def target(python: str) -> list[str]:
    """The arguments with which pip chooses files for a Space with this version of Python, and never builds one.

    Markers are those of the interpreter that runs pip all the same: that is how `--python-version` works.
    """
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    return ["--python-version", python, "--implementation", "cp", "--only-binary", ":all:", *platforms]


def dry_run(arguments: Sequence[str], python: str, folder: Path | None = None) -> Answer:
    """What `pip install` would do with these arguments in a Space; raises RegistryError when pip cannot be run."""
    with tempfile.TemporaryDirectory(prefix="zerolint-tools-") as nowhere:
        options = ["--dry-run", "--quiet", "--ignore-installed", "--report", "-", "--target", nowhere]
        done = _pip(["install", *options, *target(python), *arguments], folder)
    if done.returncode:
        return Answer(False, (), decisive_line(done.stderr))
    chosen = read_report(done.stdout)
    if len(chosen) == 1 and "is a yanked version" in done.stderr:
        # The report says so itself only when a newer pip writes it.
        chosen = (replace(chosen[0], withdrawn=True),)
    return Answer(True, chosen, "")


@functools.cache
def versions(name: str) -> tuple[str, ...]:
    """The released versions, newest first. Raises RegistryError when there are none, or pip cannot say."""
    done = _pip(["index", "versions", name], None)
    if done.returncode:
        raise RegistryError(decisive_line(done.stderr))
    return read_versions(done.stdout)


@functools.cache
def metadata(requirement: str, python: str = "3.12") -> Metadata:
    """The metadata of the wheel that a Space would get for one requirement, `torch==2.8.0`.

    Raises RegistryError when no wheel fits.
    """
    answer = dry_run(["--no-deps", requirement], python)
    if not answer.accepted:
        raise RegistryError(answer.line)
    return answer.chosen[0]


@functools.cache
def wheel_versions(name: str, python: str) -> tuple[str, ...]:
    """The versions, oldest first, of which there is a wheel that fits a Space; withdrawn releases are among them.

    Raises RegistryError when the package is not known at all.
    """
    versions(name)
    # pip lists what there is when it is asked for what there is not.
    answer = dry_run(["--no-deps", f"{name}=={_NO_VERSION}"], python)
    return read_choice(answer.line)


@functools.cache
def wheel_text(requirement: str, member: str) -> str:
    """The text of one file in the wheel of a requirement; the wheel is downloaded, for it is nowhere else.

    Raises RegistryError when there is no such wheel, or no such file in it.
    """
    with zipfile.ZipFile(_downloaded(requirement)) as archive:
        try:
            return archive.read(member).decode()
        except KeyError:
            raise RegistryError(f"{requirement} no longer has {member}") from None


@functools.cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    """Downloaded wheels stay until the program ends."""
    return tempfile.TemporaryDirectory(prefix="zerolint-tools-")


@functools.cache
def _downloaded(requirement: str) -> Path:
    folder = Path(_kept().name, re.sub(r"\W+", "-", requirement))
    done = _pip(["download", "--quiet", "--no-deps", "--dest", str(folder), *target("3.12"), requirement], None)
    if done.returncode:
        raise RegistryError(decisive_line(done.stderr))
    return next(folder.glob("*.whl"))


def read_versions(text: str) -> tuple[str, ...]:
    """The versions in what `pip index versions` prints. Raises RegistryError when it prints something else."""
    found = re.search(r"^Available versions: (.+)$", text, re.MULTILINE)
    if not found:
        raise RegistryError("pip no longer lists versions like that")
    return tuple(found[1].split(", "))


def read_choice(line: str) -> tuple[str, ...]:
    """The versions that pip would have had, when it says that none of them will do. Raises RegistryError for else."""
    found = re.search(r"\(from versions: (.+)\)$", line)
    if not found:
        raise RegistryError(f"pip no longer lists wheels like that: {line}")
    return () if found[1] == "none" else tuple(found[1].split(", "))


def read_report(text: str) -> tuple[Metadata, ...]:
    """What an installation report of pip lists. Raises RegistryError for what is no such report."""
    try:
        items = json.loads(text)["install"]
        return tuple(
            Metadata(
                name=item["metadata"]["name"],
                version=item["metadata"]["version"],
                requires=tuple(item["metadata"].get("requires_dist", ())),
                requires_python=item["metadata"].get("requires_python", ""),
                description=item["metadata"].get("description", ""),
                file=item["download_info"]["url"].rpartition("/")[2],
            )
            for item in items
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError(f"pip no longer reports like that ({type(error).__name__}: {error})") from None


def decisive_line(text: str) -> str:
    """The line of pip's errors that says why: the first one, for the later ones say that it has failed."""
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(_NOISE)]
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    return (errors or said or ["pip has said nothing"])[0]


def _pip(arguments: Sequence[str], folder: Path | None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RegistryError(f"pip did not answer: {error}") from None
