"""Every point of a run at which a kill leaves something different behind, found by watching what the run really does.

Three sources, so that no change of the journal or of a backend escapes: Python's audit events tell of every file that
is opened for writing, linked, renamed or removed; `os.fsync` is wrapped, and a kill there also tears what was not yet
flushed, as a power cut does; each call that changes the cloud is a point before it and one after it, when the cloud has
acted and the engine has not heard of it. Installed in a forked child only, since audit hooks stay for good.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CHANGING_CALLS = ("create", "update", "delete")
_PATH_EVENTS = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate", "os.rmdir"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class KillPoints:
    """Numbers the points of one run; at number `kill_at` the process dies."""

    def __init__(self, folder: Path, kill_at: int | None) -> None:
        self._folder = f"{folder}{os.sep}"
        self._kill_at = kill_at
        self._lock = threading.Lock()
        self._flushed: dict[int, int] = {}
        self._watching = threading.local()
        self.labels: list[str] = []

    def install(self) -> None:
        """Watch this process from now on."""
        sys.addaudithook(self._hear)
        for name in ("fsync", "fdatasync"):
            setattr(os, name, self._flush)

    def wrap(self, provider: Any) -> Any:
        """Return the provider with points around each call that changes the cloud."""
        return _WatchedProvider(provider, self)

    def reach(self, label: str, before_death: Callable[[], None] = lambda: None) -> None:
        """Count a point; die here when it is the one."""
        with self._lock:
            self.labels.append(label)
            if len(self.labels) == self._kill_at:
                self._watching.off = True
                before_death()
                os.kill(os.getpid(), signal.SIGKILL)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" and event not in _PATH_EVENTS:
            return
        if getattr(self._watching, "off", False) or not str(arguments[0]).startswith(self._folder):
            return
        name = str(arguments[0]).removeprefix(self._folder)
        if event != "open":
            # What would change nothing is not worth a kill: a folder that is there, a file that is not.
            if Path(arguments[0]).exists() is not (event == "os.mkdir"):
                self.reach(f"{event} {name}")
        elif arguments[2] & _WRITING and not Path(arguments[0]).is_dir():
            self.reach(f"open {name}")
            self.reach(f"opened, nothing written: {name}", lambda: os.close(os.open(arguments[0], arguments[2], 0o600)))

    def _flush(self, file: Any) -> None:
        """Stand in for fsync: after a SIGKILL nothing is lost that was written, so the disk may be spared."""
        descriptor = file if isinstance(file, int) else file.fileno()
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if not name.startswith(self._folder):
            return
        status = os.fstat(descriptor)
        name = name.removeprefix(self._folder)
        before = min(self._flushed.get(status.st_ino, 0), status.st_size)
        if not Path(f"/proc/self/fd/{descriptor}").is_dir() and before < status.st_size:
            torn = before + (status.st_size - before) // 2
            self.reach(f"lost: {name}", lambda: os.truncate(f"/proc/self/fd/{descriptor}", before))
            self.reach(f"torn: {name}", lambda: os.truncate(f"/proc/self/fd/{descriptor}", torn))
            self._flushed[status.st_ino] = status.st_size
        self.reach(f"flushed {name}")


class _WatchedProvider:
    def __init__(self, provider: Any, points: KillPoints) -> None:
        self._provider = provider
        self._points = points

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._provider, name)
        if name not in _CHANGING_CALLS:
            return method

        def call(token: str, *arguments: Any) -> Any:
            subject = f"{name} {arguments[-1].urn.rpartition('::')[2]}"
            self._points.reach(f"before {subject}")
            answer = method(token, *arguments)
            self._points.reach(f"acted, not recorded: {subject}")
            return answer

        return call
