"""Which loads with a device map happen in threads, told from the requirements and the call."""

from __future__ import annotations

import pytest

from zerolint.model.device_maps import MappedLoad
from zerolint.model.space import Space

HEAD = """
import gradio as gr
import spaces
import torch
from diffusers import DiffusionPipeline
from transformers import AutoModel, AutoTokenizer, pipeline


@spaces.GPU(duration=9)
def run(text):
    return text


"""
CALL = "model = AutoModel.from_pretrained('bert-base-uncased', device_map='cuda')"


def loads(code: str, requirements: str = "transformers==5.23.0\n") -> tuple[MappedLoad, ...]:
    text = f"{HEAD}{code}\ngr.Interface(run, 'text', 'text').launch()\n"
    return Space({"app.py": text.encode(), "requirements.txt": requirements.encode()}, target="zerogpu").mapped_loads()


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("transformers==5.0.0", True),
        ("transformers>=5", True),
        ("transformers>4.57.6,!=5.1.0", True),
        ("transformers", False),
        ("transformers>=4.40", False),
        ("transformers<6", False),
        ("transformers<=5.0.0", False),
        ("transformers<5", None),
        ("transformers~=4.57", None),
        ("transformers==4.57.3", None),
        ("transformers\n-c pins.txt", False),
        ("git+https://github.com/huggingface/transformers.git", False),
        ("git+https://github.com/huggingface/transformers@main", False),
        ("git+https://github.com/huggingface/transformers.git@v5.2.0", True),
        ("transformers @ git+https://github.com/huggingface/transformers@v4.57.1", None),
        ("git+https://github.com/huggingface/transformers@1931a351408dbd1d0e2c4d6d7ee0eb5e8807d7bf", None),
        ("git+https://github.com/somebody/transformers.git", None),
        ("transformers\nhuggingface_hub==0.36.0", None),
        ("transformers\nhuggingface_hub<1", None),
        ("transformers\nhuggingface_hub<2", False),
        ("transformers\nhuggingface_hub==1.5.0", False),
        ("torch", None),
        ("transformers-stream-generator==0.0.4", None),
        ("transformers==5.0.0; sys_platform == 'win32'", None),
    ],
)
def test_the_version_is_told_by_the_requirements(requirements: str, expected: bool | None) -> None:
    found = loads(CALL, requirements)
    assert (found[0].is_certain if found else None) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (CALL, 1),
        ("model = AutoModel.from_pretrained('a/b', device_map='auto')", 1),
        ("model = AutoModel.from_pretrained('a/b', device_map={'': 0})", 1),
        ("model = AutoModel.from_pretrained('a/b', device_map={'encoder': 'cuda', 'head': 'cpu'})", 1),
        ("model = AutoModel.from_pretrained('a/b', device_map={'encoder': 'cuda', 'head': 'disk'})", 0),
        ("model = AutoModel.from_pretrained('a/b', device_map={'': 'cpu'})", 0),
        ("model = AutoModel.from_pretrained('a/b', device_map=0)", 1),
        ("model = AutoModel.from_pretrained('a/b', device_map=torch.device('cuda'))", 1),
        ("model = AutoModel.from_pretrained('a/b', device_map='auto' if torch.cuda.is_available() else None)", 1),
        ("model = AutoModel.from_pretrained('a/b', device_map=None)", 0),
        ("model = AutoModel.from_pretrained('a/b', device_map='cpu')", 0),
        ("model = AutoModel.from_pretrained('a/b-AWQ', device_map='auto')", 0),
        ("model = AutoModel.from_pretrained('a/b', device_map='auto', load_in_4bit=True)", 0),
        ("model = AutoModel.from_pretrained('a/b', device_map='auto', quantization_config=None)", 1),
        ("options = {}\nmodel = AutoModel.from_pretrained('a/b', device_map='auto', **options)", 0),
        ("pipe = pipeline('fill-mask', device_map='auto')", 1),
        ("pipe = pipeline('fill-mask', device_map='auto', model_kwargs={'load_in_8bit': True})", 0),
        ("pipe = DiffusionPipeline.from_pretrained('a/b', device_map='cuda')", 0),
        (f"if False:\n    {CALL}", 0),
        (f"def load():\n    {CALL}\n    return model\nmodel = load()", 1),
        (f"def load():\n    {CALL}\n    return model", 0),
        (f"class Engine:\n    def __init__(self):\n        {CALL}\n        self.model = model\nengine = Engine()", 1),
        (f"@spaces.GPU\ndef load():\n    {CALL}\n    return model\nload()", 0),
        (f"import os\nos.environ['HF_DEACTIVATE_ASYNC_LOAD'] = '1'\n{CALL}", 0),
    ],
)
def test_the_call_has_to_place_a_model_at_start_up(code: str, expected: int) -> None:
    assert len(loads(code)) == expected


def test_a_map_that_may_leave_a_part_on_the_cpu_is_told_from_one_that_does_not() -> None:
    assert [load.divides for load in loads(f"{CALL}\n{CALL.replace('cuda', 'auto')}")] == [False, True]
