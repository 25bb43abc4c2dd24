"""Brings the state to what is really there: reads every resource again, and drops what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hubwright.core.diff import PropertyDiff
from hubwright.core.errors import HubwrightError
from hubwright.engine.events import Operation, Step
from hubwright.engine.executor import Executor, StoppedError
from hubwright.engine.graph import run_in_order
from hubwright.engine.property_diff import compare_properties, mark_same_named_secrets
from hubwright.engine.property_paths import apply_ignored_changes
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import DiffResult, ResourceState
from hubwright.engine.records import ResourceRecord, same_content
from hubwright.engine.selection import Selection
from hubwright.engine.state.checkpoint import timestamp
from hubwright.engine.urn import parse_urn


def refresh_records(executor: Executor, selection: Selection, *, parallel: int) -> None:
    """Read what the selection names, many at once, and change the records to it. Failures are reported.

    In a preview the records change too, so that what follows is compared with what is really there; nothing is saved.
    """
    records = executor.journal.unseen
    selection.refuse_unknown((record.urn for record in records), refreshing=True)
    chosen = selection.to_refresh(records)
    before = {record: replace(record) for record in records}
    run_in_order(chosen, {}, lambda record: _refresh(executor, record), parallel=parallel)
    left = executor.journal.unseen
    drop_dangling_references(left, {record.urn: record.parent for record in before.values()})
    executor.journal.touch(*(record for record in left if not same_content(record, before[record])))


def _refresh(executor: Executor, record: ResourceRecord) -> bool:
    step = Step(Operation.REFRESH, record.urn, record.type, parse_urn(record.urn).name, record.parent)
    try:
        if not record.custom or record.is_provider or record.pending_replacement:
            _tell(executor, step, Operation.SAME)
            return True
        state, unhealthy = executor.refresh(step, record)
        if state is None:
            executor.journal.finish(drop=record)
            _tell(executor, step, Operation.DELETE)
        else:
            diff = _take_over(executor, record, state)
            record.init_errors = unhealthy
            _tell(executor, step, Operation.SAME if diff is None else Operation.UPDATE, diff or ())
    except StoppedError:
        executor.reporter.skipped(record.urn, "the run is being stopped")
    except HubwrightError as error:
        executor.reporter.failed(record.urn, error, step)
    return True


def _tell(executor: Executor, step: Step, result: Operation, diff: tuple[PropertyDiff, ...] = ()) -> None:
    done = Step(step.operation, step.urn, step.type, step.name, step.parent, diff, result=result)
    if executor.preview:
        executor.reporter.planned(done)
    else:
        executor.reporter.done(done)


def _take_over(executor: Executor, record: ResourceRecord, state: ResourceState) -> tuple[PropertyDiff, ...] | None:
    """Change a record to what was read; return what differs, None where its provider sees no difference."""
    old_inputs, old_outputs = record.inputs, record.outputs
    inputs = old_inputs if state.inputs is None else mark_same_named_secrets(state.inputs, old_inputs)
    outputs = executor.mark_secrets(record, mark_same_named_secrets(state.outputs, old_outputs))
    if compare_properties({"i": old_inputs, "o": old_outputs}, {"i": inputs, "o": outputs}):
        record.modified = timestamp()
    record.id, record.inputs, record.outputs = state.id, inputs, outputs
    if record.external:
        return compare_properties(old_outputs, outputs) or None
    found = _diff(executor, record, old_inputs)
    return _shown(found, (old_inputs, old_outputs), (inputs, outputs)) if found.changed else None


def _diff(executor: Executor, record: ResourceRecord, old_inputs: PropertyMap) -> DiffResult:
    """Ask what an update with the old inputs would now change. It is shown the other way round: what reality did."""
    wanted, _ = apply_ignored_changes(old_inputs, record.inputs, record.ignore_changes)
    goal = ResourceRecord(record.urn, record.type, custom=True, inputs=wanted, provider=record.provider)
    return executor.diff(record, goal)


def _shown(
    found: DiffResult, old: tuple[PropertyMap, PropertyMap], new: tuple[PropertyMap, PropertyMap]
) -> tuple[PropertyDiff, ...]:
    changed = {path.partition(".")[0].partition("[")[0] for path in found.changed}
    for before, after in zip(old, new, strict=True):
        diff = compare_properties(
            {key: value for key, value in before.items() if key in changed},
            {key: value for key, value in after.items() if key in changed},
        )
        if diff:
            return diff
    # The provider does not say what it means: then everything that differs.
    return compare_properties(old[1], new[1])


def drop_dangling_references(records: Sequence[ResourceRecord], parents: Mapping[str, str]) -> None:
    """Drop references to what is gone; a child whose parent is gone becomes its grandparent's.

    `records` are all there are, in order: a reference holds only where something of that URN comes before. `parents`
    has the parent of every URN, of those that are gone too.
    """
    there: set[str] = set()
    for record in records:
        while record.parent and record.parent not in there:
            record.parent = parents.get(record.parent, "")
        record.dependencies = [urn for urn in record.dependencies if urn in there]
        record.property_dependencies = {
            key: [urn for urn in urns if urn in there] for key, urns in record.property_dependencies.items()
        }
        if record.deleted_with not in there:
            record.deleted_with = ""
        there.add(record.urn)
