"""HTTP side of the gateway service."""

from __future__ import annotations

from typing import Any

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.gateway.models import GatewayRequest, GatewayService


class GatewayResponses:
    """Handlers of /cloud/project/…/region/…/gateway and /cloud/project/…/operation."""

    def __init__(self, service: GatewayService) -> None:
        self._service = service

    def create(self, call: Call) -> dict[str, Any]:
        """Start a creation: the answer is an operation."""
        path = call.params
        request = call.read(GatewayRequest)
        return self._service.create(path["region"], path["network_id"], path["subnet_id"], request).wire()

    def list_gateways(self, call: Call) -> list[dict[str, Any]]:
        """Gateways of a region."""
        return [gateway.wire() for gateway in self._service.all(call.params["region"])]

    def get(self, call: Call) -> dict[str, Any]:
        """One gateway."""
        return self._service.get(call.params["region"], call.params["gateway_id"]).wire()

    def change(self, call: Call) -> dict[str, Any]:
        """Rename or resize."""
        request = call.read(GatewayRequest)
        return self._service.change(call.params["region"], call.params["gateway_id"], request).wire()

    def delete(self, call: Call) -> dict[str, Any]:
        """Start a deletion: the answer is an operation."""
        return self._service.delete(call.params["region"], call.params["gateway_id"]).wire()

    def get_operation(self, call: Call) -> dict[str, Any]:
        """One operation."""
        return self._service.operation(call.params["operation_id"]).wire()

    def list_operations(self, call: Call) -> list[dict[str, Any]]:
        """All operations."""
        return [operation.wire() for operation in self._service.operations()]
