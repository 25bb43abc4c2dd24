"""Starts, finds again and stops the OpenStack daemon of a sandbox: Keystone, Neutron and Octavia on loopback.

It is one recorded process, `PROCESS_NAME`, which loads what the services share and forks one child for each; children
are in its session and die with it. Data, ports and passwords outlive it in the state folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from hubwright.core.errors import SandboxError
from hubwright.core.progress import Progress, progress_step
from hubwright.sandbox.openstack.configuration import (
    ADMIN_USERNAME,
    PROJECT_NAME,
    REGION,
    SERVICES,
    USERNAME,
    Configuration,
    read_configuration,
    write_configuration,
)
from hubwright.sandbox.openstack.environment import ensure_environment
from hubwright.sandbox.process import ProcessRecord, ProcessTable, owns_listener, wait_until_ready

__all__ = [
    "PROCESS_NAME",
    "OpenStackEndpoints",
    "ensure_environment",
    "is_running",
    "read_endpoints",
    "start_openstack",
    "stop_openstack",
]

PROCESS_NAME = "openstack"

_SERVICES_FOLDER = Path(__file__).with_name("services")
_READY_TIMEOUT_S = 180.0
_PROBE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class OpenStackEndpoints:
    """How to sign in: a user, its project and its region.

    `admin` signs in to the same project as the administrator: for the sandbox's own cloud API, never for the program.
    """

    auth_url: str
    username: str
    password: str = field(repr=False)
    project_id: str
    project_name: str
    region: str
    admin: OpenStackEndpoints | None = field(default=None, repr=False)

    def environment(self) -> dict[str, str]:
        """The variables that openstacksdk and the Pulumi plugin read."""
        return {
            "OS_AUTH_URL": self.auth_url,
            "OS_USERNAME": self.username,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_ID": self.project_id,
            "OS_PROJECT_NAME": self.project_name,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": self.region,
            "OS_IDENTITY_API_VERSION": "3",
        }


def start_openstack(
    folder: Path,
    python: Path,
    processes: ProcessTable,
    *,
    project_id: str,
    speed: float,
    progress: Progress,
) -> OpenStackEndpoints:
    """Start the services on the data in `folder`, or on new data, and wait until each of them answers.

    `python` is that of `ensure_environment`. `project_id` (32 hex digits) becomes the Keystone project of the user.
    `speed` scales the modelled delays of load balancers: 1.0 real, 0.0 none. A daemon that already runs is kept as it
    is. Raises SandboxError with the end of the log when a service does not come up.
    """
    folder = folder.resolve()
    running = read_configuration(folder)
    if running and running.project_id == project_id and is_running(folder, processes):
        return _endpoints(running)
    processes.stop([PROCESS_NAME])
    with progress_step(progress, "OpenStack"):
        configuration = write_configuration(folder, python.parent.parent, project_id=project_id, speed=speed)
        progress.update("OpenStack", f"loading {', '.join(name.capitalize() for name in SERVICES)}")
        _start(configuration, python, processes)
    return _endpoints(configuration)


def read_endpoints(folder: Path) -> OpenStackEndpoints | None:
    """How to sign in to the services of `folder`; None when they were never started there."""
    configuration = read_configuration(folder.resolve())
    return _endpoints(configuration) if configuration else None


def is_running(folder: Path, processes: ProcessTable) -> bool:
    """Tell whether the daemon of `folder` runs and owns every port that it was given."""
    record, configuration = processes.get(PROCESS_NAME), read_configuration(folder.resolve())
    if record is None or configuration is None or not record.is_alive():
        return False
    return all(owns_listener(record.pid, port) for port in configuration.ports.values())


def stop_openstack(processes: ProcessTable) -> bool:
    """Stop the daemon and its services; return whether it ran. The data stays."""
    return bool(processes.stop([PROCESS_NAME]))


def _start(configuration: Configuration, python: Path, processes: ProcessTable) -> None:
    record = processes.spawn(
        PROCESS_NAME,
        [str(python), "-sE", "-W", "ignore", str(_SERVICES_FOLDER), str(configuration.plan_path)],
        log_path=configuration.log_path(PROCESS_NAME),
        # The services talk to one another on loopback, never through a proxy, and cache entry points in our folder.
        environment={
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "XDG_CACHE_HOME": str(configuration.folder / "cache"),
        },
        working_directory=configuration.folder,
    )
    try:
        for service in SERVICES:
            _wait_for(service, configuration, record)
    except SandboxError:
        processes.stop([PROCESS_NAME])
        raise


def _wait_for(service: str, configuration: Configuration, record: ProcessRecord) -> None:
    def answers() -> bool:
        try:
            answer = httpx2.get(configuration.url(service), timeout=_PROBE_TIMEOUT_S, trust_env=False)
        except httpx2.HTTPError:
            return False
        return answer.is_success

    wait_until_ready(record, port=configuration.ports[service], probe=answers, timeout_s=_READY_TIMEOUT_S)


def _endpoints(configuration: Configuration) -> OpenStackEndpoints:
    def signed_in(username: str, admin: OpenStackEndpoints | None = None) -> OpenStackEndpoints:
        return OpenStackEndpoints(
            auth_url=configuration.auth_url,
            username=username,
            password=configuration.passwords[username],
            project_id=configuration.project_id,
            project_name=PROJECT_NAME,
            region=REGION,
            admin=admin,
        )

    return signed_in(USERNAME, admin=signed_in(ADMIN_USERNAME))
