"""Words without which a question about a Space has the answer "none", where more than one asks for them."""

from __future__ import annotations

import re

# What puts a value on CUDA.
PLACING = (b"cuda", b"device_map", b"device=")
# Calls that reach CUDA below its emulation.
UNEMULATED = (
    *(b"current_stream", b"default_stream", b"ipc_collect", b"cuda.init", b"set_default_device", b"set_device"),
    *(b"set_per_process_memory_fraction", b"reset_peak_memory_stats"),
)
# Generators of NumPy and PyTorch, and what takes a number for a seed.
DRAWING = (b"torch.rand", b"numpy.random", b".random.", b"torch import", b"numpy import")
SEEDING = (b"seed", b"SEED", b"Random", b"default_rng", b"PRNGKey")
# Events that come without a visitor's wish, and those that follow another event.
PASSIVE_EVENTS = frozenset({"on", "load", "tick", "stream", "change", "input", "key_up"})
LATER_EVENTS = frozenset({"then", "success"})
PASSIVE = (b".load", b".tick", b".stream", b".change", b".input", b".key_up")
# A GPU that is named by another number than 0, or all of several; and a number where a call or an option has one, with
# what stands before it when it is that of a device.
_SEVERAL_GPUS = (b"DataParallel", b"device_map", b"device_ids")
_OTHER_NUMBER = rb"cuda:[^0\s]|cuda:0[0-9]"
_NUMBER = rb"[(=,\[][ \t\r\n]*[1-9]"
_DEVICE = (b"to(", b"to_empty", b"cuda", b"device", b"map_location")
_NEAR = 60


def may_name_second_gpu(text: bytes) -> bool:
    """Whether a text may ask for another GPU than the first."""
    if any(word in text for word in _SEVERAL_GPUS) or (b"cuda:" in text and re.search(_OTHER_NUMBER, text)):
        return True
    for number in re.finditer(_NUMBER, text):
        before = text[max(0, number.start() - _NEAR) : number.start() + 1]
        if any(word in before for word in _DEVICE):
            return True
    return False
