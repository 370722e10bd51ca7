"""What becomes of facts: the world of these tests is a few texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import checks, update_facts
from tools.checks import CHECKS, Found, World
from tools.hub_docs import PageError
from tools.registry import Metadata, RegistryError
from tools.update_facts import State, check_all, check_one, exit_code, report
from zerolint.facts import all_facts
from zerolint.finding import Fact

ZEROGPU = "It dynamically allocates and releases NVIDIA RTX Future 9000 GPUs as needed.\n"
CARDS = '[{"model": "NVIDIA RTX FUTURE 9000 Server", "sm_major": 13, "sm_minor": 1, "duration_factor": 1.25}]'


README = """\
| `torchcodec`       | `torch` | Python   |
| ------------------ | ------- | -------- |
| `main` / `nightly` | `main`  | `>=3.10` |
| `0.2`              | `>=2.9` | `>=3.10` |
| `0.1`              | `2.8`   | `>=3.9`  |
| `0.0.3`            | `2.4`   | `>=3.8`  |
"""


def world(
    pages: Mapping[str, str] | None = None,
    versions: Mapping[str, tuple[str, ...]] | None = None,
    requires: Mapping[str, tuple[str, ...]] | None = None,
    wheels: Mapping[tuple[str, str], str] | None = None,
    fitting: Mapping[tuple[str, str], tuple[str, ...]] | None = None,
) -> World:
    """A world in which there is nothing but this."""

    def looked_up(table: Mapping[Any, Any] | None, key: Any) -> Any:
        if key not in (table or {}):
            raise RegistryError(f"no {key}")
        return (table or {})[key]

    def page(name: str) -> str:
        if name not in (pages or {}):
            raise PageError(f"no {name}")
        return (pages or {})[name]

    def metadata(requirement: str, python: str) -> Metadata:
        name, _, version = requirement.partition("==")
        lines = looked_up(requires, requirement)
        python = next((line.split(" (")[0] for line in lines if line.endswith("(Requires-Python)")), "")
        return Metadata(name, version, lines, python, README, "", withdrawn="Withdrawn" in lines)

    return World(
        page=page,
        versions=lambda name: looked_up(versions, name),
        metadata=metadata,
        wheel_versions=lambda name, python: looked_up(fitting, (name, python)),
        wheel_text=lambda requirement, member: looked_up(wheels, (requirement, member)),
    )


def fact(value: Any) -> Fact:
    return Fact(value, "somewhere", "2026-01-01")


def test_every_check_is_for_a_fact() -> None:
    assert not set(CHECKS) - set(all_facts())


def test_what_has_changed_is_told_with_both_values() -> None:
    result = check_one(
        "hardware.name", fact("NVIDIA H200"), CHECKS["hardware.name"], world({"spaces-zerogpu.md": ZEROGPU})
    )
    assert (result.state, result.found) == (State.CHANGED, "NVIDIA RTX Future 9000")
    text = report([result])
    assert '    now    "NVIDIA H200"\n    found  "NVIDIA RTX Future 9000"\n' in text
    assert "spaces-zerogpu.md" in text
    assert text.endswith("1 facts: 1 changed, 0 could not be checked, 0 no check knows, 0 confirmed")
    assert exit_code([result]) == 1


def test_of_lists_that_differ_only_the_difference_is_told() -> None:
    def check(world: World, now: Any) -> Found:
        return Found(["2.9.1", "2.12.0"], "a page")

    text = str(check_one("torch.supported", fact(["2.8.0", "2.9.1"]), check, world()))
    assert text == 'torch.supported\n    gone   "2.8.0"\n    new    "2.12.0"\n    where  a page'
    text = str(check_one("torch.supported", fact(["2.12.0", "2.9.1"]), check, world()))
    assert '    order  ["2.9.1", "2.12.0"]\n' in text


def test_what_is_so_still_is_confirmed() -> None:
    result = check_one(
        "hardware.name", fact("NVIDIA RTX Future 9000"), CHECKS["hardware.name"], world({"spaces-zerogpu.md": ZEROGPU})
    )
    assert (result.state, exit_code([result])) == (State.CONFIRMED, 0)


def test_what_cannot_be_checked_says_why_and_ends_no_run() -> None:
    facts = {name: fact(1) for name in ("hardware.name", "transformers.newest", "duration.startup_seconds")}
    results = check_all(facts, CHECKS, world({"spaces-zerogpu.md": "All is new."}))
    assert [result.state for result in results] == [State.NOT_CHECKED, State.NOT_CHECKED, State.NO_CHECK]
    assert results[0].said == "the page no longer says which GPUs it allocates like that"
    assert "duration.startup_seconds            2026-01-01, somewhere" in report(results)
    assert exit_code(results) == 2
    assert exit_code(results[2:]) == 0


def test_the_order_of_a_list_says_nothing() -> None:
    text = "- **Python**:\n  - 3.13.1  \n  - 3.10.13  \n"
    found = CHECKS["python.supported"](world({"spaces-zerogpu.md": text}), ["3.10.13", "3.12.12", "3.13.1"])
    assert found.value == ["3.10.13", "3.13.1"]
    assert CHECKS["python.supported"](world({"spaces-zerogpu.md": text}), ["3.10.13"]).value == ["3.10.13", "3.13.1"]


def test_tiers_that_share_a_fact_have_to_agree() -> None:
    row = "| {} | {} minutes (extensible) | Highest |\n"
    same = world({"spaces-zerogpu.md": row.format("PRO account", 40) + row.format("Team organization member", 40)})
    apart = world({"spaces-zerogpu.md": row.format("PRO account", 40) + row.format("Team organization member", 50)})
    lost = world({"spaces-zerogpu.md": row.format("PRO account", 40)})
    check = CHECKS["quota.seconds_per_day.pro"]
    assert check(same, 2400).value == 2400
    assert check(apart, 2400).value == {"PRO account": 2400, "Team organization member": 3000}
    with pytest.raises(PageError, match="'Team organization member'"):
        check(lost, 2400)


def test_the_card_is_the_one_of_the_documentation() -> None:
    versions = {"spaces": ("1.2", "1.1")}
    place = ("spaces==1.2", "spaces/zero/configs.json")
    known = world({"spaces-zerogpu.md": ZEROGPU}, versions, wheels={place: CARDS})
    assert CHECKS["hardware.capability"](known, "12.0") == Found("13.1", "spaces 1.2, zero/configs.json")
    assert CHECKS["duration.booking_factor"](known, 1.5).value == 1.25
    for cards in ("[]", "{}", "no JSON", '[{"name": "NVIDIA RTX Future 9000"}]'):
        with pytest.raises(RegistryError):
            CHECKS["hardware.capability"](
                world({"spaces-zerogpu.md": ZEROGPU}, versions, wheels={place: cards}), "12.0"
            )


def test_the_newest_release_is_no_pre_release() -> None:
    released = world(versions={"transformers": ("6.0.0rc1", "5.10.0", "5.9.0", "4.57.6")})
    assert CHECKS["transformers.newest"](released, "").value == "5.10.0"
    assert CHECKS["transformers.newest_unthreaded"](released, "").value == "4.57.6"


def test_the_lowest_version_that_a_release_needs() -> None:
    check = CHECKS["transformers.needs_hub"]
    assert check(world(requires={"transformers==5.0.0": ("huggingface_hub<2.0,>=1.3.0",)}), "").value == "1.3.0"
    with pytest.raises(RegistryError):
        check(world(requires={"transformers==5.0.0": ("huggingface_hub<2",)}), "")


def test_a_range_is_that_of_a_plain_installation() -> None:
    lines = ("Torch-Vision (<3,>=2) ; python_version > '3'", "torch>=9 ; extra == 'gpu'", "pillow")
    metadata = Metadata("x", "1", lines, "", "", "")
    assert checks.range_of(metadata, "torch_vision") == "<3,>=2"
    assert checks.range_of(metadata, "torch") is None
    assert checks.range_of(metadata, "pillow") == ""


def test_what_the_registry_hides_is_not_lost() -> None:
    known = world(versions={"bitsandbytes": ("99.0", "0.45.5", "0.9", "0.10")})
    found = CHECKS["bitsandbytes.legacy"](known, ["0.9", "0.9.1"])
    assert found.value == ["0.9", "0.9.1", "0.10", "0.45.5"]


def test_releases_with_wheels_for_either_python() -> None:
    known = world(fitting={("torch", "3.10"): ("1.9.0", "2.8.0", "2.9.0rc1"), ("torch", "3.12"): ("2.10.0", "2.9.1")})
    assert CHECKS["torch.released"](known, ["2.8.0"]).value == ["2.8.0", "2.9.1", "2.10.0"]


def test_a_package_leaves_a_python_behind_with_its_first_release_without_a_wheel() -> None:
    known = world(
        requires={"numpy==2.3.0": (">=3.11 (Requires-Python)",)},
        fitting={
            ("numpy", "3.10"): ("2.1.0", "2.2.6", "2.3.0rc1"),
            ("numpy", "3.12"): ("2.2.6", "2.4.0", "2.3.0", "2.3.0rc1"),
        },
    )
    assert CHECKS["python.left_behind"](known, [["numpy", "2.2.0", "3.11"]]).value == [["numpy", "2.3.0", "3.11"]]


def test_a_sidecar_needs_what_its_metadata_says() -> None:
    known = world(
        requires={
            "torchaudio==2.7.0": ("torch (==2.7.0)",),
            "torchaudio==2.7.1": ("torch==2.7.1", "Withdrawn"),
            "torchaudio==2.11.0": (),
        },
        fitting={
            ("torchaudio", "3.10"): ("2.6.0", "2.7.0", "2.7.1", "2.8.0rc1"),
            ("torchaudio", "3.12"): ("2.7.0", "2.11.0"),
        },
    )
    now = [["2.7.0", "==2.6.0"], ["2.11.0", ">=2.11.0"]]
    found = CHECKS["sidecars.torchaudio"](known, now)
    assert found.value == [["2.7.0", "==2.7.0"], ["2.11.0", ">=2.11.0"]]
    assert CHECKS["sidecars.torchaudio"](known, [*now, ["2.7.1", "x"]]).value[1] == ["2.7.1", "==2.7.1"]


def test_a_sidecar_that_declares_nothing_is_in_its_readme() -> None:
    versions = ("0.0.3", "0.1.0", "0.1.1", "0.2.0", "0.3.0")
    known = world(
        requires={"torchcodec": (), **{f"torchcodec=={version}": () for version in versions}},
        fitting={("torchcodec", "3.10"): (), ("torchcodec", "3.12"): versions},
    )
    assert CHECKS["sidecars.torchcodec"](known, [["0.0.3", ""], ["0.3.0", ">=3"]]).value == [
        ["0.0.3", "==2.4.*"],
        ["0.1.0", "==2.8.*"],
        ["0.1.1", "==2.8.*"],
        ["0.2.0", ">=2.9.0"],
        ["0.3.0", ">=3"],
    ]
    with pytest.raises(RegistryError, match="no longer says"):
        checks.torch_table("| `0.1` | any |")


def test_a_wheel_ends_the_need_to_build() -> None:
    known = world(
        fitting={
            ("flash-attn", "3.10"): (),
            ("flash-attn", "3.12"): ("3.0.0", "2.9.0"),
            ("natten", "3.10"): ("0.21.1",),
            ("natten", "3.12"): (),
        }
    )
    found = CHECKS["builds.without_torch"](known, [["flash-attn", ">=3"], ["natten", ">=0.21.1"]])
    assert found.value == [["flash-attn", ">=3, wheels of 2.9.0"], ["natten", ">=0.21.1"]]


def gradio(last: str, *newer: str) -> World:
    """Gradio 5.0.0, 5.1.0 and `newer`, each of which needs the same as the last of the older ones but for pandas."""
    lines = ("pandas<3,>=1", "pydantic<=3.0,>=2.0", "ffmpy", "audioop-lts<1; python_version >= '3.13'")
    extras = ("gradio-client==1.0.0", "pydantic<=2.12.3,>=2.0; extra == 'mcp'", "ruff>=1; extra == 'dev'")
    versions = ("5.0.0", "5.1.0", *newer)
    requires: dict[str, tuple[str, ...]] = {f"gradio=={version}": (*lines, *extras) for version in versions}
    requires[f"gradio=={last}"] = ("pandas>=2", *lines[1:], *extras)
    requires["gradio-client==1.0.0"] = ("pandas>=1.5", "fsspec")
    return world(versions={"gradio": tuple(reversed(versions))}, requires=requires)


GRADIO_NEEDS = [
    ["gradio-client", "5.0.0", "5.1.0", "==1.0.0"],
    ["pandas", "5.0.0", "5.0.0", "<3,>=1.5"],
    ["pandas", "5.1.0", "5.1.0", ">=2"],
    ["pydantic", "5.0.0", "5.1.0", "<=2.12.3,>=2.0"],
]


def test_what_gradio_needs_is_confirmed_at_the_ends_of_each_major_version() -> None:
    found = CHECKS["gradio.needs"](gradio("5.1.0"), GRADIO_NEEDS)
    assert found == Found(GRADIO_NEEDS, "metadata of gradio 5.0.0, 5.1.0 and of gradio_client")


def test_what_a_new_gradio_needs_is_told() -> None:
    found = CHECKS["gradio.needs"](gradio("5.1.0", "6.0.0"), GRADIO_NEEDS).value[len(GRADIO_NEEDS) :]
    assert found == [
        ["gradio-client", "6.0.0", "6.0.0", "==1.0.0"],
        ["pandas", "6.0.0", "6.0.0", "<3,>=1.5"],
        ["pydantic", "6.0.0", "6.0.0", "<=2.12.3,>=2.0"],
    ]


def test_what_gradio_needs_no_longer_is_told() -> None:
    known = [*GRADIO_NEEDS, ["ruff", "5.1.0", "5.1.0", ">=1"]]
    assert CHECKS["gradio.needs"](gradio("5.1.0"), known).value == [*known, ["ruff", "5.1.0", "5.1.0", ""]]


def test_bounds_that_say_less_than_others_are_left_out() -> None:
    assert checks.tightest("<2.0,>=0.19.3,>=0.33.5,<2.5,!=1.1") == "!=1.1,<2.0,>=0.33.5"
    assert checks.tightest(">=2,>2,<=3,<3") == "<3,>2"
    assert checks.tightest("~=4.0") == "~=4.0"


def test_what_spaces_needs_is_kept_as_it_is_written() -> None:
    known = world(
        versions={"spaces": ("1.0",)}, requires={"spaces==1.0": ("requests<3,>=2.19", "gradio", "pydantic<4,>=1")}
    )
    found = CHECKS["spaces.needs"](known, [["requests", ">=2.19,<3"], ["pydantic", ">=1,<3"], ["psutil", ">=2"]])
    assert found.value == [["requests", ">=2.19,<3"], ["pydantic", "<4,>=1"]]


def test_keys_without_effect() -> None:
    text = "**`title`** : _string_  \nText.\n\n**`storage`** : _string_  \nThis setting will be ignored.\n"
    found = CHECKS["readme.without_effect"](
        world({"spaces-config-reference.md": text}), [["hardware", "x"], ["title", ""]]
    )
    assert found.value == [["hardware", "x"], ["storage", ""]]


def test_hardware_is_what_either_source_knows() -> None:
    docs = '**`suggested_hardware`** : _string_  \nvalid hardware flavors:\n- CPU: `"cpu-basic"`\n'
    client = (
        'class SpaceHardware(str, Enum):\n    CPU = "cpu-basic"\n    ZERO_A10G = "zero-a10g"\n\nclass B:\n    X = "y"\n'
    )
    place = ("huggingface_hub==2.0", "huggingface_hub/_space_api.py")
    known = world({"spaces-config-reference.md": docs}, {"huggingface_hub": ("2.0",)}, wheels={place: client})
    assert CHECKS["readme.hardware"](known, ["zero-a10g", "old"]).value == ["zero-a10g", "cpu-basic"]


def test_a_folder_that_is_not_there_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        update_facts.main(["--docs", str(tmp_path / "nowhere")])
    assert stop.value.code == 2
    assert "is not a folder" in capsys.readouterr().err
