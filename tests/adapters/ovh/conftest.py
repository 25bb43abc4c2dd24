"""A loopback OVH API that answers from a script and checks every signature, for the real client."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

KEY, SECRET, CONSUMER = "app-key", "app-secret-hunter2", "consumer-key-hunter3"


class Answer:
    """Status, JSON body (bytes go out as they are) and headers; `drop` closes the connection instead."""

    def __init__(self, status: int = 200, body: Any = None, *, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}
        self.drop = False


class LoopbackOvh(ThreadingHTTPServer):
    """`answers` are given in turn, the last one for ever; `requests` holds what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = [Answer(200, None)]
        self.requests: list[tuple[str, str, Any]] = []
        self.bad_signatures = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/1.0"

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    server: LoopbackOvh
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/1.0/auth/time":
            self.send(Answer(200, int(time.time())))
            return
        self.server.bad_signatures += self.headers["X-Ovh-Signature"] != self.signature(body)
        self.server.requests.append((self.command, self.path, json.loads(body) if body else None))
        answer = self.server.next_answer()
        if answer.drop:
            self.close_connection = True
            return
        self.send(answer)

    def signature(self, body: str) -> str:
        url = f"http://{self.headers['Host']}{self.path}"
        text = "+".join([SECRET, CONSUMER, self.command, url, body, self.headers["X-Ovh-Timestamp"]])
        return f"$1${hashlib.sha1(text.encode()).hexdigest()}"

    def send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.content)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[LoopbackOvh]:
    server = LoopbackOvh()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def credentials() -> dict[str, str]:
    return {"application_key": KEY, "application_secret": SECRET, "consumer_key": CONSUMER}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    names = "ENDPOINT APPLICATION_KEY APPLICATION_SECRET CONSUMER_KEY CLIENT_ID CLIENT_SECRET ACCESS_TOKEN"
    for name in names.split():
        monkeypatch.delenv(f"OVH_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
