"""What has to happen to a resource: decisions only, made from the old record, the goal and the provider's diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hubwright.core.diff import changed_leaves
from hubwright.core.errors import PolicyError
from hubwright.core.key_paths import Path, parse_path
from hubwright.engine.events import Operation
from hubwright.engine.property_paths import path_contains
from hubwright.engine.property_values import UNKNOWN, PropertyMap, unwrap_secrets
from hubwright.engine.providers.base import DiffResult
from hubwright.engine.records import ResourceRecord

_INIT_ERROR: Final = "#initerror"


@dataclass(frozen=True, slots=True)
class Decision:
    """An operation and why: the changed properties, and those that force a replacement."""

    operation: Operation
    changed: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides besides the properties: `forced` is asked for by name, `moved` goes to where it cannot follow.

    `container_replaced` says that what it is deleted with is replaced, `delete_before_replace` what the program wants,
    None that the provider decides.
    """

    forced: bool = False
    moved: bool = False
    container_replaced: bool = False
    delete_before_replace: bool | None = None


def decide(
    old: ResourceRecord, new: ResourceRecord, circumstances: Circumstances, diff: Callable[[], DiffResult]
) -> Decision:
    """Choose the operation for a resource of the state whose inputs are checked; `diff` is asked where it matters.

    Raises PolicyError when a resource would be replaced that was protected and still is.
    """
    decision = _decide(old, new, circumstances, diff)
    if decision.operation is Operation.REPLACE:
        refuse_protected_replacement(old, new, decision.replaced_by)
    return decision


def refuse_protected_replacement(old: ResourceRecord, new: ResourceRecord, because: Iterable[str]) -> None:
    """Raise PolicyError where both records are protected: to unprotect and replace in one update is allowed."""
    if old.protect and new.protect:
        raise PolicyError(
            f"{new.urn} is protected and would be replaced because of: {', '.join(because)}",
            hint="take `protect` away in an update of its own first, or undo the change",
        )


def _decide(
    old: ResourceRecord, new: ResourceRecord, circumstances: Circumstances, diff: Callable[[], DiffResult]
) -> Decision:
    reasons = _outer_reasons(old, new, circumstances)
    if reasons:
        return _replacement(reasons, DiffResult(), circumstances)
    if not new.custom or new.is_provider:
        changed = changed_keys(old.inputs, new.inputs)
        return Decision(Operation.UPDATE, changed) if changed else Decision(Operation.SAME)
    found = diff()
    reasons = tuple(dict.fromkeys([*found.replace, *_replacing_changes(old, new, found)]))
    if reasons:
        return _replacement(reasons, found, circumstances)
    if found.changed or old.init_errors:
        return Decision(Operation.UPDATE, tuple(found.changed) or ("initErrors",))
    return Decision(Operation.SAME)


def _outer_reasons(old: ResourceRecord, new: ResourceRecord, circumstances: Circumstances) -> tuple[str, ...]:
    """Return why a resource is replaced whatever its properties are."""
    if circumstances.forced:
        return ("id",)
    if circumstances.container_replaced:
        return ("deletedWith",)
    if old.external:
        return ("external",)
    if circumstances.moved or old.custom != new.custom:
        return ("provider",)
    return ()


def _replacing_changes(old: ResourceRecord, new: ResourceRecord, found: DiffResult) -> list[str]:
    """Return what has changed of the paths that the program lists in `replaceOnChanges`."""
    patterns = [parse_path(pattern) for pattern in new.replace_on_changes]
    listed = [
        path
        for path in found.changed
        if any(path_contains(pattern, leaf) for leaf in _leaves(old, new, path) for pattern in patterns)
    ]
    if old.init_errors and any(path_contains(pattern, (_INIT_ERROR,)) for pattern in patterns):
        listed.append(_INIT_ERROR)
    return listed


def _leaves(old: ResourceRecord, new: ResourceRecord, path: str) -> Iterable[Path]:
    """Yield the changed leaves at and below a path that the provider calls changed, for one that names only a key."""
    top = parse_path(path)
    yield top
    before, after = unwrap_secrets(dict(old.inputs)), unwrap_secrets(dict(new.inputs))
    for leaf, _before, _after in changed_leaves(before, after):
        if path_contains(top, leaf):
            yield leaf


def _replacement(reasons: tuple[str, ...], found: DiffResult, circumstances: Circumstances) -> Decision:
    first_delete = found.delete_before_replace
    if circumstances.delete_before_replace is not None:
        first_delete = circumstances.delete_before_replace
    changed = tuple(dict.fromkeys([*found.changed, *reasons]))
    return Decision(Operation.REPLACE, changed, reasons, first_delete)


def changed_keys(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    """List the top-level keys whose values differ, whether marked secret or not."""
    plain_old, plain_new = unwrap_secrets(dict(old)), unwrap_secrets(dict(new))
    keys = sorted({*plain_old, *plain_new})
    return tuple(key for key in keys if plain_old.get(key) != plain_new.get(key))


def dependents_to_replace(
    root: ResourceRecord,
    olds: Sequence[ResourceRecord],
    diff: Callable[[ResourceRecord, PropertyMap], DiffResult],
) -> list[ResourceRecord]:
    """Find what has to go before `root` can be deleted and made again: dependents that its absence would replace.

    `olds` are the records left of the state, in order; `diff` compares a record with inputs in which everything that
    came from a replaced resource is unknown. The answer is in the order of `olds`: delete it backwards.
    """
    replaced = {root.urn}
    found = []
    for record in olds:
        if record is root or not record.custom or record.external or record.pending_replacement:
            continue
        if _must_follow(record, replaced, diff):
            replaced.add(record.urn)
            found.append(record)
    return found


def _must_follow(
    record: ResourceRecord, replaced: set[str], diff: Callable[[ResourceRecord, PropertyMap], DiffResult]
) -> bool:
    if record.provider_urn in replaced or record.deleted_with in replaced:
        return True
    stale = {key for key, urns in record.property_dependencies.items() if not replaced.isdisjoint(urns)}
    # An order between two resources alone (`dependsOn`) moves no property, so nothing needs replacing.
    if stale.isdisjoint(record.inputs):
        return False
    inputs = {key: UNKNOWN if key in stale else value for key, value in record.inputs.items()}
    found = diff(record, inputs)
    probe = ResourceRecord(
        record.urn, record.type, custom=True, inputs=inputs, replace_on_changes=record.replace_on_changes
    )
    return bool(found.replace or _replacing_changes(record, probe, DiffResult(found.changed)))
