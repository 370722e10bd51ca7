"""Space + rules -> findings: find the Spaces, select rules, run them, contain a crash, suppress, sort.

`judge` is the whole judgement of one Space in memory; `run` is that for every Space under some paths, with the results
of unchanged Spaces from the cache and the others judged in several processes where that pays. What a rule yields points
into its Space; `report` makes the paths relative to the working folder.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zerolint import cache, facts, rules
from zerolint.config import Settings, choose, matches
from zerolint.finding import Confidence, Diagnostic, Edit, Finding, JudgedSpace, Report, RuleFailure, Span
from zerolint.read.discover import SpaceFiles, discover, uses_spaces
from zerolint.read.source import Problem, Source, decode
from zerolint.records import NamedTuple
from zerolint.rule import Rule, level_of

if TYPE_CHECKING:
    from zerolint.model.space import Space
    from zerolint.read.python import PythonFile

SettingsFor = Callable[[Path], Settings]
# Called in the process of the caller whenever a Space is done: how many are, of how many, and the root of that one.
Progress = Callable[[int, int, str], None]
Parse = Callable[[Source], "PythonFile | Problem"]

# Where a further process begins to pay, in Python files to parse for each. Measured on Linux with two cores: forking
# costs as much as two small files, and a fresh interpreter that has to import libcst as much as fifty.
_FILES_PER_FORK = 3
_FILES_PER_SPAWN = 100

_T = TypeVar("_T")
_Outcome = tuple[tuple[Diagnostic, ...], tuple[RuleFailure, ...]]


class Catalogue(NamedTuple):
    """All rules, by code; the plug-ins that could not be used; and what names the others, for the cache."""

    rules: tuple[Rule, ...]
    failures: tuple[RuleFailure, ...]
    plugins: tuple[str, ...]


class Task(NamedTuple):
    """One Space to judge. `only` are the files whose findings were asked for, None for all."""

    files: SpaceFiles
    settings: Settings
    only: frozenset[str] | None = None


class Judgement(NamedTuple):
    """What was found in one Space; all paths are relative to its root."""

    task: Task
    diagnostics: tuple[Diagnostic, ...]
    failures: tuple[RuleFailure, ...]


_NO_RULES = Catalogue((), (), ())


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The rules of zerolint and of all plug-ins that can be used."""
    known = list(rules.built_in())
    failures: list[RuleFailure] = []
    plugins: list[str] = []
    for plugin in rules.plugins():
        loaded = _contained(partial(rules.load, plugin, known), "", str(plugin), "")
        if isinstance(loaded, RuleFailure):
            failures.append(loaded)
        else:
            known.extend(loaded)
            plugins.append(_stamp(plugin))
    return Catalogue(tuple(sorted(known, key=lambda rule: rule.code)), tuple(failures), tuple(plugins))


def all_rules() -> Iterator[Rule]:
    """The rules of the catalogue, which is made when the first of them is asked for."""
    yield from catalogue().rules


def run(
    paths: Iterable[Path],
    settings: Settings | SettingsFor | None = None,
    *,
    progress: Progress | None = None,
    jobs: int = 1,
    use_cache: bool = False,
) -> Report:
    """Judge every Space under the paths; for a path that is a file, its Space, and report what is in that file.

    `settings` hold for all Spaces, or are asked for with each root. `jobs` is how many processes there may be at most.
    Raises FileNotFoundError for a path that does not exist, and what `settings` raises.
    """
    return report(judge_all(find(paths, settings), progress=progress, jobs=jobs, use_cache=use_cache))


def find(paths: Iterable[Path], settings: Settings | SettingsFor | None = None) -> list[Task]:
    """The Spaces under the paths, with their settings. Raises FileNotFoundError and what `settings` raises."""
    given = [_absolute(path) for path in paths]
    folders = [path for path in given if path.is_dir()]
    tasks: list[Task] = []
    for files in discover(given, _declared(settings)):
        only: frozenset[str] | None = None
        if not any(files.root.is_relative_to(folder) for folder in folders):
            below = (path.relative_to(files.root) for path in given if path.is_relative_to(files.root))
            only = frozenset(path.as_posix() for path in below)
        task = _task(files, settings, only)
        if task:
            tasks.append(task)
    return tasks


