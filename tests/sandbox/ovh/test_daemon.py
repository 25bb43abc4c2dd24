"""The whole daemon with a real control plane and a real registry; OpenStack is out of reach on purpose."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ovh
import ovh.client
import pytest

from hubwright.core.progress import SilentProgress
from hubwright.sandbox.cloud import CloudConfig, CloudEndpoints, start_cloud
from hubwright.sandbox.kubernetes.api_client import KubernetesApi
from hubwright.sandbox.openstack.daemon import OpenStackEndpoints
from hubwright.sandbox.process import ProcessTable
from hubwright.toolchain import find_toolchain

from .conftest import PROJECT

pytestmark = pytest.mark.contract
BASE = f"/cloud/project/{PROJECT}"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[ProcessTable]:
    table = ProcessTable(tmp_path / "processes")
    yield table
    table.stop()
    assert not any(record.is_alive() for record in table.records())


@pytest.fixture
def config(tmp_path: Path) -> CloudConfig:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    nowhere = OpenStackEndpoints("http://127.0.0.1:1/v3", "user", "word", PROJECT, "project", "GRA9")
    return CloudConfig(folder=tmp_path / "cloud", binaries=binaries, openstack=nowhere, speed=0.0, project_id=PROJECT)


def connect(endpoints: CloudEndpoints, monkeypatch: pytest.MonkeyPatch) -> ovh.Client:
    monkeypatch.setitem(ovh.client.ENDPOINTS, "daemon", endpoints.ovh_endpoint)
    return ovh.Client("daemon", endpoints.application_key, endpoints.application_secret, endpoints.consumer_key)


def wait_until_ready(client: ovh.Client, path: str) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while (answer := client.get(path))["status"] != "READY":
        assert answer["status"] != "ERROR"
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer


def node_names(client: ovh.Client, kube_id: str) -> list[str]:
    with KubernetesApi(client.post(f"{BASE}/kube/{kube_id}/kubeconfig")["content"]) as api:
        return sorted(item["metadata"]["name"] for item in api.get("/api/v1/nodes")["items"])


def test_a_restart_brings_cluster_nodes_and_registry_back(
    config: CloudConfig, processes: ProcessTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints = start_cloud(config, processes, progress=SilentProgress())
    client = connect(endpoints, monkeypatch)
    kube = client.post(f"{BASE}/kube", name="main", region="GRA9")["id"]
    registry = client.post(f"{BASE}/containerRegistry", name="images", region="GRA")["id"]
    wait_until_ready(client, f"{BASE}/kube/{kube}")
    url = wait_until_ready(client, f"{BASE}/containerRegistry/{registry}")["url"]
    body = {"name": "core", "flavorName": "b3-8", "desiredNodes": 2, "availabilityZones": []}
    pool = client.post(f"{BASE}/kube/{kube}/nodepool", **body)["id"]
    wait_until_ready(client, f"{BASE}/kube/{kube}/nodepool/{pool}")
    names = node_names(client, kube)
    assert len(names) == 2
    client._session.close()

    processes.stop()
    again = start_cloud(config, processes, progress=SilentProgress())
    assert again == endpoints
    client = connect(again, monkeypatch)
    assert client.get(f"{BASE}/kube/{kube}")["status"] == "READY"
    assert client.get(f"{BASE}/containerRegistry/{registry}")["url"] == url
    assert node_names(client, kube) == names
    client._session.close()


def test_no_secret_is_readable_by_others(config: CloudConfig, processes: ProcessTable) -> None:
    endpoints = start_cloud(config, processes, progress=SilentProgress())
    assert start_cloud(config, processes, progress=SilentProgress()) == endpoints
    assert endpoints.application_secret not in repr(endpoints)
    for name in ("cloud.json", "cloud-keys.json", "cloud-endpoints.json"):
        assert (config.folder / name).stat().st_mode & 0o777 == 0o600
    assert endpoints.application_secret not in (config.folder / "cloud.log").read_text()
    assert json.loads((config.folder / "cloud-endpoints.json").read_text())["service_name"] == PROJECT
