"""Inside one process: which files of a Space are parsed, and what the judgement costs beside the parsing."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import zerolint.read.gate
import zerolint.read.python
from zerolint import engine
from zerolint.model.space import Space
from zerolint.read.python import PythonFile


@dataclass(frozen=True)
class Judged:
    """One judgement of one Space: the files that were parsed, and seconds for the safety gate, for finding out the
    places of what is reported, and for everything but these and parsing, which is model and rules.
    """

    parsed: tuple[Path, ...]
    gate: float
    placing: float
    other: float


@dataclass(frozen=True)
class Shares:
    """The least seconds for many Spaces: for libcst's parser alone, which reads the same files, and as in `Judged`."""

    parsing: float
    gate: float
    placing: float
    other: float


class Clock:
    """Adds up the seconds that a function takes; calls inside of a call count once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._running = False

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with this clock around it."""

        def timed(*arguments: Any, **options: Any) -> Any:
            if self._running:
                return function(*arguments, **options)
            self._running = True
            begin = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - begin
                self._running = False

        return timed


def judge(task: engine.Task) -> Judged:
    """Judge a Space as `zerolint check` does, with clocks around gate, libcst's parser and the search for places.

    README and requirements are read before the clock starts: the share that is asked for is that of model and rules.
    """
    import libcst

    files = task.files
    space = Space(files.contents, unreadable=files.unreadable, entry_points=files.entry_points)
    _ = space.readme, space.requirements
    parsing, gate, placing = Clock(), Clock(), Clock()
    with ExitStack() as stack:
        # The model imports it where it asks whether a file that it does not need is Python at all.
        replace(stack, zerolint.read.gate, "refusal_of", gate)
        replace(stack, zerolint.read.python, "refusal_of", gate)
        replace(stack, libcst, "parse_module", parsing)
        replace(stack, PythonFile, "span", placing)
        replace(stack, PythonFile, "_locate", placing)
        begin = time.perf_counter()
        engine.judge(space, engine.catalogue().rules, task.settings)
        whole = time.perf_counter() - begin
    parsed = tuple(files.root / module.path for module in space.program.loaded)
    other = whole - parsing.seconds - gate.seconds - placing.seconds
    return Judged(parsed, gate.seconds, placing.seconds, other)


def replace(stack: ExitStack, owner: Any, name: str, clock: Clock) -> None:
    """Put a clock around an attribute until the stack is left."""
    original = getattr(owner, name)
    stack.callback(setattr, owner, name, original)
    setattr(owner, name, clock.around(original))


def parsed_files(spaces: Sequence[Path]) -> list[list[Path]]:
    """The files of each Space that zerolint parses; those that do not parse are left out."""
    files = [[path for task in engine.find([space]) for path in judge(task).parsed] for space in spaces]
    if not any(files):
        raise SystemExit("nothing is parsed in any of the Spaces, so there is nothing to compare with")
    return files


def shares(spaces: Sequence[Path], repetitions: int) -> Shares:
    """The shares of a run over all Spaces together, after a first one that imports what is needed."""
    tasks = [task for space in spaces for task in engine.find([space])]
    rounds: list[Shares] = []
    before = gc.get_threshold()
    # As in a process of `zerolint check`.
    gc.set_threshold(500_000)
    try:
        for _ in range(repetitions + 1):
            judged = [judge(task) for task in tasks]
            parsing = sum(seconds_to_parse(path) for one in judged for path in one.parsed)
            parts = ([one.gate, one.placing, one.other] for one in judged)
            rounds.append(Shares(parsing, *map(sum, zip(*parts, strict=True))))
    finally:
        gc.set_threshold(*before)
    return Shares(*map(min, zip(*map(astuple, rounds[1:]), strict=True)))


def seconds_to_parse(path: Path) -> float:
    """How long libcst takes for a file."""
    import libcst

    text = path.read_text("utf-8")
    begin = time.perf_counter()
    libcst.parse_module(text)
    return time.perf_counter() - begin
