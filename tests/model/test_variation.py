"""Which values are the same for every request, told from the code that makes them."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space
from zerolint.model.values import point_of
from zerolint.model.variation import Variation

FIXED, CHOSEN, UNKNOWN, VARIES = Variation.FIXED, Variation.CHOSEN, Variation.UNKNOWN, Variation.VARIES

HEAD = """
import datetime, json, os, random, secrets, tempfile, time, uuid
from pathlib import Path
import argparse
import gradio as gr
import numpy as np
import spaces
import unseen
from helpers import LABELS, ROOT, named, pair

parser = argparse.ArgumentParser()
parser.add_argument("--out", default="out")
args = parser.parse_args()

options = argparse.Namespace(out="out")
with open("config.json") as file:
    config = json.load(file)

NAME = "picture"
RUN = uuid.uuid4().hex
WORK = tempfile.mkdtemp()
SIZES = ["small", "large"]
FOLDERS = {"small": "s", "large": "l"}
history = []
current = "none"
counter = 0


class Store:
    folder = "store"

    def __init__(self, root, extra="x"):
        self.root = root
        self.log = os.path.join(root, "log.txt")
        self.fresh = uuid.uuid4().hex
        self.items = []
        self.count = 0

    @property
    def top(self):
        return os.path.dirname(self.log)

    def name(self, suffix):
        return self.root + suffix


store = Store("data")


def echo(value, suffix=".png"):
    return value + suffix


def twice(value):
    return echo(echo(value))


def choose(flag):
    if flag:
        return "a"
    return "b"


def fresh():
    return tempfile.mkdtemp()


def numbers(count):
    for number in range(count):
        yield f"{number}.png"
"""
HELPERS = b"""
ROOT = "root"
LABELS = ("a", "b")


def named(name, root=ROOT):
    return f"{root}/{name}"


def pair(value):
    return value, "fixed.txt"
"""


def space_of(body: str) -> Space:
    """A Space whose handler gets an image and a text, keeps the default of `mode`, and returns after `body`."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}\n\ndef run(image, text, mode='png'):\n    global current, counter\n{lines}    return result\n\n"
    text += "gr.Interface(run, [gr.Image(), gr.Textbox()], 'text').launch()\n"
    return Space({"app.py": text.encode(), "helpers.py": HELPERS}, target="zerogpu")


