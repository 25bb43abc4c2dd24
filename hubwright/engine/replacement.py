"""Delete before replace: what has to go first, and the deletion itself, while the program waits."""

from __future__ import annotations

import threading

from hubwright.core.errors import PolicyError
from hubwright.engine.events import Operation, Step
from hubwright.engine.executor import Executor
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import DiffResult
from hubwright.engine.records import ResourceRecord
from hubwright.engine.step_generator import dependents_to_replace
from hubwright.engine.urn import parse_urn


class ReplacementDeletes:
    """Deletes resources that will be made again in the same run; `begun` has their URNs."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = threading.Lock()
        self.begun: set[str] = set()

    def delete_first(self, old: ResourceRecord, because: tuple[str, ...]) -> None:
        """Delete the dependents that have to be made anew too, last first, then the resource itself.

        Raises PolicyError, before anything is deleted, when one of the dependents is protected.
        """
        with self._lock:
            olds = [record for record in self._executor.journal.unseen if not record.pending_replacement]
            dependents = dependents_to_replace(old, olds, self._diff_dependent)
            for record in dependents:
                _refuse_protected(record, old)
            for record in reversed(dependents):
                self._delete(record, ())
            self._delete(old, because)

    def _diff_dependent(self, record: ResourceRecord, inputs: PropertyMap) -> DiffResult:
        probe = ResourceRecord(record.urn, record.type, custom=True, inputs=inputs, provider=record.provider)
        return self._executor.diff(record, probe)

    def _delete(self, record: ResourceRecord, because: tuple[str, ...]) -> None:
        name = parse_urn(record.urn).name
        step = Step(Operation.DELETE_REPLACED, record.urn, record.type, name, record.parent, replaced_by=because)
        if self._executor.preview:
            self._executor.reporter.planned(step)
        else:
            self._executor.delete(step, record, make_again=True)
        self.begun.add(record.urn)


def _refuse_protected(record: ResourceRecord, cause: ResourceRecord) -> None:
    if record.protect:
        raise PolicyError(
            f"{record.urn} is protected and would have to be deleted before {cause.urn} can be replaced",
            hint="take `protect` away in an update of its own first, or undo the change",
        )
