"""The safety gate: which texts libcst's native parser may see.

The native parser recurses as deep as the code is nested, and a stack that overflows kills the process, which no
`except` catches. Some patterns take it exponential time. So a linear scan of the text estimates, from above, how much
native stack a parse needs, how many Python frames printing the tree needs, and how long the parse takes; what is beyond
the limits is refused, never handed over.

The numbers were measured on libcst 1.5, 1.7 and 1.9 (x86-64, release wheels): for each of about 150 constructs, nested
or chained n times, the largest n that survives in a thread with a stack of 512 KiB and of 1 MiB. Stack use is linear in
n: a bracket or the field of an f-string takes 4 to 7.4 KB, a lambda 2.4 KB (13.5 KB when the next level is in the
default of its parameter), a level of indentation 24 to 31 KB, and a link of a chain (an operator, an attribute, a call,
a string beside a string, an `elif`) 0.8 to 1.7 KB, over 54 KB for the rest. `STACK_LIMIT` leaves a third of 1 MiB free.
Printing a tree takes two Python frames for each node on the way down.

The lexical part follows libcst's tokenizer (strings, f-strings with fields nested in the manner of PEP 701, comments,
brackets). Where the text is not lexically valid the tokenizer reports an error before anything is parsed, and from the
first error of syntax on the parser looks no further; so the estimate has to be right only for what stands before.
"""

from __future__ import annotations

import re
from functools import lru_cache

# In KB of native stack, of 1024.
STACK_LIMIT = 660.0
_STACK_BASE = 60.0
_STACK_INDENT = 31.5
_STACK_BRACKET = 7.5
_STACK_LAMBDA = 14.0
_STACK_LINK = 1.5
_STACK_FOR = 1.8
_STACK_CHARACTER = 1.4

# In frames of Python, of which the interpreter allows 1000 by default.
FRAME_LIMIT = 720
_FRAMES_BASE = 40
_FRAMES_INDENT = 6
_FRAMES_BRACKET = 8
_FRAMES_LAMBDA = 6
_FRAMES_LINK = 2
_FRAMES_COMPARISON = 4

# A pattern of a `case` takes four times as long with each level of brackets, a `del` twice as long.
_PATTERN_LIMIT = 4**8
# Brackets, commas and operators of a whole file: 20 to 70 microseconds each. The standard library has 53,000 at most.
OPERATOR_LIMIT = 150_000
# The squares of the numbers of attributes, calls and subscripts in a row, all together: about 1.5 microseconds each.
_CHAIN_LIMIT = 3_000_000
_SHORT_CHAIN = 200
# Characters times the depth of the brackets they are in, where that is more than ten: the parser copies for each level.
_COPY_LIMIT = 4_000_000

# So many `elif`s in a file are charged to each of its lines; only beyond are the chains told apart.
_FEW_ELIFS = 60

# Each alternative begins with a fixed character, which lets the search skip to the next `#` or quote at once.
_PLAIN_STRINGS = (
    rb'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""',
    rb"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''",
    rb'"""',
    rb"'''",
    rb'"[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"',
    rb"'[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'",
)
# What is neither code nor whitespace. A quote that none of the longer alternatives takes begins a string without end.
_LEXEME = re.compile(rb"#[^\r\n]*|" + b"|".join(_PLAIN_STRINGS) + rb"|\"|'", re.DOTALL)
_UNENDED = frozenset({b'"', b"'", b'"""', b"'''"})

_NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" + bytes(range(128, 256)))

# An f-string of one line whose fields hold no brace and no quote but strings in the other quote: it ends where a plain
# string would.
_SIMPLE_FORMATTED = {
    34: re.compile(
        rb'"[^"\\\r\n{}]*(?:(?:\\[^{}N\r\n]|\{\{|\}\}|\{[^{}"\'#\\\r\n]*(?:\'[^\'"{}\\#\r\n]*\'[^{}"\'#\\\r\n]*)*\})'
        rb'[^"\\\r\n{}]*)*"'
    ),
    39: re.compile(
        rb"'[^'\\\r\n{}]*(?:(?:\\[^{}N\r\n]|\{\{|\}\}|\{[^{}\"'#\\\r\n]*(?:\"[^\"'{}\\#\r\n]*\"[^{}\"'#\\\r\n]*)*\})"
        rb"[^'\\\r\n{}]*)*'"
    ),
}
_FIELD = re.compile(rb"\{\{|\{([^{}]*)\}")
_QUOTED = rb"\"[^\"]*\"|'[^']*'"

