"""`action.yml`, with each of its shell steps run as GitHub's runner runs it, and the workflows around it.

What is the runner's own here follows its source: https://github.com/actions/runner (`ScriptHandlerHelpers.cs` for the
shell, `FileCommandManager.cs` for outputs and summaries, `ActionCommand.cs` for commands in the log).
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

import zerolint

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCUMENT = ROOT / "docs" / "github-actions.md"
SPACE = ROOT / "fixtures" / "spaces" / "flash-scene"
README = "---\ntitle: Demo\nsdk: gradio\napp_file: app.py\npython_version: '3.12'\n---\n"
# A file that every visitor writes, under a name to be filled in.
WRONG = """import gradio as gr
import spaces

@spaces.GPU(duration=30)
def draw(prompt):
    with open({name!r}, "w") as file:
        file.write(prompt)
    return "done"

gr.Interface(draw, "text", "text").launch()
"""
SHELL = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
LIMIT = 1024 * 1024

Data = dict[str, Any]


@dataclass
class Job:
    """One use of the action: what it leaves behind, in the words of the runner."""

    exit_code: int
    outputs: dict[str, str]
    log: str
    summary: str
    commands: list[tuple[str, dict[str, str], str]] = field(default_factory=list)


def manifest() -> Data:
    data: Data = yaml.safe_load(ACTION.read_text("utf-8"))
    return data


def evaluated(text: object, context: Mapping[str, str]) -> str:
    """A value of action.yml with its expressions replaced; only look-ups are known."""
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: context[found.group(1)], str(text))


def file_commands(text: str) -> dict[str, str]:
    """What a step wrote to $GITHUB_OUTPUT."""
    values = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, rest = re.split(r"(=|<<)", line, maxsplit=1)
        values[name] = rest if mark == "=" else "\n".join(iter(lambda end=rest: next(lines), rest))
    return values


def log_commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands that the runner obeys in a log: name, properties, and data. Those are many more than annotations."""
    known = {"error", "warning", "notice", "debug", "set-output", "save-state", "set-env", "add-path", "add-mask"}
    known |= {"add-matcher", "remove-matcher", "echo", "group", "endgroup", "stop-commands"}
    obeyed, token = [], None
    for line in re.split(r"\r\n|\r|\n", log):
        found = re.match(r"\s*::([^ ]*?)(?: (.*?))?::(.*)", line)
        if not found or found.group(1).lower() not in known | {token}:
            found = re.search(r"##\[([^ \]]*)(?: ([^\]]*))?\](.*)", line)
        if not found or found.group(1).lower() not in known | {token}:
            continue
        name = found.group(1).lower()
        if token:
            token = None if name == token else token
        elif name == "stop-commands":
            token = found.group(3)
        else:
            properties = dict(pair.split("=", 1) for pair in (found.group(2) or "").split(",") if "=" in pair)
            obeyed.append((name, properties, found.group(3)))
    return obeyed


