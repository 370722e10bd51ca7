"""Which torch the side-cars need, when two lines exclude each other, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from zerolint.facts import Fact, fact, using
from zerolint.model import sidecars
from zerolint.model.sidecars import Reach
from zerolint.model.space import Space


@pytest.fixture(autouse=True)
def _platform() -> Iterator[None]:
    """The versions of a day, so that a longer list of the platform's changes no case."""
    with using((("torch.supported", Fact(["2.8.0", "2.9.1", "2.10.0", "2.11.0"], "Hugging Face docs", "2026-08-22")),)):
        yield


def space_of(requirements: str, **others: str) -> Space:
    files = {"app.py": "import spaces\n", "requirements.txt": requirements}
    files.update({name.replace("_", "-") + ".txt": text for name, text in others.items()})
    return Space({path: text.encode() for path, text in files.items()}, target="zerogpu")


def drifts_of(requirements: str, **others: str) -> list[tuple[str, str, bool]]:
    found = sidecars.drifts(space_of(requirements, **others))
    return [(drift.need.line.name, drift.fitting, drift.is_conflict) for drift in found]


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("torch==2.9.1\ntorchvision==0.24.1\n", []),
        ("torch==2.9.1\ntorchvision==0.23.0\n", [("torchvision", "0.24.1", True)]),
        ("torch==2.9.1+cu128\ntorchvision==0.24.1+cu128\n", []),
        ("torch==2.9.1\ntorchvision>=0.23,<0.24\n", [("torchvision", "0.24.1", True)]),
        ("torch==2.9.1\ntorchvision>=0.23\n", []),
        ("torch>=2.9\ntorchvision==0.23.0\n", [("torchvision", "0.26.0", True)]),
        ("torch<2.8\ntorchvision==0.23.0\n", [("torchvision", "", True)]),
        ("torch>=2.8\ntorchvision==0.23.0\n", []),
        ("torch~=2.8.0\ntorchvision~=0.24.0\n", [("torchvision", "0.23.0", True)]),
        # pip goes back to the one that declares the torch that is there.
        ("torch==2.8.0\ntorchvision\nxformers\n", []),
        ("torch==2.8.0\ntorchaudio<2.11\n", []),
        ("torch==2.8.0\ntorchaudio\n", [("torchaudio", "2.8.0", False)]),
        ("torch==2.8.0\ntorchaudio>=2.8\n", [("torchaudio", "2.8.0", False)]),
        ("torch==2.11.0\ntorchaudio\n", []),
        ("torch>=2.8\ntorchaudio\n", []),
        ("torch<2.10\ntorchaudio\n", [("torchaudio", "2.9.1", False)]),
        ("torch==2.8.0\ntorchcodec\n", [("torchcodec", "0.7.0", False)]),
        ("torch==2.8.0\ntorchcodec==0.6\n", []),
        ("torch==2.9.1\ntorchcodec==0.10.*\n", [("torchcodec", "0.9.1", False)]),
        # torch is what torchvision says.
        ("torchvision==0.23.0\ntorchaudio\n", [("torchaudio", "2.8.0", False)]),
        ("torch\ntorchvision==0.23.0\ntorchaudio==2.9.1\n", [("torchaudio", "2.8.0", True)]),
        # Nothing is known of these.
        ("torch==2.9.1\ntorchvision==0.24.7\n", []),
        ("torch==2.99.0\ntorchvision==0.23.0\n", []),
        ("torch==1.4.0\ntorchvision==0.5.0\n", []),
        ("torch @ git+https://github.com/pytorch/pytorch\ntorchvision==0.23.0\n", []),
        ("torch==2.9.1\ntorchvision @ git+https://github.com/pytorch/vision\n", []),
        # Wheels say their version.
        (
            "https://example.org/torch-2.9.1%2Bcu128-cp312-cp312-linux_x86_64.whl\ntorchvision==0.23.0\n",
            [("torchvision", "0.24.1", True)],
        ),
        (
            "torch==2.9.1\nhttps://example.org/torchvision-0.23.0+cu128-cp312-cp312-linux_x86_64.whl\n",
            [("torchvision", "0.24.1", True)],
        ),
        # Not installed on the platform.
        ('torch==2.9.1\ntorchvision==0.23.0 ; sys_platform == "darwin"\n', []),
        ("torch==2.9.1\n# torchvision==0.23.0\n", []),
        # An index of one's own need not have the newest version; one more than the registry does not matter.
        ("--index-url https://example.org/simple\ntorch==2.8.0\ntorchaudio\n", []),
        ("--extra-index-url https://example.org\ntorch==2.8.0\ntorchaudio\n", [("torchaudio", "2.8.0", False)]),
        ("--index-url https://example.org\ntorch==2.8.0\ntorchaudio==2.11.0\n", [("torchaudio", "2.8.0", False)]),
    ],
)
def test_pairs(requirements: str, expected: list[tuple[str, str, bool]]) -> None:
    assert drifts_of(requirements) == expected


