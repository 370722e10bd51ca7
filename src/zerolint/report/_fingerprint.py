"""The fingerprint of a source line by which GitHub code scanning knows an alert again after the line has moved.

The algorithm is that of github/codeql-action, `src/fingerprints.ts`: a polynomial hash over the next 100 UTF-16 code
units from the line's start on, with spaces and tabs left out and every line ending read as LF. The file ends with one
unit of value 65535 and is then padded with zeros. Equal hashes in one file are told apart by a running number.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import lru_cache

_WINDOW = 100
_FACTOR = 37
_MODULUS = 1 << 64
_OUTGOING = pow(_FACTOR, _WINDOW, _MODULUS)
_END_OF_FILE = 65535
_UTF16 = f"utf-16-{sys.byteorder[0]}e"


@lru_cache(maxsize=8)
def line_fingerprints(text: str) -> tuple[str, ...]:
    """One fingerprint per line, the first for line 1. `text` is a file without its BOM."""
    kept = re.sub(r"[ \t]+", "", re.sub(r"\r\n?", "\n", text))
    units = [*memoryview(kept.encode(_UTF16, "surrogatepass")).cast("H"), _END_OF_FILE, *[0] * _WINDOW]
    newline = ord("\n")
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == newline)]
    # The hash of a window is what is left of the hash up to its end when that up to its start is taken away.
    hashes = [0]
    for unit in units:
        hashes.append((hashes[-1] * _FACTOR + unit) % _MODULUS)
    seen: Counter[int] = Counter()
    fingerprints = []
    for start in starts:
        value = (hashes[start + _WINDOW] - hashes[start] * _OUTGOING) % _MODULUS
        seen[value] += 1
        fingerprints.append(f"{value:x}:{seen[value]}")
    return tuple(fingerprints)
