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
        ("--extra-index-url https://download.pytorch.org/whl/cu128\nflash-attn", [("flash-attn", True)]),
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


@pytest.mark.parametrize(
    ("requirements", "found"),
    [
        ("-e .", ["."]),
        (".", ["."]),
        ("--editable=./sub[extra]", ["./sub"]),
        ("sub/package", ["sub/package"]),
        ("views-1.0-py3-none-any.whl", ["views-1.0-py3-none-any.whl"]),
        ("views @ file:///home/somebody/views", ["file:///home/somebody/views"]),
        ("git+file:///home/somebody/views", ["git+file:///home/somebody/views"]),
        ("/mnt/views", ["/mnt/views"]),
        ("views\nhttps://example.org/views-1.0.tar.gz\ngit+ssh://git@example.org/views", []),
        ("./views; sys_platform == 'darwin'", []),
        ("${VIEWS}/views", []),
        ("-c local.txt", []),
    ],
)
def test_local_requirements(requirements: str, found: list[str]) -> None:
    local = builds.local_requirements(space(requirements, **{"local.txt": "./views"}))
    assert [item.requirement.url for item in local] == found


def test_includes() -> None:
    files = {"base.txt": "-r more.txt\ntorch\n", "more.txt": "", "pre-requirements.txt": "-c base.txt\n"}
    lines = "-r base.txt\n-r https://example.org/r.txt\n--requirement gone.txt\n-r ../up.txt\n"
    found = builds.includes(space(lines, **files))
    # What is not there is reported as unread.
    assert [(option.span.path, option.value) for option in found] == [
        ("pre-requirements.txt", "base.txt"),
        ("requirements.txt", "base.txt"),
    ]


TORCH = "https://download.pytorch.org/whl/cu128"


@pytest.mark.parametrize(
    ("requirements", "line"),
    [
        (f"--index-url {TORCH}\ntorch", 1),
        (f"torch\n-i {TORCH}/", 2),
        (f"--index-url {TORCH}\n--extra-index-url {TORCH}\ntorch", 1),
        (f"--extra-index-url https://example.org/simple\n--index-url={TORCH}\ntorch", 2),
        (f"--index-url {TORCH}\n--extra-index-url https://example.org/simple\ntorch", None),
        (f"--index-url {TORCH}\n--index-url https://example.org/simple\ntorch", None),
        (f"--index-url https://example.org/simple\n--index-url {TORCH}\ntorch", 2),
        (f"--index-url {TORCH}\n-f https://example.org/wheels\ntorch", None),
        (f"torch --index-url {TORCH}", None),
        (f"--extra-index-url {TORCH}\ntorch", None),
        ("--index-url https://example.org/simple", None),
    ],
)
def test_the_index_that_counts(requirements: str, line: int | None) -> None:
    option = builds.replaced_index(space(requirements))
    assert (option.span.start_line if option else None) == line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"ffmpeg\ngit libgl1\n\n  libsm6\t\n", []),
        (b"apt-get update\nsudo apt install -y ffmpeg\n", [("command", "apt-get"), ("command", "install")]),
        (b"RUN apt-get update && apt-get install -y ffmpeg git", [("command", "apt-get")]),
        (b"apt\napt-utils\n", []),
        (b"# fonts\nffmpeg # for video\n", [("comment", "# fonts"), ("comment", "# for video")]),
        (b"#ffmpeg", [("comment", "#ffmpeg")]),
        (b"# don't", [("quote", "# don't")]),
        (b"'ffmpeg' \"git\"", []),
        (b"ffmpeg,\ngit;", [("name", "ffmpeg,"), ("name", "git;")]),
        (b"ffmpeg>=4\nffmpeg==4", [("name", "ffmpeg>=4"), ("name", "ffmpeg==4")]),
        (b"FFmpeg\nlibGL*\nffmpeg=7:6.1-5+B1\nlibc6:amd64", [("name", "FFmpeg")]),
        (b"-y\n--no-install-recommends ffmpeg", []),
        (b"\xef\xbb\xbfffmpeg\ngit", [("byte-order-mark", "ffmpeg")]),
        (b"ffmpeg\r\ngit\r\n", [("carriage-return", "")]),
        (b"", []),
        (b"\xff\xfe\x00", []),
    ],
)
def test_words_that_are_no_packages(text: bytes, found: list[tuple[str, str]]) -> None:
    contents = {"README.md": README.encode(), "packages.txt": text}
    assert [(word.kind, word.text) for word in builds.package_words(Space(contents))] == found


def test_a_clone_with_the_line_ends_of_windows_says_nothing_of_them() -> None:
    contents = {"README.md": README.replace("\n", "\r\n").encode(), "packages.txt": b"ffmpeg\r\ngit\r\n"}
    assert not list(builds.package_words(Space(contents)))
