"""Nothing reaches libcst's native parser that could kill the process, and nothing real is kept from it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import textwrap
import time
import tokenize
from pathlib import Path

import pytest
from constructs import NESTED

import zerolint
from zerolint.read.gate import refusal_of, without_strings
from zerolint.read.python import PythonFile, parse
from zerolint.read.source import Problem, ProblemKind, Source

FLAT = {
    "statements": "a\n" * 5_000,
    "one line": "a;" * 5_000 + "a\n",
    "elements": "x = [" + "-1, " * 5_000 + "]\n",
    "a dispatch table": "x = {" + "'a': lambda b, c=1: b + c,\n" * 500 + "}\n",
    "string elements": "x = [\n" + "    'a' 'b',\n" * 2_000 + "]\n",
    "arguments": "f(" + "a=b.c(d), " * 1_000 + ")\n",
    "assignments": "a = b\n" * 1_000,
    "elifs apart": "if a:\n pass\nelif b:\n pass\n" * 1_000,
    "fields": 'f"' + "{a.b(c)!r:>{d}} {{}} " * 500 + '"\n',
    "text": '"""' + "((((((((((\n" * 5_000 + '"""\n',
    "prompt": 'f"""' + "((((((({{ {a} '\"\n" * 1_000 + '"""\n',
    "comments": "#((((((((((\n" * 5_000 + "a\n",
    "blank lines": "\n" * 100_000,
    "a long sum": "x = " + " + ".join(["'a'"] * 150) + "\n",
    "a long condition": "x = (" + "\n    or ".join(["a.b == 1"] * 100) + ")\n",
    "a long text": "x = (\n" + "    'line'\n" * 300 + ")\n",
    "a long builder": "x = (a" + "\n    .b(c)" * 100 + ")\n",
    "deep blocks": "".join("    " * level + "for a in b:\n" for level in range(15))
    + "    " * 15
    + "c(d[e], f={g: [h]})\n",
    "deep data": "x = " + "[{'a': (" * 10 + "1" + ",)}]" * 10 + "\n",
    "cases": "match a:\n" + "    case {'a': [B(c=1), *_]}: pass\n" * 500,
}


@pytest.mark.parametrize("name", FLAT)
def test_what_is_long_but_not_deep_is_parsed(name: str) -> None:
    assert refusal_of(FLAT[name]) is None


@pytest.mark.parametrize("name", [name for name in FLAT if len(FLAT[name]) < 12_000])
def test_what_is_parsed_has_spans(name: str) -> None:
    file = parse(Source("app.py", FLAT[name]))
    assert isinstance(file, PythonFile)
    assert file.span(file.tree.body[-1]).end_line >= 1


@pytest.mark.parametrize("name", NESTED)
def test_what_is_endlessly_deep_is_refused(name: str) -> None:
    text = "import spaces\n\n\n" + NESTED[name](8_000)
    if name in ("parentheses", "unclosed", "errors in calls"):
        text = "import spaces\n\n\n" + NESTED[name](40_000)
    started = time.perf_counter()
    problem = parse(Source("app.py", text))
    assert time.perf_counter() - started < 5
    assert isinstance(problem, Problem)
    if name == "format specifications":
        # A `{` in the text of a specification that is not closed: a lexical error before anything is nested.
        return
    assert problem.kind is ProblemKind.UNREADABLE
    assert problem.message.startswith("not analysed: ")
    assert f"at line {problem.at.start_line}" in problem.message
    assert problem.at.start_line >= 4


def test_the_message_names_what_is_too_deep_and_where() -> None:
    cases = {
        "x = 1\n\n'''\n\n'''\n" + "(" * 100_000: "brackets nested 100,000 deep at line 6",
        "a \\\n = 1\nx = " + "a and " * 10_000 + "a\n": "a chain of 10,001 operators at line 3",
        NESTED["if"](60): "blocks nested ",
        NESTED["elif"](5_000): "`elif`s nested ",
        "x = [" + "-1," * 300_000 + "]\n": "operators and brackets, more than 150,000",
        "match a:\n case [[[[[[[[[[1]]]]]]]]]]: pass\n": "a pattern with brackets nested 10 deep at line 2",
    }
    for text, words in cases.items():
        refusal = refusal_of(text)
        assert refusal is not None
        assert words in f"{refusal.words} at line {refusal.line}"


def test_a_hundred_thousand_brackets_on_one_line_are_refused_in_no_time() -> None:
    started = time.perf_counter()
    assert refusal_of("x = " + "[" * 100_000 + "]" * 100_000 + "\n") is not None
    assert time.perf_counter() - started < 1


def test_many_patterns_are_refused_together_when_they_take_long() -> None:
    case = " case ({1: [({2: [(3)]})]}): pass\n"
    assert refusal_of("match a:\n" + case) is None
    assert refusal_of("match a:\n" + case * 100) is not None


