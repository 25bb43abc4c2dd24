"""Routers and their interfaces in subnets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hubwright.core.errors import ApiError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import CheckFailure
from hubwright.engine.providers.declared.fields import boolean, items, record, text
from hubwright.engine.providers.declared.resource import Change, Created
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.openstack.neutron import ALL_TAGS, TAGS, VALUE_SPECS, NeutronResource
from hubwright.engine.providers.openstack.rest import REGION, TENANT

_BUILDING = ("BUILD", "PENDING_CREATE", "PENDING_UPDATE")


class Router(NeutronResource):
    """`openstack:networking/router:Router`; its gateway to the outside is one nested object in the API."""

    type_name = "openstack:networking/router:Router"
    path, item = "routers", "router"
    usable, building = ("ACTIVE",), _BUILDING
    fields = {
        "name": text(autoname=True, computed=True),
        "description": text(),
        "adminStateUp": boolean(computed=True),
        "availabilityZoneHints": items(computed=True, force_new=True),
        "distributed": boolean(computed=True, force_new=True),
        "enableSnat": boolean(computed=True, attribute=""),
        "externalFixedIps": items(computed=True, attribute=""),
        "externalNetworkId": text(computed=True, attribute=""),
        "externalQosPolicyId": text(computed=True, attribute=""),
        "externalSubnetIds": items(unsupported=True, attribute=""),
        "vendorOptions": record(unsupported=True, attribute=""),
        "region": REGION,
        "tenantId": TENANT,
        "tags": TAGS,
        "allTags": ALL_TAGS,
        "valueSpecs": VALUE_SPECS,
    }

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """What describes the gateway needs one."""
        for key in ("enableSnat", "externalFixedIps", "externalQosPolicyId"):
            if key in inputs and "externalNetworkId" not in inputs:
                yield CheckFailure(key, "needs externalNetworkId")

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """Put the gateway together; an emptied network id takes it away."""
        body = super().body(values)
        if "externalNetworkId" in values:
            body["external_gateway_info"] = _gateway(values) if values["externalNetworkId"] else {}
        return body

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Take the gateway apart again."""
        gateway = live.get("external_gateway_info") or {}
        return {
            "availabilityZoneHints": [],
            "distributed": False,
            **super().outputs(live, inputs, outputs),
            "externalNetworkId": gateway.get("network_id") or "",
            "externalQosPolicyId": gateway.get("qos_policy_id") or "",
            "enableSnat": bool(gateway.get("enable_snat")),
            "externalFixedIps": [
                {"ipAddress": address.get("ip_address"), "subnetId": address.get("subnet_id")}
                for address in gateway.get("external_fixed_ips") or ()
            ],
        }


def _gateway(values: PropertyMap) -> dict[str, Any]:
    gateway: dict[str, Any] = {"network_id": values["externalNetworkId"]}
    if "enableSnat" in values:
        gateway["enable_snat"] = values["enableSnat"]
    if values.get("externalQosPolicyId"):
        gateway["qos_policy_id"] = values["externalQosPolicyId"]
    if addresses := values.get("externalFixedIps"):
        gateway["external_fixed_ips"] = [
            {
                name: address[key]
                for key, name in (("subnetId", "subnet_id"), ("ipAddress", "ip_address"))
                if key in address
            }
            for address in addresses
        ]
    return gateway


class RouterInterface(NeutronResource):
    """`openstack:networking/routerInterface:RouterInterface`; it is a port, whose id is the interface's."""

    type_name = "openstack:networking/routerInterface:RouterInterface"
    path, item = "ports", "port"
    usable, building = ("ACTIVE", "DOWN"), _BUILDING
    fields = {
        "routerId": text(required=True, force_new=True, attribute="device_id"),
        "subnetId": text(computed=True, force_new=True, attribute=""),
        "portId": text(computed=True, force_new=True, attribute="id"),
        "forceDestroy": boolean(default=False, attribute=""),
        "region": REGION,
    }

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """One of the two says where the interface goes."""
        if "subnetId" not in inputs and "portId" not in inputs:
            yield CheckFailure("subnetId", "is required unless portId is given")

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Add the interface; a PUT that is an action, and so is not repeated."""
        where = {"port_id": inputs["portId"]} if "portId" in inputs else {"subnet_id": inputs["subnetId"]}
        path = f"/routers/{inputs['routerId']}/add_router_interface"
        answer = self.api.call("PUT", self.service, path, where, region=inputs.get("region"), idempotent=False)
        if not (answer or {}).get("port_id"):
            raise ApiError(f"{wait.subject}: the API answered without a port")
        return Created(str(answer["port_id"]))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the router's port on the subnet, or the port that was named."""
        query = {"device_id": str(inputs["routerId"])}
        if "portId" in inputs:
            query["id"] = str(inputs["portId"])
        else:
            query["fixed_ips"] = f"subnet_id={inputs['subnetId']}"
        ports = self.api.get(self.service, "/ports", region=inputs.get("region"), **query)["ports"]
        found = [str(port["id"]) for port in ports if str(port["id"]) not in known_ids]
        return found[0] if len(found) == 1 else None

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """The subnet is that of the port's first address."""
        addresses = live.get("fixed_ips") or ()
        subnet = {"subnetId": addresses[0]["subnet_id"]} if addresses else {}
        return {**super().outputs(live, inputs, outputs), **subnet}

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Only `forceDestroy` may change, and the API does not know it."""
        del id, change, wait

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Remove the interface from its router; floating IPs behind it hold it until they are gone."""
        if properties.get("forceDestroy"):
            self._drop_routes(properties)
        path = f"/routers/{properties['routerId']}/remove_router_interface"

        def in_use() -> str | None:
            try:
                body = {"port_id": id}
                self.api.call("PUT", self.service, path, body, region=properties.get("region"), idempotent=True)
            except ApiError as error:
                if error.status not in (404, 409):
                    raise
                if error.status == 409:
                    return f"in use: {error.message}"
            return None if self.find(id, properties) is None else "being removed"

        wait.poll(in_use)

    def _drop_routes(self, properties: PropertyMap) -> None:
        path = f"/routers/{properties['routerId']}"
        if self.api.find(self.service, path, region=properties.get("region")) is not None:
            self.api.put(self.service, path, {"router": {"routes": []}}, region=properties.get("region"))
