"""The Pulumi CLI's engine events as events of ours, so that every display, log and report is the same for both engines.

A replacement is three steps there (`create-replacement`, `replace`, `delete-replaced`) and two here: the logical middle
one has nothing to tell. A refresh says by its outputs whether it found a difference.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hubwright.core.diff import ChangeKind, PropertyDiff
from hubwright.core.errors import ConfigError, ResourceError
from hubwright.core.key_paths import parse_path
from hubwright.engine.events import (
    PREVIEWING,
    Diagnostic,
    EventListener,
    Operation,
    Outcome,
    Severity,
    Step,
    Summary,
    UpdateKind,
    UpdateStarted,
)
from hubwright.engine.property_diff import compare_properties
from hubwright.engine.reporter import Reporter
from hubwright.engine.urn import is_default_provider, parse_urn

if TYPE_CHECKING:
    from pulumi.automation.events import DiagnosticEvent, EngineEvent, StepEventMetadata, SummaryEvent

_COLOR: Final = re.compile(r"<\{%.*?%\}>")
_LOGICAL: Final = frozenset({"replace", "remove-pending-replace"})
_OPERATIONS: Final = {"create-replacement": Operation.REPLACE}
_KINDS: Final = {"add": ChangeKind.ADD, "delete": ChangeKind.REMOVE, "update": ChangeKind.CHANGE}
_UNKNOWN_ID: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_FROM_STDERR: Final = "info#err"
_NOT_KNOWN: Final = "(known after up)"


class PulumiEventReader:
    """Translates the events of one run, in their order, and keeps its score. `clock_s` only rises."""

    def __init__(
        self,
        kind: UpdateKind,
        project: str,
        stack: str,
        listener: EventListener,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind = kind
        self._project, self._stack = project, stack
        self._clock_s = clock_s
        self._begun_at: dict[tuple[str, Operation], float] = {}
        self._errors: dict[str, list[str]] = {}
        self._said: set[tuple[str, str | None, str]] = set()
        self.reporter = Reporter(listener)
        self.stopping = False
        self.summary: Summary | None = None

    def read(self, event: EngineEvent) -> None:
        """Take in one event."""
        if not self.reporter.begun:
            # Its prelude comes only after the first warnings.
            self.reporter.tell(UpdateStarted(self._kind, self._project, self._stack))
        if event.resource_pre_event is not None:
            self._pre(event.resource_pre_event.metadata)
        elif event.res_outputs_event is not None:
            self._outputs(event.res_outputs_event.metadata)
        elif event.res_op_failed_event is not None:
            self._failed(event.res_op_failed_event.metadata)
        elif event.diagnostic_event is not None:
            self._diagnostic(event.diagnostic_event)
        elif event.summary_event is not None:
            self._summary(event.summary_event)

    def _pre(self, metadata: StepEventMetadata) -> None:
        step = _step(metadata)
        if step is None:
            return
        if self._kind in PREVIEWING:
            # What a refresh would find shows in its outputs.
            if step.operation is not Operation.REFRESH:
                self.reporter.planned(step)
            return
        self._begun_at[step.urn, step.operation] = self._clock_s()
        if step.operation is not Operation.SAME:
            self.reporter.started(step)

    def _outputs(self, metadata: StepEventMetadata) -> None:
        step = _step(metadata)
        if step is None:
            return
        begun_at = self._begun_at.pop((step.urn, step.operation), None)
        refreshed = step.operation is Operation.REFRESH
        if refreshed:
            step = _refreshed(step, metadata)
        if self._kind in PREVIEWING:
            if refreshed:
                self.reporter.planned(step)
            return
        # Outputs of components come once more when they are registered; only what was begun is done.
        if begun_at is not None:
            self.reporter.done(step, self._clock_s() - begun_at)

    def _failed(self, metadata: StepEventMetadata) -> None:
        step = _step(metadata)
        message = "; ".join(self._errors.get(metadata.urn, ())) or f"{metadata.op.value} failed"
        self.reporter.failed(metadata.urn, ResourceError(message), step)

    def _diagnostic(self, event: DiagnosticEvent) -> None:
        message = _COLOR.sub("", event.message).strip()
        key = (event.severity, event.urn, message)
        if self.stopping and event.severity == _FROM_STDERR:
            # What the interrupted program prints on its way out is its interpreter's traceback.
            return
        if not message or event.severity == "debug" or (key in self._said and not event.ephemeral):
            return
        self._said.add(key)
        severity = Severity(event.severity.partition("#")[0])
        urn = event.urn or ""
        if severity is Severity.ERROR and urn:
            self._errors.setdefault(urn, []).append(message)
        self.reporter.tell(Diagnostic(severity, message, urn, ephemeral=bool(event.ephemeral)))

    def _summary(self, event: SummaryEvent) -> None:
        counts = {_operation(op): count for op, count in event.resource_changes.items() if count}
        failed = len(self.reporter.failures)
        outcome = Outcome.FAILED if failed or self._errors else Outcome.SUCCEEDED
        outcome = Outcome.CANCELLED if self.stopping else outcome
        self.summary = Summary(self._kind, counts, failed, float(event.duration_seconds), outcome)
        self.reporter.tell(self.summary)


def _operation(op: str) -> Operation:
    word = getattr(op, "value", op)
    return _OPERATIONS.get(word) or Operation(word)


def _step(metadata: StepEventMetadata) -> Step | None:
    """Read a step; None for one that is only logical, or of a default provider, which Pulumi does not count either."""
    if metadata.op.value in _LOGICAL or is_default_provider(metadata.urn):
        return None
    state = metadata.new or metadata.old
    return Step(
        operation=_operation(metadata.op),
        urn=metadata.urn,
        type=metadata.type,
        name=parse_urn(metadata.urn).name,
        parent=state.parent if state else "",
        diff=_diffs(metadata),
        replaced_by=tuple(metadata.keys or ()),
    )


def _refreshed(step: Step, metadata: StepEventMetadata) -> Step:
    """Say what a refresh has found: the resource is gone, differs, or is as it was."""
    found = Operation.DELETE if metadata.new is None else Operation.UPDATE if step.diff else Operation.SAME
    return Step(found, step.urn, step.type, step.name, step.parent, step.diff)


def _diffs(metadata: StepEventMetadata) -> tuple[PropertyDiff, ...]:
    """List what changes: by the paths that the provider named, else by comparing the inputs."""
    old, new = metadata.old, metadata.new
    if metadata.detailed_diff:
        return tuple(_diff(path, diff.diff_kind.value, diff.input_diff, old, new) for path, diff in _sorted(metadata))
    if metadata.op.value in ("same", "delete", "read") or not (metadata.diffs or metadata.op.value == "create"):
        return ()
    before = (old.inputs or {}) if old else {}
    return compare_properties(_readable(before), _readable((new.inputs or {}) if new else {}))


def _sorted(metadata: StepEventMetadata) -> list[tuple[str, Any]]:
    return sorted((metadata.detailed_diff or {}).items())


def _diff(path: str, kind: str, input_diff: bool, old: Any, new: Any) -> PropertyDiff:
    before = _value_at((old.inputs if input_diff else old.outputs) or {}, path) if old else None
    after = _value_at(new.inputs or {}, path) if new else None
    return PropertyDiff(path, _KINDS[kind.partition("-")[0]], _readable(before), _readable(after))


def _value_at(properties: Mapping[str, Any], path: str) -> Any:
    value: Any = properties
    try:
        for step in parse_path(path):
            value = value[step]
    except (KeyError, IndexError, TypeError, ConfigError):
        return None
    return value


def _readable(value: Any) -> Any:
    """Say in words what is not known yet; secrets come masked already."""
    if value == _UNKNOWN_ID:
        return _NOT_KNOWN
    if isinstance(value, Mapping):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_readable(item) for item in value]
    return value
