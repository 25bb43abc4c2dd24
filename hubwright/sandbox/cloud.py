"""The cloud daemon: OVH API, registries, DNS and managed Kubernetes of one sandbox, in one process.

``python -m hubwright.sandbox.cloud --config FILE --port N`` runs it; `start_cloud` starts it and waits until it serves.
State is kept in the configuration's folder, and the next start takes everything up where it was.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx2
from pydantic import BaseModel, ConfigDict, ValidationError

from hubwright.core.binaries import Binaries
from hubwright.core.errors import HubwrightError, SandboxError
from hubwright.core.progress import Progress
from hubwright.sandbox.openstack.daemon import OpenStackEndpoints
from hubwright.sandbox.ovh.core.store import write_private
from hubwright.sandbox.ovh.project.models import Limits
from hubwright.sandbox.process import ProcessTable, choose_port, wait_until_ready

PROCESS_NAME = "cloud"
_CONFIG_FILE = "cloud.json"
_ENDPOINTS_FILE = "cloud-endpoints.json"
_PORTS_FILE = "cloud-ports.json"
_READY_TIMEOUT_S = 180.0
_PROBE_TIMEOUT_S = 2.0
_SETTLE_TIMEOUT_S = 150.0

_log = logging.getLogger(__name__)


class CloudConfig(BaseModel):
    """What the daemon is to run; `speed` multiplies the modelled durations of the real cloud (0 = at once)."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    binaries: Binaries
    openstack: OpenStackEndpoints
    speed: float = 0.0
    project_id: str
    region: str = "GRA9"
    registry_region: str = "GRA"
    zone: str = "hubwright-sandbox.test"
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class CloudEndpoints:
    """Where the daemon answers, and the credentials for it."""

    ovh_endpoint: str
    application_key: str
    application_secret: str = field(repr=False)
    consumer_key: str = field(repr=False)
    bearer_token: str = field(repr=False)
    admin_token: str = field(repr=False)
    """For ``/_sandbox/faults``, header X-Sandbox-Token."""
    service_name: str
    dns_address: str
    zone: str

    def environment(self) -> dict[str, str]:
        """The variables that the OVH plugin and clients read."""
        return {
            "OVH_ENDPOINT": self.ovh_endpoint,
            "OVH_APPLICATION_KEY": self.application_key,
            "OVH_APPLICATION_SECRET": self.application_secret,
            "OVH_CONSUMER_KEY": self.consumer_key,
            "OVH_CLOUD_PROJECT_SERVICE": self.service_name,
        }


@dataclass(frozen=True, slots=True)
class CloudPorts:
    """The ports of the last run, which the next one takes again where they are free."""

    api: int | None = None
    dns: int | None = None


def start_cloud(config: CloudConfig, processes: ProcessTable, *, progress: Progress) -> CloudEndpoints:
    """Start the daemon unless it runs whole, and block until it serves and all it had before is back.

    A daemon that has lost a child, or that talks to an OpenStack that has moved, is started anew: it takes up what
    still runs and brings back the rest. Raises SandboxError with the end of its log.
    """
    endpoints_file = config.folder / _ENDPOINTS_FILE
    if endpoints_file.exists() and _runs_whole(config, processes):
        return read_endpoints(config.folder)
    processes.stop([PROCESS_NAME])
    endpoints_file.unlink(missing_ok=True)
    config_file = config.folder / _CONFIG_FILE
    write_private(config_file, config.model_dump_json(indent=1))
    port = choose_port(read_ports(config.folder).api)
    command = [sys.executable, "-m", __name__, "--config", str(config_file), "--processes", str(processes.folder)]
    log_path = config.folder / "cloud.log"
    progress.update("OVH API, registry, DNS", f"port {port}")
    record = processes.spawn(PROCESS_NAME, [*command, "--port", str(port)], log_path=log_path)
    probe = _probe(port, endpoints_file)
    wait_until_ready(record, port=port, probe=probe, timeout_s=_READY_TIMEOUT_S)
    return read_endpoints(config.folder)


def _runs_whole(config: CloudConfig, processes: ProcessTable) -> bool:
    """Tell whether the daemon and all its children live, and it knows where OpenStack answers now."""
    daemon = processes.get(PROCESS_NAME)
    if daemon is None or not daemon.is_alive():
        return False
    try:
        known = CloudConfig.model_validate_json((config.folder / _CONFIG_FILE).read_text())
    except (OSError, ValidationError):
        return False
    return known.openstack == config.openstack and all(record.is_alive() for record in processes.records())


def read_endpoints(folder: Path) -> CloudEndpoints:
    """Return what the daemon wrote when it became ready. Raises SandboxError when it has not."""
    try:
        return CloudEndpoints(**json.loads((folder / _ENDPOINTS_FILE).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise SandboxError("the cloud daemon does not run", hint="start it with `hubwright sandbox up`") from error


def read_ports(folder: Path) -> CloudPorts:
    """Return the last run's ports, none when it is not known."""
    try:
        return CloudPorts(**json.loads((folder / _PORTS_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return CloudPorts()


def _probe(port: int, endpoints_file: Path) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            url = f"http://127.0.0.1:{port}/1.0/auth/time"
            answer = httpx2.get(url, timeout=_PROBE_TIMEOUT_S, trust_env=False)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200 and endpoints_file.exists()

    return probe


def run_daemon(config: CloudConfig, processes: ProcessTable, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then stop what this process started."""
    # The parts import much; the parent, which imports this module for `start_cloud`, needs none of it.
    from hubwright.sandbox.cloud_daemon import CloudDaemon

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    daemon = CloudDaemon(config, processes, port=port, ports=read_ports(config.folder))
    try:
        daemon.start()
        _wait_until_settled(daemon.is_settled, stopping)
        write_private(config.folder / _PORTS_FILE, json.dumps(asdict(daemon.ports)))
        write_private(config.folder / _ENDPOINTS_FILE, json.dumps(asdict(daemon.endpoints), indent=1))
        _log.info("ready on port %d", port)
        stopping.wait()
    finally:
        (config.folder / _ENDPOINTS_FILE).unlink(missing_ok=True)
        daemon.stop()


def _wait_until_settled(is_settled: Callable[[], bool], stopping: threading.Event) -> None:
    deadline = time.monotonic() + _SETTLE_TIMEOUT_S
    while not is_settled() and time.monotonic() < deadline and not stopping.wait(0.05):
        pass


def main() -> int:
    """Run the daemon from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="hubwright.sandbox.cloud", description="the sandbox's cloud daemon")
    parser.add_argument("--config", type=Path, required=True, help="a CloudConfig as JSON")
    parser.add_argument("--processes", type=Path, help="folder of the process table (default: beside the config)")
    parser.add_argument("--port", type=int, help="port of the OVH API (default: the last run's, or a free one)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # One line for each request to a proxied registry would drown the rest.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        config = CloudConfig.model_validate_json(arguments.config.read_text())
        processes = ProcessTable(arguments.processes or arguments.config.parent / "processes")
        run_daemon(config, processes, arguments.port or choose_port(read_ports(config.folder).api))
    except (HubwrightError, OSError, ValidationError) as error:
        _log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
