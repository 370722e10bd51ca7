"""What the platform's builder cannot install."""

from __future__ import annotations

import pytest

from zerolint.model import builds
from zerolint.model.space import Space

README = "---\ntitle: Views\nsdk: gradio\nsuggested_hardware: zero-a10g\n---\n"


def space(requirements: str, **files: str) -> Space:
    texts = {"README.md": README, "app.py": "import spaces\n", "requirements.txt": requirements}
    return Space({path: text.encode() for path, text in {**texts, **files}.items()})


@pytest.mark.parametrize(
    ("requirements", "version"),
    [
        ("bitsandbytes==0.43.1", "0.43.1"),
        ("bitsandbytes==0.41.2.post2", "0.41.2.post2"),
        ("bitsandbytes~=0.43.1", "0.43.3"),
        ("bitsandbytes==0.44.*", "0.44.1"),
        ("bitsandbytes<0.46", "0.45.5"),
        ("bitsandbytes<=0.45.3,!=0.45.3", "0.45.2"),
        ("bitsandbytes", None),
        ("bitsandbytes>=0.43", None),
        ("bitsandbytes>=0.43,<0.47", None),
        ("bitsandbytes==0.46.0", None),
        ("bitsandbytes==0.51.0", None),
        ("bitsandbytes>=0.60", None),
        ("bitsandbytes @ https://example.org/bitsandbytes-0.43.1-py3-none-any.whl", None),
        ("# bitsandbytes==0.43.1", None),
    ],
)
def test_the_newest_bitsandbytes_that_is_admitted(requirements: str, version: str | None) -> None:
    found = builds.old_bitsandbytes(space(requirements))
    assert (found.version if found else None) == version


@pytest.mark.parametrize(
    ("requirements", "found"),
    [
        ("flash-attn", [("flash-attn", True)]),
        ("Flash_Attn==2.8.3", [("flash-attn", True)]),
        ("flash-attn<2.8", [("flash-attn", True)]),
        ("mamba-ssm", [("mamba-ssm", True)]),
        ("mamba-ssm==2.2.2", [("mamba-ssm", True)]),
        ("mamba-ssm==2.2.4", [("mamba-ssm", False)]),
        ("mamba-ssm<2.3", []),
        ("causal-conv1d", [("causal-conv1d", False)]),
        ("causal-conv1d==1.4.0", [("causal-conv1d", True)]),
        ("natten", []),
        ("natten==0.17.5", [("natten", True)]),
        ("natten==0.17.5+torch250cu121", []),
        ("--extra-index-url https://example.org/simple\nflash-attn", []),
        ("-f https://example.org/wheels\ntorch-scatter", []),
        ("flash-attn @ https://example.org/flash_attn-2.8.3-cp312-cp312-linux_x86_64.whl", []),
        ("git+https://github.com/nvidia/Apex", [("apex", True)]),
        ("git+ssh://git@github.com/NVIDIA/apex.git@25.04", [("apex", True)]),
        ("git+https://${TOKEN}@github.com/NVIDIA/apex.git", [("apex", True)]),
        ("git+https://github.com/NVIDIA/apex-tools.git", []),
        ("git+https://github.com/NVlabs/nvdiffrast", [("nvdiffrast", True)]),
        ("git+https://github.com/NVlabs/nvdiffrast@v0.4.0", [("nvdiffrast", True)]),
        ("git+https://github.com/NVlabs/nvdiffrast@v0.3.3", []),
        ("git+https://github.com/NVlabs/nvdiffrast@c5caf7b", []),
        ("https://github.com/NVIDIA/apex/archive/master.zip", []),
    ],
)
def test_what_is_built_in_vain(requirements: str, found: list[tuple[str, bool]]) -> None:
    assert [(build.requirement.name, build.is_certain) for build in builds.source_builds(space(requirements))] == found


@pytest.mark.parametrize(
    ("readme", "built"),
    [
        (README, True),
        ("---\nsdk: docker\n---\n", False),
        ("---\nsdk: static\n---\n", False),
        ("---\nsdk: gradio\n---\n", True),
        ("# Views\n", True),
    ],
)
def test_which_folders_the_platform_installs(readme: str, built: bool) -> None:
    assert builds.is_built(space("", **{"README.md": readme})) is built
