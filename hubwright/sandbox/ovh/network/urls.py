"""Routes of the private network service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.network.responses import NetworkResponses

_NETWORKS = "/cloud/project/{service_name}/network/private"
_NETWORK = f"{_NETWORKS}/{{network_id}}"


def routes(responses: NetworkResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", _NETWORKS, responses.list_networks),
        Route("POST", _NETWORKS, responses.create),
        Route("GET", _NETWORK, responses.get),
        Route("DELETE", _NETWORK, responses.delete),
        Route("GET", f"{_NETWORK}/subnet", responses.list_subnets),
        Route("POST", f"{_NETWORK}/subnet", responses.create_subnet),
        Route("DELETE", f"{_NETWORK}/subnet/{{subnet_id}}", responses.delete_subnet),
    ]
