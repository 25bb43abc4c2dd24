"""One whole state: manifest, secrets provider, resources in order, pending operations; and the rules it must obey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hubwright.core.errors import StateError
from hubwright.engine.records import PendingOperation, ResourceRecord
from hubwright.engine.urn import parse_urn


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state as loaded or to be saved. `metadata` and `secrets_provider` are kept as they came."""

    resources: Sequence[ResourceRecord] = ()
    pending_operations: Sequence[PendingOperation] = ()
    secrets_provider: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def verify_snapshot(snapshot: Snapshot, *, source: str) -> None:
    """Check every rule that Pulumi holds a state to.

    Raises StateError, naming the resource: a malformed URN, a reference to something that is absent or comes later,
    two live resources of one name, a component with an id, a custom resource without one.
    """
    seen: set[str] = set()
    live: set[str] = set()
    for record in snapshot.resources:
        problem = _record_problem(record, seen)
        if problem is None and not record.delete and record.urn in live:
            problem = "is there twice, and only one may be live"
        if problem is not None:
            raise StateError(
                f"{source}: resource {record.urn} {problem}",
                hint="nothing was changed; bring the .bak file or a backup in with `hubwright state import`",
            )
        seen.add(record.urn)
        if not record.delete:
            live.add(record.urn)


def _record_problem(record: ResourceRecord, seen: set[str]) -> str | None:
    try:
        parsed = parse_urn(record.urn)
    except ValueError:
        return "has no valid URN"
    if parsed.type != record.type:
        return f"has type {record.type}, which its URN contradicts"
    if not record.custom and record.id:
        return f"is a component and yet has the id {record.id}"
    if record.custom and not record.id:
        return "has no id"
    if record.custom and not record.is_provider and not record.provider:
        return "has no provider"
    for role, urn in record.references():
        if urn not in seen:
            return f"refers to its {role} {urn}, which does not come before it"
    return None
