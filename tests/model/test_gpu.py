"""Where `spaces.GPU` is applied anew for each request."""

from __future__ import annotations

import pytest

from zerolint.model.contexts import Context
from zerolint.model.space import Space

NESTED = """
import threading

import gradio as gr
import spaces


def answer(text):
    @spaces.GPU
    def inner():
        return text

    return inner()


{use}
"""


def nested(use: str) -> list[tuple[str, str, Context]]:
    space = Space({"app.py": NESTED.format(use=use).encode()}, target="zerogpu")
    return [(item.function.name, item.outer.name, item.context) for item in space.nested_gpu_functions()]


@pytest.mark.parametrize(
    ("use", "context"),
    [
        ("gr.Interface(answer, 'text', 'text').launch()", Context.HANDLER),
        ("gr.Interface(lambda text: answer(text), 'text', 'text').launch()", Context.HANDLER),
        ("def begin(text):\n    threading.Thread(target=answer, args=(text,)).start()\n\n\n"
         "gr.Interface(begin, 'text', None).launch()", Context.THREAD),
    ],
)  # fmt: skip
def test_a_function_made_for_a_visitor_is_nested(use: str, context: Context) -> None:
    assert nested(use) == [("inner", "answer", context)]


@pytest.mark.parametrize(
    "use",
    [
        "print(answer('once'))",
        "@spaces.GPU\ndef run(text):\n    return answer(text)\n\n\ngr.Interface(run, 'text', 'text').launch()",
        "threading.Thread(target=answer, args=('once',)).start()",
    ],
)
def test_one_made_at_start_up_or_in_a_worker_is_not(use: str) -> None:
    assert nested(use) == []


@pytest.mark.parametrize(
    "keep",
    [
        "made = {}\n\n\ndef get(text):\n    if text not in made:\n        made[text] = build(text)\n"
        "    return made[text]",
        "made = None\n\n\ndef get(text):\n    global made\n    made = made or build(text)\n    return made",
        "import functools\n\n\n@functools.cache\ndef get(text):\n    return build(text)",
        "class Kept:\n    run = None\n\n    def get(self, text):\n        if self.run is None:\n"
        "            self.run = build(text)\n        return self.run\n\n\nget = Kept().get",
    ],
)
def test_what_is_kept_is_made_once(keep: str) -> None:
    text = """
import gradio as gr
import spaces


def build(text):
    @spaces.GPU
    def inner():
        return text

    return inner


{keep}


gr.Interface(lambda text: {get}(text)(), "text", "text").launch()
"""
    kept = Space({"app.py": text.format(keep=keep, get="get").encode()}, target="zerogpu")
    assert not kept.nested_gpu_functions()
    anew = Space({"app.py": text.format(keep=keep, get="build").encode()}, target="zerogpu")
    assert [item.outer.name for item in anew.nested_gpu_functions()] == ["build"]


APPLIED = """
import functools
import os
import gradio as gr
import spaces

SIZE = "large"

{code}

gr.Interface(h, "text", "text").launch()
"""


def applied(code: str) -> list[tuple[bool | None, str, list[str], bool]]:
    """Whether it has a duration, its size, the functions, and whether it stands behind an `@`."""
    space = Space({"app.py": APPLIED.format(code=code).encode()}, target="zerogpu")
    return [
        (item.has_duration, item.size, [scope.name for scope in item.functions], item.is_decorator)
        for item in space.gpu_applications()
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@spaces.GPU\ndef h(x): return work(x)", (False, "", ["h"], True)),
        ("@spaces.GPU()\ndef h(x): return work(x)", (False, "", ["h"], True)),
        ("@spaces.GPU(duration=30)\ndef h(x): return work(x)", (True, "", ["h"], True)),
        ("@spaces.GPU(30)\ndef h(x): return work(x)", (True, "", ["h"], True)),
        ("@spaces.GPU(duration=None)\ndef h(x): return work(x)", (False, "", ["h"], True)),
        ("@spaces.GPU(size=SIZE)\ndef h(x): return work(x)", (False, "large", ["h"], True)),
        ("@spaces.GPU(**options)\ndef h(x): return work(x)", (None, "", ["h"], True)),
        ("def g(x): return work(x)\nh = spaces.GPU(g)", (False, "", ["g"], False)),
        ("def g(x): return work(x)\nh = spaces.GPU(g, duration=9)", (True, "", ["g"], False)),
        (
            "gpu = functools.partial(spaces.GPU, duration=9)\n@gpu\ndef h(x): return work(x)",
            (True, "", ["h"], False),
        ),
        ("@spaces.GPU\ndef h(x): pass", (False, "", [], True)),
        ("@spaces.GPU\ndef g(x): return work(x)\ndef h(x): return x", (False, "", [], True)),
    ],
)
def test_how_the_decorator_is_applied(code: str, expected: tuple[bool | None, str, list[str], bool]) -> None:
    assert applied(code) == [expected]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("try:\n    import spaces\nexcept ImportError:\n    class spaces: GPU = staticmethod(lambda f: f)", 1),
        ("try:\n    import spaces\nexcept Exception:\n    spaces = None", 1),
        ("if os.getenv('X'):\n    import spaces\nelse:\n    spaces = None", 1),
        ("try:\n    import spaces\nexcept ImportError:\n    raise", 0),
        ("try: import spaces\nexcept ImportError: raise", 0),
        ("try:\n    import spaces\nexcept ImportError:\n    if os.getenv('SPACES_ZERO_GPU'): raise", 0),
        ("try:\n    import spaces\nexcept ImportError:\n    if not os.getenv('SPACE_ID'): raise", 1),
        ("try:\n    import spaces\nexcept ImportError:\n    pass\nelse:\n    from spaces import GPU", 1),
        ("try:\n    import spaces\nexcept ValueError:\n    pass", 0),
        ("import spaces", 0),
    ],
)
def test_an_import_with_a_stand_in(code: str, expected: int) -> None:
    app = f"import os\nimport gradio as gr\n{code}\n\n@spaces.GPU\ndef h(x): return x\n"
    space = Space({"app.py": app.encode()}, target="zerogpu")
    assert len(space.guarded_spaces_imports()) == expected


