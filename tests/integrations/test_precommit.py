"""The hooks of `.pre-commit-hooks.yaml`, run by pre-commit itself in repositories of git.

The hooks' own repository is made of this checkout as it lies there. Its environment is built once, as for any user: by
pip, from the package index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import zerolint

ROOT = Path(__file__).parent.parent.parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"
DOCUMENT = ROOT / "docs" / "pre-commit.md"

README = "---\ntitle: Demo\nsdk: gradio\napp_file: app.py\npython_version: '3.12'\n---\n"
APP = """import gradio as gr
import spaces

from helper import keep

@spaces.GPU(duration=30)
def draw(prompt):
    return keep(prompt)

gr.Interface(draw, "text", "file").launch()
"""
HELPER = """def keep(text):
    with open("latest.txt", "w") as file:
        file.write(text)
    return "latest.txt"
"""
# All in one file: one finding of the level error, and its place.
WRONG = APP.replace("from helper import keep\n", HELPER)
PLACE = "5:10"
RIGHT = WRONG.replace('open("latest.txt", "w")', "tempfile.NamedTemporaryFile(delete=False)").replace(
    "import spaces", "import spaces, tempfile"
)

Run = subprocess.CompletedProcess[str]


def run(*command: str, cwd: Path, **variables: str) -> Run:
    # Nothing of the repository, or of the hooks, that the tests themselves may run in.
    inherited = {key: value for key, value in os.environ.items() if not re.match(r"GIT_|PRE_COMMIT|SKIP$", key)}
    environment = {
        **inherited,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "demo@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        "NO_COLOR": "1",
        **variables,
    }
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=240)


def succeed(*command: str, cwd: Path) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Repository:
    """A user's repository, with a configuration for pre-commit that holds the given hooks."""

    def __init__(self, root: Path, hooks: str, revision: str, home: Path, *configured: dict[str, object]) -> None:
        self.root = root
        self.home = home
        root.mkdir(exist_ok=True)
        succeed("git", "init", "--quiet", "--initial-branch=main", cwd=root)
        configuration = {
            "default_language_version": {"python": sys.executable},
            "repos": [{"repo": hooks, "rev": revision, "hooks": list(configured)}],
        }
        self.write({".pre-commit-config.yaml": yaml.safe_dump(configuration)})

    def write(self, files: dict[str, str]) -> None:
        """Write files and stage them."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        succeed("git", "add", "--", *files, cwd=self.root)

    def commit(self) -> None:
        """Record what is staged, without hooks."""
        succeed("git", "commit", "--quiet", "--no-verify", "--message", "State", cwd=self.root)

    def pre_commit(self, *arguments: str, folder: str = ".") -> Run:
        return self.run(sys.executable, "-m", "pre_commit", *arguments, folder=folder)

    def run(self, *command: str, folder: str = ".") -> Run:
        variables = {"PRE_COMMIT_HOME": str(self.home), "ZEROLINT_CACHE_DIR": str(self.home / "zerolint")}
        return run(*command, cwd=self.root / folder, **variables)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The path of a repository that holds this project, and its one revision."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in ("src", "rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (HOOKS.name, "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    succeed("git", "init", "--quiet", cwd=folder)
    succeed("git", "add", ".", cwd=folder)
    succeed("git", "commit", "--quiet", "--message", "Hooks", cwd=folder)
    return str(folder), succeed("git", "rev-parse", "HEAD", cwd=folder).strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps environments, so that all tests share one."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def whole(tmp_path: Path, hooks: tuple[str, str], home: Path) -> Repository:
    return Repository(tmp_path / "repository", *hooks, home, {"id": "zerolint"})


@pytest.fixture
def changed(tmp_path: Path, hooks: tuple[str, str], home: Path) -> Repository:
    return Repository(tmp_path / "repository", *hooks, home, {"id": "zerolint-changed"})


def findings(done: Run) -> list[tuple[str, str]]:
    """The places of the findings in a text report, each with its code."""
    return re.findall(r"^(?:error|warning|info)\[(ZG\d+)\](?:.*\n)+? *--> (.*)$", done.stdout, re.MULTILINE)


def test_a_commit_with_findings_is_refused(whole: Repository) -> None:
    assert whole.pre_commit("install").returncode == 0
    whole.write({"README.md": README, "app.py": WRONG})
    done = whole.run("git", "commit", "--message", "Draw")
    assert done.returncode == 1
    assert "ZG007" in done.stderr
    assert f"app.py:{PLACE}" in done.stderr
    whole.write({"app.py": RIGHT})
    done = whole.run("git", "commit", "--message", "Draw")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^zerolint\.+Passed$", done.stderr, re.MULTILINE)


def test_every_space_of_the_repository_is_judged(whole: Repository) -> None:
    whole.write({"one/README.md": README, "one/app.py": WRONG, "two/README.md": README, "two/app.py": WRONG})
    whole.commit()
    whole.write({"two/app.py": WRONG + "\n"})
    done = whole.pre_commit("run")
    assert done.returncode == 1
    assert findings(done) == [("ZG007", f"one/app.py:{PLACE}"), ("ZG007", f"two/app.py:{PLACE}")]
    # Once, not once for each file.
    assert done.stdout.count("2 Spaces") == 1


def test_the_state_to_be_committed_is_judged(whole: Repository) -> None:
    whole.write({"README.md": README, "app.py": RIGHT})
    (whole.root / "app.py").write_text(WRONG, encoding="utf-8")
    assert whole.pre_commit("run").returncode == 0
    assert (whole.root / "app.py").read_text(encoding="utf-8") == WRONG


@pytest.mark.parametrize("hook", ["zerolint", "zerolint-changed"])
def test_files_that_do_not_matter_run_nothing(tmp_path: Path, hooks: tuple[str, str], home: Path, hook: str) -> None:
    repository = Repository(tmp_path / "repository", *hooks, home, {"id": hook})
    repository.write({"README.md": README, "app.py": WRONG})
    repository.commit()
    repository.write({"notes.txt": "", "docs/picture.png": "", "app.pyc": "", "xREADME.md": ""})
    done = repository.pre_commit("run")
    assert done.returncode == 0
    assert "(no files to check)Skipped" in done.stdout


@pytest.mark.parametrize(
    ("hook", "matching"),
    [
        ("zerolint", "demo/deep/x.py app.py README.md demo/README.md requirements.txt demo/dev-requirements.txt "
         "constraints-gpu.txt demo/packages.txt pyproject.toml demo/zerolint.toml"),
        ("zerolint-changed", "demo/deep/x.py app.py README.md requirements.txt demo/dev-requirements.txt"),
    ],
)  # fmt: skip
def test_which_files_matter(hook: str, matching: str) -> None:
    (files,) = (entry["files"] for entry in yaml.safe_load(HOOKS.read_text("utf-8")) if entry["id"] == hook)
    assert all(re.search(files, name) for name in matching.split())
    others = "app.pyc py README.md.bak NOTREADME.md readme.txt setup.cfg notes.txt my-packages.txt x/zerolint.toml/a"
    assert not any(re.search(files, name) for name in others.split())


def test_from_a_folder_further_down(whole: Repository) -> None:
    whole.write({"demo/README.md": README, "demo/app.py": WRONG})
    done = whole.pre_commit("run", folder="demo")
    assert done.returncode == 1
    assert findings(done) == [("ZG007", f"demo/app.py:{PLACE}")]


def test_a_deleted_file_does_not_break_a_run(whole: Repository) -> None:
    whole.write({"README.md": README, "app.py": RIGHT, "old.py": WRONG, "other.py": RIGHT})
    whole.commit()
    succeed("git", "rm", "--quiet", "old.py", cwd=whole.root)
    # git names no file that could have changed.
    assert "(no files to check)Skipped" in whole.pre_commit("run").stdout
    whole.write({"other.py": RIGHT + "\n"})
    done = whole.pre_commit("run")
    assert done.returncode == 0, done.stdout


def test_configuration_counts(whole: Repository) -> None:
    whole.write({"README.md": README, "app.py": WRONG, "pyproject.toml": "[tool.zerolint]\nignore = ['ZG007']\n"})
    done = whole.pre_commit("run")
    assert done.returncode == 0, done.stdout
    whole.write({"pyproject.toml": "[tool.zerolint]\nignor = ['ZG007']\n"})
    done = whole.pre_commit("run")
    assert done.returncode == 1
    assert "- exit code: 2" in done.stdout
    assert "ignor" in done.stdout


def test_only_changed_files_are_reported(changed: Repository) -> None:
    changed.write({"README.md": README, "app.py": APP, "helper.py": HELPER})
    changed.commit()
    changed.write({"helper.py": "# Keeps text.\n" + HELPER})
    done = changed.pre_commit("run")
    assert done.returncode == 1
    # Nothing in the file itself tells that this runs for visitors: its whole Space has been read.
    assert findings(done) == [("ZG007", "helper.py:3:10")]
    changed.write({"README.md": README + "\n"})
    changed.commit()
    changed.write({"README.md": README})
    done = changed.pre_commit("run")
    assert done.returncode == 0, done.stdout


def test_changed_files_of_several_spaces(changed: Repository) -> None:
    spaces = ("one", "two", "three")
    changed.write(
        {name: text for space in spaces for name, text in ((f"{space}/README.md", README), (f"{space}/app.py", WRONG))}
    )
    changed.commit()
    changed.write({"one/app.py": WRONG + "\n", "three/app.py": WRONG + "\n", "tools/no_space.py": "import os\n"})
    succeed("git", "rm", "--quiet", "two/app.py", cwd=changed.root)
    done = changed.pre_commit("run", folder="three")
    assert done.returncode == 1
    assert findings(done) == [("ZG007", f"one/app.py:{PLACE}"), ("ZG007", f"three/app.py:{PLACE}")]


def test_odd_names(changed: Repository) -> None:
    names = ("-odd.py", "my app.py", "pages/ünï 'q'.py", "$(touch pwned).py")
    changed.write({"README.md": README.replace("app.py", "my app.py"), **dict.fromkeys(names, WRONG)})
    done = changed.pre_commit("run")
    assert done.returncode == 1
    assert sorted(place for _, place in findings(done)) == sorted(f"{name}:{PLACE}" for name in names)
    assert not (changed.root / "pwned").exists()


def test_arguments_of_the_user(tmp_path: Path, hooks: tuple[str, str], home: Path) -> None:
    configured = (
        {"id": "zerolint", "args": ["--fail-on=error", "--ignore=ZG007", "one"]},
        {"id": "zerolint-changed", "args": ["--format=concise"]},
    )
    repository = Repository(tmp_path / "repository", *hooks, home, *configured)
    repository.write({"one/README.md": README, "one/app.py": WRONG, "two/README.md": README, "two/app.py": RIGHT})
    done = repository.pre_commit("run")
    assert re.search(r"^zerolint\.+Passed$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^zerolint \(changed files\)\.+Failed$", done.stdout, re.MULTILINE)
    assert re.search(rf"^one/app\.py:{PLACE}: ZG007 ", done.stdout, re.MULTILINE)


def test_excluded_files_stay_excluded(changed: Repository) -> None:
    changed.write({"README.md": README, "old/app.py": WRONG, "zerolint.toml": "exclude = ['old/']\n"})
    assert changed.pre_commit("run").returncode == 0


def test_the_documented_configurations_work(tmp_path: Path, hooks: tuple[str, str], home: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        configuration = yaml.safe_load(block)
        (source,) = configuration["repos"]
        assert source["repo"] == "https://github.com/zerolint/zerolint"
        assert source["rev"] == f"v{zerolint.__version__}"
        repository = Repository(tmp_path / str(number), *hooks, home, *source["hooks"])
        repository.write({"README.md": README, "app.py": WRONG})
        done = repository.pre_commit("run")
        assert done.returncode == 1, block
        assert findings(done) == [("ZG007", f"app.py:{PLACE}")]
