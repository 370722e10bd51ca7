"""Which folders are Spaces, and which files belong to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zerolint.read.discover import SpaceFiles, discover, uses_spaces

README = "---\nsdk: gradio\n---\n"


def plant(root: Path, **files: str) -> Path:
    """Write files; `__` in a name is a slash, and the last `_` a dot."""
    for name, content in files.items():
        put(root, ".".join(name.replace("__", "/").rsplit("_", 1)), content)
    return root


def put(root: Path, path: str, content: str | bytes = "") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def found(*paths: Path) -> dict[str, SpaceFiles]:
    start = paths[0] if paths[0].is_dir() else paths[0].parent
    return {os.path.relpath(space.root, start): space for space in discover(paths)}


@pytest.mark.parametrize(
    "code",
    [
        "import spaces\n",
        "import spaces as sp",
        "x = 1\r\n    import spaces\r\n",
        "from spaces import GPU",
        "from spaces.zero import client",
        "import spaces.config",
        "import gradio, spaces",
        "import gradio as gr, torch ,\tspaces as s",
        "import spaces, torch",
        "try: import spaces\nexcept ImportError: pass",
        "x = 1; import spaces",
        "\timport\tspaces",
        'importlib.import_module("spaces")',
        "spaces = __import__( 'spaces' )",
        "s = import_module('spaces.zero')",
        "# x\rimport spaces\r",
    ],
)
def test_an_import_of_spaces_is_seen(code: str) -> None:
    assert uses_spaces(code.encode())
    assert uses_spaces(b"\xef\xbb\xbf" + code.encode())


@pytest.mark.parametrize(
    "code",
    [
        "",
        "import spacesuit",
        "import myspaces",
        "from spacesx import y",
        "from .spaces import y",
        "from my.spaces import y",
        "import my.spaces",
        "from x import spaces",
        "# import spaces",
        "x = 1  # then: import spaces",
        "x = 'import spaces'",
        '"""\nimport spaces\n"""',
        "'''Example::\n\n    from spaces import GPU\n'''",
        "white spaces",
        "x = spaces",
        "x = 'a', spaces",
        'x = "; import spaces"',
        "imports, spaces = 1, 2",
    ],
)
def test_the_word_alone_is_no_import(code: str) -> None:
    assert not uses_spaces(code.encode())


def test_a_readme_with_an_sdk_marks_a_space(tmp_path: Path) -> None:
    plant(
        tmp_path, README_md=README, app_py="import gradio\n", requirements_txt="torch\n", notes_txt="x\n", lib__a_py=""
    )
    spaces = found(tmp_path)
    assert list(spaces) == ["."]
    assert list(spaces["."].contents) == ["README.md", "app.py", "lib/a.py", "requirements.txt"]
    assert spaces["."].contents["app.py"] == b"import gradio\n"
    assert spaces["."].entry_points == ("app.py",)
    assert spaces["."].root == tmp_path


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        ("---\nsdk: gradio\n---\n", True),
        ("\ufeff---\r\nsdk: docker\r\n---\r\n", True),
        ("\n\n---\ntitle: x\nsdk: gradio\n---\n", True),
        ("---\n'sdk': gradio\n---", True),
        ("---\rtitle: x\rsdk: gradio\r---\r", True),
        ("---\ntitle: x\n---\nsdk: gradio\n---\n", False),
        ("# x\n---\nsdk: gradio\n---\n", False),
        ("---\nsdk: gradio\n", False),
        ("---\nsdk_version: 5\n---\n", False),
        ("---\nx:\n  sdk: gradio\n---\n", False),
        ("sdk: gradio\n", False),
        ("", False),
    ],
)
def test_only_front_matter_at_the_start_marks_one(tmp_path: Path, front_matter: str, expected: bool) -> None:
    put(tmp_path, "README.md", front_matter)
    put(tmp_path, "app.py", "import gradio\n")
    assert bool(found(tmp_path)) is expected


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("main.py", "main.py"),
        ("'main.py'", "main.py"),
        ('"demo/run.py"  # here', "demo/run.py"),
        ("./main.py", "main.py"),
        ("missing.py", None),
        ("../main.py", None),
        ("README.md", None),
    ],
)
def test_the_app_file_is_an_entry_point(tmp_path: Path, value: str, entry: str | None) -> None:
    plant(tmp_path, main_py="", demo__run_py="", app_py="")
    put(tmp_path, "README.md", f"---\nsdk: gradio\napp_file: {value}\n---\n")
    assert found(tmp_path)["."].entry_points == ((entry,) if entry else ())


def test_every_file_that_uses_spaces_is_an_entry_point(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, app_py="", gpu__b_py="import spaces", gpu__a_py="import spaces", c_py="import x")
    assert found(tmp_path)["."].entry_points == ("app.py", "gpu/a.py", "gpu/b.py")


def test_a_space_in_a_space_is_one_of_its_own(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, app_py="import spaces")
    plant(tmp_path / "demo", README_md=README, app_py="import spaces", lib_py="import spaces")
    plant(tmp_path / "demo" / "inner", README_md=README, x_py="import spaces")
    spaces = found(tmp_path)
    assert list(spaces) == [".", "demo", str(Path("demo", "inner"))]
    assert spaces["."].entry_points == ("app.py",)
    assert "demo/lib.py" in spaces["."].contents
    assert spaces["demo"].entry_points == ("app.py", "lib.py")
    assert list(spaces[str(Path("demo", "inner"))].contents) == ["README.md", "x.py"]


def test_an_app_file_may_lie_in_the_space_below(tmp_path: Path) -> None:
    put(tmp_path, "README.md", "---\nsdk: gradio\napp_file: demo/app.py\n---\n")
    plant(tmp_path / "demo", README_md=README, app_py="")
    assert found(tmp_path)["."].entry_points == ("demo/app.py",)


def test_a_folder_that_uses_spaces_is_a_space_without_a_readme(tmp_path: Path) -> None:
    plant(tmp_path, a__gpu_py="import spaces", a__b_py="x", requirements_txt="spaces", README_md="# x\n")
    space = found(tmp_path)["."]
    assert space.entry_points == ("a/gpu.py",)
    assert list(space.contents) == ["README.md", "a/b.py", "a/gpu.py", "requirements.txt"]


def test_a_folder_of_several_spaces_without_readmes_holds_each_of_them(tmp_path: Path) -> None:
    app = "import gradio, spaces\nimport helper\n"
    given = {
        "one/app.py": app,
        "one/helper.py": "",
        "owner/two/app.py": app,
        "owner/two/parts/app.py": app,
        "three/main.py": "import spaces\n",
        "notes/plain.py": "",
    }
    for path, text in given.items():
        put(tmp_path, path, text)
    spaces = found(tmp_path)
    assert {root: space.entry_points for root, space in spaces.items()} == {
        "one": ("app.py",),
        "owner/two": ("app.py", "parts/app.py"),
        "three": ("main.py",),
    }
    assert list(spaces["one"].contents) == ["app.py", "helper.py"]


@pytest.mark.parametrize(
    "given",
    [
        {"one/app.py": "import spaces\n", "app.py": "import spaces\n", "two/app.py": "import spaces\n"},
        {"one/app.py": "import spaces\n", "lib/tools.py": "import spaces\n"},
        {"one/app.py": "import spaces\nfrom lib import x\n", "two/app.py": "import spaces\n", "lib/x.py": ""},
        {"one/app.py": "import spaces\n", "one/two/app.py": "import spaces\n"},
    ],
    ids=["an app at the top", "one app", "a shared package", "an app in an app"],
)
def test_what_belongs_together_is_one_space(tmp_path: Path, given: dict[str, str]) -> None:
    for path, text in given.items():
        put(tmp_path, path, text)
    assert list(found(tmp_path)) == ["."]


def test_a_folder_that_has_nothing_to_do_with_spaces_is_none(tmp_path: Path) -> None:
    plant(tmp_path, a_py="import gradio", requirements_txt="spaces", README_md="# spaces\n")
    assert found(tmp_path) == {}


def test_files_of_spaces_below_are_not_the_folders_own(tmp_path: Path) -> None:
    plant(tmp_path / "one", README_md=README, app_py="import spaces")
    plant(tmp_path / "two", README_md=README, app_py="import spaces")
    plant(tmp_path, tool_py="print()")
    assert list(found(tmp_path)) == ["one", "two"]
    plant(tmp_path, tool_py="import spaces")
    spaces = found(tmp_path)
    assert list(spaces) == [".", "one", "two"]
    assert list(spaces["."].contents) == ["tool.py"]


def test_a_file_stands_for_the_space_that_holds_it(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, app_py="import spaces", lib__a__b_py="", lib__a__README_md="# x")
    for path in ("lib/a/b.py", "app.py", "README.md"):
        (space,) = discover([tmp_path / path])
        assert space.root == tmp_path
        assert "lib/a/b.py" in space.contents


def test_a_file_of_no_space_stands_for_its_folder_if_it_uses_spaces(tmp_path: Path) -> None:
    plant(tmp_path, README_md="# x", a__gpu_py="import spaces", a__lib_py="", a__sub__c_py="", b_py="import spaces")
    (space,) = discover([tmp_path / "a" / "gpu.py"])
    assert space.root == tmp_path / "a"
    assert list(space.contents) == ["gpu.py", "lib.py", "sub/c.py"]
    assert discover([tmp_path / "a" / "lib.py"]) == ()
    assert discover([tmp_path / "README.md"]) == ()


def test_a_folder_that_is_said_to_be_one_is_a_space_if_it_holds_an_app(tmp_path: Path) -> None:
    asked: list[Path] = []

    def is_declared(folder: Path) -> bool:
        asked.append(folder)
        return folder.name != "other"

    plant(tmp_path, plain__app_py="x = 1", plain__ui__page_py="import gradio as gr", plain__requirements_txt="torch")
    plant(tmp_path, demo__demo_py="from gradio import Blocks", demo__lib_py="'import gradio'", tool__main_py="")
    plant(tmp_path, other__app_py="import gradio", inner__space__README_md=README, inner__app_py="import gradio")
    plant(tmp_path, uses__gpu_py="import spaces", uses__app_py="import gradio")
    for given, entries in (
        ("plain", ("app.py", "ui/page.py")),
        ("plain/app.py", ("app.py", "ui/page.py")),
        ("demo", ("demo.py",)),
        ("demo/lib.py", ("demo.py",)),
    ):
        (space,) = discover([tmp_path / given], is_declared)
        assert (space.root, space.entry_points) == (tmp_path / given.split("/")[0], entries)
        assert discover([tmp_path / given]) == ()
    assert "requirements.txt" in discover([tmp_path / "plain"], is_declared)[0].contents
    for given in ("tool", "tool/main.py", "other", "other/app.py"):
        assert discover([tmp_path / given], is_declared) == ()
    asked.clear()
    (space,) = discover([tmp_path / "inner"], is_declared)
    assert space.root == tmp_path / "inner" / "space"
    (space,) = discover([tmp_path / "uses"], is_declared)
    assert space.entry_points == ("gpu.py",)
    assert asked == []


@pytest.mark.parametrize("border", [".git", "pyproject.toml"])
def test_the_search_upwards_ends_at_a_project(tmp_path: Path, border: str) -> None:
    plant(tmp_path, README_md=README, project__src__a_py="import spaces")
    put(tmp_path, "project/" + border)
    (space,) = discover([tmp_path / "project" / "src" / "a.py"])
    assert space.root == tmp_path / "project" / "src"


def test_what_is_given_twice_is_found_once(tmp_path: Path) -> None:
    plant(tmp_path / "s", README_md=README, app_py="import spaces", lib__a_py="import spaces")
    (tmp_path / "link").symlink_to(tmp_path / "s")
    inside, app = tmp_path / "s" / "lib", tmp_path / "s" / "app.py"
    for paths in ([tmp_path, inside, app], [app, tmp_path], [tmp_path / "link", tmp_path / "s" / ".." / "s"]):
        assert len(discover(paths)) == 1
    assert discover([inside])[0].root == inside


def test_the_order_of_the_paths_changes_nothing(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        plant(tmp_path / name, README_md=README, app_py="import spaces")
    one = discover([tmp_path / "c", tmp_path / "a", tmp_path / "b"])
    two = discover([tmp_path / "b", tmp_path / "c", tmp_path / "a", tmp_path])
    assert one == two
    assert [space.root.name for space in one] == ["a", "b", "c"]


def test_a_path_that_does_not_exist_raises(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", Path("a\0b"), tmp_path / ("x" * 5_000)):
        with pytest.raises(FileNotFoundError):
            discover([path])


def test_made_and_foreign_folders_are_left_out(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, app_py="", pyproject_toml="", build__models_py="")
    for folder in (
        ".venv/lib",
        ".git",
        ".hidden",
        "node_modules",
        "__pycache__",
        "a/site-packages/x",
        "dist",
        "x.egg-info",
    ):
        put(tmp_path, folder + "/a.py", "import spaces")
    put(tmp_path, "env/pyvenv.cfg")
    put(tmp_path, "env/lib/a.py", "import spaces")
    assert list(found(tmp_path)["."].contents) == ["README.md", "app.py", "pyproject.toml"]
    (tmp_path / "pyproject.toml").unlink()
    assert "build/models.py" in found(tmp_path)["."].contents


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    plant(
        tmp_path, README_md=README, app_py="", a__x_py="", a__y_py="", old__z_py="", a__b__keep_py="", a__b__drop_py=""
    )
    put(tmp_path, ".gitignore", "/old/\nx.py\n# c\n")
    put(tmp_path, "a/b/.gitignore", "*\n!keep.py\n")
    put(tmp_path, ".git/info/exclude", "y.py\n")
    assert list(found(tmp_path)["."].contents) == ["README.md", "a/b/keep.py", "app.py"]


def test_ignore_files_above_count_too_unless_they_ignore_what_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path, ".git/HEAD")
    put(tmp_path, ".gitignore", "/a/space/x.py\nlogs\n/out/\n")
    put(tmp_path, "a/.gitignore", "y.py")
    for folder in ("a/space", "out"):
        plant(tmp_path / folder, README_md=README, app_py="", x_py="", y_py="", logs__z_py="")
    assert list(found(tmp_path / "a" / "space")["."].contents) == ["README.md", "app.py"]
    assert len(found(tmp_path / "out")["."].contents) == 5
    assert list(found(tmp_path)) == [str(Path("a", "space"))]


def test_included_requirement_files_belong_to_the_space_whatever_their_name(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, deps__base_txt="-r more.txt\n", deps__more_txt="x\n", deps__other_txt="y\n")
    plant(tmp_path, requirements_txt="-r deps/base.txt\n-cpins.txt\n-r ../secret.txt\n-r missing.txt\n", pins_txt="z\n")
    put(tmp_path.parent, "secret.txt", "no")
    os.mkfifo(tmp_path / "pipe.txt")
    put(tmp_path, "requirements-dev.txt", "-r pipe.txt\n-r /etc/passwd\n-r https://example.org/x.txt\n")
    space = found(tmp_path)["."]
    names = ["README.md", "deps/base.txt", "deps/more.txt", "pins.txt", "requirements-dev.txt", "requirements.txt"]
    assert list(space.contents) == names
    assert dict(space.unreadable) == {"pipe.txt": "is not a regular file"}


def test_what_a_requirement_file_in_utf_16_includes_belongs_to_the_space_too(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, deps__base_txt="x\n")
    put(tmp_path, "requirements.txt", "y\r\n-r deps/base.txt\r\n".encode("utf-16"))
    assert list(found(tmp_path)["."].contents) == ["README.md", "deps/base.txt", "requirements.txt"]


def test_what_is_no_readable_file_is_told(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, lib_py="")
    (tmp_path / "app.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    put(tmp_path, "big.py", b"#" * 1_000_001)
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    space = found(tmp_path)["."]
    assert list(space.contents) == ["README.md", "lib.py"]
    assert dict(space.unreadable) == {
        "app.py": "is a folder",
        "big.py": "has 1,000,001 bytes, more than the 1,000,000 that zerolint reads",
        "gone.py": "cannot be read: No such file or directory",
        "pipe.py": "is not a regular file",
    }
    assert space.entry_points == ()


def test_a_readme_that_is_no_file_marks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "README.md")
    plant(tmp_path, app_py="import spaces")
    space = found(tmp_path)["."]
    assert space.unreadable == {"README.md": "is not a regular file"}
    assert discover([tmp_path / "app.py"])[0].root == tmp_path


def test_links_stay_inside_and_loops_end(tmp_path: Path) -> None:
    space = plant(tmp_path / "space", README_md=README, app_py="import spaces", src__lib_py="import spaces")
    plant(tmp_path / "outside", secret_py="import spaces")
    (space / "loop").symlink_to(space)
    (space / "src" / "up").symlink_to("..")
    (space / "alias").symlink_to("src")
    (space / "self").symlink_to("self")
    (space / "away").symlink_to(tmp_path / "outside")
    (space / "away.py").symlink_to(tmp_path / "outside" / "secret.py")
    (space / "near.py").symlink_to("src/lib.py")
    files = found(space)["."]
    assert list(files.contents) == ["README.md", "alias/lib.py", "app.py", "near.py", "src/lib.py"]
    assert files.entry_points == ("app.py", "src/lib.py")
    assert files.unreadable == {"away.py": "is a symbolic link that leads out of the Space"}


def test_many_links_do_not_multiply_the_tree(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README)
    for number in range(100):
        put(tmp_path, f"real/f{number}.py")
    (tmp_path / "links").mkdir()
    for number in range(600):
        (tmp_path / "links" / f"l{number}").symlink_to("../real")
    assert len(found(tmp_path)["."].contents) <= 101 + 20_000


def test_names_that_are_not_utf8_and_deep_folders_are_no_crash(tmp_path: Path) -> None:
    plant(tmp_path, README_md=README, app_py="")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_bytes(b"import spaces")
    except OSError:
        return  # a file system that has no such names
    deep = tmp_path
    for _ in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    put(deep, "a.py", "import spaces")
    space = found(tmp_path)["."]
    assert len(space.contents) == 3
    assert space.unreadable == {"\ufffd.py": "has a name that is not UTF-8"}


def test_a_walk_over_no_space_imports_nothing_heavy(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "*.pyc\n")
    put(tmp_path, "a.py", "import gradio\n")
    code = (
        "import sys; from pathlib import Path; from zerolint.read.discover import discover; "
        f"assert discover([Path({str(tmp_path)!r})]) == (); "
        "print(sorted({'libcst', 'yaml', 'packaging', 'rich', 'pathspec', 'zerolint.read.gate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_broken_spaces_are_found_by_their_front_matter() -> None:
    broken = Path(__file__).parents[2] / "fixtures" / "broken"
    spaces = found(broken)
    assert {"malformed", "billion_laughs"} <= set(spaces)
    assert spaces["malformed"].entry_points == ("app.py",)
