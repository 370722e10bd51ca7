"""Starts apps like `launcher`, with a PyTorch that has CUDA compiled in and no GPU to use it on.

The main process is the platform's: `spaces` emulates CUDA there, and packs what lies on it when the app launches. A GPU
worker would fail at its first step, for want of a driver. So workers fetch the weights from what was packed, as they do
with a GPU, but leave them on the CPU. Where there is a driver, nothing is changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "runtime"))

import launcher


def prepare() -> None:
    """Let the workers of all apps that are started from here compute on the CPU."""
    import torch
    from spaces import zero
    from spaces.zero.torch import patching

    def unpacked(data: bytes, start: int, tensor: torch.Tensor, size: int) -> torch.Tensor:
        storage = torch.frombuffer(bytearray(data[start : start + size] or b"\0"), dtype=torch.uint8).untyped_storage()
        return torch.empty(0, dtype=tensor.dtype).set_(storage, 0, tensor.shape, tensor.stride())

    def move(callback: object = None) -> None:
        # What has come to CUDA since the launch is not packed.
        for fake, original in patching.cuda_aliases.items():
            if original is not None:
                fake.data = original
        for pack in patching.tensor_packs:
            data, start = Path(pack.path()).read_bytes(), 0
            for tensor, size, aligned_size in [*(one for batch in pack.batches for one in batch), *pack.big_tensors]:
                for fake in pack.fakes[tensor]:
                    fake.data = unpacked(data, start, tensor, size)
                start += aligned_size

    zero.torch.init = lambda nvidia_uuid: None
    zero.torch.move = move


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if len(sys.argv) == 1 and not Path("/proc/driver/nvidia").exists():
        prepare()
    launcher.main()
