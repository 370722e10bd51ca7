"""Where code asks for kernels that are made for another card."""

from __future__ import annotations

import pytest

from zerolint.facts import using
from zerolint.finding import Fact
from zerolint.model.kernels import foreign_kernels, lacks_card
from zerolint.model.space import Space

HEAD = """\
import os
import subprocess
import gradio as gr
import spaces
import torch
import flash_attn_interface
from diffusers import DiffusionPipeline, attention_backend
from kernels import get_kernel
from transformers import AutoModel, pipeline

pipe = DiffusionPipeline.from_pretrained("org/pictures").to("cuda")
value = torch.zeros(2)
"""
TAIL = """
@spaces.GPU(duration=30)
def draw(prompt):
    return used(prompt)

gr.Interface(draw, "text", "image").launch()
"""


def found(code: str, **others: str) -> list[tuple[str, str, bool]]:
    text = HEAD + code + ("" if " used" in code else "\nused = str\n") + TAIL
    contents = {"app.py": text.encode(), **{f"{name}.py": other.encode() for name, other in others.items()}}
    space = Space(contents, target="zerogpu")
    return [(kernel.use.value, kernel.name, kernel.is_written) for kernel in foreign_kernels(space)]


FA3 = "kernels-community/flash-attn3"


@pytest.mark.parametrize(
    ("code", "kernels"),
    [
        (f'AutoModel.from_pretrained("a", attn_implementation="{FA3}")', [("attention", FA3, True)]),
        (f'AutoModel.from_pretrained("a", attn_implementation="{FA3}@v1")', [("attention", f"{FA3}@v1", True)]),
        (f'NAME = "{FA3}"\nAutoModel.from_pretrained("a", attn_implementation=NAME)', [("attention", FA3, False)]),
        (
            'pipeline("text-generation", attn_implementation="flash_attention_3")',
            [("attention", "flash_attention_3", True)],
        ),
        (
            f'pipeline("text-generation", model_kwargs={{"attn_implementation": "{FA3}"}})',
            [("attention", FA3, True)],
        ),
        (
            f'options = dict(dtype="auto", attn_implementation="{FA3}")\nAutoModel.from_pretrained("a", **options)',
            [("attention", FA3, False)],
        ),
        (f'options = {{"attn_implementation": "{FA3}"}}\nAutoModel.from_pretrained("a")', []),
        ('AutoModel.from_pretrained("a", attn_implementation="flash_attention_2")', []),
        ('AutoModel.from_pretrained("a", attn_implementation="kernels-community/flash-attn2")', []),
        (f'print(dict(attn_implementation="{FA3}"))', []),
        (f'AutoModel.from_pretrained("{FA3}")', []),
        ('pipe.transformer.set_attention_backend("_flash_3_hub")', [("backend", "_flash_3_hub", True)]),
        ('pipe.transformer.set_attention_backend(backend="_flash_3")', [("backend", "_flash_3", True)]),
        ('pipe.transformer.set_attention_backend("flash_hub")', []),
        # Which of the two stays is not worked out.
        (
            'pipe.transformer.set_attention_backend("_flash_3")\npipe.transformer.set_attention_backend("native")',
            [],
        ),
        ('pipe.transformer.set_attention_backend("_flash_3")\npipe.transformer.reset_attention_backend()', []),
        (f'attend = get_kernel("{FA3}").flash_attn_func', [("hub", FA3, True)]),
        ('attend = get_kernel("kernels-community/activation")\nnote = "flash-attn3"', []),
        (
            "def used(prompt):\n    return flash_attn_interface.flash_attn_func(value, value, value)",
            [("call", "flash_attn_interface", False)],
        ),
        # Under tests and handlers.
        (
            "if torch.cuda.get_device_capability() == (9, 0):\n"
            f'    AutoModel.from_pretrained("a", attn_implementation="{FA3}")',
            [],
        ),
        (f'if os.getenv("FAST"):\n    AutoModel.from_pretrained("a", attn_implementation="{FA3}")', []),
        (
            f'if torch.cuda.is_available():\n    AutoModel.from_pretrained("a", attn_implementation="{FA3}")',
            [("attention", FA3, True)],
        ),
        (f'if not torch.cuda.is_available():\n    AutoModel.from_pretrained("a", attn_implementation="{FA3}")', []),
        (f'try:\n    AutoModel.from_pretrained("a", attn_implementation="{FA3}")\nexcept OSError:\n    pass', []),
        (
            f'hopper = torch.cuda.get_device_capability()[0] == 9\nAutoModel.from_pretrained("a",'
            f' attn_implementation="{FA3}" if hopper else "sdpa")',
            [],
        ),
        # In functions: those that run.
        (
            f'def used(prompt):\n    return AutoModel.from_pretrained("a", attn_implementation="{FA3}")',
            [("attention", FA3, True)],
        ),
        (f'def unused(prompt):\n    return AutoModel.from_pretrained("a", attn_implementation="{FA3}")', []),
        (f'def load():\n    get_kernel("{FA3}")\nload()', [("hub", FA3, True)]),
    ],
)
def test_flash_attention_3(code: str, kernels: list[tuple[str, str, bool]]) -> None:
    assert found(code) == kernels


