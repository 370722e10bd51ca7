"""What is read out of the answers of pip."""

from __future__ import annotations

import json

import pytest

from tools import registry

REPORT = {
    "version": "1",
    "pip_version": "26.3",
    "install": [
        {
            "download_info": {"url": "https://files.example/ab/renderer-1.2-cp312-cp312-linux_x86_64.whl"},
            "metadata": {
                "name": "renderer",
                "version": "1.2",
                "requires_dist": ["torch==2.9.1", "numpy; extra == 'all'"],
                "requires_python": ">=3.10",
                "description": "# Renderer\n",
            },
        },
        {
            "download_info": {"url": "file:///wheels/plain-3-py3-none-any.whl"},
            "metadata": {"name": "plain", "version": "3"},
        },
    ],
}


def test_a_report_is_read() -> None:
    renderer, plain = registry.read_report(json.dumps(REPORT))
    assert renderer == registry.Metadata(
        name="renderer",
        version="1.2",
        requires=("torch==2.9.1", "numpy; extra == 'all'"),
        requires_python=">=3.10",
        description="# Renderer\n",
        file="renderer-1.2-cp312-cp312-linux_x86_64.whl",
    )
    assert (plain.requires, plain.requires_python, plain.file) == ((), "", "plain-3-py3-none-any.whl")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"install": [{"metadata": {}}]}', '{"install": null}'])
def test_what_is_no_report_is_an_error(text: str) -> None:
    with pytest.raises(registry.RegistryError, match="pip no longer reports like that"):
        registry.read_report(text)


def test_versions_are_read() -> None:
    text = "renderer (1.2)\nAvailable versions: 1.2, 1.1.post1, 1.0\n  INSTALLED: 1.0\n  LATEST:    1.2\n"
    assert registry.read_versions(text) == ("1.2", "1.1.post1", "1.0")
    with pytest.raises(registry.RegistryError):
        registry.read_versions("renderer 1.2\n")


def test_versions_with_wheels_are_those_among_which_pip_could_not_choose() -> None:
    line = "Could not find a version that satisfies the requirement renderer==99999 (from versions: {})"
    assert registry.read_choice(line.format("1.0, 1.1rc1")) == ("1.0", "1.1rc1")
    assert registry.read_choice(line.format("none")) == ()
    with pytest.raises(registry.RegistryError):
        registry.read_choice("No matching distribution found for renderer")


def test_the_decisive_line_is_the_first_error() -> None:
    text = (
        "WARNING: pip index is currently an experimental command.\n"
        "ERROR: Ignored the following versions that require a different python version: 3.0 Requires-Python >=3.11\n"
        "ERROR: Cannot install renderer==1.2 and torch==2.8.0 because these package versions have conflicting "
        "dependencies.\n"
        "ERROR: ResolutionImpossible: for help visit https://pip.example\n"
    )
    assert registry.decisive_line(text).startswith("Cannot install renderer==1.2 and torch==2.8.0")
    assert registry.decisive_line("\nUsage:\n  pip install\n") == "Usage:"
    assert registry.decisive_line("WARNING: slow\n") == "pip has said nothing"


def test_a_space_is_linux_on_x86_64() -> None:
    arguments = registry.target("3.12")
    assert arguments[:2] == ["--python-version", "3.12"]
    assert {"linux_x86_64", "manylinux_2_28_x86_64", "manylinux_2_36_x86_64"} <= set(arguments)
    assert not {"manylinux_2_37_x86_64", "manylinux_2_28_aarch64"} & set(arguments)
