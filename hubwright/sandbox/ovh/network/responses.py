"""HTTP side of the private network service."""

from __future__ import annotations

from typing import Any

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.network.models import NetworkRequest, NetworkService, SubnetRequest


class NetworkResponses:
    """Handlers of /cloud/project/…/network/private."""

    def __init__(self, service: NetworkService) -> None:
        self._service = service

    def list_networks(self, call: Call) -> list[dict[str, Any]]:
        """Whole objects."""
        return [network.wire() for network in self._service.all()]

    def create(self, call: Call) -> dict[str, Any]:
        """Accept a creation."""
        return self._service.create(call.read(NetworkRequest)).wire()

    def get(self, call: Call) -> dict[str, Any]:
        """One network."""
        return self._service.get(call.params["network_id"]).wire()

    def delete(self, call: Call) -> None:
        """Accept a deletion."""
        self._service.delete(call.params["network_id"])

    def list_subnets(self, call: Call) -> list[dict[str, Any]]:
        """Subnets of a network."""
        return [subnet.wire() for subnet in self._service.subnets(call.params["network_id"])]

    def create_subnet(self, call: Call) -> dict[str, Any]:
        """Create a subnet."""
        return self._service.create_subnet(call.params["network_id"], call.read(SubnetRequest)).wire()

    def delete_subnet(self, call: Call) -> None:
        """Delete a subnet."""
        self._service.delete_subnet(call.params["network_id"], call.params["subnet_id"])
