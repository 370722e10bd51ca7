"""Words in packages.txt that are no names of Debian packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Edit, Finding, Fix, Span
from zerolint.model import builds
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.builds import Word
    from zerolint.model.space import Space

_FACTS = ("builds.packages_command",)


@rule(
    code="ZG096",
    name="malformed-packages-txt",
    summary="A command, a comment or another word in packages.txt that is no Debian package",
    prevents="E: Unable to locate package #",
    consequence=Consequence.BUILD,
    since="0.1.0",
)
def check(space: Space) -> Iterator[Finding]:
    """Report each line with words that apt-get finds no package for."""
    if "packages.txt" not in space.contents or not builds.is_built(space):
        return
    for word in builds.package_words(space):
        message, title = _said(word)
        at = Span("packages.txt", word.line, word.columns[0], word.line, word.columns[1])
        edits: tuple[Edit, ...] = ()
        if word.kind in ("command", "comment") or (word.kind == "quote" and "#" in word.text):
            # The rest of the line stays, with the space before a comment; an empty line is no word.
            start = word.columns[0] - word.gap
            edits = (Edit(at._replace(start_column=start), " ".join(word.rest) if word.kind == "command" else ""),)
        elif word.kind == "name" and word.text[-1:] in ",;" and not builds.cannot_be_a_name(word.text[:-1]):
            edits = (Edit(at, word.text[:-1]),)
        confidence = Confidence.CERTAIN if word.is_certain else Confidence.LIKELY
        yield Finding(at=at, message=message, fix=Fix(title, edits), confidence=confidence, facts=_FACTS)


def _said(word: Word) -> tuple[str, str]:
    """What happens, and what to do."""
    if word.kind == "command":
        message = f"`apt-get install` gets every word of this file, and there is no package `{word.text}`"
        return message, "Leave the names only"
    if word.kind == "comment":
        return f"`{word.text}` is no comment here: apt-get takes each word for a package", "Remove the comment"
    if word.kind == "quote":
        return f"xargs ends at the quote in `{word.text}`, which has no second one", "Remove the quote"
    if word.kind == "carriage-return":
        message = "the lines end with a carriage return, which apt-get takes for the last letter of each name"
        return message, "Save the file with the line ends of Linux"
    if word.kind == "byte-order-mark":
        message = f"a byte order mark stands before `{word.text}`, and apt-get takes it for a part of the name"
        return message, "Save the file as UTF-8 without a byte order mark"
    return f"no Debian package can have the name `{word.text}`", "Write names of Debian packages, one on a line"