def find_buffer(path: Path, content: bytes, settings: Settings | SettingsFor | None = None) -> list[Task]:
    """The Space that holds `path`, as if the file had this content; of the findings, those in the file are asked for.

    The file need not exist. The list is empty when it belongs to no Space, or to what is left out of one (a virtual
    environment, a file that git ignores).
    """
    path = _absolute(path)
    files = files_around(path, content, settings)
    task = files and task_of_buffers(files, {path: content}, settings)
    return [task] if task else []


def files_around(path: Path, content: bytes, settings: Settings | SettingsFor | None = None) -> SpaceFiles | None:
    """The Space that holds a file, as it is on disk; `content` tells whether a file outside of all others makes one."""
    path = _absolute(path)
    on_disk = path if path.is_file() else _nearest_readme(path)
    spaces = discover([on_disk], _declared(settings)) if on_disk else ()
    if spaces:
        return spaces[0]
    return SpaceFiles(path.parent, {}, {}, ()) if path.suffix == ".py" and uses_spaces(content) else None


def task_of_buffers(
    files: SpaceFiles, buffers: Mapping[Path, bytes], settings: Settings | SettingsFor | None = None
) -> Task | None:
    """The task for a Space as if some files had other contents; of the findings, those in these files are asked for.

    Their paths are absolute. Those of files that are not the Space's do not matter; None when all of them are such.
    """
    root = files.root
    below = {path.relative_to(root).as_posix(): text for path, text in buffers.items() if path.is_relative_to(root)}
    files = _with_buffers(files, below)
    only = frozenset(below).intersection(files.contents)
    return _task(files, settings, only) if only else None


def _with_buffers(files: SpaceFiles, buffers: Mapping[str, bytes]) -> SpaceFiles:
    """The files of a Space as if some of them, or new ones, had other contents; the paths are relative to its root."""
    known = {*files.contents, *files.unreadable}
    buffers = {path: text for path, text in buffers.items() if path in known or not (files.root / path).exists()}
    entry_points = set(files.entry_points)
    for path, text in buffers.items():
        texts = (files.contents.get(path, b""), text) if path.endswith(".py") else (b"", b"")
        before, now = map(uses_spaces, texts)
        # A file that used `spaces` before and was no entry point belongs to a Space further down.
        if before and not now:
            entry_points.discard(path)
        elif now and not before:
            entry_points.add(path)
    return files._replace(
        contents=dict(sorted({**files.contents, **buffers}.items())),
        unreadable={path: reason for path, reason in files.unreadable.items() if path not in buffers},
        entry_points=tuple(sorted(entry_points)),
    )


def judge_all(
    tasks: Sequence[Task], *, progress: Progress | None = None, jobs: int = 1, use_cache: bool = False
) -> list[Judgement]:
    """Judge Spaces, in the given order; the result does not depend on the number of processes."""
    results: dict[int, Judgement] = {}
    known = catalogue() if tasks else _NO_RULES
    folder = cache.folder() if use_cache else None
    if folder and not cache.usable(folder, [task.files.root for task in tasks]):
        folder = None
    keys: dict[int, str] = {}

    def done(index: int, judgement: Judgement) -> None:
        results[index] = judgement
        if index in keys and folder and not judgement.failures:
            cache.store(folder, keys.pop(index), judgement.diagnostics)
        if progress:
            progress(len(results), len(tasks), shown_root(tasks[index].files.root))

    for index, task in enumerate(tasks):
        if folder:
            files = task.files
            key = cache.key(
                files.contents,
                files.unreadable,
                (*files.entry_points, "", *files.excluded),
                task.settings,
                known.plugins,
            )
            kept = cache.load(folder, key)
            if kept is None:
                keys[index] = key
            else:
                done(index, Judgement(task, kept, ()))
    # The biggest come first, so that no process is left alone with one at the end.
    left = [index for index in range(len(tasks)) if index not in results]
    left.sort(key=lambda index: _weight(tasks[index]), reverse=True)
    processes = _worthwhile_processes([tasks[index] for index in left], jobs)
    stored = bool(keys)
    if processes > 1:
        _judge_in_processes(tasks, left, processes, done)
    else:
        for index in left:
            done(index, judge_task(tasks[index]))
    if folder and stored:
        cache.trim(folder)
    return [results[index] for index in range(len(tasks))]


