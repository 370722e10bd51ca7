"""What start-up code computes that only a GPU worker can."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """
import subprocess
import gradio as gr
import spaces
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModelForCausalLM, pipeline

model = AutoModelForCausalLM.from_pretrained("gpt2").to("cuda")
on_cpu = AutoModelForCausalLM.from_pretrained("gpt2")
writer = pipeline("text-generation", device=0)


@spaces.GPU(duration=9)
def run(text):
    return str(model.generate(text))


@spaces.GPU(duration=900)
def prepare():
    helper()


def helper():
    subprocess.run(["pip", "install", "."])


def plain(text):
    return text


fast = spaces.GPU(plain)
"""


def found(code: str) -> list[tuple[str, bool]]:
    """What is run at start-up, and whether the result is used."""
    text = f"{HEAD}\n{code}\ngr.Interface(run, 'text', 'text').launch()\n"
    space = Space({"app.py": text.encode()}, target="zerogpu")
    module = space.modules[0]
    return [(space.code(module, work.call.node.func), work.is_used) for work in space.startup_work()]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("model(torch.zeros(1))", ["model"]),
        ("with torch.no_grad():\n    model(torch.zeros(1))", ["model"]),
        ("model.generate('a')", ["model.generate"]),
        ("model.forward('a')", ["model.forward"]),
        ("writer('a')", ["writer"]),
        ("on_cpu('a')", []),
        ("model.eval()", []),
        ("model.resize_token_embeddings(9)", []),
        ("def warm():\n    writer('a')\nwarm()", ["writer"]),
        ("def warm():\n    writer('a')", []),
        ("def warm():\n    writer('a')\nif False:\n    warm()", []),
        ("def main():\n    writer('a')\nif __name__ == '__main__':\n    main()", []),
        ("if __name__ == '__main__':\n    writer('a')", []),
        ("class App:\n    def __init__(self):\n        writer('a')\napp = App()", ["writer"]),
        ("run('a')", ["run"]),
        ("fast('a')", ["fast"]),
        ("plain('a')", []),
        ("prepare()", []),
        ("helper()", []),
        ("with spaces.aoti_capture(model) as call:\n    model('a')", []),
        ("gr.Examples(['a'], None, None, run, cache_examples=True)", []),
        ("def handler(text):\n    return run(text)\nrun2 = handler", []),
    ],
)
def test_what_runs_while_the_app_starts(code: str, expected: list[str]) -> None:
    assert [what for what, _ in found(code)] == expected


def test_a_result_that_is_thrown_away_is_told_from_one_that_is_used() -> None:
    assert found("run('a')\nanswer = run('b')\nprint(run('c'))") == [("run", False), ("run", True), ("run", True)]