# In the code that is left, a string is `"`; the fields of an f-string follow it between \x01 and \x02; \x0b stands for
# a line end that does not end a logical line, so that lines can still be counted.
_FIELDS_OPEN, _FIELDS_CLOSE, _FOLDED = b"\x01", b"\x02", b"\x0b"

_SKELETON = bytes.maketrans(b"[{\x01]}\x02", b"((()))")
_NOT_SKELETON = bytes(byte for byte in range(256) if byte not in b"()[]{}\x01\x02\n")
_SPACE = b" \t\f\x0b"
_NOT_OPERATOR = bytes(_NAME_BYTES) + _SPACE + b'\r\n"\\'

_TOKEN = (
    rb"(?P<string>(?:(?!(?:in|is|if|or|as)\")[A-Za-z]{1,2})?\")|(?P<word>[A-Za-z_\x80-\xff][\w\x80-\xff]*)"
    rb"|(?P<number>\.?\d[\w.]*)|(?P<open>[(\[{\x01])|(?P<close>[)\]}\x02])|(?P<comma>,)|(?P<semicolon>;)"
    rb"|(?P<colon>:(?!=))|(?P<comparison>[<>=!]=|[<>](?![<>]))|(?P<trailer>\.)"
    rb"|(?P<operator>\*\*|//|<<|>>|[-+*/%@&|^~])|(?P<loose>:=|->|[=!])"
)
_NOT_LINK = _NOT_OPERATOR.replace(b'"', b"") + b",;)]}\x02"
_ANY_LINK_WORD = re.compile(rb"\b(?:and|or|not|if|else|await|yield|from|as|in|is|for|lambda)\b")
_CASE = re.compile(rb"[ \t\f\x0b]*case\b")
_DELETE = rb"(?:^|[;:])[ \t\f\x0b]*del\b"
_LOOSE_WORDS = frozenset({b"and", b"or", b"not", b"if", b"else", b"yield", b"from", b"as"})
_COMPARISON_WORDS = frozenset({b"in", b"is"})


class Refusal(Exception):
    """Why a text is not parsed: words for the reader, and the 1-based line."""

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.words = words
        self.line = line


def refusal_of(text: str) -> Refusal | None:
    """The reason not to parse a text, or None when it is safe on a stack of 1 MiB. Lone `\\r` count as line ends."""
    try:
        _check(text.encode("utf-8", "surrogatepass"))
    except Refusal as refusal:
        return refusal
    return None


def _check(data: bytes) -> None:
    """Raise `Refusal` if the text may not be parsed.

    Most logical lines are cleared by their size alone: no construct needs more stack than `_STACK_CHARACTER` for each
    of its characters beside what its brackets need. Only the others are looked at token by token.
    """
    code = without_strings(data)
    if b"\r" in code:
        code = code.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\\" in code:
        code = code.replace(b"\\\n", _FOLDED)
    if len(code) > OPERATOR_LIMIT:
        operators = len(code.translate(None, _NOT_OPERATOR))
        if operators > OPERATOR_LIMIT:
            raise Refusal(f"{operators:,} operators and brackets, more than {OPERATOR_LIMIT:,}", 1)
    lines = code.split(b"\n")
    dense = code.translate(None, _SPACE).split(b"\n")
    skeletons = code.translate(_SKELETON, _NOT_SKELETON).split(b"\n")
    elifs = code.count(b"elif")
    many_elifs = elifs > _FEW_ELIFS
    measured: dict[bytes, tuple[int, int, int]] = {}
    columns: list[int] = []
    chains: dict[int, int] = {}
    column = level = depth = size = top = start = copied = patterns = chained = 0
    allowed = _allowed(0, elifs)
    fresh = True
    last = len(dense) - 1
    for index, dense_line in enumerate(dense):
        if fresh:
            if not dense_line:
                continue
            line = lines[index]
            width = len(line) - len(line.lstrip())
            if width != column:
                column = width
                while columns and columns[-1] > width:
                    columns.pop()
                if width > (columns[-1] if columns else 0):
                    columns.append(width)
                level = len(columns)
                allowed = _allowed(level, elifs)
            if many_elifs:
                elifs = _follow_elifs(chains, dense_line, width)
                allowed = _allowed(level, elifs)
            start = index
            size = top = 0
            fresh = False
        size += len(dense_line)
        skeleton = skeletons[index]
        if skeleton:
            known = measured.get(skeleton)
            if known is None:
                known = measured[skeleton] = _balance(skeleton)
            if depth + known[1] > top:
                top = depth + known[1]
            if depth + known[2] < 0:
                # A bracket closes that was never opened: the tokenizer stops here.
                return
            depth += known[0]
        if depth == 0 or index == last:
            if size + _STACK_BRACKET * top > allowed:
                words, cost = _judge(b"\n".join(lines[start : index + 1]), top, level, elifs)
                chained += cost
                if chained > _CHAIN_LIMIT:
                    words = words or "many long chains of calls, attributes or subscripts"
                if words:
                    raise Refusal(words, _line_number(lines, start))
            if top > 2:
                if top > 10:
                    copied += size * top
                    if copied > _COPY_LIMIT:
                        raise Refusal(f"much text in brackets nested {top} deep", _line_number(lines, start))
                cost = _pattern_cost(lines, skeletons, start, index, top)
                patterns += cost
                if patterns > _PATTERN_LIMIT:
                    raise Refusal(f"a pattern with brackets nested {top} deep", _line_number(lines, start))
            fresh = True


