"""What the names of wheels say, in the ways in which their makers write it, and which of them a Space can use."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import pytest
from packaging.specifiers import SpecifierSet
from packaging.tags import sys_tags
from packaging.version import Version

from zerolint.facts import using
from zerolint.finding import Fact
from zerolint.model.space import Space
from zerolint.model.wheels import Mismatch, foreign_pages, judged, old_indexes, option_line

PYTHON = '---\nsdk: gradio\npython_version: "{}"\nsuggested_hardware: zero-a10g\n---\n'
AT = "https://example.org/releases/"


@pytest.fixture(autouse=True)
def _platform() -> Iterator[None]:
    """The versions of a day, so that a longer list of the platform's changes no case."""
    with using((("torch.supported", Fact(["2.8.0", "2.9.1", "2.10.0", "2.11.0"], "Hugging Face docs", "2026-08-22")),)):
        yield


def space_of(*lines: str, python: str = "3.12") -> Space:
    text = "".join(f"{line}\n" for line in lines)
    return Space({"README.md": PYTHON.format(python).encode(), "requirements.txt": text.encode()})


@pytest.mark.parametrize(
    ("requirement", "torch", "cuda", "new_abi"),
    [
        ("flash_attn-2.8.3+cu12torch2.8cxx11abiFALSE-cp310-cp310-linux_x86_64.whl", ("2.8",), (12,), False),
        ("flash_attn-2.8.3%2Bcu13torch2.11cxx11abiTRUE-cp312-cp312-linux_x86_64.whl", ("2.11",), (13,), True),
        ("flash_attn-2.8.3+cu124torch2.5-cp310-cp310-linux_x86_64.whl", ("2.5",), (12, 4), None),
        ("o_voxel-0.0.1%2Btorch2.11.0.cu130-cp312-cp312-linux_x86_64.whl", ("2.11",), (13, 0), None),
        ("gsplat-1.5.3+pt24cu124-cp310-cp310-linux_x86_64.whl", ("2.4",), (12, 4), None),
        ("xformers-0.0.27+cu118.d20240731-cp310-cp310-linux_x86_64.whl", (), (11, 8), None),
        ("llama_cpp_python-0.3.20+cuda13.0.sm100.sm120.blackwell-py3-none-win_amd64.whl", (), (13, 0), None),
        ("v0.2.90-cu124/llama_cpp_python-0.2.90-cp310-cp310-linux_x86_64.whl", (), (12, 4), None),
        ("cu122/torch2.1.0/mmcv-2.2.0-cp310-cp310-manylinux1_x86_64.whl", ("2.1",), (12, 2), None),
        # What the name says counts, not the folder.
        ("cu118/splats-1.0+pt28cu128-cp310-cp310-linux_x86_64.whl", ("2.8",), (12, 8), None),
        ("splats-1.0-1cu121-cp310-cp310-linux_x86_64.whl", (), (12, 1), None),
        ("splats-1.0+git0cafecu-cp310-cp310-linux_x86_64.whl", (), (), None),
        ("splats-1.0+cu1.2-py3-none-any.whl", (), (), None),
        ("splats-1.0+cu999-py3-none-any.whl", (), (), None),
        ("document-1.0+focus12-py3-none-any.whl", (), (), None),
        ("torch-2.8.0+cpu-cp310-cp310-linux_x86_64.whl", (), (), None),
        ("nvdiffrast-0.3.3-cp310-cp310-linux_x86_64.whl?download=true", (), (), None),
    ],
)
def test_what_a_name_says(
    requirement: str, torch: tuple[str, ...], cuda: tuple[int, ...], new_abi: bool | None
) -> None:
    (wheel,) = space_of(AT + requirement).wheels
    assert (wheel.torch, wheel.cuda, wheel.has_new_abi) == (torch, cuda, new_abi)


