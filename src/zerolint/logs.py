"""Logs in, explanations out: which messages of `facts.messages` stand in a log, and which of them is the cause.

A message is recognised by literal pieces that stand in one line in their order, so the time to look through a log grows
with its size and nothing else. What is not known is not guessed. The log is text that nobody has checked: colour codes
are taken out, and everything else that a terminal could act on is shown escaped.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

from zerolint import __version__
from zerolint.facts.messages import Message, messages
from zerolint.records import NamedTuple
from zerolint.report._terminal import Line, cells, escape, join, wrap
from zerolint.rule import Rule

# Bytes. The logs of a Space that anybody reads are a hundredth of this.
SIZE_LIMIT = 10_000_000
_VERSION = 1
_LONGEST_SHOWN = 300
_KINDS = ("cause", "symptom", "notice")
# What lies on the two sides of each boundary.
BOUNDARIES = {
    "build": "between the repository and its container image",
    "start-up": "between the start of the container and an app that is ready",
    "proxy": "between the visitor and the app",
    "quota reservation": "between the app and the scheduler, before any GPU",
    "GPU worker": "between the app's process and the one that has the GPU",
    "egress": "between the container and other servers",
    "hub transfer": "between the container and the files of the Hub",
    "app": "none: Gradio itself, in the app's process",
}

_ESCAPE_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]|\x9b[0-?]*[@-~]")
_SAME_SIGNS = str.maketrans({"`": None, "’": "'", "‘": "'", "“": '"', "”": '"'})
_TRACEBACK = "Traceback (most recent call last)"
_CHAINS = ("during handling of the above exception", "the above exception was the direct cause")
_LINES_OF_A_QUOTE = 3
# Lines of an exception's text after its first.
_MORE_LINES = 5


class LogError(Exception):
    """What was given is no log that can be read; the text says why, and what to do."""


class Known(NamedTuple):
    """A message that was found. `line` is 1-based and that of its first place, `text` that line without colours, cut
    when it is long.

    `times` is the number of lines with it. `unproven` holds what the traceback would have to go through, where there
    is none.
    """

    message: Message
    line: int
    text: str
    times: int
    unproven: tuple[str, ...]


class _Block(NamedTuple):
    """A traceback: the indices of its first line and of that with the exception, where its text begins in a line, and
    the number of the chain that it is a part of."""

    first: int
    last: int
    column: int
    chain: int


class _Pattern(NamedTuple):
    pieces: tuple[str, ...]
    at_start: bool
    at_end: bool

    def stands_in(self, line: str) -> bool:
        """Do the pieces stand in the line, in this order? To take the first place of each is right for any gaps."""
        if self.at_start and not line.startswith(self.pieces[0]):
            return False
        at = 0
        for piece in self.pieces:
            found = line.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return not self.at_end or at == len(line)


def decode(content: bytes) -> str:
    """The text of a log. Raises LogError for what is none, or too much."""
    if len(content) > SIZE_LIMIT:
        raise LogError(f"larger than {SIZE_LIMIT // 1_000_000} MB; give the part around the error, its end for example")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        # What PowerShell writes.
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise LogError("is no text")
    text = content.decode("utf-8-sig", "replace")
    if text.count("\N{REPLACEMENT CHARACTER}") * 10 > len(text):
        raise LogError("is no text in UTF-8")
    return text


def recognise(text: str) -> tuple[Known, ...]:
    """The known messages in a log, each once, the one that decides first.

    That is the first cause there is, and in tracebacks that are chained the last one: it tells most. What is only a
    symptom comes after the causes, what is only a notice after these.
    """
    numbers, lines = _split(text)
    blocks = list(_blocks(lines))
    folded = _folded(lines, blocks)
    whole = "\n".join(folded)
    starts = list(accumulate((len(line) + 1 for line in folded), initial=0))
    chain_at = _chains_at(blocks, lines)
    chains: dict[int, list[_Block]] = {}
    for block in blocks:
        chains.setdefault(block.chain, []).append(block)

    # Where there is more, the traceback of an exception would be there too.
    is_quoted = sum(map(bool, folded)) <= _LINES_OF_A_QUOTE

    @cache
    def frames(chain: int) -> str:
        return _fold("\n".join(line for block in chains[chain] for line in lines[block.first : block.last]))

    def goes_through(index: int, message: Message) -> bool:
        chain = chain_at.get(index)
        if chain is None:
            return message.bare and is_quoted
        return any(_fold(frame) in frames(chain) for frame in message.frames)

    claimed: set[int] = set()
    found: list[tuple[tuple[int, int, int], Known]] = []
    for message in messages():
        at = [
            index
            for index in sorted({index for pattern in _patterns(message) for index in _places(pattern, whole, starts)})
            if index not in claimed and (not message.frames or goes_through(index, message))
        ]
        if not at:
            continue
        claimed.update(at)
        # Within a chain, the last place counts; the first chain, or line, that has the message.
        chain = chain_at.get(at[0])
        index = at[0] if chain is None else max(index for index in at if chain_at.get(index) == chain)
        start = index if chain is None else chains[chain][0].first
        unproven = message.frames if chain is None else ()
        line = lines[index].strip()
        shown = line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"
        known = Known(message, numbers[index], shown, len(at), unproven)
        found.append(((_KINDS.index(message.kind), start, -index), known))
    causes = {known.line for _, known in found if known.message.kind == "cause"}
    return tuple(
        known
        for _, known in sorted(found, key=lambda item: item[0])
        # A title above or below its own message says nothing more.
        if known.message.kind != "symptom" or causes.isdisjoint((known.line - 1, known.line, known.line + 1))
    )


def recognise_line(text: str) -> tuple[Known, ...]:
    """Like `recognise`, for a message that was copied: it may have been broken into lines on the way."""
    return recognise(text) or recognise(" ".join(text.split()))


def as_text(
    found: Sequence[Known],
    rules: Sequence[Rule],
    lines_of: Callable[[Rule], str] | None,
    name: str,
    width: int,
    color: bool,
) -> str:
    """The explanations for people. `name` is that of the log, "" for none.

    `lines_of` gives what a rule found in the Space, as the concise report has it, whole lines; None without a Space.
    """
    if not found:
        known = messages()
        newest = max(message.date for message in known)
        return f"zerolint: no message that is known ({len(known)} messages, the newest of {newest})\n"
    return "\n".join(_shown(known, rules, lines_of, name, width, color) for known in found)


def as_json(
    found: Sequence[Known], rules: Sequence[Rule], findings_of: Callable[[Rule], list[dict[str, Any]]] | None
) -> str:
    """The same as data. `findings` of a message is None when no Space was given."""
    data = {
        "version": _VERSION,
        "zerolint": __version__,
        "messages": [
            {
                "id": known.message.name,
                "line": known.line,
                "text": known.text,
                "times": known.times,
                "kind": known.message.kind,
                "boundary": known.message.boundary,
                "meaning": known.message.meaning,
                "remedy": known.message.remedy,
                "platform_fault": known.message.platform_fault,
                "rests_on_text": bool(known.unproven),
                "rules": [{"code": rule.code, "name": rule.name, "url": rule.url} for rule in _rules_of(known, rules)],
                "findings": None
                if findings_of is None
                else [finding for rule in _rules_of(known, rules) for finding in findings_of(rule)],
                "source": known.message.source,
                "date": known.message.date,
            }
            for known in found
        ],
    }
    return json.dumps(data, indent=2) + "\n"


def rules_named(found: Sequence[Known], rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that prevent what was found, as far as there are such rules."""
    return tuple(dict.fromkeys(rule for known in found for rule in _rules_of(known, rules)))


