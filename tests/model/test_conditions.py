"""Which tests are decided on ZeroGPU."""

from __future__ import annotations

import pytest

from zerolint.model import syntax
from zerolint.model.space import Space
from zerolint.model.values import point_of


def decided(code: str) -> bool | None:
    """What the last `if` at module level comes to."""
    space = Space({"app.py": f"import spaces\nimport torch\n{code}\n    print()\n".encode()}, target="zerogpu")
    block = space.modules[0].root.calls[-1].block
    assert block is not None
    assert block.kind == syntax.IF
    if space.program.is_dead(block):
        return False
    point = space.program.at_end(space.modules[0])
    return space.program.decide(block.node, point)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("switch = False\nif switch:", False),
        ("switch = True\nif switch:", True),
        ("switch = input()\nif switch:", None),
        ("switch = False\nswitch = input()\nif switch:", None),
        ("switch = False\nif switch == False:", True),
        ("if torch.cuda.device_count() > 1:", False),
        ("count = torch.cuda.device_count()\nif count > 1:", False),
        ("count = torch.cuda.device_count()\nif count == 1:", True),
        ("if torch.cuda.is_available():", True),
        ("if not torch.cuda.is_available():", False),
    ],
)
def test_a_test_right_after_the_binding_it_reads(code: str, expected: bool | None) -> None:
    assert decided(code) is expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("bool(os.environ.get('SPACE_ID'))", True),
        ("bool(os.environ.get('SPACE_ID') or os.environ.get('SPACE_HOST'))", True),
        ("os.environ.get('SPACE_ID') or os.getenv('SPACE_HOST')", True),
        ("os.environ.get('SPACE_ID') or input()", None),
        ("bool(os.environ.get('MY_SWITCH'))", False),
        ("bool(input())", None),
    ],
)
@pytest.mark.parametrize("form", ["here = {}\nif here:", "def here():\n    return {}\nif here():"])
def test_whether_this_is_a_space_kept_in_a_name_or_told_by_a_function(
    form: str, test: str, expected: bool | None
) -> None:
    assert decided(f"import os\n{form.format(test)}") is expected


DEVICES = """
def found():
    try:
        import torch
    except ImportError:
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    return "mps"
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if found() == 'mps':", False),
        ("if found() != 'mps':", True),
        ("if found() == 'cpu':", None),
        ("if found() == 'cuda':", None),
        ("if found() is None:", None),
        ("device = found()\nif device == 'mps':", False),
        ("device = found()\nif device == 'mps' and input():", False),
        ("device = found() if input() else 'xpu'\nif device == 'mps':", False),
        ("device = found() if input() else 'mps'\nif device == 'mps':", None),
        ("device = found()\nif input():\n    device = 'mps'\nif device == 'mps':", None),
        ("device = found()\ndevice += input()\nif device == 'mps':", None),
        ("device, other = found(), 1\nif device == 'mps':", False),
        ("device = found()\ndef switch():\n    global device\n    device = input()\nif device == 'mps':", None),
        ("device = found()\nimport app\napp.device = 'mps'\nif device == 'mps':", None),
        ("for device in [found(), 'tpu']:\n    input()\nif device == 'mps':", False),
        ("def named(name):\n    return name or found()\nif named(input()) == 'mps':", None),
        ("def other():\n    return found()\nif other() == 'mps':", False),
        ("def other():\n    return other() or found()\nif other() == 'mps':", None),
        ("def other():\n    return found() if input() else input()\nif other() == 'mps':", None),
        ("def other():\n    yield found()\nif other() == 'mps':", None),
    ],
)
def test_what_a_helper_never_returns(code: str, expected: bool | None) -> None:
    assert decided(f"{DEVICES}\n{code}") is expected


def guarded(calls: str) -> bool | None:
    """What `if net is None` in a helper comes to, which is called as told."""
    code = f"""import spaces
from diffusers import DiffusionPipeline


class Net:
    pass


def used(net=None):
    if net is None:
        net = Net()
    return net


