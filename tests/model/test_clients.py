"""Clients of other Spaces that do not send the visitor's token."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import os
import gradio as gr
import spaces
import gradio_client
from gradio_client import Client
from gradio_client import Client as Other

"""


def clients(app: str, version: str = "", requirements: str = "") -> list[tuple[str, bool, bool | None]]:
    """The Space that is asked, whether the client is shared, and whether no token is ever sent."""
    readme = f'---\nsdk: gradio\nsdk_version: "{version}"\n---\n' if version else "---\nsdk: gradio\n---\n"
    files = {"app.py": HEAD + app, "README.md": readme, "requirements.txt": requirements}
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    return [(item.space, item.is_shared, item.sends_none) for item in space.anonymous_clients()]


def shared(made: str) -> str:
    return f"c = {made}\ndef run(text):\n    return c.predict(text)\n\ngr.Interface(run, 'text', 'text').launch()\n"


def own(made: str) -> str:
    return f"def run(text):\n    return {made}.predict(text)\n\ngr.Interface(run, 'text', 'text').launch()\n"


@pytest.mark.parametrize(("version", "none"), [("5.50.0", True), ("4.44.1", True), ("6.0.0", False), ("", None)])
def test_a_shared_client(version: str, none: bool | None) -> None:
    for made in ("Client('a/b')", "Other(src='a/b')", "gradio_client.Client('a/b', verbose=False)"):
        assert clients(shared(made), version) == [("a/b", True, none)]


@pytest.mark.parametrize(("version", "found"), [("5.50.0", True), ("5.0.0b4", True), ("6.0.0", False), ("", False)])
def test_a_client_of_one_request(version: str, found: bool) -> None:
    assert clients(own("Client('a/b')"), version) == ([("a/b", False, True)] if found else [])


def test_the_version_of_the_requirements() -> None:
    assert clients(own("Client('a/b')"), requirements="gradio==5.9.1\n") == [("a/b", False, True)]
    assert clients(own("Client('a/b')"), requirements="gradio==6.14.0\n") == []
    assert clients(own("Client('a/b')"), requirements="gradio>=5\n") == []
    assert clients(own("Client('a/b')"), "6.1.0", requirements="gradio==5.9.1\n") == []


def test_an_address_has_no_token_in_any_version() -> None:
    for version in ("5.50.0", "6.31.0", ""):
        assert clients(own("Client('https://a-b.hf.space')"), version) == [("https://a-b.hf.space", False, True)]


@pytest.mark.parametrize(
    "made",
    [
        "Client('a/b', headers={'x-ip-token': 'x'})",
        "Client('a/b', token=os.getenv('HF_TOKEN'))",
        "Client('a/b', os.getenv('HF_TOKEN'))",
        "Client('a/b', hf_token='x')",
        "Client('a/b', **options)",
        "Client(unknown)",
        "Client('http://127.0.0.1:7861')",
        "os.Client('a/b')",
    ],
)
def test_what_is_not_judged(made: str) -> None:
    assert clients(shared(made), "5.50.0") == []
    assert clients(own(made), "5.50.0") == []


def test_no_token_at_all_is_no_token() -> None:
    assert clients(shared("Client('a/b', token=None)"), "5.50.0") == [("a/b", True, True)]


def test_a_client_that_no_visitor_uses() -> None:
    assert clients("c = Client('a/b')\nprint(c.predict('x'))\n", "5.50.0") == []
    assert clients("if False:\n    c = Client('a/b')\ndef run(text):\n    return c.predict(text)\n", "5.50.0") == []


def test_a_client_in_an_object() -> None:
    app = (
        "class Voice:\n    def __init__(self):\n        self.c = Client('a/b')\n"
        "    def speak(self, text):\n        return self.c.submit(text).result()\n\n"
        "voice = Voice()\ngr.Interface(voice.speak, 'text', 'text').launch()\n"
    )
    assert clients(app, "5.50.0") == [("a/b", True, True)]
