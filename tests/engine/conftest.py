"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

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
