"""One run from beginning to end: the ordered list of what a preview, an update or a destruction does.

Imports the SDK; `engine` imports this module only when a run begins.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from hubwright.core.errors import HubwrightError, ResourceError, StateError
from hubwright.engine.builtin_provider import PACKAGE, BuiltinProvider
from hubwright.engine.control import RunControl
from hubwright.engine.deletes import delete_records, needed_by_others
from hubwright.engine.events import PREVIEWING, Operation, Summary, UpdateKind, UpdateStarted, outcome_of
from hubwright.engine.executor import Executor
from hubwright.engine.journal import StateJournal
from hubwright.engine.monitor import EngineLog, Monitor
from hubwright.engine.options import EngineOptions, RunOptions
from hubwright.engine.program import ProgramError, ProgramRun, run_program
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.provider_pool import ProviderPool
from hubwright.engine.records import PendingOperation, ResourceRecord
from hubwright.engine.refresh import refresh_records
from hubwright.engine.registrar import Registrar
from hubwright.engine.reporter import Reporter
from hubwright.engine.result import UpdateResult
from hubwright.engine.selection import Selection
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.change_log import ChangeLog
from hubwright.engine.state.checkpoint import CheckpointWriter, StoredCheckpoint
from hubwright.engine.stored_stacks import read_outputs
from hubwright.engine.urn import STACK_TYPE

_DESTROYING: Final = (UpdateKind.DESTROY, UpdateKind.PREVIEW_DESTROY)
_REFRESHING: Final = (UpdateKind.REFRESH, UpdateKind.PREVIEW_REFRESH)
_HISTORY_KINDS: Final = {UpdateKind.DESTROY: "destroy", UpdateKind.REFRESH: "refresh"}


class UpdateRun:
    """One run. `stored` is the checkpoint as it was opened, under the stack's lock unless this is a preview."""

    def __init__(
        self,
        options: EngineOptions,
        run: RunOptions,
        kind: UpdateKind,
        control: RunControl,
        stored: StoredCheckpoint,
        text: str | None,
    ) -> None:
        self._options = options
        self._run_options = run
        self._selection = Selection(run)
        self._name = StackName(options.project, options.stack)
        self._kind = kind
        self._preview = kind in PREVIEWING
        self._control = control
        self._reporter = Reporter(options.on_event, counts_refreshes=kind in _REFRESHING)
        before = stored.snapshot()
        self._writer = CheckpointWriter(self._name.full, stored.secrets, before)
        self._log = None if self._preview else ChangeLog(options.backend, self._name, self._writer, text)
        self._journal = StateJournal(before, self._log)
        pool = ProviderPool({**options.providers, PACKAGE: self._make_builtin}, before.resources)
        self._executor = Executor(
            pool, self._journal, self._reporter, control, parallel=options.workers, preview=self._preview
        )
        self._registrar: Registrar | None = None

    def run(self) -> UpdateResult:
        """Do it all and return the result. Raises the run's first error after everything is saved."""
        started = time.monotonic()
        self._reporter.tell(UpdateStarted(self._kind, self._name.project, self._name.stack))
        self._settle_pending_operations()
        if not self._preview:
            self._options.backend.back_up(self._name)
        error = self._attempt()
        if not self._preview:
            self._save_for_good()
        return self._finish(error, time.monotonic() - started)

    def _attempt(self) -> HubwrightError | None:
        """Run program and deletions; return what went wrong, the reason of a stop first."""
        error: HubwrightError | None = None
        try:
            if self._run_options.refresh or self._kind in _REFRESHING:
                self._refresh()
            if self._kind not in _REFRESHING and not self._reporter.failures:
                self._update()
        except HubwrightError as problem:
            error = problem
        return self._control.reason or error or self._failure()

    def _refresh(self) -> None:
        refresh_records(self._executor, self._selection, parallel=self._options.workers)
        self._journal.flush()

    def _update(self) -> None:
        """Run the program, then delete what it no longer wants."""
        before = self._journal.unseen
        urns = {record.urn for record in before}
        self._selection.refuse_unknown_replacements(urns)
        registrar = None
        if self._kind not in _DESTROYING:
            # Only now: the registrar compares with the records that it finds here.
            self._registrar = registrar = self._make_registrar()
            self._run_program(registrar)
            urns |= registrar.claims.urns()
        self._selection.refuse_unknown(urns)
        failed = bool(self._reporter.failures) and not self._run_options.continue_on_error
        if not failed and not self._control.stopping():
            self._delete(before, registrar.claims.urns() if registrar else set())

    def _make_registrar(self) -> Registrar:
        secret_keys = frozenset(self._options.secret_config_keys)
        return Registrar(self._name, self._executor, self._selection, self._options.config, secret_keys)

    def _delete(self, before: Sequence[ResourceRecord], registered: set[str]) -> None:
        """Delete what is left of the state and was not registered, as far as it is selected and nothing needs it."""
        left = self._journal.unseen
        doomed = [record for record in left if record.delete or record.urn not in registered]
        chosen = self._selection.to_delete(doomed, before)
        leaving = set(chosen)
        # What failed, or was left out, keeps its old record, and so all that this one refers to.
        staying = [record for record in left if record not in leaving]
        needed = needed_by_others(chosen, staying)
        going = [record for record in chosen if record.urn not in needed]
        delete_records(self._executor, going, parallel=self._options.workers)

    def _make_builtin(self, _inputs: PropertyMap) -> BuiltinProvider:
        def find(urn: str) -> ResourceRecord | None:
            return self._registrar.claims.record(urn) if self._registrar else None

        return BuiltinProvider(self._name, partial(read_outputs, self._options), find)

    def _run_program(self, registrar: Registrar) -> None:
        monitor = Monitor(self._name, registrar, self._executor)
        run = ProgramRun(
            program=self._options.program,
            name=self._name,
            project_dir=self._options.project_dir,
            config=self._options.config,
            secret_config_keys=frozenset(self._options.secret_config_keys),
            monitor=monitor,
            log=EngineLog(self._reporter),
            parallel=self._options.workers,
            preview=self._preview,
        )
        ended_well = False
        try:
            run_program(run)
            ended_well = not self._reporter.failures
        except ProgramError as error:
            for refusal in monitor.refusals:
                if refusal.message in error.message:
                    raise refusal from error
            raise
        finally:
            if not ended_well:
                registrar.keep_old_stack_outputs()

    def _failure(self) -> HubwrightError | None:
        """Return the run's failures as one error: the only one as it is, several as a list."""
        failures = self._reporter.failures
        if len(failures) <= 1:
            return failures[0].error if failures else None
        lines = "\n".join(f"  {failure.error.message}" for failure in failures)
        hints = dict.fromkeys(failure.error.hint for failure in failures if failure.error.hint)
        return ResourceError(f"{len(failures)} resources failed:\n{lines}", hint="; ".join(hints) or None)

    def _settle_pending_operations(self) -> None:
        """Find out what the operations did in whose midst an earlier run was interrupted. A preview only warns."""
        for operation in self._journal.snapshot().pending_operations:
            urn, doing = operation.record.urn, operation.kind.value
            if self._preview or not self._is_settled(operation):
                self._reporter.warn(
                    f"an earlier run was interrupted while {doing} it; the next update looks into it", urn
                )

    def _is_settled(self, operation: PendingOperation) -> bool:
        try:
            return self._executor.settle(operation)
        except HubwrightError as error:
            self._reporter.warn(
                f"what an interrupted operation did cannot be looked up: {error.message}", operation.record.urn
            )
            return False

    def _save_for_good(self) -> None:
        """Save the end of the run. Where that fails, what was done is written elsewhere and the error says where."""
        try:
            self._journal.finish_log()
        except StateError as error:
            rescue = self._rescue()
            raise StateError(
                error.message, hint=f"what this run did is kept in {rescue}: copy it over the state when there is room"
            ) from error
        finally:
            if self._log is not None:
                self._log.close()

    def _rescue(self) -> Path | str:
        try:
            text = self._writer.format(self._journal.snapshot(), verify=False)
            descriptor, path = tempfile.mkstemp(prefix=f"{self._name.project}-{self._name.stack}-", suffix=".json")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except (OSError, HubwrightError):
            return "no other place either"
        return Path(path)

    def _finish(self, error: HubwrightError | None, duration_s: float) -> UpdateResult:
        counts = dict(self._reporter.counts)
        failed = len(self._reporter.failures)
        if not self._preview:
            self._record_history(error, counts)
        self._reporter.tell(Summary(self._kind, counts, failed, duration_s, outcome_of(error)))
        if error is not None:
            raise error
        return UpdateResult(self._kind, counts, self._outputs(), duration_s, tuple(self._reporter.steps))

    def _record_history(self, error: HubwrightError | None, counts: dict[Operation, int]) -> None:
        now = int(time.time())
        summary = {
            "kind": _HISTORY_KINDS.get(self._kind, "update"),
            "startTime": now,
            "message": "",
            "environment": {},
            "config": {},
            "result": "failed" if error else "succeeded",
            "endTime": now,
            "resourceChanges": {operation.value: count for operation, count in counts.items()},
        }
        try:
            self._options.backend.record_update(self._name, summary)
        except StateError as problem:
            self._reporter.warn(f"the update is not in the stack's history: {problem.message}")

    def _outputs(self) -> PropertyMap:
        stack = self._registrar.stack if self._registrar else None
        if self._kind in _REFRESHING:
            stack = next((record for record in self._journal.unseen if record.type == STACK_TYPE), None)
        return dict(stack.outputs) if stack else {}
