"""Node pools: machines of one flavor, with labels and taints, inside a cluster.

INSTALLING → READY, or USER_QUOTA_ERROR when the project's quota has no room for the machines.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Entity
from hubwright.sandbox.ovh.kube.models import Cluster, KubeService
from hubwright.sandbox.ovh.nodepool.exceptions import (
    DuplicatePoolError,
    NodeCountError,
    PoolNameError,
    PoolNotFoundError,
    ZonesMandatoryError,
)
from hubwright.sandbox.ovh.ports import ClusterBackend, Machine
from hubwright.sandbox.ovh.project.models import Flavor, ProjectBackend, Usage

CREATE_S, RESIZE_S, DELETE_S = 120.0, 90.0, 60.0
"""Modelled durations on the real cloud."""

_MILLICORES = 1000
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Metadata(_Body):
    """Labels and the like of each node."""

    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    finalizers: list[str] = Field(default_factory=list)


class Taint(_Body):
    """One taint of each node."""

    key: str
    effect: str
    value: str = ""


class TemplateSpec(_Body):
    """Scheduling of each node."""

    taints: list[Taint] = Field(default_factory=list)
    unschedulable: bool = False


class Template(_Body):
    """What each node of a pool looks like."""

    metadata: Metadata = Field(default_factory=Metadata)
    spec: TemplateSpec = Field(default_factory=TemplateSpec)


class Autoscaling(_Body):
    """When the autoscaler takes nodes away."""

    scale_down_unneeded_time_seconds: int = 600
    scale_down_unready_time_seconds: int = 1200
    scale_down_utilization_threshold: float = 0.5


class PoolUpdate(_Body):
    """Body of an update; what is left out stays."""

    desired_nodes: int | None = Field(None, ge=0)
    min_nodes: int | None = Field(None, ge=0)
    max_nodes: int | None = Field(None, ge=0)
    autoscale: bool | None = None
    autoscaling: Autoscaling | None = None
    template: Template | None = None


class PoolRequest(PoolUpdate):
    """Body of a creation."""

    flavor_name: str
    name: str | None = None
    anti_affinity: bool = False
    monthly_billed: bool = False
    availability_zones: list[str] | None = None


class Node(Entity):
    """One machine of a pool."""

    id: str
    name: str
    created_at: datetime


class Pool(Entity):
    """A node pool; `nodes` is inner state, the counts below are computed from it."""

    id: str
    kube_id: str = Field(exclude=True)
    project_id: str
    name: str
    flavor: str
    status: str
    autoscale: bool = False
    anti_affinity: bool = False
    monthly_billed: bool = False
    min_nodes: int = 0
    max_nodes: int = 100
    desired_nodes: int
    nodes: list[Node] = Field(default_factory=list, exclude=True)
    availability_zones: list[str] = Field(default_factory=list)
    autoscaling: Autoscaling = Field(default_factory=Autoscaling)
    template: Template = Field(default_factory=Template)
    created_at: datetime
    updated_at: datetime

    def wire(self) -> dict[str, Any]:
        """Return the API's form with the counts."""
        count = len(self.nodes)
        ready = count if self.status == "READY" else 0
        size = "CAPACITY_OK" if count == self.desired_nodes else "UNDER_CAPACITY"
        size = "OVER_CAPACITY" if count > self.desired_nodes else size
        counts = {"currentNodes": count, "availableNodes": ready, "upToDateNodes": count, "sizeStatus": size}
        return {**super().wire(), **counts}


