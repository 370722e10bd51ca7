"""What names and expressions stand for, who calls a function, and where modules are found."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space
from zerolint.model.syntax import FUNCTION, Call, Scope, dotted
from zerolint.model.values import Class, Constant, External, Function, Instance, Package, Parameter, Value, point_of

HEAD = """
import functools, os
import gradio as gr
import spaces
import torch
from numpy import array as arr
import tools.images as im

class Base:
    kind = "base"
    def run(self): return 1

class Box(Base):
    one = None
    def __init__(self, item, size=3):
        self.item = item
        self.size = size
    @classmethod
    def get(cls):
        if cls.one is None:
            cls.one = cls(len)
        return cls.one
    @property
    def width(self): return self.size

def f(x=None): return x
box = Box(f)
TABLE = {"a": f, "b": 2, **{}} if False else {"a": f, "b": 2}
SETTINGS = {"debug": False, "name": "x"}
NAMED = dict(size=4, name="y")
PAIRS = [("one", f), ("two", box)]
"""


def shown(value: Value) -> object:
    """A value as the tables below write it."""
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, External):
        return value.path
    if isinstance(value, Function):
        return f"def {value.scope.name}" + (" on gpu" if value.gpu is not None else "")
    if isinstance(value, Class):
        return f"class {value.scope.name}"
    if isinstance(value, Instance):
        return f"a {value.cls.name}"
    if isinstance(value, Package):
        return f"module {value.path}"
    return "?"


def last_asked(space: Space) -> Call:
    """The last call of `ask` in the app."""
    return [call for scope in space.modules[0].scopes for call in scope.calls if dotted(call.node.func) == "ask"][-1]


def meaning(code: str) -> list[object]:
    """What the argument of the last call of `ask` can be."""
    files = {"app.py": f"{HEAD}{code}\n", "tools/images.py": "def load(): return 7\nLIMIT = 5\n"}
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    call = last_asked(space)
    values = space.program.evaluate(call.node.args[0].value, point_of(call))
    passed = [inner for value in values if isinstance(value, Parameter) for inner in space.program.expand(value)]
    return [shown(value) for value in passed or values]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ask(arr)", ["numpy.array"]),
        ("ask(gr.Button().click)", ["gradio.Button().click"]),
        ("ask(im)", ["module tools/images"]),
        ("ask(im.load())", [7]),
        ("ask(im.LIMIT * 2 + 1)", [11]),
        ("ask(box)", ["a Box"]),
        ("ask(box.item)", ["def f"]),
        ("ask(box.kind)", ["base"]),
        ("ask(box.run)", ["def run"]),
        ("ask(box.size)", [3]),
        ("ask(box.width)", [3]),
        ("ask(Box.get())", [None, "a Box"]),
        ("ask(functools.partial(f, 1))", ["def f"]),
        ("ask(lambda: 1)", ["def <lambda>"]),
        ("ask(f if unknown else Box)", ["def f", "class Box"]),
        ("ask(f if True else Box)", ["def f"]),
        ("ask(None or f)", [None, "def f"]),
        ("ask(TABLE['a'])", ["def f"]),
        ("ask(TABLE[unknown])", ["def f", 2]),
        ("ask(TABLE.get('b'))", [2]),
        ("ask(TABLE.get('b', 9))", [2, 9]),
        ("ask(NAMED['size'])", [4]),
        ("ask(SETTINGS['debug'])", [False]),
        ("def on(): SETTINGS['debug'] = True\nask(SETTINGS['debug'])", [False, True]),
        ("def on(): SETTINGS['name'] = 'y'\nask(SETTINGS['debug'])", [False]),
        ("made = {}\nmade['a'] = f\nask(made['a'])", ["def f"]),
        ("made = {}\nmade['a'] = f\nmade['b'] = box\nask(made['b'])", ["a Box"]),
        ("for name, value in PAIRS: ask(value)", ["def f", "a Box"]),
        ("for name, value in sorted(TABLE.items()): ask(value)", ["def f", 2]),
        ("for value in TABLE.values(): ask(value)", ["def f", 2]),
        ("for index, (name, value) in enumerate(PAIRS): ask(name)", ["one", "two"]),
        ("for name, value in zip('ab', [f, box]): ask(value)", ["def f", "a Box"]),
        ("items = []\nfor _ in range(3): items = list(items)\nfor item in items: ask(item)", ["?"]),
        ("a, *b = f, 2\nask(b)", [2]),
        ("a, (b, c) = 1, (f, 2)\nask(b)", ["def f"]),
        ("def g(value): ask(value.item)\ng(box)", ["def f"]),
        ("def g(value: Box): ask(value.size)", [3]),
        ("def g(value: 'Box | None'): ask(value)", ["?"]),
        ("ask(getattr(box, 'item'))", ["def f"]),
        ("ask(spaces.GPU(f))", ["def f on gpu"]),
        ("ask(__import__('torch').cuda)", ["torch.cuda"]),
        ("ask(f'{im.LIMIT}.png')", ["5.png"]),
    ],
)
def test_what_an_expression_can_be(code: str, expected: list[object]) -> None:
    assert meaning(code) == expected


@pytest.mark.parametrize(
    ("code", "callers"),
    [
        ("f(1)", 1),
        ("def g(): return f(1)\nrun = f\nrun(2)", 2),
        ("(f if unknown else len)(1)", 0),
        ("TABLE['a'](1)", 0),
        ("if False: f(1)", 0),
        ("g = functools.partial(f, 1)\ng()", 1),
        ("def other(f): f(1)", 0),
        ("f", 0),
    ],
)
def test_the_callers_of_a_function_are_found_by_its_names(code: str, callers: int) -> None:
    space = Space({"app.py": f"{HEAD}{code}\n".encode()}, target="zerogpu")
    function = scope_named(space, "f")
    assert len(space.program.callers(function)) == callers


def scope_named(space: Space, name: str) -> Scope:
    return next(scope for scope in space.modules[0].scopes if scope.kind == FUNCTION and scope.name == name)


FILES = ("app.py", "tools/__init__.py", "tools/images.py", "src/lib/__init__.py", "src/lib/deep.py", "torch/x.py")


@pytest.mark.parametrize(
    ("name", "importer", "expected"),
    [
        ("tools", "app.py", "tools"),
        ("tools.images", "app.py", "tools/images"),
        (".images", "tools/__init__.py", "tools/images"),
        ("..app", "tools/images.py", "app"),
        (".", "app.py", ""),
        ("...app", "tools/images.py", None),
        ("images", "tools/__init__.py", "tools/images"),
        ("images", "app.py", None),
        ("lib.deep", "app.py", "src/lib/deep"),
        ("torch.x", "app.py", None),
        ("demo.tools.images", "app.py", "tools/images"),
        ("demo.tools.sounds", "app.py", None),
        ("other.tools.images", "app.py", None),
        ("numpy", "app.py", None),
    ],
)
def test_where_a_module_is_found(name: str, importer: str, expected: str | None) -> None:
    files = dict.fromkeys(FILES, b"def load(): ...\n")
    files["app.py"] = b"import spaces\nfrom demo.tools.images import load\nfrom other.tools.images import load, save\n"
    space = Space(files, target="zerogpu")
    assert space.program.find(name, importer) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("os.getenv('X')", False),
        ("os.getenv('X', '1') == '1'", True),
        ("os.getenv('X', 'False').lower() in ('1', 'true')", False),
        ("os.getenv('X', 'yes') not in ['0', 'no']", True),
        ("os.environ['X']", None),
        ("'X' in os.environ", False),
        ("'SPACE_ID' in os.environ", True),
        ("os.getenv('SPACE_ID') is None", False),
        ("os.environ.get('SYSTEM') == 'spaces'", True),
        ("os.getenv('SPACES_ZERO_GPU')", True),
        ("bool(os.getenv('X'))", False),
        ("int(os.getenv('X', '1'))", True),
        ("os.getenv('X', 'cpu').startswith('c')", True),
        ("SETTINGS['debug']", False),
        ("SETTINGS.get('debug')", False),
        ("unknown in ('a', 'b')", None),
        ("'c' in PAIRS", None),
        ("torch.device('cuda:0' if torch.cuda.is_available() else 'cpu').type == 'cuda'", True),
        ("torch.backends.mps.is_available()", False),
        ("os.name == 'nt'", False),
        ("hasattr(spaces, 'GPU')", True),
        ("hasattr(torch, 'compile')", None),
        ("spaces.GPU is not None", True),
        ("__name__ == '__main__'", True),
        ("unknown and False", False),
        ("unknown or True", True),
        ("unknown", None),
    ],
)
def test_which_tests_are_decided(test: str, expected: bool | None) -> None:
    space = Space({"app.py": f"{HEAD}def g(unknown):\n    if {test}: ask()\n".encode()}, target="zerogpu")
    call = last_asked(space)
    assert call.block is not None
    assert space.program.decide(call.block.node, point_of(call)) is expected
