"""The language server as editors see it: a real process, talked to over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from language_client import FULL_CLIENT, PULLING_CLIENT, Client, Message
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from sample_rules import write_plugin
from zerolint.editor.ignoring import REASON

README = "---\nsdk: gradio\n---\n# A Space\n"
GPU = "import spaces\n\n\n@spaces.GPU(duration=30)\ndef draw(prompt):\n    return prompt\n"
# Another function keeps ZeroGPU content.
PLAIN = "import spaces\n\n\ndef draw(prompt):\n    return prompt\n\n\n@spaces.GPU(duration=1)\ndef ready():\n    pass\n"
APP = """import gradio as gr
import spaces
from gpu import draw


def draw_all(prompts):
    return "é😀", [draw(prompt) for prompt in prompts]


gr.Interface(draw_all, "text", "text").launch()
"""
NUMBERS = {"error": 1, "warning": 2, "info": 3}

# A plug-in with the rules for words, and with one that does what no rule may do.
RULES = """
import os, sys, time
from zerolint.finding import Consequence
from zerolint.rule import rule
from sample_rules import bad_word, poor_word, odd_word, crash_word

@rule(code="XX010", name="noise", summary="", prevents="", consequence=Consequence.DATA, since="1")
def noise(space):
    text = space.contents["app.py"]
    if b"NOISE" in text:
        print("Content-Length: 2\\r\\n\\r\\n{}")
        sys.stdout.write("noise")
        os.write(1, b"more noise")
        assert sys.stdin.read() == ""
    if b"SLOW" in text:
        time.sleep(1)
    yield from ()
"""
WORDS = 'select = ["bad-word", "poor-word", "odd-word", "crash-word", "noise", "syntax-error"]\n'


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A Space under a `.git`, with findings in Python, in the README and in the requirements."""
    space = tmp_path / "a space"
    (space / ".git").mkdir(parents=True)
    files = {"README.md": README, "app.py": APP, "gpu.py": GPU, "requirements.txt": "# é\nspaces==0.30\n"}
    for name, text in files.items():
        (space / name).write_text(text, "utf-8")
    return space


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a server that has the plug-in. Its rules find nothing where its words are not."""
    plugin = write_plugin(tmp_path_factory.mktemp("plugin"), "words", RULES)
    return {"PYTHONPATH": os.pathsep.join([str(plugin), str(Path(__file__).parent.parent)])}


@pytest.fixture(scope="module")
def full_client(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("full"), FULL_CLIENT, **variables) as client:
        client.wait_for(lambda: bool(client.requests))
        (watch,) = client.requests
        assert watch["params"]["registrations"][0]["method"] == "workspace/didChangeWatchedFiles"
        yield client


@pytest.fixture
def client(full_client: Client, space: Path) -> Iterator[Client]:
    """An editor that can do much, in the Space."""
    with full_client.visit(space):
        yield full_client


@pytest.fixture(scope="module")
def simple_client(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> Iterator[Client]:
    """An editor that says nothing of what it can do."""
    with Client(tmp_path_factory.mktemp("simple"), {}, **variables) as client:
        assert client.server["capabilities"]["positionEncoding"] == "utf-16"
        yield client


@pytest.fixture
def words(space: Path) -> None:
    """Have the Space judged by the words in its files."""
    (space / "zerolint.toml").write_text(WORDS)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def applied(text: str, edits: list[Message]) -> str:
    """A text of one-unit characters after the edits of an editor."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]

    def offset(place: Message) -> int:
        assert place["character"] <= len(lines[place["line"]])
        return starts[place["line"]] + int(place["character"])

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


def at(line: int, start: int, end: int) -> Message:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def ignoring(actions: list[Message]) -> Message:
    (action,) = (action for action in actions if action["title"].startswith("Ignore"))
    return action


