"""Small rules for tests of what goes on around rules: they look for words, so a test says with words what they find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Note
from zerolint.model.space import Space
from zerolint.read.source import line_starts, span_of
from zerolint.rule import Rule, rule
from zerolint.rules.unknown_rule import check as unknown_rule
from zerolint.rules.unused_suppression import check as unused_suppression


def places(space: Space, pattern: str) -> Iterator[tuple[re.Match[str], Finding]]:
    for path in sorted(space.contents):
        source = space.source(path)
        if source:
            starts = line_starts(source.text)
            for match in re.finditer(pattern, source.text, re.DOTALL):
                yield match, Finding(span_of(path, starts, *match.span()), f"`{match.group().split()[0]}` is here")


@rule(
    code="XX001",
    name="bad-word",
    summary="The word BAD",
    prevents="BAD things",
    consequence=Consequence.DATA,
    since="1.0",
    url="https://example.org/bad-word",
)
def bad_word(space: Space) -> Iterator[Finding]:
    """`BAD`, and all from `BEGIN` to `END`."""
    for _, finding in places(space, r"\bBAD\b|\bBEGIN\b.*?\bEND\b"):
        yield finding


@rule(
    code="XX002", name="poor-word", summary="The word POOR", prevents="POOR", consequence=Consequence.QUOTA, since="1.0"
)
def poor_word(space: Space) -> Iterator[Finding]:
    """`POOR`, a likely finding that rests on two facts; fixed safely to `FAIR`."""
    for _, finding in places(space, r"\bPOOR\b"):
        fix = Fix("Write FAIR", (Edit(finding.at, "FAIR"),))
        yield Finding(
            finding.at,
            finding.message,
            (Note(finding.at, "a note", 1), Note(finding.at, "another", 2, False)),
            fix,
            Confidence.LIKELY,
            facts=("python.supported", "quota.xlarge_factor"),
        )


@rule(code="XX003", name="odd-word", summary="ODD", prevents="ODD", consequence=Consequence.HYGIENE, since="1.0")
def odd_word(space: Space) -> Iterator[Finding]:
    """`ODD`, fixed unsafely to `EVEN`."""
    for _, finding in places(space, r"\bODD\b"):
        yield Finding(finding.at, finding.message, fix=Fix("Write EVEN", (Edit(finding.at, "EVEN"),), unsafe="a guess"))


@rule(
    code="XX004",
    name="rare-word",
    summary="RARE",
    prevents="RARE",
    consequence=Consequence.DATA,
    since="1.0",
    default=False,
)
def rare_word(space: Space) -> Iterator[Finding]:
    """`RARE`, off by default."""
    for _, finding in places(space, r"\bRARE\b"):
        yield finding


@rule(code="XX005", name="crash-word", summary="CRASH", prevents="CRASH", consequence=Consequence.DATA, since="1.0")
def crash_word(space: Space) -> Iterator[Finding]:
    """Breaks in the way that the word after `CRASH` names, after a finding."""
    for match, finding in places(space, r"\bCRASH (\w+)"):
        yield finding
        how = match[1]
        if how == "deep":
            _deeper(0)
        if how == "exit":
            raise SystemExit(3)
        if how == "type":
            yield "not a finding"  # type: ignore[misc]
        if how == "nowhere":
            yield Finding(None, "")  # type: ignore[arg-type]
        raise ValueError(f"two\nlines of {how}")


def _deeper(depth: int) -> int:
    return _deeper(depth + 1) + 1


WORDS: tuple[Rule, ...] = (bad_word, poor_word, odd_word, rare_word, crash_word)
ALL: tuple[Rule, ...] = (*WORDS, unused_suppression, unknown_rule)

README = b"---\nsdk: gradio\n---\n"


def space_of(app: str = "", **files: str) -> Space:
    """A Space in memory: app.py, and further files with `__` for the dot in their names."""
    contents = {name.replace("__", "."): text.encode() for name, text in files.items()}
    return Space({"README.md": README, "app.py": app.encode(), **contents})


def write_plugin(folder: Path, name: str, text: str, value: str = "") -> Path:
    """A plug-in as it lies where it is installed: a module, and metadata with an entry point to it."""
    (folder / f"{name}.py").write_text(text, "utf-8")
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[zerolint.rules]\n{name} = {value or name}\n", "utf-8")
    return folder
