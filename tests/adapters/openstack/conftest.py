from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

PASSWORD = "hunter2"


class LoopbackCloud(ThreadingHTTPServer):
    """A Keystone that lets everybody in, and a network service that answers from a script, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, Any, dict[str, str]]] = [(200, {}, {})]
        self.requests: list[tuple[str, str]] = []
        self.refuse_sign_in = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def token(self) -> dict[str, Any]:
        endpoint = {"interface": "public", "region_id": "GRA9", "region": "GRA9", "url": f"{self.url}/v2.0", "id": "e"}
        catalog = [{"type": "network", "name": "neutron", "id": "n", "endpoints": [endpoint]}]
        domain = {"id": "default", "name": "Default"}
        user = {"id": "u", "name": "u", "domain": domain}
        project = {"id": "p", "name": "p", "domain": domain}
        times = {"issued_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z"}
        return {"token": {"methods": ["password"], "user": user, "project": project, "catalog": catalog, **times}}


class Handler(BaseHTTPRequestHandler):
    server: LoopbackCloud
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/v3"):
            self.identity()
        elif self.path in ("/", "/v2.0", "/v2.0/"):
            self.send(200, {"versions": [self.version("v2.0", "/v2.0")]})
        else:
            self.server.requests.append((self.command, self.path))
            answers = self.server.answers
            self.send(*(answers.pop(0) if len(answers) > 1 else answers[0]))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def identity(self) -> None:
        if self.command == "GET":
            self.send(200, {"version": self.version("v3.14", "/v3")})
        elif self.server.refuse_sign_in:
            self.send(401, {"error": {"code": 401, "message": f"no {PASSWORD}", "title": "Unauthorized"}})
        else:
            self.send(201, self.server.token(), {"X-Subject-Token": "t0ken"})

    def version(self, number: str, path: str) -> dict[str, Any]:
        links = [{"rel": "self", "href": f"{self.server.url}{path}"}]
        return {"id": number, "status": "CURRENT" if number == "v2.0" else "stable", "links": links}

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[LoopbackCloud]:
    server = LoopbackCloud()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in list(os.environ):
        if name.startswith("OS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def auth(server: LoopbackCloud) -> dict[str, str]:
    return {
        "auth_url": f"{server.url}/v3",
        "username": "u",
        "password": PASSWORD,
        "project_id": "p",
        "user_domain_name": "Default",
    }
