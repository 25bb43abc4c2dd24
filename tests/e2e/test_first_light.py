"""The main job, end to end on real parts: up, prove it, change nothing, stop and resume, destroy.

The tests of this file are chapters of one story and run in order.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hubwright.adapters.dns import query_a_records
from hubwright.adapters.kubernetes import connect_kubernetes
from hubwright.sandbox.sandbox import Sandbox
from tests.e2e.registry_client import RegistryClient

from .conftest import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.contract]


@pytest.fixture(scope="module")
def report(deployment: Deployment) -> dict[str, Any]:
    report: dict[str, Any] = deployment.json("up", "local", "--speed", "max")
    return report


def test_up_ends_with_everything_that_the_report_promises(report: dict[str, Any]) -> None:
    assert report["changes"] is True
    assert report["outputs"]["hub_url"].startswith("http")
    assert report["outputs"]["binder_url"].startswith("http")
    assert report["pods"]["ready"] == report["pods"]["total"] > 0
    assert report["phases_s"]


def test_hub_proxy_and_binder_run(report: dict[str, Any]) -> None:
    pods = _list_objects(report, "Pod")
    running = {pod["metadata"]["labels"].get("component") for pod in pods if pod["status"]["phase"] == "Running"}
    assert {"hub", "proxy", "binder"} <= running


def test_the_records_resolve_to_the_load_balancer(report: dict[str, Any]) -> None:
    address = report["outputs"]["load_balancer_address"]
    assert report["dns"]
    assert all(addresses == [address] for addresses in report["dns"].values())


def test_the_ingress_service_has_the_load_balancers_address(report: dict[str, Any]) -> None:
    services = _list_objects(report, "Service")
    addresses = [
        ingress["ip"]
        for service in services
        if service["spec"]["type"] == "LoadBalancer"
        for ingress in service["status"]["loadBalancer"].get("ingress", [])
    ]
    assert addresses == [report["outputs"]["load_balancer_address"]]


def test_the_registry_takes_the_generated_user(deployment: Deployment, report: dict[str, Any]) -> None:
    outputs = deployment.outputs()
    url, user = outputs["registry_url"], outputs["registry_username"]
    with RegistryClient(url, user, outputs["registry_password"]) as client:
        digest = client.push("binder/binder-proof", "v1", b"a layer")
        assert client.pull("binder/binder-proof", "v1") == digest
    with RegistryClient(url, user, "wrong") as stranger:
        assert stranger.token_status("binder/x") == 401


def test_preview_then_shows_no_change(deployment: Deployment, report: dict[str, Any]) -> None:
    preview = deployment.json("preview", "local", "--expect-no-changes")
    assert preview["changes"] is False


def test_what_would_be_rendered_is_what_runs_and_the_policy_agrees(
    deployment: Deployment, report: dict[str, Any]
) -> None:
    rendered = deployment.json("render", "local", "--check", "--server")
    assert rendered["policy"]["violations"] == []
    assert rendered["placeholders"] == []
    assert list(rendered["server"]["counts"]) == ["unchanged"]


def test_a_second_up_changes_nothing_and_says_so(deployment: Deployment, report: dict[str, Any]) -> None:
    assert "no changes" in deployment.run_ok("up", "local")


def test_no_secret_is_readable_anywhere(deployment: Deployment, report: dict[str, Any]) -> None:
    secrets = _secret_strings(deployment)
    assert secrets
    checked = [deployment.state_file, *deployment.folder.glob(".hubwright/state/.pulumi/**/*.json")]
    checked += list(deployment.folder.glob(".hubwright/sandbox/**/*.log"))
    for file in checked:
        content = file.read_text(errors="replace")
        assert not [name for name, secret in secrets.items() if secret in content], file
    assert not [name for name, secret in secrets.items() if secret in json.dumps(report)]


def test_local_files_with_credentials_are_private(deployment: Deployment, report: dict[str, Any]) -> None:
    for file in (Path(report["kubeconfig"]), deployment.folder / ".hubwright/passphrase"):
        assert file.stat().st_mode & 0o077 == 0


def test_stopping_leaves_no_process_and_resuming_changes_nothing(
    deployment: Deployment, report: dict[str, Any]
) -> None:
    sandbox = Sandbox(deployment.folder / ".hubwright/sandbox")
    before = [record for record, alive in sandbox.status() if alive]
    deployment.run_ok("sandbox", "down")
    assert before
    assert not [record.name for record in before if record.is_alive()]
    assert not _processes_of(deployment.folder)
    assert deployment.json("up", "local")["changes"] is False


def test_destroy_leaves_nothing_behind(deployment: Deployment, report: dict[str, Any]) -> None:
    deployment.run_ok("destroy", "local", "--yes")
    from tests.e2e.leftovers import list_leftovers

    assert list_leftovers(deployment.folder / ".hubwright/sandbox") == {}
    assert not query_a_records(next(iter(report["dns"])), _dns_address(deployment))


def _list_objects(report: dict[str, Any], kind: str) -> list[Any]:
    with connect_kubernetes(Path(report["kubeconfig"]).read_text()) as cluster:
        return cluster.list("v1", kind)


def _secret_strings(deployment: Deployment) -> dict[str, str]:
    outputs = deployment.outputs()
    lines = [line.split(": ", 1) for line in outputs["kubeconfig"].splitlines() if "client-key-data" in line]
    return {"registry_password": outputs["registry_password"], "client key": lines[0][1].strip()}


def _processes_of(folder: Path) -> list[int]:
    """Pids of all processes that mention `folder` on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in command:
                found.append(int(entry.name))
    return found


def _dns_address(deployment: Deployment) -> str:
    endpoints = json.loads((deployment.folder / ".hubwright/sandbox/cloud/cloud-endpoints.json").read_text())
    address: str = endpoints["dns_address"]
    return address
