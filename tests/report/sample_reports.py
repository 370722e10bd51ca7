"""Reports made by hand, with everything in them that a Space on the Hub can bring about."""

from __future__ import annotations

from collections.abc import Iterator

from zerolint.finding import (
    Confidence,
    Consequence,
    Diagnostic,
    Edit,
    Fact,
    Finding,
    Fix,
    JudgedSpace,
    Note,
    Report,
    RuleFailure,
    Span,
    Suppression,
)
from zerolint.rule import Rule, level_of

FACTS = "2026-08-22"


def nothing(space: object) -> Iterator[Finding]:
    return iter(())


def rule(
    code: str, name: str, consequence: Consequence, prevents: str = "a visitor sees the picture of another"
) -> Rule:
    return Rule(
        code=code,
        name=name,
        summary=f"What {name} finds",
        prevents=prevents,
        consequence=consequence,
        since="0.1.0",
        check=nothing,
        url=f"https://example.com/rules/{name}.md",
    )


PATH_RULE = rule("ZG007", "fixed-output-path", Consequence.DATA)
DURATION_RULE = rule("ZG008", "missing-duration", Consequence.QUOTA, "quota spent on time that is not used")
# This one has a page; the others' texts come from the rule alone.
PINNED_RULE = rule("ZG009", "spaces-pinned", Consequence.BUILD, "ResolutionImpossible")
SYNTAX_RULE = rule("ZG900", "syntax-error", Consequence.STARTUP, "SyntaxError")
RULES = (DURATION_RULE, PATH_RULE, SYNTAX_RULE, PINNED_RULE)


def span_of(text: str, needle: str, path: str = "app.py") -> Span:
    """Where the needle stands for the first time; it may go over several lines that end in LF."""
    before, found, _ = text.partition(needle)
    assert found, needle
    start_line = before.count("\n") + 1
    end = before + needle
    return Span(
        path,
        start_line,
        len(before) - before.rfind("\n"),
        end.count("\n") + 1,
        len(end) - end.rfind("\n"),
    )


def diagnostic(
    by: Rule,
    at: Span,
    message: str = "every request writes `out.png`",
    notes: tuple[Note, ...] = (),
    fix: Fix | None = None,
    confidence: Confidence = Confidence.CERTAIN,
    suppression: Suppression | None = None,
) -> Diagnostic:
    return Diagnostic(
        code=by.code,
        name=by.name,
        level=level_of(by.consequence, confidence),
        consequence=by.consequence,
        finding=Finding(at=at, message=message, notes=notes, fix=fix, confidence=confidence),
        url=by.url,
        suppression=suppression,
    )


def report(*diagnostics: Diagnostic, sources: dict[str, str] | None = None, **more: object) -> Report:
    values: dict[str, object] = {
        "spaces": (JudgedSpace(".", 3),),
        "diagnostics": tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)),
        "rules": len(RULES),
        "facts": FACTS,
        "sources": sources or {},
    }
    return Report(**{**values, **more})  # type: ignore[arg-type]


APP = """\
import gradio as gr
import spaces


@spaces.GPU
def draw(prompt):
    image = pipe(prompt).images[0]
    image.save("out.png")
    return "out.png"


with gr.Blocks() as demo:
    button = gr.Button()
    button.click(draw, prompt, picture)
"""
REQUIREMENTS = "torch\nspaces==0.30.0\n"


def everyday() -> Report:
    """An error with a note and a fix, a warning with advice, an unsafe fix in a second file."""
    path = span_of(APP, '"out.png"')
    return report(
        diagnostic(
            PATH_RULE,
            path,
            "every request writes `out.png`, so two visitors at the same time get the same picture",
            (Note(span_of(APP, "draw, prompt"), "`draw` runs for every visitor: this button calls it"),),
            Fix("Write to a new temporary file for each request", (Edit(path, "new_path()"),)),
        ),
        diagnostic(
            DURATION_RULE,
            span_of(APP, "@spaces.GPU"),
            "`draw` asks for 60 seconds",
            fix=Fix("State how long a call may take"),
        ),
        diagnostic(
            PINNED_RULE,
            span_of(REQUIREMENTS, "spaces==0.30.0", "requirements.txt"),
            "`spaces` is pinned to 0.30.0",
            fix=Fix(
                "Remove the line",
                (Edit(Span("requirements.txt", 2, 1, 3, 1), ""),),
                unsafe="another package may need it",
            ),
        ),
        sources={"app.py": APP, "requirements.txt": REQUIREMENTS},
    )


def long_way() -> Report:
    """A finding with a way of four steps through two files, of which two are for programs only, and another place."""
    app = "import gradio\n\ndef show(text):\n    return paint(text)\n\ngradio.Interface(show)\n"
    tools = "def paint(é):\n    return keep(é)\n\ndef keep(é):\n    return write(é)\n\nROOT = 'a'\n"
    notes = (
        Note(span_of(tools, "keep", "tools.py"), "`keep` is called by `paint` here", step=1),
        Note(span_of(app, "paint"), "`paint` is called by `show` here", step=2, shown=False),
        Note(span_of(app, "gradio.Interface"), "`show` is registered here", step=3),
        Note(span_of(app, "gradio"), "all of it is here", step=4, shown=False),
        Note(span_of(tools, "ROOT", "tools.py"), "`ROOT` is made here"),
        Note(span_of(app, "show"), "another way", step=1),
    )
    at = span_of(tools, "write", "tools.py")
    return report(diagnostic(PATH_RULE, at, notes=notes), sources={"app.py": app, "tools.py": tools})


