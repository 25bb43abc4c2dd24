"""An S3 storage on loopback (moto), with a fault for every request that a test wants to fail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

BUCKET = "states"


@dataclass
class Storage:
    """The storage; `fault` says of each request, by method and path, what becomes of it."""

    port: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)
    fault: Callable[[str, str], str | None] = field(default=lambda _method, _path: None)

    def url(self, prefix: str) -> str:
        query = f"endpoint=127.0.0.1:{self.port}&region=gra&s3ForcePathStyle=true&disableSSL=true"
        return f"s3://{BUCKET}/{prefix}?{query}"

    def start(self) -> Callable[[], None]:
        app = DomainDispatcherApplication(create_backend_app)
        server = make_server("127.0.0.1", 0, self._faulty(app), threaded=True)
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1").create_bucket(
            Bucket=BUCKET
        )

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        return stop

    def _faulty(self, app: Any) -> Any:
        def call(environ: dict[str, Any], start_response: Any) -> Any:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            self.requests.append((method, path))
            fault = self.fault(method, path)
            if fault == "500":
                return Response("<Error><Code>InternalError</Code></Error>", 500)(environ, start_response)
            if fault == "403":
                return Response("<Error><Code>AccessDenied</Code></Error>", 403)(environ, start_response)
            if fault == "drop":
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                return Response()(environ, start_response)
            if fault == "unconditional":
                environ.pop("HTTP_IF_NONE_MATCH", None)
            answer = app(environ, start_response)
            if fault == "act and drop":
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return answer

        return call
