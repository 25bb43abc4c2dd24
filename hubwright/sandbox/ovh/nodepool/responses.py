"""HTTP side of the node pool service."""

from __future__ import annotations

from typing import Any

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.kube.models import KubeService
from hubwright.sandbox.ovh.nodepool.models import NodePoolService, Pool, PoolRequest, PoolUpdate
from hubwright.sandbox.ovh.project.models import ProjectBackend


class NodePoolResponses:
    """Handlers of /cloud/project/…/kube/…/nodepool and of what hangs on it."""

    def __init__(self, service: NodePoolService, clusters: KubeService, project: ProjectBackend) -> None:
        self._service = service
        self._clusters = clusters
        self._project = project

    def list_pools(self, call: Call) -> list[dict[str, Any]]:
        """Whole objects, unlike the list of clusters."""
        return [pool.wire() for pool in self._service.all(call.params["kube_id"])]

    def create(self, call: Call) -> dict[str, Any]:
        """Accept a creation."""
        return self._service.create(call.params["kube_id"], call.read(PoolRequest)).wire()

    def get(self, call: Call) -> dict[str, Any]:
        """One pool."""
        return self._pool(call).wire()

    def update(self, call: Call) -> dict[str, Any]:
        """Accept a change."""
        request = call.read(PoolUpdate)
        return self._service.update(call.params["kube_id"], call.params["pool_id"], request).wire()

    def delete(self, call: Call) -> None:
        """Accept a deletion."""
        self._service.delete(call.params["kube_id"], call.params["pool_id"])

    def list_pool_nodes(self, call: Call) -> list[dict[str, Any]]:
        """Nodes of one pool."""
        return self._nodes(self._pool(call))

    def list_cluster_nodes(self, call: Call) -> list[dict[str, Any]]:
        """Nodes of all pools."""
        return [node for pool in self._service.all(call.params["kube_id"]) for node in self._nodes(pool)]

    def list_flavors(self, call: Call) -> list[dict[str, Any]]:
        """Flavors that a pool of this cluster may have."""
        self._clusters.get(call.params["kube_id"])
        return [
            {"name": item.name, "category": item.name[0], "state": "available", "vCPUs": item.vcpus, "ram": item.ram_gb}
            for item in self._project.flavors.values()
        ]

    def _pool(self, call: Call) -> Pool:
        return self._service.get(call.params["kube_id"], call.params["pool_id"])

    def _nodes(self, pool: Pool) -> list[dict[str, Any]]:
        version = self._clusters.get(pool.kube_id).version
        shared = {
            "flavor": pool.flavor,
            "version": version,
            "nodePoolId": pool.id,
            "projectId": pool.project_id,
            "status": pool.status,
            "isUpToDate": True,
        }
        return [{**node.wire(), **shared, "updatedAt": node.wire()["createdAt"]} for node in pool.nodes]
