"""Plain specifiers mean what `packaging` says, and everything else is asked of it."""

from __future__ import annotations

import itertools

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from zerolint.model.versions import admits, admitted, exact, release

CLAUSES = (
    *("", "==2", "==2.8", "==2.8.0", "==2.*", "==2.8.*", "!=2.8", "!=2.8.*", ">=2.8", ">2.8", "<2.8", "<=2.8.0", "<3"),
    *(
        "~=2.8",
        "~=2.8.0",
        "~=2",
        ">=2.8,<2.10",
        " >= 2.8 , != 2.9.1",
        "==2.8.0+cu128",
        "===2.8.0",
        ">=2.8rc1",
        "==1!2.8",
    ),
    *(">2.7.*", ">=2.8,,<3", "nonsense", "2.8.0"),
)
VERSIONS = ("2", "2.7.1", "2.8", "2.8.0", "2.8.1", "2.9.1", "2.10.0", "3.0", "2.8.0rc1", "2.8.0+cu128", "2.8.0.post1")


@pytest.mark.parametrize(("specifier", "version"), list(itertools.product(CLAUSES, VERSIONS)))
def test_it_says_what_packaging_says(specifier: str, version: str) -> None:
    try:
        expected = SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        expected = False
    assert admits(specifier, version) == expected


def test_parts_of_versions() -> None:
    assert admitted(">=2.9", ("2.8.0", "2.9.1", "2.10.0")) == ("2.9.1", "2.10.0")
    assert (exact("==2.8.0+cu128"), exact("==2.8.*"), exact(">=2"), exact("==1,!=2")) == ("2.8.0+cu128", "", "", "")
    assert release("v2.10.0rc1+cu128") == (2, 10, 0)
    assert release("main") == ()
