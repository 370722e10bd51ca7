"""`python -m tests.ecosystem FOLDER`: what zerolint finds in a folder of Spaces, and what a change has altered in that.

Each sub-folder in which zerolint finds a Space is judged by a process of its own, without configuration and cache, so
that a crash, an endless loop or a dead process costs one line of the report. Rules that are about to change are run
before (`--json before.json`) and after (`--compare before.json`), and every line of the difference is read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from zerolint import __version__
from zerolint.config import TARGETS, Settings, choose, unknown
from zerolint.engine import catalogue
from zerolint.finding import Level
from zerolint.read.source import Source, decode
from zerolint.report import escape

# The version of what `--json` writes.
FORMAT = 1
# Characters of a source line that are shown.
LONGEST_LINE = 120


class Seen(NamedTuple):
    """A finding: its path in the sub-folder, its 1-based place, and the line of source that it stands on."""

    space: str
    code: str
    name: str
    level: str
    confidence: str
    path: str
    line: int
    column: int
    message: str
    source: str


class Judged(NamedTuple):
    """What became of one sub-folder: how many Spaces and files it holds, seconds, and findings or crashes.

    A crash is its kind and its details, which may be several lines.
    """

    name: str
    spaces: int
    files: int
    seconds: float
    findings: tuple[Seen, ...] = ()
    crashes: tuple[tuple[str, str], ...] = ()


class Run(NamedTuple):
    """A whole run: the codes of the rules that ran, and the sub-folders that hold Spaces, by name."""

    rules: tuple[str, ...]
    judged: tuple[Judged, ...]

    @property
    def findings(self) -> list[Seen]:
        return [finding for judged in self.judged for finding in judged.findings]


class Difference(NamedTuple):
    """What is found now and was not before, and so on. In pairs the earlier finding comes first.

    `moved`: the same message of the same rule about the same file, on another line. `altered`: the same rule at the
    same place, with another message, level or confidence.
    """

    new: list[Seen]
    gone: list[Seen]
    moved: list[tuple[Seen, Seen]]
    altered: list[tuple[Seen, Seen]]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 after a crash or a Space that took too long, 2 for bad usage, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder with Spaces in its sub-folders")
    parser.add_argument("--select", metavar="NAMES", help="run only these rules, as for `zerolint check`")
    parser.add_argument("--target", choices=TARGETS, default="auto", help="what the Spaces are meant for (auto)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at a time")
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS", help="for one Space (60)")
    parser.add_argument("--slow", type=float, default=5, metavar="SECONDS", help="name Spaces that take longer (5)")
    parser.add_argument("--findings", action="store_true", help="print each finding, with its line")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write what was found into this file")
    parser.add_argument("--compare", type=Path, metavar="EARLIER", help="print what differs from this earlier run")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder")
    if options.processes < 1:
        parser.error("--processes is at least 1")
    if options.json and not options.json.parent.is_dir():
        parser.error(f"{options.json.parent} is no folder")
    select = tuple(options.select.split(",")) if options.select else None
    if select and (words := unknown(select, catalogue().rules)):
        parser.error(f"no rule or group `{words[0]}`")
    earlier = None
    if options.compare:
        try:
            earlier = read(options.compare)
        except (OSError, ValueError, LookupError, TypeError) as error:
            parser.error(f"{options.compare} is no earlier run: {error}")

    run = judge(options.folder, select, options.target, options.processes, options.limit, progress=sys.stderr)
    if options.json:
        write(run, options.json)
    lines = list(summary(run, options.slow))
    if options.findings:
        lines += ["", *listing(run.findings)]
    if earlier:
        lines += ["", *comparison(earlier, run)]
    print("\n".join(lines))
    return 1 if any(judged.crashes for judged in run.judged) else 0


def judge(
    folder: Path,
    select: tuple[str, ...] | None = None,
    target: str = "auto",
    processes: int = 2,
    limit: float = 60,
    progress: TextIO | None = None,
) -> Run:
    """Judge the sub-folders, so many at a time, with a limit in seconds for each; those without a Space drop out."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    judged: list[Judged] = []
    with ThreadPoolExecutor(processes) as pool:
        for number, one in enumerate(pool.map(partial(_judged, select, target, limit), folders), start=1):
            judged.append(one)
            if progress and progress.isatty():
                print(
                    f"\r{number}/{len(folders)}", end="\n" if number == len(folders) else "", file=progress, flush=True
                )
    rules = choose(catalogue().rules, Settings(select=select))
    return Run(tuple(rule.code for rule in rules), tuple(one for one in judged if one.spaces or one.crashes))


