"""Networks and subnets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import CheckFailure
from hubwright.engine.providers.declared.fields import boolean, integer, items, text
from hubwright.engine.providers.openstack.neutron import ALL_TAGS, TAGS, VALUE_SPECS, NeutronResource
from hubwright.engine.providers.openstack.rest import REGION, TENANT


class Network(NeutronResource):
    """`openstack:networking/network:Network`."""

    type_name = "openstack:networking/network:Network"
    path, item = "networks", "network"
    usable = ("ACTIVE", "DOWN")
    fields = {
        "name": text(autoname=True, computed=True),
        "description": text(),
        "adminStateUp": boolean(computed=True),
        "availabilityZoneHints": items(computed=True, force_new=True, unordered=True),
        "dnsDomain": text(computed=True),
        "external": boolean(computed=True, attribute="router:external"),
        "mtu": integer(computed=True),
        "portSecurityEnabled": boolean(computed=True),
        "qosPolicyId": text(computed=True),
        "segments": items(computed=True, unordered=True, attribute=""),
        "shared": boolean(computed=True),
        "transparentVlan": boolean(computed=True, force_new=True, attribute="vlan_transparent"),
        "region": REGION,
        "tenantId": TENANT,
        "tags": TAGS,
        "allTags": ALL_TAGS,
        "valueSpecs": VALUE_SPECS,
    }

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """Segments have names of their own in the API."""
        body = super().body(values)
        if segments := values.get("segments"):
            body["segments"] = [
                {
                    "provider:network_type": segment.get("networkType"),
                    "provider:physical_network": segment.get("physicalNetwork"),
                    "provider:segmentation_id": segment.get("segmentationId"),
                }
                for segment in segments
            ]
        return body

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Both collections must be there even when empty, or the official plugin plans a replacement."""
        return {
            "availabilityZoneHints": [],
            **super().outputs(live, inputs, outputs),
            "segments": network_segments(live),
        }


def network_segments(live: Mapping[str, Any]) -> list[PropertyMap]:
    """Return the provider segments of a network, which only an administrator sees."""
    own = [live] if live.get("provider:network_type") or live.get("provider:physical_network") else []
    return [
        {
            "networkType": segment.get("provider:network_type") or "",
            "physicalNetwork": segment.get("provider:physical_network") or "",
            "segmentationId": segment.get("provider:segmentation_id") or 0,
        }
        for segment in [*own, *(live.get("segments") or ())]
    ]


class Subnet(NeutronResource):
    """`openstack:networking/subnet:Subnet`."""

    type_name = "openstack:networking/subnet:Subnet"
    path, item = "subnets", "subnet"
    fields = {
        "networkId": text(required=True, force_new=True),
        "name": text(autoname=True, computed=True),
        "description": text(),
        "cidr": text(computed=True, force_new=True),
        "prefixLength": integer(force_new=True, attribute="prefixlen"),
        "subnetpoolId": text(force_new=True),
        "ipVersion": integer(force_new=True, default=4),
        "ipv6AddressMode": text(computed=True, force_new=True, attribute="ipv6_address_mode"),
        "ipv6RaMode": text(computed=True, force_new=True, attribute="ipv6_ra_mode"),
        "allocationPools": items(computed=True, unordered=True),
        "gatewayIp": text(computed=True),
        "noGateway": boolean(default=False, attribute=""),
        "enableDhcp": boolean(default=True),
        "dnsNameservers": items(),
        "dnsPublishFixedIp": boolean(),
        "segmentId": text(),
        "serviceTypes": items(computed=True),
        "region": REGION,
        "tenantId": TENANT,
        "tags": TAGS,
        "allTags": ALL_TAGS,
        "valueSpecs": VALUE_SPECS,
    }

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """Combinations that the API refuses only after a long way."""
        if inputs.get("noGateway") is True and inputs.get("gatewayIp"):
            yield CheckFailure("noGateway", "conflicts with gatewayIp")
        if not any(key in inputs for key in ("cidr", "subnetpoolId", "prefixLength")):
            yield CheckFailure("cidr", "is required unless subnetpoolId is given")

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """No gateway is a null address; leaving the address out asks for the first of the range."""
        body = super().body(values)
        if values.get("noGateway"):
            body["gateway_ip"] = None
        return body

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """`noGateway` is read off the address."""
        result = {"allocationPools": [], "serviceTypes": [], **super().outputs(live, inputs, outputs)}
        return {**result, "noGateway": not live.get("gateway_ip"), "gatewayIp": live.get("gateway_ip") or ""}