def test_constraints_count() -> None:
    assert drifts_of("-c limits.txt\ntorch\ntorchvision==0.23.0\n", limits="torch==2.9.1\n") == [
        ("torchvision", "0.24.1", True)
    ]
    assert drifts_of("-c limits.txt\ntorch==2.8.0\ntorchaudio\n", limits="torchaudio==2.8.0\n") == []
    assert drifts_of("-c limits.txt\ntorch==2.9.1\n", limits="torchvision==0.23.0\n") == []


def test_what_is_installed_before_may_be_replaced() -> None:
    assert drifts_of("torchvision==0.24.1\n", pre_requirements="torch==2.8.0\n") == []


@pytest.mark.parametrize(
    ("requirements", "version", "is_too_old", "is_newer", "nearest"),
    [
        ("torch==2.5.1\n", "2.5.1", True, False, "2.8.0"),
        ("torch==2.2\n", "2.2.0", True, False, "2.8.0"),
        ("torch==1.4.0\n", "1.4.0", True, False, "2.8.0"),
        ("torch<2.8\n", "", True, False, "2.8.0"),
        ("torch~=2.4.0\n", "", True, False, "2.8.0"),
        ("torch>=2.0,<2.0.1\n", "2.0.0", True, False, "2.8.0"),
        ("torch==2.9.0\n", "2.9.0", False, False, "2.9.1"),
        ("torch==2.8.1\n", "2.8.1", False, False, "2.9.1"),
        ("torch~=1.5.0\n", "", True, False, "2.8.0"),
        ("torch>=2.9,<2.5\n", "", False, False, "2.9.1"),
        ("torch>2.11,<2.12\n", "", False, False, "2.11.0"),
        ("torch==2.12.1\n", "2.12.1", False, True, "2.11.0"),
        ("torch>=2.12\n", "", False, True, "2.11.0"),
        ("torch==99.0\n", "99.0", False, True, "2.11.0"),
        ("torch==2.4.0+cu121\n", "2.4.0", True, False, "2.8.0"),
        ("torch @ https://example.org/torch-2.4.0-cp310-cp310-linux_x86_64.whl\n", "2.4.0", True, False, "2.8.0"),
        ("torchvision==0.17.0\n", "2.2.0", True, False, "2.8.0"),
        ("torch>=2.0\ntorchaudio==2.3.1\n", "2.3.1", True, False, "2.8.0"),
        ("torch\nxformers==0.0.33\n", "2.9.0", False, False, "2.9.1"),
        ("torch\ntorchvision<0.20\n", "", True, False, "2.8.0"),
        ("torch\ntorchvision==0.28.0\n", "2.13.0", False, True, "2.11.0"),
    ],
)
def test_unsupported(requirements: str, version: str, is_too_old: bool, is_newer: bool, nearest: str) -> None:
    found = sidecars.unsupported_torch(space_of(requirements))
    assert found is not None
    assert (found.version, found.is_too_old, found.is_newer, found.nearest) == (version, is_too_old, is_newer, nearest)


