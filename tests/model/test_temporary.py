"""Which paths of temporary files are gone by the time they are read."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import glob, os, shutil, tempfile
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
import gradio as gr
import spaces

kept = []

def inner(folder):
    return os.path.join(folder, "a.png")

def other(folder, flag):
    if flag:
        return "fixed.png"
    return os.path.join(folder, "a.png")

def keep(thing):
    kept.append(thing)

"""


def deleted(body: str, decorator: str = "") -> list[str]:
    """The expressions that a function for visitors hands on and whose files are gone."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}{decorator}\ndef run(given, flag):\n{lines}\ngr.Interface(run, 'text', 'image').launch()\n"
    space = Space({"app.py": text.encode()}, target="zerogpu")
    return [space.code(found.result.scope.module, found.part) for found in space.deleted_paths()]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("with NamedTemporaryFile() as f:\n    return f.name", ["f.name"]),
        ("with NamedTemporaryFile() as f:\n    pass\nreturn f.name", ["f.name"]),
        ("with NamedTemporaryFile(delete=True) as f:\n    return [3, str(f.name)]", ["str(f.name)"]),
        ("with NamedTemporaryFile() as f:\n    return {'a': f'{f.name}'}", ["f'{f.name}'"]),
        ("with NamedTemporaryFile() as f:\n    path = Path(f.name)\n    return path.resolve()", ["path.resolve()"]),
        ("with NamedTemporaryFile() as f:\n    return f.name if flag else None", ["f.name if flag else None"]),
        ("with NamedTemporaryFile() as f:\n    return gr.update(value=f.name)", ["gr.update(value=f.name)"]),
        ("with TemporaryDirectory() as d:\n    return d", ["d"]),
        ("with TemporaryDirectory() as d:\n    return Path(d) / 'a' / given", ["Path(d) / 'a' / given"]),
        ("with TemporaryDirectory() as d:\n    return d + '/a.png'", ["d + '/a.png'"]),
        ("with TemporaryDirectory() as d:\n    return f'{d}/a.png'", ["f'{d}/a.png'"]),
        ("with TemporaryDirectory() as d:\n    return sorted(glob.glob(d + '/*'))", ["sorted(glob.glob(d + '/*'))"]),
        ("with TemporaryDirectory() as d:\n    return [d + name for name in given]", ["[d + name for name in given]"]),
        ("with TemporaryDirectory() as d:\n    return inner(d)", ["inner(d)"]),
        ("d = TemporaryDirectory()\nreturn os.path.join(d.name, given)", ["os.path.join(d.name, given)"]),
        ("f = NamedTemporaryFile()\nshutil.copyfileobj(given, f)\nreturn f.name", ["f.name"]),
        ("with TemporaryDirectory() as d:\n    pass\nyield d", ["d"]),
    ],
)
def test_gone(body: str, parts: list[str]) -> None:
    assert deleted(body) == parts
    assert deleted(body, "@spaces.GPU(duration=9)") == parts


@pytest.mark.parametrize(
    "body",
    [
        "with NamedTemporaryFile(delete=False) as f:\n    return f.name",
        "with NamedTemporaryFile(delete=flag) as f:\n    return f.name",
        "with NamedTemporaryFile(**given) as f:\n    return f.name",
        "with TemporaryDirectory(delete=False) as d:\n    return d",
        "with NamedTemporaryFile() as f:\n    return f.name + '.png'",
        "with NamedTemporaryFile() as f:\n    return Path(f.name).with_suffix('.png')",
        "with NamedTemporaryFile() as f:\n    return f.read()",
        "with NamedTemporaryFile() as f:\n    f.close()\n    given.save(f.name)\n    return f.name",
        "with NamedTemporaryFile() as f:\n    path = f.name\ngiven.save(path)\nreturn path",
        "with TemporaryDirectory() as d:\n    return os.path.basename(d), os.listdir(d)",
        "with TemporaryDirectory() as d:\n    return other(d, flag)",
        "with TemporaryDirectory() as d:\n    return open(d + '/a').read()",
        "with TemporaryDirectory() as d:\n    path = shutil.copy(d + '/a', '/tmp/b')\n    return path",
        "path = '/tmp/a'\nwith TemporaryDirectory() as d:\n    if flag:\n        path = d\nreturn path",
        "d = TemporaryDirectory()\nkeep(d)\nreturn d.name",
        "d = TemporaryDirectory()\nkept.append(d)\nreturn d.name",
        "d = TemporaryDirectory()\nreturn d.name, d",
        "d = TemporaryDirectory()\ngiven.folder = d\nreturn d.name",
        "global d\nd = TemporaryDirectory()\nreturn d.name",
        "d = TemporaryDirectory()\ngiven.add(lambda: d)\nreturn d.name",
        "f = NamedTemporaryFile()\nf.close()\nreturn f.name",
        "f = NamedTemporaryFile()\nyield f.name",
        "path = NamedTemporaryFile().name\ngiven.save(path)\nreturn path",
        "with TemporaryDirectory() as d:\n    yield d\n    yield d",
        "with TemporaryDirectory() as d:\n    for name in given:\n        yield d + name",
        "d = tempfile.mkdtemp()\nreturn d + '/a'",
    ],
)
def test_not_gone_or_not_known(body: str) -> None:
    assert deleted(body) == []


def test_a_worker_does_not_wait_where_a_handler_does() -> None:
    body = "with TemporaryDirectory() as d:\n    yield d"
    assert deleted(body) == []
    assert deleted(body, "@spaces.GPU(duration=9)") == ["d"]
    for rest in ("    yield given", "    print(given)"):
        assert deleted(f"{body}\n{rest}", "@spaces.GPU(duration=9)") == []
    loop = "with TemporaryDirectory() as d:\n    for name in given:\n        yield d + name"
    assert deleted(loop, "@spaces.GPU(duration=9)") == []


def test_code_that_runs_for_nobody() -> None:
    text = f"{HEAD}\ndef run():\n    with TemporaryDirectory() as d:\n        return d\n\nprint(run())\n"
    assert Space({"app.py": text.encode()}, target="zerogpu").deleted_paths() == ()
