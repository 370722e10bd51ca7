"""Which writes of code for visitors reach what outlives the request, and where they happen."""

from __future__ import annotations

import re

import pytest

from zerolint.model.contexts import Context
from zerolint.model.once import Guards
from zerolint.model.places import Places
from zerolint.model.space import Space
from zerolint.model.state import StateKind
from zerolint.model.values import point_of

HEAD = """\
import asyncio, collections, json, os, queue, sys, threading, uuid
import gradio as gr
import spaces
import torch
from diffusers import DiffusionPipeline
"""
MARK = re.compile(r"#\s*!(\w+)\s*$")


def labels(space: Space) -> dict[tuple[str, int], str]:
    """Where each write stands and where it happens: `handler`, `gpu`, `both` or `copy`."""
    found = {}
    for write in space.state_writes():
        at = space.span(write.function.module, write.targets[0])
        if write.copied:
            label = "copy"
        elif len(write.contexts) == 2:
            label = "both"
        else:
            label = "gpu" if Context.GPU in write.contexts else "handler"
        found[at.path, at.start_line] = label
    return found


def check(app: str, **modules: str) -> None:
    """Compare with the marks `#!handler`, `#!gpu`, `#!both` and `#!copy` in the code; no mark, no write."""
    texts = {"app.py": HEAD + app, **{f"{name}.py": text for name, text in modules.items()}}
    expected = {
        (path, number): match.group(1)
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := MARK.search(line)) is not None
    }
    space = Space({path: text.encode() for path, text in texts.items()}, target="zerogpu")
    assert labels(space) == expected


