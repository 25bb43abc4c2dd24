"""Floating IPs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import items, text
from hubwright.engine.providers.declared.resource import Created
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.openstack.neutron import ALL_TAGS, TAGS, VALUE_SPECS, NeutronResource
from hubwright.engine.providers.openstack.rest import REGION, TENANT


class FloatingIp(NeutronResource):
    """`openstack:networking/floatingIp:FloatingIp`; `pool` is the external network's name."""

    type_name = "openstack:networking/floatingIp:FloatingIp"
    path, item = "floatingips", "floatingip"
    identity = ("portId",)
    usable, building = ("ACTIVE", "DOWN"), ("BUILD", "PENDING_CREATE", "PENDING_UPDATE")
    fields = {
        "pool": text(required=True, computed=True, force_new=True, attribute=""),
        "address": text(computed=True, force_new=True, attribute="floating_ip_address"),
        "description": text(),
        "dnsDomain": text(computed=True, force_new=True),
        "dnsName": text(computed=True, force_new=True),
        "fixedIp": text(computed=True, attribute="fixed_ip_address"),
        "portId": text(computed=True),
        "subnetId": text(computed=True, attribute=""),
        "subnetIds": items(attribute=""),
        "region": REGION,
        "tenantId": TENANT,
        "tags": TAGS,
        "allTags": ALL_TAGS,
        "valueSpecs": VALUE_SPECS,
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Allocate an address of the pool, in the first of the named subnets that has one."""
        body = {**self.body(inputs), "floating_network_id": self._pool_id(inputs)}
        candidates = inputs.get("subnetIds") or [inputs.get("subnetId")]
        for subnet in candidates[:-1]:
            try:
                return Created(self.post(inputs, {**body, "subnet_id": subnet}, wait))
            except ApiError as error:
                # 409: no address left there; anything else would fail in the next subnet too.
                if error.status != 409:
                    raise
        last = {"subnet_id": candidates[-1]} if candidates[-1] else {}
        return Created(self.post(inputs, {**body, **last}, wait))

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """An address that is not in use has an empty port and fixed address."""
        result = {"portId": "", "fixedIp": "", **super().outputs(live, inputs, outputs)}
        network = str(live["floating_network_id"])
        return {**result, "pool": self._pool_name(network, result.get("region"), inputs)}

    def _pool_id(self, inputs: PropertyMap) -> str:
        pool, region = str(inputs["pool"]), inputs.get("region")
        named = self.api.get(self.service, "/networks", region=region, name=pool)["networks"]
        found = named or self.api.get(self.service, "/networks", region=region, id=pool)["networks"]
        if len(found) != 1:
            raise ResourceError(
                f"{len(found)} networks are called {pool!r}; a floating IP's pool must be exactly one",
                hint="set pool to the name of the external network, Ext-Net at OVHcloud",
            )
        return str(found[0]["id"])

    def _pool_name(self, network: str, region: str | None, inputs: PropertyMap) -> str:
        """The name, or the id where the program named the pool so: the other spelling would plan a replacement."""
        if inputs.get("pool") == network:
            return network
        found = self.api.find(self.service, f"/networks/{network}", region=region)
        return str(found["network"]["name"]) if found else str(inputs.get("pool") or network)
