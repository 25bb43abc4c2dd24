"""The warm process that forks engines, and the small cloud beside it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_socket import enable_socket

from tests.engine.crashes.fork_server import ForkServer, end_with_input


class CloudProcess:
    """The small cloud as its own API shows it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.crashes.cloud_server"],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def dump(self) -> dict[str, Any]:
        dump: dict[str, Any] = self._call("GET")
        return dump

    def restore(self, dump: dict[str, Any]) -> None:
        self._call("PUT", dump)

    def stop(self) -> None:
        end_with_input(self._process)

    def _call(self, method: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, "/dump", json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@pytest.fixture(scope="package")
def cloud() -> Iterator[CloudProcess]:
    # Package fixtures are set up before the marker of the first test that wants them is looked at.
    enable_socket()
    process = CloudProcess()
    yield process
    process.stop()


@pytest.fixture(scope="package")
def fork_server() -> Iterator[ForkServer]:
    server = ForkServer("tests.engine.crashes.runs")
    yield server
    server.stop()
