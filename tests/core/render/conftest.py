from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from hubwright.core.manifests import Manifest, read_manifest

LABELS = {"app": "jupyterhub", "component": "hub", "release": "hub"}
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "hub", "labels": {**LABELS, "chart": "jupyterhub-1"}},
    "spec": {
        "replicas": 1,
        "template": {
            "metadata": {"labels": LABELS, "annotations": {"checksum/config": "1"}},
            "spec": {
                "containers": [
                    {
                        "name": "hub",
                        "image": "quay.io/jupyterhub/k8s-hub:4.4.0",
                        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
                        "securityContext": {"runAsNonRoot": True},
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                    }
                ],
                "volumes": [{"name": "config", "configMap": {"name": "hub"}}],
            },
        },
    },
}
BUDGET: dict[str, Any] = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "hub"},
    "spec": {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
}
POLICY: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "hub"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "hub"},
    "stringData": {"token": "s3cret-s3cret"},
}


def manifest(body: dict[str, Any], source: str = "hub/templates/x.yaml") -> Manifest:
    return read_manifest(body, release="hub", namespace="hub", source=source)


@pytest.fixture
def good() -> Callable[..., tuple[Manifest, ...]]:
    """Manifests that nothing is wrong with, after `change` had its way with the Deployment."""

    def build(change: Callable[[dict[str, Any]], None] = lambda _: None, **others: Any) -> tuple[Manifest, ...]:
        deployment = copy.deepcopy(DEPLOYMENT)
        change(deployment)
        bodies = {"policy": POLICY, "budget": BUDGET, "secret": SECRET, **others}
        return (*(manifest(copy.deepcopy(body)) for body in bodies.values() if body), manifest(deployment))

    return build
