"""Routes of the node pool service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.nodepool.responses import NodePoolResponses

_CLUSTER = "/cloud/project/{service_name}/kube/{kube_id}"
_POOL = f"{_CLUSTER}/nodepool/{{pool_id}}"


def routes(responses: NodePoolResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", f"{_CLUSTER}/nodepool", responses.list_pools),
        Route("POST", f"{_CLUSTER}/nodepool", responses.create),
        Route("GET", _POOL, responses.get),
        Route("PUT", _POOL, responses.update),
        Route("DELETE", _POOL, responses.delete),
        Route("GET", f"{_POOL}/nodes", responses.list_pool_nodes),
        Route("GET", f"{_CLUSTER}/node", responses.list_cluster_nodes),
        Route("GET", f"{_CLUSTER}/flavors", responses.list_flavors),
    ]
