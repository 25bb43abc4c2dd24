"""How a run is stopped: by the user, softly or hard, or because its state can no longer be saved."""

from __future__ import annotations

import threading

from hubwright.core.errors import CancelledError, HubwrightError


class RunControl:
    """Asked by every thread before it begins something; once stopped it stays so."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._hard = threading.Event()
        self._reason: HubwrightError | None = None

    @property
    def reason(self) -> HubwrightError | None:
        """Why nothing new may begin; None while all is well."""
        return self._reason

    def cancel(self, *, hard: bool) -> None:
        """Begin nothing new; `hard` also asks running operations to give up waiting."""
        self.stop(CancelledError("stopped by the user", hint="run the same command again to go on from here"))
        if hard:
            self._hard.set()

    def stop(self, reason: HubwrightError) -> None:
        """Begin nothing new because of `reason`; the first reason counts."""
        if self._reason is None:
            self._reason = reason
        self._stopping.set()

    def stopping(self) -> bool:
        """Tell whether nothing new may begin."""
        return self._stopping.is_set()

    def cancelled_hard(self) -> bool:
        """Tell whether running operations should give up: what providers poll."""
        return self._hard.is_set()
