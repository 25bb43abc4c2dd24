"""Lets writes into a registry wait while its garbage is collected."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WriteGate:
    """Open unless a collection runs. Shared by the collector and the front of one registry."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()

    def wait(self) -> None:
        """Return when writes may go on."""
        self._open.wait()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Let writes wait for the length of the block."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()
