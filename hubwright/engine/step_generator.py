"""What has to happen to a resource: decisions only, made from the old record, the goal and the provider's diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubwright.core.errors import PolicyError
from hubwright.core.key_paths import parse_path
from hubwright.engine.events import Operation
from hubwright.engine.goals import Goal
from hubwright.engine.property_paths import path_matches
from hubwright.engine.property_values import UNKNOWN, PropertyMap, unwrap_secrets
from hubwright.engine.providers.base import DiffResult
from hubwright.engine.records import ResourceRecord
from hubwright.engine.urn import is_default_provider, is_provider_type


@dataclass(frozen=True, slots=True)
class Decision:
    """An operation and why: the changed properties, and those that force a replacement."""

    operation: Operation
    changed: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    delete_before_replace: bool = False


def decide(old: ResourceRecord | None, new: ResourceRecord, goal: Goal, diff: Callable[[], DiffResult]) -> Decision:
    """Choose the operation for a resource whose inputs are checked. `diff` is asked only where it matters.

    Raises PolicyError when a protected resource would be replaced.
    """
    if old is None or old.pending_replacement:
        return Decision(Operation.CREATE)
    decision = _decide_known(old, new, goal, diff)
    if decision.operation is Operation.REPLACE and old.protect and new.protect:
        raise PolicyError(
            f"{new.urn} is protected and would be replaced because of: {', '.join(decision.replaced_by)}",
            hint="take `protect` away in an update of its own first, or undo the change",
        )
    return decision


def _decide_known(old: ResourceRecord, new: ResourceRecord, goal: Goal, diff: Callable[[], DiffResult]) -> Decision:
    if not new.custom or new.is_provider:
        return _decide_by_inputs(old, new)
    if old.external:
        return _replacement(("external",), DiffResult(), goal)
    if provider_changed(old.provider_urn, new.provider_urn):
        return _replacement(("provider",), DiffResult(), goal)
    found = diff()
    forced = [path for path in found.changed if _listed(path, goal.replace_on_changes)]
    reasons = tuple(dict.fromkeys([*found.replace, *forced]))
    if reasons:
        return _replacement(reasons, found, goal)
    if found.changed or old.init_errors:
        return Decision(Operation.UPDATE, tuple(found.changed) or ("initErrors",))
    return Decision(Operation.SAME)


def _replacement(reasons: tuple[str, ...], found: DiffResult, goal: Goal) -> Decision:
    first_delete = found.delete_before_replace
    if goal.delete_before_replace is not None:
        first_delete = goal.delete_before_replace
    changed = tuple(dict.fromkeys([*found.changed, *reasons]))
    return Decision(Operation.REPLACE, changed, reasons, first_delete)


def _decide_by_inputs(old: ResourceRecord, new: ResourceRecord) -> Decision:
    changed = changed_keys(old.inputs, new.inputs)
    return Decision(Operation.UPDATE, changed) if changed else Decision(Operation.SAME)


def changed_keys(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    """List the top-level keys whose values differ, whether marked secret or not."""
    plain_old, plain_new = unwrap_secrets(dict(old)), unwrap_secrets(dict(new))
    keys = sorted({*plain_old, *plain_new})
    return tuple(key for key in keys if plain_old.get(key) != plain_new.get(key))


def provider_changed(old_urn: str, new_urn: str) -> bool:
    """Tell whether a resource moved to another provider. Default providers of other versions are the same one."""
    if old_urn == new_urn:
        return False
    return not (is_default_provider(old_urn) and is_default_provider(new_urn))


def _listed(path: str, patterns: Iterable[str]) -> bool:
    return any(path_matches(parse_path(pattern), parse_path(path)) for pattern in patterns)


def dependents_to_replace(
    root: ResourceRecord,
    olds: Sequence[ResourceRecord],
    diff: Callable[[ResourceRecord, PropertyMap], DiffResult],
) -> list[ResourceRecord]:
    """Find what has to go before `root` can be deleted and made again: dependents that its absence would replace.

    `olds` are the live records in order; `diff` compares a record with inputs in which everything that came from a
    replaced resource is unknown. The answer is in the order of `olds`: delete it backwards.
    """
    replaced = {root.urn}
    found = []
    for record in olds:
        if record is root or not record.custom or record.delete:
            continue
        if _must_follow(record, replaced, diff):
            replaced.add(record.urn)
            found.append(record)
    return found


def _must_follow(
    record: ResourceRecord, replaced: set[str], diff: Callable[[ResourceRecord, PropertyMap], DiffResult]
) -> bool:
    if record.provider_urn in replaced:
        return True
    if replaced.isdisjoint(record.dependencies) or is_provider_type(record.type):
        return False
    stale = {key for key, urns in record.property_dependencies.items() if not replaced.isdisjoint(urns)}
    if not record.property_dependencies:
        stale = set(record.inputs)
    inputs = {key: UNKNOWN if key in stale else value for key, value in record.inputs.items()}
    return bool(diff(record, inputs).replace)
