"""Which files does per-request code write, and is the path the same for every request?

A write is found by what is called: an external callable from a table, or a method with a telling name on an object of
which nothing is known, then only when its argument looks like a file name. What writes into memory, into an archive
that is open already, or under a guard against doing it twice is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.once import Guards
from zerolint.model.shapes import Shape, Variation, constant_text
from zerolint.model.syntax import Block, Call, Scope
from zerolint.model.values import Class, External, Function, Instance, Package, Point, Value, point_of
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space


class Sink(NamedTuple):
    """Where a callable takes the path it writes to: by position (RECEIVER: the object itself) or by keyword.

    `mode` is the position of an argument like that of `open`, which tells whether something is written; `source` the
    position of what is copied there. `folder` tells that the path is a folder, whose name needs no suffix.
    """

    position: int
    keyword: str
    mode: int = -1
    source: int = -1
    folder: bool = False


RECEIVER = -2

# External callables. The signatures are of the libraries' releases of 2024 and 2025.
SINKS: dict[str, Sink] = {
    "builtins.open": Sink(0, "file", mode=1),
    "io.open": Sink(0, "file", mode=1),
    "codecs.open": Sink(0, "filename", mode=1),
    "aiofiles.open": Sink(0, "file", mode=1),
    "gzip.open": Sink(0, "filename", mode=1),
    "bz2.open": Sink(0, "filename", mode=1),
    "lzma.open": Sink(0, "filename", mode=1),
    "wave.open": Sink(0, "f", mode=1),
    "h5py.File": Sink(0, "name", mode=1),
    "zipfile.ZipFile": Sink(0, "file", mode=1),
    "tarfile.open": Sink(0, "name", mode=1),
    "soundfile.SoundFile": Sink(0, "file", mode=1),
    "soundfile.write": Sink(0, "file"),
    "scipy.io.wavfile.write": Sink(0, "filename"),
    "scipy.io.savemat": Sink(0, "file_name"),
    "numpy.save": Sink(0, "file"),
    "numpy.savez": Sink(0, "file"),
    "numpy.savez_compressed": Sink(0, "file"),
    "numpy.savetxt": Sink(0, "fname"),
    "cv2.imwrite": Sink(0, "filename"),
    "cv2.VideoWriter": Sink(0, "filename"),
    "torch.save": Sink(1, "f"),
    "torch.jit.save": Sink(1, "f"),
    "torchaudio.save": Sink(0, "uri"),
    "torchvision.io.write_video": Sink(0, "filename"),
    "torchvision.io.write_png": Sink(1, "filename"),
    "torchvision.io.write_jpeg": Sink(1, "filename"),
    "torchvision.utils.save_image": Sink(1, "fp"),
    "safetensors.torch.save_file": Sink(1, "filename"),
    "safetensors.numpy.save_file": Sink(1, "filename"),
    "imageio.get_writer": Sink(0, "uri"),
    "skimage.io.imsave": Sink(0, "fname"),
    "tifffile.imwrite": Sink(0, "file"),
    "matplotlib.pyplot.savefig": Sink(0, "fname"),
    "matplotlib.pyplot.imsave": Sink(0, "fname"),
    "plotly.io.write_image": Sink(1, "file"),
    "plotly.io.write_html": Sink(1, "file"),
    "plotly.offline.plot": Sink(-1, "filename"),
    "open3d.io.write_point_cloud": Sink(0, "filename"),
    "open3d.io.write_triangle_mesh": Sink(0, "filename"),
    "pytorch3d.io.save_obj": Sink(0, "f"),
    "pytorch3d.io.save_ply": Sink(0, "f"),
    "shutil.copy": Sink(1, "dst", source=0),
    "shutil.copy2": Sink(1, "dst", source=0),
    "shutil.copyfile": Sink(1, "dst", source=0),
    "shutil.copytree": Sink(1, "dst", source=0, folder=True),
    "shutil.move": Sink(1, "dst", source=0),
    "shutil.make_archive": Sink(0, "base_name", folder=True),
    "os.rename": Sink(1, "dst", source=0),
    "os.replace": Sink(1, "dst", source=0),
    "urllib.request.urlretrieve": Sink(1, "filename", source=0),
    "wget.download": Sink(1, "out", source=0),
    "pypdf.PdfWriter().write": Sink(0, "stream"),
    "joblib.dump": Sink(1, "filename"),
}

# Functions that several libraries have under one name with one meaning; looked up when the path itself is not above.
FUNCTIONS: dict[str, Sink] = {
    "export_to_video": Sink(1, "output_video_path"),
    "export_to_gif": Sink(1, "output_gif_path"),
    "export_to_ply": Sink(1, "output_ply_path"),
    "export_to_obj": Sink(1, "output_obj_path"),
    "mimsave": Sink(0, "uri"),
    "mimwrite": Sink(0, "uri"),
    "imwrite": Sink(0, "uri"),
    "write_video": Sink(0, "filename"),
    "save_video": Sink(1, "save_path"),
    "audio_write": Sink(0, "stem_name", folder=True),
}

# Methods of objects of which nothing is known.
METHODS: dict[str, Sink] = {
    "save": Sink(0, "fp"),
    "save_sync": Sink(0, "audio_fname"),
    "write_to_file": Sink(0, "filename"),
    "savefig": Sink(0, "fname"),
    "export": Sink(0, "file_obj"),
    "write_image": Sink(0, "file"),
    "write_html": Sink(0, "file"),
    "to_csv": Sink(0, "path_or_buf"),
    "to_json": Sink(0, "path_or_buf"),
    "to_excel": Sink(0, "excel_writer"),
    "to_parquet": Sink(0, "path"),
    "to_pickle": Sink(0, "path"),
    "write_text": Sink(RECEIVER, "", source=0),
    "write_bytes": Sink(RECEIVER, "", source=0),
    "open": Sink(RECEIVER, "", mode=0),
    "write_videofile": Sink(0, "filename"),
    "write_audiofile": Sink(0, "filename"),
    "write_gif": Sink(0, "filename"),
    "tts_to_file": Sink(2, "file_path"),
    "save_to_file": Sink(1, "filename"),
    "save_wav": Sink(1, "path"),
    "save_ply": Sink(0, "path"),
    "save_obj": Sink(0, "path"),
    "save_pretrained": Sink(0, "save_directory", folder=True),
    "output": Sink(0, "name"),
}

# Methods that take the path after what they write, in some libraries.
_AFTER_CONTENT = frozenset({"save_ply", "save_obj"})

# A second file that a method writes.
_BESIDE = {"write_videofile": Sink(-1, "temp_audiofile")}

# Arguments by which a callee is told where to write, whatever it is.
_OUTPUT_KEYWORDS = frozenset(
    {
        *("output_path", "save_path", "out_path", "output_file", "output_filename", "output_video_path"),
        *("output_wav_path", "output_audio_path", "output_image_path", "out_file", "outfile"),
    }
)

# Other spellings of the keyword for the path.
_KEYWORDS = {
    "save": (
        *("fp", "path", "filename", "file", "uri", "filepath", "f", "audio_fname", "savefile", "save_path"),
        *("output_path", "file_path"),
    ),
    "export": ("file_obj", "out_f", "path", "filename", "file"),
    "tts_to_file": ("file_path", "output_path"),
}

_RUNNERS = frozenset(
    {
        *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"),
        *("os.system", "os.popen"),
    }
)
_OUTPUT_OPTIONS = frozenset(
    {
        *("-o", "--output", "--out", "--output_file", "--output-file", "--output_path", "--output-path"),
        *("--write-media", "--outfile", "--out_path"),
    }
)
_LAST_IS_OUTPUT = r"(?:^|/)(?:ffmpeg|sox|convert|magick|lame|opusenc|flac)(?:\.exe)?$"

_FILE_NAME = r"[^\s/]\.(?:[A-Za-z][A-Za-z0-9]{0,9}|\*)$"
_NOT_A_FILE = r"^(?:/dev/.*|-|pipe:.*|\d+|(?:https?|s3|hf|data|memory|ftp)://?.*)$"
_NO_FILES = ("io.BytesIO()", "io.StringIO()", "tempfile.", "os.devnull", "sys.std")
_SAME = (Variation.FIXED, Variation.CHOSEN)
_MOST_CALLERS = 12
_LONGEST_CHAIN = 3
_EXISTS = frozenset({"exists", "isfile", "is_file", "isdir", "is_dir", "lexists"})


# Calls that lead from one function to another, outermost first.
Chain = tuple[tuple[Call, Function], ...]


class FileWrite(NamedTuple):
    """A call that writes a file, in the function `scope` that runs for a visitor.

    `path` is the expression of the path and `text` what is known of it: the whole, or else its last component, with `*`
    for a part that is the same for every request but not known. `is_fixed` tells that every request writes to the same
    path, or to one of a few; `appends` that the file is kept and added to. `chain` are the calls, with what they call,
    that lead to `scope` and of which the outermost hands over the fixed path, when others hand over paths of their own.
    `is_certain` is False when only the name of an argument says that the callee writes there.
    """

    call: Call
    scope: Scope
    path: Any
    text: str
    is_fixed: bool
    appends: bool
    chain: Chain = ()
    is_certain: bool = True


def file_writes(space: Space) -> Iterator[FileWrite]:
    """The writes of files in code that runs for a visitor, by file and place; not those under a guard or a lock."""
    writes = _Writes(space)
    for scope in space.contexts.per_request():
        for call in scope.calls:
            if (_last_name(call) in _NAMES or _names_output(call)) and not space.program.is_dead(call.block):
                yield from writes.of(call, scope)


class _Writes:
    """The state of one search: what is protected by callers is worked out once for each function."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._program = space.program
        self._guards = Guards(space.program)
        self._protected: dict[Scope, bool] = {}

    def of(self, call: Call, scope: Scope) -> Iterator[FileWrite]:
        """The files that a call writes, if it is a write."""
        point = point_of(call)
        for value in self._program.evaluate(call.node.func, point):
            if isinstance(value, (Function, Class, Instance, Package)):
                continue
            if isinstance(value, External) and value.path in _RUNNERS:
                found = self._command(call)
                if found is not None:
                    yield from self._judged(call, scope, *found, False, True)
                return
            name = _last_name(call)
            sink, certain = _sink_of(value, name, call)
            if sink is not None:
                yield from self._written(call, scope, value, sink, certain)
            beside = _BESIDE.get(name)
            if beside is not None:
                yield from self._written(call, scope, value, beside, False)
            if sink is None and beside is None and _names_output(call):
                yield from self._named_output(call, scope, value)
            return

    def _judged(
        self, call: Call, scope: Scope, node: Any, point: Point, shape: Shape, appends: bool, certain: bool
    ) -> Iterator[FileWrite]:
        """The write to a path, unless it is protected."""
        chain: Chain = ()
        if shape.variation not in _SAME:
            chain, shape = self._in_some_call(node, point, scope, call.block, shape)
        fixed = shape.variation in _SAME
        if fixed and (self._is_guarded(call.block, shape) or self._is_protected(scope, shape, 0)):
            return
        text = shape.text if shape.text is not None else shape.name_text or ""
        yield FileWrite(call, scope, node, text, fixed, appends, chain, certain)

    def _in_some_call(
        self, node: Any, point: Point, scope: Scope, block: Block | None, shape: Shape
    ) -> tuple[Chain, Shape]:
        """Calls that lead to a write and make its path the same for every request, outermost first, and that path."""
        chains: list[Chain] = [()]
        tried = 0
        for chain in chains:
            current = chain[0][0].function if chain else scope
            if not current.params or len(chain) >= _LONGEST_CHAIN:
                continue
            for call, function in self._program.callers(current)[:_MOST_CALLERS]:
                if not self._space.contexts.is_per_request(call.function) or self._program.is_dead(call.block):
                    continue
                tried += 1
                if tried > _MOST_CALLERS or any(call is other for other, _ in chain):
                    continue
                longer = ((call, function), *chain)
                found = self._space.variations.shape_along(node, point, longer)
                if found.variation in _SAME and re.search(_FILE_NAME, found.name_text or ""):
                    if not self._is_ruled_out(block, longer):
                        return longer, found
                chains.append(longer)
        return (), shape

    def _is_ruled_out(self, block: Block | None, chain: Chain) -> bool:
        """Whether code does not run for what is handed over, by a test such as `path.endswith(".mp4")`."""
        for outer in syntax.blocks_of(block):
            test = outer.node
            if outer.kind != syntax.IF or type(test).__name__ != "Call" or type(test.func).__name__ != "Attribute":
                continue
            point = Point(outer.scope, outer.parent, outer.order)
            suffix = self._program.constant(test.args[0].value, point) if len(test.args) == 1 else None
            if test.func.attr.value != "endswith" or suffix is None or not isinstance(suffix.value, str):
                continue
            about = self._space.variations.shape_along(test.func.value, point, chain)
            if about.name in _SAME and about.name_text and "*" not in about.name_text:
                if about.name_text.endswith(suffix.value) is not outer.branch:
                    return True
        return False

    def _written(self, call: Call, scope: Scope, value: Value, sink: Sink, certain: bool) -> Iterator[FileWrite]:
        name = _last_name(call)
        point = point_of(call)
        mode = self._program.argument(call, sink.mode, "mode") if sink.mode >= 0 or name == "to_csv" else None
        constant = self._program.constant(mode, point) if mode is not None else None
        letters = constant.value if constant is not None and isinstance(constant.value, str) else ""
        if sink.mode >= 0 and not set(letters) & set("wxa+"):
            return
        function: Any = call.node.func
        node = function.value if sink.position == RECEIVER else self._argument(call, sink, name)
        if node is None:
            return
        shape = self._space.variations.shape(node, point)
        if shape.is_none or (shape.text is not None and re.match(_NOT_A_FILE, shape.text)):
            return
        if shape.variation in _SAME:
            known = shape.text or shape.name_text or ""
            if not certain and not (known if sink.folder else re.search(_FILE_NAME, known)):
                return
            if not known and any(
                isinstance(inner, External) and inner.path.startswith(_NO_FILES)
                for inner in self._program.evaluate(node, point)
            ):
                return
            if sink.source >= 0 and self._is_same_content(call, sink, point):
                return
        yield from self._judged(call, scope, node, point, shape, "a" in letters, True)

    def _named_output(self, call: Call, scope: Scope, value: Value) -> Iterator[FileWrite]:
        """A call of something unknown with `output_path="result.png"`."""
        point = point_of(call)
        if isinstance(value, External) and value.path.startswith(("gradio.", "builtins.", "argparse.", "functools.")):
            return
        for argument in call.node.args:
            if argument.keyword is not None and argument.keyword.value in _OUTPUT_KEYWORDS:
                shape = self._space.variations.shape(argument.value, point)
                if shape.variation in _SAME and re.search(_FILE_NAME, shape.text or shape.name_text or ""):
                    yield from self._judged(call, scope, argument.value, point, shape, False, False)
                    return

    def _argument(self, call: Call, sink: Sink, name: str) -> Any | None:
        node = None
        for keyword in _KEYWORDS.get(name, (sink.keyword,)):
            node = self._program.argument(call, sink.position, keyword)
            if node is not None:
                break
        if name in _AFTER_CONTENT and (second := self._program.argument(call, 1, "")) is not None:
            # `pipe.save_ply(gaussians, "scene.ply")`
            known = self._space.variations.shape(second, point_of(call))
            if (known.text or known.name_text or "").endswith(f".{name[-3:]}"):
                return second
        return node

    def _is_same_content(self, call: Call, sink: Sink, point: Point) -> bool:
        """Whether what is written is the same for every request too."""
        source = self._program.argument(call, sink.source, "")
        return source is not None and self._space.variation(source, point) is Variation.FIXED

    # Programs that are started.

    def _command(self, call: Call) -> tuple[Any, Point, Shape] | None:
        """The output file of a program such as ffmpeg."""
        given = self._program.argument(call, 0, "args")
        folder = self._program.argument(call, -1, "cwd")
        point = point_of(call)
        if given is None:
            return None
        if folder is not None:
            where = self._space.variation(folder, point)
            if where in (Variation.VARIES, Variation.UNKNOWN):
                return None
        node, point = self._written_out(given, point)
        kind = type(node).__name__
        if kind in ("List", "Tuple"):
            return self._from_list(node, point)
        if kind in ("SimpleString", "FormattedString"):
            text = _tail_of_command(node)
            if text is not None and not re.match(_NOT_A_FILE, text):
                return node, point, constant_text(text)
        return None

    def _written_out(self, node: Any, point: Point) -> tuple[Any, Point]:
        """The expression behind a name that is assigned once, and behind `shlex.split` or `.split()`."""
        for _ in range(4):
            kind = type(node).__name__
            if kind == "Name":
                bindings = self._program.bindings(node.value, point)
                if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path:
                    break
                binding = bindings[0]
                node, point = binding.value, Point(binding.scope, binding.block, binding.order)
            elif kind == "Call" and type(node.func).__name__ == "Attribute" and node.func.attr.value == "split":
                node = node.args[0].value if node.args and _is_name(node.func.value, "shlex") else node.func.value
            else:
                break
        return node, point

    def _from_list(self, node: Any, point: Point) -> tuple[Any, Point, Shape] | None:
        elements = [element.value for element in node.elements]
        if len(elements) < 2:
            return None
        words = [self._program.constant(element, point) for element in elements]
        output = None
        for index, word in enumerate(words[:-1]):
            if word is not None and word.value in _OUTPUT_OPTIONS and index:
                output = elements[index + 1]
        first = words[0]
        if output is None and first is not None and re.search(_LAST_IS_OUTPUT, str(first.value)):
            output = elements[-1]
        if output is None or type(node.elements[-1]).__name__ == "StarredElement":
            return None
        shape = self._space.variations.shape(output, point)
        known = shape.text or shape.name_text or ""
        if shape.text is not None and (re.match(_NOT_A_FILE, shape.text) or shape.text.startswith("-")):
            return None
        if shape.variation in _SAME and not re.search(_FILE_NAME, known):
            return None
        return output, point, shape

    # Guards.

    def _is_guarded(self, block: Block | None, path: Shape) -> bool:
        """Whether code runs only while the file is missing, until something is set that stays, or under a lock."""
        if self._guards.is_settled(block, Context.HANDLER):
            return True
        return any(
            outer.kind == syntax.IF and self._runs_when_missing(outer, path) for outer in syntax.blocks_of(block)
        )

    def _runs_when_missing(self, block: Block, path: Shape) -> bool:
        stack: list[tuple[Any, bool]] = [(block.node, block.branch)]
        point = Point(block.scope, block.parent, block.order)
        while stack:
            node, holds = stack.pop()
            kind = type(node).__name__
            if kind == "UnaryOperation" and type(node.operator).__name__ == "Not":
                stack.append((node.expression, not holds))
            elif kind == "BooleanOperation":
                stack += [(node.left, holds), (node.right, holds)]
            elif kind == "Call" and not holds:
                name = node.func.attr.value if type(node.func).__name__ == "Attribute" else ""
                name = node.func.value if type(node.func).__name__ == "Name" else name
                if name not in _EXISTS:
                    continue
                about = node.args[0].value if node.args else getattr(node.func, "value", None)
                if about is None or isinstance(about, str):
                    continue
                shape = self._space.variations.shape(about, point)
                if shape.variation is not Variation.VARIES or path.variation is Variation.VARIES:
                    return True
        return False

    def _is_protected(self, scope: Scope, path: Shape, depth: int) -> bool:
        """Whether every call of a function is made under a guard or a lock."""
        if depth > 3:
            return False
        known = self._protected.get(scope)
        if known is not None:
            return known
        self._protected[scope] = False
        contexts = self._space.contexts
        calls = [call for call, _ in self._program.callers(scope) if contexts.is_per_request(call.function)]
        registered = any(registration.function.scope is scope for registration in contexts.registrations)
        protected = _runs_once(scope) or (
            bool(calls)
            and not registered
            and all(
                self._is_guarded(call.block, path) or self._is_protected(call.function, path, depth + 1)
                for call in calls
            )
        )
        self._protected[scope] = protected
        return protected