def _allowed(level: int, elifs: int) -> float:
    """How many characters and brackets (each for so many characters as it needs stack) are safe at an indentation."""
    stack = STACK_LIMIT - _STACK_BASE - _STACK_INDENT * level - _STACK_LINK * elifs
    frames = FRAME_LIMIT - _FRAMES_BASE - _FRAMES_INDENT * level - _FRAMES_LINK * elifs
    return min(stack / _STACK_CHARACTER, frames / 2)


def _balance(skeleton: bytes) -> tuple[int, int, int]:
    """How far a line of brackets shifts the depth, and the highest and lowest depth within it, all from 0."""
    depth = high = low = 0
    for byte in skeleton:
        if byte == 40:
            depth += 1
            if depth > high:
                high = depth
        else:
            depth -= 1
            if depth < low:
                low = depth
    return depth, high, low


def _follow_elifs(chains: dict[int, int], dense_line: bytes, width: int) -> int:
    """Count an `elif` into the chain of its column; the sum over all columns that enclose this line."""
    for column in [column for column in chains if column > width]:
        del chains[column]
    if dense_line.startswith(b"elif"):
        chains[width] = chains.get(width, 0) + 1
    elif not dense_line.startswith(b"else"):
        chains[width] = 0
    return sum(chains.values())


def _pattern_cost(lines: list[bytes], skeletons: list[bytes], start: int, end: int, top: int) -> int:
    """What the brackets of a `case` or a `del` cost, in units of which the parser does about 400,000 in a second."""
    if _CASE.match(lines[start]):
        base = 4
    elif top > 9 and re.search(_DELETE, b" ".join(lines[start : end + 1])):
        base = 2
    else:
        return 0
    cost = depth = 0
    opened = False
    for byte in b"".join(skeletons[start : end + 1]):
        if byte == 40:
            depth += 1
            opened = True
        else:
            if opened:
                cost += base ** min(depth, 40)
            depth -= 1
            opened = False
    return cost + (base ** min(depth, 40) if opened else 0)


def _line_number(lines: list[bytes], index: int) -> int:
    return index + 1 + sum(line.count(_FOLDED) for line in lines[:index])


