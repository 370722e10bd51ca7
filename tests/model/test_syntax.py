"""What one traversal of a file collects: scopes, bindings, calls, writes, results, and the blocks they stand in."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space
from zerolint.model.syntax import Block, Call, Module, blocks_of, dotted, encloses


def read(code: str) -> Module:
    module = Space({"app.py": code.encode()}).program.module("app.py")
    assert module is not None
    return module


def blocks(block: Block | None) -> list[str]:
    """The blocks around, outermost first; `not if` for the branch that runs when the test fails."""
    found = [block.kind if block.branch else f"not {block.kind}" for block in blocks_of(block)]
    return found[::-1]


def call_of(module: Module, name: str) -> Call:
    return next(c for scope in module.scopes for c in scope.calls if dotted(c.node.func) == name)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1", {"x": ["assign"]}),
        ("x, (y, *z) = v", {"x": ["assign"], "y": ["assign"], "z": ["assign"]}),
        ("x: int = 1\ny: int", {"x": ["assign"]}),
        ("x = 1\nx += 1\ndel x", {"x": ["assign", "augmented", "delete"]}),
        ("for x, y in v: pass", {"x": ["for"], "y": ["for"]}),
        ("with v as x, w as (y, z): pass", {"x": ["with"], "y": ["with"], "z": ["with"]}),
        ("import a.b\nimport a.b as c\nfrom d import e as g, h", {k: ["import"] for k in ("a", "c", "g", "h")}),
        ("try: pass\nexcept ValueError as x: pass", {"x": ["except"]}),
        ("if (x := v): pass", {"x": ["named"]}),
        ("[y for y in v if (x := y)]", {"x": ["named"]}),
        ("match v:\n    case {'a': x, **y}: pass\n    case [1, *z] as w: pass", {k: ["match"] for k in "yxzw"}),
        ("def x(): pass\nclass y: pass", {"x": ["def"], "y": ["class"]}),
        ("def f():\n    global x\n    x = 1", {"f": ["def"], "x": ["assign"]}),
    ],
)
def test_names_are_bound_in_every_way(code: str, expected: dict[str, list[str]]) -> None:
    names = read(code).root.names
    assert {name: [binding.kind for binding in found] for name, found in names.items()} == expected


def test_the_part_of_a_value_that_a_name_gets() -> None:
    names = read("a, (b, *c) = v").root.names
    assert {name: found[0].path for name, found in names.items()} == {"a": (0,), "b": (1, 0), "c": (1, -1)}


def test_an_outer_name_is_bound_where_it_belongs() -> None:
    module = read("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2")
    function = module.root.children[0]
    assert [binding.outside for binding in function.names["x"]] == [False, True]
    assert "x" not in function.children[0].names


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f()", []),
        ("if a: f()", ["if"]),
        ("if a: pass\nelse: f()", ["not if"]),
        ("if a: pass\nelif b: f()", ["not if", "if"]),
        ("for x in v:\n    while a: f()", ["loop", "loop"]),
        ("for x in f(): pass", []),
        ("try: f()\nexcept E: pass", ["try"]),
        ("try: pass\nexcept E: f()", ["except"]),
        ("try: pass\nexcept E: pass\nfinally: f()", []),
        ("with v: f()", ["with"]),
        ("with f(): pass", []),
        ("match v:\n    case 1 if a: f()", ["match", "if"]),
        ("a and f()", ["if"]),
        ("a or b or f()", ["not if", "not if"]),
        ("f() if a else b", ["if"]),
        ("b if a else f()", ["not if"]),
        ("[f() for x in v if a]", ["loop", "if"]),
        ("[x for x in f()]", []),
        ("assert a\nf()", ["if"]),
        ("raise E\nf()", ["unreachable"]),
        ("def g():\n    if a: return\n    f()", ["not if"]),
        ("def g():\n    if a: return\n    else: return\n    f()", ["unreachable"]),
        ("def g():\n    if a: pass\n    else: return\n    f()", ["if"]),
        ("def g():\n    with v: return\n    f()", []),
        ("if a:\n    def g(): f()", []),
    ],
)
def test_the_blocks_that_a_call_runs_under(code: str, expected: list[str]) -> None:
    assert blocks(call_of(read(code), "f").block) == expected


@pytest.mark.parametrize(
    ("code", "scope", "function"),
    [
        ("f()", "<module>", "<module>"),
        ("def g(): f()", "g", "g"),
        ("def g(x=f()): pass", "<module>", "<module>"),
        ("@f()\ndef g(): pass", "<module>", "<module>"),
        ("class A:\n    f()", "A", "A"),
        ("g = lambda: f()", "<lambda>", "<lambda>"),
        ("def g(): return [f() for x in v]", "<comprehension>", "g"),
        ("def g(): return [x for x in f()]", "g", "g"),
    ],
)
def test_the_code_that_makes_a_call(code: str, scope: str, function: str) -> None:
    call = call_of(read(code), "f")
    assert (call.scope.name, call.function.name) == (scope, function)


def test_writes_results_and_parameters_are_collected() -> None:
    module = read(
        "def f(a, b=1, *c, d: int = 2, **e):\n"
        "    a.x = b[0] = 1\n    a.y += 1\n    del b[1]\n    yield a\n    yield from b\n    return c\n"
    )
    function = module.root.children[0]
    assert [(p.name, p.star, p.keyword_only) for p in function.params] == [
        ("a", "", False), ("b", "", False), ("c", "*", True), ("d", "", True), ("e", "**", True),
    ]  # fmt: skip
    assert [store.kind for store in function.stores] == ["assign", "assign", "augmented", "delete"]
    assert [result.delegates for result in function.yields] == [False, True]
    assert len(function.returns) == 1
    assert function.is_generator
    assert not function.is_method


@pytest.mark.parametrize(("code", "expected"), [("with f(): pass", True), ("with v: f()", False), ("f()", False)])
def test_a_call_that_is_entered(code: str, expected: bool) -> None:
    assert call_of(read(code), "f").is_entered is expected


def test_blocks_enclose_what_runs_only_with_them() -> None:
    module = read("if a:\n    f()\n    for x in v: g()\nh()")
    outer, inner = call_of(module, "f").block, call_of(module, "g").block
    assert encloses(outer, inner)
    assert not encloses(inner, outer)
    assert encloses(call_of(module, "h").block, outer)
