"""Tells the listener what happens, one event at a time, and counts it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Final

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
    UpdateStarted,
)


class Reporter:
    """Serialises events for a listener that need not be safe for threads, and keeps the score.

    What is only a part of another operation is not counted, as in Pulumi; what refreshes find, only in a refresh.
    """

    _counted_as: Final[Mapping[Operation, Operation | None]] = {
        Operation.DELETE_REPLACED: None,
        Operation.DISCARD_REPLACED: None,
        Operation.REMOVE_PENDING_REPLACE: None,
        Operation.READ_REPLACEMENT: Operation.REPLACE,
        Operation.IMPORT_REPLACEMENT: Operation.REPLACE,
    }

    def __init__(self, listener: EventListener, *, counts_refreshes: bool = False) -> None:
        self._listener = listener
        self._counts_refreshes = counts_refreshes
        self._lock = threading.RLock()
        self.counts: Counter[Operation] = Counter()
        self.steps: list[Step] = []
        self.failures: list[ResourceFailed] = []
        self.begun = False

    def tell(self, event: EngineEvent) -> None:
        """Pass an event on."""
        with self._lock:
            self.begun = self.begun or isinstance(event, UpdateStarted)
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
        operation = self._counted_as.get(step.operation, step.operation)
        if operation is Operation.REFRESH:
            operation = step.result if self._counts_refreshes else None
        if operation is not None:
            self.counts[operation] += 1
