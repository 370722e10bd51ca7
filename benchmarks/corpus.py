"""What is measured: forty different Spaces made out of a few, and a large tree without any Space.

Everything is written into a folder of the caller, the same on each machine and in each run.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "spaces"
SEED = 20260822
# One does not parse, the other consists of mistakes: 28 in a file, where a real Space has five in fourteen files.
UNUSUAL = ("unparsable", "every-antipattern")

_MODULE = '''"""Part {number} of a program that has nothing to do with Gradio."""

import json
import os
from collections import defaultdict

LIMIT = {number}


class Part{number}:
    def __init__(self, name, size=LIMIT):
        self.name = name
        self.size = size
        self.values = defaultdict(list)

    def add(self, key, value):
        if len(self.values[key]) < self.size:
            self.values[key].append(value)
        return self

    def write(self, folder):
        path = os.path.join(folder, self.name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.values, file)
        return path
'''

_FUNCTION = '''

def step_{number}_{index}(values, factor={index}):
    """Scale and keep what is larger than the factor."""
    result = []
    for position, value in enumerate(values):
        if value * factor > LIMIT or position % 7 == {index}:
            result.append(value * factor)
    return {{"result": result, "count": len(result), "factor": factor}}
'''


def spaces_in(folder: Path) -> list[Path]:
    """The sub-folders of `folder` that hold at least one Python file, sorted."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and next(path.rglob("*.py"), None))


def make_spaces(target: Path, count: int) -> list[Path]:
    """Write `count` Spaces into `target`: the fixtures in turn, each copy with lines of its own in every module."""
    originals = [path for path in spaces_in(FIXTURES) if path.name not in UNUSUAL]
    made = []
    for number in range(count):
        original = originals[number % len(originals)]
        copy = target / f"{number:02d}-{original.name}"
        shutil.copytree(original, copy)
        for module in sorted(copy.rglob("*.py")):
            text = module.read_text(encoding="utf-8")
            tail = "".join(_FUNCTION.format(number=number, index=index) for index in range(number % 5))
            module.write_text(f"{text}\n\nLIMIT = {number}\n{tail}", encoding="utf-8")
        made.append(copy)
    return made


def make_tree(target: Path, count: int) -> Path:
    """Write `count` Python files of 1 to 6 kB without any Space into folders of fifty under `target`."""
    choice = random.Random(SEED)
    for number in range(count):
        folder = target / f"package_{number // 50:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        text = _MODULE.format(number=number)
        text += "".join(_FUNCTION.format(number=number, index=index) for index in range(choice.randrange(1, 13)))
        (folder / f"module_{number:04d}.py").write_text(text, encoding="utf-8")
    return target