def test_findings_are_those_of_the_command_line(client: Client, space: Path) -> None:
    """Each with its place in UTF-16, its level, its page and its notes."""
    done = subprocess.run(
        [sys.executable, "-m", "zerolint", "check", "--no-cache", "--format=json", "--exit-zero"],
        cwd=space,
        capture_output=True,
        check=True,
        timeout=60,
    )
    report = json.loads(done.stdout)
    files = ("app.py", "README.md", "requirements.txt")
    assert {finding["path"] for finding in report["findings"]} == set(files)

    def range_of(finding: Mapping[str, Any]) -> Message:
        lines = (space / finding["path"]).read_text("utf-8").split("\n")
        places = []
        for name in ("start", "end"):
            line, column = finding[name]["line"], finding[name]["column"]
            before = lines[line - 1][: column - 1]
            places.append({"line": line - 1, "character": units(before)})
        return {"start": places[0], "end": places[1]}

    for name in files:
        client.open(name)
    for name in files:
        expected = [finding for finding in report["findings"] if finding["path"] == name]
        found = client.diagnostics(name)
        assert [one["code"] for one in found] == [finding["code"] for finding in expected]
        for one, finding in zip(found, expected, strict=True):
            assert one["range"] == range_of(finding)
            assert one["severity"] == NUMBERS[finding["level"]]
            assert one["message"].split("\n")[0] == finding["message"]
            assert one["source"] == "zerolint"
            assert one["codeDescription"] == {"href": finding["url"]}
            notes = one.get("relatedInformation", [])
            assert [note["message"] for note in notes] == [note["message"] for note in finding["notes"]]
            for note, known in zip(notes, finding["notes"], strict=True):
                assert note["location"] == {"uri": client.uri(known["path"]), "range": range_of(known)}
    assert "ZG004" in client.codes("app.py")


def test_buffers_count_and_not_the_disk(simple_client: Client, space: Path) -> None:
    with simple_client.visit(space) as client:
        client.open("app.py")
        (loop,) = client.diagnostics("app.py")
        assert (loop["code"], loop["range"]["start"]) == ("ZG004", {"line": 6, "character": 19})
        # An editor that says nothing of related information gets the notes in the message.
        assert "relatedInformation" not in loop
        assert "(gpu.py:4)" in loop["message"]
        client.open("gpu.py")
        assert client.diagnostics("gpu.py") == []
        # What is no GPU function any more in another buffer is booked for no turn of the loop.
        client.change("gpu.py", PLAIN)
        assert client.diagnostics("gpu.py") == []
        client.wait_for(lambda: client.published[client.uri("app.py")]["diagnostics"] == [])
        client.open("requirements.txt", "# é\neinops\n", "pip-requirements")
        assert client.diagnostics("requirements.txt") == []
        client.change("requirements.txt", "torch\nspaces==1  # 😀\n")
        assert client.codes("requirements.txt") == ["ZG009"]
        client.open("README.md", language="markdown")
        assert client.codes("README.md") == ["ZG010"]
        client.change("README.md", README.replace("sdk", "python_version: '3.12'\nsdk"))
        assert client.codes("README.md") == []
        # A closed buffer has no findings, and the disk counts again.
        client.close("requirements.txt")
        client.close("gpu.py")
        client.wait_for(lambda: client.published[client.uri("requirements.txt")]["diagnostics"] == [])
        client.wait_for(lambda: client.published[client.uri("app.py")]["diagnostics"] != [])
        assert client.codes("app.py") == ["ZG004"]
        # A file that is not on disk, and one that belongs to no Space.
        client.open("new.py", APP)
        assert client.codes("new.py") == ["ZG004"]
        client.open("../elsewhere.py", "import json\n")
        assert client.diagnostics("../elsewhere.py") == []
        client.open("../lonely.py", APP + "x = 1  # zerolint: ignore[no-such]\n")
        assert client.codes("../lonely.py") == ["ZG903"]
        client.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": APP}},
        )


def test_a_file_that_does_not_parse(client: Client, space: Path) -> None:
    client.open("app.py", APP.replace("[draw", "[(draw"))
    client.open("gpu.py", GPU + "x = 1  # zerolint: ignore[no-such]\n")
    assert client.codes("app.py") == ["ZG900"]
    assert client.codes("gpu.py") == ["ZG903"]
    client.change("app.py", "def f(:\n" + APP)
    assert client.codes("app.py") == ["ZG900"]
    client.change("app.py", APP)
    assert client.codes("app.py") == ["ZG004"]
    texts = {
        "empty.py": ("", []),
        "nul.py": (APP + "\x00", ["ZG901"]),
        "deep.py": (APP + "x = (" * 1000, ["ZG901"]),
        # Half a character, as some editors send it between two keys.
        "half.py": (APP.replace("é😀", "\ud83d"), ["ZG901"]),
        # An encoding that has no emoji, and a byte order mark that the editor has in its text.
        "encoding.py": ("# coding: latin-1\n" + APP, ["ZG004"]),
        "mark.py": ("\ufeffimport gpu, spaces  # zerolint: ignore[no-such]\n", ["ZG903"]),
    }
    for name, (text, _) in texts.items():
        client.open(name, text)
    for name, (_, codes) in texts.items():
        assert client.codes(name) == codes
    assert client.diagnostics("encoding.py")[0]["range"]["start"] == {"line": 7, "character": 19}
    assert client.diagnostics("mark.py")[0]["range"]["start"] == {"line": 0, "character": 40}


