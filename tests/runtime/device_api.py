"""The device API of ZeroGPU on loopback, as far as `spaces` 0.51 talks to it.

`spaces` asks it for a GPU before each call of a GPU function (`/schedule`), tells it which process may use the GPU
(`/allow`), gives the GPU back (`/release`), and says once that the app has started (`/startup-report`). The protocol is
read from `spaces/zero/api.py`. Everything that is asked is kept, so that a test can count it.
"""

from __future__ import annotations

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Request(NamedTuple):
    """One request that `spaces` made: its path, and its parameters as text."""

    path: str
    parameters: dict[str, str]


class Booking(NamedTuple):
    """A GPU that was asked for. `seconds` are those that the visitor's quota is charged, `size` is "" when not given,
    `token` says who the visitor is ("" for nobody in particular)."""

    seconds: int
    size: str
    token: str


class Answer(NamedTuple):
    """What `/schedule` answers in place of a GPU: a status, a JSON body, and headers."""

    status: int
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()


class DeviceApi:
    """A server in a thread of this process.

    `quota` are the seconds that visitors have in a day; None for any number. `answer` is what it gives to the next
    bookings; None for a GPU. Each booking gets another GPU, and with it a new worker; with `one_gpu` all get the same,
    and `spaces` goes on with the worker that it has there.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Answer | None = None
        self.quota: int | None = None
        self.one_gpu = False
        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where `SPACES_ZERO_DEVICE_API_URL` is to point."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def bookings(self) -> list[Booking]:
        """The GPUs that were asked for, in order."""
        return [
            Booking(int(given["durationSeconds"]), given.get("gpuSize", ""), given.get("token", ""))
            for path, given in self.requests
            if path == "/schedule"
        ]

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(request.path == path for request in self.requests)

    def clear(self) -> None:
        """Forget what was asked, and give GPUs again, each time another one."""
        self.requests.clear()
        self.answer = None
        self.quota = None
        self.one_gpu = False

    def close(self) -> None:
        """Stop the server and its thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def respond(self, path: str, parameters: dict[str, str]) -> Answer:
        """The answer to a request."""
        self.requests.append(Request(path, parameters))
        if path != "/schedule":
            return Answer(200, {})
        if self.answer is not None:
            return self.answer
        seconds = int(parameters["durationSeconds"]) * (2 if parameters.get("gpuSize") == "xlarge" else 1)
        if self.quota is not None and seconds > self.quota:
            return Answer(429, {"left": self.quota, "wait": -1})
        number = next(self._numbers)
        index = 0 if self.one_gpu else number
        gpu = {"idle": True, "nvidiaIndex": index, "nvidiaUUID": f"GPU-{index}", "allowToken": f"token-{number}"}
        return Answer(200, gpu)


def _handler(api: DeviceApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            address = urlsplit(self.path)
            answer = api.respond(address.path, dict(parse_qsl(address.query)))
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers or (("content-type", "application/json"),):
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep standard error for what goes wrong."""

    return Handler
