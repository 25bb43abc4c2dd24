"""Keeps the events of each run in a file, so that what happened can be read after the terminal is gone."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from hubwright.engine.event_json import EventFormatter
from hubwright.engine.events import EngineEvent

KEPT_LOGS: Final = 50
"""How many logs stay for each stack; older ones are deleted when a new one begins."""


class EventLog:
    """Appends events as JSON lines to a file of its own in `folder`, which is made at the first event.

    The log is an aid: where it cannot be written, the run goes on without it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._formatter = EventFormatter(time.time)
        self._stream: IO[str] | None = None
        self._broken = False
        self.path: Path | None = None

    def write(self, event: EngineEvent) -> None:
        """Append one event."""
        if self._broken:
            return
        try:
            stream = self._stream or self._open()
            for line in self._formatter.format(event):
                stream.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
            stream.flush()
        except OSError:
            self._broken = True

    def close(self) -> None:
        """Close the file."""
        if self._stream:
            self._stream.close()
            self._stream = None

    def _open(self) -> IO[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(self._folder.glob("*.jsonl"))[: -KEPT_LOGS + 1]:
            old.unlink(missing_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        self.path = self._folder / f"{stamp}.jsonl"
        self._stream = self.path.open("x", encoding="utf-8")
        self.path.chmod(0o600)
        return self._stream
