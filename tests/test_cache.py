"""Results of unchanged Spaces: found again exactly, never when something has changed, and never a reason to fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sample_rules import ALL, space_of
from zerolint import cache
from zerolint.cache import key, load, store, trim, usable
from zerolint.config import Settings
from zerolint.engine import judge
from zerolint.finding import Diagnostic

NAME = "0" * 64
APP = 'import spaces\n\n\n@spaces.GPU  # zerolint: ignore[no-such] é 😀 "\\\ndef f():\n    pass\n'


@pytest.fixture
def diagnostics() -> tuple[Diagnostic, ...]:
    app = "BAD\nPOOR  # zerolint: ignore[poor-word] because\nODD é\ud800\n# zerolint: ignore[no]\n"
    found, failures = judge(space_of(app.replace("\ud800", "")), ALL)
    assert not failures
    odd = next(each for each in found if each.finding.fix and each.finding.fix.unsafe)
    # What a plug-in may yield: a message that is no valid text.
    return (*found, odd._replace(finding=odd.finding._replace(message="\ud800")))


def test_what_is_kept_is_found_again(tmp_path: Path, diagnostics: tuple[Diagnostic, ...]) -> None:
    assert {each.code for each in diagnostics} == {"XX001", "XX002", "XX003", "ZG903"}
    store(tmp_path / "new", NAME, diagnostics)
    assert load(tmp_path / "new", NAME) == diagnostics
    assert load(tmp_path / "new", "1" * 64) is None
    store(tmp_path / "new", NAME, ())
    assert load(tmp_path / "new", NAME) == ()
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"{NAME}.json"]


def test_a_damaged_file_counts_as_absent(tmp_path: Path, diagnostics: tuple[Diagnostic, ...]) -> None:
    store(tmp_path, NAME, diagnostics)
    file = tmp_path / f"{NAME}.json"
    good = file.read_bytes()
    for cut in range(0, len(good), 37):
        file.write_bytes(good[:cut])
        assert load(tmp_path, NAME) is None
    document = json.loads(good)
    for name in document["diagnostics"][1]:
        for wrong in (1, {"a": 1}, [[1]], [1, 2, 3, 4, 5]):
            item = {**document["diagnostics"][1], name: wrong}
            file.write_text(json.dumps({**document, "diagnostics": [item]}))
            assert load(tmp_path, NAME) is None, (name, wrong)
    for content in (
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b" " * 3_000_000,
        json.dumps({**document, "format": 0}).encode(),
    ):
        file.write_bytes(content)
        assert load(tmp_path, NAME) is None
    file.write_bytes(good.replace(NAME.encode(), b"1" * 64))
    assert load(tmp_path, NAME) is None
    file.write_bytes(good)
    assert load(tmp_path, NAME) == diagnostics


def test_every_input_changes_the_key() -> None:
    contents = {"app.py": b"a", "README.md": b"b"}
    settings = Settings()
    keys = [
        key(contents, {}, ("app.py",), settings, ()),
        key({**contents, "app.py": b"A"}, {}, ("app.py",), settings, ()),
        key({**contents, "c.py": b""}, {}, ("app.py",), settings, ()),
        key({"app.py": b"a"}, {"README.md": "b"}, ("app.py",), settings, ()),
        key({"app.py": b"", "aREADME.md": b"b"}, {}, ("app.py",), settings, ()),
        key(contents, {"x.py": "is a folder"}, ("app.py",), settings, ()),
        key(contents, {"x.py": "is a pipe"}, ("app.py",), settings, ()),
        key(contents, {}, (), settings, ()),
        key(contents, {}, ("app.py",), settings, ("other 1.0",)),
        key(contents, {}, ("app.py",), settings, ("other 1.1",)),
        key(contents, {}, ("app.py",), settings._replace(select=()), ()),
        key(contents, {}, ("app.py",), settings._replace(select=("ZG001",)), ()),
        key(contents, {}, ("app.py",), settings._replace(ignore=("ZG001",)), ()),
        key(contents, {}, ("app.py",), settings._replace(extend_select=("ZG001",)), ()),
        key(contents, {}, ("app.py",), settings._replace(target="any"), ()),
        key(contents, {}, ("app.py",), settings._replace(per_file_ignores=(("a", ("b",)),)), ()),
        key(contents, {}, ("app.py",), settings._replace(per_file_ignores=(("a", ("b",)),), prefix="c"), ()),
    ]
    assert len(set(keys)) == len(keys)
    # The same Space in another order, or at another place.
    assert key(dict(reversed(contents.items())), {}, ("app.py",), settings, ()) == keys[0]
    assert key(contents, {}, ("app.py",), settings._replace(prefix="elsewhere"), ()) == keys[0]


def test_the_oldest_go_first(tmp_path: Path) -> None:
    names = [f"{number:064}" for number in range(10)]
    for age, name in enumerate(names):
        store(tmp_path, name, ())
        os.utime(tmp_path / f"{name}.json", (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "somebody's notes.txt").write_text("kept")
    assert load(tmp_path, names[9]) == ()  # used just now
    trim(tmp_path, max_entries=5)
    left = sorted(path.stem for path in tmp_path.glob("*.json"))
    assert left == sorted([names[9], *names[:4]])
    size = (tmp_path / f"{names[0]}.json").stat().st_size
    trim(tmp_path, max_bytes=2 * size)
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == sorted([names[9], names[0]])
    trim(tmp_path, max_bytes=0)
    assert [path.name for path in tmp_path.iterdir()] == ["somebody's notes.txt"]
    trim(tmp_path / "nowhere")


def test_a_cache_inside_of_what_is_linted_is_not_used(tmp_path: Path) -> None:
    """A Space could bring results of its own."""
    (tmp_path / "space").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "space")
    assert usable(tmp_path / "cache", [tmp_path / "space"])
    assert not usable(tmp_path / "space" / "cache", [tmp_path / "space"])
    assert not usable(tmp_path / "link" / "cache", [tmp_path / "other", tmp_path / "space"])
    assert not usable(tmp_path / "space", [tmp_path / "link"])


def test_a_folder_that_cannot_be_used_is_no_error(tmp_path: Path, diagnostics: tuple[Diagnostic, ...]) -> None:
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        store(place, NAME, diagnostics)
        assert load(place, NAME) is None
        trim(place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the variables of Linux")
def test_the_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from platformdirs import user_cache_dir

    monkeypatch.delenv("ZEROLINT_CACHE_DIR", raising=False)
    for value in (str(tmp_path), "", "relative", None):
        if value is None:
            monkeypatch.delenv("XDG_CACHE_HOME")
        else:
            monkeypatch.setenv("XDG_CACHE_HOME", value)
        if value != "relative":  # which the specification says to ignore, and older platformdirs does not
            assert str(cache.folder()) == user_cache_dir("zerolint")
        assert cache.folder() == (tmp_path if value == str(tmp_path) else Path.home() / ".cache") / "zerolint"
    monkeypatch.setenv("ZEROLINT_CACHE_DIR", str(tmp_path / "mine"))
    assert cache.folder() == tmp_path / "mine"


def check(space: Path, cache_folder: Path, *options: str, **environment: str) -> tuple[str, set[str]]:
    """The output of a run in a process of its own, and the modules it imported."""
    program = (
        "import sys\nfrom zerolint.cli import main\n"
        f"try:\n    main(['check', *{options!r}])\n"
        "except SystemExit as stop:\n    assert stop.code in (0, 1), stop.code\n"
        "print('modules:', *sys.modules)"
    )
    variables = {**os.environ, "ZEROLINT_CACHE_DIR": str(cache_folder), "PYTHONIOENCODING": "utf-8", **environment}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=space,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    output, _, modules = done.stdout.rpartition("modules: ")
    return output, set(modules.split())


@pytest.fixture
def space(tmp_path: Path) -> Path:
    folder = tmp_path / "space"
    folder.mkdir()
    (folder / "README.md").write_text("---\nsdk: gradio\n---\n")
    (folder / "app.py").write_text(APP, "utf-8")
    (folder / "requirements.txt").write_text("spaces==0.30.0\n")
    return folder


def results(folder: Path) -> list[Path]:
    return list(folder.iterdir())


HEAVY = {"libcst", "rich", "yaml", "packaging", "pathspec", "platformdirs", "tomllib", "zerolint.suppress"}


def test_a_warm_run_says_the_same_and_parses_nothing(space: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cold, _ = check(space, folder)
    assert "ZG903" in cold
    assert len(results(folder)) == 1
    warm, modules = check(space, folder)
    assert warm == cold
    assert not HEAVY & modules
    assert {name for name in modules if name.startswith("zerolint.rules.")} == {"zerolint.rules._index"}
    (space / "app.py").write_text(APP.replace("ignore[no-such]", "right"), "utf-8")
    changed, _ = check(space, folder)
    assert "ZG903" not in changed
    assert len(results(folder)) == 2


def test_a_result_is_used_whatever_it_says(space: Path, tmp_path: Path) -> None:
    """So the run before was warm indeed."""
    folder = tmp_path / "cache"
    check(space, folder)
    (file,) = results(folder)
    file.write_text(file.read_text().replace("no-such", "xx-xxxx"))
    assert "xx-xxxx" in check(space, folder)[0]
    assert "xx-xxxx" not in check(space, folder, "--no-cache")[0].replace("# zerolint", "")
    assert "xx-xxxx" not in check(space, folder, "--select", "ALL")[0]


def test_nothing_is_kept_where_it_must_not_be(space: Path, tmp_path: Path) -> None:
    check(space, tmp_path / "cache", "--no-cache")
    assert not (tmp_path / "cache").exists()
    check(space, space / "cache")
    assert not (space / "cache").exists()
    for home in ("/nonexistent", "/dev/null"):
        assert check(space, Path(home) / "cache", HOME=home, XDG_CACHE_HOME="")[0].endswith(")\n")


def test_no_home_at_all(space: Path, tmp_path: Path) -> None:
    cold, _ = check(space, Path(), HOME="", XDG_CACHE_HOME="", ZEROLINT_CACHE_DIR="")
    assert "ZG903" in cold
