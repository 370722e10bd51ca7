"""The Space: the one object a rule receives.

It is built from the bytes of a Space's files and never changes; whatever a rule asks is computed on first demand.
Python files are parsed when something needs them: the files that import `spaces`, the app file, and what they reach
that builds a user interface; every other module when a call leads into it.
"""

from __future__ import annotations

import functools
import re
import symtable
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zerolint.finding import Note, Span
from zerolint.model import boundary, route, syntax, words
from zerolint.model.contexts import Context, Contexts, Step
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Module, Scope
from zerolint.model.values import Function, Point
from zerolint.read.discover import uses_spaces
from zerolint.read.source import Problem, ProblemKind, Source, decode, point

# What answers single questions is imported where it is asked, behind a test that costs nothing: most Spaces need few.
if TYPE_CHECKING:
    from zerolint.model.booking import Booking, Growth
    from zerolint.model.boundary import GpuCall, GpuResult
    from zerolint.model.caching import WorkerCache
    from zerolint.model.clients import AnonymousClient
    from zerolint.model.compilation import Compilation
    from zerolint.model.descriptors import GpuDescriptor
    from zerolint.model.device_maps import MappedLoad
    from zerolint.model.device_numbers import SecondGpu
    from zerolint.model.devices import CudaResult, Device, Devices
    from zerolint.model.errors import MissedError
    from zerolint.model.estimators import Mismatch, WrongSeconds
    from zerolint.model.examples import ExampleSet, IgnoredClick, MadeOnGpu
    from zerolint.model.fallback import DeadFallback
    from zerolint.model.generators import Hidden
    from zerolint.model.gpu import Application, AsyncFunction, GuardedImport, NestedFunction, SecondDecoration
    from zerolint.model.grad_modes import GradMode
    from zerolint.model.gradients import GradResult
    from zerolint.model.holders import GpuMethod, PassedModel
    from zerolint.model.identity import LostToken
    from zerolint.model.idle import IdleTime
    from zerolint.model.importing import EarlyTouch, Gap
    from zerolint.model.launching import Bypass, LateImport, Unready
    from zerolint.model.loading import Loading
    from zerolint.model.locks import HeldLock
    from zerolint.model.loops import RepeatedCall
    from zerolint.model.moves import Move
    from zerolint.model.options import GpuOptions
    from zerolint.model.order import EarlyListener, LateGpu
    from zerolint.model.outside import Operation
    from zerolint.model.packages import TorchChoice
    from zerolint.model.packed import Packed, Placements
    from zerolint.model.passive import PassiveBooking
    from zerolint.model.pickling import Pickling, StuckArgument, StuckResult
    from zerolint.model.places import Places
    from zerolint.model.processes import ChildProcess, Ending
    from zerolint.model.queueing import ShortQueue
    from zerolint.model.raising import LostError
    from zerolint.model.reads import PackedRead
    from zerolint.model.seeds import SharedSeed
    from zerolint.model.session import LostChange
    from zerolint.model.shadowing import Shadow
    from zerolint.model.startup import StartupWork
    from zerolint.model.state import StateWrite
    from zerolint.model.temporary import DeletedPath
    from zerolint.model.variation import Variation, Variations
    from zerolint.model.ways import BlockingCall
    from zerolint.model.wheels import Judged, Wheel
    from zerolint.model.writes import FileWrite
    from zerolint.model.written import Misread, WrongDuration, WrongSize
    from zerolint.read.python import PythonFile
    from zerolint.read.readme import Readme
    from zerolint.read.requirements import Requirement, Requirements

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^#\r\n]*)|import[ \t]+([^#\r\n]+))", re.MULTILINE
)
# Names that a text may define: `def name`, `import a as name`, `name = ` but for deep inside, `self.name: int`.
# Each begins with fixed characters, which lets the search skip to the next place where they stand.
_DEFINITIONS = (
    re.compile(rb"def[ \t]+(\w+)"),
    re.compile(rb"class[ \t]+(\w+)"),
    re.compile(rb" as[ \t]+(\w+)"),
    re.compile(rb"\n(?: {4}|\t)?(\w+)[ \t]*="),
    re.compile(rb"self\.(\w+)[ \t]*[=:]"),
)
# `spaces.GPU`, what stands before the point where it decorates a top-level function, and how it gets another name.
_GPU_ATTRIBUTE = re.compile(rb"\.[ \t\\\r\n]*GPU\b")
_GPU_BY_NAME = re.compile(rb"import\b[^\n]*\bGPU\b|['\"]GPU['\"]|\bspaces[ \t]+import[ \t]*[*(\\]")
_TOP_DECORATOR = re.compile(rb"@\w+")
_WORD = re.compile(r"\w+")
# What nearly every app has at its margin: then it is ready when it is launched.
_TOP_DECORATION = re.compile(rb"^@spaces\.GPU\b", re.MULTILINE)
_TOP_SPACES_IMPORT = re.compile(rb"^(?:import|from)[ \t]+spaces\b", re.MULTILINE)
_PLAIN_SECONDS = re.compile(r"[1-9][0-9]{0,3}")


