"""Fixtures of the engine's tests."""

from __future__ import annotations

import itertools

import pytest
from pytest_socket import enable_socket

from tests.engine.cloud import StackUnderTest


@pytest.fixture(scope="session", autouse=True)
def _fast_derivation():
    """Derive keys in a moment: what the derivation is, its own test tells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hubwright.engine.state.passphrase._ITERATIONS", 1000)
        yield


@pytest.fixture
def stack(tmp_path):
    return StackUnderTest(tmp_path)


_prefixes = itertools.count()


@pytest.fixture(scope="session")
def _storage():
    from tests.engine.bucket import Storage

    enable_socket()
    storage = Storage()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        stop = storage.start()
        yield storage
        stop()


@pytest.fixture
def storage(_storage):
    """An S3 storage on loopback, shared by all tests: each has a prefix of its own."""
    _storage.requests.clear()
    yield _storage
    _storage.fault = lambda _method, _path: None


@pytest.fixture
def bucket_url(storage):
    return storage.url(f"team/{next(_prefixes)}")
