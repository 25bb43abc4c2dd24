"""Delete before replace: what has to go first, and the deletion itself, while the program waits."""

from __future__ import annotations

import threading

from hubwright.core.errors import PolicyError
from hubwright.engine.claims import Claims
from hubwright.engine.deletes import delete_step, is_state_only
from hubwright.engine.executor import Executor
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import DiffResult
from hubwright.engine.records import ResourceRecord
from hubwright.engine.step_generator import dependents_to_replace
from hubwright.engine.urn import package_of


class ReplacementDeletes:
    """Deletes resources that will be made again in the same run."""

    def __init__(self, executor: Executor, claims: Claims) -> None:
        self._executor = executor
        self._claims = claims
        self._lock = threading.Lock()
        self._gone: set[str] = set()

    def took(self, urn: str) -> bool:
        """Tell whether a resource was deleted so that it can be made anew; waits where that is under way."""
        if self._claims.condemned(urn):
            with self._lock:
                return urn in self._gone
        return urn in self._gone

    def delete_first(self, old: ResourceRecord, because: tuple[str, ...]) -> None:
        """Delete the dependents that have to be made anew too, last first, then the resource itself.

        Raises PolicyError, before anything is deleted, when one of the dependents is protected.
        """
        with self._lock:
            dependents = dependents_to_replace(old, self._executor.journal.unseen, self._diff_dependent)
            dependents = self._claims.condemn(record for record in dependents if record.urn not in self._gone)
            for record in dependents:
                _refuse_protected(record, old)
            going = {old.urn, *(record.urn for record in dependents)}
            for record in reversed(dependents):
                self._delete(record, (), going)
            self._delete(old, because, going)

    def _diff_dependent(self, record: ResourceRecord, inputs: PropertyMap) -> DiffResult:
        if record.is_provider:
            package = package_of(record.type)
            return DiffResult(replace=self._executor.pool.replacing_inputs(package, record.inputs, inputs))
        probe = ResourceRecord(record.urn, record.type, custom=True, inputs=inputs, provider=record.provider)
        return self._executor.diff(record, probe)

    def _delete(self, record: ResourceRecord, because: tuple[str, ...], going: set[str]) -> None:
        step = delete_step(record, because, replaced=True)
        # What an earlier run has replaced already only waited to be deleted: nothing takes its place.
        make_again = not record.delete
        if self._executor.preview:
            self._executor.reporter.planned(step)
        elif is_state_only(record, going):
            self._executor.forget(step, record, make_again=make_again)
        else:
            self._executor.delete(step, record, make_again=make_again)
        if make_again:
            self._gone.add(record.urn)


def _refuse_protected(record: ResourceRecord, cause: ResourceRecord) -> None:
    if record.protect and not record.delete:
        raise PolicyError(
            f"{record.urn} is protected and would have to be deleted before {cause.urn} can be replaced",
            hint="take `protect` away in an update of its own first, or undo the change",
        )
