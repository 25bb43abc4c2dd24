"""Contract tests here run against a real control plane."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from hubwright.adapters.kubernetes import KubernetesClient
from tests.adapters.kubernetes.cluster import Cluster, boot_cluster


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Cluster:
    return boot_cluster(request.config)


@pytest.fixture
def client(cluster: Cluster) -> Iterator[KubernetesClient]:
    with KubernetesClient(cluster.kubeconfig) as client:
        yield client


@pytest.fixture
def namespace(client: KubernetesClient) -> Iterator[str]:
    name = f"test-{secrets.token_hex(4)}"
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, field_manager="tests")
    yield name
    client.delete("v1", "Namespace", name)
