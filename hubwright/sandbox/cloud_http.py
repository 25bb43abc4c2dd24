"""A uvicorn server in a thread, on a loopback port that is ours before it starts."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from hubwright.core.errors import SandboxError
from hubwright.sandbox.process import choose_port

_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0


class _TransportProtocol(H11Protocol):
    """Tells the application its transport, so that a scripted fault can cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class HttpListener:
    """Serves `app` on 127.0.0.1; `preferred_port` is taken when it is free."""

    def __init__(self, name: str, app: ASGIApp, preferred_port: int | None = None) -> None:
        self._name = name
        self._socket = _bind(preferred_port)
        self.port: int = self._socket.getsockname()[1]
        options: dict[str, Any] = {
            "lifespan": "on",
            "access_log": False,
            "log_config": None,
            "ws": "none",
            "server_header": False,
        }
        config = uvicorn.Config(app, http=_TransportProtocol, timeout_graceful_shutdown=2, **options)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=name, daemon=True
        )

    def start(self) -> None:
        """Serve; block until it does. Raises SandboxError."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_TIMEOUT_S / 0.01)):
            if self._server.started:
                return
            waited.wait(0.01)
        raise SandboxError(f"{self._name} did not start on port {self.port}")

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(_STOP_TIMEOUT_S)
        self._socket.close()


def _bind(preferred_port: int | None) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", choose_port(preferred_port)))
    listener.listen(128)
    return listener
