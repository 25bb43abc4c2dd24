"""Names that clouds and users see. They are not Pulumi's logical names, which are constants in `components`."""

from __future__ import annotations

import hashlib
import re

from hubwright.core.settings_cloud import NodePoolSettings

_MAX_LABEL = 63


def resource_name(stack: str, part: str) -> str:
    """The name of a cloud object of a stack, such as `hubwright-local-cluster`."""
    return shorten(f"hubwright-{_label(stack)}-{part}")


def node_pool_name(pool: NodePoolSettings) -> str:
    """The name of a node pool in the cluster, such as `user-b3-32`.

    It holds the machine type, since another type replaces the pool: the new pool must be able to stand beside the old
    one until its nodes are there, and names are unique in a cluster.
    """
    return shorten(f"{pool.name}-{_label(pool.flavor)}")


def subdomain(host: str, zone: str) -> str:
    """The part of `host` before its zone: `hub.eu` of `hub.eu.example.org` in `example.org`."""
    return host.removesuffix(f".{zone}")


def shorten(name: str) -> str:
    """`name` itself, or its beginning and a hash of the whole where it is longer than a DNS label may be."""
    if len(name) <= _MAX_LABEL:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _MAX_LABEL - 9].rstrip('-')}-{digest}"


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
