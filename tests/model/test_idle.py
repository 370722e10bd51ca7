"""What a GPU function does while its GPU does nothing."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space

HEAD = """\
import asyncio, os, shlex, subprocess, sys, threading, time
import dashscope, edge_tts, gdown, httpx, requests, wget
import urllib.request
import gradio as gr
import spaces
from huggingface_hub import hf_hub_download, snapshot_download
from time import sleep
from urllib.request import urlretrieve

PAUSE = 3

"""


def idle(body: str, before: str = "", decorator: str = "@spaces.GPU(duration=9)") -> list[tuple[str, str, bool]]:
    """What is waited for, what waits, and whether that is certain, in a GPU function with a body."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    app = (
        f"{HEAD}{before}\n{decorator}\ndef run(given, flag):\n{indented}\ngr.Interface(run, 'text', 'text').launch()\n"
    )
    space = Space({"app.py": app.encode()}, target="zerogpu")
    return [(item.wait.value, item.what, item.is_certain) for item in space.idle_times()]


@pytest.mark.parametrize("body", ["time.sleep(1)", "sleep(2.5)", "time.sleep(PAUSE)", "for _ in given:\n    sleep(1)"])
def test_a_sleep(body: str) -> None:
    assert idle(body) == [("sleep", "time.sleep", True)]


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(0.5)",
        "time.sleep(given)",
        "while given():\n    time.sleep(2)",
        "threading.Thread(target=given).start()\ntime.sleep(2)",
        "try:\n    given()\nexcept ValueError:\n    time.sleep(2)",
        "if False:\n    time.sleep(2)",
        "given.sleep(2)",
    ],
)
def test_no_idle_sleep(body: str) -> None:
    assert idle(body) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("requests.get(given)", "requests.get"),
        ("httpx.post(given)", "httpx.post"),
        ("urllib.request.urlopen(given)", "urllib.request.urlopen"),
        ("with requests.Session() as s:\n    s.get(given)", "s.get"),
        ("asyncio.run(edge_tts.Communicate(given).save('a.mp3'))", "edge_tts.Communicate().save"),
        ("dashscope.Generation.call(prompt=given)", "dashscope.Generation.call"),
    ],
)
def test_the_network(body: str, what: str) -> None:
    assert idle(body) == [("network", what, True)]


@pytest.mark.parametrize(
    "body", ["hf_hub_download('a/b', given)", "snapshot_download(given)", "wget.download(given)", "urlretrieve(given)"]
)
def test_a_download(body: str) -> None:
    assert idle(body) == [("download", body.partition("(")[0], False)]


def test_what_is_fetched_when_it_is_missing() -> None:
    assert idle("if not os.path.exists('a'):\n    requests.get(given)") == [("download", "requests.get", False)]


def test_what_a_helper_asserts_of_its_parameter_holds() -> None:
    helper = "def fetch(path, kind):\n    assert kind in ('a', 'b')\n    return requests.get(path)\n"
    assert idle("fetch(given, 'a')", helper) == [("network", "requests.get", True)]
    asked = helper.replace("assert kind in ('a', 'b')", "if kind == 'a': return None")
    assert idle("fetch(given, 'b')", asked) == []


def test_a_condition_makes_it_likely() -> None:
    assert idle("if flag:\n    requests.get(given)") == [("network", "requests.get", False)]


def test_what_start_up_has_downloaded() -> None:
    assert idle("hf_hub_download('a/b', 'c')", "hf_hub_download('a/b', 'c')\n") == []
    assert idle("hf_hub_download('a/b', 'c')", "hf_hub_download('a/b', 'd')\n") != []
    assert idle("fetch()", "def fetch():\n    snapshot_download('a/b')\n\nfetch()\n") == []


@pytest.mark.parametrize(
    ("body", "name", "certain"),
    [
        ("subprocess.run(['pip', 'install', given])", "pip", True),
        ("subprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])", "pip", True),
        ("os.system(f'git clone {given}')", "git", True),
        ("os.system('sudo apt-get update')", "apt-get", True),
        ("command = 'wget ' + given\nsubprocess.check_call(shlex.split(command))", "wget", True),
        ("subprocess.run(f'/usr/bin/ffmpeg -i {given} a.mp4'.split())", "ffmpeg", False),
        ("subprocess.call('ffmpeg -i {} a.mp4'.format(given), shell=True)", "ffmpeg", False),
    ],
)
def test_a_program(body: str, name: str, certain: bool) -> None:
    assert idle(body) == [("program", name, certain)]


@pytest.mark.parametrize(
    "body",
    [
        "subprocess.run(['python', 'render.py'])",
        "subprocess.run([sys.executable, '-m', 'render'])",
        "subprocess.run(['ffmpeg', '-hwaccel', 'cuda'])",
        "subprocess.run(given)",
        "os.system(f'{given} install')",
        "os.system(f'git{given}')",
        "subprocess.run(['nvidia-smi'])",
    ],
)
def test_a_program_that_may_use_the_gpu(body: str) -> None:
    assert idle(body) == []


def test_a_helper_that_is_told() -> None:
    helper = "def fetch(source, wanted):\n    if wanted:\n        return requests.get(source)\n"
    assert idle("fetch(given, flag)", helper) == []
    for part in ("source['url']", "source.url", "source.get('urls')[0]"):
        body = f"    url = {part}\n    if url.startswith('http'):\n        return requests.get(url)\n"
        assert idle("fetch(given)", f"def fetch(source):\n{body}") == []
    body = "    url = str(flags[0])\n    if url.startswith('http'):\n        return requests.get(url)\n"
    assert idle("fetch(given)", f"flags = ['a']\n\ndef fetch(source):\n{body}") != []
    assert idle("fetch(given)", "def fetch(source):\n    return requests.get(source)\n") != []


def test_outside_of_workers() -> None:
    assert idle("time.sleep(2)\nrequests.get(given)", decorator="") == []


def test_one_request_stands_for_all_of_a_function() -> None:
    assert idle("requests.get(given)\nrequests.get(flag)") == [("network", "requests.get", True)]


def test_a_local_server() -> None:
    assert idle("requests.post('http://127.0.0.1:8081', given)") == []
