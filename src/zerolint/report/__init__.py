"""Where findings leave: one module per output format.

A module of this package whose name has no leading underscore is a format, and is found by looking: it holds
`render(report, rules, options) -> str`. What several formats need lies in the modules with an underscore.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from zerolint.finding import Level
from zerolint.records import NamedTuple
from zerolint.report._terminal import escape, terminal_color

if TYPE_CHECKING:
    from collections.abc import Callable

    from zerolint.finding import Diagnostic, Report
    from zerolint.rule import Rule

__all__ = ["HOME", "Options", "escape", "render", "report_formats", "terminal_color"]

HOME = "https://github.com/zerolint/zerolint"


def _from_warning_on(diagnostic: Diagnostic) -> bool:
    return diagnostic.counts and diagnostic.level.rank >= Level.WARNING.rank


class Options(NamedTuple):
    """What a format may know beside the report; each format takes from it what it needs.

    `color`: ANSI colours, see `terminal_color`. `width`: columns of the terminal, for people's formats.
    `paths`: the paths as the user gave them, to name them when no Space was found.
    `base`: the working folder as seen from its repository's root, `/`-separated (`demos/image`), or "" when it is that
    root or lies in no repository; formats that are read by the repository's host start their paths there.
    `fails`: whether a finding is one for which the run fails; for formats that know passed and failed only.
    """

    color: bool = False
    width: int = 80
    paths: tuple[str, ...] = ()
    base: str = ""
    fails: Callable[[Diagnostic], bool] = _from_warning_on


@lru_cache(maxsize=1)
def report_formats() -> tuple[str, ...]:
    """The names of all formats, sorted. Imports none of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def render(format_name: str, report: Report, rules: Sequence[Rule], options: Options | None = None) -> str:
    """The report in one format, whole lines or "". `rules` are all that ran, with or without findings.

    Raises ValueError for a name that is no format.
    """
    if format_name not in report_formats():
        raise ValueError(f"no output format `{format_name}`; there are {', '.join(report_formats())}")
    module = import_module(f"{__name__}.{format_name}")
    write = cast("Callable[[Report, Sequence[Rule], Options], str]", module.render)
    return write(report, rules, options or Options())
