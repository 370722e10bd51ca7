"""Fingerprints are those that GitHub's own uploader computes."""

from __future__ import annotations

import random

import pytest

from zerolint.report._fingerprint import line_fingerprints

GREETING = (
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    "c129715d7a2bc9a3:1",
)


# The vectors that github/codeql-action publishes in src/fingerprints.test.ts.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("c129715d7a2bc9a3:1",)),
        (
            " a\nb\n  \t\tc\n d",
            ("271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"),
        ),
        (
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            (
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ),
        ),
        (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETING),
        (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETING),
        (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETING),
        (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETING),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            (
                *(f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)),
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ),
        ),
    ],
)
def test_published_vectors(text: str, expected: tuple[str, ...]) -> None:
    assert line_fingerprints(text) == expected


def by_the_book(text: str) -> list[str]:
    """The description in words, one character after the other, with a window that is kept as a list."""
    units = []
    for character in text:
        encoded = character.encode("utf-16-be", "surrogatepass")
        units += [int.from_bytes(encoded[start : start + 2], "big") for start in range(0, len(encoded), 2)]
    kept: list[int] = []
    starts = []
    at_start = True
    after_return = False
    for unit in [*units, 65535]:
        if unit in (32, 9) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        if at_start:
            starts.append(len(kept))
        kept.append(10 if unit == 13 else unit)
        at_start = kept[-1] == 10
    kept += [0] * 100
    seen: dict[int, int] = {}
    fingerprints = []
    for start in starts:
        value = 0
        for unit in kept[start : start + 100]:
            value = (value * 37 + unit) % 2**64
        seen[value] = seen.get(value, 0) + 1
        fingerprints.append(f"{value:x}:{seen[value]}")
    return fingerprints


@pytest.mark.parametrize("seed", range(30))
def test_any_text(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices("ab é😀\ud800\t\r\n\x0c\u2028", k=chance.randrange(400)))
    assert list(line_fingerprints(text)) == by_the_book(text)


def test_a_line_keeps_its_fingerprint_when_it_moves_and_is_indented() -> None:
    body = "import spaces\n" + "x = 1\n" * 40
    moved = line_fingerprints("# a comment\n\n" + body.replace("import", "    import"))
    assert moved[2] == line_fingerprints(body)[0]
