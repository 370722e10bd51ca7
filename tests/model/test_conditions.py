"""Which tests are decided on ZeroGPU."""

from __future__ import annotations

import pytest

from zerolint.model import syntax
from zerolint.model.space import Space


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
