"""Pages of rules are found, and shown as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerolint.finding import Consequence
from zerolint.page import absolute_links, first_paragraph, page, plain_page, rule_table, terminal_page
from zerolint.rule import Rule

PAGES = Path(__file__).parent.parent / "rules"

TEXT = """\
# fixed-output-path (ZG007)

Every request writes **one** file, so that
visitors get each other's [pictures](missing-duration.md).

## Why

* one thing
  that goes on
* `other_thing_here` and _another_
  1. nested

| a | b |
|---|---|
| 1 | 2 |

### Bad

```python
import spaces
# not a heading

[not](a-link)
```
After the code.

~~~text
```
~~~
"""


def test_a_page_is_the_file() -> None:
    for path in PAGES.glob("*.md"):
        if path.stem != "README":
            assert page(path.stem) == path.read_text("utf-8")
    assert page("spaces-pinned")


@pytest.mark.parametrize(
    "name", ["no-such-rule", "readme", "README", "../README", "", "a/b", "spaces-pinned.md", "a\0b"]
)
def test_there_is_no_other_page(name: str) -> None:
    assert page(name) is None


def test_first_paragraph() -> None:
    assert first_paragraph(TEXT) == "Every request writes one file, so that visitors get each other's pictures."
    assert first_paragraph("# only a title\n") == ""
    assert first_paragraph("") == ""


def test_every_page_opens_with_a_paragraph() -> None:
    for path in PAGES.glob("*.md"):
        assert 20 < len(first_paragraph(path.read_text("utf-8"))) <= 1024, path.name


def test_plain_page() -> None:
    assert (
        plain_page(TEXT, 40)
        == """\
fixed-output-path (ZG007)
=========================

Every request writes one file, so that
visitors get each other's pictures
(missing-duration.md).

Why
---

* one thing that goes on
* `other_thing_here` and another
  1. nested

| a | b |
|---|---|
| 1 | 2 |

Bad
---

    import spaces
    # not a heading

    [not](a-link)

After the code.

    ```
"""
    )


def test_plain_page_without_width_does_not_wrap() -> None:
    assert "Every request writes one file, so that visitors get each other's pictures (" in plain_page(TEXT)


def test_unclosed_code_is_code() -> None:
    assert plain_page("```\ncode") == "    code\n"
    assert plain_page("") == "\n"


def test_terminal_page() -> None:
    assert terminal_page(TEXT, 60, color=False) == plain_page(TEXT, 60)
    colored = terminal_page(TEXT, 60, color=True)
    assert "\x1b[" in colored
    assert "import" in colored


def test_links_become_absolute() -> None:
    url = "https://example.com/rules/fixed-output-path.md"
    text = absolute_links(TEXT + "\n[web](https://a.example/x)\n", url)
    assert "[pictures](https://example.com/rules/missing-duration.md)" in text
    assert "[not](a-link)" in text
    assert "[web](https://a.example/x)" in text
    assert absolute_links(TEXT, "") == TEXT


def test_rule_table() -> None:
    def rule(code: str, name: str, consequence: Consequence, default: bool = True) -> Rule:
        return Rule(
            code, name, f"Finds a | b of {name}", "an error", consequence, "0.1.0", lambda space: iter(()), default
        )

    lines = rule_table(
        [rule("ZG002", "two", Consequence.HYGIENE, default=False), rule("ZG001", "one", Consequence.DATA)]
    ).splitlines()
    assert lines[0] == "# Rules"
    assert lines[-2:] == [
        "| ZG001 | [one](one.md) | Finds a \\| b of one | an error | data | error or warning | 0.1.0 |",
        "| ZG002 | [two](two.md) | Finds a \\| b of two | an error | hygiene | info, off by default | 0.1.0 |",
    ]
