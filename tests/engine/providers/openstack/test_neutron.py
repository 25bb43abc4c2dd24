from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.providers.base import PartialFailureError

NETWORK = "openstack:networking/network:Network"
SUBNET = "openstack:networking/subnet:Subnet"
ROUTER = "openstack:networking/router:Router"
FLOATING_IP = "openstack:networking/floatingIp:FloatingIp"
NETWORK_LIVE = {"id": "n1", "name": "net", "status": "ACTIVE", "admin_state_up": True, "tags": ["a"], "project_id": "p"}


def test_tags_follow_the_network(openstack: Any, api: Any) -> None:
    api.script("POST", "/networks", {"network": {"id": "n1"}})
    api.script("GET", "/networks/n1", {"network": {**NETWORK_LIVE, "status": "BUILD"}}, {"network": NETWORK_LIVE})
    api.script("PUT", "/networks/n1/tags", None)
    state = openstack.create(NETWORK, name="net", tags=["a"], valueSpecs={"vendor": "x"})
    assert api.bodies("POST", "/networks") == [{"network": {"name": "net", "vendor": "x"}}]
    assert api.bodies("PUT", "/networks/n1/tags") == [{"tags": ["a"]}]
    assert state.outputs["segments"] == []
    assert state.outputs["availabilityZoneHints"] == []
    assert (state.outputs["region"], state.outputs["tenantId"]) == ("GRA9", "p")


def test_tags_of_others_are_no_change(openstack: Any, api: Any) -> None:
    api.script("POST", "/networks", {"network": {"id": "n1"}})
    api.script("GET", "/networks/n1", {"network": {**NETWORK_LIVE, "tags": ["a", "theirs"]}})
    api.script("PUT", "/networks/n1/tags", None)
    state = openstack.create(NETWORK, name="net", tags=["a"])
    assert (state.outputs["tags"], state.outputs["allTags"]) == (["a"], ["a", "theirs"])
    assert not openstack.changes(NETWORK, state, name="net", tags=["a"])


def test_a_network_whose_tags_fail_is_not_lost(openstack: Any, api: Any) -> None:
    api.script("POST", "/networks", {"network": {"id": "n1"}})
    api.script("GET", "/networks/n1", {"network": NETWORK_LIVE})
    api.script("PUT", "/networks/n1/tags", ApiError("no", status=500))
    with pytest.raises(PartialFailureError) as caught:
        openstack.create(NETWORK, name="net", tags=["a"])
    assert caught.value.state.id == "n1"


def test_no_gateway_is_a_null_address(openstack: Any, api: Any) -> None:
    live = {"id": "s1", "cidr": "10.0.0.0/24", "gateway_ip": None, "network_id": "n1", "enable_dhcp": True}
    api.script("POST", "/subnets", {"subnet": live})
    api.script("GET", "/subnets/s1", {"subnet": live})
    inputs = {"networkId": "n1", "cidr": "10.0.0.0/24", "noGateway": True}
    state = openstack.create(SUBNET, **inputs)
    assert api.bodies("POST", "/subnets")[0]["subnet"]["gateway_ip"] is None
    assert state.outputs["noGateway"] is True
    assert (state.outputs["allocationPools"], state.outputs["serviceTypes"]) == ([], [])
    assert not openstack.changes(SUBNET, state, **inputs)


def test_what_the_user_took_away_is_emptied(openstack: Any, api: Any) -> None:
    live = {"id": "s1", "cidr": "10.0.0.0/24", "network_id": "n1", "dns_nameservers": ["1.1.1.1"], "enable_dhcp": True}
    live["gateway_ip"] = "10.0.0.1"
    api.script("POST", "/subnets", {"subnet": live})
    api.script("GET", "/subnets/s1", {"subnet": live})
    for path in ("/subnets/s1", "/subnets/s1/tags"):
        api.script("PUT", path, None)
    state = openstack.create(SUBNET, networkId="n1", cidr="10.0.0.0/24", dnsNameservers=["1.1.1.1"])
    bare = {"networkId": "n1", "cidr": "10.0.0.0/24"}
    assert openstack.changes(SUBNET, state, **bare) == ["dnsNameservers"]
    openstack.update(SUBNET, state, **bare)
    assert api.bodies("PUT", "/subnets/s1")[0]["subnet"]["dns_nameservers"] == []


def test_a_routers_gateway_is_one_object(openstack: Any, api: Any) -> None:
    info = {
        "network_id": "e1",
        "enable_snat": True,
        "external_fixed_ips": [{"ip_address": "203.0.113.9", "subnet_id": "x"}],
    }
    live = {"id": "r1", "status": "ACTIVE", "external_gateway_info": info}
    api.script("POST", "/routers", {"router": live})
    api.script("GET", "/routers/r1", {"router": live})
    inputs = {"externalNetworkId": "e1", "externalFixedIps": [{"subnetId": "x"}]}
    state = openstack.create(ROUTER, **inputs)
    assert api.bodies("POST", "/routers")[0]["router"]["external_gateway_info"] == {
        "network_id": "e1",
        "external_fixed_ips": [{"subnet_id": "x"}],
    }
    assert state.outputs["externalFixedIps"] == [{"ipAddress": "203.0.113.9", "subnetId": "x"}]
    assert not openstack.changes(ROUTER, state, **inputs)


def test_a_pool_must_be_one_network(openstack: Any, api: Any) -> None:
    api.script("GET", "/networks?name=Ext-Net", {"networks": []})
    api.script("GET", "/networks?id=Ext-Net", {"networks": []})
    with pytest.raises(ResourceError, match="'Ext-Net'"):
        openstack.create(FLOATING_IP, pool="Ext-Net")


def test_the_next_subnet_is_tried_when_one_is_full(openstack: Any, api: Any) -> None:
    live = {"id": "f1", "status": "DOWN", "floating_network_id": "e1", "floating_ip_address": "203.0.113.9"}
    api.script("GET", "/networks?name=Ext-Net", {"networks": [{"id": "e1"}]})
    api.script("GET", "/networks/e1", {"network": {"name": "Ext-Net"}})
    api.script("POST", "/floatingips", ApiError("no more addresses", status=409), {"floatingip": live})
    api.script("GET", "/floatingips/f1", {"floatingip": live})
    state = openstack.create(FLOATING_IP, pool="Ext-Net", subnetIds=["full", "free"])
    assert [body["floatingip"]["subnet_id"] for body in api.bodies("POST", "/floatingips")] == ["full", "free"]
    assert (state.outputs["pool"], state.outputs["portId"]) == ("Ext-Net", "")


def test_checks(openstack: Any) -> None:
    assert "noGateway" in openstack.problems(SUBNET, networkId="n", cidr="c", noGateway=True, gatewayIp="10.0.0.1")
    assert "cidr" in openstack.problems(SUBNET, networkId="n")
    assert "enableSnat" in openstack.problems(ROUTER, enableSnat=True)
    assert "not supported" in openstack.problems(ROUTER, vendorOptions={})["vendorOptions"]
