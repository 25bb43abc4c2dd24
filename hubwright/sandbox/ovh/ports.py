"""What stands behind the OVH API: clusters, networks, registries and zones, each behind a small protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class RefusedError(Exception):
    """The backend refused the request for a reason that its caller can mend; the text says which."""


class PortsInUseError(Exception):
    """A subnet still has ports of routers, load balancers or nodes."""


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One managed Kubernetes cluster; the network fields are OpenStack UUIDs or None."""

    id: str
    name: str
    version: str
    private_network_id: str | None = None
    nodes_subnet_id: str | None = None
    load_balancers_subnet_id: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One node of a pool with its flavor's capacity."""

    name: str
    cpu_millicores: int
    memory_bytes: int
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, Any]] = ()
    unschedulable: bool = False


class ClusterBackend(Protocol):
    """Runs control planes."""

    def boot(self, spec: ClusterSpec) -> str:
        """Start, or resume, the control plane; block until it is ready; return the API server's URL."""

    def set_nodes(self, cluster_id: str, pool: str, machines: Sequence[Machine]) -> None:
        """Make the nodes of `pool` exactly these."""

    def kubeconfig(self, cluster_id: str) -> str:
        """Return the administrator's kubeconfig, YAML."""

    def delete(self, cluster_id: str) -> None:
        """Stop the control plane and drop its data."""


@dataclass(frozen=True, slots=True)
class SubnetSpec:
    """An IPv4 subnet; `gateway_ip` None = no gateway."""

    cidr: str
    start: str
    end: str
    dhcp: bool
    gateway_ip: str | None


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """A router as Neutron made it."""

    id: str
    interface_id: str
    interface_ip: str
    network_id: str
    external_network_id: str
    external_ips: Sequence[tuple[str, str]]
    """(address, subnet id) pairs."""


class NetworkBackend(Protocol):
    """Makes the OpenStack objects below the OVH ones; all ids are OpenStack UUIDs."""

    def create_network(self, name: str) -> str:
        """Create a network and return its id."""

    def delete_network(self, network_id: str) -> None:
        """Delete it; one that is gone is fine."""

    def network_exists(self, network_id: str) -> bool:
        """Tell whether the network exists, whoever made it."""

    def create_subnet(self, network_id: str, spec: SubnetSpec) -> str:
        """Create a subnet and return its id. Raises RefusedError."""

    def delete_subnet(self, subnet_id: str) -> None:
        """Delete it; one that is gone is fine. Raises PortsInUseError."""

    def subnet_exists(self, subnet_id: str) -> bool:
        """Tell whether the subnet exists, whoever made it."""

    def create_gateway(self, name: str, network_id: str, subnet_id: str) -> GatewayParts:
        """Create a router between the subnet and the external network."""

    def delete_gateway(self, gateway_id: str) -> None:
        """Delete the router and its interfaces; one that is gone is fine."""


class RegistryBackend(Protocol):
    """Runs image registries."""

    def start(self, registry_id: str) -> str:
        """Start, or resume, the registry; block until it is ready; return its URL."""

    def delete(self, registry_id: str) -> None:
        """Stop it and drop its data."""

    def add_user(self, registry_id: str, login: str, email: str, password: str, *, admin: bool) -> None:
        """Add an account; only a hash of the password is kept."""

    def remove_user(self, registry_id: str, login: str) -> None:
        """Remove an account; one that is gone is fine."""

    def set_admin(self, registry_id: str, login: str) -> None:
        """Make an account administrator."""


@dataclass(frozen=True, slots=True)
class ServedRecord:
    """One resource record; `name` is relative to the zone, empty at its top."""

    name: str
    type: str
    ttl_s: int
    target: str


@dataclass(frozen=True, slots=True)
class ServedZone:
    """A zone as of its last refresh."""

    name: str
    serial: int
    records: Sequence[ServedRecord]


class ZoneBackend(Protocol):
    """Serves zones over DNS."""

    def publish(self, zone: ServedZone) -> None:
        """Serve this version of the zone from now on."""