class NodePoolService:
    """The pools of all clusters."""

    def __init__(
        self, platform: Platform, project: ProjectBackend, clusters: KubeService, backend: ClusterBackend
    ) -> None:
        self._platform = platform
        self._project = project
        self._clusters = clusters
        self._backend = backend
        self._pools = platform.store.table("node_pools", Pool)
        clusters.on_delete.append(self._drop_cluster)
        project.machine_usage = self.usage

    def create(self, kube_id: str, request: PoolRequest) -> Pool:
        """Accept a creation. Raises the service's errors for a bad request, a taken name or a busy cluster."""
        self._clusters.require_ready(kube_id)
        self._project.require_flavor(request.flavor_name)
        if request.availability_zones is None:
            raise ZonesMandatoryError
        pool_id, now = self._platform.new_id(), self._platform.schedule.now()
        name = request.name or f"nodepool-{pool_id}"
        if not _NAME.fullmatch(name):
            raise PoolNameError(name)
        with self._platform.store.lock:
            if any(pool.name == name for pool in self.all(kube_id)):
                raise DuplicatePoolError(name)
            pool = Pool(
                id=pool_id,
                kube_id=kube_id,
                project_id=self._project.id,
                name=name,
                flavor=request.flavor_name,
                status="INSTALLING",
                anti_affinity=request.anti_affinity,
                monthly_billed=request.monthly_billed,
                availability_zones=request.availability_zones,
                desired_nodes=request.min_nodes or 0,
                created_at=now,
                updated_at=now,
            )
            pool = _apply(pool, request)
            self._pools.put(pool_id, pool)
        self._scale(pool, CREATE_S)
        return pool

    def get(self, kube_id: str, pool_id: str) -> Pool:
        """Return the pool. Raises PoolNotFoundError."""
        pool = self._pools.get(pool_id)
        if pool is None or pool.kube_id != kube_id:
            raise PoolNotFoundError(pool_id)
        return pool

    def all(self, kube_id: str) -> list[Pool]:
        """Return the pools of a cluster. Raises ClusterNotFoundError."""
        self._clusters.get(kube_id)
        return [pool for pool in self._pools.all() if pool.kube_id == kube_id]

    def update(self, kube_id: str, pool_id: str, request: PoolUpdate) -> Pool:
        """Accept a change of size or template."""
        with self._platform.store.lock:
            old = self.get(kube_id, pool_id)
            new = _apply(old, request)
            status = "RESIZING" if new.desired_nodes != old.desired_nodes else "UPDATING"
            new = new.model_copy(update={"status": status, "updated_at": self._platform.schedule.now()})
            self._pools.put(pool_id, new)
        self._scale(new, RESIZE_S)
        return new

    def delete(self, kube_id: str, pool_id: str) -> None:
        """Accept a deletion."""
        pool = self.get(kube_id, pool_id)
        self._pools.change(pool_id, status="DELETING")
        self._delete_work(pool)

    def usage(self, region: str, *, without: str = "") -> Usage:
        """Return what the region's pools take of the quota, machines on their way included."""
        regions = {cluster.id: cluster.region for cluster in self._clusters.all()}
        usage = Usage()
        for pool in self._pools.all():
            counts = regions.get(pool.kube_id) == region and pool.status != "USER_QUOTA_ERROR"
            if counts and pool.id != without:
                flavor = self._project.require_flavor(pool.flavor)
                usage = usage.plus(flavor, max(pool.desired_nodes, len(pool.nodes)))
        return usage

    def resume(self) -> None:
        """Take up after a restart; called when the control planes are back, once for each pool."""
        for pool in self._pools.all():
            if pool.status == "DELETING":
                self._delete_work(pool)
            elif pool.status != "ERROR" or pool.nodes:
                self._pools.change(pool.id, status="UPDATING")
                self._scale(pool, 0.0)

    def _scale(self, pool: Pool, delay_s: float) -> None:
        cluster = self._clusters.get(pool.kube_id)
        flavor = self._project.require_flavor(pool.flavor)
        if not self._fits(pool, cluster, flavor):
            self._platform.change_later(
                self._pools,
                pool.id,
                service="nodepool",
                delay_s=delay_s,
                work=lambda: None,
                done=lambda _: {"status": "USER_QUOTA_ERROR"},
            )
            return
        nodes = self._nodes(pool)

        def work() -> list[Node]:
            machines = [_machine(node, pool, flavor, cluster.region) for node in nodes]
            self._backend.set_nodes(pool.kube_id, pool.name, machines)
            return nodes

        self._platform.change_later(
            self._pools,
            pool.id,
            service="nodepool",
            delay_s=delay_s,
            work=work,
            done=lambda made: {"status": "READY", "nodes": made},
        )

    def _fits(self, pool: Pool, cluster: Cluster, flavor: Flavor) -> bool:
        others = self.usage(cluster.region, without=pool.id)
        return others.plus(flavor, pool.desired_nodes).fits(self._project.limits)

    def _nodes(self, pool: Pool) -> list[Node]:
        """Keep the oldest nodes, add what is missing."""
        now = self._platform.schedule.now()
        missing = range(pool.desired_nodes - len(pool.nodes))
        # OVH's own form: the pool's name, "node", six hexadecimal digits.
        new = [
            Node(id=self._platform.new_id(), name=f"{pool.name}-node-{secrets.token_hex(3)}", created_at=now)
            for _ in missing
        ]
        return [*pool.nodes[: pool.desired_nodes], *new]

    def _delete_work(self, pool: Pool) -> None:
        self._platform.remove_later(
            self._pools,
            pool.id,
            delay_s=DELETE_S,
            work=lambda: self._backend.set_nodes(pool.kube_id, pool.name, []),
        )

    def _drop_cluster(self, kube_id: str) -> None:
        for pool in self._pools.all():
            if pool.kube_id == kube_id:
                self._pools.remove(pool.id)


def _apply(pool: Pool, request: PoolUpdate) -> Pool:
    """Return the pool with what the request sets. Raises NodeCountError."""
    wanted = {name: getattr(request, name) for name in PoolUpdate.model_fields}
    changed = pool.model_copy(update={name: value for name, value in wanted.items() if value is not None})
    if not changed.min_nodes <= changed.desired_nodes <= changed.max_nodes:
        raise NodeCountError(changed.desired_nodes, changed.min_nodes, changed.max_nodes)
    return changed


def _machine(node: Node, pool: Pool, flavor: Flavor, region: str) -> Machine:
    template = pool.template
    labels = {
        "nodepool": pool.name,
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": flavor.name,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": "nova",
        "topology.cinder.csi.openstack.org/zone": "nova",
    }
    return Machine(
        name=node.name,
        cpu_millicores=flavor.vcpus * _MILLICORES,
        memory_bytes=flavor.memory_bytes,
        labels={**labels, **template.metadata.labels},
        annotations=template.metadata.annotations,
        taints=[taint.model_dump() for taint in template.spec.taints],
        unschedulable=template.spec.unschedulable,
    )
