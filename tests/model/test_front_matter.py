"""Keys and values of front matter that the Hub reads otherwise, refuses or ignores."""

from __future__ import annotations

import pytest

from zerolint.facts import fact
from zerolint.model.front_matter import ignored_keys, line_edit, other_python, shortened, wrong_values
from zerolint.read.readme import Readme, read_readme
from zerolint.read.source import Source, line_starts, offset_of


def front_matter(lines: str) -> Readme:
    return read_readme(Source("README.md", f"---\n{lines}\n---\n"))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("python_version: 3.10", "3.1"),
        ("python_version: 3.20", "3.2"),
        ("sdk_version: 5.10", "5.1"),
        ("sdk_version: 6.100", "6.1"),
        ("sdk_version: !!float 5.10", "5.1"),
        ("python_version: 3.12", None),
        ("python_version: '3.10'", None),
        ("python_version: !!str 3.10", None),
        ("python_version: 3.10.13", None),
        ("sdk_version: 5.0", None),
        ("sdk_version: 5", None),
        ("sdk_version: 5.49", None),
        ("title: 3.10", None),
    ],
)
def test_a_number_that_loses_its_zero(line: str, number: str | None) -> None:
    found = shortened(front_matter(f"sdk: gradio\n{line}"))
    assert [item.number for item in found] == ([] if number is None else [number])
    assert not shortened(front_matter(f"sdk: docker\n{line}"))


def test_an_alias_is_shortened_where_it_stands() -> None:
    found = shortened(front_matter("sdk: gradio\nsdk_version: &version 5.10\npython_version: *version"))
    places = [(item.entry.value_span.start_line, item.entry.value_span.start_column) for item in found]
    assert places == [(4, 17), (3, 23)]


@pytest.mark.parametrize("version", ["3.12", "3.12.12", "3.10.13", "'3.10'", '"3.12"', "", "3.10"])
def test_a_python_that_zerogpu_has_or_that_is_another_matter(version: str) -> None:
    assert other_python(front_matter(f"sdk: gradio\npython_version: {version}")) is None


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ("3.11", None),
        ("3.8.5", None),
        ("3.9", None),
        ("'3.1'", None),
        ("3", None),
        ("latest", None),
        ("3.10.14", "3.10.13"),
        ("3.12.1", "3.12.12"),
        ("3.12.x", "3.12.12"),
    ],
)
def test_a_python_that_zerogpu_does_not_have(version: str, supported: str | None) -> None:
    found = other_python(front_matter(f"sdk: gradio\npython_version: {version}"))
    assert found is not None
    assert found.supported == supported


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("suggested_storage", ""),
        ("python-version", "python_version"),
        ("PythonVersion", "python_version"),
        ("python_verison", "python_version"),
        ("python_versions", "python_version"),
        ("pyton_version", "python_version"),
        ("pythin_version", "python_version"),
        ("fullwidth", "fullWidth"),
        ("color_from", "colorFrom"),
        ("Title", "title"),
        ("hf_oauth_scope", "hf_oauth_scopes"),
    ],
)
def test_a_key_that_does_nothing(key: str, meant: str) -> None:
    assert [(found.entry.key, found.meant) for found in ignored_keys(front_matter(f"{key}: x"))] == [(key, meant)]


@pytest.mark.parametrize(("value", "meant"), [("zero-a10g", "suggested_hardware"), ("zero-gpu", ""), ("", "")])
def test_hardware_is_advice_only_where_it_exists(value: str, meant: str) -> None:
    assert [found.meant for found in ignored_keys(front_matter(f"hardware: {value}"))] == [meant]


@pytest.mark.parametrize("key", ["license", "model", "tag", "dataset", "theme", "pythn_verson", "license_names", "app"])
def test_a_key_of_the_authors_own(key: str) -> None:
    assert not ignored_keys(front_matter(f"{key}: x"))


@pytest.mark.parametrize("key", fact("readme.keys").value)
def test_a_key_that_is_known(key: str) -> None:
    assert [found.meant for found in ignored_keys(front_matter(f"{key}: x"))] == ([""] if "storage" in key else [])


def test_the_right_key_is_there_too() -> None:
    (found,) = ignored_keys(front_matter("suggested_hardware: zero-a10g\nhardware: zero-a10g"))
    assert found.there is not None
    assert found.there.start_line == 2


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ("suggested_storage: small # s\nsdk: gradio", "---\nsdk: gradio\n---\n"),
        ("sdk: gradio\nsuggested_storage:", "---\nsdk: gradio\n---\n"),
        ("suggested_storage: >\n  small\n\nsdk: gradio", "---\n\nsdk: gradio\n---\n"),
        ("{suggested_storage: small, sdk: gradio}", None),
        ("suggested_storage: &size small\nsize: *size", None),
    ],
)
def test_the_lines_of_a_key_are_taken_away(lines: str, left: str | None) -> None:
    text = f"---\n{lines}\n---\n"
    readme = read_readme(Source("README.md", text))
    assert readme.entries is not None
    edit = line_edit(readme, readme.entries["suggested_storage"], text)
    if left is None:
        assert edit is None
        return
    assert edit is not None
    starts = line_starts(text)
    start = offset_of(starts, edit.at.start_line, edit.at.start_column)
    end = offset_of(starts, edit.at.end_line, edit.at.end_column)
    assert text[:start] + edit.text + text[end:] == left


