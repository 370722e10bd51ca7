"""Judging: which rules run, what a crash costs, and how the findings of many Spaces become one report."""

from __future__ import annotations

import calendar
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from sample_rules import ALL, WORDS, space_of, write_plugin
from zerolint import engine, facts
from zerolint.config import Settings
from zerolint.engine import files_around, find, find_buffer, judge, judge_all, report, run, task_of_buffers
from zerolint.finding import Confidence, Consequence, Fact, Finding, Level, Report, Span
from zerolint.model.space import Space
from zerolint.rule import rule

# Every file with this line has one finding, whatever else there is to say about it.
MISTAKE = "# zerolint: ignore[no-such]\n"
ONE_RULE = Settings(select=("unknown-rule",))


def write_space(folder: Path, **files: str) -> Path:
    """A Space on disk: a README that marks it, and further files with `__` for the dot in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"README__md": "---\nsdk: gradio\n---\n", "app__py": "import spaces\n", **files}.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return folder


def codes(settings: Settings, app: str = "BAD POOR ODD RARE") -> list[str]:
    diagnostics, failures = judge(space_of(app), WORDS, settings)
    assert not failures
    return [diagnostic.code for diagnostic in diagnostics]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), ["XX001", "XX002", "XX003"]),
        (Settings(select=("XX001",)), ["XX001"]),
        (Settings(select=("xx001", "odd-word")), ["XX001", "XX003"]),
        (Settings(select=("data",)), ["XX001"]),
        (Settings(select=("ALL",)), ["XX001", "XX002", "XX003"]),
        (Settings(select=("rare-word",)), ["XX004"]),
        (Settings(select=()), []),
        (Settings(extend_select=("XX004",)), ["XX001", "XX002", "XX003", "XX004"]),
        (Settings(extend_select=("data",)), ["XX001", "XX002", "XX003"]),
        (Settings(ignore=("quota", "XX003")), ["XX001"]),
        (Settings(ignore=("ALL",)), []),
        (Settings(ignore=("ALL",), extend_select=("XX004",)), ["XX004"]),
        (Settings(select=("XX001",), ignore=("XX001",)), []),
    ],
)
def test_selection(settings: Settings, expected: list[str]) -> None:
    assert codes(settings) == expected


def test_a_diagnostic_is_a_finding_with_its_rule() -> None:
    bad, poor = judge(space_of("BAD POOR"), WORDS)[0]
    assert (bad.code, bad.name, bad.url) == ("XX001", "bad-word", "https://example.org/bad-word")
    assert (bad.level, bad.consequence) == (Level.ERROR, Consequence.DATA)
    assert poor.level is Level.INFO  # a likely loss of quota


def test_findings_are_sorted_by_place() -> None:
    diagnostics, _ = judge(space_of("ODD\nPOOR\n", a__py="POOR BAD\n"), WORDS)
    assert [(found.finding.at.path, found.code) for found in diagnostics] == [
        ("a.py", "XX002"),
        ("a.py", "XX001"),
        ("app.py", "XX003"),
        ("app.py", "XX002"),
    ]


@pytest.mark.parametrize(
    ("app", "error"),
    [
        ("CRASH now", "ValueError: two lines of now"),
        ("CRASH deep", "RecursionError"),
        ("CRASH exit", "SystemExit: 3"),
        ("CRASH type", "TypeError: the rule yields str, not Finding"),
        ("CRASH nowhere", "TypeError: the rule yields a Finding without a Span"),
    ],
)
def test_a_crash_costs_one_rule(app: str, error: str) -> None:
    diagnostics, failures = judge(space_of(f"BAD {app}"), ALL)
    assert [diagnostic.code for diagnostic in diagnostics] == ["XX001"]
    (failure,) = failures
    assert (failure.code, failure.name, failure.space) == ("XX005", "crash-word", ".")
    assert failure.error.startswith(error)
    assert failure.trace.startswith("Traceback")


def test_paths_are_relative_to_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = write_space(tmp_path / "a b" / "space", requirements__txt=MISTAKE)
    for folder, shown in ((tmp_path, "a b/space/"), (space, ""), (space.parent / "other", "../space/")):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        result = run([space], ONE_RULE)
        (found,) = result.diagnostics
        assert found.finding.at.path == f"{shown}requirements.txt"
        assert result.sources == {f"{shown}requirements.txt": MISTAKE}
        assert result.spaces[0].root == (shown.removesuffix("/") or ".")
        assert result.spaces[0].files == 3
        assert result.rules == 1


def test_all_of_a_diagnostic_is_placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space = write_space(tmp_path / "s", app__py="POOR  # zerolint: ignore[poor-word] why\n")
    (task,) = find([space])
    diagnostics, failures = judge(space_of((space / "app.py").read_text()), WORDS)
    (found,) = report([engine.Judgement(task, diagnostics, failures)]).diagnostics
    assert found.suppression and found.finding.fix
    places = (found.finding.at, found.finding.notes[0].at, found.finding.fix.edits[0].at, found.suppression.at)
    assert {span.path for span in places} == {"s/app.py"}
    assert found.suppression.reason == "why"


def test_a_file_is_judged_in_its_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = write_space(tmp_path, requirements__txt=MISTAKE, app__py=MISTAKE)
    monkeypatch.chdir(tmp_path)
    both = {"app.py", "requirements.txt"}
    assert paths(run([space], ONE_RULE)) == both
    assert paths(run([space / "app.py"], ONE_RULE)) == {"app.py"}
    assert paths(run([space / "app.py", space / "requirements.txt"], ONE_RULE)) == both
    assert paths(run([space / "app.py", space], ONE_RULE)) == both


def paths(result: Report) -> set[str]:
    assert not result.failures
    return {diagnostic.finding.at.path for diagnostic in result.diagnostics}


def test_no_space_and_no_path(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("import json\n")
    result = run([tmp_path])
    assert (result.spaces, result.diagnostics, result.failures) == ((), (), ())
    with pytest.raises(FileNotFoundError):
        run([tmp_path / "nothing"])


def test_an_app_that_is_excluded_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nsdk: gradio\napp_file: demo.py\n---\n")
    (tmp_path / "demo.py").write_text("import gradio as gr\n\ngr.Blocks().launch()\n")
    (tmp_path / "other.py").write_text("import gradio as gr\n\ngr.Blocks().launch()\n")
    for exclude, codes in (((), []), (("demo.py",), [])):
        found = run([tmp_path], Settings(select=("missing-app-file",), exclude=exclude)).diagnostics
        assert [diagnostic.code for diagnostic in found] == codes
    (tmp_path / "demo.py").unlink()
    (found,) = run([tmp_path], Settings(select=("missing-app-file",))).diagnostics
    assert found.code == "ZG076"


def test_requirements_of_a_folder_that_is_no_space_are_likely_only() -> None:
    files = {"app.py": b"import spaces\n", "requirements.txt": b"torch==2.3.1\n"}
    rules = [rule for rule in engine.catalogue().rules if rule.name == "unsupported-torch"]
    (diagnostic,), _ = judge(Space(files), rules)
    assert (diagnostic.level, diagnostic.finding.confidence) == (Level.WARNING, Confidence.LIKELY)
    (diagnostic,), _ = judge(Space({**files, "README.md": b"---\nsdk: gradio\n---\n"}), rules)
    assert (diagnostic.level, diagnostic.finding.confidence) == (Level.ERROR, Confidence.CERTAIN)


def test_excluded_files_are_not_there(tmp_path: Path) -> None:
    write_space(tmp_path, requirements__txt=MISTAKE)
    assert [task.files.entry_points for task in find([tmp_path])] == [("app.py",)]
    (task,) = find([tmp_path], Settings(exclude=("*.py",)))
    assert sorted(task.files.contents) == ["README.md", "requirements.txt"]
    assert task.files.entry_points == ()
    assert find([tmp_path], Settings(exclude=("*",))) == []


def test_what_two_spaces_share_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_space(tmp_path, app__py="import spaces\nfrom inner import app\n")
    write_space(tmp_path / "inner", app__py="import spaces  # zerolint: ignore[unknown-rule, no-such]\n")
    result = run([tmp_path], Settings(select=("unknown-rule", "unused-suppression")))
    assert [space.root for space in result.spaces] == [".", "inner"]
    assert [(found.code, found.finding.at.path) for found in result.diagnostics] == [("ZG903", "inner/app.py")]
    assert result.diagnostics[0].suppression


def test_a_buffer_is_judged_in_its_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_space(tmp_path, requirements__txt=MISTAKE, app__py=MISTAKE)
    assert paths(report(judge_all(find_buffer(Path("requirements.txt"), b"spaces\n", ONE_RULE)))) == set()
    for name in ("requirements.txt", "new/../requirements.txt"):
        result = report(judge_all(find_buffer(Path(name), b"torch\n" + MISTAKE.encode(), ONE_RULE)))
        assert [(found.finding.at.path, found.finding.at.start_line) for found in result.diagnostics] == [
            ("requirements.txt", 2)
        ]
        assert result.sources == {"requirements.txt": "torch\n" + MISTAKE}
    assert (tmp_path / "requirements.txt").read_text() == MISTAKE


def test_a_buffer_of_a_new_file(tmp_path: Path) -> None:
    space = write_space(tmp_path / "space")
    (task,) = find_buffer(space / "deep" / "new.py", b"import spaces\n")
    assert (task.files.root, task.only) == (space, frozenset({"deep/new.py"}))
    assert task.files.entry_points == ("app.py", "deep/new.py")
    (task,) = find_buffer(tmp_path / "alone.py", b"import spaces\n")
    assert sorted(task.files.contents) == ["alone.py"]
    assert find_buffer(tmp_path / "alone.py", b"import json\n") == []
    assert find_buffer(tmp_path / "README.txt", b"BAD\n") == []


def test_what_the_target_decides(tmp_path: Path) -> None:
    """A folder that nothing marks is a Space where the settings say so, also with a buffer in it."""
    (tmp_path / "demo.py").write_text("import gradio\n")
    for target, is_space in (("zerogpu", True), ("auto", False), ("any", False)):
        settings = Settings(target=target)
        for found in (
            find([tmp_path], settings),
            find([tmp_path / "demo.py"], lambda root, settings=settings: settings),  # type: ignore[misc]
            find_buffer(tmp_path / "demo.py", b"import gradio as gr\n", settings),
        ):
            assert [task.files.entry_points for task in found] == ([("demo.py",)] if is_space else [])
    contents = {"app.py": b"import gradio\n", "gpu.py": b"import gradio, spaces\ngradio.Blocks().launch()\n"}
    for target, with_import, without in (("auto", True, None), ("zerogpu", True, True), ("any", False, False)):
        assert Space(contents, target=target).is_for_zerogpu is with_import
        assert Space({"app.py": contents["app.py"]}, target=target).is_for_zerogpu is without
    made = b"import spaces\n\n\n@spaces.GPU\ndef f(): ...\n"
    tried = b"try:\n    import spaces\nexcept ImportError:\n    spaces = None\n"
    for app, module, expected_from_module in (
        (b"import gradio, work\n", made, True),
        (b"import gradio\n", made, None),
        (b"import gradio, work\n", tried, None),
    ):
        parts = {"app.py": app, "work.py": module}
        assert Space(parts, entry_points=("app.py",)).is_for_zerogpu is None
        marked = {**parts, "README.md": b"---\nsdk: gradio\n---\n"}
        assert Space(marked, entry_points=("app.py",)).is_for_zerogpu is expected_from_module
    for hardware, expected in (("zero-a10g", True), ("cpu-basic", False)):
        readme = f"---\nsdk: gradio\nsuggested_hardware: {hardware}\n---\n".encode()
        for files in (contents, {"app.py": contents["app.py"]}):
            assert Space({**files, "README.md": readme}).is_for_zerogpu is expected
            assert Space({**files, "README.md": readme}, target="zerogpu").is_for_zerogpu is True


def test_several_buffers_of_a_space(tmp_path: Path) -> None:
    """Each takes the place of its file; those of other folders, or of files that a Space leaves out, do not come in."""
    space = write_space(tmp_path / "space", used__py="import spaces\n", late__py="import json\n")
    installed = space / "site-packages" / "library.py"
    installed.parent.mkdir()
    installed.write_text("import spaces\n")
    buffers = {
        space / "app.py": b"# \xc3\xa9\n",
        space / "used.py": b"import json\n",
        space / "late.py": b"import spaces\n",
        space / "new.py": b"import spaces\n",
        installed: b"import spaces\n",
        tmp_path / "elsewhere.py": b"import spaces\n",
    }
    files = files_around(space / "app.py", b"")
    assert files
    task = task_of_buffers(files, buffers)
    assert task
    assert task.files.contents == {
        "README.md": b"---\nsdk: gradio\n---\n",
        "app.py": b"# \xc3\xa9\n",
        "late.py": b"import spaces\n",
        "new.py": b"import spaces\n",
        "used.py": b"import json\n",
    }
    assert task.files.entry_points == ("late.py", "new.py")
    assert task.only == {"app.py", "late.py", "new.py", "used.py"}
    assert find_buffer(installed, b"import spaces\n") == []


def test_a_judgement_that_is_called_off(tmp_path: Path) -> None:
    """What the caller raises between two rules, or in the place of a parse, ends it and is nobody's crash."""

    class NotNeeded(BaseException):
        pass

    def stop(*_: object) -> NoReturn:
        raise NotNeeded

    (task,) = find([write_space(tmp_path)])
    with pytest.raises(NotNeeded):
        engine.judge_task(task, before_each=stop)
    with pytest.raises(NotNeeded):
        engine.judge_task(task, parse=stop)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(8):
        app = "import spaces\n\n\n@spaces.GPU\ndef f():\n    pass\n" + MISTAKE * number
        write_space(tmp_path / f"s{number}", app__py=app, b__py=app)
    return tmp_path