def judge_task(task: Task, *, parse: Parse | None = None, before_each: Callable[[], None] | None = None) -> Judgement:
    """Judge one Space in this process.

    `parse` takes the place of `read.python.parse`. `before_each` is called before each rule; a BaseException that one
    of the two raises ends the judgement.
    """
    root = shown_root(task.files.root)
    with _rare_collections(), facts.using(task.settings.facts):
        space = _contained(partial(open_space, task, parse), "", "the model of the Space", root)
        if isinstance(space, RuleFailure):
            return Judgement(task, (), (space,))
        diagnostics, failures = judge(space, catalogue().rules, task.settings, before_each=before_each)
    return Judgement(task, diagnostics, tuple(failure._replace(space=root) for failure in failures))


def open_space(task: Task, parse: Parse | None = None) -> Space:
    """The model of the Space of a task, to be asked within `facts.using(task.settings.facts)`.

    `parse` takes the place of `read.python.parse`.
    """
    from zerolint.model.space import Space

    files = task.files
    return Space(
        files.contents,
        unreadable=files.unreadable,
        entry_points=files.entry_points,
        excluded=files.excluded,
        target=task.settings.target,
        parse=parse,
    )


def judge(
    space: Space,
    rules: Iterable[Rule],
    settings: Settings | None = None,
    *,
    before_each: Callable[[], None] | None = None,
) -> tuple[tuple[Diagnostic, ...], tuple[RuleFailure, ...]]:
    """Judge one Space in memory by those of the rules that the settings select.

    Gives the findings, sorted, those marked that an ignore comment covers, with paths relative to the Space's root; and
    the rules that crashed, of which no finding is kept. `rules` are also what ignore comments may name. `before_each`
    is called before each rule.
    """
    rules, settings = tuple(rules), settings or Settings()
    chosen = choose(rules, settings)
    found: list[Diagnostic] = []
    failures: list[RuleFailure] = []
    with facts.using(settings.facts):
        for rule in chosen:
            if before_each:
                before_each()
            outcome = _contained(partial(_checked, rule, space), rule.code, rule.name, ".")
            if isinstance(outcome, RuleFailure):
                failures.append(outcome)
            else:
                found.extend(outcome)
    settled = _contained(partial(_settled, space, found, rules, chosen, failures, settings), "", "ignore comments", ".")
    if isinstance(settled, RuleFailure):
        failures.append(settled)
        settled = found
    return tuple(sorted(settled, key=lambda diagnostic: diagnostic.sort_key)), tuple(failures)


def report(judgements: Sequence[Judgement]) -> Report:
    """What was found in all Spaces, with paths relative to the working folder; what two Spaces share is told once."""
    roots = [judgement.task.files.root for judgement in judgements]
    diagnostics: dict[tuple[object, ...], Diagnostic] = {}
    sources: dict[str, str] = {}
    for judgement in judgements:
        files, only = judgement.task.files, judgement.task.only
        prefix = shown_root(files.root)
        deeper = _below(files.root, roots)
        for diagnostic in judgement.diagnostics:
            at = diagnostic.finding.at
            if only is not None and at.path not in only:
                continue
            if deeper and _is_for_deeper(diagnostic, deeper):
                continue
            placed = _placed(diagnostic, prefix)
            diagnostics.setdefault(placed.sort_key, placed)
            for path in _paths(diagnostic):
                shown = _joined(prefix, path)
                if shown not in sources and path in files.contents:
                    source = decode(path, files.contents[path])
                    if isinstance(source, Source):
                        sources[shown] = source.text
    # Without a Space no rule has run, and none need be imported.
    known = catalogue() if judgements else _NO_RULES
    ran = {rule.code for judgement in judgements for rule in choose(known.rules, judgement.task.settings)}
    return Report(
        spaces=tuple(
            JudgedSpace(shown_root(judgement.task.files.root), len(judgement.task.files.contents))
            for judgement in judgements
        ),
        diagnostics=tuple(sorted(diagnostics.values(), key=lambda diagnostic: diagnostic.sort_key)),
        rules=len(ran),
        facts=facts.latest_date(),
        old_facts=_old_facts(diagnostics.values()),
        failures=(*known.failures, *(failure for judgement in judgements for failure in judgement.failures)),
        sources=dict(sorted(sources.items())),
    )


