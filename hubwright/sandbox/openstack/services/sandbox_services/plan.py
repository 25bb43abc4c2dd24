"""What the sandbox asks for, as the file that it wrote says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """One API: where it listens, what it reads and where it writes."""

    name: str
    port: int
    config_path: str
    database_path: str
    log_path: str

    @property
    def url(self) -> str:
        """The address in the service catalogue; Keystone's ends in its version."""
        return f"http://127.0.0.1:{self.port}" + ("/v3" if self.name == "keystone" else "")


@dataclass(frozen=True)
class Plan:
    """The whole cloud. `speed` scales modelled delays: 1.0 as long as in a real cloud, 0.0 at once."""

    region: str
    speed: float
    project_id: str
    project_name: str
    username: str
    passwords: dict[str, str]
    services: dict[str, Service]


def read_plan(path: str) -> Plan:
    """Read the plan and, from the private file that it names, the passwords by user name."""
    document = json.loads(Path(path).read_text())
    credentials = json.loads(Path(document.pop("credentials_path")).read_text())
    services = {name: Service(name=name, **fields) for name, fields in document.pop("services").items()}
    return Plan(**document, passwords=credentials["passwords"], services=services)
