"""libcst as `read/parser.py` imports it, held against libcst as it is, and its dataclasses against Python's own."""

from __future__ import annotations

import dataclasses
import operator
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zerolint.read import parser


def define() -> dict[str, Any]:
    @dataclasses.dataclass
    class Plain:
        number: int
        names: list[str] = dataclasses.field(default_factory=list, repr=False, compare=False)
        start: dataclasses.InitVar[int] = 2

        def __post_init__(self, start: int) -> None:
            self.total = self.number + start

    @dataclasses.dataclass(frozen=True, order=True)
    class Frozen:
        """Ordered too."""

        a: int
        b: str = "b"

    @dataclasses.dataclass(frozen=True)
    class Below(Frozen):
        c: Any = dataclasses.field(default=None, kw_only=True)

    @dataclasses.dataclass(unsafe_hash=True, slots=True)
    class Slotted:
        x: int = 3
        y: Any = None

    @dataclasses.dataclass(eq=False, repr=False)
    class Own:
        value: str = "\n def f():\n return f"

        def __repr__(self) -> str:
            return "own"

    @dataclasses.dataclass
    class Empty:
        pass

    return {cls.__name__: cls for cls in (Plain, Frozen, Below, Slotted, Own, Empty)}


@pytest.fixture(scope="module")
def deferred() -> dict[str, Any]:
    with parser._methods_when_called():
        return define()


def told(do: Callable[[], object]) -> str:
    """What comes of a call, in words."""
    try:
        return repr(do())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def uses() -> Iterator[Callable[[dict[str, Any]], object]]:
    def recursive(known: dict[str, Any]) -> object:
        outer = known["Slotted"](1)
        outer.y = [outer]
        return outer

    yield lambda known: known["Plain"](1, ["n"], start=5).total
    yield lambda known: known["Plain"](1, ["n"]) == known["Plain"](1, ["m"])
    yield lambda known: known["Plain"]()
    yield lambda known: hash(known["Plain"](1))
    yield lambda known: known["Plain"](7)
    yield lambda known: setattr(known["Frozen"](1), "a", 2)
    yield lambda known: delattr(known["Frozen"](1), "b")
    yield lambda known: setattr(known["Below"](1), "c", 2)
    yield lambda known: setattr(known["Below"](1), "other", 2)
    yield lambda known: known["Below"](1, "x", c=[2])
    yield lambda known: known["Below"](1, "x", 3)
    yield lambda known: known["Frozen"](1) == known["Below"](1)
    yield lambda known: hash(known["Frozen"](1)) == hash(known["Frozen"](1))
    yield lambda known: dataclasses.replace(known["Below"](1), c=4)
    yield recursive
    yield lambda known: hash(known["Slotted"]()) == hash(known["Slotted"](3))
    yield lambda known: known["Slotted"]() == known["Slotted"](3)
    yield lambda known: setattr(known["Slotted"](), "z", 1)
    yield lambda known: known["Own"]()
    yield lambda known: known["Own"]().value
    yield lambda known: known["Own"]() == known["Own"]()
    yield lambda known: known["Empty"]() == known["Empty"]()
    yield lambda known: known["Empty"]()
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        yield lambda known, compare=compare: compare(known["Frozen"](1, "a"), known["Frozen"](1, "b"))
        yield lambda known, compare=compare: compare(known["Frozen"](1), known["Below"](1))
        yield lambda known, compare=compare: compare(known["Plain"](1), known["Plain"](1))
    for name in ("__init__", "__repr__", "__eq__", "__setattr__"):
        yield lambda known, name=name: getattr(known["Frozen"], name).__qualname__
    yield lambda known: known["Frozen"].__match_args__
    yield lambda known: known["Empty"].__doc__


@pytest.mark.parametrize("use", list(uses()))
def test_dataclasses_do_what_those_of_python_do(
    deferred: dict[str, Any], use: Callable[[dict[str, Any]], object]
) -> None:
    own = define()
    assert told(lambda: use(deferred)) == told(lambda: use(own))
    # Once more, with what the first call has compiled.
    assert told(lambda: use(deferred)) == told(lambda: use(own))


def test_only_what_is_called_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    original = parser._compiled

    def noted(text: str, *rest: Any) -> Any:
        compiled.append(text.rpartition(" return ")[2])
        return original(text, *rest)

    monkeypatch.setattr(parser, "_compiled", noted)
    with parser._methods_when_called():

        @dataclasses.dataclass(frozen=True)
        class Point:
            x: int

    assert compiled == ["__init__"]
    assert (Point(1), Point(1)) == (Point(1), Point(1))
    assert compiled == ["__init__", "__eq__"]


def test_other_texts_are_executed() -> None:
    names: dict[str, Any] = {}
    parser._execute("two = one + 1", {"one": 1}, names)
    assert names == {"two": 2}


def test_dataclasses_is_left_as_it_was() -> None:
    parser.load()
    assert "exec" not in vars(dataclasses)
    with pytest.raises(KeyError), parser._methods_when_called():
        raise KeyError
    assert "exec" not in vars(dataclasses)


def test_threads_load_the_same_parser() -> None:
    program = """
import sys, threading
from zerolint.read import parser
sys.setswitchinterval(0.0001)
loaded = []
threads = [threading.Thread(target=lambda: loaded.append(parser.load())) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(loaded), len(set(map(id, loaded))))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("4 1\n", "")


_SHOW = """
import sys, dataclasses
if sys.argv[1] == "ours":
    from zerolint.read import parser
    parse = parser.load()
import libcst
if sys.argv[1] != "ours":
    parse = libcst.parse_module
text = open(sys.argv[2], encoding="utf-8").read()
tree = parse(text)
print(tree.code == text, tree, parse(text).deep_equals(tree), parse(text) == tree, hash(tree) == hash(tree))
wrapper = libcst.metadata.MetadataWrapper(tree)
print(sorted((p.start.line, p.start.column) for p in wrapper.resolve(libcst.metadata.PositionProvider).values()))
for do in (setattr, delattr):
    try:
        do(tree, "body", *[()][: do is setattr])
    except dataclasses.FrozenInstanceError as error:
        print(error)
for wrong in ('libcst.Name("")', 'libcst.parse_expression("1if 07770else 0")', 'libcst.Name(valu="a")'):
    try:
        print(eval(wrong))
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0])
print(repr(libcst.Name("a")), libcst.Name("a").with_changes(value="b").value)
"""


def test_libcst_does_what_it_does_without_us() -> None:
    def shown(whose: str) -> str:
        command = [sys.executable, "-c", _SHOW, whose, __file__]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    own = shown("libcst's")
    assert shown("ours") == own
    assert own.startswith("True Module(")


def test_nothing_of_libcst_is_compiled_at_once() -> None:
    """On this Python, the texts of `dataclasses` are understood; otherwise the import would be slow again, silently."""
    program = """
from zerolint.read import parser
count, run = [], parser._run
def counted(text, *rest):
    count.append(text)
    run(text, *rest)
parser._run = counted
parser.load()
print(len(count), sum("def __init__(" in text and " def __eq__" not in text for text in count))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    executed, constructors = map(int, done.stdout.split())
    # What a later Python executes has not been seen; if it is something else, all is compiled at once as ever.
    assert executed == constructors > 100 or sys.version_info >= (3, 14)
