"""The cases on a rule's page: Markdown in, disagreements with a rule out.

A page in `rules/` is the documentation of a rule and its test at the same time; `fixtures/cases/` holds more cases in
the same format. The format:

* The first line names the rule: `# fixed-output-path (ZG007)`. Words after that are free.
* A heading with code under it is a case. All blocks of the heading form one Space; a path that comes a second time
  under one heading begins the next case.
* A Python block is `app.py`. The line above a block gives it another path (`` `helpers.py`: ``) and, if need be,
  another encoding (`` `notes.py` in `latin-1`: ``). Blocks that are not Python always need that line.
* `# error` at the end of a line: the rule reports this line once. `# error: "text"`: and the message contains that
  text. Two marks on a line: the rule reports it twice. No mark: the rule is silent there. Marks, and the blanks before
  them, are removed before the file is judged.
* `` `app.py` after `--fix`: `` above a block: this is what the rule's safe fixes make of the file;
  `` after `--fix --unsafe-fixes`: `` the same with the unsafe ones.
* Fences say `python`, `yaml`, `markdown`, `text`, `requirements` or `toml`. `console` and `text output` are for the
  reader only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zerolint import fix
from zerolint.finding import Consequence, Diagnostic, Finding, Level
from zerolint.rule import Rule

PROJECT = Path(__file__).resolve().parent.parent

# A rule seen from the outside: the files of a Space in, what the rule says about them out.
Judge = Callable[[Mapping[str, bytes]], Iterable[Finding]]

FILE_LANGUAGES = frozenset({"python", "yaml", "markdown", "text", "requirements", "toml"})
READER_LANGUAGES = frozenset({"console", "text output"})

TITLE = re.compile(r"# (?P<name>[a-z0-9]+(?:-[a-z0-9]+)*) \((?P<code>[A-Z]+[0-9]+)\)(?P<rest>.*)")
HEADING = re.compile(r"#{2,6} +(?P<title>.+?)(?: +#+)? *")
FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[^`]*)")
FILE_LABEL = re.compile(
    r"`(?P<path>[^`]+)`"
    r"(?: in `(?P<encoding>[^`]+)`)?"
    r"(?P<after> after `--fix(?P<unsafe> --unsafe-fixes)?`)?:"
)
MARK = re.compile(r'[ \t]*# error(?:: "(?P<text>[^"]*)")?[ \t]*$')


class PageError(Exception):
    """A page that does not follow the format; the text begins with the page and the line."""

    def __init__(self, page: str, line: int, message: str) -> None:
        super().__init__(f"{page}:{line}: {message}")


@dataclass(frozen=True, slots=True)
class Mark:
    """An expected finding. `line` is 1-based in the case's file, `text` is a part of the message or None."""

    path: str
    line: int
    text: str | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file of a case, without marks. `page_line` is the 1-based line of the page with the file's first line."""

    path: str
    content: bytes
    page_line: int


@dataclass(frozen=True, slots=True)
class FixedFile:
    """What a file looks like when the fixes are applied, the unsafe ones too if `unsafe`."""

    path: str
    text: str
    page_line: int
    unsafe: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One Space out of a page. `line` is the 1-based line of the page where its first block begins."""

    page: str
    rule: str
    code: str
    heading: str
    line: int
    files: tuple[CaseFile, ...]
    marks: tuple[Mark, ...]
    fixed: tuple[FixedFile, ...]

    @property
    def contents(self) -> dict[str, bytes]:
        """The files as a Space takes them."""
        return {file.path: file.content for file in self.files}

    @property
    def label(self) -> str:
        """`rules/fixed-output-path.md:20 Bad`"""
        return f"{self.page}:{self.line} {self.heading}"


@dataclass(frozen=True, slots=True)
class Page:
    """One parsed page. `headings` are the titles below the first, in order; `name` is the rule's name."""

    path: str
    name: str
    code: str
    headings: tuple[str, ...]
    opening: str
    cases: tuple[Case, ...]


def page_files(project: Path = PROJECT) -> list[Path]:
    """Every page with cases: `rules/*.md` but the generated table, and `fixtures/cases/*.md`."""
    rules = [path for path in sorted((project / "rules").glob("*.md")) if path.name != "README.md"]
    return rules + sorted((project / "fixtures" / "cases").glob("*.md"))


def read_page(path: Path, project: Path = PROJECT) -> Page:
    """Parse one page. Raises PageError where it does not follow the format."""
    return parse_page(path.read_text(encoding="utf-8"), path.relative_to(project).as_posix())


