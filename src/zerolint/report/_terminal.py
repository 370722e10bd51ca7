"""What a terminal may be sent: when colour is wanted, how wide text is, and what must be escaped first.

Names and source lines come from files that nobody has checked. A control character in them could move the cursor, hide
a line or rewrite the window title, and a bidirectional mark could reorder code on the screen, so both are shown as
Python escapes. Text is laid out as lines of (text, style) segments; a style is the name of a `STYLES` entry or "".
Only `join` with colour imports rich: a plain report must not pay for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

Segment = tuple[str, str]
Line = list[Segment]

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "good": "bold green",
    "strong": "bold",
    "quiet": "dim",
    "rail": "blue",
    "link": "underline blue",
}

TAB = 4

_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_KEPT_FORMAT_CHARACTERS = {"\u200c", _ZERO_WIDTH_JOINER}
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def terminal_color(choice: str, environment: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether to write colours. `choice` is `always`, `never` or `auto`; `auto` asks the environment, then the stream.

    Precedence: NO_COLOR (https://no-color.org), FORCE_COLOR (https://force-color.org, `0` and `false` meaning no),
    CLICOLOR_FORCE, CLICOLOR (https://bixense.com/clicolors), TERM=dumb, and at last whether the stream is a terminal.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    force = environment.get("FORCE_COLOR", "")
    if force:
        return force.lower() not in ("0", "false")
    if environment.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if environment.get("CLICOLOR") == "0" or environment.get("TERM") == "dumb":
        return False
    return is_terminal


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """For each code point what is shown for it and how many cells that takes, with tabs expanded.

    East Asian wide characters and emoji take two cells; what combines with the character before it takes none.
    """
    if text.isascii() and text.isprintable():
        for character in text:
            yield character, 1
        return
    from unicodedata import category, combining, east_asian_width

    column = 0
    before = ""
    width_before = 0
    for character in text:
        shown, width = character, 1
        kind = category(character)
        if character == "\t":
            width = TAB - column % TAB
            shown = " " * width
        elif kind in ("Cc", "Cs", "Zl", "Zp") or (kind == "Cf" and character not in _KEPT_FORMAT_CHARACTERS):
            shown = _escaped(character)
            width = len(shown)
        elif character == _EMOJI_STYLE and width_before == 1 and category(before) == "So":
            width = 1
        elif kind in ("Mn", "Me", "Cf") or combining(character) or "\u1160" <= character <= "\u11ff":
            width = 0
        elif east_asian_width(character) in "WF":
            joined = before == _ZERO_WIDTH_JOINER or "\U0001f3fb" <= character <= "\U0001f3ff"
            width = 0 if joined and width_before != 1 else 2
        yield shown, width
        column += width
        before, width_before = character, width


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def escape(text: str) -> str:
    """Text of unknown origin as one line that a terminal cannot misread."""
    if text.isascii() and text.isprintable():
        return text
    shown = (piece for piece, _ in pieces(text))
    return "".join(_SHORT_ESCAPES.get(character, piece) for character, piece in zip(text, shown, strict=True))


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(width for _, width in pieces(text))


def wrap(text: str, first: int, rest: int) -> list[str]:
    """Break text at spaces into lines of at most `first`, then `rest` cells. A longer word keeps its own line."""
    lines: list[str] = []
    line, taken = "", 0
    for word in text.split(" "):
        width = cells(word)
        limit = rest if lines else first
        if line and taken + 1 + width > limit:
            lines.append(line)
            line, taken = word, width
        else:
            line, taken = (f"{line} {word}", taken + 1 + width) if line else (word, width)
    return [*lines, line]


def join(lines: Iterable[Line], color: bool) -> str:
    """The lines as text with an end of line after each. Colours are the sixteen that every terminal's theme sets."""
    if not color:
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(definition) for name, definition in STYLES.items()}
    plain = Style.null()
    return "".join(
        "".join(styles.get(style, plain).render(text, color_system=ColorSystem.STANDARD) for text, style in line) + "\n"
        for line in lines
    )
