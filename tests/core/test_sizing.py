from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from hubwright.core.naming import shorten
from hubwright.core.settings_cloud import NodePoolSettings
from hubwright.core.settings_hub import UserSettings
from hubwright.core.sizing import (
    FLAVORS,
    MAX_PODS_PER_NODE,
    active_server_limit,
    address_pool,
    allocatable,
    memory_bytes,
    placeholder_count,
    user_capacity,
    users_per_node,
)

user_settings = st.builds(
    lambda memory, cpu, most, spare: UserSettings.model_validate(
        {
            "memoryGuarantee": f"{memory}M",
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


@given(st.sampled_from(sorted(FLAVORS)), user_settings)
def test_users_of_a_node_fit_its_memory_and_pods(flavor, users):
    count = users_per_node(FLAVORS[flavor], users)
    assert 0 <= count < MAX_PODS_PER_NODE
    assert count * memory_bytes(users.memory_guarantee) <= allocatable(FLAVORS[flavor]).memory_bytes


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
