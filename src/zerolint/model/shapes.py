"""What is known of a value over all requests, and how that combines when values are joined, cut and computed with.

Paths are the reason for most of it: what varies may be the folder only, or the name only.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from zerolint.records import NamedTuple


class Variation(Enum):
    """How a value behaves from one request to the next.

    FIXED    the same for every request of one run of the Space
    CHOSEN   one of a few values written in the code; which one may depend on the request
    UNKNOWN  not known
    VARIES   made from the visitor's input, or fresh for each request
    """

    FIXED = "fixed"
    CHOSEN = "chosen"
    UNKNOWN = "unknown"
    VARIES = "varies"

    @property
    def rank(self) -> int:
        """What a combination of values behaves like is the highest rank in it."""
        return _RANKS[self.value]


_RANKS = {"fixed": 0, "chosen": 1, "unknown": 2, "varies": 3}


class Shape(NamedTuple):
    """What is known of a value: its variation, its text where that is known, and the same of its last path component.

    `name` and `name_text` are about what `os.path.basename` gives; a `*` in the text stands for a part that is not
    known but does not vary. `has_folder` tells that there surely is a folder before it. `is_none` marks the constant
    None, `is_nothing` what a value that is made from itself starts with.
    """

    variation: Variation
    text: str | None = None
    name: Variation = Variation.UNKNOWN
    name_text: str | None = None
    has_folder: bool = False
    is_none: bool = False
    is_nothing: bool = False


FIXED = Shape(Variation.FIXED, name=Variation.FIXED)
UNKNOWN = Shape(Variation.UNKNOWN)
VARIES = Shape(Variation.VARIES, name=Variation.VARIES)
NONE = Shape(Variation.FIXED, name=Variation.FIXED, is_none=True)
NOTHING = Shape(Variation.FIXED, name=Variation.FIXED, is_nothing=True)


# Combining shapes.


def constant_text(value: str) -> Shape:
    """The shape of a text written in the code."""
    has_folder = "/" in value
    return Shape(Variation.FIXED, value, Variation.FIXED, value.rsplit("/", 1)[-1], has_folder)


def chosen(shape: Shape) -> Shape:
    """The same value, of which only sometimes is made use."""
    if shape.variation is Variation.FIXED:
        return shape._replace(variation=Variation.CHOSEN)
    return shape


def settled(shape: Shape) -> Shape:
    """The same value, made once while the app starts."""
    if shape.variation is Variation.FIXED:
        return shape
    return shape._replace(variation=Variation.FIXED, name=Variation.FIXED)


def taken_from(shape: Shape) -> Shape:
    """Something taken out of a value: as varied as the whole, its text not known."""
    if shape.variation is Variation.VARIES:
        return VARIES
    return Shape(shape.variation, name=shape.variation) if shape.text is not None else UNKNOWN


def highest(variations: Iterable[Variation]) -> Variation:
    """How something behaves that is made of several values."""
    return max(variations, key=lambda variation: variation.rank, default=Variation.FIXED)


def either(shapes: list[Shape], depends: bool) -> Shape:
    """One of several alternatives; `depends` when the request may decide which."""
    some = [shape for shape in shapes if not (shape.is_none or shape.is_nothing)]
    some = some or [shape for shape in shapes if shape.is_none] or shapes[:1]
    distinct = list(dict.fromkeys(some))
    if len(distinct) == 1:
        return distinct[0]
    variation = highest(shape.variation for shape in distinct)
    name = highest(shape.name for shape in distinct)
    names = {shape.name_text for shape in distinct}
    if depends and variation is Variation.FIXED:
        variation = Variation.CHOSEN
    if depends and name is Variation.FIXED and (len(names) > 1 or None in names):
        name = Variation.CHOSEN
    texts = {shape.text for shape in distinct}
    return Shape(
        variation,
        texts.pop() if len(texts) == 1 else None,
        name,
        _pattern([shape.name_text for shape in distinct]),
        all(shape.has_folder for shape in distinct),
    )


def _pattern(names: list[str | None]) -> str | None:
    """One text for several names of files, with `*` for where they differ; None when one is not known."""
    known = [name for name in names if name is not None]
    if len(known) < len(names) or len(set(known)) == 1:
        return known[0] if len(known) == len(names) else None
    stems, suffixes = zip(*(posixpath.splitext(name) for name in known), strict=True)
    if not all(suffixes):
        return "*"
    return (stems[0] if len(set(stems)) == 1 else "*") + (suffixes[0] if len(set(suffixes)) == 1 else ".*")


def together(parts: list[Shape]) -> Shape:
    """Texts put one after the other."""
    if any(part.is_none for part in parts):
        return UNKNOWN
    texts = [part.text for part in parts]
    written = [text for text in texts if text is not None]
    if len(written) == len(parts) and all(part.variation is Variation.FIXED for part in parts):
        return constant_text("".join(written))
    variation = highest(part.variation for part in parts)
    name = Variation.FIXED
    name_text: str | None = ""
    has_folder = False
    for part in reversed(parts):
        name = highest((name, part.name))
        known = part.name_text
        if known is None and part.name in (Variation.FIXED, Variation.CHOSEN):
            known = "*"
        name_text = known + name_text if known is not None and name_text is not None else None
        if part.has_folder:
            has_folder = True
            break
        # Without a slash in it a part belongs to the last component as a whole.
        name = highest((name, part.variation))
    return Shape(variation, None, name, name_text, has_folder)


def computed_from(parts: list[Shape]) -> Shape:
    """A value computed from others."""
    if any(part.is_none for part in parts):
        return UNKNOWN
    variation = highest(part.variation for part in parts)
    return Shape(variation, name=variation)


def joined(parts: list[Shape]) -> Shape:
    """`os.path.join` and `/` of paths."""
    if not parts or any(part.is_none for part in parts):
        return UNKNOWN
    last = parts[-1]
    if last.text is not None and last.text.startswith("/"):
        return last
    known = [part.text for part in parts if part.text is not None]
    if len(known) == len(parts) and all(part.variation is Variation.FIXED for part in parts):
        return constant_text(posixpath.join(*known))
    variation = highest(part.variation for part in parts)
    name = last.name if last.has_folder else highest((last.name, last.variation))
    return Shape(variation, None, name, last.name_text, True)


def path_of(parts: list[Shape]) -> Shape:
    """`Path(...)`."""
    return joined(parts) if parts else constant_text(".")


def base_name(shape: Shape) -> Shape:
    """`os.path.basename`."""
    if shape.text is not None:
        return _of_text(shape, shape.text.rstrip("/").rsplit("/", 1)[-1])
    if shape.is_none:
        return UNKNOWN
    return Shape(shape.name, shape.name_text, shape.name, shape.name_text)


def folder_of(shape: Shape) -> Shape:
    """`os.path.dirname`."""
    if shape.text is not None:
        return _of_text(shape, posixpath.dirname(shape.text) or ".")
    return part_of(shape)


def suffix_of(shape: Shape) -> Shape:
    """`os.path.splitext(...)[1]`."""
    base = base_name(shape)
    if base.text is not None:
        return _of_text(base, posixpath.splitext(base.text)[1])
    return part_of(base)


def without_suffix(shape: Shape) -> Shape:
    """`os.path.splitext(...)[0]`."""
    return shape._replace(
        text=posixpath.splitext(shape.text)[0] if shape.text is not None else None,
        name_text=posixpath.splitext(shape.name_text)[0] if shape.name_text is not None else None,
    )


def split_at(base: Shape, separator: str, index: int) -> Shape:
    """`text.split(separator)[index]`."""
    if separator == "/" and index == -1:
        return base_name(base)
    if base.text is not None and separator:
        parts = base.text.split(separator)
        if -len(parts) <= index < len(parts):
            return _of_text(base, parts[index])
    return part_of(base)


def part_of(shape: Shape) -> Shape:
    """A text made from one other text."""
    if shape.is_none:
        return UNKNOWN
    return Shape(shape.variation, name=shape.variation)


def percent(left: Shape, right: Shape) -> Shape:
    """`text % values`."""
    if left.text is not None and left.text.count("%s") == left.text.count("%") == 1:
        before, after = left.text.split("%s")
        return together([constant_text(before), right, constant_text(after)])
    return _filled(left, [right], _PERCENT)


def _of_text(shape: Shape, text: str) -> Shape:
    return constant_text(text)._replace(variation=shape.variation, name=shape.variation)


def _filled(pattern: Shape, values: list[Shape], field: re.Pattern[str]) -> Shape:
    """A text with fields into which values are put; the name keeps what is written of it."""
    shape = computed_from([pattern, *values])
    if pattern.text is None:
        return shape
    tail = pattern.text.rsplit("/", 1)[-1]
    name = shape.variation if field.search(tail) else Variation.FIXED
    known = name in (Variation.FIXED, Variation.CHOSEN)
    return shape._replace(name=name, name_text=field.sub("*", tail) if known else None, has_folder="/" in pattern.text)


def _with_suffix(receiver: Shape, arguments: list[Shape]) -> Shape:
    if len(arguments) != 1:
        return UNKNOWN
    return together([without_suffix(receiver), arguments[0]])


def _with_name(receiver: Shape, arguments: list[Shape]) -> Shape:
    return joined([folder_of(receiver), *arguments])


def _same(receiver: Shape, arguments: list[Shape]) -> Shape:
    return receiver


def _first(arguments: list[Shape]) -> Shape:
    return arguments[0] if arguments else constant_text("")


def _format(receiver: Shape, arguments: list[Shape]) -> Shape:
    if receiver.text is not None and receiver.text.count("{}") == len(arguments) == receiver.text.count("{"):
        pieces = receiver.text.split("{}")
        parts = [constant_text(pieces[0])]
        for argument, piece in zip(arguments, pieces[1:], strict=True):
            parts += [argument, constant_text(piece)]
        return together(parts)
    return _filled(receiver, arguments, _FIELD)


def _replace(receiver: Shape, arguments: list[Shape]) -> Shape:
    texts = [argument.text for argument in arguments]
    if len(texts) != 2 or texts[0] is None or texts[1] is None or "/" in texts[0] + texts[1]:
        return computed_from([receiver, *arguments])
    old, new = texts[0], texts[1]
    return receiver._replace(
        text=receiver.text.replace(old, new) if receiver.text is not None else None,
        name_text=receiver.name_text.replace(old, new) if receiver.name_text is not None else None,
    )


def _strip(receiver: Shape, arguments: list[Shape]) -> Shape:
    return receiver if not arguments else computed_from([receiver, *arguments])


def _joinpath(receiver: Shape, arguments: list[Shape]) -> Shape:
    return joined([receiver, *arguments])


_FIELD = re.compile(r"\{[^{}]*\}")
_PERCENT = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")

# What external callables give. The names are of Python's standard library and of NumPy.

FRESH = frozenset(
    """os.urandom os.getpid builtins.id builtins.hash builtins.object builtins.input threading.get_ident
    threading.current_thread time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter
    time.perf_counter_ns time.strftime time.ctime time.localtime time.gmtime time.process_time
    datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
    torch.rand torch.randn torch.randint torch.seed torch.initial_seed shortuuid.uuid""".split()
)
FRESH_PREFIXES = ("tempfile.", "uuid.", "secrets.", "random.", "numpy.random.", "nanoid.", "ulid.")
SAME_FOR_ALL = frozenset(
    """tempfile.gettempdir tempfile.gettempprefix os.getcwd os.getenv os.environ.get pathlib.Path.cwd pathlib.Path.home
    getpass.getuser platform.system""".split()
)

PATH_CALLS: Mapping[str, Callable[[list[Shape]], Shape]] = {
    "os.path.join": joined,
    "posixpath.join": joined,
    "pathlib.Path": path_of,
    "pathlib.PurePath": path_of,
    "pathlib.PosixPath": path_of,
    "os.path.basename": lambda arguments: base_name(_first(arguments)),
    "os.path.dirname": lambda arguments: folder_of(_first(arguments)),
    "os.path.abspath": _first,
    "os.path.realpath": _first,
    "os.path.normpath": _first,
    "os.path.expanduser": _first,
    "os.path.expandvars": _first,
    "os.path.relpath": _first,
    "os.fspath": _first,
    "builtins.str": _first,
}
PURE = frozenset(
    """builtins.repr builtins.int builtins.float builtins.bool builtins.len builtins.round builtins.min builtins.max
    builtins.abs builtins.sum builtins.ord builtins.chr builtins.format builtins.bytes builtins.isinstance builtins.dict
    builtins.any builtins.all builtins.divmod builtins.pow builtins.hex builtins.oct builtins.bin
    json.dumps os.path.splitext os.path.split os.path.commonpath urllib.parse.quote urllib.parse.urljoin""".split()
)
PURE_PREFIXES = ("math.",)
PASSING_ON = frozenset(
    """builtins.list builtins.tuple builtins.set builtins.sorted builtins.reversed builtins.iter builtins.next
    tqdm.tqdm tqdm.auto.tqdm tqdm.trange copy.copy copy.deepcopy typing.cast contextlib.closing contextlib.nullcontext
    builtins.enumerate""".split()
)
# Objects that hold settings.
CONFIGURATION = (
    *("argparse.ArgumentParser().parse_args()", "argparse.ArgumentParser().parse_known_args()", "argparse.Namespace()"),
    *("types.SimpleNamespace()", "easydict.EasyDict()", "omegaconf.", "yaml.", "json.load()", "tyro.cli()"),
    *("configparser.ConfigParser()", "toml.load()", "tomllib.load()", "transformers.HfArgumentParser()"),
)

METHODS: Mapping[str, Callable[[Shape, list[Shape]], Shape]] = {
    "format": _format,
    "joinpath": _joinpath,
    "with_suffix": _with_suffix,
    "with_name": _with_name,
    "resolve": _same,
    "absolute": _same,
    "expanduser": _same,
    "as_posix": _same,
    "strip": _strip,
    "replace": _replace,
    "__enter__": _same,
}
PURE_METHODS = frozenset(
    """join lower upper title capitalize lstrip rstrip removeprefix removesuffix encode decode zfill center
    ljust rjust split rsplit partition rpartition splitlines with_stem relative_to casefold swapcase translate isoformat
    hex as_uri expandtabs""".split()
)
