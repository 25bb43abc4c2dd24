"""What the OpenStack services of one sandbox read: ports, passwords, their .conf files and the plan of the boot.

Everything lies in the sandbox's state folder, closed to other users. Ports and passwords are chosen once and kept: a
port moves only when another program has taken it.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from hubwright.core.errors import SandboxError
from hubwright.sandbox.process import choose_port

SERVICES = ("keystone", "neutron", "octavia")
"""The APIs, Keystone first: the others ask it about tokens. One template of the same name each."""

REGION = "GRA9"
PROJECT_NAME = "hubwright"
USERNAME = "hubwright"
ADMIN_USERNAME = "admin"

_TEMPLATES = Path(__file__).with_name("templates")
_PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True)
class Configuration:
    """One sandbox's OpenStack as written to its folder."""

    folder: Path
    project_id: str
    ports: dict[str, int]
    passwords: dict[str, str]

    @property
    def auth_url(self) -> str:
        """Keystone's address."""
        return self.url("keystone")

    @property
    def plan_path(self) -> Path:
        """What the boot process is told; it names the file with the passwords, and holds none."""
        return _plan_path(self.folder)

    def url(self, service: str) -> str:
        """The address of `service`, with Keystone's version."""
        return f"http://127.0.0.1:{self.ports[service]}" + ("/v3" if service == "keystone" else "")

    def log_path(self, service: str) -> Path:
        """Where `service` writes its log."""
        return self.folder / "logs" / f"{service}.log"

    def conf_path(self, service: str) -> Path:
        """The configuration file of `service`."""
        return self.folder / f"{service}.conf"


def write_configuration(folder: Path, environment: Path, *, project_id: str, speed: float) -> Configuration:
    """Choose ports and passwords where there are none yet, and write all files.

    `environment` is the virtual environment that will read them. Raises SandboxError when the folder belongs to another
    project or cannot be written.
    """
    previous = _read_json(_plan_path(folder))
    if previous.get("project_id", project_id) != project_id:
        raise SandboxError(
            f"{folder} holds the OpenStack project {previous['project_id']}, not {project_id}",
            hint="delete the sandbox to start with another project",
        )
    try:
        _make_folders(folder)
        passwords = _load_passwords(folder)
        configuration = Configuration(folder, project_id, _choose_ports(previous), passwords)
        for service in SERVICES:
            _write_private(configuration.conf_path(service), _render(configuration, service, environment))
        _write_private(configuration.plan_path, json.dumps(_plan(configuration, speed), indent=2))
    except OSError as error:
        raise SandboxError(f"{folder}: cannot be written: {error.strerror}") from error
    return configuration


def read_configuration(folder: Path) -> Configuration | None:
    """Return what an earlier start has written, None when that is absent or incomplete."""
    plan, credentials = _read_json(_plan_path(folder)), _read_json(_credentials_path(folder))
    try:
        ports = {service: plan["services"][service]["port"] for service in SERVICES}
        return Configuration(folder, plan["project_id"], ports, credentials["passwords"])
    except KeyError:
        return None


def _plan_path(folder: Path) -> Path:
    return folder / "plan.json"


def _credentials_path(folder: Path) -> Path:
    return folder / "credentials.json"


def _make_folders(folder: Path) -> None:
    for part in ("", "logs", "neutron/lock", "octavia", "cache"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _load_passwords(folder: Path) -> dict[str, str]:
    """Each user's own random password, from the first start on."""
    path = _credentials_path(folder)
    passwords: dict[str, str] = dict(_read_json(path).get("passwords", {}))
    missing = {ADMIN_USERNAME, USERNAME, *SERVICES[1:]} - passwords.keys()
    if missing:
        passwords |= {name: secrets.token_urlsafe(_PASSWORD_BYTES) for name in sorted(missing)}
        _write_private(path, json.dumps({"passwords": passwords}, indent=2))
    return passwords


def _choose_ports(previous: dict[str, Any]) -> dict[str, int]:
    """The ports of last time where they are free; never one twice."""
    ports: dict[str, int] = {}
    for service in SERVICES:
        port = choose_port(previous.get("services", {}).get(service, {}).get("port"))
        while port in ports.values():
            port = choose_port(None)
        ports[service] = port
    return ports


def _render(configuration: Configuration, service: str, environment: Path) -> str:
    template = Template((_TEMPLATES / f"{service}.conf").read_text())
    return template.substitute(
        folder=configuration.folder,
        environment=environment,
        auth_url=configuration.auth_url,
        port=configuration.ports[service],
        password=configuration.passwords.get(service, ""),
        region=REGION,
    )


def _plan(configuration: Configuration, speed: float) -> dict[str, Any]:
    return {
        "region": REGION,
        "speed": speed,
        "project_id": configuration.project_id,
        "project_name": PROJECT_NAME,
        "username": USERNAME,
        "credentials_path": str(_credentials_path(configuration.folder)),
        "services": {
            service: {
                "port": configuration.ports[service],
                "config_path": str(configuration.conf_path(service)),
                "database_path": str(configuration.folder / f"{service}.db"),
                "log_path": str(configuration.log_path(service)),
            }
            for service in SERVICES
        },
    }


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _write_private(path: Path, text: str) -> None:
    """Replace `path` at once, readable by its owner alone from the first byte."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
