"""Which calls write a file, where the path stands in them, and what is left out."""

from __future__ import annotations

import pytest

from zerolint.model.space import Space
from zerolint.model.writes import FileWrite

HEAD = """
import io, json, os, shlex, shutil, subprocess, tempfile, wave, zipfile
from pathlib import Path
import cv2
import gradio as gr
import imageio
import numpy as np
import pandas as pd
import soundfile as sf
import torch
import unseen
from diffusers.utils import export_to_video
from filelock import FileLock
from PIL import Image

TABLE = pd.DataFrame()
BUFFER = io.BytesIO()
OUT = Path("out")
ready = False


class Report:
    def save(self, path):
        print("kept in memory", path)


report = Report()
"""


def writes_of(body: str) -> list[FileWrite]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}\n\ndef run(image, text):\n    global ready\n{lines}\n\n"
    text += "gr.Interface(run, [gr.Image(type='pil'), 'text'], 'text').launch()\n"
    return list(Space({"app.py": text.encode()}, target="zerogpu").file_writes())


@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("image.save('a.png')", "a.png"),
        ("image.save(fp='a.png')", "a.png"),
        ("image.save(f'out/{1}.png')", "out/1.png"),
        ("open('a.txt', 'w')", "a.txt"),
        ("open('noextension', mode='wb')", "noextension"),
        ("open('a.txt', 'r+')", "a.txt"),
        ("io.open('a.txt', 'x')", "a.txt"),
        ("(OUT / 'a.txt').write_text(text)", "out/a.txt"),
        ("(OUT / 'a.txt').open('w')", "out/a.txt"),
        ("OUT.joinpath('a.bin').write_bytes(text.encode())", "out/a.bin"),
        ("np.save('a.npy', image)", "a.npy"),
        ("np.savez_compressed('a', image)", "a"),
        ("torch.save(image, 'a.pt')", "a.pt"),
        ("torch.save(image, f='a.pt')", "a.pt"),
        ("sf.write('a.wav', image, 16000)", "a.wav"),
        ("cv2.imwrite('a.png', image)", "a.png"),
        ("imageio.mimsave('a.gif', [image])", "a.gif"),
        ("imageio.v3.imwrite('a.gif', [image])", "a.gif"),
        ("export_to_video(image, 'a.mp4')", "a.mp4"),
        ("export_to_video(image, output_video_path='a.mp4')", "a.mp4"),
        ("wave.open('a.wav', 'wb')", "a.wav"),
        ("zipfile.ZipFile('a.zip', 'w')", "a.zip"),
        ("shutil.copy(text, 'a.png')", "a.png"),
        ("os.replace(text, 'a.png')", "a.png"),
        ("TABLE.to_csv('a.csv')", "a.csv"),
        ("unseen.scene(text).export('a.glb')", "a.glb"),
        ("unseen.clip(text).write_videofile('a.mp4')", "a.mp4"),
        ("unseen.splats(text).save_ply('a.ply')", "a.ply"),
        ("unseen.pipe().save_ply(unseen.splats(text), 'a.ply')", "a.ply"),
        ("unseen.speech().tts_to_file(text, file_path='a.wav')", "a.wav"),
        ("unseen.speech().tts_to_file(text, 0, 'a.wav', speed=1.0)", "a.wav"),
        ("unseen.convert(text, output_path='a.wav')", "a.wav"),
        ("subprocess.run(['ffmpeg', '-i', text, 'a.mp4'])", "a.mp4"),
        ("subprocess.run(['tool', text, '-o', 'a.glb'])", "a.glb"),
        ("subprocess.run(['piper', '--output_file', 'a.wav'], input=text)", "a.wav"),
        ("subprocess.call(f'ffmpeg -i {text} a.mp4', shell=True)", "a.mp4"),
        ("subprocess.call(shlex.split(f'ffmpeg -i {text} a.mp4'))", "a.mp4"),
        ("os.system('ffmpeg -i b.mp4 a.mp4')", "a.mp4"),
    ],
)
def test_writes_to_a_fixed_path(statement: str, path: str) -> None:
    assert [(write.text, write.is_fixed, write.appends) for write in writes_of(statement)] == [(path, True, False)]


