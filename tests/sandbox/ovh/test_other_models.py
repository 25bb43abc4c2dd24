from __future__ import annotations

from pathlib import Path

import pytest

from hubwright.core.errors import ConfigError, SandboxError
from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError
from hubwright.sandbox.ovh.core.faults import FaultBook, HttpFault, OutcomeFault, read_fault_file
from hubwright.sandbox.ovh.core.store import Store
from hubwright.sandbox.ovh.domain.models import RecordRequest
from hubwright.sandbox.ovh.gateway.models import GatewayRequest
from hubwright.sandbox.ovh.kube.models import ClusterRequest
from hubwright.sandbox.ovh.network.models import Network, NetworkRequest, Subnet, SubnetRequest
from hubwright.sandbox.ovh.registry.models import PLANS, RegistryRequest

from .conftest import World, make_world

ZONE = "hubwright-sandbox.test"


def network_and_subnet(world: World) -> tuple[Network, Subnet]:
    networks = world.account.networks
    network = networks.create(NetworkRequest(name="net", vlanId=100, regions=["GRA9"]))
    world.clock.advance(60)
    request = {"network": "10.0.0.0/24", "start": "10.0.0.10", "end": "10.0.0.200", "region": "GRA9", "dhcp": True}
    return networks.get(network.id), networks.create_subnet(network.id, SubnetRequest.model_validate(request))


def test_a_network_has_the_id_of_its_openstack_twin(world: World) -> None:
    network, subnet = network_and_subnet(world)
    assert network.id.endswith("_100")
    assert network.wire()["regions"] == [
        {"region": "GRA9", "status": "ACTIVE", "openstackId": network.regions[0].openstack_id}
    ]
    assert network.regions[0].openstack_id in world.networks.networks
    assert subnet.wire()["ipPools"][0]["start"] == "10.0.0.10"
    assert subnet.gateway_ip == "10.0.0.1"


def test_a_vlan_is_taken_once(world: World) -> None:
    network_and_subnet(world)
    with pytest.raises(ConflictError):
        world.account.networks.create(NetworkRequest(name="other", vlanId=100))


def test_a_gateway_shows_only_when_it_is_active(world: World) -> None:
    network, subnet = network_and_subnet(world)
    gateways, openstack_id = world.account.gateways, network.regions[0].openstack_id
    operation = gateways.create("GRA9", openstack_id, subnet.id, GatewayRequest(name="gw", model="s"))
    assert (operation.status, operation.resource_id, operation.regions) == ("in-progress", None, ["GRA9"])
    world.clock.advance(60)
    done = gateways.operation(operation.id)
    assert done.status == "completed"
    assert gateways.get("GRA9", str(done.resource_id)).status == "active"


def test_deletion_goes_gateway_subnet_network(world: World) -> None:
    network, subnet = network_and_subnet(world)
    gateways, networks = world.account.gateways, world.account.networks
    started = gateways.create("GRA9", network.regions[0].openstack_id, subnet.id, GatewayRequest(name="gw"))
    world.clock.advance(60)
    with pytest.raises(BadRequestError, match="One or more ports have an IP allocation"):
        networks.delete_subnet(network.id, subnet.id)
    with pytest.raises(ConflictError):
        networks.delete(network.id)
    gateways.delete("GRA9", str(gateways.operation(started.id).resource_id))
    world.clock.advance(60)
    networks.delete_subnet(network.id, subnet.id)
    networks.delete(network.id)
    world.clock.advance(60)
    assert networks.all() == []
    assert (world.networks.networks, world.networks.subnets, world.networks.gateways) == ({}, {}, {})


def test_a_gateway_wants_openstack_ids(world: World) -> None:
    with pytest.raises(BadRequestError, match="invalid uuid 'pn-1_0'"):
        world.account.gateways.create("GRA9", "pn-1_0", "x", GatewayRequest(name="gw"))


def test_a_range_outside_the_network_is_400(world: World) -> None:
    network, _ = network_and_subnet(world)
    body = {"network": "10.0.1.0/24", "start": "10.0.0.1", "end": "10.0.1.9", "region": "GRA9"}
    with pytest.raises(BadRequestError):
        world.account.networks.create_subnet(network.id, SubnetRequest.model_validate(body))


def test_a_registry_is_delivered_before_it_is_ready(world: World) -> None:
    registries = world.account.registries
    registry = registries.create(RegistryRequest(name="images", region="GRA"))
    seen = []
    for _ in range(4):
        seen.append(registries.get(registry.id).status)
        world.clock.advance(61)
    assert seen == ["INSTALLING", "INSTALLING", "DELIVERING", "READY"]


