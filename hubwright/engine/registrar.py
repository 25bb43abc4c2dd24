"""Brings one registered resource from goal to state: find its old record, check, decide, carry out.

Called from many threads at once, one for each resource that the program registers; the SDK has already waited for
whatever the inputs need. A resource that fails is answered as failed, so that the program and all that does not
depend on it go on.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from hubwright.core.diff import PropertyDiff
from hubwright.core.errors import HubwrightError, ResourceError, UnsupportedError
from hubwright.engine.events import Operation, Step
from hubwright.engine.executor import Executor, StoppedError
from hubwright.engine.goal_records import new_record, package_config
from hubwright.engine.goals import Goal, alias_urns
from hubwright.engine.journal import live_records
from hubwright.engine.property_diff import compare_properties
from hubwright.engine.property_paths import apply_ignored_changes
from hubwright.engine.property_values import PropertyMap, contains_unknown
from hubwright.engine.providers.base import DiffResult
from hubwright.engine.records import ResourceRecord
from hubwright.engine.replacement import ReplacementDeletes
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.checkpoint import timestamp
from hubwright.engine.step_generator import Decision, decide
from hubwright.engine.urn import (
    PROVIDER_TYPE_PREFIX,
    STACK_TYPE,
    default_provider_name,
    is_provider_type,
    make_urn,
    package_of,
    parse_urn,
)


class Outcome(Enum):
    """How a registration ended."""

    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Registration:
    """The answer to the program; an empty id is not yet known."""

    urn: str
    id: str = ""
    outputs: PropertyMap = field(default_factory=dict)
    outcome: Outcome = Outcome.SUCCESS


class Registrar:
    """Registers the resources of one run of the program.

    `config` and `secret_config_keys` (``package:key``) configure default providers.
    """

    def __init__(
        self,
        name: StackName,
        executor: Executor,
        config: Mapping[str, str],
        secret_config_keys: frozenset[str],
    ) -> None:
        self._name = name
        self._executor = executor
        self._config = config
        self._secret_config_keys = secret_config_keys
        self._lock = threading.RLock()
        self._olds = live_records(executor.journal.unseen)
        self._goals: dict[str, Goal] = {}
        self._aliases: dict[str, list[str]] = {}
        self._records: dict[str, ResourceRecord] = {}
        self._unavailable: dict[str, str] = {}
        self._replacements = ReplacementDeletes(executor)
        self._default_locks: dict[str, threading.Lock] = {}
        self._old_stack_outputs: PropertyMap = {}

    @property
    def stack(self) -> ResourceRecord | None:
        """The record of the stack itself, once the program registered it."""
        return next((record for record in self._records.values() if record.type == STACK_TYPE), None)

    def find(self, urn: str) -> ResourceRecord | None:
        """Return what is known of a resource, registered in this run or left from the one before."""
        return self._records.get(urn) or self._olds.get(urn)

    def register(self, goal: Goal) -> Registration:
        """Bring a resource to its goal; failures are reported and answered, not raised."""
        urn = make_urn(self._name.stack, self._name.project, goal.parent, goal.type, goal.name)
        try:
            old = self._claim(urn, goal)
            blocker = self._blocker(goal)
            if blocker:
                return self._skip(urn, blocker)
            record = self._bring_to_goal(urn, goal, old)
        except StoppedError:
            return self._skip(urn, "the run is being stopped")
        except HubwrightError as error:
            self._executor.reporter.failed(urn, error)
            self._unavailable[urn] = urn
            return Registration(urn, outcome=Outcome.FAILED)
        return Registration(urn, record.id, record.outputs if record.custom else {})

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Set what a component, or the stack, exports. What an update could not find out is left out."""
        record = self._records.get(urn)
        if record is None:
            return
        if not self._executor.preview:
            outputs = {key: value for key, value in outputs.items() if not contains_unknown(value)}
        record.outputs = outputs
        self._executor.journal.touch()

    def keep_old_stack_outputs(self) -> None:
        """Put the stack's old outputs below the new ones, since the program did not come to its end."""
        stack = self.stack
        if stack is not None:
            stack.outputs = {**self._old_stack_outputs, **stack.outputs}
            self._executor.journal.touch()

    def read(self, goal: Goal, id_: str) -> Registration:
        """Look up a resource that something else manages (`X.get`); an empty id is not yet known."""
        urn = make_urn(self._name.stack, self._name.project, goal.parent, goal.type, goal.name)
        try:
            old = self._claim(urn, goal)
            if old is not None and not old.external:
                raise UnsupportedError(f"{urn} is managed by this stack and cannot also be read with `.get`")
            new = self._new_record(urn, goal)
            new.external = True
            if not id_:
                return Registration(urn, "", goal.inputs)
            self._executor.read(new, id_, goal.inputs)
        except HubwrightError as error:
            self._executor.reporter.failed(urn, error)
            self._unavailable[urn] = urn
            return Registration(urn, outcome=Outcome.FAILED)
        self._records[urn] = new
        self._executor.journal.finish(add=new, drop=old)
        self._tell(self._step(Decision(Operation.READ), old, new))
        return Registration(urn, new.id, new.outputs)

    def _claim(self, urn: str, goal: Goal) -> ResourceRecord | None:
        """Note that the program wants this resource and return its old record, found by name or by an alias."""
        with self._lock:
            if urn in self._goals:
                raise ResourceError(f"{urn} is registered twice", hint="give one of the two another name")
            self._goals[urn] = goal
            aliases = alias_urns(goal, self._name.stack, self._name.project, self._aliases.get(goal.parent, []))
            self._aliases[urn] = aliases
            for alias in aliases:
                if urn not in self._olds and alias in self._olds and alias not in self._goals:
                    self._rename(alias, urn)
            return self._olds.get(urn)

    def _rename(self, alias: str, urn: str) -> None:
        self._executor.journal.rename(alias, urn)
        self._executor.pool.rename(alias, urn)
        record = self._olds.pop(alias)
        record.type = parse_urn(urn).type
        self._olds[urn] = record

    def _blocker(self, goal: Goal) -> str:
        """Return what keeps the resource from being made: a failed requirement, or an unknown input in an update."""
        if self._executor.control.stopping():
            raise StoppedError
        provider_urn = goal.provider.rpartition("::")[0]
        for urn in (*goal.required_urns(), provider_urn):
            if urn in self._unavailable:
                return self._unavailable[urn]
        if goal.custom and not self._executor.preview and contains_unknown(goal.inputs):
            return "an input that is not known"
        return ""

    def _skip(self, urn: str, because: str) -> Registration:
        self._unavailable[urn] = because
        self._executor.reporter.skipped(urn, because)
        return Registration(urn, outcome=Outcome.SKIPPED)

    def _bring_to_goal(self, urn: str, goal: Goal, old: ResourceRecord | None) -> ResourceRecord:
        new = self._new_record(urn, goal)
        if new.type == STACK_TYPE and old is not None:
            self._old_stack_outputs = dict(old.outputs)
        if not goal.custom:
            self._settle_locally(goal, old, new)
        elif new.is_provider:
            self._settle_provider(goal, old, new)
        else:
            self._settle_custom(goal, old, new)
        self._records[urn] = new
        return new

    def _new_record(self, urn: str, goal: Goal) -> ResourceRecord:
        parent = self._goals.get(goal.parent)
        return new_record(urn, goal, parent, self._provider_reference(goal), self._aliases.get(urn, ()))

    def _provider_reference(self, goal: Goal) -> str:
        if not goal.custom or is_provider_type(goal.type):
            return ""
        package = package_of(goal.type)
        self._executor.pool.require_package(package, goal.label)
        if goal.provider:
            return goal.provider
        ancestor = self._goals.get(goal.parent)
        while ancestor is not None:
            if package in ancestor.providers:
                return ancestor.providers[package]
            ancestor = self._goals.get(ancestor.parent)
        return self.default_provider(package, goal.version, goal.plugin_download_url)

    def default_provider(self, package: str, version: str, download_url: str) -> str:
        """Return the reference of a package's default provider, made on first use from the stack's configuration."""
        self._executor.pool.require_package(package, f"package {package}")
        goal = Goal(
            type=PROVIDER_TYPE_PREFIX + package,
            name=default_provider_name(version, download_url),
            custom=True,
            inputs=package_config(package, self._config, self._secret_config_keys),
            version=version,
            plugin_download_url=download_url,
        )
        urn = make_urn(self._name.stack, self._name.project, "", goal.type, goal.name)
        with self._lock:
            lock = self._default_locks.setdefault(urn, threading.Lock())
        with lock:
            if urn not in self._goals:
                self.register(goal)
        if self._executor.control.stopping():
            raise StoppedError
        if urn not in self._records:
            raise ResourceError(f"the default provider {urn} could not be made")
        return f"{urn}::{self._records[urn].id}"

    def _settle_locally(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> None:
        """Bring a component, which is nothing in the cloud, into the state."""
        decision = decide(old, new, goal, DiffResult)
        new.outputs = dict(old.outputs) if old else {}
        new.created = old.created if old else timestamp()
        new.modified = (old.modified if old else "") or new.created
        self._executor.journal.finish(add=new, drop=old)
        self._tell(self._step(decision, old, new))

    def _settle_provider(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> None:
        """Bring a provider into the state; a changed configuration is an update and never a replacement."""
        internal = {"pluginDownloadURL": goal.plugin_download_url} if goal.plugin_download_url else {}
        new.inputs = {**goal.inputs, "__internal": internal}
        if goal.version:
            new.inputs["version"] = goal.version
        new.outputs = dict(new.inputs)
        new.id = old.id if old else "" if self._executor.preview else str(uuid.uuid4())
        decision = decide(old, new, goal, DiffResult)
        new.created = old.created if old else timestamp()
        new.modified = old.modified if old and decision.operation is Operation.SAME else timestamp()
        self._executor.pool.configure(new.urn, new.inputs)
        self._executor.journal.finish(add=new, drop=old)
        self._tell(self._step(decision, old, new))

    def _settle_custom(self, goal: Goal, old: ResourceRecord | None, new: ResourceRecord) -> None:
        again = old is not None and (old.pending_replacement or new.urn in self._replacements.begun)
        inputs = goal.inputs if old is None else apply_ignored_changes(goal.inputs, old.inputs, goal.ignore_changes)
        self._executor.check(new, inputs, None if again else old, goal.name)
        if again:
            decision = Decision(Operation.REPLACE if new.urn in self._replacements.begun else Operation.CREATE)
        else:
            decision = decide(old, new, goal, lambda: self._diff(old, new))
        if decision.operation is Operation.REPLACE and not again:
            self._executor.check(new, inputs, None, goal.name)
        self._carry_out(decision, old, new)

    def _diff(self, old: ResourceRecord | None, new: ResourceRecord) -> DiffResult:
        assert old is not None
        return self._executor.diff(old, new)

    def _carry_out(self, decision: Decision, old: ResourceRecord | None, new: ResourceRecord) -> None:
        step = self._step(decision, old, new)
        if old is not None and decision.operation is Operation.SAME:
            self._keep(old, new)
            self._tell(step)
            return
        if old is not None and decision.delete_before_replace:
            self._replacements.delete_first(old, decision.replaced_by)
        if self._executor.preview:
            self._foresee(decision, old, new)
            self._tell(step)
        elif old is not None and decision.operation is Operation.UPDATE:
            self._executor.update(step, old, new)
        else:
            self._executor.create(step, new, old)

    def _keep(self, old: ResourceRecord, new: ResourceRecord) -> None:
        new.id = old.id
        new.outputs = self._executor.mark_secrets(new, old.outputs)
        new.created, new.modified, new.import_id = old.created, old.modified, old.import_id
        self._executor.journal.finish(add=new, drop=old)

    def _foresee(self, decision: Decision, old: ResourceRecord | None, new: ResourceRecord) -> None:
        """Tell what a preview can of the outputs: the old ones overlaid with the inputs, or the inputs alone."""
        if old is not None and decision.operation is Operation.UPDATE:
            new.id = old.id
            new.outputs = self._executor.mark_secrets(new, {**old.outputs, **new.inputs})
            self._executor.journal.finish(add=new, drop=old)
        else:
            new.outputs = dict(new.inputs)
            gone = old is not None and (old.pending_replacement or old.urn in self._replacements.begun)
            self._executor.journal.finish(add=new, drop=old if gone else None, outdate=None if gone else old)

    def _step(self, decision: Decision, old: ResourceRecord | None, new: ResourceRecord) -> Step:
        diff: tuple[PropertyDiff, ...] = ()
        if decision.operation in (Operation.UPDATE, Operation.REPLACE):
            diff = compare_properties(old.inputs if old else {}, new.inputs)
        name = parse_urn(new.urn).name
        return Step(decision.operation, new.urn, new.type, name, new.parent, diff, decision.replaced_by)

    def _tell(self, step: Step) -> None:
        if self._executor.preview:
            self._executor.reporter.planned(step)
        else:
            self._executor.reporter.done(step)
