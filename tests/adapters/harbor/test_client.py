"""The Harbor client's errors and its patience, against scripted answers on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hubwright.adapters.harbor import HarborClient
from hubwright.adapters.transient import TransientApiError
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError, DeadlineError, QuotaError


class Script:
    """Answers requests one after the other; the last answer is repeated."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.seen: list[str] = []

    def next(self) -> tuple[int, Any]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def client(script: Script) -> Iterator[HarborClient]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.seen.append(f"{self.command} {self.path}")
            status, body = script.next()
            if status == 0:
                self.connection.close()
                return
            content = json.dumps(body).encode() if not isinstance(body, bytes) else body
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the base class names them

        def log_message(self, *arguments: Any) -> None:
            del arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with HarborClient(f"http://127.0.0.1:{server.server_port}", "bob", "Secret-Word-1", timeout_s=5) as harbor:
        yield harbor
    server.shutdown()
    server.server_close()


def fault(message: str) -> dict[str, Any]:
    return {"errors": [{"code": "X", "message": message}]}


def test_a_password_is_never_sent_in_clear() -> None:
    with pytest.raises(ConfigError, match="https only"):
        HarborClient("http://registry.example.org", "bob", "Secret-Word-1")


@pytest.mark.contract
@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "unauthorized", AuthenticationError),
        (403, "forbidden", AuthenticationError),
        (403, "adding 1 MiB will exceed the quota", QuotaError),
        (409, "exists", ApiError),
        (500, "internal server error", ApiError),
    ],
)
def test_errors_by_what_one_can_do(
    client: HarborClient, script: Script, status: int, message: str, kind: type[Exception]
) -> None:
    script.answers = [(status, fault(message))]
    with pytest.raises(kind, match=message) as raised:
        client.post("/projects", {})
    assert getattr(raised.value, "hint", None) or kind is ApiError


@pytest.mark.contract
def test_a_gateways_error_is_asked_again_but_a_creation_never(client: HarborClient, script: Script) -> None:
    script.answers = [(502, b"bad gateway"), (503, b""), (200, {"name": "x"})]
    assert client.get("/projects/x") == {"name": "x"}
    script.answers, script.seen = [(503, b"")], []
    with pytest.raises(TransientApiError):
        client.post("/projects", {})
    assert script.seen == ["POST /api/v2.0/projects"]


@pytest.mark.contract
def test_a_dropped_connection_is_a_failure_without_status(client: HarborClient, script: Script) -> None:
    script.answers = [(0, b"")]
    with pytest.raises(TransientApiError) as raised:
        client.post("/projects", {})
    assert raised.value.status is None


@pytest.mark.contract
def test_a_password_in_an_answer_stays_out_of_the_message(client: HarborClient, script: Script) -> None:
    script.answers = [(400, fault("bad password Secret-Word-1"))]
    with pytest.raises(ApiError) as raised:
        client.post("/users", {})
    assert "Secret-Word-1" not in str(raised.value)


@pytest.mark.contract
def test_lists_are_read_until_a_page_is_empty(client: HarborClient, script: Script) -> None:
    script.answers = [(200, [1, 2]), (200, [3]), (200, [])]
    assert list(client.items("/quotas")) == [1, 2, 3]


@pytest.mark.contract
def test_the_gate_waits_out_the_time_before_harbor_answers(client: HarborClient, script: Script) -> None:
    script.answers = [
        (404, b"404 page not found"),
        (502, b""),
        (200, {"status": "unhealthy"}),
        (200, {"status": "healthy"}),
    ]
    client.wait_until_healthy(60, sleep=lambda _: None)
    assert len(script.seen) == 4


@pytest.mark.contract
def test_the_gate_gives_up_and_says_what_it_saw(client: HarborClient, script: Script) -> None:
    script.answers = [(502, b"")]
    with pytest.raises(DeadlineError, match="not healthy within 0 s: HTTP 502"):
        client.wait_until_healthy(0, sleep=lambda _: None)