def handler(body: str, setup: str = "") -> str:
    """An app with a handler of this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{setup}\n\ndef run(given, request: gr.Request):\n{lines}\n\ngr.Interface(run, 'text', 'text').launch()\n"


def gpu(body: str, setup: str = "") -> str:
    """An app with a GPU function of this body."""
    return handler(body, setup).replace("def run", "@spaces.GPU(duration=9)\ndef run")


@pytest.mark.parametrize(
    ("setup", "body"),
    [
        ("x = 1", "global x\nx = given  #!handler"),
        ("x = 1", "global x\nx += 1  #!handler"),
        ("x = 1", "global x\nif (x := given):  #!handler\n    pass"),
        ("x = 1", "global x\nfor x in given:  #!handler\n    pass"),
        ("x = 1", "global x\nwith open(given) as x:  #!handler\n    pass"),
        ("x = 1", "global x\nx, y = given, 2  #!handler"),
        ("x = []", "x.append(given)  #!handler"),
        ("x = list()", "x.append(given)  #!handler"),
        ("x = [n for n in range(3)]", "x.append(given)  #!handler"),
        ("x = collections.deque(maxlen=9)", "x.appendleft(given)  #!handler"),
        ("x = collections.Counter()", "x[given] += 1  #!handler"),
        ("x = collections.defaultdict(list)", "x[given].append(1)  #!handler"),
        ("x = json.load(open('x.json'))", "x['last'] = given  #!handler"),
        ("x = {'a': []}", "x['a'].append(given)  #!handler"),
        ("x = {}", "x[given]['count'] = 1  #!handler"),
        ("x = {}", "x.setdefault(given, []).append(1)  #!handler"),
        ("x = {}", "y = x\ny[given] = 1  #!handler"),
        ("x = {}", "del x[given]  #!handler"),
        ("x = None", "global x\nx = {}  #!handler\nx[given] = 1  #!handler"),
        ("x = {}", "[x.update({k: 1}) for k in given]  #!handler"),
        ("x = {}", "def inner():\n    x[given] = 1  #!handler\ninner()"),
        ("x = {}", "threading.Thread(target=lambda: x.update(a=given)).start()  #!handler"),
        ("x = {}", "if given not in x:\n    x[given] = 1  #!handler"),
    ],
)
def test_names_and_containers(setup: str, body: str) -> None:
    check(handler(body, setup))
    check(gpu(body, setup).replace("#!handler", "#!gpu"))


@pytest.mark.parametrize(
    ("setup", "body"),
    [
        ("x = 1", "x = given"),
        ("x = 1", "global x\nprint(x)"),
        ("x = []", "x = []\nx.append(given)"),
        ("x = []", "y = list(x)\ny.append(given)"),
        ("x = {}", "y = x.copy()\ny[given] = 1"),
        ("x = {}", "y = {**x}\ny[given] = 1"),
        ("x = {}", "y = x.get(given)\ny['a'] = 1"),
        ("x = {}", "x = given\nx['a'] = 1"),
        ("x = torch.zeros(3)", "x[0] = 1"),
        ("x = queue.Queue()", "x.put(given)"),
        ("x = gr.State([])", "x.append(given)"),
        ("x = DiffusionPipeline.from_pretrained('a')", "x.scheduler = given"),
        ("x = DiffusionPipeline.from_pretrained('a')", "global x\nx = x.to('cuda')"),
        ("x = DiffusionPipeline.from_pretrained('a')", "x.update(given)"),
        ("x = threading.local()", "x.name = given"),
        ("x = {}\nDEBUG = False", "if DEBUG:\n    x[given] = 1"),
        ("", "given.append(1)\ngiven['a'] = 1\ngiven.name = 2"),
        ("", "os.environ['A'] = 'b'"),
        ("", "environment = dict(os.environ)\nenvironment['A'] = given"),
        ("x = {}", "x[len(given)]"),
    ],
)
def test_what_is_no_write_to_it(setup: str, body: str) -> None:
    check(handler(body, setup))
    check(gpu(body, setup))


@pytest.mark.parametrize(
    ("setup", "body"),
    [
        ("x = None", "global x\nif x is None:\n    x = given"),
        ("x = None", "global x\nif not x:\n    x = given"),
        ("x = None", "global x\nif x is not None:\n    return x\nx = given"),
        ("x = y = None", "global x, y\nif x is None and given:\n    x = y = given"),
        ("x = y = None", "global x, y\nif x is None or y is None:\n    x = y = given"),
        ("x = y = None", "global x, y\nif x is not None and y is not None:\n    return x\nx = y = given"),
        ("", "global x\nif 'x' not in globals():\n    x = given"),
        ("", "global x\ntry:\n    x\nexcept NameError:\n    x = given"),
        ("x = {'a': None}", "if x['a'] is None:\n    x['a'] = given"),
        ("x = []", "if len(x) == 0:\n    x.extend(given)"),
        ("x = None", "def make():\n    global x\n    x = given\nif x is None:\n    make()"),
        ("x = {}", "if 256 not in x:\n    x[256] = given"),
        ("x = {}", "y = x.get('a')\nif y is None:\n    y = x['a'] = given"),
        ("x = {}", "try:\n    return x['a']\nexcept KeyError:\n    x['a'] = given"),
    ],
)
def test_what_is_made_once(setup: str, body: str) -> None:
    check(handler(body, setup))
    check(gpu(body, setup))


def test_a_test_that_asks_for_more_than_whether_it_is_there() -> None:
    body = "global x, of\nif x is None or of != given:\n    x = [given]  #!handler\n    of = given  #!handler"
    check(handler(body, "x = of = None"))
    check(gpu(body.replace("#!handler", ""), "x = of = None"))
    check(gpu("global x\nif x is None or given:\n    x = given  #!gpu", "x = None"))
    check(gpu("global x\nif given is None:\n    x = 1  #!gpu", "x = None"))
    check(handler("global on\nif not on:\n    on = True  #!handler\n    on = False  #!handler", "on = False"))


@pytest.mark.parametrize(
    ("setup", "body"),
    [
        ("x = {}\nlock = threading.Lock()", "with lock:\n    x[given] = 1  #!gpu"),
        ("x = {}\nlock = threading.RLock()", "def inner():\n    x[given] = 1  #!gpu\nwith lock:\n    inner()"),
        ("x = {}\nfrom shared import x_lock", "with x_lock:\n    x[given] = 1  #!gpu"),
        ("x = {}", "x[request.session_hash] = given  #!gpu"),
        ("x = collections.defaultdict(list)", "session_id = given\nx[session_id].append(given)  #!gpu"),
        ("x = {}", "x.pop(f'{request.client.host}', None)  #!gpu"),
        ("", "old = sys.stdout\nsys.stdout = given\nsys.stdout = old"),
    ],
)
def test_what_only_a_handler_may_write(setup: str, body: str) -> None:
    check(handler(body.replace("#!gpu", "").replace("= given\nsys.stdout = old", "= old"), setup))
    check(gpu(body, setup))


@pytest.mark.parametrize(
    "body",
    [
        "os.environ['A'] = given  #!handler",
        "os.environ['A'] = 'a'  #!handler\nos.environ['A'] = 'b'  #!handler",
        "os.environ.update(A=given)  #!handler",
        "os.environ.pop('A', None)  #!handler",
        "os.putenv('A', given)  #!handler",
        "from os import environ\nenviron[given] = '1'  #!handler",
        "sys.stdout = given  #!handler",
        "sys.stderr = open(given)  #!handler",
    ],
)
def test_the_process(body: str) -> None:
    check(handler(body))


def test_modules_by_name_and_by_import() -> None:
    body = "state.x = given  #!handler\nx.append(1)  #!handler\nstate.inner.y[given] = 1  #!handler"
    setup = "import state\nfrom state import x"
    check(handler(body, setup), state="import inner\nfrom inner import y as x\n", inner="y = []\n")
    body = "y.append(given)  #!handler\nwrite(given)"
    inner = "x = []\n\ndef write(value):\n    x.append(value)  #!handler\n"
    setup = "import state\nfrom state import x as y, write"
    check(handler(body, setup), state="from inner import x, write\n", inner=inner)


OBJECT = """
class Counter:
    shared = []

    def __init__(self):
        self.count = 0
        self.names = []

    def add(self, name):
        self.count += 1  #!handler
        self.names.append(name)  #!handler
        self.later(name)

    def later(self, name):
        self.shared.append(name)  #!handler

    @classmethod
    def all(cls, name):
        cls.shared.append(name)

    def __call__(self, name):
        self.count = name
