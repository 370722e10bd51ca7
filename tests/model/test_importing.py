"""What touches CUDA before `spaces` is imported, in the order in which an app starts."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = "import torch\nimport gradio as gr\n"
TAIL = "\nimport spaces\ngr.Interface(spaces.GPU(lambda x: x), 'text', 'text').launch()\n"


def early(app: str, **others: str) -> list[tuple[str, int, bool, int]]:
    """File, line and number of steps of what comes too early."""
    files = {
        "app.py": app,
        **{name.replace("_in_", "/").replace("init", "__init__") + ".py": text for name, text in others.items()},
    }
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    return [
        (
            found.call.scope.module.path,
            space.span(found.call.scope.module, found.call.node).start_line,
            len(found.way),
        )
        for found in space.early_touches()
    ]


@pytest.mark.parametrize(
    "code",
    [
        "torch.cuda.is_available()",
        "torch.cuda.device_count()",
        "torch.cuda.get_device_properties(0)",
        "torch.cuda.init()",
        "torch.cuda.set_device(0)",
        "torch.zeros(2).cuda()",
        "torch.zeros(2).to('cuda:0')",
        "torch.zeros(2, device=torch.device('cuda'))",
        "try:\n    torch.cuda.synchronize()\nfinally:\n    pass",
        "with open('x') as f:\n    torch.cuda.synchronize()",
        "class A:\n    x = torch.cuda.synchronize()",
        "@torch.cuda.synchronize()\ndef f(): pass",
        "x = [torch.cuda.synchronize()]",
    ],
)
def test_touches(code: str) -> None:
    ((path, line, steps),) = early(f"{HEAD}{code}{TAIL}")
    assert (path, steps) == ("app.py", 0)
    assert line >= 3
    assert not early(f"import spaces\n{HEAD}{code}{TAIL}")
    assert not early(f"{HEAD}try:\n    import spaces\nexcept ImportError:\n    pass\n{code}{TAIL}")
    # Without `spaces` this is none of its business.
    assert not early(f"{HEAD}{code}\ngr.Interface(print, 'text', 'text').launch()\n")


@pytest.mark.parametrize(
    "code",
    [
        "torch.manual_seed(1)",
        "torch.cuda.manual_seed_all(1)",
        "torch.cuda.empty_cache()",
        "torch.device('cuda')",
        "torch.zeros(2).to('cpu')",
        "torch.zeros(2, device=unknown)",
        "'cuda'.cuda()",
        "lambda: torch.cuda.is_available()",
        "def f():\n    torch.cuda.is_available()",
        "for i in x:\n    torch.cuda.is_available()",
        "if x():\n    torch.cuda.is_available()",
        "if False:\n    torch.cuda.is_available()",
        "try:\n    x()\nexcept ValueError:\n    torch.cuda.is_available()",
        "def f():\n    torch.cuda.is_available()\n    yield 1\nf()",
    ],
)
def test_no_touches(code: str) -> None:
    assert not early(f"{HEAD}{code}{TAIL}")


def test_the_order_of_modules() -> None:
    probe = "import torch\nx = torch.cuda.device_count()\n"
    assert early(f"{HEAD}import a{TAIL}", a=probe) == [("a.py", 2, 1)]
    assert early(f"{HEAD}from a.b import c{TAIL}", a_in_b="import d\n", d=probe) == [("d.py", 2, 2)]
    assert early(f"{HEAD}import a.b{TAIL}", a_in_init=probe, a_in_b="") == [("a/__init__.py", 2, 1)]
    assert early(f"{HEAD}from a import b{TAIL}", a_in_init="", a_in_b=probe) == [("a/b.py", 2, 1)]
    # `spaces` comes first in a module, or in one that it imports.
    assert not early(f"{HEAD}import a{TAIL}", a=f"import spaces\n{probe}")
    assert not early(f"{HEAD}import b\nimport a{TAIL}", a=probe, b="from spaces import GPU\n")
    assert early(f"{HEAD}import a{TAIL}", a=f"{probe}import spaces\n") == [("a.py", 2, 1)]
    # Modules that import each other.
    assert early(f"{HEAD}import a{TAIL}", a="import b\n", b=f"import a\n{probe}") == [("b.py", 3, 2)]


def test_functions_that_start_up_calls() -> None:
    body = "def g():\n    torch.cuda.synchronize()\ndef f():\n    g()\n"
    assert early(f"{HEAD}{body}f()\n{TAIL}") == [("app.py", 4, 2)]
    assert not early(f"{HEAD}{body}{TAIL}")
    assert not early(f"{HEAD}{body}if x():\n    f()\n{TAIL}")
    again = "def f():\n    f()\n    torch.cuda.synchronize()\nf()\n"
    assert early(f"{HEAD}{again}{TAIL}") == [("app.py", 5, 1)]
    late = "def f():\n    import spaces\nf()\ntorch.cuda.synchronize()\n"
    assert not early(f"{HEAD}{late}{TAIL}")


def test_the_variable_that_asks_the_driver() -> None:
    code = "import os\nos.environ['PYTORCH_NVML_BASED_CUDA_CHECK'] = '1'\n"
    assert not early(f"{HEAD}{code}torch.cuda.is_available(){TAIL}")
    assert early(f"{HEAD}{code}torch.cuda.device_count(){TAIL}")


START = "import spaces\nimport torch\nimport torch.nn as nn\nfrom transformers import AutoModel\nimport gradio as gr\n"
END = "\ngr.Interface(spaces.GPU(lambda x: x), 'text', 'text').launch()\n"


def gaps(code: str, **others: str) -> list[str]:
    """What start-up code calls below the emulation, with what makes a tensor after it."""
    files = {"app.py": f"{START}{code}{END}", **{f"{name}.py": text for name, text in others.items()}}
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    return [
        space.code(gap.call.scope.module, gap.call.node.func)
        + (f" {space.code(gap.maker.scope.module, gap.maker.node.func)}" if gap.maker is not None else "")
        + ("" if gap.is_certain else " likely")
        + (f" {len(gap.way)}" if gap.way else "")
        for gap in space.emulation_gaps()
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("torch.cuda.init()", ["torch.cuda.init"]),
        ("s = torch.cuda.current_stream(0)", ["torch.cuda.current_stream"]),
        ("torch.cuda.ipc_collect()", ["torch.cuda.ipc_collect"]),
        ("torch.cuda.ipc_collect()\ntorch.cuda.init()", ["torch.cuda.ipc_collect"]),
        ("def f():\n    torch.cuda.init()\nf()", ["torch.cuda.init 1"]),
        ("torch.set_default_device('cuda')\nx = torch.ones(2)", ["torch.set_default_device torch.ones"]),
        ("torch.set_default_device('cuda')\nx = nn.Linear(2, 2)", ["torch.set_default_device nn.Linear"]),
        (
            "torch.set_default_device('cuda')\nm = AutoModel.from_pretrained('a')",
            ["torch.set_default_device AutoModel.from_pretrained likely"],
        ),
        ("def f():\n    torch.cuda.init()", []),
        ("def f(x):\n    torch.cuda.init()\ngr.Interface(f, 'text', 'text')", []),
        ("@spaces.GPU\ndef f():\n    torch.cuda.init()\nf()", []),
        ("if f:\n    torch.cuda.init()", []),
        ("torch.cuda.empty_cache()", []),
        ("torch.cuda.set_device(0)", ["torch.cuda.set_device"]),
        ("torch.cuda.manual_seed(0)", []),
        ("x.init()\nx.current_stream()", []),
        ("torch.set_default_device('cuda')", []),
        ("torch.set_default_device('cpu')\nx = torch.ones(2)", []),
        ("torch.set_default_device('cuda')\nx = torch.ones(2, device='cpu')", []),
        ("torch.set_default_device('cuda')\ntorch.set_default_device('cpu')\nx = torch.ones(2)", []),
        ("x = torch.ones(2)\ntorch.set_default_device('cuda')", []),
        ("x.set_default_device('cuda')\nx = torch.ones(2)", []),
    ],
)
def test_gaps(code: str, expected: list[str]) -> None:
    assert gaps(code) == expected


def test_gaps_in_modules() -> None:
    low = "import torch\ntorch.cuda.init()\n"
    assert gaps("import a", a=low) == ["torch.cuda.init 1"]
    assert gaps("def f(x):\n    import a\n    return x", a=low) == []
    assert gaps("torch.set_default_device('cuda')\nimport a", a="import torch\nx = torch.ones(2)\n") == [
        "torch.set_default_device torch.ones"
    ]
    assert gaps("import a\nx = torch.ones(2)", a="import torch\ntorch.set_default_device('cuda')\n") == [
        "torch.set_default_device torch.ones 1"
    ]
