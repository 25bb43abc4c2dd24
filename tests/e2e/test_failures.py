"""What goes wrong, end to end: a clear error, nothing lost in the state, and the next run converges.

The tests of this file are chapters of one story and run in order.
"""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import httpx2
import pytest

from tests.e2e.leftovers import list_leftovers

from .conftest import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.contract]

OUTPUTS: list[str] = []
"""Everything that the failing runs of this file have printed."""

KILLED_AT = (
    "networkPrivate:NetworkPrivate network created",
    "gateway:Gateway gateway created",
    "loadBalancer:LoadBalancer load-balancer created",
    "randomBytes:RandomBytes crypt-key created",
    "helm.sh/v3:Release release created",
)


def refused(deployment: Deployment, *arguments: str, code: int, **environment: str) -> str:
    done = deployment.run(*arguments, **environment)
    OUTPUTS.append(done.stdout + done.stderr)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def edit_stack(deployment: Deployment, old: str, new: str) -> None:
    file = deployment.folder / "stacks/Pulumi.local.yaml"
    content = file.read_text()
    assert old in content
    file.write_text(content.replace(old, new))


def ask_for_faults(deployment: Deployment, method: str, fault: dict[str, Any] | None = None) -> None:
    cloud = json.loads((deployment.folder / ".hubwright/sandbox/cloud/cloud-endpoints.json").read_text())
    root = cloud["ovh_endpoint"].removesuffix("/1.0")
    headers = {"X-Sandbox-Token": cloud["admin_token"]}
    httpx2.request(method, f"{root}/_sandbox/faults", json=fault, headers=headers).raise_for_status()


def test_a_wrong_setting_stops_before_anything_is_made(deployment: Deployment) -> None:
    edit_stack(deployment, "profile: binderhub-public", "profil: binderhub-public")
    message = refused(deployment, "up", "local", code=2)
    assert "Pulumi.local.yaml:" in message
    assert "profile" in message
    edit_stack(deployment, "profil: binderhub-public", "profile: binderhub-public")
    assert not deployment.state_file.exists() or '"ovh:' not in deployment.state_file.read_text()


def test_ctrl_c_finishes_what_runs_and_saves(deployment: Deployment) -> None:
    code, output = deployment.interrupt(KILLED_AT[0], signal.SIGINT, "up", "local")
    OUTPUTS.append(output)
    assert code == 8, output
    assert "NetworkPrivate" in deployment.state_file.read_text()


@pytest.mark.parametrize("marker", KILLED_AT[1:])
def test_a_killed_run_leaves_a_state_that_can_be_read(deployment: Deployment, marker: str) -> None:
    code, output = deployment.interrupt(marker, signal.SIGKILL, "up", "local")
    OUTPUTS.append(output)
    assert code == -signal.SIGKILL, output
    # The file itself says that an update is unfinished; what it and its journal hold together can be read.
    assert json.loads(deployment.run_ok("state", "export", "--stack", "local"))["deployment"]["resources"]


def test_the_next_run_converges_and_nothing_is_there_twice(deployment: Deployment) -> None:
    report = deployment.json("up", "local")
    assert report["pods"]["ready"] == report["pods"]["total"] > 0
    there = list_leftovers(deployment.folder / ".hubwright/sandbox")
    counts = {kind: len(items) for kind, items in there.items() if kind != "ports"}
    assert counts == {
        "clusters": 1,
        "registries": 1,
        "networks": 1,
        "gateways": 1,
        "A records": 2,
        "load balancers": 1,
        "floating ips": 1,
        "routers": 1,
        "own networks": 1,
    }
    assert deployment.json("preview", "local", "--expect-no-changes")["changes"] is False


@pytest.mark.parametrize(("status", "word"), [("ERROR", "ERROR"), ("USER_QUOTA_ERROR", "quota")])
def test_a_node_pool_that_fails_is_a_failure(deployment: Deployment, status: str, word: str) -> None:
    pool = f"    - name: extra-{word.lower()}\n      flavor: b3-8\n      purpose: build\n"
    edit_stack(deployment, "  hubwright:registry:\n", f"{pool}  hubwright:registry:\n")
    ask_for_faults(deployment, "POST", {"kind": "outcome", "service": "nodepool", "status": status})
    message = refused(deployment, "up", "local", code=4)
    assert word in message
    assert "hint" in message
    assert f"extra-{word.lower()}" in deployment.state_file.read_text()
    ask_for_faults(deployment, "DELETE")
    edit_stack(deployment, pool, "")
    assert deployment.json("up", "local")["pods"]["total"] > 0


def test_a_wrong_credential_is_an_authentication_error(deployment: Deployment) -> None:
    cloud = json.loads((deployment.folder / ".hubwright/sandbox/cloud/cloud-endpoints.json").read_text())
    environment = {
        "OVH_ENDPOINT": cloud["ovh_endpoint"],
        "OVH_APPLICATION_KEY": cloud["application_key"],
        "OVH_APPLICATION_SECRET": "not-the-secret",
        "OVH_CONSUMER_KEY": cloud["consumer_key"],
        "OVH_CLOUD_PROJECT_SERVICE": cloud["service_name"],
        "PULUMI_CONFIG_PASSPHRASE": "x",
    }
    file = deployment.folder / "stacks/Pulumi.ovh-example.yaml"
    file.write_text(file.read_text().replace("hubwright:charts: official", "hubwright:charts: stand-in"))
    message = refused(deployment, "up", "ovh-example", "--engine", "embedded", "--yes", code=3, **environment)
    assert "hint" in message


def test_killed_processes_of_the_cloud_come_back_and_nothing_changes(deployment: Deployment) -> None:
    status = deployment.json("sandbox", "status")
    for name in ("apiserver", "openstack"):
        pid = next(process["pid"] for process in status["processes"] if process["name"].endswith(name))
        os.kill(pid, signal.SIGKILL)
    assert deployment.json("up", "local")["changes"] is False


def test_destroy_cleans_up_after_all_of_it(deployment: Deployment) -> None:
    secret = deployment.outputs()["registry_password"]
    deployment.run_ok("destroy", "local", "--yes")
    assert list_leftovers(deployment.folder / ".hubwright/sandbox") == {}
    assert not [output for output in OUTPUTS if secret in output]
