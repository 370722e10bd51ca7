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
# A GPU that is named by another number than 0, or all of several.
SECOND_GPU = re.compile(
    rb"cuda:[^0\s]|cuda:0[0-9]|DataParallel|device_map|device_ids|(?:to|to_empty|cuda|device)[ \t\r\n]*\([^()]*\b[1-9]"
    rb"|(?:device|device_id|map_location)[ \t\r\n]*=[ \t\r\n]*[\[(]?[^,)\r\n]*\b[1-9]"
)
