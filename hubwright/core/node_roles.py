"""Labels and taints of nodes by purpose, as the JupyterHub and BinderHub charts expect them."""

from __future__ import annotations

from hubwright.core.settings_cloud import NodePoolSettings, PoolPurpose

PURPOSE_LABEL = "hub.jupyter.org/node-purpose"
"""The charts' affinities look for this label: `core` and `user`; build pods are sent to `build` by node selector."""

_DEDICATED = {"effect": "NoSchedule", "key": "hub.jupyter.org/dedicated", "value": "user"}


def node_labels(pool: NodePoolSettings) -> dict[str, str]:
    """The labels of a pool's nodes."""
    return {**pool.labels, PURPOSE_LABEL: pool.purpose.value}


def node_taints(pool: NodePoolSettings) -> list[dict[str, str]]:
    """The taints of a pool's nodes.

    Build nodes carry the taint of user nodes: it is the one that BinderHub's build pods and its builder tolerate.
    """
    return [] if pool.purpose is PoolPurpose.CORE else [dict(_DEDICATED)]
