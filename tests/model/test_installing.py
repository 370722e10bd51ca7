"""What the app has pip install when it starts."""

from __future__ import annotations

import pytest

from zerolint.model.installing import installations
from zerolint.model.space import Space

HEAD = """\
import os, shlex, subprocess, sys
import pip
import pip._internal
import gradio as gr
import spaces

@spaces.GPU
def answer(question):
    return question

"""
TAIL = "\ngr.Interface(answer, 'text', 'text').launch()\n"


def found(code: str, requirements: str = "") -> list[tuple[str, bool, bool]]:
    """What is installed, whether the environment is replaced, and whether the outcome is asked for."""
    files = {"app.py": HEAD + code + TAIL, "requirements.txt": requirements}
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    return [(item.what, item.environment is not None, item.is_checked) for item in installations(space)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('os.system("pip install trimesh")', [("trimesh", False, False)]),
        ('os.system("cd tools && pip3 install -q -f https://example.org/w.html trimesh xatlas && ls")', ["trimesh"]),
        ('subprocess.run(["pip", "install", "trimesh"], check=True)', [("trimesh", False, True)]),
        ('subprocess.run(["pip", "install", "trimesh"], check=False)', [("trimesh", False, False)]),
        ('subprocess.check_call([sys.executable, "-m", "pip", "install", "-e", "."])', [(".", False, True)]),
        ('subprocess.check_output(shlex.split("pip install trimesh"))', [("trimesh", False, True)]),
        ('subprocess.call("pip install trimesh".split())', [("trimesh", False, False)]),
        ('subprocess.run(f"{sys.executable} -m pip install trimesh", shell=True)', [("trimesh", False, False)]),
        ('subprocess.run("uv pip install --system trimesh", shell=True)', [("trimesh", False, False)]),
        ('subprocess.run("pip install x", shell=True, env={"A": "1"})', [("x", True, False)]),
        ('subprocess.run("pip install x", shell=True, env={"A": "1", "PATH": "/bin"})', [("x", False, False)]),
        ('subprocess.run("pip install x", shell=True, env={**os.environ, "A": "1"})', [("x", False, False)]),
        ('subprocess.run("pip install x", shell=True, env=os.environ)', [("x", False, False)]),
        ('pip.main(["install", "trimesh"])', [("trimesh", False, False)]),
        ('pip._internal.main(["install", "trimesh"])', [("trimesh", False, False)]),
        ('os.system("pip install -r more.txt")', [("-r more.txt", False, False)]),
        ('name = "trimesh"\nos.system("pip install " + name)', [("trimesh", False, False)]),
        ('os.system("pip list")', []),
        ('os.system("pip-sync install.txt")', []),
        ('os.system("apt-get install git")', []),
        ('print("pip install trimesh")', []),
        ('if False:\n    os.system("pip install trimesh")', []),
        ('def later():\n    os.system("pip install trimesh")', []),
        ('def now():\n    os.system("pip install trimesh")\nnow()', [("trimesh", False, False)]),
        ('if os.path.exists("x"):\n    os.system("pip install trimesh")', []),
        ('if len(sys.argv) > 1:\n    os.system("pip install flash-attn")', []),
        ('try:\n    import trimesh\nexcept ImportError:\n    os.system("pip install trimesh")', []),
        (
            'try:\n    import flash_attn\nexcept ImportError:\n    os.system("pip install flash_attn==2.8.3")',
            [("flash_attn==2.8.3", False, False)],
        ),
        ('@spaces.GPU\ndef other():\n    os.system("pip install trimesh")\n', []),
    ],
)
def test_what_is_installed_at_start(code: str, expected: list[object]) -> None:
    assert found(code) in (expected, [(item, False, False) for item in expected])


def test_what_the_requirements_name_is_there() -> None:
    code = 'try:\n    import flash_attn\nexcept ImportError:\n    os.system("pip install flash-attn")'
    wheel = "https://example.org/flash_attn-2.8.3-cp312-cp312-linux_x86_64.whl\n"
    assert found(code, wheel) == []
    assert found('os.system("pip install flash-attn")', wheel) == [("flash-attn", False, False)]
