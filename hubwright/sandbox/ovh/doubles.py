"""In-memory doubles of the ports, for tests that need no process."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from hubwright.sandbox.ovh.ports import (
    ClusterSpec,
    GatewayParts,
    Machine,
    PortsInUseError,
    ServedZone,
    SubnetSpec,
)

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: kubernetes-admin@{name}
contexts: [{{name: kubernetes-admin@{name}, context: {{cluster: {name}, user: kubernetes-admin-{name}}}}}]
clusters: [{{name: {name}, cluster: {{server: "https://127.0.0.1:6443", certificate-authority-data: Y2E=}}}}]
users: [{{name: kubernetes-admin-{name}, user: {{client-certificate-data: Y2VydA==, client-key-data: a2V5}}}}]
"""


class MemoryClusters:
    """ClusterBackend that remembers; `failing` names clusters whose boot raises."""

    def __init__(self) -> None:
        self.booted: dict[str, ClusterSpec] = {}
        self.nodes: dict[tuple[str, str], list[Machine]] = {}
        self.failing: set[str] = set()

    def boot(self, spec: ClusterSpec) -> str:
        """Remember the cluster."""
        if spec.name in self.failing:
            raise RuntimeError(f"{spec.name} does not boot")
        self.booted[spec.id] = spec
        return "https://127.0.0.1:6443"

    def set_nodes(self, cluster_id: str, pool: str, machines: Sequence[Machine]) -> None:
        """Remember the nodes."""
        self.nodes[cluster_id, pool] = list(machines)

    def kubeconfig(self, cluster_id: str) -> str:
        """Return a kubeconfig that is well-formed and leads nowhere."""
        return _KUBECONFIG.format(name=self.booted[cluster_id].name)

    def delete(self, cluster_id: str) -> None:
        """Forget the cluster and its nodes."""
        self.booted.pop(cluster_id, None)
        self.nodes = {key: value for key, value in self.nodes.items() if key[0] != cluster_id}


class MemoryNetworks:
    """NetworkBackend that remembers."""

    def __init__(self) -> None:
        self.networks: dict[str, str] = {}
        self.subnets: dict[str, str] = {}
        self.gateways: dict[str, str] = {}

    def create_network(self, name: str) -> str:
        """Remember a network."""
        network_id = str(uuid.uuid4())
        self.networks[network_id] = name
        return network_id

    def delete_network(self, network_id: str) -> None:
        """Forget it."""
        self.networks.pop(network_id, None)

    def network_exists(self, network_id: str) -> bool:
        """Look it up."""
        return network_id in self.networks

    def create_subnet(self, network_id: str, spec: SubnetSpec) -> str:
        """Remember a subnet."""
        subnet_id = str(uuid.uuid4())
        self.subnets[subnet_id] = network_id
        return subnet_id

    def delete_subnet(self, subnet_id: str) -> None:
        """Forget it, unless a gateway is on it."""
        if subnet_id in self.gateways.values():
            raise PortsInUseError(subnet_id)
        self.subnets.pop(subnet_id, None)

    def subnet_exists(self, subnet_id: str) -> bool:
        """Look it up."""
        return subnet_id in self.subnets

    def create_gateway(self, name: str, network_id: str, subnet_id: str) -> GatewayParts:
        """Remember a gateway."""
        gateway_id = str(uuid.uuid4())
        self.gateways[gateway_id] = subnet_id
        external = str(uuid.uuid4())
        address = ("203.0.113.10", str(uuid.uuid4()))
        return GatewayParts(gateway_id, str(uuid.uuid4()), "10.0.0.1", network_id, external, [address])

    def delete_gateway(self, gateway_id: str) -> None:
        """Forget it."""
        self.gateways.pop(gateway_id, None)


class MemoryRegistries:
    """RegistryBackend that remembers; `accounts` maps (registry, login) to whether it is an administrator."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.accounts: dict[tuple[str, str], bool] = {}

    def start(self, registry_id: str) -> str:
        """Remember the registry."""
        self.running.add(registry_id)
        return "http://127.0.0.1:5000"

    def delete(self, registry_id: str) -> None:
        """Forget it and its accounts."""
        self.running.discard(registry_id)
        self.accounts = {key: value for key, value in self.accounts.items() if key[0] != registry_id}

    def add_user(self, registry_id: str, login: str, email: str, password: str, *, admin: bool) -> None:
        """Remember an account, never its password."""
        self.accounts[registry_id, login] = admin

    def remove_user(self, registry_id: str, login: str) -> None:
        """Forget it."""
        self.accounts.pop((registry_id, login), None)

    def set_admin(self, registry_id: str, login: str) -> None:
        """Remember the promotion."""
        self.accounts[registry_id, login] = True


class MemoryZones:
    """ZoneBackend that remembers the last version of each zone."""

    def __init__(self) -> None:
        self.served: dict[str, ServedZone] = {}

    def publish(self, zone: ServedZone) -> None:
        """Remember the zone."""
        self.served[zone.name] = zone