def _judged(select: tuple[str, ...] | None, target: str, limit: float, folder: Path) -> Judged:
    """One sub-folder, by the command line as users run it."""
    command = [sys.executable, "-m", "zerolint", "check", "--isolated", "--no-cache", "--exit-zero"]
    command += ["--format", "json", "--target", target, *(("--select", ",".join(select)) if select else ())]
    begin = time.monotonic()
    crash = partial(_crashed, folder.name, begin)
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return crash(f"took longer than {limit:g} s", "")
    seconds = time.monotonic() - begin
    try:
        report = json.loads(result.stdout)
    except ValueError:
        return crash(f"ended with {result.returncode} and no report", result.stderr.decode("utf-8", "replace"))
    findings = [finding for finding in report["findings"] if finding["suppressed"] is None and not finding["baselined"]]
    texts = {path: _lines(folder / path) for path in {finding["path"] for finding in findings}}
    return Judged(
        folder.name,
        len(report["spaces"]),
        report["summary"]["files"],
        seconds,
        tuple(_seen(folder.name, finding, texts[finding["path"]]) for finding in findings),
        tuple((f"{one['name']} broke: {one['error']}", one["trace"]) for one in report["failures"]),
    )


def _crashed(name: str, begin: float, kind: str, details: str) -> Judged:
    return Judged(name, 0, 0, time.monotonic() - begin, crashes=((kind, details),))


def _lines(path: Path) -> list[str]:
    source = decode(path.name, path.read_bytes())
    return source.text.splitlines() if isinstance(source, Source) else []


def _seen(space: str, finding: dict[str, Any], lines: list[str]) -> Seen:
    line = finding["start"]["line"]
    return Seen(
        space,
        finding["code"],
        finding["name"],
        finding["level"],
        finding["confidence"],
        finding["path"],
        line,
        finding["start"]["column"],
        finding["message"],
        lines[line - 1].strip()[:LONGEST_LINE] if line <= len(lines) else "",
    )


def write(run: Run, path: Path) -> None:
    """Keep a run for a later comparison."""
    data = {
        "format": FORMAT,
        "zerolint": __version__,
        "rules": run.rules,
        "spaces": [
            {**judged._asdict(), "findings": [finding._asdict() for finding in judged.findings]}
            for judged in run.judged
        ],
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="ascii")


def read(path: Path) -> Run:
    """A run that was kept. Raises OSError, and ValueError, LookupError or TypeError for what is none."""
    data = json.loads(path.read_text("ascii"))
    if data["format"] != FORMAT:
        raise ValueError(f"its format is {data['format']}, not {FORMAT}")
    return Run(
        tuple(data["rules"]),
        tuple(
            Judged(
                **{
                    **space,
                    "findings": tuple(Seen(**finding) for finding in space["findings"]),
                    "crashes": tuple((kind, details) for kind, details in space["crashes"]),
                }
            )
            for space in data["spaces"]
        ),
    )


def summary(run: Run, slow: float) -> Iterator[str]:
    """Crashes with their details, slow Spaces, and a line for each rule that found something."""
    for judged in run.judged:
        for kind, details in judged.crashes:
            yield f"CRASH {escape(judged.name)}: {escape(kind)}"
            yield from (f"    {escape(line)}" for line in details.splitlines())
    for judged in sorted(run.judged, key=lambda judged: -judged.seconds):
        if judged.seconds > slow:
            yield f"slow: {escape(judged.name)}, {judged.files} files, {judged.seconds:.1f} s"
    findings = run.findings
    for (code, name), own in _by_rule(findings):
        levels = Counter(finding.level for finding in own)
        likely = sum(finding.confidence == "likely" for finding in own)
        told = [f"{levels[level.value]} {level.value}" for level in reversed(Level) if levels[level.value]]
        yield (
            f"{code} {name:<32} {len(own):>5} in {_count({finding.space for finding in own}, 'Space'):<12}"
            f"{', '.join(told)}{f' ({likely} likely)' if likely else ''}"
        )
    crashes = [crash for judged in run.judged for crash in judged.crashes]
    yield (
        f"{_count(findings, 'finding')} of {_count({finding.code for finding in findings}, 'rule')} in "
        f"{len({finding.space for finding in findings})} of {_count(run.judged, 'Space')}; "
        f"{_count(crashes, 'crash')}; {sum(judged.files for judged in run.judged)} files, "
        f"{sum(judged.seconds for judged in run.judged):.0f} s"
    )


