"""Time and background work, behind two small protocols so that models are tested without waiting."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

_log = logging.getLogger(__name__)

Work = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What background work came to: its value, or the exception that it raised."""

    value: Any = None
    error: Exception | None = None


Finish = Callable[[Outcome], None]


class Scheduler(Protocol):
    """The clock, and work that ends no earlier than a modelled delay after its start."""

    def now(self) -> datetime:
        """Return the time, UTC."""

    def submit(self, delay_s: float, work: Work, finish: Finish) -> None:
        """Run `work`, then `finish` with its outcome once `delay_s` (real-cloud seconds, unscaled) have passed."""


def perform(work: Work) -> Outcome:
    """Run `work` and keep what it raised: a failed backend becomes a status, never a dead thread."""
    try:
        return Outcome(value=work())
    except Exception as error:  # noqa: BLE001 the model turns it into an ERROR status
        _log.exception("background work failed")
        return Outcome(error=error)


class ThreadScheduler:
    """Real time: each job is a thread; delays are multiplied by `speed` (0 = at once)."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._stopping = threading.Event()

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return datetime.now(UTC)

    def submit(self, delay_s: float, work: Work, finish: Finish) -> None:
        """Start a thread for `work`; see Scheduler."""
        threading.Thread(target=self._run, args=(delay_s * self._speed, work, finish), daemon=True).start()

    def _run(self, delay_s: float, work: Work, finish: Finish) -> None:
        started = time.monotonic()
        outcome = perform(work)
        remaining = delay_s - (time.monotonic() - started)
        # A job that a shutdown interrupts stays unfinished in the snapshot, and is taken up again at the next start.
        if self._stopping.wait(max(0.0, remaining)) or self._stopping.is_set():
            return
        perform(lambda: finish(outcome))

    def stop(self) -> None:
        """Let no job finish any more."""
        self._stopping.set()


class ManualScheduler:
    """Time that a test moves: jobs run inside `advance`, in the order in which they fall due."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._jobs: list[tuple[datetime, int, Work, Finish]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        """Return the test's time."""
        return self._now

    def submit(self, delay_s: float, work: Work, finish: Finish) -> None:
        """Keep the job until it falls due."""
        heapq.heappush(self._jobs, (self._now + timedelta(seconds=delay_s), next(self._numbers), work, finish))

    def advance(self, seconds: float = 0.0) -> None:
        """Move time forward and run what falls due, including jobs that those jobs submit."""
        target = self._now + timedelta(seconds=seconds)
        while self._jobs and self._jobs[0][0] <= target:
            due, _, work, finish = heapq.heappop(self._jobs)
            self._now = max(self._now, due)
            finish(perform(work))
        self._now = target
