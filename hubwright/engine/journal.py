"""The state of a running update: what is done, what is under way, what is still as before; on disk as it changes.

The order of the saved resources is that of the facts: what this update finished comes first, in the order in which it
finished, then what was there before and was not yet seen. Since nothing finishes before what it depends on, references
always point backwards.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable

from hubwright.core.errors import HubwrightError
from hubwright.engine.records import OperationKind, PendingOperation, ResourceRecord, same_content
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.state.change_log import ChangeLog
from hubwright.engine.state.changes import Change, Numbering
from hubwright.engine.urn import parse_urn


class StateJournal:
    """Collects what happened to records and has it written by one thread. Without a log (previews) nothing is written.

    Many changes at once cost one write. What only moved, because the program wants it as it is, is not worth one: it is
    written together with the next change, or never.
    """

    def __init__(self, before: Snapshot, log: ChangeLog | None) -> None:
        self._before = before
        self._log = log
        self._lock = threading.Condition()
        self._count = itertools.count()
        self._olds = {record: next(self._count) for record in before.resources}
        self._news: dict[ResourceRecord, int] = {}
        self._inherited = {operation: next(self._count) for operation in before.pending_operations}
        self._pending: dict[PendingOperation, int] = {}
        self._first = self._numbering()
        self._unwritten: list[Change] = []
        self._generation = 0
        self._written = 0
        self._writing = False
        self._changed = False

    @property
    def unseen(self) -> list[ResourceRecord]:
        """The old records that nothing has replaced or removed so far, in order."""
        with self._lock:
            return list(self._olds)

    @property
    def changed(self) -> bool:
        """Whether the state says anything that it did not say before the update."""
        return self._changed

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

    def _numbering(self) -> Numbering:
        resources = [*self._news.values(), *self._olds.values()]
        return Numbering(resources, [*self._inherited.values(), *self._pending.values()], len(self._news))

    def begin(self, kind: OperationKind, record: ResourceRecord) -> PendingOperation:
        """Note that an operation is about to start; returns once that is on disk.

        Raises StateError, or ConfigError for secrets without a passphrase; the operation is then forgotten.
        """
        operation = PendingOperation(kind, record)
        with self._lock:
            number = self._pending[operation] = next(self._count)
            change = Change(begin=[(number, operation)])
            generation = self._note(change)
        try:
            self._write_up_to(generation)
        except HubwrightError:
            self._forget(operation, change)
            raise
        return operation

    def _forget(self, operation: PendingOperation, change: Change) -> None:
        with self._lock:
            number = self._pending.pop(operation)
            if change in self._unwritten:
                self._unwritten.remove(change)
            else:
                self._note(Change(end=[number]))

    def require_encryption(self) -> None:
        """See that secrets can be written, before anything is made that has some. Raises as `begin` does."""
        if self._log is not None:
            self._log.require_encryption()

    def abandon(self, operation: PendingOperation) -> None:
        """Forget an operation that failed without effect; one that was finished stays so."""
        with self._lock:
            if operation in self._pending:
                self._note(Change(end=[self._pending.pop(operation)]))

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
            change = Change()
            if outdate is not None:
                outdate.delete = True
                change.put = self._numbered(outdate)
            if operation is not None:
                change.end.append(self._pending.pop(operation))
                change.put += self._numbered(operation.record)
            ended = {record.urn for record in (add, drop) if record is not None}
            for inherited in [pending for pending in self._inherited if pending.record.urn in ended]:
                change.end.append(self._inherited.pop(inherited))
            same = self._log is not None and add is not None and drop is not None and same_content(add, drop)
            old = self._remove(drop)
            if add is not None:
                new = self._news[add] = next(self._count)
                if same and old is not None:
                    change.keep = [(old, new)]
                else:
                    change.add = [(new, add)]
            if old is not None and not change.keep:
                change.drop = [old]
                change.put = [(number, record) for number, record in change.put if number != old]
            self._note(change)

    def settle(
        self, operation: PendingOperation, found: ResourceRecord | None = None, *, gone: ResourceRecord | None = None
    ) -> None:
        """End an operation that an earlier run left pending.

        `found` is what its create turns out to have made. `gone` is what its delete turns out to have removed: it
        stays, marked, so that what refers to it keeps its place, until it is made again or forgotten.
        """
        with self._lock:
            change = Change(end=[self._inherited.pop(operation)])
            if found is not None:
                for record, number in self._olds.items():
                    # The create was half of a replacement: what it replaces is still to be deleted.
                    if record.urn == found.urn and not record.delete:
                        record.delete = True
                        change.put.append((number, record))
                number = self._olds[found] = next(self._count)
                change.add_old = [(number, found)]
            if gone is not None:
                gone.pending_replacement = True
                change.put += self._numbered(gone)
            self._note(change)

    def touch(self, *records: ResourceRecord) -> None:
        """Note that records were changed in place."""
        with self._lock:
            if put := [numbered for record in records for numbered in self._numbered(record)]:
                self._note(Change(put=put))

    def rename(self, old: str, new: str) -> None:
        """Give an old record another URN and follow it in all that refers to it."""
        with self._lock:
            change = Change()
            for record, number in self._olds.items():
                if record.urn == old or any(urn == old for _role, urn in record.references()):
                    record.rename_references(old, new)
                    if record.urn == old:
                        record.urn, record.type = new, parse_urn(new).type
                    change.put.append((number, record))
            if change.put:
                self._note(change)

    def _numbered(self, record: ResourceRecord) -> list[tuple[int, ResourceRecord]]:
        number = self._news.get(record, self._olds.get(record))
        return [] if number is None else [(number, record)]

    def _remove(self, record: ResourceRecord | None) -> int | None:
        if record is None:
            return None
        half = self._olds if record in self._olds else self._news
        return half.pop(record, None)

    def _note(self, change: Change) -> int:
        """Queue a change for writing and return the generation that includes it."""
        if self._log is not None:
            self._unwritten.append(change)
        worth_writing = bool(change.put or change.drop or change.add or change.add_old or change.begin or change.end)
        if worth_writing:
            self._generation += 1
            self._changed = True
        return self._generation

    def flush(self) -> None:
        """Write everything noted so far. Raises StateError."""
        with self._lock:
            generation = self._generation
        self._write_up_to(generation)

    def finish_log(self) -> None:
        """Write the whole state, where the update changed it, and end the journal. Raises StateError."""
        if self._log is not None and self._changed:
            self.flush()
            self._log.finish(self.snapshot())

    def _write_up_to(self, generation: int) -> None:
        """Return once a write that includes `generation` landed; whoever comes first writes for all who wait."""
        if self._log is None:
            return
        while True:
            with self._lock:
                while self._writing and self._written < generation:
                    self._lock.wait()
                if self._written >= generation:
                    return
                self._writing = True
                covered, changes, self._unwritten = self._generation, self._unwritten, []
                whole = (self._snapshot(), self._numbering()) if self._log.has_grown else None
            self._write(self._log, covered, changes, whole)

    def _write(
        self, log: ChangeLog, covered: int, changes: list[Change], whole: tuple[Snapshot, Numbering] | None
    ) -> None:
        landed = False
        try:
            if whole is not None:
                log.rewrite(*whole)
            else:
                log.append(changes, self._first)
            landed = True
        finally:
            with self._lock:
                self._writing = False
                if landed:
                    self._written = covered
                else:
                    self._unwritten[:0] = changes
                self._lock.notify_all()


def live_records(records: Iterable[ResourceRecord]) -> dict[str, ResourceRecord]:
    """Index records by URN, without those that only wait for their deletion."""
    return {record.urn: record for record in records if not record.delete}