def variation_of(body: str) -> Variation:
    """The variation of `result` at the end of the handler."""
    space = space_of(body)
    function = next(scope for scope in space.modules[0].scopes if scope.name == "run")
    return space.variation(function.returns[-1].value, point_of(function.returns[-1]))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Constants, and names bound while the app starts, whatever they are.
        ("'a' 'b'", FIXED),
        ("f'{NAME}-{1 + 2}.png'", FIXED),
        ("RUN", FIXED),
        ("os.path.join(WORK, NAME)", FIXED),
        ("ROOT", FIXED),
        ("args.out", FIXED),
        ("config['out']", FIXED),
        ("config[text]", VARIES),
        ("options.out", FIXED),
        ("argparse.Namespace(out=text).out", VARIES),
        ("argparse.Namespace(**{'out': 'a', 'name': text}).out", FIXED),
        ("argparse.Namespace(**{'out': 'a', 'name': text}).name", VARIES),
        ("os.environ['HOME']", FIXED),
        ("os.getenv('OUT', 'out')", FIXED),
        ("Path(__file__).resolve().parent / 'x'", FIXED),
        ("str(SIZES)", FIXED),
        ("SIZES[0]", FIXED),
        ("FOLDERS['small']", FIXED),
        ("FOLDERS.get('large', text)", FIXED),
        # What the visitor gives, and what is made of it.
        ("text", VARIES),
        ("image.size", VARIES),
        ("text[:10]", VARIES),
        ("f'{NAME}/{text}'", VARIES),
        ("NAME + text", VARIES),
        ("'%s.png' % text", VARIES),
        ("'{}.png'.format(text)", VARIES),
        ("text.lower().strip()", VARIES),
        ("Path(text).stem", VARIES),
        ("os.path.splitext(text)[1]", VARIES),
        ("FOLDERS[text]", VARIES),
        ("FOLDERS.get(text)", VARIES),
        ("unseen.call(text)", VARIES),
        ("len(text)", VARIES),
        ("[part for part in text.split()][0]", VARIES),
        # A default that the inputs do not reach.
        ("mode", FIXED),
        ("f'x.{mode}'", FIXED),
        # Fresh for each request.
        ("uuid.uuid4()", VARIES),
        ("str(uuid.uuid4())[:8]", VARIES),
        ("secrets.token_hex(4)", VARIES),
        ("random.randint(0, 9)", VARIES),
        ("np.random.rand()", VARIES),
        ("time.time()", VARIES),
        ("time.strftime('%H')", VARIES),
        ("datetime.datetime.now().isoformat()", VARIES),
        ("tempfile.mkdtemp()", VARIES),
        ("tempfile.NamedTemporaryFile(suffix='.png').name", VARIES),
        ("os.urandom(4).hex()", VARIES),
        ("tempfile.gettempdir()", FIXED),
        # What is not known.
        ("unseen.call()", UNKNOWN),
        ("unseen.call(NAME)", UNKNOWN),
        ("open(NAME).read()", UNKNOWN),
        ("len(history)", FIXED),
        # The Space's own functions, with the arguments of this call.
        ("echo(NAME)", FIXED),
        ("echo(text)", VARIES),
        ("echo(NAME, suffix=text)", VARIES),
        ("twice('a')", FIXED),
        ("twice(text)", VARIES),
        ("named('x')", FIXED),
        ("named(text)", VARIES),
        ("pair(text)[1]", FIXED),
        ("pair(text)[0]", VARIES),
        ("fresh()", VARIES),
        ("os.path.basename(fresh() + '/raw.png')", FIXED),
        # One of a few.
        ("choose(text)", CHOSEN),
        ("'a' if text else 'b'", CHOSEN),
        ("'a' if NAME else 'b'", FIXED),
        ("text or 'b'", VARIES),
        # Objects.
        ("store.log", FIXED),
        ("store.fresh", FIXED),
        ("store.folder", FIXED),
        ("store.top", FIXED),
        ("store.name('.txt')", FIXED),
        ("store.name(text)", VARIES),
        ("Store(text).log", VARIES),
        ("Store('data').log", FIXED),
        ("Store('data').fresh", VARIES),
        ("len(store.items)", UNKNOWN),
    ],
)
def test_expression(expression: str, expected: Variation) -> None:
    assert variation_of(f"result = {expression}") is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for index in range(len(text)):\n    result = f'{index}.png'", FIXED),
        ("for index, part in enumerate(text):\n    result = f'{index}.png'", FIXED),
        ("for index, part in enumerate(text):\n    result = part", VARIES),
        ("for size, part in zip(SIZES, text):\n    result = size", FIXED),
        ("for size, part in zip(SIZES, text):\n    result = part", VARIES),
        ("for size in SIZES:\n    result = size", FIXED),
        ("for size, folder in FOLDERS.items():\n    result = folder", FIXED),
        ("for name in numbers(3):\n    result = name", FIXED),
        ("result = 'a'\nfor part in text:\n    result += 'b'", FIXED),
        ("result = 'a'\nfor part in text:\n    result += part", VARIES),
        ("result = 'a.png'\nif text:\n    result = 'b.png'", CHOSEN),
        ("result = 'a.png'\nif NAME:\n    result = 'b.png'", FIXED),
        ("result = None\nif text:\n    result = 'b.png'", FIXED),
        ("result = 'a.png'\nresult = text", VARIES),
        ("result = text\nresult = 'a.png'", FIXED),
        ("with tempfile.TemporaryDirectory() as result:\n    pass", VARIES),
        ("base, suffix = os.path.splitext(text + '/x.png')\nresult = suffix", FIXED),
        ("(first, second), third = ('a', text), 'b'\nresult = first", FIXED),
        ("(first, second), third = ('a', text), 'b'\nresult = second", VARIES),
        ("parts = []\nparts.append('a')\nresult = '-'.join(parts)", FIXED),
        ("parts = []\nparts.append(text)\nresult = '-'.join(parts)", VARIES),
        ("parts = ['a']\nparts.append('b')\nresult = parts[0]", FIXED),
        ("parts = ['a']\nparts.extend(text)\nresult = '-'.join(parts)", UNKNOWN),
        ("options = {'path': 'a'}\nresult = options['path']", FIXED),
        ("options = {'path': 'a'}\noptions['path'] = text\nresult = options['path']", UNKNOWN),
        ("history.append(text)\nresult = len(history)", UNKNOWN),
        ("current = text\nresult = current", VARIES),
        ("counter += 1\nresult = counter", VARIES),
        ("def inner():\n    return NAME + text\nresult = inner()", VARIES),
        ("def inner(value):\n    return NAME + value\nresult = inner('x')", FIXED),
        ("result = (lambda value: value + '.png')('x')", FIXED),
        ("store.count += 1\nresult = store.count", VARIES),
    ],
)
def test_statements(body: str, expected: Variation) -> None:
    assert variation_of(body) is expected


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("os.path.join(fresh(), 'raw.png')", "raw.png"),
        ("Path(fresh()) / 'raw.png'", "raw.png"),
        ("f'{fresh()}/raw.png'", "raw.png"),
        ("(Path(fresh()) / 'raw.png').with_suffix('.jpg')", "raw.jpg"),
        ("os.path.join(fresh(), 'raw.png').replace('.png', '.jpg')", "raw.jpg"),
        ("os.path.splitext(os.path.join(fresh(), 'raw.png'))[0]", "raw"),
        ("'{}/raw.png'.format(fresh())", "raw.png"),
        ("f'out/{RUN}.png'", "*.png"),
    ],
)
def test_the_last_component_is_known_where_the_folder_is_not(expression: str, name: str) -> None:
    space = space_of(f"result = {expression}")
    function = next(scope for scope in space.modules[0].scopes if scope.name == "run")
    shape = space.variations.shape(function.returns[-1].value, point_of(function.returns[-1]))
    assert (shape.name, shape.name_text) == (FIXED, name)