def test_fifty_quick_edits(client: Client, words: None) -> None:
    client.open("app.py", "import spaces\n")
    assert client.codes("app.py") == []
    before = len(client.history)
    for number in range(1, 51):
        client.change("app.py", "import spaces\n" + "BAD\n" * number)
    assert [one["range"]["start"]["line"] for one in client.diagnostics("app.py")] == list(range(1, 51))
    client.pause(0.4)
    published = [message["params"] for message in client.history[before:]]
    assert len(published) < 10
    # Each number of findings is for the version that has so many of the words.
    assert all(len(one["diagnostics"]) == one["version"] - 1 for one in published)


def test_a_judgement_that_is_overtaken(client: Client, words: None) -> None:
    """It is called off, and what it might have found is never told."""
    client.open("app.py", "import spaces\n")
    assert client.codes("app.py") == []
    client.change("app.py", "import spaces\nBAD\nSLOW\n")
    client.pause(0.6)
    client.change("app.py", "import spaces\nBAD\nBAD\n")
    assert client.codes("app.py") == ["XX001", "XX001"]
    client.pause(0.3)
    versions = [message["params"].get("version") for message in client.history if "diagnostics" in message["params"]]
    assert versions == [1, 3]


def test_an_editor_that_asks(space: Path) -> None:
    with Client(space, PULLING_CLIENT) as client:
        assert client.server["capabilities"]["diagnosticProvider"]["interFileDependencies"]
        client.open("app.py")
        client.open("gpu.py")
        first = client.pull("app.py")
        assert (first["kind"], [one["code"] for one in first["items"]]) == ("full", ["ZG004"])
        again = client.pull("app.py", first["resultId"])
        assert again == {"kind": "unchanged", "resultId": first["resultId"]}
        # The answer is about the text as it is, even if that has just changed.
        client.change("app.py", APP.replace("draw(prompt)", "prompt"))
        second = client.pull("app.py", first["resultId"])
        assert (second["kind"], second["items"]) == ("full", [])
        client.change("app.py", APP)
        third = client.pull("app.py", second["resultId"])
        assert len(third["items"]) == 1
        assert third["resultId"] != second["resultId"]
        # A change of one file that matters to another one: the editor is told to ask again.
        assert [request["method"] for request in client.requests] == ["client/registerCapability"]
        client.change("gpu.py", PLAIN)
        client.wait_for(lambda: client.requests[-1]["method"] == "workspace/diagnostic/refresh")
        # Once.
        client.change("gpu.py", PLAIN + "\n")
        assert client.pull("gpu.py")["items"] == []
        assert len(client.requests) == 2
        assert client.pull("app.py", third["resultId"])["items"] == []
        # A question that is taken back is answered with an error, and the next one as ever.
        client.change("gpu.py", GPU)
        number = client.ask("textDocument/diagnostic", {"textDocument": {"uri": client.uri("app.py")}})
        client.notify("$/cancelRequest", {"id": number})
        assert client.answer(number)["error"]["code"] == types.LSPErrorCodes.RequestCancelled
        assert len(client.pull("app.py")["items"]) == 1
        assert client.pull("not-open.py") == {"kind": "full", "items": []}
        client.close("gpu.py")
        assert client.published == {}


def test_hover(client: Client, space: Path) -> None:
    text = "'😀'  # zerolint: ignore[fixed-output-path, ZG008] for now\nZG007\n"
    client.open("app.py", text)
    shown = client.hover("app.py", 0, text.index("fixed") + 3)
    assert shown
    assert shown["contents"]["kind"] == "markdown"
    assert shown["contents"]["value"].startswith("# fixed-output-path (ZG007)")
    start = units(text[: text.index("fixed")])
    assert shown["range"] == at(0, start, start + len("fixed-output-path"))
    shown = client.hover("app.py", 0, text.index("ZG008") + 4)
    assert shown
    assert "missing-duration" in shown["contents"]["value"]
    shown = client.hover("app.py", 0, text.index("zerolint"))
    assert shown
    assert "# fixed-output-path" in shown["contents"]["value"]
    assert "# missing-duration" in shown["contents"]["value"]
    assert client.hover("app.py", 1, 2) is None
    assert client.hover("app.py", 99, 99) is None
    assert client.hover("gpu.py", 0, 0) is None