def _rules_of(known: Known, rules: Sequence[Rule]) -> list[Rule]:
    by_name: Mapping[str, Rule] = {rule.name: rule for rule in rules}
    return [by_name[name] for name in known.message.rules if name in by_name]


def _shown(
    known: Known, rules: Sequence[Rule], lines_of: Callable[[Rule], str] | None, name: str, width: int, color: bool
) -> str:
    message = known.message
    style = {"cause": "error", "symptom": "warning", "notice": "info"}[message.kind]
    heading = f"{message.kind}[{message.boundary}]"
    first, *more = wrap(f"{heading}: {escape(known.text)}", width, width - 4)
    lines: list[Line] = [[(first[: len(heading)], style), (first[len(heading) :], "strong")]]
    lines += [[(f"    {line}", "strong")] for line in more]
    if name:
        often = f", and {known.times - 1} more" if known.times > 1 else ""
        lines.append([(" --> ", "rail"), (f"{escape(name)}:{known.line}", ""), (often, "quiet")])
    lines += _item("boundary", f"{message.boundary}, {BOUNDARIES[message.boundary]}", width)
    lines += _item("means", message.meaning, width)
    if known.unproven:
        places = " or ".join(f"`{frame}`" for frame in known.unproven)
        lines += _item("if", f"its traceback, which is not here, goes through {places}", width)
    if message.platform_fault:
        lines += _item("not your code", "the platform is at fault, and no change of the code helps", width)
    if message.remedy:
        lines += _item("do", message.remedy, width)
    preventing = _rules_of(known, rules)
    if preventing:
        lines += _item("rules", ", ".join(f"{rule.name} ({rule.code})" for rule in preventing), width)
    elif not message.platform_fault and message.kind != "notice":
        lines += _item("rules", "none of this version finds its cause", width)
    causes = "".join(map(lines_of, preventing)) if lines_of else ""
    if causes:
        lines += _item("likely cause", "", width)
        lines += [[(f"    {line}", "")] for line in causes.splitlines()]
    elif lines_of and preventing:
        lines += _item("likely cause", "not known; these rules find nothing in the Space", width)
    lines += _item("source", f"{message.source} ({message.date})", width)
    return join(lines, color)


