"""Which requirements the Space's Python is too old for."""

from __future__ import annotations

import pytest

from zerolint.model.pythons import too_new
from zerolint.model.space import Space


@pytest.mark.parametrize(
    ("line", "python", "is_too_new"),
    [
        ("numpy>=2.3", "3.10", True),
        ("numpy==2.4.1", "3.10", True),
        ("numpy~=2.3.0", "3.10", True),
        ("numpy>=2.3", "3.11", False),
        ("numpy>=2.3", "3.12", False),
        ("numpy>=2.2", "3.10", False),
        ("numpy==2.2.6", "3.10", False),
        ("numpy", "3.10", False),
        ("numpy>=2.3; python_version >= '3.11'", "3.10", False),
        ("numpy @ https://example.org/numpy-2.4.1.tar.gz", "3.10", False),
        ("numpydoc>=2.3", "3.10", False),
    ],
)
def test_a_requirement_is_too_new_when_all_its_versions_are(line: str, python: str, is_too_new: bool) -> None:
    readme = f'---\nsdk: gradio\npython_version: "{python}"\n---\n'
    space = Space({"README.md": readme.encode(), "requirements.txt": f"{line}\n".encode(), "app.py": b""})
    assert bool(list(too_new(space, python))) is is_too_new


def test_the_answer_says_from_when_on_which_python_is_needed() -> None:
    space = Space({"requirements.txt": b"requests\nnumpy==2.4.1\n", "app.py": b""})
    (found,) = too_new(space, "3.10")
    assert (found.requirement.text, found.since, found.needed) == ("numpy==2.4.1", "2.3.0", "3.11")
