"""Takes the program's registrations: finds the old record, waits for nothing, answers with what came of it.

Called from many threads at once, one for each resource that the program registers; the SDK has already waited for
whatever the inputs need. A resource that fails is answered as failed, so that the program and all that does not
depend on it go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from hubwright.core.errors import HubwrightError, ResourceError
from hubwright.engine.claims import Claims
from hubwright.engine.events import Operation, Step
from hubwright.engine.executor import Executor, StoppedError
from hubwright.engine.goal_records import new_record, package_config
from hubwright.engine.goals import Goal
from hubwright.engine.property_values import PropertyMap, contains_unknown
from hubwright.engine.records import ResourceRecord
from hubwright.engine.selection import Selection
from hubwright.engine.settlement import Settlement, provider_reference
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.checkpoint import timestamp
from hubwright.engine.urn import (
    PROVIDER_TYPE_PREFIX,
    STACK_TYPE,
    default_provider_name,
    is_provider_type,
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
    """The answer to the program; an empty id is not yet known, and with `unknown` nothing is."""

    urn: str
    id: str = ""
    outputs: PropertyMap = field(default_factory=dict)
    outcome: Outcome = Outcome.SUCCESS
    unknown: bool = False


class Registrar:
    """Registers the resources of one run of the program.

    `config` and `secret_config_keys` (``package:key``) configure default providers.
    """

    def __init__(
        self,
        name: StackName,
        executor: Executor,
        selection: Selection,
        config: Mapping[str, str],
        secret_config_keys: frozenset[str],
    ) -> None:
        self._name = name
        self._executor = executor
        self._selection = selection
        self._config = config
        self._secret_config_keys = secret_config_keys
        self.claims = Claims(name, executor.journal, executor.pool)
        self._settlement = Settlement(executor, self.claims, selection)
        self._lock = threading.Lock()
        self._unavailable: dict[str, str] = {}
        self._not_created: set[str] = set()
        self._default_locks: dict[str, threading.Lock] = {}
        self._old_stack_outputs: PropertyMap = {}

    @property
    def stack(self) -> ResourceRecord | None:
        """The record of the stack itself, once the program registered it."""
        return next((record for record in self.claims.records() if record.type == STACK_TYPE), None)

    def register(self, goal: Goal) -> Registration:
        """Bring a resource to its goal; failures are reported and answered, not raised."""
        return self._answer(goal, self._register)

    def read(self, goal: Goal, id_: str) -> Registration:
        """Look up a resource that something else manages (`X.get`); an empty id is not yet known."""
        return self._answer(goal, lambda urn, goal: self._read(urn, goal, id_))

    def _answer(self, goal: Goal, work: Callable[[str, Goal], Registration]) -> Registration:
        urn = self.claims.urn_of(goal)
        try:
            return work(urn, goal)
        except StoppedError:
            return self._skip(urn, "the run is being stopped")
        except HubwrightError as error:
            self._executor.reporter.failed(urn, error)
            self._unavailable[urn] = urn
            return Registration(urn, outcome=Outcome.FAILED)
        finally:
            self.claims.settle(urn, None)

    def _register(self, urn: str, goal: Goal) -> Registration:
        old = self.claims.claim(urn, goal)
        blocker = self._blocker(goal)
        if blocker:
            return self._skip(urn, blocker)
        new = self._new_record(urn, goal)
        if not self._selection.includes(new):
            return self._leave_alone(old, new)
        self._refuse_missing(new)
        self._bring_forward(new)
        if new.type == STACK_TYPE and old is not None:
            self._old_stack_outputs = dict(old.outputs)
        record = self._settlement.settle(goal, old, new)
        self.claims.settle(urn, record)
        return Registration(urn, record.id, record.outputs if record.custom else {})

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Set what a component, or the stack, exports. What an update could not find out is left out."""
        record = self.claims.record(urn)
        if record is None or not self._selection.includes(record):
            return
        if not self._executor.preview:
            outputs = {key: value for key, value in outputs.items() if not contains_unknown(value)}
        if record.outputs != outputs:
            record.outputs = outputs
            self._executor.journal.touch(record)

    def keep_old_stack_outputs(self) -> None:
        """Put the stack's old outputs below the new ones, since the program did not come to its end."""
        stack = self.stack
        if stack is not None:
            stack.outputs = {**self._old_stack_outputs, **stack.outputs}
            self._executor.journal.touch(stack)

    def _read(self, urn: str, goal: Goal, id_: str) -> Registration:
        old = self.claims.claim(urn, goal)
        blocker = self._blocker(goal)
        if blocker:
            return self._skip(urn, blocker)
        new = self._new_record(urn, goal)
        new.external = True
        if not id_:
            return Registration(urn)
        self._bring_forward(new)
        self._executor.read(new, id_)
        # What was ours under another id is deleted at the end; under the same id it is only given away.
        replaces = old is not None and not old.external and old.id != id_
        if old is not None:
            new.created = old.created
            new.modified = old.modified if old.outputs == new.outputs else timestamp()
        self._executor.journal.finish(add=new, drop=None if replaces else old, outdate=old if replaces else None)
        self.claims.settle(urn, new)
        operation = Operation.READ_REPLACEMENT if replaces else Operation.READ
        self._settlement.tell(Step(operation, urn, new.type, goal.name, new.parent))
        return Registration(urn, new.id, new.outputs)

    def _blocker(self, goal: Goal) -> str:
        """Return what keeps the resource from being made: a failed requirement, or an unknown input in an update."""
        if self._executor.control.stopping():
            raise StoppedError
        provider_urn = goal.provider.rpartition("::")[0]
        for urn in (*goal.required_urns(), provider_urn):
            if urn in self._unavailable:
                return self._unavailable[urn]
        depends_on_missing = not self._not_created.isdisjoint(goal.required_urns())
        if goal.custom and not self._executor.preview and not depends_on_missing and contains_unknown(goal.inputs):
            return "an input that is not known"
        return ""

    def _skip(self, urn: str, because: str) -> Registration:
        self._unavailable[urn] = because
        self._executor.reporter.skipped(urn, because)
        return Registration(urn, outcome=Outcome.SKIPPED)

    def _leave_alone(self, old: ResourceRecord | None, new: ResourceRecord) -> Registration:
        """Answer for a resource that the run does not work on: with its old record, or as one that is not there."""
        step = Step(Operation.SAME, new.urn, new.type, parse_urn(new.urn).name, new.parent)
        self._settlement.tell(step)
        if old is None:
            self._not_created.add(new.urn)
            return Registration(new.urn, unknown=True)
        self.claims.keep_old_name(new.urn)
        self._bring_forward(old)
        self._executor.journal.finish(add=old, drop=old)
        self.claims.settle(old.urn, old)
        return Registration(old.urn, old.id, old.outputs if old.custom else {})

    def _refuse_missing(self, new: ResourceRecord) -> None:
        for _role, urn in new.references():
            if urn in self._not_created:
                raise ResourceError(
                    f"{new.urn} needs {urn}, which is not there yet and is not to be created in this run",
                    hint=f"add --target '{urn}'",
                )

    def _bring_forward(self, record: ResourceRecord) -> None:
        """Put what a record refers to and the program no longer registers before it in the state.

        Only a run that leaves resources alone has such references: elsewhere they are new, or deleted later.
        """
        for _role, urn in record.references():
            left = self.claims.begin_carrying(urn) if urn != record.urn else None
            if left is not None:
                self._bring_forward(left)
                self._executor.journal.finish(add=left, drop=left)
                self.claims.end_carrying(urn)

    def _new_record(self, urn: str, goal: Goal) -> ResourceRecord:
        parent = self.claims.goal(goal.parent)
        return new_record(urn, goal, parent, self._provider_reference(goal))

    def _provider_reference(self, goal: Goal) -> str:
        if not goal.custom or is_provider_type(goal.type):
            return ""
        package = package_of(goal.type)
        self._executor.pool.require_package(package, goal.label)
        if goal.provider:
            return goal.provider
        ancestor = self.claims.goal(goal.parent)
        while ancestor is not None:
            if package in ancestor.providers:
                return ancestor.providers[package]
            ancestor = self.claims.goal(ancestor.parent)
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
        urn = self.claims.urn_of(goal)
        with self._lock:
            lock = self._default_locks.setdefault(urn, threading.Lock())
        with lock:
            if not self.claims.registered(urn):
                self.register(goal)
        if self._executor.control.stopping():
            raise StoppedError
        record = self.claims.record(urn)
        if record is None:
            raise ResourceError(f"the default provider {urn} could not be made")
        return provider_reference(record)
