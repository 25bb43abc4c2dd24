"""Node pools: the nodes that kwok plays, with the capacity, labels and taints that the cloud gave them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hubwright.sandbox.kubernetes.api_client import KubernetesApi

POOL_LABEL = "sandbox.hubwright.dev/pool"
_NODES = "/api/v1/nodes"
# What kubelet and system keep for themselves, roughly as OVHcloud does on its smallest flavors.
_RESERVED_CPU_MILLICORES = 100
_RESERVED_MEMORY_BYTES = 512 * 1024**2


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node. `cpu_millicores` and `memory_bytes` are the machine's; a part is reserved for its system."""

    name: str
    cpu_millicores: int
    memory_bytes: int
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    taints: list[dict[str, str]] = field(default_factory=list)
    pods: int = 110


def set_pool_nodes(api: KubernetesApi, pool: str, nodes: Sequence[NodeSpec], *, kubelet_version: str) -> None:
    """Make the nodes of `pool` exactly `nodes`; those no longer wanted go with their pods. Raises ApiError."""
    listed = api.get(_NODES, labelSelector=f"{POOL_LABEL}={pool}")["items"]
    surplus = {item["metadata"]["name"] for item in listed} - {node.name for node in nodes}
    for node in nodes:
        api.apply(f"{_NODES}/{node.name}", node_manifest(node, pool))
        api.merge(f"{_NODES}/{node.name}/status", {"status": node_status(node, kubelet_version=kubelet_version)})
    for name in sorted(surplus):
        _remove_node(api, name)


def node_manifest(node: NodeSpec, pool: str) -> dict[str, Any]:
    """Return the Node object without its status."""
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        **node.labels,
        POOL_LABEL: pool,
    }
    spec = {"taints": node.taints} if node.taints else {}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": labels,
            "annotations": {**node.annotations, "kwok.x-k8s.io/node": "fake"},
        },
        "spec": spec,
    }


def node_status(node: NodeSpec, *, kubelet_version: str) -> dict[str, Any]:
    """Return the part of a node's status that its machine decides; kwok adds conditions and addresses."""
    return {
        "capacity": _resources(node.cpu_millicores, node.memory_bytes, node.pods),
        "allocatable": _resources(
            max(node.cpu_millicores - _RESERVED_CPU_MILLICORES, 0),
            max(node.memory_bytes - _RESERVED_MEMORY_BYTES, 0),
            node.pods,
        ),
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "kwok://",
            "kernelVersion": "",
            "kubeProxyVersion": "",
            "kubeletVersion": kubelet_version,
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "hubwright sandbox (kwok)",
            "systemUUID": "",
        },
    }


def _resources(cpu_millicores: int, memory_bytes: int, pods: int) -> dict[str, str]:
    return {"cpu": f"{cpu_millicores}m", "memory": str(memory_bytes), "pods": str(pods)}


def _remove_node(api: KubernetesApi, name: str) -> None:
    """Delete a node, then its pods at once: there is no machine left on which they could end with grace."""
    api.delete(f"{_NODES}/{name}")
    for pod in api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={name}")["items"]:
        metadata = pod["metadata"]
        api.delete(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}", grace_period_s=0)
