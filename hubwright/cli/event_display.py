"""Turns the engine's events into lines: one for each resource that changes, with its properties; no more."""

from __future__ import annotations

import json

from hubwright.cli.terminal import Terminal, TerminalProgress
from hubwright.core.diff import ChangeKind, PropertyDiff
from hubwright.engine.events import (
    Diagnostic,
    EngineEvent,
    Operation,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceSkipped,
    ResourceStarted,
    Severity,
    Step,
)

_SIGNS = {
    Operation.SAME: " ",
    Operation.CREATE: "+",
    Operation.UPDATE: "~",
    Operation.REPLACE: "+-",
    Operation.DELETE: "-",
    Operation.DELETE_REPLACED: "--",
    Operation.READ: ">",
    Operation.READ_REPLACEMENT: ">",
    Operation.REFRESH: "~",
    Operation.IMPORT: "=",
    Operation.IMPORT_REPLACEMENT: "=",
    Operation.DISCARD: "<",
    Operation.DISCARD_REPLACED: "<",
    Operation.REMOVE_PENDING_REPLACE: "~",
}
_DONE_WORDS = {
    Operation.SAME: "unchanged",
    Operation.CREATE: "created",
    Operation.UPDATE: "updated",
    Operation.REPLACE: "replaced",
    Operation.DELETE: "deleted",
    Operation.DELETE_REPLACED: "deleted, replaced",
    Operation.READ: "read",
    Operation.READ_REPLACEMENT: "read, replaced",
    Operation.REFRESH: "refreshed",
    Operation.IMPORT: "imported",
    Operation.IMPORT_REPLACEMENT: "imported, replaced",
    Operation.DISCARD: "forgotten",
    Operation.DISCARD_REPLACED: "forgotten, replaced",
    Operation.REMOVE_PENDING_REPLACE: "its replacement is no longer pending",
}
_MAX_VALUE_LENGTH = 80


class EventDisplay(TerminalProgress):
    """A display of steps that also understands the engine's events."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self.terminal = terminal

    def event(self, event: EngineEvent) -> None:
        """Show one event; resources that stay the same are only counted in the summary."""
        match event:
            case ResourcePlanned(step) if step.operation is not Operation.SAME:
                self._planned(step)
            case ResourceStarted(step):
                self.begin(step.urn, describe(step))
            case ResourceDone(step, duration_s):
                self.end(step.urn)
                if step.operation is not Operation.SAME:
                    self.line(f"  {describe(step)} {_DONE_WORDS[step.operation]} ({duration_s:.1f} s)")
            case ResourceFailed(urn, error):
                self.end(urn)
                self.line(f"  ! {_short_urn(urn)} failed: {error.message}")
            case ResourceSkipped(urn, because):
                self.line(f"  . {_short_urn(urn)} skipped: {because}")
            case Diagnostic():
                self._diagnostic(event)

    def warn(self, message: str) -> None:
        """Something that the reader can act on."""
        self.terminal.warn(message)

    def _planned(self, step: Step) -> None:
        because = f" (replaced by {', '.join(step.replaced_by)})" if step.replaced_by else ""
        self.line(f"  {describe(step)}{because}")
        if step.operation in (Operation.UPDATE, Operation.REPLACE):
            for diff in step.diff:
                self.line(f"      {describe_diff(diff)}")

    def _diagnostic(self, event: Diagnostic) -> None:
        about = f"{_short_urn(event.urn)}: " if event.urn else ""
        if event.ephemeral:
            self.news(event.urn, event.message)
        elif event.severity is Severity.INFO:
            self.line(f"  {about}{event.message}")
        else:
            self.warn(f"{about}{event.message}")


def describe(step: Step) -> str:
    """Return an operation as text: ``+  ovh:CloudProject/kube:Kube cluster``."""
    return f"{_SIGNS[step.operation]:<2} {step.type} {step.name}"


def describe_diff(diff: PropertyDiff) -> str:
    """Return a changed property as text: ``~ spec.replicas: 1 -> 2``."""
    if diff.kind is ChangeKind.ADD:
        return f"+ {diff.path}: {_shown(diff.new)}"
    if diff.kind is ChangeKind.REMOVE:
        return f"- {diff.path}: {_shown(diff.old)}"
    return f"~ {diff.path}: {_shown(diff.old)} -> {_shown(diff.new)}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[: _MAX_VALUE_LENGTH - 1]}…"


def _short_urn(urn: str) -> str:
    parts = urn.split("::")
    return f"{parts[2].rpartition('$')[2]} {parts[3]}" if len(parts) > 3 else urn
