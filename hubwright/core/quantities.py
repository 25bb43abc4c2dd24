"""Kubernetes quantities as numbers. Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([KMGT]i?)?")


def memory_bytes(quantity: str) -> int:
    """Read a memory quantity such as `512Mi` or `1.5G`, fractions of a byte cut off. Raises ValueError."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        raise ValueError(f"not a memory quantity: {quantity!r}")
    return int(Decimal(match[1]) * _UNITS[match[2] or ""])


def memory_quantity(size_bytes: int) -> str:
    """Write bytes as the shortest exact quantity: `1536Mi`, `2G`, `1234`."""
    if size_bytes < 0:
        raise ValueError(f"negative: {size_bytes}")
    exact = [(f"{size_bytes // factor}{unit}") for unit, factor in _UNITS.items() if size_bytes % factor == 0]
    return min(exact, key=len)