@pytest.mark.parametrize(
    "requirements",
    [
        "torch\n",
        "diffusers\n",
        "torch>=2.0.0\n",
        "torch==2.8.0+cu128\n",
        "torch==2.9.*\n",
        "torch!=2.9.0\n",
        "torch\ntorchvision>=0.17\n",
        "torch\ntorchcodec==0.5\n",
        "torch\ntorchvision>=0.29.1\n",
        "torch @ git+https://github.com/pytorch/pytorch@v2.4.0\n",
        "torch @ https://example.org/torch-2.9.1+cu130-cp312-cp312-linux_x86_64.whl\n",
        'torch==2.2.0 ; sys_platform == "darwin"\n',
        "torch-ema==0.3\ntorchmetrics==1.0\n",
    ],
)
def test_a_supported_torch_can_be_chosen(requirements: str) -> None:
    assert sidecars.unsupported_torch(space_of(requirements)) is None


def test_a_configured_list_is_heeded() -> None:
    newer = Fact(["2.11.0", "2.12.1", "3.1.4"], "here", "2026-12-01")
    with using((("torch.supported", newer),)):
        assert sidecars.unsupported_torch(space_of("torch==2.12.1\n")) is None
        assert sidecars.unsupported_torch(space_of("torch==3.1.4\n")) is None
        found = sidecars.unsupported_torch(space_of("torch==2.8.0\n"))
    assert found is not None
    assert (found.is_too_old, found.nearest) == (True, "2.11.0")


def test_lines_that_have_to_change_with_torch() -> None:
    space = space_of("torch==2.5.1\ntorchvision==0.20.1\ntorchaudio\nxformers\ntorchcodec>=0.3\n")
    found = sidecars.companions(space, "2.8.0")
    assert [(line.name, version) for line, version in found] == [
        ("torchvision", "0.23.0"),
        ("torchaudio", "2.8.0"),
        ("torchcodec", "0.7.0"),
    ]
    assert sidecars.companions(space_of("torchvision==0.23.0\n"), "2.8.0") == ()


def test_how_a_line_is_written_anew() -> None:
    hashed = "torch==2.5.1 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    for text, expected in (
        ("torch == 2.5.1  # pinned\n", "torch==2.8.0"),
        ("torch[opt-einsum]>=2,<2.5\n", "torch[opt-einsum]==2.8.0"),
        ('torch==2.5.1; sys_platform == "linux"\n', 'torch==2.8.0 ; sys_platform == "linux"'),
        ("https://example.org/torch-2.4.0-cp310-cp310-linux_x86_64.whl\n", "torch==2.8.0"),
    ):
        space = space_of(text)
        assert sidecars.with_version(space.installed[0], "2.8.0") == expected
        assert sidecars.is_editable(space, space.installed[0])
    space = space_of(hashed)
    assert not sidecars.is_editable(space, space.installed[0])


def test_reach() -> None:
    assert Reach(("2.8.0",), is_open=False).meets(Reach(("2.8.0", "2.9.1"), is_open=False))
    assert not Reach(("2.8.0",), is_open=False).meets(Reach((), is_open=True))
    assert Reach((), is_open=True).meets(Reach(("2.8.0",), is_open=True))


@pytest.mark.parametrize("name", sidecars.NAMES)
def test_the_tables_are_whole(name: str) -> None:
    rows = fact(f"sidecars.{name}").value
    own = [Version(version) for version, _ in rows]
    assert own == sorted(set(own))
    released = fact("torch.released").value
    assert [Version(version) for version in released] == sorted({Version(version) for version in released})
    for _, specifier in rows:
        assert any(version in SpecifierSet(specifier) for version in released), specifier
    for torch in fact("torch.supported").value:
        assert torch in released
        assert sidecars.fitting(name, Reach((torch,), is_open=False)), torch
    for version, until in fact("torch.accepted_until").value:
        assert version in released
        assert until < fact("torch.supported").date