class Runner:
    """A runner with one workspace, which uses the action in it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.workspace = folder / "work space"
        self.workspace.mkdir()
        self.variables = variables
        self.steps = 0

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def step(self, name: str, context: Mapping[str, str]) -> Job:
        """One step of action.yml, by its id."""
        (step,) = (step for step in manifest()["runs"]["steps"] if step["id"] == name)
        assert step["shell"] == "bash"
        self.steps += 1
        temporary = self.folder / "temp"
        temporary.mkdir(exist_ok=True)
        files = {kind: temporary / f"{kind}_{self.steps}" for kind in ("output", "step_summary", "env", "path")}
        for file in files.values():
            file.touch()
        script = temporary / f"{self.steps}.sh"
        script.write_text(evaluated(step["run"], context) + "\n", encoding="utf-8")
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "INPUT_"))},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(temporary),
            **{f"GITHUB_{kind.upper()}": str(file) for kind, file in files.items()},
            **self.variables,
            **{key: evaluated(value, context) for key, value in step["env"].items()},
        }
        done = subprocess.run(
            [*SHELL, str(script)],
            cwd=self.workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=240,
            check=False,
        )
        log = done.stdout.decode()
        assert files["env"].read_text() == files["path"].read_text() == ""
        summary = files["step_summary"].read_text("utf-8")
        assert len(summary.encode()) <= LIMIT
        return Job(done.returncode, file_commands(files["output"].read_text("utf-8")), log, summary, log_commands(log))

    def check(self, python: str, **inputs: str) -> Job:
        """The step that checks, after the others, with these inputs."""
        given = {name: str(data.get("default", "")) for name, data in manifest()["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() == manifest()["inputs"].keys()
        context = {f"inputs.{name}": value for name, value in given.items()}
        job = self.step("check", {**context, "steps.install.outputs.python": python})
        context |= {f"steps.check.outputs.{name}": value for name, value in job.outputs.items()}
        context.setdefault("steps.check.outputs.sarif-file", "")
        # The runner sets the outputs of the action also when a step of it has failed.
        job.outputs = {name: evaluated(data["value"], context) for name, data in manifest()["outputs"].items()}
        return job


def trapped(runner: Runner) -> Runner:
    """Put modules of a stranger, which nothing may import, where Python would find them first."""
    modules = ("zerolint/__init__", "zerolint/__main__", "click", "json", "sitecustomize", "venv", "pip", "ensurepip")
    runner.write({f"{name}.py": "raise SystemExit('imported')\n" for name in modules})
    runner.variables = {**runner.variables, "PYTHONPATH": str(runner.workspace)}
    return runner


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter that the step `install` makes, from this checkout and the package index."""
    job = trapped(Runner(tmp_path_factory.mktemp("install"))).step(
        "install", {"steps.python.outputs.python-path": sys.executable, "inputs.version": ""}
    )
    assert job.exit_code == 0, job.log
    return job.outputs["python"]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def cells(summary: str) -> list[list[str]]:
    """The rows of the one table of a summary, as a reader of Markdown sees them; `code` stands between backticks."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(summary):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.children is not None:
            text = ""
            for child in token.children:
                assert child.type in ("text", "text_special", "link_open", "link_close", "html_inline"), child
                text += re.sub(r"</?code>", "`", child.content) if child.type == "html_inline" else child.content
            rows[-1].append(text)
    return rows


def test_annotations_by_default(runner: Runner, python: str) -> None:
    shutil.copytree(SPACE, runner.workspace / "demos" / "my space")
    job = runner.check(python)
    assert job.exit_code == 1
    assert job.outputs == {"exit-code": "1", "sarif-file": ""}
    assert {name for name, _, _ in job.commands} <= {"error", "warning", "notice"}
    assert any(
        name == "error"
        and properties["file"] == "demos/my space/app_gradio.py"
        and properties["line"] == "75"
        and "ZG005" in properties.get("title", "") + data
        for name, properties, data in job.commands
    )
    assert list(runner.workspace.iterdir()) == [runner.workspace / "demos"]


def test_the_summary_is_a_table_with_the_worst_first(runner: Runner, python: str) -> None:
    shutil.copytree(SPACE, runner.workspace / "demo")
    job = runner.check(python)
    head, *rows = cells(job.summary)
    assert head == ["Level", "Place", "Rule", "Finding"]
    levels = [row[0] for row in rows]
    assert levels == sorted(levels, key=("error", "warning", "info").index)
    assert len(set(levels)) == 3
    counts = {level: levels.count(level) for level in levels}
    assert (
        f"{counts['error']} errors, {counts['warning']} warnings, {counts['info']} info found in 4 files (1 Space)."
        in job.summary
    )
    assert ["demo/requirements.txt:4", "ZG009 spaces-pinned"] in [row[1:3] for row in rows]
    assert "`spaces==0.42.1` is resolved together with the platform's own `spaces`, which moves on" in [
        row[3] for row in rows
    ]


def test_places_in_the_summary_lead_to_the_lines(tmp_path: Path, python: str) -> None:
    where = {"SERVER_URL": "https://github.com", "REPOSITORY": "someone/demos", "SHA": "f" * 40}
    runner = Runner(tmp_path, **{f"GITHUB_{name}": value for name, value in where.items()})
    runner.write({"my demo/README.md": README, "my demo/app.py": WRONG.format(name="x.txt"), ".git/HEAD": ""})
    job = runner.check(python)
    link = f"https://github.com/someone/demos/blob/{'f' * 40}/my%20demo/app.py#L6"
    assert f"]({link})" in job.summary
    (_, row) = cells(job.summary)
    assert row[1] == "my demo/app.py:6"


def test_sarif_beside_text(runner: Runner, python: str) -> None:
    runner.write({"README.md": README, "app.py": WRONG.format(name="x.txt")})
    job = runner.check(python, format="sarif")
    assert job.exit_code == 1
    assert job.outputs == {"exit-code": "1", "sarif-file": "zerolint.sarif"}
    log = json.loads((runner.workspace / "zerolint.sarif").read_text("utf-8"))
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "ZG007"
    assert "error[ZG007] fixed-output-path" in job.log
    assert job.commands == []


def test_sarif_beside_annotations(runner: Runner, python: str) -> None:
    runner.write({"README.md": README, "app.py": WRONG.format(name="x.txt")})
    job = runner.check(python, sarif_file="reports/for upload/-out.sarif")
    assert job.outputs["sarif-file"] == "reports/for upload/-out.sarif"
    assert json.loads((runner.workspace / job.outputs["sarif-file"]).read_text("utf-8"))["version"] == "2.1.0"
    assert "error" in {name for name, _, _ in job.commands}


def test_a_clean_space(runner: Runner, python: str) -> None:
    runner.write({"README.md": README, "app.py": "import gradio as gr\n"})
    job = runner.check(python, format="sarif")
    assert job.exit_code == 0
    assert job.outputs == {"exit-code": "0", "sarif-file": "zerolint.sarif"}
    assert "Nothing found in 2 files (1 Space)." in job.summary
    assert cells(job.summary) == []


def test_no_space(runner: Runner, python: str) -> None:
    job = runner.check(python)
    assert (job.exit_code, job.outputs["exit-code"]) == (0, "0")
    assert "No Space found." in job.summary


@pytest.mark.parametrize(("fail_on", "exit_code"), [("", 1), ("warning", 1), ("error", 0), ("never", 0)])
def test_fail_on(runner: Runner, python: str, fail_on: str, exit_code: int) -> None:
    warning = WRONG.format(name=os.devnull).replace("(duration=30)", "")
    runner.write({"README.md": README, "app.py": warning})
    job = runner.check(python, fail_on=fail_on, format="concise")
    assert "ZG008" in job.log
    assert (job.exit_code, job.outputs["exit-code"]) == (exit_code, str(exit_code))


def test_several_paths_spaces_and_dashes(runner: Runner, python: str) -> None:
    app = WRONG.format(name="x.txt")
    runner.write({f"{name}/app.py": app for name in ("my demo", "-odd", "other")})
    job = runner.check(python, path="  my demo\n\n-odd/app.py\n", format="concise")
    assert re.findall(r"^(.*?)/app\.py:6:", job.log, re.MULTILINE) == ["-odd", "my demo"]


def test_ignored_and_known_findings_are_not_counted(runner: Runner, python: str) -> None:
    app = WRONG.format(name="x.txt")
    ignored = app.replace('"w") as file:', '"w") as file:  # zerolint: ignore[ZG007] on purpose')
    runner.write({"README.md": README, "app.py": app, "page.py": ignored})
    assert runner.check(python, args="--baseline=known.json --write-baseline").exit_code == 0
    runner.write({"new.py": app})
    job = runner.check(python, args="--baseline=known.json")
    assert job.exit_code == 1
    assert "\n1 error found in 1 file (1 Space)." in job.summary
    assert [row[1] for row in cells(job.summary)] == ["Place", "new.py:6"]


def test_arguments(runner: Runner, python: str) -> None:
    app = WRONG.format(name="x.txt")
    runner.write({"README.md": README, "app.py": app, "other.toml": "[per-file-ignores]\n", "my rules.toml": ""})
    job = runner.check(python, args="--config 'my rules.toml' --ignore=ZG007 --statistics")
    assert job.exit_code == 0, job.log


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"path": "missing"}, "missing: no such file"),
        ({"format": "html"}, "no format"),
        ({"fail-on": "blood"}, "blood"),
        ({"args": "--selekt x"}, "--selekt"),
        ({"args": "it's"}, "args: No closing quotation"),
        ({"sarif-file": "a\nexit-code=0"}, "sarif-file: one file only"),
        ({"sarif-file": "."}, "sarif-file: "),
    ],
)
def test_wrong_inputs(runner: Runner, python: str, inputs: dict[str, str], words: str) -> None:
    runner.write({"README.md": README, "app.py": WRONG.format(name="x.txt"), "zerolint.sarif": "old"})
    job = runner.check(python, **{"format": "sarif", **inputs})
    assert job.exit_code == 2
    assert job.outputs == {"exit-code": "2", "sarif-file": ""}
    assert words in job.log
    assert "Traceback" not in job.log
    if "sarif-file" not in inputs and "args" not in inputs:
        assert "exit code 2" in job.summary


@pytest.mark.parametrize("name", ["path", "format", "fail-on", "sarif-file", "args"])
def test_inputs_never_reach_a_shell(runner: Runner, python: str, name: str) -> None:
    runner.write({"README.md": README})
    for attempt in ("$(touch pwned)", '"; touch pwned; "'):
        runner.check(python, **{name: attempt})
        assert not [path for path in runner.workspace.rglob("*") if path.name == "pwned"]


def test_nothing_of_the_workspace_is_imported(runner: Runner, python: str) -> None:
    trapped(runner).write({"README.md": README, "app.py": WRONG.format(name="x.txt")})
    job = runner.check(python, format="concise")
    assert job.exit_code == 1
    assert "app.py:6:10: ZG007" in job.log


@pytest.mark.parametrize("report_format", ["github", "text", "concise"])
def test_what_was_read_gives_no_commands(runner: Runner, python: str, report_format: str) -> None:
    commands = ("::set-output name=sarif-file::/etc/passwd", "##[set-output name=exit-code;]0", "##[add-mask]a")
    names = [f"{'x ' * number}{command}" for command in commands for number in (0, 1, 19, 28, 33)]
    names += [f"a\n{commands[0]}", f"b\r{commands[0]}", f"c\u2028{commands[0]}", "a | b ` c"]
    spaces = {f"s{number:02}": name for number, name in enumerate(names)}
    runner.write({f"{space}/README.md": README for space in spaces})
    runner.write({f"{space}/app.py": WRONG.format(name=name) for space, name in spaces.items()})
    # In the name of a file, in a suppressed finding, in bad configuration.
    runner.write({"s00/::set-output name=a::b.py": WRONG.format(name="x.txt")})
    job = runner.check(python, format=report_format)
    assert job.exit_code == 1
    assert "set-output" in job.log
    allowed = {"error", "warning", "notice"} if report_format == "github" else set()
    assert {name for name, _, _ in job.commands} <= allowed
    runner.write({"zerolint.toml": f"'##[set-output name=a]b' = 1\n'{commands[0]}' = 2\n"})
    job = runner.check(python, format=report_format)
    assert job.exit_code == 2
    assert "set-output" in job.log
    assert job.commands == []
    assert job.outputs == {"exit-code": "2", "sarif-file": ""}


def test_what_was_read_stays_text_in_the_summary(runner: Runner, python: str) -> None:
    hostile = [
        "a|b",
        "`c` | d",
        "[click](https://example.org)",
        "![picture](https://example.org/x.png)",
        "<img src=x onerror=alert(1)>",
        "</code></td></table><h1>",
        "**bold** _it_ ~~gone~~ &amp; &#124;",
        "see https://example.org/a www.example.org someone@example.org",
        "tab\tline\nreturn\r\x1b[31m\u202e",
    ]
    runner.write({"README.md": README.replace("app.py", "page0.py")})
    runner.write({f"page{number}.py": WRONG.format(name=name) for number, name in enumerate(hostile)})
    runner.write({"a|b [x](y) `z`.py": WRONG.format(name="x.txt")})
    runner.check(python, args="--output-file=report.json", format="json")
    job = runner.check(python)
    _, *rows = cells(job.summary)
    assert len(rows) == len(hostile) + 1
    assert all(len(row) == 4 for row in rows)
    reported = json.loads((runner.workspace / "report.json").read_text("utf-8"))["findings"]
    expected = {f"{finding['path']}:{finding['start']['line']}": finding["message"] for finding in reported}
    shown = {row[1].replace("`", ""): row[3] for row in rows}
    for place, message in expected.items():
        printable = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
        assert shown[place.replace("`", "")].replace("`", "") == printable.replace("`", "")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", job.summary)


def test_the_summary_stays_below_the_limit(runner: Runner, python: str) -> None:
    lines = "".join(f'    open("{number}{"é<" * 450}.txt", "w").close()\n' for number in range(400))
    app = WRONG.format(name="x.txt").replace("    return", lines + "    return")
    runner.write({"README.md": README, "app.py": app})
    job = runner.check(python, format="concise")
    assert 0.9 * LIMIT < len(job.summary.encode()) <= LIMIT
    _, *rows = cells(job.summary)
    found = int(re.search(r"(\d+) errors found", job.summary).group(1))
    left_out = int(re.search(r"^(\d+) more findings do not fit", job.summary, re.MULTILINE).group(1))
    assert left_out > 0
    assert len(rows) + left_out == found


def test_broken_rules_are_in_the_summary() -> None:
    script = runpy.run_path(str(ROOT / ".github" / "action" / "check.py"))
    failures = [{"name": f"rule-{number}", "error": "ValueError: <b>" + "`" * 9_999} for number in range(500)]
    counts = {"error": 0, "warning": 0, "info": 0, "files": 1, "spaces": 1}
    summary = script["_summary"]({"summary": counts, "findings": [], "failures": failures}, 2, LIMIT)
    assert "**rule-0 broke:** ValueError&#58; &#60;b&#62;" in summary
    assert len(summary.encode()) < LIMIT


def test_a_release_of_the_index_is_installed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in ("src", "rules"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    settings = project / "pyproject.toml"
    released = settings.read_text("utf-8").replace(f'version = "{zerolint.__version__}"', 'version = "0.0.7"')
    settings.write_text(released, encoding="utf-8")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path / "index"),
        str(project),
    ]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    runner = Runner(tmp_path, PIP_FIND_LINKS=str(tmp_path / "index"), PIP_NO_DEPS="1")
    context = {"steps.python.outputs.python-path": sys.executable, "inputs.version": " 0.0.7 "}
    job = runner.step("install", context)
    assert job.exit_code == 0, job.log
    question = [job.outputs["python"], "-c", "from importlib.metadata import version; print(version('zerolint'))"]
    assert subprocess.run(question, capture_output=True, text=True, check=True).stdout == "0.0.7\n"


@pytest.mark.parametrize("version", ["main", "0.1 --pre", "-r x", "0.1.0\n", "$(touch pwned)", "1; touch pwned"])
def test_a_version_is_only_that(runner: Runner, version: str) -> None:
    context = {"steps.python.outputs.python-path": sys.executable, "inputs.version": version}
    if version == "0.1.0\n":
        version = "0.1.0\nx"
    job = runner.step("install", {**context, "inputs.version": version})
    assert job.exit_code == 2
    assert job.outputs == {}
    assert [name for name, _, _ in job.commands] == ["error"]
    assert not list(runner.workspace.iterdir())


def steps(data: Data) -> list[Data]:
    """All steps of a workflow, or of a composite action."""
    return data["runs"]["steps"] if "runs" in data else [step for job in data["jobs"].values() for step in job["steps"]]


def documented() -> list[str]:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    return blocks


def everything() -> list[str]:
    return [ACTION.read_text("utf-8"), *(file.read_text("utf-8") for file in WORKFLOWS), *documented()]


def test_scripts_hold_no_expressions() -> None:
    scripts = [step["run"] for text in everything() for step in steps(yaml.safe_load(text)) if "run" in step]
    assert len(scripts) > 3
    for script in scripts:
        assert "${{" not in script.replace("${{ matrix.", "")


def test_actions_of_others_are_pinned_by_hash_with_their_version() -> None:
    pinned: dict[str, set[str]] = {}
    for text in everything():
        for used in re.findall(r"^ *-? *uses: *(.*)$", text, re.MULTILINE):
            if used.startswith(("./", "zerolint/zerolint@")):
                continue
            name = re.fullmatch(r"([\w/-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)
            assert name, used
            pinned.setdefault(name.group(1), set()).add(used)
    assert pinned
    assert all(len(versions) == 1 for versions in pinned.values()), pinned


def test_jobs_hold_no_more_permissions_than_they_say() -> None:
    for text in everything()[1:]:
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {}
        assert all("permissions" in job for job in workflow["jobs"].values())


def test_the_documented_workflows_use_the_action_as_it_is() -> None:
    for text in documented():
        (step,) = (step for step in steps(yaml.safe_load(text)) if step["uses"].startswith("zerolint/"))
        assert step["uses"] == f"zerolint/zerolint@v{zerolint.__version__}"
        assert step.get("with", {}).keys() <= manifest()["inputs"].keys()
        assert set(re.findall(r"steps\.zerolint\.outputs\.([\w-]+)", text)) <= manifest()["outputs"].keys()
    for name in (*manifest()["inputs"], *manifest()["outputs"]):
        assert f"| `{name}` |" in DOCUMENT.read_text("utf-8")


def test_every_supported_python_is_tested() -> None:
    (workflow,) = (yaml.safe_load(file.read_text("utf-8")) for file in WORKFLOWS if file.name == "ci.yml")
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    assert f'requires-python = ">={tested[0]}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_every_major_version_of_gradio_is_tested() -> None:
    (workflow,) = (yaml.safe_load(file.read_text("utf-8")) for file in WORKFLOWS if file.name == "upstream.yml")
    tested = workflow["jobs"]["runtime"]["strategy"]["matrix"]["gradio"]
    assert tested == ["5", "6"]
    assert f'"gradio>={tested[0]},<{int(tested[-1]) + 1}"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, list[Path]]:
    """The action, and all workflows, those of the documentation included, as files."""
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for number, text in enumerate(everything()[1:]):
        pinned = text.replace(f"zerolint/zerolint@v{zerolint.__version__}", f"zerolint/zerolint@{'0' * 40}")
        (workflows / f"{number}.yml").write_text(pinned, encoding="utf-8")
    return Path(shutil.copy(ACTION, tmp_path)), sorted(workflows.iterdir())


def test_they_meet_their_schemas(files: tuple[Path, list[Path]]) -> None:
    action, workflows = files
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for schema, paths in (("vendor.github-actions", [action]), ("vendor.github-workflows", workflows)):
        done = subprocess.run([*check, schema, *paths], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_that_is_dangerous(files: tuple[Path, list[Path]]) -> None:
    action, workflows = files
    zizmor = Path(sysconfig.get_path("scripts"), "zizmor")
    command = [str(zizmor), "--offline", "--no-config", "--min-severity=medium", action, *workflows]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
