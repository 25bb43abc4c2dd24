"""Tells the listener what happens, one event at a time, and counts it."""

from __future__ import annotations

import threading
from collections import Counter

from hubwright.core.errors import HubwrightError
from hubwright.engine.events import (
    Diagnostic,
    EngineEvent,
    EventListener,
    Operation,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceSkipped,
    ResourceStarted,
    Severity,
    Step,
)


class Reporter:
    """Serialises events for a listener that need not be safe for threads, and keeps the score."""

    def __init__(self, listener: EventListener) -> None:
        self._listener = listener
        self._lock = threading.RLock()
        self.counts: Counter[Operation] = Counter()
        self.steps: list[Step] = []
        self.failures: list[ResourceFailed] = []

    def tell(self, event: EngineEvent) -> None:
        """Pass an event on."""
        with self._lock:
            self._listener(event)

    def planned(self, step: Step) -> None:
        """A preview found a step."""
        with self._lock:
            self._count(step)
            self._listener(ResourcePlanned(step))

    def started(self, step: Step) -> None:
        """A step begins."""
        self.tell(ResourceStarted(step))

    def done(self, step: Step, duration_s: float = 0.0) -> None:
        """A step ended well."""
        with self._lock:
            self._count(step)
            self._listener(ResourceDone(step, duration_s))

    def failed(self, urn: str, error: HubwrightError, step: Step | None = None) -> None:
        """A resource failed."""
        with self._lock:
            event = ResourceFailed(urn, error, step)
            self.failures.append(event)
            self._listener(event)

    def skipped(self, urn: str, because: str) -> None:
        """A resource was left alone."""
        self.tell(ResourceSkipped(urn, because))

    def news(self, urn: str, line: str) -> None:
        """A running operation says how far it is."""
        self.tell(Diagnostic(Severity.INFO, line, urn, ephemeral=True))

    def warn(self, message: str, urn: str = "") -> None:
        """Something that the user should know."""
        self.tell(Diagnostic(Severity.WARNING, message, urn))

    def _count(self, step: Step) -> None:
        self.steps.append(step)
        if step.operation is not Operation.DELETE_REPLACED:
            self.counts[step.operation] += 1
