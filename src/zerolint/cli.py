"""The command line: arguments in, text and exit code out.

Exit codes: 0, nothing at or above `--fail-on`; 1, findings at or above it; 2, bad usage, bad configuration, a path
that does not exist, or a failure of zerolint itself (a rule that crashed, a file that could not be written); 130,
interrupted.
Reports go to standard output, everything else that there is to say to standard error.
"""

from __future__ import annotations

import gc
import io
import math
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

import click

from zerolint import __version__
from zerolint.config import TARGETS, CommandLine, ConfigError, Settings, did_you_mean, settings_for, unknown
from zerolint.finding import Diagnostic, Level, Report

if TYPE_CHECKING:
    from zerolint.engine import Judgement, Progress, Task
    from zerolint.rule import Rule

# Formats that people read, after which they may read a table of counts.
_PROSE = ("text", "concise")
# Formats whose last line is the verdict.
_WITH_VERDICT = ("text", "agent", "github")
# Formats whose paths start at the root of the repository, because its host reads them.
_FROM_ROOT = ("github", "gitlab", "junit", "sarif")
# What coding agents call their tools that write a file, and the moment after a tool has run: Claude Code, Gemini CLI.
_WRITING_TOOLS = ("Write", "Edit", "MultiEdit", "write_file", "replace")
_AFTER_TOOL = ("PostToolUse", "AfterTool")
# Seconds after which a run shows how far it is.
_PATIENCE = 1.0


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line (default: that of the process) and exit."""
    sys.excepthook = _tell_bug
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Whoever closes a stream, as `>&-` does, does not want to read it.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A path or a source line may hold what the terminal's encoding has not.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = commands.main(arguments, prog_name="zerolint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except (ConfigError, FileNotFoundError, _Failure) as error:
        code = _failed(_words(error))
    sys.exit(code)


def _tell_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python does about an exception that nobody catches, and the exit code that says so."""
    sys.__excepthook__(kind, error, trace)
    raise SystemExit(2)


class _Failure(Exception):
    """What makes a run impossible and is nobody's bug; the text is one line for the user."""


