from __future__ import annotations

from typing import Any

import pytest

from hubwright.adapters.kubernetes import assess


def live(kind: str, status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": status}


def condition(kind: str, status: str = "True", **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, **more}]}


GOOD_DEPLOYMENT = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    "ready",
    [
        live("ConfigMap", {}),
        live("Namespace", {"phase": "Active"}),
        live("Deployment", GOOD_DEPLOYMENT, replicas=2),
        live("StatefulSet", {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 1}, replicas=1),
        live(
            "DaemonSet",
            {"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberReady": 1},
        ),
        live("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 0}),
        live("Pod", {"phase": "Succeeded"}),
        live("Pod", {"phase": "Running", **condition("Ready")}),
        live("Job", condition("Complete")),
        live("Job", {}, suspend=True),
        live("PersistentVolumeClaim", {"phase": "Bound"}),
        live("Service", {}, type="ClusterIP"),
        live("Service", {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}, type="LoadBalancer"),
        live("CustomResourceDefinition", condition("Established")),
    ],
    ids=lambda value: str(value["kind"]),
)
def test_ready(ready: dict[str, Any]):
    assert assess(ready).ready


@pytest.mark.parametrize(
    ("unready", "reason"),
    [
        (live("Namespace", {"phase": "Terminating"}), "Terminating"),
        (live("Deployment", {**GOOD_DEPLOYMENT, "observedGeneration": 1}, replicas=2), "has not seen it"),
        (live("Deployment", {**GOOD_DEPLOYMENT, "replicas": 3}, replicas=2), "old version"),
        (live("Deployment", {**GOOD_DEPLOYMENT, "updatedReplicas": 1}, replicas=2), "1 of 2 pods are of the new"),
        (live("Deployment", {**GOOD_DEPLOYMENT, "availableReplicas": 1}, replicas=2), "1 of 2 pods are available"),
        (live("StatefulSet", {"observedGeneration": 2}, replicas=1), "0 of 1 pods are ready"),
        (live("Pod", {"phase": "Pending"}), "Pending"),
        (live("Job", {"succeeded": 1}, completions=3), "1 of 3"),
        (live("PersistentVolumeClaim", {"phase": "Pending"}, storageClassName="fast"), "storage class: fast"),
        (live("Service", {"loadBalancer": {}}, type="LoadBalancer"), "no address"),
        (live("CustomResourceDefinition", {}), "not established"),
    ],
)
def test_not_ready_says_what_is_missing(unready: dict[str, Any], reason: str):
    verdict = assess(unready)
    assert not verdict.ready
    assert not verdict.failed
    assert reason in verdict.reason


@pytest.mark.parametrize(
    "failed",
    [
        live("Job", condition("Failed", message="BackoffLimitExceeded")),
        live("Deployment", {"observedGeneration": 2, **condition("Progressing", reason="ProgressDeadlineExceeded")}),
        live("Pod", {"phase": "Failed"}),
        live("PersistentVolumeClaim", {"phase": "Lost"}),
    ],
    ids=lambda value: str(value["kind"]),
)
def test_failed_for_good(failed: dict[str, Any]):
    assert assess(failed).failed
