"""Wall-clock time of whole processes: the shortest of several runs, as `timeit` has it.

What else the machine is at makes a run longer and never shorter, and the one on two processors more often than the one
on a single one. The runs are interleaved, so that a slow minute hits both sides of a ratio.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

Command = Sequence[str]


def seconds(command: Command, folder: Path, cache: Path) -> float:
    """How long one run of `command` in `folder` takes. Its output is thrown away; an exit code above 1 is an error.

    `cache` is where zerolint keeps results, so that the user's own cache is neither used nor filled.
    """
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "", "ZEROLINT_CACHE_DIR": str(cache)}
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    took = time.perf_counter() - begin
    if done.returncode not in (0, 1):
        raise SystemExit(
            f"{' '.join(command[:6])}: exit code {done.returncode}\n{done.stderr.decode(errors='replace')}"
        )
    return took


def shortest(commands: Mapping[str, tuple[Command, Path]], repetitions: int, cache: Path) -> dict[str, float]:
    """Run all commands in turn, `repetitions` times after one round that warms the disk; the least seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for repetition in range(repetitions + 1):
        for name, (command, folder) in commands.items():
            took = seconds(command, folder, cache)
            if repetition:
                times[name].append(took)
    return {name: min(values) for name, values in times.items()}
