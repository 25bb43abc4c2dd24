from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import hubwright
from hubwright.core.flavors import FLAVORS, NodeCapacity
from hubwright.core.naming import shorten
from hubwright.core.quantities import memory_bytes, memory_quantity
from hubwright.core.settings_cloud import NodePoolSettings
from hubwright.core.settings_hub import UserSettings
from hubwright.core.sizing import (
    MAX_PODS_PER_NODE,
    active_server_limit,
    address_pool,
    describe_shortfall,
    nodes_for,
    placeholder_count,
    pool_bounds,
    reserved,
    room_for_users,
    smallest_fitting_flavor,
    user_capacity,
    user_request,
    users_per_node,
)

SANDBOX_FLAVORS = Path(hubwright.__file__).parent / "sandbox" / "ovh" / "project" / "flavors.json"

user_settings = st.builds(
    lambda memory, cpu, most, spare: UserSettings.model_validate(
        {
            "memoryGuarantee": f"{memory}M",
            "memoryLimit": "1T",
            "cpuGuarantee": cpu,
            "cpuLimit": 8,
            "maxActive": most,
            "placeholders": spare,
        }
    ),
    st.integers(1, 9000),
    st.floats(0, 8),
    st.integers(1, 2000),
    st.integers(0, 500),
)
pools = st.lists(
    st.builds(
        lambda flavor, most: NodePoolSettings.model_validate(
            {"name": "user", "flavor": flavor, "purpose": "user", "autoscale": True, "max": most}
        ),
        st.sampled_from(sorted(FLAVORS)),
        st.integers(1, 20),
    ),
    min_size=1,
    max_size=3,
)


flavors = st.sampled_from(sorted(FLAVORS))


@given(flavors, user_settings)
def test_users_of_a_node_never_ask_for_more_than_it_has(flavor, users):
    count, room, one = users_per_node(FLAVORS[flavor], users), room_for_users(FLAVORS[flavor]), user_request(users)
    assert 0 <= count < MAX_PODS_PER_NODE
    assert count * one.memory_bytes <= room.memory_bytes
    assert count * one.cpu_millicores <= room.cpu_millicores


@given(flavors, user_settings)
def test_no_further_user_would_fit(flavor, users):
    count, room, one = users_per_node(FLAVORS[flavor], users), room_for_users(FLAVORS[flavor]), user_request(users)
    full = (count + 1) * one.memory_bytes > room.memory_bytes or (count + 1) * one.cpu_millicores > room.cpu_millicores
    assert full or count == MAX_PODS_PER_NODE - 12


@given(flavors, st.integers(1, 60_000), st.integers(0, 10_000), user_settings)
def test_a_larger_node_never_holds_fewer(flavor, more_cpu, more_mb, users):
    small = FLAVORS[flavor]
    large = NodeCapacity(small.cpu_millicores + more_cpu, small.memory_bytes + more_mb * 10**6)
    assert users_per_node(large, users) >= users_per_node(small, users)


@given(flavors, user_settings, st.integers(1, 4000))
def test_a_smaller_user_never_fits_less_often(flavor, users, less_mb):
    wanted = max(0, memory_bytes(users.memory_guarantee) - less_mb * 10**6)
    smaller = users.model_copy(update={"memory_guarantee": str(wanted)})
    assert users_per_node(FLAVORS[flavor], smaller) >= users_per_node(FLAVORS[flavor], users)


@given(flavors, user_settings, st.integers(0, 5000))
def test_the_nodes_for_some_users_hold_them_and_one_node_less_does_not(flavor, users, count):
    capacity = FLAVORS[flavor]
    nodes = nodes_for(count, capacity, users)
    if nodes is None:
        assert users_per_node(capacity, users) == 0
        return
    assert nodes * users_per_node(capacity, users) >= count
    assert nodes == 0 or (nodes - 1) * users_per_node(capacity, users) < count