pipe = DiffusionPipeline.from_pretrained("name")
{calls}
"""
    space = Space({"app.py": code.encode()}, target="zerogpu")
    module = space.modules[0]
    call = next(call for scope in module.scopes for call in scope.calls if call.block is not None)
    assert call.block is not None
    return space.program.decide(call.block.node, point_of(call)._replace(order=call.block.order + 1, block=None))


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("used(Net())", False),
        ("used(net=pipe.to('cuda'))\nused(Net())", False),
        ("used(pipe)", False),
        ("used()", True),
        ("used()\nused(pipe)", None),
        ("used(input())", None),
        ("used(Net() if input() else None)", None),
        ("used(*[Net()])", None),
        ("print(used)\nused(Net())", None),
        # What a function hands over that is named nowhere else does not count.
        ("used(Net())\ndef reset(net):\n    used(net)", False),
        ("used(Net())\ndef reset(net):\n    used(net)\nreset(None)", None),
        ("used(Net())\ndef reset(net):\n    used(net)\nprint(reset)", None),
        ("used(Net())\ndef reset(net):\n    used(net)\nprint(globals()['reset'])", None),
        ("used(Net())\n@input\ndef reset(net):\n    used(net)", None),
        ("def reset(net):\n    used(net)", None),
    ],
)
def test_a_parameter_that_every_caller_fills(calls: str, expected: bool | None) -> None:
    assert guarded(calls) is expected


@pytest.mark.parametrize(
    ("code", "dead"),
    [
        ("if not os.getenv('TOKEN'):\n    raise ValueError", False),
        ("token = os.environ.get('TOKEN')\nassert token, 'needed'", False),
        ("if 'TOKEN' not in os.environ:\n    raise ValueError\nif not os.getenv('KEY'):\n    raise KeyError", False),
        ("if os.getenv('TOKEN'):\n    print(1)\nelse:\n    raise ValueError", False),
        ("if READY:\n    print(1)\nelse:\n    raise ValueError", False),
        ("def used():\n    if not os.getenv('TOKEN'):\n        raise ValueError\n    last()", False),
        ("def used():\n    if os.getenv('TOKEN') is None:\n        raise ValueError\n    last()", False),
        ("def used():\n    if os.getenv('SPACE_ID'):\n        raise ValueError\n    last()", True),
        ("def used():\n    if not os.getenv('TOKEN'):\n        return\n    last()", True),
        ("def used():\n    if not READY:\n        raise ValueError\n    last()", True),
        ("try:\n    if not READY:\n        raise ValueError\n    last()\nexcept ValueError:\n    pass", True),
    ],
)
def test_what_comes_after_a_check_that_raises(code: str, dead: bool) -> None:
    ending = "" if "last()" in code else "last()\n"
    space = Space({"app.py": f"import os\nREADY = False\n{code}\n{ending}".encode()}, target="zerogpu")
    last = next(call for scope in space.modules[0].scopes for call in scope.calls if call.node.func.value == "last")
    assert space.program.is_dead(last.block) is dead


def test_a_variable_that_the_app_sets_itself() -> None:
    assert decided("import os\nos.getenv('A')\nif os.getenv('A') == 'x':") is False
    for line in ("os.environ['A'] = 'x'", "os.environ.setdefault('A', 'x')", "os.putenv('A', 'x')"):
        assert decided(f"import os\n{line}\nif os.getenv('A') == 'x':") is None
        assert decided(f"import os\n{line}\nif 'A' in os.environ:") is None
        assert decided(f"import os\n{line}\nif os.environ.get('B', 'y') == 'x':") is False


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("work(1)", False),
        ("work(1)\nwork(2, True)", None),
        ("work(1)\nprint(work)", None),
        ("work(2, True)", True),
    ],
)
@pytest.mark.parametrize("name", ["work", "do"])
def test_a_function_that_is_imported_under_another_name(calls: str, name: str, expected: bool | None) -> None:
    app = f"import spaces\nfrom helper import work as {name}\n{calls.replace('work', name)}\n"
    helper = "def work(text, big=False):\n    if big:\n        print(text)\n"
    space = Space({"app.py": app.encode(), "helper.py": helper.encode()}, target="zerogpu")
    assert len(space.contexts.registrations) == 0  # reads what the app reaches
    module = space.program.module("helper.py")
    assert module is not None
    call = next(call for scope in module.scopes for call in scope.calls)
    assert call.block is not None
    point = point_of(call)._replace(order=call.block.order + 1, block=None)
    assert space.program.decide(call.block.node, point) is expected


@pytest.mark.parametrize(
    ("constructor", "rest", "expected"),
    [
        ("self.net = 1", "", True),
        ("self.setup()", "    def setup(self):\n        self.net = 1\n", True),
        ("pass", "    def setup(self):\n        self.net = 1\n", None),
        ("if ready():\n            self.net = 1", "", None),
        ("if ready():\n            self.setup()", "    def setup(self):\n        self.net = 1\n", None),
        ("self.other = 1", "", None),
        ("self.part.setup()", "    def setup(self):\n        self.net = 1\n", None),
        ("self.run()\n        self.net = 1", "", None),
        ("self.net = 1", "    def drop(self):\n        del self.net\n", None),
        ("self.net = 1", "class Other(Owner):\n    def __init__(self):\n        pass\n", None),
    ],
)
def test_an_attribute_that_the_constructor_sets(constructor: str, rest: str, expected: bool | None) -> None:
    code = f"""import spaces
class Owner:
    def __init__(self):
        {constructor}
    def run(self):
        if hasattr(self, "net"):
            print(self.net)
{rest}
"""
    space = Space({"app.py": code.encode()}, target="zerogpu")
    run = next(scope for scope in space.modules[0].scopes if scope.name == "run")
    block = run.calls[-1].block
    assert block is not None
    assert space.program.decide(block.node, point_of(run.calls[-1])._replace(block=None)) is expected