@pytest.mark.parametrize(
    ("written", "readings"),
    [
        ("natten==0.21.6+torch2110cu130", ("2.11", "2.1")),
        ("natten==0.17.1+torch240cu121", ("2.4",)),
        ("natten==0.17.1+torch271cu128", ("2.7",)),
        ("torch_scatter===2.1.2+pt28cu128", ("2.8",)),
        ("torch_scatter==2.1.2+pt210cu128", ("2.10", "2.1")),
        ("torch_scatter==2.1.2+pt113cu117", ("1.13", "1.1")),
        ("pytorch3d==0.7.7+pt2.1.2cu121", ("2.1",)),
        ("pytorch3d==0.7.7+pt2cu121", ()),
        ("pytorch3d==0.7.7+pt123456cu121", ()),
    ],
)
def test_digits_without_points(written: str, readings: tuple[str, ...]) -> None:
    (wheel,) = space_of(written).wheels
    assert wheel.torch == readings


@pytest.mark.parametrize(
    "requirement",
    [
        "torch==2.8.0",
        "flash-attn @ https://example.org/flash_attn-2.8.3.tar.gz",
        "https://example.org/not-a-wheel.whl",
        "https://example.org/bad_version-x.y-py3-none-any.whl",
        "natten>=0.21+torch2110cu130",
        'flash-attn==2.8.3+cu12torch2.8 ; sys_platform == "win32"',
    ],
)
def test_what_is_no_wheel(requirement: str) -> None:
    assert space_of(requirement).wheels == ()


@pytest.mark.parametrize(
    ("tags", "fits"),
    [
        # As pip has it: executed with 23.2.1 for each of these kinds, on Linux.
        ("cp312-cp312-linux_x86_64", True),
        ("cp310-cp310-linux_x86_64", False),
        ("cp310-none-any", False),
        ("cp39-abi3-linux_x86_64", True),
        ("cp313-abi3-linux_x86_64", False),
        ("cp310.cp312-abi3-linux_x86_64", True),
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py3-none-linux_x86_64", True),
        ("py310-none-any", True),
        ("py313-none-any", False),
        ("pp310-pypy310_pp73-linux_x86_64", False),
        ("cp312-cp312-manylinux1_x86_64", True),
        ("cp312-cp312-manylinux_2_99_x86_64", True),
        ("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", True),
        ("cp312-cp312-musllinux_1_2_x86_64", False),
        ("cp312-cp312-linux_aarch64", False),
        ("cp312-cp312-win_amd64", False),
        ("cp312-cp312-macosx_14_0_arm64", False),
        ("cp312-cp312-macosx_14_0_arm64.linux_x86_64", True),
    ],
)
def test_what_pip_installs(tags: str, fits: bool) -> None:
    space = space_of(f"{AT}splats-1.0-{tags}.whl")
    found = judged(space, Mismatch.PYTHON) + judged(space, Mismatch.PLATFORM)
    assert (found == ()) is fits


@pytest.mark.parametrize("python", ["3.1", "3", "latest", "3.x", ""])
def test_a_python_version_that_says_nothing(python: str) -> None:
    assert space_of(f"{AT}splats-1.0-cp310-cp310-linux_x86_64.whl", python=python).judged_wheels == ()


def test_the_python_a_wheel_needs() -> None:
    space = space_of(
        f"{AT}a-1.0-cp39-abi3-linux_x86_64.whl",
        f"{AT}b-1.0-cp312-cp312-win_amd64.whl",
        f"{AT}c-1.0-cp310.cp311-none-any.whl",
        f"{AT}d-1.0-cp312-cp312-linux_x86_64.whl",
    )
    found = space.wheel_for_another_python("3.10")
    assert found is not None
    assert (found[0].name, found[1]) == ("d", "3.12")
    assert space.wheel_for_another_python("3.12") is None


def reasons(*lines: str) -> list[tuple[str, str, bool]]:
    return [(found.wheel.name, found.mismatch.value, found.is_certain) for found in space_of(*lines).judged_wheels]


