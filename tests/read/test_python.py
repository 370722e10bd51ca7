"""Trees behind the gate, syntax errors where `ast` puts them, and spans as libcst's own provider gives them."""

from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

import libcst
import pytest

from zerolint.finding import Span
from zerolint.read.python import PythonFile, parse
from zerolint.read.source import Problem, ProblemKind, Source, decode
from zerolint.read.statements import statement_offsets

BROKEN = Path(__file__).parents[2] / "fixtures" / "broken"


def parsed(text: str) -> PythonFile:
    file = parse(Source("app.py", text))
    assert isinstance(file, PythonFile), file
    return file


def failed(text: str) -> Problem:
    problem = parse(Source("app.py", text))
    assert isinstance(problem, Problem)
    return problem


TRICKY = {
    "decorators and comments": """\
        # a comment at the top

        # another


        @first
        # between
        @second(
            1,  # one
        )  # after
        async def f(a, /, b: int = 1, *args, c, **kw) -> None:  # why
            # leading

            '''doc'''
            return a  # trailing


        # the end
        """,
    "parentheses": """\
        x = ((1 + (2)) * 3)
        y = (  # open
            a
            .b(c)
            [0]  # index
        )
        (z) = (yield)
        w = not (p) and (q or (r))
        del (a), (b)
        with (open("f") as g, h): pass
        for (i) in (j): pass
        print((lambda: (0)))
        """,
    "statements": """\
        import a.b as c, d; from . import (e as f, g,)
        if a:
            pass
        elif b: c; d;
        else:
            e
        try:
            f
        except (A, B) as error:
            raise X from error
        else:
            pass
        finally:
            global q
        while 1:
            break
        match x:
            case [1, {"a": b, **c}, D(e, f=g) as h] if i: pass
            case _: pass
        class K(Base, metaclass=M):
            a: int = 1
            b: str
        assert x, "y"
        async def co():
            async with a as b, c: await d
            async for e in f: pass
            return [g async for g in h if i if j]
        """,
    "strings": """\
        a = f"x{y!r:>{w}}z" 'b' r'c'
        c = f'{d["e"]}' f'{g}'
        d = '''
        multi \\
        line'''
        """,
    "tabs": "if a:\n\tif b:\n\t\tc(\n\t\t\td,\n\t)\n\telse :\n\t\te\n",
    "emoji": "é = '😀'; 变量 = [é, '👩‍👩‍👧']  # 😀\nf(変, '𐐀')\n",
    "no newline at the end": "def f():\n    return 1",
    "comment without newline": "a = 1  # x",
    "blank lines with spaces": "a\n   \n\t\nb\n  # c\n",
    "type parameters": "type X[T: int, *U, **P] = list[T]\ndef f[T](a: T) -> T: ...\nclass C[T]: ...\n",
    "empty": "",
    "only a comment": "# x\n",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", TRICKY)
def test_spans_are_those_of_libcst(name: str, newline: str) -> None:
    from libcst.metadata import MetadataWrapper, PositionProvider

    text = textwrap.dedent(TRICKY[name]).replace("\n", newline)
    file = parsed(text)
    assert file.round_trips
    lines = text.split(newline)
    count = 0
    for node, place in MetadataWrapper(file.tree, unsafe_skip_copy=True).resolve(PositionProvider).items():
        if place.end.line > len(lines) or (place.end.line, place.end.column) == (len(lines), len(lines[-1]) + 1):
            continue  # libcst counts a newline at the end of the file that is not there
        if type(node).__name__ in ("Newline", "TrailingWhitespace", "EmptyLine", "Module"):
            continue
        span = file.span(node)
        count += 1
        assert (span.start_line, span.start_column - 1) == (place.start.line, place.start.column), node
        assert (span.end_line, span.end_column - 1) == (place.end.line, place.end.column), node
    assert count or not text.strip(" \r\n#x")


def place_of(file: PythonFile, code: str) -> str:
    """The text in the span of the first node that prints as `code`."""
    import libcst

    found: list[libcst.CSTNode] = []

    class Finder(libcst.CSTVisitor):
        def on_visit(self, node: libcst.CSTNode) -> bool:
            if not isinstance(node, libcst.Module) and file.tree.code_for_node(node).strip() == code:
                found.append(node)
            return True

    file.tree.visit(Finder())
    start, end = file.offsets(found[-1])
    return file.source.text[start:end]


def test_a_span_cuts_the_node_out_of_the_text() -> None:
    file = parsed("x = 1\n\n\n@spaces.GPU(duration=60)  # a minute\ndef f(é):\n    return (g(é)  + 1)\n")
    assert place_of(file, "spaces.GPU(duration=60)") == "spaces.GPU(duration=60)"
    assert place_of(file, "g(é)") == "g(é)"
    import libcst

    call = file.tree.body[1]
    assert isinstance(call, libcst.FunctionDef)
    assert file.span(call.decorators[0].decorator) == Span("app.py", 4, 2, 4, 25)
    assert file.span(call.name) == Span("app.py", 5, 5, 5, 6)


@pytest.mark.parametrize(
    "text",
    [
        "\x0cimport os\nfoo(bar)\n",
        "import os\n\x0cfoo(bar)\n",
        "if a:\n    b\n  \x0c  foo(bar)\n".replace("  \x0c  ", "\x0c    "),
        "import os\rfoo(bar)\r",
        "import os\r\n\rfoo(bar)\n\r",
        "\\\nimport os\nfoo(bar)\n",
        "x = 1\n\n\n\n   # c\n\nfoo(bar)\n\n\n\n  # d\n\n",
        "def f():\n    '''a\rb'''\r    foo(bar)\r",
        "\x0c\x0c\x0cfoo(bar)\n\x0cimport os",
    ],
)
def test_spans_hold_where_libcst_does_not_print_what_it_read(text: str) -> None:
    file = parsed(text)
    assert place_of(file, "foo(bar)") == "foo(bar)"
    assert place_of(file, "bar") == "bar"


def test_a_file_that_libcst_does_not_print_back_says_so() -> None:
    assert not parsed("\x0cimport os\n").round_trips
    assert not parsed("import os\rimport re\r").round_trips
    assert parsed("import os\n\x0c\nimport re\n").round_trips
    assert parsed("import os\r\n\r\nimport re").round_trips


def test_a_file_knows_its_lines() -> None:
    file = parsed("a\r\nb\x0c\rc")
    assert [file.line(number) for number in range(5)] == ["", "a", "b\x0c", "c", ""]


def test_a_node_of_another_tree_has_no_span() -> None:
    with pytest.raises(KeyError):
        parsed("a\n").span(parsed("b\n").tree.body[0])


def test_spans_are_found_from_deep_within_a_recursion() -> None:
    file = parsed("x = " + "(" * 40 + "a" + ")" * 40 + "\n")

    def from_depth(depth: int) -> Span:
        return from_depth(depth - 1) if depth else file.span(file.tree.body[0])

    limit = sys.getrecursionlimit()
    deep = 0
    frame = sys._getframe()
    while frame is not None:
        deep += 1
        frame = frame.f_back  # type: ignore[assignment]
    assert from_depth(limit - deep - 60) == Span("app.py", 1, 1, 1, 86)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("x = foo(1,\ny = 2\n", 1, 8, "never closed"),
        ("print 'hello'\n", 1, 1, "Missing parentheses"),
        ("def f():\nreturn 1\n", 2, 1, "expected an indented block"),
        ("if a:\n    b\n  c\n", 3, 4, "unindent"),
        ("é = 'abc\n", 1, 5, "unterminated string"),
        ('x = 1\ny = f"{x\n', 2, None, ""),
        ("a = 5x\n", 1, 5, "invalid decimal literal"),
        ("a = “x”\n", 1, 5, "invalid character"),
        ("\ufeffx = 1\n\ufeff", 1, None, ""),
        ("x = 1\n\x0b\n", 2, None, ""),
        ("\r\rx = (\r", 3, 5, "never closed"),
        ("class\n", 1, None, ""),
        ("x = '''\n\n", 1, 5, "unterminated triple-quoted"),
        ("x = 1\ny = 'a' b'b'\n", 2, None, "bytes"),
    ],
)
def test_a_syntax_error_is_placed_and_worded_by_ast(text: str, line: int, column: int | None, words: str) -> None:
    problem = failed(text)
    assert problem.kind is ProblemKind.SYNTAX
    assert problem.at.start_line == line
    assert column is None or problem.at.start_column == column
    assert words in problem.message
    assert problem.at.path == "app.py"


