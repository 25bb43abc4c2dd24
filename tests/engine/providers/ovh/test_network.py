from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ApiError, DeadlineError, QuotaError
from hubwright.engine.providers.base import PartialFailureError

NETWORK = "ovh:CloudProject/networkPrivate:NetworkPrivate"
SUBNET = "ovh:CloudProject/networkPrivateSubnet:NetworkPrivateSubnet"
GATEWAY = "ovh:CloudProject/gateway:Gateway"
PATH = "P/network/private/pn-1_0"
REGION = {"region": "GRA9", "status": "ACTIVE", "openstackId": "uuid-1"}
LIVE = {"id": "pn-1_0", "name": "net", "type": "private", "vlanId": 0, "status": "ACTIVE", "regions": [REGION]}
SUBNET_INPUTS = {
    "networkId": "pn-1_0",
    "region": "GRA9",
    "network": "10.0.0.0/24",
    "start": "10.0.0.2",
    "end": "10.0.0.254",
}
GATEWAY_INPUTS = {"region": "GRA9", "networkId": "uuid-1", "subnetId": "s1", "name": "gw", "model": "s"}
GATEWAY_LIVE = {
    "id": "g1",
    "name": "gw",
    "model": "s",
    "status": "active",
    "region": "GRA9",
    "interfaces": [{"id": "i1", "ip": "10.0.0.1", "networkId": "uuid-1", "subnetId": "s1"}],
    "externalInformation": None,
}


def test_a_network_is_ready_when_each_region_has_an_id(ovh: Any, api: Any) -> None:
    api.script("POST", "P/network/private", {"id": "pn-1_0"})
    half = {**LIVE, "regions": [{"region": "GRA9", "status": "ACTIVE", "openstackId": None}]}
    api.script("GET", PATH, {**LIVE, "status": "BUILDING"}, half, LIVE)
    state = ovh.create(NETWORK, name="net", regions=["GRA9"])
    assert state.outputs["regionsOpenstackIds"] == {"GRA9": "uuid-1"}
    assert state.outputs["regionsAttributes"] == [{"region": "GRA9", "status": "ACTIVE", "openstackid": "uuid-1"}]
    assert not ovh.changes(NETWORK, state, name="net", regions=["GRA9"])


def test_regions_are_opened_and_closed(ovh: Any, api: Any) -> None:
    api.script("POST", "P/network/private", {"id": "pn-1_0"})
    api.script("GET", PATH, LIVE)
    state = ovh.create(NETWORK, name="net", regions=["GRA9"])
    api.script("POST", f"{PATH}/region", ApiError("region SBG5 already activated", status=400))
    api.script("DELETE", "P/region/GRA9/network/uuid-1", None)
    ovh.update(NETWORK, state, name="net", regions=["SBG5"])
    assert api.bodies("POST", f"{PATH}/region") == [{"region": "SBG5"}]
    assert ("DELETE", "P/region/GRA9/network/uuid-1", None) in api.calls


def test_a_network_cannot_be_renamed(ovh: Any, api: Any) -> None:
    api.script("POST", "P/network/private", {"id": "pn-1_0"})
    api.script("GET", PATH, LIVE)
    state = ovh.create(NETWORK, name="net")
    with pytest.raises(PartialFailureError, match="cannot be renamed"):
        ovh.update(NETWORK, state, name="other")


@pytest.fixture
def subnet(ovh: Any, api: Any) -> Any:
    pool = {"network": "10.0.0.0/24", "region": "GRA9", "dhcp": True, "start": "10.0.0.2", "end": "10.0.0.254"}
    live = {"id": "s1", "cidr": "10.0.0.0/24", "gatewayIp": "10.0.0.1", "dhcpEnabled": True, "ipPools": [pool]}
    api.script("POST", f"{PATH}/subnet", live)
    api.script("GET", f"{PATH}/subnet", [live])
    return ovh.create(SUBNET, **SUBNET_INPUTS, dhcp=True)


