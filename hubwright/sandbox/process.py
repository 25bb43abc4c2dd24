"""The sandbox's processes: started detached, recorded on disk, and recognised again by pid and start time.

A pid alone proves nothing after a reboot or a kill, so each record keeps the kernel's start time of the process
(proc(5), stat field 22). Readiness asks the kernel who owns a listening port, so that another program on the same
port never passes for ours. Linux only, as is the whole sandbox.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hubwright.core.errors import SandboxError

_LOG_TAIL_LINES = 15
_POLL_INTERVAL_S = 0.05

_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""Processes that this very process has started, kept so that they can be reaped when they end before it."""


def find_free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def choose_port(preferred: int | None) -> int:
    """Return `preferred` when it can still be bound, else a free one: restarts keep their addresses where they can."""
    if preferred is not None:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", preferred))
            except OSError:
                return find_free_port()
            return preferred
    return find_free_port()


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One process that the sandbox started; `started_ticks` is the kernel's start time in clock ticks since boot."""

    name: str
    pid: int
    started_ticks: int
    boot_id: str
    log_path: str

    def is_alive(self) -> bool:
        """Tell whether this very process, not another one with its pid, still runs."""
        return self.boot_id == _boot_id() and _started_ticks(self.pid) == self.started_ticks


class ProcessTable:
    """The processes of one sandbox, one JSON file each in `folder`, so that writers never collide."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def spawn(
        self,
        name: str,
        command: Sequence[str],
        *,
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        working_directory: Path | None = None,
    ) -> ProcessRecord:
        """Start `command` in a session of its own with output to `log_path`, and record it.

        `environment` is added to this process's own. Raises SandboxError when the program cannot be started.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        log_path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log_path.open("wb") as log:
                process = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})},
                    cwd=working_directory,
                    start_new_session=True,
                )
        except OSError as error:
            raise SandboxError(f"{name}: could not start {command[0]}: {error.strerror}") from error
        _CHILDREN[process.pid] = process
        return self.record(name, process.pid, log_path)

    def record(self, name: str, pid: int, log_path: Path) -> ProcessRecord:
        """Record a process that was started in another way, such as by a fork."""
        self.folder.mkdir(parents=True, exist_ok=True)
        record = ProcessRecord(name, pid, _started_ticks(pid) or 0, _boot_id(), str(log_path))
        target = self.folder / f"{name}.json"
        temporary = target.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(asdict(record)))
        temporary.replace(target)
        return record

    def get(self, name: str) -> ProcessRecord | None:
        """Return the record of `name`, dead or alive; None when there is none or it cannot be read."""
        try:
            return ProcessRecord(**json.loads((self.folder / f"{name}.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def records(self) -> list[ProcessRecord]:
        """Return every record, dead or alive, by name."""
        names = sorted(path.stem for path in self.folder.glob("*.json"))
        return [record for name in names if (record := self.get(name))]

    def forget(self, name: str) -> None:
        """Drop the record of `name`."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def stop(self, names: Iterable[str] | None = None, *, grace_s: float = 3.0) -> list[str]:
        """SIGTERM, then SIGKILL after `grace_s`, the named processes (default: all) and forget them.

        Each one's whole session is stopped, so that its children go with it. Returns the names of those alive before.
        """
        wanted = None if names is None else set(names)
        records = [record for record in self.records() if wanted is None or record.name in wanted]
        alive = [record for record in records if record.is_alive()]
        for record in alive:
            _signal_session(record.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while any(record.is_alive() for record in alive) and time.monotonic() < deadline:
            time.sleep(_POLL_INTERVAL_S)
        for record in alive:
            _signal_session(record.pid, signal.SIGKILL)
        while any(record.is_alive() for record in alive) and time.monotonic() < deadline + grace_s:
            time.sleep(_POLL_INTERVAL_S)
        for record in records:
            self.forget(record.name)
        return [record.name for record in alive]


def wait_until_ready(
    record: ProcessRecord,
    *,
    port: int,
    probe: Callable[[], bool],
    timeout_s: float,
) -> None:
    """Wait until `record`'s process (or a child of it) owns the listener on `port` and `probe` answers true.

    Raises SandboxError with the end of the log when it dies, when another process owns the port, or after `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not record.is_alive():
            raise SandboxError(f"{record.name} died while starting", hint=_log_hint(record))
        if port_is_open(port):
            if not owns_listener(record.pid, port):
                raise SandboxError(
                    f"{record.name}: port {port} is answered by another process",
                    hint="run the command again: it picks another port",
                )
            if probe():
                return
        time.sleep(_POLL_INTERVAL_S)
    raise SandboxError(f"{record.name} was not ready after {timeout_s:.0f} s", hint=_log_hint(record))


def port_is_open(port: int) -> bool:
    """Tell whether something accepts TCP connections on 127.0.0.1:`port`."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def owns_listener(pid: int, port: int) -> bool:
    """Tell whether `pid`, or a process of its session, listens on TCP `port` (proc_net(5), proc_pid_fd(5))."""
    inodes = _listening_inodes(port)
    return bool(inodes) and any(inodes & _socket_inodes(member) for member in _session_members(pid))


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    try:
        for descriptor in os.scandir(f"/proc/{pid}/fd"):
            try:
                target = str(Path(descriptor.path).readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        return inodes
    return inodes


def _session_members(session: int) -> list[int]:
    others = (int(entry) for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != session)
    return [session, *(pid for pid in others if _stat_field(pid, 6) == session)]


def _signal_session(session: int, number: signal.Signals) -> None:
    for pid in _session_members(session):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _started_ticks(pid: int) -> int | None:
    """Start time of a process, None when it is gone or only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    # A zombie has ended; its parent has just not looked yet. Reap it when it is our own child.
    if fields[0] == "Z":
        child = _CHILDREN.get(pid)
        if child and child.poll() is not None:
            del _CHILDREN[pid]
        return None
    return int(fields[19])


def _stat_field(pid: int, number: int) -> int | None:
    """Field `number` (1-based, after the name: 3 and up) of /proc/PID/stat."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[number - 3])
    except (OSError, ValueError, IndexError):
        return None


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _log_hint(record: ProcessRecord) -> str:
    try:
        tail = Path(record.log_path).read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    except OSError:
        tail = []
    return "\n".join([f"the end of {record.log_path}:", *tail])