"""


@pytest.mark.parametrize(
    "rest",
    [
        handler("counter.add(given)", "counter = Counter()"),
        handler("get().add(given)", "counter = Counter()\n\ndef get():\n    return counter"),
        handler("note(counter, given)", "counter = Counter()\n\ndef note(to, name):\n    to.add(name)"),
        handler("holder.counter.add(given)", "class Holder:\n    counter = Counter()\n\nholder = Holder()"),
        "counter = Counter()\ngr.Interface(counter.add, 'text', 'text').launch()\n",
        "gr.Interface(Counter().add, 'text', 'text').launch()\n",
        "counter = Counter()\ngr.Interface(lambda name: counter.add(name), 'text', 'text').launch()\n",
        "def build():\n    counter = Counter()\n    gr.Interface(lambda name: counter.add(name), 'text').launch()\n"
        "\nbuild()\n",
    ],
)
def test_objects_of_the_app(rest: str) -> None:
    check(OBJECT + rest)


@pytest.mark.parametrize(
    "rest",
    [
        handler("counter = Counter()\ncounter.add(given)", "other = Counter()"),
        handler("Counter().add(given)"),
        handler("make().add(given)", "def make():\n    return Counter()"),
        handler("note(Counter(), given)", "other = Counter()\n\ndef note(to, name):\n    to.add(name)"),
        handler("given.add(1)", "counter = Counter()"),
        "counter = Counter()\ncounter.add('once')\ngr.Interface(lambda name: name, 'text', 'text').launch()\n",
    ],
)
def test_objects_of_one_request(rest: str) -> None:
    """Of such an object only what all objects of the class share is left."""
    app = OBJECT + rest
    space = Space({"app.py": (HEAD + app.replace("#!handler", "")).encode()}, target="zerogpu")
    assert labels(space) == {}


def test_what_all_objects_of_a_class_share() -> None:
    setup = "class Counter:\n    shared = []\n    last = None"
    check(handler("Counter.last = given  #!handler\nCounter.shared.append(given)  #!handler", setup))
    setup += "\n\n    @classmethod\n    def add(cls, name):\n        cls.shared.append(name)  #!handler"
    check(handler("Counter.add(given)", setup))


def test_library_classes_write_to_themselves() -> None:
    setup = "class Net({base}):\n    def forward(self, value):\n        self.seen += value{mark}\n\nnet = Net()"
    for base in ("torch.nn.Module", "DiffusionPipeline", "threading.local", "unknown"):
        check(handler("net(given)\nnet.other = given", setup.format(base=base, mark="")))
    for base in ("object", "dict"):
        check(handler("net(given)\nnet.other = given  #!handler", setup.format(base=base, mark="  #!handler")))


WORKING = """
class Engine:
    def __init__(self):
        self.image = None
        self.history = []

    def set_image(self, image):
        self.image = image{mark}
        self.history.append(image)

    def describe(self):
        return self.image

