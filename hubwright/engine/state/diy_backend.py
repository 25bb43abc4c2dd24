"""States in the layout of Pulumi's DIY backend, on anything that keeps objects: the CLI opens the same.

::

    .pulumi/meta.yaml                          version: 1
    .pulumi/stacks/<project>/<stack>.json      the checkpoint, and .json.bak the one before; also .json.gz, .json.zst
    .pulumi/backups/<project>/<stack>/…        the state before each update
    .pulumi/history/<project>/<stack>/…        each update, with the state after it
    .pulumi/locks/organization/<project>/<stack>/<uuid>.json
    .pulumi/journals/<project>/<stack>/<id>    what a running update changed; hubwright's own

A checkpoint on disk is either whole, or marked as completed by the journal that its mark names (see `checkpoint_file`).
Every journal is made before the mark that names it, and removed after the checkpoint that has taken it in.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from hubwright.core.errors import StateError
from hubwright.core.object_store import ObjectStore
from hubwright.engine.state import locks
from hubwright.engine.state.backend import JournalFile, LockHolder, StackName, UpdateEntry
from hubwright.engine.state.changes import fold
from hubwright.engine.state.checkpoint_file import is_marked, journal_of, mark, read_document, write_document
from hubwright.engine.state.compression import Compression, pack, unpack
from hubwright.engine.state.history import read_updates, renamed_history

_ROOT: Final = ".pulumi"
_META: Final = b"version: 1\n"
_TRIES: Final = 5


class DiyBackend:
    """Keeps states in a store. `compression` None packs a checkpoint as it was found."""

    def __init__(self, store: ObjectStore, compression: Compression | None = None) -> None:
        self._store = store
        self._compression = compression
        self._held: dict[StackName, locks.HeldLock] = {}

    @contextmanager
    def lock(self, name: StackName) -> Iterator[Sequence[str]]:
        """Hold the stack's lock for a block, and make whole what an interrupted run has left."""
        with locks.hold_lock(self._store, _lock_folder(name)) as held:
            self._held[name] = held
            try:
                yield [*held.notices, *self._settle(name)]
            finally:
                del self._held[name]

    def list_locks(self, name: StackName) -> list[LockHolder]:
        """Return who holds the stack's lock."""
        return locks.list_holders(self._store, _lock_folder(name))

    def break_locks(self, name: StackName) -> list[LockHolder]:
        """Remove every lock of the stack."""
        return locks.break_locks(self._store, _lock_folder(name))

    def load(self, name: StackName) -> str | None:
        """Return the checkpoint's text with its journal folded in; while an update runs, as it is at this moment."""
        for _ in range(_TRIES):
            text = self._read_checkpoint(name)
            if text is None or not is_marked(text):
                return text
            folded = self._fold(name, text)
            if folded is not None:
                return folded[0]
        raise self._lost_journal(name)

    def save(self, name: StackName, text: str) -> None:
        """Replace the checkpoint; the last whole one before stays as .bak."""
        self._require_lock(name)
        self._replace(name, text)
        self._drop_journals(name)

    def open_journal(self, name: StackName, text: str, header: bytes) -> JournalFile:
        """Begin a journal, then write the checkpoint with the mark that names it."""
        self._require_lock(name)
        journal_id = str(uuid.uuid4())
        journal = self._store.open_log(_journal_key(name, journal_id))
        try:
            journal.append(header)
            self._replace(name, mark(text, journal_id, self.describe(name)))
        except BaseException:
            journal.close()
            raise
        self._drop_journals(name, but=journal_id)
        return journal

    def back_up(self, name: StackName) -> None:
        """Keep a copy of the state as it is."""
        checkpoint = self._find_checkpoint(name)
        if checkpoint is not None:
            ending = checkpoint.removeprefix(_checkpoint_base(name))
            self._store.copy(checkpoint, f"{_folder('backups', name)}/{name.stack}.{time.time_ns()}{ending}")

    def record_update(self, name: StackName, summary: Mapping[str, Any]) -> None:
        """Append an update to the stack's history."""
        stem = f"{_folder('history', name)}/{name.stack}-{time.time_ns()}"
        self._store.write(f"{stem}.history.json", json.dumps(summary, indent=4).encode() + b"\n")
        checkpoint = self._find_checkpoint(name)
        if checkpoint is not None:
            ending = checkpoint.removeprefix(_checkpoint_base(name))
            self._store.copy(checkpoint, f"{stem}.checkpoint{ending}")

    def read_history(self, name: StackName) -> list[UpdateEntry]:
        """Return the stack's updates, the newest first."""
        return read_updates(self._store, f"{_folder('history', name)}/")

    def list_stacks(self, project: str | None = None) -> list[StackName]:
        """Return the stacks that have a checkpoint, sorted."""
        prefix = f"{_ROOT}/stacks/"
        found = set()
        for stored in self._store.list_objects(prefix + (f"{project}/" if project else "")):
            folder, _, file = stored.key.removeprefix(prefix).partition("/")
            stack, dot, ending = file.partition(".json")
            if dot and "/" not in file and ending in [known.value for known in Compression]:
                found.add((folder, stack))
        return [StackName(*pair) for pair in sorted(found)]

    def remove_stack(self, name: StackName, *, keep_backups: bool = False) -> None:
        """Delete what there is of a stack."""
        self._require_lock(name)
        base = _checkpoint_base(name)
        checkpoints = [base + ".json" + kind.value for kind in Compression]
        if keep_backups and (current := self._find_checkpoint(name)) is not None:
            self._store.copy(current, current + ".bak")
        for key in checkpoints + ([] if keep_backups else [key + ".bak" for key in checkpoints]):
            self._store.delete(key)
        self._store.delete(base + ".pulumi-tags")
        for part in ("history",) if keep_backups else ("history", "backups"):
            for stored in self._store.list_objects(_folder(part, name) + "/"):
                self._store.delete(stored.key)
        self._drop_journals(name)

    def rename_stack(self, name: StackName, new_name: StackName, text: str) -> None:
        """Move a stack: the new checkpoint first, then the history, then the old one goes."""
        self._require_lock(name)
        if self._find_checkpoint(new_name) is not None:
            raise StateError(f"there is a stack {new_name.full} already", hint="choose another name")
        self._replace(new_name, text)
        for old_key, new_key in renamed_history(self._store, _folder("history", name), _folder("history", new_name)):
            self._store.copy(old_key, new_key)
        tags = _checkpoint_base(name) + ".pulumi-tags"
        if self._store.read(tags) is not None:
            self._store.copy(tags, _checkpoint_base(new_name) + ".pulumi-tags")
        self.remove_stack(name, keep_backups=True)

    def describe(self, name: StackName) -> str:
        """Return where the stack's checkpoint is."""
        return self._store.describe(self._find_checkpoint(name) or _checkpoint_base(name) + ".json")

    def _require_lock(self, name: StackName) -> None:
        """Refuse to write when the lock that this run held is gone. Writes without a lock are for tests and tools."""
        if name in self._held:
            self._held[name].require()

    def _settle(self, name: StackName) -> list[str]:
        """Fold the journal of an interrupted run into the checkpoint, and remove journals that nothing names."""
        text = self._read_checkpoint(name)
        if text is None or not is_marked(text):
            self._drop_journals(name)
            return []
        folded = self._fold(name, text)
        if folded is None:
            raise self._lost_journal(name)
        whole, count = folded
        self.save(name, whole)
        return [f"an earlier run was interrupted; the {count} changes in its journal were taken into the state"]

    def _fold(self, name: StackName, text: str) -> tuple[str, int] | None:
        """Return the text with its journal folded in, and the number of changes; None when the journal is not there."""
        document = read_document(text, self.describe(name))
        journal_id = journal_of(document)
        if journal_id is None:
            return text, 0
        key = _journal_key(name, journal_id)
        journal = self._store.read_log(key)
        if journal is None:
            return None
        checkpoint = document["checkpoint"]
        latest, count = fold(checkpoint.get("latest") or {}, journal, source=self._store.describe(key))
        return write_document(checkpoint.get("stack") or name.full, latest), count

    def _lost_journal(self, name: StackName) -> StateError:
        return StateError(
            f"{self.describe(name)}: a journal completes this state, and it is not there",
            hint=f"bring back {self._store.describe(_folder('journals', name))}, or the .bak file beside the state",
        )

    def _drop_journals(self, name: StackName, but: str = "") -> None:
        for key in self._store.list_logs(_folder("journals", name) + "/"):
            if key != _journal_key(name, but):
                self._store.delete_log(key)

    def _read_checkpoint(self, name: StackName) -> str | None:
        key = self._find_checkpoint(name)
        data = None if key is None else self._store.read(key)
        if key is None or data is None:
            return None
        return unpack(data, source=self._store.describe(key))

    def _find_checkpoint(self, name: StackName) -> str | None:
        """Return the key of the checkpoint, however it is packed; where there are several, of the last one written."""
        plain = _checkpoint_base(name) + ".json"
        known = [plain + kind.value for kind in Compression]
        found = [stored for stored in self._store.list_objects(plain) if stored.key in known]
        return max(found, key=lambda stored: stored.modified_s).key if found else None

    def _replace(self, name: StackName, text: str) -> None:
        """Write the checkpoint. Only a whole one becomes .bak: what a journal completed is of no use without it."""
        if self._store.read(f"{_ROOT}/meta.yaml") is None:
            self._store.write(f"{_ROOT}/meta.yaml", _META)
        plain = _checkpoint_base(name) + ".json"
        current = self._find_checkpoint(name)
        found = Compression(current.removeprefix(plain)) if current else Compression.NONE
        compression = self._compression or found
        target = plain + compression.value
        if current is not None and not is_marked(self._read_checkpoint(name) or ""):
            self._store.copy(current, current + ".bak")
        self._store.write(target, pack(text, compression))
        if current is not None and current != target:
            self._store.delete(current)


def _folder(part: str, name: StackName) -> str:
    return f"{_ROOT}/{part}/{name.project}/{name.stack}"


def _lock_folder(name: StackName) -> str:
    return f"{_ROOT}/locks/{name.full}"


def _checkpoint_base(name: StackName) -> str:
    return _folder("stacks", name)


def _journal_key(name: StackName, journal_id: str) -> str:
    return f"{_folder('journals', name)}/{journal_id}"