def test_subnet(ovh: Any, subnet: Any) -> None:
    assert subnet.id == "s1"
    assert subnet.outputs["gatewayIp"] == "10.0.0.1"
    assert len(subnet.outputs["ipPools"]) == 1
    assert not ovh.changes(SUBNET, subnet, **SUBNET_INPUTS, dhcp=True)


def test_a_subnet_is_deleted_once_its_ports_are_gone(ovh: Any, api: Any, subnet: Any) -> None:
    busy = ApiError("One or more ports have an IP allocation from this subnet.", status=400)
    api.script("DELETE", f"{PATH}/subnet/s1", busy, busy, None)
    ovh.delete(SUBNET, subnet)
    assert len(api.bodies("DELETE", f"{PATH}/subnet/s1")) == 3


def test_a_subnet_that_stays_in_use_says_why(ovh: Any, api: Any, subnet: Any) -> None:
    api.script("DELETE", f"{PATH}/subnet/s1", ApiError("ports have an IP allocation", status=400))
    with pytest.raises(DeadlineError, match="ports have an IP allocation"):
        ovh.delete(SUBNET, subnet)


@pytest.fixture
def operation(api: Any) -> Any:
    api.script("POST", "P/region/GRA9/network/uuid-1/subnet/s1/gateway", {"id": "o1", "status": "created"})
    done = {"id": "o1", "status": "completed", "resourceId": "g1", "regions": ["GRA9"]}
    api.script("GET", "P/operation/o1", {"id": "o1", "status": "in-progress", "resourceId": None}, done)
    api.script("GET", "P/region/GRA9/gateway/g1", {**GATEWAY_LIVE, "status": "building"}, GATEWAY_LIVE)
    return api


def test_a_gateway_comes_of_an_operation(ovh: Any, operation: Any) -> None:
    state = ovh.create(GATEWAY, **GATEWAY_INPUTS)
    assert state.id == "g1"
    assert state.outputs["externalInformations"] == []
    assert state.outputs["interfaces"][0]["ip"] == "10.0.0.1"
    assert not ovh.changes(GATEWAY, state, **GATEWAY_INPUTS)


def test_an_operation_in_error_tells_its_reason(ovh: Any, operation: Any) -> None:
    failed = {"id": "o1", "action": "gateway#create", "status": "in-error", "error": "Gateway quota exceeded"}
    operation.script("GET", "P/operation/o1", failed)
    with pytest.raises(QuotaError, match="Gateway quota exceeded"):
        ovh.create(GATEWAY, **GATEWAY_INPUTS)


def test_a_gateway_whose_operation_is_too_slow_is_found_by_its_name(ovh: Any, operation: Any) -> None:
    operation.script("GET", "P/operation/o1", {"id": "o1", "status": "in-progress", "resourceId": None})
    operation.script("GET", "P/region/GRA9/gateway", [{"id": "g1", "name": "gw"}, {"id": "g2", "name": "other"}])
    operation.script("GET", "P/region/GRA9/gateway/g1", {**GATEWAY_LIVE, "status": "building"})
    with pytest.raises(PartialFailureError) as caught:
        ovh.create(GATEWAY, **GATEWAY_INPUTS)
    assert caught.value.state.id == "g1"


def test_gateway_delete_follows_its_operation(ovh: Any, operation: Any) -> None:
    state = ovh.create(GATEWAY, **GATEWAY_INPUTS)
    operation.script("DELETE", "P/region/GRA9/gateway/g1", {"id": "o2", "status": "created"})
    operation.script(
        "GET", "P/operation/o2", {"id": "o2", "status": "in-progress"}, {"id": "o2", "status": "completed"}
    )
    operation.script("GET", "P/region/GRA9/gateway/g1", ApiError("gone", status=404))
    ovh.delete(GATEWAY, state)
    assert len(operation.bodies("GET", "P/operation/o2")) == 2
