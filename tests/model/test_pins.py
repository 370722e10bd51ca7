"""Which requirements exclude what the platform installs."""

from __future__ import annotations

import itertools

import pytest
from packaging.specifiers import SpecifierSet

from zerolint.facts import fact
from zerolint.model.pins import conflicts, excludes, hub_limits, lost_folder, other_gradios, sdk_version
from zerolint.model.space import Space

SPECIFIERS = (
    *("", "==2.1", "==2.1.0", "==2.*", "==2.1.*", ">=2.1", ">2.1", "<2.1", "<=2.1", "~=2.1", "~=2.1.0", "!=2.1"),
    *("<3,>=2", ">=2,!=2.1", ">=2.1.1,<2.2", "==1.*", ">=3", "<=2.0.5", "==2.1.1", ">1,>=2.1,<9,<=3", "!=2.*,<3"),
)
VERSIONS = tuple(f"{a}.{b}.{c}" for a, b, c in itertools.product(range(5), range(4), range(4)))


@pytest.mark.parametrize(("one", "other"), list(itertools.product(SPECIFIERS, SPECIFIERS)))
def test_what_excludes_each_other_has_no_version_in_common(one: str, other: str) -> None:
    both = SpecifierSet(one) & SpecifierSet(other)
    if excludes(one, other):
        assert not any(both.contains(version) for version in VERSIONS)
    elif "!=" not in one + other:
        assert any(both.contains(version) for version in VERSIONS)


@pytest.mark.parametrize("specifier", ["==2.1", "<2.1.1,>=2.1", ">=4", "<1"])
def test_it_says_the_same_from_both_sides(specifier: str) -> None:
    for other in SPECIFIERS:
        assert excludes(specifier, other) == excludes(other, specifier)


@pytest.mark.parametrize("specifier", [">=2.0rc1", "<1!2", ">=2.*", "nonsense", ">=3.dev0"])
def test_of_what_is_not_plain_nothing_is_sure(specifier: str) -> None:
    assert not excludes(specifier, "<1")


def test_a_version_that_is_pinned_is_judged_whatever_it_looks_like() -> None:
    assert excludes("==2.13.0b1", "<=2.12.5,>=2.11.10")
    assert excludes("===2.8.0+cu128", ">=3")
    assert not excludes("==2.12.0rc1", ">=2.11,<2.13")


def _space(requirements: str, version: str = "6.31.0", app: bytes = b"") -> Space:
    readme = f"---\nsdk: gradio\nsdk_version: {version}\n---\n"
    return Space({"README.md": readme.encode(), "requirements.txt": requirements.encode(), "app.py": app})


@pytest.mark.parametrize(
    ("text", "found"),
    [("6.31.0", True), ('"5.0"', True), ("5.0.0b4", True), ("latest", False), ("6.x", False), ("", False)],
)
def test_the_version_is_one_that_is_written_out(text: str, found: bool) -> None:
    assert (sdk_version(_space("", text)) is not None) is found


def test_only_gradio_spaces_have_one() -> None:
    assert sdk_version(Space({"README.md": b"---\nsdk: docker\nsdk_version: 6.31.0\n---\n"})) is None
    assert sdk_version(Space({"README.md": b"# Title\n"})) is None
    assert sdk_version(Space({})) is None


def test_what_excludes_the_version_is_found_with_its_extras() -> None:
    space = _space("gradio[oauth]<6\ngradio==6.31\ngradio-client\ngradio!=6.31.0\n")
    assert [item.text for item in other_gradios(space, "6.31.0")] == ["gradio[oauth]<6", "gradio!=6.31.0"]


