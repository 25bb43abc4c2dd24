from __future__ import annotations

import pytest
import stamina

from hubwright.adapters.transient import TransientApiError, _backoff, call_again_when_transient, parse_retry_after
from hubwright.core.errors import ApiError


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), ("0", 0.0), ("9999", 30.0), ("-1", None), ("soon", None), (None, None)]
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


def test_the_api_says_how_long_to_wait() -> None:
    assert _backoff(TransientApiError("later", status=429, retry_after_s=3)) == 3
    assert _backoff(TransientApiError("later", status=503)) is True
    assert _backoff(ApiError("no", status=400)) is False


def test_the_last_failure_goes_through() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise TransientApiError("later", status=503)

    with stamina.set_testing(True, attempts=3), pytest.raises(ApiError):
        call_again_when_transient(call)
    assert len(calls) == 3
