"""README.md -> front matter: keys and values with spans.

The front matter is the block between `---` lines at the very start of the file (blank lines may stand before it, as the
Hub allows). Text between two horizontal rules, without anything that looks like a key, is none. It is read by PyYAML's
`compose`, which gives every node its place and expands no alias, so a few hundred bytes cannot blow up into gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zerolint.finding import Span
from zerolint.read.source import Problem, ProblemKind, Source, line_starts, span_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    import yaml

# Front matter beyond this many characters is not read: PyYAML takes about a second for it.
FRONT_MATTER_LIMIT = 65_536
# What a value may hold in all, and how deep, before the rest of it is left out.
_VALUE_NODES = 2_000
_VALUE_DEPTH = 20
_PARTS = 200
_PIECES = 200
_MARGIN_KEY = r"(?:^|(?<=\r))[A-Za-z_\"'][\w\"'-]*[ \t]*:(?=\s)"
# A scalar that is longer than any number, date or truth value stays a string; Python prints no number of 5,000 digits.
_NUMBER_LENGTH = 100
_PROBLEM_LIMIT = 20

_OPENING = re.compile(r"[ \t\r\n]*?^(---[ \t]*)(?:\r\n|\r|\n)", re.MULTILINE)
_CLOSING = re.compile(r"(?:(?<=\n)|(?<=\r))---[ \t]*(?=\r|\n|\Z)")
_KEY_LINE = re.compile(r"[A-Za-z_]\w*[ \t]*:")
# A line with a key in whatever form: a block between two `---` that has none is text between horizontal rules.
_ANY_KEY_LINE = r"(?m)(?:^|\r)[ \t\"'?{-]*[A-Za-z_][\w-]*[\"']?[ \t]*:(?:\s|$)"
# Lines as nearly all front matter has them, which mean to PyYAML what they look like; to import it takes longer than to
# read a small Space. Whatever this does not match is left to PyYAML.
_PLAIN_LINE = re.compile(
    r"(?P<key>[A-Za-z_]\w{0,99}):[ ]+(?:"
    r"(?P<word>(?:[A-Za-z]|[^\x00-\x7f])(?:[\w !'\"()&+./,@|?*;~-]|[^\x00-\x7f]|:(?=[\w/]))*)"
    r"|(?:(?P<version>[0-9]{1,9}\.[0-9]{1,9}\.[0-9][\w.]{0,20})|(?P<decimal>[0-9]{1,9}\.[0-9]{1,9})"
    r"|(?P<number>0|[1-9][0-9]{0,8})"
    r"|\"(?P<double>[\w !'()&+./,@|?*;~:#-]*)\"|'(?P<single>[\w !\"()&+./,@|?*;~:#-]*)')[ ]*"
    r")\r?\n",
    re.ASCII,
)
_TRUTH = {"true": True, "false": False}
# Words, in small letters, that may be something else than a string.
_SPECIAL_WORDS = frozenset({"y", "yes", "n", "no", "true", "false", "on", "off", "null"})


class Part(NamedTuple):
    """One item of a list ("" as its key), or one key of a mapping, that is the value of a top-level key."""

    key: str
    value: object
    span: Span


class Entry(NamedTuple):
    """One top-level key of the front matter.

    `value` is what YAML 1.1 makes of it (`3.10` is the float 3.1). `text` is the scalar as it is written, without
    quotes (`3.10`), or for a list or mapping its piece of the file. A value beyond the limits is cut short.
    `value_span` begins after an anchor and a tag. `parts` are what a list or mapping holds; the span of a part begins
    with its key.
    """

    key: str
    value: object
    text: str
    key_span: Span
    value_span: Span
    parts: tuple[Part, ...] = ()


class Readme(NamedTuple):
    """The front matter of a README.

    `entries` is None when the file has no front matter, or one that cannot be read (then `problems` says why).
    `opening` is the span of the opening `---` line, or of line 1. `pieces` are the keys that could be read where the
    whole could not: what is not among them may stand there all the same.
    """

    path: str
    entries: Mapping[str, Entry] | None
    opening: Span
    problems: tuple[Problem, ...] = ()
    pieces: Mapping[str, Entry] = MappingProxyType({})

    @property
    def known(self) -> Mapping[str, Entry]:
        """The keys that could be read."""
        return self.pieces if self.entries is None else self.entries

    def text(self, key: str) -> str | None:
        """The scalar under `key` as it is written, or None."""
        entry = self.known.get(key)
        return entry.text if entry else None


def _is_plain(character: str) -> bool:
    """Whether a character is ASCII, a picture, or part of one."""
    return (
        character < "\x80"
        or "\u2600" <= character <= "\u27bf"
        or "\U0001f300" <= character <= "\U0001faff"
        or (character in "\ufe0f\u200d")
    )


def read_readme(source: Source) -> Readme:
    """Parse the YAML front matter by node positions; malformed YAML is a problem at the line PyYAML names."""
    text, path = source.text, source.path
    opened = _OPENING.match(text)
    if not opened:
        end = re.search(r"[\r\n]|\Z", text)
        return Readme(path, None, Span(path, 1, 1, 1, (end.start() if end else 0) + 1))
    starts = line_starts(text)
    opening = span_of(path, starts, opened.start(1), opened.end(1))
    begin = opened.end()
    closed = _CLOSING.search(text, begin)
    if not closed:
        if not _KEY_LINE.match(text, begin):
            return Readme(path, None, opening)
        return Readme(path, None, opening, (_syntax(opening, "the front matter has no closing `---`"),))
    if closed.start() - begin > FRONT_MATTER_LIMIT:
        words = f"the front matter has more than {FRONT_MATTER_LIMIT:,} characters and is not read"
        return Readme(path, None, opening, (Problem(ProblemKind.UNREADABLE, opening, words),))
    return _FrontMatter(path, text, starts, begin, closed.start(), opening).read()


class _FrontMatter:
    """The reading of one block: `text[begin:end]`, with the places of its nodes in the whole text."""

    def __init__(self, path: str, text: str, starts: list[int], begin: int, end: int, opening: Span) -> None:
        self.path = path
        self.text = text
        self.starts = starts
        self.begin = begin
        self.end = end
        self.opening = opening
        self.nodes_left = _VALUE_NODES

    def read(self) -> Readme:
        plain = self.plain_entries()
        if plain is not None:
            return Readme(self.path, plain, self.opening)
        import yaml

        block = self.text[self.begin : self.end]
        if "\t" in block:
            # YAML allows tabs between a key and its value, and at the end of a line. PyYAML does not.
            block = re.sub(r"(?<=[^\s#])[ \t]*\t[ \t]*", lambda found: " " * len(found[0]), block)
        try:
            root = yaml.compose(block, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            if not self.has_keys():
                return Readme(self.path, None, self.opening)
            mark = error.problem_mark or error.context_mark
            words = ", ".join(part for part in (error.context, error.problem) if part) or "malformed YAML"
            return self.failed(mark.index if mark else 0, words)
        except yaml.reader.ReaderError as error:
            return self.failed(error.position, f"the character U+{_code(error.character):04X} is not allowed in YAML")
        except yaml.YAMLError as error:
            return self.failed(0, str(error).split("\n")[0])
        except RecursionError:
            return self.failed(0, "the YAML is nested too deeply")
        except ValueError as error:
            return self.failed(0, str(error).split("\n")[0])
        if root is None:
            return Readme(self.path, {}, self.opening)
        if not isinstance(root, yaml.MappingNode):
            if isinstance(root, yaml.ScalarNode) and not self.has_keys():
                return Readme(self.path, None, self.opening)
            return self.failed(root.start_mark.index, "the front matter is not a mapping of keys to values")
        loader = yaml.SafeLoader("")
        entries: dict[str, Entry] = {}
        problems: list[Problem] = []
        for key_node, value_node in root.value:
            if not isinstance(key_node, yaml.ScalarNode):
                problems.append(_syntax(self.span_of_node(key_node), "a key of the front matter is not a plain word"))
                continue
            key = key_node.value
            key_span = self.span_of_node(key_node)
            if key in entries and len(problems) < _PROBLEM_LIMIT:
                problems.append(_syntax(key_span, f"the key `{key[:60]}` is there twice"))
            start, end = self.extent(value_node)
            if start < self.begin + key_node.end_mark.index:
                # An alias: the node stands where its anchor is, so the value's place is the rest of this line.
                start, end = self.rest_of_line(self.begin + key_node.end_mark.index)
            if isinstance(value_node, yaml.ScalarNode):
                text = value_node.value
            else:
                text = self.text[start:end]
            value = self.value(loader, value_node, 0)
            value_span = span_of(self.path, self.starts, start, end)
            entries[key] = Entry(key, value, text, key_span, value_span, self.parts(loader, value_node))
        return Readme(self.path, entries, self.opening, tuple(problems))

    def plain_entries(self) -> dict[str, Entry] | None:
        """The entries when all lines are plain, with what PyYAML would make of them; else None."""
        entries: dict[str, Entry] = {}
        at = self.begin
        while at < self.end:
            line = _PLAIN_LINE.match(self.text, at, self.end)
            if line is None or line["key"] in entries or line["key"].lower() in _SPECIAL_WORDS:
                return None
            kind = line.lastgroup or ""
            text = line[kind]
            start, end = line.span(kind)
            value: object = text
            if kind == "word":
                if not text.isascii() and not all(map(_is_plain, text)):
                    return None
                text = value = text.rstrip(" ")
                end = start + len(text)
                if text.lower() in _SPECIAL_WORDS:
                    if text not in _TRUTH:
                        return None
                    value = _TRUTH[text]
            elif kind == "decimal":
                value = float(text)
            elif kind == "number":
                value = int(text)
            elif kind != "version":
                start, end = start - 1, end + 1
            key_span = span_of(self.path, self.starts, *line.span("key"))
            value_span = span_of(self.path, self.starts, start, end)
            entries[line["key"]] = Entry(line["key"], value, text, key_span, value_span)
            at = line.end()
        return entries

    def has_keys(self) -> bool:
        return re.compile(_ANY_KEY_LINE).search(self.text, self.begin, self.end) is not None

    def failed(self, index: int, words: str) -> Readme:
        at = min(self.begin + index, self.end)
        problem = _syntax(span_of(self.path, self.starts, at, at), words)
        return Readme(self.path, None, self.opening, (problem,), self.pieces())

    def pieces(self) -> dict[str, Entry]:
        """The keys at the margin that can be read alone, with what stands below them; one that is there twice is not
        among them."""
        begins = [
            found.start() for found in re.compile(_MARGIN_KEY, re.MULTILINE).finditer(self.text, self.begin, self.end)
        ]
        if not 1 < len(begins) <= _PIECES:
            return {}
        found: dict[str, Entry] = {}
        keys: list[str] = []
        for begin, end in zip(begins, [*begins[1:], self.end], strict=True):
            piece = _FrontMatter(self.path, self.text, self.starts, begin, end, self.opening).read()
            for entry in (piece.entries or {}).values():
                keys.append(entry.key)
                found[entry.key] = entry
        return {key: entry for key, entry in found.items() if keys.count(key) == 1}

    def parts(self, loader: yaml.SafeLoader, node: yaml.Node) -> tuple[Part, ...]:
        """What a list or mapping holds, as far as its keys are plain words."""
        import yaml

        found: list[Part] = []
        if isinstance(node, yaml.SequenceNode):
            for child in node.value[:_PARTS]:
                found.append(Part("", self.value(loader, child, 1), self.span_of_node(child)))
        elif isinstance(node, yaml.MappingNode):
            for key_node, child in node.value[:_PARTS]:
                if isinstance(key_node, yaml.ScalarNode):
                    begin, end = self.extent(key_node)
                    end = max(end, self.extent(child)[1]) if child.start_mark.index > key_node.start_mark.index else end
                    span = span_of(self.path, self.starts, begin, end)
                    found.append(Part(key_node.value, self.value(loader, child, 1), span))
        return tuple(found)

    def span_of_node(self, node: yaml.Node) -> Span:
        return span_of(self.path, self.starts, *self.extent(node))

    def extent(self, node: yaml.Node) -> tuple[int, int]:
        """The offsets of a node without what follows it; PyYAML ends a block where the next token begins."""
        start, end = self.begin + node.start_mark.index, self.begin + node.end_mark.index
        last: Any = node
        for _ in range(_VALUE_DEPTH):
            if getattr(last, "flow_style", True) or not last.value or isinstance(last.value, str):
                break
            last = last.value[-1]
            last = last[1] if isinstance(last, tuple) else last
            if self.begin + last.start_mark.index >= start:
                end = self.begin + last.end_mark.index
        while end > start and self.text[end - 1] in " \t\r\n":
            end -= 1
        if self.text[start : start + 1] in ("&", "!") and (
            properties := re.compile(r"(?:[&!]\S*[ \t]+)+(?=[^\s#])").match(self.text, start, end)
        ):
            start = properties.end()
        return start, end

    def rest_of_line(self, offset: int) -> tuple[int, int]:
        found = re.compile(r"[ \t]*:?[ \t]*([^\r\n#]*?)[ \t]*(?=[\r\n#]|\Z)").match(self.text, offset)
        return found.span(1) if found else (offset, offset)

    def value(self, loader: yaml.SafeLoader, node: yaml.Node, depth: int) -> object:
        import yaml

        self.nodes_left -= 1
        if depth and (self.nodes_left < 0 or depth > _VALUE_DEPTH):
            return None
        if isinstance(node, yaml.ScalarNode):
            if len(node.value) > _NUMBER_LENGTH and node.tag != "tag:yaml.org,2002:str":
                return node.value
            try:
                return loader.construct_object(node)
            except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
                # An unknown tag, a date that does not exist, a number beyond the interpreter's limit, `!!int ""`.
                return node.value
        if isinstance(node, yaml.SequenceNode):
            items: list[object] = []
            for child in node.value:
                if self.nodes_left <= 0:
                    break
                items.append(self.value(loader, child, depth + 1))
            return items
        mapping: dict[object, object] = {}
        for key_node, value_node in node.value:
            if self.nodes_left <= 0:
                break
            if isinstance(key_node, yaml.ScalarNode):
                mapping[self.value(loader, key_node, depth + 1)] = self.value(loader, value_node, depth + 1)
        return mapping


def _code(character: object) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


def _syntax(at: Span, words: str) -> Problem:
    return Problem(ProblemKind.SYNTAX, at, words)
