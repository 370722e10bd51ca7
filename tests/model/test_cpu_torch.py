"""Which lines and indexes have a torch without CUDA installed."""

from __future__ import annotations

import pytest

from zerolint.model import cpu_torch
from zerolint.model.space import Space

PYTORCH = "https://download.pytorch.org/whl"


def found_in(requirements: str) -> tuple[int, str, bool] | None:
    space = Space({"app.py": b"import spaces\n", "requirements.txt": requirements.encode()}, target="zerogpu")
    found = cpu_torch.cpu_torch(space)
    return found and (found.at.start_line, found.build, found.is_only)


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("torch==2.8.0+cpu\n", (1, "cpu", False)),
        ("torch==2.8.0+rocm6.4\n", (1, "rocm6.4", False)),
        ("torch===2.8.0+xpu\n", (1, "xpu", False)),
        (f"torch @ {PYTORCH}/cpu/torch-2.8.0%2Bcpu-cp312-cp312-linux_x86_64.whl\n", (1, "cpu", False)),
        (f"{PYTORCH}/rocm6.4/torch-2.8.0-cp312-cp312-linux_x86_64.whl\n", (1, "rocm6.4", False)),
        (f"numpy\n--index-url {PYTORCH}/cpu\ntorch\n", (2, "cpu", True)),
        (f"torch\n-i {PYTORCH}/cpu/\n", (2, "cpu", True)),
        (f"--index-url={PYTORCH}/nightly/cpu\n--pre\ntorch\n", (1, "cpu", True)),
        (f"--index-url {PYTORCH}/rocm6.4\ntorch==2.8.0\n", (1, "rocm6.4", True)),
        (f"--extra-index-url {PYTORCH}/cpu\ntorch==2.8.0\n", (1, "cpu", False)),
        (f"--extra-index-url {PYTORCH}/cpu\ntorch>=2.8\n", (1, "cpu", False)),
        (f"--extra-index-url {PYTORCH}/cpu\ntorchvision\n", (1, "cpu", False)),
    ],
)
def test_without_cuda(requirements: str, expected: tuple[int, str, bool]) -> None:
    assert found_in(requirements) == expected


@pytest.mark.parametrize(
    "requirements",
    [
        "torch==2.8.0\n",
        "torch==2.8.0+cu128\n",
        f"torch @ {PYTORCH}/cu128/torch-2.8.0%2Bcu128-cp312-cp312-linux_x86_64.whl\n",
        "torch @ https://example.org/cpu/torch-2.8.0-cp312-cp312-linux_x86_64.whl\n",
        "torch @ git+https://github.com/pytorch/pytorch@cpu\n",
        # pip heeds the last one only.
        f"--index-url {PYTORCH}/cpu\ntorch\n--index-url https://example.org/simple\n",
        # One for CUDA has the higher local part.
        f"--extra-index-url {PYTORCH}/cpu\n--extra-index-url {PYTORCH}/cu128\ntorch==2.8.0\n",
        f"--index-url {PYTORCH}/cpu\n--extra-index-url {PYTORCH}/cu128\ntorch==2.8.0\n",
        f"--index-url {PYTORCH}/cu128\n--extra-index-url {PYTORCH}/cpu\ntorch==2.8.0\n",
        # The line says itself which build it wants.
        f"--extra-index-url {PYTORCH}/cpu\ntorch==2.8.0+cu128\n",
        f"--extra-index-url {PYTORCH}/cpu\ntorch==2.8.0 --hash=sha256:{'0' * 64}\n",
        # Which versions it has is not known.
        f"--extra-index-url {PYTORCH}/rocm6.2\ntorch==2.8.0\n",
        f"--extra-index-url {PYTORCH}/cpu\ndiffusers\n",
        f"--extra-index-url {PYTORCH}\ntorch\n",
        "--extra-index-url https://example.org/whl/cpu\ntorch\n",
        f"# --extra-index-url {PYTORCH}/cpu\ntorch\n",
        'torch==2.8.0+cpu ; platform_machine == "aarch64"\ntorch==2.8.0 ; platform_machine == "x86_64"\n',
    ],
)
def test_with_cuda_or_unknown(requirements: str) -> None:
    assert found_in(requirements) is None
