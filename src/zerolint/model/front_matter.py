"""What the front matter of the README says that the Hub reads otherwise, refuses or ignores.

Only keys and values that Hugging Face's documentation or the Hub's own answer to a push tell of: a Space may have any
other key, which then does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Edit, Span
from zerolint.model.versions import release
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.read.readme import Entry, Readme

# Keys that mean something to the Hub though no Space is configured by them; a short way from those that are.
_OTHER_KEYS = frozenset({"license_name", "license_link", "base_model", "library_name", "pipeline_tag"})
_SWITCHES = ("pinned", "fullWidth", "hf_oauth", "disable_embedding")
_DURATION = r"(?:\d+(?:\.\d+)?[ ]*[a-zA-Z]+[ ,]*)+"
_COMMIT = r"[0-9a-f]{7,40}"


class Shortened(NamedTuple):
    """A version without quotes that is a number to YAML and loses its last zero: `3.10` is `number`, 3.1."""

    entry: Entry
    number: str


class OtherPython(NamedTuple):
    """A Python version that ZeroGPU does not have. `supported` is the version it has of the same series, or None."""

    entry: Entry
    supported: str | None


class IgnoredKey(NamedTuple):
    """A key that does nothing. `meant` is the key that does what was meant, or ""; `there` where it stands already."""

    entry: Entry
    meant: str
    there: Span | None
    is_misspelt: bool


class WrongValue(NamedTuple):
    """A value that the Hub does not take.

    `problem` is a sentence that says so, `advice` what to do, a verb first. `replacement` is what stands at `at` after
    it, or None when only the author knows. `is_refused` says that the Hub was seen to refuse such a push, `is_shown`
    that the value only decides how the Space looks. `fact` names what the value is held against, or is "".
    """

    at: Span
    problem: str
    advice: str
    replacement: str | None = None
    is_refused: bool = False
    is_shown: bool = False
    fact: str = ""


def shortened(readme: Readme) -> tuple[Shortened, ...]:
    """The versions of a Gradio Space that YAML makes other numbers of."""
    entries = readme.known
    if readme.text("sdk") != "gradio":
        return ()
    found: list[Shortened] = []
    for key in ("python_version", "sdk_version"):
        entry = entries.get(key)
        if entry is not None and isinstance(entry.value, float) and re.fullmatch(r"\d+\.\d+", entry.text):
            number = repr(entry.value)
            if _series(entry.text) != _series(number):
                found.append(Shortened(entry, number))
    return tuple(found)


def other_python(readme: Readme) -> OtherPython | None:
    """The Python version of the front matter when ZeroGPU does not have it, unless YAML makes another one of it."""
    entry = readme.known.get("python_version")
    if entry is None or not entry.text.strip() or any(item.entry is entry for item in shortened(readme)):
        return None
    version = entry.text.strip()
    supported: list[str] = fact("python.supported").value
    if any(version in (name, name.rpartition(".")[0]) for name in supported):
        return None
    series = release(version)[:2]
    return OtherPython(entry, next((name for name in supported if release(name)[:2] == series), None))


def ignored_keys(readme: Readme) -> tuple[IgnoredKey, ...]:
    """The keys that do nothing: those that Spaces do not have, and known ones that are misspelt."""
    entries = readme.known
    keys: list[str] = fact("readme.keys").value
    without_effect: dict[str, str] = dict(fact("readme.without_effect").value)
    found: list[IgnoredKey] = []
    for entry in entries.values():
        meant = without_effect.get(entry.key)
        is_misspelt = meant is None
        if meant is None:
            meant = _misspelt(entry.key, keys)
            if meant is None:
                continue
        elif meant == "suggested_hardware" and entry.text not in fact("readme.hardware").value:
            # Under that key the value would be refused.
            meant = ""
        there = entries[meant].key_span if meant in entries else None
        found.append(IgnoredKey(entry, meant, there, is_misspelt))
    return tuple(found)


def line_edit(readme: Readme, entry: Entry, text: str) -> Edit | None:
    """The edit that takes a key with its value away; None where it does not stand on lines of its own."""
    if entry.key_span.start_column != 1 or re.search(r"&\w", text):
        return None
    span = Span(readme.path, entry.key_span.start_line, 1, entry.value_span.end_line + 1, 1)
    return Edit(span, "")


def _series(version: str) -> tuple[int, ...]:
    numbers = list(release(version))
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _misspelt(key: str, keys: list[str]) -> str | None:
    """The known key that another one was meant to be: other separators or capitals, or one letter wrong."""
    if key in keys or key in _OTHER_KEYS:
        return None
    plain = _plain(key)
    for known in keys:
        if plain == _plain(known) or ("_" in known and _is_one_slip(key, known)):
            return known
    return None


def _plain(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


def _is_one_slip(word: str, other: str) -> bool:
    """Whether one letter more, less or other, or two that changed places, are all that is between two words."""
    if abs(len(word) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    one, two = word[start:], other[start:]
    return one[1:] == two[1:] or one[1:] == two or one == two[1:] or (one[1::-1] == two[:2] and one[2:] == two[2:])


def wrong_values(readme: Readme) -> Iterator[WrongValue]:
    """The values of the front matter that the Hub does not take, in no order."""
    entries = readme.known
    for check in (_sdk, _colors, _description, _emoji, _hardware, _header, _switches, _timeout, _oauth):
        yield from check(entries)
    for later in (_base_path, _custom_headers, _preloads):
        yield from later(entries)


def _text(entries: Mapping[str, Entry], key: str) -> str | None:
    """What a scalar says; None when there is no such key, or nothing under it."""
    entry = entries.get(key)
    if entry is None or entry.value is None or isinstance(entry.value, (list, dict)) or not entry.text.strip():
        return None
    return entry.text.strip()


def _sdk(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "sdk")
    known: list[str] = fact("readme.sdks").value
    if text is None or text in known or text == "streamlit":
        return
    meant = text.lower() if text.lower() in known else None
    problem = f"`sdk` is {_any_of(known)}, not `{_short(text)}`"
    advice = f"Write `{meant}`" if meant else f"Choose {_any_of(known)}"
    yield WrongValue(entries["sdk"].value_span, problem, advice, meant, fact="readme.sdks")


def _colors(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    known: list[str] = fact("readme.colors").value
    for key in ("colorFrom", "colorTo"):
        text = _text(entries, key)
        if text is not None and text not in known:
            meant = {**{name: name for name in known}, "grey": "gray"}.get(text.lower())
            yield WrongValue(
                entries[key].value_span,
                f"`{key}` is {_any_of(known)}; a push with `{_short(text)}` is refused",
                f"Write `{meant}`" if meant else "Choose one of these colours",
                meant,
                is_refused=True,
                fact="readme.colors",
            )


def _description(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "short_description")
    most: int = fact("readme.description_length").value
    if text is not None and len(text) > most:
        yield WrongValue(
            entries["short_description"].value_span,
            f"`short_description` has {len(text)} characters; a push with more than {most} is refused",
            f"Shorten it to {most} characters",
            is_refused=True,
            fact="readme.description_length",
        )


def _emoji(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "emoji")
    if text is not None and re.search(r"[A-Za-z]", text):
        problem = f"`emoji` takes an emoji itself, not `{_short(text)}`"
        yield WrongValue(entries["emoji"].value_span, problem, "Write the character", is_shown=True)


def _hardware(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "suggested_hardware")
    known: list[str] = fact("readme.hardware").value
    if text is None or text in known:
        return
    meant: str | None = None
    # A flavour that is newer than the list looks like those in it, and is let pass.
    if "zero" in text.lower():
        meant = "zero-a10g" if "zero-a10g" in known else None
    elif text.lower().replace("_", "-") in known:
        meant = text.lower().replace("_", "-")
    elif text.lower() not in ("gpu", "cpu") and not any(
        re.fullmatch(rf"{re.escape(text.lower())}(x\d+|-.*)", name) for name in known
    ):
        return
    yield WrongValue(
        entries["suggested_hardware"].value_span,
        f"`{_short(text)}` is no hardware flavour"
        + (f"; the name of ZeroGPU is `{meant}`" if meant == "zero-a10g" else ""),
        f"Write `{meant}`"
        if meant
        else "Choose a flavour, such as " + " or ".join(f"`{name}`" for name in _near(text, known)),
        meant,
        fact="readme.hardware",
    )


def _near(text: str, known: list[str]) -> list[str]:
    near = [name for name in known if name.startswith(text.lower()[:3])]
    return (near or [name for name in known if not name.startswith("cpu")])[:2]


def _header(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "header")
    known: list[str] = fact("readme.headers").value
    if text is not None and text not in known:
        meant = text.lower() if text.lower() in known else None
        problem = f"`header` is {_any_of(known)}, not `{_short(text)}`"
        advice = f"Write `{meant}`" if meant else f"Choose {_any_of(known)}"
        yield WrongValue(entries["header"].value_span, problem, advice, meant, is_shown=True, fact="readme.headers")


def _switches(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    for key in _SWITCHES:
        text = _text(entries, key)
        # `yes` is true or a word, as the reader of YAML will have it.
        if text is None or isinstance(entries[key].value, bool) or text.lower() in ("true", "false"):
            continue
        problem = f"`{key}` is `true` or `false`, not `{_short(text)}`"
        at = entries[key].value_span
        yield WrongValue(at, problem, "Write `true` or `false`", is_shown=key in ("pinned", "fullWidth"))


def _timeout(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "startup_duration_timeout")
    if text is None or re.fullmatch(_DURATION, text):
        return
    problem = f"`startup_duration_timeout` is a duration with its unit (`1h`, `30m`), not `{_short(text)}`"
    yield WrongValue(entries["startup_duration_timeout"].value_span, problem, "Write the unit, as in `1h` or `30m`")


def _oauth(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "hf_oauth_expiration_minutes")
    most: int = fact("readme.oauth_minutes").value
    if text is None or (re.fullmatch(r"[0-9]{1,9}", text) and int(text) <= most):
        return
    number = re.fullmatch(r"[0-9_]+(?:\.[0-9]+)?", text)
    problem = (
        f"`hf_oauth_expiration_minutes` is at most {most}, not {_short(text)}"
        if number
        else f"`hf_oauth_expiration_minutes` is a number of minutes, not `{_short(text)}`"
    )
    yield WrongValue(
        entries["hf_oauth_expiration_minutes"].value_span,
        problem,
        f"Write a number of minutes up to {most}",
        fact="readme.oauth_minutes",
    )


def _base_path(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    text = _text(entries, "base_path")
    if text is None or text.startswith("/") or _text(entries, "sdk") == "static":
        return
    replacement = f'"/{text}"' if re.fullmatch(r"[\w./?=&%~-]+", text) and "://" not in text else None
    at = entries["base_path"].value_span
    yield WrongValue(
        at, f"`base_path` begins with `/`, and `{_short(text)}` does not", "Begin it with `/`", replacement
    )


def _custom_headers(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    entry = entries.get("custom_headers")
    known: list[str] = fact("readme.custom_headers").value
    if entry is None or entry.value is None:
        return
    if not isinstance(entry.value, dict):
        problem = "`custom_headers` is a mapping of headers to values"
        yield WrongValue(
            entry.value_span, problem, "Write each header on a line of its own", fact="readme.custom_headers"
        )
        return
    for part in entry.parts:
        if part.key not in known and part.key.lower() in known:
            problem = f"`{_short(part.key)}` is not in small letters, which headers have to be here"
            yield WrongValue(part.span, problem, f"Write `{part.key.lower()}`", fact="readme.custom_headers")
        elif part.key not in known:
            problem = f"`{_short(part.key)}` is not among the headers that a Space may set: {', '.join(known)}"
            yield WrongValue(part.span, problem, "Remove it", fact="readme.custom_headers")
        elif isinstance(part.value, str) and part.value != part.value.lower():
            problem = f"`{_short(part.value)}` is not in small letters, which the values of headers have to be here"
            yield WrongValue(part.span, problem, f"Write `{_short(part.value.lower())}`", fact="readme.custom_headers")


def _preloads(entries: Mapping[str, Entry]) -> Iterator[WrongValue]:
    entry = entries.get("preload_from_hub")
    if entry is None or entry.value is None:
        return
    if not isinstance(entry.value, list):
        yield WrongValue(entry.value_span, "`preload_from_hub` is a list", "Write each repository on a line with `- `")
        return
    for part in entry.parts:
        if not isinstance(part.value, str):
            continue
        words = part.value.split()
        if words and "://" in words[0]:
            problem = f"`{_short(words[0])}` is an address; an item names a repository, and files after a space"
            yield WrongValue(part.span, problem, "Write the name of the repository, such as `openai-community/gpt2`")
        elif len(words) > 2 and words[1].endswith(",") and not re.fullmatch(_COMMIT, words[2]):
            problem = (
                f"After the space, `{_short(words[2])}` is taken for a commit: file names have commas between them only"
            )
            yield WrongValue(part.span, problem, "Remove the spaces between the file names")


def _any_of(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted[:-1]) + " or " + quoted[-1]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."
