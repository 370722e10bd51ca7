"""Which caches live in a GPU worker and are lost with it."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = "import functools, cachetools\nimport gradio as gr\nimport spaces\n\n"
TAIL = "\ngr.Interface(run, 'text', 'text').launch()\n"


def caches(app: str) -> list[tuple[str, str, bool]]:
    space = Space({"app.py": (HEAD + app + TAIL).encode()}, target="zerogpu")
    return [(cache.what, cache.function.name, cache.is_below) for cache in space.worker_caches()]


@pytest.mark.parametrize(
    ("decorator", "what"),
    [
        ("functools.lru_cache", "lru_cache"),
        ("functools.lru_cache(maxsize=9)", "lru_cache"),
        ("functools.cache", "cache"),
        ("cachetools.cached(cache={})", "cached"),
        ("gr.cache", "cache"),
    ],
)
def test_the_order_of_the_decorators_decides(decorator: str, what: str) -> None:
    body = "def run(text):\n    return text\n"
    assert caches(f"@spaces.GPU(duration=9)\n@{decorator}\n{body}") == [(what, "run", True)]
    assert caches(f"@{decorator}\n@spaces.GPU(duration=9)\n{body}") == []


def test_a_function_that_is_wrapped_later() -> None:
    assert caches("@functools.cache\ndef inner(text):\n    return text\nrun = spaces.GPU(inner)\n") == [
        ("cache", "inner", True)
    ]


HELPER = "@functools.cache\ndef helper({0}):\n    return 1\n@spaces.GPU(duration=9)\ndef run(text):\n    {1}\n"


@pytest.mark.parametrize(
    ("parameters", "call", "rest", "found"),
    [
        ("text", "return helper(text)", "", True),
        ("", "return helper()", "", False),
        ("text", "return text", "", False),
        ("text", "return helper(text)", "helper(1)\n", False),
        ("text", "return helper(text)", "gr.Button().click(helper)\n", False),
    ],
)
def test_a_helper_that_nothing_else_calls(parameters: str, call: str, rest: str, found: bool) -> None:
    app = HELPER.format(parameters, call) + rest
    assert caches(app) == ([("cache", "helper", False)] if found else [])


@pytest.mark.parametrize("name", ["load_it", "make_pipeline", "client_of"])
def test_what_makes_a_thing_to_keep(name: str) -> None:
    assert caches(HELPER.format("text", "return helper(text)").replace("helper", name)) == []
