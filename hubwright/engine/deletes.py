"""What is deleted after the program has ended, in which order, and what is only dropped from the state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from hubwright.core.errors import HubwrightError, PolicyError
from hubwright.engine.events import Operation, Step
from hubwright.engine.executor import Executor, StoppedError
from hubwright.engine.graph import run_in_order
from hubwright.engine.records import ResourceRecord
from hubwright.engine.urn import parse_urn


def deletion_order(doomed: Sequence[ResourceRecord]) -> dict[ResourceRecord, set[ResourceRecord]]:
    """Map each record to those that must be gone before it: all that refer to it, directly.

    `doomed` is in the order of the state, where references point backwards; so there are no cycles.
    """
    before: dict[ResourceRecord, set[ResourceRecord]] = {record: set() for record in doomed}
    earlier: dict[str, list[ResourceRecord]] = defaultdict(list)
    for record in doomed:
        for _role, urn in record.references():
            for target in earlier[urn]:
                before[target].add(record)
        earlier[record.urn].append(record)
    return before


def refuse_protected(doomed: Sequence[ResourceRecord]) -> None:
    """Raise PolicyError, naming every protected resource that would be deleted."""
    protected = [record.urn for record in doomed if record.protect and not record.delete]
    if protected:
        raise PolicyError(
            f"protected resources would be deleted: {', '.join(protected)}",
            hint="take `protect` away in an update of its own first",
        )


def needed_by_others(doomed: Sequence[ResourceRecord], others: Sequence[ResourceRecord]) -> set[str]:
    """Return the URNs that `others`, which stay, refer to, directly or over what is doomed."""
    needed = {urn for record in others for _role, urn in record.references()}
    for record in reversed(doomed):
        if record.urn in needed:
            needed.update(urn for _role, urn in record.references())
    return needed


def delete_records(executor: Executor, doomed: Sequence[ResourceRecord], *, parallel: int) -> None:
    """Delete records, dependents first, many at once. Failures are reported; what they block is left alone."""
    refuse_protected(doomed)
    order = deletion_order(doomed)
    if executor.preview:
        for record in reversed(doomed):
            executor.reporter.planned(delete_step(record))
        return
    urns = {record.urn for record in doomed}
    blocked = run_in_order(
        list(reversed(doomed)), order, lambda record: _delete(executor, record, urns), parallel=parallel
    )
    for record in blocked:
        executor.reporter.skipped(record.urn, "something that depends on it is still there")


def delete_step(record: ResourceRecord, because: tuple[str, ...] = (), *, replaced: bool = False) -> Step:
    """Return the step that deletes a record; `replaced` says that its successor is made, or will be."""
    replaced = replaced or record.delete
    if record.external:
        operation = Operation.DISCARD_REPLACED if replaced else Operation.DISCARD
    elif record.pending_replacement and not record.delete:
        operation = Operation.REMOVE_PENDING_REPLACE
    else:
        operation = Operation.DELETE_REPLACED if replaced else Operation.DELETE
    return Step(operation, record.urn, record.type, parse_urn(record.urn).name, record.parent, replaced_by=because)


def _delete(executor: Executor, record: ResourceRecord, doomed_urns: Collection[str]) -> bool:
    """Delete one record and tell whether it is gone."""
    step = delete_step(record)
    try:
        if is_state_only(record, doomed_urns):
            executor.forget(step, record)
        else:
            executor.delete(step, record)
    except StoppedError:
        executor.reporter.skipped(record.urn, "the run is being stopped")
        return False
    except HubwrightError as error:
        executor.reporter.failed(record.urn, error, step)
        return False
    return True


def is_state_only(record: ResourceRecord, doomed_urns: Collection[str]) -> bool:
    """Tell whether there is nothing to delete in the cloud, or nothing that is ours to delete.

    `doomed_urns` are deleted in the same run: what is deleted with one of them goes by itself.
    """
    return (
        not record.custom
        or record.is_provider
        or record.external
        or record.retain_on_delete
        or record.pending_replacement
        or record.deleted_with in doomed_urns
    )
