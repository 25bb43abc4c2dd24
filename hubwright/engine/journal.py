"""The state of a running update: what is done, what is under way, what is still as before; saved as it changes.

The order of the saved resources is that of the facts: what this update finished comes first, in the order in which it
finished, then what was there before and was not yet seen. Since nothing finishes before what it depends on, references
always point backwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from hubwright.engine.records import OperationKind, PendingOperation, ResourceRecord
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.urn import parse_urn


class StateJournal:
    """Collects what happened to records and has it written by one thread.

    `save` writes a snapshot durably or raises; None (previews) writes nothing. Many changes at once cost one write.
    """

    def __init__(self, before: Snapshot, save: Callable[[Snapshot], None] | None) -> None:
        self._before = before
        self._save = save
        self._lock = threading.Condition()
        self._olds = list(before.resources)
        self._inherited = list(before.pending_operations)
        self._news: list[ResourceRecord] = []
        self._pending: list[PendingOperation] = []
        self._generation = 0
        self._written = 0
        self._writing = False

    @property
    def unseen(self) -> list[ResourceRecord]:
        """The old records that nothing has replaced or removed so far, in order."""
        with self._lock:
            return list(self._olds)

    def snapshot(self) -> Snapshot:
        """Return the state as of now."""
        with self._lock:
            return self._snapshot()

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            resources=[*self._news, *self._olds],
            pending_operations=[*self._inherited, *self._pending],
            secrets_provider=self._before.secrets_provider,
            metadata=self._before.metadata,
        )

    def begin(self, kind: OperationKind, record: ResourceRecord) -> PendingOperation:
        """Note that an operation is about to start; returns once that is on disk. Raises what `save` raises."""
        operation = PendingOperation(kind, record)
        with self._lock:
            self._pending.append(operation)
            self._generation += 1
            generation = self._generation
        self._write_up_to(generation)
        return operation

    def abandon(self, operation: PendingOperation) -> None:
        """Forget an operation that failed without effect; one that was finished stays so."""
        with self._lock:
            if operation in self._pending:
                self._pending.remove(operation)
                self._generation += 1

    def finish(
        self,
        operation: PendingOperation | None = None,
        *,
        add: ResourceRecord | None = None,
        drop: ResourceRecord | None = None,
        outdate: ResourceRecord | None = None,
    ) -> None:
        """Note that an operation ended: `add` is now the live record, `drop` is no more, `outdate` is to be deleted."""
        with self._lock:
            if operation is not None:
                self._pending.remove(operation)
            if outdate is not None:
                outdate.delete = True
            if drop is not None:
                self._remove(drop)
            if add is not None:
                self._news.append(add)
            ended = {record.urn for record in (add, drop) if record is not None}
            self._inherited = [pending for pending in self._inherited if pending.record.urn not in ended]
            self._generation += 1

    def settle(
        self, operation: PendingOperation, found: ResourceRecord | None = None, *, gone: ResourceRecord | None = None
    ) -> None:
        """End an operation that an earlier run left pending.

        `found` is what its create turns out to have made. `gone` is what its delete turns out to have removed: it
        stays, marked, so that what refers to it keeps its place, until it is made again or forgotten.
        """
        with self._lock:
            self._inherited.remove(operation)
            if found is not None:
                for record in self._olds:
                    # The create was half of a replacement: what it replaces is still to be deleted.
                    record.delete = record.delete or record.urn == found.urn
                self._olds.append(found)
            if gone is not None:
                gone.pending_replacement = True
            self._generation += 1

    def touch(self) -> None:
        """Note that a record was changed in place."""
        with self._lock:
            self._generation += 1

    def rename(self, old: str, new: str) -> None:
        """Give an old record another URN and follow it in all that refers to it."""
        with self._lock:
            for record in self._olds:
                if record.urn == old:
                    record.urn, record.type = new, parse_urn(new).type
                record.rename_references(old, new)

    def _remove(self, record: ResourceRecord) -> None:
        for records in (self._olds, self._news):
            for index, candidate in enumerate(records):
                if candidate is record:
                    del records[index]
                    return

    def flush(self) -> None:
        """Write everything noted so far. Raises what `save` raises."""
        with self._lock:
            generation = self._generation
        self._write_up_to(generation)

    def _write_up_to(self, generation: int) -> None:
        """Return once a write that includes `generation` landed; whoever comes first writes for all who wait."""
        if self._save is None:
            return
        while True:
            with self._lock:
                while self._writing and self._written < generation:
                    self._lock.wait()
                if self._written >= generation:
                    return
                self._writing = True
                covered, snapshot = self._generation, self._snapshot()
            self._write(covered, snapshot)

    def _write(self, covered: int, snapshot: Snapshot) -> None:
        assert self._save is not None
        landed = False
        try:
            self._save(snapshot)
            landed = True
        finally:
            with self._lock:
                self._writing = False
                if landed:
                    self._written = covered
                self._lock.notify_all()


def live_records(records: Iterable[ResourceRecord]) -> dict[str, ResourceRecord]:
    """Index records by URN, without those that only wait for their deletion."""
    return {record.urn: record for record in records if not record.delete}
