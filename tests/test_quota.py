"""What GPU functions book, and how often a visitor can run them: `zerolint quota`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zerolint.facts import fact
from zerolint.model.space import Space
from zerolint.quota import Cost, as_data, as_table, costs

HEAD = "import gradio as gr\nimport spaces\nfrom datetime import timedelta\nTURN = 2\n"


def cost(decorator: str, signature: str = "x", before: str = "", **arguments: float) -> Cost:
    """The cost of one GPU function under a decorator, which a handler runs."""
    function = f"{decorator}\ndef f({signature}):\n    return x\n"
    app = f"{HEAD}{before}\n{function}\ngr.Interface(f, 'text', 'text').launch()\n"
    (found,) = costs(Space({"app.py": app.encode()}), arguments)
    return found


@pytest.mark.parametrize(
    ("decorator", "asked", "booked"),
    [
        ("@spaces.GPU", 60, 90),
        ("@spaces.GPU()", 60, 90),
        ("@spaces.GPU(duration=None)", 60, 90),
        ("@spaces.GPU(duration=20)", 20, 30),
        ("@spaces.GPU(20)", 20, 30),
        ("@spaces.GPU(duration=15)", 15, 22),  # as `round` does in spaces
        ("@spaces.GPU(duration=2.9)", 2, 3),
        ("@spaces.GPU(duration=60 * TURN)", 120, 180),
        ("@spaces.GPU(duration=timedelta(minutes=2))", 120, 180),
        ("@spaces.GPU(duration=timedelta(0, 30))", 30, 45),
        ("@spaces.GPU(duration=86400)", 0, 0),
        ("@spaces.GPU(duration=-5)", 86395, 129592),
        ("@spaces.GPU(size='xlarge')", 60, 120),
        ("@spaces.GPU(duration=30, size='xlarge')", 30, 60),
        ("@spaces.GPU(duration=30, size='large')", 30, 45),
        ("@spaces.GPU(duration='60')", None, None),
        ("@spaces.GPU(**options)", None, None),
        ("@spaces.GPU(duration=compute())", None, None),
    ],
)
def test_what_is_booked(decorator: str, asked: int | None, booked: int | None) -> None:
    """The numbers are those of spaces 0.51.3 with the factors in the facts."""
    assert fact("duration.booking_factor").value == 1.5
    found = cost(decorator)
    assert (found.duration.seconds, found.booked) == (asked, booked)
    assert found.line == len(HEAD.splitlines()) + 3  # the `def`


@pytest.mark.parametrize(
    ("estimator", "asked", "expression", "missing"),
    [
        ("lambda x: 20", 20, "20", ()),
        ("lambda x, steps=7: 10 + steps * TURN", 24, "10 + steps * TURN", ()),
        ("lambda x: 10 + x", None, "10 + x", ("x",)),
        ("lambda x: len(x)", None, "len(x)", ()),
        ("lambda *args: 33", 33, "33", ()),
        ("estimate", None, "base * TURN", ("x",)),
        ("unseen", None, "unseen", ()),
    ],
)
def test_callable_durations(estimator: str, asked: int | None, expression: str, missing: tuple[str, ...]) -> None:
    before = "def estimate(x, steps=3):\n    base = x + steps\n    return base * TURN\n"
    found = cost(f"@spaces.GPU(duration={estimator})", before=before).duration
    assert (found.seconds, found.expression, found.missing) == (asked, expression, missing)
    assert bool(found.unknown) == (asked is None)


def test_given_arguments_and_defaults() -> None:
    before = "def estimate(x, steps=5):\n    return x + steps\n"
    decorator = "@spaces.GPU(duration=estimate)"
    assert cost(decorator, "x, steps=7", before, x=10).duration.seconds == 15
    assert cost(decorator, "x, steps=7", before, x=10, steps=9).duration.seconds == 19
    assert cost(decorator, "x, steps=7", before, x=10, steps=9).duration.arguments == {"x": 10, "steps": 9}
    assert cost(decorator, "x, steps", before, steps=9).duration.missing == ("x",)


def test_calls_of_a_day() -> None:
    found = cost("@spaces.GPU(duration=60)")
    assert [found.calls(tier) for tier in ("anonymous", "free", "pro", "enterprise")] == [1, 3, 26, 40]
    assert cost("@spaces.GPU(duration=200)").calls("free") == 1
    assert cost("@spaces.GPU(duration=201)").calls("free") == 0
    assert cost("@spaces.GPU(duration=86400)").calls("free") is None
    assert cost("@spaces.GPU(duration=compute())").calls("free") is None


def test_only_what_is_used() -> None:
    app = f"{HEAD}@spaces.GPU\ndef unused(x):\n    return x * 2\n\ngr.Interface(print, 'text', 'text').launch()\n"
    assert not costs(Space({"app.py": app.encode()}), {})


def test_the_table() -> None:
    spaces = [("a", [cost("@spaces.GPU(duration=120)"), cost("@spaces.GPU(duration=lambda x: x)")]), ("b", [])]
    lines = as_table(spaces, bars="#").splitlines()
    assert lines[0].split() == "GPU function asks for books calls a day: anonymous free PRO, Team Enterprise".split()
    assert lines[1] == "a"
    assert lines[2].split() == "app.py:7 f 120 s 180 s ################ refused 1 13 20".split()
    assert lines[3].split() == "app.py:7 f ? ? ? ? ? ?".split()
    assert lines[4].strip() == "duration: x; it depends on `x`: give --arg x=NUMBER"
    assert lines[5] == "b: no GPU function is used"
    assert lines[-1] == (
        f"Quota a day: 120 s anonymous, 300 s free, 2400 s PRO, Team, 3600 s Enterprise (facts of {latest()})."
    )


def latest() -> str:
    from zerolint.facts import latest_date

    return latest_date()


def test_the_data() -> None:
    data = json.loads(as_data([("a", [cost("@spaces.GPU(duration=20, size='xlarge')")])]))
    (function,) = data["spaces"][0]["functions"]
    assert function == {
        "path": "app.py",
        "line": 7,
        "function": "f",
        "duration": {"seconds": 20, "expression": "20", "arguments": {}, "missing": [], "unknown": ""},
        "size": "xlarge",
        "booked_seconds": 40,
        "refused_below_seconds": 40,
        "calls_per_day": {"anonymous": 3, "free": 7, "pro": 60, "enterprise": 90},
    }
    assert data["quota_seconds_per_day"]["free"] == 300


def test_each_space_has_its_own_terms(tmp_path: Path) -> None:
    app = f"{HEAD}@spaces.GPU\ndef f(x):\n    return x\n\ngr.Interface(f, 'text', 'text').launch()\n"
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(app)
    (tmp_path / "b" / "zerolint.toml").write_text(
        "[facts]\nduration = {default_seconds = 10, booking_factor = 3}\nquota.seconds_per_day.free = 61\n"
    )
    text = run(folder=tmp_path).stdout
    rows = [line.split() for line in text.splitlines() if line.startswith("  app.py")]
    assert [(row[2], row[4], row[-3]) for row in rows] == [("60", "90", "3"), ("10", "30", "2")]
    assert text.count("A call books 1.5 times") == text.count("A call books 3 times") == 1
    assert text.count("120 s anonymous, 300 s free, ") == text.count("120 s anonymous, 61 s free, ") == 1
    assert text.endswith(f"(facts of {latest()}, and as configured in b/zerolint.toml).\n")
    data = json.loads(run("--format", "json", folder=tmp_path).stdout)
    assert [space["quota_seconds_per_day"]["free"] for space in data["spaces"]] == [300, 61]


def run(*arguments: str, folder: Path, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zerolint", "quota", *arguments],
        cwd=folder,
        capture_output=True,
        encoding=encoding,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=60,
        check=False,
    )


def test_the_command(tmp_path: Path) -> None:
    assert run(folder=tmp_path).stdout == "zerolint: no Space here\n"
    (tmp_path / "app.py").write_text(
        f"{HEAD}@spaces.GPU(duration=lambda x, steps: steps)\ndef f(x, steps):\n    raise SystemExit(9)\n"
        "gr.Interface(f, ['text', 'number'], 'text').launch()\n"
    )
    done = run("--arg", "steps=40", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "█" in done.stdout
    assert "steps with steps=40" in done.stdout
    plain = run("--arg", "steps=40", folder=tmp_path, encoding="ascii")
    assert "####" in plain.stdout
    assert json.loads(run("--format", "json", folder=tmp_path).stdout)["spaces"][0]["root"] == "."
    for wrong in ("steps", "steps=", "steps=x", "=3", "steps=nan", "1=2"):
        refused = run("--arg", wrong, folder=tmp_path)
        assert refused.returncode == 2
        assert "is not NAME=NUMBER" in refused.stderr
    assert run("nowhere", folder=tmp_path).returncode == 2
