from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError
from hubwright.sandbox.ovh.core.faults import OutcomeFault
from hubwright.sandbox.ovh.kube.models import Cluster, ClusterRequest
from hubwright.sandbox.ovh.nodepool.models import PoolRequest, PoolUpdate
from hubwright.sandbox.ovh.project.models import Limits, load_flavors

from .conftest import World, make_world


def ready_cluster(world: World, name: str = "main") -> Cluster:
    cluster = world.account.kube.create(ClusterRequest(name=name, region="GRA9"))
    world.clock.advance(600)
    return world.account.kube.get(cluster.id)


def pool_request(name: str = "core", desired: int = 2, flavor: str = "b3-8") -> PoolRequest:
    return PoolRequest(name=name, flavor_name=flavor, desired_nodes=desired, availability_zones=[])


def test_a_cluster_is_ready_only_after_its_delay(world: World) -> None:
    cluster = world.account.kube.create(ClusterRequest(name="main", region="GRA9"))
    world.clock.advance(179)
    assert world.account.kube.get(cluster.id).status == "INSTALLING"
    world.clock.advance(2)
    assert world.account.kube.get(cluster.id).status == "READY"
    assert world.account.kube.get(cluster.id).version == "1.36.4-1"


def test_what_the_go_provider_always_sends_counts_as_not_set(world: World) -> None:
    body = {
        "name": "main",
        "region": "GRA9",
        "privateNetworkConfiguration": {"defaultVrackGateway": "", "privateNetworkRoutingAsDefault": False},
        "customization": {"apiServer": {"admissionPlugins": {}}, "kubeProxy": {"iptables": {}, "ipvs": {}}},
    }
    cluster = world.account.kube.create(ClusterRequest.model_validate(body))
    assert (cluster.private_network_configuration, cluster.customization) == (None, {})
    assert cluster.kube_proxy_mode == "ipvs"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"version": ""}, "version isn't formated correctly"),
        ({"version": "1.2"}, "not available"),
        ({"region": "MARS1"}, "MARS1"),
        ({"private_network_id": "pn-123456_0"}, "pn-123456_0 is not a correct uuid"),
        ({"private_network_id": "00000000-0000-0000-0000-000000000000"}, "does not exist"),
        ({"nodes_subnet_id": "00000000-0000-0000-0000-000000000000"}, "privateNetworkId"),
    ],
)
def test_bad_cluster_requests_are_400(world: World, fields: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        world.account.kube.create(ClusterRequest(**{"name": "main", "region": "GRA9", **fields}))
    assert world.account.kube.all() == []


def test_a_name_is_taken_once(world: World) -> None:
    ready_cluster(world)
    with pytest.raises(ConflictError):
        world.account.kube.create(ClusterRequest(name="main", region="GRA9"))


def test_a_control_plane_that_does_not_boot_ends_in_error(world: World) -> None:
    world.clusters.failing.add("main")
    assert ready_cluster(world).status == "ERROR"


def test_never_update_refuses_until_the_policy_changes(world: World) -> None:
    request = ClusterRequest(name="main", region="GRA9", version="1.35", update_policy="NEVER_UPDATE")
    cluster = world.account.kube.create(request)
    world.clock.advance(600)
    with pytest.raises(ConflictError, match="because of policy NEVER_UPDATE"):
        world.account.kube.upgrade(cluster.id)
    world.account.kube.change(cluster.id, update_policy="ALWAYS_UPDATE")
    world.account.kube.upgrade(cluster.id)
    world.clock.advance(600)
    upgraded = world.account.kube.get(cluster.id)
    assert (upgraded.status, upgraded.version, upgraded.next_upgrade_versions) == ("READY", "1.36.4-1", [])


def test_deleting_a_cluster_drops_its_pools(world: World) -> None:
    cluster = ready_cluster(world)
    world.account.node_pools.create(cluster.id, pool_request())
    world.clock.advance(600)
    world.account.kube.delete(cluster.id)
    assert world.account.kube.get(cluster.id).status == "DELETING"
    world.clock.advance(600)
    with pytest.raises(NotFoundError):
        world.account.kube.get(cluster.id)
    assert world.clusters.nodes == {}
    assert world.account.node_pools.usage("GRA9").instances == 0


def test_nodes_carry_flavor_labels_and_taints(world: World) -> None:
    cluster = ready_cluster(world)
    template = {
        "metadata": {"labels": {"hub": "x"}},
        "spec": {"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]},
    }
    request = PoolRequest.model_validate({**pool_request().model_dump(), "template": template})
    world.account.node_pools.create(cluster.id, request)
    world.clock.advance(600)
    machine = world.clusters.nodes[cluster.id, "core"][0]
    assert (machine.cpu_millicores, machine.memory_bytes) == (2000, 8 * 2**30)
    assert {"nodepool": "core", "hub": "x", "topology.kubernetes.io/region": "GRA9"}.items() <= machine.labels.items()
    assert machine.taints == [{"key": "k", "value": "v", "effect": "NoSchedule"}]
    assert machine.name.startswith("core-node-")


def test_resizing_keeps_the_oldest_nodes(world: World) -> None:
    cluster = ready_cluster(world)
    pools = world.account.node_pools
    pool = pools.create(cluster.id, pool_request(desired=3))
    world.clock.advance(600)
    before = [node.name for node in pools.get(cluster.id, pool.id).nodes]
    assert pools.update(cluster.id, pool.id, PoolUpdate(desired_nodes=1)).status == "RESIZING"
    world.clock.advance(600)
    assert [node.name for node in pools.get(cluster.id, pool.id).nodes] == before[:1]


@pytest.mark.parametrize(
    "fields",
    [{"flavor_name": "b9-9"}, {"name": "a_b"}, {"availability_zones": None}, {"max_nodes": 1}, {"min_nodes": 3}],
)
def test_bad_pool_requests_are_400(world: World, fields: dict[str, object]) -> None:
    cluster = ready_cluster(world)
    with pytest.raises(BadRequestError):
        world.account.node_pools.create(cluster.id, pool_request().model_copy(update=fields))


def test_scripted_faults_end_a_pool_in_error(world: World) -> None:
    cluster = ready_cluster(world)
    world.account.platform.faults.add(OutcomeFault(service="nodepool", name="core", status="ERROR", delay_s=100))
    first = world.account.node_pools.create(cluster.id, pool_request())
    second = world.account.node_pools.create(cluster.id, pool_request("user"))
    world.clock.advance(150)
    assert world.account.node_pools.get(cluster.id, first.id).status == "INSTALLING"
    world.clock.advance(600)
    statuses = [world.account.node_pools.get(cluster.id, pool.id).status for pool in (first, second)]
    assert statuses == ["ERROR", "READY"]


@settings(max_examples=40, deadline=None)
@given(wanted=st.lists(st.tuples(st.sampled_from(["b3-8", "b3-32", "c3-4"]), st.integers(0, 6)), max_size=6))
def test_ready_pools_never_exceed_the_quota(wanted: list[tuple[str, int]]) -> None:
    limits = Limits(max_instances=8, max_cores=20, max_ram_mb=100_000)
    world = make_world(limits=limits)
    cluster = ready_cluster(world)
    for number, (flavor, count) in enumerate(wanted):
        world.account.node_pools.create(cluster.id, pool_request(f"pool{number}", count, flavor))
        world.clock.advance(600)
    pools = world.account.node_pools.all(cluster.id)
    assert {pool.status for pool in pools} <= {"READY", "USER_QUOTA_ERROR"}
    ready = [(load_flavors()[pool.flavor], len(pool.nodes)) for pool in pools if pool.status == "READY"]
    assert sum(count for _, count in ready) <= limits.max_instances
    assert sum(flavor.vcpus * count for flavor, count in ready) <= limits.max_cores
    assert sum(flavor.ram_mb * count for flavor, count in ready) <= limits.max_ram_mb
