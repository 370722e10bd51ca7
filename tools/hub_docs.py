"""What Hugging Face's documentation says of the platform: its published source, read with plain regular expressions.

Each function takes the text of a page and gives what it says; a page that no longer says it like that raises PageError,
for a guess would be worse than a look at the page.
"""

from __future__ import annotations

import functools
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ZEROGPU = "spaces-zerogpu.md"
REFERENCE = "spaces-config-reference.md"
_PUBLISHED = "https://raw.githubusercontent.com/huggingface/hub-docs/main/docs/hub/"
_SECONDS = 30

Page = Callable[[str], str]
_T = TypeVar("_T")


class PageError(Exception):
    """A page that cannot be had, or that no longer says something like that."""


def pages(folder: Path | None) -> Page:
    """How to get a page by its name: out of a checkout of huggingface/hub-docs, or from where it is published."""
    if folder is None:
        return functools.cache(_fetched)
    inner = folder / "docs" / "hub"
    root = inner if inner.is_dir() else folder

    def read(name: str) -> str:
        try:
            return (root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PageError(f"{name} cannot be read: {error}") from None

    return functools.cache(read)


def _fetched(name: str) -> str:
    try:
        with urllib.request.urlopen(_PUBLISHED + name, timeout=_SECONDS) as answer:
            return str(answer.read().decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PageError(f"{name} cannot be fetched: {error}") from None


# ---------------------------------------------------------------------------------------------------- spaces-zerogpu.md


def hardware_name(text: str) -> str:
    """`NVIDIA RTX Pro 6000 Blackwell`"""
    return _one(r"dynamically allocates and releases (NVIDIA [\w ]+?) GPUs", text, "which GPUs it allocates")


def gpu_sizes(text: str) -> dict[str, float]:
    """The sizes of GPU with what a second costs: `{"large": 1, "xlarge": 2}`."""
    rows = re.findall(r"^\| `(\w+)`[^|]*\|[^|]*\|[^|]*\| *(\d+(?:\.\d+)?)× *\|$", text, re.MULTILINE)
    return {name: _number(factor) for name, factor in _some(rows, "what GPU sizes cost")}


def supported_torch(text: str) -> list[str]:
    """The listed versions of PyTorch, in the order of the page."""
    block = _one(r"- \*\*PyTorch\*\*:[^\n]*\n\s*<details>(.*?)</details>", text, "which PyTorch is supported")
    return _some(re.findall(r"^\s*- (\d+(?:\.\d+)+)\s*$", block, re.MULTILINE), "which PyTorch is supported")


def supported_python(text: str) -> list[str]:
    """The listed versions of Python, in the order of the page."""
    block = _one(r"- \*\*Python\*\*:[^\n]*\n((?:\s*- [\d.]+[ \t]*\n)+)", text, "which Python is supported")
    return re.findall(r"\d+(?:\.\d+)+", block)


def oldest_gradio(text: str) -> int:
    """The oldest supported major version of Gradio."""
    return int(_one(r"- \*\*Gradio\*\*: (\d+)\+", text, "which Gradio is supported"))


def only_sdk(text: str) -> str:
    """The one SDK that ZeroGPU goes with."""
    return _one(r"exclusively compatible with the \*\*(\w+) SDK\*\*", text, "which SDK it goes with").lower()


def default_seconds(text: str) -> int:
    """How long a GPU function may run when it does not say."""
    return int(_one(r"the default (\d+)-second", text, "how long a GPU function may run"))


def quota_seconds(text: str) -> dict[str, int]:
    """Daily quota by account type as the page calls it, in seconds."""
    rows = re.findall(r"^\| ([^|]+?) *\| (\d+) minutes[^|]*\|[^|]*\|$", text, re.MULTILINE)
    return {name: 60 * int(minutes) for name, minutes in _some(rows, "how much quota each account has")}


# ------------------------------------------------------------------------------------------- spaces-config-reference.md


def key_types(text: str) -> dict[str, str]:
    """The keys of the front matter with the type that the page gives each: `{"title": "string", ...}`."""
    rows = re.findall(r"^\*\*`(\w+)`\*\* ?: (_[^\n]+?_) *$", text, re.MULTILINE)
    return {key: written.replace("_", "") for key, written in _some(rows, "which keys there are")}


def key_text(text: str, key: str) -> str:
    """What the page says of one key."""
    pattern = rf"^\*\*`{re.escape(key)}`\*\* ?:(.*?)(?=^\*\*`\w+`\*\* ?:|\Z)"
    return _one(pattern, text, f"anything about `{key}`", re.MULTILINE | re.DOTALL)


def default_python(text: str) -> str:
    """The Python of a Space that chooses none."""
    return _one(r"Defaults to `([\d.]+)`", key_text(text, "python_version"), "what `python_version` defaults to")


def sdks(text: str) -> list[str]:
    """The values of `sdk`."""
    line = _one(r"Can be either ([^\n]+)\.", key_text(text, "sdk"), "which values `sdk` has")
    return _some(re.findall(r"`(\w+)`", line), "which values `sdk` has")


def colours(text: str, key: str = "colorFrom") -> list[str]:
    """The values of `colorFrom` or `colorTo`."""
    return _one(r"gradient \(([\w, ]+)\)", key_text(text, key), f"which colours `{key}` has").split(", ")


def flavours(text: str) -> list[str]:
    """The values of `suggested_hardware`."""
    listed = _one(r"(?s)valid hardware flavors:(.*)", key_text(text, "suggested_hardware"), "which hardware there is")
    return _some(re.findall(r'`"([\w-]+)"`', listed), "which hardware there is")


def headers(text: str) -> list[str]:
    """The values of `header`."""
    line = _one(r"Can be either ([^\n.]+)\.", key_text(text, "header"), "which values `header` has")
    return _some(re.findall(r"`(\w+)`", line), "which values `header` has")


def custom_headers(text: str) -> list[str]:
    """The HTTP headers that `custom_headers` can set."""
    said = key_text(text, "custom_headers")
    line = _one(r"only the ([^\n]+?) headers are allowed", said, "which headers are allowed")
    return _some(re.findall(r"\[([a-z-]+)\]\(", line), "which headers are allowed")


def longest_oauth_minutes(text: str) -> int:
    """The largest `hf_oauth_expiration_minutes`."""
    said = key_text(text, "hf_oauth_expiration_minutes")
    return int(_one(r"Maximum duration is (\d+) minutes", said, "how long a token may last"))


def without_effect(text: str) -> list[str]:
    """The keys that the page says are ignored."""
    return [key for key in key_types(text) if "will be ignored" in key_text(text, key)]


def _one(pattern: str, text: str, what: str, flags: int = re.DOTALL) -> str:
    found = re.search(pattern, text, flags)
    if not found:
        raise PageError(f"the page no longer says {what} like that")
    return found[1]


def _some(found: list[_T], what: str) -> list[_T]:
    if not found:
        raise PageError(f"the page no longer says {what} like that")
    return found


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)
