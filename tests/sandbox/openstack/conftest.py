"""One running OpenStack for all contract tests of this folder."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openstack
import pytest

from hubwright.core.progress import SilentProgress
from hubwright.sandbox.openstack.daemon import (
    OpenStackEndpoints,
    ensure_environment,
    start_openstack,
    stop_openstack,
)
from hubwright.sandbox.process import ProcessTable


@dataclass
class RunningCloud:
    folder: Path
    processes: ProcessTable
    project_id: str
    endpoints: OpenStackEndpoints

    def start(self) -> None:
        self.endpoints = _start(self.folder, self.processes, self.project_id)

    def connect(self, endpoints: OpenStackEndpoints | None = None) -> openstack.connection.Connection:
        chosen = endpoints or self.endpoints
        return openstack.connection.Connection(
            auth={
                "auth_url": chosen.auth_url,
                "username": chosen.username,
                "password": chosen.password,
                "project_id": chosen.project_id,
                "user_domain_name": "Default",
            },
            region_name=chosen.region,
        )


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    root = tmp_path_factory.mktemp("cloud")
    processes, project_id = ProcessTable(root / "run"), secrets.token_hex(16)
    folder = root / "openstack"
    try:
        yield RunningCloud(folder, processes, project_id, _start(folder, processes, project_id))
    finally:
        stop_openstack(processes)


@pytest.fixture
def connection(cloud: RunningCloud) -> Iterator[openstack.connection.Connection]:
    """The ordinary user's connection."""
    connection = cloud.connect()
    yield connection
    connection.close()


def _start(folder: Path, processes: ProcessTable, project_id: str) -> OpenStackEndpoints:
    python = ensure_environment(SilentProgress())
    return start_openstack(folder, python, processes, project_id=project_id, speed=0.0, progress=SilentProgress())
