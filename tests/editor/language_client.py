"""An editor, as far as a language server can see it: a client that starts the real server and talks to its stdio.

It reads every byte that the server writes, takes nothing there but well-formed messages, and lets lsprotocol check that
each is what the protocol says.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from cattrs import Converter
from lsprotocol import converters, types

TIMEOUT = 20.0

FULL_CLIENT: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
        "codeAction": {"resolveSupport": {"properties": ["edit"]}, "dataSupport": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
    "workspace": {
        "workspaceEdit": {"documentChanges": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "diagnostics": {"refreshSupport": True},
    },
}
PULLING_CLIENT = {**FULL_CLIENT, "textDocument": {**FULL_CLIENT["textDocument"], "diagnostic": {}}}

Message = dict[str, Any]


@lru_cache(maxsize=1)
def _converter() -> Converter:
    return converters.get_converter()


class Client:
    """One conversation with one server process."""

    def __init__(self, folder: Path, capabilities: Mapping[str, Any] = FULL_CLIENT, **variables: str) -> None:
        """`folder` is the server's working folder, and where the names of files are meant from until `visit`."""
        self.folder = folder
        self.capabilities = capabilities
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zerolint", "server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, "ZEROLINT_CACHE_DIR": str(folder.parent / "cache"), **variables},
        )
        self.errors = b""
        self.may_complain = False
        self.published: dict[str, Message] = {}
        self.history: list[Message] = []
        self.requests: list[Message] = []
        self._messages: queue.Queue[Message | Exception | None] = queue.Queue()
        self._results: dict[int, Message] = {}
        self._sent = 0
        self._versions: dict[str, int] = {}
        self._open: set[str] = set()
        self._methods: dict[int, str] = {}
        self._threads = [threading.Thread(target=call, daemon=True) for call in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()

    # A conversation.

    def __enter__(self) -> Client:
        self.server = self.request(
            "initialize", {"processId": os.getpid(), "rootUri": self.folder.as_uri(), "capabilities": self.capabilities}
        )
        self.notify("initialized", {})
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                assert self.leave() == 0
                assert self.errors == b"" or self.may_complain
        finally:
            self.process.kill()
            self.process.wait()

    def leave(self) -> int:
        """Say goodbye as the protocol wants; the exit code."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end of the process; nothing may be left in its output."""
        code = self.process.wait(TIMEOUT)
        for thread in self._threads:
            thread.join(TIMEOUT)
        self._take_all()
        return code

    @contextmanager
    def visit(self, folder: Path) -> Iterator[Client]:
        """Work in another folder for a while, with nothing open and nothing said before or after."""
        self.folder = folder
        self._forget()
        yield self
        for uri in self._open:
            self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        # Everything that was said before the answer has arrived with it.
        self.request(
            "textDocument/hover", {"textDocument": {"uri": "file:///x"}, "position": {"line": 0, "character": 0}}
        )
        self._forget()

    def _forget(self) -> None:
        self._open.clear()
        self.published.clear()
        self.history.clear()
        self.requests.clear()

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None, language: str = "python") -> None:
        uri = self.uri(name)
        self._open.add(uri)
        self._versions[uri] = self._versions.get(uri, 0) + 1
        text = (self.folder / name).read_text("utf-8") if text is None else text
        item = {"uri": uri, "languageId": language, "version": self._versions[uri], "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, name: str, text: str) -> None:
        uri = self.uri(name)
        self._versions[uri] += 1
        item = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": item, "contentChanges": [{"text": text}]})

    def save(self, name: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(name)}})

    def close(self, name: str) -> None:
        self._open.remove(self.uri(name))
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})

    def diagnostics(self, name: str) -> list[Message]:
        """What was published for the text of a file as it is now."""
        uri = self.uri(name)
        self.wait_for(lambda: self.published.get(uri, {}).get("version") == self._versions[uri])
        found: list[Message] = self.published[uri]["diagnostics"]
        return found

    def codes(self, name: str) -> list[str]:
        return [one["code"] for one in self.diagnostics(name)]

    def pull(self, name: str, known: str | None = None) -> Message:
        parameters = {"textDocument": {"uri": self.uri(name)}} | ({"previousResultId": known} if known else {})
        result: Message = self.request("textDocument/diagnostic", parameters)
        return result

    def hover(self, name: str, line: int, character: int) -> Message | None:
        parameters = {"textDocument": {"uri": self.uri(name)}, "position": {"line": line, "character": character}}
        result: Message | None = self.request("textDocument/hover", parameters)
        return result

    def actions(self, name: str, where: Message, *only: str) -> list[Message]:
        context = {"diagnostics": [], **({"only": list(only)} if only else {})}
        parameters = {"textDocument": {"uri": self.uri(name)}, "range": where, "context": context}
        result: list[Message] = self.request("textDocument/codeAction", parameters)
        return result

    # Messages.

    def request(self, method: str, parameters: Any) -> Any:
        """Ask, and wait for the answer."""
        number = self.ask(method, parameters)
        answer = self.answer(number)
        assert "error" not in answer, answer
        return answer["result"]

    def ask(self, method: str, parameters: Any) -> int:
        self._sent += 1
        self._methods[self._sent] = method
        self._send({"id": self._sent, "method": method, "params": parameters})
        return self._sent

    def answer(self, number: int) -> Message:
        self.wait_for(lambda: number in self._results)
        return self._results.pop(number)

    def notify(self, method: str, parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Take messages until the condition holds."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            try:
                message = self._messages.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no answer; standard error: {self.errors.decode()}") from None
            assert message is not None, f"the server ended: {self.errors.decode()}"
            self._take(message)

    def pause(self, seconds: float) -> None:
        """Take what comes in so many seconds."""
        time.sleep(seconds)
        self._take_all()

    def _take_all(self) -> None:
        while not self._messages.empty():
            message = self._messages.get_nowait()
            if message is not None:
                self._take(message)

    def _take(self, message: Message | Exception) -> None:
        if isinstance(message, Exception):
            raise message
        method = message.get("method")
        if method is None:
            asked = self._methods[message["id"]]
            if "error" not in message:
                _converter().structure(message, types.METHOD_TO_TYPES[asked][1])
            self._results[message["id"]] = message
            return
        _converter().structure(message, types.METHOD_TO_TYPES[method][0])
        self.history.append(message)
        if "id" in message:
            self.requests.append(message)
            self._send({"id": message["id"], "result": None})
        elif method == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _read(self) -> None:
        """Read the output as it is written: header, body, header, body, and not one byte beside."""
        stream = self.process.stdout
        assert stream
        try:
            while header := stream.readline():
                if not header.startswith(b"Content-Length: "):
                    raise AssertionError(f"{header!r} is no header")
                while (line := stream.readline()) != b"\r\n":
                    if not line.startswith(b"Content-Type: "):
                        raise AssertionError(f"{line!r} is no header")
                size = int(header.partition(b":")[2])
                body = stream.read(size)
                assert len(body) == size
                self._messages.put(json.loads(body))
        except Exception as error:
            self._messages.put(error)
        self._messages.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.errors += line
