"""The sandbox's façade: one object that starts, resumes, describes and stops the whole loopback cloud.

Two daemons make it up: the real OpenStack services in their own virtual environment, and our cloud daemon with the
OVH API, the registry and the DNS server, which boots the managed Kubernetes clusters. Their data stays on disk when
they stop, and the next start resumes it on the same ports where those are free.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubwright.core.binaries import Binaries
from hubwright.core.errors import ConfigError, SandboxError
from hubwright.core.progress import Progress, progress_step
from hubwright.sandbox.cloud import CloudConfig, CloudEndpoints, start_cloud
from hubwright.sandbox.openstack.daemon import OpenStackEndpoints, ensure_environment, start_openstack
from hubwright.sandbox.process import ProcessRecord, ProcessTable

_SPEEDS = {"real": 1.0, "fast": 0.05, "max": 0.0}


def parse_speed(text: str) -> float:
    """Return the factor on modelled delays: ``real`` 1.0, ``fast`` 0.05, ``max`` 0.0, or a number of one's own.

    Raises ConfigError for anything else.
    """
    if text in _SPEEDS:
        return _SPEEDS[text]
    try:
        factor = float(text)
    except ValueError:
        factor = -1.0
    if not 0.0 <= factor <= 100.0:
        raise ConfigError(f"--speed {text} is not known", hint="use real, fast, max, or a factor from 0 to 100")
    return factor


@dataclass(frozen=True, slots=True)
class SandboxEndpoints:
    """Where the loopback cloud answers, and as whom to talk to it."""

    openstack: OpenStackEndpoints
    cloud: CloudEndpoints

    def environment(self) -> dict[str, str]:
        """Return the variables from which the official plugins and clients take endpoint and credentials."""
        return {**self.openstack.environment(), **self.cloud.environment()}


class Sandbox:
    """One loopback cloud in one state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes = ProcessTable(folder / "processes")

    @property
    def exists(self) -> bool:
        """Tell whether the sandbox has data on disk."""
        return (self.folder / "sandbox.json").is_file()

    def up(self, binaries: Binaries, *, speed: float, progress: Progress) -> SandboxEndpoints:
        """Start what does not run yet and return where it answers. Raises SandboxError when a part does not start."""
        with self._locked():
            project_id = self._project_id()
            self._note_speed(speed)
            with progress_step(progress, "OpenStack environment"):
                python = ensure_environment(progress)
            with progress_step(progress, "Keystone, Neutron, Octavia"):
                openstack = start_openstack(
                    self.folder / "openstack",
                    python,
                    self.processes,
                    project_id=project_id,
                    speed=speed,
                    progress=progress,
                )
            config = CloudConfig(
                folder=self.folder / "cloud", binaries=binaries, openstack=openstack, speed=speed, project_id=project_id
            )
            with progress_step(progress, "OVH API, registry, DNS"):
                cloud = start_cloud(config, self.processes, progress=progress)
            return SandboxEndpoints(openstack, cloud)

    def running_speed(self) -> float | None:
        """Return the factor that the running processes were started with; None when none runs."""
        if not any(alive for _record, alive in self.status()):
            return None
        try:
            return float(self._speed_file.read_text())
        except (OSError, ValueError):
            return None

    def down(self, *, delete: bool = False) -> list[str]:
        """Stop every process, and with `delete` remove the data. Returns the names of what ran."""
        if not self.folder.exists():
            return []
        with self._locked():
            stopped = self.processes.stop()
            # A daemon that was stopping may have started one more child: look again.
            stopped += self.processes.stop()
        if delete:
            shutil.rmtree(self.folder)
        return stopped

    def status(self) -> list[tuple[ProcessRecord, bool]]:
        """Return every recorded process and whether it runs."""
        return [(record, record.is_alive()) for record in self.processes.records()]

    def log_paths(self) -> dict[str, Path]:
        """Return the log file of each recorded process."""
        return {record.name: Path(record.log_path) for record in self.processes.records()}

    @property
    def _speed_file(self) -> Path:
        return self.folder / "speed"

    def _note_speed(self, speed: float) -> None:
        if not any(alive for _record, alive in self.status()):
            self._speed_file.write_text(f"{speed}")

    def _project_id(self) -> str:
        file = self.folder / "sandbox.json"
        if not file.exists():
            file.write_text(json.dumps({"version": 1, "project_id": secrets.token_hex(16)}))
        try:
            project_id: str = json.loads(file.read_text())["project_id"]
        except (ValueError, KeyError) as error:
            raise SandboxError(
                f"{file} is not readable", hint="start anew with `hubwright sandbox down --delete`"
            ) from error
        return project_id

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep two commands from starting or stopping the same sandbox at once; the kernel frees a dead one's lock."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder.parent / f"{self.folder.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SandboxError(
                    "another command is starting or stopping this sandbox", hint="wait for it to end, then try again"
                ) from error
            yield
