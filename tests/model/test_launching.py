"""How an app is launched: what it would need on ZeroGPU, and what keeps the question open."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

GRADIO = "---\ntitle: t\nsdk: gradio\n---\n"
ZERO = "---\ntitle: t\nsdk: gradio\nsuggested_hardware: zero-a10g\n---\n"
LAUNCH = "import gradio as gr\n\n\ndef run(x):\n    return x\n\n\ngr.Interface(run, 'text', 'text').launch()\n"


def space_of(app: str, readme: str = "", target: str = "auto", **others: str) -> Space:
    files = {"app.py": app, **{name.replace("__", "/") + ".py": text for name, text in others.items()}}
    if readme:
        files["README.md"] = readme
    return Space({path: text.encode() for path, text in files.items()}, target=target)


@pytest.mark.parametrize(
    ("app", "readme", "target", "expected"),
    [
        (LAUNCH, ZERO, "auto", True),
        (LAUNCH, ZERO.replace("suggested_", ""), "auto", True),
        (LAUNCH, "", "zerogpu", True),
        ("import spaces\n" + LAUNCH, "", "auto", True),
        ("import spaces\n" + LAUNCH, GRADIO, "auto", True),
        (LAUNCH, GRADIO, "auto", False),
        # Nothing says that this is a Space at all, or it is one for other hardware.
        (LAUNCH, "", "auto", None),
        (LAUNCH, GRADIO, "any", None),
        ("import spaces\n" + LAUNCH, GRADIO, "any", None),
        (LAUNCH, ZERO.replace("zero-a10g", "t4-small"), "auto", None),
        ("import spaces\n" + LAUNCH, ZERO.replace("zero-a10g", "cpu-basic"), "auto", None),
        (LAUNCH, ZERO.replace("gradio", "docker"), "auto", None),
        # With a GPU of its own.
        ("import torch\nDEVICE = 'cuda'\n" + LAUNCH, GRADIO, "auto", None),
        # The app file is another one, which is not there.
        (LAUNCH, ZERO.replace("title: t", "app_file: main.py"), "auto", None),
    ],
)
def test_what_an_app_is_meant_for(app: str, readme: str, target: str, expected: bool | None) -> None:
    found = space_of(app, readme, target).unready_app()
    assert (found.is_for_zerogpu if found is not None else None) is expected


@pytest.mark.parametrize(
    "code",
    [
        "exec(text)",
        "import importlib\nmodule = importlib.import_module(name)",
        "import sys\nsys.path.append('vendored')",
        "from vendored.gradio_demo import tab",
        "from package import demo",
        "from .missing import tab",
        "gpu = getattr(spaces, 'GPU')",
        "import os\nos.environ['SPACES_GRADIO_AUTO_WRAP'] = '1'",
        "from spaces import GPU as on_gpu\non_gpu(print)",
        "for function in ():\n    spaces.GPU(function)",
        "def wrap(function):\n    return spaces.GPU(function)",
        "class Models:\n    @spaces.GPU\n    def run(self): ...",
        "if sys.platform == 'linux':\n    run = spaces.GPU(print)",
        "import helper",
    ],
)
def test_what_may_be_a_gpu_function(code: str) -> None:
    space = space_of(f"import spaces\n{code}\n{LAUNCH}", helper="import spaces\nx = [spaces.GPU][0](print)\n")
    assert space.unready_app() is None


@pytest.mark.parametrize(
    "code",
    [
        "# @spaces.GPU",
        "'''Use @spaces.GPU here.'''",
        "import helper",
        "from transformers import pipeline",
        "import spaces.zero",
    ],
)
def test_what_is_no_gpu_function(code: str) -> None:
    space = space_of(f"import spaces\n{code}\n{LAUNCH}", helper="GPU_NAME = 'a GPU'  # spaces.GPU\n")
    assert space.unready_app() is not None


def test_a_module_that_cannot_be_read_leaves_the_question_open() -> None:
    assert space_of(f"import spaces\nimport helper\n{LAUNCH}", helper="def f(:\n").unready_app() is None
    assert space_of(f"import spaces\n{LAUNCH}", helper="def f(:\n").unready_app() is not None


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        ("demo = gr.Blocks()\ndemo.queue().launch()", True),
        ("def main():\n    gr.Blocks().launch()\n\n\nif __name__ == '__main__':\n    main()", True),
        ("class Page(gr.Blocks): ...\n\n\nPage().launch()", True),
        ("from smolagents import GradioUI\nGradioUI(agent).launch()", True),
        ("from agents import Page\nPage().launch()", False),
        ("rocket.launch()", False),
        ("def main():\n    gr.Blocks().launch()", False),
        ("if False:\n    gr.Blocks().launch()", False),
    ],
)
def test_what_is_launched(launch: str, expected: bool) -> None:
    space = space_of(f"import spaces\nimport gradio as gr\n{launch}\n")
    assert (space.unready_app() is not None) is expected


SERVED = "import spaces\nimport gradio as gr\nimport uvicorn\napi = gr.mount_gradio_app(app, gr.Blocks(), '/')\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("uvicorn.run(api)", 1),
        ("from uvicorn import run as serve\nserve(api)", 1),
        ("if __name__ == '__main__':\n    uvicorn.run(api)", 1),
        ("try:\n    uvicorn.run(api)\nfinally:\n    print()", 1),
        ("if flag:\n    uvicorn.run(api)", 0),
        ("def serve():\n    uvicorn.run(api)", 0),
        ("def serve():\n    uvicorn.run(api)\nserve()", 1),
        ("start = gr.Blocks().launch\nuvicorn.run(api)", 0),
        ("from starter import launch\nlaunch()\nuvicorn.run(api)", 0),
        ("getattr(gr.Blocks(), 'launch')()\nuvicorn.run(api)", 0),
        ("# demo.launch()\nuvicorn.run(api)", 1),
        ("other.run(api)", 0),
    ],
)
def test_what_serves_an_app(code: str, expected: int) -> None:
    found = space_of(f"{SERVED}{code}\n").launch_bypasses()
    assert len(found) == expected
    assert all(bypass.mounted is not None for bypass in found)


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (LAUNCH.replace("    return", "    import spaces\n    return"), True),
        (LAUNCH + "import spaces\n", True),
        ("import spaces\n" + LAUNCH + "import spaces\n", False),
        (LAUNCH + "def other():\n    import spaces\n", False),
        ("def other():\n    import spaces\n\n\nother()\n" + LAUNCH, False),
        ("import helper\n" + LAUNCH + "import spaces\n", False),
        ("if flag:\n    import spaces\n" + LAUNCH, False),
    ],
)
def test_when_spaces_is_imported(app: str, expected: bool) -> None:
    found = space_of(app, helper="import spaces\n").late_spaces_import()
    assert (found is not None) is expected


def test_an_import_that_may_fail_is_a_weaker_sign() -> None:
    guarded = "try:\n    import spaces\nexcept ImportError:\n    pass\n"
    for start, readme, expected in ((guarded, "", False), (guarded, ZERO, True), ("import spaces\n", "", True)):
        found = space_of(start + LAUNCH, readme).unready_app()
        assert found is not None
        assert found.is_sure is expected