def _item(title: str, text: str, width: int) -> list[Line]:
    lead = f"  = {title}:"
    room = max(width - len(lead) - 1, 20)
    first, *rest = wrap(text, room, room)
    return [
        [("  = ", "rail"), (f"{title}:", "strong"), (f" {first}", "")],
        *([(" " * (cells(lead) + 1) + line, "")] for line in rest),
    ]


@cache
def _patterns(message: Message) -> tuple[_Pattern, ...]:
    patterns = []
    for text in message.pattern:
        inner = text.removeprefix("^").removesuffix("$")
        pieces = tuple(_fold(piece, strip=False) for piece in inner.split("…"))
        patterns.append(_Pattern(pieces, text.startswith("^"), text.endswith("$")))
    return tuple(patterns)


def _places(pattern: _Pattern, whole: str, starts: Sequence[int]) -> Iterator[int]:
    """The indices of the lines that a pattern stands in. Each line is looked at once."""
    rarest = max(pattern.pieces, key=len)
    at = whole.find(rarest)
    while at >= 0:
        index = bisect_right(starts, at) - 1
        if pattern.stands_in(whole[starts[index] : starts[index + 1] - 1]):
            yield index
        at = whole.find(rarest, starts[index + 1])


def _split(text: str) -> tuple[list[int], list[str]]:
    """The lines of a log with their numbers, without colours. What a progress bar has overwritten is a line too."""
    numbers: list[int] = []
    lines: list[str] = []
    for number, line in enumerate(_ESCAPE_CODES.sub("", text).split("\n"), 1):
        line = line.removesuffix("\r")
        if not line:
            # One empty line ends a traceback as well as many.
            if lines and lines[-1]:
                numbers.append(number)
                lines.append("")
            continue
        parts = [line] if line[0] != "d" and "\r" not in line else re.split(r"[\r\n]", _unwrapped(line).rstrip("\r\n"))
        numbers.extend([number] * len(parts))
        lines.extend(parts)
    return numbers, lines


def _unwrapped(line: str) -> str:
    """A line out of what the Hub's API streams, `data: {"data": "...", "timestamp": "..."}`; any other as it is."""
    if not line.startswith("data: {"):
        return line
    try:
        data = json.loads(line.removeprefix("data: "))
    except (ValueError, RecursionError):
        return line
    inner = data.get("data")
    return _ESCAPE_CODES.sub("", inner) if isinstance(inner, str) else line


def _fold(text: str, *, strip: bool = True) -> str:
    """Text without what gets changed when it is copied: case, backticks, kinds of quotes, widths of white space."""
    text = text.casefold().translate(_SAME_SIGNS)
    if strip:
        return " ".join(text.split())
    return re.sub(r"\s+", " ", text)


def _folded(lines: Sequence[str], blocks: Sequence[_Block]) -> list[str]:
    """The lines as patterns are looked for in them: the code that a traceback quotes says nothing."""
    folded = [_fold(line) for line in lines]
    for block in blocks:
        for index in range(block.first, block.last):
            folded[index] = ""
        before, line = lines[block.last][: block.column], lines[block.last]
        # A time stamp, or the indentation of pip; unless what stands there is a part of the exception's own line.
        folded[block.last] = _fold(line if before[-1:].isalnum() else line[block.column :])
    return folded


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """The tracebacks, however far they are indented and whatever stands before each of their lines."""
    chain = 0
    last = -1
    index = 0
    while index < len(lines):
        column = lines[index].find(_TRACEBACK)
        if column < 0:
            index += 1
            continue
        if "Exception Group" in lines[index][:column] and "+" in lines[index]:
            column = lines[index].index("+") + 2
        end = index + 1
        while end < len(lines) and _TRACEBACK not in lines[end] and lines[end][column : column + 1] in ("", " "):
            end += 1
        end = min(end, len(lines) - 1)
        if _TRACEBACK in lines[end]:
            # The log was cut here.
            end -= 1
        between = lines[last + 1 : index] if index - last < 10 else []
        if last < 0 or not any(words in _fold(line) for line in between for words in _CHAINS):
            chain += 1
        yield _Block(index, end, column, chain)
        last = end
        index = end + 1


def _chains_at(blocks: Sequence[_Block], lines: Sequence[str]) -> dict[int, int]:
    """The chain of tracebacks that each line with an exception, or with more of its text, belongs to."""
    chains: dict[int, int] = {}
    for block in blocks:
        chains[block.last] = block.chain
        for index in range(block.last + 1, min(block.last + 1 + _MORE_LINES, len(lines))):
            if not lines[index].strip() or _TRACEBACK in lines[index]:
                break
            chains[index] = block.chain
    return chains
