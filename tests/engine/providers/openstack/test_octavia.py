from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.providers.base import PartialFailureError

LOAD_BALANCER = "openstack:loadbalancer/loadBalancer:LoadBalancer"
LISTENER = "openstack:loadbalancer/listener:Listener"
POOL = "openstack:loadbalancer/pool:Pool"
LB_PATH = "/lbaas/loadbalancers/lb1"
BUSY = {"loadbalancer": {"id": "lb1", "provisioning_status": "PENDING_UPDATE"}}
FREE = {"loadbalancer": {"id": "lb1", "provisioning_status": "ACTIVE", "vip_address": "10.0.0.9", "vip_port_id": "p1"}}
BROKEN = {"loadbalancer": {"id": "lb1", "provisioning_status": "ERROR"}}
LISTENER_LIVE = {"id": "li1", "protocol": "TCP", "protocol_port": 80, "loadbalancers": [{"id": "lb1"}]}
LISTENER_INPUTS = {"loadbalancerId": "lb1", "protocol": "TCP", "protocolPort": 80}


def test_create_waits_and_reads_the_ports_groups(openstack: Any, api: Any) -> None:
    api.script("POST", "/lbaas/loadbalancers", FREE)
    api.script("GET", LB_PATH, BUSY, BUSY, FREE)
    api.script("GET", "/ports/p1", {"port": {"security_groups": ["g1"]}})
    state = openstack.create(LOAD_BALANCER, vipSubnetId="s1")
    assert state.outputs["vipAddress"] == "10.0.0.9"
    assert state.outputs["securityGroupIds"] == ["g1"]


def test_a_load_balancer_in_error_is_not_lost(openstack: Any, api: Any) -> None:
    api.script("POST", "/lbaas/loadbalancers", BUSY)
    api.script("GET", LB_PATH, BUSY, BROKEN)
    with pytest.raises(PartialFailureError, match="went to status ERROR") as caught:
        openstack.create(LOAD_BALANCER, vipSubnetId="s1")
    assert caught.value.state.id == "lb1"
    assert isinstance(caught.value.__cause__, ResourceError)


def test_a_load_balancer_in_error_can_be_deleted(openstack: Any, api: Any) -> None:
    api.script("GET", LB_PATH, BROKEN, {"loadbalancer": {"provisioning_status": "DELETED"}})
    api.script("DELETE", f"{LB_PATH}?cascade=true", None)
    openstack.provider.delete(LOAD_BALANCER, "lb1", {}, {}, openstack.context(LOAD_BALANCER))
    assert api.bodies("DELETE", f"{LB_PATH}?cascade=true") == [None]


def test_a_change_waits_for_its_turn(openstack: Any, api: Any) -> None:
    immutable = ApiError("Load Balancer lb1 is immutable and cannot be updated.", status=409)
    api.script("GET", LB_PATH, BUSY, FREE)
    api.script("POST", "/lbaas/listeners", immutable, immutable, {"listener": LISTENER_LIVE})
    api.script("GET", "/lbaas/listeners/li1", {"listener": LISTENER_LIVE})
    state = openstack.create(LISTENER, **LISTENER_INPUTS)
    assert len(api.bodies("POST", "/lbaas/listeners")) == 3
    assert not openstack.changes(LISTENER, state, **LISTENER_INPUTS)


def test_a_real_conflict_is_not_waited_for(openstack: Any, api: Any) -> None:
    api.script("GET", LB_PATH, FREE)
    api.script("POST", "/lbaas/listeners", ApiError("Another Listener is already using port 80.", status=409))
    with pytest.raises(ApiError, match="already using"):
        openstack.create(LISTENER, **LISTENER_INPUTS)
    assert len(api.bodies("POST", "/lbaas/listeners")) == 1


def test_a_listener_of_a_load_balancer_that_is_gone_is_gone(openstack: Any) -> None:
    openstack.provider.delete(LISTENER, "li1", LISTENER_INPUTS, {}, openstack.context(LISTENER))


def test_a_pool_hangs_on_exactly_one_thing(openstack: Any) -> None:
    inputs = {"protocol": "TCP", "lbMethod": "ROUND_ROBIN"}
    assert "exactly one" in openstack.problems(POOL, **inputs)["loadbalancerId"]
    assert "exactly one" in openstack.problems(POOL, **inputs, listenerId="a", loadbalancerId="b")["loadbalancerId"]
