"""Gateways, and the operations that create and delete them.

An operation is `in-progress` without a resource id until the gateway is already `active`: the provider's waiters
accept nothing else.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from hubwright.sandbox.ovh.core.clock import Outcome
from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Entity
from hubwright.sandbox.ovh.gateway.exceptions import (
    GatewayNotFoundError,
    InvalidUuidError,
    OperationNotFoundError,
    UnknownSubnetError,
)
from hubwright.sandbox.ovh.ports import GatewayParts, NetworkBackend
from hubwright.sandbox.ovh.project.models import ProjectBackend

CREATE_S, DELETE_S = 30.0, 15.0
"""Modelled durations on the real cloud."""

Model = Literal["s", "m", "l", "xl", "2xl", "3xl"]


class GatewayRequest(BaseModel):
    """Body of a creation or change."""

    name: str = Field(min_length=1)
    model: Model = "s"


class Gateway(Entity):
    """A router between one subnet and the external network."""

    id: str
    name: str
    model: str
    region: str
    status: str = "active"
    interfaces: list[dict[str, str]]
    external_information: dict[str, Any]


class Operation(Entity):
    """Work in progress; `resource_id` None until it has a result. The inner fields say how to start it again."""

    id: str
    action: str
    status: str = "in-progress"
    regions: list[str]
    resource_id: str | None = None
    progress: int = 0
    created_at: datetime
    started_at: datetime
    completed_at: datetime | None = None
    sub_operations: list[dict[str, Any]] = Field(default_factory=list)
    target: dict[str, str] = Field(default_factory=dict, exclude=True)


class GatewayService:
    """The gateways of the project and its operations."""

    def __init__(self, platform: Platform, project: ProjectBackend, backend: NetworkBackend) -> None:
        self._platform = platform
        self._project = project
        self._backend = backend
        self._gateways = platform.store.table("gateways", Gateway)
        self._operations = platform.store.table("operations", Operation)

    def create(self, region: str, network_id: str, subnet_id: str, request: GatewayRequest) -> Operation:
        """Start the creation of a gateway. Raises InvalidUuidError, UnknownSubnetError."""
        self._project.require_region_path(region)
        _check_uuid(network_id)
        _check_uuid(subnet_id)
        if not (self._backend.network_exists(network_id) and self._backend.subnet_exists(subnet_id)):
            raise UnknownSubnetError(subnet_id)
        target = {"name": request.name, "model": request.model, "network": network_id, "subnet": subnet_id}
        return self._start("gateway#create", region, target)

    def get(self, region: str, gateway_id: str) -> Gateway:
        """Return the gateway. Raises GatewayNotFoundError."""
        gateway = self._gateways.get(gateway_id)
        if gateway is None or gateway.region != region:
            raise GatewayNotFoundError(gateway_id)
        return gateway

    def all(self, region: str) -> list[Gateway]:
        """Return the gateways of a region."""
        self._project.require_region_path(region)
        return [gateway for gateway in self._gateways.all() if gateway.region == region]

    def change(self, region: str, gateway_id: str, request: GatewayRequest) -> Gateway:
        """Rename or resize at once."""
        gateway = self.get(region, gateway_id)
        return self._gateways.change(gateway_id, name=request.name, model=request.model) or gateway

    def delete(self, region: str, gateway_id: str) -> Operation:
        """Start the deletion of a gateway."""
        self.get(region, gateway_id)
        return self._start("gateway#delete", region, {"gateway": gateway_id})

    def operation(self, operation_id: str) -> Operation:
        """Return an operation. Raises OperationNotFoundError."""
        operation = self._operations.get(operation_id)
        if operation is None:
            raise OperationNotFoundError(operation_id)
        return operation

    def operations(self) -> list[Operation]:
        """Return all operations."""
        return self._operations.all()

    def uses_subnet(self, subnet_id: str) -> bool:
        """Tell whether a gateway has an interface on the subnet."""
        return any(part["subnetId"] == subnet_id for row in self._gateways.all() for part in row.interfaces)

    def resume(self) -> None:
        """Finish what a restart interrupted."""
        for operation in self.operations():
            if operation.status == "in-progress":
                self._run(operation, 0.0)

    def _start(self, action: str, region: str, target: dict[str, str]) -> Operation:
        operation_id, now = self._platform.new_id(), self._platform.schedule.now()
        operation = Operation(
            id=operation_id, action=action, regions=[region], created_at=now, started_at=now, target=target
        )
        self._operations.put(operation_id, operation)
        self._run(operation, CREATE_S if action == "gateway#create" else DELETE_S)
        return operation

    def _run(self, operation: Operation, delay_s: float) -> None:
        fault = self._platform.faults.strike_outcome("operation", operation.target.get("name", ""))
        creates = operation.action == "gateway#create"
        work = (lambda: self._create_parts(operation)) if creates else (lambda: self._delete_parts(operation))

        def finish(outcome: Outcome) -> None:
            if outcome.error or (fault and fault.status):
                self._operations.change(operation.id, status=(fault and fault.status) or "in-error")
                return
            now = self._platform.schedule.now()
            fields = {"status": "completed", "progress": 100, "completed_at": now, "resource_id": outcome.value}
            self._operations.change(operation.id, **fields)

        self._platform.schedule.submit(delay_s + (fault.delay_s if fault else 0.0), work, finish)

    def _create_parts(self, operation: Operation) -> str:
        target = operation.target
        parts = self._backend.create_gateway(target["name"], target["network"], target["subnet"])
        gateway = _gateway(parts, operation.regions[0], target)
        return self._gateways.put(parts.id, gateway).id

    def _delete_parts(self, operation: Operation) -> str:
        gateway_id = operation.target["gateway"]
        self._backend.delete_gateway(gateway_id)
        self._gateways.remove(gateway_id)
        return gateway_id


def _gateway(parts: GatewayParts, region: str, target: dict[str, str]) -> Gateway:
    interface = {
        "id": parts.interface_id,
        "ip": parts.interface_ip,
        "networkId": parts.network_id,
        "subnetId": target["subnet"],
    }
    addresses = [{"ip": address, "subnetId": subnet} for address, subnet in parts.external_ips]
    return Gateway(
        id=parts.id,
        name=target["name"],
        model=target["model"],
        region=region,
        interfaces=[interface],
        external_information={"networkId": parts.external_network_id, "ips": addresses},
    )


def _check_uuid(value: str) -> None:
    try:
        uuid.UUID(value)
    except ValueError:
        raise InvalidUuidError(value) from None