def test_what_only_one_of_the_parsers_takes_is_no_crash() -> None:
    # `ast` sees a keyword argument before a positional one, libcst does not mind.
    assert isinstance(parse(Source("app.py", "f(a=1, 2)\n")), PythonFile | Problem)
    # A file that ends in a backslash and a newline is an empty line for some versions of Python.
    problem = failed("x = 1\n\\\n")
    assert problem.kind is ProblemKind.SYNTAX
    assert problem.at.start_line <= 3


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return.5\n",
        "def f():\n    yield.5\n",
        "async def f():\n    await.5\n",
        "x = 1 if.5 else 2\n",
        "x = y in.5, not.5\n",
        "for x in.5,:\n    pass\n",
        "while.5:\n    raise.5\n",
    ],
)
def test_what_python_takes_is_parsed(text: str) -> None:
    """libcst misses a space here, which a tree made by hand would need."""
    ast.parse(text)
    with pytest.raises(libcst.CSTValidationError):
        libcst.parse_module(text)
    file = parsed(text)
    assert file.round_trips
    assert file.tree.code == text


def test_nodes_that_are_made_by_hand_are_checked_as_ever() -> None:
    for text in ("x = 1\n", "x = (\n", "x = 'a' b'b'\n"):
        parse(Source("app.py", text))
        with pytest.raises(libcst.CSTValidationError):
            libcst.Name("")
        with pytest.raises(libcst.CSTValidationError):
            libcst.Integer("x")
        with pytest.raises(libcst.CSTValidationError):
            libcst.parse_module("x = not.5\n")


