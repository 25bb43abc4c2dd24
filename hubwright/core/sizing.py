"""How much fits where: user servers per node, limits and placeholders, address ranges. Pure arithmetic.

The scheduler places pods by what they are guaranteed, so guarantees alone count here, never limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from hubwright.core.flavors import FLAVORS, NodeCapacity
from hubwright.core.quantities import memory_bytes
from hubwright.core.settings_cloud import NodePoolSettings
from hubwright.core.settings_hub import UserSettings

MAX_PODS_PER_NODE = 110
"""What a kubelet of the managed cluster accepts. Source: OVHcloud, "Managed Kubernetes: known limits"."""

SYSTEM_PODS_PER_NODE = 12
"""Room for the pods that each node runs for the cluster itself: network, DNS, storage, image puller or builder."""

DAEMONS = NodeCapacity(300, 256 * 2**20)
"""What those pods ask for. calico-node's 250 m come from its published manifest; the rest is a careful estimate."""

EVICTION_BYTES = 100 * 2**20
"""The kubelet's hard eviction threshold. Source: kubernetes.io, "Node-pressure eviction", default memory.available."""

RESERVED_MEMORY_BYTES = 1590 * 10**6
"""Kept for the kubelet and the system. Source: OVHcloud Managed Kubernetes, "Reserved resources": 1590 MB."""


def reserved(capacity: NodeCapacity) -> NodeCapacity:
    """What a node keeps for itself: 15 % of one core and 0.5 % of all, and a fixed amount of memory.

    Source: OVHcloud Managed Kubernetes, "Reserved resources"; 170 m and 1.59 GB of a b3-16.
    """
    cpu_millicores = 150 + -(-capacity.cpu_millicores * 5 // 1000)
    return NodeCapacity(cpu_millicores, RESERVED_MEMORY_BYTES + EVICTION_BYTES)


def allocatable(capacity: NodeCapacity) -> NodeCapacity:
    """What pods can use of a node, those of the cluster itself included."""
    return capacity.minus(reserved(capacity))


def room_for_users(capacity: NodeCapacity) -> NodeCapacity:
    """What is left of a node for user servers."""
    return allocatable(capacity).minus(DAEMONS)


def users_per_node(capacity: NodeCapacity, users: UserSettings) -> int:
    """How many user servers with these guarantees one node holds."""
    free, wanted = room_for_users(capacity), user_request(users)
    bounds = [MAX_PODS_PER_NODE - SYSTEM_PODS_PER_NODE]
    if wanted.memory_bytes > 0:
        bounds.append(free.memory_bytes // wanted.memory_bytes)
    if wanted.cpu_millicores > 0:
        bounds.append(free.cpu_millicores // wanted.cpu_millicores)
    return min(bounds)


def user_request(users: UserSettings) -> NodeCapacity:
    """What the scheduler counts for one user server; parts of a millicore count whole, as in Kubernetes."""
    return NodeCapacity(-int(-users.cpu_guarantee * 1000 // 1), memory_bytes(users.memory_guarantee))


def nodes_for(count: int, capacity: NodeCapacity, users: UserSettings) -> int | None:
    """The fewest nodes that hold `count` user servers; None when such a node holds none at all."""
    per_node = users_per_node(capacity, users)
    if count <= 0:
        return 0
    return -(-count // per_node) if per_node else None


def user_capacity(pools: Sequence[NodePoolSettings], users: UserSettings) -> int | None:
    """How many user servers fit when every user pool is at its largest; None when a machine type is not known."""
    if any(pool.flavor not in FLAVORS for pool in pools):
        return None
    return sum(largest_size(pool) * users_per_node(FLAVORS[pool.flavor], users) for pool in pools)


def active_server_limit(pools: Sequence[NodePoolSettings], users: UserSettings) -> int:
    """The hub's limit of running servers: what was asked for, or what the pools can hold if that is less."""
    capacity = user_capacity(pools, users)
    return users.max_active if capacity is None else min(users.max_active, capacity)


def placeholder_count(pools: Sequence[NodePoolSettings], users: UserSettings) -> int:
    """Placeholder pods to keep: never so many that real users no longer fit into the pools at their largest."""
    capacity = user_capacity(pools, users)
    return users.placeholders if capacity is None else min(users.placeholders, capacity // 2)


@dataclass(frozen=True, slots=True)
class PoolBounds:
    """How few and how many nodes a pool needs."""

    min: int
    max: int


def pool_bounds(flavor: str, users: UserSettings) -> PoolBounds | None:
    """The smallest pool of a machine type that keeps the placeholders ready and can grow to `maxActive` servers.

    None when the type is not known or holds no such server. There is always one node, so that someone can start.
    """
    capacity = FLAVORS.get(flavor)
    fewest = nodes_for(users.placeholders, capacity, users) if capacity else None
    most = nodes_for(users.max_active + users.placeholders, capacity, users) if capacity else None
    if fewest is None or most is None:
        return None
    return PoolBounds(max(1, fewest), max(1, most))


def describe_shortfall(pools: Sequence[NodePoolSettings], users: UserSettings) -> str | None:
    """Say that the user pools hold fewer servers than may be started, and how to change that; None when all fit."""
    capacity = user_capacity(pools, users)
    if capacity is None or capacity >= users.max_active:
        return None
    text = f"users.maxActive is {users.max_active}, and the user pools hold {capacity} servers at their largest"
    bounds = pool_bounds(pools[0].flavor, users) if len(pools) == 1 else None
    return f"{text}: {pools[0].name} would need {bounds.max} nodes" if bounds else text


def smallest_fitting_flavor(users: UserSettings, family: str) -> str | None:
    """The smallest machine type of a family (`b3`) that holds at least one such server."""
    fitting = [
        (capacity.memory_bytes, name)
        for name, capacity in FLAVORS.items()
        if name.startswith(f"{family}-") and users_per_node(capacity, users)
    ]
    return min(fitting)[1] if fitting else None


def largest_size(pool: NodePoolSettings) -> int:
    """How many nodes a pool may have."""
    return pool.max if pool.autoscale else pool.desired


@dataclass(frozen=True)
class AddressPool:
    """The first and last address that DHCP hands out."""

    start: str
    end: str


def address_pool(cidr: str) -> AddressPool:
    """The addresses of a subnet left for machines: without the network, the first (gateway) and the broadcast one."""
    network = IPv4Network(cidr)
    first, last = int(network.network_address), int(network.broadcast_address)
    return AddressPool(str(IPv4Address(first + 2)), str(IPv4Address(last - 1)))
