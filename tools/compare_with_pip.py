"""`python -m tools.compare_with_pip`: does zerolint say of requirements what pip says?

For each case, pip is asked what it would install in a Space, and zerolint is asked what it finds in the same Space. No
verdict is written down here: both are asked each time. Nothing is installed, and no code of a package runs.

The markers of packages are evaluated for the interpreter that this runs with, whatever Python a case is about: pip has
no other way. Run it with Python 3.10 or 3.12 on Linux, as a Space does.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools import registry
from tools.registry import Answer, RegistryError
from zerolint import engine
from zerolint.facts import fact
from zerolint.finding import Consequence
from zerolint.model.space import Space

APP = """\
import gradio as gr
import spaces


@spaces.GPU(duration=30)
def answer(text):
    return text


gr.Interface(answer, "text", "text").launch()
"""
DEFAULT_PYTHON = "3.10"
_WHEEL = r"\S+/(\S+\.whl)"


@dataclass(frozen=True)
class Case:
    """A Space: its requirements, its front matter, and whether the packages that they need are part of the question.

    `python` is None where the README is silent, which means DEFAULT_PYTHON. The wheels that URLs lead to are not
    fetched: a wheel of that name without content takes their place. `included` is the text of the Space's `base.txt`.
    """

    what: str
    requirements: str
    python: str | None = "3.12"
    sdk: str = "5.49.1"
    alone: bool = False
    included: str = ""

    @property
    def contents(self) -> dict[str, bytes]:
        """The files of the Space."""
        python = f'python_version: "{self.python}"\n' if self.python else ""
        readme = f"---\ntitle: Answer\nsdk: gradio\nsdk_version: {self.sdk}\n{python}app_file: app.py\n---\n"
        texts = {"README.md": readme, "requirements.txt": self.requirements, "app.py": APP}
        if self.included:
            texts["base.txt"] = self.included
        return {path: text.encode() for path, text in texts.items()}


@dataclass(frozen=True)
class Verdict:
    """Whether the requirements can be installed, and the line that says so."""

    accepts: bool
    line: str


@dataclass(frozen=True)
class Comparison:
    """One case with the two verdicts."""

    case: Case
    pip: Verdict
    zerolint: Verdict

    @property
    def agrees(self) -> bool:
        return self.pip.accepts == self.zerolint.accepts

    def __str__(self) -> str:
        said = [f"{name:<9} {_shown(verdict)}" for name, verdict in (("pip", self.pip), ("zerolint", self.zerolint))]
        return "\n".join([f"{'agree' if self.agrees else 'DISAGREE':<9} {self.case.what}", *said])


def _wheel(name: str, python: str | None) -> Case:
    where = f"https://wheels.example/{name}"
    return Case(f"{name} on Python {python or 'of no choice'}", f"{where}\n", python, alone=True)


WHEELS = (
    _wheel("flash_attn-2.8.3+cu12torch2.8cxx11abiTRUE-cp310-cp310-linux_x86_64.whl", "3.10"),
    _wheel("flash_attn-2.8.3+cu12torch2.8cxx11abiTRUE-cp310-cp310-linux_x86_64.whl", "3.12"),
    _wheel("flash_attn-2.8.3+cu12torch2.8cxx11abiTRUE-cp312-cp312-linux_x86_64.whl", "3.12.12"),
    _wheel("flash_attn-2.8.3+cu12torch2.8cxx11abiTRUE-cp312-cp312-linux_x86_64.whl", None),
    _wheel("flash_attn_3-3.0.0b1-cp39-abi3-linux_x86_64.whl", "3.12"),
    _wheel("cryptography-46.0.3-cp311-abi3-manylinux_2_28_x86_64.whl", "3.10"),
    _wheel("cryptography-46.0.3-cp311-abi3-manylinux_2_28_x86_64.whl", "3.12"),
    _wheel("tokenizers-0.22.1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.10"),
    _wheel("bitsandbytes-0.48.1-py3-none-manylinux_2_24_x86_64.whl", "3.12"),
    _wheel("en_core_web_sm-3.8.0-py3-none-any.whl", None),
    _wheel("torch-2.8.0-cp312-cp312-manylinux_2_28_x86_64.whl", "3.12"),
    _wheel("torch-2.8.0-cp313-cp313t-manylinux_2_28_x86_64.whl", "3.12"),
    _wheel("torch-2.8.0-cp312-cp312-manylinux_2_28_aarch64.whl", "3.12"),
    _wheel("torch-2.8.0-cp312-none-macosx_11_0_arm64.whl", "3.12"),
    _wheel("torch-2.8.0-cp312-cp312-win_amd64.whl", "3.12"),
    _wheel("pytorch3d-0.7.8+pt2.8.0cu128-cp310-cp310-linux_x86_64.whl", None),
)

TORCHVISION_ELSEWHERE = 'torch==2.8.0\ntorchvision==0.22.0; platform_machine == "aarch64"\n'

REQUIREMENTS = (
    Case("nothing but the SDK", "requests\n"),
    Case("huggingface_hub 1.x with Gradio 5.49.1", "gradio==5.49.1\nhuggingface_hub==1.3.0\n"),
    Case("huggingface_hub before 1.0 with Gradio 6.31.0", "huggingface_hub==0.36.0\n", sdk="6.31.0"),
    Case("another gradio than the SDK", "gradio==5.50.0\n"),
    Case("the gradio of the SDK", "gradio==5.49.1\n"),
    Case("two pins of gradio", "gradio==5.49.1\ngradio==5.50.0\n"),
    Case("torch and the torchvision of the torch before it", "torch==2.8.0\ntorchvision==0.22.0\n"),
    Case("torch and its torchvision and torchaudio", "torch==2.8.0\ntorchvision==0.23.0\ntorchaudio==2.8.0\n"),
    Case("torch and another torchaudio", "torch==2.9.1\ntorchaudio==2.8.0\n"),
    Case("torch and an xformers for another", "torch==2.8.0\nxformers==0.0.31\n"),
    Case("torch and a torchaudio that no longer says what it needs", "torch==2.8.0\ntorchaudio==2.11.0\n"),
    Case("a range of torch with room for the torchvision", "torch>=2.8,<2.10\ntorchvision==0.23.0\n"),
    Case("the torchvision of another torch, on another machine", TORCHVISION_ELSEWHERE),
    Case("numpy 2.3 on Python 3.10", "numpy>=2.3\n", "3.10"),
    Case("numpy 2.3 where the README chooses no Python", "numpy>=2.3\n", None),
    Case("numpy 2.3 on Python 3.12", "numpy>=2.3\n"),
    Case("pydantic beyond what spaces admits", "spaces\npydantic>=3\n"),
    Case("pydantic beyond what Gradio admits", "pydantic==2.12.4\n", sdk="5.50.0"),
    Case("pillow beyond what Gradio admits", "pillow==12.0.0\n", sdk="5.50.0"),
    Case("typing-extensions before what spaces needs", "typing-extensions==3.10.0.2\n"),
    Case("httpx before what Gradio needs", "httpx==0.23.3\n"),
    Case("pandas beyond what Gradio admits", "pandas==3.0.0\n"),
    Case("websockets beyond what Gradio's client admits", "websockets==16.0\n"),
    Case("numpy before 2, which Gradio admits", "numpy<2\n"),
    Case("a range with the gradio of the SDK", "gradio[oauth]>=5.0,<6\n"),
    Case("a range without the gradio of the SDK", "gradio<5\n"),
    Case("a file that the Space has and the build does not", "-r base.txt\n", included="einops\n"),
    Case("a release that was never made", "gradio==5.49.9\n"),
    Case("the Space itself, editable", "-e .\n"),
    Case("a folder that the build does not have", "./vendor/renderer\n"),
    Case("a wheel for Python 3.11", "https://wheels.example/renderer-1.0-cp311-cp311-linux_x86_64.whl\n"),
    Case("a wheel for Python 3.12", "https://wheels.example/renderer-1.0-cp312-cp312-linux_x86_64.whl\n"),
    Case("a CUDA package that has no wheels", "flash-attn\n"),
    Case("an old bitsandbytes", "bitsandbytes==0.45.5\n"),
    Case("a marker that is false on Linux", 'pywin32==306; sys_platform == "win32"\n'),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.compare_with_pip", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="TEXT", default="", help="only the cases whose description contains this")
    options = parser.parse_args(arguments)
    cases = [case for case in (*WHEELS, *REQUIREMENTS) if options.only in case.what]
    compared: list[Comparison] = []
    # pip waits for the registry most of the time.
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(ask_pip, case) for case in cases]
        for case, answer in zip(cases, answers, strict=True):
            try:
                comparison = Comparison(case, answer.result(), ask_zerolint(case))
            except RegistryError as error:
                pool.shutdown(cancel_futures=True)
                print(f"{case.what}: {error}")
                return 2
            compared.append(comparison)
            print(comparison, end="\n\n", flush=True)
    disagreeing = [comparison for comparison in compared if not comparison.agrees]
    print(f"{len(compared)} cases, {len(disagreeing)} of them with different verdicts")
    return 1 if disagreeing else 0


def ask_pip(case: Case) -> Verdict:
    """What pip would do in the build of the Space. Raises RegistryError when pip gives no answer."""
    python = case.python or DEFAULT_PYTHON
    with tempfile.TemporaryDirectory(prefix="zerolint-tools-") as name:
        folder = Path(name)
        # The build sees this file and no other of the Space.
        text = re.sub(_WHEEL, lambda found: str(empty_wheel(folder, found[1])), case.requirements)
        folder.joinpath("requirements.txt").write_text(text, encoding="utf-8")
        if case.alone:
            beside = ["--no-deps", "--no-index"]
        else:
            beside = beside_requirements(case.sdk)
        answer = registry.dry_run(["-r", "requirements.txt", *beside], python, folder)
    return Verdict(answer.accepted, _without_paths(answer, case, name))


def ask_zerolint(case: Case) -> Verdict:
    """What zerolint finds in the Space that keeps it from being built. Raises RuntimeError when a rule crashes."""
    diagnostics, failures = engine.judge(Space(case.contents), engine.catalogue().rules)
    if failures:
        raise RuntimeError(f"{failures[0].name} crashed: {failures[0].error}")
    refusals = [diagnostic for diagnostic in diagnostics if diagnostic.consequence is Consequence.BUILD]
    if refusals:
        return Verdict(False, f"{refusals[0].code} {refusals[0].finding.message}")
    others = ", ".join(f"{diagnostic.code} {diagnostic.name}" for diagnostic in diagnostics)
    return Verdict(True, f"finds {others}" if others else "finds nothing")


def beside_requirements(sdk: str) -> list[str]:
    """What the platform installs in one command with the requirements."""
    installed = [f"{word}{sdk}" if word.endswith("==") else word for word in fact("gradio.installed").value]
    return [*installed, "spaces"]


def empty_wheel(folder: Path, name: str) -> Path:
    """A wheel of this name that contains nothing but what pip looks for. Does not look at what the name says."""
    distribution, version = name.split("-")[:2]
    info = f"{distribution}-{version}.dist-info"
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: zerolint\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def _without_paths(answer: Answer, case: Case, folder: str) -> str:
    """The decisive line as it would be everywhere; of what would be installed, only what the case is about."""
    if not answer.accepted:
        line = answer.line.replace(f"{folder}/", "").replace(folder, "the folder of the build")
        return re.sub(r" \(from versions: (?!none\)).*\)$", "", line)
    names = re.findall(r"(?m)^[A-Za-z][\w.-]*", case.requirements)
    names += [wheel.partition("-")[0] for wheel in re.findall(_WHEEL, case.requirements)]
    asked = {_canonical(name) for name in names}
    chosen = [one for one in answer.chosen if case.alone or _canonical(one.name) in asked]
    return f"would install {_listed(f'{one.name} {one.version}' for one in chosen)}"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "nothing of it"


def _shown(verdict: Verdict) -> str:
    return f"{'accepts' if verdict.accepts else 'refuses'}: {verdict.line}"


if __name__ == "__main__":
    raise SystemExit(main())
