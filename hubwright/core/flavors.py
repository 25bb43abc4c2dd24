"""The machine types of OVHcloud Public Cloud that nodes are made of, as they are sold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeCapacity:
    """CPU and memory: what a machine type has, what pods may use of it, or what a pod asks for."""

    cpu_millicores: int
    memory_bytes: int

    def minus(self, other: NodeCapacity) -> NodeCapacity:
        """What is left, never less than nothing."""
        return NodeCapacity(
            max(0, self.cpu_millicores - other.cpu_millicores), max(0, self.memory_bytes - other.memory_bytes)
        )


_SIZES = {
    "b2": ((7, 2), (15, 4), (30, 8), (60, 16), (120, 32)),
    "b3": ((8, 2), (16, 4), (32, 8), (64, 16), (128, 32), (256, 64)),
    "c2": ((7, 2), (15, 4), (30, 8), (60, 16), (120, 32)),
    "c3": ((4, 2), (8, 4), (16, 8), (32, 16), (64, 32), (128, 64)),
    "d2": ((4, 2), (8, 4)),
    "r2": ((15, 2), (30, 2), (60, 4), (120, 8), (240, 16)),
    "r3": ((16, 2), (32, 4), (64, 8), (128, 16), (256, 32)),
}
"""By family: GB of memory, which is part of the name, and cores."""

FLAVORS = {
    f"{family}-{memory_gb}": NodeCapacity(cores * 1000, memory_gb * 10**9)
    for family, sizes in _SIZES.items()
    for memory_gb, cores in sizes
}
"""For any other machine type (GPUs, other clouds) only what the user wrote counts."""
