"""Python nested or chained to any length, by name: what the safety gate is there for."""

from __future__ import annotations

from collections.abc import Callable

Make = Callable[[int], str]


def around(before: str, after: str, head: str = "", tail: str = "\n", middle: str = "a") -> Make:
    """`middle` with n times `before` and `after` around it."""
    return lambda n: head + before * n + middle + after * n + tail


def repeated(link: str, head: str = "a", tail: str = "\n") -> Make:
    """n links in a row."""
    return lambda n: head + link * n + tail


def blocks(*lines: str) -> Make:
    """n blocks in one another; the last of `lines` opens the next."""

    def make(n: int) -> str:
        out = [" " * level + line + "\n" for level in range(n) for line in lines]
        return "".join(out) + " " * n + "pass\n"

    return make


NESTED: dict[str, Make] = {
    "parentheses": around("(", ")"),
    "lists": around("[", "]"),
    "dicts": around("{a: ", "}"),
    "calls": around("f(", ")"),
    "keyword arguments": around("f(a=", ")"),
    "generators in calls": around("f(a for a in ", ")"),
    "subscripts": around("a[b:", "]"),
    "tuples": around("(a, ", ")"),
    "comprehensions": around("[a for a in b if ", "]"),
    "defaults of lambdas": around("lambda a=", ": a", middle="1"),
    "lambdas": repeated("lambda: ", "", "1\n"),
    "yields": around("(yield ", ")"),
    "f-strings": around('f"{', '}"'),
    "f-strings and parentheses": around('f"{(', ')}"'),
    "triple f-strings": around("f'''{", "}'''"),
    "format specifications": around("{a:", "}", head='f"', tail='"\n'),
    "assigned lists": around("[", "]", tail=" = a\n"),
    "for targets": around("(", ")", head="for ", tail=" in a: pass\n"),
    "with items": around("(", ")", head="with ", tail=" as a: pass\n"),
    "deleted": around("(", ")", head="del "),
    "decorators": around("f(", ")", head="@", tail="\ndef f(): pass\n"),
    "annotations": around("a[", "]", head="def f(a: ", tail="): pass\n"),
    "patterns": around("[", "]", head="match a:\n case ", tail=": pass\n"),
    "mapping patterns": around("{1: ", "}", head="match a:\n case ", tail=": pass\n"),
    "class patterns": around("C(a=", ")", head="match a:\n case ", tail=": pass\n"),
    "subjects": around("(", ")", head="match ", tail=":\n case a: pass\n"),
    "lines in parentheses": around("(\n", "\n)"),
    "unclosed": around("(", ""),
    "unclosed calls": around("f(a=", ""),
    "unclosed f-strings": around('f"{', ""),
    "errors in calls": around("f(a=", ")", middle="a b"),
    "errors in patterns": around("(", ")", head="match a:\n case ", tail=": pass\n", middle="a b"),
    "errors in del": around("(", ")", head="del ", middle="a b"),
    "not": repeated("not ", "", "a\n"),
    "minus": repeated("-", "", "a\n"),
    "powers": repeated("**-a"),
    "sums": repeated(" + a"),
    "mixed operators": repeated(" * a + a"),
    "and": repeated(" and a"),
    "and without spaces": repeated("and(a)", "(a)"),
    "or over lines": repeated(" or\n a", "(a", ")\n"),
    "conditions": repeated("a if a else ", "", "a\n"),
    "attributes": repeated(".b"),
    "calls in a row": repeated("()"),
    "methods": repeated(".b(c)"),
    "indexes": repeated("[0]"),
    "fors": repeated(" for a, b in c", "[a", "]\n"),
    "strings": repeated(" 'a'", "''"),
    "strings over lines": repeated('"a"\n', "(", ")\n"),
    "f-strings in a row": repeated(" f'{a}'", "''"),
    "imported names": repeated(".b", "import a"),
    "elif": repeated("elif a:\n pass\n", "if a:\n pass\n", ""),
    "continued lines": repeated(" + \\\n a"),
    "if": blocks("if a:"),
    "def": blocks("def f():"),
    "try": blocks("try: pass", "except a as b:"),
    "try star": blocks("try: pass", "except* a:"),
    "else": blocks("if a: pass", "elif b: pass", "else:"),
    "class": blocks("@a", "class A:"),
    "with": blocks("with a as b, c:"),
    "async for": blocks("async for a in b: pass", "else:"),
}
