"""The one stream of typed events that an update tells its listener; display, log and JSON lines are made from it.

Events come one at a time, though from many threads. No event holds a secret: values are masked leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from hubwright.core.diff import PropertyDiff
from hubwright.core.errors import CancelledError, HubwrightError


class UpdateKind(StrEnum):
    """What the whole run does."""

    PREVIEW = "preview"
    UP = "up"
    PREVIEW_DESTROY = "preview-destroy"
    DESTROY = "destroy"
    PREVIEW_REFRESH = "preview-refresh"
    REFRESH = "refresh"


PREVIEWING: Final = frozenset({UpdateKind.PREVIEW, UpdateKind.PREVIEW_DESTROY, UpdateKind.PREVIEW_REFRESH})
"""The kinds that change nothing and take no lock."""


class Operation(StrEnum):
    """What happens to one resource; the words are Pulumi's."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"


class Severity(StrEnum):
    """How much a diagnostic matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Outcome(StrEnum):
    """How a run ended; the words are Pulumi's."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "canceled"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on one resource. `replaced_by` names the properties that force a replacement.

    `result` says what a refresh found: SAME, UPDATE where the resource has changed, DELETE where it is gone. Its diff
    tells what reality did to the state.
    """

    operation: Operation
    urn: str
    type: str
    name: str
    parent: str = ""
    diff: tuple[PropertyDiff, ...] = ()
    replaced_by: tuple[str, ...] = ()
    result: Operation | None = None


@dataclass(frozen=True, slots=True)
class UpdateStarted:
    """The run begins."""

    kind: UpdateKind
    project: str
    stack: str


@dataclass(frozen=True, slots=True)
class ResourcePlanned:
    """A preview found what an update would do."""

    step: Step


@dataclass(frozen=True, slots=True)
class ResourceStarted:
    """An operation begins; the state that says so is already on disk."""

    step: Step


@dataclass(frozen=True, slots=True)
class ResourceDone:
    """An operation ended well."""

    step: Step
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ResourceFailed:
    """An operation failed; the run goes on with what does not depend on it."""

    urn: str
    error: HubwrightError
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class ResourceSkipped:
    """A resource was left alone since `because` of it failed or the run was cancelled."""

    urn: str
    because: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A line for the user; `ephemeral` ones are news of a running operation."""

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The run ended. `counts` has one entry for each operation that happened."""

    kind: UpdateKind
    counts: Mapping[Operation, int] = field(default_factory=dict)
    failed: int = 0
    duration_s: float = 0.0
    outcome: Outcome = Outcome.SUCCEEDED


def outcome_of(error: HubwrightError | None) -> Outcome:
    """Tell how a run ended by the error that it is about to raise."""
    if error is None:
        return Outcome.SUCCEEDED
    return Outcome.CANCELLED if isinstance(error, CancelledError) else Outcome.FAILED


EngineEvent: TypeAlias = (
    UpdateStarted
    | ResourcePlanned
    | ResourceStarted
    | ResourceDone
    | ResourceFailed
    | ResourceSkipped
    | Diagnostic
    | Summary
)

EventListener: TypeAlias = Callable[[EngineEvent], None]
