"""LoadBalancer Services on a real API server, with a double in OpenStack's place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from hubwright.core.errors import ApiError
from hubwright.sandbox.kubernetes.cloud_controller import CloudController
from hubwright.sandbox.kubernetes.load_balancers import FINALIZER, CloudSettings
from hubwright.sandbox.kubernetes.openstack_access import OctaviaLoadBalancer
from tests.sandbox.kubernetes.conftest import wait_for

pytestmark = [
    pytest.mark.contract,
    pytest.mark.enable_socket,
]
SERVICES = "/api/v1/namespaces/default/services"
EVENTS = "/api/v1/namespaces/default/events"
PREFIX = "loadbalancer.openstack.org/"


@dataclass
class InMemoryOpenStack:
    """An OpenStack whose load balancers become ACTIVE at the second look."""

    balancers: dict[str, OctaviaLoadBalancer] = field(default_factory=dict)
    away: bool = False

    def get_load_balancer(self, load_balancer_id):
        self._answer()
        return self.balancers.get(load_balancer_id)

    def find_load_balancer(self, name):
        self._answer()
        found = next((entry for entry in self.balancers.values() if entry.name == name), None)
        if found is not None and found.provisioning_status == "PENDING_CREATE":
            self.balancers[found.id] = replace(found, provisioning_status="ACTIVE")
        return found

    def create_load_balancer(self, name, *, subnet_id):
        self._answer()
        created = OctaviaLoadBalancer(f"made-in-{subnet_id}", name, "PENDING_CREATE", "192.168.0.9")
        self.balancers[created.id] = created
        return created

    def create_floating_ip(self, load_balancer, *, network):
        self._answer()
        self.balancers[load_balancer.id] = replace(load_balancer, floating_ip="203.0.113.77")
        return "203.0.113.77"

    def delete_load_balancer(self, load_balancer, *, keep_floating_ip):
        self._answer()
        del self.balancers[load_balancer.id]

    def _answer(self):
        if self.away:
            raise ApiError("OpenStack could not read a load balancer: connection refused")


@pytest.fixture
def openstack():
    return InMemoryOpenStack()


@pytest.fixture
def _controller(cluster, openstack):
    settings = CloudSettings("test", subnet_id="subnet-1")
    controller = CloudController(cluster.kubeconfig, openstack, settings, first_retry_s=0.05, longest_retry_s=0.2)
    controller.start()
    yield
    controller.stop()
    assert not any(thread.is_alive() for thread in controller._threads)


def create_service(api, name, **annotations):
    metadata = {
        "name": name,
        "annotations": {PREFIX + key.replace("_", "-"): value for key, value in annotations.items()},
    }
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": name}}
    api.create(SERVICES, {"metadata": metadata, "spec": spec})


def ingress(api, name):
    return api.get(f"{SERVICES}/{name}")["status"]["loadBalancer"].get("ingress")


@pytest.mark.usefixtures("_controller")
def test_adopts_the_named_load_balancer_and_leaves_it(api, openstack):
    openstack.balancers["lb-1"] = OctaviaLoadBalancer("lb-1", "ours", "ACTIVE", "192.168.0.5", "203.0.113.10")
    create_service(api, "adopting", load_balancer_id="lb-1")
    wait_for(lambda: ingress(api, "adopting") == [{"ip": "203.0.113.10", "ipMode": "VIP"}])
    metadata = api.get(f"{SERVICES}/adopting")["metadata"]
    assert metadata["annotations"][f"{PREFIX}load-balancer-address"] == "203.0.113.10"
    assert FINALIZER in metadata["finalizers"]
    api.delete(f"{SERVICES}/adopting")
    wait_for(lambda: not api.exists(f"{SERVICES}/adopting"))
    assert "lb-1" in openstack.balancers


@pytest.mark.usefixtures("_controller")
def test_makes_a_load_balancer_and_deletes_it_with_the_service(api, openstack):
    create_service(api, "making")
    wait_for(lambda: ingress(api, "making") == [{"ip": "203.0.113.77", "ipMode": "VIP"}])
    assert openstack.balancers["made-in-subnet-1"].name == "kube_service_test_default_making"
    api.delete(f"{SERVICES}/making")
    wait_for(lambda: not api.exists(f"{SERVICES}/making"))
    assert openstack.balancers == {}


@pytest.mark.usefixtures("_controller")
def test_a_service_that_stops_being_a_load_balancer_is_cleaned_up(api, openstack):
    create_service(api, "changing")
    wait_for(lambda: ingress(api, "changing") is not None)
    api.merge(f"{SERVICES}/changing", {"spec": {"type": "ClusterIP"}})
    wait_for(lambda: FINALIZER not in api.get(f"{SERVICES}/changing")["metadata"].get("finalizers", []))
    assert openstack.balancers == {}
    assert ingress(api, "changing") is None
    api.delete(f"{SERVICES}/changing")


@pytest.mark.usefixtures("_controller")
def test_hostname_takes_the_place_of_the_address(api, openstack):
    openstack.balancers["lb-2"] = OctaviaLoadBalancer("lb-2", "ours", "ACTIVE", "192.168.0.6", "203.0.113.11")
    create_service(api, "named", load_balancer_id="lb-2", hostname="hub.example.test")
    wait_for(lambda: ingress(api, "named") == [{"hostname": "hub.example.test"}])
    api.delete(f"{SERVICES}/named")


@pytest.mark.usefixtures("_controller")
def test_retries_and_tells_by_an_event_while_openstack_is_away(api, openstack):
    openstack.away = True
    create_service(api, "waiting")

    def counted() -> bool:
        events = [event for event in api.get(EVENTS)["items"] if event["involvedObject"]["name"] == "waiting"]
        failed = [event for event in events if event["reason"] == "SyncLoadBalancerFailed"]
        return any(event["count"] > 1 and "connection refused" in event["message"] for event in failed)

    wait_for(counted)
    openstack.away = False
    wait_for(lambda: ingress(api, "waiting") is not None)
    api.delete(f"{SERVICES}/waiting")
    wait_for(lambda: not api.exists(f"{SERVICES}/waiting"))
