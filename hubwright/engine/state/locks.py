"""Locks of the DIY backend: a file for each holder, and a second look after writing one's own.

Two runs that start together both write their file and both look again; both may then give way, never both go on.
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
from pathlib import Path
from typing import Any

from hubwright.core.errors import StateError, StateLockedError


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the lock whose files are in `folder`; raises StateLockedError, naming who holds it and since when."""
    _refuse_when_held(folder, own=None)
    own = folder / f"{uuid.uuid4()}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        own.write_text(json.dumps(_describe_self()), encoding="utf-8")
    except OSError as error:
        raise StateError(f"{own}: cannot write the lock: {error.strerror}") from error
    try:
        _refuse_when_held(folder, own=own)
        yield
    finally:
        own.unlink(missing_ok=True)


def _describe_self() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "username": _user_name(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refuse_when_held(folder: Path, own: Path | None) -> None:
    for file in sorted(folder.glob("*.json")):
        if file == own:
            continue
        holder = _read_holder(file)
        if _is_dead(holder):
            file.unlink(missing_ok=True)
            continue
        raise StateLockedError(
            f"the stack is locked by {holder.get('username', '?')}@{holder.get('hostname', '?')} "
            f"(pid {holder.get('pid', '?')}) since {_age(holder)}",
            hint=f"wait for that run to end; when it is surely gone, remove {file}",
        )


def _read_holder(file: Path) -> dict[str, Any]:
    try:
        holder = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"pid": 0, "hostname": socket.gethostname()}
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_dead(holder: dict[str, Any]) -> bool:
    """Tell whether the holder was a process of this machine that is no more; of others nobody here can know."""
    pid = holder.get("pid")
    if holder.get("hostname") != socket.gethostname() or not isinstance(pid, int):
        return False
    return pid <= 0 or not Path(f"/proc/{pid}").exists()


def _age(holder: dict[str, Any]) -> str:
    try:
        since = datetime.fromisoformat(str(holder["timestamp"]))
        seconds = int((datetime.now(UTC) - since).total_seconds())
    except (KeyError, ValueError, TypeError):
        return "an unknown time"
    return f"{since:%Y-%m-%d %H:%M:%S} UTC ({seconds // 60} min {seconds % 60} s ago)"