def flash(local: str) -> str:
    return f"{AT}flash_attn-2.8.3+{local}-cp312-cp312-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("torch==2.8.0", flash("cu12torch2.8cxx11abiTRUE")), []),
        (("torch==2.8", flash("cu12torch2.8cxx11abiTRUE")), []),
        (("torch==2.8.*", flash("cu12torch2.8cxx11abiTRUE")), []),
        (("torch>=2.8,<2.9", flash("cu12torch2.8cxx11abiTRUE")), []),
        (("torch==2.9.1", flash("cu12torch2.8cxx11abiTRUE")), [("torch", False)]),
        (("torch==2.9.1", flash("cu12torch2.6cxx11abiTRUE")), [("torch", False)]),
        (("torch==2.9.1", flash("cu12torch2.6")), [("torch", True)]),
        # The C++ ABI is the more exact reason, and of 2.7 and later both files have the new one.
        (("torch==2.9.1", flash("cu12torch2.6cxx11abiFALSE")), [("abi", True)]),
        ((flash("cu12cxx11abiFALSE"),), [("abi", True)]),
        (("torch==2.8.0", flash("cu12torch2.8cxx11abiFALSE")), []),
        (("torch==2.9.1", flash("cu12torch2.8cxx11abiFALSE")), [("torch", False)]),
        # Seen to run with later ones.
        (("torch==2.11.0", flash("cu12torch2.10cxx11abiTRUE")), []),
        (("torch==2.10.0", flash("cu13torch2.11cxx11abiTRUE")), [("torch", False)]),
        # No pin: the newest.
        (("torch", flash("cu12torch2.8cxx11abiTRUE")), [("torch", False)]),
        ((flash("cu12torch2.8cxx11abiTRUE"),), [("torch", False)]),
        (("torch>=2.8", flash("cu13torch2.11cxx11abiTRUE")), []),
        (("torch>=2.8", flash("cu13torch2.13cxx11abiTRUE")), []),
        (("torch", "torchvision==0.23.0", flash("cu12torch2.8cxx11abiTRUE")), []),
        (("torch", "xformers==0.0.32", flash("cu12torch2.8cxx11abiTRUE")), []),
        (("-c limits.txt", flash("cu12torch2.8cxx11abiTRUE")), [("torch", False)]),
        # A torch that is a wheel itself.
        ((f"{AT}torch-2.8.0+cu128-cp312-cp312-linux_x86_64.whl", flash("cu128torch2.8")), []),
        ((f"{AT}torch-2.9.1+cu128-cp312-cp312-linux_x86_64.whl", flash("cu128torch2.8")), [("torch", False)]),
        (("torch @ git+https://example.org/torch", flash("cu128torch2.8")), []),
        # The pin is the mistake.
        (("torch==2.5.1", flash("cu124torch2.5")), []),
        (("torch==2.5.1", flash("cu12torch2.6cxx11abiFALSE")), []),
        (("torch==2.5.1+cu121", "torchvision==0.20.1+cu121"), []),
        # CUDA.
        (("torch==2.8.0", flash("cu124torch2.8")), [("cuda", True)]),
        (("torch==2.8.0", flash("cu118")), [("cuda", True)]),
        (("torch==2.8.0", flash("cu11")), [("cuda", True)]),
        (("torch==2.8.0", flash("cu128")), []),
        (("torch==2.8.0", f"{AT}splats-1.0+cu121-cp312-cp312-linux_x86_64.whl"), [("cuda", False)]),
        (("torch==2.8.0+cu126",), [("cuda", True)]),
        (("torch==2.8.0+cu126", "torchvision==0.23.0+cu126", "torchaudio==2.8.0+cu126"), [("cuda", True)]),
        (("torchvision==0.23.0+cu126",), [("cuda", True)]),
        (("torchvision==0.20.1+cu121",), []),
        (("torchvision==0.20.1+cu121", flash("cu12torch2.5cxx11abiFALSE")), []),
        ((f"{AT}torch-2.5.1+cu121-cp312-cp312-linux_x86_64.whl",), []),
        ((f"{AT}torch-2.8.0+cu126-cp312-cp312-linux_x86_64.whl",), [("cuda", True)]),
        (("torch==2.8.0+cu128",), []),
        (("llama_cpp_python==0.3.4+cu121",), []),
    ],
)
def test_one_reason_for_each_wheel(lines: tuple[str, ...], found: list[tuple[str, bool]]) -> None:
    assert [(reason, certain) for _, reason, certain in reasons(*lines)] == found


