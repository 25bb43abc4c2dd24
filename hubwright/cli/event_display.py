"""Shows the engine's events: live while they come, and each run as one tree when it ends.

On a terminal the running operations are live lines on stderr; elsewhere each operation that ends is a plain line there,
so that a log tells when. The tree is the same text everywhere.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from hubwright.cli.terminal import Terminal, TerminalProgress
from hubwright.core.errors import HubwrightError
from hubwright.engine.event_json import EventFormatter
from hubwright.engine.event_tree import render_run
from hubwright.engine.event_words import describe, describe_urn, done_word
from hubwright.engine.events import (
    Diagnostic,
    EngineEvent,
    EventListener,
    Operation,
    ResourceDone,
    ResourceFailed,
    ResourceSkipped,
    ResourceStarted,
    Severity,
    Summary,
    UpdateKind,
    UpdateStarted,
)


@dataclass(frozen=True, slots=True)
class EventView:
    """How a command shows its runs.

    `result_kinds` are the runs whose tree is the command's result and goes to stdout; other trees go to stderr.
    `json_lines` sends every event to stdout instead, and all trees to stderr.
    """

    result_kinds: frozenset[UpdateKind] = frozenset()
    show_diff: bool = False
    json_lines: bool = False


class EventDisplay(TerminalProgress):
    """A display of steps that also understands the engine's events."""

    def __init__(self, terminal: Terminal, view: EventView | None = None) -> None:
        super().__init__(terminal)
        self.terminal = terminal
        self.view = view or EventView()
        self._run: list[EngineEvent] = []
        self._listeners: list[EventListener] = []
        self._formatter = EventFormatter(time.time)
        self._on_close: list[Callable[[], None]] = []

    def listen(self, listener: EventListener, on_close: Callable[[], None]) -> None:
        """Pass every event on to one more listener, such as a log, until the display closes."""
        self._listeners.append(listener)
        self._on_close.append(on_close)

    def event(self, event: EngineEvent) -> None:
        """Show one event."""
        for listener in self._listeners:
            listener(event)
        if self.view.json_lines:
            self._print_json(event)
        if isinstance(event, UpdateStarted):
            self._run.clear()
        if not (isinstance(event, Diagnostic) and event.ephemeral):
            self._run.append(event)
        self._show(event)

    def error_event(self, error: HubwrightError) -> None:
        """Tell readers of JSON lines why the command ends."""
        if self.view.json_lines:
            self.terminal.data_line(json.dumps(self._formatter.format_error(error), default=str))

    def warn(self, message: str) -> None:
        """Something that the reader can act on."""
        self.terminal.warn(message)

    def close(self) -> None:
        """End the live line and whatever listens."""
        super().close()
        while self._on_close:
            self._on_close.pop()()

    def _print_json(self, event: EngineEvent) -> None:
        for line in self._formatter.format(event):
            self.terminal.data_line(json.dumps(line, default=str, ensure_ascii=False))

    def _show(self, event: EngineEvent) -> None:
        match event:
            case ResourceStarted(step):
                self.begin(step.urn, describe(step))
            case ResourceDone(step, duration_s):
                self.end(step.urn)
                if step.operation not in (Operation.SAME, Operation.REFRESH):
                    self._log(f"  {describe(step)} {done_word(step.operation)} ({duration_s:.1f} s)")
            case ResourceFailed(urn, error):
                self.end(urn)
                self._log(f"  !  {describe_urn(urn)} failed: {error.message}")
            case ResourceSkipped(urn, because):
                self._log(f"  .  {describe_urn(urn)} skipped: {because}")
            case Diagnostic():
                self._diagnostic(event)
            case Summary():
                self._print_tree(event)

    def _log(self, line: str) -> None:
        """Say what has ended, where no live line shows it."""
        if not self.terminal.live:
            self.line(line)

    def _print_tree(self, summary: Summary) -> None:
        lines = render_run(self._run, show_diff=self.view.show_diff)
        self._run.clear()
        to_stdout = summary.kind in self.view.result_kinds and not self.view.json_lines
        for line in lines:
            (self.result_line if to_stdout else self.line)(line)

    def _diagnostic(self, event: Diagnostic) -> None:
        about = f"{describe_urn(event.urn)}: " if event.urn else ""
        if event.ephemeral:
            self.news(event.urn, event.message)
        elif event.severity is Severity.INFO:
            self.line(f"  {about}{event.message}")
        elif event.severity is Severity.ERROR:
            self.line(f"  !  {about}{event.message}")
        else:
            self.warn(f"{about}{event.message}")