def parse_page(text: str, page: str) -> Page:
    """Parse the text of a page; `page` is how messages name it. Raises PageError."""
    lines = text.split("\n")
    title = TITLE.fullmatch(lines[0].rstrip())
    if title is None:
        raise PageError(page, 1, "the first line is not `# rule-name (CODE)`")
    reader = _PageReader(page, title["name"], title["code"])
    reader.read(lines)
    return Page(
        path=page,
        name=title["name"],
        code=title["code"],
        headings=tuple(reader.headings),
        opening=_first_paragraph(lines[1:]),
        cases=tuple(reader.cases),
    )


def _first_paragraph(lines: list[str]) -> str:
    """The paragraph right under the title, "" when a heading or a block stands there."""
    paragraph: list[str] = []
    for line in lines:
        if not line.strip():
            if paragraph:
                break
            continue
        if line.startswith(("#", "```", "~~~")):
            break
        paragraph.append(line.strip())
    return " ".join(paragraph)


class _PageReader:
    """Reads the lines below the title once, from top to bottom."""

    def __init__(self, page: str, rule: str, code: str) -> None:
        self.page = page
        self.rule = rule
        self.code = code
        self.headings: list[str] = []
        self.cases: list[Case] = []
        self._heading = ""
        self._files: list[CaseFile] = []
        self._marks: list[Mark] = []
        self._fixed: list[FixedFile] = []

    def read(self, lines: list[str]) -> None:
        index = 1
        while index < len(lines):
            line = lines[index]
            heading = HEADING.fullmatch(line)
            fence = FENCE.fullmatch(line.rstrip())
            if heading:
                self._close_case()
                self._heading = heading["title"]
                self.headings.append(self._heading)
            elif fence:
                index = self._read_block(lines, index, fence)
            index += 1
        self._close_case()

    def _read_block(self, lines: list[str], opening: int, fence: re.Match[str]) -> int:
        """Take the block that opens at `opening` (0-based); returns the index of its last line."""
        page_line = opening + 1
        if fence["indent"]:
            raise PageError(self.page, page_line, "an indented block is not judged; move it to the left edge")
        closing = opening + 1
        while closing < len(lines) and lines[closing].rstrip() != fence["fence"]:
            closing += 1
        if closing == len(lines):
            raise PageError(self.page, page_line, "the block is never closed")
        language = " ".join(fence["language"].split())
        label = _label_above(lines, opening)
        if language in READER_LANGUAGES:
            if label is not None:
                raise PageError(self.page, page_line, f"a `{language}` block is for the reader and has no path")
            return closing
        if language not in FILE_LANGUAGES:
            known = ", ".join(sorted(FILE_LANGUAGES | READER_LANGUAGES))
            raise PageError(self.page, page_line, f"unknown language {language!r} (known: {known})")
        if label is None and language != "python":
            raise PageError(self.page, page_line, f"a `{language}` block needs a line `` `path`: `` above it")
        self._take_file(lines[opening + 1 : closing], page_line, label)
        return closing

    def _take_file(self, block: list[str], page_line: int, label: re.Match[str] | None) -> None:
        path = label["path"] if label else "app.py"
        if label and label["after"]:
            if path not in {file.path for file in self._files}:
                raise PageError(self.page, page_line, f"the result of a fix, but no `{path}` before it in this case")
            self._fixed.append(FixedFile(path, _joined(block), page_line + 1, unsafe=label["unsafe"] is not None))
            return
        if path in {file.path for file in self._files}:
            self._close_case()
        plain: list[str] = []
        for number, line in enumerate(block, 1):
            bare, texts = split_marks(line)
            plain.append(bare)
            self._marks.extend(Mark(path, number, text) for text in texts)
        encoding = (label["encoding"] if label else None) or "utf-8"
        try:
            content = _joined(plain).encode(encoding)
        except (LookupError, UnicodeEncodeError) as error:
            raise PageError(self.page, page_line, f"the block cannot be written in {encoding}: {error}") from error
        self._files.append(CaseFile(path, content, page_line + 1))

    def _close_case(self) -> None:
        if self._files:
            self.cases.append(
                Case(
                    page=self.page,
                    rule=self.rule,
                    code=self.code,
                    heading=self._heading,
                    line=self._files[0].page_line - 1,
                    files=tuple(self._files),
                    marks=tuple(self._marks),
                    fixed=tuple(self._fixed),
                )
            )
        self._files, self._marks, self._fixed = [], [], []


