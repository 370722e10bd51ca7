"""Which values cannot be pickled, told from the code that makes them."""

from __future__ import annotations

import pytest

from zerolint.model.pickling import Obstacle
from zerolint.model.space import Space
from zerolint.model.values import point_of

HEAD = """\
import collections, contextlib, csv, dataclasses, functools, io, json, os, pathlib, queue, re, sqlite3, subprocess
import sys, tempfile, threading, types
from concurrent.futures import ThreadPoolExecutor
import gradio as gr
import numpy as np
import spaces
from transformers import AutoModel, AutoTokenizer, TextIteratorStreamer

TABLE = {"a": 1}
LOCK = threading.Lock()
square = lambda value: value * value
tokenizer = AutoTokenizer.from_pretrained("gpt2")
model = AutoModel.from_pretrained("gpt2")

class Plain:
    def __init__(self, value):
        self.value = value

class Worker(threading.Thread):
    pass

class Cached:
    def __init__(self):
        self.file = open("log.txt")

class Closed(Cached):
    def __init__(self):
        super().__init__()

    def __getstate__(self):
        return {}

@dataclasses.dataclass
class Session:
    name: str = ""
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

def numbers():
    yield 1

async def later():
    return 1

@contextlib.contextmanager
def opened():
    yield 1

def keys_of(given):
    if given:
        return {}.keys()
    return TABLE.keys()

def maybe(given):
    return TABLE.keys() if given else 3

"""


