"""What a workflow shows to its caller; `hubwright.cli` fulfils it for terminals, tests with a list."""

from __future__ import annotations

from typing import Protocol

from hubwright.core.progress import Progress
from hubwright.engine.events import EngineEvent


class Display(Progress, Protocol):
    """Progress of steps, the engine's events, and a few lines of plain text."""

    def event(self, event: EngineEvent) -> None:
        """One event of the engine; called from any thread."""

    def line(self, text: str) -> None:
        """A line of news."""

    def warn(self, message: str) -> None:
        """Something that the reader can act on."""
