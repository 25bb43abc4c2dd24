from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import QuotaError, ResourceError
from hubwright.engine.providers.base import PartialFailureError

POOL = "ovh:CloudProject/kubeNodePool:KubeNodePool"
PATH = "P/kube/k1/nodepool/p1"
EMPTY_TEMPLATE = {
    "metadata": {"annotations": {}, "finalizers": [], "labels": {}},
    "spec": {"taints": [], "unschedulable": False},
}
LIVE = {
    "id": "p1",
    "projectId": "0123",
    "name": "user",
    "flavor": "b3-8",
    "status": "READY",
    "sizeStatus": "CAPACITY_OK",
    "autoscale": False,
    "antiAffinity": False,
    "monthlyBilled": False,
    "minNodes": 0,
    "maxNodes": 100,
    "desiredNodes": 2,
    "currentNodes": 2,
    "availableNodes": 2,
    "upToDateNodes": 2,
    "availabilityZones": [],
    "autoscaling": {"scaleDownUnneededTimeSeconds": 600, "scaleDownUtilizationThreshold": 0.5},
    "template": EMPTY_TEMPLATE,
}
INPUTS = {"kubeId": "k1", "name": "user", "flavorName": "b3-8", "desiredNodes": 2}


@pytest.fixture
def ready(api: Any) -> Any:
    api.script("POST", "P/kube/k1/nodepool", {"id": "p1", "status": "INSTALLING"})
    api.script("GET", PATH, {**LIVE, "status": "INSTALLING"}, LIVE)
    api.script("PUT", PATH, None)
    return api


def test_create_sends_what_the_api_insists_on(ovh: Any, ready: Any) -> None:
    state = ovh.create(POOL, **INPUTS)
    body = ready.bodies("POST", "P/kube/k1/nodepool")[0]
    assert body["availabilityZones"] == []
    assert body["template"] == EMPTY_TEMPLATE
    assert state.outputs["flavorName"] == "b3-8"
    assert state.outputs["attachFloatingIps"] == {"enabled": False}
    assert "template" not in state.outputs
    assert not ovh.changes(POOL, state, **INPUTS)


@pytest.mark.parametrize(("status", "cause"), [("ERROR", ResourceError), ("USER_QUOTA_ERROR", QuotaError)])
def test_a_failed_pool_is_a_failure(ovh: Any, ready: Any, status: str, cause: type[Exception]) -> None:
    ready.script("GET", PATH, {**LIVE, "status": status})
    with pytest.raises(PartialFailureError, match="quota") as caught:
        ovh.create(POOL, **INPUTS)
    assert isinstance(caught.value.__cause__, cause)
    assert caught.value.state.outputs["status"] == status


def test_a_failed_pool_tries_again_on_the_next_run(ovh: Any, ready: Any) -> None:
    ready.script("GET", PATH, {**LIVE, "status": "ERROR"})
    with pytest.raises(PartialFailureError) as caught:
        ovh.create(POOL, **INPUTS)
    ready.script("GET", PATH, {**LIVE, "status": "UPSCALING"}, LIVE)
    state = ovh.update(POOL, caught.value.state, **INPUTS)
    assert ready.bodies("PUT", PATH)[0]["desiredNodes"] == 2
    assert state.outputs["status"] == "READY"


def test_labels_and_taints_go_both_ways(ovh: Any, ready: Any) -> None:
    template = {
        "metadata": {"annotations": {}, "finalizers": [], "labels": {"hub.jupyter.org/node-purpose": "user"}},
        "spec": {"taints": [{"effect": "NoSchedule", "key": "hub.jupyter.org/dedicated", "value": "user"}]},
    }
    full = {**template, "spec": {**template["spec"], "unschedulable": False}}
    ready.script("GET", PATH, {**LIVE, "template": full})
    state = ovh.create(POOL, **INPUTS, template=template)
    assert state.outputs["template"] == full
    assert not ovh.changes(POOL, state, **INPUTS, template=template)
    unlabelled = {**template, "metadata": {**template["metadata"], "labels": {}}}
    assert ovh.changes(POOL, state, **INPUTS, template=unlabelled) == ["template"]


def test_the_autoscalers_size_is_kept_below_a_new_maximum(ovh: Any, ready: Any) -> None:
    state = ovh.create(POOL, kubeId="k1", name="user", flavorName="b3-8", autoscale=True, maxNodes=5)
    ready.script("GET", PATH, {**LIVE, "desiredNodes": 4})
    ovh.update(POOL, state, kubeId="k1", name="user", flavorName="b3-8", autoscale=True, maxNodes=3)
    assert ready.bodies("PUT", PATH)[0]["desiredNodes"] == 3


def test_a_chosen_name_is_unique_in_a_cluster(ovh: Any, ready: Any) -> None:
    state = ovh.create(POOL, **INPUTS)
    new = ovh.check(POOL, **{**INPUTS, "flavorName": "b3-16"})
    diff = ovh.provider.diff(POOL, "p1", state.inputs, state.outputs, new, ovh.context(POOL))
    assert list(diff.replace) == ["flavorName"]
    assert diff.delete_before_replace


def test_a_pool_in_error_can_be_deleted(ovh: Any, ready: Any, api: Any) -> None:
    state = ovh.create(POOL, **INPUTS)
    api.script("DELETE", PATH, None)
    api.script(
        "GET", PATH, {**LIVE, "status": "ERROR"}, {**LIVE, "status": "DELETING"}, {"id": "p1", "status": "DELETED"}
    )
    ovh.delete(POOL, state)


def test_checks(ovh: Any) -> None:
    assert "'_'" in ovh.problems(POOL, **{**INPUTS, "name": "user_pool"})["name"]
    assert "maxNodes" in ovh.problems(POOL, **INPUTS, minNodes=3, maxNodes=1)["minNodes"]
