"""What a rule reports and what a report prints: plain frozen data, shared by every stage.

It stands below all others but `records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from zerolint.records import NamedTuple


class Level(str, Enum):
    """How bad a finding is; the order of `rank` is the order of severity."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return ("info", "warning", "error").index(self.value)


class Confidence(str, Enum):
    """`CERTAIN`: the analysis has seen everything the finding rests on. `LIKELY`: it rests on a plausible reading."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Consequence(str, Enum):
    """What happens to the author of the Space if nothing changes."""

    BUILD = "build"
    STARTUP = "startup"
    REQUEST = "request"
    DATA = "data"
    QUOTA = "quota"
    HYGIENE = "hygiene"


class Span(NamedTuple):
    """A piece of one file. Lines and columns are 1-based, columns count code points, the end is exclusive.

    `path` is `/`-separated: relative to the Space's root in what rules yield, relative to the working folder in what
    reports get.
    """

    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int


class Note(NamedTuple):
    """A second place that explains a finding.

    `step` is how many steps before the place reported the program is here, 1 for the last one, 0 for a place that is
    not on its way there. `shown` is False for a step that people can do without: reports for people leave it out.
    """

    at: Span
    message: str
    step: int = 0
    shown: bool = True


class Edit(NamedTuple):
    """Replace the text of `at` by `text`. An insertion has an empty span."""

    at: Span
    text: str


class Fix(NamedTuple):
    """Edits on the original text, applied whole or not at all.

    `title` says what to do, a verb first. `edits` may be empty: then the title is advice that no program can carry out.
    `unsafe` is the reason why a person has to look at the result, or None when the fix cannot change what is right.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    unsafe: str | None = None


class Finding(NamedTuple):
    """What a rule yields. The engine adds the rule's identity and the level, see `Diagnostic`.

    `consequence` overrides the rule's own, for the case of a rule that is milder or worse than usual. `facts` are the
    names of those facts about the platform that it rests on (`python.supported`).
    """

    at: Span
    message: str
    notes: tuple[Note, ...] = ()
    fix: Fix | None = None
    confidence: Confidence = Confidence.CERTAIN
    consequence: Consequence | None = None
    facts: tuple[str, ...] = ()

    @property
    def flow(self) -> tuple[Note, ...]:
        """The way to the place reported, in the order in which the program takes it; () when the notes tell of none.

        Of notes that tell of several ways, the first.
        """
        steps: list[Note] = []
        for note in self.notes:
            if note.step == len(steps) + 1:
                steps.append(note)
            elif note.step:
                break
        return tuple(reversed(steps))

    @property
    def shown_notes(self) -> tuple[Note, ...]:
        """The notes for people."""
        return tuple(note for note in self.notes if note.shown)


class Fact(NamedTuple):
    """What is known of the platform: a value (a number, a text, or a list), where it was read, and when (ISO date).

    `file` is the configuration file that says so in place of zerolint, as people see its path, and "" for a fact of
    zerolint's own; what is configured has no date.
    """

    value: Any
    source: str
    date: str
    file: str = ""


class Suppression(NamedTuple):
    """Why a finding is not counted: an ignore comment of the author, with the reason written after it (or "")."""

    at: Span
    reason: str


class Diagnostic(NamedTuple):
    """A finding with its rule's identity, as reports show it. `baselined`: the baseline of the run has it already.

    `facts` are what the names in the finding's `facts` stood for when it was made, with tuples in place of lists.
    """

    code: str
    name: str
    level: Level
    consequence: Consequence
    finding: Finding
    url: str
    suppression: Suppression | None = None
    baselined: bool = False
    facts: tuple[tuple[str, Fact], ...] = ()

    @property
    def counts(self) -> bool:
        """Is it told to people, and does it decide how the run ends?"""
        return self.suppression is None and not self.baselined

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Deterministic order: by place, then by code, then by message."""
        return (self.finding.at, self.code, self.finding.message)


class RuleFailure(NamedTuple):
    """A rule that raised. `space` is the Space's root as shown to the user; `error` is one line, `trace` the
    traceback."""

    code: str
    name: str
    space: str
    error: str
    trace: str


class JudgedSpace(NamedTuple):
    """One Space that was looked at: its root relative to the working folder (`.` for itself), and how many files it
    has."""

    root: str
    files: int


class Report(NamedTuple):
    """Everything a run found out. `diagnostics` are sorted and carry paths relative to the working folder.

    `sources` holds the text of each file that a diagnostic or a note points into, by that same path; it feeds the
    source lines of the text report and the fingerprints of SARIF. `baseline` is the baseline's file as the user named
    it, None for a run without one. `facts` is the date of the newest fact. `old_facts` is "all" when that is more
    than a year back, "some" when a finding rests on a fact that is so old, and else "".
    """

    spaces: tuple[JudgedSpace, ...]
    diagnostics: tuple[Diagnostic, ...]
    rules: int
    facts: str
    failures: tuple[RuleFailure, ...] = ()
    sources: Mapping[str, str] = MappingProxyType({})
    baseline: str | None = None
    old_facts: str = ""
