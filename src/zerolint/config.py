"""`[tool.zerolint]` in pyproject.toml, or zerolint.toml -> `Settings`.

The nearest file wins, alone: settings of files further up are not mixed in. What the command line says comes on top.
A file that is wrong is an error that names the file and the key, never a guess.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerolint.finding import Consequence, Fact, Level
from zerolint.records import NamedTuple
from zerolint.rule import Rule

if TYPE_CHECKING:
    import pathspec

TARGETS = ("auto", "zerogpu", "any")

# No honest configuration comes near this size, in bytes; the TOML parser would take seconds for what does.
_SIZE_LIMIT = 1_000_000
_FILE_NAMES = ("zerolint.toml", "pyproject.toml")
# No number of a fact comes near this one.
_MOST = 10**12
_VERSION = r"\d+(\.\d+)+"
_GROUPS = frozenset({"all", *(consequence.value for consequence in Consequence)})


class ConfigError(Exception):
    """A configuration that cannot be used; the text is one line that names the file, and the key or the line."""


class Settings(NamedTuple):
    """What is in force for one Space.

    `select` is None for all rules that are on by default. Selectors are codes, names, consequences and `ALL`. `exclude`
    and the patterns of `per_file_ignores` are those of .gitignore, relative to the folder of the configuration file;
    `prefix` is the Space's root relative to that folder (`/`-separated, "" for the folder itself). `facts` are told
    otherwise than `zerolint.facts` has them, by name, with tuples in place of lists.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    target: str = "auto"
    fail_on: Level = Level.WARNING
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    prefix: str = ""
    facts: tuple[tuple[str, Fact], ...] = ()

    def excludes(self, path: str) -> bool:
        """Does `exclude` cover this file of the Space?"""
        return bool(self.exclude) and _patterns(self.exclude).match_file(self._from_folder(path))

    def ignored_in(self, path: str) -> tuple[str, ...]:
        """The selectors of the rules that are off in this file of the Space."""
        place = self._from_folder(path)
        return tuple(
            selector
            for pattern, selectors in self.per_file_ignores
            if _patterns((pattern,)).match_file(place)
            for selector in selectors
        )

    def _from_folder(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path


class CommandLine(NamedTuple):
    """What the command line says about settings; None where it is silent.

    `select` replaces the whole selection of the configuration, its `ignore` included; `ignore` and `extend_select` add.
    `config` is used in place of the nearest file; `isolated` uses none.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    target: str | None = None
    fail_on: Level | None = None
    config: Path | None = None
    isolated: bool = False


def matches(selector: str, rule: Rule) -> bool:
    """Does a code, a name, a consequence or `ALL` select the rule? Groups leave out rules that are off by default."""
    word = selector.lower()
    if word in (rule.code.lower(), rule.name):
        return True
    return rule.default and word in ("all", rule.consequence.value)


def unknown(selectors: Iterable[str], rules: Iterable[Rule]) -> list[str]:
    """The selectors that mean nothing, in their order."""
    known = _GROUPS.union(*((rule.code.lower(), rule.name) for rule in rules))
    return [selector for selector in selectors if selector.lower() not in known]


def close_names(word: str, rules: Iterable[Rule]) -> list[str]:
    """The names of rules that a misspelt one resembles, the nearest first; for a code nothing."""
    import difflib

    return difflib.get_close_matches(word.lower(), [rule.name for rule in rules], n=3, cutoff=0.6)


def did_you_mean(word: str, rules: Iterable[Rule]) -> str:
    """The end of a message about an unknown rule: `; did you mean ...?`, or ""."""
    near = close_names(word, rules)
    return f"; did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""


def choose(rules: Iterable[Rule], settings: Settings) -> tuple[Rule, ...]:
    """The rules that the settings select, in the given order. `ignore` wins over `select` and `extend_select`."""

    def chosen(rule: Rule) -> bool:
        if settings.select is None:
            selected = rule.default
        else:
            selected = any(matches(selector, rule) for selector in settings.select)
        selected = selected or any(matches(selector, rule) for selector in settings.extend_select)
        return selected and not any(matches(selector, rule) for selector in settings.ignore)

    return tuple(rule for rule in rules if chosen(rule))


def settings_for(root: Path, command_line: CommandLine, rules: Iterable[Rule]) -> Settings:
    """The settings of the Space at `root`. Raises ConfigError."""
    root = root.resolve()
    file = None if command_line.isolated else command_line.config or nearest(root)
    settings = Settings()
    if file is not None:
        folder = file.parent.resolve()
        settings = load(file, tuple(rules))
        # A configuration given by hand may lie elsewhere; its patterns are then relative to the Space.
        prefix = root.relative_to(folder).as_posix() if root.is_relative_to(folder) else "."
        settings = settings._replace(prefix="" if prefix == "." else prefix)
    if command_line.select is not None:
        settings = settings._replace(select=command_line.select, ignore=(), extend_select=())
    return settings._replace(
        ignore=settings.ignore + command_line.ignore,
        extend_select=settings.extend_select + command_line.extend_select,
        target=command_line.target or settings.target,
        fail_on=command_line.fail_on or settings.fail_on,
    )


def nearest(folder: Path) -> Path | None:
    """The configuration file of a folder: its own or the nearest above it, not beyond a folder with `.git`.

    Raises ConfigError for a file that cannot be read. A pyproject.toml without `[tool.zerolint]` does not count.
    """
    for name in _FILE_NAMES:
        file = folder / name
        if _is_file(file) and (name == "zerolint.toml" or _table(file) is not None):
            return file
    if folder.parent == folder or os.path.lexists(folder / ".git"):
        return None
    return nearest(folder.parent)


def load(file: Path, rules: tuple[Rule, ...]) -> Settings:
    """The settings that a file holds; `rules` are those that its selectors may name. Raises ConfigError."""
    table = _table(file)
    values: dict[str, Any] = {}
    for key, value in (table or {}).items():
        reader = _KEYS.get(key)
        if reader is None:
            raise ConfigError(f"{_shown(file)}: unknown key `{key}`; the keys are {_listed(_KEYS)}")
        values[key.replace("-", "_")] = reader(_Place(file, key, rules), value)
    return Settings(**values)


def _is_file(file: Path) -> bool:
    """False for what cannot be looked at, and for a pipe or a device that would never end."""
    try:
        return file.is_file()
    except OSError:
        return False


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{_shown(file)}: cannot be read: {error.strerror}") from error
    if len(content) > _SIZE_LIMIT:
        raise ConfigError(f"{_shown(file)}: larger than {_SIZE_LIMIT:,} bytes")
    return content


def _table(file: Path) -> Mapping[str, object] | None:
    """zerolint's own table, None when the file has none. In zerolint.toml it is the file, `[tool.zerolint]` or not."""
    content = _content(file)
    if file.name == "pyproject.toml" and b"zerolint" not in content:
        return None
    document = _document(content, _shown(file))
    tool = document.get("tool")
    if file.name == "pyproject.toml" or set(document) == {"tool"}:
        if tool is not None and not isinstance(tool, dict):
            raise ConfigError(f"{_shown(file)}: `tool` is not a table")
        table = (tool or {}).get("zerolint")
        if table is not None and not isinstance(table, dict):
            raise ConfigError(f"{_shown(file)}: `tool.zerolint` is not a table")
        return table
    return document


@lru_cache(maxsize=16)
def _document(content: bytes, shown: str) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: not UTF-8 at byte {error.start}") from error
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"{shown}: invalid TOML: nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        # Without a line, it is what the document ends with.
        found = re.search(r"at line (\d+)", str(error))
        line = found.group(1) if found else text.rstrip().count("\n") + 1
        raise ConfigError(f"{shown}:{line}: invalid TOML: {error}") from error
    return document


class _Place(NamedTuple):
    """Where a value stands: for messages, and with the rules that selectors may name."""

    file: Path
    key: str
    rules: tuple[Rule, ...]

    def error(self, message: str) -> ConfigError:
        return ConfigError(f"{_shown(self.file)}: `{self.key}` {message}")


def _strings(place: _Place, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise place.error("is not a list of strings")
    return tuple(value)


def _selectors(place: _Place, value: object) -> tuple[str, ...]:
    selectors = _strings(place, value)
    for word in unknown(selectors, place.rules):
        raise place.error(f"names the unknown rule `{word}`{did_you_mean(word, place.rules)}")
    return selectors


def _word(place: _Place, value: object, words: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise place.error("is not a string")
    if value not in words:
        raise place.error(f"is `{value}`; it can be {_listed(words)}")
    return value


def _gitignore_patterns(place: _Place, value: object) -> tuple[str, ...]:
    patterns = _strings(place, value)
    for pattern in patterns:
        try:
            _patterns((pattern,))
        except ValueError as error:
            raise place.error(f"has the invalid pattern `{pattern}`") from error
    return patterns


def _per_file_ignores(place: _Place, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise place.error("is not a table from patterns to lists of rules")
    _gitignore_patterns(place, list(value))
    return tuple(
        (pattern, _selectors(place._replace(key=f"{place.key}.{pattern}"), rules)) for pattern, rules in value.items()
    )


def _facts(place: _Place, value: object) -> tuple[tuple[str, Fact], ...]:
    """Values in place of those of the facts. Dotted names may be quoted, or be what TOML makes of them: tables."""
    from zerolint import facts

    if not isinstance(value, dict):
        raise place.error("is not a table from the names of facts to values")
    known = facts.all_facts()
    found: dict[str, Fact] = {}
    for name, given in _leaves(value):
        if name not in known:
            raise place.error(f"names the unknown fact `{name}`{_near_facts(name, known)}")
        if name in found:
            raise place.error(f"gives `{name}` twice")
        if given == [] and known[name].value:
            raise place._replace(key=f"{place.key}.{name}").error("is empty")
        if wrong := _misfit(given, known[name].value):
            raise place._replace(key=f"{place.key}.{name}").error(wrong)
        file = _shown(place.file)
        found[name] = facts.frozen(Fact(given, f"configuration ({file})", "", file))
    return tuple(sorted(found.items()))


def _leaves(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """What stands in a table and in the tables within it, by dotted names."""
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            yield from _leaves(value, f"{name}.")
        else:
            yield name, value


def _near_facts(name: str, known: Iterable[str]) -> str:
    import difflib

    within = [other for other in known if other.startswith(f"{name}.")]
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6) if not within else within[:3]
    return f"; did you mean {' or '.join(f'`{other}`' for other in near)}?" if near else "; see `zerolint facts`"


def _misfit(value: object, known: object) -> str:
    """What is wrong with a value in place of another, as the end of a sentence; "" when rules can work with it."""
    if isinstance(known, list):
        return _misfit_of_list(value, known)
    if isinstance(known, bool):
        return "" if isinstance(value, bool) else "is not true or false"
    if isinstance(known, (int, float)):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"is not a number, as `{known}` is"
        return "" if (0 if known else -1) < value < _MOST else f"is not a number above {0 if known else -1}"
    if not isinstance(value, str):
        return f'is not a string, as `"{known}"` is'
    if re.fullmatch(_VERSION, str(known)) and not re.fullmatch(_VERSION, value):
        return f'is not a version, as `"{known}"` is'
    return "" if value or not known else "is empty"


def _misfit_of_list(value: object, known: list[Any]) -> str:
    if not isinstance(value, list):
        return "is not a list"
    rows = [item for item in known if isinstance(item, list)]
    lengths = sorted({len(row) for row in rows})
    for item in value:
        if not isinstance(item, list) or len(rows) < 2:
            wrong = [_misfit(item, other) for other in known]
        elif len(item) in lengths:
            # Of a row, each place has its own meaning.
            wrong = [_first(map(_misfit, item, row)) for row in rows if len(row) == len(item)]
        else:
            wrong = [f"is a list of {len(item)}, where others have {' or '.join(map(str, lengths))} values"]
        if wrong and all(wrong):
            return f"holds a value that {wrong[0]}"
    return ""


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


_KEYS: dict[str, Callable[[_Place, object], object]] = {
    "select": _selectors,
    "ignore": _selectors,
    "extend-select": _selectors,
    "target": lambda place, value: _word(place, value, TARGETS),
    "fail-on": lambda place, value: Level(_word(place, value, tuple(level.value for level in Level))),
    "exclude": _gitignore_patterns,
    "per-file-ignores": _per_file_ignores,
    "facts": _facts,
}


@lru_cache(maxsize=256)
def _patterns(lines: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _shown(file: Path) -> str:
    """The file as the user would write it: relative to the working folder when it is below that."""
    path, here = file.parent.resolve() / file.name, Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