def test_the_number_of_processes_changes_nothing(many: Path) -> None:
    seen: list[tuple[int, int]] = []
    one = run([many])
    two = run([many], jobs=3, progress=lambda done, total, root: seen.append((done, total)))
    assert one == two
    assert len(one.spaces) == 8
    assert sum(found.code == "ZG903" for found in one.diagnostics) == 2 * sum(range(8))
    assert seen == [(number, 8) for number in range(1, 9)]


def test_fresh_processes_where_a_fork_is_not_safe(many: Path) -> None:
    """A lock that another thread holds would stay held for ever in a forked child. Many files make new ones pay."""
    for space in many.iterdir():
        for number in range(30):
            (space / f"c{number}.py").write_text(f"import spaces\n{MISTAKE}")
    expected = run([many], ONE_RULE)
    assert len(expected.diagnostics) == 2 * sum(range(8)) + 8 * 30
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert run([many], ONE_RULE, jobs=2) == expected
    finally:
        stop.set()
        thread.join()


DEADLY = """
import os, signal
from zerolint.finding import Consequence
from zerolint.rule import rule

PARENT = os.getpid()

@rule(code="XX009", name="deadly", summary="", prevents="", consequence=Consequence.DATA, since="1")
def deadly(space):
    if b"die" in space.contents["app.py"] and os.getpid() != PARENT:
        os.kill(os.getpid(), signal.SIGKILL)
    yield from ()
"""
RUN_DEADLY = """
import sys
from pathlib import Path
from typing import NoReturn
from zerolint import engine

report = engine.run([Path(sys.argv[1])], engine.Settings(select=("deadly", "unknown-rule")), jobs=2)
print(len(report.spaces), len({found.finding.at.path for found in report.diagnostics}))
for failure in report.failures:
    print(failure.space, failure.error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")
def test_a_process_that_dies_costs_one_space(many: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    plugin = write_plugin(tmp_path_factory.mktemp("plugin"), "deadly", DEADLY)
    for number in (2, 5):
        (many / f"s{number}" / "app.py").write_text("import spaces\n# die\n")
    command = [sys.executable, "-c", RUN_DEADLY, str(many)]
    environment = {**os.environ, "PYTHONPATH": str(plugin)}
    done = subprocess.run(command, cwd=many, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "8 10",  # s0 has no mistake, the five others have one in each of two files
        "s2 it died while judging (signal 9)",
        "s5 it died while judging (signal 9)",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_no_worker_outlives_a_killed_parent(many: Path) -> None:
    """The workers wait for work when the parent is killed, and must notice."""
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from zerolint import engine

        def progress(done, total, root):
            if done == total:
                status = {file: file.read_text() for file in Path("/proc").glob("[0-9]*/stat")}
                parents = {file.parent.name: text.rpartition(")")[2].split()[1] for file, text in status.items()}
                print(*[child for child, parent in parents.items() if parent == str(os.getpid())], flush=True)
                os.kill(os.getpid(), signal.SIGKILL)

        engine.run([Path(sys.argv[1])], jobs=2, progress=progress)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(many)], stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    children = [int(word) for word in done.stdout.split()]
    assert children
    for child in children:
        for _ in range(100):
            if not is_running(child):
                break
            threading.Event().wait(0.05)
        assert not is_running(child)


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_the_shown_root_is_relative_and_has_slashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert engine.shown_root(tmp_path) == "."
    assert engine.shown_root(tmp_path / "a" / "b") == "a/b"
    assert engine.shown_root(tmp_path.parent) == ".."


def test_a_link_to_the_space_is_named_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space = write_space(tmp_path / "real", requirements__txt=MISTAKE)
    (tmp_path / "link").symlink_to(space)
    assert [each.root for each in run([Path("link")]).spaces] == ["link"]


def test_each_space_has_its_own_settings(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_space(tmp_path / name, requirements__txt=MISTAKE)
    tasks = find([tmp_path], lambda root: ONE_RULE if root.name == "a" else Settings(select=()))
    assert [len(judgement.diagnostics) for judgement in judge_all(tasks)] == [1, 0]
    assert report(judge_all(tasks)).rules == 1


def epoch(day: str) -> str:
    """What SOURCE_DATE_EPOCH is at the end of a day."""
    return str(calendar.timegm(time.strptime(f"{day} 23:59:59", "%Y-%m-%d %H:%M:%S")))


DEFAULT = Fact("3.14", "configuration (zerolint.toml)", "", "zerolint.toml")


@rule(code="XX010", name="needs-fact", summary="", prevents="", consequence=Consequence.DATA, since="1")
def needs_fact(space: Space) -> Iterator[Finding]:
    """Says what Python there is by default; with WRONG in the app it names a fact that there is none of."""
    name = "python.wrong" if b"WRONG" in space.contents["app.py"] else "python.default"
    at = Span("app.py", 1, 1, 1, 2)
    yield Finding(at, str(facts.fact("python.default").value), facts=(name,))


def test_what_is_configured_holds_while_a_space_is_judged() -> None:
    (found,), _ = judge(space_of("x"), (needs_fact,), Settings(facts=(("python.default", DEFAULT),)))
    assert found.finding.message == "3.14"
    assert found.facts == (("python.default", DEFAULT),)
    (found,), _ = judge(space_of("x"), (needs_fact,))
    assert found.facts == (("python.default", facts.fact("python.default")),)
    assert found.finding.message == facts.fact("python.default").value


def test_a_fact_that_does_not_exist_is_a_bug_of_the_rule() -> None:
    found, (failure,) = judge(space_of("WRONG"), (needs_fact,))
    assert not found
    assert failure.code == "XX010"


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_space_is_judged_by_its_own_facts(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """`missing-python-version` says what Python the Space gets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "_FILES_PER_FORK", 1)
    for name in "abcd":
        write_space(Path(name))
    wanted = {"b": (("python.default", DEFAULT),)}

    def settings(root: Path) -> Settings:
        return Settings(select=("missing-python-version",), facts=wanted.get(root.name, ()))

    found = run([tmp_path], settings, jobs=jobs).diagnostics
    assert [diagnostic.finding.message.split()[-1] == "3.14" for diagnostic in found] == [False, True, False, False]


def test_facts_grow_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told are all of them, or those that findings rest on; what a configuration says has no date."""
    write_space(tmp_path)
    newest = facts.latest_date()

    def old_on(day: str, read: str, *, found: bool = True) -> str:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(day))
        select = ("missing-python-version",) if found else ()
        default, supported = DEFAULT._replace(date=read), Fact(("3.14.1",), "", "", "zerolint.toml")
        configured = (("python.default", default), ("python.supported", supported))
        return run([tmp_path], Settings(select=select, facts=configured)).old_facts

    assert old_on(newest, newest) == old_on(newest, year_after(newest, -1)) == old_on(year_after(newest), "") == ""
    assert old_on(next_day(newest), year_after(newest, -1)) == "some"
    assert old_on(next_day(newest), year_after(newest, -1), found=False) == ""
    assert old_on(next_day(year_after(newest)), "") == old_on("2099-01-01", "2098-12-31", found=False) == "all"


def test_a_day_that_is_no_number_is_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    write_space(tmp_path)
    assert run([tmp_path], Settings(select=())).old_facts in ("", "all")


def year_after(day: str, years: int = 1) -> str:
    return f"{int(day[:4]) + years}{day[4:]}"


def next_day(day: str) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(int(epoch(day)) + 1))