def clean() -> Report:
    return report(rules=14)


def without_space() -> Report:
    return report(spaces=())


def suppressed() -> Report:
    """Two findings, one of them suppressed with and one without a reason, and one that counts."""
    at = span_of(APP, '"out.png"')
    comment = Span("app.py", 8, 27, 8, 40)
    return report(
        diagnostic(PATH_RULE, at, suppression=Suppression(comment, "only I use this Space")),
        diagnostic(PATH_RULE, span_of(APP, "image.save"), suppression=Suppression(comment, "")),
        diagnostic(DURATION_RULE, span_of(APP, "@spaces.GPU")),
        sources={"app.py": APP},
    )


def baselined() -> Report:
    """A finding that the baseline has, one that is new, and one that an ignore comment covers."""
    at = span_of(APP, '"out.png"')
    comment = Span("app.py", 8, 27, 8, 40)
    return report(
        diagnostic(PATH_RULE, at, suppression=Suppression(comment, "only I use this Space")),
        diagnostic(PATH_RULE, span_of(APP, "image.save"))._replace(baselined=True),
        diagnostic(DURATION_RULE, span_of(APP, "@spaces.GPU")),
        sources={"app.py": APP},
        baseline="old/known.json",
    )


def dated() -> Report:
    """A finding that rests on facts of two days, of which two have one source, and on one of the configuration."""
    source = "Hugging Face docs, spaces-zerogpu"
    facts = (
        ("gpu.sizes", Fact(("large", "xlarge"), source, "2026-08-22")),
        ("duration.booking_factor", Fact(1.5, "spaces 0.51.3, zero/configs.json \x1b[2J", "2026-08-22")),
        ("quota.seconds_per_day.free", Fact(300, source, "2026-08-22")),
        ("hardware.name", Fact("NVIDIA", source, "2026-05-13")),
        ("duration.default_seconds", Fact(30, "configuration (pyproject.toml)", "", "pyproject.toml")),
        ("quota.xlarge_factor", Fact(2, "configuration (pyproject.toml)", "", "pyproject.toml")),
    )
    found = diagnostic(DURATION_RULE, span_of(APP, "@spaces.GPU"), fix=Fix("Ask for less"))._replace(facts=facts)
    return report(found, sources={"app.py": APP}, old_facts="all")


def failed() -> Report:
    """A rule that raised, and a file that does not parse."""
    text = "def draw(:\n    pass\n"
    return report(
        diagnostic(SYNTAX_RULE, Span("app.py", 1, 10, 1, 10), "invalid syntax"),
        sources={"app.py": text},
        failures=(
            RuleFailure(
                "ZG007",
                "fixed-output-path",
                "demos/one",
                "KeyError: 'x'",
                "Traceback (most recent call last):\n  File \"rule.py\", line 3, in check\nKeyError: 'x'\n",
            ),
        ),
    )


HOSTILE_PATHS = (
    "sp ace/100%.py",
    "a,b/c:d.py",
    "../other/app.py",
    "über/画像.py",
    "new\nline/\x1b[2Japp.py",
    "bytes-\udcff.py",
    "lone-\ud800.py",
    "hash#and?query.py",
)
HOSTILE_LINES = (
    "x = 'é😀日本語' + path",
    "\tif a:\tpath = 1",
    "x = '\x1b[31mred\x1b[0m\x07' + path",
    "\x0cpath = 1",
    "x = '\u202e\u2066' + path",
    "x = '\ud800' + path",
    "x = 'e\u0301\u200d👩\u200d🚀' + path",
    "y" * 300 + " path " + "z" * 300,
    "path",
)


def hostile() -> Report:
    """Each hostile line in each hostile file, with all kinds of line endings and hostile words."""
    diagnostics = []
    sources = {}
    endings = ("\n", "\r\n", "\r")
    for number, path in enumerate(HOSTILE_PATHS):
        sources[path] = endings[number % 3].join(HOSTILE_LINES)
        for line, text in enumerate(HOSTILE_LINES, start=1):
            column = text.index("path") + 1
            at = Span(path, line, column, line, column + 4)
            word = f"`{text[:40]}` uses {{0}} and [a](b), 100 % of it\nsecond line"
            fix = Fix(f"Rename {text[:20]}", (Edit(at, "new\udcff😀"),), unsafe="\x1b]0;title\x07")
            note = Note(Span(path, len(HOSTILE_LINES), 1, len(HOSTILE_LINES), 5), word)
            diagnostics.append(diagnostic(PATH_RULE, at, word, (note,), fix))
    return report(*diagnostics, sources=sources)


def outside_the_text() -> Report:
    """Places that the text does not have, and a file whose text is not there."""
    spans = (
        Span("app.py", 1, 90, 1, 99),
        Span("app.py", 2, 1, 99, 1),
        Span("app.py", 3, 3, 1, 1),
        Span("app.py", 99, 1, 99, 5),
        Span("app.py", 5, 5, 5, 5),
        Span("empty.py", 1, 1, 1, 1),
        Span("gone.py", 7, 3, 9, 1),
    )
    return report(*(diagnostic(PATH_RULE, at) for at in spans), sources={"app.py": APP, "empty.py": ""})


EVERY = (everyday, long_way, clean, without_space, suppressed, baselined, dated, failed, hostile, outside_the_text)
ALL = {make.__name__: make for make in EVERY}
