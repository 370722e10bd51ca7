"""Whether the file that a Space starts is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerolint.model.app_files import lost_app
from zerolint.model.space import Space
from zerolint.read.discover import discover

APP = b"import gradio as gr\n\ngr.Interface(len, 'text', 'text').launch()\n"


def _space(named: str, *paths: str, unreadable: str = "") -> Space:
    readme = f"---\nsdk: gradio\n{named}\n---\n".encode()
    held = {"README.md": readme, **dict.fromkeys(paths, APP)}
    return Space(held, unreadable={unreadable: "is a folder"} if unreadable else None)


@pytest.mark.parametrize(
    ("named", "paths"),
    [
        ("app_file: app.py", ["app.py"]),
        ("app_file: ./src//app.py", ["src/app.py"]),
        ("app_file: src/../app.py", ["app.py"]),
        ("", ["app.py"]),
        ("app_file: app.py", []),
        ("app_file: start", ["app.py"]),
        ("app_file: [app.py]", ["main.py"]),
        ("app_file:", ["main.py"]),
        ("", ["one.py", "two.py"]),
    ],
)
def test_an_app_that_is_there_or_may_be_is_not_lost(named: str, paths: list[str]) -> None:
    assert lost_app(_space(named, *paths)) is None


@pytest.mark.parametrize(
    ("named", "paths", "meant", "is_near"),
    [
        ("app_file: main.py", ["app.py"], "app.py", False),
        ("app_file: App.py", ["app.py", "other.py"], "app.py", True),
        ("app_file: app.py", ["demo/app.py", "one.py", "two.py"], "demo/app.py", False),
        ("app_file: app.py", ["one.py", "two.py"], "", False),
        ("", ["main.py"], "main.py", False),
    ],
)
def test_the_file_that_is_meant(named: str, paths: list[str], meant: str, is_near: bool) -> None:
    app = lost_app(_space(named, *paths))
    assert app is not None
    assert (app.meant, app.is_near) == (meant, is_near)


def test_a_file_that_cannot_be_read_is_there() -> None:
    assert lost_app(_space("app_file: main.py", "app.py", unreadable="main.py")) is None


@pytest.mark.parametrize("named", ["app_file: ../app.py", "app_file: /home/user/app/app.py", "app_file: a/../../b.py"])
def test_a_path_out_of_the_space(named: str) -> None:
    app = lost_app(_space(named))
    assert app is not None
    assert app.outside


def test_an_app_that_git_ignores_or_hides_is_there(tmp_path: Path) -> None:
    for name, ignored in (("local.py", "local.py\n"), (".space/app.py", "")):
        root = tmp_path / name.strip(".").replace("/", "-")
        (root / ".git").mkdir(parents=True)
        (root / ".gitignore").write_text(ignored)
        (root / "README.md").write_text(f"---\nsdk: gradio\napp_file: {name}\n---\n")
        (root / "other.py").write_bytes(APP)
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(APP)
        (files,) = discover([root])
        assert files.contents[name] == APP
        assert name in files.entry_points
        assert lost_app(Space(files.contents, unreadable=files.unreadable)) is None


def test_an_app_file_that_is_a_link_out_of_the_space_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "space"
    (root / ".space").mkdir(parents=True)
    (tmp_path / "app.py").write_bytes(APP)
    (root / ".space" / "app.py").symlink_to(tmp_path / "app.py")
    (root / "README.md").write_text("---\nsdk: gradio\napp_file: .space/app.py\n---\n")
    (files,) = discover([root])
    assert ".space/app.py" not in files.contents
    assert files.unreadable[".space/app.py"] == "is a symbolic link that leads out of the Space"