def test_a_constraint_chooses_the_torch() -> None:
    text = f"-c limits.txt\ntransformers\n{flash('cu12torch2.8cxx11abiTRUE')}\n"
    contents = {"requirements.txt": text.encode(), "limits.txt": b"torch==2.8.0\n"}
    assert Space(contents, target="zerogpu").judged_wheels == ()


def indexes(*lines: str) -> list[str]:
    return [found.version for found in old_indexes(space_of(*lines))]


INDEX = "--extra-index-url https://download.pytorch.org/whl/"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((f"{INDEX}cu126", "torch==2.8.0"), ["2.8.0+cu126"]),
        ((f"{INDEX}cu126/", "torch==2.11.0"), ["2.11.0+cu126"]),
        ((f"{INDEX}cu126", "torch==2.8.0+cu126"), []),
        ((f"{INDEX}cu126", "torch>=2.8"), []),
        ((f"{INDEX}cu126", "torch"), []),
        ((f"{INDEX}cu126", "diffusers"), []),
        # It does not have the version, so pip takes it elsewhere.
        ((f"{INDEX}cu121", "torch==2.8.0"), []),
        ((f"{INDEX}cu118", "torch==2.8.0"), []),
        # The version is the mistake.
        ((f"{INDEX}cu121", "torch==2.5.1"), []),
        ((f"{INDEX}cu128", "torch==2.8.0"), []),
        ((f"{INDEX}cu126", f"{INDEX}cu128", "torch==2.8.0"), []),
        ((f"{INDEX}cu121", f"{INDEX}cu126", "torch==2.8.0"), ["2.8.0+cu126"]),
        (("--extra-index-url https://example.org/whl/cu126", "torch==2.8.0"), []),
    ],
)
def test_an_index_that_pip_prefers(lines: tuple[str, ...], found: list[str]) -> None:
    assert indexes(*lines) == found


