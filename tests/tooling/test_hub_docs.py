"""What is read out of Hugging Face's documentation: texts worded as its pages are, and texts that are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import hub_docs

ZEROGPU = """\
# ZeroGPU

It dynamically allocates and releases NVIDIA RTX Future 9000 GPUs as needed, offering:

| GPU size            | Backing hardware | Vram | Quota cost |
|---------------------|------------------|------|------------|
| `large` *(default)* | Half of a card   | 48GB | 1×         |
| `huge`              | A full card      | 96GB | 2.5×       |

- Currently, ZeroGPU Spaces are exclusively compatible with the **Gradio SDK**.

- **Gradio**: 5+
- **PyTorch**: Almost all versions from **2.9.1** to **latest** are supported
  <details>
    <summary>See full list</summary>

    - 2.9.1\x20\x20
    - 2.12.0\x20\x20

  </details>
- **Python**:
  - 3.13.1\x20\x20
  - 3.12.12\x20\x20

## Duration

For functions expected to exceed the default 90-second of GPU runtime, choose another.

| Account type    | Included daily GPU quota | Queue priority |
| --------------- | ------------------------ | -------------- |
| Unauthenticated | 3 minutes                | Low            |
| PRO account     | 45 minutes (extensible)  | Highest        |
"""

REFERENCE = """\
# Reference

**`title`** : _string_\x20\x20
Display title.

**`colorFrom`** : _string_\x20\x20
Color for Thumbnail gradient (red, mauve).

**`sdk`** : _string_\x20\x20
Can be either `gradio`, `docker`, or `static`.

**`python_version`**: _string_\x20\x20
Any valid Python `3.x` version.
Defaults to `3.12`.

**`suggested_hardware`** : _string_\x20\x20
Current valid hardware flavors:
- CPU: `"cpu-basic"`
- GPU: `"t4-small"`,
\t`"b200x8"`

**`suggested_storage`** : _string_\x20\x20
Value must be `"small"`.
> The feature is no longer available so this setting will be ignored.

**`header`** : _string_\x20\x20
Can be either `mini` or `default`. If `header` is set to `mini` the header is small.

**`hf_oauth_expiration_minutes`** : _int_
Defaults to 480 minutes. Maximum duration is 43200 minutes (30 days).

**`hf_oauth_authorized_org`** : _string_ or _List[string]_
Members only.

**`custom_headers`** : _Dict[string, string]_
For now, only the [cross-origin-embedder-policy](https://web.example/coep) (COEP), and \
[cross-origin-opener-policy](https://web.example/coop) (COOP) headers are allowed.
"""

SAID: list[tuple[Callable[[str], Any], str, Any]] = [
    (hub_docs.hardware_name, ZEROGPU, "NVIDIA RTX Future 9000"),
    (hub_docs.gpu_sizes, ZEROGPU, {"large": 1, "huge": 2.5}),
    (hub_docs.only_sdk, ZEROGPU, "gradio"),
    (hub_docs.oldest_gradio, ZEROGPU, 5),
    (hub_docs.supported_torch, ZEROGPU, ["2.9.1", "2.12.0"]),
    (hub_docs.supported_python, ZEROGPU, ["3.13.1", "3.12.12"]),
    (hub_docs.default_seconds, ZEROGPU, 90),
    (hub_docs.quota_seconds, ZEROGPU, {"Unauthenticated": 180, "PRO account": 2700}),
    (hub_docs.default_python, REFERENCE, "3.12"),
    (hub_docs.sdks, REFERENCE, ["gradio", "docker", "static"]),
    (hub_docs.colours, REFERENCE, ["red", "mauve"]),
    (hub_docs.flavours, REFERENCE, ["cpu-basic", "t4-small", "b200x8"]),
    (hub_docs.headers, REFERENCE, ["mini", "default"]),
    (
        hub_docs.custom_headers,
        REFERENCE,
        ["cross-origin-embedder-policy", "cross-origin-opener-policy"],
    ),
    (hub_docs.longest_oauth_minutes, REFERENCE, 43200),
    (hub_docs.without_effect, REFERENCE, ["suggested_storage"]),
]


@pytest.mark.parametrize(("read", "page", "expected"), SAID, ids=lambda value: getattr(value, "__name__", ""))
def test_a_page_is_read(read: Callable[[str], Any], page: str, expected: Any) -> None:
    assert read(page) == expected


@pytest.mark.parametrize("read", [read for read, _, _ in SAID], ids=lambda read: read.__name__)
def test_a_page_that_says_it_in_other_words_is_an_error(read: Callable[[str], Any]) -> None:
    with pytest.raises(hub_docs.PageError, match=r"the page no longer says .+ like that"):
        read("# ZeroGPU\n\nEverything about it is new, see the other page.\n")


def test_the_keys_have_types() -> None:
    types = hub_docs.key_types(REFERENCE)
    assert list(types)[:3] == ["title", "colorFrom", "sdk"]
    assert types["hf_oauth_authorized_org"] == "string or List[string]"
    assert types["custom_headers"] == "Dict[string, string]"


def test_a_key_is_told_from_its_neighbours() -> None:
    assert "Defaults to `3.12`" in hub_docs.key_text(REFERENCE, "python_version")
    assert "480" not in hub_docs.key_text(REFERENCE, "python_version")


def test_pages_are_read_from_a_checkout_or_from_the_folder_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "hub"
    folder.mkdir(parents=True)
    (folder / hub_docs.ZEROGPU).write_text(ZEROGPU, "utf-8")
    assert hub_docs.pages(tmp_path)(hub_docs.ZEROGPU) == hub_docs.pages(folder)(hub_docs.ZEROGPU) == ZEROGPU
    with pytest.raises(hub_docs.PageError, match=f"{hub_docs.REFERENCE} cannot be read"):
        hub_docs.pages(tmp_path)(hub_docs.REFERENCE)
