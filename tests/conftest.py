"""Three speeds: pure tests have no network at all, contract and end-to-end ones reach 127.0.0.1 only."""

from __future__ import annotations

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

_LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--e2e", action="store_true", help="also run the tests that deploy a whole stack")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--e2e"):
        return
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.skip(reason="end-to-end: run with --e2e"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("contract") or item.get_closest_marker("e2e"):
        enable_socket()
        socket_allow_hosts(_LOOPBACK, allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    enable_socket()
