"""Which files hide a package."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

APP = "import gradio\nimport spaces\nimport torch\n\n\n@spaces.GPU\ndef run(): ...\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (("spaces.py",), [("spaces.py", "spaces")]),
        (("spaces/__init__.py",), [("spaces/__init__.py", "spaces")]),
        # A package goes before a module.
        (("torch.py", "torch/__init__.py"), [("torch/__init__.py", "torch")]),
        (("gradio.py", "torch.py"), [("gradio.py", "gradio"), ("torch.py", "torch")]),
        (("spaces/tools.py",), []),
        (("tools/spaces.py", "tools/__init__.py"), []),
        (("gradio/__init__.py", "gradio/blocks.py"), []),
        (("torchvision.py", "Spaces.py"), []),
    ],
)
def test_what_hides_a_package(files: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    space = Space({"app.py": APP.encode(), **dict.fromkeys(files, b"X = 1\n")})
    assert [(shadow.path, shadow.package) for shadow in space.shadowed_modules()] == expected


def test_only_what_is_imported_is_hidden() -> None:
    assert not Space({"app.py": b"import gradio\n", "torch.py": b""}).shadowed_modules()
    assert not Space({"app.py": b"from spaces import NAMES\n", "spaces.py": b"NAMES = []\n"}).shadowed_modules()


def test_the_folder_of_the_app_file_counts() -> None:
    readme = b"---\nsdk: gradio\napp_file: demo/app.py\n---\n"
    inside = {"README.md": readme, "demo/app.py": APP.encode(), "demo/torch.py": b""}
    assert [shadow.path for shadow in Space(inside).shadowed_modules()] == ["demo/torch.py"]
    beside = {"README.md": readme, "demo/app.py": APP.encode(), "torch.py": b""}
    assert not Space(beside).shadowed_modules()