def test_fixes(client: Client, words: None) -> None:
    text = "import spaces\r\nPOOR = POOR  # é\r\nODD\r\n"
    client.open("app.py", text)
    first, second, odd = client.diagnostics("app.py")
    assert first["relatedInformation"][0]["message"] == "a note"
    fix, ignore, fix_all = client.actions("app.py", at(1, 1, 1))
    assert fix["title"] == "Write FAIR"
    assert (fix["kind"], fix["isPreferred"], fix["diagnostics"]) == ("quickfix", True, [first])
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": client.uri("app.py"), "version": 1}
    assert change["edits"] == [{"range": at(1, 0, 4), "newText": "FAIR"}]
    assert ignore["title"] == "Ignore `poor-word` here, with a reason"
    assert fix_all["kind"] == "source.fixAll.zerolint"
    assert "edit" not in fix_all
    (change,) = client.request("codeAction/resolve", fix_all)["edit"]["documentChanges"]
    assert change["edits"] == [
        {"range": at(1, 0, 0) | {"end": {"line": 2, "character": 0}}, "newText": "FAIR = FAIR  # é\r\n"}
    ]
    # One that needs a look says so, and is not among those that are made without one.
    fix, _ignore = client.actions("app.py", odd["range"], "quickfix")
    assert (fix["title"], fix["isPreferred"]) == ("Write EVEN (look at the result: a guess)", False)
    assert [action["kind"] for action in client.actions("app.py", at(0, 0, 0), "source")] == [fix_all["kind"]]
    assert [action["kind"] for action in client.actions("app.py", at(0, 0, 0))] == [fix_all["kind"]]
    assert client.actions("app.py", at(0, 0, 0), "source.organizeImports", "refactor") == []
    assert second["range"] == at(1, 7, 11)
    # After a change, offers are about the new text.
    client.change("app.py", "import spaces\n\nPOOR\n")
    (fix, *_) = client.actions("app.py", at(2, 0, 0))
    assert fix["edit"]["documentChanges"][0]["textDocument"]["version"] == 2
    assert client.request("codeAction/resolve", {**fix_all, "data": "file:///nowhere.py"}).get("edit") is None


def test_a_simple_editor(simple_client: Client, space: Path) -> None:
    """One that neither counts versions, nor asks for an edit later, nor shows Markdown."""
    with simple_client.visit(space) as client:
        # The comment that an action writes does what it says, in all kinds of files.
        for name in ("app.py", "requirements.txt", "README.md"):
            text = (space / name).read_text("utf-8").replace("é😀", "")
            client.open(name, text)
            (found,) = client.diagnostics(name)
            action = ignoring(client.actions(name, found["range"]))
            client.change(name, applied(text, action["edit"]["changes"][client.uri(name)]))
            assert client.diagnostics(name) == []
        shown = client.hover("requirements.txt", 1, 42)
        assert shown
        assert shown["contents"]["kind"] == "plaintext"
        assert shown["contents"]["value"].startswith("spaces-pinned (ZG009)\n====")
        text = APP + "POOR = 1\n"
        client.change("app.py", text)
        assert client.codes("app.py") == ["ZG004", "XX002"]
        (action,) = client.actions("app.py", at(0, 0, 0), "source.fixAll")
        assert applied(text, action["edit"]["changes"][client.uri("app.py")]) == text.replace("POOR", "FAIR")


def test_an_editor_with_bytes_and_snippets(space: Path) -> None:
    """Positions count UTF-8, and the reason of an ignore comment is selected, to be written over."""
    able = {
        "general": {"positionEncodings": ["utf-7", "utf-8", "utf-16"]},
        "workspace": {"workspaceEdit": {"documentChanges": True, "snippetEditSupport": True}},
    }
    with Client(space, able) as client:
        assert client.server["capabilities"]["positionEncoding"] == "utf-8"
        client.open("app.py")
        (loop,) = client.diagnostics("app.py")
        assert loop["range"] == at(6, 22, 26)
        client.open("requirements.txt", "spaces==1  # ${é}\\\n")
        (found,) = client.diagnostics("requirements.txt")
        action = ignoring(client.actions("requirements.txt", found["range"]))
        (edit,) = action["edit"]["documentChanges"][0]["edits"]
        assert edit["snippet"] == {"kind": "snippet", "value": f"# zerolint: ignore[spaces-pinned] ${{1:{REASON}}}\n"}
        assert client.requests == []