def test_an_import_that_is_optional() -> None:
    optional = "try:\n    import flash_attn_interface\nexcept ImportError:\n    flash_attn_interface = None\n"
    other = f"{optional}\ndef attend(value):\n    return flash_attn_interface.flash_attn_func(value)\n"
    assert found("from other import attend as used", other=other) == []
    certain = other.replace(optional, "import flash_attn_interface\n")
    assert found("from other import attend as used", other=certain) == [("call", "flash_attn_interface", False)]


def test_the_place_of_keywords_that_are_made_elsewhere() -> None:
    app = f"""\
from transformers import AutoModel
ALL = {{"attn_implementation": "{FA3}"}}
AutoModel.from_pretrained("a", **ALL)
"""
    space = Space({"app.py": app.encode()}, target="zerogpu")
    (kernel,) = foreign_kernels(space)
    assert space.span(kernel.module, kernel.node)[:3] == ("app.py", 3, 34)


RUN = 'subprocess.run("pip install ./splats", shell=True'


@pytest.mark.parametrize(
    ("code", "lists"),
    [
        (f'os.environ["TORCH_CUDA_ARCH_LIST"] = "8.0;9.0"\n{RUN})', ["8.0;9.0"]),
        (f'os.environ.setdefault("TORCH_CUDA_ARCH_LIST", "9.0a")\n{RUN})', ["9.0a"]),
        (f'os.environ.update({{"TORCH_CUDA_ARCH_LIST": "8.9"}})\n{RUN})', ["8.9"]),
        (f'{RUN}, env={{**os.environ, "TORCH_CUDA_ARCH_LIST": "9.0"}})', ["9.0"]),
        (f'{RUN}, env=dict(os.environ, TORCH_CUDA_ARCH_LIST="9.0"))', ["9.0"]),
        (f'os.environ["TORCH_CUDA_ARCH_LIST"] = "9.0;12.0"\n{RUN})', []),
        (f'os.environ["OTHER"] = "9.0"; print("TORCH_CUDA_ARCH_LIST")\n{RUN})', []),
        (f'os.environ["TORCH_CUDA_ARCH_LIST"] = os.getenv("ARCH")\n{RUN})', []),
        # Nothing is compiled.
        ('os.environ["TORCH_CUDA_ARCH_LIST"] = "8.0;9.0"', []),
    ],
)
def test_lists_of_cards(code: str, lists: list[str]) -> None:
    assert [name for use, name, _ in found(code) if use == "build"] == lists


@pytest.mark.parametrize(
    ("architectures", "lacks"),
    [
        ("9.0", True),
        ("8.0;9.0a", True),
        ("8.0 8.6, 9.0", True),
        ("10.0", True),
        ("12.1", True),
        ("9.0a+PTX", True),
        ("12.1+PTX", True),
        ("12.0", False),
        ("12.0a", False),
        ("8.0;12.0+PTX", False),
        ("9.0+PTX", False),
        ("8.0+PTX;9.0", False),
        ("", False),
        (" ; ", False),
        ("Hopper", False),
        ("Ampere;9.0", False),
        ("sm_90", False),
    ],
)
def test_what_makes_no_code_for_the_card(architectures: str, lacks: bool) -> None:
    assert lacks_card(architectures) is lacks


def test_another_card() -> None:
    with using([("hardware.capability", Fact("9.0", "told", "2025-01-01"))]):
        assert not lacks_card("8.0;9.0")
        assert lacks_card("12.0")
