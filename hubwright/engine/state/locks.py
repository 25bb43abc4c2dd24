"""Locks of the DIY backend: a file for each holder, and a second look after writing one's own.

Pulumi's CLI takes any file in the stack's lock folder, other than its own, for a lock. Here a run writes two. The first
is the gate: it has one name for everybody and is created only where there is none, so that of two runs that start
together one wins, on disk and in every object storage that knows ``If-None-Match``. The second has a name of its own
and is followed by a second look, as the CLI does: that holds without conditional writes too, since of two runs at least
one sees the other.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from hubwright.core.errors import StateLockedError
from hubwright.core.object_store import ObjectStore
from hubwright.engine.state.backend import LockHolder

_GATE: Final = "hubwright.json"


class HeldLock:
    """A lock that this process holds. `notices` tell which dead process's locks were in the way."""

    def __init__(self, store: ObjectStore, own: str, notices: list[str]) -> None:
        self._store = store
        self._own = own
        self.notices = notices

    def require(self) -> None:
        """Raise StateLockedError when somebody has taken the lock away from this run."""
        if self._store.read(self._own) is None:
            raise StateLockedError(
                "the stack's lock was broken while this run was going on; nothing more is written to its state",
                hint="see that no two runs work on the stack, then run the same command again",
            )


@contextmanager
def hold_lock(store: ObjectStore, folder: str) -> Iterator[HeldLock]:
    """Hold the lock whose files are in `folder`; raises StateLockedError, naming who holds it and since when."""
    notices = _refuse_when_held(store, folder, own=())
    gate, own = f"{folder}/{_GATE}", f"{folder}/{uuid.uuid4()}.json"
    content = json.dumps(_describe_self()).encode()
    if not store.create(gate, content):
        _refuse_when_held(store, folder, own=())
        raise StateLockedError("the stack was locked a moment ago", hint="run the command again")
    try:
        store.create(own, content)
        _refuse_when_held(store, folder, own=(gate, own))
        yield HeldLock(store, own, notices)
    finally:
        # The gate goes first: an unlocked stack with a closed gate would be a lock that nobody holds.
        _release(store, gate, content)
        store.delete(own)


def _release(store: ObjectStore, gate: str, content: bytes) -> None:
    """Open the gate, unless it was broken and is another run's now."""
    if store.read(gate) == content:
        store.delete(gate)


def list_holders(store: ObjectStore, folder: str) -> list[LockHolder]:
    """Return who has a lock file in `folder`, each once, the longest holder first."""
    holders = {}
    for key in _lock_files(store, folder):
        holder = _read_holder(store, key)
        if holder is not None:
            holders[holder.user, holder.host, holder.pid, holder.since] = holder
    return sorted(holders.values(), key=lambda holder: (holder.since or datetime.min.replace(tzinfo=UTC), holder.pid))


def break_locks(store: ObjectStore, folder: str) -> list[LockHolder]:
    """Remove every lock file and return who held them."""
    holders = list_holders(store, folder)
    for key in _lock_files(store, folder):
        store.delete(key)
    return holders


def _lock_files(store: ObjectStore, folder: str) -> list[str]:
    keys = [stored.key for stored in store.list_objects(f"{folder}/")]
    return [key for key in keys if key.endswith(".json") and "/" not in key.removeprefix(f"{folder}/")]


def _refuse_when_held(store: ObjectStore, folder: str, own: tuple[str, ...]) -> list[str]:
    """Raise StateLockedError when another run holds the lock; remove those of dead processes and say so."""
    removed: dict[str, None] = {}
    for key in _lock_files(store, folder):
        holder = None if key in own else _read_holder(store, key)
        if holder is None:
            continue
        if holder.running is not False:
            raise StateLockedError(
                f"the stack is locked by {holder} since {_age(holder)}",
                hint="wait for that run to end; if it is surely gone, `hubwright cancel` removes its lock",
            )
        store.delete(key)
        removed[f"the lock of {holder} was removed: that process is no more"] = None
    return list(removed)


def _describe_self() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "username": _user_name(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
        "machine": _machine(),
        "nonce": uuid.uuid4().hex,
    }


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@cache
def _machine() -> str:
    """Name this boot of this machine and its space of process numbers: containers may share a host name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _read_holder(store: ObjectStore, key: str) -> LockHolder | None:
    """Read a lock file; None when it was removed meanwhile."""
    data = store.read(key)
    if data is None:
        return None
    try:
        content = json.loads(data)
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    pid = content.get("pid")
    return LockHolder(
        place=store.describe(key),
        user=str(content.get("username", "?")),
        host=str(content.get("hostname", "?")),
        pid=pid if isinstance(pid, int) else 0,
        since=_time(content.get("timestamp")),
        running=_is_running(content, pid),
    )


def _is_running(content: dict[str, Any], pid: object) -> bool | None:
    """Tell whether the holder runs, where it was a process of this machine; of others nobody here can know."""
    machine = content.get("machine")
    ours = machine == _machine() if machine else content.get("hostname") == socket.gethostname()
    if not ours or not isinstance(pid, int) or pid <= 0:
        return None
    return Path(f"/proc/{pid}").exists()


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _age(holder: LockHolder) -> str:
    if holder.since is None:
        return "an unknown time"
    seconds = int((datetime.now(UTC) - holder.since).total_seconds())
    return f"{holder.since:%Y-%m-%d %H:%M:%S} UTC ({seconds // 60} min {seconds % 60} s ago)"