@given(flavors, user_settings)
def test_a_pool_within_its_bounds_admits_all_who_were_asked_for(flavor, users):
    bounds = pool_bounds(flavor, users)
    if bounds is None:
        assert users_per_node(FLAVORS[flavor], users) == 0
        return
    assert 1 <= bounds.min <= bounds.max
    pool = NodePoolSettings.model_construct(flavor=flavor, autoscale=True, max=bounds.max)
    assert active_server_limit([pool], users) == users.max_active
    assert bounds.min * users_per_node(FLAVORS[flavor], users) >= users.placeholders


@given(pools, user_settings)
def test_a_shortfall_is_told_exactly_when_the_limit_is_cut(user_pools, users):
    told = describe_shortfall(user_pools, users)
    assert (told is not None) == (active_server_limit(user_pools, users) < users.max_active)


def test_a_shortfall_says_how_many_nodes_it_takes():
    pool = NodePoolSettings.model_validate({"name": "user", "flavor": "b3-16", "purpose": "user", "max": 1})
    assert describe_shortfall([pool], UserSettings()) == (
        "users.maxActive is 100, and the user pools hold 14 servers at their largest: user would need 8 nodes"
    )


def test_reserved_is_what_ovhcloud_says_of_its_example():
    assert reserved(FLAVORS["b3-16"]).cpu_millicores == 170
    assert reserved(FLAVORS["b3-16"]).memory_bytes == 1_590_000_000 + 100 * 2**20


@given(flavors)
def test_what_a_node_keeps_grows_with_it_and_never_is_all_of_it(flavor):
    capacity = FLAVORS[flavor]
    assert reserved(capacity).cpu_millicores < capacity.cpu_millicores / 2
    assert room_for_users(capacity).memory_bytes > 0
    assert reserved(NodeCapacity(capacity.cpu_millicores * 2, 0)).cpu_millicores >= reserved(capacity).cpu_millicores


def test_the_machine_types_are_those_that_the_sandbox_sells():
    sold = {row["name"]: (row["vcpus"], row["ram_gb"]) for row in json.loads(SANDBOX_FLAVORS.read_text())}
    assert {name: (c.cpu_millicores // 1000, c.memory_bytes // 10**9) for name, c in FLAVORS.items()} == sold


def test_the_smallest_type_that_fits_is_named():
    users = UserSettings.model_validate({"memoryGuarantee": "10G", "memoryLimit": "10G"})
    assert smallest_fitting_flavor(users, "b3") == "b3-16"
    assert smallest_fitting_flavor(users, "d2") is None


@given(st.integers(0, 2**60))
def test_a_quantity_says_exactly_its_bytes(size):
    assert memory_bytes(memory_quantity(size)) == size


@given(pools, user_settings)
def test_the_hub_never_admits_more_than_fit_or_were_asked_for(user_pools, users):
    limit = active_server_limit(user_pools, users)
    assert limit <= users.max_active
    assert limit <= user_capacity(user_pools, users)


@given(pools, user_settings)
def test_placeholders_leave_half_of_the_room_to_users(user_pools, users):
    assert placeholder_count(user_pools, users) * 2 <= user_capacity(user_pools, users)


def test_nothing_is_computed_for_an_unknown_machine_type():
    pool = NodePoolSettings.model_validate({"name": "gpu", "flavor": "l4-90", "purpose": "user"})
    assert user_capacity([pool], UserSettings()) is None
    assert active_server_limit([pool], UserSettings()) == 100


@given(st.integers(8, 27))
def test_the_address_pool_lies_in_the_subnet_and_spares_the_gateway(prefix):
    network = IPv4Network(f"10.0.0.0/{prefix}")
    pool = address_pool(str(network))
    assert IPv4Address(pool.start) == network.network_address + 2
    assert IPv4Address(pool.end) == network.broadcast_address - 1


@given(st.from_regex(r"[a-z][a-z0-9-]{0,200}[a-z0-9]", fullmatch=True))
def test_shortened_names_are_labels(name):
    assert len(shorten(name)) <= 63
    assert shorten(shorten(name)) == shorten(name)