def _runs_once(scope: Scope) -> bool:
    """Whether a function without parameters remembers its result."""
    if scope.params:
        return False
    for decoration in scope.decorations:
        expression = decoration.expression
        name = syntax.dotted(expression.func if type(expression).__name__ == "Call" else expression)
        if name.rsplit(".", 1)[-1] in ("cache", "lru_cache", "cached", "memoize"):
            return True
    return False


def _sink_of(value: Value, name: str, call: Call) -> tuple[Sink | None, bool]:
    """How a callable writes, and whether that is certain."""
    if isinstance(value, External):
        sink = SINKS.get(value.path)
        if sink is not None:
            return sink, True
        if "()" not in value.path and "[]" not in value.path:
            return FUNCTIONS.get(value.path.rsplit(".", 1)[-1]), False
        if value.path.startswith(("zipfile.", "tarfile.", "builtins.open()", "io.")):
            return None, False
    if type(call.node.func).__name__ != "Attribute":
        return None, False
    return METHODS.get(name), False


def _last_name(call: Call) -> str:
    function: Any = call.node.func
    kind = type(function).__name__
    if kind == "Name":
        return str(function.value)
    return str(function.attr.value) if kind == "Attribute" else ""


def _names_output(call: Call) -> bool:
    return any(arg.keyword is not None and arg.keyword.value in _OUTPUT_KEYWORDS for arg in call.node.args)


_NAMES = frozenset({*(path.rsplit(".", 1)[-1] for path in (*SINKS, *_RUNNERS)), *FUNCTIONS, *METHODS})


def _is_name(node: Any, name: str) -> bool:
    return type(node).__name__ == "Name" and bool(node.value == name)


def _tail_of_command(node: Any) -> str | None:
    """The last word of a shell command that writes to what is named last, when that word is written in the code."""
    if type(node).__name__ == "SimpleString":
        first = last = node.raw_value
    else:
        if not node.parts or any(type(node.parts[end]).__name__ != "FormattedStringText" for end in (0, -1)):
            return None
        first, last = node.parts[0].value, node.parts[-1].value
    words = last.split()
    if not first.split() or not words or (first is not last and not last[:1].isspace() and len(words) < 2):
        return None  # the last word is only the end of a longer one
    word = words[-1].strip("\"'")
    if not re.search(_LAST_IS_OUTPUT, first.split()[0]) or not re.search(_FILE_NAME, word):
        return None
    return str(word)