def obstacle_of(body: str) -> Obstacle | None:
    """What hinders `result` at the end of a GPU function with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}\n@spaces.GPU(duration=9)\ndef run(given, flag):\n{lines}    return result\n\n"
    space = Space({"app.py": f"{text}gr.Interface(run, 'text', 'text').launch()\n".encode()}, target="zerogpu")
    function = next(scope for scope in space.contexts.gpu if scope.name == "run")
    return space.pickling.obstacle(function.returns[-1].value, point_of(function.returns[-1]))


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("result = lambda: given", "a lambda"),
        ("result = square", "a lambda"),
        ("result = {'f': [1, square]}", "a lambda"),
        ("result = functools.partial(square, 3)", "a lambda"),
        ("result = collections.defaultdict(lambda: 0)", "a lambda"),
        ("result = [lambda: n for n in range(3)]", "a lambda"),
        ("def inner():\n    pass\nresult = inner", "a local function"),
        ("class Inner:\n    pass\nresult = Inner", "a local class"),
        ("class Inner:\n    pass\nresult = Inner()", "an instance of local class `Inner`"),
        ("Row = collections.namedtuple('Row', 'a b')\nresult = Row(1, 2)", "an instance of a local class"),
        ("result = (n for n in range(3))", "a generator"),
        ("result = numbers()", "a generator"),
        ("result = os.walk('.')", "a generator"),
        ("result = later()", "a coroutine"),
        ("result = open('x')", "an open file"),
        ("with open('x') as file:\n    result = file", "an open file"),
        ("result = tempfile.NamedTemporaryFile()", "an open file"),
        ("result = sys.stdout", "an open file"),
        ("result = pathlib.Path('x').open()", "an open file"),
        ("result = csv.reader(open('x'))", "a reader or writer of an open file"),
        ("result = LOCK", "a lock"),
        ("result = threading.Event()", "a thread event"),
        ("result = Worker()", "a thread"),
        ("result = queue.Queue()", "a queue with a lock"),
        ("result = TextIteratorStreamer(tokenizer)", "a streamer with a queue inside"),
        ("with ThreadPoolExecutor() as pool:\n    result = pool.submit(print, 1)", "a future"),
        ("result = sqlite3.connect('x')", "a database connection"),
        ("result = subprocess.Popen(['ls'])", "a child process"),
        ("result = re.search('a', given)", "a match of a regular expression"),
        ("result = re.compile('a').match(given)", "a match of a regular expression"),
        ("result = memoryview(b'')", "a memoryview"),
        ("result = np", "a module"),
        ("result = TABLE.keys()", "a view of a dict, not a list of its keys"),
        ("result = {k: v for k, v in given}.items()", "a view of a dict, not a list of its items"),
        ("result = dict(given).values()", "a view of a dict, not a list of its values"),
        ("result = model.state_dict().keys()", "a view of a dict, not a list of its keys"),
        ("result = keys_of(given)", "a view of a dict, not a list of its keys"),
        ("result = Cached()", "an instance of `Cached`, whose `file` is an open file"),
        ("result = Session()", "an instance of `Session`, whose `lock` is a lock"),
        ("cached = Cached()\nresult = cached.file", "an open file"),
        ("first, result = 1, TABLE.keys()", "a view of a dict, not a list of its keys"),
    ],
)
def test_what_fails(body: str, what: str) -> None:
    found = obstacle_of(body)
    assert found is not None and found.what == what


@pytest.mark.parametrize(
    "body",
    [
        "result = keys_of",
        "result = print",
        "result = later",
        "result = Plain",
        "result = Plain(3)",
        "result = Closed()",
        "result = Plain(given).value",
        "result = Session().lock",
        "result = io.BytesIO(b'')",
        "result = tempfile.TemporaryDirectory()",
        "with tempfile.TemporaryDirectory() as folder:\n    result = folder",
        "with LOCK as locked:\n    result = locked",
        "with opened() as number:\n    result = number",
        "result = map(str, [1])",
        "result = zip([1], enumerate([2]))",
        "result = re.compile('a')",
        "result = re.search('a', given).group()",
        "result = list(TABLE.keys())",
        "result = [key for key in TABLE.keys()]",
        "result = ' '.join(word for word in given)",
        "result = collections.defaultdict(list)",
        "result = collections.namedtuple",
        "result = functools.partial(print, 3)",
        "result = types.SimpleNamespace(a=1)",
        "result = given",
        "result = given.keys()",
        "result = maybe(given)[0]",
        "result = open('x').read()",
        "result = np.zeros(3)",
        "result = gr.update(value=3)",
        "result = {'f': square}\nresult.pop('f')",
        "result = [square]\nresult[0] = 3",
        "result = TABLE.keys()\nif flag:\n    result = list(result)",
        "result = None",
    ],
)
def test_what_is_fine_or_not_known(body: str) -> None:
    assert obstacle_of(body) is None


def test_what_holds_on_one_way_only() -> None:
    found = obstacle_of("result = None\nif flag:\n    result = TABLE.keys()")
    assert found is not None and not found.is_certain
    found = obstacle_of("result = TABLE.keys() if flag else list(TABLE)")
    assert found is not None and not found.is_certain
    found = obstacle_of("result = TABLE.keys() if flag else TABLE.values()")
    assert found is not None and found.is_certain


def test_where_it_is_made() -> None:
    found = obstacle_of("file = open('x')\nresult = [file]")
    assert found is not None and found.made is not None
    assert found.part.value == "result" and type(found.made[1]).__name__ == "Call"


CALLER = (
    HEAD
    + """
@spaces.GPU(duration=9)
def run(*given):
    return 1

def handle(text):
{body}

gr.Interface(handle, "text", "text").launch()
"""
)


@pytest.mark.parametrize(
    ("body", "whats"),
    [
        ("    return run(LOCK, 3, f=square)", ["a lock", "a lambda"]),
        ("    threading.Thread(target=run, args=(text, LOCK)).start()", ["a lock"]),
        ("    with ThreadPoolExecutor() as pool:\n        pool.submit(run, text, LOCK)", ["a lock"]),
        ("    return run(*[LOCK])", []),
        ("    return run(text, square(3))", []),
    ],
)
def test_arguments_of_gpu_calls(body: str, whats: list[str]) -> None:
    space = Space({"app.py": CALLER.replace("{body}", body).encode()}, target="zerogpu")
    assert [stuck.obstacle.what for stuck in space.stuck_arguments()] == whats


def test_what_a_delegated_generator_gives() -> None:
    app = HEAD + "@spaces.GPU(duration=9)\ndef run(text):\n    yield from inner()\n\n"
    app += "def inner():\n    yield 'first'\n    yield TABLE.keys()\n\ngr.Interface(run, 'text', 'text').launch()\n"
    space = Space({"app.py": app.encode()}, target="zerogpu")
    assert [stuck.obstacle.is_view for stuck in space.stuck_results()] == [True]