@pytest.mark.parametrize(
    "statement",
    [
        "image.save(text)",
        "unseen.mesh().save_obj(text, 'texture.png')",
        "image.save(os.path.join(tempfile.mkdtemp(), 'a.png'))",
        "open(text + '.txt', 'w')",
        "subprocess.run(['ffmpeg', '-i', 'a.mp4', text])",
    ],
)
def test_writes_to_a_path_of_the_request(statement: str) -> None:
    assert [write.is_fixed for write in writes_of(statement)] == [False]


@pytest.mark.parametrize(
    "statement",
    [
        # No file is written.
        "open('a.txt')",
        "open('a.txt', 'rb')",
        "open('a.txt', text)",
        "Image.open('a.png')",
        "zipfile.ZipFile('a.zip')",
        "zipfile.ZipFile(text).open('a.txt', 'r')",
        "open(os.devnull, 'w')",
        "open('/dev/stdout', 'w')",
        "open(1, 'w')",
        "report.save('a.txt')",
        "np.save(BUFFER, image)",
        "image.save(None)",
        "subprocess.run(['ffmpeg', '-i', text, '-f', 'wav', '-'])",
        "subprocess.run(['ffmpeg', '-i', text, '-f', 'wav', 'pipe:1'])",
        "subprocess.run(['ls', 'a.mp4'])",
        "subprocess.run(['ffmpeg', '-i', text, 'a.mp4'], cwd=tempfile.mkdtemp())",
        "os.system(f'ffmpeg -i {text} {text}.mp4')",
        "os.system('ls a.mp4')",
        "gr.Info(output_path='a.mp4')",
        # A name without a suffix is no path, when the object is not known.
        "unseen.session().save('checkpoint')",
        "unseen.session().export('html')",
        # Guards and locks.
        "if not os.path.exists('a.png'):\n    image.save('a.png')",
        "if not Path('a.png').is_file():\n    image.save('a.png')",
        "if os.path.exists('a.png'):\n    return 'a.png'\nimage.save('a.png')",
        "if not ready:\n    image.save('a.png')\n    ready = True",
        "with FileLock('a.lock'):\n    image.save('a.png')",
        "if False:\n    image.save('a.png')",
        # The same bytes each time.
        "shutil.copy('b.png', 'a.png')",
        "(OUT / 'a.txt').write_text('hello')",
    ],
)
def test_left_out(statement: str) -> None:
    assert writes_of(statement) == []


def test_a_guard_on_another_file_is_none() -> None:
    guarded = "if not os.path.exists(text):\n    return ''\nimage.save('a.png')"
    assert [write.is_fixed for write in writes_of(guarded)] == [True]


@pytest.mark.parametrize("mode", ["a", "ab", "a+"])
def test_appending(mode: str) -> None:
    assert [write.appends for write in writes_of(f"open('a.txt', {mode!r})")] == [True]
    assert [write.appends for write in writes_of("TABLE.to_csv('a.csv', mode='a')")] == [True]


def test_only_the_name_of_an_argument_says_so() -> None:
    assert [write.is_certain for write in writes_of("unseen.convert(text, output_path='a.wav')")] == [False]


def test_both_files_of_a_film() -> None:
    found = writes_of("unseen.clip(text).write_videofile(text, temp_audiofile='a.m4a')")
    assert [(write.text, write.is_fixed) for write in found] == [("", False), ("a.m4a", True)]


def test_the_call_that_hands_over_the_fixed_path() -> None:
    found = writes_of(
        "def keep(path):\n    image.save(path)\ndef both(path):\n    keep(path)\nkeep(text)\nboth(text)\nboth('a.png')"
    )
    assert [(write.text, write.is_fixed) for write in found] == [("a.png", True)]
    assert [function.scope.name for _, function in found[0].chain] == ["both", "keep"]


def test_code_that_no_visitor_reaches_is_left_out() -> None:
    text = "import gradio as gr\ndef prepare():\n    open('a.txt', 'w')\nprepare()\ngr.Interface(str, 'text', 'text')\n"
    assert list(Space({"app.py": text.encode()}, target="zerogpu").file_writes()) == []
