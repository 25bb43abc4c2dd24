"""The node pools of a cluster, and the check that each of them really came up."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_ovh as ovh

from hubwright.core.errors import ResourceError
from hubwright.core.naming import node_pool_name
from hubwright.core.node_roles import node_labels, node_taints
from hubwright.core.settings import Settings
from hubwright.core.settings_cloud import NodePoolSettings

READY = "READY"


class NodePools(pulumi.ComponentResource):
    """All node pools of a stack.

    `ready` is what must be waited for before pods can be placed. Waiting fails for a pool in any status but READY:
    OVHcloud's plugin takes a pool in ERROR for a success.
    """

    ready: Sequence[pulumi.Input[pulumi.Resource]]
    statuses: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        cluster_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:cloud:NodePools", name, None, opts)
        pools = {wanted.name: self._pool(wanted, settings, cluster_id) for wanted in settings.node_pools}
        statuses = {name: _checked_status(name, pool) for name, pool in pools.items()}
        self.ready = [*pools.values(), *(_gate(pools[name], status) for name, status in statuses.items())]
        self.statuses = pulumi.Output.all(**statuses)
        self.register_outputs({"statuses": self.statuses})

    def _pool(
        self, wanted: NodePoolSettings, settings: Settings, cluster_id: pulumi.Output[str]
    ) -> ovh.cloudproject.KubeNodePool:
        return ovh.cloudproject.KubeNodePool(
            wanted.name,
            name=node_pool_name(wanted),
            kube_id=cluster_id,
            service_name=settings.cloud.service_name,
            flavor_name=wanted.flavor,
            autoscale=wanted.autoscale,
            min_nodes=wanted.min,
            desired_nodes=wanted.desired,
            max_nodes=wanted.max,
            anti_affinity=wanted.anti_affinity,
            template=_node_template(wanted),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                ignore_changes=["desiredNodes"] if wanted.autoscale else None,
            ),
        )


def require_ready(pool: str, status: str) -> str:
    """Returns the status, or raises ResourceError when it is not READY."""
    if status != READY:
        raise ResourceError(
            f"node pool {pool!r} is in status {status}, not {READY}",
            hint="look at its nodes and at the project's quota, then run the same command again",
        )
    return status


def _checked_status(name: str, pool: ovh.cloudproject.KubeNodePool) -> pulumi.Output[str]:
    return pool.status.apply(lambda status: require_ready(name, status))


def _gate(pool: ovh.cloudproject.KubeNodePool, status: pulumi.Output[str]) -> pulumi.Output[pulumi.Resource]:
    """The pool as a dependency that fails with its checked status."""

    def passed(_: str) -> pulumi.Resource:
        return pool

    return status.apply(passed)


def _node_template(wanted: NodePoolSettings) -> ovh.cloudproject.KubeNodePoolTemplateArgs:
    return ovh.cloudproject.KubeNodePoolTemplateArgs(
        metadata=ovh.cloudproject.KubeNodePoolTemplateMetadataArgs(
            annotations={}, finalizers=[], labels=node_labels(wanted)
        ),
        spec=ovh.cloudproject.KubeNodePoolTemplateSpecArgs(taints=node_taints(wanted), unschedulable=False),
    )
