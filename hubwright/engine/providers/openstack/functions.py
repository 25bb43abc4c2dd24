"""Data sources of the `openstack` package; each answers with exactly one object or fails."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from hubwright.adapters.openstack import OpenStackApi
from hubwright.core.errors import ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.resource import Function
from hubwright.engine.providers.openstack.network import network_segments

_NETWORK_FILTERS: Final = {
    "networkId": "id",
    "name": "name",
    "description": "description",
    "status": "status",
    "external": "router:external",
    "mtu": "mtu",
    "tenantId": "project_id",
    "transparentVlan": "vlan_transparent",
}
_SUBNET_FILTERS: Final = {
    "subnetId": "id",
    "name": "name",
    "description": "description",
    "networkId": "network_id",
    "cidr": "cidr",
    "gatewayIp": "gateway_ip",
    "ipVersion": "ip_version",
    "ipv6AddressMode": "ipv6_address_mode",
    "ipv6RaMode": "ipv6_ra_mode",
    "dhcpEnabled": "enable_dhcp",
    "dnsPublishFixedIp": "dns_publish_fixed_ip",
    "segmentId": "segment_id",
    "subnetpoolId": "subnetpool_id",
    "tenantId": "project_id",
}
_FLAVOR_FILTERS: Final = {"flavorId": "id", "name": "name"}


def find_network(api: OpenStackApi) -> Function:
    """``getNetwork``."""

    def get_network(arguments: PropertyMap) -> PropertyMap:
        query = _query(arguments, _NETWORK_FILTERS)
        found = api.get("network", "/networks", region=arguments.get("region"), **query)["networks"]
        wanted = arguments.get("matchingSubnetCidr")
        if wanted:
            found = [network for network in found if _has_subnet(api, network, wanted, arguments.get("region"))]
        live = _only(found, "network", arguments)
        return {
            **{key: live.get(name) for key, name in _NETWORK_FILTERS.items()},
            **_common(api, arguments, live),
            # Text, not booleans, in the official plugin.
            "adminStateUp": str(bool(live.get("admin_state_up"))).lower(),
            "shared": str(bool(live.get("shared"))).lower(),
            "availabilityZoneHints": live.get("availability_zone_hints") or [],
            "dnsDomain": live.get("dns_domain") or "",
            "matchingSubnetCidr": wanted,
            "segments": network_segments(live),
            "subnets": live.get("subnets") or [],
        }

    return get_network


def find_subnet(api: OpenStackApi) -> Function:
    """``getSubnet``."""

    def get_subnet(arguments: PropertyMap) -> PropertyMap:
        query = _query(arguments, _SUBNET_FILTERS)
        found = api.get("network", "/subnets", region=arguments.get("region"), **query)["subnets"]
        live = _only(found, "subnet", arguments)
        routes = live.get("host_routes") or ()
        return {
            **{key: live.get(name) or "" for key, name in _SUBNET_FILTERS.items()},
            **_common(api, arguments, live),
            "allocationPools": live.get("allocation_pools") or [],
            "dhcpEnabled": arguments.get("dhcpEnabled"),
            "dnsNameservers": live.get("dns_nameservers") or [],
            "dnsPublishFixedIp": bool(live.get("dns_publish_fixed_ip")),
            "enableDhcp": bool(live.get("enable_dhcp")),
            "hostRoutes": [{"destinationCidr": route["destination"], "nextHop": route["nexthop"]} for route in routes],
            "serviceTypes": live.get("service_types") or [],
        }

    return get_subnet


def find_flavor(api: OpenStackApi) -> Function:
    """``getFlavorV2``: a flavor of load balancers."""

    def get_flavor(arguments: PropertyMap) -> PropertyMap:
        query = _query(arguments, _FLAVOR_FILTERS)
        found = api.get("load_balancer", "/lbaas/flavors", region=arguments.get("region"), **query)["flavors"]
        live = _only(found, "load balancer flavor", arguments)
        return {
            "id": live["id"],
            "flavorId": live["id"],
            "flavorProfileId": live.get("flavor_profile_id") or "",
            "name": live["name"],
            "description": live.get("description") or "",
            "enabled": bool(live.get("enabled")),
            "region": arguments.get("region") or api.region,
        }

    return get_flavor


def _common(api: OpenStackApi, arguments: PropertyMap, live: Mapping[str, Any]) -> PropertyMap:
    return {
        "id": live["id"],
        "allTags": sorted(live.get("tags") or ()),
        "tags": arguments.get("tags"),
        "region": arguments.get("region") or api.region,
    }


def _query(arguments: PropertyMap, filters: Mapping[str, str]) -> dict[str, str]:
    query = {name: _spell(arguments[key]) for key, name in filters.items() if arguments.get(key) is not None}
    if tags := arguments.get("tags"):
        query["tags"] = ",".join(tags)
    return query


def _spell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _only(found: list[dict[str, Any]], kind: str, arguments: PropertyMap) -> dict[str, Any]:
    if len(found) == 1:
        return found[0]
    filters = ", ".join(f"{key}={value!r}" for key, value in sorted(arguments.items())) or "no filter"
    raise ResourceError(
        f"{len(found)} objects of kind {kind} match {filters}, where exactly one must",
        hint="name it by its id, or add what tells it from the others",
    )


def _has_subnet(api: OpenStackApi, network: Mapping[str, Any], cidr: str, region: str | None) -> bool:
    subnets = api.get("network", "/subnets", region=region, network_id=str(network["id"]))["subnets"]
    return any(ip_network(subnet["cidr"]) == ip_network(cidr) for subnet in subnets)
