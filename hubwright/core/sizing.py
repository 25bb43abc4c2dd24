"""How much fits where: user servers per node, limits and placeholders, address ranges. Pure arithmetic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from hubwright.core.settings_cloud import NodePoolSettings
from hubwright.core.settings_hub import UserSettings

MAX_PODS_PER_NODE = 110
"""What a kubelet of the managed cluster accepts."""

SYSTEM_PODS_PER_NODE = 12
"""Room for the pods that each node runs for the cluster itself: network, DNS, storage, image builder."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([KMGT]i?)?")


@dataclass(frozen=True)
class NodeCapacity:
    """What a machine type has before the system takes its share."""

    cpu_millicores: int
    memory_bytes: int


FLAVORS = {
    name: NodeCapacity(cores * 1000, memory_gb * 10**9)
    for name, cores, memory_gb in (
        ("b2-7", 2, 7),
        ("b2-15", 4, 15),
        ("b2-30", 8, 30),
        ("b2-60", 16, 60),
        ("b3-8", 2, 8),
        ("b3-16", 4, 16),
        ("b3-32", 8, 32),
        ("b3-64", 16, 64),
        ("b3-128", 32, 128),
        ("b3-256", 64, 256),
    )
}
"""The general-purpose machine types of OVHcloud; for any other one only what the user wrote counts."""


def memory_bytes(quantity: str) -> int:
    """Reads a Kubernetes memory quantity such as `512Mi` or `1.5G`. Raises ValueError."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        raise ValueError(f"not a memory quantity: {quantity!r}")
    return int(float(match[1]) * _UNITS[match[2] or ""])


def allocatable(capacity: NodeCapacity) -> NodeCapacity:
    """What pods can use of a node: a careful estimate (200 m of CPU, 1.5 GB and a twentieth of the memory reserved)."""
    reserved_memory = 1_500_000_000 + capacity.memory_bytes // 20
    return NodeCapacity(max(0, capacity.cpu_millicores - 200), max(0, capacity.memory_bytes - reserved_memory))


def users_per_node(capacity: NodeCapacity, users: UserSettings) -> int:
    """How many user servers with these guarantees one node holds."""
    free = allocatable(capacity)
    bounds = [MAX_PODS_PER_NODE - SYSTEM_PODS_PER_NODE]
    memory = memory_bytes(users.memory_guarantee)
    if memory > 0:
        bounds.append(free.memory_bytes // memory)
    cpu_millicores = round(users.cpu_guarantee * 1000)
    if cpu_millicores > 0:
        bounds.append(free.cpu_millicores // cpu_millicores)
    return min(bounds)


def user_capacity(pools: Sequence[NodePoolSettings], users: UserSettings) -> int | None:
    """How many user servers fit when every user pool is at its largest; None when a machine type is not known."""
    if any(pool.flavor not in FLAVORS for pool in pools):
        return None
    return sum(_largest_size(pool) * users_per_node(FLAVORS[pool.flavor], users) for pool in pools)


def active_server_limit(pools: Sequence[NodePoolSettings], users: UserSettings) -> int:
    """The hub's limit of running servers: what was asked for, or what the pools can hold if that is less."""
    capacity = user_capacity(pools, users)
    return users.max_active if capacity is None else min(users.max_active, capacity)


def placeholder_count(pools: Sequence[NodePoolSettings], users: UserSettings) -> int:
    """Placeholder pods to keep: never so many that real users no longer fit into the pools at their largest."""
    capacity = user_capacity(pools, users)
    return users.placeholders if capacity is None else min(users.placeholders, capacity // 2)


def _largest_size(pool: NodePoolSettings) -> int:
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
