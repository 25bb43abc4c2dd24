from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ResourceError, UnsupportedError
from hubwright.engine.providers.base import PartialFailureError

KUBE = "ovh:CloudProject/kube:Kube"
KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: Q0E=}}]
users: [{name: u, user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}}]
"""
LIVE = {
    "id": "k1",
    "name": "hub",
    "region": "GRA9",
    "status": "READY",
    "version": "1.33.4-1",
    "plan": "free",
    "url": "abc.c1.gra9.k8s.ovh.net",
    "nodesUrl": "abc.nodes.c1.gra9.k8s.ovh.net",
    "updatePolicy": "ALWAYS_UPDATE",
    "kubeProxyMode": "ipvs",
    "isUpToDate": True,
    "controlPlaneIsUpToDate": True,
    "nextUpgradeVersions": [],
    "privateNetworkId": None,
    "privateNetworkConfiguration": {"defaultVrackGateway": "", "privateNetworkRoutingAsDefault": False},
    "customization": {"apiServer": {"admissionPlugins": {"enabled": ["NodeRestriction"], "disabled": []}}},
}
INPUTS = {"region": "GRA9", "name": "hub", "version": "1.33"}


@pytest.fixture
def ready(api: Any) -> Any:
    api.script("POST", "P/kube", {"id": "k1", "status": "INSTALLING"})
    api.script("GET", "P/kube/k1", {**LIVE, "status": "INSTALLING"}, LIVE)
    api.script("POST", "P/kube/k1/kubeconfig", {"content": KUBECONFIG})
    return api


def test_create_reads_everything_back(ovh: Any, ready: Any) -> None:
    state = ovh.create(KUBE, **INPUTS)
    assert state.id == "k1"
    assert ready.bodies("POST", "P/kube") == [INPUTS]
    assert state.outputs["version"] == "1.33"
    assert state.outputs["kubeconfig"] == KUBECONFIG
    assert state.outputs["kubeconfigAttributes"] == [
        {
            "clientCertificate": "Q0VSVA==",
            "clientKey": "S0VZ",
            "clusterCaCertificate": "Q0E=",
            "host": "https://127.0.0.1:6443",
        }
    ]
    assert state.outputs["nextUpgradeVersions"] == []
    assert "privateNetworkConfiguration" not in state.outputs
    assert not ovh.changes(KUBE, state, **INPUTS)
    assert ovh.provider.secret_outputs(KUBE) == {"kubeconfig", "kubeconfigAttributes"}


def test_a_cluster_that_fails_keeps_its_id(ovh: Any, ready: Any) -> None:
    ready.script("GET", "P/kube/k1", {**LIVE, "status": "ERROR"})
    with pytest.raises(PartialFailureError, match="ERROR") as caught:
        ovh.create(KUBE, **INPUTS)
    assert caught.value.state.id == "k1"


def test_a_cluster_that_is_too_slow_keeps_its_id(ovh: Any, ready: Any) -> None:
    ready.script("GET", "P/kube/k1", {**LIVE, "status": "INSTALLING"})
    with pytest.raises(PartialFailureError, match="last status was INSTALLING"):
        ovh.create(KUBE, **INPUTS)


def test_a_broken_kubeconfig_is_not_quoted(ovh: Any, ready: Any) -> None:
    ready.script("POST", "P/kube/k1/kubeconfig", {"content": "users: [{user: {token: hunter2}}]: :"})
    with pytest.raises(PartialFailureError, match="kubeconfig is invalid") as caught:
        ovh.create(KUBE, **INPUTS)
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_the_policy_is_changed_before_the_upgrade(ovh: Any, ready: Any) -> None:
    state = ovh.create(KUBE, **INPUTS)
    ready.script("PUT", "P/kube/k1/updatePolicy", None)
    ready.script("POST", "P/kube/k1/update", None)
    ovh.update(KUBE, state, **{**INPUTS, "version": "1.34", "updatePolicy": "MINIMAL_DOWNTIME"})
    calls = [(method, path) for method, path, _ in ready.calls if method == "PUT" or path.endswith("/update")]
    assert calls == [("PUT", "P/kube/k1/updatePolicy"), ("POST", "P/kube/k1/update")]
    assert ready.bodies("POST", "P/kube/k1/update") == [{"strategy": "NEXT_MINOR"}]


@pytest.mark.parametrize("version", ["1.32", "1.35", "2.34"])
def test_only_the_next_minor_version_can_be_had(ovh: Any, ready: Any, version: str) -> None:
    state = ovh.create(KUBE, **INPUTS)
    with pytest.raises(PartialFailureError, match="one minor version") as caught:
        ovh.update(KUBE, state, **{**INPUTS, "version": version})
    assert isinstance(caught.value.__cause__, ResourceError)


def test_a_plan_cannot_be_changed(ovh: Any, ready: Any) -> None:
    state = ovh.create(KUBE, **INPUTS)
    with pytest.raises(PartialFailureError, match="plan of a cluster cannot be changed") as caught:
        ovh.update(KUBE, state, **{**INPUTS, "plan": "standard"})
    assert isinstance(caught.value.__cause__, UnsupportedError)


def test_admission_plugins_go_both_ways(ovh: Any, ready: Any) -> None:
    plugins = [{"admissionplugins": [{"enableds": ["NodeRestriction"], "disableds": ["AlwaysPullImages"]}]}]
    live = {"enabled": ["NodeRestriction"], "disabled": ["AlwaysPullImages"]}
    ready.script("GET", "P/kube/k1", {**LIVE, "customization": {"apiServer": {"admissionPlugins": live}}})
    state = ovh.create(KUBE, **INPUTS, customizationApiservers=plugins)
    assert ready.bodies("POST", "P/kube")[0]["customization"] == {"apiServer": {"admissionPlugins": live}}
    assert state.outputs["customizationApiservers"] == plugins


def test_delete_waits_until_the_cluster_is_gone(ovh: Any, ready: Any, api: Any) -> None:
    state = ovh.create(KUBE, **INPUTS)
    api.script("DELETE", "P/kube/k1", None)
    api.script("GET", "P/kube/k1", {**LIVE, "status": "DELETING"}, {**LIVE, "status": "DELETED"})
    ovh.delete(KUBE, state)


def test_checks_that_the_api_makes_late(ovh: Any) -> None:
    assert "privateNetworkId" in ovh.problems(KUBE, region="GRA9", nodesSubnetId="s")["nodesSubnetId"]
    assert "1.33" in ovh.problems(KUBE, region="GRA9", version="")["version"]
