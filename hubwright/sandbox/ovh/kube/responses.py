"""HTTP side of the managed Kubernetes service."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.kube.models import ClusterRequest, KubeService, UpdatePolicy


class RenameRequest(BaseModel):
    """Body of a rename."""

    name: str


class PolicyRequest(BaseModel):
    """Body of a change of update policy."""

    updatePolicy: UpdatePolicy  # noqa: N815 the API's own spelling


class UpgradeRequest(BaseModel):
    """Body of an upgrade."""

    strategy: Literal["NEXT_MINOR"] = "NEXT_MINOR"


class LoadBalancersSubnetRequest(BaseModel):
    """Body of a change of the load balancers' subnet."""

    loadBalancersSubnetId: str  # noqa: N815


class KubeResponses:
    """Handlers of /cloud/project/…/kube."""

    def __init__(self, service: KubeService) -> None:
        self._service = service

    def list_clusters(self, call: Call) -> list[str]:
        """Ids only, as OVH answers."""
        return [cluster.id for cluster in self._service.all()]

    def create(self, call: Call) -> dict[str, Any]:
        """Accept a creation."""
        return self._service.create(call.read(ClusterRequest)).wire()

    def get(self, call: Call) -> dict[str, Any]:
        """One cluster."""
        return self._service.get(call.params["kube_id"]).wire()

    def rename(self, call: Call) -> None:
        """Change the display name."""
        self._service.change(call.params["kube_id"], name=call.read(RenameRequest).name)

    def set_policy(self, call: Call) -> None:
        """Change the update policy."""
        self._service.change(call.params["kube_id"], update_policy=call.read(PolicyRequest).updatePolicy)

    def set_customization(self, call: Call) -> None:
        """Change API server and kube-proxy options."""
        self._service.change(call.params["kube_id"], status="REDEPLOYING", customization=call.body or {})

    def set_private_network(self, call: Call) -> None:
        """Change the routing of the private network."""
        fields = {"private_network_configuration": call.body}
        self._service.change(call.params["kube_id"], status="REDEPLOYING", **fields)

    def set_load_balancers_subnet(self, call: Call) -> None:
        """Change the subnet that load balancers get."""
        wanted = call.read(LoadBalancersSubnetRequest)
        self._service.move_load_balancers(call.params["kube_id"], wanted.loadBalancersSubnetId)

    def upgrade(self, call: Call) -> None:
        """Go one minor version up."""
        call.read(UpgradeRequest)
        self._service.upgrade(call.params["kube_id"])

    def kubeconfig(self, call: Call) -> dict[str, str]:
        """The kubeconfig; a POST, though it changes nothing."""
        return {"content": self._service.kubeconfig(call.params["kube_id"])}

    def delete(self, call: Call) -> None:
        """Accept a deletion."""
        self._service.delete(call.params["kube_id"])
