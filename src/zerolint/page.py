"""The pages of rules: one Markdown file per rule, which is its documentation and its test.

In an installed package they lie in `zerolint/pages/`, in a checkout in `rules/` beside `src/`. One page serves the web,
`zerolint explain`, the help text in SARIF and editors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Level
from zerolint.rule import level_of

if TYPE_CHECKING:
    from zerolint.rule import Rule

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r"(#{1,6}) +(.*?)(?: +#+)?$")
_ITEM = re.compile(r" *([-*+]|\d+[.)]) +")
_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\(([^()\s]+)\)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*|__|\*|_)(?=\S)([^*_`]+?)(?<=\S)\1(?![\w*])")


def page(name: str) -> str | None:
    """The Markdown text of a rule's page, or None when it has none (a plug-in's rule, or no rule of that name)."""
    # Some file systems take README.md, the table of rules, for readme.md.
    if not _NAME.fullmatch(name) or name == "readme":
        return None
    here = Path(__file__).resolve().parent
    for folder in (here / "pages", here.parents[1] / "rules"):
        path = folder / f"{name}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None


def first_paragraph(text: str) -> str:
    """The first paragraph of a page as one line of plain text, without Markdown; "" when there is none."""
    for kind, lines in _blocks(text):
        if kind == "paragraph":
            return _inline(" ".join(line.strip() for line in lines), links=False)
    return ""


def plain_page(text: str, width: int | None = None) -> str:
    """A page as plain text: headings underlined, code indented, prose wrapped to `width` columns (None: not at all)."""
    from textwrap import wrap

    def fill(prose: str, lead: str = "") -> str:
        if width is None:
            return lead + prose
        filled = wrap(
            prose,
            width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        )
        return "\n".join(filled)

    parts: list[str] = []
    before = ""
    for kind, lines in _blocks(text):
        prose = _inline(" ".join(line.strip() for line in lines))
        item = _ITEM.match(prose)
        if kind == "heading" and (heading := _HEADING.match(prose)):
            part = f"{heading[2]}\n{('=' if heading[1] == '#' else '-') * len(heading[2])}"
        elif kind == "code":
            part = "\n".join(f"    {line}".rstrip() for line in lines)
        elif kind == "table":
            part = "\n".join(lines)
        elif kind == "item" and item:
            indent = " " * (len(lines[0]) - len(lines[0].lstrip()))
            part = fill(prose[item.end() :], f"{indent}{item[1]} ")
        else:
            part = fill(prose)
        parts.append(("\n" if kind == before == "item" else "\n\n") + part)
        before = kind
    return "".join(parts).lstrip("\n") + "\n"


def terminal_page(text: str, width: int, color: bool) -> str:
    """A page for `zerolint explain`: with colour as rich lays Markdown out, else as plain text."""
    if not color:
        return plain_page(text, width)
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown

    out = StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="standard", legacy_windows=False)
    console.print(Markdown(text, hyperlinks=False, code_theme="ansi_dark"))
    return out.getvalue()


def absolute_links(text: str, url: str) -> str:
    """The page with its links to other pages made absolute; `url` is where the page itself lies."""
    if not url:
        return text
    from urllib.parse import urljoin

    return "\n".join(
        _LINK.sub(lambda link: f"[{link[1]}]({urljoin(url, link[2])})", line) if kind == "prose" else line
        for kind, line in _lines(text)
    )


def rule_table(rules: Iterable[Rule]) -> str:
    """The text of `rules/README.md`: every rule in one table, by code."""
    rows = [
        "# Rules",
        "",
        "One page per rule: what it finds, why it matters, and code that it reports beside code that it does not.",
        "The test-suite runs the code on the pages. This table is generated from the rules.",
        "",
        "| Code | Rule | Finds | Prevents | Consequence | Level | Since |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in sorted(rules, key=lambda rule: rule.code):
        cells: Sequence[str] = (
            rule.code,
            f"[{rule.name}]({rule.name}.md)",
            rule.summary,
            rule.prevents,
            rule.consequence.value,
            _levels(rule),
            rule.since,
        )
        rows.append("| " + " | ".join(cell.replace("\n", " ").replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _levels(rule: Rule) -> str:
    levels: list[Level] = []
    for confidence in Confidence:
        level = level_of(rule.consequence, confidence)
        if level not in levels:
            levels.append(level)
    text = " or ".join(level.value for level in levels)
    return text if rule.default else f"{text}, off by default"


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line with what it is: `prose`, `code`, or the `fence` before or after code."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            closes = mark and mark[1].startswith(fence) and not line.strip().strip(fence[0])
            yield ("fence" if closes else "code"), line
            fence = "" if closes else fence
        elif mark:
            fence = mark[1]
            yield "fence", line
        else:
            yield "prose", line


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The page's blocks in order: `heading`, `code` (without its fences), `table`, `item` and `paragraph`."""
    kind = ""
    block: list[str] = []
    for line_kind, line in _lines(text.replace("\r\n", "\n")):
        if line_kind == "code":
            new = "code"
        elif line_kind == "fence" or not line.strip():
            new = ""
        elif _HEADING.match(line):
            new = "heading"
        elif _ITEM.match(line):
            new = "item"
        elif line.lstrip().startswith("|"):
            new = "table"
        else:
            # A line without a sign of its own goes on what stands above it.
            new = kind if kind in ("item", "paragraph") else "paragraph"
        if new != kind or new == "heading" or (new == "item" and _ITEM.match(line)):
            if block:
                yield kind, block
            kind, block = new, []
        if new:
            block.append(line)
    if block:
        yield kind, block


def _inline(text: str, links: bool = True) -> str:
    """Prose without Markdown's signs. Code keeps its backticks: they show where a name begins and ends."""
    text = _LINK.sub(r"\1 (\2)" if links else r"\1", text)
    return _EMPHASIS.sub(r"\2", text)
