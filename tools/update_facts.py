"""`python -m tools.update_facts`: are the facts about the platform still what the world says?

The facts of `src/zerolint/facts/*.toml` are held against package metadata, asked through pip, and against the
source of Hugging Face's documentation. What has changed is printed; no file is touched. The exit code is 1 when a fact
has changed, 2 when nothing could be checked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tools import hub_docs
from tools.checks import CHECKS, Check, World
from tools.hub_docs import PageError
from tools.registry import RegistryError
from zerolint.facts import all_facts
from zerolint.finding import Fact


class State(str, Enum):
    """What has become of a fact; in the order in which a reader wants to know."""

    CHANGED = "changed"
    NOT_CHECKED = "could not be checked"
    NO_CHECK = "no check knows"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Result:
    """One fact. `said` is where its value was found, or why it could not be; `found` is None unless it has changed."""

    name: str
    state: State
    fact: Fact
    said: str
    found: Any = None

    def __str__(self) -> str:
        if self.state is State.CHANGED:
            return "\n".join([self.name, *self._difference(), f"    where  {self.said}"])
        return f"{self.name:<36}{self.said}"

    def _difference(self) -> list[str]:
        """Both values; of lists, which can be long, what only one of them has."""
        now, found = self.fact.value, self.found
        if not isinstance(now, list) or not isinstance(found, list):
            return [f"    now    {_shown(now)}", f"    found  {_shown(found)}"]
        gone = [f"    gone   {_shown(item)}" for item in now if item not in found]
        new = [f"    new    {_shown(item)}" for item in found if item not in now]
        return gone + new or [f"    order  {_shown(found)}"]


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.update_facts", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--docs", type=Path, metavar="FOLDER", help="a checkout of huggingface/hub-docs (otherwise it is fetched)"
    )
    parser.add_argument("--only", metavar="PREFIX", default="", help="only facts whose name begins with this")
    options = parser.parse_args(arguments)
    if options.docs and not options.docs.is_dir():
        parser.error(f"{options.docs} is not a folder")
    facts = {name: fact for name, fact in all_facts().items() if name.startswith(options.only)}
    results = check_all(facts, CHECKS, World(hub_docs.pages(options.docs)))
    print(report(results))
    return exit_code(results)


def check_all(facts: Mapping[str, Fact], checks: Mapping[str, Check], world: World) -> list[Result]:
    """Every fact with what has become of it."""
    return [check_one(name, fact, checks.get(name), world) for name, fact in facts.items()]


def check_one(name: str, fact: Fact, check: Check | None, world: World) -> Result:
    """What has become of one fact."""
    if check is None:
        return Result(name, State.NO_CHECK, fact, f"{fact.date}, {fact.source}")
    try:
        found = check(world, fact.value)
    except (PageError, RegistryError) as error:
        return Result(name, State.NOT_CHECKED, fact, str(error))
    if found.value == fact.value:
        return Result(name, State.CONFIRMED, fact, found.where)
    return Result(name, State.CHANGED, fact, found.where, found.value)


def report(results: Iterable[Result]) -> str:
    """What a maintainer reads: the facts by what has become of them, and how many there are of each."""
    results = list(results)
    parts = []
    for state in State:
        of_state = [str(result) for result in results if result.state is state]
        if of_state:
            parts.append("\n".join([f"{state.value} ({len(of_state)})", *(f"  {text}" for text in of_state)]))
    counts = ", ".join(f"{sum(result.state is state for result in results)} {state.value}" for state in State)
    return "\n\n".join([*parts, f"{len(results)} facts: {counts}"])


def exit_code(results: Iterable[Result]) -> int:
    """1 when a fact has changed, 2 when there were checks and none of them could tell, 0 otherwise."""
    states = {result.state for result in results}
    if State.CHANGED in states:
        return 1
    return 2 if State.NOT_CHECKED in states and State.CONFIRMED not in states else 0


if __name__ == "__main__":
    raise SystemExit(main())
