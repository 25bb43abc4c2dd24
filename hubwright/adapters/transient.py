"""Calls to cloud APIs again when the failure is one that passes: overload, a gateway's error, a lost connection.

Only for calls that may be made twice. A POST that creates something is never one of them: its answer may have been
lost after the work was done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import stamina

from hubwright.core.errors import ApiError

TRANSIENT_STATUSES: Final = frozenset({429, 502, 503, 504})
_ATTEMPTS: Final = 5
_TOTAL_S: Final = 60.0
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 10.0
_LONGEST_RETRY_AFTER_S: Final = 30.0

_Answer = TypeVar("_Answer")


class TransientApiError(ApiError):
    """A failure that may pass. `retry_after_s` is what the API asked for, None when it did not say."""

    def __init__(
        self, message: str, *, status: int | None = None, hint: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, status=status, hint=hint)
        self.retry_after_s = retry_after_s


def call_again_when_transient(call: Callable[[], _Answer], *, attempts: int = _ATTEMPTS) -> _Answer:
    """Return what `call` answers, after up to `attempts` tries; the last TransientApiError goes through."""
    for attempt in stamina.retry_context(
        on=_backoff,
        attempts=attempts,
        timeout=_TOTAL_S,
        wait_initial=_FIRST_WAIT_S,
        wait_max=_LONGEST_WAIT_S,
        wait_jitter=_FIRST_WAIT_S,
    ):
        with attempt:
            return call()
    raise AssertionError("unreachable: the last attempt returns or raises")


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header; its date form and nonsense count as absent."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return min(seconds, _LONGEST_RETRY_AFTER_S) if seconds >= 0 else None


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, TransientApiError):
        return False
    return True if error.retry_after_s is None else error.retry_after_s