@pytest.mark.parametrize(
    ("requirements", "version", "found"),
    [
        ("transformers==4.57.6", "6.31.0", True),
        ("transformers>=4.56,<5", "6.18.0", True),
        ("transformers~=4.46", "6.31.0", True),
        ("transformers==4.57.6", "6.17.3", False),
        ("transformers<5", "6.31.0", False),
        ("transformers>=4.56", "6.31.0", False),
        ("transformers==4.10.0", "6.31.0", False),
        ("transformers", "6.31.0", False),
    ],
)
def test_what_limits_the_hub_below_what_gradio_needs(requirements: str, version: str, found: bool) -> None:
    assert [item.limit for item in hub_limits(_space(requirements), version)] == ["<1.0"] * found


def test_each_requirement_is_told_once_with_what_needs_it() -> None:
    space = _space("pydantic<1\nrequests<2\nnumpy\nnumpy==99\nhttpx>=1\n")
    found = [(item.requirement.text, item.by, item.fact) for item in conflicts(space, "6.31.0")]
    assert found == [
        ("pydantic<1", "Gradio 6.31.0 with `mcp`", "gradio.needs"),
        ("requests<2", "`spaces`", "spaces.needs"),
        ("numpy==99", "Gradio 6.31.0", "gradio.needs"),
        ("httpx>=1", "Gradio 6.31.0", "gradio.needs"),
    ]


def test_nothing_is_known_of_a_newer_gradio() -> None:
    assert not list(conflicts(_space("pillow==1.0\n", "99.0"), "99.0"))


@pytest.mark.parametrize("name", ["numpy", "pillow", "pydantic", "huggingface-hub"])
def test_the_facts_name_one_range_for_each_version(name: str) -> None:
    rows = [row for row in fact("gradio.needs").value if row[0] == name]
    numbers = [tuple(int(part) for part in end.split(".")) for row in rows for end in row[1:3]]
    assert numbers == sorted(numbers)
    assert (rows[0][1], rows[-1][2]) == ("4.0.0", "6.31.0")


@pytest.mark.parametrize(
    ("requirements", "lost"),
    [
        ("", True),
        ("torch==2.8.0\ndiffusers\ntransformers\n", True),
        ("transformers>=4.40,!=4.41\n", True),
        ("transformers==4.40\n", False),
        ("transformers<5\n", False),
        ("transformers~=4.40\n", False),
        ("transformers @ git+https://github.com/huggingface/transformers\n", True),
        ("git+https://github.com/huggingface/transformers.git@v4.49.0\n", False),
        ("git+https://github.com/someone/transformers.git\n", False),
        ("git+https://github.com/huggingface/accelerate.git@v0.1\n", True),
        ("huggingface_hub\n", True),
        ("huggingface_hub>=0.20\n", True),
        ("huggingface_hub>=0.20,<1\n", False),
        ("huggingface_hub==0.36.0\n", False),
        ("huggingface_hub @ git+https://github.com/huggingface/huggingface_hub@v0.30\n", False),
        ("huggingface_hub>=1\nunheard-of\n", True),
        ("unheard-of\n", False),
        ("gradio==4.40.0\n", False),
        ("-r https://example.org/more.txt\n", False),
    ],
)
def test_gradio_loses_the_folder_only_where_all_requirements_are_known(requirements: str, lost: bool) -> None:
    assert (lost_folder(_space(requirements, "4.44.1"), "4.44.1") is not None) is lost


@pytest.mark.parametrize(
    ("version", "lost"),
    [("4.8.0", False), ("4.9.0", True), ("5.7.0", True), ("5.7.1", False), ("5.0.0b4", False)],
)
def test_the_versions_that_import_the_folder(version: str, lost: bool) -> None:
    assert (lost_folder(_space("", version), version) is not None) is lost


def test_without_requirements_not_all_is_known() -> None:
    readme = b"---\nsdk: gradio\nsdk_version: 4.44.1\n---\n"
    assert lost_folder(Space({"README.md": readme}), "4.44.1") is None


def test_an_app_that_knows_of_the_folder_is_left_alone() -> None:
    assert lost_folder(_space("", "4.44.1", b"huggingface_hub.HfFolder = Folder\n"), "4.44.1") is None
