"""Brings one registered resource from its old record to its goal: check, decide, carry out.

Follows the cases of Pulumi's "pkg/resource/deploy/step_generator.go" in their order: import, made again after a
deletion, taken over from someone else, changed, new.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from hubwright.core.diff import PropertyDiff
from hubwright.core.errors import ResourceError
from hubwright.engine.claims import Claims
from hubwright.engine.events import Operation, Step
from hubwright.engine.executor import Executor
from hubwright.engine.goals import Goal
from hubwright.engine.marshal import UNKNOWN_SIGNATURE
from hubwright.engine.property_diff import compare_properties
from hubwright.engine.property_paths import apply_ignored_changes
from hubwright.engine.records import ResourceRecord
from hubwright.engine.replacement import ReplacementDeletes
from hubwright.engine.selection import Selection
from hubwright.engine.state.checkpoint import timestamp
from hubwright.engine.step_generator import Circumstances, Decision, decide, refuse_protected_replacement
from hubwright.engine.urn import package_of, parse_urn

_KEPT_EXTRA: Final = ("refreshBeforeUpdate",)


class Settlement:
    """Settles the resources of one run, from many threads."""

    def __init__(self, executor: Executor, claims: Claims, selection: Selection) -> None:
        self._executor = executor
        self._claims = claims
        self._selection = selection
        self._deletes = ReplacementDeletes(executor, claims)
        self._replaced: set[str] = set()

    def settle(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> ResourceRecord:
        """Bring a resource to its goal and return the record that it now has."""
        if old is not None:
            new.extra = {key: old.extra[key] for key in _KEPT_EXTRA if key in old.extra}
        if not goal.custom:
            return self._settle_component(goal, old, new)
        if new.is_provider:
            return self._settle_provider(goal, old, new)
        if _is_import(goal, old):
            return self._settle_imported(goal, old, new)
        return self._settle_custom(goal, old, new)

    def tell(self, step: Step) -> None:
        """Report a step that takes no time."""
        if self._executor.preview:
            self._executor.reporter.planned(step)
        else:
            self._executor.reporter.done(step)

    def _decide(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord, *, moved: bool = False) -> Decision:
        if old is None:
            return Decision(Operation.CREATE)
        if self._is_gone(old):
            return Decision(Operation.REPLACE)
        circumstances = Circumstances(
            forced=self._is_forced(old, new),
            moved=moved,
            container_replaced=new.deleted_with in self._replaced,
            delete_before_replace=goal.delete_before_replace,
        )
        return decide(old, new, circumstances, lambda: self._executor.diff(old, new))

    def _is_gone(self, old: ResourceRecord) -> bool:
        return old.pending_replacement or self._deletes.took(old.urn)

    def _is_forced(self, old: ResourceRecord, new: ResourceRecord) -> bool:
        return old.taint or self._selection.replaces(new.urn)

    def _settle_component(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> ResourceRecord:
        """Bring a component, which is nothing in the cloud, into the state."""
        decision = self._decide(goal, old, new)
        was_custom = old is not None and old.custom
        new.outputs = dict(old.outputs) if old and not was_custom else {}
        _keep_times(old, new, changed=False)
        self._finish(old, new, outdates=was_custom)
        self._note(decision, new)
        self.tell(_step(decision, old, new))
        return new

    def _settle_provider(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> ResourceRecord:
        """Bring a provider into the state; it is replaced only where its resources cannot be there any more."""
        internal = {"pluginDownloadURL": goal.plugin_download_url} if goal.plugin_download_url else {}
        new.inputs = dict(goal.inputs)
        if goal.version:
            new.inputs["version"] = goal.version
        # As Pulumi writes them: `__internal` among the outputs makes the CLI plan an update of the provider.
        new.outputs = dict(new.inputs)
        if goal.version or internal:
            new.inputs["__internal"] = internal
        package = package_of(new.type)
        moved = old is not None and bool(self._executor.pool.replacing_inputs(package, old.inputs, new.inputs))
        decision = self._decide(goal, old, new, moved=moved)
        if old is not None and decision.operation is not Operation.REPLACE:
            new.id = old.id
        else:
            new.id = "" if self._executor.preview else str(uuid.uuid4())
        _keep_times(old, new, changed=decision.operation is not Operation.SAME)
        self._executor.pool.configure(provider_reference(new), new.inputs)
        self._finish(old, new, outdates=decision.operation is Operation.REPLACE)
        self._note(decision, new)
        self.tell(_step(decision, old, new))
        return new

    def _finish(self, old: ResourceRecord | None, new: ResourceRecord, *, outdates: bool) -> None:
        """Put the new record in place of the old one, which with `outdates` stays to be deleted, if it is there."""
        outdates = outdates and old is not None and not self._is_gone(old)
        self._executor.journal.finish(add=new, drop=None if outdates else old, outdate=old if outdates else None)

    def _settle_imported(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> ResourceRecord:
        """Take a resource that is there already as it is, then bring it to the goal like any other."""
        gone = old is not None and self._is_gone(old)
        if old is not None and not gone:
            refuse_protected_replacement(old, new, ("import",))
        operation = Operation.IMPORT if old is None or gone else Operation.IMPORT_REPLACEMENT
        # What is imported becomes the old record; the goal goes on with a record of its own.
        imported = replace(new, outputs={}, extra={})
        step = Step(operation, new.urn, new.type, goal.name, new.parent)
        self._executor.import_(step, imported, None if gone else old)
        if gone and old is not None:
            self._executor.journal.finish(drop=old)
        return self._settle_custom(goal, imported, new, just_imported=True)

    def _settle_custom(
        self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord, *, just_imported: bool = False
    ) -> ResourceRecord:
        # Whoever has lost its old self, or never owned it, gets its defaults and its name anew.
        fresh = old is None or old.external or self._is_gone(old) or self._is_forced(old, new)
        inputs = goal.inputs
        if old is not None and not fresh:
            inputs = self._ignore_changes(goal, old)
        self._executor.check(new, inputs, None if fresh or old is None else old, goal.name)
        decision = self._decide(goal, old, new, moved=old is not None and self._moves_away(old, new))
        if decision.operation is Operation.REPLACE and goal.import_id:
            self._refuse_replacing_imported(goal, new, decision)
        if decision.operation is Operation.REPLACE and not fresh:
            self._executor.check(new, goal.inputs, None, goal.name)
        self._note(decision, new)
        if just_imported and old is not None and decision.operation is Operation.SAME:
            return old
        self._carry_out(decision, old, new)
        return new

    def _ignore_changes(self, goal: Goal, old: ResourceRecord) -> Any:
        inputs, missed = apply_ignored_changes(goal.inputs, old.inputs, goal.ignore_changes)
        if missed:
            self._executor.reporter.warn(
                f"changes in added or removed elements cannot be ignored: {', '.join(missed)}", old.urn
            )
        return inputs

    def _moves_away(self, old: ResourceRecord, new: ResourceRecord) -> bool:
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        return self._executor.pool.moves_away(old.provider, new.provider)

    def _refuse_replacing_imported(self, goal: Goal, new: ResourceRecord, decision: Decision) -> None:
        message = (
            f"{new.urn} still names what it imports ({goal.import_id}) and would be replaced because of: "
            f"{', '.join(decision.replaced_by)}"
        )
        if not self._executor.preview:
            raise ResourceError(message, hint="take `import_` out of the program, or make it equal what is there")
        self._executor.reporter.warn(message, new.urn)

    def _note(self, decision: Decision, new: ResourceRecord) -> None:
        if decision.operation is Operation.REPLACE:
            self._replaced.add(new.urn)

    def _carry_out(self, decision: Decision, old: ResourceRecord | None, new: ResourceRecord) -> None:
        step = _step(decision, old, new)
        if old is not None and decision.operation is Operation.SAME:
            self._keep(old, new)
            self.tell(step)
            return
        if old is not None and decision.delete_before_replace:
            self._deletes.delete_first(old, decision.replaced_by)
        if self._executor.preview:
            self._foresee(decision, old, new)
            self.tell(step)
        elif old is not None and decision.operation is Operation.UPDATE:
            self._executor.update(step, old, new)
        else:
            self._executor.create(step, new, old)

    def _keep(self, old: ResourceRecord, new: ResourceRecord) -> None:
        new.id = old.id
        new.outputs = self._executor.mark_secrets(new, old.outputs)
        _keep_times(old, new, changed=False)
        self._executor.journal.finish(add=new, drop=old)

    def _foresee(self, decision: Decision, old: ResourceRecord | None, new: ResourceRecord) -> None:
        """Tell what a preview can of the outputs: the old ones overlaid with the inputs, or the inputs alone."""
        if old is not None and decision.operation is Operation.UPDATE:
            new.id = old.id
            new.outputs = self._executor.mark_secrets(new, {**old.outputs, **new.inputs})
            self._executor.journal.finish(add=new, drop=old)
        else:
            new.outputs = dict(new.inputs)
            self._finish(old, new, outdates=True)


def provider_reference(record: ResourceRecord) -> str:
    """Return how resources refer to a provider; in a preview a new one has an id that is not known."""
    return f"{record.urn}::{record.id or UNKNOWN_SIGNATURE}"


def _is_import(goal: Goal, old: ResourceRecord | None) -> bool:
    """Tell whether the goal names a resource that is there already and that the state does not have yet."""
    return bool(goal.import_id) and (old is None or old.external or (old.import_id or old.id) != goal.import_id)


def _keep_times(old: ResourceRecord | None, new: ResourceRecord, *, changed: bool) -> None:
    now = timestamp()
    new.created = old.created if old and old.created else now
    new.modified = now if changed or old is None or not old.modified else old.modified


def _step(decision: Decision, old: ResourceRecord | None, new: ResourceRecord) -> Step:
    diff: tuple[PropertyDiff, ...] = ()
    if decision.operation in (Operation.UPDATE, Operation.REPLACE):
        diff = compare_properties(old.inputs if old else {}, new.inputs)
    name = parse_urn(new.urn).name
    return Step(decision.operation, new.urn, new.type, name, new.parent, diff, decision.replaced_by)
