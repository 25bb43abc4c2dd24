"""Clusters and their life: INSTALLING → READY → DELETING → gone.

Each creation boots a control plane through the ClusterBackend while the status says INSTALLING.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hubwright.sandbox.ovh.core.platform import Platform, nothing
from hubwright.sandbox.ovh.core.store import Entity
from hubwright.sandbox.ovh.kube.exceptions import (
    ClusterBusyError,
    ClusterNotFoundError,
    DuplicateNameError,
    NotUuidError,
    NoUpdateError,
    UnknownNetworkError,
    UnknownVersionError,
    UpdateRefusedError,
    VersionFormatError,
)
from hubwright.sandbox.ovh.ports import ClusterBackend, ClusterSpec, NetworkBackend
from hubwright.sandbox.ovh.project.models import ProjectBackend

CREATE_S, UPDATE_S, DELETE_S = 180.0, 120.0, 60.0
"""Modelled durations on the real cloud."""

UpdatePolicy = Literal["ALWAYS_UPDATE", "MINIMAL_DOWNTIME", "NEVER_UPDATE"]
_POD_CIDR, _SERVICE_CIDR = "10.2.0.0/16", "10.3.0.0/16"


class KubeSettings(BaseModel):
    """What the region offers: the full version of each minor, oldest first, and the default mode of kube-proxy."""

    model_config = ConfigDict(frozen=True)

    versions: Mapping[str, str] = Field(default_factory=lambda: {"1.36": "1.36.4-1"})
    kube_proxy_mode: Literal["iptables", "ipvs"] = "ipvs"


class ClusterRequest(BaseModel):
    """Body of a creation; empty objects that the Go provider always sends count as not set."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    region: str
    name: str | None = None
    version: str | None = None
    plan: Literal["free", "standard"] = "free"
    update_policy: UpdatePolicy = "ALWAYS_UPDATE"
    private_network_id: str | None = None
    private_network_configuration: dict[str, Any] | None = None
    nodes_subnet_id: str | None = None
    load_balancers_subnet_id: str | None = None
    kube_proxy_mode: Literal["iptables", "ipvs"] | None = None
    customization: dict[str, Any] | None = None
    ip_allocation_policy: dict[str, str] | None = None


class Cluster(Entity):
    """A managed cluster."""

    id: str
    name: str
    region: str
    status: str
    version: str
    plan: str
    update_policy: str
    is_up_to_date: bool = True
    control_plane_is_up_to_date: bool = True
    next_upgrade_versions: list[str] = Field(default_factory=list)
    private_network_id: str | None = None
    private_network_configuration: dict[str, Any] | None = None
    nodes_subnet_id: str | None = None
    load_balancers_subnet_id: str | None = None
    kube_proxy_mode: str
    customization: dict[str, Any] = Field(default_factory=dict)
    ip_allocation_policy: dict[str, str]
    url: str = ""
    nodes_url: str = ""
    audit_logs_subscribed: bool = False
    created_at: datetime
    updated_at: datetime

    def spec(self) -> ClusterSpec:
        """Return what the backend needs to run it."""
        return ClusterSpec(
            self.id,
            self.name,
            self.version,
            self.private_network_id,
            self.nodes_subnet_id,
            self.load_balancers_subnet_id,
        )