class Space:
    """A Space as rules see it.

    `contents` maps Space-relative `/`-paths to bytes; `unreadable` to the reason why a file could not be read at all.
    `entry_points` are the files that judgement starts from (default: the app file and what imports `spaces`); files
    that the settings leave out are `excluded`. `target` is `auto`, `zerogpu` (this Space is meant for ZeroGPU) or `any`
    (for other hardware too). `parse` takes the place of `read.python.parse`, for a caller who has parsed the same texts
    before.
    """

    def __init__(
        self,
        contents: Mapping[str, bytes],
        *,
        unreadable: Mapping[str, str] | None = None,
        entry_points: tuple[str, ...] | None = None,
        excluded: tuple[str, ...] = (),
        target: str = "auto",
        parse: Callable[[Source], PythonFile | Problem] | None = None,
    ) -> None:
        self.contents = contents
        self.target = target
        self._parse = parse
        self._unreadable = dict(unreadable or {})
        self._excluded = excluded
        self._sources: dict[str, Source | Problem] = {}
        self._files: dict[str, PythonFile] = {}
        self._problems: dict[str, Problem] = {}
        self._checked: set[str] = set()
        self._mentioned: dict[bytes, bool] = {}
        self._imported_by: dict[str, list[str]] = {}
        self._imported_from: dict[str, frozenset[str]] = {}
        self._root_packages: dict[str, bool] = {}
        self._python = tuple(sorted(path for path in contents if path.endswith(".py")))
        self._given_entry_points = entry_points

    # Files.

    def source(self, path: str) -> Source | None:
        """The decoded text of a file of the Space; None when it is not there or not readable."""
        if path not in self.contents:
            return None
        known = self._sources.get(path)
        if known is None:
            known = self._sources[path] = decode(path, self.contents[path])
        if isinstance(known, Problem):
            self._problems.setdefault(path, known)
            return None
        return known

    @property
    def unread(self) -> frozenset[str]:
        """The files that are there and not in `contents`: nobody could read them, or the settings leave them out."""
        return frozenset((*self._unreadable, *self._excluded))

    @functools.cached_property
    def readme(self) -> Readme | None:
        """The README with its front matter; None when there is no README.md."""
        source = self.source("README.md")
        if source is None:
            return None
        from zerolint.read.readme import read_readme

        return read_readme(source)

    @functools.cached_property
    def requirements(self) -> Requirements:
        """What the platform installs: `requirements.txt`, and `pre-requirements.txt` before it, includes followed."""
        from zerolint.read.requirements import Requirements, read_requirements

        # An included file may have any name.
        texts = {path: self.source(path) for path in self.contents if not path.endswith((".py", ".md", ".toml"))}
        sources = {path: source for path, source in texts.items() if source is not None}
        unreadable = (self._unreadable.keys() | texts.keys()) - sources.keys()
        parts = [
            read_requirements(sources, path, unreadable)
            for path in ("pre-requirements.txt", "requirements.txt")
            if path in sources
        ]
        return Requirements(
            tuple(item for part in parts for item in part.items),
            tuple(option for part in parts for option in part.options),
            tuple(problem for part in parts for problem in part.problems),
        )

    @functools.cached_property
    def installed(self) -> tuple[Requirement, ...]:
        """The requirements whose environment marker holds on the platform (Linux, x86-64)."""
        return tuple(item for item in self.requirements.items if not item.marker or self._marker_holds(item.marker))

    def _marker_holds(self, marker: str) -> bool:
        from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

        version = self._python_version()
        environment = {
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "python_version": ".".join(version.split(".")[:2]),
            "python_full_version": version,
        }
        try:
            return Marker(marker).evaluate(environment)
        except (InvalidMarker, UndefinedEnvironmentName):
            return True

    def _python_version(self) -> str:
        """The Python version the Space asks for, or the platform's default."""
        from zerolint.facts import fact

        named = self.readme.text("python_version") if self.readme is not None else None
        return named if named and named[0].isdigit() else str(fact("python.default").value)

    @functools.cached_property
    def app_file(self) -> str:
        """The file the Space starts: `app_file` of the front matter, or `app.py`."""
        named = ""
        if self.readme is not None and b"app_file" in self.contents["README.md"]:
            named = self.readme.text("app_file") or ""
        return (named or "app.py").removeprefix("./")

    @functools.cached_property
    def entry_points(self) -> tuple[str, ...]:
        """The files that judgement starts from: the app file, and other apps that import `spaces`.

        Beside an app file, a file without any user interface that nothing imports is a script for another place.
        """
        given = self._given_entry_points
        if given is None:
            given = tuple(path for path in self._python if uses_spaces(self.contents[path]))
        if self.app_file not in self.contents:
            return given
        return tuple(sorted({self.app_file, *(path for path in given if _offers_page(self.contents[path]))}))

    @functools.cached_property
    def programs(self) -> tuple[str, ...]:
        """The entry points that are started as programs: the app file, and those that no other file imports."""
        return tuple(
            path for path in self.entry_points if path == self.app_file or not self._is_imported_somewhere(path)
        )

    def _is_imported_somewhere(self, path: str) -> bool:
        stem = path.removesuffix(".py").removesuffix("/__init__").rsplit("/", 1)[-1]
        pattern = re.compile(
            rb"^[ \t]*(?:from[ \t]+[\w.]*\b%b[ \t]+import\b"
            rb"|import[ \t][^#\r\n]*\b%b\b"
            rb"|from[ \t]+\.[\w.]*[ \t]+import[^#\r\n]*\b%b\b)" % ((re.escape(stem).encode(),) * 3),
            re.MULTILINE,
        )
        word = stem.encode()
        return any(
            word in content and pattern.search(content) is not None
            for other, content in self.contents.items()
            if other.endswith(".py") and other != path
        )

    # Python.

    def file(self, path: str) -> PythonFile | None:
        """The parsed file at a path; None when it is not there or does not parse."""
        if path not in self._files and path not in self._problems:
            source = self.source(path)
            if source is None:
                return None
            parsed = self._parsed(source)
            if isinstance(parsed, Problem):
                self._problems[path] = parsed
            else:
                self._files[path] = parsed
        return self._files.get(path)

    def _parsed(self, source: Source) -> PythonFile | Problem:
        if self._parse is not None:
            return self._parse(source)
        from zerolint.read.python import parse

        return parse(source)

    def _load(self, path: str) -> Module | None:
        parsed = self.file(path)
        return syntax.read_module(path, parsed.tree) if parsed is not None else None

    @functools.cached_property
    def program(self) -> Program:
        """The Space's Python as one program."""
        programs = self.programs
        shared = any(uses_spaces(self.contents[path]) for path in self._python if path not in programs)
        wraps = any(_wraps_gpu(self.contents[path]) for path in self._python)
        return Program(
            self._python,
            self._load,
            programs,
            shared,
            self._defined_beside,
            self._is_root_package,
            wraps,
            self._is_named_once,
        )

    def _is_named_once(self, name: str) -> bool:
        return self._reached_text.count(name.encode("utf-8", "surrogatepass")) == 1

    def _defined_beside(self, paths: Mapping[str, object]) -> set[str]:
        """The names that reached files other than those at `paths` seem to define, by their text."""
        names: set[bytes] = set()
        for path in self.reached:
            if path not in paths:
                for pattern in _DEFINITIONS:
                    names.update(pattern.findall(self.contents[path]))
        return {name.decode("ascii", "replace") for name in names}

    def _is_root_package(self, package: str) -> bool:
        """Whether the Space is the folder of a package of this name: all that is imported from it is found here."""
        known = self._root_packages.get(package)
        if known is None:
            # An entry point that lies in a package uses its long name; that is quickly looked up.
            start = f"from {package}.".encode()
            used = any(start in self.contents[path] for path in self.entry_points if path in self.contents)
            known = self._root_packages[package] = used and self._holds_all_imported_from(package)
        return known

    def _holds_all_imported_from(self, package: str) -> bool:
        word = package.encode()
        statement = rb"^[ \t]*from[ \t]+%b((?:\.\w+)*)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^#\r\n]*))" % re.escape(word)
        found = False
        for path in self._python:
            content = self.contents[path]
            for match in re.finditer(statement, content, re.MULTILINE) if word in content else ():
                inner = match[1].decode("ascii", "replace")[1:].replace(".", "/")
                file = self.program.file_of(inner)
                text = self.contents[file] if file is not None else b""
                for part in re.sub(rb"#.*", b"", match[2] or match[3]).split(b","):
                    name = part.split()[0] if part.strip(b" \t\r\n\\") else b""
                    if not name:
                        continue
                    module = f"{inner}/{name.decode('ascii', 'replace')}".lstrip("/")
                    definition = rb"^(?:(?:async[ \t]+)?def[ \t]+|class[ \t]+)?%b\b" % re.escape(name)
                    if self.program.file_of(module) is None and not re.search(definition, text, re.MULTILINE):
                        return False
                    # A name of a module of its own may come from anywhere: `from os import path`.
                    found = found or bool(inner)
        return found

    @functools.cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules that are always read: the entry points, and what they import that builds a user interface."""
        program = self.program
        found = [
            module
            for path in self.reached
            if path in self.entry_points or b"gradio" in self.contents[path] or uses_spaces(self.contents[path])
            if (module := program.module(path)) is not None
        ]
        return tuple(found)

    @functools.cached_property
    def contexts(self) -> Contexts:
        """Which function runs in which process and thread."""
        return Contexts(self.program, self.modules)

    @functools.cached_property
    def variations(self) -> Variations:
        """Which value is the same for every request."""
        from zerolint.model.variation import Variations

        return Variations(self.program, self.contexts)

    def variation(self, node: Any, point: Point) -> Variation:
        """Whether the value of an expression is the same for every request."""
        return self.variations.shape(node, point).variation

    @functools.cached_property
    def devices(self) -> Devices:
        """What lives on the GPU and what does not."""
        from zerolint.model.devices import Devices

        return Devices(self.program, self.contexts)

    def device(self, node: Any, point: Point) -> Device | None:
        """Where the value of an expression lives; None when that is not known."""
        return self.devices.device(node, point)

    @functools.cached_property
    def places(self) -> Places:
        """What outlives a request, and how code that runs for visitors gets hold of it."""
        from zerolint.model.once import Guards
        from zerolint.model.places import Places

        return Places(self, Guards(self.program))

    @functools.cached_property
    def placements(self) -> Placements:
        """What start-up code put on CUDA."""
        from zerolint.model.packed import Placements

        mentions = self.mentions(*words.PLACING)
        return Placements(self.program, self.contexts, self.devices, mentions)

    def packed(self, node: Any, point: Point) -> Packed | None:
        """Where start-up code put the value of an expression on CUDA; None when it did not, or that is not known."""
        return self.placements.packed(node, point)

    def cuda_results(self) -> tuple[CudaResult, ...]:
        """Every result on CUDA that a GPU function hands to the main process."""
        from zerolint.model.devices import cuda_results

        return tuple(cuda_results(self))

    def dead_fallbacks(self) -> tuple[DeadFallback, ...]:
        """Every branch with something of substance that never runs because CUDA is available."""
        from zerolint.model.fallback import dead_fallbacks

        return tuple(dead_fallbacks(self))

    def grad_results(self) -> tuple[GradResult, ...]:
        """Every result of a GPU function that requires grad."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.gradients import grad_results

        return tuple(grad_results(self))

    def file_writes(self) -> tuple[FileWrite, ...]:
        """Every write of a file in code that runs for a visitor."""
        from zerolint.model.writes import file_writes

        return tuple(file_writes(self))

    @functools.cached_property
    def reached(self) -> tuple[str, ...]:
        """The Python files that the entry points are or import, directly or not, found without parsing them."""
        found: dict[str, None] = {}
        stack = list(reversed(self.entry_points))
        while stack:
            path = stack.pop()
            if path in found or path not in self.contents:
                continue
            found[path] = None
            stack.extend(self.imported_by(path))
        return tuple(sorted(found))

    def imported_from(self, path: str) -> frozenset[str]:
        """A file with all that it imports, directly or not, found without parsing them."""
        known = self._imported_from.get(path)
        if known is None:
            found: dict[str, None] = {path: None}
            queue = [path]
            for file in queue:
                for inner in self.imported_by(file):
                    if inner not in found and inner in self.contents:
                        found[inner] = None
                        queue.append(inner)
            known = self._imported_from[path] = frozenset(found)
        return known

    def imported_by(self, path: str) -> list[str]:
        """The files that a file imports anywhere, found without parsing it."""
        known = self._imported_by.get(path)
        if known is None:
            known = self._imported_by[path] = self._find_imports(path)
        return known

    def _find_imports(self, path: str) -> list[str]:
        source = self.source(path)
        if source is None:
            return []
        program = self.program
        files: list[str] = []
        no_parts: tuple[str, ...] = ()
        for match in _imports(source.text):
            origin, names, modules = match.groups()
            if modules is not None:
                targets = [(part.split()[0], no_parts) for part in modules.split(",") if part.split()]
            else:
                targets = [(origin, tuple(_WORD.findall(names)))]
            for module, parts in targets:
                found = program.find(module, path)
                if found is None:
                    continue
                # `import a.b.c` runs a/__init__.py and a/b/__init__.py too.
                steps = found.split("/")
                candidates = ["/".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
                candidates += [f"{found}/{part}" if found else part for part in parts]
                files.extend(file for place in candidates if (file := program.file_of(place)) is not None)
        return files

    def mentions(self, *words: bytes) -> bool:
        """Whether a reached file contains one of the words: the cheap question before a dear one."""
        return any(map(self._mentions, words))

    def _mentions(self, word: bytes) -> bool:
        known = self._mentioned.get(word)
        if known is None:
            known = self._mentioned[word] = word in self._reached_text
        return known

    def lists(self, *words: bytes) -> bool:
        """Whether a file that is no Python, such as the README or requirements.txt, has a word in small letters."""
        return any(word in self._listing for word in words)

    @functools.cached_property
    def _listing(self) -> bytes:
        """What the files that are no Python say, in small letters. UTF-16 is decoded, as pip does it."""
        texts: list[bytes] = []
        for path, content in self.contents.items():
            if not path.endswith(".py"):
                if b"\0" in content and (source := self.source(path)) is not None:
                    content = source.text.encode("utf-8", "surrogatepass")
                texts.append(content.lower())
        return b"\n".join(texts)

    @functools.cached_property
    def _reached_text(self) -> bytes:
        return b"\0".join([self.contents[path] for path in self.reached])

    def modules_with(self, word: bytes) -> list[Module]:
        """The reached modules whose text contains a word, parsed."""
        return [
            module
            for path in self.reached
            if word in self.contents[path]
            if (module := self.program.module(path)) is not None
        ]

    def span(self, module: Module, node: Any, within: Any = None) -> Span:
        """The place of a node of a module. A node `within` which it stands, such as the argument of a keyword, helps to
        find it where no record of the model names it."""
        return self._files[module.path].span(node, module.statement_of(node if within is None else within))

    def code(self, module: Module, node: Any, most: int = 60) -> str:
        """The source of a node on one line, without comments, shortened to `most` characters, for messages."""
        text = _on_one_line(str(self._files[module.path].tree.code_for_node(node)))
        return text if len(text) <= most else text[: most - 1] + "…"

    def round_trips(self, module: Module, node: Any) -> bool:
        """Whether an edit at a node of a module is safe, because libcst gives back exactly what was read."""
        return self._files[module.path].round_trips_at(node, module.statement_of(node))

    # Questions that rules ask.

    def route(
        self,
        scope: Scope,
        context: Context | None = None,
        *,
        most: int = 2,
        steps: Mapping[Context, Mapping[Scope, Step]] | None = None,
        chain: tuple[tuple[Call, Function], ...] = (),
    ) -> tuple[Note, ...]:
        """Notes on how a function comes to run, from it back to the root; at most `most` are shown to people."""
        return route.route(self, scope, context, most, steps, chain)

    @functools.cached_property
    def _gpu_options(self) -> tuple[GpuOptions, ...]:
        from zerolint.model.options import gpu_options

        return tuple(gpu_options(self))

    def gpu_options(self) -> tuple[GpuOptions, ...]:
        """Every place where `spaces.GPU` is applied, with its arguments by what they mean."""
        return self._gpu_options if self.mentions(b"GPU") else ()

    def wrong_durations(self) -> tuple[WrongDuration, ...]:
        """Every duration that is written in the code and is no number of seconds from 1 to a day."""
        if not self._has_unusual_duration():
            return ()
        from zerolint.model.written import wrong_durations

        return tuple(wrong_durations(self))

    def _has_unusual_duration(self) -> bool:
        """Whether some duration is anything else than a plain whole number of up to four digits."""
        durations = [options.duration.node for options in self.gpu_options() if options.duration is not None]
        return any(type(node).__name__ != "Integer" or not _PLAIN_SECONDS.fullmatch(node.value) for node in durations)

    def wrong_sizes(self, sizes: tuple[str, ...]) -> tuple[WrongSize, ...]:
        """Every size that is written in the code and is none of `sizes`."""
        if not any(options.size is not None for options in self.gpu_options()):
            return ()
        from zerolint.model.written import wrong_sizes

        return tuple(wrong_sizes(self, sizes))

    def written_value(self, node: Any, point: Point) -> Any | None:
        """The value of an expression that is made of what is written in the code only; None of any other."""
        from zerolint.model.written import written_value

        return written_value(self.program, node, point)

    def misread_arguments(self) -> tuple[Misread, ...]:
        """Every argument without a keyword that means something else to `spaces.GPU`."""
        if not any(
            options.task or options.surplus or (options.size and not options.size.keyword)
            for options in self.gpu_options()
        ):
            return ()
        from zerolint.model.written import misread_arguments

        return tuple(misread_arguments(self))

    def async_gpu_functions(self) -> tuple[AsyncFunction, ...]:
        """Every `async def` that `spaces.GPU` is applied to."""
        from zerolint.model.gpu import async_functions

        return tuple(async_functions(self))

    def second_decorations(self) -> tuple[SecondDecoration, ...]:
        """Every application of `spaces.GPU` to what is a GPU function already."""
        if not any(options.overruled for options in self.gpu_options()):
            return ()
        from zerolint.model.gpu import second_decorations

        return tuple(second_decorations(self))

    def is_placeholder(self, scope: Scope) -> bool:
        """Whether a GPU function is there only to be detected."""
        from zerolint.model.gpu import is_placeholder

        return is_placeholder(self, scope)

    def gpu_applications(self) -> tuple[Application, ...]:
        """Every place where `spaces.GPU` is applied."""
        from zerolint.model.gpu import applications

        return tuple(applications(self))

    def wrong_seconds(self) -> tuple[WrongSeconds, ...]:
        """Everything that a function given as `duration` gives back and that is no number of seconds."""
        if not self._has_unusual_duration():
            return ()
        from zerolint.model.estimators import wrong_seconds

        return tuple(wrong_seconds(self))

    def duration_mismatches(self) -> tuple[Mismatch, ...]:
        """Every GPU function that is called with what the function given as its `duration` cannot take."""
        if not self._has_unusual_duration():
            return ()
        from zerolint.model.estimators import mismatches

        return tuple(mismatches(self))

    def generators_hidden_from_gpu(self) -> tuple[Hidden, ...]:
        """Every generator that `spaces.GPU` takes for the result of a plain function."""
        from zerolint.model.generators import hidden_from_gpu

        return tuple(hidden_from_gpu(self))

    def generators_hidden_from_gradio(self) -> tuple[Hidden, ...]:
        """Every generator of a GPU function that Gradio takes for the result of a plain function."""
        if not any(scope.is_generator for scope in self.contexts.gpu):
            return ()
        from zerolint.model.generators import hidden_from_gradio

        return tuple(hidden_from_gradio(self))

    @functools.cached_property
    def _gpu_calls(self) -> tuple[GpuCall, ...]:
        return tuple(boundary.gpu_calls(self))

    def gpu_calls(self) -> tuple[GpuCall, ...]:
        """Every call for a visitor that goes to a GPU worker."""
        return self._gpu_calls

    @functools.cached_property
    def _gpu_results(self) -> tuple[GpuResult, ...]:
        return tuple(boundary.gpu_results(self))

    def gpu_results(self) -> tuple[GpuResult, ...]:
        """Every result that a GPU function hands to the main process."""
        return self._gpu_results

    @functools.cached_property
    def pickling(self) -> Pickling:
        """What cannot be pickled."""
        from zerolint.model.pickling import Pickling

        return Pickling(self.program)

    def stuck_results(self) -> tuple[StuckResult, ...]:
        """Every result of a GPU function that cannot be pickled."""
        from zerolint.model.pickling import stuck_results

        return tuple(stuck_results(self))

    def stuck_arguments(self) -> tuple[StuckArgument, ...]:
        """Every argument of a call to a GPU worker that cannot be pickled."""
        from zerolint.model.pickling import stuck_arguments

        return tuple(stuck_arguments(self))

    def lost_changes(self) -> tuple[LostChange, ...]:
        """Every change of a `gr.State` value that a GPU function hands to nobody."""
        from zerolint.model.session import lost_changes

        return tuple(lost_changes(self))

    def deleted_paths(self) -> tuple[DeletedPath, ...]:
        """Every path of a temporary file that is handed on and deleted before it is read."""
        from zerolint.model.temporary import deleted_paths

        return tuple(deleted_paths(self))

    def lost_errors(self) -> tuple[LostError, ...]:
        """Every error of Gradio that a GPU worker raises and the main process cannot make again."""
        from zerolint.model.raising import lost_errors

        return tuple(lost_errors(self))

    def repeated_gpu_calls(self) -> tuple[RepeatedCall, ...]:
        """Every call of a GPU function that is made again in each turn of a loop, outside GPU functions."""
        from zerolint.model.loops import repeated_gpu_calls

        return tuple(repeated_gpu_calls(self))

    def blocking_calls(self) -> tuple[BlockingCall, ...]:
        """Every call that stops the event loop until a GPU function is done."""
        from zerolint.model.ways import blocking_calls

        return tuple(blocking_calls(self))

    def anonymous_clients(self) -> tuple[AnonymousClient, ...]:
        """Every client of another Space that does not send each visitor's token."""
        from zerolint.model.clients import anonymous_clients

        return tuple(anonymous_clients(self))

    def bookings(self) -> tuple[Booking, ...]:
        """What calls of GPU functions for visitors book."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.booking import bookings

        return tuple(bookings(self))

    def growths(self) -> tuple[Growth, ...]:
        """Every constant duration of a GPU function whose time grows with an input."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.booking import growths

        return tuple(growths(self))

    def eager_caches(self) -> tuple[MadeOnGpu, ...]:
        """Every set of examples that a GPU function computes while the app starts."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.examples import eager_caches

        return tuple(eager_caches(self))

    def text_caches(self) -> tuple[tuple[ExampleSet, str], ...]:
        """Every set of examples with a text for `cache_examples`, and the text."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.examples import text_caches

        return tuple(text_caches(self))

    def ignored_clicks(self) -> tuple[IgnoredClick, ...]:
        """Every option on clicks on examples that their cache leaves without effect."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.examples import ignored_clicks

        return tuple(ignored_clicks(self))

    def short_queues(self) -> tuple[ShortQueue, ...]:
        """The first limit on concurrency of an app in which only one call may wait."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.queueing import short_queues

        return tuple(short_queues(self))

    def passive_bookings(self) -> tuple[PassiveBooking, ...]:
        """Every GPU function that runs although no visitor has asked for a result."""
        events = {registration.event for registration in self.contexts.registrations}
        if not any(event in words.PASSIVE_EVENTS or event.endswith("Interface") for event in events):
            if events.isdisjoint(words.LATER_EVENTS) or not self.mentions(*words.PASSIVE):
                return ()
        from zerolint.model.passive import passive_bookings

        return tuple(passive_bookings(self))

    def idle_times(self) -> tuple[IdleTime, ...]:
        """Every call in a GPU worker during which the GPU does nothing."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.idle import idle_times

        return tuple(idle_times(self))

    def lost_tokens(self) -> tuple[LostToken, ...]:
        """Every way to a GPU worker on which the token of the visitor gets lost."""
        if all(registration.is_event for registration in self.contexts.registrations):
            return ()
        from zerolint.model.identity import lost_tokens

        return tuple(lost_tokens(self))

    def compilations(self) -> tuple[Compilation, ...]:
        """Every use of `torch.compile` that the app reaches."""
        from zerolint.model.compilation import compilations

        return tuple(compilations(self))

    def loadings(self) -> tuple[Loading, ...]:
        """Every model that is loaded for a visitor and could be loaded at start-up."""
        from zerolint.model.loading import loadings

        return tuple(loadings(self))

    def mapped_loads(self) -> tuple[MappedLoad, ...]:
        """Every model that start-up code loads with a `device_map` that `transformers` places from threads."""
        from zerolint.model.device_maps import mapped_loads

        return tuple(mapped_loads(self))

    def early_touches(self) -> tuple[EarlyTouch, ...]:
        """For each program that touches CUDA before it imports `spaces`, the first call that does."""
        if self._imports_spaces_before_cuda():
            return ()
        from zerolint.model.importing import early_touches

        return tuple(early_touches(self))

    def _imports_spaces_before_cuda(self) -> bool:
        """Whether the texts alone show that nothing which mentions CUDA comes before the first import of `spaces`."""
        for path in self.programs:
            content = self.contents.get(path, b"")
            first = _TOP_SPACES_IMPORT.search(content)
            if first is None or b"cuda" in content[: first.start()]:
                return False
            before = content[: first.start()]
            for other in self.imported_from(path):
                # What is not named before is imported later, or by what is.
                name = other.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
                if other != path and name.encode() in before:
                    return False
        return True

    @functools.cached_property
    def _outside_operations(self) -> tuple[Operation, ...]:
        if not self.contexts.gpu:
            return ()
        from zerolint.model.outside import operations

        return tuple(operations(self))

    def outside_operations(self) -> tuple[Operation, ...]:
        """Every call that touches CUDA in a handler or in a thread of the main process."""
        return self._outside_operations

    def emulation_gaps(self) -> tuple[Gap, ...]:
        """Every call of start-up code that reaches CUDA below its emulation."""
        from zerolint.model.importing import gaps

        return tuple(gaps(self))

    def model_moves(self) -> tuple[Move, ...]:
        """Every move of a model that was made at start-up to CUDA, in code of a GPU worker."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.moves import moves

        return tuple(moves(self))

    def child_processes(self) -> tuple[ChildProcess, ...]:
        """Every call in a GPU worker that starts processes."""
        from zerolint.model.processes import child_processes

        return tuple(child_processes(self))

    def shared_seeds(self) -> tuple[SharedSeed, ...]:
        """Every seed that a GPU worker draws from a generator in the state of the main process."""
        if not self.mentions(*words.DRAWING):
            return ()
        from zerolint.model.seeds import shared_seeds

        return tuple(shared_seeds(self))

    def worker_caches(self) -> tuple[WorkerCache, ...]:
        """Every cache of results that is filled in GPU workers only."""
        from zerolint.model.caching import worker_caches

        return tuple(worker_caches(self))

    def missed_errors(self) -> tuple[MissedError, ...]:
        """Every `except` in the main process that misses or swallows what a GPU function raises."""
        from zerolint.model.errors import missed_errors

        return tuple(missed_errors(self))

    def held_locks(self) -> tuple[HeldLock, ...]:
        """Every lock that is held across a call of a GPU function that takes it."""
        from zerolint.model.locks import held_locks

        return tuple(held_locks(self))

    def worker_endings(self) -> tuple[Ending, ...]:
        """Every call that ends a GPU worker, or that fails in one because of signals."""
        from zerolint.model.processes import endings

        return tuple(endings(self))

    def starting_call(self, scope: Scope) -> Call | None:
        """The call by which start-up code runs a function; None for module level, or when it is handed on."""
        from zerolint.model.startup import starting_call

        return starting_call(self, scope)

    def second_gpus(self) -> tuple[SecondGpu, ...]:
        """Every call that asks for a GPU beside the one there is."""
        if not words.may_name_second_gpu(self._reached_text):
            return ()
        from zerolint.model.device_numbers import second_gpus

        return tuple(second_gpus(self))

    def unready_app(self) -> Unready | None:
        """The app when nothing in it is a GPU function by the time it is launched."""
        if _TOP_DECORATION.search(self.contents.get(self.app_file, b"")):
            return None
        from zerolint.model.launching import unready

        return unready(self)

    def launch_bypasses(self) -> tuple[Bypass, ...]:
        """Every app that a web server serves and nothing launches."""
        from zerolint.model.launching import bypasses

        return tuple(bypasses(self))

    @functools.cached_property
    def _late_spaces_import(self) -> LateImport | None:
        from zerolint.model.launching import late_spaces_import

        return late_spaces_import(self)

    def late_spaces_import(self) -> LateImport | None:
        """The first import of `spaces` when none runs before the app is launched."""
        app = self.contents.get(self.app_file, b"")
        first = _TOP_SPACES_IMPORT.search(app)
        if first is not None and first.start() < (app.find(b"launch") % (len(app) + 1)):
            return None
        return self._late_spaces_import if self.mentions(b"spaces") else None

    def shadowed_modules(self) -> tuple[Shadow, ...]:
        """Every file of the Space that hides a package which the app imports."""
        names = ("spaces.py", "gradio.py", "torch.py", "spaces/__init__.py", "gradio/__init__.py", "torch/__init__.py")
        if not any(path.endswith(names) for path in self._python):
            return ()
        from zerolint.model.shadowing import shadows

        return tuple(shadows(self))

    def startup_work(self) -> tuple[StartupWork, ...]:
        """Every call of start-up code that runs a model or a GPU function."""
        from zerolint.model.startup import startup_work

        return tuple(startup_work(self))

    def state_writes(self) -> tuple[StateWrite, ...]:
        """Every write of code that runs for visitors to state that outlives the request."""
        from zerolint.model.state import state_writes

        return tuple(state_writes(self))

    def early_listeners(self) -> tuple[EarlyListener, ...]:
        """Every function that Gradio gets before the `spaces.GPU` above its listener."""
        if not any(len(scope.decorations) > 1 for scope in self.contexts.gpu):
            return ()
        from zerolint.model.order import early_listeners

        return tuple(early_listeners(self))

    def gpu_descriptors(self) -> tuple[GpuDescriptor, ...]:
        """Every method of which `spaces.GPU` gets no function but a descriptor."""
        if not any(scope.is_method and len(scope.decorations) > 1 for scope in self.contexts.gpu):
            return ()
        from zerolint.model.descriptors import gpu_descriptors

        return tuple(gpu_descriptors(self))

    def grad_modes(self) -> tuple[GradMode, ...]:
        """Every place that switches gradients off in the main process for what runs in a GPU worker."""
        if not self.mentions(b"set_grad_enabled"):
            if not any(len(scope.decorations) > 1 for scope in self.contexts.gpu):
                return ()
            if not self.mentions(b"no_grad", b"inference_mode"):
                return ()
        from zerolint.model.grad_modes import grad_modes

        return tuple(grad_modes(self))

    def late_gpus(self) -> tuple[LateGpu, ...]:
        """Every function that is made a GPU function after it was registered."""
        if not self.program.wraps_gpu:
            return ()
        from zerolint.model.order import late_gpus

        return tuple(late_gpus(self))

    def nested_gpu_functions(self) -> tuple[NestedFunction, ...]:
        """Every GPU function that is made anew for each request."""
        from zerolint.model.gpu import nested_functions

        return tuple(nested_functions(self))

    def packed_reads(self) -> tuple[PackedRead, ...]:
        """Every use of a packed model or tensor in code for visitors outside GPU functions."""
        if not self.contexts.gpu:
            return ()
        from zerolint.model.reads import packed_reads

        return tuple(packed_reads(self))

    def gpu_methods(self) -> tuple[GpuMethod, ...]:
        """Every decorated method whose `self` is pickled with a model in it."""
        if not any(scope.is_method for scope in self.contexts.gpu):
            return ()
        from zerolint.model.holders import gpu_methods

        return tuple(gpu_methods(self))

    def passed_models(self) -> tuple[PassedModel, ...]:
        """Every packed model that a GPU function gets as an argument."""
        if not self.contexts.gpu or not (self.gpu_calls() or self.mentions(b"State(", b"partial")):
            return ()
        from zerolint.model.holders import passed_models

        return tuple(passed_models(self))

    def guarded_spaces_imports(self) -> tuple[GuardedImport, ...]:
        """Every import of `spaces` with a stand-in for when it fails."""
        from zerolint.model.gpu import guarded_imports

        return tuple(guarded_imports(self))

    def wheel_for_another_python(self, version: str) -> tuple[Requirement, str] | None:
        """The first wheel in the requirements that Python `version` cannot install, with the Python it is for."""
        if not self.lists(b".whl"):
            return None
        from zerolint.model.wheels import wheel_for_another_python

        return wheel_for_another_python(self, version)

    @functools.cached_property
    def wheels(self) -> tuple[Wheel, ...]:
        """What the names of the wheels that are installed tell of them."""
        from zerolint.model.wheels import wheels

        return wheels(self)

    @functools.cached_property
    def judged_wheels(self) -> tuple[Judged, ...]:
        """The wheels among them that are of no use, each with the reason."""
        from zerolint.model.wheels import judge

        return judge(self)

    # What the Space is.

    @functools.cached_property
    def hardware(self) -> str:
        """The hardware that the front matter names, "" when it names none."""
        if self.readme is None or b"hardware" not in self.contents["README.md"]:
            return ""
        return self.readme.text("suggested_hardware") or self.readme.text("hardware") or ""

    @functools.cached_property
    def is_marked(self) -> bool:
        """Whether a README with front matter makes the folder a Space, and its requirements what is installed there."""
        return (
            b"sdk" in self.contents.get("README.md", b"") and self.readme is not None and bool(self.readme.text("sdk"))
        )

    @functools.cached_property
    def is_for_zerogpu(self) -> bool | None:
        """Whether the Space is meant for ZeroGPU: as told, by its front matter, by its imports; None when nothing says
        so."""
        if self.target != "auto":
            return self.target == "zerogpu"
        if self.hardware:
            return self.hardware.startswith("zero")
        if any(path in self.contents and uses_spaces(self.contents[path]) for path in self.entry_points):
            return True
        # The GPU functions may stand in a module that the app file imports. A module that gets by without `spaces` does
        # not count: a library can have such a one for other people's Spaces.
        if self.app_file in self.contents and self.readme is not None and self.readme.text("sdk") == "gradio":
            if any(_needs_spaces(self.contents[path]) for path in self._python):
                files = self.imported_from(self.app_file)
                return any(_needs_spaces(self.contents[path]) for path in files) or None
        return None

    @functools.cached_property
    def gradio_version(self) -> tuple[int, ...] | None:
        """The version of Gradio that the Space runs with; None when nothing names it."""
        from zerolint.model.packages import gradio_version

        return gradio_version(self)

    @functools.cached_property
    def torch(self) -> TorchChoice | None:
        """What the requirements say of torch; None when they do not name it."""
        from zerolint.model.packages import torch_choice

        return torch_choice(self)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every file in scope, or part of one, that could not be judged."""
        for path in self.reached:
            if path not in self._files and path not in self._problems and path not in self._checked:
                self._checked.add(path)
                self._check_syntax(path)
        found = list(self._problems.values())
        if self.readme is not None:
            found.extend(self.readme.problems)
        found.extend(self.requirements.problems)
        # Asking for them may have shown that a file cannot be decoded.
        found.extend(problem for problem in self._problems.values() if problem not in found)
        for path, reason in self._unreadable.items():
            if path in ("README.md", "requirements.txt", self.app_file) or path.endswith(".py"):
                found.append(Problem(ProblemKind.UNREADABLE, point(path), reason))
        return tuple(sorted(set(found), key=lambda problem: (problem.at, problem.message)))

    def _check_syntax(self, path: str) -> None:
        """Whether a reached file that no rule needed parses.

        Python's own parser is ten times as fast as libcst and says so first; of what it offers, the table of symbols
        is the cheapest to make.
        """
        source = self.source(path)
        if source is None:
            return
        from zerolint.read.gate import refusal_of

        if refusal_of(source.text) is not None:
            self.file(path)
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                symtable.symtable(source.text, path, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.file(path)


def _offers_page(content: bytes) -> bool:
    """Whether a file may make a page of Gradio, rather than only import it."""
    return b"gradio" in content and any(word in content for word in (b"launch", b"Blocks", b"Interface", b"gr.load("))


def _needs_spaces(content: bytes) -> bool:
    """Whether a module has a GPU function of its own and imports `spaces` for it without a way out."""
    return bool(_TOP_DECORATION.search(content) and _TOP_SPACES_IMPORT.search(content)) and uses_spaces(content)


def _wraps_gpu(content: bytes) -> bool:
    """Whether a file may use `spaces.GPU` in any other way than as the decorator of a top-level function."""
    if b"GPU" not in content or b"spaces" not in content:
        return False
    if _GPU_BY_NAME.search(content):
        return True
    for match in _GPU_ATTRIBUTE.finditer(content):
        before = content[content.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        if not (_TOP_DECORATOR.fullmatch(before) or before.lstrip().startswith(b"#")):
            return True
    return False


def _imports(text: str) -> Iterator[re.Match[str]]:
    """The import statements of a text, in its order. The search goes by the word, which is faster than by lines."""
    end = 0
    at = text.find("import")
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        match = _IMPORT.match(text, start) if start >= end else None
        if match is not None:
            end = match.end()
            yield match
        at = text.find("import", max(end, at + 1))


def _on_one_line(code: str) -> str:
    """Source as one line, as it would be written on one."""
    if "\n" in code:
        # A string is kept, whatever is in it.
        code = re.sub(
            r"""(\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#[^\n]*""",
            lambda found: found[1] or "",
            code,
            flags=re.DOTALL,
        )
        code = re.sub(r"([(\[{])\s*\n\s*", r"\1", code)
        code = re.sub(r",?\s*\n\s*([)\]}])", r"\1", code)
    return " ".join(code.split())


__all__ = ["Context", "Space"]