def test_what_is_copied_for_each_bracket_is_refused() -> None:
    inside = "1, " * 60_000
    assert refusal_of("x = " + "[" * 5 + inside + "]" * 5 + "\n") is None
    assert refusal_of("x = " + "[" * 50 + inside + "]" * 50 + "\n") is not None


# What stands for an f-string: a quote, and its fields between \x01 and \x02 with commas.
CODE = {
    """a = 'b' + "c" # d'\ne""": """a = " + " \ne""",
    "'''a\n'b' \"\"\"\n'''; c": '"\x0b\x0b; c',
    r"'a\'b(' + r'\' (' + d": '" + r" + d',
    "f'{a}' f\"{b:>{c}}\"": '"\x01a\x02 "\x01,b:(c)\x02',
    "f'{{a}}{b}'": '"\x01,b\x02',
    'f"{x["("]}" + (1)': '"\x01,x(")\x02 + (1)',
    "f'{a!r}' 'b'": '"\x01a!r\x02 "',
    'f"{f\'{f"""{1}"""}\'}"': '"\x01,"\x01,"\x01,1\x02\x02\x02',
    "rb'a' Rf'\\{b}' fr'c'": 'rb" "\x01,b\x02 "',
    "buf'a{b}'": 'buf"',
    "f'\\N{LEFT PARENTHESIS}' (": '"\x01\x02 (',
    "f'{a:{b:{c}}}'": '"\x01,a:(b:(c))\x02',
    'f"{a\n# }\n}"': '"\x01,a\x0b\x0b\x02',
    "f'{lambda x: (y)}'": '"\x01lambda x: (y)\x02',
    "f'{d[\"(\"]}' (": '"\x01d["]\x02 (',
    "a = 'b": "a = ",
    "a = '''b\n'": "a = ",
    'f"{a': '"\x01,a',
}


@pytest.mark.parametrize("text", CODE)
def test_strings_and_comments_are_not_code(text: str) -> None:
    assert without_strings(text.encode()).decode() == CODE[text]


def test_strings_end_where_python_ends_them() -> None:
    """Against Python's own tokenizer, over the tests and the package: the same names outside of strings."""
    for path in [*Path(zerolint.__file__).parent.rglob("*.py"), *Path(__file__).parents[1].rglob("*.py")]:
        data = path.read_bytes()
        names: list[bytes] = []
        depth = 0
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            kind = tokenize.tok_name[token.type]
            depth += (kind == "FSTRING_START") - (kind == "FSTRING_END")
            if kind == "NAME" and not depth:
                names.append(token.string.encode())
        code = without_strings(data)
        while b"\x01" in code:
            code = re.sub(rb"\x01[^\x01\x02]*\x02", b" ", code)
        assert re.findall(rb"(?<![\w.])[A-Za-z_]\w*(?![\w\"])|(?<=\.)[A-Za-z_]\w*", code) == names, path


def test_line_numbers_survive_strings_and_continuations() -> None:
    text = "'''\n\n'''\na = \\\n  b\r\nf'''{\n\n1}'''\n\n" + "(" * 1_000
    refusal = refusal_of(text)
    assert refusal is not None
    assert refusal.line == 10


DEEPEST = """
import sys, threading
sys.path[:0] = {path!r}
from constructs import NESTED
from zerolint.read.gate import refusal_of
from zerolint.read.python import PythonFile, parse
from zerolint.read.source import Source

def deepest(make):
    low, high = 1, 4_000
    if refusal_of(make(high)) is None:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if refusal_of(make(middle)) is None else (low, middle)
    return low

def run():
    for name in {names!r}:
        print(name, flush=True)
        file = parse(Source("app.py", NESTED[name](deepest(NESTED[name]))))
        if isinstance(file, PythonFile):
            assert file.round_trips
            file.span(file.tree.body[0])
            del file
    print("done", flush=True)

threading.stack_size(1 << 20)
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def test_the_deepest_that_is_parsed_fits_a_stack_of_one_mebibyte() -> None:
    paths = [str(Path(__file__).parent), str(Path(zerolint.__file__).parents[1])]
    program = textwrap.dedent(DEEPEST).format(path=paths, names=list(NESTED))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    last = done.stdout.splitlines()[-1:]
    assert (done.returncode, last) == (0, ["done"]), f"died at {last}: {done.stderr[-500:]}"


def test_zerolints_own_code_is_parsed() -> None:
    package = Path(zerolint.__file__).parent
    for path in [*package.rglob("*.py"), *Path(__file__).parents[1].rglob("*.py")]:
        assert refusal_of(path.read_text(encoding="utf-8")) is None, path
