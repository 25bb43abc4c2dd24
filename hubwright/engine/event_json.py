"""Events as JSON lines in the shape of Pulumi's engine events (`apitype.EngineEvent`), which tools of CI parse already.

Each line has what Pulumi's has (`sequence`, `timestamp`, and one key that names the event and holds its body) and,
beside them, `version`, `type` (that key's name) and a few fields of ours. See "docs/reference/events.md" and the schema
`event.schema.json` beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, Final

from hubwright.core.diff import ChangeKind, PropertyDiff
from hubwright.core.errors import HubwrightError
from hubwright.engine.events import (
    PREVIEWING,
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
    Summary,
    UpdateStarted,
)

EVENT_VERSION: Final = 1
"""Rises when a field changes its meaning or goes; new fields come without notice."""

_DIFF_KINDS: Final = {ChangeKind.ADD: "add", ChangeKind.REMOVE: "delete", ChangeKind.CHANGE: "update"}
_NO_OLD: Final = frozenset({Operation.CREATE, Operation.IMPORT, Operation.READ})
_NO_NEW: Final = frozenset({Operation.DELETE, Operation.DELETE_REPLACED, Operation.DISCARD, Operation.DISCARD_REPLACED})

Body = tuple[str, dict[str, Any], dict[str, Any]]
"""The event's key, its body as Pulumi has it, and what is ours."""


class EventFormatter:
    """Numbers events and formats them; `now_s` is the clock, in Unix seconds."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._sequence = 0

    def format(self, event: EngineEvent) -> list[dict[str, Any]]:
        """Return the JSON objects of one event, in order; a failure is two, as in Pulumi."""
        return [self._number(*body) for body in _bodies(event)]

    def format_error(self, error: HubwrightError) -> dict[str, Any]:
        """Return the JSON object of an error that ends the command."""
        return self._number(*_error_body(error))

    def _number(self, kind: str, body: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
        self._sequence += 1
        head = {"version": EVENT_VERSION, "sequence": self._sequence, "timestamp": int(self._now_s()), "type": kind}
        return {**head, **own, kind: body}


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line."""
    text = resources.files("hubwright.engine").joinpath("event.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _bodies(event: EngineEvent) -> Iterator[Body]:
    match event:
        case UpdateStarted(kind, project, stack):
            yield "preludeEvent", {"config": {}}, {"update": {"kind": kind, "project": project, "stack": stack}}
        case ResourcePlanned(step):
            yield "resourcePreEvent", {"metadata": _metadata(step), "planning": True}, _own(step)
        case ResourceStarted(step):
            yield "resourcePreEvent", {"metadata": _metadata(step)}, _own(step)
        case ResourceDone(step, duration_s):
            yield "resOutputsEvent", {"metadata": _metadata(step)}, {**_own(step), "durationSeconds": duration_s}
        case ResourceFailed(urn, error, step):
            yield _error_body(error, urn)
            if step:
                yield "resOpFailedEvent", {"metadata": _metadata(step), "status": 0, "steps": 0}, {}
        case ResourceSkipped(urn, because):
            yield _diagnostic(Diagnostic(Severity.WARNING, f"skipped: {because}", urn), {"skipped": because})
        case Diagnostic():
            yield _diagnostic(event, {})
        case Summary():
            yield "summaryEvent", _summary(event), {"update": {"kind": event.kind}, "durationSeconds": event.duration_s}
            # Pulumi ends the stream of each run so, and its Automation API reads until it comes.
            yield "cancelEvent", {}, {}


def _error_body(error: HubwrightError, urn: str = "") -> Body:
    own = {"error": {"code": error.code, "exitCode": error.exit_code, "hint": error.hint}}
    return _diagnostic(Diagnostic(Severity.ERROR, error.message, urn), own)


def _diagnostic(event: Diagnostic, own: dict[str, Any]) -> Body:
    body: dict[str, Any] = {"message": event.message, "color": "never", "severity": event.severity.value}
    if event.urn:
        body["urn"] = event.urn
    if event.ephemeral:
        body["ephemeral"] = True
    return "diagnosticEvent", body, own


def _summary(event: Summary) -> dict[str, Any]:
    return {
        "maybeCorrupt": False,
        "durationSeconds": round(event.duration_s),
        "resourceChanges": {operation.value: count for operation, count in event.counts.items()},
        "PolicyPacks": {},
        "isPreview": event.kind in PREVIEWING,
        "result": event.outcome.value,
    }


def _metadata(step: Step) -> dict[str, Any]:
    state: dict[str, Any] = {"type": step.type, "urn": step.urn, "id": "", "parent": step.parent, "provider": ""}
    state |= {"inputs": {}, "outputs": {}}
    metadata: dict[str, Any] = {
        "op": step.operation.value,
        "urn": step.urn,
        "type": step.type,
        "old": None if step.operation in _NO_OLD else state,
        "new": None if step.operation in _NO_NEW else state,
        "detailedDiff": {diff.path: _property_diff(diff, step) for diff in step.diff} or None,
        "provider": "",
    }
    if step.replaced_by:
        metadata["keys"] = list(step.replaced_by)
    if step.diff:
        metadata["diffs"] = list(dict.fromkeys(_top_level(diff.path) for diff in step.diff))
    return metadata


def _property_diff(diff: PropertyDiff, step: Step) -> dict[str, Any]:
    replaces = _top_level(diff.path) in step.replaced_by or diff.path in step.replaced_by
    return {"diffKind": _DIFF_KINDS[diff.kind] + ("-replace" if replaces else ""), "inputDiff": True}


def _top_level(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _own(step: Step) -> dict[str, Any]:
    """Return the values of what changes, which Pulumi's events hold as two whole states."""
    if not step.diff:
        return {}
    return {"changes": [_change(diff) for diff in step.diff]}


def _change(diff: PropertyDiff) -> dict[str, Any]:
    return {"path": diff.path, "kind": diff.kind.value, "old": diff.old, "new": diff.new}
