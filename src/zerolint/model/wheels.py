"""What wheels among the requirements are built for, told by their file names, and whether that is what the Space has.

A file name says for which Python, C ABI and platform a wheel is (packaging.python.org, "Binary distribution format").
For which torch, CUDA and C++ ABI it was compiled its maker writes into the local version
(`2.8.3+cu12torch2.8cxx11abiFALSE`), or into the folder: there is no rule for that, only habits. No file is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from zerolint.facts import fact
from zerolint.model import syntax, versions
from zerolint.model.values import External, Point, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from packaging.tags import Tag

    from zerolint.finding import Span
    from zerolint.model.space import Space
    from zerolint.model.syntax import Call
    from zerolint.read.requirements import Option, Requirement

_CPYTHON = r"cp(\d)(\d+)"
_PYTHON = r"3\.([0-9]{1,2})(?:\.[0-9]+)?"
# `torch2.8`, `torch2.11.0`, `pt24`, `torch2110`; `cu12`, `cu124`, `cuda12.4`.
_TORCH = r"(?:torch|pt)(\d+(?:\.\d+)*)"
_CUDA = r"(?<![a-z])cu(?:da)?(\d+(?:\.\d+)?)"
_TORCH_FOLDER = r"/torch[-_]?(\d+\.\d+(?:\.\d+)?)/"
_TORCH_PAGE = r"torch[-_]?(\d+\.\d+(?:\.\d+)?)"
_CUDA_FOLDER = r"/(?:[^/]*-)?cu(\d{2,3})/"
_LINUX = r"any|linux_x86_64|manylinux\w+_x86_64"
# The indexes of PyTorch, of which one is for one CUDA: `https://download.pytorch.org/whl/cu126`.
_PYTORCH_INDEX = r"https?://download(?:-r2)?\.pytorch\.org/whl/(cu(\d{3}))/?$"
_REMOTE = r"(?:https?|ftp)://"
# What runs a command, and what makes it install into the Python that runs the app.
_RUNNING = frozenset({"system", "run", "call", "check_call", "check_output", "Popen"})
_COMMANDS = frozenset({"os.system", *(f"subprocess.{name}" for name in _RUNNING)})
_INSTALL = r"\bpip3?\s+install\b"
_ELSEWHERE = r"--target\b|--prefix\b|--python\b|--platform\b|\s-t\b|python3?\.\d|\|\||\bconda\b|\$"
_FAMILY = ("torch", "torchvision", "torchaudio", "torchcodec", "xformers")
# Each version of these asks for one version of torch.
_CHOOSING = frozenset(
    {"torchvision", "torchaudio", "torchcodec", "xformers", "vllm", "sglang", "lmdeploy", "torch-tensorrt"}
)


class Wheel(NamedTuple):
    """What a requirement says of the compiled code that it names: a wheel by URL or path, or a version with a local
    part (`natten==0.21.6+torch2110cu130`).

    `is_listed` is False for a wheel that the app has pip install when it starts; then `requirement` stands at the call.
    `shown` is how messages name it: "the wheel of `natten`", or the version as it is pinned. `python` is the one Python
    (`3.10`) it is for, "" for several or any. `torch` are the minor versions of torch that it may have been compiled
    for (`torch210` may be 2.10 and 2.1), the likelier first, () when it does not say. `cuda` is (12, 4), (12,) without
    a minor version, () when it does not say. `has_new_abi` is what `cxx11abiTRUE` and `cxx11abiFALSE` say, None for
    neither.
    """

    requirement: Requirement
    is_listed: bool
    shown: str
    name: str
    version: str
    tags: frozenset[Tag]
    python: str
    torch: tuple[str, ...]
    cuda: tuple[int, ...]
    has_new_abi: bool | None


class Mismatch(Enum):
    """Why a wheel is of no use to the Space, the first reason that holds.

    PYTHON    pip does not install it: it is for another Python
    PLATFORM  pip does not install it: it is for another system than Linux on x86-64
    ABI       it cannot be loaded: it has the C++ ABI that torch had before 2.7
    TORCH     it is compiled for another torch than the one that is installed
    CUDA      it was made by a CUDA that does not know the card
    """

    PYTHON = "python"
    PLATFORM = "platform"
    ABI = "abi"
    TORCH = "torch"
    CUDA = "cuda"


class Judged(NamedTuple):
    """A wheel that is of no use. `wanted` is what it would have to be for: a Python (`3.12`), or a torch (`2.8.0`, ""
    when that is not known). `is_certain` is False where such a wheel can happen to work."""

    wheel: Wheel
    mismatch: Mismatch
    wanted: str = ""
    is_certain: bool = True


class OldIndex(NamedTuple):
    """An index for a CUDA that does not know the card, from which pip takes the torch that `requirement` pins.

    `cuda` is its folder (`cu126`), `version` what is installed (`2.8.0+cu126`).
    """

    option: Option
    requirement: Requirement
    cuda: str
    version: str


class ForeignPage(NamedTuple):
    """A page with wheels for `torch` (`2.4`), from which pip takes `requirement`, while another torch is installed."""

    option: Option
    requirement: Requirement
    torch: str
    wanted: str


def wheels(space: Space) -> tuple[Wheel, ...]:
    """The wheels and versions with a local part among the requirements that are installed, in the order of pip.

    After them the wheels that start-up code has pip install.
    """
    listed = [_read(item, True) for item in space.installed if not item.constraint or "+" in item.specifier]
    found = [_read(item, False) for item in _installed_by_code(space)] if space.mentions(b".whl") else []
    return tuple(wheel for wheel in (*listed, *found) if wheel is not None)


def judged(space: Space, mismatch: Mismatch) -> tuple[Judged, ...]:
    """The wheels that are of no use for this reason, and for none that comes before it."""
    return tuple(judgement for judgement in space.judged_wheels if judgement.mismatch is mismatch)


def judge(space: Space) -> tuple[Judged, ...]:
    """All wheels that are of no use, each with its first reason."""
    found = [_judge(space, wheel) for wheel in space.wheels]
    return tuple(judgement for judgement in found if judgement is not None)


def wheel_for_another_python(space: Space, version: str) -> tuple[Requirement, str] | None:
    """The first wheel that Python `version` (`3.10`) cannot install while another could, with the Python it is for."""
    for wheel in space.wheels:
        if wheel.is_listed and wheel.python and _fits_platform(wheel.tags) and not _fits(wheel.tags, version):
            return wheel.requirement, wheel.python
    return None


def old_indexes(space: Space) -> tuple[OldIndex, ...]:
    """The additional indexes from which pip takes a torch without code for the card.

    Of two builds of one version pip takes the one with a local part (`2.8.0+cu126` before `2.8.0`), and of different
    versions the highest: an index matters only when it has the version that is asked for.
    """
    torch = space.torch
    if torch is None or not torch.exact or "+" in torch.requirement.specifier:
        return ()
    if versions.release(torch.exact) < versions.release(fact("torch.supported").value[0]):
        # Then the version is the mistake, wherever it comes from.
        return ()
    first = versions.release(fact("hardware.first_cuda").value)
    ranges = {cuda: (start, end) for cuda, start, end in fact("torch.index_versions").value}
    found: list[OldIndex] = []
    names: list[tuple[int, ...]] = []
    for option in space.requirements.options:
        index = re.match(_PYTORCH_INDEX, option.value) if option.name == "extra-index-url" else None
        if index is None:
            continue
        cuda = _cuda_of(index[2])
        start, end = ranges.get(index[1], ("", ""))
        version = versions.release(torch.exact)
        if not start and cuda < first:
            continue
        if start and not (versions.release(start) <= version and (not end or version <= versions.release(end))):
            continue
        names.append(cuda)
        if start:
            found.append(OldIndex(option, torch.requirement, index[1], f"{torch.exact}+{index[1]}"))
    # Of several indexes that have it, the highest local part wins: cu128 before cu126.
    return tuple(old for old in found if _cuda_of(old.cuda[2:]) == max(names))


def foreign_pages(space: Space) -> tuple[ForeignPage, ...]:
    """The pages (`--find-links`) with wheels for another torch than the pinned one.

    pip prefers a wheel to a source distribution, and `2.1.2+pt24cu121` to `2.1.2`.
    """
    wanted = _torch_version(space)
    if not wanted or versions.release(wanted) < versions.release(fact("torch.supported").value[0]):
        return ()
    found: list[ForeignPage] = []
    for option in space.requirements.options:
        place = unquote(option.value)
        torch = re.search(_TORCH_PAGE, place) if option.name in ("find-links", "extra-index-url") else None
        minor = ".".join(torch[1].split(".")[:2]) if torch else ""
        if not torch or versions.release(minor) == versions.release(wanted)[:2] or _is_loaded_by(minor, wanted):
            continue
        names = [name for part, *names in fact("wheels.pages").value if part in place for name in names]
        taken = (item for item in space.installed if item.name in names and not item.url and "+" not in item.specifier)
        requirement = next((item for item in taken if not item.constraint), None)
        if requirement is not None:
            found.append(ForeignPage(option, requirement, minor, wanted))
    # With pages for several versions of torch, pip may take the right one.
    right = re.compile(rf"torch[-_]?{re.escape('.'.join(wanted.split('.')[:2]))}(?!\d)")
    return () if any(right.search(unquote(option.value)) for option in space.requirements.options) else tuple(found)


def option_line(space: Space, option: Option) -> Span | None:
    """The line of an option with its newline; None when it does not stand alone there."""
    at, source = option.span, space.source(option.span.path)
    if source is None or at.start_line != at.end_line:
        return None
    lines = source.text.splitlines()
    if len(lines[at.start_line - 1].partition("#")[0].strip()) != at.end_column - at.start_column:
        return None
    return at._replace(start_column=1, end_line=at.start_line + 1, end_column=1) if at.start_line < len(lines) else None


def _installed_by_code(space: Space) -> Iterator[Requirement]:
    """The wheels in commands for pip that surely run when the app starts, as requirements that stand at the call."""
    from zerolint.read.requirements import Requirement

    for module in space.modules_with(b".whl"):
        for scope in module.scopes:
            for call in scope.calls:
                if _last_name(call.node.func) not in _RUNNING or not call.node.args:
                    continue
                command = _command(space, call.node.args[0].value, point_of(call))
                if not re.search(_INSTALL, command) or re.search(_ELSEWHERE, command) or not _is_sure(space, call):
                    continue
                at = space.span(module, call.node)
                for place in re.findall(r"[^\s'\"]+\.whl\b[^\s'\";&|]*", command):
                    yield Requirement("", "", (), "", place, place, at, at, at)


def _last_name(function: Any) -> str:
    kind = type(function).__name__
    return str(function.attr.value if kind == "Attribute" else function.value if kind == "Name" else "")


def _command(space: Space, node: Any, point: Point) -> str:
    """What a command is made of that is known, as one line: a string, a list, `shlex.split("...")`."""
    kind = type(node).__name__
    if kind in ("List", "Tuple"):
        return " ".join(_command(space, element.value, point) for element in node.elements)
    if kind == "Call" and _last_name(node.func) == "split":
        return _command(space, node.args[0].value if node.args else node.func.value, point)
    constant = space.program.constant(node, point)
    return constant.value if constant is not None and isinstance(constant.value, str) else ""


def _is_sure(space: Space, call: Call) -> bool:
    """Whether a call runs at start-up in any case, and runs a command."""
    values = space.program.evaluate(call.node.func, point_of(call))
    if not any(isinstance(value, External) and value.path in _COMMANDS for value in values):
        return False
    if space.program.is_dead(call.block) or not space.placements.starts(call.function):
        return False
    return all(
        block.kind == syntax.WITH
        or (
            block.kind == syntax.IF
            and space.program.decide(block.node, Point(block.scope, block.parent, block.order + 1)) is not None
        )
        for block in syntax.blocks_of(call.block)
    )


def _read(item: Requirement, is_listed: bool) -> Wheel | None:
    if item.url:
        if is_listed and not re.match(_REMOTE, item.url):
            # A path: where requirements are installed there is no such file.
            return None
        place = unquote(re.split(r"[?#]", item.url)[0])
        folder, _, file = place.rpartition("/")
        if not file.endswith(".whl"):
            return None
        from packaging.utils import InvalidWheelFilename, parse_wheel_filename

        try:
            name, version, build, tags = parse_wheel_filename(file)
        except InvalidWheelFilename:
            return None
        local = version.local or ""
        # What stands after the number of a build is the maker's as well: `-1_cu124-`.
        told = f"{local} {build[1] if build else ''}".lower()
        return _wheel(item, is_listed, f"the wheel of `{name}`", str(name), version.public, tags, told, f"{folder}/")
    pinned = versions.exact(item.specifier)
    public, plus, local = pinned.partition("+")
    if not plus:
        return None
    return _wheel(item, is_listed, f"`{item.name}=={pinned}`", item.name, public, frozenset(), local.lower(), "")


def _wheel(
    item: Requirement,
    is_listed: bool,
    shown: str,
    name: str,
    version: str,
    tags: frozenset[Tag],
    told: str,
    folder: str,
) -> Wheel:
    pythons = {found.groups() for tag in tags if (found := re.fullmatch(_CPYTHON, tag.interpreter))}
    is_for_one = len(pythons) == 1 and all(tag.abi != "abi3" and tag.interpreter.startswith("cp") for tag in tags)
    torch, cuda = re.search(_TORCH, told), re.search(_CUDA, told)
    if torch is None and cuda is None:
        torch, cuda = re.search(_TORCH_FOLDER, folder), re.search(_CUDA_FOLDER, folder)
    abi = re.search(r"cxx11abi(true|false)", told)
    return Wheel(
        item,
        is_listed,
        shown,
        name,
        version,
        tags,
        ".".join(min(pythons)) if is_for_one else "",
        _torch_of(torch[1]) if torch else (),
        _cuda_of(cuda[1]) if cuda else (),
        abi[1] == "true" if abi else None,
    )


def _torch_of(written: str) -> tuple[str, ...]:
    """The minor versions that `2.8`, `2.8.0`, `28`, `280`, `210` or `2110` can mean."""
    if "." in written:
        return (".".join(written.split(".")[:2]),)
    major, rest = written[0], written[1:]
    minors = {1: (rest,), 2: (rest, rest[:1]), 3: (rest[:2], rest[:1])}.get(len(rest), ())
    # There is no torch 2.80.
    return tuple(f"{major}.{int(minor)}" for minor in minors if int(minor) < 30)


def _cuda_of(written: str) -> tuple[int, ...]:
    """(12, 4) for `124` and `12.4`, (12,) for `12`; () for what is no CUDA that goes with torch."""
    parts = written.split(".")[:2] if "." in written else [part for part in (written[:2], written[2:3]) if part]
    cuda = tuple(int(part) for part in parts)
    return cuda if cuda[0] in range(8, 30) else ()


def _judge(space: Space, wheel: Wheel) -> Judged | None:
    if wheel.tags:
        if not _fits_platform(wheel.tags):
            return Judged(wheel, Mismatch.PLATFORM)
        python = python_of(space)
        if python and not _fits(wheel.tags, python):
            return Judged(wheel, Mismatch.PYTHON, python)
    if wheel.torch or wheel.name in _FAMILY:
        from zerolint.model.sidecars import unsupported_torch

        unsupported = unsupported_torch(space)
        if unsupported is not None and unsupported.is_too_old:
            # That torch is the mistake, and what is built for it goes with it.
            return None
    return _judge_torch(space, wheel) or _judge_cuda(space, wheel)


def _judge_torch(space: Space, wheel: Wheel) -> Judged | None:
    if wheel.name == "torch":
        return None
    first_new = versions.release(fact("torch.cxx11_abi").value)
    torch, wanted = space.torch, _torch_version(space)
    if not wanted and _is_chosen_elsewhere(space):
        return None
    is_old = all(versions.release(minor) < first_new for minor in wheel.torch)
    if wheel.has_new_abi is False and is_old:
        return Judged(wheel, Mismatch.ABI, wanted)
    if not wheel.torch:
        return None
    supported = [".".join(version.split(".")[:2]) for version in fact("torch.supported").value]
    if wanted:
        if any(versions.release(minor) == versions.release(wanted)[:2] for minor in wheel.torch):
            return None
        installed = ".".join(wanted.split(".")[:2])
    else:
        # Without a pin pip takes the newest version that goes with the rest, which is not one of the older ones.
        installed = supported[-1]
        if any(versions.release(minor) >= versions.release(installed) for minor in wheel.torch):
            return None
        if torch is not None and not versions.admits(torch.specifier, fact("torch.supported").value[-1]):
            return None
    if any(_is_loaded_by(minor, installed) for minor in wheel.torch):
        return None
    return Judged(wheel, Mismatch.TORCH, wanted, is_certain=is_old and wheel.has_new_abi is None)


def _is_loaded_by(minor: str, installed: str) -> bool:
    """Whether extensions for a torch (`2.10`) were seen to run with the one that is installed."""
    own = ".".join(installed.split(".")[:2])
    return any(minor == group[0] and own in group[1:] for group in fact("wheels.loaded_by_newer_torch").value)


def _judge_cuda(space: Space, wheel: Wheel) -> Judged | None:
    first = versions.release(fact("hardware.first_cuda").value)
    if not wheel.cuda or wheel.cuda >= first[: len(wheel.cuda)]:
        return None
    if wheel.name in _FAMILY[1:] and any(other.name == "torch" and other.cuda == wheel.cuda for other in space.wheels):
        # They come from one index, and torch is the one that is reported.
        return None
    if wheel.name in fact("wheels.with_ptx").value:
        return None
    return Judged(wheel, Mismatch.CUDA, is_certain=wheel.name in fact("wheels.without_ptx").value)


def _is_chosen_elsewhere(space: Space) -> bool:
    """Whether something else among the requirements than a version of torch chooses it."""
    torch = space.torch
    if torch is not None and torch.requirement.url:
        return True
    return any(
        (item.name in _CHOOSING and (item.specifier or item.url)) or (item.name == "torch" and item.constraint)
        for item in space.installed
    )


def _torch_version(space: Space) -> str:
    """The torch that the requirements pin, by version or by wheel; "" when they leave it open."""
    torch = space.torch
    if torch is None:
        return ""
    if torch.exact:
        return torch.exact
    return next((wheel.version for wheel in space.wheels if wheel.requirement is torch.requirement), "")


def python_of(space: Space) -> str:
    """The Python that the front matter names (`3.12`), "" when it names none, or nothing that is a version."""
    named = space.readme.text("python_version") if space.readme is not None else None
    found = re.fullmatch(_PYTHON, named or "")
    # `3.10` without quotes is the number 3.1.
    return f"3.{found[1]}" if found and int(found[1]) > 5 else ""


def _fits_platform(tags: frozenset[Tag]) -> bool:
    """Whether a wheel is for Linux on x86-64. Which glibc the platform has is not asked."""
    return any(re.fullmatch(_LINUX, tag.platform) for tag in tags)


def _fits(tags: frozenset[Tag], python: str) -> bool:
    """Whether pip would install a wheel with CPython `python` (`3.12`) on some Linux."""
    from packaging.tags import compatible_tags, cpython_tags

    version = versions.release(python)[:2]
    name = "cp" + "".join(map(str, version))
    fitting = {
        (tag.interpreter, tag.abi)
        for tag in (
            *cpython_tags(version, platforms=["any"], abis=[name]),
            *compatible_tags(version, name, platforms=["any"]),
        )
    }
    return any((tag.interpreter, tag.abi) in fitting for tag in tags if re.fullmatch(_LINUX, tag.platform))