def of_helper(app: str) -> Variation:
    """The variation of what `save(path)` of a Space is called with, over all its callers."""
    space = Space({"app.py": f"import gradio as gr\nimport tempfile\n{app}".encode()}, target="zerogpu")
    assert space.contexts is not None
    function = next(scope for scope in space.modules[0].scopes if scope.name == "save")
    return space.variations.parameter(function, function.params[-1]).variation


HANDLER = "def run(text):\n    {}\ngr.Button().click(run, [gr.Text()])\n"


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("def save(path):\n    pass\n" + HANDLER.format("save('a.png')"), FIXED),
        ("def save(path='a.png'):\n    pass\n" + HANDLER.format("save()"), FIXED),
        ("def save(path):\n    pass\n" + HANDLER.format("save('a.png'); save('b.png')"), CHOSEN),
        ("def save(path):\n    pass\n" + HANDLER.format("save('a.png'); save(text)"), VARIES),
        ("def save(path):\n    pass\n" + HANDLER.format("save(*text)"), UNKNOWN),
        # Callers that no visitor reaches do not count beside one that a visitor reaches.
        ("def save(path):\n    pass\nsave('a.png')\n" + HANDLER.format("save(text)"), VARIES),
        ("def save(path):\n    pass\nsave(tempfile.mkdtemp())\n" + HANDLER.format("save('a.png')"), FIXED),
        # Handed around as a value, so there may be other callers.
        ("def save(path):\n    pass\n" + HANDLER.format("save('a.png'); list(map(save, text))"), UNKNOWN),
        ("def save(path):\n    pass\n", UNKNOWN),
        # Registered: Gradio passes as many values as there are inputs.
        ("def save(path='a.png'):\n    pass\ngr.Button().click(save)\n", FIXED),
        ("def save(path='a.png'):\n    pass\ngr.Button().click(save, gr.Text())\n", VARIES),
        ("def save(path='a.png'):\n    pass\ninputs = [gr.Text()]\ngr.Button().click(save, inputs)\n", VARIES),
        ("def save(path='a.png'):\n    pass\ngr.Button().click(save, gather())\n", VARIES),
        ("def save(image, path='a.png'):\n    pass\ngr.Button().click(save, [gr.Image()])\n", FIXED),
        ("def save(image, path='a.png'):\n    pass\ngr.Button().click(save, {gr.Image(), gr.Text()})\n", FIXED),
        ("def save(request: gr.Request, path='a.png'):\n    pass\ngr.Button().click(save)\n", FIXED),
        ("def save(progress=gr.Progress(), path='a.png'):\n    pass\ngr.Button().click(save)\n", FIXED),
        ("def save(path: gr.Request = None):\n    pass\ngr.Button().click(save)\n", VARIES),
    ],
)
def test_parameter(app: str, expected: Variation) -> None:
    assert of_helper(app) is expected


def test_method_with_callers_that_cannot_be_resolved() -> None:
    app = (
        "class Saver:\n    def save(self, path='a.png'):\n        pass\n"
        "saver = Saver()\n"
        "def run(text, other=gr.State()):\n    saver.save()\n    other.save(text)\n"
        "gr.Button().click(run, [gr.Text(), gr.State()])\n"
    )
    assert of_helper(app) is UNKNOWN
    assert of_helper(app.replace("    other.save(text)\n", "")) is FIXED


def test_mutual_recursion_ends() -> None:
    app = "def save(path):\n    other(path)\ndef other(path):\n    save(path + 'x')\n"
    assert of_helper(app + HANDLER.format("save('a')")) in (FIXED, CHOSEN)
    assert of_helper(app + HANDLER.format("save(text)")) is VARIES


def test_long_chains_end() -> None:
    lines = ["part_0 = NAME"] + [f"part_{number} = part_{number - 1} + 'x'" for number in range(1, 500)]
    assert variation_of("\n".join([*lines, "result = part_499"])) is UNKNOWN
    assert variation_of("result = " + " + ".join(["'x'"] * 200)) is UNKNOWN
