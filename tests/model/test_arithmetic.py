"""Small functions of numbers are worked out as Python would, and anything else is said not to be."""

from __future__ import annotations

import libcst as cst
import pytest

from zerolint.model.arithmetic import NotSimple, value_of


def result(text: str, **names: float) -> float:
    tree = cst.parse_module(text)
    function = tree.body[-1]
    node = function if isinstance(function, cst.FunctionDef) else function.body[0].value  # type: ignore[union-attr]
    return value_of(node, names, tree.code_for_node)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lambda steps: 20 + steps * 2", {"steps": 30}),
        ("lambda steps: min(120, steps // 4 + 1.5)", {"steps": 30}),
        ("lambda a, b: max(a, b) - -a % 7 / 2", {"a": 3, "b": 9}),
        ("lambda x: 60 if x > 4 else 30", {"x": 4}),
        ("lambda x: 60 if 1 < x <= 4 and not x == 3 or x > 90 else 30", {"x": 4}),
        ("lambda x: int(round(x * 1.5)) + abs(-2)", {"x": 5}),
        ("lambda fast: 10 if fast else 90", {"fast": True}),
        (
            "def f(steps, size):\n    '''Seconds.'''\n    base = 10\n    if size > 512:\n        base += steps\n"
            "    elif size > 256:\n        base = 20\n    else:\n        pass\n    return base * 2\n",
            {"steps": 30, "size": 300},
        ),
        ("def f(x):\n    if x:\n        return 5\n    y: int = 7\n    print(y)\n    return y\n", {"x": 0}),
        ("def f(n):\n    return 2 * TURN + n\n", {"n": 1, "TURN": 4}),
    ],
)
def test_as_python_does(text: str, names: dict[str, float]) -> None:
    scope: dict[str, object] = dict(names)
    if text.startswith("def"):
        exec(text, scope)
        function = scope["f"]
    else:
        function = eval(text, scope)
    given = {name: value for name, value in names.items() if name != "TURN"}
    assert result(text, **names) == function(**given)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "lambda x: unknown + x",
        "lambda x: len(x)",
        "lambda x: x ** 9",
        "lambda x: x / 0",
        "lambda x: float('inf')",
        "lambda x: 1e300 * x",
        "lambda x: math.log(x)",
        "lambda x: min(*x)",
        "def f(x):\n    for i in range(x):\n        pass\n    return 1\n",
        "def f(x):\n    x[0] = 1\n    return x\n",
        "def f(x):\n    import os\n    return 1\n",
        "def f(x):\n    y = x\n",
        "lambda x: " + "+".join(["x"] * 600),
    ],
)
def test_anything_else_is_not_simple(text: str) -> None:
    with pytest.raises(NotSimple):
        result(text, x=5)


def test_the_words_are_those_of_the_code() -> None:
    with pytest.raises(NotSimple, match=r"^estimate\(steps\)$"):
        result("lambda steps: 10 + estimate(steps)", steps=3)