engine = Engine()


@spaces.GPU
def run(image):
    engine.set_image(image)
    return engine.describe()

"""


def test_what_an_object_keeps_on_the_gpu_counts_when_others_read_it() -> None:
    launch = "gr.Interface(run, 'image', 'text').launch()\n"
    check(WORKING.format(mark="") + launch)
    read = "gr.Interface(lambda: engine.describe(), None, 'text').launch()\n"
    check(WORKING.format(mark="  #!gpu") + launch + read)
    again = "@spaces.GPU\ndef again():\n    return engine.image\n\ngr.Interface(again, None, 'text').launch()\n"
    check(WORKING.format(mark="  #!gpu") + launch + again)
    other = (
        "class Other:\n    image = None\n\nother = Other()\ngr.Interface(lambda: other.image, None, 'text').launch()\n"
    )
    check(WORKING.format(mark="") + launch + other)


def test_what_a_method_sets_anew_counts_when_others_read_it() -> None:
    app = WORKING.replace("@spaces.GPU\n", "").replace(
        "self.history.append(image)", "self.history[:] = image  #!handler"
    )
    launch = "gr.Interface(run, 'image', 'text').launch()\n"
    check(app.format(mark="") + launch)
    check(app.format(mark="  #!handler") + launch + "gr.Interface(lambda: engine.describe(), None, 'text').launch()\n")
    check(app.format(mark="") + launch + "gr.Interface(lambda: run(None), None, 'text').launch()\n")
    kept = app.replace("self.image = image{mark}", "if self.of != image:\n            self.image = image  #!handler")
    check(kept + launch)


def test_arguments_of_a_gpu_function_are_copies() -> None:
    app = """
names = []

@spaces.GPU
def add(to, name):
    to.append(name)  #!copy
    return to

def run(name):
    return add(names, name)

gr.Interface(run, 'text', 'text').launch()
"""
    check(app)


def test_one_function_on_both_sides() -> None:
    app = """
names = []

def note(name):
    names.append(name)  #!both

@spaces.GPU
def draw(name):
    note(name)

def run(name):
    note(name)
    draw(name)

gr.Interface(run, 'text', 'text').launch()
"""
    check(app)


def test_variables_of_the_function_that_builds_the_app() -> None:
    app = """
def build():
    names = []
    count = 0
    names.append('first')

    def run(name):
        nonlocal count
        count += 1  #!handler
        names.append(name)  #!handler
        seen = []

        def inner():
            nonlocal count
            count += 1  #!handler
            seen.append(count)

        inner()

    gr.Interface(run, 'text', 'text').launch()

build()
"""
    check(app)


def test_attributes_that_a_method_sets_next_to_each_other() -> None:
    app = """
class Page:
    def turn(self, name):
        self.name = name  #!handler
        self.length = len(name)

        self.words = name.split()
        if name:
            self.last = name  #!handler
        name.last = name

