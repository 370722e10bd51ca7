"""Which seeds GPU workers draw from a state that they share."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import random
import gradio as gr
import numpy as np
import spaces
import torch
from numpy.random import randint

"""
FIRST = HEAD.count("\n")


def seeds(body: str, before: str = "", after: str = "") -> list[tuple[int, str, bool]]:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    function = f"@spaces.GPU(duration=9)\ndef run(given, flag):\n{indented}\n"
    text = f"{HEAD}{before}{function}{after}gr.Interface(run, 'text', 'text').launch()\n"
    space = Space({"app.py": text.encode()}, target="zerogpu")
    return [
        (space.span(s.call.scope.module, s.call.node).start_line - FIRST, s.use, s.is_certain)
        for s in space.shared_seeds()
    ]


@pytest.mark.parametrize(
    ("body", "use"),
    [
        ("seed = np.random.randint(9)", "seed"),
        ("seed = randint(9)", "seed"),
        ("seed = int(np.random.rand() * 9)", "seed"),
        ("seed = (np.random.random() * 9).astype(int)", "seed"),
        ("seed = torch.randint(0, 9, (1,)).item()", "seed"),
        ("seed = given if flag else np.random.randint(9)", "seed"),
        ("seeds = [np.random.randint(9) for _ in given]", "seeds"),
        ("given.seed = np.random.choice(9)", "seed"),
        ("given['seed'] = np.random.choice(9)", "seed"),
        ("global seed; seed = np.random.randint(9)", "seed"),
        ("given(random_seed=np.random.randint(9))", "random_seed"),
        ("torch.manual_seed(np.random.randint(9))", "manual_seed"),
        ("number = np.random.randint(9); random.seed(number)", "seed"),
        ("number = np.random.randint(9); np.random.RandomState(number)", "RandomState"),
    ],
)
def test_a_draw_that_is_used_as_a_seed(body: str, use: str) -> None:
    assert seeds(body) == [(3, use, True)]


@pytest.mark.parametrize(
    "body",
    [
        "seed = random.randint(0, 9)",
        "seed = np.random.default_rng().choice(9)",
        "seed = np.random.RandomState().randint(9)",
        "seed = given.randint(9)",
        "seed = torch.randint(0, 9, (1,), device='cuda').item()",
        "seed = torch.randint(0, 9, (1,), generator=given).item()",
        "seeds = np.random.rand(3)",
        "seed_points = np.random.randint(9)",
        "color = np.random.randint(9)",
        "given(np.random.randint(9))",
        "np.random.seed(given)\nseed = np.random.randint(9)",
        "given.seed_everything()\nseed = np.random.randint(9)",
    ],
)
def test_what_is_no_shared_seed(body: str) -> None:
    assert seeds(body) == []


def test_seeding_another_library_changes_nothing() -> None:
    assert seeds("torch.manual_seed(given)\nseed = np.random.randint(9)") == [(4, "seed", True)]


def test_a_helper_and_its_caller() -> None:
    helper = "def new_seed():\n    return np.random.randint(9)\n"
    assert seeds("new_seed()", helper) == [(2, "new_seed", True)]
    assert seeds("np.random.seed()\nnew_seed()", helper) == []
    assert seeds("new_seed_fn()", helper.replace("new_seed", "new_seed_fn")) == [(2, "new_seed_fn", True)]


def test_draws_of_the_main_process_move_the_state() -> None:
    handler = "def color():\n    return np.random.randint(9)\ngr.Button().click(color)\n"
    assert seeds("seed = np.random.randint(9)", after=handler) == [(3, "seed", False)]


def test_deep_in_another_module_it_is_less_certain() -> None:
    files = {
        "app.py": "import gradio as gr\nimport spaces\nimport one\n@spaces.GPU(duration=9)\ndef run(text):\n"
        "    return one.first(text)\ngr.Interface(run, 'text', 'text').launch()\n",
        "one.py": "import two\nimport numpy as np\ndef first(text):\n    seed = np.random.randint(9)\n"
        "    return two.second(text, seed)\n",
        "two.py": "import numpy as np\ndef second(text, seed):\n    new_seed = np.random.randint(9)\n",
    }
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    assert [(s.use, s.is_certain) for s in space.shared_seeds()] == [("seed", True), ("new_seed", False)]
