"""Wait for the cloud: polls that start fast, slow down, and end at the deadline or when the user stops the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from hubwright.core.errors import CancelledError, DeadlineError, QuotaError, ResourceError

_CANCEL_CHECK_S: Final = 0.2
_QUOTA_STATUS: Final = "QUOTA"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to poll: from `first_s` by `factor` up to `cap_s`. The clock and the sleep are parameters for tests."""

    first_s: float = 0.05
    factor: float = 1.5
    cap_s: float = 10.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Waiter:
    """One operation on one resource: its name for messages, its deadline, and how to poll until it is done."""

    def __init__(
        self,
        subject: str,
        timeout_s: float,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        log: Callable[[str], None] = lambda _line: None,
        pace: Pace | None = None,
    ) -> None:
        self.subject = subject
        self.timeout_s = timeout_s
        self.log = log
        self._cancelled = cancelled
        self._pace = pace or Pace()
        self._deadline = self._pace.clock() + timeout_s

    def poll(self, probe: Callable[[], str | None]) -> None:
        """Call `probe` until it returns None; what it returns otherwise is the status so far.

        Raises DeadlineError with the last status when the operation's time is over, CancelledError when the user stops.
        """
        interval = self._pace.first_s
        while True:
            self._refuse_when_cancelled()
            status = probe()
            if status is None:
                return
            remaining = self._deadline - self._pace.clock()
            if remaining <= 0:
                raise DeadlineError(
                    f"{self.subject} was not done after {self.timeout_s:.0f} s; its last status was {status}",
                    hint="run the command again to go on waiting, or raise the resource's customTimeouts",
                )
            self._sleep(min(interval, remaining))
            interval = min(interval * self._pace.factor, self._pace.cap_s)

    def for_status(
        self, fetch: Callable[[], str], *, target: Collection[str], pending: Collection[str], hint: str | None = None
    ) -> str:
        """Poll until `fetch` answers one of `target`, and return it.

        A status that is in neither set never gets better by waiting: QuotaError when it names a quota, else
        ResourceError.
        """
        reached = ""

        def probe() -> str | None:
            nonlocal reached
            reached = fetch()
            if reached in target:
                return None
            if reached not in pending:
                raise self._bad_status(reached, target, hint)
            return reached

        self.poll(probe)
        return reached

    def until_gone(self, exists: Callable[[], str | None]) -> None:
        """Poll until `exists` answers None; otherwise it answers the status of what is still there."""
        self.poll(exists)

    def _bad_status(self, status: str, target: Collection[str], hint: str | None) -> ResourceError:
        wanted = " or ".join(sorted(target))
        if _QUOTA_STATUS in status.upper():
            return QuotaError(
                f"{self.subject} is in status {status}: the project's quota is exhausted",
                hint=hint or "free some resources or ask the cloud for a higher quota, then run the command again",
            )
        return ResourceError(f"{self.subject} went to status {status} instead of {wanted}", hint=hint)

    def _refuse_when_cancelled(self) -> None:
        if self._cancelled():
            raise CancelledError(f"stopped while waiting for {self.subject}")

    def _sleep(self, duration_s: float) -> None:
        """Sleep in slices, so that a stop by the user is noticed at once."""
        end = self._pace.clock() + duration_s
        while (remaining := end - self._pace.clock()) > 0:
            self._pace.sleep(min(remaining, _CANCEL_CHECK_S))
            self._refuse_when_cancelled()