def _label_above(lines: list[str], opening: int) -> re.Match[str] | None:
    """The `` `path`: `` line above a fence; one empty line between them is allowed, formatters like it there."""
    above = opening - 1
    if above > 0 and not lines[above].strip():
        above -= 1
    return FILE_LABEL.fullmatch(lines[above].strip())


def _joined(block: list[str]) -> str:
    return "".join(line + "\n" for line in block)


def split_marks(line: str) -> tuple[str, list[str | None]]:
    """A line without its marks, and what each mark wants to read in the message (None: anything), left to right."""
    texts: list[str | None] = []
    while mark := MARK.search(line):
        texts.insert(0, mark["text"])
        line = line[: mark.start()]
    return line, texts


def disagreements(case: Case, judge: Judge) -> list[str]:
    """Where the rule and the page disagree, one line each, in the order of the page; [] when they agree."""
    found: list[tuple[int, str]] = []
    open_findings = sorted(judge(case.contents), key=lambda finding: (finding.at, finding.message))
    for mark in sorted(case.marks, key=lambda mark: mark.text is None):
        place = (mark.path, mark.line)
        here = [finding for finding in open_findings if (finding.at.path, finding.at.start_line) == place]
        match = next((finding for finding in here if mark.text is None or mark.text in finding.message), None)
        if match is not None:
            open_findings.remove(match)
            continue
        wanted = case.rule if mark.text is None else f'{case.rule} with "{mark.text}"'
        got = "; ".join(finding.message for finding in here) or "nothing"
        line = _page_line(case, mark.path, mark.line)
        found.append((line, f"{case.page}:{line}: expected {wanted}, got {got}"))
        # A finding with the wrong message is told once, as what came in the place of the right one.
        open_findings = [finding for finding in open_findings if finding not in here]
    for finding in open_findings:
        line = _page_line(case, finding.at.path, finding.at.start_line)
        found.append((line, f"{case.page}:{line}: unexpected {case.rule}: {finding.message}"))
    for fixed in case.fixed:
        text = apply_fixes(case.contents, judge, unsafe=fixed.unsafe)[fixed.path].decode("utf-8")
        if text != fixed.text:
            option = "--fix --unsafe-fixes" if fixed.unsafe else "--fix"
            message = f"{case.page}:{fixed.page_line}: {fixed.path} after {option} is not what the page says"
            found.append((fixed.page_line, message + "\n" + _difference(fixed.text, text)))
    return [message for _, message in sorted(found)]


def _page_line(case: Case, path: str, line: int) -> int:
    """Where a line of a case's file stands on the page; the case's first line for a file that is not on the page."""
    for file in case.files:
        if file.path == path:
            return file.page_line + line - 1
    return case.line


def _difference(expected: str, got: str) -> str:
    return "".join(
        difflib.unified_diff(expected.splitlines(True), got.splitlines(True), "on the page", "by the fixes", n=2)
    )


def apply_fixes(contents: Mapping[str, bytes], judge: Judge, *, unsafe: bool) -> dict[str, bytes]:
    """The files after the rule's fixes, made again until nothing changes, as `zerolint check --fix` makes them."""
    current = dict(contents)
    for _ in range(fix.MAX_ROUNDS):
        found = sorted(judge(current), key=lambda finding: (finding.at, finding.message))
        diagnostics = [Diagnostic("", "", Level.INFO, Consequence.HYGIENE, finding, "") for finding in found]
        texts, applied = fix.apply(diagnostics, {path: text.decode() for path, text in current.items()}, unsafe)
        if not applied:
            return current
        current.update((path, text.encode()) for path, text in texts.items())
    raise AssertionError("the fixes never come to rest")


def built_in_rules() -> dict[str, Rule]:
    """The rules of the package by name."""
    from zerolint.rules import imported

    return {rule.name: rule for rule in imported()}


def judge_of(rule: Rule) -> Judge:
    """One rule over a Space built from files in memory, without the findings that an ignore comment covers.

    A rule about ignore comments needs the others to run; any other rule runs alone.
    """
    from zerolint import engine, suppress
    from zerolint.config import Settings
    from zerolint.model.space import Space

    rules = tuple(built_in_rules().values())
    settings = Settings(select=None if rule.code == suppress.UNUSED_CODE else (rule.name,))

    def judge(contents: Mapping[str, bytes]) -> list[Finding]:
        diagnostics, failures = engine.judge(Space(contents), rules, settings)
        for failure in failures:
            raise AssertionError(f"{failure.name} crashed\n{failure.trace}")
        return [found.finding for found in diagnostics if found.code == rule.code and found.suppression is None]

    return judge