page = Page()
gr.Interface(page.turn, 'text', 'text').launch()
gr.Interface(lambda: (page.name, page.length, page.words, page.last), None, 'json').launch()
"""
    check(app)
    space = Space({"app.py": (HEAD + app).encode()}, target="zerogpu")
    assert [len(write.targets) for write in space.state_writes()] == [3, 1]


def test_the_target_the_kind_and_where_it_is_made() -> None:
    app = HEAD + handler("x[given] = 1\nglobal a, b\na, b = given\nos.environ['A'] = given", "x = {}\na = 1\nb = 2")
    space = Space({"app.py": app.encode()}, target="zerogpu")
    content, names, environment = space.state_writes()
    assert [write.kind for write in (content, names, environment)] == [
        StateKind.CONTENT,
        StateKind.NAME,
        StateKind.ENVIRONMENT,
    ]
    module = content.function.module
    assert [space.code(module, target) for target in names.targets] == ["a", "b"]
    assert environment.definition is None
    assert content.definition is not None and names.definition is not None
    assert space.span(*content.definition).start_line == HEAD.count("\n") + 1
    assert space.span(*names.definition).start_line == HEAD.count("\n") + 2
    assert content.steps[Context.HANDLER][content.function].registration is not None


def test_a_place_and_the_contexts_that_it_is_passed_in() -> None:
    app = HEAD + "names = []\n\ndef note(to):\n    to.append(1)\n" + handler("note(names)")
    space = Space({"app.py": app.encode()}, target="zerogpu")
    places = Places(space, Guards(space.program))
    (call,) = space.program.calls_named("append")
    (place,) = places.of(call.node.func.value, point_of(call))  # type: ignore[attr-defined]
    assert (place.name, place.owner.kind, place.contexts, place.copied) == (
        "names",
        "module",
        frozenset({Context.HANDLER}),
        False,
    )


def test_functions_that_call_each_other_come_to_an_end() -> None:
    app = """
names = {}

def even(to, n):
    to[n] = 1  #!handler
    return n == 0 or odd(to, n - 1)

def odd(to, n):
    to[n] = 1  #!handler
    return n == 1 or even(to, n - 1)

def run(n):
    return even(names, n)

gr.Interface(run, 'text', 'text').launch()
"""
    check(app)


def test_no_app_no_writes() -> None:
    check("x = []\n\ndef run(name):\n    x.append(name)\n\nx.append(1)\n")
    assert Space({"README.md": b"# a"}, target="zerogpu").state_writes() == ()


@pytest.mark.parametrize(
    "body",
    [
        "x = AutoModel.from_pretrained(given)",
        "x = AutoModel.from_pretrained(given).to('cuda').eval()",
        "x = transformers.pipeline('a', given)",
        "x = load_model(given)",
        "x = make(given)",
    ],
)
def test_a_model_that_a_worker_loads_for_itself(body: str) -> None:
    setup = (
        "import transformers\nfrom transformers import AutoModel\nfrom models import load_model\n\n"
        "def make(name):\n    return AutoModel.from_pretrained(name)\n\nx = None"
    )
    check(gpu(f"global x\n{body}", setup))
    check(handler(f"global x\n{body}  #!handler", setup))


def test_a_container_of_a_library_object() -> None:
    setup = "class Net({base}):\n    def __init__(self):\n        self.cache = {{}}\n\nnet = Net()"
    check(handler("net.cache[given] = 1", setup.format(base="torch.nn.Module")))
    check(handler("net.cache[given] = 1  #!handler", setup.format(base="object")))


def test_an_entry_that_is_made_where_there_is_none() -> None:
    app = HEAD + handler("x[given] = 1\nif given not in x:\n    x[given] = 2\nelse:\n    x[given] = 3", "x = {}")
    space = Space({"app.py": app.encode()}, target="zerogpu")
    assert [write.is_memo for write in space.state_writes()] == [False, True, False]


@pytest.mark.parametrize(
    "body",
    [
        "for key, value in json.load(open('env.json')).items():\n    if key not in os.environ:\n"
        "        os.environ[key] = value",
        "for key, value in json.load(open('env.json')).items():\n    os.environ[key] = value  #!handler",
        "key, value = given.split('=')\nif key not in os.environ:\n    os.environ[key] = value  #!handler",
    ],
)
def test_a_variable_that_is_not_set_gets_what_is_the_same_for_all(body: str) -> None:
    check(handler(body))


@pytest.mark.parametrize(
    "body",
    [
        "old = tools.show\ntools.show = given\nprint()\ntools.show = old",
        "old = tools.other\ntools.show = given  #!gpu\nprint(old)",
        "old = tools.show\ntools.show = given  #!gpu\nprint(old)",
    ],
)
def test_a_worker_may_replace_what_it_puts_back(body: str) -> None:
    check(gpu(body, "import tools"), tools="show = other = None\n")


def test_what_a_handler_replaces_is_there_for_others_until_it_is_put_back() -> None:
    body = "old = tools.show\ntools.show = given  #!handler\nprint()\ntools.show = old  #!handler"
    check(handler(body, "import tools"), tools="show = None\n")