def listing(findings: Iterable[Seen]) -> Iterator[str]:
    """Each finding with its line of source, by rule."""
    for (code, name), own in _by_rule(findings):
        yield f"{code} {name}"
        for finding in own:
            yield from _told(" ", finding)


def comparison(earlier: Run, now: Run) -> Iterator[str]:
    """What differs between two runs, by rule: `+` new, `-` gone, `>` moved, `~` altered; then one line of counts.

    Only Spaces that are in both count, and only rules of the later run, or none that there is any more.
    """
    names = {judged.name for judged in earlier.judged} & {judged.name for judged in now.judged}
    others = {rule.code for rule in catalogue().rules} - set(now.rules)
    before, after = (
        [finding for finding in run.findings if finding.space in names and finding.code not in others]
        for run in (earlier, now)
    )
    found = difference(before, after)
    codes = sorted({(finding.code, finding.name) for finding in _all(found)})
    for code, name in codes:
        own = Difference(
            [finding for finding in found.new if finding.code == code],
            [finding for finding in found.gone if finding.code == code],
            [pair for pair in found.moved if pair[1].code == code],
            [pair for pair in found.altered if pair[1].code == code],
        )
        yield f"{code} {name}: {_counts(own)}"
        for finding in own.new:
            yield from _told("+", finding)
        for finding in own.gone:
            yield from _told("-", finding)
        for old, new in own.moved:
            yield from _told(">", new, f"was on line {old.line}: {old.source}")
        for old, new in own.altered:
            yield from _told("~", new, f"was {old.level}, {old.confidence}: {old.message}")
    for run, word in ((earlier, "not looked at now"), (now, "not looked at before")):
        if only := sorted({judged.name for judged in run.judged} - names):
            yield f"{word}: {', '.join(map(escape, only))}"
    yield f"compared: {_counts(found)}; in {_count(names, 'Space')}"


def difference(before: Iterable[Seen], after: Iterable[Seen]) -> Difference:
    """Pairs off what is equal, then what has moved, then what is told in other words; the rest is gone or new."""
    old, new = Counter(before), Counter(after)
    gone, come = sorted((old - new).elements()), sorted((new - old).elements())
    moved = _paired(gone, come, lambda one: (one.space, one.code, one.path, one.message, one.level, one.confidence))
    altered = _paired(gone, come, lambda one: (one.space, one.code, one.path, one.line))
    # What is told of a finding may hold its place: then it is known by the line of source.
    altered += _paired(gone, come, lambda one: (one.space, one.code, one.path, one.source))
    return Difference(come, gone, moved, altered)


def _paired(
    gone: list[Seen], come: list[Seen], identity: Callable[[Seen], tuple[object, ...]]
) -> list[tuple[Seen, Seen]]:
    """Takes those with the same identity out of both lists, in their order."""
    waiting: dict[tuple[object, ...], list[Seen]] = defaultdict(list)
    for finding in gone:
        waiting[identity(finding)].append(finding)
    pairs = [(found.pop(0), finding) for finding in come if (found := waiting[identity(finding)])]
    for old, new in pairs:
        gone.remove(old)
        come.remove(new)
    return pairs


def _all(found: Difference) -> Iterator[Seen]:
    yield from (*found.new, *found.gone)
    yield from (new for _, new in (*found.moved, *found.altered))


def _counts(found: Difference) -> str:
    return f"{len(found.new)} new, {len(found.gone)} gone, {len(found.moved)} moved, {len(found.altered)} altered"


def _count(things: Collection[object], noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("sh") else f"{noun}s"
    return f"{len(things)} {noun if len(things) == 1 else plural}"


def _by_rule(findings: Iterable[Seen]) -> list[tuple[tuple[str, str], list[Seen]]]:
    rules: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for finding in findings:
        rules[finding.code, finding.name].append(finding)
    return sorted(rules.items())


def _told(sign: str, finding: Seen, before: str = "") -> Iterator[str]:
    place = f"{finding.space}/{finding.path}:{finding.line}:{finding.column}"
    likely = "likely " if finding.confidence == "likely" else ""
    yield f"{sign} {escape(place)}: {likely}{finding.level}: {escape(finding.message)}"
    yield f"      {escape(finding.source)}"
    if before:
        yield f"      {escape(before)}"


if __name__ == "__main__":
    sys.exit(main())