def test_no_warning_of_the_linted_code_is_shown(recwarn: pytest.WarningsRecorder) -> None:
    failed("x = '\\d' is 'a'\ny = 1 is 1\n(\n")
    parsed("x = '\\d' is 'a'\ny = 1 is 1\n")
    assert not recwarn.list


def test_a_text_that_no_parser_takes_is_a_problem() -> None:
    assert failed("x = '\ud800'\n").kind in ProblemKind


@pytest.mark.parametrize("name", sorted(path.name for path in BROKEN.glob("*.py")))
def test_broken_files_never_raise(name: str) -> None:
    source = decode(name, (BROKEN / name).read_bytes())
    if isinstance(source, Problem):
        return
    file = parse(source)
    if isinstance(file, PythonFile):
        for node in file.tree.body:
            span = file.span(node)
            assert 1 <= span.start_line <= span.end_line <= len(file.line_starts)


def nodes_by_statement(file: PythonFile) -> list[tuple[libcst.CSTNode, libcst.CSTNode]]:
    """Every node that stands in a statement, with each statement around it; but for space after a comma, which libcst
    before 1.8.4 does not print in a `match`."""
    pairs: list[tuple[libcst.CSTNode, libcst.CSTNode]] = []
    around: list[libcst.CSTNode] = []

    class Finder(libcst.CSTVisitor):
        def on_visit(self, node: libcst.CSTNode) -> bool:
            if isinstance(node, libcst.BaseStatement):
                around.append(node)
            if not isinstance(node, libcst.SimpleWhitespace):
                pairs.extend((node, statement) for statement in around)
            return True

        def on_leave(self, original_node: libcst.CSTNode) -> None:
            if around and around[-1] is original_node:
                around.pop()

    file.tree.visit(Finder())
    return pairs


ODD = {
    "decorated": """\
        if a:

            # b
            @c

            # d
            @e(
        f)
            class G(h): i = 1; j = 2


            @c
            def k(l=m): return l
        """,
    "on one line": "with a as b: c(d)\nfor e in f: g\nelse: h\nwhile i: j(k); l\nif m: n\nelif o: p\nelse: q\n",
    "lines like statements": """\
        a = '''
        b = 1
            c = 2
        '''
        if (a and
        b):
          d = [
        1,
          2]; e = '\\
        f'
        g = a + \\
        b
        h = f'{i}, \\
        {j:k}'
        l
        """,
    "fields": "if a:\n    b = f'''{c}\nd {e['f']}\n'''\n    g(f'{h!r:>{i}}', \"{\")\nj\n",
    "the same twice": "a()\na()\nif b:\n    a()\n    a()\n",
    "form feed": "a()\n\x0cb()\nif c:\n    d()\n",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", [*TRICKY, *ODD])
def test_spans_within_a_statement_are_those_in_the_file(name: str, newline: str) -> None:
    written = textwrap.dedent((TRICKY | ODD)[name]).replace("\n", newline)
    for text in (written, written.rstrip()):
        file = parsed(text)
        for node, statement in nodes_by_statement(file):
            fresh = PythonFile(file.source, file.tree)
            assert fresh.offsets(node, statement) == file.offsets(node), (node, statement)
            assert fresh.round_trips_at(node, statement) is file.round_trips


@pytest.mark.parametrize("name", [name for name in [*TRICKY, *ODD] if name != "form feed"])
def test_statements_are_found_in_the_text(name: str) -> None:
    file = parsed(textwrap.dedent((TRICKY | ODD)[name]))
    offsets = statement_offsets(file.tree, file.source.text, file.line_starts)
    statements = {id(node): node for node, statement in nodes_by_statement(file) if node is statement}
    assert set(offsets) == {key for key, node in statements.items() if not is_elif(file, node)}
    for key, offset in offsets.items():
        assert file.offsets(statements[key])[0] == offset


def is_elif(file: PythonFile, node: libcst.CSTNode) -> bool:
    return isinstance(node, libcst.If) and file.source.text.startswith("elif", file.offsets(node)[0])


def test_a_node_that_is_not_in_the_statement_is_found_all_the_same() -> None:
    file = parsed("def f():\n    a\n\n\ndef g():\n    b\n")
    first, second = file.tree.body
    assert file.span(second.name, first) == Span("app.py", 5, 5, 5, 6)
    with pytest.raises(KeyError):
        file.span(parsed("a\n").tree.body[0], first)