ASYNC = """
import functools
import gradio as gr
import spaces

{code}

gr.Interface(h, "text", "text").launch()
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@spaces.GPU\nasync def h(x): return x", [("h", True)]),
        ("@spaces.GPU(duration=9)\nasync def h(x): yield x", [("h", True)]),
        ("async def f(x): return x\nh = spaces.GPU(f)", [("f", True)]),
        ("async def f(x): return x\nh = spaces.GPU(9)(f)", [("f", True)]),
        ("gpu = functools.partial(spaces.GPU, duration=9)\n@gpu\nasync def h(x): return x", [("h", True)]),
        ("@other\n@spaces.GPU\nasync def h(x): return x", [("h", True)]),
        ("def h(x):\n    @spaces.GPU\n    async def f(y): return y\n    return f(x)", [("f", False)]),
        ("def on():\n    @spaces.GPU\n    async def f(y): return y\n    return f\nh = on()", [("f", True)]),
        ("@spaces.GPU\ndef h(x): return x", []),
        ("@spaces.GPU\n@other\nasync def h(x): return x", []),
        (
            "def on(f):\n    @spaces.GPU\n    def g(x): return run(f(x))\n    return g\n@on\nasync def h(x): return x",
            [],
        ),
        ("async def f(x): return x\ntry:\n    h = spaces.GPU(f)\nexcept NotImplementedError:\n    h = f", []),
        ("async def h(x): return x\n@spaces.GPU\ndef g(x): return x", []),
        ("try:\n    @spaces.GPU\n    async def h(x): return x\nexcept Exception:\n    h = None", []),
    ],
)
def test_async_functions_that_spaces_gets_itself(code: str, expected: list[tuple[str, bool]]) -> None:
    space = Space({"app.py": ASYNC.format(code=code).encode()}, target="zerogpu")
    assert [(found.function.name, found.at_start) for found in space.async_gpu_functions()] == expected


def test_an_async_function_under_an_unknown_spaces_is_left_alone() -> None:
    text = ASYNC.format(code="@spaces.GPU\nasync def h(x): return x")
    space = Space({"app.py": text.replace("import spaces", "from tools.compat import spaces").encode()})
    assert space.gpu_options()
    assert not space.async_gpu_functions()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@spaces.GPU(9)\n@spaces.GPU(30)\ndef h(x): return x", [("h", ("duration",))]),
        ("@spaces.GPU(duration=9, size='xlarge')\n@spaces.GPU(9)\ndef h(x): return x", [("h", ("size",))]),
        ("@spaces.GPU\n@spaces.GPU(30)\ndef h(x): return x", [("h", ())]),
        ("@spaces.GPU(duration=30)\n@spaces.GPU(30)\ndef h(x): return x", [("h", ())]),
        ("@spaces.GPU(30)\ndef f(x): return x\nh = spaces.GPU(f, duration=9)", [("f", ("duration",))]),
        ("@spaces.GPU(**options)\n@spaces.GPU(30)\ndef h(x): return x", []),
        ("@spaces.GPU(9)\n@spaces.GPU(**options)\ndef h(x): return x", []),
        ("@spaces.GPU(9)\n@other\n@spaces.GPU(30)\ndef h(x): return x", []),
        ("@other\n@spaces.GPU(30)\ndef f(x): return x\nh = spaces.GPU(f, duration=9)", []),
        ("@spaces.GPU(30)\ndef h(x): return x\n@spaces.GPU(9)\ndef g(x): return h(x)", []),
        ("def on(f):\n    @spaces.GPU(9)\n    def g(*a): return f(*a)\n    return g\n"
         "@on\n@spaces.GPU(30)\ndef h(x): return x", []),
    ],
)  # fmt: skip
def test_a_second_decoration_changes_nothing(code: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    space = Space({"app.py": ASYNC.format(code=code).encode()}, target="zerogpu")
    assert [(found.function.name, found.lost) for found in space.second_decorations()] == expected
