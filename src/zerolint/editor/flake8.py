"""The flake8 plug-in: what zerolint finds in the Python files that flake8 is run on.

flake8 hands over one file at a time; zerolint judges Spaces. So the Space of a file is found from its name, judged once
in a process, and asked again for each further file. A buffer on standard input is judged in the place of its file, with
the rest of the Space as it is on disk. flake8 loads this module in every run, and most files that it sees belong to no
Space: nothing is imported before it is needed.

What zerolint finds in README.md and in requirements is not told: flake8 has no place for it. A file with a syntax error
is not handed to plug-ins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from zerolint import __version__

if TYPE_CHECKING:
    import argparse
    import ast

    from zerolint.config import Settings
    from zerolint.engine import Judgement, Task
    from zerolint.finding import Diagnostic

_NOQA = re.compile(r"#[ \t]*noqa", re.IGNORECASE)

# What this process knows. The task of a folder is that of its files that use `spaces`, or of those that do not: without
# a README that marks it, only the former make a folder a Space.
_tasks: dict[tuple[Path, bool], Task | None] = {}
_judgements: dict[Path, Judgement] = {}


class RuleCrashed(Exception):
    """A rule, or a plug-in of zerolint, that broke; flake8 shows the text, which is one line."""


class Plugin:
    """What flake8 makes for each file; `run` gives 1-based lines and 0-based columns, to which flake8 adds one."""

    name = "zerolint"
    version = __version__
    _shows_noqa = False

    def __init__(self, tree: ast.AST, filename: str, lines: list[str]) -> None:
        """flake8 takes it for a checker of whole files because it asks for `tree`. Raises ConfigError, RuleCrashed."""
        self._lines = lines
        self._found = (
            _found(Path(os.path.normpath(Path(filename).absolute())), lines) if filename.endswith(".py") else ()
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """A new run of flake8 begins: what was known of the files may be outdated."""
        cls._shows_noqa = options.disable_noqa
        _tasks.clear()
        _judgements.clear()

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings in the file."""
        for diagnostic in self._found:
            if diagnostic.suppression is None or (self._shows_noqa and self._is_noqa(diagnostic)):
                at = diagnostic.finding.at
                message = " ".join(diagnostic.finding.message.split())
                yield at.start_line, at.start_column - 1, f"{diagnostic.code} {message}", type(self)

    def _is_noqa(self, diagnostic: Diagnostic) -> bool:
        """Is it a `# noqa` that covers the finding? `--disable-noqa` is for these, not for zerolint's own comments."""
        at = diagnostic.suppression.at if diagnostic.suppression else diagnostic.finding.at
        return _NOQA.match(self._lines[at.start_line - 1], at.start_column - 1) is not None


def _found(path: Path, lines: list[str]) -> tuple[Diagnostic, ...]:
    from zerolint.read.discover import uses_spaces

    text = "".join(lines)
    uses = uses_spaces(text.encode("utf-8", "surrogatepass"))
    task = _task_on_disk(path, uses)
    name = path.relative_to(task.files.root).as_posix() if task else ""
    if task and name in task.files.contents and _is_text_of(text, name, task.files.contents[name]):
        judgement = _judgements.get(task.files.root) or _judged(task, use_cache=True)
        _judgements[task.files.root] = judgement
    elif task or uses or not path.is_file():
        task = _task_of_buffer(path, text)
        if task is None:
            return ()
        name = path.relative_to(task.files.root).as_posix()
        judgement = _judged(task, use_cache=False)
    else:
        return ()
    return tuple(diagnostic for diagnostic in judgement.diagnostics if diagnostic.finding.at.path == name)


def _task_on_disk(path: Path, uses: bool) -> Task | None:
    """The Space that a file belongs to, as it is on disk. `uses`: the file imports `spaces`."""
    key = path.parent, uses
    if not path.is_file():
        return None
    if key not in _tasks:
        from zerolint.engine import find

        tasks = find([path], _settings)
        _tasks[key] = tasks[0] if tasks else None
    return _tasks[key]


def _task_of_buffer(path: Path, text: str) -> Task | None:
    """The Space that a file belongs to, as if it had this text; the file need not exist."""
    from zerolint.editor.buffers import encoded
    from zerolint.engine import find_buffer

    tasks = find_buffer(path, encoded(path.name, text), _settings)
    return tasks[0] if tasks else None


def _judged(task: Task, use_cache: bool) -> Judgement:
    from zerolint.engine import catalogue, judge_all

    (judgement,) = judge_all([task], use_cache=use_cache)
    for failure in (*catalogue().failures, *judgement.failures):
        raise RuleCrashed(f"{failure.name} broke: {failure.error}")
    return judgement


def _settings(root: Path) -> Settings:
    from zerolint.config import CommandLine, settings_for
    from zerolint.engine import catalogue

    return settings_for(root, CommandLine(), catalogue().rules)


def _is_text_of(text: str, name: str, content: bytes) -> bool:
    """Is this what flake8 reads in a file with this content? Line ends do not count: flake8 has replaced them."""
    from zerolint.read.source import Source, decode

    source = decode(name, content)
    # flake8 takes what it cannot decode for Latin-1.
    known = source.text if isinstance(source, Source) else content.decode("latin-1")
    return _with_one_newline(known) == _with_one_newline(text)


def _with_one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
