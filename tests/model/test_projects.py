"""What pyproject.toml lists and nothing installs."""

from __future__ import annotations

import pytest

from zerolint.model.projects import uninstalled
from zerolint.model.space import Space

README = b"---\nsdk: gradio\n---\n"
APP = "import gradio as gr\nimport diffusers\n"


def _space(project: str, app: str = APP, **others: bytes) -> Space:
    held = {"README.md": README, "pyproject.toml": project.encode(), "app.py": app.encode(), **others}
    return Space(held)


def _at(project: str, app: str = APP) -> str | None:
    found = uninstalled(_space(project, app))
    if found is None:
        return None
    line = project.split("\n")[found.at.start_line - 1]
    return f"{found.at.start_line}:{line[found.at.start_column - 1 : found.at.end_column - 1]}"


@pytest.mark.parametrize(
    ("project", "at"),
    [
        ('[project]\ndependencies = ["diffusers"]\n', "2:dependencies"),
        (
            '[tool.a]\ndependencies = ["b"]\n[ project ]\nname = "x"\n  dependencies=[\n"Diffusers>=1",\n]\n',
            "5:dependencies",
        ),
        (
            '[project]\ndescription = """\n[project]\ndependencies = []\n"""\ndependencies = ["diffusers"]',
            "6:dependencies",
        ),
        ('[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\ndiffusers = "*"\n', "3:[tool.poetry.dependencies]"),
        ('[project]\nname = "x"\n[tool.x]\ndependencies = ["diffusers"]\n', None),
        ('[project]\nname = "x"\n[project.optional-dependencies]\ndependencies = ["diffusers"]\n', None),
        ('[dependency-groups]\ndev = ["diffusers"]\n', None),
        ('project.dependencies = ["diffusers"]\n', None),
        ('[project]\ndependencies = "diffusers"\n', None),
        ('[project]\ndependencies = ["transformers"]\n', None),
        ('[project\ndependencies = ["diffusers"]\n', None),
        ('[project]\ndynamic = ["dependencies"]\n', None),
    ],
)
def test_the_place_of_the_list(project: str, at: str | None) -> None:
    assert _at(project) == at


@pytest.mark.parametrize(
    "app",
    [
        "import gradio\n",
        "import gradio\ntry:\n    import diffusers\nexcept ImportError:\n    pass\n",
        "import gradio\ndef load():\n    import diffusers\n",
        "import gradio\nif False:\n    import diffusers\n",
        "import gradio\nfrom .diffusers import load\n",
        "import gradio\nimport diffusers(\n",
    ],
)
def test_an_import_that_may_not_happen_says_nothing(app: str) -> None:
    assert _at('[project]\ndependencies = ["diffusers", "torch"]\n', app) is None


@pytest.mark.parametrize(
    "path", ["requirements.txt", "requirements-dev.txt", "pre-requirements.txt", "requirements/a.txt"]
)
def test_another_list_may_be_installed(path: str) -> None:
    assert uninstalled(_space('[project]\ndependencies = ["diffusers"]\n', **{path: b""})) is None


def test_a_file_of_many_lines_that_look_alike_is_read_in_time() -> None:
    project = '[project]\ntext = """\n' + "dependencies = 1\n" * 5_000 + '"""\ndependencies = ["diffusers"]\n'
    assert _at(project) is None
