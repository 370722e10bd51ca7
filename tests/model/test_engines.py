"""Where the app starts an inference engine."""

from __future__ import annotations

import pytest

from zerolint.model.engines import early_unsloth, engine_starts
from zerolint.model.space import Space

HEAD = """\
import os
import gradio as gr
import spaces
import sglang
import vllm
from vllm import LLM, AsyncLLMEngine
import tensorrt_llm
from lmdeploy import pipeline

"""
TAIL = """
@spaces.GPU
def answer(question):
    return question

gr.Interface(answer, "text", "text").launch()
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("llm = LLM('m')", [("vLLM", False)]),
        ("llm = vllm.LLM('m')", [("vLLM", False)]),
        ("llm = AsyncLLMEngine.from_engine_args(args)", [("vLLM", False)]),
        ("llm = tensorrt_llm.LLM('m')", [("TensorRT-LLM", False)]),
        ("llm = sglang.Engine(model_path='m')", [("SGLang", False)]),
        ("pipe = pipeline('m')", [("LMDeploy", False)]),
        ("class Chat:\n    def __init__(self):\n        self.llm = LLM('m')\nchat = Chat()", [("vLLM", False)]),
        ("def later():\n    return LLM('m')", []),
        ("try:\n    llm = LLM('m')\nexcept RuntimeError:\n    llm = None", []),
        ("if False:\n    llm = LLM('m')", []),
        ("llm = LLM('m', device='cpu')", []),
        ("@spaces.GPU\ndef f(x):\n    return LLM('m')\ngr.Button().click(f)", [("vLLM", True)]),
        ("@spaces.GPU\ndef f(x):\n    return pipeline('m')\ngr.Button().click(f)", []),
        ("os.environ['VLLM_ENABLE_V1_MULTIPROCESSING'] = '0'\n@spaces.GPU\ndef f(x):\n    return LLM('m')", []),
    ],
)
def test_where_engines_are_started(code: str, expected: list[tuple[str, bool]]) -> None:
    space = Space({"app.py": (HEAD + code + TAIL).encode()}, target="zerogpu")
    assert [(start.engine, start.in_worker) for start in engine_starts(space)] == expected


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("import spaces\nimport unsloth", 1),
        ("import spaces, unsloth", 1),
        ("from spaces import GPU\nfrom unsloth import FastLanguageModel", 1),
        ("import unsloth\nimport spaces", 0),
        ("import spaces\ntry:\n    import unsloth\nexcept ImportError:\n    pass", 0),
        ("import spaces\nif __name__ == '__main__':\n    import unsloth", 0),
        ("import spaces\ndef f():\n    import unsloth", 0),
        ("import spaces\nfrom unsloth_zoo import utils", 0),
        ("import unsloth", 0),
    ],
)
def test_unsloth_after_spaces(code: str, count: int) -> None:
    space = Space({"app.py": f"{code}\n".encode()}, target="zerogpu")
    assert len(list(early_unsloth(space))) == count


def test_a_folder_of_that_name_is_not_the_package() -> None:
    contents = {"app.py": b"import spaces\nimport unsloth\n", "unsloth/__init__.py": b""}
    assert not list(early_unsloth(Space(contents, target="zerogpu")))