class _Commands(click.Group):
    """The group of commands, which knows what is meant by `zerolint app.py`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and Path(args[0]).exists():
            ctx.fail(f"`{args[0]}` is not a command; to check it: zerolint check {args[0]}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="zerolint", message="%(prog)s %(version)s")
def commands() -> None:
    """Find what works on a laptop and fails on a Hugging Face ZeroGPU Space."""


def _comma_separated(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _rule_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """What a shell offers for the name of a rule, or for the last of several."""
    from zerolint.engine import catalogue

    before, comma, last = incomplete.rpartition(",")
    words = [word for rule in catalogue().rules for word in (rule.name, rule.code)]
    return [f"{before}{comma}{word}" for word in words if word.startswith(last)]


def _format_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """What a shell offers for a format."""
    from zerolint.report import report_formats

    return [name for name in report_formats() if name.startswith(incomplete)]


def _selection(name: str, text: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    return click.option(
        name, multiple=True, metavar="NAMES", callback=_comma_separated, shell_complete=_rule_names, help=text
    )


@commands.command()
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATHS]...")
@_selection("--select", "Run only these rules: codes, names, consequences, ALL; separated by commas.")
@_selection("--ignore", "Do not run these rules. Wins over --select and --extend-select.")
@_selection("--extend-select", "Run these rules too.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[:FILE]",
    shell_complete=_format_names,
    help="text (if not given), concise, agent, json, sarif, github, gitlab, junit or rdjson. Can be given several "
    "times: --format text --format sarif:FILE.",
)
@click.option("--output-file", type=click.Path(path_type=Path), help="Write the report here, not to standard output.")
@click.option(
    "--fail-on", type=click.Choice([level.value for level in Level]), help="Lowest level that exits 1 (warning)."
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 with findings, too.")
@click.option("--fix", "wants_fix", is_flag=True, help="Fix what can be fixed safely.")
@click.option("--diff", "wants_diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: take the fixes too that need a look.")
@click.option(
    "--stdin-filename", type=click.Path(path_type=Path), help="What the text on standard input is; PATHS is -."
)
@click.option("--baseline", type=click.Path(path_type=Path), help="Do not count the findings that this file knows.")
@click.option("--write-baseline", is_flag=True, help="Write all findings there are into the file of --baseline.")
@click.option("--config", type=click.Path(path_type=Path), help="Use this configuration file, not the nearest one.")
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep results of unchanged Spaces.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings, and nothing else.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours in the report.")
@click.option("--target", type=click.Choice(TARGETS), help="Is this Space meant for ZeroGPU? auto finds out.")
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    formats: tuple[str, ...],
    output_file: Path | None,
    fail_on: str | None,
    exit_zero: bool,
    wants_fix: bool,
    wants_diff: bool,
    unsafe_fixes: bool,
    stdin_filename: Path | None,
    baseline: Path | None,
    write_baseline: bool,
    config: Path | None,
    isolated: bool,
    no_cache: bool,
    statistics: bool,
    quiet: bool,
    color: str,
    target: str | None,
) -> int:
    """Check every Space found under PATHS (default: the working folder).

    For a file, its Space is judged and what is found in the file is reported.
    """
    from zerolint import engine

    if config and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    if unsafe_fixes and not (wants_fix or wants_diff):
        raise click.UsageError("--unsafe-fixes needs --fix or --diff")
    if (stdin_filename is not None or "-" in paths) and (stdin_filename is None or paths != ("-",)):
        raise click.UsageError("to check what is on standard input: --stdin-filename PATH -")
    if stdin_filename and (wants_fix or wants_diff):
        raise click.UsageError("--fix and --diff need files, not standard input")
    if write_baseline and baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE")
    if write_baseline and (wants_diff or stdin_filename):
        raise click.UsageError("--write-baseline goes neither with --diff nor with standard input")
    outputs = _outputs(formats, output_file)
    use_cache = not (no_cache or stdin_filename)
    if select or ignore or extend_select:
        rules = engine.catalogue().rules
        for word in unknown((*select, *ignore, *extend_select), rules):
            raise click.UsageError(f"unknown rule `{word}`{did_you_mean(word, rules)}")
    command_line = CommandLine(
        select=select or None,
        ignore=ignore,
        extend_select=extend_select,
        target=target,
        fail_on=Level(fail_on) if fail_on else None,
        config=config,
        isolated=isolated,
    )

    def settings(root: Path) -> Settings:
        return settings_for(root, command_line, engine.all_rules())

    if stdin_filename:
        tasks = engine.find_buffer(stdin_filename, sys.stdin.buffer.read() if sys.stdin else b"", settings)
    else:
        tasks = engine.find([Path(path) for path in paths or (".",)], settings)
    judgements = _judged(tasks, use_cache=use_cache, quiet=quiet)
    problems: tuple[str, ...] = ()
    if wants_fix or wants_diff:
        judgements, problems = _fixed(judgements, unsafe_fixes, write=not wants_diff, quiet=quiet)
    report = engine.report(judgements)
    if baseline is not None:
        report = _against(baseline, report, judgements, write=write_baseline, quiet=quiet)
    fails = _failing(tasks)
    if not wants_diff:
        for format_name, file in outputs:
            text = _rendered(format_name, report, paths, fails, color if file is None else "never", quiet)
            _print(text) if file is None else _write(file, text)
        if statistics:
            _print(_counts(report), to_error=outputs[0][1] is None and outputs[0][0] not in _PROSE)
    for problem in problems:
        _say(problem)
    if report.failures or problems:
        if wants_diff or outputs[0] != ("text", None):
            # Of the formats on standard output, only this one tells the user.
            for failure in report.failures:
                _say(f"{failure.name} broke{f' on {failure.space}' if failure.space else ''}: {failure.error}")
        return 2
    return 1 if any(map(fails, report.diagnostics)) and not exit_zero else 0


@commands.command()
@click.option("--baseline", type=click.Path(path_type=Path), help="Do not tell the findings that this file knows.")
def hook(baseline: Path | None) -> int:
    """Tell a coding agent what is wrong with the file that it has just edited.

    Reads on standard input what Claude Code tells a PostToolUse hook. Exits 2, which shows the agent what stands on
    standard error, when the file has findings that fail a check; else 0, without a word.
    """
    from zerolint import engine
    from zerolint.report import Options, render

    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("a coding agent calls this, with JSON on standard input; see docs/agents.md")
    file = _edited_file(sys.stdin.buffer.read())
    rules = engine.catalogue().rules
    found = engine.find([file], lambda root: settings_for(root, CommandLine(), rules)) if file else []
    tasks = [task for task in found if task.only and not task.only.isdisjoint(task.files.contents)]
    if not tasks:
        return 0
    judgements = engine.judge_all(tasks)
    report = engine.report(judgements)
    if baseline is not None:
        report = _against(baseline, report, judgements, write=False, quiet=True)
    failing = tuple(filter(_failing(tasks), report.diagnostics))
    if not failing:
        return 0
    # Some agents show this in place of what the tool has said.
    text = "The file is written. What zerolint finds in it:\n\n"
    _print(text + render("agent", report._replace(diagnostics=failing), rules, Options()), to_error=True)
    return 2


@commands.command()
@click.argument("what", metavar="NAME|CODE|LINE|FILE", shell_complete=_rule_names)
@click.option(
    "--space", type=click.Path(path_type=Path), help="Of a log: say which lines of this Space are the likely cause."
)
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="Of a log: the form."
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours in the answer.")
def explain(what: str, space: Path | None, format_name: str, color: str) -> int:
    """Show a rule's page, or say what an error message means.

    A message is given as a quoted line of a log, or in a file with a log or traceback (- for standard input). Exits 0
    when it is known and 1 when it is not.
    """
    from zerolint.engine import catalogue
    from zerolint.page import page, terminal_page
    from zerolint.report import terminal_color

    rules = catalogue().rules
    rule = next((rule for rule in rules if what.lower() in (rule.code.lower(), rule.name)), None)
    with_color = terminal_color(color, os.environ, sys.stdout.isatty())
    if rule is None:
        return _explain_log(what, space, format_name, with_color)
    if space or format_name != "text":
        raise click.UsageError(f"`{rule.name}` is a rule; --space and --format are for messages")
    parts = (f"# {rule.name} ({rule.code})", rule.summary, f"Prevents: {rule.prevents}", rule.url)
    text = page(rule.name) or "\n\n".join(filter(None, parts)) + "\n"
    _print(terminal_page(text, _width(), with_color))
    return 0


def _explain_log(what: str, space: Path | None, format_name: str, color: bool) -> int:
    """Say what the messages mean that stand in a file, on standard input or in the argument itself."""
    from zerolint import logs
    from zerolint.engine import catalogue

    rules = catalogue().rules
    name = "" if what == "-" else what
    try:
        if what == "-":
            found = logs.recognise(logs.decode(sys.stdin.buffer.read(logs.SIZE_LIMIT + 1) if sys.stdin else b""))
        elif _exists(what):
            with Path(what).open("rb") as stream:
                found = logs.recognise(logs.decode(stream.read(logs.SIZE_LIMIT + 1)))
        else:
            name = ""
            found = logs.recognise_line(what)
    except logs.LogError as error:
        raise _Failure(f"{name or 'standard input'}: {error}") from error
    except OSError as error:
        raise _Failure(f"{what}: cannot be read: {error.strerror}") from error
    if not found and not name and what != "-":
        _refuse_what_is_no_message(what, rules)
    shown, of_rule = _causes(space, logs.rules_named(found, rules)) if space else (None, None)
    if format_name == "json":
        _print(logs.as_json(found, rules, of_rule))
    else:
        _print(logs.as_text(found, rules, shown, "standard input" if what == "-" else name, _width(), color))
    return 0 if found else 1


def _exists(what: str) -> bool:
    try:
        return Path(what).exists()
    except (OSError, ValueError):
        # No system has a file of such a name.
        return False


def _refuse_what_is_no_message(what: str, rules: Sequence[Rule]) -> None:
    """Errors for what is meant as a rule or as a file, and is neither."""
    if not what.strip():
        raise click.UsageError("there is nothing to explain")
    if len(what.split()) > 1:
        return
    near = did_you_mean(what, rules)
    if near or re.fullmatch(r"[a-z0-9-]+|[A-Za-z]+\d+", what):
        raise click.UsageError(f"no rule has the name or code `{what}`{near}")
    if "/" in what or os.sep in what or Path(what).suffix in (".log", ".txt"):
        raise FileNotFoundError(2, "no such file", what)


def _causes(
    space: Path, named: tuple[Rule, ...]
) -> tuple[Callable[[Rule], str], Callable[[Rule], list[dict[str, object]]]]:
    """What some rules find in a Space: of each, as the concise report has it and as data."""
    from zerolint import engine
    from zerolint.report import Options, render
    from zerolint.report.json import as_data

    known = engine.catalogue().rules
    # A message of ZeroGPU was made there, so the Space is meant for it.
    command_line = CommandLine(select=tuple(rule.code for rule in named), target="zerogpu")
    tasks = engine.find([space], lambda root: settings_for(root, command_line, known))
    if not tasks:
        raise _Failure(f"{space}: no Space found")
    report = engine.report(_judged(tasks, use_cache=False, quiet=True) if named else [])
    for failure in report.failures:
        _say(f"{failure.name} broke{f' on {failure.space}' if failure.space else ''}: {failure.error}")

    def of(rule: Rule) -> Report:
        wanted = (diagnostic for diagnostic in report.diagnostics if diagnostic.code == rule.code)
        return report._replace(diagnostics=tuple(diagnostic for diagnostic in wanted if diagnostic.counts))

    return lambda rule: render("concise", of(rule), known, Options()), lambda rule: as_data(of(rule))["findings"]


def _numbers(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, int | float]:
    """`steps=30` as a name and a number."""
    found: dict[str, int | float] = {}
    for text in values:
        name, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (name.isidentifier() and equals and math.isfinite(number)):
            raise click.BadParameter(f"`{text}` is not NAME=NUMBER, as in steps=30")
        found[name] = int(number) if number == int(number) else number
    return found


@commands.command()
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATHS]...")
@click.option(
    "--arg", "arguments", multiple=True, metavar="NAME=NUMBER", callback=_numbers, help="What a callable duration gets."
)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="Table or data.")
@click.option("--config", type=click.Path(path_type=Path), help="Use this configuration file, not the nearest one.")
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
def quota(
    paths: tuple[str, ...],
    arguments: dict[str, int | float],
    format_name: str,
    config: Path | None,
    isolated: bool,
) -> int:
    """Show what each GPU function of the Spaces under PATHS books, and how often a visitor can run it.

    Nothing of the Space is run: a callable duration is worked out from its text, where it is simple arithmetic.
    """
    from zerolint import engine, facts
    from zerolint.quota import as_data, as_table, costs

    if config and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    rules = engine.catalogue().rules
    command_line = CommandLine(config=config, isolated=isolated)
    tasks = engine.find([Path(path) for path in paths or (".",)], lambda root: settings_for(root, command_line, rules))
    found = []
    for task in tasks:
        with facts.using(task.settings.facts):
            found.append((engine.shown_root(task.files.root), costs(engine.open_space(task), arguments)))
    if format_name == "json":
        _print(as_data(found))
    elif not found:
        _print("zerolint: no Space here\n")
    else:
        _print(as_table(found, bars="█" if _takes_blocks() else "#"))
    return 0


def _takes_blocks() -> bool:
    """Whether standard output can show the character of a bar."""
    try:
        "█".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


@commands.command("rules")
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="Table or data.")
def list_rules(format_name: str) -> int:
    """List all rules, those of installed plug-ins included."""
    from zerolint.engine import catalogue

    known = catalogue()
    _print(_as_json(known.rules) if format_name == "json" else _as_table(known.rules))
    for failure in known.failures:
        _say(f"the plug-in {failure.name} cannot be used: {failure.error}")
    return 2 if known.failures else 0


def _fact_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """What a shell offers for a fact."""
    from zerolint.facts import all_facts

    return [name for name in all_facts() if name.startswith(incomplete)]


@commands.command("facts")
@click.argument("words", nargs=-1, metavar="[WORDS]...", shell_complete=_fact_names)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="Text or data.")
@click.option("--config", type=click.Path(path_type=Path), help="Use this configuration file, not the nearest one.")
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
def list_facts(words: tuple[str, ...], format_name: str, config: Path | None, isolated: bool) -> int:
    """List what is taken for true about the platform: values, where they were read, and when.

    With WORDS, those that have all of them in their name, value or source; a fact that is shown alone is shown
    whole, however long its list. Exits 1 when there are none.
    """
    from zerolint import engine, facts
    from zerolint.report._facts import as_text, fact_as_data

    if config and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    settings = settings_for(Path(), CommandLine(config=config, isolated=isolated), engine.all_rules())
    own = facts.all_facts()
    with facts.using(settings.facts):
        known = {
            name: fact
            for name, fact in facts.all_facts().items()
            if all(word.lower() in f"{name} {fact.value} {fact.source}".lower() for word in words)
        }
    if format_name == "json":
        import json

        listed = [fact_as_data(name, fact) for name, fact in known.items()]
        _print(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
    elif known:
        _print(as_text(known, own, _width()))
    else:
        _say(f"no fact has {' and '.join(f'`{word}`' for word in words)} in its name, value or source")
    return 0 if known else 1


def _edited_file(message: bytes) -> Path | None:
    """The file that a tool of a coding agent has written, by what the agent tells its hooks; None for all else."""
    import json

    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("tool_name") not in _WRITING_TOOLS:
        return None
    tool_input, folder = data.get("tool_input"), data.get("cwd")
    name = tool_input.get("file_path") if isinstance(tool_input, dict) else None
    if not isinstance(name, str) or data.get("hook_event_name", "PostToolUse") not in _AFTER_TOOL:
        return None
    path = Path(folder if isinstance(folder, str) else "", name)
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):
        # No system has a file of such a name.
        return None


@commands.command()
def server() -> int:
    """Run a language server for an editor, on standard input and output."""
    try:
        from zerolint.editor.server import serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise _Failure("the server needs pygls 2, which is not here: pip install 'zerolint[server]'") from error
    if sys.stdin.isatty():
        _say("an editor starts this command and talks to it; see docs/editors.md")
    # Unlike other commands this one lives long; what it leaves behind is looked through in small portions.
    gc.set_threshold(100_000)
    return serve()


def _outputs(formats: Sequence[str], output_file: Path | None) -> list[tuple[str, Path | None]]:
    """What to write where; None is standard output."""
    from zerolint.report import report_formats

    outputs: list[tuple[str, Path | None]] = []
    for value in formats or ("text",):
        name, colon, file = value.partition(":")
        if name not in report_formats() or (colon and not file):
            raise click.UsageError(f"no format `{value}`; the formats are {', '.join(report_formats())}")
        outputs.append((name, Path(file) if file else output_file))
    if sum(file is None or file == output_file for _, file in outputs) > 1:
        raise click.UsageError("only one format can go to one place; give the others a file, as in sarif:out.sarif")
    return sorted(outputs, key=lambda output: output[1] is not None)


def _judged(tasks: Sequence[Task], *, use_cache: bool, quiet: bool) -> Sequence[Judgement]:
    from zerolint import engine

    with _progress(sys.stderr.isatty() and not quiet) as progress:
        return engine.judge_all(tasks, progress=progress, jobs=_processors(), use_cache=use_cache)


def _fixed(
    judgements: Sequence[Judgement], unsafe: bool, *, write: bool, quiet: bool
) -> tuple[Sequence[Judgement], tuple[str, ...]]:
    """Fix, or show the difference; gives what is left to report, and a line for each file that could not be written."""
    from zerolint import fix
    from zerolint.report import escape

    outcome = fix.fix_all(judgements, unsafe=unsafe)
    files = f"{len(outcome.changes)} file{'' if len(outcome.changes) == 1 else 's'}"
    findings = f"{outcome.count} finding{'' if outcome.count == 1 else 's'}"
    if not write:
        difference = fix.difference(outcome.changes)
        if sys.stdout.isatty():
            # A terminal would act on control characters; patch wants them as they are.
            difference = "".join(f"{escape(line)}\n" for line in difference.split("\n")[:-1])
        _print(difference)
        if not quiet:
            _say(f"would fix {findings} in {files}" if outcome.count else "nothing to fix")
        return judgements, ()
    problems = fix.write(outcome.changes)
    if outcome.count and not quiet and not problems:
        _say(f"fixed {findings} in {files}")
    return outcome.judgements, problems


def _against(file: Path, report: Report, judgements: Sequence[Judgement], *, write: bool, quiet: bool) -> Report:
    """The report with what the baseline knows marked, or with all marked after the baseline is written."""
    from zerolint import baseline

    try:
        known = baseline.read(file) if not write or file.exists() else frozenset()
        stale = baseline.stale(known, report, judgements, file)
        if write:
            found = baseline.found(report, file)
            baseline.write(file, found | known.difference(stale))
            number = len(found | known) - len(stale)
            if not quiet:
                counts = f"{number} finding{'' if number == 1 else 's'}, {len(found - known)} new, {len(stale)} gone"
                _say(f"{file}: {counts}")
            known = found
        elif stale and not quiet:
            first = f"{stale[0].path}: {stale[0].code} `{stale[0].line}`"
            others = f" and {len(stale) - 1} more" if len(stale) > 1 else ""
            _say(f"{file}: not found any more: {first}{others}; --write-baseline takes out what is gone")
    except baseline.BaselineError as error:
        raise _Failure(str(error)) from error
    return baseline.mark(report, known, file)


def _rendered(
    format_name: str,
    report: Report,
    paths: Sequence[str],
    fails: Callable[[Diagnostic], bool],
    color: str,
    quiet: bool,
) -> str:
    from zerolint.engine import catalogue
    from zerolint.report import Options, render, terminal_color

    options = Options(
        color=terminal_color(color, os.environ, sys.stdout.isatty()),
        width=_width(),
        paths=tuple(paths),
        base=_base(format_name) if format_name in _FROM_ROOT else "",
        fails=fails,
    )
    rules = catalogue().rules if report.spaces or format_name not in _PROSE else ()
    text = render(format_name, report, rules, options)
    if quiet and format_name in _WITH_VERDICT:
        text = "".join(text.splitlines(keepends=True)[:-1])
    return text


def _base(format_name: str) -> str:
    """The working folder as seen from the root of the repository, or of the workspace that annotations rest on."""
    here = Path.cwd()
    workspace = os.environ.get("GITHUB_WORKSPACE") if format_name == "github" else None
    if workspace and here.is_relative_to(Path(workspace).resolve()):
        return here.relative_to(Path(workspace).resolve()).as_posix()
    from zerolint.report.sarif import folder_in_repository

    return folder_in_repository(here)


def _counts(report: Report) -> str:
    counts = Counter((diagnostic.code, diagnostic.name) for diagnostic in report.diagnostics if diagnostic.counts)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{number:5} {code} {name}\n" for (code, name), number in ordered)


def _failing(tasks: Sequence[Task]) -> Callable[[Diagnostic], bool]:
    """Says of a finding whether it counts and is at or above the level at which the Space that it is in fails."""
    from zerolint.engine import shown_root

    thresholds = {shown_root(task.files.root): task.settings.fail_on for task in tasks}
    roots = sorted(thresholds, key=len, reverse=True)

    def threshold(path: str) -> Level:
        return next((thresholds[root] for root in roots if root == "." or path.startswith(f"{root}/")), Level.WARNING)

    def fails(diagnostic: Diagnostic) -> bool:
        return diagnostic.counts and diagnostic.level.rank >= threshold(diagnostic.finding.at.path).rank

    return fails


def _as_table(rules: Sequence[Rule]) -> str:
    code, name = (max((len(text) for text in column), default=0) for column in _columns(rules))
    return "".join(
        f"{rule.code:{code}}  {rule.name:{name}}  {rule.consequence.value:11}  {rule.summary}"
        f"{'' if rule.default else ' (off by default)'}\n"
        for rule in rules
    )


def _columns(rules: Sequence[Rule]) -> tuple[list[str], list[str]]:
    return [rule.code for rule in rules], [rule.name for rule in rules]


def _as_json(rules: Sequence[Rule]) -> str:
    import json

    return json.dumps([_rule_as_data(rule) for rule in rules], indent=2, ensure_ascii=False) + "\n"


def _rule_as_data(rule: Rule) -> dict[str, object]:
    from zerolint.finding import Confidence
    from zerolint.rule import level_of

    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "prevents": rule.prevents,
        "consequence": rule.consequence.value,
        "levels": {confidence.value: level_of(rule.consequence, confidence).value for confidence in Confidence},
        "default": rule.default,
        "since": rule.since,
        "url": rule.url,
    }


@contextmanager
def _progress(wanted: bool) -> Iterator[Progress | None]:
    """Something to call whenever a Space is done, which shows a bar once the run takes longer than a second."""
    if not wanted:
        yield None
        return
    began = time.monotonic()
    advance: list[Callable[[int, int, str], None]] = []
    with ExitStack() as stack:

        def show(done: int, total: int, root: str) -> None:
            if not advance:
                if done == total or time.monotonic() - began < _PATIENCE:
                    return
                advance.append(_bar(stack))
            advance[0](done, total, root)

        yield show


def _bar(stack: ExitStack) -> Callable[[int, int, str], None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    # Without a thread of its own, which would be copied, half alive, into processes that are forked later.
    bar = stack.enter_context(
        Progress(
            TextColumn("zerolint"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
        )
    )
    task = bar.add_task("", total=None)

    def advance(done: int, total: int, root: str) -> None:
        from zerolint.report import escape

        bar.update(task, completed=done, total=total, description=escape(root), refresh=True)

    return advance


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _width() -> int:
    """Columns of the terminal, 80 when the output goes elsewhere."""
    if not sys.stdout.isatty():
        return 80
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def _print(text: str, *, to_error: bool = False) -> None:
    """Write to standard output; that a reader such as `head` has seen enough is no error."""
    stream = sys.stderr if to_error else sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        # What is still in the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError) and not to_error:
            raise _Failure(f"standard output cannot be written: {error.strerror}") from error


def _write(file: Path, text: str) -> None:
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            stream.write(text)
    except OSError as error:
        raise _Failure(f"{file}: cannot be written: {error.strerror}") from error


def _say(line: str) -> None:
    """One line to the user, beside the report."""
    from zerolint.report import escape

    _print(f"zerolint: {escape(line)}\n", to_error=True)


def _failed(line: str) -> int:
    """Say why the run was not possible, and which plug-ins may be missing for it."""
    from zerolint.engine import catalogue

    _say(line)
    for failure in catalogue().failures:
        _say(f"the plug-in {failure.name} cannot be used: {failure.error}")
    return 2


def _words(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error.filename}: no such file or folder" if error.filename else "the working folder does not exist"
    return str(error)
