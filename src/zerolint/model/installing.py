"""Packages that the app has pip install when it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.model import syntax
from zerolint.model.syntax import Call
from zerolint.model.values import External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

# What runs a command, and pip itself.
_COMMANDS = frozenset(
    """os.system os.popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    subprocess.getoutput subprocess.getstatusoutput""".split()
)
_MAINS = frozenset({"pip.main", "pip._internal.main", "pip._internal.cli.main.main"})
_LAST = frozenset(path.rsplit(".", 1)[-1] for path in (*_COMMANDS, *_MAINS))
# These raise when the command fails.
_RAISING = frozenset({"subprocess.check_call", "subprocess.check_output"})
_INSTALL = r"\bpip3?(?:\.\d+)?\s+install\b(.*)"
# Tests that ask whether a package is there: in a new container it is not.
_ABSENCE = r"available|find_spec|exists|isdir|isfile|installed|has_package|import_module"
# A position that no argument has: the parameter is given by its name.
_NOWHERE = 99
# Stands for what is not known.
_UNKNOWN = "…"


class Installation(NamedTuple):
    """A call at start-up that has pip install something.

    `what` is the first requirement, "" when it is not known. `environment` is the node of `env=` with which nothing of
    the app's own environment reaches pip; None when it does. `is_checked` is False when nobody asks for the outcome.
    """

    call: Call
    what: str
    environment: Any | None
    is_checked: bool


def installations(space: Space) -> Iterator[Installation]:
    """The calls by which the app installs packages whenever it starts, by file and place."""
    for module in space.modules_with(b"pip"):
        for scope in module.scopes:
            for call in scope.calls:
                if _last_name(call.node.func) in _LAST and call.node.args:
                    found = _judged(space, call)
                    if found is not None and _always_runs(space, found):
                        yield found


def _judged(space: Space, call: Call) -> Installation | None:
    program, point = space.program, point_of(call)
    command = _text(space, call.node.args[0].value, point)
    if re.match(r"install\b", command):
        command = f"pip {command}"
    found = re.search(_INSTALL, command, re.DOTALL)
    if not found or program.is_dead(call.block):
        return None
    paths = [value.path for value in program.evaluate(call.node.func, point) if isinstance(value, External)]
    if len(paths) != 1 or paths[0] not in _COMMANDS | _MAINS:
        return None
    environment = program.argument(call, _NOWHERE, "env") if paths[0].startswith("subprocess.") else None
    if environment is not None and not _is_bare(environment):
        environment = None
    check = program.argument(call, _NOWHERE, "check")
    constant = program.constant(check, point) if check is not None else None
    is_checked = paths[0] in _RAISING or (check is not None and (constant is None or bool(constant.value)))
    return Installation(call, _first_requirement(found[1]), environment, is_checked)


def _is_bare(node: Any) -> bool:
    """Whether a dictionary is written with keys only, and without PATH."""
    if type(node).__name__ != "Dict" or not node.elements:
        return False
    keys = [getattr(element, "key", None) for element in node.elements]
    return all(
        key is not None and type(key).__name__ == "SimpleString" and key.value.strip("'\"") != "PATH" for key in keys
    )


def _first_requirement(options: str) -> str:
    words = iter(re.split(r"[;&|]", options)[0].split())
    for word in words:
        if word in ("-r", "--requirement", "-f", "--find-links", "-i", "--index-url", "--extra-index-url", "-c", "-t"):
            if word in ("-r", "--requirement"):
                return f"-r {next(words, _UNKNOWN)}"
            next(words, None)
        elif word in ("--config-settings", "--global-option", "--target", "--prefix", "--upgrade-strategy"):
            next(words, None)
        elif not word.startswith("-"):
            return word.strip("'\"")
    return ""


def _always_runs(space: Space, found: Installation) -> bool:
    """Whether a call runs at each start: at the module level or called from there, and not only for want of something
    that may be there."""
    call = found.call
    if not space.placements.starts(call.function):
        return False
    name = _name_of(found.what)
    for block in syntax.blocks_of(call.block):
        if block.kind == syntax.WITH:
            continue
        if block.kind == syntax.IF:
            if space.program.decide(block.node, Point(block.scope, block.parent, block.order + 1)) is not None:
                continue
            if not re.search(_ABSENCE, space.code(call.scope.module, block.node, 400)):
                return False
        elif block.kind != syntax.EXCEPT:
            return False
        # It may be there because something else needs it; these are not, unless the requirements name them.
        if name not in dict(fact("builds.without_torch").value) or any(item.name == name for item in space.installed):
            return False
    return True


def _name_of(requirement: str) -> str:
    """The canonical name of what a requirement installs, "" when it does not tell."""
    if not requirement or _UNKNOWN in requirement or requirement.startswith("-"):
        return ""
    place = re.split(r"[?#]", requirement)[0].rstrip("/")
    last = place.rpartition("/")[2]
    name = (
        re.split(r"[\[=<>!~;\s@-]", last)[0] if last.endswith(".whl") else re.split(r"[\[=<>!~;\s@]|\.git\b", last)[0]
    )
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(space: Space, node: Any, point: Point) -> str:
    """What a command is made of, as one line, with a sign for what is not known."""
    kind = type(node).__name__
    if kind in ("List", "Tuple"):
        return " ".join(_text(space, element.value, point) for element in node.elements)
    if kind == "Call" and _last_name(node.func) == "split":
        inner = node.args[0].value if node.args else getattr(node.func, "value", None)
        return _text(space, inner, point) if inner is not None else _UNKNOWN
    if kind == "FormattedString":
        parts = [
            part.value if type(part).__name__ == "FormattedStringText" else _text(space, part.expression, point)
            for part in node.parts
        ]
        return "".join(parts)
    constant = space.program.constant(node, point)
    return constant.value if constant is not None and isinstance(constant.value, str) else _UNKNOWN


def _last_name(function: Any) -> str:
    kind = type(function).__name__
    return str(function.attr.value if kind == "Attribute" else function.value if kind == "Name" else "")