class KubeService:
    """The clusters of the project."""

    def __init__(
        self,
        platform: Platform,
        project: ProjectBackend,
        backend: ClusterBackend,
        networks: NetworkBackend,
        settings: KubeSettings | None = None,
    ) -> None:
        self._platform = platform
        self._project = project
        self._backend = backend
        self._networks = networks
        self._settings = settings or KubeSettings()
        self._clusters = platform.store.table("clusters", Cluster)
        self.on_delete: list[Callable[[str], None]] = []
        """Called with the id of a cluster that is deleted, before its control plane goes."""

    def create(self, request: ClusterRequest) -> Cluster:
        """Accept a creation. Raises the service's errors for a bad request or a name that is taken."""
        self._project.require_region(request.region)
        version = self._full_version(request.version)
        self._check_networks(request)
        cluster_id, now = self._platform.new_id(), self._platform.schedule.now()
        name = request.name or f"cluster-{cluster_id[:8]}"
        with self._platform.store.lock:
            if any(other.name == name for other in self._clusters.all()):
                raise DuplicateNameError(name)
            cluster = Cluster(
                id=cluster_id,
                name=name,
                region=request.region,
                status="INSTALLING",
                version=version,
                plan=request.plan,
                update_policy=request.update_policy,
                next_upgrade_versions=self._upgrades(version),
                private_network_id=request.private_network_id or None,
                private_network_configuration=_set_fields(request.private_network_configuration) or None,
                nodes_subnet_id=request.nodes_subnet_id or None,
                load_balancers_subnet_id=request.load_balancers_subnet_id or None,
                kube_proxy_mode=request.kube_proxy_mode or self._settings.kube_proxy_mode,
                customization=_set_fields(request.customization),
                ip_allocation_policy={
                    "podsIpv4Cidr": _POD_CIDR,
                    "servicesIpv4Cidr": _SERVICE_CIDR,
                    **(request.ip_allocation_policy or {}),
                },
                created_at=now,
                updated_at=now,
            )
            self._clusters.put(cluster_id, cluster)
        self._boot(cluster, CREATE_S)
        return cluster

    def get(self, cluster_id: str) -> Cluster:
        """Return the cluster. Raises ClusterNotFoundError."""
        cluster = self._clusters.get(cluster_id)
        if cluster is None:
            raise ClusterNotFoundError(cluster_id)
        return cluster

    def require_ready(self, cluster_id: str) -> Cluster:
        """Return the cluster. Raises ClusterBusyError unless it is READY."""
        cluster = self.get(cluster_id)
        if cluster.status != "READY":
            raise ClusterBusyError(cluster_id, cluster.status)
        return cluster

    def all(self) -> list[Cluster]:
        """Return all clusters."""
        return self._clusters.all()

    def kubeconfig(self, cluster_id: str) -> str:
        """Return the administrator's kubeconfig of a READY cluster."""
        return self._backend.kubeconfig(self.require_ready(cluster_id).id)

    def change(self, cluster_id: str, *, status: str | None = None, **fields: Any) -> None:
        """Set fields; with `status`, the cluster goes through that status before it is READY again."""
        with self._platform.store.lock:
            self.require_ready(cluster_id) if status else self.get(cluster_id)
            now = self._platform.schedule.now()
            self._clusters.change(cluster_id, updated_at=now, **fields, **({"status": status} if status else {}))
        if status:
            self._later_ready(cluster_id, UPDATE_S)

    def move_load_balancers(self, cluster_id: str, subnet_id: str) -> None:
        """Change the subnet of load balancers. Raises when it is no known subnet."""
        self._check_uuid("Subnet", subnet_id, self._networks.subnet_exists)
        self.change(cluster_id, status="REDEPLOYING", load_balancers_subnet_id=subnet_id)

    def upgrade(self, cluster_id: str) -> None:
        """Go one minor version up."""
        cluster = self.require_ready(cluster_id)
        if cluster.update_policy == "NEVER_UPDATE":
            raise UpdateRefusedError(cluster_id)
        if not cluster.next_upgrade_versions:
            raise NoUpdateError(cluster_id)
        version = self._settings.versions[cluster.next_upgrade_versions[0]]
        upgrades = self._upgrades(version)
        self.change(cluster_id, status="UPDATING", version=version, next_upgrade_versions=upgrades)

    def delete(self, cluster_id: str) -> None:
        """Accept a deletion; its node pools go with it."""
        self.get(cluster_id)
        self._clusters.change(cluster_id, status="DELETING")
        self._delete_work(cluster_id)

    def uses_subnet(self, subnet_id: str) -> bool:
        """Tell whether a cluster's machines or load balancers sit on the subnet."""
        return any(subnet_id in (row.nodes_subnet_id, row.load_balancers_subnet_id) for row in self.all())

    def uses_network(self, network_id: str) -> bool:
        """Tell whether a cluster sits on the network."""
        return any(row.private_network_id == network_id for row in self.all())

    def resume(self) -> None:
        """Take up after a restart: bring control planes back, finish what was interrupted."""
        for cluster in self.all():
            if cluster.status == "DELETING":
                self._delete_work(cluster.id)
            elif cluster.status != "ERROR" or cluster.url:
                # One that worked before deserves another try; one that never did stays as it is.
                self._clusters.change(cluster.id, status="INSTALLING")
                self._boot(cluster, 0.0)

    def _boot(self, cluster: Cluster, delay_s: float) -> None:
        self._platform.change_later(
            self._clusters,
            cluster.id,
            service="kube",
            delay_s=delay_s,
            work=lambda: self._backend.boot(cluster.spec()),
            done=lambda url: {"status": "READY", "url": url, "nodes_url": url},
        )

    def _later_ready(self, cluster_id: str, delay_s: float) -> None:
        self._platform.change_later(
            self._clusters,
            cluster_id,
            service="kube",
            delay_s=delay_s,
            work=nothing,
            done=lambda _: {"status": "READY"},
        )

    def _delete_work(self, cluster_id: str) -> None:
        def work() -> None:
            for callback in self.on_delete:
                callback(cluster_id)
            self._backend.delete(cluster_id)

        self._platform.remove_later(self._clusters, cluster_id, delay_s=DELETE_S, work=work)

    def _full_version(self, version: str | None) -> str:
        versions = self._settings.versions
        if version is None:
            return list(versions.values())[-1]
        if not re.fullmatch(r"\d+\.\d+", version):
            raise VersionFormatError
        if version not in versions:
            raise UnknownVersionError(version, list(versions))
        return versions[version]

    def _upgrades(self, full_version: str) -> list[str]:
        minors = list(self._settings.versions)
        return minors[list(self._settings.versions.values()).index(full_version) + 1 :]

    def _check_networks(self, request: ClusterRequest) -> None:
        subnets = [request.nodes_subnet_id, request.load_balancers_subnet_id]
        if request.private_network_id:
            self._check_uuid("Private network", request.private_network_id, self._networks.network_exists)
        elif any(subnets):
            raise UnknownNetworkError("Subnet given without", "privateNetworkId")
        for subnet in filter(None, subnets):
            self._check_uuid("Subnet", subnet, self._networks.subnet_exists)

    @staticmethod
    def _check_uuid(what: str, value: str, exists: Callable[[str], bool]) -> None:
        try:
            uuid.UUID(value)
        except ValueError:
            raise NotUuidError(what, value) from None
        if not exists(value):
            raise UnknownNetworkError(what, value)


def _set_fields(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Drop what is not set: None, "", and objects or lists that hold nothing else; False alone says nothing either."""
    kept = {}
    for key, item in (value or {}).items():
        inner = _set_fields(item) if isinstance(item, Mapping) else item
        if inner not in (None, "", {}, []):
            kept[key] = inner
    return {} if all(item is False for item in kept.values()) else kept