PAGE = "-f https://data.pyg.org/whl/torch-"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((f"{PAGE}2.4.0+cu121.html", "torch==2.8.0", "torch-scatter"), [("2.4", "torch-scatter")]),
        ((f"{PAGE}2.4.0%2Bcu121.html", "torch==2.8.0", "torch-sparse==0.6.18"), [("2.4", "torch-sparse")]),
        (
            ("-f https://download.openmmlab.com/mmcv/dist/cu122/torch2.1.0/index.html", "torch==2.8.0", "mmcv"),
            [("2.1", "mmcv")],
        ),
        ((f"{PAGE}2.8.0+cu128.html", "torch==2.8.0", "torch-scatter"), []),
        ((f"{PAGE}2.8.0+cu128.html", "torch==2.8.1", "torch-scatter"), []),
        ((f"{PAGE}2.4.0+cu121.html", f"{PAGE}2.8.0+cu128.html", "torch==2.8.0", "torch-scatter"), []),
        ((f"{PAGE}2.10.0+cu128.html", "torch==2.11.0", "torch-scatter"), []),
        ((f"{PAGE}2.4.0+cu121.html", "torch", "torch-scatter"), []),
        ((f"{PAGE}2.1.2+cu121.html", "torch==2.1.2", "torch-scatter"), []),
        ((f"{PAGE}2.4.0+cu121.html", "torch==2.4.1", "torch-scatter"), []),
        ((f"{PAGE}2.4.0+cu121.html", "torch==2.8.0", "numpy"), []),
        ((f"{PAGE}2.4.0+cu121.html", "torch==2.8.0", "torch-scatter==2.1.2+pt28cu128"), []),
        (("-f https://example.org/torch-2.4.0", "torch==2.8.0", "torch-scatter"), []),
    ],
)
def test_pages_with_wheels_for_one_torch(lines: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    assert [(page.torch, page.requirement.name) for page in foreign_pages(space_of(*lines))] == found


def test_the_line_of_an_option() -> None:
    space = space_of(f"{INDEX}cu126 # mine", "--pre -i https://example.org", "torch==2.8.0")
    lines = [option_line(space, option) for option in space.requirements.options]
    assert lines[0] is not None
    assert (lines[0].start_line, lines[0].end_line, lines[0].end_column) == (1, 2, 1)
    assert lines[1:] == [None, None]


def test_facts_decide() -> None:
    wheel = f"{AT}splats-1.0+cu121-cp312-cp312-linux_x86_64.whl"
    with using([("hardware.first_cuda", Fact("12.0", "told", "2027-01-01"))]):
        assert space_of(wheel).judged_wheels == ()
    assert reasons(wheel) == [("splats", "cuda", False)]


def installed(code: str) -> list[str]:
    text = (
        f"import os\nimport shlex\nimport subprocess\nimport sys\nimport gradio as gr\n{code}\ngr.Blocks().launch()\n"
    )
    return [wheel.requirement.url for wheel in Space({"app.py": text.encode()}, target="zerogpu").wheels]


WHEEL = "wheels/splats-1.0-cp310-cp310-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (f'os.system("pip install {WHEEL} --force-reinstall")', [WHEEL]),
        (f'subprocess.run("python -m pip install -q {AT}{WHEEL}", shell=True)', [f"{AT}{WHEEL}"]),
        (f'subprocess.check_call([sys.executable, "-m", "pip", "install", "{WHEEL}"])', [WHEEL]),
        (f'subprocess.run(shlex.split("pip install {WHEEL}"), check=True)', [WHEEL]),
        (f'subprocess.run("pip install {WHEEL}".split())', [WHEEL]),
        (f"os.system('cd parts && pip3 install \"{WHEEL}\"; ls')", [WHEEL]),
        (f'PLACE = "pip install {WHEEL}"\ndef setup():\n    os.system(PLACE)\nsetup()', [WHEEL]),
        (f'if os.environ.get("SPACE_ID"):\n    os.system("pip install {WHEEL}")', [WHEEL]),
        (f'if os.environ.get("FAST"):\n    os.system("pip install {WHEEL}")', []),
        (f'def setup():\n    os.system("pip install {WHEEL}")', []),
        (f'print("pip install {WHEEL}")', []),
        (f'os.system("pip download {WHEEL}")', []),
        (f'os.system("pip install --target lib {WHEEL}")', []),
        (f'os.system("python3.10 -m pip install {WHEEL}")', []),
        (f'os.system("pip install other || pip install {WHEEL}")', []),
        (f'os.system("pip install numpy")\nnote = "{WHEEL}"', []),
        (f'class Runner:\n    def run(self, text):\n        pass\nRunner().run("pip install {WHEEL}")', []),
    ],
)
def test_wheels_that_code_installs(code: str, found: list[str]) -> None:
    assert installed(code) == found


def test_a_path_among_the_requirements() -> None:
    assert space_of("./wheels/splats-1.0-cp310-cp310-linux_x86_64.whl").wheels == ()
    assert space_of("splats @ file:///srv/splats-1.0-cp310-cp310-linux_x86_64.whl").wheels == ()


def test_it_says_what_packaging_says() -> None:
    """For the Python that runs the tests, as pip asks for it."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    mine = {(tag.interpreter, tag.abi) for tag in sys_tags()}
    for interpreter, abi in itertools.product(
        ("py3", "py2", "py38", "py310", "py311", "py312", "py399", "cp38", "cp310", "cp311", "cp312", "cp313", "pp310"),
        ("none", "abi3", "cp310", "cp311", "cp312", "cp313", "pypy310_pp73"),
    ):
        wheel = f"{AT}splats-1.0-{interpreter}-{abi}-linux_x86_64.whl"
        found = judged(space_of(wheel, python=own), Mismatch.PYTHON)
        assert (found == ()) is ((interpreter, abi) in mine), wheel


def test_a_local_part_makes_a_version_later() -> None:
    assert Version("2.8.0+cu126") > Version("2.8.0")
    assert Version("2.8.0+cu128") > Version("2.8.0+cu126")
    assert SpecifierSet("==2.8.0").contains("2.8.0+cu126")
