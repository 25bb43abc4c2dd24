"""Every type against real Keystone, Neutron and Octavia: create, no change, refresh, update, delete, delete again."""

from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ApiError, AuthenticationError, ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.openstack.provider import build_provider

pytestmark = [pytest.mark.contract, pytest.mark.timeout(300)]

NETWORK = "openstack:networking/network:Network"
GET_NETWORK = "openstack:networking/getNetwork:getNetwork"


@pytest.fixture
def make(cloud: Any) -> Any:
    """Creates, and proves at once that nothing would change; everything goes at the end, last made first."""
    made: list[tuple[str, Any]] = []

    def make(kind: str, **inputs: Any) -> Any:
        token = f"openstack:{kind}"
        state = cloud.create(token, **inputs)
        made.append((token, state))
        assert not cloud.changes(token, state, **inputs)
        assert cloud.read(token, state).outputs == state.outputs
        assert cloud.update(token, state, **inputs).outputs == state.outputs
        return state

    yield make
    for token, state in reversed(made):
        cloud.delete(token, state)
        assert cloud.read(token, state) is None
        cloud.delete(token, state)


def test_a_load_balancer_with_all_around_it(cloud: Any, make: Any) -> None:
    outside = cloud.provider.invoke(GET_NETWORK, {"name": "Ext-Net", "external": True}, cloud.context("f"))
    network = make("networking/network:Network", tags=["hub"], description="of the hub")
    subnet = make("networking/subnet:Subnet", networkId=network.id, cidr="10.77.0.0/24", dnsNameservers=["1.1.1.1"])
    router = make("networking/router:Router", externalNetworkId=outside["id"])
    make("networking/routerInterface:RouterInterface", routerId=router.id, subnetId=subnet.id)
    balancer = make("loadbalancer/loadBalancer:LoadBalancer", vipSubnetId=subnet.id)
    port = balancer.outputs["vipPortId"]
    address = make("networking/floatingIp:FloatingIp", pool="Ext-Net", portId=port)
    assert address.outputs["fixedIp"] == balancer.outputs["vipAddress"]
    listener = make(
        "loadbalancer/listener:Listener",
        loadbalancerId=balancer.id,
        protocol="HTTP",
        protocolPort=80,
        insertHeaders={"X-Forwarded-For": "true"},
    )
    pool = make(
        "loadbalancer/pool:Pool",
        listenerId=listener.id,
        protocol="HTTP",
        lbMethod="ROUND_ROBIN",
        persistence={"type": "APP_COOKIE", "cookieName": "hub"},
    )
    make("loadbalancer/member:Member", poolId=pool.id, address="10.77.0.50", protocolPort=8080, subnetId=subnet.id)
    make("loadbalancer/monitor:Monitor", poolId=pool.id, type="HTTP", delay=5, timeout=3, maxRetries=3, urlPath="/")


def test_update_and_drift(cloud: Any) -> None:
    state = cloud.create(NETWORK, description="old", tags=["a"])
    try:
        changed = cloud.update(NETWORK, state, description="new", tags=["b"])
        assert (changed.outputs["description"], changed.outputs["allTags"]) == ("new", ["b"])
        assert changed.outputs["name"] == state.outputs["name"]
        # To the old state the change looks like drift, which a refresh finds and the next run puts right.
        refreshed = cloud.read(NETWORK, state)
        assert sorted(cloud.changes(NETWORK, refreshed, description="old", tags=["a"])) == ["description", "tags"]
    finally:
        cloud.delete(NETWORK, state)


def test_a_refusal_is_told_in_the_services_own_words(cloud: Any) -> None:
    with pytest.raises(ApiError, match="HTTP 400") as caught:
        cloud.create("openstack:networking/subnet:Subnet", networkId="nowhere", cidr="10.0.0.0/24")
    assert "nowhere" in caught.value.message


def test_a_wrong_password_is_an_authentication_error(cloud_inputs: PropertyMap, cloud: Any) -> None:
    provider = build_provider({**cloud_inputs, "password": "hunter2"})
    with pytest.raises(AuthenticationError) as caught:
        provider.invoke(GET_NETWORK, {"name": "Ext-Net"}, cloud.context("f"))
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert "OS_PASSWORD" in (caught.value.hint or "")


def test_an_unknown_region_is_named(cloud_inputs: PropertyMap, cloud: Any) -> None:
    provider = build_provider({**cloud_inputs, "region": "MARS1"})
    with pytest.raises(ResourceError, match="MARS1"):
        provider.invoke(GET_NETWORK, {"name": "Ext-Net"}, cloud.context("f"))
