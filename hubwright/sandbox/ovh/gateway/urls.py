"""Routes of the gateway service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.gateway.responses import GatewayResponses

_PROJECT = "/cloud/project/{service_name}"
_REGION = f"{_PROJECT}/region/{{region}}"
_GATEWAY = f"{_REGION}/gateway/{{gateway_id}}"


def routes(responses: GatewayResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("POST", f"{_REGION}/network/{{network_id}}/subnet/{{subnet_id}}/gateway", responses.create),
        Route("GET", f"{_REGION}/gateway", responses.list_gateways),
        Route("GET", _GATEWAY, responses.get),
        Route("PUT", _GATEWAY, responses.change),
        Route("DELETE", _GATEWAY, responses.delete),
        Route("GET", f"{_PROJECT}/operation", responses.list_operations),
        Route("GET", f"{_PROJECT}/operation/{{operation_id}}", responses.get_operation),
    ]