def _judge(code: bytes, top: int, level: int, elifs: int) -> tuple[str, int]:
    """Why one logical line, at its indentation, needs more stack or frames than the limits allow, or "".

    And the sum over its chains of attributes, calls and subscripts of their lengths squared, where any is long.

    An expression is at most as deep as the number of its links outside brackets and the depth of its deepest bracket;
    commas separate expressions, but for those between the parameters of a lambda and in the targets of a `for`.
    """
    outer_stack = _STACK_BASE + _STACK_INDENT * level + _STACK_LINK * elifs
    outer_frames = _FRAMES_BASE + _FRAMES_INDENT * level + _FRAMES_LINK * elifs
    if outer_stack > STACK_LIMIT or outer_frames > FRAME_LIMIT:
        return _words(0, level, elifs, 0), 0
    if outer_stack + _STACK_BRACKET * top > STACK_LIMIT:
        return _words(top, level, elifs, 0), 0
    # All links of the line together, whatever bracket they are in, are mostly few enough.
    marks = len(code.translate(None, _NOT_LINK))
    comparisons = code.count(b"<") + code.count(b">") + code.count(b"==") + code.count(b"!=")
    words = len(_ANY_LINK_WORD.findall(code))
    lambdas = code.count(b"lambda")
    stack = _STACK_LINK * marks + _STACK_FOR * words + _STACK_LAMBDA * lambdas + _STACK_BRACKET * top
    frames = _FRAMES_LINK * (marks + comparisons) + _FRAMES_LAMBDA * words + _FRAMES_BRACKET * top
    if marks <= _SHORT_CHAIN and outer_stack + stack <= STACK_LIMIT and outer_frames + frames <= FRAME_LIMIT:
        return "", 0
    around: list[_Bracket] = []
    bracket = _Bracket()
    longest = 0
    after_string = False
    for match in re.finditer(_TOKEN, code):
        kind = match.lastgroup
        string = False
        if kind == "word":
            word = match.group()
            if word in _LOOSE_WORDS:
                bracket.end_operand()
                bracket.loose += 1
            elif word in _COMPARISON_WORDS:
                bracket.end_operand()
                bracket.compared = True
            elif word == b"await":
                bracket.trailers += 1
            elif word == b"for":
                bracket.fors += 1
            elif word == b"lambda":
                bracket.end_operand()
                bracket.lambdas += 1
                bracket.open_lambdas += 1
        elif kind == "string":
            string = True
            bracket.trailers += after_string
        elif kind == "trailer":
            bracket.trailers += 1
        elif kind == "open":
            # The fields of an f-string belong to it; any other bracket may be the call of what stands before.
            bracket.trailers += not (after_string and match.group() == _FIELDS_OPEN)
            around.append(bracket)
            bracket = _Bracket()
        elif kind == "close":
            if not around:
                break
            bracket = _closed(bracket, around.pop())
            string = match.group() == _FIELDS_CLOSE
        elif kind == "comma":
            if not bracket.open_lambdas:
                bracket.end_expression()
        elif kind == "semicolon":
            bracket.end_expression()
        elif kind == "colon" and bracket.open_lambdas:
            bracket.open_lambdas -= 1
        elif kind == "comparison":
            bracket.end_operand()
            bracket.compared = True
        elif kind == "operator":
            bracket.end_primary()
            bracket.operators += 1
        elif kind != "number":
            bracket.end_operand()
            bracket.loose += 1
        after_string = string
        links = bracket.loose + bracket.operators + bracket.trailers
        if links > longest:
            longest = links
    # What is still open at the end counts as if it closed here.
    while around:
        bracket = _closed(bracket, around.pop())
    stack, frames = bracket.needs()
    if outer_stack + stack > STACK_LIMIT or outer_frames + frames > FRAME_LIMIT:
        return _words(top, level, elifs, longest), bracket.chained
    return "", bracket.chained


class _Bracket:
    """What has been read between two brackets (or outside of all) so far.

    Links bind in three strengths: `trailers` make one primary (`a.b(c)`), `operators` join primaries, and `loose` ones
    (`and`, `if`, `=`, ...) join those. On the way down to any leaf all loose links of its expression may lie, but only
    the operators of one operand and the trailers of one primary.
    """

    __slots__ = (
        "best_frames",
        "best_operators",
        "best_stack",
        "best_trailers",
        "chained",
        "compared",
        "fors",
        "inner_frames",
        "inner_stack",
        "lambdas",
        "loose",
        "open_lambdas",
        "operators",
        "trailers",
    )

    def __init__(self) -> None:
        self.best_stack = 0.0
        self.best_frames = 0
        self.fors = 0
        self.lambdas = 0
        self.open_lambdas = 0
        self.chained = 0
        self.start_expression()

    def start_expression(self) -> None:
        self.loose = self.operators = self.best_operators = self.trailers = self.best_trailers = 0
        self.compared = False
        self.inner_stack = 0.0
        self.inner_frames = 0

    def end_primary(self) -> None:
        self.chained += self.trailers * self.trailers
        if self.trailers > self.best_trailers:
            self.best_trailers = self.trailers
        self.trailers = 0

    def end_operand(self) -> None:
        self.end_primary()
        if self.operators > self.best_operators:
            self.best_operators = self.operators
        self.operators = 0

    def end_expression(self) -> None:
        self.end_operand()
        links = self.loose + self.best_operators + self.best_trailers
        stack = _STACK_LINK * (links + self.compared) + _STACK_LAMBDA * self.lambdas + self.inner_stack
        frames = _FRAMES_LINK * links + _FRAMES_COMPARISON * self.compared + _FRAMES_LAMBDA * self.lambdas
        self.best_stack = max(self.best_stack, stack)
        self.best_frames = max(self.best_frames, frames + self.inner_frames)
        self.lambdas = 0
        self.start_expression()

    def needs(self) -> tuple[float, int]:
        """KB of stack and frames for the deepest expression in it."""
        self.end_expression()
        return self.best_stack + _STACK_FOR * self.fors, self.best_frames + _FRAMES_LINK * self.fors