def test_a_registry_at_full_speed_leaves_delivering(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(delay_s, work, finish) -> None:
        from hubwright.sandbox.ovh.core.clock import perform

        finish(perform(work))

    monkeypatch.setattr(world.clock, "submit", at_once)
    registry = world.account.registries.create(RegistryRequest(name="images", region="GRA"))
    assert world.account.registries.get(registry.id).status == "READY"


def test_registry_users_and_plans(world: World) -> None:
    registries = world.account.registries
    registry = registries.create(RegistryRequest(name="images", region="GRA", planID=PLANS[1].id))
    world.clock.advance(600)
    user, password = registries.add_user(registry.id, "bob", "bob@example.org")
    registries.add_user(registry.id, "eve", "eve@example.org")
    assert world.registries.accounts == {(registry.id, "bob"): True, (registry.id, "eve"): False}
    assert len(password) == 24
    assert "password" not in user.wire()
    with pytest.raises(ConflictError):
        registries.add_user(registry.id, "bob", "bob@example.org")
    with pytest.raises(BadRequestError):
        registries.change_plan(registry.id, PLANS[0].id)
    registries.delete(registry.id)
    world.clock.advance(600)
    assert world.registries.running == set()
    with pytest.raises(NotFoundError):
        registries.users(registry.id)


def test_compute_regions_are_no_registry_regions(world: World) -> None:
    with pytest.raises(BadRequestError):
        world.account.registries.create(RegistryRequest(name="images", region="GRA9"))


def test_records_are_served_after_a_refresh(world: World) -> None:
    domains = world.account.domains
    domains.create(ZONE, RecordRequest(fieldType="A", target="203.0.113.9", subDomain="hub.local"))
    assert ZONE not in world.zones.served
    domains.refresh(ZONE)
    served = world.zones.served[ZONE]
    assert [(row.name, row.type, row.target) for row in served.records] == [("hub.local", "A", "203.0.113.9")]
    domains.delete(ZONE, str(domains.records(ZONE)[0].id))
    assert world.zones.served[ZONE] is served
    domains.refresh(ZONE)
    assert (world.zones.served[ZONE].serial, list(world.zones.served[ZONE].records)) == (served.serial + 1, [])


@pytest.mark.parametrize(
    "body",
    [
        {"fieldType": "A", "target": "not-an-address"},
        {"fieldType": "A", "target": "::1"},
        {"fieldType": "AAAA", "target": "10.0.0.1"},
        {"fieldType": "MX", "target": "mail"},
        {"fieldType": "CAA", "target": "letsencrypt.org"},
        {"fieldType": "SPF", "target": "x"},
        {"fieldType": "TXT", "target": "x", "ttl": 30},
    ],
)
def test_records_that_could_not_be_served_are_400(world: World, body: dict[str, object]) -> None:
    with pytest.raises(BadRequestError):
        world.account.domains.create(ZONE, RecordRequest.model_validate(body))


def test_a_restart_finishes_what_was_interrupted(tmp_path: Path) -> None:
    before = make_world(Store(tmp_path / "ovh.json"))
    cluster = before.account.kube.create(ClusterRequest(name="main", region="GRA9"))
    before.account.domains.create(ZONE, RecordRequest(fieldType="A", target="203.0.113.9", subDomain="a"))
    before.account.domains.refresh(ZONE)
    after = make_world(Store(tmp_path / "ovh.json"))
    after.account.resume()
    assert not after.account.is_settled()
    after.clock.advance(600)
    assert after.account.is_settled()
    assert after.account.kube.get(cluster.id).status == "READY"
    assert after.zones.served[ZONE].records[0].target == "203.0.113.9"


def test_the_snapshot_is_private_and_holds_no_password(tmp_path: Path) -> None:
    path = tmp_path / "ovh.json"
    world = make_world(Store(path))
    registry = world.account.registries.create(RegistryRequest(name="images", region="GRA"))
    world.clock.advance(600)
    _, password = world.account.registries.add_user(registry.id, "bob", "bob@example.org")
    assert password not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_broken_snapshot_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "ovh.json").write_text("{")
    with pytest.raises(SandboxError, match="cannot be read"):
        make_world(Store(tmp_path / "ovh.json"))


def test_fault_rules_count_their_uses() -> None:
    book = FaultBook([HttpFault(path="/a/*", times=2, skip=1)])
    struck = [book.strike_call("GET", "/a/b") is not None for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert book.rules() == []


def test_a_rules_file_is_read_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    assert read_fault_file(file).rules() == []
    file.write_text('[{"kind": "outcome", "service": "kube", "status": "ERROR"}]')
    assert read_fault_file(file).rules() == [OutcomeFault(service="kube", status="ERROR")]
    file.write_text('[{"kind": "nonsense"}]')
    with pytest.raises(ConfigError):
        read_fault_file(file)
