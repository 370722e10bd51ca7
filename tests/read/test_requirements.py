"""Requirement files as pip reads them, with the place of every requirement."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from zerolint.finding import Span
from zerolint.read.requirements import Option, Requirement, Requirements, read_requirements
from zerolint.read.source import ProblemKind, Source, decode, line_starts, offset_of

BROKEN = Path(__file__).parents[2] / "fixtures" / "broken"
WHEEL = "https://example.org/flash_attn-2.7.4.post1+cu12torch2.6-cp310-cp310-linux_x86_64.whl"


def read(text: str, **others: str) -> Requirements:
    sources = {"requirements.txt": Source("requirements.txt", text)}
    for name, content in others.items():
        path = name.replace("__", "/") + ".txt"
        sources[path] = Source(path, content)
    return read_requirements(sources)


def one(text: str) -> Requirement:
    result = read(text)
    assert not result.problems
    assert len(result.items) == 1
    return result.items[0]


def cut(text: str, span: Span) -> str:
    starts = line_starts(text)
    return text[
        offset_of(starts, span.start_line, span.start_column) : offset_of(starts, span.end_line, span.end_column)
    ]


@pytest.mark.parametrize(
    ("line", "name", "specifier", "extras", "marker", "url"),
    [
        ("torch", "torch", "", (), "", ""),
        ("Torch == 2.1.0", "torch", "==2.1.0", (), "", ""),
        ("torch==2.1.*", "torch", "==2.1.*", (), "", ""),
        ("torch==2.6.0+cu124", "torch", "==2.6.0+cu124", (), "", ""),
        ("torch>=2,<3", "torch", "<3,>=2", (), "", ""),
        ("torch (>=2)", "torch", ">=2", (), "", ""),
        ("torch ~= 2.1", "torch", "~=2.1", (), "", ""),
        ("zope.interface", "zope-interface", "", (), "", ""),
        ("Jinja2", "jinja2", "", (), "", ""),
        ("gradio[oauth, mcp]==5.1", "gradio", "==5.1", ("mcp", "oauth"), "", ""),
        ("torch;python_version<'3.9'", "torch", "", (), 'python_version < "3.9"', ""),
        ("torch @ https://example.org/x.whl", "torch", "", (), "", "https://example.org/x.whl"),
        ("torch@git+https://example.org/x", "torch", "", (), "", "git+https://example.org/x"),
        ("torch --hash=sha256:abc --hash=sha256:def", "torch", "", (), "", ""),
        (WHEEL, "flash-attn", "", (), "", WHEEL),
        (WHEEL + " ; sys_platform == 'linux'", "flash-attn", "", (), 'sys_platform == "linux"', WHEEL),
        ("./wheels/a_b-1.0-py3-none-any.whl", "a-b", "", (), "", "./wheels/a_b-1.0-py3-none-any.whl"),
        ("../c-1.0.tar.gz", "c", "", (), "", "../c-1.0.tar.gz"),
        ("git+https://example.org/a/Diff_Users.git@main", "diff-users", "", (), "", None),
        ("git+ssh://git@example.org/a/b.git@v1.0#egg=C_D[x]&subdirectory=e", "c-d", "", (), "", None),
        ("git+https://example.org/a/b#subdirectory=python", "", "", (), "", None),
        ("https://example.org/archive/main.zip", "", "", (), "", None),
        ("./local[dev]", "", "", ("dev",), "", "./local"),
        ("name @ ${URL}", "name", "", (), "", "${URL}"),
    ],
)
def test_the_forms_of_a_requirement(
    line: str, name: str, specifier: str, extras: tuple[str, ...], marker: str, url: str | None
) -> None:
    item = one(line + "\n")
    assert (item.name, item.specifier, item.extras, item.marker) == (name, specifier, extras, marker)
    if url is not None:
        assert item.url == url


@pytest.mark.parametrize(
    ("line", "text", "name"),
    [
        ("  Torch==2.1  # comment", "Torch==2.1", "Torch"),
        ("gradio[oauth] >= 5 ; python_version > '3' # c", "gradio[oauth] >= 5 ; python_version > '3'", "gradio"),
        ("foo==1 --hash=sha256:a", "foo==1", "foo"),
        ("git+https://example.org/foo/bar.git@foo", "git+https://example.org/foo/bar.git@foo", "bar"),
        ("https://flash/flash-1.0-py3-none-any.whl", "https://flash/flash-1.0-py3-none-any.whl", "flash"),
        ("-e git+https://x.org/a#egg=b_c", "git+https://x.org/a#egg=b_c", "b_c"),
        ("é==1" if False else "./é", "./é", "./é"),
    ],
)
def test_spans_cut_out_the_requirement_and_its_name(line: str, text: str, name: str) -> None:
    content = "# before\r\n" + line + "\r\nafter\r\n"
    item = read(content).items[0]
    assert item.text == cut(content, item.span) == text
    assert cut(content, item.name_span) == name
    assert cut(content, item.line_span) == line + "\r\n"


def test_continued_lines_are_joined_and_keep_their_places() -> None:
    text = "a\\\n==1.0 \\\n  --hash=sha256:b \\\n  # a comment \\\nnumpy \\\n  <2\nlast\\"
    result = read(text)
    assert [(item.name, item.specifier) for item in result.items] == [("a", "==1.0"), ("numpy", "<2"), ("last", "")]
    first, second, last = result.items
    assert first.span == Span("requirements.txt", 1, 1, 2, 6)
    assert first.line_span == Span("requirements.txt", 1, 1, 5, 1)
    assert cut(text, second.line_span) == "numpy \\\n  <2\n"
    assert cut(text, last.span) == "last"


def test_a_requirement_with_hashes_says_so() -> None:
    assert one("foo==1 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n").hashed
    assert not one("foo==1 # --hash=sha256:a\n").hashed


def test_a_hash_is_a_comment_only_after_a_space() -> None:
    assert one("https://example.org/a-1.0-py3-none-any.whl#sha256=b # c").url.endswith("#sha256=b")
    assert read("# a\n   # b\n\n\t\n").items == ()


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("--extra-index-url https://a", [("extra-index-url", "https://a")]),
        ("--extra-index-url=https://a", [("extra-index-url", "https://a")]),
        ("-i https://a --extra-index-url https://b", [("index-url", "https://a"), ("extra-index-url", "https://b")]),
        ("--pre --no-index -f 'a b'", [("pre", ""), ("no-index", ""), ("find-links", "a b")]),
        ("-e .", [("editable", ".")]),
        ('-e ".[dev]"', [("editable", ".[dev]")]),
        ("--no-binary :all:", [("no-binary", ":all:")]),
    ],
)
def test_options_have_their_long_names(line: str, options: list[tuple[str, str]]) -> None:
    result = read(line + "\n")
    assert [(option.name, option.value) for option in result.options] == options
    assert not result.problems


def test_an_option_has_its_place() -> None:
    assert read("a\n--pre -i b # c\n").options == (
        Option("pre", "", Span("requirements.txt", 2, 1, 2, 6)),
        Option("index-url", "b", Span("requirements.txt", 2, 7, 2, 11)),
    )


def test_an_editable_requirement_is_one_too() -> None:
    item = one("-e git+https://example.org/a/b.git#egg=c\n")
    assert (item.name, item.editable) == ("c", True)


def test_includes_are_read_in_their_place() -> None:
    result = read(
        "a\n-r sub/b.txt\n-c c.txt\nd\n",
        sub__b="b\n-r ../e.txt\n",
        c="torch==1\n",
        e="e\n--requirement=sub/b2.txt",
        sub__b2="f",
    )
    assert [item.name for item in result.items] == ["a", "b", "e", "f", "torch", "d"]
    assert [item.constraint for item in result.items] == [False, False, False, False, True, False]
    assert result.items[1].span == Span("sub/b.txt", 1, 1, 1, 2)
    assert not result.problems


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("-r requirements.txt", ProblemKind.SYNTAX, "includes itself"),
        ("-r ./x/../requirements.txt", ProblemKind.SYNTAX, "includes itself"),
        ("-r missing.txt", ProblemKind.UNREADABLE, "`missing.txt` is not among the Space's files"),
        ("-r ../x.txt", ProblemKind.UNREADABLE, "outside the Space"),
        ("-r /etc/passwd", ProblemKind.UNREADABLE, "outside the Space"),
        ("-c https://example.org/c.txt", ProblemKind.UNREADABLE, "is a URL"),
        ("-r", ProblemKind.SYNTAX, "names no file"),
    ],
)
def test_an_include_that_cannot_be_read_is_a_problem_where_it_stands(line: str, kind: ProblemKind, words: str) -> None:
    result = read("a\n" + line + "\nb\n")
    assert [item.name for item in result.items] == ["a", "b"]
    (problem,) = result.problems
    assert problem.kind is kind
    assert words in problem.message
    assert problem.at == Span("requirements.txt", 2, 1, 2, len(line) + 1)


def test_a_loop_over_two_files_ends() -> None:
    sources = {}
    for name in ("requirements_loop.txt", "requirements_loop_back.txt"):
        source = decode(name, (BROKEN / name).read_bytes())
        assert isinstance(source, Source)
        sources[name] = source
    result = read_requirements(sources, "requirements_loop.txt")
    assert [item.name for item in result.items] == ["torch", "numpy"]
    assert [(problem.at.path, problem.at.start_line) for problem in result.problems] == [
        ("requirements_loop_back.txt", 2)
    ]


def test_a_file_that_is_included_again_and_again_is_read_once() -> None:
    files = {f"r{i}": f"-r r{i + 1}.txt\n" * 2 for i in range(40)}
    result = read("-r r0.txt\n", **files, r40="a\n")
    assert [item.name for item in result.items] == ["a"]
    deep = {f"r{i}": f"-r r{i + 1}.txt\n" for i in range(2_000)}
    assert "nested" in read("-r r0.txt\n", **deep, r2000="a\n").problems[0].message


@pytest.mark.parametrize(
    "line",
    [
        *[
            "torch=2",
            "torch==",
            "torch==2.1 torchvision",
            "pip install torch",
            "<html>",
            "torch>=2;",
            "=1",
            "torch<=>2",
        ],
        *["foo>1.0+local", "torch[", "a" * 3_000 + "!", "-x", "--", "a; " + "(" * 1_900, "torch==1.0; nonsense == 'x'"],
        "torch @ ",
    ],
)
def test_a_line_that_is_none_is_a_problem_and_the_rest_is_read(line: str) -> None:
    result = read("a\n  " + line + "  # c\nb\n")
    assert [item.name for item in result.items] == ["a", "b"]
    (problem,) = result.problems
    assert problem.kind is ProblemKind.SYNTAX
    assert (problem.at.start_line, problem.at.start_column, problem.at.end_line) == (2, 3, 2)
    assert len(problem.message) < 250
    assert "\n" not in problem.message


def test_a_line_that_is_too_long_to_judge_is_not_called_wrong() -> None:
    result = read("a\nlong @ https://example.org/" + "x" * 4_000 + "\nb\n")
    assert [item.name for item in result.items] == ["a", "b"]
    (problem,) = result.problems
    assert problem.kind is ProblemKind.UNREADABLE
    assert problem.at.start_line == 2
    assert "more than 4,000 characters" in problem.message


def test_an_include_that_is_there_and_cannot_be_read_is_not_called_missing() -> None:
    sources = {"requirements.txt": Source("requirements.txt", "-r locked.txt\n-r gone.txt\n")}
    result = read_requirements(sources, unreadable={"locked.txt"})
    assert [problem.message for problem in result.problems] == [
        "`locked.txt` cannot be read",
        "`gone.txt` is not among the Space's files",
    ]


def test_what_an_environment_variable_may_make_right_is_no_problem() -> None:
    assert read("${PACKAGE}==1\n") == Requirements()


def test_a_file_that_is_something_else_is_given_up() -> None:
    result = read("<p>no</p>\n" * 100_000)
    assert len(result.problems) < 100
    assert result.problems[-1].kind is ProblemKind.UNREADABLE


def test_no_file_is_no_requirement() -> None:
    assert read_requirements({}) == Requirements()
    assert read("") == Requirements()


def test_long_lines_take_no_long_time() -> None:
    started = time.perf_counter()
    for line in (" " * 200_000 + "x#", "-" * 100_000, "a " * 100_000, "[" * 100_000, "\\\n" * 100_000, "a\\" * 50_000):
        read(line)
    assert time.perf_counter() - started < 3


def test_two_hundred_pinned_lines_are_read_at_once() -> None:
    text = "".join(f"package-{number}=={number}.{number % 7}.{number % 3}\n" for number in range(200))
    started = time.perf_counter()
    assert len(read(text).items) == 200
    assert time.perf_counter() - started < 0.5


def test_the_plain_form_is_what_packaging_makes_of_it() -> None:
    from packaging.requirements import Requirement as Reference
    from packaging.utils import canonicalize_name

    for line in (
        "a",
        "A.b_c",
        "a==1",
        "a == 1.0.post1",
        "a>=1,<2",
        "a!=1.0rc1,>1",
        "a==1.*",
        "a==1.0+cu1.x",
        "a<1.dev0",
    ):
        item, reference = one(line), Reference(line)
        assert item.name == canonicalize_name(reference.name)
        assert item.specifier == str(reference.specifier)
