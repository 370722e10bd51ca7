"""What a rule is: a value with an identity and a stateless generator.

A rule module holds one function under the `@rule` decorator, which turns it into a `Rule`. Rules are found by looking
into `zerolint.rules` and into the entry-point group `zerolint.rules`; nobody lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Level
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

Check = Callable[["Space"], Iterator[Finding]]

PAGE_URL = "https://github.com/zerolint/zerolint/blob/main/rules/{name}.md"

# Codes and names that were released once and mean nothing any more, with the reason. Neither is ever used again.
RETIRED: dict[str, str] = {}


class Rule(NamedTuple):
    """A rule's identity and its check.

    `code` is a serial number without meaning (`ZG007`); `name` is the bad thing in kebab-case (`fixed-output-path`).
    `summary` is one line for lists; `prevents` is the exact runtime error or loss, in one line.
    `default` is False for a rule that runs only when it is selected. `words` are bytes of which one stands in the
    Python files that the app reaches wherever the rule finds something: where none does, it is not asked. `listed` are
    the same for the README and the files that say what is installed, in small letters. With both, either will do.
    """

    code: str
    name: str
    summary: str
    prevents: str
    consequence: Consequence
    since: str
    check: Check
    default: bool = True
    url: str = ""
    words: tuple[bytes, ...] = ()
    listed: tuple[bytes, ...] = ()


def rule(
    *,
    code: str,
    name: str,
    summary: str,
    prevents: str,
    consequence: Consequence,
    since: str,
    default: bool = True,
    url: str = "",
    words: tuple[bytes, ...] = (),
    listed: tuple[bytes, ...] = (),
) -> Callable[[Check], Rule]:
    """Turn a generator `check(space) -> Iterator[Finding]` into a `Rule`.

    `url` is where the rule is explained; for zerolint's own rules it is their page.
    """

    def make(check: Check) -> Rule:
        is_own = check.__module__.startswith("zerolint.rules.")
        return Rule(
            code=code,
            name=name,
            summary=summary,
            prevents=prevents,
            consequence=consequence,
            since=since,
            check=check,
            default=default,
            url=url or (PAGE_URL.format(name=name) if is_own else ""),
            words=words,
            listed=listed,
        )

    return make


_LEVELS: dict[Consequence, tuple[Level, Level]] = {
    Consequence.BUILD: (Level.ERROR, Level.WARNING),
    Consequence.STARTUP: (Level.ERROR, Level.WARNING),
    Consequence.REQUEST: (Level.ERROR, Level.WARNING),
    Consequence.DATA: (Level.ERROR, Level.WARNING),
    Consequence.QUOTA: (Level.WARNING, Level.INFO),
    Consequence.HYGIENE: (Level.INFO, Level.INFO),
}


def level_of(consequence: Consequence, confidence: Confidence) -> Level:
    """The level that follows from what happens to the author and from how sure the rule is."""
    certain, likely = _LEVELS[consequence]
    return certain if confidence is Confidence.CERTAIN else likely
