"""Inside one process: which files of a Space are parsed, and what the judgement costs beside the parsing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerolint import engine
from zerolint.model.space import Space


@dataclass(frozen=True)
class Judged:
    """One judgement of one Space: the files that were parsed, and seconds for parsing and for everything else."""

    parsed: tuple[Path, ...]
    parsing: float
    other: float


def judge(task: engine.Task) -> Judged:
    """Judge a Space as `zerolint check` does, with a clock around libcst's parser.

    README and requirements are read before the clock starts: the share that is asked for is that of model and rules.
    """
    import libcst

    files = task.files
    space = Space(files.contents, unreadable=files.unreadable, entry_points=files.entry_points)
    _ = space.readme, space.requirements
    parse: Any = libcst.parse_module
    parsing = 0.0

    def timed(*arguments: Any, **options: Any) -> Any:
        nonlocal parsing
        begin = time.perf_counter()
        try:
            return parse(*arguments, **options)
        finally:
            parsing += time.perf_counter() - begin

    libcst.parse_module = timed
    try:
        begin = time.perf_counter()
        engine.judge(space, engine.catalogue().rules, task.settings)
        whole = time.perf_counter() - begin
    finally:
        libcst.parse_module = parse
    parsed = tuple(files.root / module.path for module in space.program.loaded)
    return Judged(parsed, parsing, whole - parsing)


def parsed_files(spaces: Sequence[Path]) -> list[list[Path]]:
    """The files of each Space that zerolint parses; those that do not parse are left out."""
    files = [[path for task in engine.find([space]) for path in judge(task).parsed] for space in spaces]
    if not any(files):
        raise SystemExit("nothing is parsed in any of the Spaces, so there is nothing to compare with")
    return files


def share_of_judging(spaces: Sequence[Path], repetitions: int) -> tuple[float, float]:
    """Median seconds for model and rules, and for parsing, over all Spaces together."""
    tasks = [task for space in spaces for task in engine.find([space])]
    rounds = [[judge(task) for task in tasks] for _ in range(repetitions + 1)][1:]
    return (
        statistics.median(sum(judged.other for judged in one) for one in rounds),
        statistics.median(sum(judged.parsing for judged in one) for one in rounds),
    )
