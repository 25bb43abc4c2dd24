"""Gateways: routers with an address on the public network, made by asynchronous operations."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from hubwright.core.errors import ApiError, CancelledError, DeadlineError, QuotaError, ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import items, text
from hubwright.engine.providers.declared.resource import Change, Created
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.ovh.project import (
    OvhResource,
    present,
    project_path,
    refuse_empty,
    require,
    service_name,
)

_BUILDING: Final = frozenset({"building", "down", "in-progress", "UNKNOWN"})
_REASON_LIMIT: Final = 200
_ACTIVE: Final = frozenset({"active"})


class Gateway(OvhResource):
    """A gateway of one subnet."""

    type_name = "ovh:CloudProject/gateway:Gateway"
    fields = {
        "serviceName": service_name(),
        "region": text(required=True, force_new=True),
        "networkId": text(required=True, force_new=True),
        "subnetId": text(required=True, force_new=True),
        "name": text(autoname=True, computed=True),
        "model": text(required=True),
        "externalInformations": items(output_only=True),
        "interfaces": items(output_only=True),
        "status": text(output_only=True),
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Order the gateway and wait until its operation tells the id.

        When that wait is cut short, the gateway is looked for by its name, so that it is not forgotten.
        """
        subnet = ("network", inputs["networkId"], "subnet", inputs["subnetId"], "gateway")
        path = project_path(inputs, "region", inputs["region"], *subnet)
        operation = refuse_empty(self.api.post(path, present(inputs, ("name", "model"))), wait.subject)
        try:
            return Created(self._await_operation(operation, inputs, wait))
        except (DeadlineError, CancelledError):
            if (found := self._find_by_name(inputs)) is None:
                raise
            return Created(found)

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the gateway by its name."""
        return self._find_by_name(inputs, known_ids)

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until it routes."""
        path = _path(id, inputs)
        wait.for_status(lambda: self.status(path), target=_ACTIVE, pending=_BUILDING)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Read the gateway with its interfaces."""
        properties = {**inputs, **outputs}
        live = self.find(_path(id, properties))
        if live is None:
            return None
        external = live.get("externalInformation")
        interfaces = live.get("interfaces") or ()
        return {
            **present(properties, ("serviceName", "networkId", "subnetId")),
            **present(live, ("name", "model", "status", "region")),
            "interfaces": [present(item, ("id", "ip", "networkId", "subnetId")) for item in interfaces],
            "externalInformations": [_external(external)] if external else [],
        }

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Rename it or change its model."""
        self.api.put(_path(id, change.new_inputs), present(change.new_inputs, ("name", "model")))
        self.finish(id, change.new_inputs, wait)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete it and wait until its ports are out of the subnet."""
        path = _path(id, properties)
        operation = self.api.delete(path)
        if isinstance(operation, dict) and operation.get("id"):
            wait.poll(lambda: self._operation_status(str(operation["id"]), properties, wait))
        wait.until_gone(lambda: (self.find(path) or {}).get("status"))

    def _await_operation(self, operation: dict[str, Any], properties: PropertyMap, wait: Waiter) -> str:
        gateway = ""

        def probe() -> str | None:
            nonlocal gateway
            live = self._operation(str(operation["id"]), properties, wait) or {"status": "not visible yet"}
            gateway = _resource_id(live)
            if live["status"] == "completed" and not gateway:
                raise ApiError(f"{wait.subject}: its operation completed without telling an id")
            return None if gateway else str(live["status"])

        wait.poll(probe)
        return gateway

    def _operation_status(self, operation: str, properties: PropertyMap, wait: Waiter) -> str | None:
        live = self._operation(operation, properties, wait)
        return None if live is None or live["status"] == "completed" else str(live["status"])

    def _operation(self, operation: str, properties: PropertyMap, wait: Waiter) -> dict[str, Any] | None:
        """Return the operation, None when it cannot be seen (yet, or any more). Raises when it failed."""
        live: dict[str, Any] | None = self.api.find(project_path(properties, "operation", operation))
        if live is not None and live["status"] == "in-error":
            reason = str(live.get("error") or live.get("message") or "no reason given")[:_REASON_LIMIT]
            kind = QuotaError if "quota" in reason.lower() else ResourceError
            raise kind(f"{wait.subject}: OVHcloud's operation {live.get('action', '')} failed: {reason}")
        return live

    def _find_by_name(self, inputs: PropertyMap, known_ids: Collection[str] = ()) -> str | None:
        gateways = self.api.find(project_path(inputs, "region", inputs["region"], "gateway")) or ()
        matches = [str(gateway["id"]) for gateway in gateways if gateway.get("name") == inputs["name"]]
        fresh = [match for match in matches if match not in known_ids]
        return fresh[0] if len(fresh) == 1 else None


def _path(id: str, properties: PropertyMap) -> str:
    return project_path(properties, "region", require(properties, "region"), "gateway", id)


def _resource_id(operation: dict[str, Any]) -> str:
    candidates = [operation, *(operation.get("subOperations") or ())]
    return next((str(item["resourceId"]) for item in candidates if item.get("resourceId")), "")


def _external(external: dict[str, Any]) -> PropertyMap:
    ips = [present(ip, ("ip", "subnetId")) for ip in external.get("ips") or ()]
    return {**present(external, ("networkId",)), "ips": ips}