@pytest.mark.parametrize(
    ("lines", "replacement"),
    [
        ("colorFrom: teal", None),
        ("colorTo: Blue", "blue"),
        ("colorTo: grey", "gray"),
        ("colorFrom: '#ff0000'", None),
        (f"short_description: {61 * 'a'}", None),
        ("sdk: GRADIO", "gradio"),
        ("sdk: flask", None),
        ("emoji: rocket", None),
        ("suggested_hardware: zero-gpu", "zero-a10g"),
        ("suggested_hardware: ZeroGPU", "zero-a10g"),
        ("suggested_hardware: T4-small", "t4-small"),
        ("suggested_hardware: a10g_large", "a10g-large"),
        ("suggested_hardware: t4", None),
        ("suggested_hardware: l4", None),
        ("suggested_hardware: gpu", None),
        ("header: Mini", "mini"),
        ("header: none", None),
        ("pinned: 1", None),
        ("hf_oauth: ja", None),
        ("startup_duration_timeout: 3600", None),
        ("startup_duration_timeout: 1:30", None),
        ("startup_duration_timeout: an hour", None),
        ("hf_oauth_expiration_minutes: 43201", None),
        ("hf_oauth_expiration_minutes: 8h", None),
        ("base_path: docs/start", '"/docs/start"'),
        ("base_path: https://example.org/docs", None),
        ("custom_headers: require-corp", None),
        ("custom_headers: {x-frame-options: deny}", None),
        ("custom_headers: {Cross-Origin-Opener-Policy: same-origin}", None),
        ("custom_headers: {cross-origin-opener-policy: Same-Origin}", None),
        ("preload_from_hub: a/b", None),
        ("preload_from_hub: ['https://huggingface.co/a/b']", None),
        ("preload_from_hub: ['a/b one.json, two.json']", None),
    ],
)
def test_a_value_that_the_hub_does_not_take(lines: str, replacement: str | None) -> None:
    assert [found.replacement for found in wrong_values(front_matter(lines))] == [replacement]


@pytest.mark.parametrize(
    "lines",
    [
        "colorFrom: gray\ncolorTo: 'indigo'",
        "colorFrom:\ncolorTo: ''",
        "colorFrom: [red]",
        f"short_description: {60 * 'a'}",
        f"short_description: >\n  {30 * 'a'}\n  {29 * 'b'}\n",
        "sdk: streamlit",
        "sdk: static\nbase_path: index.html",
        "emoji: 🧑‍🚀",
        'emoji: "\\U0001F680"',
        "emoji: 1️⃣",
        "suggested_hardware: zero-a10g",
        "suggested_hardware: h200x8",
        "suggested_hardware: rtx-pro-6000x4",
        "suggested_hardware: cpu-xl",
        "pinned: yes\nfullWidth: 'False'\nhf_oauth:",
        "startup_duration_timeout: 1h",
        "startup_duration_timeout: 90 minutes",
        "startup_duration_timeout: 1h30m",
        "startup_duration_timeout: 1.5h",
        "hf_oauth_expiration_minutes: '480'",
        "hf_oauth_expiration_minutes: 43200",
        "base_path: /",
        "custom_headers:",
        "custom_headers: {cross-origin-opener-policy: same-origin}",
        "preload_from_hub: []",
        "preload_from_hub: [a/b, 'a/b c,d', 'a/b c 11c5a3d5811f50298f278a704980280950aedb10', 'a/b c main', {a: b}]",
    ],
)
def test_a_value_that_the_hub_takes_or_that_is_left_to_it(lines: str) -> None:
    assert not list(wrong_values(front_matter(lines)))


def test_a_value_inside_a_list_has_its_own_place() -> None:
    (found,) = wrong_values(front_matter("preload_from_hub:\n  - a/b\n  - https://huggingface.co/c/d"))
    assert (found.at.start_line, found.at.start_column) == (4, 5)


def test_bad_yaml_does_not_hide_the_keys_beside_it() -> None:
    readme = front_matter(
        "title: Upscaler: larger\nsdk: gradio\npython_version: 3.10\ncolorTo: teal\nhardware: zero-a10g"
    )
    assert readme.entries is None
    assert [found.entry.value_span.start_line for found in shortened(readme)] == [4]
    assert [found.at.start_line for found in wrong_values(readme)] == [5]
    assert [found.entry.key_span.start_line for found in ignored_keys(readme)] == [6]


def test_nothing_is_judged_where_nothing_could_be_read() -> None:
    readme = front_matter("python_version: 3.10: 3.11")
    assert readme.entries is None
    assert not shortened(readme)
    assert other_python(readme) is None
    assert not ignored_keys(readme)
    assert not list(wrong_values(readme))
