"""`python -m benchmarks`: the speed budgets of zerolint, measured side by side in one run.

Every line is a ratio of the shortest of several runs, so that it says the same on a slow and on a fast machine. Two
processors are used at most. The exit code is 1 when a budget is exceeded.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks import corpus, inside, keystroke, measuring, peers

PYTHON = sys.executable
CHECK = [PYTHON, "-m", "zerolint", "check", "--isolated", "--exit-zero", "--format", "concise"]
COLD = [*CHECK, "--no-cache"]

# Both take the list of files from a file, because a command line would become too long.
PARSE = """
import sys
import libcst
for path in open(sys.argv[1], encoding="utf-8").read().splitlines():
    with open(path, encoding="utf-8") as file:
        libcst.parse_module(file.read())
"""
READ = """
import os, sys
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        with open(os.path.join(folder, name), "rb") as file:
            file.read()
"""


@dataclass(frozen=True)
class Line:
    """One ratio of seconds, and its budget; one without a budget is for information."""

    what: str
    ours: float
    theirs: float
    budget: float | None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def is_exceeded(self) -> bool:
        return self.budget is not None and self.ratio > self.budget

    def __str__(self) -> str:
        seconds = f"{self.ours * 1000:8.0f} ms / {self.theirs * 1000:6.0f} ms"
        line = f"{self.what:<80} {seconds} = {self.ratio:5.2f}"
        if self.budget is None:
            return line
        return f"{line}   budget {self.budget:5.2f}   {'EXCEEDED' if self.is_exceeded else 'ok'}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--spaces", type=Path, metavar="FOLDER", help="measure the Spaces in this folder, one each")
    parser.add_argument("--peers", action="store_true", help="compare with other linters that are installed")
    parser.add_argument("--repetitions", type=int, default=7, metavar="N", help="repetitions of each measurement (7)")
    options = parser.parse_args(arguments)
    if options.repetitions < 1:
        parser.error("--repetitions is at least 1")
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with tempfile.TemporaryDirectory(prefix="zerolint-benchmark-") as folder:
        lines = measure(Path(folder).resolve(), options.spaces, options.peers, options.repetitions)
    return 1 if any(line.is_exceeded for line in lines) else 0


def measure(folder: Path, given: Path | None, with_peers: bool, repetitions: int) -> list[Line]:
    """Measure everything and print each line as soon as it is known; `folder` is empty and is thrown away later."""
    lines: list[Line] = []

    def show(line: Line) -> None:
        lines.append(line)
        print(line, flush=True)

    cache = folder / "cache"
    if given:
        many = given.resolve()
        spaces = corpus.spaces_in(many)
    else:
        many = folder / "spaces"
        spaces = corpus.make_spaces(many, 40)
    if not spaces:
        raise SystemExit(f"{given}: no folder in it holds Python files")
    parsed = inside.parsed_files(spaces)
    one, its_files = middle(spaces, parsed)
    print(f"{len(spaces)} Spaces, {sum(map(len, parsed))} files parsed; one Space: {one.name}, {len(its_files)} files")

    parse_one = [PYTHON, "-c", PARSE, str(listed(folder / "one.txt", its_files))]
    parse_all = [PYTHON, "-c", PARSE, str(listed(folder / "all.txt", [path for files in parsed for path in files]))]
    tree = corpus.make_tree(folder / "tree", 4_000)
    small = measuring.shortest(
        {
            "cold": ([*COLD, "."], one),
            "parse": (parse_one, folder),
            "warm": ([*CHECK, "."], one),
            "pass": ([PYTHON, "-c", "pass"], folder),
        },
        # They are short, and so the more easily disturbed.
        4 * repetitions,
        cache,
    )
    show(Line("one Space, cold / a process that only parses the same files", small["cold"], small["parse"], 1.25))
    show(Line("one Space, unchanged / `python -c pass`", small["warm"], small["pass"], 5.0))
    large = measuring.shortest(
        {
            "all": ([*COLD, "."], many),
            "parse all": (parse_all, folder),
            "tree": ([*COLD, "."], tree),
            "read": ([PYTHON, "-c", READ, str(tree)], folder),
        },
        repetitions,
        cache,
    )
    what = f"{len(spaces)} Spaces, cold, two processes / one process that only parses the same files"
    show(Line(what, large["all"], large["parse all"], 1.0))
    show(Line("4,000 files and no Space / a process that only reads them", large["tree"], large["read"], 2.0))
    shares = inside.shares(spaces, repetitions)
    # The parser is native and all of this is Python; what people wait for are the processes above.
    show(Line("model and rules / parsing", shares.other, shares.parsing, 0.5))
    show(Line("the safety gate / parsing", shares.gate, shares.parsing, None))
    show(Line("the places of what is reported / parsing", shares.placing, shares.parsing, None))
    if find_spec("pygls"):
        answered = keystroke.seconds(folder / "typing", 3 * repetitions)
        show(Line("a keystroke in an app of 300 lines, answered after the pause / 50 ms", answered, 0.05, 1.0))
    else:
        print("pygls is not installed, so the language server is not measured")
    if with_peers:
        commands = peers.installed(folder)
        if not commands:
            print("no other linter is installed")
        runs = {"zerolint": ([*COLD, "."], one), **{name: (command, one) for name, command in commands.items()}}
        times = measuring.shortest(runs, max(1, repetitions // 2), cache)
        for name in commands:
            show(Line(f"one Space, cold / {name}", times["zerolint"], times[name], 1.0))
    return lines


def middle(spaces: Sequence[Path], parsed: Sequence[Sequence[Path]]) -> tuple[Path, Sequence[Path]]:
    """The Space with the median number of bytes to parse, and its files."""
    sized = sorted(
        (
            (sum(path.stat().st_size for path in files), space, files)
            for space, files in zip(spaces, parsed, strict=True)
        ),
        key=lambda item: item[:2],
    )
    sized = [item for item in sized if item[0]] or sized
    _, space, files = sized[len(sized) // 2]
    return space, files


def listed(file: Path, paths: Sequence[Path]) -> Path:
    """Write one path per line."""
    file.write_text("\n".join(map(str, paths)), encoding="utf-8")
    return file


if __name__ == "__main__":
    sys.exit(main())