def _closed(bracket: _Bracket, outer: _Bracket) -> _Bracket:
    """The bracket around one that closes, with the depth of that one taken over."""
    stack, frames = bracket.needs()
    outer.inner_stack = max(outer.inner_stack, stack + _STACK_BRACKET)
    outer.inner_frames = max(outer.inner_frames, frames + _FRAMES_BRACKET)
    outer.chained += bracket.chained
    return outer


def _words(top: int, level: int, elifs: int, links: int) -> str:
    """What is refused, by what takes the largest share."""
    shares = (
        (_STACK_BRACKET * top, f"brackets nested {top:,} deep"),
        (_STACK_INDENT * level, f"blocks nested {level:,} deep"),
        (_STACK_LINK * elifs, f"`elif`s nested {elifs:,} deep"),
        (_STACK_LINK * links, f"a chain of {links:,} operators"),
    )
    return max(shares)[1]


# The gate asks first, then the search for a launch and that for where statements stand.
@lru_cache(maxsize=64)
def without_strings(data: bytes) -> bytes:
    """The code with `"` for each string and without comments, up to the first string that does not end."""
    pieces: list[bytes] = []
    add = pieces.append
    done = 0
    at = 0
    while True:
        restart = False
        for match in _LEXEME.finditer(data, at):
            start, end = match.span()
            first = data[start]
            if first == 35:
                add(data[done:start])
                done = end
                continue
            before = data[start - 1] if start else 32
            if before in _FORMATTING and (formatted := _prefix_of_formatted(data, start)):
                add(data[done : start - formatted[0]])
                simple = _SIMPLE_FORMATTED[first].match(data, start)
                if simple and simple.end() == end:
                    text = match.group()
                    if b"{" in text:
                        add(_fields(text))
                    else:
                        add(b'"')
                    done = end
                    continue
                fields = _formatted(data, start, formatted[1])
                add(fields[0])
                if fields[1] < 0:
                    return b"".join(pieces)
                done = at = fields[1]
                if at == end:
                    continue
                restart = True
                break
            if end - start < 4 and match.group() in _UNENDED:
                add(data[done:start])
                return b"".join(pieces)
            add(data[done:start])
            add(b'"')
            if end - start > 3:
                folded = data.count(b"\n", start, end)
                if folded:
                    add(_FOLDED * folded)
            done = end
        if not restart:
            break
    add(data[done:])
    return b"".join(pieces)


def _prefix_of_formatted(data: bytes, start: int) -> tuple[int, bool] | None:
    """The length of the prefix of an f-string or t-string before the quote at `start`, and whether it is raw."""
    last = data[start - 1]
    second = data[start - 2] if start > 1 else 32
    if last in b"fFtT":
        if second in b"rR" and (start < 3 or data[start - 3] not in _NAME_BYTES):
            return 2, True
        return None if second in _NAME_BYTES else (1, False)
    if second in b"fFtT" and (start < 3 or data[start - 3] not in _NAME_BYTES):
        return 2, True
    return None


def _fields(text: bytes) -> bytes:
    """What stands for an f-string whose fields are simple."""
    fields = [
        re.sub(_QUOTED, b'"', field) if b"'" in field or b'"' in field else field for field in _FIELD.findall(text)
    ]
    return b'"' + _FIELDS_OPEN + b",".join(fields) + _FIELDS_CLOSE


def _formatted(data: bytes, start: int, raw: bool) -> tuple[bytes, int]:
    """What stands for the f-string whose opening quote is at `start`, and where it ends; -1 when it does not end."""
    pieces: list[bytes] = []
    strings: list[_Formatted] = []
    at = _open_formatted(strings, pieces, data, start, raw)
    while strings and at >= 0:
        string = strings[-1]
        read = _read_field if string.brackets > string.specs else _read_literal
        at = read(strings, pieces, data, at)
    return b"".join(pieces), at


class _Formatted:
    """An open f-string: its quote, whether it is raw, how many brackets and format specifications are open in it."""

    __slots__ = ("brackets", "quote", "raw", "specs")

    def __init__(self, quote: bytes, raw: bool) -> None:
        self.quote = quote
        self.raw = raw
        self.brackets = 0
        self.specs = 0


