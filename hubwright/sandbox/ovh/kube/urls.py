"""Routes of the managed Kubernetes service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.kube.responses import KubeResponses

_CLUSTERS = "/cloud/project/{service_name}/kube"
_CLUSTER = f"{_CLUSTERS}/{{kube_id}}"


def routes(responses: KubeResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", _CLUSTERS, responses.list_clusters),
        Route("POST", _CLUSTERS, responses.create),
        Route("GET", _CLUSTER, responses.get),
        Route("PUT", _CLUSTER, responses.rename),
        Route("DELETE", _CLUSTER, responses.delete),
        Route("POST", f"{_CLUSTER}/kubeconfig", responses.kubeconfig),
        Route("POST", f"{_CLUSTER}/update", responses.upgrade),
        Route("PUT", f"{_CLUSTER}/updatePolicy", responses.set_policy),
        Route("PUT", f"{_CLUSTER}/customization", responses.set_customization),
        Route("PUT", f"{_CLUSTER}/privateNetworkConfiguration", responses.set_private_network),
        Route("PUT", f"{_CLUSTER}/updateLoadBalancersSubnetId", responses.set_load_balancers_subnet),
    ]
