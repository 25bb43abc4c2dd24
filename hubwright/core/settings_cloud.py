"""Settings of what is ordered from the cloud: network, cluster, node pools, registry, load balancer, DNS."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from hubwright.core.settings_base import DnsLabel, HostName, Section

RESERVED_NETWORKS = (IPv4Network("10.2.0.0/16"), IPv4Network("10.3.0.0/16"), IPv4Network("172.17.0.0/16"))
"""Pods, Services and the container bridge of OVHcloud Managed Kubernetes; a private network may not overlap them."""


HarborCron = Annotated[str, Field(pattern=r"^0( [0-9*/,?LW#A-Z-]+){5}$")]
"""A time table as Harbor takes it."""


class CloudSettings(Section):
    """The cloud and where in it the stack lives. Credentials come from the environment, never from here."""

    kind: Literal["ovh"] = Field(description="The cloud platform. Only `ovh` (OVHcloud Public Cloud) exists so far.")
    service_name: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None,
        description="The OVH Public Cloud project, 32 hexadecimal digits. Unset: `$OVH_CLOUD_PROJECT_SERVICE`.",
    )
    region: str = Field(min_length=2, description="The compute region of network, cluster and nodes, such as `GRA9`.")
    registry_region: str | None = Field(
        default=None,
        description="The registry's region, such as `GRA`. Unset: the compute region's name without its digits.",
    )

    @property
    def registry_location(self) -> str:
        """The region to order the registry in; registries have regions of their own (`GRA`, not `GRA9`)."""
        return self.registry_region or self.region.rstrip("0123456789")


class NetworkSettings(Section):
    """The private network that nodes and load balancer share."""

    cidr: str = Field(default="10.20.0.0/16", description="The IPv4 range of the private subnet, /8 to /27.")
    vlan_id: int = Field(default=0, ge=0, le=4000, description="The VLAN of the network inside the vRack.")
    gateway_model: Literal["s", "m", "l", "xl", "2xl", "3xl"] = Field(
        default="s", description="The size of the OVH gateway through which nodes and load balancer reach the Internet."
    )
    external_network: str = Field(
        default="Ext-Net", min_length=1, description="The provider's public network, whence the floating IP comes."
    )

    @field_validator("cidr")
    @classmethod
    def _usable_range(cls, value: str) -> str:
        try:
            network = IPv4Network(value)
        except ValueError as error:
            raise ValueError(f"is not an IPv4 network: {error}") from error
        if not 8 <= network.prefixlen <= 27:
            raise ValueError("must be between /8 and /27")
        for reserved in RESERVED_NETWORKS:
            if network.overlaps(reserved):
                raise ValueError(f"overlaps {reserved}, which OVHcloud Managed Kubernetes uses itself")
        return value


class ClusterSettings(Section):
    """The managed Kubernetes cluster."""

    version: str = Field(
        pattern=r"^1\.\d{2}$",
        description="The Kubernetes version to keep to, minor only, such as `1.34`. It is raised one minor at a time.",
    )
    plan: Literal["free", "standard"] = Field(
        default="free", description="`free`: 100 nodes, shared etcd. `standard`: 500 nodes, dedicated etcd, paid."
    )
    update_policy: Literal["ALWAYS_UPDATE", "MINIMAL_DOWNTIME", "NEVER_UPDATE"] = Field(
        default="MINIMAL_DOWNTIME", description="How the cloud applies security updates."
    )
    disabled_admission_plugins: list[Literal["AlwaysPullImages"]] = Field(
        default=["AlwaysPullImages"],
        description="Admission plugins to switch off. BinderHub wants `AlwaysPullImages` off, as its images are local.",
    )


class PoolPurpose(StrEnum):
    """What a node pool is for; labels and taints follow from it."""

    CORE = "core"
    USER = "user"
    BUILD = "build"


class NodePoolSettings(Section):
    """One group of equal nodes."""

    name: DnsLabel = Field(max_length=40, description="The pool's name, unique in the stack; no underscore.")
    flavor: str = Field(
        min_length=2, description="The machine type, such as `b3-8`. Another one makes a new pool, then drops this one."
    )
    purpose: PoolPurpose = Field(
        description="`core`: the hub and the ingress. `user`: user servers only. `build`: image builds only."
    )
    autoscale: bool = Field(default=False, description="Whether the cloud adds and removes nodes as pods need them.")
    min: int = Field(default=1, ge=0, le=100, description="The fewest nodes.")
    desired: int = Field(
        default=1, ge=0, le=100, description="Nodes to start with; with `autoscale` the cloud owns it."
    )
    max: int = Field(default=1, ge=1, le=100, description="The most nodes.")
    labels: dict[str, str] = Field(default={}, description="Node labels to add to those of the purpose.")
    anti_affinity: bool = Field(default=False, description="Spread nodes over hosts; such a pool has at most 5 nodes.")

    @model_validator(mode="after")
    def _bounds_in_order(self) -> NodePoolSettings:
        if not self.min <= self.desired <= self.max:
            raise ValueError(f"needs min ≤ desired ≤ max, and has {self.min}, {self.desired}, {self.max}")
        if self.anti_affinity and self.max > 5:
            raise ValueError(f"has antiAffinity, so at most 5 nodes, and max is {self.max}")
        return self


class RegistrySettings(Section):
    """The managed container registry (Harbor), its project and what it keeps."""

    plan: Literal["SMALL", "MEDIUM", "LARGE"] = Field(
        default="SMALL", description="200 GiB, 600 GiB or 5 TiB. It can be raised later, never lowered."
    )
    login: str = Field(
        default="hubwright",
        pattern=r"^[a-z][a-z0-9-]{2,31}$",
        description="The login of Harbor's administrator, with which the toolkit makes the rest.",
    )
    email: str = Field(
        pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="The e-mail address of that user; Harbor asks for one."
    )
    project: DnsLabel = Field(default="binder", description="The Harbor project that holds the built images.")
    image_prefix: str = Field(
        default="binder-", pattern=r"^[a-z0-9-]*$", description="What the names of built images begin with."
    )
    quota_gib: int | None = Field(
        default=None, ge=1, description="The most GiB that the project may hold. Unset: what the plan allows."
    )
    keep_pulled_days: int = Field(default=30, ge=0, description="Images pulled in so many days are kept. 0: no matter.")
    keep_pushed_days: int = Field(default=7, ge=0, description="Images pushed in so many days are kept. 0: no matter.")
    retention_cron: HarborCron = Field(
        default="0 0 7 * * 6", description="When other images are deleted: six fields, the seconds first and 0; UTC."
    )
    garbage_collection_cron: HarborCron = Field(
        default="0 0 7 * * 0", description="When the space of deleted images is freed; not when they are deleted."
    )
    protected_tags: str | None = Field(
        default=None, min_length=1, description="A pattern such as `v*`: such tags can neither move nor go."
    )
    culler: bool = Field(
        default=False, description="Whether to make a user `<project>-culler` that may delete images and nothing else."
    )

    @model_validator(mode="after")
    def _collects_at_another_time(self) -> RegistrySettings:
        if self.retention_cron == self.garbage_collection_cron:
            raise ValueError("has retentionCron and garbageCollectionCron at the same time; one must follow the other")
        return self

    @property
    def quota_bytes(self) -> int:
        """The quota as Harbor counts it: -1 for none."""
        return -1 if self.quota_gib is None else self.quota_gib * 2**30


class LoadBalancerSettings(Section):
    """The Octavia load balancer in front of the ingress."""

    flavor_id: str | None = Field(
        default=None,
        description="The UUID of the Octavia flavor (`openstack loadbalancer flavor list`). Unset: the default.",
    )
    idle_timeout_s: int = Field(
        default=3600,
        ge=50,
        le=86400,
        description="Seconds that a silent connection stays open; notebooks hold websockets for long.",
    )


class DnsSettings(Section):
    """The DNS zone and the names in it."""

    zone: HostName = Field(description="The DNS zone, managed by the same OVHcloud account.")
    hub_host: HostName = Field(description="The full name of the hub, inside the zone.")
    binder_host: HostName | None = Field(
        default=None, description="The full name of the BinderHub, inside the zone. Needed for hub kind `binderhub`."
    )
    ttl_s: int = Field(default=300, ge=60, le=604800, description="Time to live of the records, in seconds.")

    @model_validator(mode="after")
    def _hosts_in_zone(self) -> DnsSettings:
        for key, host in (("hubHost", self.hub_host), ("binderHost", self.binder_host)):
            if host is not None and not host.endswith(f".{self.zone}"):
                raise ValueError(f"{key} {host!r} does not lie in the zone {self.zone!r}")
        if self.hub_host == self.binder_host:
            raise ValueError(f"hubHost and binderHost are both {self.hub_host!r}; each needs a name of its own")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name that points at the load balancer, the hub's first."""
        return tuple(host for host in (self.hub_host, self.binder_host) if host is not None)