def test_configuration_and_files_on_disk(client: Client, space: Path) -> None:
    client.open("app.py")
    assert client.codes("app.py") == ["ZG004"]
    changed = {"changes": [{"uri": client.uri("zerolint.toml"), "type": 1}]}

    def app() -> list[str]:
        return [one["code"] for one in client.published[client.uri("app.py")]["diagnostics"]]

    (space / "zerolint.toml").write_text('ignore = ["gpu-call-in-loop"]\n')
    client.notify("workspace/didChangeWatchedFiles", changed)
    client.wait_for(lambda: app() == [])
    (space / "zerolint.toml").unlink()
    client.notify("workspace/didChangeWatchedFiles", changed)
    client.wait_for(lambda: app() == ["ZG004"])
    # What was saved in another program counts when anything is saved here.
    (space / "gpu.py").write_text(PLAIN)
    client.save("app.py")
    client.wait_for(lambda: app() == [])
    (space / "gpu.py").write_text(GPU)
    client.save("app.py")
    client.wait_for(lambda: app() == ["ZG004"])
    # A configuration that is wrong is said so once.
    for _ in range(2):
        (space / "zerolint.toml").write_text('ignored = ["gpu-call-in-loop"]\n')
        client.notify("workspace/didChangeWatchedFiles", changed)
        client.wait_for(lambda: app() == [])
        client.change("app.py", APP + "\n")
        assert client.codes("app.py") == []
        (space / "zerolint.toml").write_text("")
        client.notify("workspace/didChangeWatchedFiles", changed)
        client.wait_for(lambda: app() == ["ZG004"])
    said = [message["params"] for message in client.history if message["method"] == "window/showMessage"]
    assert [(message["type"], "unknown key `ignored`" in message["message"]) for message in said] == [(1, True)] * 2


def test_what_breaks_or_prints(space: Path, words: None, variables: dict[str, str]) -> None:
    """Rules that do, and messages that the protocol does not know: the conversation goes on."""
    with Client(space, **variables) as client:
        client.may_complain = True
        client.open("app.py", "import spaces\nNOISE\nBAD\n# CRASH deep\n")
        assert client.codes("app.py") == ["XX001"]
        client.wait_for(lambda: client.history[-1]["method"] == "window/logMessage")
        logged = client.history[-1]["params"]["message"]
        assert logged.startswith("crash-word broke: RecursionError: maximum recursion depth exceeded")
        assert "Traceback" in logged
        assert "error" in client.answer(client.ask("no/such", {}))
        client.ask("textDocument/hover", {"textDocument": 7})
        client.notify("no/such", {})
        client.notify("textDocument/didChange", {"textDocument": {"uri": client.uri("gpu.py"), "version": 2}})
        client.notify("textDocument/didClose", {"textDocument": {"uri": client.uri("never-opened.py")}})
        client.change("app.py", "import spaces\nBAD\n" + "(" * 75 + "1" + ")" * 75 + "\n")
        assert client.codes("app.py") == ["XX001"]
    for words_of_a_rule in (b"Content-Length: 2", b"noise", b"more noise"):
        assert words_of_a_rule in client.errors


def test_the_end(space: Path) -> None:
    with Client(space) as client:
        client.open("app.py")
        # While there is something to be done still.
    assert client.process.returncode == 0
    without_leave = Client(space)
    without_leave.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    without_leave.open("app.py")
    without_leave.notify("exit", None)
    gone = Client(space)
    assert gone.process.stdin
    gone.process.stdin.close()
    for client in (without_leave, gone):
        assert client.ended() == 1
        assert client.errors == b""


def test_a_client_of_pygls(space: Path) -> None:
    """The client that comes with pygls, against a server that has nothing else to do."""

    async def conversation() -> list[types.PublishDiagnosticsParams]:
        client = LanguageClient("test", "1")
        told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(parameters: types.PublishDiagnosticsParams) -> None:
            told.put_nowait(parameters)

        await client.start_io(sys.executable, "-m", "zerolint", "server")
        root = types.WorkspaceFolder(space.as_uri(), "space")
        await client.initialize_async(
            types.InitializeParams(types.ClientCapabilities(), root_uri=space.as_uri(), workspace_folders=[root])
        )
        client.initialized(types.InitializedParams())
        uri = (space / "app.py").as_uri()
        client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 7, APP)))
        seen = [await asyncio.wait_for(told.get(), 20)]
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        seen.append(await asyncio.wait_for(told.get(), 20))
        await client.shutdown_async(None)
        client.exit(None)
        await asyncio.wait_for(client.stop(), 20)
        return seen

    first, second = asyncio.run(conversation())
    assert (first.version, [one.code for one in first.diagnostics]) == (7, ["ZG004"])
    assert list(second.diagnostics) == []


def test_without_pygls(space: Path) -> None:
    program = "import sys; sys.modules['pygls'] = None; from zerolint.cli import main; main(['server'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=space, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zerolint: the server needs pygls 2, which is not here: pip install 'zerolint[server]'\n"