def _old_facts(diagnostics: Iterable[Diagnostic]) -> str:
    """Whether all facts are more than a year old; or else some that a finding rests on; or none, as far as it shows."""
    limit = _a_year_ago()
    if facts.latest_date() < limit:
        return "all"
    told = (fact for diagnostic in diagnostics if diagnostic.counts for _, fact in diagnostic.facts)
    # What is configured has no date.
    return "some" if any("" < fact.date < limit for fact in told) else ""


def _a_year_ago() -> str:
    """The ISO date a year before this run, of which `SOURCE_DATE_EPOCH` tells the day where it is set."""
    try:
        seconds = float(os.environ.get("SOURCE_DATE_EPOCH", ""))
        today = time.gmtime(seconds)
    except (ValueError, OverflowError, OSError):
        today = time.gmtime()
    return f"{today.tm_year - 1:04}-{today.tm_mon:02}-{today.tm_mday:02}"


def shown_root(root: Path) -> str:
    """A folder as reports show it: relative to the working folder, `/`-separated, `.` for the folder itself."""
    try:
        return Path(os.path.relpath(root)).as_posix()
    except ValueError:
        # Another drive of Windows.
        return root.as_posix()


def _contained(call: Callable[[], _T], code: str, name: str, space: str) -> _T | RuleFailure:
    """What a call returns, or its crash as a value. Nowhere else is a bug of ours, or of a plug-in, caught."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        import traceback

        text = " ".join(str(error).split())
        kind = type(error).__name__
        return RuleFailure(code, name, space, f"{kind}: {text}" if text else kind, traceback.format_exc())


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Have Python look for reference cycles less often: a tree of libcst is many objects that all stay.

    At the usual rate the looking takes a quarter of the time of a parse.
    """
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(before[0], 100_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _checked(rule: Rule, space: Space) -> list[Diagnostic]:
    if (rule.words or rule.listed) and not (space.mentions(*rule.words) or space.lists(*rule.listed)):
        return []
    return [_diagnosed(rule, _weighed(space, finding)) for finding in rule.check(space)]


def _weighed(space: Space, finding: Finding) -> Finding:
    """What a rule yields; in a folder that no README marks as a Space, requirements may be those of another place."""
    if isinstance(finding, Finding) and not space.is_marked and finding.at.path.endswith(".txt"):
        return finding._replace(confidence=Confidence.LIKELY)
    return finding


def _diagnosed(rule: Rule, finding: Finding) -> Diagnostic:
    if not isinstance(finding, Finding):
        raise TypeError(f"the rule yields {type(finding).__name__}, not Finding")
    if not isinstance(finding.at, Span) or not isinstance(finding.message, str):
        raise TypeError("the rule yields a Finding without a Span or without a message")
    consequence = finding.consequence or rule.consequence
    level = level_of(consequence, finding.confidence)
    known = tuple((name, facts.frozen(facts.fact(name))) for name in finding.facts)
    return Diagnostic(rule.code, rule.name, level, consequence, finding, rule.url, facts=known)


def _settled(
    space: Space,
    found: Iterable[Diagnostic],
    rules: Sequence[Rule],
    chosen: Sequence[Rule],
    failures: Sequence[RuleFailure],
    settings: Settings,
) -> list[Diagnostic]:
    """The findings without those that the settings turn off in their file, marked where an ignore comment covers them,
    and with what there is to say about the comments themselves.
    """
    by_code = {rule.code: rule for rule in chosen}
    crashed = {failure.code for failure in failures}

    def is_on(rule: Rule, path: str) -> bool:
        return not settings.per_file_ignores or not any(matches(word, rule) for word in settings.ignored_in(path))

    def of(code: str, findings: Iterable[Finding]) -> list[Diagnostic]:
        rule = by_code.get(code)
        return [_diagnosed(rule, finding) for finding in findings if is_on(rule, finding.at.path)] if rule else []

    def has_run(rule: Rule, path: str) -> bool:
        looked_at = path in space.reached if path.endswith(".py") else "/" not in path
        return rule.code in by_code and rule.code not in crashed and looked_at and is_on(rule, path)

    kept = [diagnostic for diagnostic in found if is_on(by_code[diagnostic.code], diagnostic.finding.at.path)]
    texts = {
        path: source.text
        for path, content in space.contents.items()
        if _may_hold_ignores(path, content, rules) and (source := space.source(path)) is not None
    }
    if not texts:
        return kept
    # Most Spaces hold no ignore, and those that are found in the cache are not looked through.
    from zerolint import suppress

    ignores = suppress.find_ignores(texts, rules)
    if not ignores:
        return kept
    kept += of(suppress.UNKNOWN_CODE, suppress.unknown_findings(ignores, rules))
    settled, used = suppress.apply(kept, ignores, chosen)
    about_itself = [rule for rule in rules if rule.code == suppress.UNUSED_CODE]
    others = [rule for rule in rules if rule.code != suppress.UNUSED_CODE]
    unused = of(suppress.UNUSED_CODE, suppress.unused_findings(ignores, used, others, has_run))
    settled_unused, also_used = suppress.apply(unused, ignores, chosen)
    # An ignore of unused-suppression is in use only now; one that is not is told without appeal.
    used |= also_used
    last = of(suppress.UNUSED_CODE, suppress.unused_findings(ignores, used, about_itself, has_run))
    # A file that cannot be judged hides what its ignores, and those of other files, are there for.
    if (unused or last) and not space.problems:
        settled += [*settled_unused, *last]
    return settled


def _declared(settings: Settings | SettingsFor | None) -> Callable[[Path], bool]:
    """Whether the settings of a folder say that it is meant for ZeroGPU."""
    return lambda root: _settings_of(settings, root).target == "zerogpu"


def _settings_of(settings: Settings | SettingsFor | None, root: Path) -> Settings:
    if settings is None or isinstance(settings, Settings):
        return settings or Settings()
    return settings(root)


def _may_hold_ignores(path: str, content: bytes, rules: Iterable[Rule]) -> bool:
    """Is it worth looking for ignores in a file? A test of its bytes that costs next to nothing.

    UTF-16, in which only a README could be, is not looked into.
    """
    if b"zerolint:" in content:
        return True
    if path.endswith(".py") and (b"noqa" in content or b"NOQA" in content):
        letters = {rule.code.rstrip("0123456789").encode() for rule in rules}
        return any(code in content or code.lower() in content for code in letters)
    return False


def _task(files: SpaceFiles, settings: Settings | SettingsFor | None, only: frozenset[str] | None) -> Task | None:
    """The task for a Space without its excluded files, None when none is left."""
    settings = _settings_of(settings, files.root)
    if settings.exclude:
        files = SpaceFiles(
            files.root,
            {path: content for path, content in files.contents.items() if not settings.excludes(path)},
            {path: reason for path, reason in files.unreadable.items() if not settings.excludes(path)},
            tuple(path for path in files.entry_points if not settings.excludes(path)),
            tuple(path for path in (*files.contents, *files.unreadable) if settings.excludes(path)),
        )
        if not files.contents:
            return None
    return Task(files, settings, only)


def _weight(task: Task) -> int:
    return sum(len(content) for path, content in task.files.contents.items() if path.endswith(".py"))


def _worthwhile_processes(tasks: Sequence[Task], jobs: int) -> int:
    if jobs < 2 or len(tasks) < 2:
        return 1
    from zerolint import workers

    files = sum(len(task.files.entry_points) for task in tasks)
    return min(jobs, len(tasks), files // (_FILES_PER_FORK if workers.can_fork() else _FILES_PER_SPAWN))


def _judge_in_processes(
    tasks: Sequence[Task], order: Sequence[int], count: int, done: Callable[[int, Judgement], None]
) -> None:
    """Judge the tasks of these indices in worker processes. One that dies costs its Space."""
    from zerolint import workers

    if forks := workers.can_fork():
        # Each child would spend the same time on these imports.
        import zerolint.model.space
        import zerolint.read.python
        import zerolint.read.readme
        import zerolint.read.requirements  # noqa: F401
        from zerolint.read import parser

        parser.load()("")  # loads the native parser too
        catalogue()
        # What is there now stays; a child that looked for reference cycles in it would copy it.
        gc.freeze()

    def judged(index: int, outcome: _Outcome | workers.Died) -> None:
        task = tasks[index]
        if isinstance(outcome, workers.Died):
            done(index, _died(task, outcome.exit_code))
        else:
            done(index, Judgement(task, *outcome))

    try:
        workers.call_each(_outcome, tasks, order, count, judged)
    finally:
        if forks:
            gc.unfreeze()


def _outcome(task: Task) -> _Outcome:
    """What a worker process has to tell of a task."""
    judgement = judge_task(task)
    return judgement.diagnostics, judgement.failures


def _died(task: Task, exit_code: int | None) -> Judgement:
    reason = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"exit code {exit_code}"
    failure = RuleFailure(
        "", "the process of the Space", shown_root(task.files.root), f"it died while judging ({reason})", ""
    )
    return Judgement(task, (), (failure,))


def _stamp(plugin: rules.Plugin) -> str:
    """A plug-in's name, version, and the time and size of its module, which change while it is being written."""
    module = sys.modules[plugin.value.partition(":")[0].strip()]
    try:
        status = Path(module.__file__ or "").stat()
    except OSError:
        return str(plugin)
    return f"{plugin} {status.st_mtime_ns} {status.st_size}"


def _absolute(path: Path) -> Path:
    """Absolute and without `..`, but with links as they are: what the user named is what reports show."""
    return Path(os.path.normpath(path.absolute()))


def _nearest_readme(path: Path) -> Path | None:
    return next((readme for folder in path.parents if (readme := folder / "README.md").is_file()), None)


def _below(root: Path, roots: Iterable[Path]) -> tuple[str, ...]:
    """Those of the roots that lie below one of them, relative to it, each with a slash at its end."""
    # With many Spaces these are many pairs, for which plain strings take a tenth of the time.
    start = os.path.join(root, "")  # noqa: PTH118
    return tuple(
        f"{other.relative_to(root).as_posix()}/" for other in roots if other != root and str(other).startswith(start)
    )


def _is_for_deeper(diagnostic: Diagnostic, deeper: tuple[str, ...]) -> bool:
    """Is this an ignore in a file that belongs to a Space further down too, which alone knows whether it is used?"""
    if diagnostic.finding.at.path.startswith(deeper):
        from zerolint.suppress import UNUSED_CODE

        return diagnostic.code == UNUSED_CODE
    return False


def _paths(diagnostic: Diagnostic) -> Iterable[str]:
    finding = diagnostic.finding
    yield finding.at.path
    yield from (note.at.path for note in finding.notes)
    if finding.fix:
        yield from (edit.at.path for edit in finding.fix.edits)


def _placed(diagnostic: Diagnostic, prefix: str) -> Diagnostic:
    """The diagnostic with all its spans relative to the working folder."""

    def span(at: Span) -> Span:
        return at._replace(path=_joined(prefix, at.path))

    if prefix == ".":
        return diagnostic
    finding, suppression = diagnostic.finding, diagnostic.suppression
    fix = finding.fix
    return diagnostic._replace(
        finding=finding._replace(
            at=span(finding.at),
            notes=tuple(note._replace(at=span(note.at)) for note in finding.notes),
            fix=fix and fix._replace(edits=tuple(Edit(span(edit.at), edit.text) for edit in fix.edits)),
        ),
        suppression=suppression and suppression._replace(at=span(suppression.at)),
    )


def _joined(prefix: str, path: str) -> str:
    return path if prefix == "." else f"{prefix}/{path}"