def _open_formatted(strings: list[_Formatted], pieces: list[bytes], data: bytes, start: int, raw: bool) -> int:
    quote = data[start : start + 3]
    if quote not in (b'"""', b"'''"):
        quote = data[start : start + 1]
    strings.append(_Formatted(quote, raw))
    pieces.append(b'"' + _FIELDS_OPEN)
    return start + len(quote)


_LITERAL_STOP = re.compile(rb"[\\{}\"'\r\n]")
_FIELD_STOP = re.compile(rb"[#\"'(\[{)\]}:\r\n]")
# The characters that an f-string's backslash takes with it; before any other it stands alone.
_ESCAPED = frozenset(b"\n\r\\'\"abfnrtvx0123456789NuU")


def _read_literal(strings: list[_Formatted], pieces: list[bytes], data: bytes, at: int) -> int:
    """Read the literal part of the innermost f-string up to a field or the end; -1 when it does not end."""
    string = strings[-1]
    in_spec = string.specs > 0
    named = False
    while True:
        found = _LITERAL_STOP.search(data, at)
        if not found:
            return -1
        at = found.start()
        byte = data[at]
        if byte == 10 or byte == 13:
            if len(string.quote) == 1:
                return -1
            pieces.append(_FOLDED if byte == 10 else b"")
            at += 1
        elif byte == 34 or byte == 39:
            if data.startswith(string.quote, at):
                strings.pop()
                pieces.append(_FIELDS_CLOSE)
                return at + len(string.quote)
            at += 1
        elif byte == 92:
            at = _after_backslash(string, in_spec, data, at)
            if data[at - 1] == 10:
                pieces.append(_FOLDED)
            named = named or (not string.raw and not in_spec and data.startswith(b"N{", at - 2))
        elif byte == 123:
            if in_spec or not data.startswith(b"{{", at):
                pieces.append(b"(" if string.brackets else b",")
                string.brackets += 1
                return at + 1
            at += 2
        elif named:
            named = False
            at += 1
        elif in_spec:
            string.specs -= 1
            string.brackets -= 1
            if string.brackets:
                pieces.append(b")")
            return at + 1
        elif data.startswith(b"}}", at):
            at += 2
        else:
            return -1


def _after_backslash(string: _Formatted, in_spec: bool, data: bytes, at: int) -> int:
    """Where the literal goes on after the backslash at `at`."""
    at += 1
    following = data[at] if at < len(data) else 0
    if string.raw:
        return at + 1 if following in b"\"'\\" else at
    if in_spec:
        return at if following in b"{}" else at + 1
    if following not in _ESCAPED:
        return at
    if following == 13 and data.startswith(b"\r\n", at):
        return at + 2
    return at + 2 if data.startswith(b"N{", at) else at + 1


def _read_field(strings: list[_Formatted], pieces: list[bytes], data: bytes, at: int) -> int:
    """Read the code in a field of the innermost f-string up to what ends it; -1 when the text ends before."""
    string = strings[-1]
    while True:
        found = _FIELD_STOP.search(data, at)
        if not found:
            pieces.append(data[at:])
            return -1
        start = found.start()
        byte = data[start]
        if byte == 34 or byte == 39:
            formatted = _prefix_of_formatted(data, start)
            if formatted:
                pieces.append(data[at : start - formatted[0]])
                return _open_formatted(strings, pieces, data, start, formatted[1])
            plain = _LEXEME.match(data, start)
            if not plain or plain.group() in _UNENDED:
                pieces.append(data[at:start])
                return -1
            pieces.append(data[at:start] + b'"' + _FOLDED * data.count(b"\n", start, plain.end()))
            at = plain.end()
            continue
        pieces.append(data[at:start])
        at = start + 1
        if byte == 35:
            end = _LINE_END.search(data, at)
            at = end.start() if end else len(data)
        elif byte == 10:
            pieces.append(_FOLDED)
        elif byte in b"([{":
            string.brackets += 1
            pieces.append(b"(")
        elif byte in b")]}":
            string.brackets -= 1
            if string.brackets:
                pieces.append(b")")
            if string.brackets <= string.specs:
                return at
        elif byte == 58:
            pieces.append(b":")
            if string.brackets - string.specs == 1:
                string.specs += 1
                return at


_LINE_END = re.compile(rb"[\r\n]")
_FORMATTING = frozenset(b"fFtTrR")
