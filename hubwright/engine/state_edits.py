"""Changes of a state that no cloud is asked about: what the `state` and `stack` verbs do, as pure functions.

The rules are Pulumi's: see "pkg/resource/edit" and "pkg/cmd/pulumi/state".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from hubwright.core.errors import PolicyError, StateError, UsageError
from hubwright.core.nearest import nearest_name
from hubwright.engine.records import ResourceRecord
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.urn import STACK_TYPE, Urn, parse_urn


def find_resource(snapshot: Snapshot, urn: str) -> ResourceRecord:
    """Return the only resource of a URN. Raises UsageError, naming the nearest, when there is none, or several."""
    found = [record for record in snapshot.resources if record.urn == urn]
    if not found:
        close = nearest_name(urn, [record.urn for record in snapshot.resources])
        hint = f"did you mean '{close}'?" if close else "`hubwright state list` shows every URN"
        raise UsageError(f"no resource {urn} in the state", hint=hint)
    if len(found) > 1:
        raise UsageError(f"{len(found)} resources have the URN {urn}", hint="an update ends the replacement first")
    return found[0]


def dependents_of(snapshot: Snapshot, condemned: Collection[ResourceRecord]) -> list[ResourceRecord]:
    """Return every other resource that needs one of these, directly or not, in the state's order."""
    urns = {record.urn for record in condemned}
    found: list[ResourceRecord] = []
    for record in snapshot.resources:
        if record not in condemned and any(urn in urns for _role, urn in record.references()):
            found.append(record)
            urns.add(record.urn)
    return found


def delete_resources(snapshot: Snapshot, urns: Sequence[str], *, force: bool, with_dependents: bool) -> Snapshot:
    """Drop resources from the state, not from the cloud.

    Raises PolicyError for a protected one unless `force`, StateError for one that others need unless these go too.
    """
    condemned = [find_resource(snapshot, urn) for urn in urns]
    needing = dependents_of(snapshot, condemned)
    if needing and not with_dependents:
        names = "\n  ".join(record.urn for record in needing)
        raise StateError(
            f"these resources need what is to be dropped:\n  {names}",
            hint="drop them first, or add --target-dependents",
        )
    gone = [*condemned, *needing]
    protected = [record.urn for record in gone if record.protect]
    if protected and not force:
        raise PolicyError(f"protected: {', '.join(protected)}", hint="add --force to drop protected resources")
    return replace(snapshot, resources=[record for record in snapshot.resources if record not in gone])


def set_protection(snapshot: Snapshot, urns: Sequence[str] | None, *, protect: bool) -> int:
    """Protect or unprotect resources, None for all, and return how many have changed."""
    if urns is None:
        wanted = [record for record in snapshot.resources if record.type != STACK_TYPE]
    else:
        wanted = [find_resource(snapshot, urn) for urn in urns]
    changed = [record for record in wanted if record.protect != protect]
    for record in changed:
        record.protect = protect
    return len(changed)


def rename_resource(snapshot: Snapshot, urn: str, name: str) -> str:
    """Give a resource another name and return its new URN; what refers to it follows.

    Raises UsageError when a resource has that name already.
    """
    record = find_resource(snapshot, urn)
    new = str(replace(parse_urn(urn), name=name))
    if any(other.urn == new for other in snapshot.resources):
        raise UsageError(f"there is a resource {new} already")
    record.urn = new
    _follow(snapshot, urn, new)
    return new


def rename_stack(snapshot: Snapshot, *, stack: str) -> None:
    """Move every resource to another stack name; the stack's own resource gets the new name in its own."""
    for old in {record.urn for record in _all_records(snapshot)}:
        parsed = parse_urn(old)
        name = f"{parsed.project}-{stack}" if parsed.type == STACK_TYPE else parsed.name
        new = str(Urn(stack, parsed.project, parsed.qualified_type, name))
        for record in _all_records(snapshot):
            if record.urn == old:
                record.urn = new
        _follow(snapshot, old, new)


def foreign_resources(snapshot: Snapshot, *, project: str, stack: str) -> list[str]:
    """Return the URNs that are of another stack or project."""
    parsed = {record.urn: parse_urn(record.urn) for record in _all_records(snapshot)}
    return [urn for urn, parts in parsed.items() if (parts.project, parts.stack) != (project, stack)]


def has_resources(snapshot: Snapshot) -> bool:
    """Tell whether there is more than the stack's own resource."""
    return any(record.type != STACK_TYPE for record in snapshot.resources)


def _follow(snapshot: Snapshot, old: str, new: str) -> None:
    for record in _all_records(snapshot):
        record.rename_references(old, new)


def _all_records(snapshot: Snapshot) -> list[ResourceRecord]:
    return [*snapshot.resources, *(operation.record for operation in snapshot.pending_operations)]
